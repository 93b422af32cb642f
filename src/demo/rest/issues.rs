//! Issues, the conversation, and what is said in it.

use serde_json::{Value, json};

use super::shapes::{View, node_id, stamp, stamp_or_null};
use crate::demo::request::{Answer, Content, Refusal, Reply, Request};
use crate::demo::world::{Comment, Issue, Pull, Time};

/// An issue or a change seen as one: what both have.
struct Thread<'a> {
    number: u64,
    id: u64,
    title: &'a str,
    body: &'a str,
    author: &'a str,
    created: Time,
    updated: Time,
    closed: Option<Time>,
    merged: Option<Time>,
    parent: Option<u64>,
    labels: &'a [&'static str],
    assignees: &'a [String],
    comments: &'a [Comment],
    is_pull: bool,
}

impl<'a> From<&'a Issue> for Thread<'a> {
    fn from(issue: &'a Issue) -> Self {
        Self {
            number: issue.number,
            id: issue.id,
            title: &issue.title,
            body: &issue.body,
            author: &issue.author,
            created: issue.created,
            updated: issue.updated,
            closed: issue.closed,
            merged: None,
            parent: issue.parent,
            labels: &issue.labels,
            assignees: &issue.assignees,
            comments: &issue.comments,
            is_pull: false,
        }
    }
}

impl<'a> From<&'a Pull> for Thread<'a> {
    fn from(pull: &'a Pull) -> Self {
        Self {
            number: pull.number,
            id: pull.id,
            title: &pull.title,
            body: &pull.body,
            author: &pull.author,
            created: pull.created,
            updated: pull.updated,
            closed: pull.ended(),
            merged: pull.merged.as_ref().map(|merge| merge.at),
            parent: None,
            labels: &pull.labels,
            assignees: &pull.assignees,
            comments: &pull.comments,
            is_pull: true,
        }
    }
}

impl View<'_> {
    /// `issues/list-for-repo`: issues and changes, newest first.
    pub(super) fn list_issues(&self, request: &Request) -> Reply {
        let state = request.query("state").unwrap_or("open");
        let since = request
            .query("since")
            .and_then(|since| since.parse::<Time>().ok());
        let by_update = request.query("sort") == Some("updated");
        let mut threads: Vec<Thread<'_>> = self.world.issues.iter().map(Thread::from).collect();
        let updated: Box<dyn Iterator<Item = &Pull>> = match (since, self.world.index()) {
            (Some(since), Some(index)) => Box::new(
                index
                    .by_update
                    .all
                    .range((since, 0)..)
                    .filter_map(|(_, number)| self.world.pull(*number)),
            ),
            _ => Box::new(self.world.pulls.iter()),
        };
        threads.extend(updated.map(Thread::from));
        threads.retain(|thread| state == "all" || (state == "open") == thread.closed.is_none());
        threads.retain(|thread| since.is_none_or(|since| thread.updated >= since));
        threads.sort_by_key(|thread| {
            let at = if by_update {
                thread.updated
            } else {
                thread.created
            };
            (at, thread.number)
        });
        if request.query("direction") != Some("asc") {
            threads.reverse();
        }
        let total = threads.len();
        let page = request.window().cut(threads.iter());
        let page = page.map(|thread| self.thread(thread)).collect();
        Reply::new("issues/list-for-repo", Content::Cut(None, page, total))
    }

    /// `issues/get`.
    pub(super) fn get_issue(&self, number: u64) -> Answer {
        Ok(Reply::json(
            "issues/get",
            self.thread(&self.find_thread(number)?),
        ))
    }

    /// `issues/list-comments`.
    pub(super) fn list_comments(&self, request: &Request, number: u64) -> Answer {
        let since = request
            .query("since")
            .and_then(|since| since.parse::<Time>().ok());
        let thread = self.find_thread(number)?;
        let comments = thread
            .comments
            .iter()
            .filter(|comment| since.is_none_or(|since| comment.updated >= since))
            .map(|comment| self.comment(number, comment))
            .collect();
        Ok(Reply::list("issues/list-comments", comments))
    }

    /// `issues/get-comment`.
    pub(super) fn get_comment(&self, id: u64) -> Answer {
        let (number, comment) = self.find_comment(id).ok_or_else(Refusal::not_found)?;
        Ok(Reply::json(
            "issues/get-comment",
            self.comment(number, comment),
        ))
    }

    /// A comment of the conversation, and the number it belongs to.
    pub(super) fn find_comment(&self, id: u64) -> Option<(u64, &Comment)> {
        let number = self.world.number_of_comment(id)?;
        let comments = self.find_thread(number).ok()?.comments;
        let comment = comments.iter().find(|comment| comment.id == id)?;
        Some((number, comment))
    }

    fn find_thread(&self, number: u64) -> Result<Thread<'_>, Refusal> {
        let issue = self
            .world
            .issues
            .iter()
            .find(|issue| issue.number == number)
            .map(Thread::from);
        issue
            .or_else(|| self.world.pull(number).map(Thread::from))
            .ok_or_else(Refusal::not_found)
    }

    pub(super) fn comment(&self, number: u64, comment: &Comment) -> Value {
        let html = format!(
            "{}/pull/{number}#issuecomment-{}",
            self.html_url(),
            comment.id
        );
        let url = format!("{}/issues/comments/{}", self.repo_url(), comment.id);
        json!({
            "url": url,
            "html_url": html,
            "issue_url": format!("{}/issues/{number}", self.repo_url()),
            "id": comment.id,
            "node_id": node_id("IC", comment.id),
            "user": self.user(&comment.author),
            "created_at": stamp(comment.created),
            "updated_at": stamp(comment.updated),
            "body": comment.body,
            "author_association": self.association(&comment.author),
            "reactions": reactions(&url),
            "performed_via_github_app": comment.app.map_or(Value::Null, |app| self.app(app)),
        })
    }

    /// The issue or change as an issue, for events that point at it.
    pub(super) fn issue_of(&self, number: u64) -> Value {
        self.find_thread(number)
            .map_or(Value::Null, |thread| self.thread(&thread))
    }

    fn thread(&self, thread: &Thread<'_>) -> Value {
        let url = format!("{}/issues/{}", self.repo_url(), thread.number);
        let page = if thread.is_pull { "pull" } else { "issues" };
        let html = format!("{}/{page}/{}", self.html_url(), thread.number);
        let assignees: Vec<Value> = thread
            .assignees
            .iter()
            .map(|login| self.user(login))
            .collect();
        let mut issue = json!({
            "url": url,
            "repository_url": self.repo_url(),
            "labels_url": format!("{url}/labels{{/name}}"),
            "comments_url": format!("{url}/comments"),
            "events_url": format!("{url}/events"),
            "timeline_url": format!("{url}/timeline"),
            "html_url": html,
            "id": thread.id,
            "node_id": node_id(if thread.is_pull { "PR" } else { "I" }, thread.id),
            "number": thread.number,
            "title": thread.title,
            "user": self.user(thread.author),
            "labels": thread.labels.iter().map(|name| self.label(name)).collect::<Vec<_>>(),
            "state": if thread.closed.is_some() { "closed" } else { "open" },
            "state_reason": null,
            "locked": false,
            "assignee": assignees.first().cloned().unwrap_or(Value::Null),
            "assignees": assignees,
            "milestone": null,
            "comments": thread.comments.len(),
            "created_at": stamp(thread.created),
            "updated_at": stamp(thread.updated),
            "closed_at": stamp_or_null(thread.closed),
            "author_association": self.association(thread.author),
            "active_lock_reason": null,
            "body": thread.body,
            "closed_by": null,
            "reactions": reactions(&url),
            "performed_via_github_app": null,
        });
        if thread.is_pull {
            issue["draft"] = Value::from(false);
            issue["pull_request"] = json!({
                "url": format!("{}/pulls/{}", self.repo_url(), thread.number),
                "html_url": html,
                "diff_url": format!("{html}.diff"),
                "patch_url": format!("{html}.patch"),
                "merged_at": stamp_or_null(thread.merged),
            });
        }
        let below = self.sub_issues(thread.number).count();
        if below > 0 {
            let closed = |issue: &&Issue| issue.closed.is_some();
            let completed = self.sub_issues(thread.number).filter(closed).count();
            issue["sub_issues_summary"] = json!({
                "total": below,
                "completed": completed,
                "percent_completed": 100 * completed / below,
            });
        }
        if let Some(parent) = thread.parent {
            let url = format!("{}/issues/{parent}", self.repo_url());
            issue["parent_issue_url"] = Value::from(url);
        }
        issue
    }

    /// Issues that are a part of another.
    pub(crate) fn sub_issues(&self, number: u64) -> impl Iterator<Item = &Issue> {
        let issues = self.world.issues.iter();
        issues.filter(move |issue| issue.parent == Some(number))
    }

    /// `issues/list-sub-issues`.
    pub(super) fn list_sub_issues(&self, number: u64) -> Answer {
        self.find_thread(number)?;
        let below = self.sub_issues(number);
        Ok(Reply::list(
            "issues/list-sub-issues",
            below
                .map(|issue| self.thread(&Thread::from(issue)))
                .collect(),
        ))
    }

    /// `issues/get-parent`.
    pub(super) fn get_parent(&self, number: u64) -> Answer {
        let parent = self.find_thread(number)?.parent;
        let parent = self.find_thread(parent.ok_or_else(Refusal::not_found)?)?;
        Ok(Reply::json("issues/get-parent", self.thread(&parent)))
    }

    /// `issues/list-comments-for-repo`.
    pub(super) fn list_all_comments(&self, request: &Request) -> Reply {
        let since = request
            .query("since")
            .and_then(|since| since.parse::<Time>().ok());
        let pulls = self.world.pulls.iter();
        let issues = self.world.issues.iter();
        let all = pulls
            .map(|pull| (pull.number, &pull.comments))
            .chain(issues.map(|issue| (issue.number, &issue.comments)));
        let mut comments: Vec<(u64, &Comment)> = all
            .flat_map(|(number, comments)| comments.iter().map(move |comment| (number, comment)))
            .filter(|(_, comment)| since.is_none_or(|since| comment.updated >= since))
            .collect();
        let by_update = request.query("sort") == Some("updated");
        comments.sort_by_key(|(_, comment)| {
            let at = if by_update {
                comment.updated
            } else {
                comment.created
            };
            (at, comment.id)
        });
        if by_update && request.query("direction") != Some("asc") {
            comments.reverse();
        }
        Reply::list(
            "issues/list-comments-for-repo",
            comments
                .into_iter()
                .map(|(number, comment)| self.comment(number, comment))
                .collect(),
        )
    }
}

/// Nobody reacts in this world.
fn reactions(url: &str) -> Value {
    json!({
        "url": format!("{url}/reactions"),
        "total_count": 0,
        "+1": 0,
        "-1": 0,
        "laugh": 0,
        "hooray": 0,
        "confused": 0,
        "heart": 0,
        "rocket": 0,
        "eyes": 0,
    })
}
