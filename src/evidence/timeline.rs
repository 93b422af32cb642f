//! The timeline: nodes in time, grouped by attempt.

use super::{Evidence, Node};
use crate::model::Stage;

/// A row of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// The line that opens an attempt (its index).
    Attempt(usize),
    /// A node (its index in the graph).
    Node(usize),
}

/// Builds the rows; `stage` keeps only nodes of that stage.
pub fn rows(evidence: &Evidence, stage: Option<Stage>) -> Vec<Row> {
    let keep = |n: &Node| stage.is_none_or(|s| n.stage == s);
    let nodes = evidence
        .graph
        .nodes
        .iter()
        .enumerate()
        .filter(|(_, n)| keep(n));
    let mut rows = Vec::new();
    let mut current: Option<usize> = None;
    for (index, node) in nodes {
        if node.attempt != current
            && let Some(attempt) = node.attempt
        {
            rows.push(Row::Attempt(attempt));
        }
        current = node.attempt;
        rows.push(Row::Node(index));
    }
    rows
}
