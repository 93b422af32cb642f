//! Judging all changes of a repository anew, from the cache alone: the rules or the viewer are others.

use super::engine::SyncError;
use crate::{
    model::{ChangeId, Login, Timestamp},
    query,
    store::{Cache, RepoRow},
};

/// Computes the summaries of all changes that have evidence.
pub(super) fn all(
    cache: &Cache,
    repo: &RepoRow,
    viewer: Option<&Login>,
    now: Timestamp,
) -> Result<usize, SyncError> {
    let mut count = 0;
    let changes = cache.changes(repo.id)?.into_iter();
    for change in changes.filter(|c| c.synced_for.is_some()) {
        let number = change.pr.number;
        let id = ChangeId {
            repo: repo.repo.clone(),
            number,
        };
        let dossier = query::dossier(cache, &id, viewer, now)?;
        let json = serde_json::to_string(&dossier.summary)
            .map_err(|e| SyncError::Record(e.to_string()))?;
        cache.set_summary(repo.id, number, json, None, None)?;
        count += 1;
    }
    Ok(count)
}
