//! The shell around the machine: the terminal and its guard, the event loop, and the runner that
//! carries out effects and brings what comes back as messages.

mod decisions;
mod event_loop;
mod loads;
mod outside;
mod runner;
mod terminal;

pub use decisions::record_decision;
pub use event_loop::run;
pub use outside::open_in_browser;
pub use runner::{Source, World, report_to};
pub use terminal::{ShellError, color_depth, guess_light};
