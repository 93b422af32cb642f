//! What the shell does outside of itself: clipboard and browser.

use std::{
    io::{self, Write as _},
    process::{Command, Stdio},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::text;

/// Puts a text into the clipboard by OSC 52, which also works over ssh; inside tmux it is wrapped
/// so that tmux passes it on.
pub fn copy(text: &str, in_tmux: bool) -> io::Result<()> {
    // What is pasted elsewhere may be run there.
    let encoded = STANDARD.encode(text::clean(text).as_bytes());
    let sequence = format!("\x1b]52;c;{encoded}\x07");
    let sequence = if in_tmux {
        format!("\x1bPtmux;\x1b{sequence}\x1b\\")
    } else {
        sequence
    };
    let mut out = io::stdout();
    out.write_all(sequence.as_bytes())?;
    out.flush()
}

/// Opens an address in the browser. Only web addresses are opened, and never through a shell.
pub fn open_in_browser(url: &str) -> Result<(), String> {
    if !(url.starts_with("https://") || url.starts_with("http://")) {
        return Err(format!("not a web address: {url}"));
    }
    let program = std::env::var("BROWSER")
        .ok()
        .filter(|b| !b.is_empty())
        .unwrap_or_else(|| {
            if cfg!(target_os = "macos") {
                "open".to_owned()
            } else {
                "xdg-open".to_owned()
            }
        });
    let mut child = Command::new(&program)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|_| format!("no browser could be started; the address is {url}"))?;
    // Somebody has to wait for it, or it stays as a zombie.
    std::thread::spawn(move || drop(child.wait()));
    Ok(())
}
