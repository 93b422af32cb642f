//! Every cursor and function key in pieces, as a slow link brings them, into every form of the
//! workbench in a real pseudo-terminal: no text is lost, no other form opens, nothing is posted.

use std::{thread, time::Duration};

use proofline::demo::DemoForge;

use super::tools::{Home, Pty};
use crate::support::forge::forge;

/// What terminals send after the ESC for cursor and function keys, in all usual forms.
const KEYS: &[&str] = &[
    "[A", "[B", "[C", "[D", "[H", "[F", "OA", "OB", "OC", "OD", "OH", "OF", "[1~", "[2~", "[4~",
    "[5~", "[6~", "[3~", "OP", "OQ", "OR", "OS", "[11~", "[12~", "[13~", "[14~", "[15~", "[17~",
    "[18~", "[19~", "[20~", "[21~", "[23~", "[24~", "[[A", "[1;5A", "[1;2B", "[Z",
];

/// A form: its key, its title, the labels of its fields, and how often tab leads to the field that is
/// filled.
struct Form {
    key: &'static str,
    title: &'static str,
    labels: &'static [&'static str],
    tabs: usize,
}

const FORMS: &[Form] = &[
    Form {
        key: "A",
        title: " APPROVE · acme/payments#479 ",
        labels: &["words"],
        tabs: 0,
    },
    Form {
        key: "X",
        title: " REQUEST CHANGES · acme/payments#479 ",
        labels: &["what should change"],
        tabs: 0,
    },
    Form {
        key: "E",
        title: " ASK FOR AN EXCEPTION · acme/payments#479 ",
        labels: &["for", "reason", "control", "risk owner", "ends in days"],
        tabs: 1,
    },
];

const TEXT: &str = "keep this text";
/// Typed after each key: text in a form, and the palette anywhere else. Once it is on the screen, all
/// that came before it has done what it does.
const MARK: char = ':';
const PALETTE: &str = "Palette: type to search";

/// Returns what stands in the fields of a form.
fn fields(screen: &str, form: &Form) -> Vec<String> {
    let rows = screen.lines().filter_map(|row| {
        let row = row.strip_prefix('│')?.trim_end_matches('│');
        let is_field = |l: &&&str| row.starts_with(&format!("{l:<20}"));
        form.labels.iter().find(is_field)?;
        Some(row.chars().skip(20).collect::<String>().trim().to_owned())
    });
    rows.take(form.labels.len()).collect()
}

fn marks(screen: &str, form: &Form) -> usize {
    let fields = fields(screen, form);
    let all = fields.iter().flat_map(|f| f.chars());
    all.filter(|c| *c == MARK).count()
}

/// Opens the form, as soon as it opens again after another closed.
fn open(pty: &mut Pty, form: &Form) {
    let again = format!("now {} opens the form", form.key);
    loop {
        pty.type_bytes(form.key).until("the form, or why not", |s| {
            s.contains(form.title) || s.contains("too soon")
        });
        if pty.screen().contains(form.title) {
            return;
        }
        pty.wait_for(&again);
    }
}

/// Tells whether the text stands in a field, marks apart.
fn has_text(screen: &str, form: &Form) -> bool {
    let fields = fields(screen, form);
    fields.iter().any(|f| f.replace(MARK, "") == TEXT)
}

/// Types into a form, then sends keys byte by byte.
fn torment(forge: &DemoForge, forms: &[Form], keys: &[&str], gap: u64) {
    let home = Home::on(forge);
    let mut pty = Pty::start(&home, &[], (80, 24));
    pty.wait_for("#479").until("all is pulled", |s| {
        s.contains("as of") && !s.contains("pulling") && !s.contains("asking")
    });
    pty.type_bytes("/ring\r").wait_for("match 1 of 1");
    pty.type_bytes("\r").wait_for("Bump ring").wait_for("head ");
    for form in forms {
        open(&mut pty, form);
        pty.type_bytes(&"\t".repeat(form.tabs))
            .type_bytes(TEXT)
            .wait_for(TEXT);
        for key in keys {
            let place = format!("ESC {key} every {gap} ms");
            // The mark stands at an end, where no key takes anything away.
            pty.type_bytes("\x05\x1b");
            for byte in key.chars() {
                // The stimulus, not a wait for anything.
                thread::sleep(Duration::from_millis(gap));
                pty.type_bytes(&byte.to_string());
            }
            if gap > 100 {
                // The ESC was given back by now: no form is open that could be confirmed.
                pty.type_bytes("\x13");
            }
            let before = marks(&pty.screen(), form);
            pty.type_bytes(&MARK.to_string())
                .until(&format!("the mark after {place}"), |s| {
                    s.contains(PALETTE) || marks(s, form) > before
                });
            if pty.screen().contains(PALETTE) {
                pty.type_bytes("\x1b")
                    .until("the palette is gone", |s| !s.contains(PALETTE));
                assert!(
                    !pty.screen().contains("#479 ─"),
                    "{place}:\n{}",
                    pty.screen()
                );
                open(&mut pty, form);
            }
            pty.until(&format!("the text after {place}"), |s| {
                s.contains(form.title) && has_text(s, form)
            });
        }
        pty.type_bytes("\x18").wait_for("the text is discarded");
        pty.type_bytes("\x1b").wait_for("nothing was sent");
    }
    pty.type_bytes("Q");
    assert_eq!(pty.end(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_pieces_loses_no_text_opens_no_form_and_posts_nothing() {
    let forge = forge(0).await;
    thread::scope(|scope| {
        for gap in [5, 20] {
            let forge = &forge;
            scope.spawn(move || torment(forge, FORMS, KEYS, gap));
        }
        // Where each key closes the form it takes longer: one terminal a form.
        for gap in [50, 150] {
            for form in FORMS {
                let forge = &forge;
                scope.spawn(move || torment(forge, std::slice::from_ref(form), KEYS, gap));
            }
        }
    });
    let written = |method: &str, path: &str| {
        let writes = path.contains("/reviews") || path.contains("/comments");
        method != "GET" && writes
    };
    let posts: Vec<String> = forge
        .log()
        .into_iter()
        .filter(|e| written(&e.method, &e.path))
        .map(|e| format!("{} {}", e.method, e.path))
        .collect();
    assert_eq!(posts, [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paste_in_pieces_is_text_and_nothing_in_it_acts() {
    let forge = forge(0).await;
    let home = Home::on(&forge);
    let mut pty = Pty::start(&home, &[], (80, 24));
    pty.wait_for("#479").wait_for("as of");
    pty.type_bytes("/ring\r").wait_for("match 1 of 1");
    pty.type_bytes("\r").wait_for("Bump ring").wait_for("head ");
    let form = &FORMS[1];
    open(&mut pty, form);
    pty.wait_for("ctrl-s request changes on #479");
    // What the reader of the terminal sees of the end depends on where it is cut: all, or nothing.
    for end in [&["\x1b[201~"][..], &["\x1b", "[201~"], &["\x1b[20", "1~"]] {
        let has_text = |s: &str| s.contains(form.title) && fields(s, form) == ["two lines␓A"];
        loop {
            for piece in ["\x1b", "[200~two\rlines\x13A"].iter().chain(end) {
                pty.type_bytes(piece);
                // The stimulus, not a wait for anything.
                thread::sleep(Duration::from_millis(5));
            }
            // On a busy machine the begin may be late: then the ESC closed the form, no more.
            pty.until("the pasted text", |s| {
                has_text(s) || s.contains("nothing was sent")
            });
            if has_text(&pty.screen()) {
                break;
            }
            open(&mut pty, form);
        }
        pty.type_bytes("\x18").wait_for("the text is discarded");
        pty.type_bytes("\x05")
            .wait_for("ctrl-s request changes on #479");
    }
    let reviews = forge.log();
    assert!(
        reviews
            .iter()
            .all(|e| e.method == "GET" || !e.path.contains("/reviews"))
    );
}

#[test]
fn the_keyboard_protocol_is_switched_on_and_off_again_where_it_is_known() {
    for (term, has) in [("xterm-kitty", true), ("xterm-256color", false)] {
        let home = Home::new().with("TERM", term);
        let mut pty = Pty::start(&home, &["demo"], (100, 30));
        pty.wait_for("Open 7");
        pty.type_bytes("Q");
        assert_eq!(pty.end(), 0);
        let raw = String::from_utf8_lossy(&pty.raw).into_owned();
        // Pushed on the alternate screen, popped before it is left.
        let places = ["\x1b[?1049h", "\x1b[>1u", "\x1b[<1u", "\x1b[?1049l"];
        let at = places.map(|code| raw.find(code));
        assert_eq!(at[1].is_some() && at[2].is_some(), has, "{term}: {at:?}");
        assert!(!has || at.is_sorted(), "{term}: {at:?}");
    }
}

/// A paste, and a sequence, whose end is lost on the way: the keys after them act.
#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_never_comes_holds_nothing_up() {
    let forge = forge(0).await;
    let home = Home::on(&forge);
    let mut pty = Pty::start(&home, &[], (80, 24));
    pty.wait_for("#479").until("all is pulled", |s| {
        s.contains("as of") && !s.contains("pulling") && !s.contains("asking")
    });
    pty.type_bytes("/ring\r").wait_for("match 1 of 1");
    pty.type_bytes("\r").wait_for("Bump ring").wait_for("head ");
    let form = &FORMS[1];
    open(&mut pty, form);
    pty.type_bytes("kept, \x1b[200~lost\rpaste")
        .wait_for("lost");
    pty.type_bytes(" and on").wait_for("and on");
    pty.type_bytes("\x1b[1;")
        .type_bytes("\x1b")
        .wait_for("opens it again");
    pty.type_bytes("Q").wait_for("Q");
    let wrote = forge
        .log()
        .into_iter()
        .any(|e| e.method == "POST" && e.path.contains("/reviews"));
    assert!(!wrote);
}
