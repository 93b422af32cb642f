//! From the bytes of a terminal to single keys. Sequences stay in pieces here: putting them together,
//! whether they come at once or slowly, is one rule of its own ([`crate::keys::Pieces`]). So a sequence
//! or a paste whose end never comes holds nothing up.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

/// Decodes bytes; what is not whole waits for the next ones.
#[derive(Debug, Default)]
pub struct Bytes {
    /// The begin of a character that came in pieces.
    kept: Vec<u8>,
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Event {
    Event::Key(KeyEvent::new(code, modifiers))
}

/// The key of a character, by the codes that terminals send for control keys (ECMA-48, xterm).
fn key_of(c: char, modifiers: KeyModifiers) -> Option<Event> {
    let control = modifiers | KeyModifiers::CONTROL;
    let letter = |first: char| {
        let offset = u32::from(c) - u32::from(if first == 'a' { '\u{1}' } else { '\u{1c}' });
        char::from_u32(u32::from(first) + offset)
    };
    Some(match c {
        '\r' => key(KeyCode::Enter, modifiers),
        '\t' => key(KeyCode::Tab, modifiers),
        '\u{7f}' => key(KeyCode::Backspace, modifiers),
        '\u{1b}' => key(KeyCode::Esc, modifiers),
        '\u{1}'..='\u{1a}' => key(KeyCode::Char(letter('a')?), control),
        '\u{1c}'..='\u{1f}' => key(KeyCode::Char(letter('4')?), control),
        '\0' => key(KeyCode::Char(' '), control),
        c if c.is_control() => return None,
        c => key(KeyCode::Char(c), modifiers),
    })
}

impl Bytes {
    /// Takes what one read gave. A key with Alt comes as an ESC with the key behind it, at once.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Event> {
        self.kept.extend_from_slice(bytes);
        let whole = std::mem::take(&mut self.kept);
        let mut text = String::new();
        let mut rest = whole.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(good) => {
                    text.push_str(good);
                    break;
                }
                Err(error) => {
                    let (good, bad) = rest.split_at(error.valid_up_to());
                    text.push_str(std::str::from_utf8(good).unwrap_or_default());
                    // Bytes of no character are no key; the begin of one waits for its rest.
                    if let Some(length) = error.error_len() {
                        rest = bad.get(length..).unwrap_or(&[]);
                    } else {
                        self.kept = bad.to_vec();
                        break;
                    }
                }
            }
        }
        let mut events = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let next = chars.peek().copied();
            match (c, next) {
                ('\u{1b}', Some('[' | 'O') | None) => {
                    events.extend(key_of(c, KeyModifiers::NONE));
                }
                // Alt with a key that is a sequence itself: the ESC in front is dropped.
                ('\u{1b}', Some('\u{1b}')) => {
                    let mut ahead = chars.clone();
                    ahead.next();
                    if !matches!(ahead.peek(), Some('[' | 'O')) {
                        events.extend(key_of(c, KeyModifiers::NONE));
                    }
                }
                ('\u{1b}', Some(other)) => {
                    chars.next();
                    events.extend(key_of(other, KeyModifiers::ALT));
                }
                (c, _) => events.extend(key_of(c, KeyModifiers::NONE)),
            }
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::input;

    fn words(events: Vec<Event>) -> String {
        let words = events.into_iter().map(|event| match event {
            Event::Key(event) => input::key(&event).map_or("?".to_owned(), |k| k.to_string()),
            other => format!("{other:?}"),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_byte_is_the_key_that_terminals_mean_by_it() {
        let table: [(&[u8], &str); 14] = [
            (b"a", "a"),
            (b"A", "A"),
            (b"\r", "enter"),
            (b"\t", "tab"),
            (b"\x7f", "backspace"),
            (b"\x08", "ctrl-h"),
            (b"\x13", "ctrl-s"),
            (b"\x1a", "ctrl-z"),
            (b"\x1b", "esc"),
            (b"\x1bj", "alt-j"),
            (b"\x1b[A", "esc [ A"),
            (b"\x1bOP", "esc O P"),
            (b"\x1b\x1b[A", "esc [ A"),
            ("é漢".as_bytes(), "é 漢"),
        ];
        for (bytes, keys) in table {
            assert_eq!(words(Bytes::default().take(bytes)), keys, "{bytes:?}");
        }
    }

    #[test]
    fn characters_in_pieces_are_put_together_and_broken_ones_are_dropped() {
        let mut bytes = Bytes::default();
        let wide = "漢".as_bytes();
        assert_eq!(words(bytes.take(&wide[..1])), "");
        assert_eq!(words(bytes.take(&wide[1..])), "漢");
        assert_eq!(words(bytes.take(b"a\xffb\xc3")), "a b");
        assert_eq!(words(bytes.take(b"\xa9")), "é");
    }
}
