//! The forge log: each request with status, cost and time, oldest first.

use super::{App, Line, Overlay, Pane, list::Cursor};
use crate::{
    model::{Timestamp, Zone},
    text,
};

/// A request as the log shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRow {
    pub host: String,
    pub at: Option<Timestamp>,
    pub method: String,
    pub path: String,
    /// Absent where there was no answer.
    pub status: Option<u16>,
    pub millis: u64,
    /// What it cost of the budget: nothing where the cached answer still holds.
    pub cost: u8,
    pub remaining: Option<u64>,
}

fn size(app: &App) -> (u16, u16) {
    (
        app.size.0.saturating_sub(4).min(150),
        app.size.1.saturating_sub(4).min(44),
    )
}

/// Rows that are shown at once; one line is the heading.
fn visible(app: &App) -> usize {
    usize::from(size(app).1.saturating_sub(3)).max(1)
}

/// Begins at the end, where the newest are.
pub(super) fn start(app: &App, rows: &[LogRow]) -> Cursor {
    Cursor {
        at: rows.len().saturating_sub(visible(app)),
        top: 0,
    }
}

fn line(row: &LogRow, several: bool, zone: Zone, width: usize) -> Line {
    let mut line = Line::default();
    line.push("text", " ");
    let at = row
        .at
        .map_or_else(|| "?".to_owned(), |at| zone.clock_seconds(at));
    line.cell("text.dim", &at, 9);
    let (word, role) = match row.status {
        Some(304) => ("304 same".to_owned(), "text.dim"),
        Some(status @ 200..=399) => (status.to_string(), "text"),
        Some(status) => (status.to_string(), "message.error"),
        None => ("no answer".to_owned(), "message.error"),
    };
    line.cell(role, &word, 10);
    let narrow = width < 100;
    line.cell("text.dim", &format!("{} ms", row.millis), 9);
    if !narrow {
        line.cell("text.dim", &format!("cost {}", row.cost), 7);
        let left = row
            .remaining
            .map_or_else(String::new, |r| format!("{r} left"));
        line.cell("text.dim", &left, 11);
        if several {
            line.cell("text.dim", &row.host, 22);
        }
    }
    line.cell("text.dim", &row.method, 5);
    line.push("text", &text::clean_line(&row.path));
    line.fit(width)
}

pub(super) fn view(app: &App, rows: &[LogRow], cursor: Cursor) -> Overlay {
    let (width, height) = size(app);
    let visible = visible(app);
    let top = cursor.at.min(rows.len().saturating_sub(visible));
    let end = (top + visible).min(rows.len());
    let several = rows
        .windows(2)
        .any(|w| matches!(w, [a, b] if a.host != b.host));
    let inner = usize::from(width.saturating_sub(2));
    let shown = rows.get(top..end).unwrap_or(&[]);
    let mut lines: Vec<Line> = shown
        .iter()
        .map(|r| line(r, several, app.zone, inner))
        .collect();
    if lines.is_empty() {
        lines.push(Line::of("text.dim", " Nothing was asked of the forge yet."));
    }
    let same = rows.iter().filter(|r| r.status == Some(304)).count();
    let failed = rows
        .iter()
        .filter(|r| r.status.is_none_or(|s| s >= 400))
        .count();
    let title = format!(
        "Forge log: {} requests · {same} unchanged · {failed} failed · {}",
        rows.len(),
        app.zone.name(app.now)
    );
    Overlay {
        pane: Pane {
            title: Line::of("ui.title", &title),
            lines,
            selected: None,
            focused: true,
            above: top,
            below: rows.len() - end,
        },
        input: None,
        size: (width, height),
    }
}
