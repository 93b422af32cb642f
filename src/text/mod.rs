//! Text for people: sanitising what comes from outside, widths on a terminal, ages in words.
//!
//! All text that others wrote is hostile until it went through [`clean`] or [`clean_line`].

mod age;
mod bytes;
mod counts;
mod hush;
mod sanitise;
mod width;

pub use age::{age, ago, in_words};
pub use bytes::bytes;
pub use counts::{and_more, counted, place};
pub use hush::{GIT_USER, hush};
pub use sanitise::{clean, clean_line, has_hidden};
pub use width::{columns, fit, pad, wrap};
