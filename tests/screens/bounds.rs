//! What holds for every screen at every size: nothing is cut without a sign, nothing panics, no row
//! is lost off the edge.

use proofline::app::{Body, Screen};
use proptest::prelude::*;

use super::stage::{Stage, world};

const KEYS: &[&str] = &[
    "j",
    "k",
    "g g",
    "G",
    "ctrl-d",
    "ctrl-u",
    "h",
    "l",
    "tab",
    "enter",
    "esc",
    "q",
    "n",
    "N",
    "ctrl-o",
    "] o",
    "alt-j",
    "alt-k",
    "g o",
    "g p",
    "?",
    ":",
    "{",
    "}",
    "f",
    "] e",
    "[ e",
    "] a",
    "[ a",
    "] r",
    "[ r",
    "t",
    "a",
    "d",
    "1",
    "4",
    "u",
    "] f",
    "[ f",
    "] h",
    "[ h",
    "A",
    "X",
    "E",
    "ctrl-s",
    "/",
    "c",
    "backspace",
    "g t",
    "x",
    "r",
];

#[test]
fn sizes_from_the_smallest_to_the_largest_draw_every_screen() {
    for size in [
        (60, 20),
        (61, 21),
        (79, 24),
        (119, 30),
        (120, 30),
        (200, 50),
        (300, 100),
    ] {
        for keys in ["", "t", "a", "d", "g o", "?", "g p", "E", "A"] {
            let mut stage = Stage::story(size);
            if !keys.is_empty() {
                stage.press(keys);
            }
            let text = stage.text();
            assert_eq!(text.lines().count(), usize::from(size.1));
            assert!(
                !matches!(stage.app.view().body, Body::TooSmall { .. }),
                "{size:?}"
            );
        }
    }
}

#[test]
fn too_small_a_terminal_is_said_and_nothing_is_lost() {
    let mut stage = Stage::story((140, 40));
    stage.press("t");
    stage.send(proofline::app::Msg::Resize(20, 5));
    assert!(stage.text().contains("needs 60×20"), "{}", stage.text());
    stage.send(proofline::app::Msg::Resize(140, 40));
    assert_eq!(stage.screen(), Screen::Trace);
    assert!(stage.text().contains("REQ-PAY-18"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Any keys at any size: never a panic, the cursor always on the screen, and every line of every
    /// pane inside of it.
    #[test]
    fn any_keys_leave_a_screen_that_can_be_drawn(
        width in 60u16..210, height in 20u16..60,
        keys in proptest::collection::vec(0usize..KEYS.len(), 0..40),
    ) {
        let mut stage = Stage::story((width, height));
        for key in keys {
            stage.press(KEYS[key]);
        }
        let view = stage.app.view();
        let panes: Vec<_> = match &view.body {
            Body::Inbox(v) => vec![&v.list],
            Body::Timeline(v) => std::iter::once(&v.list).chain(v.detail.as_ref()).collect(),
            Body::Trace(v) => vec![&v.chain, &v.table],
            Body::Attempts(v) => vec![&v.grid, &v.detail],
            Body::Diff(v) => std::iter::once(&v.diff).chain(v.files.as_ref()).collect(),
            Body::Decide(v) => vec![&v.preview],
            Body::Outbox(v) => vec![&v.list, &v.detail],
            Body::Log(v) => vec![v],
            Body::TooSmall { .. } => vec![],
        };
        for pane in panes {
            for line in &pane.lines {
                prop_assert!(line.width() <= usize::from(width) - 2, "{:?}", line.plain());
            }
            if let Some(selected) = pane.selected {
                prop_assert!(selected < pane.lines.len().max(1));
                prop_assert!(selected < usize::from(height) - 3);
            }
        }
        for line in view.header.iter().chain([&view.footer]) {
            prop_assert!(line.width() <= usize::from(width), "{:?}", line.plain());
        }
        let text = stage.text();
        prop_assert_eq!(text.lines().count(), usize::from(height));
    }
}

#[test]
fn the_world_is_the_one_that_is_drawn() {
    assert_eq!(world().story, 482);
}
