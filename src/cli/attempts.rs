//! `attempts`: the ladder of attempts of a change.

use super::{
    change::ChangeArg,
    common::Common,
    error::CliError,
    json, load,
    out::output,
    plain::{self, Marks},
};
use crate::sync::Engine;

/// Arguments of `attempts`.
#[derive(Debug, clap::Args)]
pub(super) struct AttemptsArgs {
    pub change: ChangeArg,
}

/// Runs the command.
pub(super) async fn run(
    common: &Common,
    engine: &Engine,
    args: AttemptsArgs,
) -> Result<u8, CliError> {
    let dossier = load::dossier(common, engine, args.change.number).await?;
    output(
        common,
        || json::attempts(&dossier),
        || plain::attempts(&dossier, Marks::of(common)),
    )
}
