//! Analyses and alerts of scanners, attestations, dependency changes, deployments, releases, agent tasks.

use super::fields::{Fields, reads};
use crate::model::{
    AgentSession, AgentTask, Alert, Analysis, Asset, Attestation, DependencyAlert,
    DependencyChange, Deployment, DeploymentStatus, Digest, Dismissal, Release, SecretAlert,
};

fn dismissal(f: &Fields) -> Option<Dismissal> {
    f.get("/dismissed_at")?;
    Some(Dismissal {
        by: f.actor("/dismissed_by"),
        at: f.time("/dismissed_at"),
        reason: f.words("/dismissed_reason"),
        comment: f.words("/dismissed_comment"),
        approved_by: f.actor("/dismissal_approved_by"),
    })
}

reads! {
    /// A code-scanning alert (`code-scanning/list-alerts-for-repo`).
    AlertWire => Alert, |f| {
        let at = |name: &str| format!("/most_recent_instance/{name}");
        Ok(Alert {
            number: f.id("/number")?,
            rule: f.words("/rule/id"),
            description: f.words("/rule/description"),
            severity: f
                .text("/rule/security_severity_level")
                .or_else(|| f.text("/rule/severity"))
                .unwrap_or_default(),
            tool: f.words("/tool/name"),
            state: f.words("/state"),
            created_at: f.time("/created_at"),
            updated_at: f.time("/updated_at"),
            fixed_at: f.time("/fixed_at"),
            dismissal: dismissal(f),
            path: f.words(&at("location/path")),
            line: f.number(&at("location/start_line")),
            message: f.words(&at("message/text")),
            commit: f.sha(&at("commit_sha")),
            git_ref: f.words(&at("ref")),
            url: f.words("/html_url"),
        })
    }
}

reads! {
    /// An upload of a scanner (`code-scanning/list-recent-analyses`).
    AnalysisWire => Analysis, |f| {
        Ok(Analysis {
            id: f.id("/id")?,
            tool: f.words("/tool/name"),
            version: f.text("/tool/version"),
            category: f.words("/category"),
            commit: f.sha("/commit_sha"),
            git_ref: f.words("/ref"),
            created_at: f.time("/created_at"),
            results: f.number("/results_count").unwrap_or(0),
            rules: f.number("/rules_count").unwrap_or(0),
            error: f.words("/error"),
            warning: f.words("/warning"),
            report: None,
        })
    }
}

/// An attestation as the forge gives it: its bundle, or where that lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenBundle {
    pub attestation: Attestation,
    /// The bundle, as JSON.
    pub bundle: Option<String>,
    /// Where it is kept, compressed, where it is not given at once.
    pub url: Option<String>,
}

reads! {
    /// An attestation (`repos/list-attestations`, `users/list-attestations-bulk`).
    AttestationWire => GivenBundle, |f| {
        let bundle = f.get("/bundle").filter(|b| b.as_object().is_some_and(|o| !o.is_empty()));
        Ok(GivenBundle {
            bundle: bundle.map(ToString::to_string),
            url: f.text("/bundle_url").filter(|u| u.contains("://")),
            attestation: Attestation {
                bundle: None,
                predicate: None,
                initiator: f.text("/initiator"),
                repository: f.number("/repository_id"),
            },
        })
    }
}

/// Answers of the bulk form: by subject, `null` where there is none.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct BulkWire {
    #[serde(rename = "attestations_subject_digests")]
    pub subjects: std::collections::BTreeMap<String, Option<Vec<AttestationWire>>>,
    pub page_info: BulkPage,
}

/// Where the next page of the bulk form begins.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct BulkPage {
    pub has_next: bool,
    pub next: Option<String>,
}

reads! {
    /// A secret that was found (`secret-scanning/list-alerts-for-repo`). The secret is not read.
    SecretWire => SecretAlert, |f| {
        Ok(SecretAlert {
            number: f.id("/number")?,
            kind: f.text("/secret_type_display_name").unwrap_or_else(|| f.words("/secret_type")),
            state: f.words("/state"),
            resolution: f.text("/resolution"),
            resolved_by: f.actor("/resolved_by"),
            created_at: f.time("/created_at"),
            resolved_at: f.time("/resolved_at"),
            push_protection_bypassed: f.flag("/push_protection_bypassed").unwrap_or(false),
        })
    }
}

reads! {
    /// A vulnerable dependency (`dependabot/list-alerts-for-repo`).
    DependencyAlertWire => DependencyAlert, |f| {
        Ok(DependencyAlert {
            number: f.id("/number")?,
            package: f.words("/dependency/package/name"),
            ecosystem: f.words("/dependency/package/ecosystem"),
            manifest: f.words("/dependency/manifest_path"),
            severity: f.words("/security_advisory/severity"),
            advisory: f.words("/security_advisory/ghsa_id"),
            summary: f.words("/security_advisory/summary"),
            state: f.words("/state"),
            created_at: f.time("/created_at"),
            fixed_at: f.time("/fixed_at"),
            dismissal: dismissal(f),
        })
    }
}

reads! {
    /// A dependency that came or went (`dependency-graph/diff-range`).
    DependencyChangeWire => DependencyChange, |f| {
        let known = f.list("/vulnerabilities").into_iter().map(|v| {
            let part = |name: &str| v.words(name);
            format!("{}: {}: {}", part("/advisory_ghsa_id"), part("/severity"), part("/advisory_summary"))
        });
        Ok(DependencyChange {
            change: f.words("/change_type"),
            manifest: f.words("/manifest"),
            ecosystem: f.words("/ecosystem"),
            name: f.words("/name"),
            version: f.words("/version"),
            license: f.text("/license"),
            vulnerabilities: known.collect(),
        })
    }
}

reads! {
    /// A deployment (`repos/list-deployments`), without its statuses.
    DeploymentWire => Deployment, |f| {
        Ok(Deployment {
            id: f.id("/id")?,
            sha: super::need(f.sha("/sha"), "sha")?,
            git_ref: f.words("/ref"),
            environment: f.words("/environment"),
            created_at: f.time("/created_at"),
            updated_at: f.time("/updated_at"),
            creator: f.actor("/creator"),
            description: f.words("/description"),
            statuses: None,
        })
    }
}

reads! {
    /// A state of a deployment (`repos/list-deployment-statuses`).
    DeploymentStatusWire => DeploymentStatus, |f| {
        Ok(DeploymentStatus {
            id: f.id("/id")?,
            state: f.words("/state"),
            at: f.time("/created_at"),
            creator: f.actor("/creator"),
            description: f.words("/description"),
        })
    }
}

reads! {
    /// A release (`repos/list-releases`) with its assets.
    ReleaseWire => Release, |f| {
        let assets = f.list("/assets").into_iter().filter_map(|a| {
            Some(Asset {
                id: a.number("/id")?,
                name: a.words("/name"),
                size: a.number("/size").unwrap_or(0),
                digest: a.text("/digest").map(Digest::new),
            })
        });
        Ok(Release {
            id: f.id("/id")?,
            tag: f.words("/tag_name"),
            target: f.words("/target_commitish"),
            published_at: f.time("/published_at"),
            author: f.actor("/author"),
            assets: assets.collect(),
        })
    }
}

reads! {
    /// A task of an agent (`agent-tasks/list-tasks-for-repo`, `agent-tasks/get-task-by-repo-and-id`).
    AgentTaskWire => AgentTask, |f| {
        let (mut pull_ids, mut branches) = (Vec::new(), Vec::new());
        for made in f.list("/artifacts") {
            match made.words("/type").as_str() {
                "pull" => pull_ids.extend(made.number("/data/id")),
                _ => branches.extend(made.text("/data/head_ref").or_else(|| made.text("/data/ref"))),
            }
        }
        let sessions = f.get("/sessions").map(|_| {
            let all = f.list("/sessions").into_iter();
            all.filter_map(|s| {
                Some(AgentSession {
                    id: s.text("/id")?,
                    state: s.words("/state"),
                    prompt: s.words("/prompt"),
                    head_ref: s.text("/head_ref"),
                    base_ref: s.text("/base_ref"),
                    model: s.text("/model"),
                    error: s.text("/error/message"),
                    created_at: s.time("/created_at"),
                    completed_at: s.time("/completed_at"),
                })
            })
            .collect()
        });
        Ok(AgentTask {
            id: super::need(f.text("/id"), "id")?,
            name: f.words("/name"),
            state: f.words("/state"),
            creator_id: f.number("/creator/id"),
            created_at: f.time("/created_at"),
            updated_at: f.time("/updated_at"),
            pull_ids,
            branches,
            sessions,
        })
    }
}
