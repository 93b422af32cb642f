//! Problems: everything that could not be read or done, with where, why, and what to do.

use super::{App, Line, Overlay, Pane, list::Cursor};
use crate::{
    model::{Problem, Severity},
    text,
};

/// All problems: of the program, then of the open change.
pub(super) fn all(app: &App) -> Vec<&Problem> {
    let own = app.problems.iter();
    let of_change = app
        .dossier()
        .map(|d| d.evidence.facts.problems.as_slice())
        .unwrap_or_default()
        .iter();
    let mut all: Vec<&Problem> = own.chain(of_change).collect();
    all.sort_by_key(|p| std::cmp::Reverse(p.severity));
    all
}

fn size(app: &App) -> (u16, u16) {
    (
        app.size.0.saturating_sub(6).min(100),
        app.size.1.saturating_sub(4).min(36),
    )
}

/// Lines of the overlay.
pub(super) fn lines(app: &App) -> Vec<Line> {
    let width = usize::from(size(app).0.saturating_sub(4));
    let mut lines = Vec::new();
    for problem in all(app) {
        let (word, role) = match problem.severity {
            Severity::Error => ("error", "message.error"),
            Severity::Warning => ("warning", "message.warning"),
        };
        let mut say = |role: &'static str, words: &str, indent: usize| {
            for part in text::wrap(&text::clean(words), width.saturating_sub(indent).max(8)) {
                lines.push(Line::of(role, &format!(" {}{part}", " ".repeat(indent))));
            }
        };
        say(role, &format!("{word}: {}", problem.place), 0);
        say("text", &problem.what, 2);
        if let Some(hint) = &problem.hint {
            say("text.dim", hint, 2);
        }
        lines.push(Line::default());
    }
    lines.pop();
    lines
}

pub(super) fn view(app: &App, cursor: Cursor) -> Overlay {
    let (width, height) = size(app);
    let all_lines = lines(app);
    let visible = usize::from(height.saturating_sub(2)).max(1);
    let top = cursor.at.min(all_lines.len().saturating_sub(visible));
    let end = (top + visible).min(all_lines.len());
    let mut shown: Vec<Line> = all_lines.get(top..end).unwrap_or(&[]).to_vec();
    if shown.is_empty() {
        shown.push(Line::of(
            "text.dim",
            " Everything that was asked for could be read.",
        ));
    }
    Overlay {
        pane: Pane {
            title: Line::of("ui.title", &format!("Problems: {}", all(app).len())),
            lines: shown,
            selected: None,
            focused: true,
            above: top,
            below: all_lines.len() - end,
        },
        input: None,
        size: (width, height),
    }
}
