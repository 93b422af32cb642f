//! Whole journeys of the real binary: in a pseudo-terminal, and on the command line.

mod away;
mod bad_input;
mod command_line;
#[cfg(unix)]
mod full_disk;
mod hostile;
mod https;
mod in_a_terminal;
mod in_pieces;
mod killed;
mod newcomers;
#[cfg(unix)]
mod remotes;
#[cfg(unix)]
mod secrets;
mod tools;
mod two_processes;
mod without_git;
