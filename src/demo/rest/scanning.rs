//! What scanners found: code-scanning alerts and analyses, secrets, known weaknesses of
//! dependencies.

use serde_json::{Value, json};

use super::shapes::{View, stamp, stamp_or_null};
use crate::demo::request::{Answer, Content, Refusal, Reply, Request};
use crate::demo::world::{Alert, Analysis, DependencyAlert, SecretAlert, Time};

const ANALYSIS_KEY: &str = "dynamic/github-code-scanning/codeql:analyze";
const CATEGORY: &str = "/language:rust";

impl View<'_> {
    /// The change that a query names by number, or by a reference of it; none means main.
    fn asked_pull(&self, request: &Request) -> Option<u64> {
        request
            .query("pr")
            .and_then(|number| number.parse::<u64>().ok())
            .or_else(|| {
                let name = request.query("ref")?.trim_start_matches("refs/");
                if let Some(rest) = name.strip_prefix("pull/") {
                    return rest.split('/').next()?.parse().ok();
                }
                let branch = name.trim_start_matches("heads/");
                let pulls = self.world.pulls_from(branch);
                pulls.first().map(|pull| pull.number)
            })
    }

    /// `code-scanning/list-alerts-for-repo`: those of main, or of the change that is named.
    pub(super) fn list_alerts(&self, request: &Request) -> Reply {
        let pull = self.asked_pull(request);
        let is = |name: &str, value: &str| {
            request
                .query(name)
                .is_none_or(|wanted| wanted.split(',').any(|one| one == value))
        };
        let mut alerts: Vec<&Alert> = self
            .world
            .alerts
            .iter()
            .filter(|alert| alert.pull == pull)
            .filter(|alert| is("state", alert.state()) && is("severity", alert.level))
            .filter(|_| is("tool_name", "CodeQL"))
            .collect();
        sorted(&mut alerts, request, |alert| {
            (alert.created, alert.updated, alert.number)
        });
        Reply::list(
            "code-scanning/list-alerts-for-repo",
            alerts.into_iter().map(|alert| self.alert(alert)).collect(),
        )
    }

    /// `code-scanning/get-alert`.
    pub(super) fn get_alert(&self, number: u64) -> Answer {
        let alert = self.find_alert(number)?;
        Ok(Reply::json("code-scanning/get-alert", self.alert(alert)))
    }

    /// `code-scanning/list-alert-instances`.
    pub(super) fn list_alert_instances(&self, request: &Request, number: u64) -> Answer {
        let alert = self.find_alert(number)?;
        let asks = request.query("pr").is_some() || request.query("ref").is_some();
        let shown = !asks || self.asked_pull(request) == alert.pull;
        let mut instance = instance(alert);
        if alert.state() == "dismissed" {
            instance["state"] = Value::from("open");
        }
        let instances = if shown { vec![instance] } else { Vec::new() };
        Ok(Reply::list("code-scanning/list-alert-instances", instances))
    }

    /// `code-scanning/list-recent-analyses`: newest first.
    pub(super) fn list_analyses(&self, request: &Request) -> Reply {
        let asks = request.query("pr").is_some() || request.query("ref").is_some();
        let pull = self.asked_pull(request);
        let mut analyses: Vec<&Analysis> = self
            .world
            .analyses
            .iter()
            .filter(|analysis| !asks || analysis.pull == pull)
            .filter(|analysis| {
                request
                    .query("sarif_id")
                    .is_none_or(|id| analysis.sarif_id == id)
            })
            .collect();
        sorted(&mut analyses, request, |analysis| {
            (analysis.at, analysis.at, analysis.id)
        });
        Reply::list(
            "code-scanning/list-recent-analyses",
            analyses
                .into_iter()
                .map(|analysis| self.analysis(analysis))
                .collect(),
        )
    }

    /// `code-scanning/get-analysis`; as SARIF where the client asks for it.
    pub(super) fn get_analysis(&self, request: &Request, id: u64) -> Answer {
        let analysis = self
            .world
            .analyses
            .iter()
            .find(|analysis| analysis.id == id);
        let analysis = analysis.ok_or_else(Refusal::not_found)?;
        let wanted = request.header("accept").unwrap_or_default();
        if wanted.contains("sarif+json") {
            let report = analysis.sarif.to_string();
            let content = Content::Raw("application/sarif+json; charset=utf-8", report.into());
            let reply = Reply::new("code-scanning/get-analysis", content);
            return Ok(reply);
        }
        Ok(Reply::json(
            "code-scanning/get-analysis",
            self.analysis(analysis),
        ))
    }

    fn analysis(&self, analysis: &Analysis) -> Value {
        json!({
            "ref": reference(analysis.pull),
            "commit_sha": analysis.commit.to_string(),
            "analysis_key": ANALYSIS_KEY,
            "environment": "{\"language\":\"rust\"}",
            "category": CATEGORY,
            "error": "",
            "created_at": stamp(analysis.at),
            "results_count": analysis.results,
            "rules_count": analysis.rules,
            "id": analysis.id,
            "url": format!("{}/code-scanning/analyses/{}", self.repo_url(), analysis.id),
            "sarif_id": analysis.sarif_id,
            "tool": tool(),
            "deletable": false,
            "warning": "",
        })
    }

    pub(crate) fn find_alert(&self, number: u64) -> Result<&Alert, Refusal> {
        let mut alerts = self.world.alerts.iter();
        alerts
            .find(|alert| alert.number == number)
            .ok_or_else(Refusal::not_found)
    }

    fn alert(&self, alert: &Alert) -> Value {
        let url = format!("{}/code-scanning/alerts/{}", self.repo_url(), alert.number);
        let html = format!(
            "{}/security/code-scanning/{}",
            self.html_url(),
            alert.number
        );
        let set_aside = alert.dismissed.as_ref();
        json!({
            "number": alert.number,
            "created_at": stamp(alert.created),
            "updated_at": stamp(alert.updated),
            "url": url,
            "html_url": html,
            "instances_url": format!("{url}/instances"),
            "state": alert.state(),
            "fixed_at": stamp_or_null(alert.fixed),
            "dismissed_by": set_aside.map_or(Value::Null, |dismissal| self.user(&dismissal.by)),
            "dismissed_at": stamp_or_null(set_aside.map(|dismissal| dismissal.at)),
            "dismissed_reason": set_aside.map(|dismissal| dismissal.reason.as_str()),
            "dismissed_comment": set_aside.and_then(|dismissal| dismissal.comment.as_deref()),
            "rule": {
                "id": alert.rule,
                "name": alert.rule,
                "severity": "warning",
                "security_severity_level": alert.level,
                "description": alert.description,
                "full_description": alert.description,
                "tags": ["security"],
            },
            "tool": tool(),
            "most_recent_instance": instance(alert),
        })
    }

    /// `secret-scanning/list-alerts-for-repo`; with the secret only where it is not hidden.
    pub(super) fn list_secrets(&self, request: &Request) -> Reply {
        let hides = request.query("hide_secret") == Some("true");
        let state = |alert: &SecretAlert| match alert.resolved {
            Some(_) => "resolved",
            None => "open",
        };
        let mut alerts: Vec<&SecretAlert> = self
            .world
            .secrets
            .iter()
            .filter(|alert| request.query("state").is_none_or(|is| is == state(alert)))
            .filter(|alert| {
                request
                    .query("secret_type")
                    .is_none_or(|kinds| kinds.split(',').any(|kind| kind == alert.kind))
            })
            .collect();
        sorted(&mut alerts, request, |alert| {
            (alert.created, alert.updated, alert.number)
        });
        let show = |alert: &SecretAlert| {
            let mut shown = self.secret(alert, state(alert));
            if !hides {
                shown["secret"] = Value::from(alert.secret);
            }
            shown
        };
        Reply::list(
            "secret-scanning/list-alerts-for-repo",
            alerts.into_iter().map(show).collect(),
        )
    }

    fn secret(&self, alert: &SecretAlert, state: &str) -> Value {
        let url = format!(
            "{}/secret-scanning/alerts/{}",
            self.repo_url(),
            alert.number
        );
        let resolved = alert.resolved.as_ref();
        let (commit, path) = (alert.commit, alert.path);
        json!({
            "number": alert.number,
            "created_at": stamp(alert.created),
            "updated_at": stamp(alert.updated),
            "url": url,
            "html_url": format!("{}/security/secret-scanning/{}", self.html_url(), alert.number),
            "locations_url": format!("{url}/locations"),
            "state": state,
            "resolution": resolved.map(|(word, ..)| word),
            "resolved_at": stamp_or_null(resolved.map(|(_, _, at, _)| *at)),
            "resolved_by": resolved.map_or(Value::Null, |(_, by, ..)| self.user(by)),
            "resolution_comment": resolved.map(|(.., comment)| comment),
            "secret_type": alert.kind,
            "secret_type_display_name": alert.title,
            "push_protection_bypassed": false,
            "push_protection_bypassed_by": null,
            "push_protection_bypassed_at": null,
            "validity": "inactive",
            "publicly_leaked": false,
            "multi_repo": false,
            "first_location_detected": {
                "path": path,
                "start_line": alert.line,
                "end_line": alert.line,
                "start_column": 1,
                "end_column": 26,
                "blob_sha": commit.to_string(),
                "blob_url": format!("{}/git/blobs/{commit}", self.repo_url()),
                "commit_sha": commit.to_string(),
                "commit_url": format!("{}/git/commits/{commit}", self.repo_url()),
            },
            "has_more_locations": false,
        })
    }

    /// `dependabot/list-alerts-for-repo`: newest first, by cursors.
    pub(super) fn list_dependency_alerts(&self, request: &Request) -> Reply {
        let is = |name: &str, value: &str| {
            request
                .query(name)
                .is_none_or(|wanted| wanted.split(',').any(|one| one == value))
        };
        let alerts = self
            .world
            .dependency_alerts
            .iter()
            .rev()
            .filter(|alert| is("state", &alert.state) && is("ecosystem", "rust"))
            .filter(|_| is("package", "ring") && is("severity", "medium"))
            .map(|alert| (alert.number, self.dependency_alert(alert)))
            .collect();
        Reply::new(
            "dependabot/list-alerts-for-repo",
            Content::Cursors(None, alerts),
        )
    }

    fn dependency_alert(&self, alert: &DependencyAlert) -> Value {
        let package = json!({ "ecosystem": "rust", "name": "ring" });
        let vulnerability = json!({
            "package": package,
            "severity": "medium",
            "vulnerable_version_range": "< 0.17.12",
            "first_patched_version": { "identifier": "0.17.12" },
        });
        let set_aside = alert.dismissed.as_ref();
        json!({
            "number": alert.number,
            "state": alert.state,
            "dependency": {
                "package": package,
                "manifest_path": "Cargo.lock",
                "scope": "runtime",
                "relationship": "direct",
            },
            "security_advisory": {
                "ghsa_id": "GHSA-4p46-pwfr-66x6",
                "cve_id": "CVE-2025-4432",
                "summary": "Some AES functions may panic when overflow checking is enabled in ring",
                "description": "Some AES functions may panic when overflow checking is enabled.",
                "vulnerabilities": [vulnerability],
                "severity": "medium",
                "cvss": { "score": 5.3, "vector_string": null },
                "cwes": [{ "cwe_id": "CWE-770", "name": "Allocation of Resources Without Limits or Throttling" }],
                "identifiers": [
                    { "type": "GHSA", "value": "GHSA-4p46-pwfr-66x6" },
                    { "type": "CVE", "value": "CVE-2025-4432" },
                ],
                "references": [{ "url": "https://rustsec.org/advisories/RUSTSEC-2025-0009.html" }],
                "published_at": "2025-03-07T16:11:06Z",
                "updated_at": "2025-05-12T22:37:45Z",
                "withdrawn_at": null,
            },
            "security_vulnerability": vulnerability,
            "url": format!("{}/dependabot/alerts/{}", self.repo_url(), alert.number),
            "html_url": format!("{}/security/dependabot/{}", self.html_url(), alert.number),
            "created_at": stamp(alert.created),
            "updated_at": stamp(alert.updated),
            "dismissed_at": stamp_or_null(set_aside.map(|dismissal| dismissal.at)),
            "dismissed_by": set_aside.map_or(Value::Null, |dismissal| self.user(&dismissal.by)),
            "dismissed_reason": set_aside.map(|dismissal| dismissal.reason.as_str()),
            "dismissed_comment": set_aside.and_then(|dismissal| dismissal.comment.as_deref()),
            "fixed_at": stamp_or_null(alert.fixed),
        })
    }
}

fn instance(alert: &Alert) -> Value {
    json!({
        "ref": reference(alert.pull),
        "analysis_key": ANALYSIS_KEY,
        "environment": "{\"language\":\"rust\"}",
        "category": CATEGORY,
        "state": alert.state(),
        "commit_sha": alert.commit.to_string(),
        "message": { "text": alert.message },
        "location": {
            "path": alert.path,
            "start_line": alert.line,
            "end_line": alert.line,
            "start_column": alert.columns.0,
            "end_column": alert.columns.1,
        },
        "classifications": [],
    })
}

fn tool() -> Value {
    json!({ "name": "CodeQL", "guid": null, "version": "2.23.3" })
}

fn reference(pull: Option<u64>) -> String {
    match pull {
        Some(number) => format!("refs/pull/{number}/head"),
        None => "refs/heads/main".to_owned(),
    }
}

/// Newest first by creation, update or number, unless the query says otherwise.
fn sorted<T>(items: &mut [T], request: &Request, times: impl Fn(&T) -> (Time, Time, u64)) {
    let by = request.query("sort").unwrap_or("created");
    items.sort_by_key(|item| {
        let (created, updated, number) = times(item);
        let time = match by {
            "updated" => Some(updated),
            "number" => None,
            _ => Some(created),
        };
        (time, number)
    });
    if request.query("direction") != Some("asc") {
        items.reverse();
    }
}
