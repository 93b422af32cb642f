//! What happened to a change: reviews, threads, comments, and its timeline.

use serde_json::{Map, Value};

use super::engine::{Executor, Node, Object, Shown, leaf, maybe, one, page};
use super::words;
use crate::demo::rest::{node_id, seconds, stamp};
use crate::demo::world::{Comment, Event, EventKind, LineComment, Pull, Review, ReviewState, Time};

impl Executor<'_> {
    pub(super) fn review(&self, pull: &Pull, review: &Review) -> Shown {
        let submitted = (review.state != ReviewState::Pending).then(|| stamp(review.submitted));
        let pushes = self
            .view
            .world
            .account(&review.author)
            .is_some_and(|who| !who.is_bot());
        one(
            "PullRequestReview",
            vec![
                ("id", leaf(node_id("PRR", review.id))),
                ("databaseId", leaf(review.id)),
                ("fullDatabaseId", leaf(review.id.to_string())),
                ("state", leaf(review.state.as_str())),
                ("body", leaf(review.body.as_str())),
                ("submittedAt", maybe(submitted.clone())),
                ("createdAt", leaf(stamp(review.submitted))),
                ("updatedAt", maybe(submitted)),
                ("author", self.actor(&review.author)),
                (
                    "authorAssociation",
                    leaf(self.view.association(&review.author)),
                ),
                ("authorCanPushToRepository", leaf(pushes)),
                ("reactionGroups", Shown::Many(Vec::new())),
                (
                    "commit",
                    Shown::One(Object::Lazy(Node::Commit(review.commit))),
                ),
                (
                    "url",
                    leaf(format!(
                        "{}/pull/{}#pullrequestreview-{}",
                        self.view.html_url(),
                        pull.number,
                        review.id
                    )),
                ),
            ],
        )
    }

    pub(super) fn comment(&self, number: u64, comment: &Comment) -> Shown {
        let edited = (comment.updated != comment.created).then(|| stamp(comment.updated));
        one(
            "IssueComment",
            vec![
                ("id", leaf(node_id("IC", comment.id))),
                ("databaseId", leaf(comment.id)),
                ("fullDatabaseId", leaf(comment.id.to_string())),
                ("author", self.actor(&comment.author)),
                (
                    "authorAssociation",
                    leaf(self.view.association(&comment.author)),
                ),
                ("body", leaf(comment.body.as_str())),
                ("createdAt", leaf(stamp(comment.created))),
                ("updatedAt", leaf(stamp(comment.updated))),
                ("lastEditedAt", maybe(edited)),
                ("isMinimized", leaf(false)),
                ("minimizedReason", Shown::Null),
                ("reactionGroups", Shown::Many(Vec::new())),
                (
                    "includesCreatedEdit",
                    leaf(comment.updated != comment.created),
                ),
                ("viewerDidAuthor", leaf(comment.author == self.login)),
                (
                    "url",
                    leaf(format!(
                        "{}/issues/{number}#issuecomment-{}",
                        self.view.html_url(),
                        comment.id
                    )),
                ),
            ],
        )
    }

    /// Threads on lines; each is opened by a comment that answers no other.
    pub(super) fn threads(&self, pull: &Pull) -> Vec<Shown> {
        pull.line_comments
            .iter()
            .filter(|comment| comment.reply_to.is_none())
            .map(|first| {
                let outdated = first.commit != pull.head;
                let comments = pull
                    .line_comments
                    .iter()
                    .filter(|comment| comment.id == first.id || comment.reply_to == Some(first.id))
                    .map(|comment| self.line_comment(comment))
                    .collect();
                let resolver = first.resolved_by.as_deref();
                one(
                    "PullRequestReviewThread",
                    vec![
                        ("id", leaf(node_id("PRRT", first.id))),
                        ("isResolved", leaf(resolver.is_some())),
                        ("isOutdated", leaf(outdated)),
                        ("isCollapsed", leaf(resolver.is_some())),
                        (
                            "resolvedBy",
                            resolver.map_or(Shown::Null, |login| self.actor(login)),
                        ),
                        ("path", leaf(first.path.as_str())),
                        (
                            "line",
                            if outdated {
                                Shown::Null
                            } else {
                                leaf(first.line)
                            },
                        ),
                        ("startLine", Shown::Null),
                        ("originalLine", leaf(first.line)),
                        ("originalStartLine", Shown::Null),
                        ("diffSide", leaf("RIGHT")),
                        ("startDiffSide", Shown::Null),
                        ("subjectType", leaf("LINE")),
                        ("viewerCanResolve", leaf(true)),
                        ("viewerCanReply", leaf(true)),
                        ("comments", page(comments)),
                    ],
                )
            })
            .collect()
    }

    fn line_comment(&self, comment: &LineComment) -> Shown {
        let reply_to = comment.reply_to.map_or(Shown::Null, |id| {
            one(
                "PullRequestReviewComment",
                vec![("fullDatabaseId", leaf(id.to_string()))],
            )
        });
        one(
            "PullRequestReviewComment",
            vec![
                ("id", leaf(node_id("PRRC", comment.id))),
                ("databaseId", leaf(comment.id)),
                ("fullDatabaseId", leaf(comment.id.to_string())),
                ("author", self.actor(&comment.author)),
                ("body", leaf(comment.body.as_str())),
                ("path", leaf(comment.path.as_str())),
                ("diffHunk", leaf(comment.hunk.as_str())),
                ("createdAt", leaf(stamp(comment.created))),
                ("lastEditedAt", Shown::Null),
                ("originalLine", leaf(comment.line)),
                (
                    "originalCommit",
                    Shown::One(Object::Lazy(Node::Commit(comment.commit))),
                ),
                (
                    "commit",
                    Shown::One(Object::Lazy(Node::Commit(comment.commit))),
                ),
                ("replyTo", reply_to),
            ],
        )
    }

    /// The timeline, oldest first, of the kinds and since the time that were asked for.
    pub(super) fn timeline(&self, pull: &Pull, arguments: &Map<String, Value>) -> Shown {
        let since = arguments
            .get("since")
            .and_then(Value::as_str)
            .and_then(|at| at.parse::<Time>().ok());
        let kinds = words(arguments, "itemTypes");
        let mut rows = self.rows(pull);
        rows.sort_by_key(|(at, _, _)| *at);
        let wanted = rows
            .into_iter()
            .filter(|(at, _, _)| since.is_none_or(|since| *at >= since))
            .filter(|(_, kind, _)| {
                let kind = screaming(kind);
                kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind))
            })
            .map(|(_, _, row)| row)
            .collect();
        Shown::Page(wanted, vec![("updatedAt", leaf(stamp(pull.updated)))])
    }

    fn rows(&self, pull: &Pull) -> Vec<(Time, &'static str, Shown)> {
        let mut rows = Vec::new();
        let commits = self.view.commits_of(pull).unwrap_or_default();
        for (id, row) in commits.into_iter().zip(self.pull_commits(pull)) {
            let commit = self.view.git.repository.find_commit(id);
            let at = commit.map_or(pull.created, |commit| seconds(commit.committer().when()));
            rows.push((at, "PullRequestCommit", row));
        }
        rows.extend(pull.comments.iter().map(|comment| {
            let row = self.comment(pull.number, comment);
            (comment.created, "IssueComment", row)
        }));
        rows.extend(
            pull.reviews
                .iter()
                .filter(|review| self.may_see(review))
                .map(|review| {
                    (
                        review.submitted,
                        "PullRequestReview",
                        self.review(pull, review),
                    )
                }),
        );
        rows.extend(self.view.force_pushes(pull).map(|push| {
            let commit = |id| Shown::One(Object::Lazy(Node::Commit(id)));
            let row = one(
                "HeadRefForcePushedEvent",
                vec![
                    ("id", leaf(node_id("HRFPE", push.id))),
                    ("createdAt", leaf(stamp(push.at))),
                    ("actor", self.actor(&push.actor)),
                    ("beforeCommit", commit(push.before)),
                    ("afterCommit", commit(push.after)),
                ],
            );
            (push.at, "HeadRefForcePushedEvent", row)
        }));
        rows.extend(pull.events.iter().filter_map(|event| self.event(event)));
        rows
    }

    /// An event; the agent's own are not in the schema, and so not here.
    fn event(&self, event: &Event) -> Option<(Time, &'static str, Shown)> {
        let (kind, own): (&'static str, Vec<(&'static str, Shown)>) = match &event.what {
            EventKind::Labeled(name) => (
                "LabeledEvent",
                vec![("label", one("Label", vec![("name", leaf(*name))]))],
            ),
            EventKind::Assigned(login) => ("AssignedEvent", vec![("assignee", self.actor(login))]),
            EventKind::ReviewRequested(login) => (
                "ReviewRequestedEvent",
                vec![("requestedReviewer", self.actor(login))],
            ),
            EventKind::Merged(commit) => (
                "MergedEvent",
                vec![
                    ("commit", Shown::One(Object::Lazy(Node::Commit(*commit)))),
                    ("mergeRefName", leaf("main")),
                ],
            ),
            EventKind::Closed => ("ClosedEvent", Vec::new()),
            EventKind::Reopened => ("ReopenedEvent", Vec::new()),
            EventKind::BaseChanged(before, after) => (
                "BaseRefChangedEvent",
                vec![
                    ("previousRefName", leaf(before.as_str())),
                    ("currentRefName", leaf(after.as_str())),
                ],
            ),
            EventKind::BranchDeleted => ("HeadRefDeletedEvent", Vec::new()),
            EventKind::WorkStarted | EventKind::WorkFinished => return None,
        };
        let mut fields = vec![
            ("id", leaf(node_id("EV", event.id))),
            ("createdAt", leaf(stamp(event.at))),
            ("actor", self.actor(&event.actor)),
        ];
        fields.extend(own);
        Some((event.at, kind, one(kind, fields)))
    }
}

/// `LabeledEvent` as the enum of item types has it: `LABELED_EVENT`.
fn screaming(kind: &str) -> String {
    let mut word = String::new();
    for letter in kind.chars() {
        if letter.is_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.extend(letter.to_uppercase());
    }
    word
}
