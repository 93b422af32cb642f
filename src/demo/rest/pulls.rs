//! Pull requests, their reviews and line comments.

use git2::Oid;
use serde_json::{Value, json};

use super::fragments;
use super::shapes::{View, merge, node_id, stamp, stamp_or_null};
use crate::demo::request::{Answer, Content, Refusal, Reply, Request};
use crate::demo::world::{LineComment, Ordered, Pull, Review, ReviewState, Size, Time};

/// Numbers in an order, or in its reverse.
pub(crate) fn ordered(order: &Ordered, ascending: bool) -> Box<dyn Iterator<Item = u64> + '_> {
    let numbers = order.iter().map(|(_, number)| *number);
    if ascending {
        Box::new(numbers)
    } else {
        Box::new(numbers.rev())
    }
}

impl View<'_> {
    /// `pulls/list`.
    pub(super) fn list_pulls(&self, request: &Request) -> Reply {
        let state = request.query("state").unwrap_or("open");
        let base = request.query("base");
        let head = request
            .query("head")
            .map(|head| head.rsplit(':').next().unwrap_or(head));
        let by_update = request.query("sort") == Some("updated");
        let ascending = match request.query("direction") {
            Some(direction) => direction == "asc",
            None => request.query("sort").is_some_and(|sort| sort != "created"),
        };
        let Some(index) = self.world.index() else {
            return Reply::list("pulls/list", Vec::new());
        };
        let orders = if by_update {
            &index.by_update
        } else {
            &index.by_creation
        };
        let order = orders.of(state);
        let window = request.window();
        if base.is_none() && head.is_none() {
            let numbers = window.cut(ordered(order, ascending));
            let pulls = numbers.filter_map(|number| self.world.pull(number));
            let page = pulls.map(|pull| self.simple_pull(pull));
            let content = Content::Cut(None, page.collect(), order.len());
            return Reply::new("pulls/list", content);
        }
        let pulls: Vec<&Pull> = ordered(order, ascending)
            .filter_map(|number| self.world.pull(number))
            .filter(|pull| base.is_none_or(|base| base == pull.base_branch))
            .filter(|pull| head.is_none_or(|head| head == pull.branch))
            .collect();
        let page = window.cut(pulls.iter()).map(|pull| self.simple_pull(pull));
        let content = Content::Cut(None, page.collect(), pulls.len());
        Reply::new("pulls/list", content)
    }

    /// `pulls/get`; as a diff where the client asks for one.
    pub(super) fn get_pull(&self, request: &Request, number: u64) -> Answer {
        let pull = self.find_pull(number)?;
        let wanted = request.header("accept").unwrap_or_default();
        if wanted.contains("diff") {
            let text = self.patch_text(self.fork(pull), pull.head)?;
            let content = Content::Raw("text/plain; charset=utf-8", text.into());
            return Ok(Reply::new("pulls/get", content));
        }
        Ok(Reply::json("pulls/get", self.full_pull(pull)?))
    }

    /// `pulls/list-commits`.
    pub(super) fn list_pull_commits(&self, number: u64) -> Answer {
        let pull = self.find_pull(number)?;
        let commits = self.commits_of(pull)?;
        let commits: Result<Vec<Value>, Refusal> = commits
            .into_iter()
            .map(|commit| self.commit(commit))
            .collect();
        Ok(Reply::list("pulls/list-commits", commits?))
    }

    /// `pulls/list-files`.
    pub(super) fn list_pull_files(&self, number: u64) -> Answer {
        let pull = self.find_pull(number)?;
        Ok(Reply::list(
            "pulls/list-files",
            self.diff_entries(Some(self.fork(pull)), pull.head)?,
        ))
    }

    /// `pulls/list-reviews`; a pending review shows to its author only.
    pub(super) fn list_reviews(&self, request: &Request, number: u64) -> Answer {
        let pull = self.find_pull(number)?;
        let reviews = pull
            .reviews
            .iter()
            .filter(|review| {
                review.state != ReviewState::Pending
                    || request.login.as_deref() == Some(review.author.as_str())
            })
            .map(|review| self.review(pull, review))
            .collect();
        Ok(Reply::list("pulls/list-reviews", reviews))
    }

    /// `pulls/get-review`.
    pub(super) fn get_review(&self, number: u64, id: u64) -> Answer {
        let pull = self.find_pull(number)?;
        let review = pull.reviews.iter().find(|review| review.id == id);
        let review = review.ok_or_else(Refusal::not_found)?;
        Ok(Reply::json("pulls/get-review", self.review(pull, review)))
    }

    /// `pulls/list-review-comments`.
    pub(super) fn list_line_comments(&self, number: u64) -> Answer {
        let pull = self.find_pull(number)?;
        let comments = pull
            .line_comments
            .iter()
            .map(|comment| self.line_comment(pull, comment))
            .collect();
        Ok(Reply::list("pulls/list-review-comments", comments))
    }

    /// `pulls/list-review-comments-for-repo`: newest first, unless the query says otherwise.
    pub(super) fn list_all_line_comments(&self, request: &Request) -> Reply {
        let since = request
            .query("since")
            .and_then(|since| since.parse::<Time>().ok());
        let of_pulls = self.world.pulls.iter();
        let mut comments: Vec<(&Pull, &LineComment)> = of_pulls
            .flat_map(|pull| {
                pull.line_comments
                    .iter()
                    .map(move |comment| (pull, comment))
            })
            .filter(|(_, comment)| since.is_none_or(|since| comment.created >= since))
            .collect();
        comments.sort_by_key(|(_, comment)| (comment.created, comment.id));
        if request.query("direction") != Some("asc") {
            comments.reverse();
        }
        Reply::list(
            "pulls/list-review-comments-for-repo",
            comments
                .into_iter()
                .map(|(pull, comment)| self.line_comment(pull, comment))
                .collect(),
        )
    }

    pub(crate) fn find_pull(&self, number: u64) -> Result<&Pull, Refusal> {
        self.world.pull(number).ok_or_else(Refusal::not_found)
    }

    /// Where the branch of a change left its base.
    pub(crate) fn fork(&self, pull: &Pull) -> Oid {
        self.git.fork(pull.base, pull.head).unwrap_or(pull.base)
    }

    /// How much a change changes.
    pub(crate) fn size(&self, pull: &Pull) -> Size {
        let fork = self.fork(pull);
        self.git.size((fork, pull.head), || {
            let files = self.diff_entries(Some(fork), pull.head).unwrap_or_default();
            let sum = |field: &str| files.iter().filter_map(|file| file[field].as_u64()).sum();
            Size {
                additions: sum("additions"),
                deletions: sum("deletions"),
                files: files.len(),
            }
        })
    }

    /// The commits of a change, oldest first.
    pub(crate) fn commits_of(&self, pull: &Pull) -> Result<Vec<Oid>, Refusal> {
        self.git
            .commits_between(pull.base, pull.head)
            .map_err(|_| Refusal::not_found())
    }

    fn simple_pull(&self, pull: &Pull) -> Value {
        let url = format!("{}/pulls/{}", self.repo_url(), pull.number);
        let html = format!("{}/pull/{}", self.html_url(), pull.number);
        let issue = format!("{}/issues/{}", self.repo_url(), pull.number);
        let statuses = format!("{}/statuses/{}", self.repo_url(), pull.head);
        let line_comment = format!("{}/pulls/comments{{/number}}", self.repo_url());
        let link = |href: &str| json!({ "href": href });
        let merged = pull.merged.as_ref();
        let assignees: Vec<Value> = pull
            .assignees
            .iter()
            .map(|login| self.user(login))
            .collect();
        let ended = pull.ended();
        let commit = merged.map(|merge| merge.commit.to_string());
        json!({
            "url": url,
            "id": pull.id,
            "node_id": node_id("PR", pull.id),
            "html_url": html,
            "diff_url": format!("{html}.diff"),
            "patch_url": format!("{html}.patch"),
            "issue_url": issue,
            "commits_url": format!("{url}/commits"),
            "review_comments_url": format!("{url}/comments"),
            "review_comment_url": line_comment,
            "comments_url": format!("{issue}/comments"),
            "statuses_url": statuses,
            "number": pull.number,
            "state": if ended.is_some() { "closed" } else { "open" },
            "locked": false,
            "title": pull.title,
            "user": self.user(&pull.author),
            "body": pull.body,
            "labels": pull.labels.iter().map(|name| self.label(name)).collect::<Vec<_>>(),
            "milestone": null,
            "active_lock_reason": null,
            "created_at": stamp(pull.created),
            "updated_at": stamp(pull.updated),
            "closed_at": stamp_or_null(ended),
            "merged_at": stamp_or_null(merged.map(|merge| merge.at)),
            "merge_commit_sha": commit,
            "assignee": assignees.first().cloned().unwrap_or(Value::Null),
            "assignees": assignees,
            "requested_reviewers":
                pull.requested.iter().map(|login| self.user(login)).collect::<Vec<_>>(),
            "requested_teams": [],
            "head": self.end(&pull.branch, pull.head),
            "base": self.end(&pull.base_branch, pull.base),
            "_links": {
                "self": link(&url),
                "html": link(&html),
                "issue": link(&issue),
                "comments": link(&format!("{issue}/comments")),
                "review_comments": link(&format!("{url}/comments")),
                "review_comment": link(&line_comment),
                "commits": link(&format!("{url}/commits")),
                "statuses": link(&statuses),
            },
            "author_association": self.association(&pull.author),
            "auto_merge": null,
            "draft": false,
        })
    }

    fn full_pull(&self, pull: &Pull) -> Result<Value, Refusal> {
        let size = self.size(pull);
        let mut full = self.simple_pull(pull);
        let merged_by = pull
            .merged
            .as_ref()
            .map_or(Value::Null, |merge| self.user(&merge.by));
        if let Some(test) = self.git.test_merge(pull) {
            full["merge_commit_sha"] = Value::from(test.to_string());
        }
        merge(
            &mut full,
            json!({
                "merged": pull.merged.is_some(),
                "mergeable": if pull.is_open() { Value::from(!pull.conflicts) } else { Value::Null },
                "rebaseable": null,
                "mergeable_state": self.mergeable_state(pull),
                "merged_by": merged_by,
                "comments": pull.comments.len(),
                "review_comments": pull.line_comments.len(),
                "maintainer_can_modify": false,
                "commits": self.commits_of(pull)?.len(),
                "additions": size.additions,
                "deletions": size.deletions,
                "changed_files": size.files,
            }),
        );
        Ok(full)
    }

    /// `blocked` until the required checks are green and one independent approval stands.
    pub(crate) fn mergeable_state(&self, pull: &Pull) -> &'static str {
        if !pull.is_open() {
            return "unknown";
        }
        if pull.conflicts {
            return "dirty";
        }
        if pull.behind {
            return "behind";
        }
        let approved = pull
            .reviews
            .iter()
            .any(|review| review.state == ReviewState::Approved);
        let checks = self.latest_checks(pull.head);
        let required = self.world.required_checks().iter().all(|name| {
            let mut named = checks.iter();
            named.any(|check| check.name == name && check.conclusion == Some("success"))
        });
        if approved && required {
            "clean"
        } else {
            "blocked"
        }
    }

    fn end(&self, branch: &str, commit: Oid) -> Value {
        json!({
            "label": format!("{}:{branch}", self.world.owner),
            "ref": branch,
            "sha": commit.to_string(),
            "user": fragments::owner(),
            "repo": fragments::repository(),
        })
    }

    /// How the author of something stands to the repository.
    pub(crate) fn association(&self, login: &str) -> &'static str {
        match self.world.account(login) {
            Some(account) if !account.is_bot() => "MEMBER",
            _ => "CONTRIBUTOR",
        }
    }

    /// A change as it stands inside runs and checks.
    pub(crate) fn minimal_pull(&self, pull: &Pull) -> Value {
        let repo = json!({
            "id": self.world.repository_id,
            "url": self.repo_url(),
            "name": self.world.name,
        });
        json!({
            "url": format!("{}/pulls/{}", self.repo_url(), pull.number),
            "id": pull.id,
            "number": pull.number,
            "head": { "ref": pull.branch, "sha": pull.head.to_string(), "repo": repo },
            "base": { "ref": pull.base_branch, "sha": pull.base.to_string(), "repo": repo },
        })
    }

    pub(crate) fn review(&self, pull: &Pull, review: &Review) -> Value {
        let html = format!(
            "{}/pull/{}#pullrequestreview-{}",
            self.html_url(),
            pull.number,
            review.id
        );
        let url = format!("{}/pulls/{}", self.repo_url(), pull.number);
        let mut shown = json!({
            "id": review.id,
            "node_id": node_id("PRR", review.id),
            "user": self.user(&review.author),
            "body": review.body,
            "state": review.state.as_str(),
            "html_url": html,
            "pull_request_url": url,
            "author_association": self.association(&review.author),
            "_links": { "html": { "href": html }, "pull_request": { "href": url } },
            "commit_id": review.commit.to_string(),
        });
        if review.state != ReviewState::Pending {
            shown["submitted_at"] = Value::from(stamp(review.submitted));
        }
        shown
    }

    fn line_comment(&self, pull: &Pull, comment: &LineComment) -> Value {
        let url = format!("{}/pulls/comments/{}", self.repo_url(), comment.id);
        let html = format!(
            "{}/pull/{}#discussion_r{}",
            self.html_url(),
            pull.number,
            comment.id
        );
        let of = format!("{}/pulls/{}", self.repo_url(), pull.number);
        let mut shown = json!({
            "url": url,
            "pull_request_review_id": comment.review,
            "id": comment.id,
            "node_id": node_id("PRRC", comment.id),
            "diff_hunk": comment.hunk,
            "path": comment.path,
            "commit_id": pull.head.to_string(),
            "original_commit_id": comment.commit.to_string(),
            "user": self.user(&comment.author),
            "body": comment.body,
            "created_at": stamp(comment.created),
            "updated_at": stamp(comment.created),
            "html_url": html,
            "pull_request_url": of,
            "author_association": self.association(&comment.author),
            "_links": {
                "self": { "href": url },
                "html": { "href": html },
                "pull_request": { "href": of },
            },
            "original_line": comment.line,
            "side": "RIGHT",
            "subject_type": "line",
        });
        if let Some(first) = comment.reply_to {
            shown["in_reply_to_id"] = Value::from(first);
        }
        if comment.commit == pull.head {
            shown["line"] = Value::from(comment.line);
        }
        shown
    }
}
