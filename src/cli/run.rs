//! What each command leads to.

use super::{
    args::{Args, Command},
    attempts, cache, change,
    common::Common,
    completions, contract, decide, decisions, demo, doctor,
    error::CliError,
    keys, list, load, local, log, outbox, search,
    show::{self, ShowArgs},
    sync, timeline, trace, tui,
};
use clap::CommandFactory as _;

/// Runs a command.
pub(super) async fn run(args: Args) -> Result<u8, CliError> {
    let mut common = args.common;
    let changes = args.command.as_ref().map(Command::changes);
    let changes = changes.unwrap_or_default().into_iter();
    change::repository_of(&mut common, changes.chain(&args.change))?;
    let common = &common;
    if let (Some(change), Some(_)) = (&args.change, &args.command) {
        let what = format!("#{} stands before a command", change.number);
        return Err(CliError::usage(what).hinted("write the command first, then the change"));
    }
    // The forge of the demo writes down what it is asked on stderr.
    if !matches!(&args.command, Some(Command::Demo(demo)) if demo.serve) {
        log::begin(common)?;
    }
    match (args.command, args.change) {
        // What is to be printed opens nothing.
        (None, Some(change)) if common.json || common.plain => {
            let engine = load::engine(common).await?;
            show::run(common, &engine, ShowArgs { change }).await
        }
        (None, change) => tui::on_repository(common, change.map(|c| c.number)).await,
        (Some(command), _) => perform(common, command).await,
    }
}

async fn perform(common: &Common, command: Command) -> Result<u8, CliError> {
    match command {
        Command::Demo(args) => demo::run(common, args).await,
        Command::Local(args) => local::run(common, args).await,
        Command::Keys => keys::run(common),
        Command::Completions { shell } => completions::run(shell, &mut Args::command()),
        Command::Search(args) => search::run(common, &args),
        Command::Cache(args) => cache::run(common, &args),
        Command::Contract(args) => contract::run(common, args).await,
        Command::Doctor => doctor::run(common).await,
        // Lists and syncs of several repositories are those of each.
        Command::List(args) if common.repo.len() > 1 => {
            list::run(common, &load::engines(common).await?, args).await
        }
        Command::Sync(args) if common.repo.len() > 1 && args.changes.is_empty() => {
            sync::run_all(common, &load::engines(common).await?, &args).await
        }
        Command::List(args) => list::run(common, &[load::engine(common).await?], args).await,
        Command::Sync(args) => sync::run(common, &load::engine(common).await?, &args).await,
        Command::Show(args) => show::run(common, &load::engine(common).await?, args).await,
        Command::Timeline(args) => timeline::run(common, &load::engine(common).await?, args).await,
        Command::Trace(args) => trace::run(common, &load::engine(common).await?, args).await,
        Command::Attempts(args) => attempts::run(common, &load::engine(common).await?, args).await,
        Command::Decide(args) => decide::run(common, &load::engine(common).await?, args).await,
        Command::Decisions(args) => {
            decisions::run(common, &load::engine(common).await?, args).await
        }
        Command::Outbox(args) => outbox::run(common, &load::engine(common).await?, args).await,
    }
}
