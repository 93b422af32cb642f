//! What the forge demands: rules, the ruleset with its history, what the rules said of each push.

use serde_json::{Value, json};

use super::shapes::{View, node_id, stamp};
use super::timeline::period_length;
use crate::demo::request::{Answer, Refusal, Reply, Request};
use crate::demo::world::{ACTIONS, RuleSuite, RulesetVersion};

/// Id of the only ruleset.
const RULESET: u64 = 5_521;

impl View<'_> {
    /// The ruleset as it stands.
    fn current_rules(&self) -> Result<&RulesetVersion, Refusal> {
        self.world.ruleset.last().ok_or_else(Refusal::not_found)
    }

    /// `repos/get-branch-rules`: a ruleset that is not active demands nothing.
    pub(super) fn branch_rules(&self, branch: &str) -> Answer {
        let version = self.current_rules()?;
        let mut rules = if branch == "main" && version.enforcement == "active" {
            rules(version)
        } else {
            Vec::new()
        };
        for rule in &mut rules {
            rule["ruleset_source_type"] = Value::from("Repository");
            rule["ruleset_source"] = Value::from(self.slug());
            rule["ruleset_id"] = Value::from(RULESET);
        }
        Ok(Reply::list("repos/get-branch-rules", rules))
    }

    /// `repos/get-repo-rulesets`.
    pub(super) fn list_rulesets(&self) -> Answer {
        let ruleset = self.ruleset(self.current_rules()?);
        Ok(Reply::list("repos/get-repo-rulesets", vec![ruleset]))
    }

    /// `repos/get-repo-ruleset`.
    pub(super) fn get_ruleset(&self, id: u64) -> Answer {
        Self::known_ruleset(id)?;
        let ruleset = self.whole_ruleset(self.current_rules()?);
        Ok(Reply::json("repos/get-repo-ruleset", ruleset))
    }

    /// `repos/get-repo-ruleset-history`: newest first.
    pub(super) fn ruleset_history(&self, id: u64) -> Answer {
        Self::known_ruleset(id)?;
        let versions = self.world.ruleset.iter().rev();
        let versions = versions.map(|version| self.version(version)).collect();
        Ok(Reply::list("repos/get-repo-ruleset-history", versions))
    }

    /// `repos/get-repo-ruleset-version`: with the ruleset as it was.
    pub(super) fn ruleset_version(&self, id: u64, number: u64) -> Answer {
        Self::known_ruleset(id)?;
        let mut versions = self.world.ruleset.iter();
        let version = versions.find(|version| version.id == number);
        let version = version.ok_or_else(Refusal::not_found)?;
        let mut shown = self.version(version);
        shown["state"] = self.whole_ruleset(version);
        Ok(Reply::json("repos/get-repo-ruleset-version", shown))
    }

    fn known_ruleset(id: u64) -> Result<(), Refusal> {
        if id == RULESET {
            Ok(())
        } else {
            Err(Refusal::not_found())
        }
    }

    fn version(&self, version: &RulesetVersion) -> Value {
        let actor = self.world.account(&version.actor);
        json!({
            "version_id": version.id,
            "actor": { "id": actor.map_or(0, |actor| actor.id), "type": "User" },
            "updated_at": stamp(version.at),
        })
    }

    fn whole_ruleset(&self, version: &RulesetVersion) -> Value {
        let mut ruleset = self.ruleset(version);
        ruleset["conditions"] =
            json!({ "ref_name": { "include": ["~DEFAULT_BRANCH"], "exclude": [] } });
        ruleset["rules"] = Value::from(rules(version));
        ruleset
    }

    fn ruleset(&self, version: &RulesetVersion) -> Value {
        let created = self.world.ruleset.first().unwrap_or(version).at;
        json!({
            "id": RULESET,
            "name": "main",
            "target": "branch",
            "source_type": "Repository",
            "source": self.slug(),
            "enforcement": version.enforcement,
            "node_id": node_id("RRS", RULESET),
            "current_user_can_bypass": "never",
            "created_at": stamp(created),
            "updated_at": stamp(version.at),
            "_links": {
                "self": { "href": format!("{}/rulesets/{RULESET}", self.repo_url()) },
                "html": { "href": format!("{}/rules/{RULESET}", self.html_url()) },
            },
        })
    }

    /// `repos/get-repo-rule-suites`: newest first, of the last day where no period is named.
    pub(super) fn list_rule_suites(&self, request: &Request) -> Reply {
        let branch = request
            .query("ref")
            .map(|name| name.trim_start_matches("refs/heads/"));
        let result = request
            .query("rule_suite_result")
            .filter(|result| *result != "all");
        let earliest = self.now - period_length(request.query("time_period").unwrap_or("day"));
        let suites = self
            .world
            .rule_suites
            .iter()
            .filter(|suite| branch.is_none_or(|branch| suite.branch == branch))
            .filter(|suite| result.is_none_or(|result| suite.result == result))
            .filter(|suite| {
                request
                    .query("actor_name")
                    .is_none_or(|is| suite.actor == is)
            })
            .filter(|suite| suite.at >= earliest);
        let mut suites: Vec<&RuleSuite> = suites.collect();
        suites.sort_by_key(|suite| std::cmp::Reverse((suite.at, suite.id)));
        Reply::list(
            "repos/get-repo-rule-suites",
            suites
                .into_iter()
                .map(|suite| self.suite_row(suite))
                .collect(),
        )
    }

    /// `repos/get-repo-rule-suite`.
    pub(super) fn get_rule_suite(&self, id: u64) -> Answer {
        let suite = self.world.rule_suites.iter().find(|suite| suite.id == id);
        let suite = suite.ok_or_else(Refusal::not_found)?;
        let evaluations: Vec<Value> = [
            "deletion",
            "non_fast_forward",
            "pull_request",
            "required_status_checks",
        ]
        .into_iter()
        .map(|kind| {
            let broken = suite.broken.filter(|(rule, _)| *rule == kind);
            json!({
                "rule_source": { "type": "ruleset", "id": RULESET, "name": "main" },
                "enforcement": "active",
                "result": if broken.is_some() { "fail" } else { "pass" },
                "rule_type": kind,
                "details": broken.map(|(_, details)| details),
            })
        })
        .collect();
        let mut shown = self.suite_row(suite);
        shown["rule_evaluations"] = Value::from(evaluations);
        Ok(Reply::json("repos/get-repo-rule-suite", shown))
    }

    fn suite_row(&self, suite: &RuleSuite) -> Value {
        let actor = self.world.account(&suite.actor);
        json!({
            "id": suite.id,
            "actor_id": actor.map_or(0, |actor| actor.id),
            "actor_name": suite.actor,
            "before_sha": suite.before.to_string(),
            "after_sha": suite.after.to_string(),
            "ref": format!("refs/heads/{}", suite.branch),
            "repository_id": self.world.repository_id,
            "repository_name": self.world.name,
            "pushed_at": stamp(suite.at),
            "result": suite.result,
        })
    }

    /// `repos/get-branch-protection`: there is none of the classic kind here.
    pub(super) fn branch_protection(&self, branch: &str) -> Answer {
        self.git
            .repository
            .refname_to_id(&format!("refs/heads/{branch}"))
            .map_err(|_| Refusal::new(404, "Branch not found"))?;
        Err(Refusal::new(404, "Branch not protected"))
    }

    /// Owner and name as one word.
    pub(crate) fn slug(&self) -> String {
        format!("{}/{}", self.world.owner, self.world.name)
    }
}

/// The rules of the main branch.
fn rules(version: &RulesetVersion) -> Vec<Value> {
    let checks: Vec<Value> = version
        .required
        .iter()
        .map(|context| json!({ "context": context, "integration_id": ACTIONS.id }))
        .collect();
    vec![
        json!({ "type": "deletion" }),
        json!({ "type": "non_fast_forward" }),
        json!({
            "type": "pull_request",
            "parameters": {
                "required_approving_review_count": version.approvals,
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
                "required_status_checks": checks,
            },
        }),
    ]
}
