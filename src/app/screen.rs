//! Screens, the way back, and the jump list.

use super::{App, list::Cursor};
use crate::keys::Scope;

/// A screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Screen {
    Inbox,
    Timeline,
    Trace,
    Attempts,
    Diff,
    Log,
    Decide,
    Outbox,
}

impl Screen {
    /// Returns the keymap table of the screen.
    pub fn scope(self) -> Scope {
        match self {
            Self::Inbox => Scope::Inbox,
            Self::Timeline => Scope::Timeline,
            Self::Trace => Scope::Trace,
            Self::Attempts => Scope::Attempts,
            Self::Diff => Scope::Diff,
            Self::Log => Scope::Log,
            Self::Decide => Scope::Decide,
            Self::Outbox => Scope::Outbox,
        }
    }

    /// Returns the name in the breadcrumb.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Timeline => "timeline",
            Self::Trace => "trace",
            Self::Attempts => "attempts",
            Self::Diff => "diff",
            Self::Log => "log",
            Self::Decide => "decide",
            Self::Outbox => "outbox",
        }
    }
}

/// Places that were left, and those that were gone back from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jumps {
    past: Vec<(Screen, Cursor)>,
    future: Vec<(Screen, Cursor)>,
}

impl App {
    fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        match self.screen {
            Screen::Inbox => Some(&mut self.inbox.cursor),
            Screen::Timeline => Some(&mut self.timeline.cursor),
            Screen::Trace => Some(&mut self.trace.cursor),
            Screen::Attempts => Some(&mut self.attempts.cursor),
            Screen::Diff => Some(&mut self.diff.cursor),
            Screen::Log => Some(&mut self.log.cursor),
            Screen::Outbox => Some(&mut self.outbox.cursor),
            Screen::Decide => None,
        }
    }

    fn place(&mut self) -> (Screen, Cursor) {
        let screen = self.screen;
        (
            screen,
            self.cursor_mut().map_or_else(Cursor::default, |c| *c),
        )
    }

    /// Notes this place in the jump list: something far is gone to.
    pub(crate) fn leave(&mut self) {
        let place = self.place();
        if self.jumps.past.last() != Some(&place) {
            self.jumps.past.push(place);
        }
        self.jumps.future.clear();
    }

    /// Goes to a screen; `back` leads here again.
    pub(crate) fn goto(&mut self, screen: Screen) {
        if self.screen == screen {
            return;
        }
        self.leave();
        self.back.push(self.screen);
        // Going to a screen that is on the way back unwinds to it: no loops.
        if let Some(at) = self.back.iter().position(|s| *s == screen) {
            self.back.truncate(at);
        }
        self.screen = screen;
    }

    /// Goes back one screen; tells whether there was one.
    pub(crate) fn go_back(&mut self) -> bool {
        match self.back.pop() {
            Some(screen) => {
                self.screen = screen;
                true
            }
            None => false,
        }
    }

    /// Goes to the place before, or after, in the jump list.
    pub(crate) fn jump(&mut self, forward: bool) {
        let here = self.place();
        let from = if forward {
            &mut self.jumps.future
        } else {
            &mut self.jumps.past
        };
        let Some((screen, cursor)) = from.pop() else {
            return;
        };
        let to = if forward {
            &mut self.jumps.past
        } else {
            &mut self.jumps.future
        };
        to.push(here);
        self.screen = screen;
        if let Some(place) = self.cursor_mut() {
            *place = cursor;
        }
    }
}
