//! Folding the evidence of a stage at the head into one verdict, with what stands against it.

use super::{Gap, Plain, Reason};
use crate::{
    evidence::{Evidence, Node, NodeKind},
    model::{Attention, Stage, Subject, Verdict},
};

/// What a stage came to.
pub(super) struct Out {
    pub verdict: Verdict,
    pub failing: usize,
    pub why: Reason,
}

pub(super) fn out(verdict: Verdict, why: impl Into<Reason>) -> Out {
    Out {
        verdict,
        failing: 0,
        why: why.into(),
    }
}

/// Nodes of a stage at the head.
pub(super) fn at_head(evidence: &Evidence, stage: Stage) -> impl Iterator<Item = &Node> {
    let head = evidence.head_attempt();
    evidence
        .graph
        .nodes
        .iter()
        .filter(move |n| n.stage == stage && n.attempt == head && head.is_some())
}

/// Folds the nodes of a stage at the head; failing nodes become gaps.
pub(super) fn fold(evidence: &Evidence, stage: Stage, missing: Plain, gaps: &mut Vec<Gap>) -> Out {
    let nodes: Vec<&Node> = at_head(evidence, stage)
        .filter(|n| n.verdict != Verdict::NotApplicable)
        .filter(|n| !n.attention.contains(&Attention::Superseded))
        .filter(|n| n.verdict != Verdict::Pass || !is_of_test_merge(evidence, n))
        .collect();
    if nodes.is_empty() {
        return out(Verdict::Missing, missing);
    }
    let verdict = Verdict::fold(nodes.iter().map(|n| n.verdict));
    let bad: Vec<&&Node> = nodes.iter().filter(|n| n.verdict.is_trouble()).collect();
    let subjects = |kind: NodeKind| {
        bad.iter()
            .filter(|n| n.kind == kind && n.verdict == Verdict::Fail)
            .count()
    };
    // One failed test shows as a check, a report and a test: count it once, as what it is.
    let failing = match (stage, subjects(NodeKind::Test), subjects(NodeKind::Finding)) {
        (Stage::Verify, tests @ 1.., _) => tests,
        (Stage::Secure, _, findings @ 1..) => findings,
        _ => subjects(NodeKind::Check) + subjects(NodeKind::Queue),
    };
    let show: Vec<&&Node> = {
        let sharp: Vec<&&Node> = bad
            .iter()
            .copied()
            .filter(|n| matches!(n.kind, NodeKind::Test | NodeKind::Finding))
            .collect();
        // What the results add up to; what is missing of a file is a blocker of its own.
        let adds_up = |n: &&&Node| matches!(n.id, Subject::Results { .. } | Subject::Scan { .. });
        let explained = |n: &&&Node| n.verdict == Verdict::Fail && adds_up(n) && !sharp.is_empty();
        let rest = bad.iter().copied().filter(|n| {
            matches!(n.kind, NodeKind::Check | NodeKind::Report | NodeKind::Queue) && !explained(n)
        });
        sharp
            .iter()
            .copied()
            .chain(
                rest.filter(|n| {
                    sharp.is_empty() || n.verdict != Verdict::Fail || !explains(n, &sharp)
                }),
            )
            .collect()
    };
    for node in show {
        gaps.push(Gap {
            stage,
            verdict: node.verdict,
            why: named(evidence, node),
            node: Some(node.id.clone()),
            is_row: false,
        });
    }
    // What stands beside a verdict is what made it so.
    let heaviest = bad.iter().find(|n| n.verdict == verdict).or(bad.first());
    let why = heaviest.map_or_else(
        || Reason::Passed {
            count: nodes.len(),
            skipped: Vec::new(),
        },
        |n| named(evidence, n),
    );
    Out {
        verdict,
        failing,
        why,
    }
}

/// Tells whether a status was reported on the test merge: what passed there says nothing of the head.
fn is_of_test_merge(evidence: &Evidence, node: &Node) -> bool {
    let merge = evidence.facts.merge_state();
    let of = merge.and_then(|m| m.test_merge.as_ref());
    of.is_some_and(|of| node.sha.as_ref() == Some(of) && of != evidence.head())
}

/// A failing check whose failure is shown by a sharper node is not listed twice.
fn explains(check: &Node, sharp: &[&&Node]) -> bool {
    check.kind == NodeKind::Check && sharp.iter().any(|n| n.stage == check.stage)
}

/// The reason that a failing node is, with the requirement that a test protects.
fn named(evidence: &Evidence, node: &Node) -> Reason {
    let protects = evidence.graph.from(&node.id).find_map(|e| match &e.to {
        Subject::Requirement { id, .. } => Some(id.clone()),
        _ => None,
    });
    Reason::fact(node, protects.filter(|_| node.kind == NodeKind::Test))
}
