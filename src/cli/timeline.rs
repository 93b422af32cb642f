//! `timeline`: the evidence timeline of a change.

use super::{
    change::ChangeArg,
    common::Common,
    error::CliError,
    json, load,
    out::output,
    plain::{self, Marks},
};
use crate::{model::Stage, sync::Engine};

/// Arguments of `timeline`.
#[derive(Debug, clap::Args)]
pub(super) struct TimelineArgs {
    pub change: ChangeArg,
    /// Only this stage, such as verify
    #[arg(long)]
    pub stage: Option<String>,
}

/// Runs the command.
pub(super) async fn run(
    common: &Common,
    engine: &Engine,
    args: TimelineArgs,
) -> Result<u8, CliError> {
    let stage = args.stage.map(|s| parse_stage(&s)).transpose()?;
    let dossier = load::dossier(common, engine, args.change.number).await?;
    output(
        common,
        || json::timeline(&dossier, stage),
        || plain::timeline(&dossier, stage, (common.zone(), Marks::of(common))),
    )
}

fn parse_stage(name: &str) -> Result<Stage, CliError> {
    let lower = name.to_ascii_lowercase();
    Stage::ALL
        .into_iter()
        .find(|s| s.name().to_ascii_lowercase().starts_with(&lower) && !lower.is_empty())
        .ok_or_else(|| {
            let names: Vec<&str> = Stage::ALL.iter().map(|s| s.name()).collect();
            CliError::usage(format!("there is no stage `{name}`"))
                .hinted(format!("one of {}", names.join(", ")))
        })
}
