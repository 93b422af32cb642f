//! The keyboard: events of the terminal, with the times at which they came, become messages. Keys in
//! pieces are put together, and a quiet moment is told.

use crossterm::event::{Event, KeyEventKind, MouseEventKind};

use super::input;
use crate::{
    app::Msg,
    keys::{Code, Key, Piece, Pieces},
};

/// Milliseconds without a key after which the next one belongs to no burst.
const QUIET: u64 = 600;

/// Turns events into messages. Times are milliseconds since any moment that stays the same.
#[derive(Debug, Default)]
pub struct Keyboard {
    pieces: Pieces,
    /// When the last key came, until the quiet after it is told.
    last: Option<u64>,
}

impl Keyboard {
    /// Takes an event that came at a time.
    pub fn take(&mut self, event: Event, at: u64) -> Vec<Msg> {
        let mut messages = self.expire(at);
        if is_typed(&event) {
            self.last = Some(at);
        }
        let pieces = match event {
            Event::Key(event) => match input::key(&event) {
                // An ESC with modifiers was written as a whole sequence.
                Some(key) if event.modifiers.is_empty() || key.code != Code::Esc => {
                    self.pieces.key(key, at)
                }
                None if event.kind == KeyEventKind::Release => Vec::new(),
                key => self.pieces.whole(key, at),
            },
            Event::Paste(text) => self.pieces.paste(text, at),
            Event::Mouse(mouse) => self.pieces.whole(
                match mouse.kind {
                    MouseEventKind::ScrollDown => Some(Key::plain(Code::Down)),
                    MouseEventKind::ScrollUp => Some(Key::plain(Code::Up)),
                    _ => None,
                },
                at,
            ),
            Event::Resize(width, height) => {
                // A signal tells of it, no byte between others.
                messages.push(Msg::Resize(width, height));
                Vec::new()
            }
            Event::FocusGained | Event::FocusLost => self.pieces.whole(None, at),
        };
        messages.extend(pieces.into_iter().map(message));
        messages
    }

    /// Returns when [`Keyboard::expire`] is due, if something waits.
    pub fn due(&self) -> Option<u64> {
        let quiet = self.last.map(|last| last + QUIET);
        match (self.pieces.due(), quiet) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Returns what comes of time alone: a key that waited for more, a quiet moment.
    pub fn expire(&mut self, at: u64) -> Vec<Msg> {
        let pieces = self.pieces.expire(at).into_iter().map(message);
        let mut messages: Vec<Msg> = pieces.collect();
        if self.last.is_some_and(|last| at >= last + QUIET) {
            self.last = None;
            messages.push(Msg::Quiet);
        }
        messages
    }
}

fn message(piece: Piece) -> Msg {
    match piece {
        Piece::Key(key) => Msg::Key(key),
        Piece::Paste(text) => Msg::Paste(text),
    }
}

/// Tells whether an event is one of the keyboard, or acts like one.
fn is_typed(event: &Event) -> bool {
    match event {
        Event::Key(key) => key.kind != KeyEventKind::Release,
        Event::Paste(_) => true,
        Event::Mouse(mouse) => matches!(
            mouse.kind,
            MouseEventKind::ScrollDown | MouseEventKind::ScrollUp
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyEventState, KeyModifiers, MouseEvent};

    use super::*;

    fn press(code: KeyCode) -> Event {
        Event::Key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    fn words(messages: Vec<Msg>) -> String {
        let words: Vec<String> = messages
            .into_iter()
            .map(|m| match m {
                Msg::Key(key) => key.to_string(),
                Msg::Paste(text) => format!("paste {text}"),
                Msg::Quiet => "quiet".to_owned(),
                Msg::Resize(..) => "resize".to_owned(),
                other => format!("{other:?}"),
            })
            .collect();
        words.join(" ")
    }

    #[test]
    fn quiet_is_told_once_after_each_burst() {
        let mut keyboard = Keyboard::default();
        assert_eq!(keyboard.due(), None);
        assert_eq!(words(keyboard.take(press(KeyCode::Char('a')), 1_000)), "a");
        assert_eq!(words(keyboard.take(press(KeyCode::Char('b')), 1_599)), "b");
        assert_eq!(keyboard.due(), Some(2_199));
        assert_eq!(words(keyboard.expire(2_198)), "");
        assert_eq!(words(keyboard.expire(2_199)), "quiet");
        assert_eq!(keyboard.due(), None);
        assert_eq!(words(keyboard.take(press(KeyCode::Char('c')), 9_000)), "c");
        // The loop was busy: the event is taken before the quiet was told.
        let key = press(KeyCode::Char('d'));
        assert_eq!(words(keyboard.take(key, 9_700)), "quiet d");
    }

    #[test]
    fn pieces_are_input_and_moves_of_the_mouse_are_not() {
        let mut keyboard = Keyboard::default();
        keyboard.take(press(KeyCode::Esc), 0);
        assert_eq!(keyboard.due(), Some(50));
        let held = keyboard.take(press(KeyCode::Char('[')), 40);
        assert_eq!(words(held), "");
        assert_eq!(words(keyboard.take(press(KeyCode::Char('A')), 80)), "up");
        let mouse = |kind| {
            Event::Mouse(MouseEvent {
                kind,
                column: 1,
                row: 1,
                modifiers: KeyModifiers::NONE,
            })
        };
        assert_eq!(words(keyboard.take(mouse(MouseEventKind::Moved), 500)), "");
        assert_eq!(keyboard.due(), Some(680));
        let wheel = keyboard.take(mouse(MouseEventKind::ScrollUp), 600);
        assert_eq!(words(wheel), "up");
        assert_eq!(keyboard.due(), Some(1_200));
    }

    #[test]
    fn an_escape_with_more_to_it_waits_for_nothing() {
        let mut keyboard = Keyboard::default();
        let shift = Event::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::SHIFT));
        assert_eq!(words(keyboard.take(shift, 0)), "esc");
        keyboard.take(press(KeyCode::Esc), 0);
        assert_eq!(words(keyboard.take(Event::Resize(80, 24), 5)), "resize");
        assert_eq!(keyboard.due(), Some(50), "a resize is no byte");
        assert_eq!(
            words(keyboard.take(Event::Paste("x".into()), 10)),
            "esc paste x"
        );
    }

    #[test]
    fn keys_that_go_up_are_nothing_and_repeats_are_keys() {
        let kind = |kind| {
            Event::Key(KeyEvent {
                code: KeyCode::Char('j'),
                modifiers: KeyModifiers::NONE,
                kind,
                state: KeyEventState::NONE,
            })
        };
        let mut keyboard = Keyboard::default();
        keyboard.take(kind(KeyEventKind::Press), 0);
        assert_eq!(words(keyboard.take(kind(KeyEventKind::Release), 100)), "");
        assert_eq!(keyboard.due(), Some(600));
        assert_eq!(words(keyboard.take(kind(KeyEventKind::Repeat), 200)), "j");
    }
}
