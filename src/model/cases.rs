//! Cases of a report as they are kept: one report has thousands, and most of them say little.
//!
//! Names of classes, suites and files stand once and are referred to by number; a case is a row of
//! `[class, name, suite, outcome, millis]`, with what else there is of it behind.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Outcome, Retry, TestCase};

#[derive(Default, Serialize, Deserialize)]
struct Packed {
    words: Vec<String>,
    cases: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
struct Row(u32, String, u32, Outcome, Option<u64>, Option<Box<Rest>>);

/// What few cases have.
#[derive(Serialize, Deserialize)]
struct Rest {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    message: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    text: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    leg: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    properties: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    retries: Vec<Retry>,
}

impl Rest {
    fn is_empty(&self) -> bool {
        self.message.is_empty()
            && self.text.is_empty()
            && self.leg.is_empty()
            && self.file.is_none()
            && self.line.is_none()
            && self.properties.is_empty()
            && self.retries.is_empty()
    }
}

pub(super) fn serialize<S: Serializer>(cases: &[TestCase], to: S) -> Result<S::Ok, S::Error> {
    let mut packed = Packed::default();
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    for case in cases {
        let mut number = |word| -> u32 {
            *numbers.entry(word).or_insert_with(|| {
                packed.words.push(str::to_owned(word));
                u32::try_from(packed.words.len() - 1).unwrap_or(u32::MAX)
            })
        };
        let (class, suite) = (number(case.class.as_str()), number(case.suite.as_str()));
        let rest = Rest {
            message: case.message.clone(),
            text: case.text.clone(),
            leg: case.leg.clone(),
            file: case.file.as_deref().map(number),
            line: case.line,
            properties: case.properties.clone(),
            retries: case.retries.clone(),
        };
        packed.cases.push(Row(
            class,
            case.name.clone(),
            suite,
            case.outcome,
            case.millis,
            (!rest.is_empty()).then(|| Box::new(rest)),
        ));
    }
    packed.serialize(to)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<TestCase>, D::Error> {
    let packed = Packed::deserialize(from)?;
    let word = |number: u32| -> Result<String, D::Error> {
        let word = usize::try_from(number)
            .ok()
            .and_then(|n| packed.words.get(n));
        // A row that refers to nothing is not one of ours: the file is read anew.
        word.cloned()
            .ok_or_else(|| serde::de::Error::custom("a word is missing"))
    };
    let case = |Row(class, name, suite, outcome, millis, rest): Row| {
        let rest = rest.map(|rest| *rest);
        let file = rest.as_ref().and_then(|r| r.file).map(word).transpose()?;
        let mut case = TestCase {
            class: word(class)?,
            name,
            suite: word(suite)?,
            leg: String::new(),
            outcome,
            message: String::new(),
            text: String::new(),
            file,
            line: None,
            millis,
            properties: Vec::new(),
            retries: Vec::new(),
        };
        if let Some(rest) = rest {
            (case.message, case.text, case.line) = (rest.message, rest.text, rest.line);
            (case.properties, case.retries) = (rest.properties, rest.retries);
            case.leg = rest.leg;
        }
        Ok(case)
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
            TestCase {
                class, name, suite, leg, outcome, message: texts.0, text: texts.1, file, line, millis,
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
