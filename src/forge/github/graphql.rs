//! GraphQL with its own envelope: partial data is kept beside the errors that explain the holes.

use serde::Deserialize;
use serde_json::Value;

use crate::forge::{
    client::Forge,
    error::{ForgeError, Kind},
};

/// One error of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GraphqlProblem {
    /// `NOT_FOUND`, `FORBIDDEN`, `RATE_LIMITED`, …
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
    #[serde(default)]
    pub message: String,
    #[serde(default)]
    pub path: Vec<Value>,
}

/// An answer: what there is, and what is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphqlReply {
    pub data: Value,
    pub problems: Vec<GraphqlProblem>,
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    data: Value,
    #[serde(default)]
    errors: Vec<GraphqlProblem>,
}

impl Forge {
    /// Sends a query. An answer without any data is an error; partial data is not.
    pub async fn query(
        &self,
        document: &str,
        variables: Value,
    ) -> Result<GraphqlReply, ForgeError> {
        let body = serde_json::json!({ "query": document, "variables": variables });
        let bytes = self.post_graphql(&body).await?;
        let mut envelope: Envelope = serde_json::from_slice(&bytes)
            .map_err(|e| ForgeError::new(Kind::Malformed, "POST /graphql", e.to_string()))?;
        for problem in &mut envelope.errors {
            problem.message = self.hush(&problem.message);
        }
        let reply = GraphqlReply {
            data: envelope.data,
            problems: envelope.errors,
        };
        let empty = match &reply.data {
            Value::Object(fields) => fields.values().all(Value::is_null),
            other => other.is_null(),
        };
        match reply.problems.first() {
            Some(problem) if empty => Err(refused(problem)),
            _ => Ok(reply),
        }
    }
}

impl GraphqlReply {
    /// The error of an answer that lacks what was asked for: the forge's own words, where it has any.
    pub(super) fn without(&self, what: &str) -> ForgeError {
        let lacks =
            || ForgeError::new(Kind::Malformed, "POST /graphql", format!("it lacks {what}"));
        self.problems.first().map_or_else(lacks, refused)
    }
}

pub(super) fn refused(problem: &GraphqlProblem) -> ForgeError {
    let kind = match problem.kind.as_deref() {
        Some("NOT_FOUND") => Kind::NotFound,
        Some("FORBIDDEN" | "INSUFFICIENT_SCOPES") => Kind::Forbidden,
        Some("RATE_LIMITED") => Kind::RateLimited,
        _ => Kind::Refused,
    };
    ForgeError::new(kind, "POST /graphql", problem.message.clone())
}
