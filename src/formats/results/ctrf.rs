//! CTRF (Common Test Report Format) 1.0.0, `results.tests[]`: names, outcomes, retries. A test that
//! cannot be read is counted as a problem; the others stand.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::{Outcome, Problem, Retry, RetryKind, TestCase, TestContent, Totals};

/// Bytes of one failure text that are kept.
const MAX_TEXT: usize = 64 * 1024;

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    results: Results<'a>,
}

#[derive(Deserialize)]
struct Results<'a> {
    #[serde(default)]
    summary: Summary,
    #[serde(borrow)]
    tests: Vec<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Summary {
    tests: u64,
    failed: u64,
    skipped: u64,
    pending: u64,
    other: u64,
}

#[derive(Deserialize)]
struct Test {
    name: String,
    status: String,
    #[serde(default)]
    duration: Option<f64>,
    /// One name, or the names from the outermost suite inwards.
    #[serde(default)]
    suite: Option<Suite>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    trace: Option<String>,
    #[serde(default, rename = "filePath")]
    file: Option<String>,
    #[serde(default)]
    line: Option<u64>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    labels: serde_json::Map<String, serde_json::Value>,
    #[serde(default, rename = "retryAttempts")]
    retries: Vec<Attempt>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Suite {
    One(String),
    Path(Vec<String>),
}

#[derive(Deserialize)]
struct Attempt {
    #[serde(default)]
    status: String,
    #[serde(default)]
    message: Option<String>,
}

/// Reads a CTRF file. The problems name single tests that could not be read.
pub fn read_ctrf(
    bytes: &[u8],
    file: &str,
) -> Result<(TestContent, Vec<Problem>), serde_json::Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let document: Document<'_> = serde_json::from_slice(bytes)?;
    let (mut cases, mut problems) = (Vec::new(), Vec::new());
    for (index, raw) in document.results.tests.iter().enumerate() {
        match serde_json::from_str::<Test>(raw.get()) {
            Ok(test) => cases.push(case(test)),
            Err(error) => {
                let place = format!("{file}, test {}", index + 1);
                problems.push(Problem::warning(place, format!("cannot be read ({error})")));
            }
        }
    }
    let counted = count(&cases);
    let summary = document.results.summary;
    let declared = Totals {
        tests: summary.tests,
        failures: summary.failed,
        errors: 0,
        skipped: summary.skipped + summary.pending + summary.other,
    };
    let report = TestContent {
        cases,
        declared,
        counted,
    };
    if report.totals_differ() {
        let what = format!(
            "the file says {} tests and {} failures, its tests add up to {} and {}",
            declared.tests, declared.failures, counted.tests, counted.failures
        );
        problems.push(Problem::warning(file, what));
    }
    Ok((report, problems))
}

fn case(test: Test) -> TestCase {
    // What is neither passed nor failed shows nothing: `skipped`, `pending`, `other`, new words.
    let outcome = |status: &str| match status {
        "passed" => Outcome::Passed,
        "failed" => Outcome::Failed,
        _ => Outcome::Skipped,
    };
    let class = match test.suite {
        None => String::new(),
        Some(Suite::One(name)) => name,
        Some(Suite::Path(names)) => names.join("::"),
    };
    let mut properties: Vec<(String, String)> = test
        .labels
        .into_iter()
        .filter_map(|(key, value)| match value {
            serde_json::Value::String(text) => Some((key, text)),
            serde_json::Value::Number(number) => Some((key, number.to_string())),
            _ => None,
        })
        .collect();
    properties.extend(test.tags.into_iter().map(|tag| ("tag".to_owned(), tag)));
    let failed = test.retries.into_iter().filter(|a| a.status == "failed");
    let own = outcome(&test.status);
    let mut retries: Vec<Retry> = failed
        .map(|attempt| Retry {
            kind: if own.failed() {
                RetryKind::RerunFailure
            } else {
                RetryKind::FlakyFailure
            },
            message: attempt.message.unwrap_or_default(),
        })
        .collect();
    if own.failed() {
        // The last of the attempts is the result itself.
        retries.pop();
    }
    let mut text = test.trace.unwrap_or_default();
    let end = text.floor_char_boundary(MAX_TEXT);
    text.truncate(end);
    TestCase {
        suite: class.clone(),
        class,
        name: test.name,
        outcome: own,
        message: test.message.unwrap_or_default(),
        text,
        file: test.file,
        line: test.line,
        millis: test.duration.and_then(millis),
        properties,
        retries,
    }
}

/// Durations are milliseconds; what is no sensible number is left out.
fn millis(duration: f64) -> Option<u64> {
    let whole = duration.round();
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to lie between 0 and 1e12"
    )]
    (0.0..1e12).contains(&whole).then_some(whole as u64)
}

fn count(cases: &[TestCase]) -> Totals {
    let of =
        |wanted: fn(Outcome) -> bool| cases.iter().filter(|c| wanted(c.outcome)).count() as u64;
    Totals {
        tests: cases.len() as u64,
        failures: of(Outcome::failed),
        errors: 0,
        skipped: of(Outcome::not_run),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_retries_and_totals_are_read_and_a_broken_test_hides_no_other() {
        let text = r#"{ "reportFormat": "CTRF", "specVersion": "1.0.0", "results": {
            "tool": { "name": "vitest" },
            "summary": { "tests": 5, "passed": 2, "failed": 1, "pending": 1, "skipped": 1, "other": 0, "start": 1, "stop": 2 },
            "tests": [
                { "name": "pays", "status": "passed", "duration": 12.4, "suite": ["web", "checkout"], "flaky": true, "retries": 1,
                  "retryAttempts": [{ "attempt": 1, "status": "failed", "message": "timed out" }, { "attempt": 2, "status": "passed" }],
                  "labels": { "requirement": "REQ-PAY-18", "nested": {} }, "tags": ["smoke"] },
                { "name": "refunds", "status": "failed", "duration": 3, "suite": "web", "message": "expected 1", "trace": "at a.ts:3",
                  "filePath": "web/a.ts", "line": 3,
                  "retryAttempts": [{ "attempt": 1, "status": "failed", "message": "once" }, { "attempt": 2, "status": "failed" }] },
                { "name": "later", "status": "pending", "duration": 0 },
                { "name": "odd", "status": "invented", "duration": -1 },
                { "status": "passed" }
            ] } }"#;
        let (report, problems) = read_ctrf(text.as_bytes(), "ctrf.json").unwrap();
        let outcomes: Vec<_> = report
            .cases
            .iter()
            .map(|c| (c.key().0, c.outcome))
            .collect();
        assert_eq!(
            outcomes,
            [
                ("web::checkout::pays".to_owned(), Outcome::Passed),
                ("web::refunds".to_owned(), Outcome::Failed),
                ("later".to_owned(), Outcome::Skipped),
                ("odd".to_owned(), Outcome::Skipped),
            ]
        );
        let flaky = &report.cases[0];
        assert_eq!(flaky.millis, Some(12));
        assert_eq!(flaky.retries[0].kind, RetryKind::FlakyFailure);
        assert_eq!(flaky.retries[0].message, "timed out");
        let named = [("requirement", "REQ-PAY-18"), ("tag", "smoke")];
        assert_eq!(
            flaky.properties,
            named.map(|(k, v)| (k.to_owned(), v.to_owned()))
        );
        let failed = &report.cases[1];
        assert_eq!(
            (failed.retries.len(), failed.retries[0].kind),
            (1, RetryKind::RerunFailure)
        );
        assert_eq!(
            (failed.file.as_deref(), failed.line),
            (Some("web/a.ts"), Some(3))
        );
        assert_eq!(report.cases[3].millis, None);
        // One test has no name, and so the totals do not add up: both are said.
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert_eq!((report.declared.tests, report.counted.tests), (5, 4));
    }

    #[test]
    fn what_is_no_report_is_refused() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"results":{}}"#,
            r#"{"results":{"tests":3}}"#,
        ] {
            assert!(read_ctrf(text.as_bytes(), "ctrf.json").is_err(), "{text}");
        }
    }
}
