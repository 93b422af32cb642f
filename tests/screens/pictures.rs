//! Styled snapshots of every screen, at two sizes and in both themes.

use proofline::{
    app::{Msg, StatusUpdate},
    model::Host,
};

use super::stage::{Stage, styled, world};

const SIZES: [(u16, u16); 2] = [(80, 24), (140, 40)];

/// Brings a stage to a screen.
type Way = fn(&mut Stage);

const SCREENS: &[(&str, Way)] = &[
    ("inbox", |s| {
        s.press("j");
    }),
    ("timeline", |s| s.open(482)),
    ("trace", |s| {
        s.open(482);
        s.press("t");
    }),
    ("coverage", |s| {
        s.open(482);
        s.press("t enter");
    }),
    ("attempts", |s| {
        s.open(482);
        s.press("a h h");
    }),
    ("diff", |s| {
        s.open(482);
        s.press("d");
    }),
    ("log", |s| {
        s.open(482);
        s.press("L");
    }),
    ("decide", |s| {
        s.open(479);
        s.press("A");
        s.type_text("looks good");
    }),
    ("outbox", |s| {
        s.press("g o");
    }),
    ("help", |s| {
        s.press("?");
    }),
    ("problems", |s| {
        s.press("g p");
    }),
    ("forge_log", |s| s.send(Msg::ForgeLog(super::forge::log()))),
    ("inbox_of_two", |s| {
        let mut rows = world().rows.clone();
        for row in rows.iter_mut().step_by(2) {
            row.id.repo.host = Host::new("git.acme.org");
            row.id.repo.name = "checkout".to_owned();
        }
        s.send(Msg::Inbox(rows));
        s.send(Msg::Status(StatusUpdate::Moved(2)));
    }),
];

#[test]
fn every_screen_looks_as_it_did() {
    for (name, way) in SCREENS {
        for size in SIZES {
            for theme in ["dark", "light"] {
                let mut stage = Stage::new(size);
                way(&mut stage);
                let picture = styled(&stage.draw(theme));
                insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                    insta::assert_snapshot!(format!("{name}_{}x{}_{theme}", size.0, size.1), picture);
                });
            }
        }
    }
}
