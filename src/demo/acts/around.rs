//! Deployments, rules and alerts.

use serde_json::{Value, json};

use super::{Hand, refused};
use crate::demo::DemoError;
use crate::demo::world::{Deployment, DeploymentStatus, Dismissal, GateVerdict, RulesetVersion};

const DEPLOYMENT_STATES: [&str; 7] = [
    "error",
    "failure",
    "inactive",
    "pending",
    "success",
    "queued",
    "in_progress",
];

impl Hand<'_> {
    pub(super) fn deploy(
        &mut self,
        environment: String,
        sha: Option<&str>,
        login: Option<String>,
    ) -> Result<Value, DemoError> {
        let commit = self.commit(sha)?;
        let creator = self.viewer(login)?;
        let id = self.world.next_id();
        let status = self.new_status("queued", String::new());
        let now = self.now;
        self.world.deployments.push(Deployment {
            id,
            commit,
            reference: sha.unwrap_or("main").to_owned(),
            environment,
            description: None,
            payload: json!({}),
            creator,
            created: now,
            updated: now,
            statuses: vec![status],
            run: None,
        });
        Ok(json!({ "id": id }))
    }

    fn new_status(&mut self, state: &str, description: String) -> DeploymentStatus {
        DeploymentStatus {
            id: self.world.next_id(),
            state: state.to_owned(),
            description,
            creator: self.world.viewer.clone(),
            at: self.now,
        }
    }

    pub(super) fn deployment_status(
        &mut self,
        id: u64,
        state: &str,
        description: String,
    ) -> Result<Value, DemoError> {
        if !DEPLOYMENT_STATES.contains(&state) {
            return Err(refused(format!("{state:?} is no state of a deployment")));
        }
        let mut known = self.world.deployments.iter();
        let environment = known
            .find(|known| known.id == id)
            .map(|known| known.environment.clone())
            .ok_or_else(|| refused(format!("no deployment {id}")))?;
        let status = self.new_status(state, description);
        let given = status.id;
        // What ran there before is retired by a success.
        let retired = (state == "success").then(|| self.new_status("inactive", String::new()));
        let now = self.now;
        for known in &mut self.world.deployments {
            let is_running = known
                .statuses
                .last()
                .is_some_and(|last| last.state == "success");
            if known.id == id {
                known.statuses.push(status.clone());
                known.updated = now;
            } else if let Some(retired) = &retired
                && is_running
                && known.environment == environment
            {
                known.statuses.push(retired.clone());
                known.updated = now;
            }
        }
        Ok(json!({ "id": given }))
    }

    pub(super) fn gate(
        &mut self,
        run: u64,
        state: &str,
        comment: String,
        login: Option<String>,
    ) -> Result<Value, DemoError> {
        let state = match state {
            "approved" => "approved",
            "rejected" => "rejected",
            other => return Err(refused(format!("{other:?} is no answer to a gate"))),
        };
        let by = self.viewer(login)?;
        let mut gates = self.world.gates.iter_mut();
        let gate = gates.find(|gate| gate.run == run && gate.verdict.is_none());
        let gate = gate.ok_or_else(|| refused(format!("run {run} does not wait")))?;
        gate.verdict = Some(GateVerdict { by, state, comment });
        Ok(json!({}))
    }

    pub(super) fn ruleset(
        &mut self,
        required: Option<Vec<String>>,
        approvals: Option<u64>,
        enforcement: Option<String>,
        login: Option<String>,
    ) -> Result<Value, DemoError> {
        let actor = self.viewer(login)?;
        let last = self.world.ruleset.last().cloned();
        let last = last.ok_or_else(|| refused("there is no ruleset"))?;
        let id = last.id + 1;
        self.world.ruleset.push(RulesetVersion {
            id,
            actor,
            at: self.now,
            enforcement: enforcement.unwrap_or(last.enforcement),
            required: required.unwrap_or(last.required),
            approvals: approvals.unwrap_or(last.approvals),
        });
        Ok(json!({ "version": id }))
    }

    pub(super) fn alert(
        &mut self,
        (kind, number): (&str, u64),
        state: &str,
        (reason, comment): (Option<String>, Option<String>),
        login: Option<String>,
    ) -> Result<Value, DemoError> {
        let by = self.viewer(login)?;
        let now = self.now;
        let unknown = || refused(format!("no {kind} alert {number}"));
        let dismissal = |otherwise: &str| Dismissal {
            by: by.clone(),
            at: now,
            reason: reason.clone().unwrap_or_else(|| otherwise.to_owned()),
            comment: comment.clone(),
        };
        match (kind, state) {
            ("code", "open" | "dismissed" | "fixed") => {
                let mut alerts = self.world.alerts.iter_mut();
                let alert = alerts.find(|known| known.number == number);
                let alert = alert.ok_or_else(unknown)?;
                alert.dismissed = (state == "dismissed").then(|| dismissal("won't fix"));
                alert.fixed = (state == "fixed").then_some(now);
                alert.updated = now;
            }
            ("secret", "open" | "resolved") => {
                let mut alerts = self.world.secrets.iter_mut();
                let alert = alerts.find(|known| known.number == number);
                let alert = alert.ok_or_else(unknown)?;
                alert.resolved = (state == "resolved").then(|| {
                    let word = reason.clone().unwrap_or_else(|| "revoked".to_owned());
                    (word, by.clone(), now, comment.clone().unwrap_or_default())
                });
                alert.updated = now;
            }
            ("dependency", "open" | "dismissed" | "fixed") => {
                let mut alerts = self.world.dependency_alerts.iter_mut();
                let alert = alerts.find(|known| known.number == number);
                let alert = alert.ok_or_else(unknown)?;
                alert.dismissed = (state == "dismissed").then(|| dismissal("tolerable_risk"));
                alert.fixed = (state == "fixed").then_some(now);
                state.clone_into(&mut alert.state);
                alert.updated = now;
            }
            _ => return Err(refused(format!("{state:?} is no state of a {kind} alert"))),
        }
        Ok(json!({}))
    }
}
