//! The command line: arguments, what each command prints, errors with what to do next.

mod args;
mod cache;
mod change;
mod commands;
mod config;
mod contract;
mod decide;
mod demo;
mod doctor;
mod doctor_forge;
mod error;
mod json;
mod open;
mod out;
mod outbox;
mod plain;
mod sync;
mod tui;
mod zone;

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
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return CliError::data(format!("the runtime cannot start: {error}")).report(),
    };
    let result = runtime.block_on(commands::run(args));
    // Tasks may still wait for a forge that never answers: nobody waits for them.
    runtime.shutdown_background();
    match result {
        Ok(code) => code,
        Err(error) => error.report(),
    }
}
