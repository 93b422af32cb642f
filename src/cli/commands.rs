//! Each command: loads, prints, answers with an exit code.

use std::{
    io::{self, IsTerminal as _},
    sync::Arc,
};

use clap::CommandFactory as _;

use super::{
    args::{Args, Command, Common},
    change, decide, demo, doctor,
    error::{CliError, ExitKind},
    json, open,
    out::{print, print_json, say},
    plain::{self, Marks},
    tui, zone,
};
use crate::{
    app::{help, words},
    decide::Dossier,
    keys::{Keymap, Scope},
    model::{ChangeId, PartName, PartState, PrNumber, PrState, Stage, Timestamp},
    query::{self, LocalInput},
    sync::{self, Engine, Report},
};

/// Says progress on stderr where that is a terminal.
pub(super) fn progress() -> Arc<dyn Fn(Report) + Send + Sync> {
    let shown = io::stderr().is_terminal();
    Arc::new(move |report| match report {
        Report::Problem(p) => say(&format!("warning: {}: {}", p.place, p.what)),
        Report::RepoPart {
            part,
            state: PartState::Failed(why),
        } => say(&format!("warning: {}: {why}", part.name())),
        Report::Waits { items, why } => say(&format!("note: {items} wait: {why}")),
        Report::List { done, total } if shown => say(&format!("list: {done} of {total}")),
        Report::Started { number, reason } if shown => {
            say(&format!("#{number}: {}", reason.words()));
        }
        Report::ChangeDone { number, .. } if shown => say(&format!("#{number}: done")),
        _ => {}
    })
}

/// Runs a command.
pub(super) async fn run(args: Args) -> Result<u8, CliError> {
    let mut common = args.common;
    change::repository_of(&mut common, args.command.as_ref(), args.change.as_ref())?;
    let common = common;
    if let (Some(change), Some(_)) = (&args.change, &args.command) {
        let what = format!("#{} stands before a command", change.number);
        return Err(CliError::usage(what).hinted("write the command first, then the change"));
    }
    match args.command {
        None => match args.change {
            // What is to be printed opens nothing.
            Some(change) if common.json || common.plain => {
                on_engine(&common, Command::Show { change }).await
            }
            change => tui::on_repository(&common, change.map(|c| c.number)).await,
        },
        Some(Command::Demo {
            serve: true,
            port,
            world,
        }) => demo::serve(port, world).await,
        Some(Command::Demo { world, .. }) => demo::open_demo(&common, world).await,
        Some(Command::Local {
            range,
            results,
            folder,
            trace,
        }) => {
            let input = LocalInput {
                folder,
                range,
                results,
            };
            local(&common, input, trace).await
        }
        Some(Command::Keys) => keys(&common),
        Some(Command::Completions { shell }) => {
            let mut bytes = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "proofline", &mut bytes);
            print(&String::from_utf8_lossy(&bytes))?;
            Ok(0)
        }
        Some(Command::Search { words, limit }) => {
            super::cache::search(&common, &words.join(" "), limit)
        }
        Some(Command::Cache { action }) => super::cache::run(&common, action),
        Some(Command::Contract { action }) => super::contract::run(&common, action).await,
        // Lists and syncs of several repositories are those of each.
        Some(Command::List { filter, all }) if common.repo.len() > 1 => {
            let engines: Vec<Engine> = several(&common).await?;
            list(&common, &engines, &filter.join(" "), all).await
        }
        Some(Command::Sync(args)) if common.repo.len() > 1 && args.changes.is_empty() => {
            let engines = several(&common).await?;
            super::sync::run_all(&common, &engines, &args).await
        }
        Some(Command::Doctor) => doctor::run(&common).await,
        Some(command) => on_engine(&common, command).await,
    }
}

/// Opens all repositories that are named.
async fn several(common: &Common) -> Result<Vec<Engine>, CliError> {
    let openings = open::open_all(common, progress()).await?;
    let mut engines = Vec::new();
    for opening in openings {
        for note in &opening.notes {
            say(&format!("warning: {note}"));
        }
        engines.push(opening.engine);
    }
    Ok(engines)
}

async fn on_engine(common: &Common, command: Command) -> Result<u8, CliError> {
    let opening = open::open(common, progress()).await?;
    let engine = opening.engine;
    for note in &opening.notes {
        say(&format!("warning: {note}"));
    }
    if opening.token.is_none() && !common.offline {
        say(&format!(
            "note: no token for {}: public repositories only, at 60 requests an hour{}",
            engine.repo.host,
            open::token_hint(&engine.repo.host)
        ));
    }
    match command {
        Command::Sync(args) => super::sync::run(common, &engine, &args).await,
        Command::List { filter, all } => list(common, &[engine], &filter.join(" "), all).await,
        Command::Show { change } => {
            let number = change.number;
            let dossier = dossier(common, &engine, number).await?;
            output(
                common,
                || json::show(&dossier),
                || {
                    plain::show(
                        &dossier,
                        (engine.now(), zone::of(common)),
                        Marks::of(common),
                    )
                },
            )
        }
        Command::Timeline { change, stage } => {
            let stage = stage.map(|s| parse_stage(&s)).transpose()?;
            let dossier = dossier(common, &engine, change.number).await?;
            output(
                common,
                || json::timeline(&dossier, stage),
                || plain::timeline(&dossier, stage, (zone::of(common), Marks::of(common))),
            )
        }
        Command::Trace { change, what } => {
            let dossier = dossier(common, &engine, change.number).await?;
            trace(common, &dossier, what.as_deref())
        }
        Command::Attempts { change } => {
            let number = change.number;
            let dossier = dossier(common, &engine, number).await?;
            output(
                common,
                || json::attempts(&dossier),
                || plain::attempts(&dossier, Marks::of(common)),
            )
        }
        Command::Decide(args) => decide::run(common, &engine, args).await,
        Command::Decisions { change } => {
            let number = change.number;
            let dossier = dossier(common, &engine, number).await?;
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
        Command::Outbox { action } => super::outbox::run(common, &engine, action).await,
        Command::Demo { .. }
        | Command::Local { .. }
        | Command::Keys
        | Command::Completions { .. }
        | Command::Search { .. }
        | Command::Contract { .. }
        | Command::Cache { .. }
        | Command::Doctor => Ok(0),
    }
}

/// Prints as asked.
pub(super) fn output(
    common: &Common,
    as_json: impl FnOnce() -> serde_json::Value,
    as_text: impl FnOnce() -> String,
) -> Result<u8, CliError> {
    if common.json {
        print_json(as_json())?;
    } else {
        print(&as_text())?;
    }
    Ok(0)
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

/// Loads a change, pulling it first where the cache has no evidence of it.
pub(super) async fn dossier(
    common: &Common,
    engine: &Engine,
    number: PrNumber,
) -> Result<Dossier, CliError> {
    let row = engine.row()?;
    let known = engine.cache.change(row.id, number)?;
    let fresh = known.as_ref().is_some_and(|c| c.synced_for.is_some());
    if !fresh && !common.offline {
        if known.is_none() && row.list_checked_at.is_none() {
            engine.sync_list().await?;
        }
        match engine.sync_change(number).await {
            Err(sync::SyncError::Forge(e)) if e.kind == crate::forge::Kind::NotFound => {
                let what = format!("{} has no pull request #{number}", engine.repo);
                let hint = "`proofline list --all` shows what is known; a private repository looks empty to a token without access";
                return Err(CliError::new(ExitKind::No, what).hinted(hint));
            }
            other => other?,
        }
    }
    let id = ChangeId {
        repo: engine.repo.clone(),
        number,
    };
    let viewer = engine.viewer();
    let dossier = query::dossier(&engine.cache, &id, viewer.as_ref(), engine.now())?;
    Ok(dossier)
}

async fn list(
    common: &Common,
    engines: &[Engine],
    filter: &str,
    all: bool,
) -> Result<u8, CliError> {
    if let Some(word) = crate::app::misspelt(filter).first() {
        return Err(CliError::usage(format!("`{word}` is no qualifier"))
            .hinted(format!("there are {}", crate::app::QUALIFIERS)));
    }
    let mut rows = Vec::new();
    let mut worst = None;
    for engine in engines {
        // What one repository lacks hides nothing of the others.
        if engine.row()?.list_checked_at.is_none()
            && !common.offline
            && let Err(error) = engine.sync_all().await
        {
            let error = CliError::from(error);
            if engines.len() == 1 {
                return Err(error);
            }
            say(&format!(
                "error: {}: {}",
                engine.repo,
                error.chain.join(": ")
            ));
            worst = Some(error);
        }
        rows.extend(engine.inbox()?);
        say_age(engine)?;
    }
    let cached = rows.len();
    let of_commit = with_commits(engines, filter)?;
    let matching = |r: &crate::decide::InboxRow| {
        let named = of_commit
            .as_ref()
            .is_some_and(|(ids, rest)| ids.contains(&r.id) && crate::app::passes(r, rest));
        named || crate::app::passes(r, filter)
    };
    let closed = rows
        .iter()
        .filter(|r| r.pr.state != PrState::Open && matching(r));
    let closed = closed.count();
    let unread = rows
        .iter()
        .filter(|r| r.summary.is_none() && r.pr.state == PrState::Open);
    let unread = unread.count();
    rows.retain(|r| (all || r.pr.state == PrState::Open) && matching(r));
    rows.sort_by_key(|r| std::cmp::Reverse(r.pr.updated_at));
    let now = engines.first().map_or_else(Timestamp::default, Engine::now);
    if unread > 0 && !filter.is_empty() {
        say(&format!(
            "note: the evidence of {unread} open changes was not pulled yet, so filters by it leave them out"
        ));
    }
    output(
        common,
        || json::list(&rows),
        || match (rows.is_empty(), cached, closed) {
            (false, ..) => plain::list(&rows, now, Marks::of(common)),
            (true, 0, _) => "nothing is cached yet; `proofline sync` asks the forge\n".to_owned(),
            (true, _, 0) => format!("none of {cached} cached changes matches\n"),
            (true, _, n) => format!("no open change matches; {n} closed ones do: add --all\n"),
        },
    )?;
    worst.map_or(Ok(0), Err)
}

/// The changes that have the commits which a filter names, and the filter without these; nothing
/// where it names none.
fn with_commits(
    engines: &[Engine],
    filter: &str,
) -> Result<Option<(Vec<ChangeId>, String)>, CliError> {
    let (ids, rest): (Vec<&str>, Vec<&str>) = filter
        .split_whitespace()
        .partition(|word| crate::app::is_commit(word));
    if ids.is_empty() {
        return Ok(None);
    }
    let mut found = Vec::new();
    for engine in engines {
        let row = engine.row()?.id;
        let mut numbers: Option<Vec<PrNumber>> = None;
        for id in &ids {
            let more = engine.cache.with_commit(row, id)?;
            numbers = Some(match numbers {
                Some(before) => before.into_iter().filter(|n| more.contains(n)).collect(),
                None => more,
            });
        }
        found.extend(
            numbers
                .unwrap_or_default()
                .into_iter()
                .map(|number| ChangeId {
                    repo: engine.repo.clone(),
                    number,
                }),
        );
    }
    Ok(Some((found, rest.join(" "))))
}

/// Says on stderr how old what is listed is, where it is not of now.
fn say_age(engine: &Engine) -> Result<(), CliError> {
    const STALE: i64 = 600;
    let checked_at = engine.row()?.list_checked_at;
    // Another process may have learnt of the forge's clock since this one began.
    engine
        .forge
        .remember_skew(engine.cache.skew(engine.repo.host.as_str())?);
    if let Some(at) = checked_at
        && engine.now().since(at) > STALE
    {
        let age = crate::text::age(at, engine.now());
        say(&format!("note: {} as of {age} ago", engine.repo));
    }
    Ok(())
}

fn trace(common: &Common, dossier: &Dossier, what: Option<&str>) -> Result<u8, CliError> {
    let Some(what) = what else {
        return output(
            common,
            || json::coverage(dossier),
            || plain::coverage(dossier, Marks::of(common)),
        );
    };
    let evidence = &dossier.evidence;
    let known = crate::evidence::links::specs_at(&evidence.facts, evidence.head());
    if known
        .iter()
        .any(|r| r.id.as_str().eq_ignore_ascii_case(what))
    {
        return output(
            common,
            || json::requirement(dossier, what),
            || plain::requirement(dossier, what, Marks::of(common)),
        );
    }
    let rows = evidence.matrix.find(what);
    match rows.as_slice() {
        [] => {
            let hint = if evidence.facts.local {
                "`proofline local --results FILE` opens the range; `t` there lists its requirements"
            } else {
                "`proofline trace N` lists the requirements, `proofline attempts N` the tests that failed or moved"
            };
            let parts = [
                PartName::Results,
                PartName::Artifacts,
                PartName::Runs,
                PartName::Git,
            ];
            let what = match evidence
                .facts
                .hole(&parts)
                .filter(|_| !evidence.facts.local)
            {
                Some((part, state)) => format!(
                    "`{what}` is not known here, since {}",
                    words::part_hole(part, &state)
                ),
                None => format!("`{what}` is no test and no requirement of this change"),
            };
            Err(CliError::new(ExitKind::No, what).hinted(hint))
        }
        [row] => {
            let Some(trace) = crate::evidence::trace::of_test(evidence, &row.key) else {
                return Err(CliError::data("the test has no cell in any attempt"));
            };
            output(
                common,
                || json::trace(&trace),
                || plain::trace(&trace, Marks::of(common)),
            )
        }
        several => {
            let names: Vec<&str> = several.iter().take(10).map(|r| r.key.0.as_str()).collect();
            Err(
                CliError::usage(format!("`{what}` names {} tests", several.len()))
                    .hinted(format!("one of {}", names.join(", "))),
            )
        }
    }
}

async fn local(common: &Common, input: LocalInput, what: Option<String>) -> Result<u8, CliError> {
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
        Some(what) => trace(common, &dossier, Some(&what)),
        None => output(
            common,
            || json::show(&dossier),
            || plain::show(&dossier, (now, zone::of(common)), Marks::of(common)),
        ),
    }
}

fn keys(common: &Common) -> Result<u8, CliError> {
    let (keymap, _) =
        Keymap::shipped("vim").ok_or_else(|| CliError::data("the keymap is missing"))?;
    let table = help::table(&keymap);
    output(
        common,
        || json::keys(&table),
        || {
            let mut out = String::new();
            for scope in Scope::ALL {
                out += &format!("[{}]\n", scope.name());
                for (_, keys, what) in table.iter().filter(|(s, ..)| *s == scope) {
                    out += &format!("  {keys:<22} {what}\n");
                }
            }
            out
        },
    )
}
