//! Draws the ladder of attempts.

use ratatui::{Frame, layout::Rect};

use super::{Look, pane};
use crate::app::{AttemptsView, Layout};

pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    layout: &Layout,
    view: &AttemptsView,
    look: &Look,
) {
    pane::split(frame, area, layout, (&view.grid, &view.detail), look);
}
