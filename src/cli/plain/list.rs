//! The list of changes.

use std::fmt::Write as _;

use super::Marks;
use crate::{
    app::words,
    decide::InboxRow,
    model::{Stage, Timestamp},
    text::{age, clean_line, pad},
};

pub(in super::super) fn list(rows: &[InboxRow], now: Timestamp, marks: Marks) -> String {
    let mut out = String::new();
    if !marks.in_words() {
        let letters: Vec<String> = Stage::ALL
            .iter()
            .map(|s| format!("{} ", s.letter()))
            .collect();
        let _ = writeln!(
            out,
            "{}{}{} {}{}{}why",
            if rows
                .windows(2)
                .any(|w| matches!(w, [a, b] if a.id.repo != b.id.repo))
            {
                let hosts =
                    |w: &[InboxRow]| matches!(w, [a, b] if a.id.repo.host != b.id.repo.host);
                pad(
                    "repository",
                    if rows.windows(2).any(hosts) { 39 } else { 25 },
                )
            } else {
                String::new()
            },
            pad("PR", 7),
            letters.join(" "),
            pad("title", 42),
            pad("risk", 8),
            pad("age", 8)
        );
    }
    let several = rows
        .windows(2)
        .any(|w| matches!(w, [a, b] if a.id.repo != b.id.repo));
    let hosts = rows
        .windows(2)
        .any(|w| matches!(w, [a, b] if a.id.repo.host != b.id.repo.host));
    for row in rows {
        if several && !marks.in_words() && !hosts {
            let _ = write!(out, "{} ", pad(&row.id.repo.slug(), 24));
        } else if several && !marks.in_words() {
            let _ = write!(out, "{} ", pad(&row.id.repo.to_string(), 38));
        } else if several {
            let _ = write!(out, "{} ", row.id.repo);
        }
        let title = clean_line(&row.pr.title);
        let why = row
            .summary
            .as_ref()
            .map_or("evidence not pulled yet".into(), |s| {
                clean_line(&words::list_reason(&s.why)).into_owned()
            });
        let risk = row.summary.as_ref().map_or("?", |s| s.risk.word());
        if marks.in_words() {
            let _ = writeln!(out, "#{} {title}. Risk {risk}. {why}.", row.pr.number);
            for (stage, cell) in Stage::ALL
                .iter()
                .zip(row.summary.iter().flat_map(|s| &s.stages))
            {
                let look = if cell.attention { ", look" } else { "" };
                let _ = writeln!(out, "  {}: {}{look}", stage.name(), cell.verdict.word());
            }
            continue;
        }
        let cells: Vec<String> = match &row.summary {
            Some(s) => s
                .stages
                .iter()
                .map(|c| {
                    format!(
                        "{}{}",
                        c.verdict.glyph(marks.in_ascii()),
                        if c.attention { "!" } else { " " }
                    )
                })
                .collect(),
            None => Stage::ALL.iter().map(|_| "· ".to_owned()).collect(),
        };
        let _ = writeln!(
            out,
            "{}{} {}{}{}{why}",
            pad(&format!("#{}", row.pr.number), 7),
            cells.join(" "),
            pad(&title, 41) + " ",
            pad(risk, 8),
            pad(&age(row.pr.updated_at, now), 8)
        );
    }
    out
}
