//! Keys that arrive in pieces. Over a slow link the ESC of an arrow key comes alone, and its `[A`
//! some milliseconds later; whoever reads the terminal takes them for three keys, and the last of
//! them may mean anything. Here they become the one key again, and a paste in pieces a paste.
//!
//! Pure: the time of each piece, in milliseconds, comes in with it.

mod sequence;

use super::{Code, Key};
use sequence::{Extent, Intro, Meaning, extent, meaning};

/// How long an ESC waits for what makes a sequence of it.
const HOLD: u64 = 50;
/// How long the next character of a sequence may take.
const GAP: u64 = 200;
/// How long after an ESC that was given back a rest of a sequence is still known for one.
const LATE: u64 = 500;
/// How long a paste may pause. Its end is told by a sequence that may be lost on the way.
const PAUSE: u64 = 500;
/// The longest sequence; what is longer is no key.
const LONGEST: usize = 48;
/// The longest paste; what is beyond is dropped.
const LONGEST_PASTE: usize = 1 << 20;
/// What ends a paste.
const PASTE_END: &str = "\u{1b}[201~";
const ESC: char = '\u{1b}';

/// What came of the pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Key(Key),
    Paste(String),
}

/// A sequence that is not whole.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Partial {
    intro: Intro,
    body: String,
    /// Its ESC was given back before: it does nothing any more, it is only kept from doing harm.
    late: bool,
    /// Its first character was given back too.
    given: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Idle,
    /// An ESC that may begin a sequence.
    Held,
    /// An ESC that was given back; the rest of its sequence may still come.
    Gone,
    Sequence(Partial),
    /// A sequence that was given up; its rest may still come.
    Rest(Partial),
    /// Pasted text, and what may be the begin of its end.
    Paste(String, String),
}

/// Puts keys together again that came in pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pieces {
    state: State,
    /// When the last piece of it came.
    at: u64,
}

/// A character that may stand in a sequence.
fn plain(key: Key) -> Option<char> {
    match key.code {
        Code::Char(c) if !key.ctrl && !key.alt && matches!(c, ' '..='~') => Some(c),
        _ => None,
    }
}

impl Pieces {
    /// Takes a key as the terminal's reader tells it.
    pub fn key(&mut self, key: Key, at: u64) -> Vec<Piece> {
        let mut out = self.expire(at);
        let gap = at.saturating_sub(self.at);
        match std::mem::take(&mut self.state) {
            State::Paste(text, end) => {
                self.pasted(text, end, key, at, &mut out);
                return out;
            }
            State::Held => {
                if let Some(intro) = plain(key).and_then(Intro::of) {
                    self.start(intro, false, at);
                } else {
                    out.push(Piece::Key(Key::plain(Code::Esc)));
                    self.fresh(key, at, &mut out);
                }
            }
            State::Gone if gap <= LATE => {
                if let Some(intro) = plain(key).and_then(Intro::of) {
                    self.start(intro, true, at);
                } else {
                    self.fresh(key, at, &mut out);
                }
            }
            State::Sequence(partial) => self.go_on(partial, key, at, &mut out),
            State::Rest(partial) if gap <= LATE => self.go_on(partial, key, at, &mut out),
            State::Idle | State::Gone | State::Rest(_) => self.fresh(key, at, &mut out),
        }
        out
    }

    /// Takes a key, or anything else of the terminal, that is whole and begins nothing.
    pub fn whole(&mut self, key: Option<Key>, at: u64) -> Vec<Piece> {
        let mut out = self.expire(at);
        if let State::Paste(..) = self.state {
            // Nothing acts in the middle of a paste.
            return out;
        }
        self.interrupt(&mut out);
        out.extend(key.map(Piece::Key));
        out
    }

    /// Takes a paste that came whole.
    pub fn paste(&mut self, text: String, at: u64) -> Vec<Piece> {
        let mut out = self.expire(at);
        self.interrupt(&mut out);
        give_paste(text, &mut out);
        out
    }

    /// Returns when [`Pieces::expire`] is due, if something waits.
    pub fn due(&self) -> Option<u64> {
        let wait = match self.state {
            State::Held => HOLD,
            State::Sequence(_) => GAP,
            State::Paste(..) => PAUSE,
            State::Idle | State::Gone | State::Rest(_) => return None,
        };
        Some(self.at + wait)
    }

    /// Gives back what did not become a sequence in its time.
    pub fn expire(&mut self, at: u64) -> Vec<Piece> {
        let mut out = Vec::new();
        if self.due().is_none_or(|due| at < due) {
            return out;
        }
        self.state = match std::mem::take(&mut self.state) {
            State::Held => {
                out.push(Piece::Key(Key::plain(Code::Esc)));
                State::Gone
            }
            State::Sequence(mut partial) => {
                give_up(&mut partial, &mut out);
                State::Rest(partial)
            }
            State::Paste(text, end) => {
                give_paste(text, &mut out);
                // The rest of its end is no text and no key.
                let mut rest = end.chars().skip(1);
                match (end.is_empty(), rest.next().and_then(Intro::of)) {
                    (true, _) => State::Idle,
                    (false, None) => State::Gone,
                    (false, Some(intro)) => State::Rest(Partial {
                        intro,
                        body: rest.collect(),
                        late: true,
                        given: true,
                    }),
                }
            }
            other => other,
        };
        out
    }

    fn start(&mut self, intro: Intro, late: bool, at: u64) {
        self.at = at;
        self.state = State::Sequence(Partial {
            intro,
            body: String::new(),
            late,
            given: false,
        });
    }

    /// Takes a key where nothing is under way.
    fn fresh(&mut self, key: Key, at: u64, out: &mut Vec<Piece>) {
        if key == Key::plain(Code::Esc) {
            self.at = at;
            self.state = State::Held;
        } else {
            out.push(Piece::Key(key));
        }
    }

    /// Something came that belongs to no sequence: what is held is no part of one.
    fn interrupt(&mut self, out: &mut Vec<Piece>) {
        match std::mem::take(&mut self.state) {
            State::Held => out.push(Piece::Key(Key::plain(Code::Esc))),
            State::Sequence(mut partial) => give_up(&mut partial, out),
            State::Paste(text, _) => give_paste(text, out),
            State::Idle | State::Gone | State::Rest(_) => {}
        }
    }

    /// Takes what should be the next character of a sequence.
    fn go_on(&mut self, mut partial: Partial, key: Key, at: u64, out: &mut Vec<Piece>) {
        let Some(c) = plain(key) else {
            give_up(&mut partial, out);
            self.fresh(key, at, out);
            return;
        };
        partial.body.push(c);
        self.at = at;
        match extent(partial.intro, &partial.body) {
            // What is too long is no key, however it ends.
            Extent::More if partial.body.len() > LONGEST => {
                partial.body.pop();
                self.state = State::Sequence(partial);
            }
            Extent::More => self.state = State::Sequence(partial),
            Extent::Whole if partial.body.len() > LONGEST => {}
            Extent::Broken | Extent::Whole => self.end(&partial, out),
        }
    }

    /// A sequence is whole.
    fn end(&mut self, partial: &Partial, out: &mut Vec<Piece>) {
        match meaning(partial.intro, &partial.body) {
            Meaning::PasteStart => self.state = State::Paste(String::new(), String::new()),
            // Written as a sequence, an ESC begins none.
            Meaning::Key(key) if !partial.late => out.push(Piece::Key(key)),
            // Two characters after an ESC that are no key of a terminal: a person typed them.
            Meaning::Unknown if partial.late && partial.body.chars().count() == 1 => {
                if !partial.given {
                    out.push(Piece::Key(Key::char(partial.intro.char())));
                }
                out.extend(partial.body.chars().map(|c| Piece::Key(Key::char(c))));
            }
            Meaning::Key(_) | Meaning::Nothing | Meaning::PasteEnd | Meaning::Unknown => {}
        }
    }

    /// Takes a key as a part of pasted text: none of them acts.
    fn pasted(
        &mut self,
        mut text: String,
        mut end: String,
        key: Key,
        at: u64,
        out: &mut Vec<Piece>,
    ) {
        let c = match key.code {
            // A control character is what it was when it was copied.
            Code::Char(c @ 'a'..='z') if key.ctrl => char::from_u32(u32::from(c) & 0x1f),
            Code::Char(_) if key.ctrl => None,
            Code::Char(c) => Some(c),
            Code::Enter => Some('\n'),
            Code::Tab => Some('\t'),
            Code::Esc => Some(ESC),
            _ => None,
        };
        // The reader takes an ESC and a character for one key with alt.
        let escaped = (key.alt && c.is_some()).then_some(ESC);
        for c in escaped.into_iter().chain(c) {
            self.at = at;
            end.push(c);
            if end == PASTE_END {
                give_paste(text, out);
                return;
            }
            if !PASTE_END.starts_with(&end) {
                // It was text after all; its last character may begin anew.
                let anew = c == ESC;
                if anew {
                    end.pop();
                }
                if text.len() < LONGEST_PASTE {
                    text.push_str(&end);
                }
                end.clear();
                if anew {
                    end.push(ESC);
                }
            }
        }
        self.state = State::Paste(text, end);
    }
}

/// Gives back what is certainly no part of a sequence, and nothing that may be.
fn give_up(partial: &mut Partial, out: &mut Vec<Piece>) {
    if partial.body.is_empty() && !partial.given {
        // With its ESC it is what alt and the character send.
        out.push(Piece::Key(Key {
            code: Code::Char(partial.intro.char()),
            ctrl: false,
            alt: !partial.late,
        }));
    }
    partial.given = true;
    partial.late = true;
}

fn give_paste(text: String, out: &mut Vec<Piece>) {
    if !text.is_empty() {
        out.push(Piece::Paste(text));
    }
}

#[cfg(test)]
mod tests;
