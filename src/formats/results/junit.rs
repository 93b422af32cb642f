//! `JUnit` XML in all dialects, by the reader rules that hold on public corpora:
//!
//! 1. the root is any of `testsuites`, `testsuite`, `testrun`; names are local; open elements at
//!    the end are an error; DTDs and entities are never expanded;
//! 2. suites nest to any depth (bounded here);
//! 3. a case's result is its most severe child `error > failure > skipped`, else
//!    `status="disabled"`, else success;
//! 4. cases with neither name nor class are left out; numbers are read tolerantly;
//! 5. totals are kept twice: as declared by attributes, and as counted;
//! 6. badly escaped bytes are kept lossily.
//!
//! Retries inside a file come in four dialects (`flakyFailure`, `flakyError`, `rerunFailure`,
//! `rerunError`) and as duplicate rows with different outcomes.

mod entity;
mod status;

use std::collections::HashMap;

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};

use crate::model::{Outcome, Problem, Retry, RetryKind, TestCase, TestContent, Totals};

/// Nesting beyond this is refused: no runner writes it, and it costs memory.
const MAX_DEPTH: usize = 64;
/// Cases beyond this are counted but not kept.
const MAX_CASES: usize = 500_000;
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
    /// A property whose value stands as its text.
    Property,
    Other,
}

struct Open {
    kind: Kind,
    name: String,
}

#[derive(Default)]
struct SuiteFrame {
    name: String,
    /// As the suite's own attributes say.
    declared: Option<Totals>,
    /// As its cases and those of its suites add up.
    counted: Totals,
    /// Its own cases as counted, and its suites as declared: what stands in for missing attributes.
    derived: Totals,
}

impl SuiteFrame {
    fn bump(&mut self, step: impl Fn(&mut Totals)) {
        step(&mut self.counted);
        step(&mut self.derived);
    }
}

#[derive(Default)]
struct State {
    stack: Vec<Open>,
    suites: Vec<SuiteFrame>,
    case: Option<TestCase>,
    /// How the open case ended by its attributes.
    told: Option<Outcome>,
    property: String,
    text: String,
    message: String,
    cases: Vec<TestCase>,
    /// Declared and counted totals of the root, once it is closed.
    totals: (Totals, Totals),
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
                self.open_suite(tag);
                Kind::Suite
            }
            ("testcase", false) => {
                self.open_case(tag);
                Kind::Case
            }
            ("failure" | "error" | "skipped", true) => self.open_result(tag, None),
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
            _ => Kind::Other,
        };
        self.stack.push(Open { kind, name });
        Ok(())
    }

    fn open_suite(&mut self, tag: &BytesStart<'_>) {
        let number = |name: &str| attr(tag, name).and_then(|v| tolerant_number(&v));
        let declared = number("tests").map(|tests| Totals {
            tests,
            failures: number("failures").unwrap_or(0),
            errors: number("errors").unwrap_or(0),
            skipped: number("skipped").or(number("disabled")).unwrap_or(0),
        });
        self.suites.push(SuiteFrame {
            name: attr(tag, "name").unwrap_or_default(),
            declared,
            ..SuiteFrame::default()
        });
    }

    fn open_case(&mut self, tag: &BytesStart<'_>) {
        self.told = status::told(|name| attr(tag, name));
        self.case = Some(TestCase {
            class: attr(tag, "classname").unwrap_or_default(),
            name: attr(tag, "name").unwrap_or_default(),
            suite: self
                .suites
                .last()
                .map(|s| s.name.clone())
                .unwrap_or_default(),
            outcome: if self.told == Some(Outcome::Disabled) {
                Outcome::Disabled
            } else {
                Outcome::Passed
            },
            message: String::new(),
            text: String::new(),
            file: attr(tag, "file").filter(|f| !f.is_empty()),
            line: attr(tag, "line").and_then(|l| tolerant_number(&l)),
            millis: attr(tag, "time").and_then(|t| tolerant_millis(&t)),
            properties: attr(tag, "requirement")
                .map(|id| vec![("requirement".to_owned(), id)])
                .unwrap_or_default(),
            retries: Vec::new(),
        });
    }

    fn open_result(&mut self, tag: &BytesStart<'_>, retry: Option<RetryKind>) -> Kind {
        self.text.clear();
        self.message = attr(tag, "message").unwrap_or_default();
        Kind::Result(retry)
    }

    fn text(&mut self, text: &str) {
        let takes = |o: &Open| matches!(o.kind, Kind::Result(_) | Kind::Property);
        let inside = self.stack.iter().any(takes);
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
            Kind::Suite => self.close_suite(),
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

    fn close_result(&mut self, name: &str, retry: Option<RetryKind>) {
        let text = std::mem::take(&mut self.text).trim().to_owned();
        let message = std::mem::take(&mut self.message);
        let Some(case) = &mut self.case else { return };
        let first_line = || text.lines().next().unwrap_or("").to_owned();
        let message = if message.is_empty() {
            first_line()
        } else {
            message
        };
        if let Some(kind) = retry {
            case.retries.push(Retry { kind, message });
            return;
        }
        let outcome = match name {
            "error" => Outcome::Error,
            "failure" => Outcome::Failed,
            _ => Outcome::Skipped,
        };
        if let Some(suite) = self.suites.last_mut() {
            suite.bump(|t| match outcome {
                Outcome::Error => t.errors += 1,
                Outcome::Failed => t.failures += 1,
                _ => t.skipped += 1,
            });
        }
        // Most severe child wins; `Outcome` is ordered by severity.
        if outcome > case.outcome || case.outcome == Outcome::Passed {
            case.outcome = outcome;
            case.message = message;
            case.text = text;
        }
    }

    fn close_case(&mut self) {
        let Some(mut case) = self.case.take() else {
            return;
        };
        // What no child says an attribute may.
        if let Some(outcome) = self.told.take().filter(|o| *o > case.outcome) {
            if matches!(case.outcome, Outcome::Passed | Outcome::Skipped)
                && let Some(suite) = self.suites.last_mut()
            {
                suite.bump(|t| match outcome {
                    Outcome::Error => t.errors += 1,
                    Outcome::Failed => t.failures += 1,
                    _ => t.skipped += 1,
                });
            }
            case.outcome = outcome;
        }
        if case.name.is_empty() && case.class.is_empty() {
            self.nameless += 1;
            return;
        }
        if let Some(suite) = self.suites.last_mut() {
            suite.bump(|t| t.tests += 1);
        }
        if self.cases.len() < MAX_CASES {
            self.cases.push(case);
        } else {
            self.dropped += 1;
        }
    }

    fn close_suite(&mut self) {
        let Some(suite) = self.suites.pop() else {
            return;
        };
        let declared = suite.declared.unwrap_or(suite.derived);
        match self.suites.last_mut() {
            Some(parent) => {
                add(&mut parent.counted, suite.counted);
                add(&mut parent.derived, declared);
            }
            None => self.totals = (declared, suite.counted),
        }
    }

    fn finish(self, file: &str) -> Result<(TestContent, Vec<Problem>), JunitError> {
        if !self.stack.is_empty() || !self.root_seen {
            return Err(JunitError::Cut);
        }
        let (declared, counted) = self.totals;
        let mut problems = Vec::new();
        if self.nameless > 0 {
            let what = format!(
                "{} cases have neither name nor class and are left out",
                self.nameless
            );
            problems.push(Problem::warning(file, what));
        }
        if self.dropped > 0 {
            let what = format!(
                "{} cases beyond the first {MAX_CASES} are not kept",
                self.dropped
            );
            problems.push(Problem::warning(file, what));
        }
        let cases = fold_duplicates(self.cases);
        let report = TestContent {
            cases,
            declared,
            counted,
        };
        if report.totals_differ() {
            let what = format!(
                "the file says {} tests and {} failures, its cases add up to {} and {}",
                declared.tests,
                declared.failures + declared.errors,
                counted.tests,
                counted.failures + counted.errors,
            );
            problems.push(Problem::warning(file, what));
        }
        Ok((report, problems))
    }
}

fn add(to: &mut Totals, more: Totals) {
    to.tests += more.tests;
    to.failures += more.failures;
    to.errors += more.errors;
    to.skipped += more.skipped;
}

/// Folds rows of the same case into one where their outcomes differ: a retry, the last row counts.
/// Rows that agree are parameterised tests with equal names and stay apart.
fn fold_duplicates(cases: Vec<TestCase>) -> Vec<TestCase> {
    let mut groups: HashMap<(String, String, Option<String>), Vec<usize>> = HashMap::new();
    for (index, case) in cases.iter().enumerate() {
        let key = (case.class.clone(), case.name.clone(), case.file.clone());
        groups.entry(key).or_default().push(index);
    }
    let mut gone = vec![false; cases.len()];
    let mut cases = cases;
    for rows in groups.into_values().filter(|rows| rows.len() > 1) {
        let mixed = rows
            .iter()
            .any(|&i| cases[i].outcome != cases[rows[0]].outcome);
        let Some((&last, earlier)) = rows.split_last().filter(|_| mixed) else {
            continue;
        };
        for &index in earlier {
            gone[index] = true;
            if cases[index].outcome.failed() {
                let message = cases[index].message.clone();
                cases[last].retries.push(Retry {
                    kind: RetryKind::DuplicateCase,
                    message,
                });
            }
        }
    }
    let mut gone = gone.into_iter();
    cases.retain(|_| !gone.next().unwrap_or(false));
    cases
}

/// Returns an attribute by local name; a value that is badly escaped is kept as written.
fn attr(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    tag.attributes()
        .with_checks(false)
        .flatten()
        .find(|a| a.key.local_name().as_ref() == name)
        .map(|a| {
            a.normalized_value(XmlVersion::Implicit1_0).map_or_else(
                |_| a.value.clone().into_owned(),
                std::borrow::Cow::into_owned,
            )
        })
}

/// Reads `1,234` and `12.0` as numbers; anything else is no number.
fn tolerant_number(text: &str) -> Option<u64> {
    let text = text.trim().replace(',', "");
    let whole = text.split('.').next().unwrap_or("");
    whole.parse().ok()
}

/// Reads seconds with a point or, where there is no point, one decimal comma.
fn tolerant_millis(text: &str) -> Option<u64> {
    let text = text.trim();
    let text = if text.contains('.') {
        text.replace(',', "")
    } else {
        text.replace(',', ".")
    };
    let seconds: f64 = text.parse().ok()?;
    let millis = (seconds * 1000.0).round();
    if millis.is_finite() && (0.0..1e12).contains(&millis) {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to lie between 0 and 1e12"
        )]
        Some(millis as u64)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
