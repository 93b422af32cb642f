//! Logs of jobs, as they are kept.

use super::{Here, QueryError, read_into};
use crate::{
    formats::logs,
    model::{ChangeId, JobLog, LogTail, PartName},
};

/// The name under which the log of a job is kept.
pub fn kept_log(job: u64) -> String {
    format!("log/{job}")
}

/// Reads the log of a job of a change: whole, or what an older version kept of it.
///
/// # Errors
/// Where none is kept, or the cache cannot be read.
pub fn job_log(here: Here<'_>, id: &ChangeId, job: u64) -> Result<JobLog, QueryError> {
    let row = here.cache.repo(&id.repo)?;
    let name = kept_log(job);
    let kept = here.cache.kept_names(row.id, id.number, &name)?;
    if let Some(file) = kept.iter().find(|f| f.path == name) {
        return Ok(logs::whole(&here.cache.content(&file.digest)?));
    }
    let parts = here.cache.parts(row.id, id.number)?;
    let mut tails: Vec<LogTail> = Vec::new();
    for part in parts.into_iter().filter(|p| p.part == PartName::Logs) {
        let what = part.part.name();
        read_into(&mut tails, part.records.as_deref(), what, &mut Vec::new());
    }
    let tail = tails.iter().find(|t| t.job == job);
    tail.map(logs::ends).ok_or(QueryError::NoLog(job))
}
