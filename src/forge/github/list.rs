//! The list of changes by GraphQL: one query a page, with what the inbox needs before any detail.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    graphql::{GraphqlProblem, GraphqlReply},
    wire::UserWire,
};
use crate::forge::{client::Forge, error::ForgeError};
use crate::model::{
    Actor, ActorKind, Login, PrNumber, PrState, Problem, PullRequest, RepoId, Sha, Timestamp,
    Visibility,
};

/// What is asked of a pull request in a list.
macro_rules! change_fields {
    () => {
        r"
        number databaseId mergeCommit { oid } title body state isDraft createdAt updatedAt mergedAt url
        author { __typename login ... on Bot { databaseId } ... on User { databaseId } }
        headRefName headRefOid baseRefName baseRefOid
        additions deletions changedFiles reviewDecision
        closingIssuesReferences(first: 5) { nodes { number repository { nameWithOwner } } }
        labels(first: 20) { nodes { name } }
        reviewRequests(first: 10) { nodes { requestedReviewer { __typename ... on User { login } ... on Bot { login } ... on Team { slug } } } }
        comments { totalCount } reviews { totalCount }"
    };
}
/// How many of each a list asks for, as it stands above: where there are as many, there may be more.
const MOST: [(&str, usize); 3] = [
    ("closingIssuesReferences", 5),
    ("labels", 20),
    ("reviewRequests", 10),
];

/// The document. Valid by GitHub's public schema; costs one point for 50 changes.
pub const LIST_QUERY: &str = concat!(
    r"query Changes($owner: String!, $name: String!, $first: Int!, $after: String, $states: [PullRequestState!]) {
  viewer { login }
  repository(owner: $owner, name: $name) {
    visibility
    pullRequests(first: $first, after: $after, states: $states, orderBy: { field: UPDATED_AT, direction: DESC }) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes {",
    change_fields!(),
    "
      }
    }
  }
}"
);

/// The document that asks for changes by their global ids, and for how many are open. Valid by GitHub's
/// public schema.
pub const CHANGES_QUERY: &str = concat!(
    r"query ChangesById($owner: String!, $name: String!, $ids: [ID!]!) {
  repository(owner: $owner, name: $name) {
    visibility
    pullRequests(states: [OPEN]) { totalCount }
  }
  nodes(ids: $ids) {
    ... on PullRequest {",
    change_fields!(),
    "
    }
  }
}"
);

/// A page of the list.
#[derive(Clone, Debug)]
pub struct ListPage {
    pub viewer: Option<Login>,
    pub prs: Vec<PullRequest>,
    pub total: u64,
    /// Cursor of the next page.
    pub next: Option<String>,
    pub problems: Vec<Problem>,
    /// What else is told of each change.
    pub counts: BTreeMap<PrNumber, Counts>,
}

/// How much there is of what a list does not hold itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub comments: Option<u64>,
    pub reviews: Option<u64>,
    /// All of its labels, requested reviewers and issues are in the list.
    pub is_whole: bool,
}

impl Counts {
    fn of(node: &Value) -> Self {
        let count = |name: &str| node.get(name)?.get("totalCount")?.as_u64();
        let has_less = |(name, most): &(&str, usize)| {
            let list = node.get(*name);
            list.is_some_and(|list| nodes(list).count() < *most)
        };
        Self {
            comments: count("comments"),
            reviews: count("reviews"),
            is_whole: MOST.iter().all(has_less),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NodeWire {
    number: u64,
    #[serde(default)]
    database_id: Option<u64>,
    #[serde(default)]
    merge_commit: Value,
    #[serde(default)]
    title: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    is_draft: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
    #[serde(default)]
    merged_at: Option<Timestamp>,
    #[serde(default)]
    url: String,
    #[serde(default)]
    author: Option<AuthorWire>,
    #[serde(default)]
    head_ref_name: String,
    head_ref_oid: Sha,
    #[serde(default)]
    base_ref_name: String,
    base_ref_oid: Sha,
    #[serde(default)]
    additions: u64,
    #[serde(default)]
    deletions: u64,
    #[serde(default)]
    changed_files: u64,
    #[serde(default)]
    review_decision: Option<String>,
    #[serde(default)]
    closing_issues_references: Value,
    #[serde(default)]
    labels: Value,
    #[serde(default)]
    review_requests: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthorWire {
    #[serde(rename = "__typename", default)]
    kind: String,
    #[serde(default)]
    login: String,
    #[serde(default)]
    database_id: Option<u64>,
}

fn nodes(value: &Value) -> impl Iterator<Item = &Value> {
    value
        .get("nodes")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// Numbers of the issues in a connection that belong to a repository.
fn issues_in(connection: &Value, slug: &str) -> Vec<u64> {
    nodes(connection)
        .filter(|n| {
            n.pointer("/repository/nameWithOwner")
                .and_then(Value::as_str)
                .is_none_or(|r| r.eq_ignore_ascii_case(slug))
        })
        .filter_map(|n| n.get("number").and_then(Value::as_u64))
        .collect()
}

/// Numbers of the issues that the forge says a change closes.
pub(super) fn closing_issues(change: &Value, slug: &str) -> Vec<u64> {
    let connection = change.get("closingIssuesReferences");
    connection.map(|c| issues_in(c, slug)).unwrap_or_default()
}

fn convert(wire: NodeWire, slug: &str) -> PullRequest {
    let text = |v: &Value, name: &str| v.get(name).and_then(Value::as_str).map(str::to_owned);
    let closes = issues_in(&wire.closing_issues_references, slug);
    let reviewers = nodes(&wire.review_requests)
        .filter_map(|n| n.get("requestedReviewer"))
        .filter_map(|r| text(r, "login").or_else(|| text(r, "slug")))
        .map(Login::new)
        .collect();
    PullRequest {
        number: wire.number,
        title: wire.title,
        body: wire.body,
        author: wire.author.filter(|a| !a.login.is_empty()).map(|a| Actor {
            kind: match a.kind.as_str() {
                "Bot" => ActorKind::Bot,
                "Organization" => ActorKind::Organization,
                _ => ActorKind::User,
            },
            login: Login::new(a.login),
            id: a.database_id,
        }),
        state: match wire.state.as_str() {
            "MERGED" => PrState::Merged,
            "CLOSED" => PrState::Closed,
            _ => PrState::Open,
        },
        draft: wire.is_draft,
        head_ref: wire.head_ref_name,
        head_sha: wire.head_ref_oid,
        base_ref: wire.base_ref_name,
        base_sha: wire.base_ref_oid,
        created_at: wire.created_at,
        updated_at: wire.updated_at,
        merged_at: wire.merged_at,
        url: wire.url,
        labels: nodes(&wire.labels)
            .filter_map(|l| text(l, "name"))
            .collect(),
        requested_reviewers: reviewers,
        additions: wire.additions,
        deletions: wire.deletions,
        changed_files: wire.changed_files,
        review_decision: wire.review_decision,
        closes,
        id: wire.database_id,
        test_merge: None,
        merge_commit: text(&wire.merge_commit, "oid").and_then(|s| Sha::parse(&s).ok()),
        visibility: None,
    }
}

/// What the forge said in place of some of it.
fn said(reply: &GraphqlReply) -> Vec<Problem> {
    let problems = reply.problems.iter();
    let problem = |p: &GraphqlProblem| Problem::warning("list of changes", p.message.clone());
    problems.map(problem).collect()
}

/// Reads changes; what cannot be read is a problem each.
fn read<'a>(
    reply: &GraphqlReply,
    nodes: impl Iterator<Item = &'a Value>,
    repo: &RepoId,
    problems: &mut Vec<Problem>,
) -> (Vec<PullRequest>, BTreeMap<PrNumber, Counts>) {
    let visibility = reply.data.pointer("/repository/visibility");
    let visibility = Visibility::of(visibility.and_then(Value::as_str), None);
    let (mut prs, mut counts) = (Vec::new(), BTreeMap::new());
    for (index, node) in nodes.enumerate() {
        match serde_json::from_value::<NodeWire>(node.clone()) {
            Ok(wire) => {
                counts.insert(wire.number, Counts::of(node));
                prs.push(PullRequest {
                    visibility,
                    ..convert(wire, &repo.slug())
                });
            }
            Err(e) => {
                let number = node.get("number").and_then(Value::as_u64);
                let name =
                    number.map_or_else(|| format!("item {}", index + 1), |n| format!("#{n}"));
                problems.push(Problem::warning(
                    "list of changes",
                    format!("{name} could not be read ({e})"),
                ));
            }
        }
    }
    (prs, counts)
}

impl Forge {
    /// Gets one page of the list, newest first.
    pub async fn list(
        &self,
        repo: &RepoId,
        open_only: bool,
        first: u32,
        after: Option<&str>,
    ) -> Result<ListPage, ForgeError> {
        let states = if open_only {
            json!(["OPEN"])
        } else {
            json!(["OPEN", "MERGED", "CLOSED"])
        };
        let variables = json!({ "owner": repo.owner, "name": repo.name, "first": first, "after": after, "states": states });
        let reply = self.query(LIST_QUERY, variables).await?;
        let mut problems = said(&reply);
        // The viewer may be told while the repository is not: that is no empty list.
        let Some(list) = reply
            .data
            .pointer("/repository/pullRequests")
            .filter(|list| list.is_object())
        else {
            return Err(reply.without("the list"));
        };
        let read = read(&reply, nodes(list), repo, &mut problems);
        let more = list
            .pointer("/pageInfo/hasNextPage")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        let cursor = list
            .pointer("/pageInfo/endCursor")
            .and_then(Value::as_str)
            .map(str::to_owned);
        Ok(ListPage {
            viewer: reply
                .data
                .pointer("/viewer/login")
                .and_then(Value::as_str)
                .map(Login::new),
            prs: read.0,
            counts: read.1,
            total: list.get("totalCount").and_then(Value::as_u64).unwrap_or(0),
            next: cursor.filter(|_| more),
            problems,
        })
    }

    /// Gets changes by their global ids, and how many are open.
    ///
    /// # Errors
    /// Where the forge cannot be asked, refuses, or does not tell of one of them.
    pub async fn changes(&self, repo: &RepoId, ids: &[String]) -> Result<ListPage, ForgeError> {
        let variables = json!({ "owner": repo.owner, "name": repo.name, "ids": ids });
        let reply = self.query(CHANGES_QUERY, variables).await?;
        let told = reply.data.get("nodes").and_then(Value::as_array);
        let told =
            told.filter(|nodes| nodes.len() == ids.len() && nodes.iter().all(Value::is_object));
        let total = reply.data.pointer("/repository/pullRequests/totalCount");
        let (Some(told), Some(total)) = (told, total.and_then(Value::as_u64)) else {
            return Err(reply.without("the changes"));
        };
        let mut problems = said(&reply);
        let (prs, counts) = read(&reply, told.iter(), repo, &mut problems);
        Ok(ListPage {
            viewer: None,
            prs,
            counts,
            total,
            next: None,
            problems,
        })
    }

    /// Gets the account that the token belongs to.
    pub async fn viewer(&self) -> Result<Option<Login>, ForgeError> {
        if self.is_anonymous() {
            return Ok(None);
        }
        let answer = self.get("/user", None).await?;
        let crate::forge::Answer::Fresh { body, .. } = answer else {
            return Ok(None);
        };
        Ok(super::wire::decode_one::<UserWire>("/user", &body)
            .ok()
            .map(|a| a.login))
    }
}
