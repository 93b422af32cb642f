//! Lines and framed panes.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line as RatLine, Span as RatSpan},
    widgets::{Block, BorderType, Clear},
};

use super::Look;
use crate::app::{Field, Layout, Line, Pane};

/// Draws one line of plain text at a row of an area.
pub(super) fn text(frame: &mut Frame<'_>, area: Rect, row: u16, words: &str, style: Style) {
    if row < area.height {
        frame
            .buffer_mut()
            .set_stringn(area.x, area.y + row, words, usize::from(area.width), style);
    }
}

fn convert<'a>(line: &'a Line, look: &Look) -> RatLine<'a> {
    RatLine::from(
        line.spans
            .iter()
            .map(|s| RatSpan::styled(s.text.as_str(), look.style(s.role)))
            .collect::<Vec<_>>(),
    )
}

/// Draws a line into an area of one row.
pub(super) fn line(frame: &mut Frame<'_>, area: Rect, line: &Line, look: &Look) {
    frame
        .buffer_mut()
        .set_line(area.x, area.y, &convert(line, look), area.width);
}

/// Draws lines from the top of an area; returns the rows used.
pub(super) fn lines(frame: &mut Frame<'_>, area: Rect, lines: &[Line], look: &Look) -> u16 {
    let mut used = 0;
    for item in lines.iter().take(usize::from(area.height)) {
        line(
            frame,
            Rect {
                y: area.y + used,
                height: 1,
                ..area
            },
            item,
            look,
        );
        used += 1;
    }
    used
}

/// Draws a framed pane: title on the frame, hidden rows counted on it.
pub(super) fn pane(frame: &mut Frame<'_>, area: Rect, pane: &Pane, look: &Look) {
    let role = if pane.focused {
        "ui.border.focus"
    } else {
        "ui.border"
    };
    framed(frame, area, pane, role, look);
}

/// Draws a pane whose frame has a role of its own.
pub(super) fn framed(frame: &mut Frame<'_>, area: Rect, pane: &Pane, role: &str, look: &Look) {
    let border = look.style(role);
    let mut title = vec![RatSpan::raw(" ")];
    title.extend(
        pane.title
            .spans
            .iter()
            .map(|s| RatSpan::styled(s.text.as_str(), look.style(s.role))),
    );
    title.push(RatSpan::raw(" "));
    let mut block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(border);
    if !pane.title.spans.is_empty() {
        block = block.title_top(RatLine::from(title));
    }
    let dim = look.style("text.dim");
    if pane.above > 0 {
        block = block.title_top(
            RatLine::from(RatSpan::styled(format!(" ↑{} ", pane.above), dim)).right_aligned(),
        );
    }
    if pane.below > 0 {
        block = block.title_bottom(
            RatLine::from(RatSpan::styled(format!(" ↓{} ", pane.below), dim)).right_aligned(),
        );
    }
    let inner = block.inner(area);
    frame.render_widget(block, area);
    lines(frame, inner, &pane.lines, look);
    if let Some(row) = pane
        .selected
        .and_then(|r| u16::try_from(r).ok())
        .filter(|r| *r < inner.height)
    {
        let role = if pane.focused {
            "ui.selected"
        } else {
            "ui.selected.blur"
        };
        let mark = look.style(role);
        frame.buffer_mut().set_style(
            Rect {
                y: inner.y + row,
                height: 1,
                ..inner
            },
            mark,
        );
    }
}

/// Draws a label and a line of input.
pub(super) fn field(
    frame: &mut Frame<'_>,
    area: Rect,
    field: &Field,
    label_width: u16,
    look: &Look,
) {
    text(frame, area, 0, &field.label, look.style("text.dim"));
    let value = Rect {
        x: area.x + label_width.min(area.width),
        width: area.width.saturating_sub(label_width),
        height: 1,
        ..area
    };
    let role = if field.cursor.is_some() {
        "ui.field.focus"
    } else {
        "ui.field"
    };
    frame.buffer_mut().set_style(value, look.style(role));
    let room = usize::from(value.width.saturating_sub(1)).max(1);
    // A long value scrolls with its cursor.
    let skip = field.cursor.map_or(0, |c| c.saturating_sub(room));
    if field.value.is_empty() {
        text(
            frame,
            value,
            0,
            &field.hint,
            look.style(role).patch(look.style("text.dim")),
        );
    } else {
        let shown: String = field.value.chars().skip(skip).collect();
        text(
            frame,
            value,
            0,
            &shown,
            look.style("text").patch(look.style(role)),
        );
    }
    if let Some(column) = field.cursor {
        let x = value.x
            + u16::try_from(column - skip)
                .unwrap_or(0)
                .min(value.width.saturating_sub(1));
        frame.set_cursor_position((x, value.y));
    }
}

/// Empties an area for something that lies above the screen.
pub(super) fn clear(frame: &mut Frame<'_>, area: Rect, look: &Look) {
    frame.render_widget(Clear, area);
    super::ground(frame, area, look);
}

/// Draws a pane and its detail: side by side on a wide screen, one above the other else.
pub(super) fn split(
    frame: &mut Frame<'_>,
    area: Rect,
    layout: &Layout,
    (main, detail): (&Pane, &Pane),
    look: &Look,
) {
    if layout.wide {
        pane(
            frame,
            Rect {
                width: layout.left,
                ..area
            },
            main,
            look,
        );
        pane(
            frame,
            Rect {
                x: area.x + layout.left,
                width: area.width - layout.left,
                ..area
            },
            detail,
            look,
        );
    } else {
        let lower = layout.lower(area.height);
        pane(
            frame,
            Rect {
                height: area.height - lower,
                ..area
            },
            main,
            look,
        );
        pane(
            frame,
            Rect {
                y: area.y + area.height - lower,
                height: lower,
                ..area
            },
            detail,
            look,
        );
    }
}
