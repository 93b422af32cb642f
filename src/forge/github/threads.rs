//! What only GraphQL tells of a change: review threads with their resolution, issues that it closes,
//! the forge's own word on its reviews, and how it stands to be merged.

use serde_json::{Value, json};

use super::{
    list::closing_issues,
    merge::{self, MergePage, merge_fields},
};
use crate::forge::{client::Forge, error::ForgeError};
use crate::model::{PrNumber, Problem, RepoId, ReviewThread, Sha, ThreadComment, Timestamp};

/// The document. Valid by GitHub's public schema; costs one point.
pub const THREADS_QUERY: &str = concat!(
    r"query Threads($owner: String!, $name: String!, $number: Int!, $after: String, $contexts: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewDecision
      closingIssuesReferences(first: 10) { nodes { number repository { nameWithOwner } } }
      reviewThreads(first: 50, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes {
          id path line isResolved isOutdated
          resolvedBy { login }
          comments(first: 20) { totalCount nodes { body createdAt author { login } } }
        }
      }",
    merge_fields!(),
    "
    }
  }
}"
);

/// A page of threads.
#[derive(Clone, Debug)]
pub struct ThreadPage {
    pub threads: Vec<ReviewThread>,
    /// The head as it is now.
    pub head: Option<Sha>,
    /// The forge's own word on reviews.
    pub review_decision: Option<String>,
    /// Issues of this repository that the forge says the change closes.
    pub closes: Vec<PrNumber>,
    pub next: Option<String>,
    pub problems: Vec<Problem>,
    /// How the change stands to be merged: the first page of it.
    pub merge: Result<MergePage, ForgeError>,
}

fn text(value: &Value, path: &str) -> Option<String> {
    value
        .pointer(path)
        .and_then(Value::as_str)
        .map(str::to_owned)
}

fn thread(node: &Value) -> Option<ReviewThread> {
    let comment = |c: &Value| ThreadComment {
        author: text(c, "/author/login"),
        body: text(c, "/body").unwrap_or_default(),
        at: text(c, "/createdAt").and_then(|t| Timestamp::parse(&t).ok()),
    };
    let comments = node.pointer("/comments/nodes").and_then(Value::as_array);
    let flag = |path: &str| node.pointer(path).and_then(Value::as_bool).unwrap_or(false);
    Some(ReviewThread {
        id: text(node, "/id")?,
        path: text(node, "/path").unwrap_or_default(),
        line: node.pointer("/line").and_then(Value::as_u64),
        resolved: flag("/isResolved"),
        outdated: flag("/isOutdated"),
        resolved_by: text(node, "/resolvedBy/login"),
        comments: comments.into_iter().flatten().map(comment).collect(),
        total: node
            .pointer("/comments/totalCount")
            .and_then(Value::as_u64)
            .unwrap_or(0),
    })
}

impl Forge {
    /// Gets one page of the threads of a change.
    pub async fn threads(
        &self,
        repo: &RepoId,
        number: PrNumber,
        after: Option<&str>,
    ) -> Result<ThreadPage, ForgeError> {
        let place = format!("threads of #{number}");
        let variables =
            json!({ "owner": repo.owner, "name": repo.name, "number": number, "after": after });
        let reply = self.query(THREADS_QUERY, variables).await?;
        let problem = |why: String| Problem::warning(place.clone(), why);
        let mut problems: Vec<Problem> = reply
            .problems
            .iter()
            .filter(|p| !merge::is_of_merge(p))
            .map(|p| problem(p.message.clone()))
            .collect();
        let change = reply
            .data
            .pointer("/repository/pullRequest")
            .filter(|c| c.is_object());
        let list = change.and_then(|c| c.pointer("/reviewThreads"));
        let (Some(change), Some(list)) = (change, list) else {
            return Err(reply.without("the threads"));
        };
        let nodes = list.pointer("/nodes").and_then(Value::as_array);
        let mut threads = Vec::new();
        for (index, node) in nodes.into_iter().flatten().enumerate() {
            match thread(node) {
                Some(thread) => threads.push(thread),
                None => problems.push(problem(format!("item {} has no id", index + 1))),
            }
        }
        let more = list
            .pointer("/pageInfo/hasNextPage")
            .and_then(Value::as_bool);
        Ok(ThreadPage {
            threads,
            head: text(change, "/headRefOid").and_then(|s| Sha::parse(&s).ok()),
            review_decision: text(change, "/reviewDecision"),
            closes: closing_issues(change, &repo.slug()),
            next: text(list, "/pageInfo/endCursor").filter(|_| more == Some(true)),
            problems,
            merge: merge::read(&reply),
        })
    }
}
