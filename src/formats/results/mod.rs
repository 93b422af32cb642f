//! Test results: which files hold them, and the readers by format.

mod junit;

pub use junit::read_junit;

/// Tells by name whether a file of an artifact may hold `JUnit` results.
pub fn may_be_junit(name: &str) -> bool {
    let path = std::path::Path::new(name);
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("xml"))
}

/// Tells by name whether an artifact is worth downloading for test results.
pub fn looks_like_results(artifact: &str) -> bool {
    let name = artifact.to_ascii_lowercase();
    [
        "junit",
        "test-result",
        "test_result",
        "testresult",
        "test-report",
        "nextest",
        "surefire",
        "results",
    ]
    .iter()
    .any(|word| name.contains(word))
}

/// Returns what a failure says, on one line: without the line that only names the thread and the
/// place of a panic, and with the compared values.
pub fn headline(message: &str, text: &str) -> String {
    let is_place = |line: &str| line.starts_with("thread '") && line.contains("panicked at");
    let source = if message.is_empty() || is_place(message.trim()) {
        text
    } else {
        message
    };
    let mut lines = source
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty() && !is_place(l) && !l.starts_with("note: run with"));
    let Some(first) = lines.next() else {
        return message.to_owned();
    };
    let values: Vec<&str> = lines
        .take(4)
        .take_while(|l| {
            ["left:", "right:", "expected", "actual", "got"]
                .iter()
                .any(|w| l.to_lowercase().starts_with(w))
        })
        .collect();
    if values.is_empty() {
        first.to_owned()
    } else {
        format!("{first}  {}", values.join("  "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headlines_say_what_was_compared() {
        let text = "thread 'x' panicked at tests/capture.rs:92:5:\nassertion `left == right` failed\n  left: 2\n right: 1\nnote: run with `RUST_BACKTRACE=1`";
        let message = "thread 'x' panicked at tests/capture.rs:92:5:";
        assert_eq!(
            headline(message, text),
            "assertion `left == right` failed  left: 2  right: 1"
        );
        assert_eq!(headline("expected 1", "long text"), "expected 1");
        assert_eq!(headline("", ""), "");
    }
}
