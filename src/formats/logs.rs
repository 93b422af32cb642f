//! Logs of jobs as the forge stores them: plain text with a time before each line, and markers
//! (`##[error]`, `##[group]`). Of a log its end is kept, and the lines around the first failure.

mod failures;

use crate::model::{JobLog, LogTail};

pub use failures::failed_tests;

/// Lines that are kept of the end.
const TAIL: usize = 60;
/// Lines kept before and after the first failure.
const BEFORE: usize = 12;
const AFTER: usize = 12;
/// Characters of one line.
const WIDTH: usize = 500;

/// Returns the lines around the first failure, empty where there is none, and the last lines.
pub fn tail(bytes: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.lines().map(plain).collect();
    let end = lines.get(lines.len().saturating_sub(TAIL)..).unwrap_or(&[]);
    let failing = match first_failure(&lines) {
        Some(at) => {
            let from = at.saturating_sub(BEFORE);
            let to = (at + AFTER).min(lines.len());
            join(lines.get(from..to).unwrap_or(&[]))
        }
        None => String::new(),
    };
    (failing, join(end))
}

/// Reads a whole log for a person.
pub fn whole(bytes: &[u8]) -> JobLog {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<String> = text
        .lines()
        .map(|line| failures::uncoloured(plain(line)))
        .collect();
    JobLog {
        failing: failing(&lines),
        lines,
        missing: String::new(),
    }
}

/// What is known of a log that is not kept whole: the lines around its first failure, and its end.
pub fn ends(tail: &LogTail) -> JobLog {
    let mut lines: Vec<String> = tail.failing.lines().map(failures::uncoloured).collect();
    if !lines.is_empty() {
        lines.push("[…]".to_owned());
    }
    lines.extend(tail.tail.lines().map(failures::uncoloured));
    JobLog {
        failing: failing(&lines),
        lines,
        missing: "an older version kept the first failure and the end of this log only".to_owned(),
    }
}

/// Lines that tell of a failure, the one that it is best read from being the first.
fn failing(lines: &[String]) -> Vec<usize> {
    let all: Vec<&str> = lines.iter().map(String::as_str).collect();
    let is_sign = |line: &&str| {
        SIGNS.iter().chain(&MORE).any(|s| line.contains(s)) || line.starts_with("##[error]")
    };
    let Some(first) = first_failure(&all) else {
        return Vec::new();
    };
    let behind = all.iter().enumerate().skip(first);
    behind
        .filter(|(_, line)| is_sign(line))
        .map(|(at, _)| at)
        .collect()
}

fn join(lines: &[&str]) -> String {
    let short = |line: &&str| line.chars().take(WIDTH).collect::<String>();
    lines.iter().map(short).collect::<Vec<_>>().join("\n")
}

/// Leaves out the time that the forge puts before each line, and a byte order mark.
fn plain(line: &str) -> &str {
    let line = line.trim_start_matches('\u{feff}');
    let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
    let is_time = first.len() >= 20
        && first.ends_with('Z')
        && first.bytes().take(4).all(|b| b.is_ascii_digit())
        && first.as_bytes().get(10) == Some(&b'T');
    if is_time { rest } else { line }
}

/// Signs of a failure, in a log that has one.
const SIGNS: [&str; 7] = [
    "panicked at",
    "AssertionError",
    "assertion `",
    "error[E",
    "--- FAIL:",
    "FAILED (",
    "Traceback (most recent call last)",
];
/// Signs of runners, which also stand in their summaries.
const MORE: [&str; 5] = [" FAILED", "FAILED ", "FAIL ", "✗ ", "● "];

/// The line that a failure is best read from: a panic or a failed assertion before the runner's own
/// closing word.
fn first_failure(lines: &[&str]) -> Option<usize> {
    let holds = |signs: &'static [&str]| move |line: &&str| signs.iter().any(|s| line.contains(s));
    lines
        .iter()
        .position(holds(&SIGNS))
        .or_else(|| lines.iter().position(holds(&MORE)))
        .or_else(|| lines.iter().position(|l| l.starts_with("##[error]")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_failure_is_found_and_the_end_is_kept() {
        let mut log: Vec<String> = (0..200)
            .map(|n| format!("2026-11-20T11:41:00.1234567Z line {n}"))
            .collect();
        log[100] = "2026-11-20T11:41:00.1234567Z thread 'x' panicked at tests/capture.rs:77".into();
        log[199] =
            "2026-11-20T11:41:00.1234567Z ##[error]Process completed with exit code 101.".into();
        let (failing, end) = tail(log.join("\n").as_bytes());
        assert!(failing.contains("panicked at tests/capture.rs:77"));
        assert!(failing.starts_with("line 88") && failing.ends_with("line 111"));
        assert!(end.starts_with("line 140") && end.ends_with("exit code 101."));
    }

    #[test]
    fn a_whole_log_is_read_from_its_first_failure() {
        let log = whole(
            b"2026-11-20T11:41:00.1234567Z ok\n\x1b[31m--- FAIL: TestPay (0.0s)\x1b[0m\n  got 1\nFAIL shop\n##[error]exit 1\n",
        );
        assert_eq!(log.lines.first().map(String::as_str), Some("ok"));
        assert_eq!(log.lines[1], "--- FAIL: TestPay (0.0s)");
        assert_eq!(log.failing, [1, 3, 4]);
        assert!(log.missing.is_empty());
        assert_eq!(whole(b"all is well\nFAIL shop\n").failing, [1]);
        assert!(whole(b"all is well\n").failing.is_empty());
        assert_eq!(whole(b""), JobLog::default());
    }

    #[test]
    fn a_log_of_anything_is_bounded() {
        assert_eq!(tail(b""), (String::new(), String::new()));
        let (failing, end) = tail(&vec![0xff; 100_000]);
        assert!(failing.is_empty() && end.chars().count() == WIDTH);
        let (_, end) = tail("a\n".repeat(10_000).as_bytes());
        assert_eq!(end.lines().count(), TAIL);
        assert_eq!(tail("2026 is no time\n".as_bytes()).1, "2026 is no time");
    }
}
