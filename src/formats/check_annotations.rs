//! Failed tests that annotations of check runs name. There is no form that all producers share: each of those
//! that are read is known by its own signs, and an annotation with none of them is no test, since linters
//! and compilers annotate too. Forms are those of the producers' own sources: dorny/test-reporter,
//! EnricoMi/publish-unit-test-result-action, mikepenz/action-junit-report, ScaCap/action-surefire-report,
//! ctrf-io/github-test-reporter, pytest-github-actions-annotate-failures, rspec-github,
//! `GitHubActionsTestLogger`, and the reporters for GitHub of jest, vitest and Playwright.

use crate::{
    formats::{lexer::Language, results::headline},
    model::{Annotation, Outcome, TestCase, TestContent, Totals},
};

/// Failed tests of one check run that are kept.
const MAX_FAILED: usize = 2_000;
/// Bytes of one failure text that are kept.
const MAX_TEXT: usize = 8 * 1024;

/// Reads the failed tests of a check run from its annotations, and how many failed from the title of its
/// output. Nothing where neither tells of any.
pub fn failed_tests(title: Option<&str>, annotations: &[Annotation]) -> Option<TestContent> {
    let counted = title.and_then(failures_of_title);
    let mut cases: Vec<TestCase> = Vec::new();
    let (mut declared, mut unread) = (counted.unwrap_or(0), 0_u64);
    for annotation in annotations {
        if annotation.title == "Error processing result file" {
            unread += 1;
        } else if annotation.title.ends_with("Playwright Run Summary") {
            let failed = annotation.message.lines().find_map(leading_failed);
            declared = declared.max(failed.unwrap_or(0));
        } else if let Some(case) = read(annotation, counted.is_some()) {
            let is_same = |known: &TestCase| {
                (&known.class, &known.name, &known.leg, &known.file)
                    == (&case.class, &case.name, &case.leg, &case.file)
            };
            if cases.len() >= MAX_FAILED {
                unread += 1;
            } else if !cases.iter().any(is_same) {
                cases.push(case);
            }
        }
    }
    let named = cases.len() as u64;
    if named == 0 && declared == 0 && unread == 0 {
        return None;
    }
    let counted = Totals {
        tests: named,
        failures: named,
        ..Totals::default()
    };
    Some(TestContent {
        cases,
        declared: Totals {
            failures: declared.max(named),
            ..counted
        },
        counted,
        unread,
    })
}

/// The failures that the title of a reporter counts: `17 tests run, 1 skipped, 11 failed.`, `3 passed, 2
/// failed and 1 skipped`, `1 errors, 2 fail, 3 pass in 4s`. Nothing for a title that counts no tests.
fn failures_of_title(title: &str) -> Option<u64> {
    let words: Vec<&str> = title
        .split(|c: char| c.is_whitespace() || ",.;()".contains(c))
        .filter(|w| !w.is_empty())
        .collect();
    let count_of = |wanted: &[&str]| -> Option<u64> {
        let pairs = words.windows(2);
        let numbers: Vec<u64> = pairs
            .filter(|pair| wanted.contains(&pair[1].to_ascii_lowercase().as_str()))
            .filter_map(|pair| pair[0].parse().ok())
            .collect();
        let sum = numbers.iter().fold(0_u64, |sum, n| sum.saturating_add(*n));
        (!numbers.is_empty()).then_some(sum)
    };
    // Linters count what passed and failed too.
    let counts_tests = count_of(&["skipped", "tests", "test"]).is_some()
        || count_of(&["pass"]).is_some() && words.contains(&"in");
    let failed = count_of(&["failed", "fail", "failures", "failure", "errors", "error"]);
    failed.filter(|_| counts_tests)
}

/// `  2 failed` at the beginning of a line.
fn leading_failed(line: &str) -> Option<u64> {
    line.trim().strip_suffix(" failed")?.parse().ok()
}

fn read(annotation: &Annotation, is_report: bool) -> Option<TestCase> {
    let is_failure = annotation.level == "failure";
    let title = annotation.title.trim();
    let found = enricomi(title, annotation).or_else(|| {
        let forms: [fn(&str, &Annotation) -> Option<TestCase>; 9] = [
            dorny, ctrf, playwright, jest, vitest, pytest, rspec, panicked, dotnet,
        ];
        let own = forms.iter().find_map(|form| form(title, annotation));
        own.or_else(|| of_file(title, annotation))
            .or_else(|| (is_report && !title.is_empty()).then(|| plain(title)))
            .filter(|_| is_failure)
    });
    let mut case = found?;
    if case.file.is_none() && is_place(&annotation.path) {
        case.file = Some(annotation.path.as_str().into());
        case.line = annotation.line.filter(|n| *n > 0);
    }
    if case.text.is_empty() {
        case.text = annotation.message.as_str().into();
    }
    let end = case.text.floor_char_boundary(MAX_TEXT);
    if let Some(text) = case.text.get(..end).filter(|t| t.len() < case.text.len()) {
        case.text = text.into();
    }
    if case.message.is_empty() {
        case.message = headline("", &case.text).into();
    }
    Some(case)
}

fn failed(class: &str, name: &str) -> TestCase {
    TestCase::named(class.trim(), name.trim(), Outcome::Failed)
}

/// Tells whether a path is that of a file: producers that know none write a folder or a class.
fn is_place(path: &str) -> bool {
    const OTHERS: [&str; 12] = [
        "rb", "php", "scala", "groovy", "swift", "m", "ex", "exs", "dart", "fs", "vb", "feature",
    ];
    let file = path.rsplit('/').next().unwrap_or("");
    let ending = file.rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
    ending.is_some_and(|(_, e)| Language::of(file).is_some() || OTHERS.contains(&e))
}

/// `Class.method` or `module::test`: a name after a class, if it has one.
fn plain(title: &str) -> TestCase {
    let title = match title.rsplit_once(" (failure ") {
        Some((front, _)) => front,
        None => title,
    };
    // What stands in brackets, or behind a word, is the name's own.
    let end = title.find([' ', '[', '(']).unwrap_or(title.len());
    let (front, rest) = title.split_at(end);
    for sign in ["::", ".", "/"] {
        if let Some((class, name)) = front.rsplit_once(sign)
            && !class.is_empty()
            && !name.is_empty()
        {
            return failed(class, &format!("{name}{rest}"));
        }
    }
    failed("", title)
}

/// `test_a (tests.TestB) failed`, `2 out of 3 runs failed: test_a (tests.TestB)`; a failure is a warning
/// there, and an error is a failure.
fn enricomi(title: &str, annotation: &Annotation) -> Option<TestCase> {
    if !matches!(annotation.level.as_str(), "warning" | "failure") {
        return None;
    }
    let runs = |title: &'_ str| -> Option<String> {
        let (front, name) = title.split_once(": ")?;
        let mut words = front.split(' ');
        let first = words.next()?;
        let is_all = first == "All";
        let is_some = first.parse::<u64>().is_ok() && words.next()? == "out";
        let ends = front.ends_with(" runs failed") || front.ends_with(" runs with error");
        ((is_all || is_some) && ends).then(|| name.to_owned())
    };
    let one = |title: &str| {
        let name = title
            .strip_suffix(" failed")
            .or_else(|| title.strip_suffix(" with error"))?;
        // It names the result file, and how long the test took, if that is known.
        let told = annotation.message.lines().next().unwrap_or("");
        let is_file = [".xml", ".trx"].iter().any(|end| told.ends_with(end));
        (told.contains(" [took ") || is_file && name.ends_with(')')).then(|| name.to_owned())
    };
    let name = runs(title).or_else(|| one(title))?;
    let split = name.strip_suffix(')').and_then(|n| n.rsplit_once(" ("));
    Some(match split {
        Some((name, class)) => failed(class, name),
        None => failed("", &name),
    })
}

/// `suite ► group ► test`.
fn dorny(title: &str, annotation: &Annotation) -> Option<TestCase> {
    let (front, name) = title.rsplit_once(" ► ")?;
    let message = annotation.message.strip_prefix("Failed test found in:")?;
    let (suite, class) = front.split_once(" ► ").unwrap_or((front, ""));
    let text = message
        .split_once("\nError:\n")
        .map_or("", |(_, text)| text);
    Some(TestCase {
        suite: suite.into(),
        text: text.trim().into(),
        ..failed(&class.replace(" ► ", " "), name)
    })
}

/// `Failed Test: name`, `Test failed: name`.
fn ctrf(title: &str, annotation: &Annotation) -> Option<TestCase> {
    let first = annotation.message.lines().next().unwrap_or("");
    let named = |text: &str| {
        let lower = text.to_ascii_lowercase();
        ["failed test: ", "test failed: "]
            .iter()
            .find(|front| lower.starts_with(**front))
            .and_then(|front| text.get(front.len()..))
            .map(str::to_owned)
    };
    named(title)
        .map(|name| failed("", &name))
        .or_else(|| named(first).map(|name| plain(&name)))
}

/// `[project] › file.spec.ts:3:5 › suite › name`.
fn playwright(title: &str, _: &Annotation) -> Option<TestCase> {
    let (leg, rest) = match title.strip_prefix('[').and_then(|t| t.split_once("] › ")) {
        Some((project, rest)) => (project, rest),
        None => ("", title),
    };
    let (place, titles) = rest.split_once(" › ")?;
    let mut parts = place.rsplitn(3, ':');
    let _column: u64 = parts.next()?.parse().ok()?;
    let line: u64 = parts.next()?.parse().ok()?;
    let file = parts.next()?;
    Some(TestCase {
        leg: leg.into(),
        file: Some(file.into()),
        line: Some(line),
        ..failed(file, titles)
    })
}

/// `suite › name`.
fn jest(title: &str, _: &Annotation) -> Option<TestCase> {
    let is_titles = title.contains(" › ") && !title.starts_with("RETRY ");
    is_titles.then(|| failed("", title))
}

/// `[project] src/a.test.ts > suite > name`.
fn vitest(title: &str, _: &Annotation) -> Option<TestCase> {
    let (leg, rest) = match title.strip_prefix('[').and_then(|t| t.split_once("] ")) {
        Some((project, rest)) => (project, rest),
        None => ("", title),
    };
    let (file, titles) = rest.split_once(" > ")?;
    is_place(file).then(|| TestCase {
        leg: leg.into(),
        ..failed(file, titles)
    })
}

/// `TestClass.test_a[1]`, an empty line, the error.
fn pytest(title: &str, annotation: &Annotation) -> Option<TestCase> {
    if !title.is_empty() || Language::of(&annotation.path) != Some(Language::Python) {
        return None;
    }
    let (first, rest) = annotation
        .message
        .split_once('\n')
        .unwrap_or((&annotation.message, ""));
    let first = first.trim_end();
    let bare = first.split('[').next().unwrap_or(first);
    let is_name = !bare.is_empty()
        && bare
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    let is_split = rest.is_empty() || rest.trim_start_matches('\r').starts_with('\n');
    let leaf = bare.rsplit('.').next().unwrap_or(bare);
    let is_test = leaf.to_ascii_lowercase().starts_with("test") || is_test_file(&annotation.path);
    if !is_name || !is_split || !is_test {
        return None;
    }
    let (class, _) = bare.rsplit_once('.').unwrap_or(("", bare));
    let name = first
        .get(class.len()..)
        .unwrap_or(first)
        .trim_start_matches('.');
    Some(TestCase {
        text: rest.trim().into(),
        ..failed(class, name)
    })
}

/// The example's description, an empty line, the error.
fn rspec(title: &str, annotation: &Annotation) -> Option<TestCase> {
    if !title.is_empty() || !annotation.path.ends_with("_spec.rb") {
        return None;
    }
    let (first, rest) = annotation.message.split_once("\n\n")?;
    (!first.trim().is_empty()).then(|| TestCase {
        text: rest.trim().into(),
        ..failed("", first)
    })
}

/// `thread 'module::test' panicked at …`: libtest gives the thread the name of its test.
fn panicked(_: &str, annotation: &Annotation) -> Option<TestCase> {
    let rest = annotation.message.trim_start().strip_prefix("thread '")?;
    let (name, rest) = rest.split_once('\'')?;
    let is_panic = rest.split_once("panicked at").is_some_and(|(between, _)| {
        let number = between.trim();
        number.is_empty() || number.starts_with('(') && number.ends_with(')')
    });
    let is_test = !matches!(name, "main" | "<unnamed>" | "<unknown>")
        && name.chars().any(char::is_alphabetic)
        && !name.contains([' ', '-']);
    (is_panic && is_test).then(|| failed("", name))
}

/// `Namespace.Class.Method` with what an assertion or an exception says.
fn dotnet(title: &str, annotation: &Annotation) -> Option<TestCase> {
    let is_source = [".cs", ".fs", ".vb"]
        .iter()
        .any(|e| annotation.path.ends_with(e));
    let bare = title.split('(').next().unwrap_or(title);
    let is_name = bare.contains('.') && !bare.contains(' ');
    (is_source && is_name && is_error(&annotation.message)).then(|| plain(title))
}

/// A title that names a test in the file of tests that it stands in: `CartTest.pays` at `CartTest.java`,
/// `pays once` at `cart.test.js` with what an assertion says.
fn of_file(title: &str, annotation: &Annotation) -> Option<TestCase> {
    if title.is_empty() || !is_place(&annotation.path) {
        return None;
    }
    let file = annotation.path.rsplit('/').next().unwrap_or("");
    let stem = file.split('.').next().unwrap_or(file);
    let case = plain(title);
    let own = case.class.rsplit(['.', '$']).next().unwrap_or("");
    let is_class = !own.is_empty() && own == stem && is_test_file(&annotation.path);
    // Rules of linters are named by one word, with signs in it: `no-unused-vars`, `E501`, `Style/Names`.
    let is_rule = !title.contains(' ') && (title.contains(['-', '/']) || ends_in_number(title));
    let is_named = !is_rule && is_test_file(&annotation.path) && is_error(&annotation.message);
    (is_class || is_named).then_some(case)
}

fn ends_in_number(title: &str) -> bool {
    let digits = title.chars().rev().take_while(char::is_ascii_digit).count();
    digits >= 3 && title.chars().next().is_some_and(|c| c.is_ascii_uppercase())
}

/// Words with which assertions and exceptions speak, and linters and compilers do not.
fn is_error(message: &str) -> bool {
    const SIGNS: [&str; 9] = [
        "Assertion",
        "Assert.",
        "assertEqual",
        "expect(",
        "Exception",
        "Failure/Error",
        "panicked at",
        " to equal ",
        "Expected values to be",
    ];
    let is_pair = message.contains("Expected:")
        && ["Actual:", "Received:", "But was:"]
            .iter()
            .any(|word| message.contains(word));
    is_pair || SIGNS.iter().any(|sign| message.contains(sign))
}

/// Tells whether a path is that of a file of tests, by the words of its name and folders.
fn is_test_file(path: &str) -> bool {
    let words = path.split(['/', '.', '_', '-']);
    let mut words = words.map(str::to_ascii_lowercase);
    let file = path.rsplit('/').next().unwrap_or("");
    let stem = file.split('.').next().unwrap_or(file);
    let is_camel = ["Test", "Tests", "Spec", "IT"]
        .iter()
        .any(|end| stem.ends_with(end))
        || stem.starts_with("Test");
    is_camel || words.any(|w| matches!(w.as_str(), "test" | "tests" | "spec" | "specs"))
}

#[cfg(test)]
mod tests;
