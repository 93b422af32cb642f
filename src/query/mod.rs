//! The read side: the cache, the ledger and a repository on disk to dossiers and rows of lists. No
//! network, no git process; the command line and the workbench read through the same functions.
//!
//! A [`Dossier`](crate::decide::Dossier) is all that is derived of one change. Lists are made of
//! stored summaries; one that an older version of the rules made is made anew.

mod change;
mod commits;
mod deltas;
mod derived;
mod inbox;
pub(crate) mod local;
mod logs;
pub(crate) mod objects;
mod outbox;
pub(crate) mod reports;
mod repository;

pub use change::dossier;
pub use deltas::diff;
pub use inbox::inbox;
pub use local::{LocalInput, local, local_diff, local_first, local_without};
pub use logs::{job_log, kept_log};
pub use outbox::outbox;
pub use repository::facts as repository;

use std::{cell::OnceCell, path::Path};

use serde::de::DeserializeOwned;

use crate::{
    model::{ChangeId, Problem, Timestamp},
    repo::{Local, RepoError},
    store::{Cache, StoreError},
};

/// What is here, to be read from.
#[derive(Clone, Copy)]
pub struct Here<'a> {
    pub cache: &'a Cache,
    /// Folder of the git objects of a repository; it may not be there.
    pub git: &'a Path,
    /// When what is read now was read.
    pub now: Timestamp,
}

/// Git objects that are opened where something has to be read from them.
struct Objects<'a> {
    folder: &'a Path,
    opened: OnceCell<Option<Local>>,
}

impl<'a> Objects<'a> {
    fn at(folder: &'a Path) -> Self {
        Self {
            folder,
            opened: OnceCell::new(),
        }
    }

    /// Opens the repository; nothing where that cannot be done.
    fn get(&self) -> Option<&Local> {
        let open = || Local::open(self.folder).ok();
        self.opened.get_or_init(open).as_ref()
    }
}

/// Why something cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Repo(#[from] RepoError),
    #[error("{0} is not in the cache")]
    NoChange(ChangeId),
    #[error("no log of job {0} is in the cache")]
    NoLog(u64),
}

/// Reads the records of a part. What cannot be read is a problem, and nothing is known of it.
fn read_into<T: DeserializeOwned>(
    to: &mut T,
    json: Option<&str>,
    part: &str,
    problems: &mut Vec<Problem>,
) {
    let Some(json) = json else { return };
    match serde_json::from_str(json) {
        Ok(value) => *to = value,
        Err(e) => problems.push(
            Problem::error(part, format!("what is cached cannot be read ({e})"))
                .hinted("sync this change again"),
        ),
    }
}
