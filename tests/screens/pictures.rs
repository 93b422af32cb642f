//! Styled snapshots of every screen, at two sizes and in both themes.

use super::stage::{Stage, styled};

const SIZES: [(u16, u16); 2] = [(80, 24), (140, 40)];

/// Brings a stage to a screen.
type Way = fn(&mut Stage);

const SCREENS: &[(&str, Way)] = &[
    ("inbox", |s| drop(s.press("j"))),
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
    ("decide", |s| {
        s.open(479);
        s.press("A");
        s.type_text("looks good");
    }),
    ("outbox", |s| drop(s.press("g o"))),
    ("help", |s| drop(s.press("?"))),
    ("problems", |s| drop(s.press("g p"))),
];

/// Replaces what differs from run to run: the port in addresses, and ids and digests over it.
fn settled(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("127.0.0.1:") {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        out.push_str("127.0.0.1:PORT_");
        let digits = after["127.0.0.1:".len()..]
            .chars()
            .take_while(char::is_ascii_digit)
            .count();
        rest = &after["127.0.0.1:".len() + digits..];
    }
    out + rest
}

#[test]
fn every_screen_looks_as_it_did() {
    for (name, way) in SCREENS {
        for size in SIZES {
            for theme in ["dark", "light"] {
                let mut stage = Stage::new(size);
                way(&mut stage);
                let picture = settled(&styled(&stage.draw(theme)));
                insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                    insta::assert_snapshot!(format!("{name}_{}x{}_{theme}", size.0, size.1), picture);
                });
            }
        }
    }
}
