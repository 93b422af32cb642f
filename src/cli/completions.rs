//! `completions`: the words of the command line, for a shell.

use clap::Command;
use clap_complete::Shell;

use super::{error::CliError, out::print};

/// Prints what a shell needs to complete the words of `command`.
pub(super) fn run(shell: Shell, command: &mut Command) -> Result<u8, CliError> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, command, "proofline", &mut bytes);
    print(&String::from_utf8_lossy(&bytes))?;
    Ok(0)
}
