//! What only GraphQL tells of merging a change: whether it can be merged, what is required of it, and
//! the test merge with its statuses.

use serde_json::{Value, json};

use super::{
    client::Forge,
    error::{ForgeError, Kind},
    graphql::{self, GraphqlProblem},
};
use crate::model::{
    Actor, ActorKind, CommitStatus, Login, MergeState, Mergeable, PrNumber, RepoId, RequiredCheck,
    Sha, Timestamp,
};

/// The document. Valid by GitHub's public schema; costs one point.
pub const MERGE_QUERY: &str = r"query Merge($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      headRefOid mergeable mergeStateStatus
      baseRef { refUpdateRule { requiredApprovingReviewCount requiredStatusCheckContexts } }
      potentialMergeCommit { oid status { contexts { context state description createdAt creator { __typename login } } } }
      commits(last: 1) { nodes { commit {
        statusCheckRollup { contexts(first: 100, after: $after) {
          pageInfo { hasNextPage endCursor }
          nodes {
            __typename
            ... on CheckRun { name isRequired(pullRequestNumber: $number) checkSuite { app { databaseId } } }
            ... on StatusContext { context isRequired(pullRequestNumber: $number) }
          }
        } }
      } } }
    }
  }
}";

/// A page of the merge state: the contexts of the head are paged, the rest stands on each.
#[derive(Clone, Debug)]
pub struct MergePage {
    pub state: MergeState,
    pub next: Option<String>,
    /// What the forge said in place of some of it, and whether that is the test merge.
    pub problems: Vec<(ForgeError, bool)>,
}

fn text(value: &Value, path: &str) -> Option<String> {
    value
        .pointer(path)
        .and_then(Value::as_str)
        .map(str::to_owned)
}

fn mergeable(word: Option<&str>) -> Mergeable {
    match word {
        Some("MERGEABLE") => Mergeable::Mergeable,
        Some("CONFLICTING") => Mergeable::Conflicting,
        _ => Mergeable::Unknown,
    }
}

fn required(node: &Value) -> Option<RequiredCheck> {
    node.pointer("/isRequired")?.as_bool().filter(|is| *is)?;
    let app = node.pointer("/checkSuite/app/databaseId");
    Some(RequiredCheck {
        context: text(node, "/name").or_else(|| text(node, "/context"))?,
        app: app.and_then(Value::as_u64),
    })
}

fn status(node: &Value, sha: &Sha) -> Option<CommitStatus> {
    let creator = text(node, "/creator/login").map(|login| Actor {
        login: Login::new(login),
        kind: match text(node, "/creator/__typename").as_deref() {
            Some("Bot") => ActorKind::Bot,
            Some("Organization") => ActorKind::Organization,
            _ => ActorKind::User,
        },
        id: None,
    });
    Some(CommitStatus {
        sha: sha.clone(),
        context: text(node, "/context")?,
        // The words of REST: `success`, `failure`, `error`, `pending`; `EXPECTED` has not come.
        state: match text(node, "/state")?.to_lowercase() {
            expected if expected == "expected" => "pending".to_owned(),
            state => state,
        },
        description: text(node, "/description"),
        creator,
        at: text(node, "/createdAt").and_then(|t| Timestamp::parse(&t).ok()),
    })
}

/// Reads the change out of an answer; `None` where it has no head.
fn read(change: &Value) -> Option<(MergeState, Option<String>)> {
    let list = |value: &Value, path: &str| -> Vec<Value> {
        let found = value.pointer(path).and_then(Value::as_array);
        found.cloned().unwrap_or_default()
    };
    let sha = |path: &str| text(change, path).and_then(|s| Sha::parse(&s).ok());
    let contexts = "/commits/nodes/0/commit/statusCheckRollup/contexts";
    let mut all: Vec<RequiredCheck> = list(change, &format!("{contexts}/nodes"))
        .iter()
        .filter_map(required)
        .collect();
    let rule = change.pointer("/baseRef/refUpdateRule");
    let named = rule.map_or_else(Vec::new, |r| list(r, "/requiredStatusCheckContexts"));
    let named = named.iter().filter_map(Value::as_str).map(str::to_owned);
    all.sort();
    all.dedup();
    let test_merge = sha("/potentialMergeCommit/oid");
    let reported = list(change, "/potentialMergeCommit/status/contexts");
    let statuses = test_merge.iter().flat_map(|sha| {
        let of = |node: &Value| status(node, sha);
        reported.iter().filter_map(of).collect::<Vec<_>>()
    });
    let more = change.pointer(&format!("{contexts}/pageInfo/hasNextPage"));
    let next = text(change, &format!("{contexts}/pageInfo/endCursor"));
    let state = MergeState {
        head: sha("/headRefOid")?,
        mergeable: mergeable(text(change, "/mergeable").as_deref()),
        behind: text(change, "/mergeStateStatus").as_deref() == Some("BEHIND"),
        statuses: statuses.collect(),
        test_merge,
        required: all,
        contexts: named.collect(),
        approvals: rule
            .and_then(|r| r.pointer("/requiredApprovingReviewCount"))
            .and_then(Value::as_u64),
    };
    Some((
        state,
        next.filter(|_| more.and_then(Value::as_bool) == Some(true)),
    ))
}

fn problem(told: &GraphqlProblem) -> (ForgeError, bool) {
    let place = Value::from("potentialMergeCommit");
    (graphql::refused(told), told.path.contains(&place))
}

impl Forge {
    /// Gets one page of the merge state of a change.
    ///
    /// # Errors
    /// Where the forge cannot be asked, refuses, or does not tell of the change.
    pub async fn merge_state(
        &self,
        repo: &RepoId,
        number: PrNumber,
        after: Option<&str>,
    ) -> Result<MergePage, ForgeError> {
        let variables =
            json!({ "owner": repo.owner, "name": repo.name, "number": number, "after": after });
        let reply = self.query(MERGE_QUERY, variables).await?;
        let change = reply.data.pointer("/repository/pullRequest");
        let Some((state, next)) = change.and_then(read) else {
            return Err(reply.problems.first().map_or_else(
                || ForgeError::new(Kind::Malformed, "POST /graphql", "it tells of no change"),
                graphql::refused,
            ));
        };
        Ok(MergePage {
            state,
            next,
            problems: reply.problems.iter().map(problem).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(mut change: Value) -> Value {
        change["headRefOid"] = Value::from("a".repeat(40));
        change
    }

    #[test]
    fn what_is_null_or_of_next_year_claims_nothing() {
        let state = |more: Value| read(&change(more)).unwrap().0;
        let bare = state(json!({}));
        assert_eq!(bare.mergeable, Mergeable::Unknown);
        assert!(bare.required.is_empty() && bare.statuses.is_empty() && !bare.behind);
        for (word, want) in [
            ("MERGEABLE", Mergeable::Mergeable),
            ("CONFLICTING", Mergeable::Conflicting),
            ("UNKNOWN", Mergeable::Unknown),
            ("A_WORD_OF_NEXT_YEAR", Mergeable::Unknown),
        ] {
            assert_eq!(state(json!({ "mergeable": word })).mergeable, want);
        }
        assert!(state(json!({ "mergeStateStatus": "BEHIND" })).behind);
        assert!(!state(json!({ "mergeStateStatus": "BLOCKED" })).behind);
        assert!(read(&json!({ "mergeable": "MERGEABLE" })).is_none());
    }

    #[test]
    fn what_is_required_comes_with_its_app_and_from_both_places() {
        let nodes = json!([
            { "name": "unit", "isRequired": true, "checkSuite": { "app": { "databaseId": 15368 } } },
            { "name": "lint", "isRequired": false },
            { "context": "deploy/preview", "isRequired": true },
            { "context": "old", "isRequired": null },
            null,
        ]);
        let page = json!({ "hasNextPage": true, "endCursor": "c" });
        let (state, next) = read(&change(json!({
            "baseRef": { "refUpdateRule": {
                "requiredStatusCheckContexts": ["docs", null], "requiredApprovingReviewCount": 2,
            } },
            "commits": { "nodes": [{ "commit": { "statusCheckRollup": {
                "contexts": { "nodes": nodes, "pageInfo": page },
            } } }] },
        })))
        .unwrap();
        let names: Vec<(&str, Option<u64>)> = state
            .required
            .iter()
            .map(|r| (r.context.as_str(), r.app))
            .collect();
        assert_eq!(names, [("deploy/preview", None), ("unit", Some(15_368))]);
        assert_eq!(state.contexts, ["docs"]);
        assert_eq!((state.approvals, next.as_deref()), (Some(2), Some("c")));
    }

    #[test]
    fn statuses_of_the_test_merge_are_of_the_test_merge() {
        let merge = json!({ "oid": "b".repeat(40), "status": { "contexts": [
            { "context": "build", "state": "FAILURE" },
            { "context": "late", "state": "EXPECTED" },
            { "state": "SUCCESS" },
        ] } });
        let (state, _) = read(&change(json!({ "potentialMergeCommit": merge }))).unwrap();
        let told: Vec<(&str, &str)> = state
            .statuses
            .iter()
            .map(|s| (s.context.as_str(), s.state.as_str()))
            .collect();
        assert_eq!(told, [("build", "failure"), ("late", "pending")]);
        assert!(
            state
                .statuses
                .iter()
                .all(|s| Some(&s.sha) == state.test_merge.as_ref())
        );
    }
}
