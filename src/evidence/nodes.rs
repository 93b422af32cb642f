//! From facts to nodes and edges. One function a kind; each node says its source and trust.

use super::{
    Evidence,
    graph::{Edge, Graph, Node, NodeId, NodeKind, Relation},
    intent::{self, SpecEdit},
    links,
    matrix::{CellState, Counts, TestRow, Transition},
    people::Standing,
    responses::Label,
};
use crate::model::{
    Actor, Attention, ChangeFacts, LinkClass, PartName, PartState, ReviewState, Sha, Source, Stage,
    TestReport, Timestamp, Trust, Verdict,
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
}

/// Builds the graph.
pub(super) fn build(evidence: &Evidence) -> Graph {
    let mut builder = Builder {
        evidence,
        graph: Graph::default(),
    };
    builder.requirements();
    builder.tasks();
    builder.commits();
    builder.responses();
    builder.checks();
    builder.reports();
    builder.tests();
    builder.findings();
    builder.reviews();
    builder.comments();
    let mut graph = builder.graph;
    graph.nodes.sort_by_key(|n| {
        (
            n.attempt.map_or(0, |a| a + 1),
            n.at,
            rank(n.kind),
            n.id.clone(),
        )
    });
    graph
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
    }
}

impl Builder<'_> {
    fn facts(&self) -> &ChangeFacts {
        &self.evidence.facts
    }

    fn push(&mut self, node: Node) -> NodeId {
        let id = node.id.clone();
        self.graph.nodes.push(node);
        id
    }

    fn edge(
        &mut self,
        from: &NodeId,
        to: &NodeId,
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

    fn node(
        &self,
        id: String,
        kind: NodeKind,
        stage: Stage,
        title: impl Into<String>,
        source: Source,
    ) -> Node {
        Node {
            id: NodeId(id),
            kind,
            stage,
            verdict: Verdict::NotApplicable,
            attention: Vec::new(),
            title: title.into(),
            note: String::new(),
            at: None,
            actor: None,
            source,
            sha: None,
            attempt: None,
            url: None,
        }
    }

    fn requirements(&mut self) {
        let evidence = self.evidence;
        let head = evidence.head().clone();
        for link in &evidence.intent {
            let Some(req) = links::specs_at(&evidence.facts, &head)
                .iter()
                .find(|r| r.id == link.req)
            else {
                continue;
            };
            let source = Source {
                what: format!("{}:{} at {}", req.file, req.line, head.short()),
                trust: Trust::Recorded,
                fetched_at: None,
            };
            let mut node = self.node(
                format!("req:{}", req.id),
                NodeKind::Requirement,
                Stage::Intent,
                format!("{} {}", req.id, req.title),
                source,
            );
            node.verdict = Verdict::Pass;
            node.note.clone_from(&link.basis);
            node.at = Some(evidence.facts.pr.created_at);
            match intent::spec_edit(&evidence.facts, req) {
                Some(SpecEdit::Changed { loosened, .. }) => {
                    node.attention.push(Attention::RequirementChanged);
                    node.note = if loosened {
                        "its text is loosened by this change".into()
                    } else {
                        "its text is changed here".into()
                    };
                }
                Some(SpecEdit::Added) => node.note = "added by this change".into(),
                _ => {}
            }
            self.push(node);
        }
        for req in intent::removed(&evidence.facts) {
            let source = Source {
                what: format!("{}:{} at the merge base", req.file, req.line),
                trust: Trust::Recorded,
                fetched_at: None,
            };
            let mut node = self.node(
                format!("req:{}", req.id),
                NodeKind::Requirement,
                Stage::Intent,
                format!("{} {}", req.id, req.title),
                source,
            );
            node.attention.push(Attention::RequirementChanged);
            node.verdict = Verdict::Missing;
            node.note = "removed by this change".into();
            node.at = Some(evidence.facts.pr.created_at);
            self.push(node);
        }
    }

    fn tasks(&mut self) {
        let evidence = self.evidence;
        for issue in &evidence.facts.issues {
            let source = self.forge(format!("issue #{}", issue.number), PartName::Issues);
            let mut node = self.node(
                format!("issue:{}", issue.number),
                NodeKind::Task,
                Stage::Plan,
                format!("issue #{} {}", issue.number, issue.title),
                source,
            );
            node.verdict = Verdict::Pass;
            node.at = issue.created_at;
            node.actor = issue.author.as_ref().map(|a| a.login.clone());
            node.url = Some(issue.url.clone());
            let id = self.push(node);
            for link in &evidence.intent {
                let req = NodeId(format!("req:{}", link.req));
                if intent::names(&issue.body, link.req.as_str()) {
                    self.edge(
                        &id,
                        &req,
                        Relation::Implements,
                        format!("named in issue #{}", issue.number),
                        LinkClass::B,
                    );
                }
            }
        }
        let starts = evidence
            .facts
            .timeline
            .iter()
            .enumerate()
            .filter(|(_, e)| e.event == "copilot_work_started");
        for (index, event) in starts {
            let actor = event.actor.as_ref().map(|a| a.login.clone());
            let by = actor.as_ref().map_or(String::new(), |l| format!(" by {l}"));
            let agent = evidence.agent.as_ref().map_or("agent", |a| a.name.as_str());
            let source = self.forge("timeline event copilot_work_started", PartName::Timeline);
            let id = event
                .id
                .map_or_else(|| format!("start:{index}"), |id| format!("start:{id}"));
            let mut node = self.node(
                id,
                NodeKind::Task,
                Stage::Plan,
                format!("task to {agent}{by}"),
                source,
            );
            node.verdict = Verdict::Pass;
            node.at = event.at;
            node.attempt = event.at.and_then(|t| self.attempt_at(t));
            node.actor = actor;
            self.push(node);
        }
    }

    fn commits(&mut self) {
        let evidence = self.evidence;
        for (index, attempt) in evidence.attempts.iter().enumerate() {
            let delta = evidence
                .facts
                .git
                .deltas
                .iter()
                .find(|d| d.to == attempt.head);
            let listed: Vec<_> = match delta {
                Some(delta) => delta.commits.iter().collect(),
                // Without git objects the forge's own list stands in for the current head.
                None if attempt.head == *evidence.head() => evidence.facts.commits.iter().collect(),
                None => Vec::new(),
            };
            for commit in listed {
                let trust = if delta.is_some() {
                    Trust::Recorded
                } else {
                    Trust::Forge
                };
                let source = Source {
                    what: format!("commit {}", commit.sha.short()),
                    trust,
                    fetched_at: None,
                };
                let mut node = self.node(
                    format!("commit:{}@{}", commit.sha, attempt.n),
                    NodeKind::Commit,
                    Stage::Change,
                    commit.headline(),
                    source,
                );
                node.note = commit.sha.short().to_owned();
                node.verdict = Verdict::Pass;
                // A commit's own time may lie before its push; it belongs to the push.
                node.at = attempt.at.or(commit.committed_at);
                node.actor = commit.author.as_ref().map(|a| a.login.clone());
                node.sha = Some(commit.sha.clone());
                node.attempt = Some(index);
                self.push(node);
            }
        }
    }

    fn responses(&mut self) {
        let evidence = self.evidence;
        for (index, attempt) in evidence.attempts.iter().enumerate() {
            let found = evidence.responses.get(index).map_or(&[][..], Vec::as_slice);
            for response in found
                .iter()
                .filter(|r| r.label.wants_eyes() || r.label == Label::TestRestored)
            {
                let first = response
                    .lines
                    .iter()
                    .find(|l| l.line > 0)
                    .or(response.lines.first());
                let place = first.map_or(String::new(), |l| {
                    if l.line > 0 {
                        format!("{}:{}", l.path, l.line)
                    } else {
                        l.path.clone()
                    }
                });
                let source = Source {
                    what: format!(
                        "difference to {}, {}",
                        attempt.head.short(),
                        first.map_or("git", |l| l.method)
                    ),
                    trust: Trust::Recorded,
                    fetched_at: None,
                };
                let id = format!("response:{}:{:?}", attempt.n, response.label);
                let more = response.lines.len().saturating_sub(1);
                let mut node = self.node(
                    id,
                    NodeKind::Response,
                    Stage::Change,
                    response.label.words(),
                    source,
                );
                node.note = if more > 0 {
                    format!("{place} and {more} more")
                } else {
                    place
                };
                node.attention = match response.label {
                    Label::GateChanged => vec![Attention::GateChanged],
                    Label::TestWeakened => vec![Attention::TestWeakened],
                    Label::TestSkipped | Label::TestDeleted => vec![Attention::TestSkipped],
                    _ => Vec::new(),
                };
                if response.label == Label::Unknown {
                    node.verdict = Verdict::Unknown;
                    node.title = "difference not known: git objects are missing".to_owned();
                }
                node.at = attempt.at;
                node.sha = Some(attempt.head.clone());
                node.attempt = Some(index);
                self.push(node);
            }
        }
    }

    fn checks(&mut self) {
        let evidence = self.evidence;
        for check in &evidence.checks {
            let attempt = self.attempt_of(&check.head);
            let part = if check.run.is_some() {
                PartName::Runs
            } else {
                PartName::Checks
            };
            let what = match (check.run, check.tries.last()) {
                (Some(run), Some((n, _))) => format!("run {run} try {n}"),
                _ => format!("check run {}", check.id),
            };
            let source = self.forge(what, part);
            let mut node = self.node(
                format!("check:{}@{}", check.name, check.head.short()),
                NodeKind::Check,
                check.stage,
                check.name.clone(),
                source,
            );
            node.verdict = check.verdict;
            node.attention.clone_from(&check.attention);
            node.note = match (check.verdict, check.failures_inside) {
                (Verdict::Pass, 0) | (Verdict::Pending, _) if check.tries.len() < 2 => {
                    check.word.clone()
                }
                (_, 0) if check.tries.len() > 1 => format!(
                    "{}, try {} of {}",
                    check.word,
                    check.tries.len(),
                    check.tries.len()
                ),
                (Verdict::Fail, n) if n > 0 => format!("{n} failed"),
                (_, n) if n > 0 => format!("{}, though {n} failed in its results", check.word),
                _ => check.title.clone().unwrap_or_else(|| check.word.clone()),
            };
            node.at = check.at;
            node.sha = Some(check.head.clone());
            node.attempt = attempt;
            node.url = Some(check.url.clone());
            self.push(node);
        }
    }

    fn reports(&mut self) {
        let evidence = self.evidence;
        for (index, attempt) in evidence.attempts.iter().enumerate() {
            let Some(Some(counts)) = evidence.matrix.counts.get(index) else {
                continue;
            };
            let of_head: Vec<&TestReport> = evidence
                .facts
                .reports
                .iter()
                .filter(|r| r.origin.head == attempt.head)
                .collect();
            let differ = of_head.iter().any(|r| r.totals_differ());
            let files: std::collections::BTreeSet<String> =
                of_head.iter().map(|r| report_source(r)).collect();
            let source = Source {
                what: files.into_iter().collect::<Vec<_>>().join(", "),
                trust: if evidence.facts.local {
                    Trust::SelfReported
                } else {
                    Trust::Forge
                },
                fetched_at: evidence.facts.checked_at(PartName::Results),
            };
            let newly = evidence
                .matrix
                .rows
                .iter()
                .filter(|r| r.transition(index) == Some(Transition::NewlySkipped))
                .count();
            let mut node = self.node(
                format!("tests:{}", attempt.head),
                NodeKind::Report,
                Stage::Verify,
                "test results",
                source,
            );
            node.note = summary(*counts, newly);
            node.verdict = match counts {
                c if c.failed > 0 => Verdict::Fail,
                c if c.passed + c.flaky == 0 => Verdict::Missing,
                _ => Verdict::Pass,
            };
            if differ {
                node.attention.push(Attention::TotalsDiffer);
            }
            node.at = of_head
                .iter()
                .filter_map(|r| self.made_at(r))
                .max()
                .or(attempt.at);
            node.sha = Some(attempt.head.clone());
            node.attempt = Some(index);
            self.push(node);
        }
    }

    /// When a report was made: its artifact's time.
    fn made_at(&self, report: &TestReport) -> Option<Timestamp> {
        let id = report.origin.artifact?;
        self.facts()
            .artifacts
            .iter()
            .find(|a| a.id == id)?
            .created_at
    }

    fn tests(&mut self) {
        let evidence = self.evidence;
        for row in &evidence.matrix.rows {
            for (index, cell) in row.cells.iter().enumerate() {
                if !shown(row, index) {
                    continue;
                }
                let Some(attempt) = evidence.attempts.get(index) else {
                    continue;
                };
                let report = cell.report.and_then(|i| evidence.facts.reports.get(i));
                let source = Source {
                    what: report.map_or_else(
                        || format!("results of {}", attempt.head.short()),
                        report_source,
                    ),
                    trust: if evidence.facts.local {
                        Trust::SelfReported
                    } else {
                        Trust::Forge
                    },
                    fetched_at: report.and_then(|r| r.origin.fetched_at),
                };
                let mut node = self.node(
                    format!("test:{}@{}", row.key, attempt.head.short()),
                    NodeKind::Test,
                    Stage::Verify,
                    row.key.display(),
                    source,
                );
                node.verdict = cell.state.verdict();
                let answer = evidence
                    .answers
                    .get(index)
                    .and_then(|a| a.iter().find(|x| x.test == row.key));
                node.note = match (cell.state, answer) {
                    (CellState::Fail, _) => cell.message.clone(),
                    (CellState::Flaky, _) => "passed and failed on this commit".to_owned(),
                    (_, Some(answer)) => answer.kind.words().to_owned(),
                    (state, None) => state.word().to_owned(),
                };
                match (cell.state, answer.map(|a| a.kind)) {
                    (CellState::Flaky, _) => node.attention.push(Attention::GreenByRerun),
                    (CellState::Skip | CellState::Absent, _) => {
                        node.attention.push(Attention::TestSkipped)
                    }
                    (_, Some(super::AnswerKind::PassedByChangingTheTest)) => {
                        node.attention.push(Attention::TestWeakened)
                    }
                    _ => {}
                }
                node.at = report.and_then(|r| self.made_at(r)).or(attempt.at);
                node.sha = Some(attempt.head.clone());
                node.attempt = Some(index);
                let id = self.push(node);
                for link in evidence.links.iter().filter(|l| l.test == row.key) {
                    self.edge(
                        &id,
                        &NodeId(format!("req:{}", link.req)),
                        Relation::Verifies,
                        link.basis.clone(),
                        link.class,
                    );
                }
            }
        }
    }

    fn findings(&mut self) {
        let evidence = self.evidence;
        for check in evidence.checks.iter().filter(|c| c.stage == Stage::Secure) {
            for (n, annotation) in check.annotations.iter().enumerate() {
                let title = if annotation.title.is_empty() {
                    &annotation.message
                } else {
                    &annotation.title
                };
                let source = self.forge(format!("annotation of {}", check.name), PartName::Checks);
                let id = format!("finding:{}:{n}@{}", check.name, check.head.short());
                let mut node =
                    self.node(id, NodeKind::Finding, Stage::Secure, title.clone(), source);
                node.verdict = check.verdict;
                node.note = annotation.line.map_or_else(
                    || annotation.path.clone(),
                    |l| format!("{}:{l}", annotation.path),
                );
                node.at = check.at;
                node.sha = Some(check.head.clone());
                node.attempt = self.attempt_of(&check.head);
                node.url = Some(check.url.clone());
                self.push(node);
            }
        }
    }

    fn reviews(&mut self) {
        let evidence = self.evidence;
        for review in &evidence.facts.reviews {
            let author = review
                .author
                .as_ref()
                .map_or_else(|| "a deleted account".to_owned(), |a| a.login.to_string());
            let source = self.forge(format!("review {}", review.id), PartName::Reviews);
            let mut node = self.node(
                format!("review:{}", review.id),
                NodeKind::Review,
                Stage::Review,
                format!("{author} {}", review.state.words()),
                source,
            );
            let approval = evidence.approvals.iter().find(|a| a.review == review.id);
            (node.verdict, node.note) = match (&review.state, approval.map(|a| &a.standing)) {
                (_, Some(Standing::DoesNotCount(why))) => {
                    node.attention.push(Attention::DoesNotCount);
                    (Verdict::NotApplicable, format!("does not count: {why}"))
                }
                (_, Some(Standing::Superseded)) => {
                    (Verdict::NotApplicable, "reviewed again later".to_owned())
                }
                (ReviewState::Approved, Some(Standing::Counts)) => {
                    (Verdict::Pass, "of this head".to_owned())
                }
                (ReviewState::ChangesRequested, Some(Standing::Counts)) => {
                    (Verdict::Fail, "of this head".to_owned())
                }
                (_, Some(Standing::Stale(n))) => (
                    Verdict::Stale,
                    format!("{n} attempt{} after it", if *n == 1 { "" } else { "s" }),
                ),
                (_, Some(Standing::Unknown)) => (
                    Verdict::Unknown,
                    "the forge no longer knows its commit".to_owned(),
                ),
                _ => (Verdict::NotApplicable, String::new()),
            };
            node.at = review.submitted_at;
            node.actor = review.author.as_ref().map(|a| a.login.clone());
            node.sha.clone_from(&review.commit);
            node.attempt = review
                .commit
                .as_ref()
                .and_then(|c| self.attempt_of(c))
                .or_else(|| review.submitted_at.and_then(|t| self.attempt_at(t)));
            node.url = Some(review.url.clone());
            self.push(node);
        }
        if let PartState::Failed(why) = self.facts().part(PartName::Reviews) {
            let source = self.forge("reviews", PartName::Reviews);
            let mut node = self.node(
                "reviews:unknown".into(),
                NodeKind::Review,
                Stage::Review,
                "reviews are not known",
                source,
            );
            node.verdict = Verdict::Unknown;
            node.note = why;
            self.push(node);
        }
    }

    fn comments(&mut self) {
        let evidence = self.evidence;
        for comment in &evidence.facts.comments {
            let author = comment.author.as_ref().map_or_else(
                || "a deleted account".to_owned(),
                |a: &Actor| a.login.to_string(),
            );
            let source = self.forge(format!("comment {}", comment.id), PartName::Comments);
            let words = comment
                .body
                .lines()
                .map(str::trim)
                .find(|l| !l.is_empty() && !l.starts_with("<!--"))
                .unwrap_or("");
            let mut node = self.node(
                format!("comment:{}", comment.id),
                NodeKind::Comment,
                Stage::Review,
                format!("{author}: {words}"),
                source,
            );
            node.at = Some(comment.created_at);
            node.actor = comment.author.as_ref().map(|a| a.login.clone());
            node.attempt = self.attempt_at(comment.created_at);
            node.url = Some(comment.url.clone());
            if comment.updated_at > comment.created_at {
                node.note = "edited".to_owned();
            }
            self.push(node);
        }
    }
}

/// Tells whether a test stands on the timeline of an attempt: failures, flakes, and what was
/// skipped, vanished or answered there. Tests that passed are counted in the report's row.
fn shown(row: &TestRow, index: usize) -> bool {
    let Some(cell) = row.cells.get(index) else {
        return false;
    };
    match cell.state {
        CellState::Fail | CellState::Flaky => true,
        CellState::Skip | CellState::Absent => {
            matches!(
                row.transition(index),
                Some(Transition::NewlySkipped | Transition::Disappeared)
            )
        }
        CellState::Pass => row.transition(index) == Some(Transition::Fixed),
        CellState::Unknown => false,
    }
}

/// Counts in words: `1 of 412 failed`, `411 passed, 1 newly ignored`.
pub fn summary(counts: Counts, newly_skipped: usize) -> String {
    let mut words = if counts.failed > 0 {
        format!("{} of {} failed", counts.failed, counts.total())
    } else {
        format!("{} passed", counts.passed + counts.flaky)
    };
    if newly_skipped > 0 {
        words = format!("{words}, {newly_skipped} newly skipped");
    } else if counts.skipped > 0 {
        words = format!("{words}, {} skipped", counts.skipped);
    }
    if counts.flaky > 0 {
        words = format!("{words}, {} flaky", counts.flaky);
    }
    words
}
