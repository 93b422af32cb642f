//! `sync`: one round, a plan of one, or rounds without end.

use std::{
    io::{self, Write as _},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use super::{
    args::{Common, SyncArgs},
    commands::{output, print},
    error::CliError,
    json,
};
use crate::sync::{Ask, Engine, SyncError, plan::Item};

/// Runs the command.
pub(super) async fn run(common: &Common, engine: &Engine, args: &SyncArgs) -> Result<u8, CliError> {
    let ask = Ask {
        numbers: args.numbers.clone(),
        full: args.full,
    };
    let wanted = |item: &Item| {
        let number = item.change();
        args.numbers.is_empty() || number.is_none_or(|n| args.numbers.contains(&n))
    };
    if args.plan {
        let mut planned = engine.plan(&ask)?;
        planned.retain(wanted);
        let address = |item: &Item| engine.address(&item.job);
        return output(
            common,
            || json::plan(&planned, address),
            || {
                planned
                    .iter()
                    .map(|item| line(item, &address(item)))
                    .collect()
            },
        );
    }
    if common.offline {
        return Err(CliError::usage("--offline and sync exclude each other"));
    }
    if args.watch {
        return watch(common, engine, ask, args.every).await;
    }
    let pulled = round(engine, &ask, wanted).await?;
    let requests = engine.forge.log().count();
    output(
        common,
        || json::synced(pulled, requests),
        || format!("{pulled} changes pulled with {requests} requests\n"),
    )
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
            let _ = writeln!(
                io::stderr(),
                "error: {}: {}",
                engine.repo,
                error.chain.join(": ")
            );
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

async fn round(
    engine: &Engine,
    ask: &Ask,
    wanted: impl Fn(&Item) -> bool,
) -> Result<usize, SyncError> {
    engine.probe(ask).await?;
    let mut items = engine.rest(ask)?;
    items.retain(wanted);
    // A change that no list told of yet is asked for by its number.
    let unlisted = ask
        .numbers
        .iter()
        .filter(|n| !items.iter().any(|i| i.change() == Some(**n)));
    let unlisted: Vec<_> = unlisted.copied().collect();
    let mut pulled = 0;
    for number in unlisted {
        engine.sync_change(number).await?;
        pulled += 1;
    }
    for item in engine.now_or_say(items) {
        if engine.is_paused() {
            break;
        }
        engine.perform(&item).await?;
        pulled += usize::from(item.change().is_some());
    }
    Ok(pulled)
}

/// Rounds without end. A forge that cannot be reached is said once, and tried again.
async fn watch(common: &Common, engine: &Engine, mut ask: Ask, every: u64) -> Result<u8, CliError> {
    let rounds = AtomicUsize::new(0);
    let mut lost = false;
    loop {
        let before = engine.forge.log().count();
        let result = round(engine, &ask, |_| true).await;
        let requests = engine.forge.log().count() - before;
        let at = engine.now().clock();
        match result {
            Ok(pulled) => {
                if lost {
                    writeln!(io::stderr(), "{at} UTC: the forge answers again")?;
                }
                lost = false;
                if pulled > 0 || rounds.load(Ordering::Relaxed) == 0 || common.json {
                    let text = if common.json {
                        format!("{}\n", json::synced(pulled, requests))
                    } else {
                        format!("{at} UTC  {pulled} changes pulled with {requests} requests\n")
                    };
                    print(&text)?;
                }
            }
            Err(SyncError::Forge(error)) if error.kind != crate::forge::Kind::Auth => {
                if !lost {
                    writeln!(
                        io::stderr(),
                        "{at} UTC: {error}; {}; trying again",
                        error.hint()
                    )?;
                }
                lost = true;
            }
            Err(other) => return Err(other.into()),
        }
        ask.full = false;
        rounds.fetch_add(1, Ordering::Relaxed);
        let asked = engine.forge.budget().poll_interval.unwrap_or(0);
        let wait = Duration::from_secs(every.max(asked));
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = tokio::signal::ctrl_c() => return Ok(0),
        }
    }
}
