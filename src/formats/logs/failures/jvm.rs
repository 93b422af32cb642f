//! Surefire (Maven) and Gradle.

use super::{Told, failed, number_before, with_text};
use crate::model::{Outcome, TestCase};

/// The number behind a word: `Failures: 1`.
fn number_after(line: &str, word: &str) -> Option<u64> {
    let (_, rest) = line.split_once(word)?;
    let digits: String = rest
        .trim_start()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

/// `[ERROR] com.acme.CartTest.pays -- Time elapsed: 0.01 s <<< FAILURE!`, before version 3
/// `pays(com.acme.CartTest)  Time elapsed: 0.01 sec  <<< FAILURE!`.
pub(super) fn surefire(lines: &[&str]) -> Told {
    let mut told = Told::default();
    for (at, line) in lines.iter().enumerate() {
        let bare = line
            .trim_start_matches("[ERROR]")
            .trim_start_matches("[INFO]");
        let bare = bare.trim_start_matches("[WARNING]").trim();
        if let Some(rest) = bare.strip_prefix("Tests run:") {
            // The total of a module; those of a class say where, or how long.
            if !rest.contains("Time elapsed") && !rest.contains("<<<") {
                let told_of = |word| number_after(rest, word).unwrap_or(0);
                told.count(told_of("Failures:"));
                told.count(told_of("Errors:"));
            }
            continue;
        }
        let outcome = match bare {
            b if b.ends_with("<<< FAILURE!") => Outcome::Failed,
            b if b.ends_with("<<< ERROR!") => Outcome::Error,
            _ => continue,
        };
        let Some((name, _)) = bare.split_once("Time elapsed:") else {
            continue;
        };
        let name = name.trim_end_matches(['-', ' ']);
        let Some(mut case) = method(name) else {
            continue;
        };
        case.outcome = outcome;
        let text = lines.get(at + 1..).unwrap_or(&[]).iter().copied();
        let text: Vec<&str> = text.take_while(|l| !l.is_empty()).take(40).collect();
        told.add(with_text(case, &text));
    }
    told
}

/// Reads `com.acme.CartTest.pays(int)[1]` or `pays(com.acme.CartTest)`.
fn method(name: &str) -> Option<TestCase> {
    if let Some((method, class)) = name.strip_suffix(')').and_then(|n| n.split_once('('))
        && class.contains('.')
        && !method.contains('.')
    {
        return Some(failed(class, method));
    }
    let front = name.split(['(', '[', ' ']).next().unwrap_or(name);
    let (class, _) = front.rsplit_once('.')?;
    Some(failed(class, name.get(class.len() + 1..)?))
}

/// `com.acme.CartTest > pays() FAILED`.
pub(super) fn gradle(lines: &[&str]) -> Told {
    let mut told = Told::default();
    for (at, line) in lines.iter().enumerate() {
        if let Some(count) = number_before(line, "failed")
            .filter(|_| line.contains(" completed, ") && line.contains(" test"))
        {
            told.count(count);
        }
        let Some((class, name)) = line
            .strip_suffix(" FAILED")
            .filter(|l| !l.starts_with(' '))
            .and_then(|l| l.split_once(" > "))
        else {
            continue;
        };
        if class.contains(' ') {
            continue;
        }
        let text = lines.get(at + 1..).unwrap_or(&[]).iter().copied();
        let text: Vec<&str> = text
            .take_while(|l| l.starts_with("    "))
            .take(40)
            .collect();
        told.add(with_text(failed(class, name), &text));
    }
    told
}
