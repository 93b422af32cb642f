//! The terminal: taken at the start, given back however the program ends.

use std::io::{self, IsTerminal as _, Write as _};

use crossterm::{
    cursor::Show,
    event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture},
    execute,
    terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
};
use ratatui::{Terminal, backend::CrosstermBackend};

use crate::ui::Depth;

/// Why the screen cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ShellError {
    #[error("this is no terminal: the workbench needs one")]
    NoTerminal,
    #[error("the terminal cannot be used")]
    Terminal(#[from] io::Error),
}

/// The terminal that is drawn on.
pub type Screen = Terminal<CrosstermBackend<io::Stdout>>;

/// Gives the terminal back when it is dropped.
pub struct Guard {
    pub screen: Screen,
}

/// Gives the terminal back; may be called more than once.
pub fn restore() {
    let mut out = io::stdout();
    let _ = execute!(
        out,
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    );
    let _ = disable_raw_mode();
    let _ = out.flush();
}

impl Guard {
    /// Takes the terminal. A panic gives it back before it says anything.
    pub fn take() -> Result<Self, ShellError> {
        if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
            return Err(ShellError::NoTerminal);
        }
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            restore();
            before(info);
        }));
        enter()?;
        Ok(Self {
            screen: Terminal::new(CrosstermBackend::new(io::stdout()))?,
        })
    }

    /// Takes the terminal again after it was given back for a while.
    pub fn retake(&mut self) -> Result<(), ShellError> {
        enter()?;
        // A fresh one draws everything; clearing the old one would ask the terminal for its cursor,
        // whose answer the reader of events takes.
        self.screen = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        Ok(())
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        EnableMouseCapture
    )
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

/// Reads from the environment how many colours the terminal shows (<https://no-color.org>,
/// `COLORTERM`, `TERM`).
pub fn color_depth(variable: impl Fn(&str) -> Option<String>) -> Depth {
    if variable("NO_COLOR").is_some_and(|v| !v.is_empty()) {
        return Depth::None;
    }
    let color_term = variable("COLORTERM").unwrap_or_default();
    if color_term.contains("truecolor") || color_term.contains("24bit") {
        return Depth::True;
    }
    let term = variable("TERM").unwrap_or_default();
    if term.contains("256color") || term.contains("direct") {
        Depth::Indexed
    } else if term == "dumb" || term.is_empty() {
        Depth::None
    } else {
        Depth::Ansi
    }
}

/// Guesses a light background from `COLORFGBG`, which several terminals set (`15;0` is light on
/// dark).
pub fn guess_light(variable: impl Fn(&str) -> Option<String>) -> bool {
    let background = variable("COLORFGBG").and_then(|v| v.rsplit(';').next()?.parse::<u8>().ok());
    background.is_some_and(|b| b == 7 || b >= 9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_and_background_from_the_environment() {
        let with = |pairs: &[(&str, &str)]| {
            let pairs: Vec<(String, String)> = pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect();
            move |name: &str| {
                pairs
                    .iter()
                    .find(|(k, _)| k == name)
                    .map(|(_, v)| v.clone())
            }
        };
        assert_eq!(
            color_depth(with(&[("NO_COLOR", "1"), ("COLORTERM", "truecolor")])),
            Depth::None
        );
        assert_eq!(
            color_depth(with(&[("COLORTERM", "truecolor")])),
            Depth::True
        );
        assert_eq!(
            color_depth(with(&[("TERM", "xterm-256color")])),
            Depth::Indexed
        );
        assert_eq!(color_depth(with(&[("TERM", "linux")])), Depth::Ansi);
        assert!(guess_light(with(&[("COLORFGBG", "0;15")])));
        assert!(!guess_light(with(&[("COLORFGBG", "15;0")])));
        assert!(!guess_light(with(&[])));
    }
}
