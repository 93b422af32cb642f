//! Branches, commits and workflows of the repository.

use serde_json::{Value, json};

use super::shapes::{View, node_id};
use crate::demo::request::{Answer, Refusal, Reply, Request};
use crate::demo::world::{WORKFLOWS, Workflow};

impl View<'_> {
    /// `repos/list-branches`.
    pub(super) fn list_branches(&self, request: &Request) -> Answer {
        let mut branches = Vec::new();
        for reference in self.git.repository.references_glob("refs/heads/*")? {
            let reference = reference?;
            let name = String::from_utf8_lossy(reference.shorthand_bytes()).into_owned();
            let guarded = name == "main";
            let wanted = request.query("protected");
            if wanted.is_some_and(|wanted| wanted != guarded.to_string()) {
                continue;
            }
            let commit = reference.peel_to_commit()?.id();
            branches.push(json!({
                "name": name,
                "commit": {
                    "sha": commit.to_string(),
                    "url": format!("{}/commits/{commit}", self.repo_url()),
                },
                "protected": guarded,
            }));
        }
        Ok(Reply::list("repos/list-branches", branches))
    }

    /// `repos/get-branch`.
    pub(super) fn get_branch(&self, name: &str) -> Answer {
        let commit = self
            .git
            .repository
            .refname_to_id(&format!("refs/heads/{name}"))
            .map_err(|_| Refusal::new(404, "Branch not found"))?;
        let guarded = name == "main";
        let url = format!("{}/branches/{name}", self.repo_url());
        let body = json!({
            "name": name,
            "commit": self.commit(commit)?,
            "_links": { "self": url, "html": format!("{}/tree/{name}", self.html_url()) },
            "protected": guarded,
            // A ruleset guards the branch; the classic protection, which is another thing, is off.
            "protection": {
                "enabled": false,
                "required_status_checks": {
                    "enforcement_level": "off",
                    "contexts": [],
                    "checks": [],
                },
            },
            "protection_url": format!("{url}/protection"),
        });
        Ok(Reply::json("repos/get-branch", body))
    }

    /// `repos/list-commits`: newest first, from a branch or commit on.
    pub(super) fn list_commits(&self, request: &Request) -> Answer {
        let start = self.resolve(request.query("sha").unwrap_or("main"))?;
        let mut walk = self.git.repository.revwalk()?;
        walk.set_sorting(git2::Sort::TOPOLOGICAL)?;
        walk.push(start)?;
        let commits: Result<Vec<Value>, Refusal> =
            walk.map(|commit| self.commit(commit?)).collect();
        Ok(Reply::list("repos/list-commits", commits?))
    }

    /// `actions/list-repo-workflows`.
    pub(super) fn list_workflows(&self) -> Reply {
        let workflows = WORKFLOWS.iter();
        Reply::wrapped(
            "actions/list-repo-workflows",
            "workflows",
            workflows.map(|workflow| self.workflow(*workflow)).collect(),
        )
    }

    /// `actions/get-workflow`, by its id or the name of its file.
    pub(super) fn get_workflow(&self, name: &str) -> Answer {
        let workflow = self.workflow(find_workflow(name)?);
        Ok(Reply::json("actions/get-workflow", workflow))
    }

    fn workflow(&self, workflow: Workflow) -> Value {
        let Workflow { id, name, path } = workflow;
        json!({
            "id": id,
            "node_id": node_id("W", id),
            "name": name,
            "path": path,
            "state": "active",
            "created_at": "2024-02-05T10:00:00Z",
            "updated_at": "2026-05-11T10:00:00Z",
            "url": format!("{}/actions/workflows/{id}", self.repo_url()),
            "html_url": format!("{}/blob/main/{path}", self.html_url()),
            "badge_url": format!("{}/workflows/{name}/badge.svg", self.html_url()),
        })
    }
}

/// A workflow by its id or the name of its file.
pub(super) fn find_workflow(name: &str) -> Result<Workflow, Refusal> {
    let is_named = |workflow: &&Workflow| {
        workflow.id.to_string() == name || workflow.path.rsplit('/').next() == Some(name)
    };
    let found = WORKFLOWS.iter().find(is_named);
    found.copied().ok_or_else(Refusal::not_found)
}
