//! The chain from a failed test to the requirement it protects, and back.

use serde::{Deserialize, Serialize};

use super::{
    Evidence, Label,
    answers::Answer,
    checks::{Check, Qualifier},
    intent::{self, IntentBasis, SpecEdit},
    links::{self, TestLink, TestPlace},
    matrix::{CellState, TestRow},
    responses,
};
use crate::model::{ReqId, Requirement, Sha, TestKey, Verdict};
use crate::text;

/// A requirement at the end of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracedRequirement {
    pub link: TestLink,
    /// Absent where no spec at that commit defines the id.
    pub requirement: Option<Requirement>,
    /// The commit whose spec was read.
    pub at: Option<Sha>,
    pub edit: Option<SpecEdit>,
}

/// A check by its name and what tells it apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckName {
    pub name: String,
    pub qualifiers: Vec<Qualifier>,
}

/// One attempt as the chain shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TracedAttempt {
    pub n: usize,
    pub head: Sha,
    pub state: CellState,
    pub verdict: Verdict,
    pub answer: Option<Answer>,
    /// What the attempt did to this very test, and the gates it changed.
    pub notes: Vec<String>,
    /// The check that ran the test, where it was green although the test failed.
    pub green_check: Option<CheckName>,
}

/// The chain of one test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trace {
    pub test: TestKey,
    pub verdict: Verdict,
    pub place: Option<TestPlace>,
    pub message: String,
    pub text: String,
    /// The result file that decided, in words.
    pub source: String,
    pub requirements: Vec<TracedRequirement>,
    pub attempts: Vec<TracedAttempt>,
}

/// A requirement with the tests that protect it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    pub requirement: Requirement,
    /// Named by the change as its reason.
    pub intended: Option<IntentBasis>,
    pub tests: Vec<(TestKey, TestLink, CellState)>,
    pub verdict: Verdict,
    pub edit: Option<SpecEdit>,
    /// Places of annotations that name it, where no result of their tests is known.
    pub named: Vec<String>,
}

/// Builds the chain of a test.
pub fn of_test(evidence: &Evidence, key: &TestKey) -> Option<Trace> {
    let row = evidence.matrix.row(key)?;
    let head_index = evidence.head_attempt();
    let last = row
        .cells
        .iter()
        .rposition(|c| !matches!(c.state, CellState::Unknown | CellState::Absent))
        .or(head_index)?;
    let cell = row.cells.get(last)?;
    // The commit that ran, not the working copy.
    let at = &evidence.attempts.get(last)?.head;
    let report = cell.report.and_then(|i| evidence.facts.reports.get(i));
    let verdict = head_index
        .and_then(|n| row.cells.get(n))
        .map_or(Verdict::Unknown, |c| c.state.verdict());
    Some(Trace {
        test: key.clone(),
        verdict,
        place: links::locate(&evidence.facts, row, at, &cell.text),
        message: cell.message.to_string(),
        text: cell.text.to_string(),
        source: report.map_or_else(|| "no result file".to_owned(), super::nodes::report_source),
        requirements: requirements(evidence, key, at),
        attempts: attempts(evidence, row),
    })
}

fn requirements(evidence: &Evidence, key: &TestKey, at: &Sha) -> Vec<TracedRequirement> {
    evidence
        .links
        .iter()
        .filter(|l| l.test == *key)
        .map(|link| {
            let sha = link.at.clone().unwrap_or_else(|| at.clone());
            let found = [&sha, at, evidence.head()].into_iter().find_map(|s| {
                links::specs_at(&evidence.facts, s)
                    .iter()
                    .find(|r| r.id == link.req)
                    .map(|r| (r, s.clone()))
            });
            TracedRequirement {
                link: link.clone(),
                edit: found
                    .as_ref()
                    .and_then(|(r, _)| intent::spec_edit(&evidence.facts, r)),
                at: found.as_ref().map(|(_, s)| s.clone()),
                requirement: found.map(|(r, _)| r.clone()),
            }
        })
        .collect()
}

fn attempts(evidence: &Evidence, row: &TestRow) -> Vec<TracedAttempt> {
    evidence
        .attempts
        .iter()
        .enumerate()
        .map(|(n, attempt)| {
            let state = row.cells.get(n).map_or(CellState::Unknown, |c| c.state);
            let answer = evidence
                .answers
                .get(n)
                .and_then(|a| a.iter().find(|x| x.test == row.key))
                .cloned();
            TracedAttempt {
                n: attempt.n,
                head: attempt.head.clone(),
                state,
                verdict: state.verdict(),
                answer,
                notes: notes(evidence, row, n),
                green_check: green_check(evidence, row, n),
            }
        })
        .collect()
}

fn notes(evidence: &Evidence, row: &TestRow, n: usize) -> Vec<String> {
    let Some(found) = evidence.responses.get(n) else {
        return Vec::new();
    };
    let mut notes = Vec::new();
    for response in found {
        for line in &response.lines {
            if responses::is_about(line, &row.key) {
                let change = match (&line.old, &line.new) {
                    (Some(old), Some(new)) => format!(": {old} → {new}"),
                    (None, Some(new)) => format!(": {new}"),
                    (Some(old), None) => format!(": {old}"),
                    (None, None) => String::new(),
                };
                notes.push(format!(
                    "{} {}{change}",
                    line.what,
                    text::place(&line.path, line.line)
                ));
            } else if response.label == Label::GateChanged && line.new.is_some() {
                let now = line.new.as_deref().unwrap_or("");
                notes.push(format!(
                    "gate changed {}: {now} ({})",
                    text::place(&line.path, line.line),
                    line.what
                ));
            }
        }
    }
    notes
}

/// Names the check that ended green in attempt `n` although this test failed in its results.
fn green_check(evidence: &Evidence, row: &TestRow, n: usize) -> Option<CheckName> {
    let cell = row.cells.get(n).filter(|c| c.state == CellState::Fail)?;
    let file = cell.report?;
    let made_it = |c: &&Check| c.reports.contains(&file);
    let found = evidence.checks.iter().find(made_it)?;
    if found.verdict != Verdict::Pass {
        return None;
    }
    Some(CheckName {
        name: found.name.clone(),
        qualifiers: found.qualifiers.clone(),
    })
}

/// Builds the coverage table: every requirement that the change names or that its tests protect,
/// or, with `all`, every one that is known at the head.
pub fn coverage(evidence: &Evidence, all: bool) -> Vec<Coverage> {
    let head = evidence.head_attempt();
    links::specs_at(&evidence.facts, evidence.head())
        .iter()
        .filter_map(|req| {
            let intended = evidence
                .intent
                .iter()
                .find(|i| i.req == req.id)
                .map(|i| i.basis.clone());
            let tests = tests_of(evidence, &req.id, head);
            let edit = intent::spec_edit(&evidence.facts, req);
            let notable = tests
                .iter()
                .any(|(key, ..)| evidence.matrix.row(key).is_some_and(TestRow::is_notable));
            if !all && intended.is_none() && edit.is_none() && !notable {
                return None;
            }
            Some(Coverage {
                named: if tests.is_empty() {
                    named_at(evidence, &req.id)
                } else {
                    Vec::new()
                },
                requirement: req.clone(),
                verdict: coverage_verdict(&tests),
                intended,
                tests,
                edit,
            })
        })
        .collect()
}

/// How many links lead from tests to requirements of the head, as the coverage table lists them, and
/// how many lead to ids that no spec there defines.
pub fn link_counts(evidence: &Evidence) -> (usize, usize) {
    let specs = links::specs_at(&evidence.facts, evidence.head());
    let (known, unknown): (Vec<&TestLink>, Vec<&TestLink>) = evidence
        .links
        .iter()
        .partition(|l| specs.iter().any(|r| r.id == l.req));
    (known.len(), unknown.len())
}

/// Returns the places of the annotations at the head that name a requirement.
fn named_at(evidence: &Evidence, req: &ReqId) -> Vec<String> {
    let all = evidence.facts.git.annotations.get(evidence.head());
    all.into_iter()
        .flatten()
        .filter(|a| a.req == *req)
        .map(|a| text::place(&a.file, a.line))
        .collect()
}

/// Returns the tests that protect a requirement, with their state at the head.
pub fn tests_of(
    evidence: &Evidence,
    req: &ReqId,
    head: Option<usize>,
) -> Vec<(TestKey, TestLink, CellState)> {
    evidence
        .links
        .iter()
        .filter(|l| l.req == *req)
        .map(|link| {
            let state = head
                .and_then(|n| evidence.matrix.row(&link.test)?.cells.get(n))
                .map_or(CellState::Unknown, |c| c.state);
            (link.test.clone(), link.clone(), state)
        })
        .collect()
}

/// A requirement passes where a test of a class that counts ran and passed, and none failed. Tests
/// that were skipped or are gone show nothing.
fn coverage_verdict(tests: &[(TestKey, TestLink, CellState)]) -> Verdict {
    let counted: Vec<CellState> = tests
        .iter()
        .filter(|(_, l, _)| !l.ambiguous)
        .map(|(.., s)| *s)
        .collect();
    if counted.contains(&CellState::Fail) {
        Verdict::Fail
    } else if counted
        .iter()
        .any(|s| matches!(s, CellState::Skip | CellState::Absent))
        || counted.is_empty()
    {
        Verdict::Missing
    } else if counted.contains(&CellState::Unknown) {
        Verdict::Unknown
    } else {
        Verdict::Pass
    }
}
