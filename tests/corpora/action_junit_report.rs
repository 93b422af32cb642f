//! What another reporter (mikepenz/action-junit-report) asserts of its files: how many tests ran, were
//! skipped, failed and passed, and how often one was tried again.

use std::{collections::BTreeMap, path::Path};

use proofline::model::{Outcome, TestContent};

use super::{corpus, files, read};

/// Blocks that do not count a whole file: one stops after its first annotation.
const PARTLY_COUNTED: &[&str] = &["should skip after reaching annotations_limit"];

/// Files with a test that the action takes for passed or skipped and that failed here. What failed does
/// not vanish.
const FAILED_HERE: &[(&str, &str)] = &[
    (
        "test_results/flaky_retries/flaky_success_first.xml",
        "of rows of one name the best counts there, and each counts here",
    ),
    (
        "test_results/flaky_retries/flaky_with_classname_file.xml",
        "of rows of one name the best counts there, and each counts here",
    ),
    (
        "test_results/issues/testFailedDisabled.xml",
        "a failure of a disabled test is none there",
    ),
    (
        "test_results/junit-server-test/report.xml",
        "of rows of one name the best counts there, and each counts here",
    ),
];

/// Files that are counted otherwise: a disabled test that failed is skipped there, and failed here.
const DIFFERENT: &[&str] = &["test_results/issues/testFailedDisabled.xml"];

/// Files that are cut or whose elements do not match. The action counts nothing in them and goes on.
const REFUSED: &[&str] =
    &["test_results/corrupt-junit/e2e-tests/corrupt/target/sf-reports/TEST-test.CorruptTest.xml"];

/// Files that no block counts, and whose own totals are not those of their cases: they were cut from larger
/// ones by hand, or hold rows of one name. What they count and do not show is unknown here.
const OWN_TOTALS_DIFFER: &[&str] = &[
    "test_results/multiple/test_10.xml",
    "test_results/multiple/test_11.xml",
    "test_results/multiple/test_12.xml",
    "test_results/nested/multi-level.xml",
    "test_results/python/report_flaky.xml",
];

#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    total: Option<u64>,
    skipped: Option<u64>,
    failed: Option<u64>,
    passed: Option<u64>,
    retried: Option<u64>,
    /// The most that one test was tried again.
    most: Option<u64>,
}

/// What one `it` block asserts.
struct Block {
    title: String,
    file: String,
    /// Whether it asks that rows of one name become one.
    merges: bool,
    counts: Counts,
}

fn numbers<'a>(text: &'a str, before: &'a str) -> impl Iterator<Item = u64> + 'a {
    text.split(before).skip(1).filter_map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    })
}

fn block(text: &str) -> Option<Block> {
    let title = text.split('\'').nth(1)?.to_owned();
    let start = text.find("'test_results/")? + 1;
    let file = text[start..].split('\'').next()?.to_owned();
    let arguments = text[start..].split_once(")\n")?.0;
    let bare: Vec<&str> = arguments
        .lines()
        .map(|l| l.split("//").next().unwrap())
        .collect();
    let bare = bare.join(" ");
    let fifth = bare.split(',').nth(4).unwrap_or("").trim().to_owned();
    let expect = |names: &[&str]| {
        let mut found = names
            .iter()
            .flat_map(|n| numbers(text, &format!("expect({n}).toBe(")).collect::<Vec<_>>());
        found.next()
    };
    let counts = Counts {
        total: expect(&["totalCount"]),
        skipped: expect(&["skippedCount", "skipped"]),
        failed: expect(&["failedCount", "failed"]),
        passed: expect(&["passedCount", "passed"]),
        retried: expect(&["retriedCount", "retried"]),
        most: numbers(text, "retries: ")
            .chain(numbers(text, "retries).toBe("))
            .filter(|n| *n > 0)
            .max(),
    };
    (file.to_ascii_lowercase().ends_with(".xml") && counts.total.is_some()).then_some(Block {
        title,
        file,
        merges: fifth == "true",
        counts,
    })
}

/// The rows that the action takes for one test, and whether it failed for it: each of them did.
#[derive(Default)]
struct Test {
    rows: u64,
    failed: u64,
    skipped: u64,
    flaky: u64,
}

/// Counts as the action does: rows of one name become one test where it is asked to.
fn count(content: &TestContent, merges: bool) -> Counts {
    let mut tests: BTreeMap<_, Test> = BTreeMap::new();
    for (index, case) in content.cases.iter().enumerate() {
        let own = if merges { 0 } else { index };
        let key = (&case.suite, &case.class, &case.name, &case.file, own);
        let test = tests.entry(key).or_default();
        test.rows += 1;
        test.failed += u64::from(case.outcome.failed());
        test.skipped += u64::from(matches!(case.outcome, Outcome::Skipped | Outcome::Disabled));
        test.flaky += case.retries.len() as u64;
    }
    let of = |wanted: fn(&Test) -> bool| Some(tests.values().filter(|t| wanted(t)).count() as u64);
    Counts {
        total: of(|_| true),
        skipped: of(|t| t.skipped == t.rows),
        failed: of(|t| t.failed == t.rows),
        passed: of(|t| t.failed < t.rows && t.skipped < t.rows),
        retried: Some(tests.values().map(|t| t.rows - 1).sum()),
        most: tests.values().map(|t| t.rows - 1 + t.flaky).max(),
    }
}

fn is_as_asserted(asserted: &Counts, own: &Counts) -> bool {
    let same = |a: Option<u64>, b: Option<u64>| a.is_none() || a == b;
    same(asserted.total, own.total)
        && same(asserted.skipped, own.skipped)
        && same(asserted.failed, own.failed)
        && same(asserted.passed, own.passed)
        && same(asserted.retried, own.retried)
        && same(asserted.most, own.most)
}

fn blocks(folder: &Path) -> Vec<Block> {
    let text = std::fs::read_to_string(folder.join("__tests__/testParser.test.ts")).unwrap();
    text.split("\n  it(").skip(1).filter_map(block).collect()
}

#[test]
fn action_junit_report() {
    let Some(folder) = corpus("action-junit-report") else {
        return;
    };
    let (mut all, mut same) = (0, 0);
    let (mut failed_here, mut different, mut counted) = (Vec::new(), Vec::new(), Vec::new());
    for block in blocks(&folder) {
        if PARTLY_COUNTED.contains(&block.title.as_str()) {
            continue;
        }
        all += 1;
        let content = read(&folder.join(&block.file)).unwrap();
        let own = count(&content, block.merges);
        if is_as_asserted(&block.counts, &own) {
            same += 1;
        } else {
            println!("{}: {:?}\n   {own:?}", block.file, block.counts);
            different.push(block.file.clone());
        }
        let rows = content.cases.iter().filter(|c| c.outcome.failed()).count() as u64;
        if block.counts.failed == Some(0) && rows > 0 {
            failed_here.push(block.file.clone());
        }
        counted.push(block.file);
    }
    println!("{same} of {all} counted as they assert");
    let (mut others, mut refused, mut differ) = (0, Vec::new(), Vec::new());
    for path in files(&folder.join("test_results"), &[".xml"]) {
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        if name.ends_with("pom.xml") || counted.contains(&name) {
            continue;
        }
        others += 1;
        match read(&path) {
            Ok(content) if content.totals_differ() => differ.push(name),
            Ok(_) => {}
            Err(_) => refused.push(name),
        }
    }
    println!(
        "{} of {others} that no block counts are as they say themselves, {} refused",
        others - refused.len() - differ.len(),
        refused.len()
    );
    let with_reason: Vec<&str> = FAILED_HERE.iter().map(|(name, _)| *name).collect();
    failed_here.sort();
    failed_here.dedup();
    assert!(all >= 30, "{all}");
    assert_eq!(failed_here, with_reason);
    assert_eq!(refused, REFUSED);
    assert_eq!(differ, OWN_TOTALS_DIFFER);
    assert_eq!(different, DIFFERENT);
}
