//! `list`: the changes that are cached.

use super::{
    common::Common,
    error::CliError,
    json,
    out::{output, say},
    plain::{self, Marks},
};
use crate::{
    app,
    decide::InboxRow,
    model::{ChangeId, PrNumber, PrState, Timestamp},
    sync::Engine,
    text,
};

/// Arguments of `list`.
#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    /// Filter words and qualifiers, such as is:failing agent:copilot
    pub filter: Vec<String>,
    /// Merged and closed ones too
    #[arg(long)]
    pub all: bool,
}

/// Runs the command, for one repository or several.
pub(super) async fn run(
    common: &Common,
    engines: &[Engine],
    args: ListArgs,
) -> Result<u8, CliError> {
    let (filter, all) = (args.filter.join(" "), args.all);
    let filter = filter.as_str();
    if let Some(word) = app::misspelt(filter).first() {
        return Err(CliError::usage(format!("`{word}` is no qualifier"))
            .hinted(format!("there are {}", app::QUALIFIERS)));
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
    let matching = |r: &InboxRow| {
        let named = of_commit
            .as_ref()
            .is_some_and(|(ids, rest)| ids.contains(&r.id) && app::passes(r, rest));
        named || app::passes(r, filter)
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
        .partition(|word| app::is_commit(word));
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
        let age = text::age(at, engine.now());
        say(&format!("note: {} as of {age} ago", engine.repo));
    }
    Ok(())
}
