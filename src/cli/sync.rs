//! `sync`: one round, a plan of one, or rounds without end.

use std::time::Duration;

use super::{
    change::ChangeArg,
    common::Common,
    error::CliError,
    json,
    out::{output, print, say},
};
use crate::{
    sync::{
        Ask, Engine, SyncError,
        plan::{Item, Job, ONE_OF_MANY},
    },
    text::counted,
};

/// Arguments of `sync`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct SyncArgs {
    /// Only these changes
    pub changes: Vec<ChangeArg>,
    /// Print what would be asked for, why, and what has to wait; ask nothing
    #[arg(long, conflicts_with_all = ["watch", "full"])]
    pub plan: bool,
    /// Pull the whole list again, whatever is known
    #[arg(long)]
    pub full: bool,
    /// Go on until interrupted, and say what moved
    #[arg(long, conflicts_with = "changes")]
    pub watch: bool,
    /// Seconds between two rounds of --watch
    #[arg(long, default_value_t = 60, requires = "watch", value_parser = clap::value_parser!(u64).range(5..))]
    pub every: u64,
}

/// Runs the command.
pub(super) async fn run(common: &Common, engine: &Engine, args: &SyncArgs) -> Result<u8, CliError> {
    let numbers: Vec<u64> = args.changes.iter().map(|c| c.number).collect();
    let ask = Ask {
        numbers: numbers.clone(),
        full: args.full,
    };
    let wanted = |item: &Item| {
        let number = item.change();
        numbers.is_empty() || number.is_none_or(|n| numbers.contains(&n))
    };
    if args.plan {
        let mut planned = engine.plan(&ask)?;
        planned.retain(wanted);
        let address = |item: &Item| engine.address(&item.job);
        return output(
            common,
            || json::plan(&planned, address),
            || {
                let lines: String = planned
                    .iter()
                    .map(|item| line(item, &address(item)))
                    .collect();
                let total: u64 = planned.iter().map(|item| item.cost).sum();
                let budget = engine.forge.budget();
                let left = match (budget.remaining, budget.limit) {
                    (Some(left), Some(limit)) => format!("{left} of {limit} an hour are left"),
                    // Nothing is asked here, not even that.
                    _ => "how many are left is told by the first answer".to_owned(),
                };
                // Until they are listed, nobody knows how many there are.
                let more = if planned.iter().any(|item| item.job == Job::List) {
                    format!(", and about {ONE_OF_MANY} for each open change that was not looked at")
                } else {
                    String::new()
                };
                format!("{lines}about {total} requests in all{more}; {left}\n")
            },
        );
    }
    if common.offline {
        return Err(CliError::usage("--offline and sync exclude each other"));
    }
    if args.watch {
        return watch(common, engine, ask, args.every).await;
    }
    let pulled = engine.sync_round(&ask).await?;
    engine.look_for_doubts().await?;
    let requests = engine.forge.log().count();
    output(
        common,
        || json::synced(pulled, requests),
        || format!("{}\n", in_words(pulled, requests)),
    )
}

fn in_words(pulled: usize, requests: usize) -> String {
    let (changes, requests) = (counted(pulled, "change"), counted(requests, "request"));
    format!("{changes} pulled with {requests}")
}

/// Runs the command for several repositories, one after the other. One that fails is said, and does
/// not keep the others from theirs.
pub(super) async fn run_all(
    common: &Common,
    engines: &[Engine],
    args: &SyncArgs,
) -> Result<u8, CliError> {
    if args.watch {
        return Err(CliError::usage("--watch follows one repository").hinted(
            "start one for each, or open the workbench, which follows all that are named",
        ));
    }
    let mut worst = None;
    for engine in engines {
        if !common.json {
            let end = if args.plan { "\n" } else { " " };
            print(&format!("{}:{end}", engine.repo))?;
        }
        if let Err(error) = run(common, engine, args).await {
            print("failed\n")?;
            say(&format!(
                "error: {}: {}",
                engine.repo,
                error.chain.join(": ")
            ));
            worst = Some(error);
        }
    }
    worst.map_or(Ok(0), Err)
}

fn line(item: &Item, address: &str) -> String {
    let waits = item.waits.as_ref();
    let waits = waits
        .map(|why| format!("  waits: {why}"))
        .unwrap_or_default();
    format!(
        "{address}\n    {}, about {} requests{waits}\n",
        item.reason.words(),
        item.cost
    )
}

/// Rounds without end. A forge that cannot be reached is said once, and tried again.
async fn watch(common: &Common, engine: &Engine, mut ask: Ask, every: u64) -> Result<u8, CliError> {
    let mut is_first = true;
    let mut lost = false;
    loop {
        let before = engine.forge.log().count();
        let mut result = engine.sync_round(&ask).await;
        if result.is_ok()
            && let Err(error) = engine.look_for_doubts().await
        {
            result = Err(error);
        }
        let requests = engine.forge.log().count() - before;
        let at = engine.now().clock();
        match result {
            Ok(pulled) => {
                if lost {
                    say(&format!("{at} UTC: the forge answers again"));
                }
                lost = false;
                if pulled > 0 || is_first || common.json {
                    let text = if common.json {
                        format!("{}\n", json::synced(pulled, requests))
                    } else {
                        format!("{at} UTC  {}\n", in_words(pulled, requests))
                    };
                    print(&text)?;
                }
            }
            Err(SyncError::Forge(error)) if error.kind != crate::forge::Kind::Auth => {
                if !lost {
                    say(&format!(
                        "{at} UTC: {error}; {}; trying again",
                        error.hint()
                    ));
                }
                lost = true;
            }
            Err(other) => return Err(other.into()),
        }
        ask.full = false;
        is_first = false;
        let asked = engine.forge.budget().poll_interval.unwrap_or(0);
        let wait = Duration::from_secs(every.max(asked));
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = tokio::signal::ctrl_c() => return Ok(0),
        }
    }
}
