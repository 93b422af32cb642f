//! Draws the difference.

use ratatui::{Frame, layout::Rect};

use super::{Look, pane};
use crate::app::DiffView;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, view: &DiffView, look: &Look) {
    match &view.files {
        Some(files) => {
            let left = area.width * 30 / 100;
            pane::pane(
                frame,
                Rect {
                    width: left,
                    ..area
                },
                files,
                look,
            );
            pane::pane(
                frame,
                Rect {
                    x: area.x + left,
                    width: area.width - left,
                    ..area
                },
                &view.diff,
                look,
            );
        }
        None => pane::pane(frame, area, &view.diff, look),
    }
}
