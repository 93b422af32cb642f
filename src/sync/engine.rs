//! The engine: one forge, one repository, the two stores, and reports of what happens.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    decide::Dossier,
    forge::{Counts, Forge, ForgeError},
    model::{PartName, PartState, PrNumber, Problem, RepoId, RepoPart, Timestamp},
    query::QueryError,
    repo::RepoError,
    store::{Cache, Ledger, RepoRow, StoreError},
};

use super::{
    meter::Meter,
    plan::{Feed, Reason},
    settled::Settled,
    under_way::UnderWay,
};

/// Where files live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    pub cache: PathBuf,
    pub data: PathBuf,
}

/// A change as it was judged when its evidence was pulled.
#[derive(Clone)]
pub struct Pulled(pub Arc<Dossier>);

/// By its number: what it holds is long, and not for logs.
impl std::fmt::Debug for Pulled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{}", self.0.evidence.facts.pr.number)
    }
}

/// Two are the same where they are one.
impl PartialEq for Pulled {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Pulled {}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// Changes listed so far, of how many.
    List {
        done: usize,
        total: u64,
    },
    ListDone {
        total: u64,
    },
    Started {
        number: PrNumber,
        reason: Reason,
    },
    Part {
        number: PrNumber,
        part: PartName,
        state: PartState,
    },
    ChangeDone {
        number: PrNumber,
        pulled: Pulled,
    },
    /// Contents of files that were opened in git for a change.
    Objects {
        number: PrNumber,
        blobs: u64,
    },
    RepoPart {
        part: RepoPart,
        state: PartState,
    },
    /// A feed told of so many changes.
    Moved {
        changes: usize,
    },
    /// Something has to wait, and why.
    Waits {
        items: usize,
        why: String,
    },
    /// A delivery moved.
    Outbox,
    Problem(Problem),
    /// All that was planned is done.
    Done {
        changes: usize,
    },
}

/// Why a sync could not go on at all.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    #[error(transparent)]
    Forge(#[from] ForgeError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Repo(#[from] RepoError),
    #[error(transparent)]
    Query(#[from] QueryError),
    #[error("{0}")]
    Record(String),
}

/// What came of work on a thread of its own.
pub(super) fn joined<T, E>(
    result: Result<Result<T, E>, tokio::task::JoinError>,
) -> Result<T, SyncError>
where
    SyncError: From<E>,
{
    match result {
        Ok(result) => Ok(result?),
        Err(error) => Err(SyncError::Record(error.to_string())),
    }
}

/// Takes reports; called from any thread.
pub type Reporter = Arc<dyn Fn(Report) + Send + Sync>;

/// Everything a sync needs.
#[derive(Clone)]
pub struct Engine {
    pub forge: Forge,
    pub cache: Cache,
    pub ledger: Ledger,
    pub folders: Folders,
    /// The repository, by the name it was asked for.
    pub repo: RepoId,
    pub report: Reporter,
    /// A repository on this disk whose objects need not be fetched again.
    pub local_git: Option<PathBuf>,
    /// KiB of git objects from which on only the newest commits are fetched.
    pub shallow_from: u64,
    /// Commits of each head that come first there.
    pub depth: u32,
    memory: Arc<Mutex<Memory>>,
    pub(super) under_way: Arc<UnderWay>,
    /// Counts what the change costs that is being pulled, where one is.
    pub(super) meter: Option<Arc<Meter>>,
    /// What the lists of the whole repository tell of the changes of this round.
    pub(super) settled: Option<Arc<Settled>>,
}

/// Half a GiB.
const SHALLOW_FROM: u64 = 512 << 10;
const DEPTH: u32 = 50;

/// What an engine remembers while it lives.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Key of the row, and the name the repository has now.
    pub row: Option<(i64, RepoId)>,
    /// The forge answered from another address.
    pub moved: bool,
    /// The owner is a person, not an organisation.
    pub owner_is_person: bool,
    /// What the list told of changes that were not looked at since, and when it says that each was
    /// updated.
    pub listed: BTreeMap<PrNumber, (Counts, Timestamp)>,
    /// When a feed said that a change was updated.
    pub fed: BTreeMap<PrNumber, Timestamp>,
    /// When the differences of dependencies were refused for the whole repository, and how.
    pub no_dependencies: Option<(Timestamp, PartState)>,
    /// When a feed was refused.
    pub refused: BTreeMap<Feed, Timestamp>,
    /// The address that the forge gave for git, and the one that its redirects lead to.
    pub git_address: Option<(String, String)>,
}

impl Engine {
    /// Puts an engine together. Nothing is asked of the forge.
    pub fn new(
        forge: Forge,
        (cache, ledger): (Cache, Ledger),
        folders: Folders,
        repo: RepoId,
        report: Reporter,
    ) -> Self {
        if let Ok(skew) = cache.skew(repo.host.as_str()) {
            forge.remember_skew(skew);
        }
        Self {
            forge,
            cache,
            ledger,
            folders,
            repo,
            report,
            local_git: None,
            shallow_from: SHALLOW_FROM,
            depth: DEPTH,
            memory: Arc::default(),
            under_way: Arc::default(),
            meter: None,
            settled: None,
        }
    }

    pub(super) fn say(&self, report: Report) {
        match &report {
            Report::Problem(p) => tracing::warn!(place = p.place, "{}", p.what),
            other => tracing::debug!("{other:?}"),
        }
        (self.report)(report);
    }

    /// Takes what the list told of a change, unless a feed told of an update since.
    pub(super) fn take_listed(&self, number: PrNumber) -> Option<Counts> {
        let mut memory = self.memory();
        let (counts, updated_at) = memory.listed.remove(&number)?;
        let is_newest = memory.fed.get(&number).is_none_or(|at| *at <= updated_at);
        is_newest.then_some(counts)
    }

    pub(super) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the row of the repository.
    pub fn row(&self) -> Result<RepoRow, StoreError> {
        let row = self.cache.repo(&self.repo)?;
        self.memory().row = Some((row.id, row.repo.clone()));
        Ok(row)
    }

    /// Returns the name that the repository has now: requests go there.
    pub fn called(&self) -> RepoId {
        let known = self.memory().row.clone();
        known.map_or_else(|| self.repo.clone(), |(_, called)| called)
    }

    /// Returns the key under which an answer is kept. A renamed repository keeps its answers.
    pub(super) fn key(&self, url: &str) -> String {
        let known = self.memory().row.clone();
        self.forge
            .key(url, known.as_ref().map(|(id, called)| (*id, called)))
    }

    /// Returns the oldest time that counts as fresh for a header: when the list was confirmed.
    pub fn list_age(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.row()?.list_checked_at)
    }
}
