//! From facts to nodes and edges. One function a kind; each node says its source and trust.

mod findings;
mod people;
mod verdicts;
mod work;

use std::collections::BTreeMap;

use super::{
    Check, Evidence,
    detail::Detail,
    graph::{Edge, Graph, Node, NodeKind, Relation},
    links,
};
use crate::model::{
    ChangeFacts, LinkClass, PartName, ReqId, Sha, Source, Stage, Subject, TestReport, Timestamp,
    Trust, Verdict,
};

/// Names a result file in words: `junit-unit.xml in run 884 try 1`.
pub(super) fn report_source(report: &TestReport) -> String {
    let mut words = report.origin.file.clone();
    if let Some(run) = report.origin.run {
        words = format!("{words} in run {run}");
        if let Some(n) = report.origin.run_try {
            words = format!("{words} try {n}");
        }
    }
    words
}

struct Builder<'a> {
    evidence: &'a Evidence,
    graph: Graph,
    /// Index of the result file that each test's row was read from.
    read_from: BTreeMap<Subject, usize>,
}

/// Builds the graph.
pub(super) fn build(evidence: &Evidence) -> Graph {
    let mut builder = Builder {
        evidence,
        graph: Graph::default(),
        read_from: BTreeMap::new(),
    };
    builder.requirements();
    builder.tasks();
    builder.commits();
    builder.responses();
    builder.checks();
    builder.reports();
    builder.not_shown();
    builder.tests();
    builder.findings();
    builder.reviews();
    builder.comments();
    builder.queue();
    builder.merge();
    let Builder {
        mut graph,
        read_from,
        ..
    } = builder;
    // Stable: what one function pushed in order stays in order.
    graph
        .nodes
        .sort_by_key(|n| (n.attempt.map_or(0, |a| a + 1), n.at, rank(n.kind)));
    beside_their_checks(&evidence.checks, &read_from, &mut graph.nodes);
    graph
}

/// Moves each test right behind the check that ran it.
fn beside_their_checks(
    checks: &[Check],
    read_from: &BTreeMap<Subject, usize>,
    nodes: &mut Vec<Node>,
) {
    for check in checks.iter().filter(|c| !c.reports.is_empty()) {
        let own = |n: &Node| {
            let file = read_from.get(&n.id);
            file.is_some_and(|file| check.reports.contains(file))
        };
        let (mut tests, rest): (Vec<Node>, Vec<Node>) = nodes.drain(..).partition(own);
        *nodes = rest;
        let at = nodes
            .iter()
            .position(|n| n.id == check.subject)
            .map_or(nodes.len(), |i| i + 1);
        nodes.splice(at..at, tests.drain(..));
    }
}

/// Order of nodes of one moment: what came in, then what was said about it.
fn rank(kind: NodeKind) -> u8 {
    match kind {
        NodeKind::Requirement => 0,
        NodeKind::Task => 1,
        NodeKind::Push => 2,
        NodeKind::Commit => 3,
        NodeKind::Response => 4,
        NodeKind::Check => 5,
        NodeKind::Report => 6,
        NodeKind::Test => 7,
        NodeKind::Finding => 8,
        NodeKind::Review => 9,
        NodeKind::Comment => 10,
        NodeKind::Queue => 11,
        NodeKind::Merge => 12,
    }
}

impl Builder<'_> {
    fn facts(&self) -> &ChangeFacts {
        &self.evidence.facts
    }

    fn push(&mut self, node: Node) -> Subject {
        let id = node.id.clone();
        self.graph.nodes.push(node);
        id
    }

    fn edge(
        &mut self,
        from: &Subject,
        to: &Subject,
        relation: Relation,
        basis: impl Into<String>,
        class: LinkClass,
    ) {
        self.graph.edges.push(Edge {
            from: from.clone(),
            to: to.clone(),
            relation,
            basis: basis.into(),
            class,
        });
    }

    fn forge(&self, what: impl Into<String>, part: PartName) -> Source {
        Source {
            what: what.into(),
            trust: Trust::Forge,
            fetched_at: self.facts().checked_at(part),
        }
    }

    /// The requirement of an id, by the document that defines it at the head.
    fn requirement(&self, id: &ReqId) -> Subject {
        let evidence = self.evidence;
        let defined = links::specs_at(&evidence.facts, evidence.head());
        let document = defined.iter().find(|r| r.id == *id).map(|r| r.file.clone());
        Subject::Requirement {
            document: document.unwrap_or_default(),
            id: id.clone(),
        }
    }

    fn attempt_of(&self, sha: &Sha) -> Option<usize> {
        self.evidence.attempts.iter().rposition(|a| a.head == *sha)
    }

    /// The attempt that was the head at a moment.
    fn attempt_at(&self, at: Timestamp) -> Option<usize> {
        self.evidence
            .attempts
            .iter()
            .rposition(|a| a.at.is_some_and(|t| t <= at))
    }

    fn node(id: Subject, kind: NodeKind, stage: Stage, source: Source) -> Node {
        Node {
            id,
            kind,
            stage,
            verdict: Verdict::NotApplicable,
            attention: Vec::new(),
            detail: Detail::Plain,
            at: None,
            actor: None,
            source,
            sha: None,
            attempt: None,
            url: None,
        }
    }
}
