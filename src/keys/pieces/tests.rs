use super::*;

/// Feeds bytes as a terminal's reader tells them, each so many milliseconds after the one before,
/// then waits; returns what came of it.
struct Feed {
    pieces: Pieces,
    now: u64,
    out: Vec<Piece>,
}

impl Feed {
    fn new() -> Self {
        Self {
            pieces: Pieces::default(),
            now: 10_000,
            out: Vec::new(),
        }
    }

    /// Lets time pass; what is due comes when it is.
    fn pass(&mut self, ms: u64) -> &mut Self {
        let to = self.now + ms;
        while let Some(due) = self.pieces.due().filter(|due| *due <= to) {
            let found = self.pieces.expire(due);
            self.out.extend(found);
        }
        self.now = to;
        self
    }

    fn key(&mut self, key: Key) -> &mut Self {
        let found = self.pieces.key(key, self.now);
        self.out.extend(found);
        self
    }

    /// Each character in a piece of its own; `␛` is ESC.
    fn bytes(&mut self, text: &str, gap: u64) -> &mut Self {
        for c in text.chars() {
            self.pass(gap);
            self.key(match c {
                '␛' => Key::plain(Code::Esc),
                '\r' => Key::plain(Code::Enter),
                '\u{13}' => ctrl('s'),
                c => Key::char(c),
            });
        }
        self
    }

    fn words(&mut self) -> String {
        self.pass(5_000);
        let words: Vec<String> = std::mem::take(&mut self.out)
            .iter()
            .map(|piece| match piece {
                Piece::Key(key) => key.to_string(),
                Piece::Paste(text) => format!("paste({text:?})"),
            })
            .collect();
        words.join(" ")
    }
}

fn ctrl(c: char) -> Key {
    Key {
        code: Code::Char(c),
        ctrl: true,
        alt: false,
    }
}

#[test]
fn a_key_in_pieces_is_one_key_while_its_pieces_are_in_time() {
    for (bytes, key) in [
        ("␛[A", "up"),
        ("␛OB", "down"),
        ("␛[1;5C", "ctrl-right"),
        ("␛[15~", "f5"),
        ("␛[[A", "f1"),
        ("␛OP", "f1"),
        ("␛[97;5u", "ctrl-a"),
        ("␛[27u", "esc"),
        ("␛[Z", "backtab"),
        ("␛[3~", "delete"),
        ("␛[2~", ""),
        ("␛[<35;10;4M", ""),
        ("␛[M !!", ""),
        ("␛[I", ""),
        ("␛[99;1~", ""),
        ("␛[?1;2c", ""),
        ("␛[e", ""),
    ] {
        for gap in [0, 5, 20, 49] {
            assert_eq!(
                Feed::new().bytes(bytes, gap).words(),
                key,
                "{bytes} every {gap} ms"
            );
        }
        // Only the ESC is short of time.
        let rest = bytes.trim_start_matches('␛');
        let (first, more) = rest.split_at(1);
        let mut feed = Feed::new();
        feed.bytes("␛", 0).bytes(first, 49).bytes(more, 199);
        assert_eq!(feed.words(), key, "{bytes} slowly");
    }
}

#[test]
fn a_key_whose_pieces_are_late_is_an_escape_and_does_nothing_more() {
    for bytes in [
        "␛[A",
        "␛[B",
        "␛OA",
        "␛OQ",
        "␛[1;5A",
        "␛[1;2S",
        "␛[15~",
        "␛[24~",
        "␛[[E",
        "␛[97;5u",
        "␛[Z",
        "␛[<35;10;4M",
        "␛[I",
    ] {
        for gap in [50, 100, 150, 199] {
            let words = Feed::new().bytes(bytes, gap).words();
            assert_eq!(words, "esc", "{bytes} every {gap} ms");
        }
        // So late that its second character is given back: that alone opens nothing.
        for gap in [200, 250, 400] {
            let words = Feed::new().bytes(bytes, gap).words();
            let second = bytes.chars().nth(1).unwrap();
            assert_eq!(words, format!("esc {second}"), "{bytes} every {gap} ms");
        }
    }
}

#[test]
fn what_comes_even_later_is_swallowed_as_far_as_it_is_known() {
    // In time to begin a sequence, too late to go on with it.
    for bytes in ["A", "1;5A", "15~"] {
        let mut feed = Feed::new();
        feed.bytes("␛", 0).bytes("[", 20).bytes(bytes, 400);
        assert_eq!(feed.words(), "alt-[", "{bytes}");
    }
    let mut feed = Feed::new();
    feed.bytes("␛", 0).bytes("[1;", 20).bytes("5A", 450);
    assert_eq!(feed.words(), "");
}

#[test]
fn an_escape_alone_comes_after_its_time_and_at_once_before_another_key() {
    let mut feed = Feed::new();
    feed.bytes("␛", 0).pass(49);
    assert_eq!(feed.out, []);
    feed.pass(1);
    assert_eq!(feed.out, [Piece::Key(Key::plain(Code::Esc))]);
    for (bytes, keys) in [
        ("␛j", "esc j"),
        ("␛␛", "esc esc"),
        ("␛␛[A", "esc up"),
        ("␛\u{13}", "esc ctrl-s"),
        ("␛\r", "esc enter"),
        ("␛q[A", "esc q [ A"),
        ("[A", "[ A"),
        ("OA", "O A"),
    ] {
        assert_eq!(Feed::new().bytes(bytes, 0).words(), keys, "{bytes}");
    }
    let alt = Key {
        code: Code::Char('j'),
        ctrl: false,
        alt: true,
    };
    let mut feed = Feed::new();
    feed.key(alt);
    assert_eq!(feed.out, [Piece::Key(alt)], "alt with a letter is one key");
}

#[test]
fn what_a_person_types_after_an_escape_is_given_back() {
    // The reader of a timeline leaves an overlay and jumps.
    for (bytes, keys) in [
        ("␛[e", "esc [ e"),
        ("␛[a", "esc [ a"),
        ("␛[r", "esc [ r"),
        ("␛]e", "esc ] e"),
        ("␛O", "esc O"),
        ("␛[", "esc ["),
        ("␛Oz", "esc O z"),
    ] {
        for gap in [60, 120, 190] {
            assert_eq!(
                Feed::new().bytes(bytes, gap).words(),
                keys,
                "{bytes} every {gap} ms"
            );
        }
    }
    let mut feed = Feed::new();
    feed.bytes("␛", 0).bytes("[A", 501);
    assert_eq!(feed.words(), "esc [ A", "long after");
}

#[test]
fn what_breaks_a_sequence_acts_itself() {
    for (bytes, keys) in [
        ("␛[␛", "alt-[ esc"),
        ("␛[␛[A", "alt-[ up"),
        ("␛[1;␛[A", "up"),
        ("␛[1;\u{13}", "ctrl-s"),
        ("␛O\r", "alt-O enter"),
    ] {
        assert_eq!(Feed::new().bytes(bytes, 5).words(), keys, "{bytes}");
    }
    let mut feed = Feed::new();
    feed.bytes("␛", 0);
    let out = feed.pieces.whole(Some(Key::plain(Code::Up)), feed.now + 5);
    let keys = [Code::Esc, Code::Up].map(|c| Piece::Key(Key::plain(c)));
    assert_eq!(out, keys, "a key that came whole");
    let mut feed = Feed::new();
    feed.bytes("␛", 0);
    let out = feed.pieces.whole(None, feed.now + 5);
    assert_eq!(out, [Piece::Key(Key::plain(Code::Esc))], "the mouse");
}

#[test]
fn a_sequence_without_an_end_ends() {
    for bytes in [
        format!("␛[{}", "1;".repeat(LONGEST)),
        format!("␛[{}A", "1;".repeat(LONGEST)),
        format!("␛[{}u", "1".repeat(LONGEST)),
    ] {
        let mut feed = Feed::new();
        assert_eq!(feed.bytes(&bytes, 0).words(), "", "{bytes}");
        assert_eq!(feed.bytes("j", 0).words(), "j");
    }
}

#[test]
fn a_paste_in_pieces_is_a_paste_and_nothing_in_it_is_a_key() {
    let text = "one\r\u{13}two\rA[AQ";
    let whole = "paste(\"one\\n\\u{13}two\\nA[AQ\")";
    for gap in [0, 5, 20, 49] {
        let bytes = format!("␛[200~{text}␛[201~");
        let mut feed = Feed::new();
        feed.bytes(&bytes, gap);
        assert_eq!(feed.out.len(), 1, "its end is seen: {:?}", feed.out);
        assert_eq!(feed.words(), whole, "every {gap} ms");
    }
    // Begun too late for its ESC, and slow.
    for gap in [50, 150, 199] {
        let bytes = format!("␛[200~{text}␛[201~");
        let words = Feed::new().bytes(&bytes, gap).words();
        assert_eq!(words, format!("esc {whole}"), "every {gap} ms");
    }
    // An end that came whole is swallowed by the terminal's reader.
    let mut feed = Feed::new();
    feed.bytes(&format!("␛[200~{text}"), 20);
    assert_eq!(feed.words(), whole);
    feed.bytes("j", 0);
    assert_eq!(feed.words(), "j", "a pause ends it");
}

#[test]
fn what_looks_like_the_end_of_a_paste_is_text() {
    for (bytes, text) in [
        ("a␛[20b", "a\u{1b}[20b"),
        ("␛␛", "\u{1b}\u{1b}"),
        ("x␛[␛[y", "x\u{1b}[\u{1b}[y"),
        ("[201~", "[201~"),
    ] {
        let mut feed = Feed::new();
        feed.bytes(&format!("␛[200~{bytes}␛[201~"), 5);
        assert_eq!(feed.words(), format!("paste({text:?})"), "{bytes}");
    }
    // The rest of an end that came after the pause does nothing.
    for (before, after) in [("␛", "[201~"), ("␛[", "201~"), ("␛[20", "1~")] {
        let mut feed = Feed::new();
        feed.bytes("␛[200~a", 5).bytes(before, 5).pass(500);
        feed.bytes(after, 0);
        assert_eq!(feed.words(), "paste(\"a\")", "{before} {after}");
    }
}

#[test]
fn a_paste_that_came_whole_ends_what_waits() {
    let mut feed = Feed::new();
    feed.bytes("␛", 0);
    let out = feed.pieces.paste("text".into(), feed.now);
    let esc = Piece::Key(Key::plain(Code::Esc));
    assert_eq!(out, [esc, Piece::Paste("text".into())]);
    assert_eq!(feed.pieces.due(), None);
}

/// Whatever comes, nothing waits for ever, and no key is made up of nothing.
#[test]
fn any_keys_at_any_times_come_to_rest() {
    let bytes = [
        '␛', '[', 'O', 'A', 'P', '1', ';', '5', '~', '2', '0', 'e', 'q', 's', '\r',
    ];
    let mut seed = 7_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).unwrap() % below
    };
    for _ in 0..2_000 {
        let mut feed = Feed::new();
        for _ in 0..random(12) {
            let gap = [0, 5, 20, 49, 50, 150, 200, 499, 501][random(9)];
            let c = bytes[random(bytes.len())];
            feed.bytes(&c.to_string(), gap);
        }
        feed.pass(2_000);
        assert_eq!(feed.pieces.due(), None);
        feed.out.clear();
        feed.bytes("j", 0);
        assert_eq!(feed.words(), "j", "the next key is itself");
    }
}
