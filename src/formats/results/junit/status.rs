//! How a case ended where only an attribute says so.

use crate::model::Outcome;

/// Attributes in which reporters write how a case ended.
const NAMES: &[&str] = &["status", "result", "outcome"];

/// The worst that the attributes of a case say; nothing where they say nothing that is known.
pub(super) fn told(attribute: impl Fn(&str) -> Option<String>) -> Option<Outcome> {
    let words = NAMES.iter().filter_map(|name| attribute(name));
    words.filter_map(|word| outcome(&word)).max()
}

fn outcome(word: &str) -> Option<Outcome> {
    Some(match word.trim().to_ascii_lowercase().as_str() {
        "failed" | "failure" | "fail" | "timedout" | "timed_out" | "timeout" => Outcome::Failed,
        "error" | "errored" | "broken" | "crashed" | "aborted" => Outcome::Error,
        "skipped" | "skip" | "ignored" | "pending" | "todo" | "suppressed" => Outcome::Skipped,
        "disabled" | "notrun" => Outcome::Disabled,
        _ => return None,
    })
}
