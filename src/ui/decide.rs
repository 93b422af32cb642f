//! Draws the decide form.

use ratatui::{Frame, layout::Rect};

use super::{Look, pane};
use crate::app::{DecideView, Layout, Pane};

/// Columns of the labels.
const LABEL: u16 = 20;

pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    layout: &Layout,
    view: &DecideView,
    look: &Look,
) {
    let (form, preview) = if layout.wide {
        let right = Rect {
            x: area.x + layout.left,
            width: area.width - layout.left,
            ..area
        };
        (
            Rect {
                width: layout.left,
                ..area
            },
            right,
        )
    } else {
        let lower = layout.lower(area.height);
        let below = Rect {
            y: area.y + area.height - lower,
            height: lower,
            ..area
        };
        (
            Rect {
                height: area.height - lower,
                ..area
            },
            below,
        )
    };
    let frame_only = Pane {
        title: view.title.clone(),
        focused: true,
        ..Pane::default()
    };
    pane::framed(frame, form, &frame_only, view.role, look);
    let inner = Rect {
        x: form.x + 1,
        y: form.y + 1,
        width: form.width.saturating_sub(2),
        height: form.height.saturating_sub(2),
    };
    let mut row = pane::lines(frame, inner, &view.about, look) + 1;
    for field in &view.fields {
        if row >= inner.height {
            break;
        }
        let at = Rect {
            y: inner.y + row,
            height: 1,
            ..inner
        };
        pane::field(frame, at, field, LABEL, look);
        row += 1;
        if let Some(problem) = &field.problem
            && row < inner.height
        {
            let at = Rect {
                x: inner.x + LABEL,
                y: inner.y + row,
                width: inner.width.saturating_sub(LABEL),
                height: 1,
            };
            pane::text(frame, at, 0, problem, look.style("message.error"));
            row += 1;
        }
    }
    row += 1;
    if row < inner.height {
        let rest = Rect {
            y: inner.y + row,
            height: inner.height - row,
            ..inner
        };
        let hidden = view.notes.len().saturating_sub(usize::from(rest.height));
        if hidden > 0 {
            // The last row says how much is not seen.
            let kept = rest.height.saturating_sub(1);
            let shown = view.notes.get(..usize::from(kept)).unwrap_or(&[]);
            pane::lines(frame, rest, shown, look);
            let words = format!(
                "↓ {} more lines; scroll what will be posted to see all",
                hidden + 1
            );
            pane::text(frame, rest, kept, &words, look.style("message.warning"));
        } else {
            pane::lines(frame, rest, &view.notes, look);
        }
    }
    pane::pane(frame, preview, &view.preview, look);
}
