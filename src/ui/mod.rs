//! Draws views with ratatui, and turns the terminal's keys and colours into ours and back. Knows
//! views only: no change, no evidence, no forge.

mod attempts;
mod bytes;
mod decide;
mod diff;
mod inbox;
mod input;
mod keyboard;
mod look;
mod outbox;
mod overlay;
mod pane;
mod timeline;
mod trace;

pub use bytes::Bytes;
pub use keyboard::Keyboard;
pub use look::{Depth, Look};

use ratatui::{Frame, layout::Rect};

use crate::app::{Body, HEADER, Layout, View};

/// Lays the ground that everything stands on. A light theme brings its own: the terminal under it may
/// be dark.
fn ground(frame: &mut Frame<'_>, area: Rect, look: &Look) {
    let style = look.style("ui.screen").patch(look.style("text"));
    frame.buffer_mut().set_style(area, style);
}

/// Draws a whole screen.
pub fn draw(frame: &mut Frame<'_>, view: &View, look: &Look) {
    let area = frame.area();
    ground(frame, area, look);
    if let Body::TooSmall { width, height } = &view.body {
        let words = [
            "needs 60×20".to_owned(),
            format!("this is {width}×{height}"),
        ];
        for (row, text) in (0..).zip(words) {
            pane::text(frame, area, row, &text, look.style("message.warning"));
        }
        return;
    }
    let layout = Layout::of((area.width, area.height));
    // The bar goes through below words of any colour.
    let bar = Rect { height: 1, ..area };
    frame.buffer_mut().set_style(bar, look.style("ui.header"));
    for (row, line) in (0..).zip(&view.header) {
        pane::line(
            frame,
            Rect {
                y: area.y + row,
                height: 1,
                ..area
            },
            line,
            look,
        );
    }
    let body = Rect {
        y: area.y + HEADER,
        height: layout.body,
        ..area
    };
    match &view.body {
        Body::Inbox(view) => inbox::draw(frame, body, view, look),
        Body::Timeline(view) => timeline::draw(frame, body, &layout, view, look),
        Body::Trace(view) => trace::draw(frame, body, &layout, view, look),
        Body::Attempts(view) => attempts::draw(frame, body, &layout, view, look),
        Body::Log(view) => pane::pane(frame, body, view, look),
        Body::Diff(view) => diff::draw(frame, body, view, look),
        Body::Decide(view) => decide::draw(frame, body, &layout, view, look),
        Body::Outbox(view) => outbox::draw(frame, body, &layout, view, look),
        Body::TooSmall { .. } => {}
    }
    let footer = Rect {
        y: area.y + area.height.saturating_sub(1),
        height: 1,
        ..area
    };
    pane::line(frame, footer, &view.footer, look);
    if let Some(overlay) = &view.overlay {
        overlay::draw(frame, body, overlay, look);
    }
}
