//! Environments, deployments, and who let a run go on into an environment.

use serde_json::{Value, json};

use super::shapes::{View, node_id, stamp};
use crate::demo::request::{Answer, Refusal, Reply, Request};
use crate::demo::world::{Deployment, DeploymentStatus, Environment};

impl View<'_> {
    /// `repos/get-all-environments`.
    pub(super) fn list_environments(&self) -> Reply {
        let environments = self.world.environments.iter();
        Reply::wrapped(
            "repos/get-all-environments",
            "environments",
            environments.map(|known| self.environment(known)).collect(),
        )
    }

    /// `repos/get-environment`.
    pub(super) fn get_environment(&self, name: &str) -> Answer {
        let environment = self.environment(self.find_environment(name)?);
        Ok(Reply::json("repos/get-environment", environment))
    }

    /// `repos/get-all-deployment-protection-rules`: rules that apps bring; production has one.
    pub(super) fn protection_rules(&self, name: &str) -> Answer {
        let environment = self.find_environment(name)?;
        let rules = if environment.reviewers.is_empty() {
            Vec::new()
        } else {
            let id = environment.id * 10;
            vec![json!({
                "id": id,
                "node_id": node_id("GA", id),
                "enabled": true,
                "app": {
                    "id": 311_205,
                    "slug": "rollout-gate",
                    "integration_url": format!("{}/apps/rollout-gate", self.base),
                    "node_id": node_id("A", 311_205),
                },
            })]
        };
        Ok(Reply::wrapped(
            "repos/get-all-deployment-protection-rules",
            "custom_deployment_protection_rules",
            rules,
        ))
    }

    fn find_environment(&self, name: &str) -> Result<&Environment, Refusal> {
        let mut environments = self.world.environments.iter();
        environments
            .find(|known| known.name.eq_ignore_ascii_case(name))
            .ok_or_else(Refusal::not_found)
    }

    fn environment(&self, environment: &Environment) -> Value {
        let mut rules = Vec::new();
        if environment.wait > 0 {
            rules.push(json!({
                "id": environment.id * 10 + 1,
                "node_id": node_id("GA", environment.id * 10 + 1),
                "type": "wait_timer",
                "wait_timer": environment.wait,
            }));
        }
        if !environment.reviewers.is_empty() {
            rules.push(json!({
                "id": environment.id * 10 + 2,
                "node_id": node_id("GA", environment.id * 10 + 2),
                "type": "required_reviewers",
                "prevent_self_review": true,
                "reviewers": self.reviewers(environment),
            }));
            rules.push(json!({
                "id": environment.id * 10 + 3,
                "node_id": node_id("GA", environment.id * 10 + 3),
                "type": "branch_policy",
            }));
        }
        let policy = if environment.reviewers.is_empty() {
            Value::Null
        } else {
            json!({ "protected_branches": true, "custom_branch_policies": false })
        };
        let mut shown = self.brief_environment(environment);
        shown["created_at"] = Value::from(stamp(environment.created));
        shown["updated_at"] = Value::from(stamp(environment.updated));
        shown["protection_rules"] = Value::from(rules);
        shown["deployment_branch_policy"] = policy;
        shown
    }

    fn brief_environment(&self, environment: &Environment) -> Value {
        let (id, name) = (environment.id, environment.name);
        json!({
            "id": id,
            "node_id": node_id("EN", id),
            "name": name,
            "url": format!("{}/environments/{name}", self.repo_url()),
            "html_url": format!("{}/deployments/activity_log?environments_filter={name}", self.html_url()),
        })
    }

    fn reviewers(&self, environment: &Environment) -> Vec<Value> {
        let reviewers = environment.reviewers.iter();
        reviewers
            .map(|login| json!({ "type": "User", "reviewer": self.user(login) }))
            .collect()
    }

    /// `actions/get-reviews-for-run`.
    pub(super) fn list_approvals(&self, run: u64) -> Answer {
        self.find_run(run)?;
        let gates = self.world.gates.iter().filter(|gate| gate.run == run);
        let approvals = gates.filter_map(|gate| {
            let verdict = gate.verdict.as_ref()?;
            let environment = self.find_environment(gate.environment).ok()?;
            let mut shown = self.brief_environment(environment);
            shown["created_at"] = Value::from(stamp(environment.created));
            shown["updated_at"] = Value::from(stamp(environment.updated));
            Some(json!({
                "environments": [shown],
                "state": verdict.state,
                "user": self.user(&verdict.by),
                "comment": verdict.comment,
            }))
        });
        let approvals: Vec<Value> = approvals.collect();
        Ok(Reply::json(
            "actions/get-reviews-for-run",
            Value::from(approvals),
        ))
    }

    /// `actions/get-pending-deployments-for-run`.
    pub(super) fn list_pending(&self, request: &Request, run: u64) -> Answer {
        let starter = self.find_run(run)?.actor.clone();
        let gates = self.world.gates.iter();
        let waiting = gates.filter(|gate| gate.run == run && gate.verdict.is_none());
        let pending = waiting.filter_map(|gate| {
            let environment = self.find_environment(gate.environment).ok()?;
            let may = request
                .login
                .as_ref()
                .is_some_and(|login| environment.reviewers.contains(login) && *login != starter);
            Some(json!({
                "environment": self.brief_environment(environment),
                "wait_timer": environment.wait,
                "wait_timer_started_at": stamp(gate.since),
                "current_user_can_approve": may,
                "reviewers": self.reviewers(environment),
            }))
        });
        let pending: Vec<Value> = pending.collect();
        Ok(Reply::json(
            "actions/get-pending-deployments-for-run",
            Value::from(pending),
        ))
    }

    /// Whether a run stands before a gate that nobody opened.
    pub(crate) fn is_waiting(&self, run: u64) -> bool {
        let mut gates = self.world.gates.iter();
        gates.any(|gate| gate.run == run && gate.verdict.is_none())
    }

    /// `repos/list-deployments`: newest first.
    pub(super) fn list_deployments(&self, request: &Request) -> Reply {
        let is = |name: &str, value: &str| request.query(name).is_none_or(|wanted| wanted == value);
        let mut deployments: Vec<&Deployment> = self
            .world
            .deployments
            .iter()
            .filter(|known| is("sha", &known.commit.to_string()))
            .filter(|known| is("ref", &known.reference))
            .filter(|known| is("environment", &known.environment) && is("task", "deploy"))
            .collect();
        deployments.sort_by_key(|known| std::cmp::Reverse((known.created, known.id)));
        Reply::list(
            "repos/list-deployments",
            deployments
                .into_iter()
                .map(|known| self.deployment(known))
                .collect(),
        )
    }

    /// `repos/get-deployment`.
    pub(super) fn get_deployment(&self, id: u64) -> Answer {
        let deployment = self.deployment(self.find_deployment(id)?);
        Ok(Reply::json("repos/get-deployment", deployment))
    }

    /// `repos/list-deployment-statuses`: newest first.
    pub(super) fn list_deployment_statuses(&self, id: u64) -> Answer {
        let deployment = self.find_deployment(id)?;
        let statuses = deployment.statuses.iter().rev();
        Ok(Reply::list(
            "repos/list-deployment-statuses",
            statuses
                .map(|status| self.deployment_status(deployment, status))
                .collect(),
        ))
    }

    fn find_deployment(&self, id: u64) -> Result<&Deployment, Refusal> {
        let mut deployments = self.world.deployments.iter();
        deployments
            .find(|known| known.id == id)
            .ok_or_else(Refusal::not_found)
    }

    fn deployment(&self, deployment: &Deployment) -> Value {
        let url = format!("{}/deployments/{}", self.repo_url(), deployment.id);
        json!({
            "url": url,
            "id": deployment.id,
            "node_id": node_id("DE", deployment.id),
            "sha": deployment.commit.to_string(),
            "ref": deployment.reference,
            "task": "deploy",
            "payload": deployment.payload,
            "original_environment": deployment.environment,
            "environment": deployment.environment,
            "description": deployment.description,
            "creator": self.user(&deployment.creator),
            "created_at": stamp(deployment.created),
            "updated_at": stamp(deployment.updated),
            "statuses_url": format!("{url}/statuses"),
            "repository_url": self.repo_url(),
            "transient_environment": false,
            "production_environment": deployment.environment == "production",
            "performed_via_github_app": null,
        })
    }

    fn deployment_status(&self, deployment: &Deployment, status: &DeploymentStatus) -> Value {
        let url = format!("{}/deployments/{}", self.repo_url(), deployment.id);
        let log = deployment.run.map_or_else(String::new, |run| {
            format!("{}/actions/runs/{run}", self.html_url())
        });
        json!({
            "url": format!("{url}/statuses/{}", status.id),
            "id": status.id,
            "node_id": node_id("DES", status.id),
            "state": status.state,
            "creator": self.user(&status.creator),
            "description": status.description,
            "environment": deployment.environment,
            "target_url": log,
            "created_at": stamp(status.at),
            "updated_at": stamp(status.at),
            "deployment_url": url,
            "repository_url": self.repo_url(),
            "environment_url": "",
            "log_url": log,
            "performed_via_github_app": null,
        })
    }
}
