//! Draws what lies above the screen.

use ratatui::{Frame, layout::Rect};

use super::{Look, pane};
use crate::app::{Overlay, Pane};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, overlay: &Overlay, look: &Look) {
    let width = overlay.size.0.min(area.width);
    let height = overlay.size.1.min(area.height);
    let place = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    pane::clear(frame, place, look);
    let Some(input) = &overlay.input else {
        pane::pane(frame, place, &overlay.pane, look);
        return;
    };
    // The input stands on the first rows inside the frame.
    let mut shifted: Pane = overlay.pane.clone();
    shifted.lines.insert(0, crate::app::Line::default());
    shifted.lines.insert(1, crate::app::Line::default());
    shifted.selected = shifted.selected.map(|s| s + 2);
    pane::pane(frame, place, &shifted, look);
    let at = Rect {
        x: place.x + 2,
        y: place.y + 1,
        width: place.width.saturating_sub(4),
        height: 1,
    };
    pane::field(frame, at, input, 8, look);
}
