//! Decisions and deliveries for people.

use std::fmt::Write as _;

use crate::{
    app::state_words,
    decide::{Dossier, OutboxRow, RecordState},
    model::Timestamp,
    text::{ago, clean_line},
};

pub fn decisions(dossier: &Dossier, own: &[OutboxRow], now: Timestamp) -> String {
    let mut out = String::new();
    for d in &dossier.decisions {
        let kind = d
            .record
            .as_ref()
            .map_or("unreadable record", |r| r.kind.words());
        let author = d
            .author
            .as_ref()
            .map_or_else(|| "?".to_owned(), |a| a.login.to_string());
        let when = d
            .written_at
            .map_or(String::new(), |t| format!(", {}", ago(t, now)));
        let _ = writeln!(
            out,
            "{}  {kind} by {author}{when}: {} (unsigned, {})",
            d.id,
            d.state.word(),
            d.place
        );
        if let RecordState::Tampered(why) = &d.state {
            let _ = writeln!(out, "    ! {}", clean_line(why));
        }
        if let Some(r) = &d.record {
            if let Some(target) = &r.target {
                let owner = r.owner.as_ref().map_or("", |o| o.as_str());
                let ends = r
                    .expires_at
                    .map_or_else(|| "never".to_owned(), Timestamp::date);
                let _ = writeln!(
                    out,
                    "    for {}, owner {}, control {}, ends {ends}",
                    clean_line(&target.id),
                    clean_line(owner),
                    clean_line(r.control.as_deref().unwrap_or("none"))
                );
            }
            let _ = writeln!(
                out,
                "    bound to {} with {} facts",
                r.bound.head_sha.short(),
                r.bound.evidence_count
            );
            if !r.reason.is_empty() {
                let _ = writeln!(out, "    {}", clean_line(&r.reason));
            }
        }
    }
    // One's own that the forge did not show yet: on their way, or sent since the last sync.
    let unread: Vec<&OutboxRow> = own
        .iter()
        .filter(|row| {
            !dossier
                .decisions
                .iter()
                .any(|d| d.id == row.delivery.decision)
        })
        .collect();
    for row in &unread {
        let (word, _, why) = state_words(&row.delivery.state, now);
        let kind = row.kind.map_or("decision", crate::decide::Kind::words);
        let _ = writeln!(
            out,
            "{}  {kind} by you, {word}: {} (in this ledger, not read back yet)",
            row.delivery.decision,
            clean_line(&why)
        );
    }
    if dossier.decisions.is_empty() && unread.is_empty() {
        out += "no decision is recorded on this change\n";
    }
    out
}

pub fn outbox(rows: &[OutboxRow], now: Timestamp) -> String {
    let mut out = String::new();
    for row in rows {
        let (word, _, why) = state_words(&row.delivery.state, now);
        let kind = row.kind.map_or("decision", crate::decide::Kind::words);
        let _ = writeln!(
            out,
            "{}  {word}: {kind} on {} at {}",
            row.delivery.decision,
            row.delivery.change,
            row.delivery.head.short()
        );
        let _ = writeln!(out, "    {}", clean_line(&why));
    }
    if rows.is_empty() {
        out += "the outbox is empty\n";
    }
    out
}
