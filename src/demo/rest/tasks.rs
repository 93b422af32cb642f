//! Tasks of agents, and what agents may do here.

use serde_json::{Value, json};

use super::shapes::{View, node_id, stamp};
use crate::demo::request::{Answer, Content, Refusal, Reply, Request};
use crate::demo::world::{AgentSession, AgentTask, Time};

/// States that a task can be in.
const STATES: [&str; 8] = [
    "queued",
    "in_progress",
    "completed",
    "failed",
    "idle",
    "waiting_for_user",
    "timed_out",
    "cancelled",
];

impl View<'_> {
    /// `agent-tasks/list-tasks-for-repo`: last updated first.
    pub(super) fn list_tasks(&self, request: &Request) -> Answer {
        let states: Option<Vec<&str>> =
            request.query("state").map(|text| text.split(',').collect());
        if let Some(states) = &states
            && states.iter().any(|state| !STATES.contains(state))
        {
            return Err(Refusal::new(422, "Validation Failed"));
        }
        let since = request
            .query("since")
            .and_then(|since| since.parse::<Time>().ok());
        let creator = request.query("creator_id");
        let archived = request.query("is_archived") == Some("true");
        let by_creation = request.query("sort") == Some("created_at");
        let id_of = |login: &str| self.world.account(login).map_or(0, |account| account.id);
        let mut tasks: Vec<&AgentTask> = self
            .world
            .agent_tasks
            .iter()
            .filter(|_| !archived)
            .filter(|task| {
                states
                    .as_ref()
                    .is_none_or(|states| states.contains(&task.state.as_str()))
            })
            .filter(|task| since.is_none_or(|since| task.updated >= since))
            .filter(|task| creator.is_none_or(|id| id_of(&task.creator).to_string() == id))
            .collect();
        tasks.sort_by_key(|task| {
            if by_creation {
                task.created
            } else {
                task.updated
            }
        });
        if request.query("direction") != Some("asc") {
            tasks.reverse();
        }
        let active = self.world.agent_tasks.len();
        Ok(Reply::new(
            "agent-tasks/list-tasks-for-repo",
            Content::Within(
                "tasks",
                tasks.into_iter().map(|task| self.task(task)).collect(),
                json!({ "tasks": [], "total_active_count": active, "total_archived_count": 0 }),
            ),
        ))
    }

    /// `agent-tasks/get-task-by-repo-and-id`: with its sessions.
    pub(super) fn get_task(&self, id: &str) -> Answer {
        let task = self.world.agent_tasks.iter().find(|task| task.id == id);
        let task = task.ok_or_else(Refusal::not_found)?;
        let mut shown = self.task(task);
        let sessions = task.sessions.iter();
        shown["sessions"] = sessions
            .map(|session| self.session(task, session))
            .collect();
        Ok(Reply::json("agent-tasks/get-task-by-repo-and-id", shown))
    }

    fn task(&self, task: &AgentTask) -> Value {
        let creator = self
            .world
            .account(&task.creator)
            .map_or(0, |found| found.id);
        let pull = self.world.pull(task.pull);
        let artifacts = pull.map(|pull| {
            json!([
                {
                    "provider": "github",
                    "type": "pull",
                    "data": { "id": pull.id, "global_id": node_id("PR", pull.id) },
                },
                {
                    "provider": "github",
                    "type": "branch",
                    "data": { "head_ref": pull.branch, "base_ref": pull.base_branch },
                },
            ])
        });
        let mut shown = json!({
            "id": task.id,
            "url": format!("{}/agents/repos/{}/tasks/{}", self.base, self.slug(), task.id),
            "html_url": format!("{}/tasks/{}", self.html_url(), task.id),
            "name": task.name,
            "creator": { "id": creator },
            "creator_type": "user",
            "user_collaborators": [],
            "owner": { "id": self.world.repository_id / 7 },
            "repository": { "id": self.world.repository_id },
            "state": task.state,
            "session_count": task.sessions.len(),
            "artifacts": artifacts.unwrap_or_else(|| json!([])),
            "archived_at": null,
            "updated_at": stamp(task.updated),
            "created_at": stamp(task.created),
        });
        if let Some(agent) = task.custom_agent {
            shown["custom_agent"] = json!({ "id": agent });
        }
        shown
    }

    fn session(&self, task: &AgentTask, session: &AgentSession) -> Value {
        let creator = self
            .world
            .account(&task.creator)
            .map_or(0, |found| found.id);
        let pull = self.world.pull(task.pull);
        let mut shown = json!({
            "id": session.id,
            "name": session.name,
            "user": { "id": creator },
            "owner": { "id": self.world.repository_id / 7 },
            "repository": { "id": self.world.repository_id },
            "task_id": task.id,
            "state": session.state,
            "created_at": stamp(session.started),
            "updated_at": stamp(session.finished.unwrap_or(session.started)),
            "prompt": session.prompt,
            "head_ref": pull.map(|pull| pull.branch.as_str()).unwrap_or_default(),
            "base_ref": pull.map(|pull| pull.base_branch.as_str()).unwrap_or_default(),
            "model": session.model,
            "usage": { "type": "premium_requests", "amount": session.cost },
        });
        if let Some(finished) = session.finished {
            shown["completed_at"] = Value::from(stamp(finished));
        }
        shown
    }

    /// `copilot/get-copilot-cloud-agent-configuration`.
    pub(super) fn agent_configuration(&self) -> Reply {
        let body = json!({
            "mcp_configuration": { "mcpServers": {} },
            "enabled_tools": {
                "codeql": true,
                "copilot_code_review": true,
                "secret_scanning": true,
                "dependency_vulnerability_checks": false,
            },
            "require_actions_workflow_approval": true,
            "is_firewall_enabled": true,
            "is_firewall_recommended_allowlist_enabled": true,
            "custom_allowlist": [format!("{}.example", self.world.owner)],
            "is_automations_enabled": false,
            "require_write_access_for_automation_triggers": true,
        });
        Reply::json("copilot/get-copilot-cloud-agent-configuration", body)
    }
}
