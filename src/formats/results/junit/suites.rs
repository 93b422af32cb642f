//! The suites around a case: their names, what their attributes declare, and what they add up to.

use quick_xml::events::BytesStart;

use super::{attr, numbers::number};
use crate::model::{Outcome, Totals, Word};

/// Properties of a suite that tell on what it ran.
const LEGS: &[&str] = &[
    "project",
    "browser",
    "browsername",
    "browser.name",
    "device",
    "platform",
];

/// Bytes of the names of suites that are kept with a case: each suite within others has all of theirs.
const MAX_NAMES: usize = 4096;

/// What the attributes of a suite say.
#[derive(Default)]
struct Declared {
    tests: Option<u64>,
    failures: Option<u64>,
    errors: Option<u64>,
    skipped: Option<u64>,
}

impl Declared {
    fn of(tag: &BytesStart<'_>) -> Self {
        let told = |name: &str| attr(tag, name).and_then(|v| number(&v));
        Self {
            tests: told("tests"),
            failures: told("failures"),
            errors: told("errors"),
            skipped: told("skipped").or_else(|| told("disabled")),
        }
    }

    /// Its totals, by what stands in it where an attribute is missing.
    fn totals(&self, derived: Totals) -> Totals {
        Totals {
            tests: self.tests.unwrap_or(derived.tests),
            failures: self.failures.unwrap_or(derived.failures),
            errors: self.errors.unwrap_or(derived.errors),
            skipped: self.skipped.unwrap_or(derived.skipped),
        }
    }
}

#[derive(Default)]
struct Frame {
    /// Empty for `testsuites`, which only holds the others.
    name: Word,
    file: Option<Word>,
    legs: Vec<String>,
    /// Names of the suites up to it, and on what they ran.
    path: Word,
    leg: Word,
    declared: Declared,
    /// As its cases and those of its suites add up.
    counted: Totals,
    /// Its own cases as counted, and its suites as declared: what stands in for missing attributes.
    derived: Totals,
    /// Failures that its suites declare.
    within: Totals,
}

/// The suites that are open.
#[derive(Default)]
pub(super) struct Suites {
    open: Vec<Frame>,
    /// Declared and counted totals of the root, once it is closed.
    pub totals: (Totals, Totals),
}

fn add(to: &mut Totals, more: Totals) {
    to.tests = to.tests.saturating_add(more.tests);
    to.failures = to.failures.saturating_add(more.failures);
    to.errors = to.errors.saturating_add(more.errors);
    to.skipped = to.skipped.saturating_add(more.skipped);
}

/// Joins names from the innermost outwards, as far as there is room.
fn joined<'a>(names: impl DoubleEndedIterator<Item = &'a str>, by: &str) -> Word {
    let mut kept: Vec<&str> = Vec::new();
    let mut room = MAX_NAMES;
    for name in names.rev() {
        let Some(rest) = room.checked_sub(name.len()) else {
            kept.push(name.get(..name.floor_char_boundary(room)).unwrap_or(""));
            break;
        };
        kept.push(name);
        room = rest;
    }
    kept.reverse();
    kept.join(by).into()
}

impl Suites {
    pub(super) fn open(&mut self, tag: &BytesStart<'_>) {
        let is_wrapper = tag.local_name().as_ref() == "testsuites";
        let name = attr(tag, "name").filter(|_| !is_wrapper);
        let host = attr(tag, "hostname").filter(|h| !h.is_empty());
        let around = self.open.last();
        let file = attr(tag, "file").filter(|f| !f.is_empty());
        self.open.push(Frame {
            file: file.map_or_else(|| around?.file.clone(), |f| Some(f.into())),
            path: around.map(|f| f.path.clone()).unwrap_or_default(),
            leg: around.map(|f| f.leg.clone()).unwrap_or_default(),
            name: name.unwrap_or_default().into(),
            legs: host.into_iter().collect(),
            declared: Declared::of(tag),
            ..Frame::default()
        });
        let named = self.open.last().is_some_and(|f| !f.name.is_empty());
        if named {
            let names = self.open.iter().map(|f| &*f.name);
            let path = joined(names.filter(|n| !n.is_empty()), " › ");
            self.in_last(|frame| frame.path = path);
        }
        self.told_leg();
    }

    /// Takes in that the innermost suite ran on something more.
    fn told_leg(&mut self) {
        if self.open.last().is_some_and(|f| !f.legs.is_empty()) {
            let legs = self.open.iter().flat_map(|f| &f.legs);
            let leg = joined(legs.map(String::as_str), ", ");
            self.in_last(|frame| frame.leg = leg);
        }
    }

    fn in_last(&mut self, step: impl FnOnce(&mut Frame)) {
        if let Some(frame) = self.open.last_mut() {
            step(frame);
        }
    }

    /// Takes in a property of the innermost suite.
    pub(super) fn property(&mut self, tag: &BytesStart<'_>) {
        let name = attr(tag, "name").unwrap_or_default().to_ascii_lowercase();
        if LEGS.contains(&name.as_str())
            && let Some(value) = attr(tag, "value").filter(|v| !v.is_empty())
        {
            self.in_last(|frame| frame.legs.push(value));
            self.told_leg();
        }
    }

    /// The name of the innermost suite.
    pub(super) fn name(&self) -> Word {
        let innermost = self.open.last();
        innermost.map(|f| f.name.clone()).unwrap_or_default()
    }

    /// The names of all of them.
    pub(super) fn path(&self) -> Word {
        let innermost = self.open.last();
        innermost.map(|f| f.path.clone()).unwrap_or_default()
    }

    /// On what they ran.
    pub(super) fn leg(&self) -> Word {
        let innermost = self.open.last();
        innermost.map(|f| f.leg.clone()).unwrap_or_default()
    }

    /// The file of the innermost suite that names one.
    pub(super) fn file(&self) -> Option<Word> {
        self.open.last()?.file.clone()
    }

    fn bump(&mut self, step: impl Fn(&mut Totals)) {
        let (counted, derived) = match self.open.last_mut() {
            Some(frame) => (&mut frame.counted, &mut frame.derived),
            // Behind the root.
            None => (&mut self.totals.1, &mut self.totals.0),
        };
        step(counted);
        step(derived);
    }

    /// Counts a case.
    pub(super) fn count(&mut self) {
        self.bump(|t| t.tests += 1);
    }

    /// Counts how something ended that did not pass.
    pub(super) fn ended(&mut self, outcome: Outcome) {
        self.bump(|t| match outcome {
            Outcome::Error => t.errors += 1,
            Outcome::Failed => t.failures += 1,
            _ => t.skipped += 1,
        });
    }

    pub(super) fn close(&mut self) {
        let Some(frame) = self.open.pop() else { return };
        let mut declared = frame.declared.totals(frame.derived);
        if frame.within.failed() > declared.failed() {
            (declared.failures, declared.errors) = (frame.within.failures, frame.within.errors);
        }
        if let Some(parent) = self.open.last_mut() {
            add(&mut parent.counted, frame.counted);
            add(&mut parent.derived, declared);
            add(&mut parent.within, declared);
        } else {
            // A file may hold one report behind another.
            add(&mut self.totals.0, declared);
            add(&mut self.totals.1, frame.counted);
        }
    }
}
