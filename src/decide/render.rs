//! How a decision reads on the forge: for people first, then the record in a visible block, then a
//! marker line by which it is found again.

use super::record::{DecisionRecord, Kind, RecordError};

/// Beginning of the marker; nothing that others wrote ever stands inside a marker.
pub const MARKER: &str = "<!-- proofline:decision v=1 ";

/// Returns the body of the review or comment that carries a decision.
pub fn body(record: &DecisionRecord) -> Result<String, RecordError> {
    let canonical = String::from_utf8_lossy(&record.canonical()?).into_owned();
    let fence = fence_for(&canonical);
    let mut out = human(record);
    out.push_str("\n\n<details><summary>Decision record (unsigned)</summary>\n\n");
    out.push_str(&format!(
        "{fence}json\n{canonical}\n{fence}\n\n</details>\n\n"
    ));
    out.push_str(&marker(record)?);
    Ok(out)
}

/// Returns the marker line.
pub fn marker(record: &DecisionRecord) -> Result<String, RecordError> {
    Ok(format!(
        "{MARKER}id={} sha256={} -->",
        record.id,
        record.sha256()?.trim_start_matches("sha256:")
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
        "Looked at {} facts, evidence `{}`.",
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
