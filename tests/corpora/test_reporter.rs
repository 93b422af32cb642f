//! What another reporter (dorny/test-reporter) makes of its files: each test by name, and how it ended.

use std::collections::BTreeMap;

use proofline::model::Outcome;

use super::{corpus, files, read};

/// Tests by name and how they ended, in the words of the snapshots.
type Tests = BTreeMap<(String, String), usize>;

/// Files in forms that are not read. Each is refused as a whole, so that none of its tests passes.
const REFUSED: &[&str] = &[
    "fixtures/dart-json.json",
    "fixtures/dotnet-nunit.xml",
    "fixtures/dotnet-trx.trx",
    "fixtures/dotnet-xunitv3.trx",
    "fixtures/external/FluentValidation.Tests.trx",
    "fixtures/external/SilentNotes.trx",
    "fixtures/external/flutter/provider-test-results.json",
    "fixtures/external/mocha/mocha-test-results.json",
    "fixtures/golang-json.json",
    "fixtures/mocha-json.json",
    "fixtures/rspec-json.json",
];

/// Files without a snapshot: the reporter's tests say that they hold no test, or count what fails.
const COUNTED: &[(&str, usize, usize)] = &[
    ("fixtures/empty/java-junit.xml", 0, 0),
    ("fixtures/empty/jest-junit-empty-testsuite.xml", 0, 0),
    ("fixtures/empty/jest-junit.xml", 0, 0),
    ("fixtures/empty/phpunit-empty.xml", 0, 0),
    ("fixtures/external/java/empty_failures.xml", 3, 1),
    ("fixtures/phpunit/phpunit-paths.xml", 6, 6),
];

/// Files whose tests the reporter gives names of its own making, from paths and parameters. Only how they
/// ended is compared.
const RENAMED: &[&str] = &[
    "fixtures/nette-tester/BootstrapFormRenderer-report.xml",
    "fixtures/nette-tester/tester-v1.7-report.xml",
];

/// The name of a test that has none, there and here.
const NAMELESS: (&str, &str) = ("", "(unnamed case 1)");

/// Blanks as attributes have them, and as they stand for one another.
fn even(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let name = words.join(" ");
    if name == NAMELESS.1 {
        NAMELESS.0.to_owned()
    } else {
        name
    }
}

/// The text of a value in a snapshot, which stands in a template literal of JavaScript.
fn unescaped(value: &str) -> String {
    value.replace("\\\\", "\\").replace("\\`", "`")
}

/// The file that a snapshot is of, and its tests.
fn snapshot(text: &str) -> Option<(String, Tests)> {
    let mut tests = Tests::new();
    let (_, rest) = text.split_once("\n  \"path\": \"")?;
    let (path, rest) = rest.split_once("\",\n")?;
    // Only the names and results of tests stand so deep.
    for test in rest.split("\n              \"name\": \"").skip(1) {
        let (name, rest) = test.split_once("\",\n              \"result\": \"")?;
        let (result, _) = rest.split_once('"')?;
        let key = (even(&unescaped(name)), result.to_owned());
        *tests.entry(key).or_insert(0) += 1;
    }
    Some((unescaped(path), tests))
}

/// How many tests ended how.
fn outcomes(tests: &Tests) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for ((_, result), count) in tests {
        *counts.entry(result.as_str()).or_insert(0) += count;
    }
    counts
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "success",
        Outcome::Skipped | Outcome::Disabled => "skipped",
        Outcome::Failed | Outcome::Error => "failed",
    }
}

#[test]
fn test_reporter() {
    let Some(folder) = corpus("test-reporter") else {
        return;
    };
    let folder = folder.join("__tests__");
    let mut expected = BTreeMap::new();
    for path in files(&folder.join("__snapshots__"), &[".snap"]) {
        let text = std::fs::read_to_string(path).unwrap();
        expected.extend(text.split("\nexports[").skip(1).filter_map(snapshot));
    }
    let (mut same, mut different, mut refused) = (0, Vec::new(), Vec::new());
    for (name, want) in &expected {
        let Ok(content) = read(&folder.join(name)) else {
            refused.push(name.as_str());
            continue;
        };
        let mut got = Tests::new();
        for case in &content.cases {
            let key = (even(&case.name), word(case.outcome).to_owned());
            *got.entry(key).or_insert(0) += 1;
        }
        let is_renamed = RENAMED.contains(&name.as_str());
        if got == *want || is_renamed && outcomes(&got) == outcomes(want) {
            same += 1;
        } else {
            let lacks: Vec<_> = want.iter().filter(|t| got.get(t.0) != Some(t.1)).collect();
            println!("{name}: {lacks:?}");
            different.push(name.as_str());
        }
    }
    for (name, tests, failed) in COUNTED {
        let content = read(&folder.join(name)).unwrap();
        let own = content.cases.iter().filter(|c| c.outcome.failed()).count();
        assert_eq!((content.cases.len(), own), (*tests, *failed), "{name}");
    }
    println!(
        "{} of {} equal by every name and outcome ({} by outcome alone), {} refused",
        same + COUNTED.len(),
        expected.len() + COUNTED.len() - refused.len(),
        RENAMED.len(),
        refused.len()
    );
    assert!(expected.len() >= 28, "{}", expected.len());
    assert!(different.is_empty(), "{different:?}");
    assert_eq!(refused, REFUSED);
}
