//! What the forge demands and found: rules, rulesets, commit statuses, code-scanning alerts.

use serde_json::{Value, json};

use super::shapes::{View, node_id, stamp};
use crate::demo::request::{Answer, Refusal, Reply, Request};
use crate::demo::world::{ACTIONS, Alert, Status};

/// The check that must be green before a merge.
pub(crate) const REQUIRED_CHECK: &str = "unit";
/// Id of the only ruleset.
const RULESET: u64 = 5_521;

impl View<'_> {
    /// `repos/get-branch-rules`.
    pub(super) fn branch_rules(&self, branch: &str) -> Reply {
        let mut rules = if branch == "main" {
            rules()
        } else {
            Vec::new()
        };
        for rule in &mut rules {
            rule["ruleset_source_type"] = Value::from("Repository");
            rule["ruleset_source"] =
                Value::from(format!("{}/{}", self.world.owner, self.world.name));
            rule["ruleset_id"] = Value::from(RULESET);
        }
        Reply::list("repos/get-branch-rules", rules)
    }

    /// `repos/get-repo-rulesets`.
    pub(super) fn list_rulesets(&self) -> Reply {
        Reply::list("repos/get-repo-rulesets", vec![self.ruleset()])
    }

    /// `repos/get-repo-ruleset`.
    pub(super) fn get_ruleset(&self, id: u64) -> Answer {
        if id != RULESET {
            return Err(Refusal::not_found());
        }
        let mut ruleset = self.ruleset();
        ruleset["conditions"] =
            json!({ "ref_name": { "include": ["~DEFAULT_BRANCH"], "exclude": [] } });
        ruleset["rules"] = Value::from(rules());
        Ok(Reply::json("repos/get-repo-ruleset", ruleset))
    }

    fn ruleset(&self) -> Value {
        json!({
            "id": RULESET,
            "name": "main",
            "target": "branch",
            "source_type": "Repository",
            "source": format!("{}/{}", self.world.owner, self.world.name),
            "enforcement": "active",
            "node_id": node_id("RRS", RULESET),
            "current_user_can_bypass": "never",
            "created_at": "2024-02-05T10:00:00Z",
            "updated_at": "2026-05-11T10:00:00Z",
            "_links": {
                "self": { "href": format!("{}/rulesets/{RULESET}", self.repo_url()) },
                "html": { "href": format!("{}/rules/{RULESET}", self.html_url()) },
            },
        })
    }

    /// `repos/get-combined-status-for-ref`: the last status of each context.
    pub(super) fn combined_status(&self, name: &str) -> Answer {
        let commit = self.resolve(name)?;
        let mut latest: Vec<&Status> = Vec::new();
        for status in self.statuses_of(commit) {
            if latest.iter().all(|known| known.context != status.context) {
                latest.push(status);
            }
        }
        let any = |wanted: &[&str]| {
            latest
                .iter()
                .any(|status| wanted.contains(&status.state.as_str()))
        };
        let state = if any(&["error", "failure"]) {
            "failure"
        } else if latest.is_empty() || any(&["pending"]) {
            "pending"
        } else {
            "success"
        };
        let url = format!("{}/commits/{commit}", self.repo_url());
        let body = json!({
            "state": state,
            "statuses": latest.iter().map(|status| self.status(status)).collect::<Vec<_>>(),
            "sha": commit.to_string(),
            "total_count": latest.len(),
            "repository": self.minimal_repository(),
            "commit_url": url,
            "url": format!("{url}/status"),
        });
        Ok(Reply::json("repos/get-combined-status-for-ref", body))
    }

    /// `repos/list-commit-statuses-for-ref`: newest first.
    pub(super) fn list_statuses(&self, name: &str) -> Answer {
        let commit = self.resolve(name)?;
        let statuses = self
            .statuses_of(commit)
            .map(|status| self.status(status))
            .collect();
        Ok(Reply::list("repos/list-commit-statuses-for-ref", statuses))
    }

    /// Statuses of a commit, newest first.
    pub(crate) fn statuses_of(&self, commit: git2::Oid) -> impl Iterator<Item = &Status> {
        self.world
            .statuses
            .iter()
            .rev()
            .filter(move |status| status.commit == commit)
    }

    pub(super) fn status(&self, status: &Status) -> Value {
        let creator = self.user(&status.creator);
        json!({
            "url": format!("{}/statuses/{}", self.repo_url(), status.commit),
            "avatar_url": creator["avatar_url"],
            "id": status.id,
            "node_id": node_id("SC", status.id),
            "state": status.state,
            "description": status.description,
            "target_url": status.target_url,
            "context": status.context,
            "created_at": stamp(status.at),
            "updated_at": stamp(status.at),
            "creator": creator,
        })
    }

    /// `code-scanning/list-alerts-for-repo`.
    pub(super) fn list_alerts(&self, request: &Request) -> Reply {
        let pull = request
            .query("pr")
            .and_then(|number| number.parse::<u64>().ok())
            .or_else(|| {
                let name = request.query("ref")?.trim_start_matches("refs/");
                if let Some(rest) = name.strip_prefix("pull/") {
                    return rest.split('/').next()?.parse().ok();
                }
                let branch = name.trim_start_matches("heads/");
                self.world
                    .pulls
                    .iter()
                    .find(|pull| pull.branch == branch)
                    .map(|pull| pull.number)
            });
        let alerts = self
            .world
            .alerts
            .iter()
            .filter(|alert| alert.pull == pull)
            .filter(|_| request.query("state").is_none_or(|state| state == "open"))
            .map(|alert| self.alert(alert))
            .collect();
        Reply::list("code-scanning/list-alerts-for-repo", alerts)
    }

    /// `code-scanning/get-alert`.
    pub(super) fn get_alert(&self, number: u64) -> Answer {
        let alert = self
            .world
            .alerts
            .iter()
            .find(|alert| alert.number == number);
        let alert = alert.ok_or_else(Refusal::not_found)?;
        Ok(Reply::json("code-scanning/get-alert", self.alert(alert)))
    }

    fn alert(&self, alert: &Alert) -> Value {
        let url = format!("{}/code-scanning/alerts/{}", self.repo_url(), alert.number);
        let html = format!(
            "{}/security/code-scanning/{}",
            self.html_url(),
            alert.number
        );
        let reference = match alert.pull {
            Some(number) => format!("refs/pull/{number}/head"),
            None => "refs/heads/main".to_owned(),
        };
        json!({
            "number": alert.number,
            "created_at": stamp(alert.created),
            "updated_at": stamp(alert.created),
            "url": url,
            "html_url": html,
            "instances_url": format!("{url}/instances"),
            "state": "open",
            "fixed_at": null,
            "dismissed_by": null,
            "dismissed_at": null,
            "dismissed_reason": null,
            "dismissed_comment": null,
            "rule": {
                "id": alert.rule,
                "name": alert.rule,
                "severity": "warning",
                "security_severity_level": alert.level,
                "description": alert.description,
                "full_description": alert.description,
                "tags": ["security"],
            },
            "tool": { "name": "CodeQL", "guid": null, "version": "2.23.3" },
            "most_recent_instance": {
                "ref": reference,
                "analysis_key": "dynamic/github-code-scanning/codeql:analyze",
                "environment": "{\"language\":\"rust\"}",
                "category": "/language:rust",
                "state": "open",
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
            },
        })
    }
}

/// The rules of the main branch.
fn rules() -> Vec<Value> {
    vec![
        json!({ "type": "deletion" }),
        json!({ "type": "non_fast_forward" }),
        json!({
            "type": "pull_request",
            "parameters": {
                "required_approving_review_count": 1,
                "dismiss_stale_reviews_on_push": false,
                "require_code_owner_review": false,
                "require_last_push_approval": true,
                "required_review_thread_resolution": false,
                "allowed_merge_methods": ["squash"],
            },
        }),
        json!({
            "type": "required_status_checks",
            "parameters": {
                "strict_required_status_checks_policy": false,
                "required_status_checks": [
                    { "context": REQUIRED_CHECK, "integration_id": ACTIONS.id },
                ],
            },
        }),
    ]
}
