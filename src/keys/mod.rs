//! Keys: chords with a type of their own, keys that arrive in pieces, the actions that keys stand
//! for, and the keymap.
//!
//! Nothing here knows a terminal. The names of actions, their help texts and the screens they
//! belong to come from one enum, so that help, hints and keymap files cannot drift apart.

mod action;
mod chord;
mod keymap;
mod pieces;

pub use action::{Action, Scope};
pub use chord::{Code, Key, parse_sequence};
pub use keymap::{Keymap, Lookup};
pub use pieces::{Piece, Pieces};
