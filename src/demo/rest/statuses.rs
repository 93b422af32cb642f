//! Commit statuses.

use serde_json::{Value, json};

use super::fragments;
use super::shapes::{View, node_id, stamp};
use crate::demo::request::{Answer, Reply};
use crate::demo::world::Status;

impl View<'_> {
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
            "repository": fragments::minimal_repository(),
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
        self.world.statuses_of(commit).rev()
    }

    pub(super) fn status(&self, status: &Status) -> Value {
        let creator = self.world.account(&status.creator);
        let avatar = creator.map_or(0, |creator| creator.id);
        json!({
            "url": format!("{}/statuses/{}", self.repo_url(), status.commit),
            "avatar_url": format!("{}/avatars/u/{avatar}?v=4", self.base),
            "id": status.id,
            "node_id": node_id("SC", status.id),
            "state": status.state,
            "description": status.description,
            "target_url": status.target_url,
            "context": status.context,
            "created_at": stamp(status.at),
            "updated_at": stamp(status.at),
            "creator": self.user(&status.creator),
        })
    }
}
