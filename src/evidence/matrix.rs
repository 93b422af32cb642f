//! Attempts × tests. Three levels of repetition are kept apart: retries inside a result file, tries
//! of a run on the same commit, and attempts (new commits).

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::model::{ChangeFacts, Outcome, Sha, TestKey, TestReport, Verdict};

/// What a test did in one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellState {
    Pass,
    Fail,
    Skip,
    /// Passed and failed on the same commit.
    Flaky,
    /// The suite ran here without it.
    Absent,
    /// No results of its suite are known for this attempt.
    Unknown,
}

impl CellState {
    /// Returns the verdict of the cell.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Pass | Self::Flaky => Verdict::Pass,
            Self::Fail => Verdict::Fail,
            Self::Skip | Self::Absent => Verdict::Missing,
            Self::Unknown => Verdict::Unknown,
        }
    }

    /// Returns the word a person reads.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skip => "skipped",
            Self::Flaky => "flaky",
            Self::Absent => "absent",
            Self::Unknown => "unknown",
        }
    }
}

/// A test in one attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    pub state: CellState,
    /// Index into the reports, of the one that decided.
    pub report: Option<usize>,
    pub message: String,
    pub text: String,
    /// Outcome by try, where several tries ran it.
    pub tries: Vec<(u64, Outcome)>,
    /// Retries inside the file that ended in this outcome.
    pub retries: usize,
}

impl Cell {
    fn empty(state: CellState) -> Self {
        Self {
            state,
            report: None,
            message: String::new(),
            text: String::new(),
            tries: Vec::new(),
            retries: 0,
        }
    }
}

/// How a test moved between two attempts that both know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transition {
    Fixed,
    Broke,
    StillFailing,
    NewlySkipped,
    Disappeared,
    New,
    NoLongerSkipped,
}

/// A test over all attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestRow {
    pub key: TestKey,
    /// One cell an attempt.
    pub cells: Vec<Cell>,
    /// Properties of the result file that name requirements.
    pub properties: Vec<(String, String)>,
}

impl TestRow {
    /// Tells whether a reviewer should see the row: it ever failed, flaked, was skipped after it
    /// ran, or vanished.
    pub fn is_notable(&self) -> bool {
        let known: Vec<CellState> = self
            .cells
            .iter()
            .map(|c| c.state)
            .filter(|s| *s != CellState::Unknown)
            .collect();
        known
            .iter()
            .any(|s| matches!(s, CellState::Fail | CellState::Flaky))
            || known.windows(2).any(|w| w[0] != w[1])
    }

    /// Returns the move into attempt `n` (an index), against the last attempt before it that knows
    /// the test's suite.
    pub fn transition(&self, n: usize) -> Option<Transition> {
        let now = self.cells.get(n)?.state;
        let before = self
            .cells
            .get(..n)?
            .iter()
            .rev()
            .map(|c| c.state)
            .find(|s| *s != CellState::Unknown)?;
        use CellState::{Absent, Fail, Flaky, Pass, Skip, Unknown};
        match (before, now) {
            (Fail, Pass | Flaky) => Some(Transition::Fixed),
            (Fail, Fail) => Some(Transition::StillFailing),
            (Pass | Flaky | Skip | Absent, Fail) => Some(Transition::Broke),
            (Pass | Flaky | Fail, Skip) => Some(Transition::NewlySkipped),
            (Pass | Flaky | Fail | Skip, Absent) => Some(Transition::Disappeared),
            (Absent, Pass | Flaky | Skip) => Some(Transition::New),
            (Skip, Pass | Flaky) => Some(Transition::NoLongerSkipped),
            (_, Unknown)
            | (Unknown, _)
            | (Pass | Flaky, Pass | Flaky)
            | (Skip, Skip)
            | (Absent, Absent) => None,
        }
    }
}

/// Counts of one attempt, over all of its suites, last try of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub passed: usize,
    pub failed: usize,
    pub skipped: usize,
    pub flaky: usize,
}

impl Counts {
    /// Returns how many tests there are in all.
    pub fn total(self) -> usize {
        self.passed + self.failed + self.skipped + self.flaky
    }
}

/// All tests over all attempts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matrix {
    pub rows: Vec<TestRow>,
    /// By attempt; `None` where no results are known.
    pub counts: Vec<Option<Counts>>,
}

impl Matrix {
    /// Finds a row by its key.
    pub fn row(&self, key: &TestKey) -> Option<&TestRow> {
        self.rows
            .binary_search_by(|r| r.key.cmp(key))
            .ok()
            .and_then(|i| self.rows.get(i))
    }

    /// Finds the rows that a person's text names: the whole key, or its end from a `::` on.
    pub fn find(&self, query: &str) -> Vec<&TestRow> {
        let exact: Vec<_> = self.rows.iter().filter(|r| r.key.0 == query).collect();
        if exact.is_empty() {
            self.rows.iter().filter(|r| r.key.matches(query)).collect()
        } else {
            exact
        }
    }

    /// Iterates over the rows a reviewer should see.
    pub fn notable(&self) -> impl Iterator<Item = &TestRow> {
        self.rows.iter().filter(|r| r.is_notable())
    }
}

/// Name of the suite a report belongs to, the same over tries and attempts: the artifact's name
/// without digits at its end, and the file.
pub fn family(report: &TestReport) -> String {
    let name = report.origin.artifact_name.as_deref().unwrap_or("");
    let name = name
        .trim_end_matches(|c: char| c.is_ascii_digit())
        .trim_end_matches(['-', '_', '.'])
        .trim_end_matches("try")
        .trim_end_matches("attempt")
        .trim_end_matches(['-', '_', '.']);
    format!("{name}/{}", report.origin.file)
}

/// A row being built.
struct Growing {
    /// The suites that know the test, by number.
    families: Vec<usize>,
    row: TestRow,
}

/// Builds the matrix for the given heads, one column each.
pub fn build(facts: &ChangeFacts, heads: &[Sha]) -> Matrix {
    let mut rows: Vec<Growing> = Vec::new();
    let mut places: HashMap<TestKey, usize> = HashMap::new();
    // A test of one suite is not "absent" where only another suite ran.
    let mut names: Vec<String> = Vec::new();
    let mut families: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); heads.len()];
    let mut order: Vec<usize> = (0..facts.reports.len()).collect();
    order.sort_by_key(|i| facts.reports.get(*i).map(|r| r.origin.run_try.unwrap_or(1)));
    for index in order {
        let Some(report) = facts.reports.get(index) else {
            continue;
        };
        let Some(column) = heads.iter().position(|h| *h == report.origin.head) else {
            continue;
        };
        let name = family(report);
        let family = names.iter().position(|n| *n == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        });
        if let Some(known) = families.get_mut(column) {
            known.insert(family);
        }
        let run_try = report.origin.run_try.unwrap_or(1);
        for case in &report.cases {
            let place = *places.entry(case.key()).or_insert_with_key(|key| {
                rows.push(Growing {
                    families: Vec::new(),
                    row: TestRow {
                        key: key.clone(),
                        cells: vec![Cell::empty(CellState::Unknown); heads.len()],
                        properties: Vec::new(),
                    },
                });
                rows.len() - 1
            });
            let Some(Growing { families, row }) = rows.get_mut(place) else {
                continue;
            };
            if !families.contains(&family) {
                families.push(family);
            }
            if row.properties.is_empty() {
                row.properties.clone_from(&case.properties);
            }
            if let Some(cell) = row.cells.get_mut(column) {
                cell.tries.push((run_try, case.outcome));
                cell.report = Some(index);
                cell.message.clone_from(&case.message);
                cell.text.clone_from(&case.text);
                cell.retries = case.retries.len();
                cell.state = joined(&cell.tries, case.retries.len());
            }
        }
    }
    let settled = |grown: Growing| {
        let mut row = grown.row;
        for (cell, known) in row.cells.iter_mut().zip(&families) {
            let ran = || grown.families.iter().any(|f| known.contains(f));
            if cell.state == CellState::Unknown && ran() {
                cell.state = CellState::Absent;
            }
        }
        row
    };
    let mut rows: Vec<TestRow> = rows.into_iter().map(settled).collect();
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    let counts = families
        .iter()
        .enumerate()
        .map(|(column, known)| (!known.is_empty()).then(|| count(&rows, column)))
        .collect();
    Matrix { rows, counts }
}

/// Joins the outcomes of several tries, in order: the last one counts, and both pass and failure
/// on one commit is flaky. A retry inside the file that ended in a pass is flaky too.
fn joined(tries: &[(u64, Outcome)], retries: usize) -> CellState {
    let last = tries.last().map_or(Outcome::Skipped, |(_, o)| *o);
    let failed_before = tries.iter().any(|(_, o)| o.failed()) || retries > 0;
    match last {
        Outcome::Passed if failed_before => CellState::Flaky,
        Outcome::Passed => CellState::Pass,
        Outcome::Failed | Outcome::Error => CellState::Fail,
        Outcome::Skipped | Outcome::Disabled => CellState::Skip,
    }
}

fn count(rows: &[TestRow], column: usize) -> Counts {
    let mut counts = Counts::default();
    for state in rows
        .iter()
        .filter_map(|r| r.cells.get(column))
        .map(|c| c.state)
    {
        match state {
            CellState::Pass => counts.passed += 1,
            CellState::Fail => counts.failed += 1,
            CellState::Skip => counts.skipped += 1,
            CellState::Flaky => counts.flaky += 1,
            CellState::Absent | CellState::Unknown => {}
        }
    }
    counts
}
