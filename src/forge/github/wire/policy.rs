//! Rulesets, their versions, rule suites, branch rules, environments, agent configuration,
//! approvals of runs.

use super::fields::{Fields, reads};
use crate::model::{
    AgentConfig, Demands, Environment, Gate, RequiredCheck, RuleSuite, Ruleset, RulesetVersion,
    RunApproval,
};

/// Joins what a list of rules asks for.
fn demands(rules: &[Fields]) -> Demands {
    let mut all = Demands::default();
    for rule in rules {
        let flag = |name: &str| rule.flag(&format!("/parameters/{name}")).unwrap_or(false);
        match rule.words("/type").as_str() {
            "required_status_checks" => {
                all.take(
                    rule,
                    "/parameters/required_status_checks",
                    "/integration_id",
                );
                all.up_to_date |= flag("strict_required_status_checks_policy");
            }
            "pull_request" => {
                let place = "/parameters/required_approving_review_count";
                match rule.number(place) {
                    Some(count) => all.approvals = all.approvals.max(count),
                    None => all.unread += 1,
                }
                all.dismiss_stale |= flag("dismiss_stale_reviews_on_push");
                all.code_owners |= flag("require_code_owner_review");
                all.last_push_approval |= flag("require_last_push_approval");
                all.reviewers |= !rule.list("/parameters/required_reviewers").is_empty();
                all.resolved_threads |= flag("required_review_thread_resolution");
            }
            "" => all.unread += 1,
            other => all.others.push(other.to_owned()),
        }
    }
    all.checks.sort();
    all.checks.dedup();
    all.others.sort();
    all.others.dedup();
    all
}

impl Demands {
    /// Takes in a list of required checks, and counts what of it is not understood.
    fn take(&mut self, rule: &Fields, place: &str, app: &str) {
        if !rule.get(place).is_some_and(serde_json::Value::is_array) {
            self.unread += 1;
            return;
        }
        for check in rule.list(place) {
            let Some(context) = check.text("/context") else {
                self.unread += 1;
                continue;
            };
            // A number below 0 is no app: any may report it.
            let is_number = |v: &serde_json::Value| v.is_i64() || v.is_u64();
            self.unread += u64::from(check.get(app).is_some_and(|v| !is_number(v)));
            self.checks.push(RequiredCheck {
                context,
                app: check.number(app),
            });
        }
    }
}

reads! {
    /// One effective rule of a branch (`repos/get-branch-rules`).
    RuleWire => Demands, |f| { Ok(demands(std::slice::from_ref(f))) }
}

impl RuleWire {
    /// Joins the demands of single rules.
    pub fn join(rules: Vec<Demands>) -> Demands {
        let mut all = Demands::default();
        for rule in rules {
            all.add(rule);
        }
        all
    }
}

reads! {
    /// A branch with a summary of its classic protection, which everybody who can read is told
    /// (`repos/get-branch`); the rules of a branch leave it out.
    BranchWire => Demands, |f| {
        let place = "/protection/required_status_checks";
        let mut all = Demands::default();
        if f.flag("/protection/enabled") == Some(false) {
            return Ok(all);
        }
        if f.get(place).is_none() {
            // Protected, and not a word of how.
            let is_told = f.get("/protection").is_some();
            all.unread += u64::from(!is_told && f.flag("/protected") == Some(true));
            return Ok(all);
        }
        // Older servers name contexts only.
        let (checks, contexts) = (format!("{place}/checks"), format!("{place}/contexts"));
        if f.get(&checks).is_some() {
            all.take(f, &checks, "/app_id");
        }
        let is_list = f.get(&contexts).map(serde_json::Value::is_array);
        all.unread += u64::from(!is_list.unwrap_or_else(|| f.get(&checks).is_some()));
        for context in f.texts(&contexts) {
            if !all.checks.iter().any(|c| c.context == context) {
                all.checks.push(RequiredCheck::by_any(context));
            }
        }
        Ok(all)
    }
}

reads! {
    /// A ruleset (`repos/get-repo-rulesets`, `repos/get-repo-ruleset`); lists leave out its rules.
    RulesetWire => Ruleset, |f| {
        Ok(Ruleset {
            id: f.id("/id")?,
            name: f.words("/name"),
            target: f.words("/target"),
            enforcement: f.words("/enforcement"),
            updated_at: f.time("/updated_at"),
            demands: demands(&f.list("/rules")),
            versions: Vec::new(),
        })
    }
}

reads! {
    /// A version of a ruleset (`repos/get-repo-ruleset-history`, `repos/get-repo-ruleset-version`).
    RulesetVersionWire => RulesetVersion, |f| {
        Ok(RulesetVersion {
            id: f.id("/version_id")?,
            actor_id: f.number("/actor/id"),
            at: f.time("/updated_at"),
            demands: f.get("/state").map(|_| demands(&f.list("/state/rules"))),
        })
    }
}

reads! {
    /// A rule suite (`repos/get-repo-rule-suites`).
    RuleSuiteWire => RuleSuite, |f| {
        Ok(RuleSuite {
            id: f.id("/id")?,
            actor: f.text("/actor_name"),
            git_ref: f.words("/ref"),
            before: f.sha("/before_sha"),
            after: f.sha("/after_sha"),
            at: f.time("/pushed_at"),
            result: f.words("/result"),
        })
    }
}

reads! {
    /// An environment (`repos/get-all-environments`).
    EnvironmentWire => Environment, |f| {
        let mut found = Environment {
            id: f.id("/id")?,
            name: f.words("/name"),
            wait_timer: None,
            reviewers: Vec::new(),
            others: Vec::new(),
            gates: Vec::new(),
        };
        for rule in f.list("/protection_rules") {
            match rule.words("/type").as_str() {
                "wait_timer" => found.wait_timer = rule.number("/wait_timer"),
                "required_reviewers" => {
                    let names = rule.list("/reviewers").into_iter();
                    found.reviewers.extend(names.filter_map(|r| {
                        r.text("/reviewer/login").or_else(|| r.text("/reviewer/slug"))
                    }));
                }
                "" => {}
                other => found.others.push(other.to_owned()),
            }
        }
        Ok(found)
    }
}

reads! {
    /// A custom rule of an environment (`repos/get-all-deployment-protection-rules`).
    GateWire => Gate, |f| {
        Ok(Gate {
            id: f.id("/id")?,
            enabled: f.flag("/enabled").unwrap_or(true),
            app: f.words("/app/slug"),
        })
    }
}

reads! {
    /// The configuration of the forge's agent (`copilot/get-copilot-cloud-agent-configuration`).
    AgentConfigWire => AgentConfig, |f| {
        let on = |path: &str| -> Vec<String> {
            let object = f.get(path).and_then(|v| v.as_object());
            let entries = object.into_iter().flatten();
            entries.filter(|(_, v)| v.as_bool() == Some(true)).map(|(k, _)| k.clone()).collect()
        };
        let servers = f.get("/mcp_configuration/mcpServers").and_then(|v| v.as_object());
        Ok(AgentConfig {
            tools: on("/enabled_tools"),
            runs_need_approval: f.flag("/require_actions_workflow_approval"),
            firewall: f.flag("/is_firewall_enabled"),
            allowlist: f.texts("/custom_allowlist"),
            mcp_servers: servers.into_iter().flatten().map(|(k, _)| k.clone()).collect(),
        })
    }
}

reads! {
    /// An approval of a run (`actions/get-reviews-for-run`); its run is that of the request.
    RunApprovalWire => RunApproval, |f| {
        let environments = f.list("/environments").into_iter();
        Ok(RunApproval {
            run: 0,
            state: f.words("/state"),
            user: f.actor("/user"),
            comment: f.words("/comment"),
            environments: environments.filter_map(|e| e.text("/name")).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::forge::github::wire;

    fn rules(rules: &Value) -> Demands {
        let list = wire::decode_list::<RuleWire>("/rules", rules.to_string().as_bytes(), None);
        RuleWire::join(list.unwrap().items)
    }

    fn branch(protection: &Value) -> Demands {
        let branch = json!({ "name": "main", "protection": protection });
        wire::decode_one::<BranchWire>("/branch", branch.to_string().as_bytes()).unwrap()
    }

    // What a rule asks for and is not understood may be anything.
    #[test]
    fn what_is_not_understood_of_a_rule_is_counted() {
        let checks = |list: Value| {
            json!([{ "type": "required_status_checks",
                "parameters": { "required_status_checks": list } }])
        };
        let reviews = |count: Value| {
            json!([{ "type": "pull_request",
                "parameters": { "required_approving_review_count": count } }])
        };
        for (told, read, unread) in [
            (json!([]), 0, 0),
            (checks(json!([])), 0, 0),
            (checks(json!([{ "context": "unit" }])), 1, 0),
            (
                checks(json!([{ "context": "unit" }, { "integration_id": 5 }])),
                1,
                1,
            ),
            (checks(json!("unit")), 0, 1),
            (checks(Value::Null), 0, 1),
            (json!([{ "type": "required_status_checks" }]), 0, 1),
            (json!([{ "parameters": {} }]), 0, 1),
            (reviews(json!(2)), 0, 0),
            (reviews(json!("2")), 0, 1),
            (json!([{ "type": "pull_request" }]), 0, 1),
            (
                checks(json!([{ "context": "unit", "integration_id": "7" }])),
                1,
                1,
            ),
            (
                checks(json!([{ "context": "unit", "integration_id": -1 }])),
                1,
                0,
            ),
            (reviews(json!({})), 0, 1),
            (json!([{ "type": "deletion" }]), 0, 0),
        ] {
            let found = rules(&told);
            assert_eq!((found.checks.len(), found.unread), (read, unread), "{told}");
        }
    }

    #[test]
    fn a_protection_without_a_word_of_it_is_not_understood() {
        for (told, unread) in [
            (json!({ "protected": true }), 1),
            (
                json!({ "protected": true, "protection": { "enabled": false } }),
                0,
            ),
            (
                json!({ "protected": true, "protection": { "enabled": true } }),
                0,
            ),
            (json!({ "protected": false }), 0),
            (json!({}), 0),
        ] {
            let read = wire::decode_one::<BranchWire>("/branch", told.to_string().as_bytes());
            assert_eq!(read.unwrap().unread, unread, "{told}");
        }
    }

    #[test]
    fn the_summary_of_a_protection_in_all_its_shapes() {
        let required = |value: Value| json!({ "enabled": true, "required_status_checks": value });
        for (told, read, unread) in [
            (Value::Null, 0, 0),
            (json!({ "enabled": false }), 0, 0),
            (json!({ "enabled": true }), 0, 0),
            (required(Value::Null), 0, 0),
            (required(json!({ "contexts": ["unit"] })), 1, 0),
            (
                required(json!({ "contexts": ["unit"], "checks": [] })),
                1,
                0,
            ),
            (
                required(
                    json!({ "contexts": ["unit"], "checks": [{ "context": "unit", "app_id": 7 }] }),
                ),
                1,
                0,
            ),
            (
                required(json!({ "contexts": [], "checks": [{ "app_id": 7 }] })),
                0,
                1,
            ),
            (required(json!({ "checks": "unit" })), 0, 1),
            (required(json!({ "contexts": "unit" })), 0, 1),
            (required(json!({})), 0, 1),
            (required(json!("yes")), 0, 1),
        ] {
            let found = branch(&told);
            assert_eq!((found.checks.len(), found.unread), (read, unread), "{told}");
        }
    }
}
