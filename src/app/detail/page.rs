//! A page of labelled lines.

use super::{App, Line};
use crate::{model::Timestamp, text};

/// A detail being written.
pub(super) struct Page<'a> {
    pub lines: Vec<Line>,
    pub width: usize,
    pub app: &'a App,
}

/// Columns of the labels.
pub(super) const LABEL: usize = 12;

impl Page<'_> {
    pub(super) fn line(&mut self, role: &'static str, words: &str) {
        for line in text::wrap(&text::clean(words), self.width) {
            self.lines.push(Line::of(role, &line));
        }
    }

    pub(super) fn blank(&mut self) {
        if self.lines.last().is_some_and(|l| !l.spans.is_empty()) {
            self.lines.push(Line::default());
        }
    }

    /// Writes `label   words`, wrapped under the words.
    pub(super) fn field(&mut self, label: &str, role: &'static str, words: &str) {
        let width = self.width.saturating_sub(LABEL).max(8);
        for (n, part) in text::wrap(&text::clean(words), width)
            .into_iter()
            .enumerate()
        {
            let mut line = Line::default();
            line.cell("text.dim", if n == 0 { label } else { "" }, LABEL);
            line.push(role, &part);
            self.lines.push(line);
        }
    }

    pub(super) fn age(&self, at: Option<Timestamp>) -> String {
        at.map_or_else(
            || "does not age".to_owned(),
            |t| format!("fetched {}", text::ago(t, self.app.now)),
        )
    }
}
