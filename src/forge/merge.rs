//! What only GraphQL tells of merging a change: whether it can be merged, what is required of it, and
//! the test merge with its statuses.

use serde_json::{Value, json};

use super::{
    client::Forge,
    error::ForgeError,
    graphql::{self, GraphqlProblem},
    wire::{IntoModel as _, MergeWire},
};
use crate::model::{MergeState, PrNumber, RepoId};

/// The document. Valid by GitHub's public schema; costs one point.
pub const MERGE_QUERY: &str = r"query Merge($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      headRefOid mergeable mergeStateStatus
      baseRef { refUpdateRule { requiredApprovingReviewCount requiredStatusCheckContexts } }
      potentialMergeCommit { oid status { contexts { context state description createdAt creator { type: __typename login } } } }
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
        let change = change.and_then(|c| serde_json::from_value::<MergeWire>(c.clone()).ok());
        let Some((state, next)) = change.and_then(|c| c.into_model().ok()) else {
            return Err(reply.without("the change"));
        };
        Ok(MergePage {
            state,
            next,
            problems: reply.problems.iter().map(problem).collect(),
        })
    }
}
