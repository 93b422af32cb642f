//! `local`: a range of commits of a repository on disk, without a forge.

use std::path::PathBuf;

use super::{common::Common, error::CliError, show, trace, tui};
use crate::{
    model::Timestamp,
    query::{self, LocalInput},
};

/// Arguments of `local`.
#[derive(Debug, clap::Args)]
pub(super) struct LocalArgs {
    /// Range such as main..HEAD (default: since the upstream, else the last 20 commits)
    pub range: Option<String>,
    /// `JUnit` XML files of a test run at the end of the range
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub results: Vec<PathBuf>,
    /// Folder of the repository
    #[arg(short = 'C', long, value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
    /// Trace this test or requirement and print it, instead of opening the workbench
    #[arg(long, value_name = "TEST|REQ")]
    pub trace: Option<String>,
}

/// Runs the command.
pub(super) async fn run(common: &Common, args: LocalArgs) -> Result<u8, CliError> {
    let (input, what) = (
        LocalInput {
            folder: args.folder,
            range: args.range,
            results: args.results,
        },
        args.trace,
    );
    let missing = input.results.iter().filter(|p| !p.is_file());
    let missing: Vec<String> = missing.map(|p| p.display().to_string()).collect();
    if !missing.is_empty() {
        let what = format!("--results names no file: {}", missing.join(", "));
        return Err(CliError::usage(what).hinted("give files of JUnit XML or CTRF"));
    }
    let now = Timestamp(chrono::Utc::now().timestamp());
    if what.is_none() && !common.json && !common.plain {
        return tui::on_local(common, input).await;
    }
    let dossier = tokio::task::spawn_blocking(move || query::local(&input, now))
        .await
        .map_err(|e| CliError::data(e.to_string()))??;
    match what {
        Some(what) => trace::change(common, &dossier, Some(&what)),
        None => show::change(common, &dossier, now),
    }
}
