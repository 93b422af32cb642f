//! A line of text being typed.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::{
    keys::{Code, Key},
    text,
};

/// Longest text that is taken.
const MAX: usize = 4_000;

/// A text with a cursor, counted in graphemes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    parts: Vec<String>,
    at: usize,
}

impl Input {
    /// Starts with a text, the cursor behind it.
    pub fn new(text: &str) -> Self {
        let parts: Vec<String> = text::clean_line(text)
            .graphemes(true)
            .map(str::to_owned)
            .collect();
        Self {
            at: parts.len(),
            parts,
        }
    }

    /// Returns the text.
    pub fn text(&self) -> String {
        self.parts.concat()
    }

    /// Tells whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Returns the column of the cursor.
    pub fn column(&self) -> usize {
        self.parts
            .iter()
            .take(self.at)
            .map(|p| text::columns(p))
            .sum()
    }

    /// Takes a key; tells whether it was an edit.
    pub fn key(&mut self, key: Key) -> bool {
        match (key.code, key.ctrl) {
            (Code::Char('u'), true) => {
                self.parts.drain(..self.at);
                self.at = 0;
            }
            (Code::Char('w'), true) => {
                let space = |p: &String| p.trim().is_empty();
                while self.at > 0 && self.parts.get(self.at - 1).is_some_and(space) {
                    self.remove_before();
                }
                while self.at > 0 && !self.parts.get(self.at - 1).is_some_and(space) {
                    self.remove_before();
                }
            }
            (Code::Char('a'), true) | (Code::Home, _) => self.at = 0,
            (Code::Char('e'), true) | (Code::End, _) => self.at = self.parts.len(),
            (Code::Char(_), true) => return false,
            (Code::Char(c), false) if !key.alt => self.insert(&c.to_string()),
            (Code::Backspace, _) => self.remove_before(),
            (Code::Delete, _) if self.at < self.parts.len() => drop(self.parts.remove(self.at)),
            (Code::Left, _) => self.at = self.at.saturating_sub(1),
            (Code::Right, _) => self.at = (self.at + 1).min(self.parts.len()),
            _ => return false,
        }
        true
    }

    /// Puts a text in at the cursor.
    pub fn insert(&mut self, text: &str) {
        if self.parts.len() + text.len() > MAX {
            return;
        }
        // What is typed may join with what stands before it: split the whole again.
        let before: String =
            self.parts.iter().take(self.at).cloned().collect::<String>() + &text::clean_line(text);
        let after: String = self.parts.iter().skip(self.at).cloned().collect();
        self.parts = before.graphemes(true).map(str::to_owned).collect();
        self.at = self.parts.len();
        self.parts.extend(after.graphemes(true).map(str::to_owned));
    }

    fn remove_before(&mut self) {
        if self.at > 0 {
            self.at -= 1;
            self.parts.remove(self.at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &str) -> Input {
        let mut input = Input::default();
        for c in keys.chars() {
            input.key(Key::char(c));
        }
        input
    }

    #[test]
    fn typing_and_editing() {
        let mut input = typed("fix the  漢字");
        assert_eq!(input.text(), "fix the  漢字");
        assert_eq!(input.column(), 13);
        input.key(Key {
            code: Code::Char('w'),
            ctrl: true,
            alt: false,
        });
        assert_eq!(input.text(), "fix the  ");
        input.key(Key::plain(Code::Home));
        input.key(Key::char('>'));
        assert_eq!(input.text(), ">fix the  ");
        input.key(Key::plain(Code::Delete));
        input.key(Key::plain(Code::Backspace));
        assert_eq!(input.text(), "ix the  ");
    }

    #[test]
    fn pasted_escapes_are_made_visible() {
        let mut input = Input::default();
        input.insert("a\u{1b}[31m");
        assert_eq!(input.text(), "a␛[31m");
    }
}
