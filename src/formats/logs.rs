//! Logs of jobs as the forge stores them: plain text with a time before each line, and markers
//! (`##[error]`, `##[group]`). Of a log its end is kept, and the lines around the first failure.

mod failures;

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

/// The line that a failure is best read from: a panic or a failed assertion before the runner's own
/// closing word.
fn first_failure(lines: &[&str]) -> Option<usize> {
    const SIGNS: [&str; 7] = [
        "panicked at",
        "AssertionError",
        "assertion `",
        "error[E",
        "--- FAIL:",
        "FAILED (",
        "Traceback (most recent call last)",
    ];
    let sign = |line: &&str| SIGNS.iter().any(|s| line.contains(s));
    lines
        .iter()
        .position(sign)
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
    fn a_log_of_anything_is_bounded() {
        assert_eq!(tail(b""), (String::new(), String::new()));
        let (failing, end) = tail(&vec![0xff; 100_000]);
        assert!(failing.is_empty() && end.chars().count() == WIDTH);
        let (_, end) = tail("a\n".repeat(10_000).as_bytes());
        assert_eq!(end.lines().count(), TAIL);
        assert_eq!(tail("2026 is no time\n".as_bytes()).1, "2026 is no time");
    }
}
