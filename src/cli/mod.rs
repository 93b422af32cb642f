//! The command line. Each command is a file: its arguments, and what it does. `json` and `plain` print,
//! `out` is the one way out, `load` opens what a command works on.

mod args;
mod attempts;
mod cache;
mod change;
mod common;
mod completions;
mod config;
mod contract;
mod decide;
mod decisions;
mod demo;
mod doctor;
mod error;
mod json;
mod keys;
mod list;
mod load;
mod local;
mod log;
mod open;
mod out;
mod outbox;
mod plain;
mod run;
mod search;
mod show;
mod sync;
mod timeline;
mod trace;
mod tui;

pub use error::{CliError, ExitKind};

use clap::Parser as _;

/// Runs the program; returns its exit code.
pub fn main() -> u8 {
    out::guard_panics();
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version come this way too, with nothing in them that others wrote.
            if !error.use_stderr() {
                let _ = error.print();
                return 0;
            }
            out::say_as_is(&error.render().to_string());
            return ExitKind::Usage.code();
        }
    };
    // Some threads may write to a file; the others go on with the network.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.max(4))
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            let what = format!("the runtime cannot start: {error}");
            return out::report(&CliError::data(what));
        }
    };
    let result = runtime.block_on(run::run(args));
    // Tasks may still wait for a forge that never answers: nobody waits for them.
    runtime.shutdown_background();
    match result {
        Ok(code) => code,
        Err(error) => out::report(&error),
    }
}
