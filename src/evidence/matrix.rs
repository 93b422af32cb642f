//! Attempts × tests. Three levels of repetition are kept apart: retries inside a result file, tries
//! of a run on the same commit, and attempts (new commits).

mod apart;
mod build;

use serde::{Deserialize, Serialize};

use crate::model::{Outcome, TestKey, Verdict, Word};

pub use build::build;
pub(super) use build::untried;

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
    pub message: Word,
    pub text: Word,
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
            message: Word::default(),
            text: Word::default(),
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
    /// As the newest result names it.
    pub class: Word,
    pub name: Word,
    pub suite: Word,
    pub file: Option<Word>,
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
    /// By report and case, which row it is in; empty where the report is of no attempt.
    pub(super) places: Vec<Vec<u32>>,
}

impl Matrix {
    /// Finds a row by its key.
    pub fn row(&self, key: &TestKey) -> Option<&TestRow> {
        self.rows
            .binary_search_by(|r| r.key.cmp(key))
            .ok()
            .and_then(|i| self.rows.get(i))
    }

    /// Finds the row that a case of a report is in.
    pub fn row_of(&self, report: usize, case: usize) -> Option<&TestRow> {
        let place = self.places.get(report)?.get(case)?;
        self.rows.get(usize::try_from(*place).ok()?)
    }

    /// Finds the rows that a person's text names: the whole key, or its end from a `::` on.
    pub fn find(&self, query: &str) -> Vec<&TestRow> {
        let exact: Vec<_> = self
            .rows
            .iter()
            .filter(|r| r.key.to_string() == query)
            .collect();
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
