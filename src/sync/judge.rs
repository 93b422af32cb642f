//! Judging changes from the cache alone.

use super::engine::{Engine, SyncError};
use crate::{
    decide::Dossier,
    model::{ChangeId, FilePatch, JobLog, Login, Sha},
    query::{self, Here, QueryError},
    repo::Local,
    store::RepoRow,
};

impl Engine {
    /// Loads a change as this account sees it.
    ///
    /// # Errors
    /// Where the change is not cached, or the cache cannot be read.
    pub fn dossier(&self, id: &ChangeId) -> Result<Dossier, QueryError> {
        self.dossier_for(id, self.viewer().as_ref())
    }

    /// Reads the lines of a difference, as far as its commits are here.
    ///
    /// # Errors
    /// Where they are not.
    pub fn diff(&self, from: &Sha, to: &Sha) -> Result<Vec<FilePatch>, QueryError> {
        query::diff(&Local::open(&self.git_folder())?, from, to)
    }

    /// Reads the log of a job of a change, as far as it is here.
    ///
    /// # Errors
    /// Where none is kept, or the cache cannot be read.
    pub fn job_log(&self, id: &ChangeId, job: u64) -> Result<JobLog, QueryError> {
        self.here(|here| query::job_log(here, id, job))
    }

    fn dossier_for(&self, id: &ChangeId, viewer: Option<&Login>) -> Result<Dossier, QueryError> {
        self.here(|here| query::dossier(here, id, viewer))
    }

    /// Reads from what is here of this repository.
    pub(super) fn here<T>(&self, read: impl FnOnce(Here<'_>) -> T) -> T {
        read(Here {
            cache: &self.cache,
            git: &self.git_folder(),
            now: self.now(),
        })
    }

    /// Computes the summaries of all changes that have evidence: the rules or the viewer are others.
    pub(super) fn judge_all(
        &self,
        repo: &RepoRow,
        viewer: Option<&Login>,
    ) -> Result<usize, SyncError> {
        let mut count = 0;
        let changes = self.cache.changes(repo.id)?.into_iter();
        for change in changes.filter(|c| c.synced_for.is_some()) {
            let number = change.pr.number;
            let id = ChangeId {
                repo: repo.repo.clone(),
                number,
            };
            let dossier = self.dossier_for(&id, viewer)?;
            let json = serde_json::to_string(&dossier.summary)
                .map_err(|e| SyncError::Record(e.to_string()))?;
            self.cache.set_summary(repo.id, number, json, None, None)?;
            count += 1;
        }
        Ok(count)
    }
}
