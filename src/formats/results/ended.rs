//! How a test ended, by the words of reporters.

use crate::model::Outcome;

/// Attributes in which reporters write how a case ended.
const NAMES: &[&str] = &["status", "result", "outcome"];

/// Tells whether an attribute of that name says how a case ended.
pub(super) fn is_told_by(name: &str) -> bool {
    NAMES.contains(&name)
}

/// What an attribute says; nothing where its word is not known.
pub(super) fn outcome(word: &str) -> Option<Outcome> {
    Some(match word.trim().to_ascii_lowercase().as_str() {
        "failed" | "failure" | "fail" | "timedout" | "timed_out" | "timeout" => Outcome::Failed,
        "error" | "errored" | "broken" | "crashed" | "aborted" => Outcome::Error,
        "skipped" | "skip" | "ignored" | "pending" | "todo" | "suppressed" => Outcome::Skipped,
        "disabled" | "notrun" => Outcome::Disabled,
        _ => return None,
    })
}
