//! `JUnit` XML in all dialects, by the reader rules that hold on public corpora:
//!
//! 1. the root is any of `testsuites`, `testsuite`, `testrun`; names are local; open elements at
//!    the end are an error; DTDs and entities are never expanded;
//! 2. suites nest to any depth (bounded here);
//! 3. a case's result is its most severe child `error > failure > skipped`, else
//!    `status="disabled"`, else success; a failure beside the cases is one of its suite;
//! 4. cases with neither name nor class are numbered; numbers are read tolerantly;
//! 5. totals are kept twice: as declared by attributes, and as counted; what a suite within another
//!    declares to have failed, the outer one does not take back;
//! 6. badly escaped bytes are kept lossily.
//!
//! Retries inside a file come in four dialects: `flakyFailure`, `flakyError`, `rerunFailure`,
//! `rerunError`. Two rows of one name are two tests.

mod entity;
mod numbers;
mod suites;
mod words;

use numbers::{millis, number};
use suites::Suites;
use words::Words;

use super::ended;

use std::borrow::Cow;

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event, attributes::Attribute},
};

use crate::model::{Outcome, Problem, Retry, RetryKind, TestCase, TestContent};

/// Nesting beyond this is refused: no runner writes it, and it costs memory.
const MAX_DEPTH: usize = 64;
/// Cases beyond this are counted but not kept.
const MAX_CASES: usize = 500_000;
/// Cases that are kept beyond those, where they failed.
const MAX_FAILED: usize = 100_000;
/// Bytes of one failure text that are kept.
const MAX_TEXT: usize = 64 * 1024;

/// Why a file as a whole is no `JUnit` report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JunitError {
    #[error("is not well-formed XML ({0})")]
    Xml(String),
    #[error("has the root element `{0}`, not testsuites, testsuite or testrun")]
    Root(String),
    #[error("ends inside an open element; it may have been cut")]
    Cut,
    #[error("nests deeper than {MAX_DEPTH} elements")]
    Depth,
}

/// Reads a `JUnit` file. The problems name single items that could not be read.
pub fn read_junit(bytes: &[u8], file: &str) -> Result<(TestContent, Vec<Problem>), JunitError> {
    let mut state = State::default();
    let text = crate::formats::encoding::decode(bytes);
    let mut reader = Reader::from_str(&text);
    let config = reader.config_mut();
    config.check_end_names = true;
    config.allow_dangling_amp = true;
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => state.open(&tag)?,
            Ok(Event::Empty(tag)) => {
                state.open(&tag)?;
                state.close();
            }
            Ok(Event::End(_)) => state.close(),
            Ok(Event::Text(text)) => state.text(text.as_ref()),
            Ok(Event::CData(data)) => state.text(data.as_ref()),
            Ok(Event::GeneralRef(name)) => state.reference(name.as_ref()),
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => {
                let place = reader.error_position();
                return Err(JunitError::Xml(format!("{error}, at byte {place}")));
            }
        }
    }
    state.finish(file)
}

/// What an open element is, as far as the reader cares.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Suite,
    Case,
    /// A child of a case that says how it ended, or a repeated execution.
    Result(Option<RetryKind>),
    /// A failure beside the cases of a suite.
    Outside,
    /// A property whose value stands as its text.
    Property,
    Other,
}

struct Open {
    kind: Kind,
    name: String,
}

#[derive(Default)]
struct State {
    stack: Vec<Open>,
    suites: Suites,
    words: Words,
    case: Option<TestCase>,
    /// How the open case ended by its attributes.
    told: Option<Outcome>,
    property: String,
    text: String,
    message: String,
    cases: Vec<TestCase>,
    root_seen: bool,
    nameless: u64,
    dropped: u64,
}

impl State {
    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), JunitError> {
        let name = tag.local_name().as_ref().to_owned();
        if self.stack.len() >= MAX_DEPTH {
            return Err(JunitError::Depth);
        }
        if !self.root_seen {
            self.root_seen = true;
            if !matches!(name.as_str(), "testsuites" | "testsuite" | "testrun") {
                return Err(JunitError::Root(name));
            }
        }
        let kind = match (name.as_str(), self.case.is_some()) {
            ("testsuites" | "testsuite" | "testrun", false) => {
                self.suites.open(tag);
                Kind::Suite
            }
            ("testcase", false) => {
                self.open_case(tag);
                Kind::Case
            }
            ("failure" | "error" | "skipped", true) => self.open_result(tag, None),
            ("failure" | "error", false) => {
                self.open_result(tag, None);
                Kind::Outside
            }
            ("flakyFailure", true) => self.open_result(tag, Some(RetryKind::FlakyFailure)),
            ("flakyError", true) => self.open_result(tag, Some(RetryKind::FlakyError)),
            ("rerunFailure", true) => self.open_result(tag, Some(RetryKind::RerunFailure)),
            ("rerunError", true) => self.open_result(tag, Some(RetryKind::RerunError)),
            ("property", true) => {
                let name = attr(tag, "name").unwrap_or_default();
                if let (Some(case), Some(value)) = (&mut self.case, attr(tag, "value")) {
                    case.properties.push((name, value));
                    Kind::Other
                } else {
                    // The value stands as the text of the element.
                    self.text.clear();
                    self.property = name;
                    Kind::Property
                }
            }
            ("property", false) => {
                self.suites.property(tag);
                Kind::Other
            }
            _ => Kind::Other,
        };
        self.stack.push(Open { kind, name });
        Ok(())
    }

    fn open_case(&mut self, tag: &BytesStart<'_>) {
        let mut case = TestCase {
            suite: self.suites.path(),
            leg: self.suites.leg(),
            ..TestCase::named("", "", Outcome::Passed)
        };
        self.told = None;
        for attribute in tag.attributes().with_checks(false).flatten() {
            let value = || text_of(&attribute);
            match attribute.key.local_name().as_ref() {
                "name" => case.name = value().into(),
                "classname" => case.class = self.words.share(&value()),
                "file" => {
                    let file = Some(value()).filter(|f| !f.is_empty());
                    case.file = file.map(|f| self.words.share(&f));
                }
                "line" => case.line = number(&value()),
                "time" => case.millis = millis(&value()),
                "requirement" => {
                    let named = ("requirement".to_owned(), value().into_owned());
                    case.properties.push(named);
                }
                name if ended::is_told_by(name) => {
                    self.told = self.told.max(ended::outcome(&value()));
                }
                _ => {}
            }
        }
        case.file = case.file.or_else(|| self.suites.file());
        if self.told == Some(Outcome::Disabled) {
            case.outcome = Outcome::Disabled;
        }
        self.case = Some(case);
    }

    fn open_result(&mut self, tag: &BytesStart<'_>, retry: Option<RetryKind>) -> Kind {
        self.text.clear();
        self.message = attr(tag, "message").unwrap_or_default();
        Kind::Result(retry)
    }

    fn text(&mut self, text: &str) {
        let takes = |o: &Open| matches!(o.kind, Kind::Result(_) | Kind::Outside | Kind::Property);
        let inside = self.stack.iter().rev().any(takes);
        if inside && self.text.len() < MAX_TEXT {
            self.text.push_str(text);
        }
    }

    /// Resolves the predefined entities and character references; any other is kept as written.
    fn reference(&mut self, name: &str) {
        let resolved = entity::resolve(name);
        self.text(&resolved);
    }

    fn close(&mut self) {
        let Some(open) = self.stack.pop() else { return };
        match open.kind {
            Kind::Result(retry) => self.close_result(&open.name, retry),
            Kind::Case => self.close_case(),
            Kind::Suite => self.suites.close(),
            Kind::Outside => self.close_outside(&open.name),
            Kind::Property => {
                let value = std::mem::take(&mut self.text).trim().to_owned();
                let name = std::mem::take(&mut self.property);
                if let Some(case) = &mut self.case {
                    case.properties.push((name, value));
                }
            }
            Kind::Other => {}
        }
    }

    /// Takes what was said of the failure that ends here: its message, and its text.
    fn said(&mut self) -> (String, String) {
        let text = std::mem::take(&mut self.text).trim().to_owned();
        let mut message = std::mem::take(&mut self.message);
        if message.is_empty() {
            text.lines().next().unwrap_or("").clone_into(&mut message);
        }
        (message, text)
    }

    fn close_result(&mut self, name: &str, retry: Option<RetryKind>) {
        let (message, text) = self.said();
        let Some(case) = &mut self.case else { return };
        if let Some(kind) = retry {
            case.retries.push(Retry { kind, message });
            return;
        }
        let outcome = outcome_of(name);
        self.suites.ended(outcome);
        // Most severe child wins; `Outcome` is ordered by severity.
        if outcome > case.outcome || case.outcome == Outcome::Passed {
            case.outcome = outcome;
            case.message = message.into();
            case.text = text.into();
        }
    }

    /// A failure of a suite itself: its set-up broke, or what stands outside of its tests.
    fn close_outside(&mut self, name: &str) {
        let (message, text) = self.said();
        let outcome = outcome_of(name);
        self.suites.ended(outcome);
        let case = TestCase {
            suite: self.suites.path(),
            leg: self.suites.leg(),
            message: message.into(),
            text: text.into(),
            file: self.suites.file(),
            ..TestCase::named(&self.suites.name(), "(outside of a test)", outcome)
        };
        self.keep(case);
    }

    fn close_case(&mut self) {
        let Some(mut case) = self.case.take() else {
            return;
        };
        // What no child says an attribute may.
        if let Some(outcome) = self.told.take().filter(|o| *o > case.outcome) {
            if matches!(case.outcome, Outcome::Passed | Outcome::Skipped) {
                self.suites.ended(outcome);
            }
            case.outcome = outcome;
        }
        // A re-run stands beside the failure of a case that failed for good: without one it is the only
        // word on how the case ended. What ended well is told by `flakyFailure`.
        let failed_again = case.retries.iter().find_map(|retry| match retry.kind {
            RetryKind::RerunFailure => Some((Outcome::Failed, &retry.message)),
            RetryKind::RerunError => Some((Outcome::Error, &retry.message)),
            _ => None,
        });
        if let Some((outcome, message)) = failed_again.filter(|_| case.outcome == Outcome::Passed) {
            case.message = message.as_str().into();
            case.outcome = outcome;
            self.suites.ended(outcome);
        }
        if case.name.is_empty() && case.class.is_empty() {
            self.nameless += 1;
            case.name = format!("(unnamed case {})", self.nameless).into();
        }
        self.suites.count();
        self.keep(case);
    }

    fn keep(&mut self, case: TestCase) {
        if has_room(self.cases.len(), case.outcome) {
            self.cases.push(case);
        } else {
            self.dropped += 1;
        }
    }

    fn finish(mut self, file: &str) -> Result<(TestContent, Vec<Problem>), JunitError> {
        if !self.stack.is_empty() || !self.root_seen {
            return Err(JunitError::Cut);
        }
        let (declared, counted) = self.suites.totals;
        let mut problems = Vec::new();
        if self.nameless > 0 {
            let what = format!(
                "{} without a name or class",
                crate::text::counted(self.nameless, "case")
            );
            problems.push(Problem::warning(file, what));
        }
        if self.dropped > 0 {
            let what = format!(
                "{} cases beyond the first {MAX_CASES} are only counted",
                self.dropped
            );
            problems.push(Problem::warning(file, what));
        }
        self.cases.shrink_to_fit();
        let report = TestContent {
            cases: self.cases,
            declared,
            counted,
            unread: self.dropped,
        };
        if report.totals_differ() {
            let what = format!(
                "the file says {} tests and {} failures, its cases add up to {} and {}",
                declared.tests,
                declared.failed(),
                counted.tests,
                counted.failed(),
            );
            problems.push(Problem::warning(file, what));
        }
        Ok((report, problems))
    }
}

/// Tells whether one more case is kept. What failed is kept where others are only counted.
fn has_room(kept: usize, outcome: Outcome) -> bool {
    let more = if outcome.failed() { MAX_FAILED } else { 0 };
    kept < MAX_CASES + more
}

fn outcome_of(name: &str) -> Outcome {
    match name {
        "error" => Outcome::Error,
        "failure" => Outcome::Failed,
        _ => Outcome::Skipped,
    }
}

/// Returns an attribute by local name.
fn attr(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    tag.attributes()
        .with_checks(false)
        .flatten()
        .find(|a| a.key.local_name().as_ref() == name)
        .map(|a| text_of(&a).into_owned())
}

/// Returns the value of an attribute; one that is badly escaped is kept as written.
fn text_of<'a>(attribute: &'a Attribute<'_>) -> Cow<'a, str> {
    let value = attribute.normalized_value(XmlVersion::Implicit1_0);
    value.unwrap_or(Cow::Borrowed(&attribute.value))
}

#[cfg(test)]
mod tests;
