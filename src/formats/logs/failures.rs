//! Failed tests that the log of a job names, and how many its runner counts. Only failures are read: what
//! a log does not show to have failed has not passed by that.

mod cargo;
mod go;
mod jvm;
mod others;
mod pytest;
mod scripts;

use std::collections::HashMap;

use super::plain;
use crate::model::{Outcome, TestCase, TestContent, Totals, Word};

/// Failed tests of one log that are kept.
const MAX_FAILED: usize = 2_000;
/// Bytes of one failure text that are kept.
const MAX_TEXT: usize = 8 * 1024;

/// What one runner says in a log.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    failed: Vec<TestCase>,
    /// As its summary counts them; absent where it writes none.
    count: Option<u64>,
    /// Lines that name more failures than are kept.
    left_out: u64,
    /// Where each failed test stands, by class, name and leg.
    places: HashMap<[Word; 3], usize>,
}

impl Told {
    /// Adds a failed test, unless it is there: most runners name it twice.
    fn add(&mut self, case: TestCase) {
        let key = [case.class.clone(), case.name.clone(), case.leg.clone()];
        let place = self.places.get(&key);
        if let Some(known) = place.and_then(|at| self.failed.get_mut(*at)) {
            if known.message.is_empty() {
                known.message = case.message;
            }
            if known.text.is_empty() {
                known.text = case.text;
            }
        } else if self.failed.len() >= MAX_FAILED {
            self.left_out += 1;
        } else {
            self.places.insert(key, self.failed.len());
            self.failed.push(case);
        }
    }

    fn count(&mut self, more: u64) {
        self.count = Some(self.count.unwrap_or(0).saturating_add(more));
    }
}

/// A failed test, of which no more is known.
fn failed(class: &str, name: &str) -> TestCase {
    TestCase::named(class, name, Outcome::Failed)
}

/// Joins lines to the text of a failure, and takes its first line that says something for the message.
fn with_text(mut case: TestCase, lines: &[&str]) -> TestCase {
    let mut text = lines.join("\n").trim().to_owned();
    let end = text.floor_char_boundary(MAX_TEXT);
    text.truncate(end);
    if case.message.is_empty() {
        case.message = crate::formats::results::headline("", &text).into();
    }
    case.text = text.into();
    case
}

/// The number before a word: `3 failed`.
fn number_before(line: &str, word: &str) -> Option<u64> {
    let mut before = None;
    for token in line.split(|c: char| c.is_whitespace() || matches!(c, ',' | '|' | '(' | ')' | ';'))
    {
        if token.trim_end_matches('s') == word.trim_end_matches('s') {
            return before;
        }
        if !token.is_empty() {
            before = token.parse().ok();
        }
    }
    None
}

/// Takes the colours out of a line.
pub(super) fn uncoloured(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            text.push(c);
        } else if chars.next_if_eq(&'[').is_some() {
            // Its end may be missing: what cannot be part of it is the line's own.
            while chars.next_if(|c| (' '..='?').contains(c)).is_some() {}
            chars.next_if(|c| ('@'..='~').contains(c));
        } else if chars.next_if(|c| matches!(c, '(' | ')')).is_some() {
            // The choice of a character set stands before the end of a colour in some terminals.
            chars.next();
        }
    }
    text
}

/// Reads the failed tests of a log. Its totals hold the failures that the runners count, which may be more
/// than are named.
pub fn failed_tests(bytes: &[u8]) -> TestContent {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<String> = text.lines().map(plain).map(uncoloured).collect();
    let lines: Vec<&str> = lines.iter().map(|l| l.trim_end()).collect();
    let readers: [fn(&[&str]) -> Told; 10] = [
        cargo::libtest,
        cargo::nextest,
        pytest::read,
        go::read,
        scripts::jest_and_vitest,
        scripts::mocha,
        scripts::playwright,
        jvm::surefire,
        jvm::gradle,
        others::read,
    ];
    let (mut cases, mut count, mut unread) = (Vec::new(), 0_u64, 0_u64);
    for read in readers {
        let told = read(&lines);
        let named = told.failed.len() as u64;
        count = count.saturating_add(told.count.unwrap_or(named).max(named));
        unread += told.left_out;
        cases.extend(told.failed);
    }
    if cases.len() > MAX_FAILED {
        unread += (cases.len() - MAX_FAILED) as u64;
        cases.truncate(MAX_FAILED);
    }
    let counted = Totals {
        tests: cases.len() as u64,
        failures: cases.len() as u64,
        ..Totals::default()
    };
    let declared = Totals {
        failures: count,
        ..counted
    };
    TestContent {
        cases,
        declared,
        counted,
        unread,
    }
}

#[cfg(test)]
mod tests;
