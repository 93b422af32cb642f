//! The repository, changes, issues, and who they belong to.

use serde_json::{Map, Value};

use super::engine::{Executor, Node, Object, Shown, leaf, maybe, one, page};
use super::{text, words};
use crate::demo::rest::{label_colour, node_id, ordered, stamp};
use crate::demo::world::{Pull, Review, ReviewState};

impl Executor<'_> {
    /// An account; null for one that is gone.
    pub(super) fn actor(&self, login: &str) -> Shown {
        let Some(account) = self.view.world.account(login) else {
            return Shown::Null;
        };
        let (kind, prefix) = if account.is_bot() {
            ("Bot", "BOT")
        } else {
            ("User", "U")
        };
        let url = format!("{}/{}", self.view.web(), account.graphql_login);
        let mut fields = vec![
            ("id", leaf(node_id(prefix, account.id))),
            ("databaseId", leaf(account.id)),
            ("login", leaf(account.graphql_login.as_str())),
            ("url", leaf(url.as_str())),
            ("resourcePath", leaf(format!("/{}", account.graphql_login))),
            (
                "avatarUrl",
                leaf(format!("{}/avatars/u/{}?v=4", self.view.base, account.id)),
            ),
        ];
        if !account.is_bot() {
            fields.push(("name", leaf(account.name.as_str())));
            fields.push(("email", leaf(account.email.as_str())));
        }
        one(kind, fields)
    }

    pub(super) fn repository_field(
        &mut self,
        name: &str,
        arguments: &Map<String, Value>,
    ) -> Option<Shown> {
        let world = self.view.world;
        Some(match name {
            "id" => leaf(node_id("R", world.repository_id)),
            "databaseId" => leaf(world.repository_id),
            "name" => leaf(world.name.as_str()),
            "nameWithOwner" => leaf(format!("{}/{}", world.owner, world.name)),
            "url" => leaf(self.view.html_url()),
            "isPrivate" | "isArchived" | "isFork" => leaf(false),
            "viewerPermission" => leaf("WRITE"),
            "owner" => self.owner(),
            "defaultBranchRef" => self.branch_ref("main"),
            "pullRequests" => Shown::Nodes(self.pulls(arguments)),
            "pullRequest" => self.numbered(arguments, "PullRequest"),
            "issue" => self.numbered(arguments, "Issue"),
            "issueOrPullRequest" => self.numbered(arguments, "issue or pull request"),
            "object" => {
                let wanted = match text(arguments, "oid") {
                    "" => text(arguments, "expression"),
                    oid => oid,
                };
                let commit = self.view.resolve(wanted).ok();
                commit.map_or(Shown::Null, |commit| {
                    Shown::One(Object::Lazy(Node::Commit(commit)))
                })
            }
            _ => return self.setting(name),
        })
    }

    /// A change or issue by number, of the kind that was asked for.
    fn numbered(&self, arguments: &Map<String, Value>, kind: &str) -> Shown {
        let number = arguments
            .get("number")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        let is_pull = kind != "Issue" && self.view.world.pull(number).is_some();
        let is_issue = kind != "PullRequest"
            && self
                .view
                .world
                .issues
                .iter()
                .any(|issue| issue.number == number);
        if is_pull {
            Shown::One(Object::Lazy(Node::Pull(number)))
        } else if is_issue {
            Shown::One(Object::Lazy(Node::Issue(number)))
        } else {
            Shown::Missing(format!(
                "Could not resolve to a {kind} with the number of {number}."
            ))
        }
    }

    fn pulls(&self, arguments: &Map<String, Value>) -> Vec<Node> {
        let states = words(arguments, "states");
        let branch = arguments.get("headRefName").and_then(Value::as_str);
        let base = arguments.get("baseRefName").and_then(Value::as_str);
        let order = arguments.get("orderBy");
        let of_order = |field: &str| order.and_then(|order| order[field].as_str());
        let order_by = if of_order("field") == Some("UPDATED_AT") {
            self.view.world.index().map(|index| &index.by_update)
        } else {
            self.view.world.index().map(|index| &index.by_creation)
        };
        let Some(orders) = order_by else {
            return Vec::new();
        };
        let order = match states.as_deref() {
            Some([state]) if state == "OPEN" => orders.of("open"),
            Some(states) if !states.iter().any(|state| state == "OPEN") => orders.of("closed"),
            _ => orders.of("all"),
        };
        let pulls = ordered(order, of_order("direction") != Some("DESC"));
        let wanted = |number: &u64| {
            let Some(pull) = self.view.world.pull(*number) else {
                return false;
            };
            let state = || state_of(pull).to_owned();
            states
                .as_ref()
                .is_none_or(|states| states.contains(&state()))
                && branch.is_none_or(|branch| pull.branch == branch)
                && base.is_none_or(|base| pull.base_branch == base)
        };
        if let Some(branch) = branch {
            let pulls = self.view.world.pulls_from(branch);
            let mut numbers: Vec<u64> = pulls.iter().map(|pull| pull.number).collect();
            numbers.reverse();
            return numbers.into_iter().filter(wanted).map(Node::Pull).collect();
        }
        pulls.filter(wanted).map(Node::Pull).collect()
    }

    pub(super) fn issue_field(&self, number: u64, name: &str) -> Option<Shown> {
        let issue = self
            .view
            .world
            .issues
            .iter()
            .find(|issue| issue.number == number)?;
        Some(match name {
            "id" => leaf(node_id("I", issue.id)),
            "databaseId" | "fullDatabaseId" => leaf(issue.id),
            "number" => leaf(issue.number),
            "title" => leaf(issue.title.as_str()),
            "body" => leaf(issue.body.as_str()),
            "state" => leaf(if issue.closed.is_some() {
                "CLOSED"
            } else {
                "OPEN"
            }),
            "url" => leaf(format!("{}/issues/{number}", self.view.html_url())),
            "author" => self.actor(&issue.author),
            "createdAt" => leaf(stamp(issue.created)),
            "updatedAt" => leaf(stamp(issue.updated)),
            "closedAt" => maybe(issue.closed.map(stamp)),
            "trackedInIssues" => page(
                issue
                    .parent
                    .map(|parent| Shown::One(Object::Lazy(Node::Issue(parent))))
                    .into_iter()
                    .collect(),
            ),
            // Newer than the published schema: clients of this year ask for them all the same.
            "parent" => issue.parent.map_or(Shown::Null, |parent| {
                Shown::One(Object::Lazy(Node::Issue(parent)))
            }),
            "subIssues" => page(self.below(number)),
            "subIssuesSummary" => self.parts(number),
            "issueType" => Shown::Null,
            "blockedBy" | "blocking" => page(Vec::new()),
            "trackedIssues" => page(self.below(number)),
            "trackedIssuesCount" => leaf(self.below(number).len()),
            "repository" => Shown::One(Object::Lazy(Node::Repository)),
            "labels" => labels(&issue.labels),
            "assignees" => self.people(&issue.assignees),
            "comments" => page(
                issue
                    .comments
                    .iter()
                    .map(|comment| self.comment(number, comment))
                    .collect(),
            ),
            "closed" => leaf(issue.closed.is_some()),
            _ => return Self::unused(name),
        })
    }

    /// The parts of an issue.
    fn below(&self, number: u64) -> Vec<Shown> {
        let below = self.view.sub_issues(number);
        below
            .map(|issue| Shown::One(Object::Lazy(Node::Issue(issue.number))))
            .collect()
    }

    fn parts(&self, number: u64) -> Shown {
        let total = self.view.sub_issues(number).count();
        let closed = self.view.sub_issues(number);
        let closed = closed.filter(|issue| issue.closed.is_some()).count();
        let percent = (100 * closed).checked_div(total).unwrap_or_default();
        one(
            "SubIssuesSummary",
            vec![
                ("total", leaf(total)),
                ("completed", leaf(closed)),
                ("percentCompleted", leaf(percent)),
            ],
        )
    }

    pub(super) fn pull_field(
        &mut self,
        number: u64,
        name: &str,
        arguments: &Map<String, Value>,
    ) -> Option<Shown> {
        let pull = self.view.world.pull(number)?;
        let merged = pull.merged.as_ref();
        Some(match name {
            "id" => leaf(node_id("PR", pull.id)),
            "databaseId" => leaf(pull.id),
            "fullDatabaseId" => leaf(pull.id.to_string()),
            "number" => leaf(number),
            "title" => leaf(pull.title.as_str()),
            "body" => leaf(pull.body.as_str()),
            "state" => leaf(state_of(pull)),
            "isDraft" | "isCrossRepository" | "isInMergeQueue" => leaf(false),
            "merged" => leaf(merged.is_some()),
            "closed" => leaf(!pull.is_open()),
            "createdAt" => leaf(stamp(pull.created)),
            "updatedAt" => leaf(stamp(pull.updated)),
            "closedAt" => maybe(pull.ended().map(stamp)),
            "mergedAt" => maybe(merged.map(|merge| stamp(merge.at))),
            "url" => leaf(format!("{}/pull/{number}", self.view.html_url())),
            "author" => self.actor(&pull.author),
            "authorAssociation" => leaf(self.view.association(&pull.author)),
            "headRefName" => leaf(pull.branch.as_str()),
            "headRefOid" => leaf(pull.head.to_string()),
            "baseRefName" => leaf(pull.base_branch.as_str()),
            "baseRefOid" => leaf(pull.base.to_string()),
            "repository" | "headRepository" | "baseRepository" => {
                Shown::One(Object::Lazy(Node::Repository))
            }
            "additions" | "deletions" | "changedFiles" => self.size(pull, name),
            "totalCommentsCount" => {
                leaf(pull.comments.len() + pull.line_comments.len() + pull.reviews.len())
            }
            "mergeable" => leaf(match pull.conflicts {
                _ if !pull.is_open() => "UNKNOWN",
                true => "CONFLICTING",
                false => "MERGEABLE",
            }),
            "potentialMergeCommit" => self
                .view
                .git
                .test_merge(pull)
                .map_or(Shown::Null, |id| Shown::One(Object::Lazy(Node::Commit(id)))),
            "mergeStateStatus" => leaf(self.view.mergeable_state(pull).to_uppercase()),
            "reviewDecision" => leaf(decision(pull)),
            "autoMergeRequest" | "mergeQueueEntry" => Shown::Null,
            "headRepositoryOwner" => self.owner(),
            "bodyText" => leaf(pull.body.as_str()),
            "viewerDidAuthor" => leaf(pull.author == self.login),
            "headRef" => self.branch_ref(&pull.branch),
            "baseRef" => self.branch_ref(&pull.base_branch),
            "mergeCommit" => merged.map_or(Shown::Null, |merge| {
                Shown::One(Object::Lazy(Node::Commit(merge.commit)))
            }),
            "mergedBy" => merged.map_or(Shown::Null, |merge| self.actor(&merge.by)),
            "closingIssuesReferences" => page(
                pull.closes
                    .iter()
                    .map(|issue| Shown::One(Object::Lazy(Node::Issue(*issue))))
                    .collect(),
            ),
            "labels" => labels(&pull.labels),
            "assignees" => self.people(&pull.assignees),
            "reviewRequests" => page(
                pull.requested
                    .iter()
                    .map(|login| {
                        one(
                            "ReviewRequest",
                            vec![
                                ("asCodeOwner", leaf(false)),
                                ("requestedReviewer", self.actor(login)),
                            ],
                        )
                    })
                    .collect(),
            ),
            "latestOpinionatedReviews" | "latestReviews" => page(self.latest_reviews(pull)),
            "reviews" => page(self.reviews(pull, arguments)),
            "comments" => page(
                pull.comments
                    .iter()
                    .map(|comment| self.comment(number, comment))
                    .collect(),
            ),
            "reviewThreads" => page(self.threads(pull)),
            "commits" => page(self.pull_commits(pull)),
            "files" => page(self.files(pull)),
            "statusCheckRollup" => self.rollup(pull.head),
            "timelineItems" => self.timeline(pull, arguments),
            _ => return Self::unused(name),
        })
    }

    /// A branch, where it is not deleted.
    fn branch_ref(&self, branch: &str) -> Shown {
        let reference = format!("refs/heads/{branch}");
        let Ok(tip) = self.view.git.repository.refname_to_id(&reference) else {
            return Shown::Null;
        };
        one(
            "Ref",
            vec![
                ("id", leaf(format!("REF_{branch}"))),
                ("name", leaf(branch)),
                ("prefix", leaf("refs/heads/")),
                ("target", Shown::One(Object::Lazy(Node::Commit(tip)))),
                ("branchProtectionRule", Shown::Null),
                ("refUpdateRule", self.update_rule(branch)),
            ],
        )
    }

    /// What a push to a branch is asked for; null where no rule guards it.
    fn update_rule(&self, branch: &str) -> Shown {
        let active = self.view.world.ruleset.last();
        let active = active.filter(|v| v.enforcement == "active" && branch == "main");
        active.map_or(Shown::Null, |version| {
            let required = version.required.iter().map(|name| leaf(name.as_str()));
            one(
                "RefUpdateRule",
                vec![
                    (
                        "requiredStatusCheckContexts",
                        Shown::Many(required.collect()),
                    ),
                    ("requiredApprovingReviewCount", leaf(version.approvals)),
                    ("requiresCodeOwnerReviews", leaf(false)),
                    ("allowsDeletions", leaf(false)),
                    ("allowsForcePushes", leaf(false)),
                ],
            )
        })
    }

    /// People who are assigned; an app that is shows by REST only.
    fn people(&self, logins: &[String]) -> Shown {
        let is_person = |login: &&String| {
            let account = self.view.world.account(login);
            account.is_some_and(|account| !account.is_bot())
        };
        let people = logins.iter().filter(is_person);
        page(people.map(|login| self.actor(login)).collect())
    }

    /// A pending review shows to its author only.
    pub(super) fn may_see(&self, review: &Review) -> bool {
        review.state != ReviewState::Pending || review.author == self.login
    }

    fn reviews(&self, pull: &Pull, arguments: &Map<String, Value>) -> Vec<Shown> {
        let states = words(arguments, "states");
        let is_wanted = |review: &&Review| {
            let state = review.state.as_str().to_owned();
            states.as_ref().is_none_or(|states| states.contains(&state))
        };
        let seen = pull
            .reviews
            .iter()
            .filter(|review| self.may_see(review))
            .filter(is_wanted);
        seen.map(|review| self.review(pull, review)).collect()
    }

    /// The last approval or request for changes of each reviewer.
    fn latest_reviews(&self, pull: &Pull) -> Vec<Shown> {
        opinions(pull)
            .into_iter()
            .map(|review| self.review(pull, review))
            .collect()
    }

    fn size(&self, pull: &Pull, name: &str) -> Shown {
        let size = self.view.size(pull);
        match name {
            "changedFiles" => leaf(size.files),
            "additions" => leaf(size.additions),
            _ => leaf(size.deletions),
        }
    }

    fn files(&self, pull: &Pull) -> Vec<Shown> {
        let files = self
            .view
            .diff_entries(Some(self.view.fork(pull)), pull.head)
            .unwrap_or_default();
        files
            .into_iter()
            .map(|file| {
                let kind = match file["status"].as_str() {
                    Some("removed") => "DELETED".to_owned(),
                    other => other.unwrap_or("modified").to_uppercase(),
                };
                one(
                    "PullRequestChangedFile",
                    vec![
                        ("path", Shown::Leaf(file["filename"].clone())),
                        ("additions", Shown::Leaf(file["additions"].clone())),
                        ("deletions", Shown::Leaf(file["deletions"].clone())),
                        ("changeType", leaf(kind)),
                        ("viewerViewedState", leaf("UNVIEWED")),
                    ],
                )
            })
            .collect()
    }
}

fn state_of(pull: &Pull) -> &'static str {
    if pull.merged.is_some() {
        "MERGED"
    } else if pull.is_open() {
        "OPEN"
    } else {
        "CLOSED"
    }
}

fn opinions(pull: &Pull) -> Vec<&Review> {
    let mut latest: Vec<&Review> = Vec::new();
    let opinionated =
        |state| matches!(state, ReviewState::Approved | ReviewState::ChangesRequested);
    for review in pull
        .reviews
        .iter()
        .filter(|review| opinionated(review.state))
    {
        latest.retain(|known| known.author != review.author);
        latest.push(review);
    }
    latest
}

/// One approval is demanded, and a request for changes stands in the way.
fn decision(pull: &Pull) -> &'static str {
    let latest = opinions(pull);
    if latest
        .iter()
        .any(|review| review.state == ReviewState::ChangesRequested)
    {
        "CHANGES_REQUESTED"
    } else if latest
        .iter()
        .any(|review| review.state == ReviewState::Approved)
    {
        "APPROVED"
    } else {
        "REVIEW_REQUIRED"
    }
}

fn labels(names: &[&'static str]) -> Shown {
    page(names.iter().map(|name| label(name)).collect())
}

pub(super) fn label(name: &'static str) -> Shown {
    one(
        "Label",
        vec![
            ("id", leaf(format!("LA_{name}"))),
            ("name", leaf(name)),
            ("color", leaf(label_colour(name))),
            ("description", leaf("")),
            ("isDefault", leaf(name == "bug")),
            ("createdAt", leaf("2024-02-05T10:00:00Z")),
        ],
    )
}
