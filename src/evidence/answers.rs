//! What became of every test that failed, was skipped or vanished, by attempt.
//!
//! Why a test passes again is said by what lies between the commit where it failed first and the one
//! where it passes: "fixed by code" only where all of it that concerns tests was understood.

use serde::{Deserialize, Serialize};

use super::{
    attempts::Attempt,
    matrix::{CellState, Matrix, TestRow, Transition},
    responses::{Label, Response},
};
use crate::{
    formats::test_side::{self, Change, Touch},
    model::{ChangeFacts, HeadDelta, TestKey},
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
pub fn build(
    facts: &ChangeFacts,
    attempts: &[Attempt],
    matrix: &Matrix,
    responses: &[Vec<Response>],
) -> Vec<Vec<Answer>> {
    (0..responses.len())
        .map(|n| {
            let rows = matrix.rows.iter();
            let answers = rows.filter_map(|row| {
                let between = |since: usize| -> Option<Vec<&HeadDelta>> {
                    let after = attempts.get(since + 1..=n)?.iter();
                    after
                        .map(|a| facts.git.deltas.iter().find(|d| d.to == a.head))
                        .collect()
                };
                let done = responses.get(..=n)?;
                answer(row, row.transition(n)?, n, done, &between)
            });
            answers.collect()
        })
        .collect()
}

fn answer<'a>(
    row: &TestRow,
    transition: Transition,
    n: usize,
    responses: &[Vec<Response>],
    between: &dyn Fn(usize) -> Option<Vec<&'a HeadDelta>>,
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
            let code = responses.iter().skip(since + 1).flatten().any(|r| {
                matches!(
                    r.label,
                    Label::CodeFix | Label::DependencyChange | Label::Revert
                )
            });
            let (touch, unread) = match between(since) {
                Some(deltas) => touched(&deltas, &row.key),
                None => (Touch::NotAnalysed, "git objects are missing".to_owned()),
            };
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

/// One file over several differences: as it was before the first and after the last.
struct Net<'a> {
    path: &'a str,
    old: Option<&'a str>,
    new: Option<&'a str>,
    known: bool,
}

/// What several differences in a row did to a test, and what of them was not understood.
fn touched(deltas: &[&HeadDelta], test: &TestKey) -> (Touch, String) {
    let mut files: Vec<Net<'_>> = Vec::new();
    for file in deltas.iter().flat_map(|d| &d.files) {
        let patch = &file.patch;
        let known = !(patch.absent || patch.binary || patch.omitted > 0)
            && (file.old.is_some() || file.new.is_some());
        let before = patch.old_path.as_deref().filter(|p| *p != patch.path);
        if let Some(before) = before {
            // A file that moved is gone from where it was.
            match files.iter_mut().find(|f| f.path == before) {
                Some(net) => net.new = None,
                None => files.push(Net {
                    path: before,
                    old: file.old.as_deref(),
                    new: None,
                    known,
                }),
            }
        }
        match files.iter_mut().find(|f| f.path == patch.path) {
            Some(net) => {
                net.new = file.new.as_deref();
                net.known &= known;
            }
            None => files.push(Net {
                path: &patch.path,
                old: file.old.as_deref().filter(|_| before.is_none()),
                new: file.new.as_deref(),
                known,
            }),
        }
    }
    let mut worst = Touch::LeftAlone;
    let mut unread: Vec<&str> = Vec::new();
    for file in &files {
        let change = Change {
            path: file.path,
            old: file.old,
            new: file.new,
            known: file.known,
        };
        let touch = test_side::touch(&change, test);
        if touch == Touch::NotAnalysed {
            unread.push(file.path);
        }
        worst = worst.max(touch);
    }
    (worst, test_side::in_words(unread.into_iter()))
}

#[cfg(test)]
mod tests;
