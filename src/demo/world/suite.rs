//! The test suite of the demo repository: many small tests that are written by rule, and the list
//! of the cases that a commit really holds, read back from its files.

use std::fmt::Write as _;

use super::cast::Cast;
use super::git::Files;

/// One test as a runner names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Case {
    /// `payments::capture`: the crate and the test binary.
    pub(crate) binary: String,
    pub(crate) name: String,
    /// Where the function stands.
    pub(crate) file: String,
    pub(crate) line: u64,
    pub(crate) ignored: bool,
}

/// Name of the test binary that only the job `integration` runs.
const INTEGRATION: &str = "integration";

const CURRENCIES: [&str; 20] = [
    "aud", "brl", "cad", "chf", "clp", "cny", "czk", "dkk", "eur", "gbp", "hkd", "huf", "inr",
    "isk", "jpy", "mxn", "nok", "pln", "sek", "usd",
];
const LEDGER: [&str; 8] = [
    "posts_a_charge_in",
    "posts_a_refund_in",
    "balances_after_a_capture_in",
    "rounds_half_to_even_in",
    "refuses_a_negative_charge_in",
    "keeps_the_order_of_entries_in",
    "closes_the_day_in",
    "converts_fees_from",
];
const REFUNDS: [&str; 6] = [
    "returns_the_captured_amount_in",
    "refuses_a_second_refund_in",
    "refuses_while_one_is_pending_in",
    "keeps_the_rest_captured_in",
    "never_returns_more_than_captured_in",
    "names_the_charge_of_a_refund_in",
];
const HTTP: [&str; 8] = [
    "answers_a_capture_in",
    "answers_a_refund_in",
    "refuses_a_body_over_the_limit_in",
    "refuses_an_unknown_field_in",
    "shows_a_charge_in",
    "lists_charges_in",
    "counts_captures_in",
    "formats_errors_in",
];

/// Adds the tests that are written by rule, so that the unit suite has the size of this world.
pub(super) fn add_generated_tests(files: &mut Files, cast: &Cast) {
    let written = unit_cases(files, "").len();
    let mut missing = cast.suite_size().saturating_sub(written);
    for (file, about, names) in [
        ("tests/ledger.rs", "What the ledger must keep.", &LEDGER[..]),
        (
            "tests/refunds.rs",
            "What a refund must and must not do.",
            &REFUNDS[..],
        ),
        ("tests/http.rs", "What the API answers.", &HTTP[..]),
    ] {
        let names: Vec<String> = names
            .iter()
            .flat_map(|name| CURRENCIES.map(|currency| format!("{name}_{currency}")))
            .take(missing)
            .collect();
        missing -= names.len();
        files.put(file, generated_file(about, &names));
    }
}

fn generated_file(about: &str, names: &[String]) -> String {
    let mut text = format!("//! {about}\n\nmod support;\n");
    for name in names {
        // The criteria of the refunds specification are named once, at the first of their tests.
        if let Some(criterion) = criterion_of(name) {
            let _ = write!(text, "\n// **Validates: Requirements {criterion}**");
        }
        let currency = name.rsplit('_').next().unwrap_or_default();
        let _ = write!(
            text,
            "\n#[test]\nfn {name}() {{\n    support::check(\"{name}\", \"{currency}\");\n}}\n"
        );
    }
    text
}

fn criterion_of(name: &str) -> Option<&'static str> {
    let criteria = ["1.1", "1.2", "1.3", "2.1", "2.2"];
    REFUNDS
        .iter()
        .zip(criteria)
        .find(|(test, _)| name == format!("{test}_{}", CURRENCIES[0]))
        .map(|(_, criterion)| criterion)
}

/// The cases of the job `unit` at a commit, in the order of the report.
pub(crate) fn unit_cases(files: &Files, package: &str) -> Vec<Case> {
    cases(files, package)
        .into_iter()
        .filter(|case| !is_integration(case))
        .collect()
}

/// The cases of the job `integration` at a commit.
pub(crate) fn integration_cases(files: &Files, package: &str) -> Vec<Case> {
    cases(files, package)
        .into_iter()
        .filter(is_integration)
        .collect()
}

fn is_integration(case: &Case) -> bool {
    case.binary.ends_with(INTEGRATION)
}

fn cases(files: &Files, package: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for (path, text) in files.iter() {
        let binary = path
            .strip_prefix("tests/")
            .and_then(|rest| rest.strip_suffix(".rs"));
        if let Some(binary) = binary.filter(|name| !name.contains('/')) {
            cases_of_file(path, text, &format!("{package}::{binary}"), &mut cases);
        }
    }
    cases
}

fn cases_of_file(path: &str, text: &str, binary: &str, cases: &mut Vec<Case>) {
    let (mut is_test, mut ignored, mut module) = (false, false, String::new());
    for (number, line) in (1..).zip(text.lines()) {
        let code = line.trim();
        if let Some(name) = code
            .strip_prefix("mod ")
            .and_then(|rest| rest.strip_suffix(" {"))
        {
            module = format!("{name}::");
        } else if code == "#[test]" {
            is_test = true;
        } else if code.starts_with("#[ignore") {
            ignored = true;
        } else if let Some(function) = code.strip_prefix("fn ").filter(|_| is_test) {
            let name = function.split('(').next().unwrap_or_default();
            cases.push(Case {
                binary: binary.to_owned(),
                name: format!("{module}{name}"),
                file: path.to_owned(),
                line: number,
                ignored,
            });
            (is_test, ignored) = (false, false);
        }
    }
}
