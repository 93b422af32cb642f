//! Commits and the checks at them.

use git2::Oid;

use super::engine::{Executor, Node, Object, Shown, leaf, maybe, one, page};
use crate::demo::rest::{Check, node_id, outcome, seconds, stamp};
use crate::demo::world::Annotation;
use crate::demo::world::{Pull, Status};

impl Executor<'_> {
    /// The commits of a change, each inside its own node.
    pub(super) fn pull_commits(&self, pull: &Pull) -> Vec<Shown> {
        let commits = self.view.commits_of(pull).unwrap_or_default();
        commits
            .into_iter()
            .map(|id| {
                let commit = Shown::One(Object::Lazy(Node::Commit(id)));
                let node = format!("PRC_{}_{id}", pull.id);
                one(
                    "PullRequestCommit",
                    vec![("id", leaf(node)), ("commit", commit)],
                )
            })
            .collect()
    }

    pub(super) fn commit_field(&self, id: Oid, name: &str) -> Option<Shown> {
        let commit = self.view.git.repository.find_commit(id).ok()?;
        let message = String::from_utf8_lossy(commit.message_bytes())
            .trim_end()
            .to_owned();
        let (headline, body) = message.split_once("\n\n").unwrap_or((&message, ""));
        Some(match name {
            "id" => leaf(format!("C_kw{id}")),
            "oid" => leaf(id.to_string()),
            "abbreviatedOid" => leaf(id.to_string().chars().take(7).collect::<String>()),
            "url" => leaf(format!("{}/commit/{id}", self.view.html_url())),
            "message" => leaf(message.as_str()),
            "messageHeadline" => leaf(headline),
            "messageBody" => leaf(body),
            "committedDate" => leaf(stamp(seconds(commit.committer().when()))),
            "authoredDate" => leaf(stamp(seconds(commit.author().when()))),
            "author" => self.signer(&commit.author()),
            "authors" => page(vec![self.signer(&commit.author())]),
            "committer" => self.signer(&commit.committer()),
            "signature" => Shown::Null,
            "tree" => one("Tree", vec![("oid", leaf(commit.tree_id().to_string()))]),
            "parents" => page(
                commit
                    .parent_ids()
                    .map(|id| Shown::One(Object::Lazy(Node::Commit(id))))
                    .collect(),
            ),
            "checkSuites" => page(
                self.view
                    .suites(id)
                    .into_iter()
                    .map(|(suite, _, _)| Shown::One(Object::Lazy(Node::CheckSuite(id, suite))))
                    .collect(),
            ),
            "statusCheckRollup" => self.rollup(id),
            "status" => self.combined(id),
            _ => return None,
        })
    }

    fn signer(&self, signature: &git2::Signature<'_>) -> Shown {
        let email = String::from_utf8_lossy(signature.email_bytes()).into_owned();
        let account = self.view.account_of(&email);
        // The account of an app is not a user, and the forge shows none for it.
        let user = account.filter(|account| !account.is_bot());
        one(
            "GitActor",
            vec![
                (
                    "name",
                    leaf(String::from_utf8_lossy(signature.name_bytes())),
                ),
                ("date", leaf(stamp(seconds(signature.when())))),
                (
                    "user",
                    user.map_or(Shown::Null, |user| self.actor(&user.login)),
                ),
                ("email", leaf(email)),
            ],
        )
    }

    /// The newest status of each context of a commit; null where there is none.
    fn combined(&self, id: Oid) -> Shown {
        let newest = self.newest_statuses(id);
        if newest.is_empty() {
            return Shown::Null;
        }
        let all = newest.iter().map(|status| self.status_context(status));
        one("Status", vec![("contexts", Shown::Many(all.collect()))])
    }

    fn newest_statuses(&self, id: Oid) -> Vec<&Status> {
        let mut statuses: Vec<&Status> = Vec::new();
        for status in self.view.statuses_of(id) {
            if statuses.iter().all(|known| known.context != status.context) {
                statuses.push(status);
            }
        }
        statuses
    }

    /// All checks and statuses of a commit under one state; null where there are none.
    pub(super) fn rollup(&self, id: Oid) -> Shown {
        let checks = self.view.latest_checks(id);
        let statuses = self.newest_statuses(id);
        if checks.is_empty() && statuses.is_empty() {
            return Shown::Null;
        }
        let mut contexts: Vec<Shown> = checks
            .iter()
            .map(|check| Shown::One(Object::Lazy(Node::CheckRun(id, check.id))))
            .collect();
        contexts.extend(statuses.iter().map(|status| self.status_context(status)));
        let red = statuses
            .iter()
            .any(|status| matches!(status.state.as_str(), "error" | "failure"));
        let waiting = statuses.iter().any(|status| status.state == "pending");
        let state = match outcome(&checks) {
            (_, Some("failure")) => "FAILURE",
            _ if red => "FAILURE",
            ("queued", _) => "PENDING",
            _ if waiting => "PENDING",
            _ => "SUCCESS",
        };
        one(
            "StatusCheckRollup",
            vec![("state", leaf(state)), ("contexts", page(contexts))],
        )
    }

    fn status_context(&self, status: &Status) -> Shown {
        one(
            "StatusContext",
            vec![
                ("id", leaf(node_id("SC", status.id))),
                ("context", leaf(status.context.as_str())),
                ("state", leaf(status.state.to_uppercase())),
                ("description", maybe(status.description.as_deref())),
                ("targetUrl", maybe(status.target_url.as_deref())),
                ("createdAt", leaf(stamp(status.at))),
                ("creator", self.actor(&status.creator)),
                ("isRequired", leaf(self.is_required(&status.context))),
            ],
        )
    }

    pub(super) fn suite_field(&self, commit: Oid, id: u64, name: &str) -> Option<Shown> {
        let (app, checks) = self.view.suite_checks(commit, id)?;
        let (status, conclusion) = outcome(&checks);
        let run = checks.first().and_then(|check| check.run);
        Some(match name {
            "id" => leaf(node_id("CS", id)),
            "databaseId" => leaf(id),
            "status" => leaf(status.to_uppercase()),
            "conclusion" => maybe(conclusion.map(str::to_uppercase)),
            "createdAt" => maybe(checks.iter().map(|check| check.started).min().map(stamp)),
            "app" => one(
                "App",
                vec![
                    ("id", leaf(node_id("A", app.id))),
                    ("databaseId", leaf(app.id)),
                    ("slug", leaf(app.slug)),
                    ("name", leaf(app.name)),
                ],
            ),
            "workflowRun" => run.map_or(Shown::Null, |run| {
                one(
                    "WorkflowRun",
                    vec![
                        ("id", leaf(node_id("WFR", run.id))),
                        ("databaseId", leaf(run.id)),
                        ("runNumber", leaf(run.number)),
                        (
                            "createdAt",
                            maybe(run.tries.first().map(|first| stamp(first.started))),
                        ),
                        ("event", leaf(run.event)),
                        (
                            "url",
                            leaf(format!("{}/actions/runs/{}", self.view.html_url(), run.id)),
                        ),
                        (
                            "file",
                            one("WorkflowRunFile", vec![("path", leaf(run.workflow.path))]),
                        ),
                        (
                            "workflow",
                            one(
                                "Workflow",
                                vec![
                                    ("name", leaf(run.workflow.name)),
                                    ("databaseId", leaf(run.workflow.id)),
                                ],
                            ),
                        ),
                    ],
                )
            }),
            "checkRuns" => page(
                checks
                    .iter()
                    .map(|check| Shown::One(Object::Lazy(Node::CheckRun(commit, check.id))))
                    .collect(),
            ),
            "commit" => Shown::One(Object::Lazy(Node::Commit(commit))),
            _ => return None,
        })
    }

    fn is_required(&self, context: &str) -> bool {
        let mut required = self.view.world.required_checks().iter();
        required.any(|name| name == context)
    }

    pub(super) fn check_field(&self, commit: Oid, id: u64, name: &str) -> Option<Shown> {
        let check: Check<'_> = self.view.find_check(id).ok()?;
        let url = match check.run {
            Some(run) => format!("{}/actions/runs/{}/job/{id}", self.view.html_url(), run.id),
            None => format!("{}/runs/{id}", self.view.html_url()),
        };
        Some(match name {
            "id" => leaf(node_id("CR", id)),
            "databaseId" => leaf(id),
            "name" => leaf(check.name),
            "status" => leaf(if check.finished.is_some() {
                "COMPLETED"
            } else {
                "QUEUED"
            }),
            "conclusion" => maybe(check.conclusion.map(str::to_uppercase)),
            "startedAt" => leaf(stamp(check.started)),
            "completedAt" => maybe(check.finished.map(stamp)),
            "detailsUrl" | "url" => leaf(url),
            "isRequired" => leaf(self.is_required(check.name)),
            "checkSuite" => Shown::One(Object::Lazy(Node::CheckSuite(commit, check.suite))),
            "annotations" => page(check.annotations.iter().map(annotation).collect()),
            _ => return None,
        })
    }
}

fn annotation(known: &Annotation) -> Shown {
    let place = || {
        let line = vec![("line", leaf(known.line)), ("column", Shown::Null)];
        one("CheckAnnotationPosition", line)
    };
    one(
        "CheckAnnotation",
        vec![
            ("path", leaf(known.path.as_str())),
            ("title", leaf(known.title.as_str())),
            ("message", leaf(known.message.as_str())),
            ("rawDetails", Shown::Null),
            ("annotationLevel", leaf(known.level.to_uppercase())),
            (
                "location",
                one(
                    "CheckAnnotationSpan",
                    vec![("start", place()), ("end", place())],
                ),
            ),
        ],
    )
}
