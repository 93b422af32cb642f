//! Draws the outbox.

use ratatui::{Frame, layout::Rect};

use super::{Look, pane};
use crate::app::{Layout, OutboxView};

pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    layout: &Layout,
    view: &OutboxView,
    look: &Look,
) {
    pane::split(frame, area, layout, (&view.list, &view.detail), look);
}
