//! A cursor in a list, and the window of rows around it.

use crate::keys::Action;

/// Position in a list. The window follows the cursor lazily.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    pub at: usize,
    /// First row of the window.
    pub top: usize,
}

/// Rows kept between the cursor and the edge of the window.
const MARGIN: usize = 2;

impl Cursor {
    /// Moves by an action; tells whether the action was a movement.
    pub fn act(&mut self, action: Action, len: usize, height: usize) -> bool {
        let half = (height / 2).max(1);
        let last = len.saturating_sub(1);
        self.at = match action {
            Action::Down => (self.at + 1).min(last),
            Action::Up => self.at.saturating_sub(1),
            Action::First => 0,
            Action::Last => last,
            Action::HalfDown => (self.at + half).min(last),
            Action::HalfUp => self.at.saturating_sub(half),
            _ => return false,
        };
        self.follow(len, height);
        true
    }

    /// Goes to a row.
    pub fn go(&mut self, at: usize, len: usize, height: usize) {
        self.at = at.min(len.saturating_sub(1));
        self.follow(len, height);
    }

    /// Brings the window around the cursor.
    pub fn follow(&mut self, len: usize, height: usize) {
        self.at = self.at.min(len.saturating_sub(1));
        let height = height.max(1);
        let margin = MARGIN.min(height.saturating_sub(1) / 2);
        if self.at < self.top + margin {
            self.top = self.at.saturating_sub(margin);
        }
        if self.at + margin + 1 > self.top + height {
            self.top = self.at + margin + 1 - height;
        }
        self.top = self.top.min(len.saturating_sub(height));
    }

    /// Returns the rows of the window.
    pub fn window(&self, len: usize, height: usize) -> std::ops::Range<usize> {
        let top = self.top.min(len);
        top..(top + height).min(len)
    }
}

/// Finds the next index after `at` (or before, going back) that `wanted` accepts, wrapping around.
pub fn next_where(
    len: usize,
    at: usize,
    back: bool,
    wanted: impl Fn(usize) -> bool,
) -> Option<usize> {
    (1..=len)
        .map(|step| {
            if back {
                (at + len * 2 - step) % len
            } else {
                (at + step) % len
            }
        })
        .find(|i| wanted(*i))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_cursor_is_always_inside_the_window(len in 1usize..200, height in 1usize..40, moves in proptest::collection::vec(0usize..6, 0..60)) {
            let actions = [Action::Down, Action::Up, Action::First, Action::Last, Action::HalfDown, Action::HalfUp];
            let mut cursor = Cursor::default();
            for m in moves {
                cursor.act(actions[m], len, height);
                prop_assert!(cursor.at < len);
                prop_assert!(cursor.window(len, height).contains(&cursor.at), "{cursor:?}");
            }
        }
    }

    #[test]
    fn jumps_wrap_around() {
        let wanted = |i: usize| i == 1 || i == 4;
        assert_eq!(next_where(6, 4, false, wanted), Some(1));
        assert_eq!(next_where(6, 1, true, wanted), Some(4));
        assert_eq!(next_where(6, 0, false, |_| false), None);
        assert_eq!(next_where(0, 0, false, |_| true), None);
    }
}
