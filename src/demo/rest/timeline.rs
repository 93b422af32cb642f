//! The timeline of a change, and the activity of the repository.

use serde_json::{Value, json};

use super::shapes::{View, merge, node_id, stamp};
use crate::demo::request::{Answer, Content, Refusal, Reply, Request};
use crate::demo::world::{
    App, COPILOT, Event, EventKind, Issue, Move, MoveKind, Pull, ReviewState, Time,
};

impl View<'_> {
    /// `issues/list-events-for-timeline`.
    pub(super) fn timeline(&self, number: u64) -> Answer {
        let mut rows = match self
            .world
            .issues
            .iter()
            .find(|issue| issue.number == number)
        {
            Some(issue) => self.issue_rows(issue),
            None => self.pull_rows(self.find_pull(number)?)?,
        };
        rows.sort_by_key(|(at, _)| *at);
        let rows = rows.into_iter().map(|(_, row)| row).collect();
        Ok(Reply::list("issues/list-events-for-timeline", rows))
    }

    /// Moves of a change's branch that rewrote it.
    pub(crate) fn force_pushes(&self, pull: &Pull) -> impl Iterator<Item = &Move> {
        let moves = self.world.moves_of(&pull.branch);
        moves.filter(|row| row.kind == MoveKind::ForcePush)
    }

    fn issue_rows(&self, issue: &Issue) -> Vec<(Time, Value)> {
        let mut rows: Vec<(Time, Value)> = issue
            .events
            .iter()
            .map(|event| (event.at, self.event(event)))
            .collect();
        rows.extend(issue.comments.iter().map(|comment| {
            let mut row = self.comment(issue.number, comment);
            row["event"] = Value::from("commented");
            row["actor"] = row["user"].clone();
            (comment.created, row)
        }));
        for pull in self
            .world
            .pulls
            .iter()
            .filter(|pull| pull.closes.contains(&issue.number))
        {
            let row = json!({
                "event": "cross-referenced",
                "actor": self.user(&pull.author),
                "created_at": stamp(pull.created),
                "updated_at": stamp(pull.created),
                "source": { "type": "issue", "issue": self.issue_of(pull.number) },
            });
            rows.push((pull.created, row));
        }
        rows
    }

    fn pull_rows(&self, pull: &Pull) -> Result<Vec<(Time, Value)>, Refusal> {
        let mut rows = Vec::new();
        for commit in self.commits_of(pull)? {
            let (at, mut row) = self.git_commit(commit)?;
            row["event"] = Value::from("committed");
            rows.push((at, row));
        }
        rows.extend(pull.comments.iter().map(|comment| {
            let mut row = self.comment(pull.number, comment);
            row["event"] = Value::from("commented");
            row["actor"] = row["user"].clone();
            (comment.created, row)
        }));
        let submitted = pull
            .reviews
            .iter()
            .filter(|review| review.state != ReviewState::Pending);
        rows.extend(submitted.map(|review| {
            let mut row = self.review(pull, review);
            row["event"] = Value::from("reviewed");
            row["state"] = Value::from(review.state.as_str().to_lowercase());
            (review.submitted, row)
        }));
        rows.extend(
            pull.events
                .iter()
                .map(|event| (event.at, self.event(event))),
        );
        // The forge shows only where the branch went, not where it came from.
        rows.extend(self.force_pushes(pull).map(|push| {
            let mut row = self.plain_event(
                (push.id, &push.actor, push.at),
                "head_ref_force_pushed",
                None,
            );
            let commit = push.after.to_string();
            row["commit_url"] = Value::from(format!("{}/commits/{commit}", self.repo_url()));
            row["commit_id"] = Value::from(commit);
            (push.at, row)
        }));
        Ok(rows)
    }

    fn event(&self, event: &Event) -> Value {
        let of = (event.id, event.actor.as_str(), event.at);
        let plain = |name: &str, app: Option<App>| self.plain_event(of, name, app);
        match &event.what {
            EventKind::Labeled(label) => {
                let mut row = plain("labeled", None);
                row["label"] =
                    json!({ "name": label, "color": super::shapes::label_colour(label) });
                row
            }
            EventKind::Assigned(login) => {
                let mut row = plain("assigned", None);
                row["assignee"] = self.user(login);
                row
            }
            EventKind::ReviewRequested(login) => {
                let mut row = plain("review_requested", None);
                merge(
                    &mut row,
                    json!({
                        "review_requester": self.user(&event.actor),
                        "requested_reviewer": self.user(login),
                    }),
                );
                row
            }
            EventKind::WorkStarted => plain("copilot_work_started", Some(COPILOT)),
            EventKind::WorkFinished => plain("copilot_work_finished", Some(COPILOT)),
            EventKind::Merged(commit) => {
                let mut row = plain("merged", None);
                row["commit_id"] = Value::from(commit.to_string());
                row["commit_url"] = Value::from(format!("{}/commits/{commit}", self.repo_url()));
                row
            }
            EventKind::Closed => plain("closed", None),
            EventKind::Reopened => plain("reopened", None),
            EventKind::BaseChanged(..) => plain("base_ref_changed", None),
            EventKind::BranchDeleted => plain("head_ref_deleted", None),
        }
    }

    fn plain_event(
        &self,
        (id, actor, at): (u64, &str, Time),
        name: &str,
        app: Option<App>,
    ) -> Value {
        json!({
            "id": id,
            "node_id": node_id("EV", id),
            "url": format!("{}/issues/events/{id}", self.repo_url()),
            "actor": self.user(actor),
            "event": name,
            "commit_id": null,
            "commit_url": null,
            "created_at": stamp(at),
            "performed_via_github_app": app.map_or(Value::Null, |app| self.app(app)),
        })
    }

    /// `repos/list-activities`: newest first.
    pub(super) fn activity(&self, request: &Request) -> Reply {
        let branch = request
            .query("ref")
            .map(|name| name.trim_start_matches("refs/heads/"));
        // Several kinds may be named.
        let kinds = request.query("activity_type");
        let kind = |row: &Move| {
            kinds.is_none_or(|kinds| kinds.split(',').any(|kind| kind == row.kind.as_str()))
        };
        let actor = request.query("actor");
        let ascending = request.query("direction") == Some("asc");
        let earliest = request
            .query("time_period")
            .map(|period| self.now - period_length(period));
        let of_branch: Box<dyn Iterator<Item = &Move>> = match branch {
            Some(branch) => Box::new(self.world.moves_of(branch)),
            None => Box::new(self.world.moves.iter()),
        };
        let mut rows: Vec<&Move> = of_branch
            .filter(|row| kind(row))
            .filter(|row| actor.is_none_or(|actor| row.actor == actor))
            .filter(|row| earliest.is_none_or(|earliest| row.at >= earliest))
            .collect();
        if !ascending {
            rows.reverse();
        }
        let ids: Vec<u64> = rows.iter().map(|row| row.id).collect();
        let range = request.cursor_range(&ids);
        let (before, after) = (range.start > 0, range.end < rows.len());
        let page = rows.get(range).unwrap_or_default().iter();
        let page = page.map(|row| (row.id, self.activity_row(row))).collect();
        let content = Content::CutCursors(page, before, after);
        Reply::new("repos/list-activities", content)
    }

    fn activity_row(&self, row: &Move) -> Value {
        json!({
            "id": row.id,
            "node_id": node_id("PSH", row.id),
            "before": row.before.to_string(),
            "after": row.after.to_string(),
            "ref": format!("refs/heads/{}", row.branch),
            "timestamp": stamp(row.at),
            "activity_type": row.kind.as_str(),
            "actor": self.user(&row.actor),
        })
    }
}

pub(super) fn period_length(period: &str) -> chrono::TimeDelta {
    chrono::TimeDelta::days(match period {
        "hour" => return chrono::TimeDelta::hours(1),
        "day" => 1,
        "week" => 7,
        "month" => 31,
        "quarter" => 92,
        _ => 366,
    })
}
