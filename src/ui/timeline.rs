//! Draws the timeline.

use ratatui::{Frame, layout::Rect};

use super::{Look, pane};
use crate::app::{Layout, TimelineView};

pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    layout: &Layout,
    view: &TimelineView,
    look: &Look,
) {
    pane::line(frame, Rect { height: 1, ..area }, &view.title, look);
    pane::line(
        frame,
        Rect {
            y: area.y + 1,
            height: 1,
            ..area
        },
        &view.stages,
        look,
    );
    let body = Rect {
        y: area.y + 2,
        height: area.height.saturating_sub(3),
        ..area
    };
    match (&view.detail, layout.wide) {
        (Some(detail), true) => {
            pane::pane(
                frame,
                Rect {
                    width: layout.left,
                    ..body
                },
                &view.list,
                look,
            );
            let right = Rect {
                x: body.x + layout.left,
                width: body.width - layout.left,
                ..body
            };
            pane::pane(frame, right, detail, look);
        }
        (Some(detail), false) => {
            let lower = layout.lower(body.height);
            pane::pane(
                frame,
                Rect {
                    height: body.height - lower,
                    ..body
                },
                &view.list,
                look,
            );
            pane::pane(
                frame,
                Rect {
                    y: body.y + body.height - lower,
                    height: lower,
                    ..body
                },
                detail,
                look,
            );
        }
        (None, _) => pane::pane(frame, body, &view.list, look),
    }
    let last = Rect {
        y: area.y + area.height.saturating_sub(1),
        height: 1,
        ..area
    };
    pane::line(frame, last, &view.blockers, look);
}
