//! What became of every test that failed, was skipped or vanished, by attempt.
//!
//! Why a test passes again is said by what lies between the commit where it failed first and the one
//! where it passes: "fixed by code" only where all of it that concerns tests was understood. What that
//! is for which tests is asked for by [`asked`], found file by file with [`Touches`], and taken in with
//! the facts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    attempts::Attempt,
    matrix::{CellState, Matrix, TestRow, Transition},
};
use crate::{
    formats::test_side::{self, Change, Sides},
    model::{ChangeFacts, FilePair, Sha, TestKey, Touch},
};

/// What became of a test that failed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerKind {
    /// Passes; the test is unchanged and other code changed.
    FixedByCode,
    /// Passes after the test itself was made to check less.
    PassedByChangingTheTest,
    /// Passes; both the test and other code changed.
    PassedTestAndCodeChanged,
    /// Passes; something that the test may rest on changed and was not understood.
    PassesAgain,
    /// Passes though nothing that was seen explains it.
    PassedUnexplained,
    Skipped,
    Gone,
    StillFailing,
    /// Now fails, and did not before.
    Broke,
    /// Passed before, and is now skipped.
    SkippedThoughPassing,
    /// Passed before, and is now gone.
    GoneThoughPassing,
}

impl AnswerKind {
    /// Returns the words a person reads; facts, never motives.
    pub fn words(self) -> &'static str {
        match self {
            Self::FixedByCode => "fixed by code",
            Self::PassedByChangingTheTest => "passed by changing the test",
            Self::PassedTestAndCodeChanged => "passed; test and code both changed",
            Self::PassesAgain => "passes again; test changes not analysed",
            Self::PassedUnexplained => "passed; nothing seen explains it",
            Self::Skipped => "failing test skipped",
            Self::Gone => "failing test gone",
            Self::StillFailing => "still failing",
            Self::Broke => "broke",
            Self::SkippedThoughPassing => "passing test skipped",
            Self::GoneThoughPassing => "passing test gone",
        }
    }

    /// Returns the words with what was not analysed.
    pub fn words_with(self, not_analysed: Option<&str>) -> String {
        match not_analysed {
            Some(what) => format!("{} ({what})", self.words()),
            None => self.words().to_owned(),
        }
    }

    /// Tells whether a reviewer should look at it.
    pub fn wants_eyes(self) -> bool {
        !matches!(self, Self::FixedByCode)
    }
}

/// What became of one test in one attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub test: TestKey,
    pub kind: AnswerKind,
    /// Languages, or names of files, whose changes were not understood: `Python`, `pytest.ini`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_analysed: Option<String>,
}

impl Answer {
    /// Returns the words a person reads, with what was not analysed.
    pub fn words(&self) -> String {
        self.kind.words_with(self.not_analysed.as_deref())
    }
}

/// Finds the answers, one list an attempt.
pub fn build(facts: &ChangeFacts, attempts: &[Attempt], matrix: &Matrix) -> Vec<Vec<Answer>> {
    let touch = |since: usize, n: usize, test: &TestKey| {
        let (from, to) = (&attempts.get(since)?.head, &attempts.get(n)?.head);
        let mut touched = facts.git.touched.iter();
        let touched = touched.find(|t| t.from == *from && t.to == *to)?;
        let (touch, unread) = touched.tests.get(test)?;
        Some((*touch, touched.code, unread.clone()))
    };
    (0..attempts.len())
        .map(|n| {
            let rows = matrix.rows.iter();
            let answers = rows.filter_map(|row| {
                let touch = |since| touch(since, n, &row.key);
                answer(row, row.transition(n)?, n, &touch)
            });
            answers.collect()
        })
        .collect()
}

/// What has to be known of a difference: what it does to some tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub from: Sha,
    pub to: Sha,
    /// In their order, each once.
    pub tests: Vec<TestKey>,
}

/// Returns what has to be known: of each test that passes again, what lies between where its failure
/// began and where it passes.
pub fn asked(attempts: &[Attempt], matrix: &Matrix) -> Vec<Question> {
    let mut all: BTreeMap<(usize, usize), Vec<TestKey>> = BTreeMap::new();
    for row in &matrix.rows {
        for n in 0..attempts.len() {
            if row.transition(n) == Some(Transition::Fixed)
                && let Some(since) = first_failure(row, n)
            {
                all.entry((since, n)).or_default().push(row.key.clone());
            }
        }
    }
    all.into_iter()
        .filter_map(|((since, n), mut tests)| {
            tests.sort();
            tests.dedup();
            Some(Question {
                from: attempts.get(since)?.head.clone(),
                to: attempts.get(n)?.head.clone(),
                tests,
            })
        })
        .collect()
}

fn answer(
    row: &TestRow,
    transition: Transition,
    n: usize,
    touch: &dyn Fn(usize) -> Option<(Touch, bool, String)>,
) -> Option<Answer> {
    let before = row.cells.get(..n)?;
    let failed_before = before
        .iter()
        .rev()
        .map(|c| c.state)
        .find(|s| *s != CellState::Unknown)
        == Some(CellState::Fail);
    let mut not_analysed = None;
    let kind = match transition {
        Transition::StillFailing => AnswerKind::StillFailing,
        Transition::Broke => AnswerKind::Broke,
        Transition::NewlySkipped if failed_before => AnswerKind::Skipped,
        Transition::NewlySkipped => AnswerKind::SkippedThoughPassing,
        Transition::Disappeared if failed_before => AnswerKind::Gone,
        Transition::Disappeared => AnswerKind::GoneThoughPassing,
        Transition::New | Transition::NoLongerSkipped => return None,
        Transition::Fixed => {
            let since = first_failure(row, n)?;
            let missing = || {
                (
                    Touch::NotAnalysed,
                    false,
                    "git objects are missing".to_owned(),
                )
            };
            let (touch, code, unread) = touch(since).unwrap_or_else(missing);
            let kind = fixed(touch, code);
            not_analysed = Some(unread).filter(|_| kind == AnswerKind::PassesAgain);
            kind
        }
    };
    Some(Answer {
        test: row.key.clone(),
        kind,
        not_analysed,
    })
}

/// The attempt in which the failure began that ends before attempt `n`.
fn first_failure(row: &TestRow, n: usize) -> Option<usize> {
    let before = row.cells.get(..n)?.iter().enumerate().rev();
    before
        .filter(|(_, c)| c.state != CellState::Unknown)
        .take_while(|(_, c)| c.state == CellState::Fail)
        .last()
        .map(|(at, _)| at)
}

/// Why a test that failed passes now.
fn fixed(touch: Touch, code: bool) -> AnswerKind {
    match (touch, code) {
        (Touch::Weakened, _) | (Touch::Changed, false) => AnswerKind::PassedByChangingTheTest,
        (Touch::Changed, true) => AnswerKind::PassedTestAndCodeChanged,
        (Touch::NotAnalysed, _) => AnswerKind::PassesAgain,
        (Touch::LeftAlone, true) => AnswerKind::FixedByCode,
        (Touch::LeftAlone, false) => AnswerKind::PassedUnexplained,
    }
}

/// What a difference does to some tests, file by file.
#[derive(Debug)]
pub struct Touches<'a> {
    tests: &'a [TestKey],
    code: bool,
    /// Whether all contents are here.
    whole: bool,
    /// By test: the worst, and the paths of what was not understood.
    found: BTreeMap<&'a TestKey, (Touch, Vec<String>)>,
}

impl<'a> Touches<'a> {
    pub fn new(tests: &'a [TestKey]) -> Self {
        Self {
            tests,
            code: false,
            whole: true,
            found: BTreeMap::new(),
        }
    }

    /// Tells whether all contents were here: what is said of the others may be said better later.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Tells whether anything but tests and what steers them differs.
    pub fn code(&self) -> bool {
        self.code
    }

    /// Takes in the next file.
    pub fn file(&mut self, file: &FilePair) {
        self.code |= test_side::is_code(file);
        self.whole &= !file.absent;
        let change = Change {
            path: &file.path,
            old: file.old.as_deref(),
            new: file.new.as_deref(),
            known: file.known,
        };
        let Some(before) = file.old_path.as_deref().filter(|p| *p != file.path) else {
            return self.change(change);
        };
        // A file that moved is gone from where it was.
        self.change(Change {
            path: before,
            new: None,
            ..change
        });
        self.change(Change {
            old: None,
            ..change
        });
    }

    fn change(&mut self, change: Change<'_>) {
        let sides = Sides::of(change);
        for test in self.tests {
            let touch = sides.touch(test);
            if touch == Touch::LeftAlone {
                continue;
            }
            let none = || (Touch::LeftAlone, Vec::new());
            let (worst, unread) = self.found.entry(test).or_insert_with(none);
            *worst = touch.max(*worst);
            if touch == Touch::NotAnalysed {
                unread.push(change.path.to_owned());
            }
        }
    }

    /// Returns what was done to tests, with what was not analysed, in words. A test that is not named was
    /// left alone.
    pub fn finish(self) -> BTreeMap<TestKey, (Touch, String)> {
        let said = |(test, (touch, unread)): (&TestKey, (Touch, Vec<String>))| {
            let words = test_side::in_words(unread.iter().map(String::as_str));
            (test.clone(), (touch, words))
        };
        self.found.into_iter().map(said).collect()
    }
}

#[cfg(test)]
mod tests;
