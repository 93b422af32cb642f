//! Whole journeys of the real binary: in a pseudo-terminal, and on the command line.

mod away;
mod bad_input;
mod command_line;
mod https;
mod in_a_terminal;
mod killed;
mod secrets;
mod tools;
mod without_git;
