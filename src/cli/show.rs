//! `show`: one change, its stages, gaps, checks and reviews.

use super::{
    change::ChangeArg,
    common::Common,
    error::CliError,
    json, load,
    out::output,
    plain::{self, Marks},
};
use crate::{decide::Dossier, model::Timestamp, sync::Engine};

/// Arguments of `show`.
#[derive(Debug, clap::Args)]
pub(super) struct ShowArgs {
    pub change: ChangeArg,
}

/// Runs the command.
pub(super) async fn run(common: &Common, engine: &Engine, args: ShowArgs) -> Result<u8, CliError> {
    let dossier = load::dossier(common, engine, args.change.number).await?;
    change(common, &dossier, engine.now())
}

/// Prints one change.
pub(super) fn change(common: &Common, dossier: &Dossier, now: Timestamp) -> Result<u8, CliError> {
    output(
        common,
        || json::show(dossier),
        || plain::show(dossier, (now, common.zone()), Marks::of(common)),
    )
}
