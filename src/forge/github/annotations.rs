//! Annotations of many check runs in one query: REST asks for those of each on its own.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::graphql;
use crate::forge::{
    client::Forge,
    error::{ForgeError, Kind},
};
use crate::model::Annotation;

/// The document. Valid by GitHub's public schema; costs one point for 50 check runs.
pub const ANNOTATIONS_QUERY: &str = r"query Annotations($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on CheckRun {
      databaseId
      annotations(first: 50) {
        pageInfo { hasNextPage }
        nodes { path title message annotationLevel location { start { line } } }
      }
    }
  }
}";

/// Check runs of one query.
pub const CHECKS_A_QUERY: usize = 50;

impl Forge {
    /// Gets the annotations of check runs, by the global ids that REST gives. Those that have more
    /// than fit, and those that could not be told, are left out.
    pub async fn annotations(
        &self,
        ids: &[String],
    ) -> Result<BTreeMap<u64, Vec<Annotation>>, ForgeError> {
        let reply = self.query(ANNOTATIONS_QUERY, json!({ "ids": ids })).await?;
        let Some(nodes) = reply.data.get("nodes").and_then(Value::as_array) else {
            return Err(reply.problems.first().map_or_else(
                || ForgeError::new(Kind::Malformed, "POST /graphql", "it holds no nodes"),
                graphql::refused,
            ));
        };
        Ok(nodes.iter().filter_map(check).collect())
    }
}

fn check(node: &Value) -> Option<(u64, Vec<Annotation>)> {
    let id = node.get("databaseId")?.as_u64()?;
    let list = node.get("annotations")?;
    let more = list.pointer("/pageInfo/hasNextPage")?.as_bool()?;
    let found = list.get("nodes")?.as_array()?;
    let text = |value: &Value, name: &str| {
        let text = value.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let annotation = |value: &Value| Annotation {
        path: text(value, "path"),
        line: value
            .pointer("/location/start/line")
            .and_then(Value::as_u64),
        level: text(value, "annotationLevel").to_ascii_lowercase(),
        title: text(value, "title"),
        message: text(value, "message"),
    };
    // A node that is null stands for one that could not be told.
    let all: Option<Vec<Annotation>> = found
        .iter()
        .map(|v| v.is_object().then(|| annotation(v)))
        .collect();
    all.filter(|_| !more).map(|all| (id, all))
}
