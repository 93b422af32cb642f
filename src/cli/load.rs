//! Opening repositories for a command, and loading one change of them.

use std::{
    io::{self, IsTerminal as _},
    sync::Arc,
};

use super::{
    common::Common,
    error::{CliError, ExitKind},
    open,
    out::say,
};
use crate::{
    decide::Dossier,
    forge::Kind,
    model::{ChangeId, PartState, PrNumber},
    sync::{Engine, Report, SyncError},
};

/// Says progress on stderr where that is a terminal.
fn progress() -> Arc<dyn Fn(Report) + Send + Sync> {
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

/// Opens all repositories that are named.
pub(super) async fn engines(common: &Common) -> Result<Vec<Engine>, CliError> {
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

/// Opens the repository of a command, and says what is worth knowing of it.
pub(super) async fn engine(common: &Common) -> Result<Engine, CliError> {
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
    Ok(engine)
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
            Err(SyncError::Forge(e)) if e.kind == Kind::NotFound => {
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
    Ok(engine.dossier(&id)?)
}
