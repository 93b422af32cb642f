//! CTRF (Common Test Report Format) 1.0.0, `results.tests[]`: names, outcomes, retries. A test that
//! cannot be read is counted as a problem; the others stand.

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::ended;
use crate::formats::encoding;
use crate::model::{Outcome, Problem, Retry, RetryKind, TestCase, TestContent, Totals, Word};

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
    summary: Option<Summary>,
    #[serde(borrow)]
    tests: Vec<&'a RawValue>,
}

/// Counts, as numbers or texts of them.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Summary {
    tests: Value,
    failed: Value,
    skipped: Value,
    pending: Value,
    other: Value,
}

/// A test. Reporters write null where they have nothing, and now and then another type.
#[derive(Deserialize)]
struct Test {
    name: String,
    #[serde(default)]
    status: Value,
    #[serde(default, rename = "rawStatus")]
    raw_status: Value,
    #[serde(default)]
    duration: Value,
    /// One name, or the names from the outermost suite inwards.
    #[serde(default)]
    suite: Value,
    #[serde(default)]
    message: Value,
    #[serde(default)]
    trace: Value,
    #[serde(default, rename = "filePath")]
    file: Value,
    #[serde(default)]
    line: Value,
    #[serde(default)]
    browser: Value,
    #[serde(default)]
    device: Value,
    #[serde(default)]
    tags: Value,
    #[serde(default)]
    labels: Value,
    #[serde(default)]
    flaky: Value,
    #[serde(default)]
    retries: Value,
    #[serde(default, rename = "retryAttempts")]
    attempts: Value,
}

/// A text; numbers are written out, and what is neither is none.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A number that is not negative.
fn number(value: &Value) -> Option<u64> {
    let text = text(value)?;
    text.split('.').next()?.parse().ok()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Reads a CTRF file. The problems name single tests that could not be read.
pub fn read_ctrf(
    bytes: &[u8],
    file: &str,
) -> Result<(TestContent, Vec<Problem>), serde_json::Error> {
    let decoded = encoding::decode(bytes);
    let document: Document<'_> = serde_json::from_str(&decoded)?;
    let (mut cases, mut problems, mut unread) = (Vec::new(), Vec::new(), 0);
    for (index, raw) in document.results.tests.iter().enumerate() {
        let place = || format!("{file}, test {}", index + 1);
        match serde_json::from_str::<Test>(raw.get()) {
            Ok(test) => {
                let (case, is_known) = case(test);
                if !is_known {
                    let what = format!("`{}`: how it ended is not understood", case.name);
                    problems.push(Problem::warning(place(), what));
                    unread += 1;
                }
                cases.push(case);
            }
            Err(error) => {
                problems.push(Problem::warning(
                    place(),
                    format!("cannot be read ({error})"),
                ));
                unread += 1;
            }
        }
    }
    let counted = count(&cases);
    let declared = document.results.summary.map_or(counted, |summary| {
        let told = |value: &Value| number(value).unwrap_or(0);
        Totals {
            tests: number(&summary.tests).unwrap_or(counted.tests),
            failures: number(&summary.failed).unwrap_or(counted.failures),
            errors: 0,
            skipped: told(&summary.skipped) + told(&summary.pending) + told(&summary.other),
        }
    });
    let report = TestContent {
        cases,
        declared,
        counted,
        unread,
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

/// How a test ended; nothing where that is not understood. What did not run shows nothing: `skipped`,
/// `pending`, and `other` where the runner's own word says no more.
fn outcome(status: &Value, raw: &Value) -> Option<Outcome> {
    let word = text(status)?;
    match word.trim() {
        "passed" => Some(Outcome::Passed),
        "other" => Some(
            text(raw)
                .and_then(|word| ended::outcome(&word))
                .unwrap_or(Outcome::Skipped),
        ),
        word => ended::outcome(word),
    }
}

/// A case, and whether it was understood how it ended.
fn case(test: Test) -> (TestCase, bool) {
    let ended = outcome(&test.status, &test.raw_status);
    let own = ended.unwrap_or(Outcome::Skipped);
    let class: Word = match &test.suite {
        Value::Array(names) => names.iter().filter_map(text).collect::<Vec<_>>().join("::"),
        other => text(other).unwrap_or_default(),
    }
    .into();
    let labels = test.labels.as_object().into_iter().flatten();
    let mut properties: Vec<(String, String)> = labels
        .flat_map(|(key, value)| {
            let one = text(value).into_iter();
            let all = one.chain(list(value).iter().filter_map(text));
            all.map(move |text| (key.clone(), text))
        })
        .collect();
    let tags = list(&test.tags).iter().filter_map(text);
    properties.extend(tags.map(|tag| ("tag".to_owned(), tag)));
    let mut trace = text(&test.trace).unwrap_or_default();
    let end = trace.floor_char_boundary(MAX_TEXT);
    trace.truncate(end);
    let leg: Vec<String> = [&test.browser, &test.device]
        .into_iter()
        .filter_map(text)
        .collect();
    let case = TestCase {
        suite: class.clone(),
        leg: leg.join(", ").into(),
        class,
        outcome: own,
        message: text(&test.message).unwrap_or_default().into(),
        text: trace.into(),
        file: text(&test.file).map(Word::from),
        line: number(&test.line),
        millis: test.duration.as_f64().and_then(millis),
        properties,
        retries: retries(&test, own),
        name: test.name.into(),
    };
    (case, ended.is_some())
}

/// Tries of the same test before the last one, which is the result itself.
fn retries(test: &Test, own: Outcome) -> Vec<Retry> {
    let kind = if own.failed() {
        RetryKind::RerunFailure
    } else {
        RetryKind::FlakyFailure
    };
    let field = |attempt: &Value, name: &str| attempt.get(name).and_then(text);
    let failed = list(&test.attempts).iter().filter(|attempt| {
        let word = field(attempt, "status").unwrap_or_default();
        ended::outcome(&word).is_some_and(Outcome::failed)
    });
    let mut found: Vec<Retry> = failed
        .map(|attempt| Retry {
            kind,
            message: field(attempt, "message").unwrap_or_default(),
        })
        .collect();
    if own.failed() {
        found.pop();
    }
    // Said without the attempts themselves.
    let is_flaky = test.flaky == Value::Bool(true) || number(&test.retries).is_some_and(|n| n > 0);
    if found.is_empty() && is_flaky && own == Outcome::Passed {
        found.push(Retry {
            kind,
            message: String::new(),
        });
    }
    found
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
            .map(|c| (c.key().name, c.outcome))
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
        // One test has no name and so the totals do not add up, and one ended in an unknown way.
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert_eq!(report.unread, 2);
        assert_eq!((report.declared.tests, report.counted.tests), (5, 4));
    }

    /// One test of a file, as it is read, and whether it could be.
    fn one(test: &str) -> (Option<TestCase>, u64) {
        let text = format!(r#"{{ "reportFormat": "CTRF", "results": {{ "tests": [{test}] }} }}"#);
        let (report, _) = read_ctrf(text.as_bytes(), "ctrf.json").unwrap();
        (report.cases.into_iter().next(), report.unread)
    }

    #[test]
    fn how_a_test_ended_and_how_often_it_was_tried() {
        use Outcome::{Failed, Passed, Skipped};
        for (fields, want, retries, unread) in [
            (r#""status": "passed""#, Passed, 0, 0),
            (r#""status": "passed", "flaky": true"#, Passed, 1, 0),
            (r#""status": "passed", "retries": 2"#, Passed, 1, 0),
            (
                r#""status": "passed", "retries": 0, "flaky": null"#,
                Passed,
                0,
                0,
            ),
            (r#""status": "failed", "retries": 2"#, Failed, 0, 0),
            (
                r#""status": "other", "rawStatus": "timedOut""#,
                Failed,
                0,
                0,
            ),
            (r#""status": "other", "rawStatus": "todo""#, Skipped, 0, 0),
            (r#""status": "other", "rawStatus": "odd""#, Skipped, 0, 0),
            (r#""status": "timedout""#, Failed, 0, 0),
            (r#""status": null"#, Skipped, 0, 1),
            (r#""status": "PASS-ish""#, Skipped, 0, 1),
            (r#""rawStatus": "passed""#, Skipped, 0, 1),
        ] {
            let (case, broken) = one(&format!(r#"{{ "name": "a", {fields} }}"#));
            let case = case.unwrap();
            let got = (case.outcome, case.retries.len(), broken);
            assert_eq!(got, (want, retries, unread), "{fields}");
        }
        assert_eq!(one(r#"{ "name": ["a"], "status": "failed" }"#), (None, 1));
        let nulls = r#"{ "name": "a", "status": "failed", "suite": null, "tags": null, "labels": null,
            "retryAttempts": null, "line": null, "message": 7, "browser": "firefox" }"#;
        let labels = r#"{ "name": "a", "status": "passed", "labels": { "req": ["A-1", 2, {}] } }"#;
        let properties = one(labels).0.unwrap().properties;
        let own = |v: &str| ("req".to_owned(), v.to_owned());
        assert_eq!(properties, [own("A-1"), own("2")]);
        let (case, unread) = one(nulls);
        let case = case.unwrap();
        assert_eq!(
            (case.leg.as_str(), case.message.as_str(), unread),
            ("firefox", "7", 0)
        );
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
