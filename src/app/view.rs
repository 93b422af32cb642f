//! Views as plain data: spans with theme roles, lines, panes. All text that goes into a span is
//! sanitised here, so that nothing hostile can reach the screen by any way.

use crate::text;

/// A piece of text in one role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub text: String,
    pub role: &'static str,
}

/// One row of spans.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    pub spans: Vec<Span>,
}

impl Line {
    /// Returns a line of one span.
    pub fn of(role: &'static str, text: &str) -> Self {
        Self::default().with(role, text)
    }

    /// Adds a span.
    #[must_use]
    pub fn with(mut self, role: &'static str, text: &str) -> Self {
        self.push(role, text);
        self
    }

    /// Adds a span in place.
    pub fn push(&mut self, role: &'static str, text: &str) {
        if !text.is_empty() {
            // Leading and trailing spaces are layout; everything else is one line.
            let text = if text.contains('\n') {
                text::clean_line(text)
            } else {
                text::clean(text)
            };
            self.spans.push(Span {
                text: text.into_owned(),
                role,
            });
        }
    }

    /// Adds a span cut or filled to exactly `width` columns.
    pub fn cell(&mut self, role: &'static str, text: &str, width: usize) {
        let text = text::pad(&text::clean_line(text), width);
        self.spans.push(Span { text, role });
    }

    /// Returns the width in columns.
    pub fn width(&self) -> usize {
        self.spans.iter().map(|s| text::columns(&s.text)).sum()
    }

    /// Returns the text without roles.
    pub fn plain(&self) -> String {
        self.spans.iter().map(|s| s.text.as_str()).collect()
    }

    /// Cuts to at most `max` columns, with a sign where something was cut.
    #[must_use]
    pub fn fit(mut self, max: usize) -> Self {
        if self.width() <= max {
            return self;
        }
        let mut left = max;
        let mut spans = Vec::new();
        for span in self.spans.drain(..) {
            let width = text::columns(&span.text);
            // Keep one column for the sign while more is to come.
            if width < left {
                left -= width;
                spans.push(span);
                continue;
            }
            let role = span.role;
            let cut = text::fit(&(span.text + "…"), left);
            spans.push(Span { text: cut, role });
            break;
        }
        Self { spans }
    }

    /// Fills with spaces to `width` columns, after cutting.
    #[must_use]
    pub fn fill(self, width: usize) -> Self {
        let mut line = self.fit(width);
        let gap = width.saturating_sub(line.width());
        if gap > 0 {
            let role = line.spans.last().map_or("text", |s| s.role);
            line.spans.push(Span {
                text: " ".repeat(gap),
                role,
            });
        }
        line
    }

    /// Puts `right` at the right end of `width` columns; where both do not fit, `right` stays and
    /// the left is cut.
    #[must_use]
    pub fn justify(self, right: Self, width: usize) -> Self {
        let right = right.fit(width);
        let room = width.saturating_sub(right.width() + 1);
        let mut line = self.fit(room);
        let gap = width.saturating_sub(line.width() + right.width());
        let role = line.spans.last().map_or("text", |s| s.role);
        line.spans.push(Span {
            text: " ".repeat(gap),
            role,
        });
        line.spans.extend(right.spans);
        line
    }

    /// Marks every occurrence of `query`, without regard to case.
    #[must_use]
    pub fn marked(self, query: &str) -> Self {
        if query.is_empty() {
            return self;
        }
        let needle = query.to_lowercase();
        let mut out = Vec::new();
        for span in self.spans {
            let lower = span.text.to_lowercase();
            // Lower case may change lengths; then positions do not fit and nothing is marked.
            if lower.len() != span.text.len() || !lower.contains(&needle) {
                out.push(span);
                continue;
            }
            let mut from = 0;
            for (at, found) in lower.match_indices(&needle) {
                let end = at + found.len();
                if let (Some(before), Some(hit)) = (span.text.get(from..at), span.text.get(at..end))
                {
                    out.push(Span {
                        text: before.to_owned(),
                        role: span.role,
                    });
                    out.push(Span {
                        text: hit.to_owned(),
                        role: "ui.match",
                    });
                    from = end;
                }
            }
            out.push(Span {
                text: span.text.get(from..).unwrap_or("").to_owned(),
                role: span.role,
            });
        }
        out.retain(|s| !s.text.is_empty());
        Self { spans: out }
    }
}

/// A framed part of the screen: the lines that are visible, and how many are not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pane {
    pub title: Line,
    pub lines: Vec<Line>,
    /// Index into `lines` of the row under the cursor.
    pub selected: Option<usize>,
    pub focused: bool,
    /// Rows hidden above and below.
    pub above: usize,
    pub below: usize,
}

/// One row of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub label: String,
    pub value: String,
    /// Shown where the value is empty.
    pub hint: String,
    /// Column of the cursor in the value, where the field is being edited.
    pub cursor: Option<usize>,
    pub problem: Option<String>,
}

/// Something above the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlay {
    pub pane: Pane,
    /// A line of input above the pane.
    pub input: Option<Field>,
    /// Columns and rows it wants.
    pub size: (u16, u16),
}

/// What fills the space between header and footer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    Inbox(super::inbox::InboxView),
    Timeline(super::timeline::TimelineView),
    Trace(super::trace::TraceView),
    Attempts(super::attempts::AttemptsView),
    Diff(super::diff::DiffView),
    Log(Pane),
    Decide(super::decide::DecideView),
    Outbox(super::outbox::OutboxView),
    /// The terminal is too small for anything.
    TooSmall {
        width: u16,
        height: u16,
    },
}

/// A whole screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    pub header: Vec<Line>,
    pub body: Body,
    pub footer: Line,
    pub overlay: Option<Overlay>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lines_never_grow_and_cuts_are_signed(parts in proptest::collection::vec("\\PC{0,12}", 0..5), max in 1usize..40) {
            let line = parts.iter().fold(Line::default(), |l, p| l.with("text", p));
            let whole = line.width();
            let cut = line.clone().fit(max);
            prop_assert!(cut.width() <= max);
            if whole > max { prop_assert!(cut.plain().ends_with('…'), "{:?}", cut.plain()); }
            prop_assert_eq!(line.clone().fill(max).width(), max);
            prop_assert_eq!(line.justify(Line::of("text", "end"), max.max(4)).width(), max.max(4));
        }

        #[test]
        fn marking_changes_no_text(text in "[a-zA-Zß ]{0,20}", query in "[a-zß]{0,3}") {
            let line = Line::of("text", &text);
            prop_assert_eq!(line.clone().marked(&query).plain(), line.plain());
        }
    }

    #[test]
    fn nothing_hostile_gets_into_a_span() {
        let line = Line::of("text", "a\u{1b}[2Jb\u{202e}c\nd");
        assert_eq!(line.plain(), "a␛[2Jb<U+202E>c d");
    }
}
