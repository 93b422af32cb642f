//! What only GraphQL tells of merging a change: whether it can be merged, what is required of it, and
//! the test merge with its statuses. The first page comes with the threads of the change.

use serde_json::{Value, json};

use super::{
    graphql::{self, GraphqlProblem, GraphqlReply},
    wire::{IntoModel as _, MergeWire},
};
use crate::forge::{client::Forge, error::ForgeError};
use crate::model::{MergeState, PrNumber, RepoId};

/// What is asked of a pull request. The contexts of the head are paged by `$contexts`.
macro_rules! merge_fields {
    () => {
        r"
      headRefOid mergeable mergeStateStatus
      baseRef { refUpdateRule { requiredApprovingReviewCount requiredStatusCheckContexts } }
      potentialMergeCommit { oid status { contexts { context state description createdAt creator { type: __typename login } } } }
      commits(last: 1) { nodes { commit {
        statusCheckRollup { contexts(first: 100, after: $contexts) {
          pageInfo { hasNextPage endCursor }
          nodes {
            __typename
            ... on CheckRun { name isRequired(pullRequestNumber: $number) checkSuite { app { databaseId } } }
            ... on StatusContext { context isRequired(pullRequestNumber: $number) }
          }
        } }
      } } }"
    };
}
pub(super) use merge_fields;

/// Fields of it whose absence says nothing of the rest of an answer.
const FIELDS: [&str; 3] = ["baseRef", "potentialMergeCommit", "commits"];

/// The document of the further pages. Valid by GitHub's public schema; costs one point.
pub const MERGE_QUERY: &str = concat!(
    r"query Merge($owner: String!, $name: String!, $number: Int!, $contexts: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {",
    merge_fields!(),
    "
    }
  }
}"
);

/// A page of the merge state: the contexts of the head are paged, the rest stands on each.
#[derive(Clone, Debug)]
pub struct MergePage {
    pub state: MergeState,
    pub next: Option<String>,
    /// What the forge said in place of some of it, and whether that is the test merge.
    pub problems: Vec<(ForgeError, bool)>,
}

/// Tells whether an error of an answer is about the merge state.
pub(super) fn is_of_merge(problem: &GraphqlProblem) -> bool {
    let mut names = problem.path.iter().filter_map(Value::as_str);
    names.any(|name| FIELDS.contains(&name))
}

/// Reads the merge state of a change out of an answer.
///
/// # Errors
/// Where the answer tells nothing of it.
pub(super) fn read(reply: &GraphqlReply) -> Result<MergePage, ForgeError> {
    let change = reply.data.pointer("/repository/pullRequest");
    let wire = change.and_then(|c| serde_json::from_value::<MergeWire>(c.clone()).ok());
    let Some((state, next)) = wire.and_then(|w| w.into_model().ok()) else {
        return Err(reply.without("the merge state"));
    };
    let place = Value::from("potentialMergeCommit");
    let of = |p: &GraphqlProblem| (graphql::refused(p), p.path.contains(&place));
    let own = reply.problems.iter().filter(|p| is_of_merge(p));
    Ok(MergePage {
        state,
        next,
        problems: own.map(of).collect(),
    })
}

impl Forge {
    /// Gets a further page of the merge state of a change.
    ///
    /// # Errors
    /// Where the forge cannot be asked, refuses, or does not tell of the change.
    pub async fn merge_state(
        &self,
        repo: &RepoId,
        number: PrNumber,
        contexts: &str,
    ) -> Result<MergePage, ForgeError> {
        let variables = json!({
            "owner": repo.owner, "name": repo.name, "number": number, "contexts": contexts,
        });
        read(&self.query(MERGE_QUERY, variables).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_in_place_of_a_field_is_told_with_what_it_is_about() {
        let problem = |path: Value| json!({ "type": "FORBIDDEN", "message": "no", "path": path });
        let of = |path: Value| {
            let head = json!({ "headRefOid": "a".repeat(40) });
            let reply = GraphqlReply {
                data: json!({ "repository": { "pullRequest": head } }),
                problems: vec![serde_json::from_value(problem(path)).unwrap()],
            };
            let page = read(&reply).unwrap();
            page.problems.iter().map(|(_, is)| *is).collect::<Vec<_>>()
        };
        let below = |name: &str| json!(["repository", "pullRequest", name, 0]);
        assert_eq!(of(below("potentialMergeCommit")), [true]);
        assert_eq!(of(below("baseRef")), [false]);
        assert_eq!(of(below("commits")), [false]);
        assert_eq!(of(below("reviewThreads")), Vec::<bool>::new());
    }
}
