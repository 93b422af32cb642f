//! Draws the trace.

use ratatui::{Frame, layout::Rect};

use super::{Look, pane};
use crate::app::{Layout, TraceView};

pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    layout: &Layout,
    view: &TraceView,
    look: &Look,
) {
    if layout.wide {
        pane::pane(
            frame,
            Rect {
                width: layout.left,
                ..area
            },
            &view.chain,
            look,
        );
        let right = Rect {
            x: area.x + layout.left,
            width: area.width - layout.left,
            ..area
        };
        pane::pane(frame, right, &view.table, look);
    } else if view.chain_first {
        pane::pane(frame, area, &view.chain, look);
    } else {
        pane::pane(frame, area, &view.table, look);
    }
}
