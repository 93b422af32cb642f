//! The terminal: taken at the start, given back however the program ends.

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::atomic::{AtomicBool, Ordering},
};

use crossterm::{
    cursor::Show,
    event::{
        DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
        KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
    },
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

/// The keyboard protocol is on.
static PROTOCOL: AtomicBool = AtomicBool::new(false);

/// Gives the terminal back; may be called more than once.
pub fn restore() {
    let mut out = io::stdout();
    if PROTOCOL.swap(false, Ordering::SeqCst) {
        // Each of a terminal's two screens has its own.
        let _ = execute!(out, PopKeyboardEnhancementFlags);
    }
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
    )?;
    if has_keyboard_protocol(|name| std::env::var(name).ok()) {
        let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES;
        execute!(io::stdout(), PushKeyboardEnhancementFlags(flags))?;
        PROTOCOL.store(true, Ordering::SeqCst);
    }
    Ok(())
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

/// Terminals that have the keyboard protocol (<https://sw.kovidgoyal.net/kitty/keyboard-protocol/>), by
/// how their `TERM` begins.
const WITH_PROTOCOL: &[&str] = &[
    "xterm-kitty",
    "xterm-ghostty",
    "ghostty",
    "foot",
    "wezterm",
    "alacritty",
    "rio",
];
/// The same, by `TERM_PROGRAM`.
const PROGRAMS_WITH_PROTOCOL: &[&str] = &[
    "kitty",
    "ghostty",
    "WezTerm",
    "iTerm.app",
    "rio",
    "alacritty",
];

/// Reads from the environment whether the terminal has the keyboard protocol, by which an ESC is
/// never mistaken for the begin of another key. It is not asked: one that does not answer would
/// be waited for. A multiplexer stands between, whatever is around it.
pub fn has_keyboard_protocol(variable: impl Fn(&str) -> Option<String>) -> bool {
    let is_set = |name: &str| variable(name).is_some_and(|v| !v.is_empty());
    if ["TMUX", "STY", "ZELLIJ"].into_iter().any(is_set) {
        return false;
    }
    let term = variable("TERM").unwrap_or_default();
    if term.is_empty()
        || ["screen", "tmux", "linux", "dumb"]
            .iter()
            .any(|t| term.starts_with(t))
    {
        return false;
    }
    let program = variable("TERM_PROGRAM").unwrap_or_default();
    let named = |name: &&str| term == **name || term.starts_with(&format!("{name}-"));
    WITH_PROTOCOL.iter().any(named) || PROGRAMS_WITH_PROTOCOL.contains(&program.as_str())
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

    fn with(pairs: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> + use<> {
        let pairs: Vec<(String, String)> = pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        move |name: &str| {
            let found = pairs.iter().find(|(k, _)| k == name);
            found.map(|(_, v)| v.clone())
        }
    }

    #[test]
    fn the_keyboard_protocol_is_used_where_a_terminal_is_known_to_have_it() {
        for pairs in [
            &[("TERM", "xterm-kitty")][..],
            &[("TERM", "xterm-ghostty")],
            &[("TERM", "foot")],
            &[("TERM", "foot-extra")],
            &[("TERM", "alacritty")],
            &[("TERM", "alacritty-direct")],
            &[("TERM", "wezterm")],
            &[("TERM", "rio")],
            &[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")],
            &[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")],
            &[("TERM", "xterm-256color"), ("TERM_PROGRAM", "ghostty")],
        ] {
            assert!(has_keyboard_protocol(with(pairs)), "{pairs:?}");
        }
        for pairs in [
            &[][..],
            &[("TERM", "xterm-256color")],
            &[
                ("TERM", "xterm-256color"),
                ("TERM_PROGRAM", "Apple_Terminal"),
            ],
            &[("TERM", "footloose")],
            &[("TERM", "linux"), ("TERM_PROGRAM", "WezTerm")],
            &[("TERM", "dumb"), ("TERM_PROGRAM", "ghostty")],
            &[("TERM", "xterm-kitty"), ("TMUX", "/tmp/tmux-0/default,1,0")],
            &[("TERM", "xterm-kitty"), ("STY", "1.pts")],
            &[("TERM", "screen-256color"), ("TERM_PROGRAM", "iTerm.app")],
            &[("TERM", "tmux-256color"), ("TERM_PROGRAM", "tmux")],
        ] {
            assert!(!has_keyboard_protocol(with(pairs)), "{pairs:?}");
        }
    }

    #[test]
    fn depth_and_background_from_the_environment() {
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
