//! From crossterm's keys to ours.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::keys::{Code, Key};

/// Modifiers that no key here has: with them it is another key.
const FOREIGN: KeyModifiers = KeyModifiers::SUPER
    .union(KeyModifiers::HYPER)
    .union(KeyModifiers::META);

/// Converts a key press; releases and keys without a meaning here are nothing.
pub fn key(event: &KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release || event.modifiers.intersects(FOREIGN) {
        return None;
    }
    let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
    let code = match event.code {
        // The keyboard protocol tells the small letter and shift.
        KeyCode::Char(c) if event.modifiers.contains(KeyModifiers::SHIFT) && !ctrl => {
            Code::Char(c.to_ascii_uppercase())
        }
        KeyCode::Char(c) => Code::Char(c),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::F(n) => Code::F(n),
        _ => return None,
    };
    Some(Key {
        code,
        ctrl,
        alt: event.modifiers.contains(KeyModifiers::ALT),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modifiers_as_the_keyboard_protocol_and_as_old_terminals_tell_them() {
        let (shift, alt, ctrl) = (
            KeyModifiers::SHIFT,
            KeyModifiers::ALT,
            KeyModifiers::CONTROL,
        );
        for (code, modifiers, expected) in [
            (KeyCode::Char('A'), shift, Some("A")),
            (KeyCode::Char('a'), shift, Some("A")),
            (KeyCode::Char('a'), shift | alt, Some("alt-A")),
            (KeyCode::Char('s'), shift | ctrl, Some("ctrl-s")),
            (KeyCode::Char('s'), ctrl, Some("ctrl-s")),
            (KeyCode::Char('s'), KeyModifiers::SUPER, None),
            (KeyCode::Char('s'), KeyModifiers::META, None),
            (KeyCode::Esc, KeyModifiers::NONE, Some("esc")),
            (KeyCode::Insert, KeyModifiers::NONE, None),
        ] {
            let found = key(&KeyEvent::new(code, modifiers));
            assert_eq!(
                found.map(|k| k.to_string()).as_deref(),
                expected,
                "{code:?} {modifiers:?}"
            );
        }
    }
}
