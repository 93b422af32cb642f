//! Cases of a report as they are kept: one report has thousands, and most of them say little.
//!
//! Names of classes, suites and files stand once and are referred to by number; a case is a row of
//! `[class, name, suite, outcome, millis]`, with what else there is of it behind.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeStruct as _};

use super::{Outcome, Retry, TestCase, Word};

/// What is read back.
#[derive(Deserialize)]
struct Packed {
    words: Vec<Word>,
    cases: Vec<Row>,
}

#[derive(Deserialize)]
struct Row(u32, Word, u32, Outcome, Option<u64>, Option<Box<Rest>>);

/// What few cases have.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Rest {
    message: Word,
    text: Word,
    leg: Word,
    file: Option<u32>,
    line: Option<u64>,
    properties: Vec<(String, String)>,
    retries: Vec<Retry>,
}

/// The same as it is written, from the cases themselves.
#[derive(Serialize)]
struct RestOf<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    message: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    text: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    leg: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    properties: &'a [(String, String)],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    retries: &'a [Retry],
}

/// Words by the order in which they come, and their numbers.
#[derive(Default)]
struct Words<'a> {
    all: Vec<&'a str>,
    numbers: HashMap<&'a str, u32>,
}

impl<'a> Words<'a> {
    fn of(cases: &'a [TestCase]) -> Self {
        let mut words = Self::default();
        for case in cases {
            words.add(&case.class);
            words.add(&case.suite);
            if let Some(file) = &case.file {
                words.add(file);
            }
        }
        words
    }

    fn add(&mut self, word: &'a str) {
        self.numbers.entry(word).or_insert_with(|| {
            self.all.push(word);
            u32::try_from(self.all.len() - 1).unwrap_or(u32::MAX)
        });
    }

    fn number(&self, word: &str) -> u32 {
        self.numbers.get(word).copied().unwrap_or(u32::MAX)
    }
}

/// The cases, each written as a row when its turn comes.
struct Rows<'a>(&'a [TestCase], &'a Words<'a>);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self(cases, words) = *self;
        to.collect_seq(cases.iter().map(|case| {
            let (class, suite) = (words.number(&case.class), words.number(&case.suite));
            let rest = rest_of(case, words);
            (class, &*case.name, suite, case.outcome, case.millis, rest)
        }))
    }
}

fn rest_of<'a>(case: &'a TestCase, words: &Words<'_>) -> Option<RestOf<'a>> {
    let is_empty = case.message.is_empty()
        && case.text.is_empty()
        && case.leg.is_empty()
        && case.file.is_none()
        && case.line.is_none()
        && case.properties.is_empty()
        && case.retries.is_empty();
    (!is_empty).then(|| RestOf {
        message: &case.message,
        text: &case.text,
        leg: &case.leg,
        file: case.file.as_deref().map(|f| words.number(f)),
        line: case.line,
        properties: &case.properties,
        retries: &case.retries,
    })
}

pub(super) fn serialize<S: Serializer>(cases: &[TestCase], to: S) -> Result<S::Ok, S::Error> {
    let words = Words::of(cases);
    let mut packed = to.serialize_struct("Packed", 2)?;
    packed.serialize_field("words", &words.all)?;
    packed.serialize_field("cases", &Rows(cases, &words))?;
    packed.end()
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<TestCase>, D::Error> {
    let packed = Packed::deserialize(from)?;
    let word = |number: u32| -> Result<Word, D::Error> {
        let word = usize::try_from(number)
            .ok()
            .and_then(|n| packed.words.get(n));
        // A row that refers to nothing is not one of ours: the file is read anew.
        word.cloned()
            .ok_or_else(|| serde::de::Error::custom("a word is missing"))
    };
    // Legs are as few as words.
    let mut last_leg = Word::default();
    let case = |Row(class, name, suite, outcome, millis, rest): Row| {
        let rest = rest.map(|rest| *rest).unwrap_or_default();
        let file = rest.file.map(word).transpose()?;
        if last_leg != rest.leg {
            last_leg = rest.leg;
        }
        Ok(TestCase {
            class: word(class)?,
            name,
            suite: word(suite)?,
            leg: last_leg.clone(),
            outcome,
            message: rest.message,
            text: rest.text,
            file,
            line: rest.line,
            millis,
            properties: rest.properties,
            retries: rest.retries,
        })
    };
    packed.cases.into_iter().map(case).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RetryKind;
    use proptest::prelude::*;

    #[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
    struct Kept(#[serde(with = "super")] Vec<TestCase>);

    prop_compose! {
        fn case()(
            class in "[ab]?", name in "\\PC{0,8}", suite in "[s]?", leg in "[l]?",
            outcome in prop::sample::select(vec![
                Outcome::Passed, Outcome::Failed, Outcome::Error, Outcome::Skipped, Outcome::Disabled,
            ]),
            texts in ("\\PC{0,4}", "\\PC{0,4}"),
            file in prop::option::of("[ab]"), line in prop::option::of(any::<u64>()),
            millis in prop::option::of(any::<u64>()),
            properties in prop::collection::vec(("[ab]", "\\PC{0,3}"), 0..2),
            retries in 0..2_usize,
        ) -> TestCase {
            let retry = Retry { kind: RetryKind::FlakyError, message: "m".to_owned() };
            let file = file.map(Word::from);
            TestCase {
                class: class.into(), name: name.into(), suite: suite.into(), leg: leg.into(), outcome,
                message: texts.0.into(), text: texts.1.into(), file, line, millis,
                properties, retries: vec![retry; retries],
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_kept_reads_back(cases in prop::collection::vec(case(), 0..8)) {
            let kept = Kept(cases);
            let text = serde_json::to_string(&kept).unwrap();
            prop_assert_eq!(serde_json::from_str::<Kept>(&text).unwrap(), kept);
        }
    }

    #[test]
    fn a_row_that_refers_to_nothing_is_refused() {
        let text = r#"{ "words": ["a"], "cases": [[0, "n", 1, "passed", null, null]] }"#;
        assert!(serde_json::from_str::<Kept>(text).is_err());
    }
}
