//! What was proved: checks, result files that no check claims, tests, findings.

use super::{Builder, report_source};
use crate::{
    evidence::{
        AnswerKind,
        checks::{Check, Qualifier},
        detail::{self, Detail},
        graph::{NodeKind, Relation},
        matrix::{CellState, Counts, TestRow, Transition, untried},
    },
    formats::{kinds::is_sarif_name, results},
    model::{
        Attention, Outcome, PartName, Source, Stage, Subject, TestReport, Timestamp, Trust, Verdict,
    },
};

impl Builder<'_> {
    pub(super) fn checks(&mut self) {
        let evidence = self.evidence;
        for check in &evidence.checks {
            let part = if check.run.is_some() {
                PartName::Runs
            } else if check.qualifiers.contains(&Qualifier::TestMerge) {
                PartName::Merge
            } else {
                PartName::Checks
            };
            let what = match (check.run, check.tries.last(), &check.subject) {
                (Some(run), Some((n, _)), _) => format!("run {run} try {n}"),
                (_, _, Subject::Status { context, .. }) => format!("commit status {context}"),
                _ => format!("check run {}", check.id),
            };
            let source = self.forge(what, part);
            let subject = check.subject.clone();
            let mut node = Self::node(subject, NodeKind::Check, check.stage, source);
            node.attempt = if check.qualifiers.contains(&Qualifier::TestMerge) {
                evidence.head_attempt()
            } else {
                self.attempt_of(&check.head)
            };
            node.verdict = check.verdict;
            node.attention.clone_from(&check.attention);
            let differs = |r: &TestReport| r.origin.job.is_none() && r.totals_differ();
            if self.reports_of(check).any(differs) {
                node.attention.push(Attention::TotalsDiffer);
            }
            let (counts, newly) = self.counted(check, node.attempt);
            node.detail = Detail::Check {
                name: check.name.clone(),
                qualifiers: check.qualifiers.clone(),
                title: check.title.clone(),
                conclusion: check.word.clone(),
                tries: check.tries.clone(),
                results: counts,
                newly_skipped: newly,
            };
            node.at = check.at;
            node.sha = Some(check.head.clone());
            node.url = Some(check.url.clone());
            self.push(node);
        }
    }

    fn reports_of<'a>(&'a self, check: &'a Check) -> impl Iterator<Item = &'a TestReport> {
        check
            .reports
            .iter()
            .filter_map(|i| self.evidence.facts.reports.get(*i))
    }

    /// Counts of a check's own result files, and of tests that are skipped since this attempt.
    fn counted(&self, check: &Check, attempt: Option<usize>) -> (Option<Counts>, usize) {
        let is_file = |r: &TestReport| r.origin.job.is_none();
        if !self.reports_of(check).any(is_file) {
            return (None, 0);
        }
        let mut counts = Counts::default();
        let mut newly = 0;
        let reports = &self.evidence.facts.reports;
        let cases = check.reports.iter().flat_map(|&report| {
            let of_file = reports.get(report).filter(|r| r.origin.job.is_none());
            let cases = of_file.map_or(&[][..], |r| &r.cases);
            cases
                .iter()
                .enumerate()
                .map(move |(n, case)| (report, n, case))
        });
        for (report, n, case) in cases {
            match case.outcome {
                Outcome::Passed => counts.passed += 1,
                Outcome::Failed | Outcome::Error => counts.failed += 1,
                Outcome::Skipped | Outcome::Disabled => {
                    counts.skipped += 1;
                    let moved = self.evidence.matrix.row_of(report, n).zip(attempt);
                    newly += usize::from(moved.is_some_and(|(row, n)| {
                        row.transition(n) == Some(Transition::NewlySkipped)
                    }));
                }
            }
        }
        (Some(counts), newly)
    }

    /// Result files that no check is known to have made stand in a row of their own.
    pub(super) fn reports(&mut self) {
        let evidence = self.evidence;
        let claimed: Vec<usize> = evidence
            .checks
            .iter()
            .flat_map(|c| c.reports.iter().copied())
            .collect();
        for (index, attempt) in evidence.attempts.iter().enumerate() {
            let last_try = |r: &TestReport| {
                let later = |o: &TestReport| {
                    o.origin.run == r.origin.run && o.origin.run_try > r.origin.run_try
                };
                !evidence.facts.reports.iter().any(later)
            };
            let own: Vec<&TestReport> = evidence
                .facts
                .reports
                .iter()
                .enumerate()
                .filter(|(i, r)| {
                    r.origin.head == attempt.head && !claimed.contains(i) && last_try(r)
                })
                .map(|(_, r)| r)
                .collect();
            // An earlier try of a claimed file is part of its check's story.
            if own.is_empty() {
                continue;
            }
            let files: std::collections::BTreeSet<String> =
                own.iter().map(|r| report_source(r)).collect();
            let source = Source {
                what: files.into_iter().collect::<Vec<_>>().join(", "),
                trust: if evidence.facts.local {
                    Trust::SelfReported
                } else {
                    Trust::Forge
                },
                fetched_at: evidence.facts.checked_at(PartName::Results),
            };
            let mut counts = Counts::default();
            for case in own.iter().flat_map(|r| &r.cases) {
                match case.outcome {
                    Outcome::Passed => counts.passed += 1,
                    Outcome::Failed | Outcome::Error => counts.failed += 1,
                    Outcome::Skipped | Outcome::Disabled => counts.skipped += 1,
                }
            }
            let id = Subject::Results {
                head: attempt.head.clone(),
            };
            let mut node = Self::node(id, NodeKind::Report, Stage::Verify, source);
            node.detail = Detail::Results { counts };
            node.verdict = match counts {
                c if c.failed > 0 => Verdict::Fail,
                c if c.passed == 0 => Verdict::Missing,
                _ => Verdict::Pass,
            };
            if own.iter().any(|r| r.totals_differ()) {
                node.attention.push(Attention::TotalsDiffer);
            }
            if evidence.facts.local {
                node.attention.push(Attention::SelfReported);
            }
            node.at = own
                .iter()
                .filter_map(|r| self.made_at(r))
                .max()
                .or(attempt.at);
            node.sha = Some(attempt.head.clone());
            node.attempt = Some(index);
            self.push(node);
        }
    }

    /// A file that counts more failures than it shows says that something failed, whatever its cases
    /// and its check say. Of one that was not read whole, anything may have failed.
    pub(super) fn not_shown(&mut self) {
        let evidence = self.evidence;
        for (index, attempt) in evidence.attempts.iter().enumerate() {
            let of_head = |r: &&TestReport| r.origin.head == attempt.head;
            for report in evidence.facts.reports.iter().filter(of_head) {
                let (hidden, unknown) = (report.hidden_failures(), report.unknown_cases());
                if hidden == 0 && unknown == 0 && report.refused.is_none() {
                    continue;
                }
                let source = Source {
                    what: report_source(report),
                    trust: if evidence.facts.local {
                        Trust::SelfReported
                    } else {
                        Trust::Forge
                    },
                    fetched_at: report.origin.fetched_at,
                };
                let id = Subject::Totals {
                    head: attempt.head.clone(),
                    file: report_source(report),
                };
                let stage = if is_sarif_name(&report.origin.file) {
                    Stage::Secure
                } else {
                    Stage::Verify
                };
                let mut node = Self::node(id, NodeKind::Report, stage, source);
                node.verdict = if hidden > 0 {
                    Verdict::Fail
                } else {
                    Verdict::Unknown
                };
                node.detail = Detail::Totals {
                    file: report.origin.file.clone(),
                    hidden,
                    unknown,
                    refused: report.refused.clone(),
                };
                // A log names what its runner names.
                if report.totals_differ() && report.origin.job.is_none() {
                    node.attention.push(Attention::TotalsDiffer);
                }
                let mut others = evidence.facts.reports.iter();
                if others.any(|o| is_made_again(report, o)) {
                    node.attention.push(Attention::Superseded);
                }
                node.at = self.made_at(report).or(attempt.at);
                node.sha = Some(attempt.head.clone());
                node.attempt = Some(index);
                self.push(node);
            }
        }
    }

    /// When a report was made known: the end of the check that made it, else its artifact's time.
    fn made_at(&self, report: &TestReport) -> Option<Timestamp> {
        let facts = &self.evidence.facts;
        let index = facts.reports.iter().position(|r| std::ptr::eq(r, report))?;
        let check = self
            .evidence
            .checks
            .iter()
            .find(|c| c.reports.contains(&index))
            .and_then(|c| c.at);
        check.or_else(|| {
            facts
                .artifacts
                .iter()
                .find(|a| Some(a.id) == report.origin.artifact)?
                .created_at
        })
    }

    pub(super) fn tests(&mut self) {
        let evidence = self.evidence;
        for row in &evidence.matrix.rows {
            for (index, cell) in row.cells.iter().enumerate().filter(|(n, _)| shown(row, *n)) {
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
                let id = Subject::Test {
                    head: attempt.head.clone(),
                    key: row.key.clone(),
                };
                if let Some(file) = cell.report {
                    self.read_from.insert(id.clone(), file);
                }
                let mut node = Self::node(id, NodeKind::Test, Stage::Verify, source);
                node.verdict = cell.state.verdict();
                let answer = evidence
                    .answers
                    .get(index)
                    .and_then(|a| a.iter().find(|x| x.test == row.key));
                match (cell.state, answer.map(|a| a.kind)) {
                    (CellState::Flaky, _) => node.attention.push(Attention::GreenByRerun),
                    (CellState::Skip | CellState::Absent, _) => {
                        node.attention.push(Attention::TestSkipped);
                    }
                    (_, Some(AnswerKind::PassedByChangingTheTest)) => {
                        node.attention.push(Attention::TestWeakened);
                    }
                    _ => {}
                }
                node.detail = Detail::Test {
                    state: cell.state,
                    headline: results::headline(&cell.message, &cell.text),
                    text: detail::text(&format!("{}\n{}", cell.message, cell.text)),
                    answer: answer.map(|a| a.kind),
                    not_analysed: answer.and_then(|a| a.not_analysed.clone()),
                };
                node.at = report.and_then(|r| self.made_at(r)).or(attempt.at);
                node.sha = Some(attempt.head.clone());
                node.attempt = Some(index);
                let id = self.push(node);
                for link in evidence.links.iter().filter(|l| l.test == row.key) {
                    let req = self.requirement(&link.req);
                    self.edge(
                        &id,
                        &req,
                        Relation::Verifies,
                        link.basis.clone(),
                        link.class,
                    );
                }
            }
        }
    }
}

/// Tells whether a report was made again, whole, by a later try of its run.
fn is_made_again(report: &TestReport, later: &TestReport) -> bool {
    let name = |r: &TestReport| {
        r.origin
            .artifact_name
            .as_deref()
            .map(untried)
            .map(str::to_owned)
    };
    later.origin.run == report.origin.run
        && later.origin.run.is_some()
        && later.origin.run_try > report.origin.run_try
        && name(later) == name(report)
        && later.refused.is_none()
}

/// Tells whether a test stands on the timeline of an attempt: failures, flakes, and what was
/// skipped, vanished or answered there. Tests that passed are counted in their check's row.
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
