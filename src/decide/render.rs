//! How a decision reads on the forge: for people first, then the record in a visible block, then a
//! marker line by which it is found again.

use super::record::{DecisionRecord, Kind, RecordError};
use crate::evidence::digest;

/// Beginning of the marker; nothing that others wrote ever stands inside a marker.
pub const MARKER: &str = "<!-- proofline:decision v=1 ";

/// What stands between the part for people and the record.
const OPEN: &str = "\n\n<details><summary>Decision record (unsigned)</summary>\n\n";
/// What stands between the record and the marker.
const CLOSE: &str = "\n\n</details>\n\n";

/// A body taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    pub human: &'a str,
    /// The statement as it stands there.
    pub record: &'a str,
    pub marker: &'a str,
}

/// Takes a body apart; `None` where it is not put together as [`body`] does it, down to the last
/// character. Line ends must be `\n`. Every line of the part for people that others may have
/// written is quoted, a list item or a cell, so nothing in it reads as the beginning of a record.
pub fn parts(body: &str) -> Option<Parts<'_>> {
    let (human, rest) = body.split_once(OPEN)?;
    let length = rest.bytes().take_while(|b| *b == b'`').count();
    let fence = rest.get(..length).filter(|f| f.len() >= 3)?;
    let inside = rest.get(length..)?.strip_prefix("json\n")?;
    let (record, rest) = inside.split_once(&format!("\n{fence}{CLOSE}"))?;
    let marker = rest.trim_end();
    let inside = marker.strip_prefix(MARKER)?.strip_suffix("-->")?;
    let alone = !inside.contains('\n') && !inside.contains("-->");
    alone.then_some(Parts {
        human,
        record,
        marker,
    })
}

/// Returns the digest of the part for people, as it stands in the marker.
pub fn text_digest(human: &str) -> String {
    let digest = digest::sha256_hex(human.as_bytes());
    digest.trim_start_matches("sha256:").to_owned()
}

/// Returns the body of the review or comment that carries a decision.
pub fn body(record: &DecisionRecord) -> Result<String, RecordError> {
    let canonical = String::from_utf8_lossy(&record.canonical()?).into_owned();
    let fence = fence_for(&canonical);
    let (human, marker) = (human(record), marker(record)?);
    Ok(format!(
        "{human}{OPEN}{fence}json\n{canonical}\n{fence}{CLOSE}{marker}"
    ))
}

/// Returns the marker line: id, digest of the record, digest of the part for people.
pub fn marker(record: &DecisionRecord) -> Result<String, RecordError> {
    Ok(format!(
        "{MARKER}id={} sha256={} text={} -->",
        record.id,
        record.sha256()?.trim_start_matches("sha256:"),
        text_digest(&human(record))
    ))
}

/// Returns the part for people.
pub fn human(record: &DecisionRecord) -> String {
    let head = record.bound.head_sha.short();
    let mut lines = match record.kind {
        Kind::Approve => vec![format!("**Approved** at `{head}`.")],
        Kind::RequestChanges => vec![format!("**Changes requested** at `{head}`.")],
        _ => vec![format!("**Exception asked** at `{head}`.")],
    };
    if !record.reason.is_empty() {
        lines.push(String::new());
        lines.push(quoted(&record.reason));
    }
    if record.kind == Kind::ExceptionAsk {
        let cell = |text: &str| text.replace(['\n', '\r'], " ").replace('|', "\\|");
        let target = record.target.as_ref().map_or("", |t| t.id.as_str());
        let expires = record
            .expires_at
            .map(crate::model::Timestamp::date)
            .unwrap_or_default();
        lines.push(String::new());
        lines.push("| | |".to_owned());
        lines.push("|---|---|".to_owned());
        lines.push(format!("| for | {} |", cell(target)));
        lines.push(format!(
            "| compensating control | {} |",
            cell(record.control.as_deref().unwrap_or(""))
        ));
        lines.push(format!(
            "| risk owner | @{} |",
            cell(record.owner.as_ref().map_or("", |o| o.as_str()))
        ));
        lines.push(format!("| expires | {expires} |"));
    }
    if let (Kind::Approve, false) = (record.kind, record.blockers.is_empty()) {
        lines.push(String::new());
        lines.push("Approved with these in view:".to_owned());
        lines.extend(
            record
                .blockers
                .iter()
                .map(|b| format!("- {}", b.replace(['\n', '\r'], " "))),
        );
    }
    lines.push(String::new());
    lines.push(format!(
        "{} facts were available, evidence `{}`.",
        record.bound.evidence_count,
        record
            .bound
            .evidence_digest
            .get(..19)
            .unwrap_or(&record.bound.evidence_digest)
    ));
    lines.join("\n")
}

/// Quotes a text of several lines.
fn quoted(text: &str) -> String {
    text.lines()
        .map(|l| format!("> {l}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Returns a fence that is longer than any run of backticks inside.
fn fence_for(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}
