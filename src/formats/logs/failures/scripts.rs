//! jest, vitest, mocha and Playwright.

use super::{Told, failed, number_before, with_text};
use crate::model::TestCase;

fn is_source(path: &str) -> bool {
    let ending = path.rsplit('.').next().unwrap_or("");
    matches!(
        ending,
        "js" | "jsx" | "ts" | "tsx" | "mjs" | "cjs" | "mts" | "cts" | "vue"
    ) && !path.contains(' ')
}

const OUTSIDE: &str = "(outside of a test)";

/// ` FAIL  file` with `● titles` (jest), or ` FAIL  file > titles` (vitest).
pub(super) fn jest_and_vitest(lines: &[&str]) -> Told {
    let mut told = Told::default();
    let mut file: Option<&str> = None;
    let mut open: Option<(TestCase, usize)> = None;
    let is_header = |l: &&str| l.contains("⎯ Failed ");
    let header = lines.iter().position(is_header);
    // Of a log that was cut the header may be gone; other runners write none of these.
    let is_vitest = |l: &&str| {
        let bare = l.trim_start();
        bare.starts_with("RUN  v") || bare.starts_with("Test Files  ") || bare.starts_with("⎯⎯")
    };
    let is_other = !lines.iter().any(is_vitest);
    for (at, line) in lines.iter().enumerate() {
        let bare = line.trim();
        // What tests print is indented further.
        let is_own = line.len() - line.trim_start().len() <= 1;
        let fail = bare.strip_prefix("FAIL ").filter(|_| is_own);
        let fail = fail.map(str::trim_start);
        let bullet = line.strip_prefix("  ● ");
        let is_total = bare.starts_with("Tests:") || bare.starts_with("Tests  ");
        let is_suites = bare.starts_with("Test Suites:") || bare.starts_with("Test Files  ");
        let ends =
            fail.is_some() || bullet.is_some() || is_total || is_suites || bare.starts_with("⎯⎯");
        if ends && let Some((case, from)) = open.take() {
            told.add(with_text(case, lines.get(from..at).unwrap_or(&[])));
        }
        if let Some(rest) = fail {
            file = None;
            // A project may stand before the file.
            let rest = match rest.strip_prefix('|').and_then(|r| r.split_once('|')) {
                Some((_, rest)) => rest.trim_start(),
                None => rest,
            };
            if let Some((path, titles)) = rest.split_once(" > ").filter(|(p, _)| is_source(p)) {
                // Before the list of failures stands what tests printed.
                if is_other || header.is_some_and(|header| at < header) {
                    continue;
                }
                open = Some((failed(path, titles), at + 1));
            } else if let Some((path, _)) = rest.split_once(" [ ").filter(|(p, _)| is_source(p)) {
                open = Some((failed(path, OUTSIDE), at + 1));
            } else {
                // jest may say how long it took.
                let path = rest.split(" (").next().unwrap_or(rest);
                file = is_source(path).then_some(path.trim_start_matches("./"));
            }
        } else if let (Some(titles), Some(path)) = (bullet, file) {
            open = match titles {
                "Console" => None,
                "Test suite failed to run" => Some((failed(path, OUTSIDE), at + 1)),
                titles => Some((failed(path, titles), at + 1)),
            };
        } else if is_total && (bare.contains("total") || bare.contains('(')) {
            told.count(number_before(bare, "failed").unwrap_or(0));
        }
    }
    if let Some((case, from)) = open {
        told.add(with_text(case, lines.get(from..).unwrap_or(&[])));
    }
    // Files that did not load are none of its tests.
    if told.count.is_some() {
        let outside = told.failed.iter().filter(|c| c.name == OUTSIDE);
        let outside = outside.count() as u64;
        told.count(outside);
    }
    told
}

/// `2 failing`, and behind it `  1) suite` with its titles on lines that are indented further.
pub(super) fn mocha(lines: &[&str]) -> Told {
    let mut told = Told::default();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let count =
            number_before(line, "failing").filter(|_| line.trim_start().ends_with(" failing"));
        at += 1;
        let Some(count) = count else { continue };
        told.count(count);
        let mut next = 1;
        while let Some(line) = lines.get(at).filter(|_| next <= count) {
            at += 1;
            // Messages may hold anything, but the numbers are the runner's.
            let Some(first) = numbered(line).filter(|_| number(line) == Some(next)) else {
                continue;
            };
            next += 1;
            let mut titles = vec![first];
            while !titles.last().is_some_and(|t| t.ends_with(':')) && titles.len() < 40 {
                let Some(next) = lines.get(at).map(|l| l.trim()).filter(|l| !l.is_empty()) else {
                    break;
                };
                titles.push(next);
                at += 1;
            }
            let from = at;
            while lines
                .get(at)
                .is_some_and(|l| l.is_empty() || l.starts_with("   "))
            {
                at += 1;
            }
            let name = titles.join(" ");
            let name = name.strip_suffix(':').unwrap_or(&name);
            let text = lines.get(from..at).unwrap_or(&[]);
            told.add(with_text(failed("", name), text));
        }
    }
    told
}

/// The number of `  1) suite`.
fn number(line: &str) -> Option<u64> {
    line.trim_start().split_once(')')?.0.parse().ok()
}

/// Reads `  1) suite`.
fn numbered(line: &str) -> Option<&str> {
    let (number, rest) = line.strip_prefix("  ")?.split_once(") ")?;
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| rest.trim())
}

/// `  2 failed`, and behind it the tests as `[project] › file:3:1 › titles ───`.
pub(super) fn playwright(lines: &[&str]) -> Told {
    let mut told = Told::default();
    let mut inside = false;
    let mut starts: Vec<(TestCase, usize)> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if let Some(case) = numbered(line).and_then(titled) {
            if starts.len() < super::MAX_FAILED {
                starts.push((case, at + 1));
            }
            continue;
        }
        let bare = line.trim();
        let count = bare
            .strip_suffix(" failed")
            .and_then(|n| n.parse::<u64>().ok());
        if let Some(count) = count.filter(|_| line.starts_with("  ")) {
            told.count(count);
            inside = true;
        } else if let Some(case) = titled(bare).filter(|_| inside && line.starts_with("    ")) {
            let is_same =
                |(c, _): &&(TestCase, usize)| (&c.name, &c.leg) == (&case.name, &case.leg);
            let from = starts.iter().find(is_same).map_or(0, |(_, from)| *from);
            let text = lines.get(from..(from + 20).min(at)).unwrap_or(&[]);
            told.add(with_text(case, if from == 0 { &[] } else { text }));
        } else if !bare.is_empty() {
            inside = false;
        }
    }
    // A log that was cut ends before the list.
    if told.count.is_none() {
        for (case, from) in starts {
            let text = lines.get(from..(from + 20).min(lines.len())).unwrap_or(&[]);
            told.add(with_text(case, text));
        }
    }
    told
}

fn titled(text: &str) -> Option<TestCase> {
    let text = text.trim_end_matches(['─', ' ']);
    let mut parts: Vec<&str> = text.split(" › ").collect();
    let leg = parts
        .first()?
        .strip_prefix('[')
        .and_then(|p| p.strip_suffix(']'));
    if leg.is_some() {
        parts.remove(0);
    }
    let mut place = parts.first()?.rsplitn(3, ':');
    let (column, line, file) = (place.next()?, place.next()?, place.next()?);
    if !is_source(file) || column.parse::<u64>().is_err() || parts.len() < 2 {
        return None;
    }
    let mut case = failed(file, &parts.get(1..)?.join(" › "));
    case.leg = leg.unwrap_or_default().into();
    case.line = line.parse().ok();
    case.file = Some(file.into());
    Some(case)
}
