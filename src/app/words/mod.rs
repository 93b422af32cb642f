//! Words for facts, reasons and risks: made here, from values, for the workbench and for the command
//! line alike. They hold what others wrote and are sanitised by whoever prints them.

mod facts;
mod reasons;

pub use facts::{attempts, basis, check_name, part_hole};
use facts::{note, title};
pub use reasons::{gap, list_reason, required_by, risk, rule_sources, stage};

use crate::{
    contract::Assessment,
    decide::Shown,
    evidence::{Evidence, Node},
    model::Subject,
};

/// Returns what a node is called.
pub fn title_of(node: &Node) -> String {
    title(&node.id, &node.detail)
}

/// Returns what stands beside the title of a node.
pub fn note_of(node: &Node) -> String {
    note(&node.id, node.verdict, &node.detail)
}

/// Returns the words by which a piece of evidence is named as the target of an exception; none where it
/// can be none.
pub(super) fn target(node: &Node) -> Option<String> {
    Some(match &node.id {
        Subject::Requirement { id, .. } => id.to_string(),
        Subject::Finding { .. } | Subject::Alert { .. } => {
            format!("finding {}", title_of(node))
        }
        Subject::Job { .. }
        | Subject::Run { .. }
        | Subject::CheckRun { .. }
        | Subject::Status { .. }
        | Subject::Test { .. } => title_of(node),
        _ => return None,
    })
}

/// Returns what a decision is made beside: the open problems, and what can be named as a target, each
/// by the words that it is shown with.
pub(super) fn shown(evidence: &Evidence, assessment: &Assessment) -> Shown {
    let mut targets = Vec::new();
    for found in &assessment.gaps {
        if let Some(subject) = &found.node {
            targets.push((gap(&found.why), subject.clone()));
        }
    }
    for node in &evidence.graph.nodes {
        if let Some(words) = target(node) {
            let own = [words, title_of(node), node.id.to_string()];
            targets.extend(own.map(|words| (words, node.id.clone())));
        }
    }
    Shown {
        blockers: assessment.gaps.iter().map(|g| gap(&g.why)).collect(),
        targets,
    }
}
