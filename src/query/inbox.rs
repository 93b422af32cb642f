//! Rows of the inbox, from stored summaries.

use super::{Here, QueryError, dossier};
use crate::{
    contract::{JUDGEMENT, Summary},
    decide::InboxRow,
    model::{ChangeId, Login, RepoId},
    store::{ChangeRow, RepoRow},
};

/// Reads the rows of a repository, newest change first. A summary that other rules made is made anew
/// from the cache, and kept.
///
/// # Errors
/// Where the cache cannot be read.
pub fn inbox(
    here: Here<'_>,
    repo: &RepoId,
    viewer: Option<&Login>,
) -> Result<Vec<InboxRow>, QueryError> {
    let row = here.cache.repo(repo)?;
    let changes = here.cache.changes(row.id)?.into_iter();
    let of = |change: ChangeRow| InboxRow {
        id: ChangeId {
            repo: repo.clone(),
            number: change.pr.number,
        },
        summary: summary(here, &row, &change, viewer),
        pr: change.pr,
    };
    Ok(changes.map(of).collect())
}

/// Returns what the list shows of a change; none before its evidence was pulled.
fn summary(
    here: Here<'_>,
    repo: &RepoRow,
    change: &ChangeRow,
    viewer: Option<&Login>,
) -> Option<Summary> {
    let kept = change.summary.as_deref();
    let kept = kept.and_then(|json| serde_json::from_str::<Summary>(json).ok());
    if let Some(summary) = kept.filter(|s| s.judgement == JUDGEMENT) {
        return Some(summary);
    }
    change.synced_for?;
    let number = change.pr.number;
    let id = ChangeId {
        repo: repo.repo.clone(),
        number,
    };
    let made = dossier(here, &id, viewer).ok()?;
    if let Ok(json) = serde_json::to_string(&made.summary) {
        // Where it cannot be written, it is made anew the next time.
        let _ = here.cache.set_summary(repo.id, number, json, None, None);
    }
    Some(made.summary)
}
