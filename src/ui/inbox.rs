//! Draws the inbox.

use ratatui::{Frame, layout::Rect};

use super::{Look, pane};
use crate::app::InboxView;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, view: &InboxView, look: &Look) {
    pane::line(frame, Rect { height: 1, ..area }, &view.tabs, look);
    let list = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    };
    pane::pane(frame, list, &view.list, look);
    // The head of the columns stands on the frame's first row.
    let head = Rect {
        x: list.x,
        y: list.y,
        // Where rows are hidden above, their count stands at the end of this row.
        width: list
            .width
            .saturating_sub(if view.list.above > 0 { 10 } else { 1 }),
        height: 1,
    };
    pane::line(frame, head, &view.columns, look);
    // A corner alone would be no frame.
    if view.list.above == 0
        && let Some(corner) = frame.buffer_mut().cell_mut((head.right(), head.y))
    {
        corner.set_symbol(" ");
    }
}
