//! `decisions`: what was decided about a change, here and elsewhere.

use super::{change::ChangeArg, common::Common, error::CliError, json, load, out::output, plain};
use crate::{model::ChangeId, query, sync::Engine};

/// Arguments of `decisions`.
#[derive(Debug, clap::Args)]
pub(super) struct DecisionsArgs {
    pub change: ChangeArg,
}

/// Runs the command.
pub(super) async fn run(
    common: &Common,
    engine: &Engine,
    args: DecisionsArgs,
) -> Result<u8, CliError> {
    let number = args.change.number;
    let dossier = load::dossier(common, engine, number).await?;
    let change = ChangeId {
        repo: engine.repo.clone(),
        number,
    };
    let own = engine.ledger.decisions(&change)?;
    let mut rows = query::outbox(&engine.ledger)?;
    rows.retain(|row| row.delivery.change == change);
    output(
        common,
        || json::decisions(&dossier, &own),
        || plain::decisions(&dossier, &rows, engine.now()),
    )
}
