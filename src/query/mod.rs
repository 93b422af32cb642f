//! The read side: the cache, the ledger and a repository on disk to dossiers and rows of lists. No
//! network, no git process; the command line and the workbench read through the same functions.
//!
//! A [`Dossier`](crate::decide::Dossier) is all that is derived of one change. Lists are made of
//! stored summaries; one that an older version of the rules made is made anew.

mod change;
mod derived;
mod inbox;
pub(crate) mod local;
pub(crate) mod objects;
mod outbox;
pub(crate) mod reports;
mod repository;

pub use change::dossier;
pub use inbox::inbox;
pub use local::{LocalInput, local};
pub use outbox::outbox;
pub use repository::facts as repository;

use serde::de::DeserializeOwned;

use crate::{
    model::{ChangeId, Problem},
    repo::RepoError,
    store::StoreError,
};

/// Why something cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Repo(#[from] RepoError),
    #[error("{0} is not in the cache")]
    NoChange(ChangeId),
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
