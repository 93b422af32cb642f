//! The engine: one forge, one repository, the two stores, and reports of what happens.

use std::{path::PathBuf, sync::Arc};

use crate::{
    forge::{
        Forge, ForgeError,
        wire::{self, PullWire, RepoWire},
    },
    model::{ChangeId, PartName, PartState, PrNumber, PrState, Problem, RepoId, Timestamp},
    repo::RepoError,
    store::{Cache, Ledger, RepoRow, StoreError},
};

use super::plan::{self, Known, Reason};

/// Where files live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    pub cache: PathBuf,
    pub data: PathBuf,
}

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
    #[error("{0} is not in the cache and the forge does not know it")]
    NoChange(ChangeId),
    #[error("{0}")]
    Record(String),
}

/// Changes a GraphQL query asks for; halved where the forge cannot answer in time.
const PAGE: u32 = 25;
/// The smallest page before the list is given up.
const SMALLEST: u32 = 5;

/// Tells whether the forge may manage a smaller page.
fn is_too_much(error: &ForgeError) -> bool {
    matches!(error.status, Some(502 | 504)) || error.kind == crate::forge::Kind::Interrupted
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
    pub repo: RepoId,
    pub report: Reporter,
}

impl Engine {
    pub(super) fn say(&self, report: Report) {
        (self.report)(report);
    }

    /// Returns the row of the repository.
    pub fn row(&self) -> Result<RepoRow, StoreError> {
        self.cache.repo(&self.repo)
    }

    /// Pulls the list: all open changes, and the newest closed and merged ones. The list is whole
    /// only once its last page is written.
    pub async fn sync_list(&self) -> Result<(), SyncError> {
        let row = self.row()?;
        let mut row = self.describe(row).await?;
        let (mut total, mut whole) = (0, true);
        for open_only in [true, false] {
            let (done, complete) = self.list_pages(&mut row, open_only).await?;
            total += done;
            whole &= complete;
        }
        // A list with holes is not confirmed: its age goes on, and the next sync asks again.
        let checked_at = whole.then(|| self.now());
        self.cache.put_list(row.id, &[], checked_at)?;
        self.say(Report::ListDone {
            total: total as u64,
        });
        Ok(())
    }

    /// The list without a token: GraphQL asks for one, REST does not. Slower, and what only GraphQL
    /// knows (which issues a change closes) comes from its description.
    async fn list_by_rest(&self, repo: i64, open_only: bool) -> Result<(usize, bool), SyncError> {
        let state = if open_only { "open" } else { "closed" };
        let url = format!(
            "/repos/{}/pulls?state={state}&sort=updated&direction=desc&per_page=100",
            self.repo.slug()
        );
        if open_only {
            let paged = self.pages::<PullWire>(&url, None).await?;
            let whole = paged.partial.is_none() && paged.problems.is_empty();
            self.cache.put_list(repo, &paged.items, None)?;
            return Ok((paged.items.len(), whole));
        }
        // Of what is closed, the newest page is enough.
        let (response, _) = self.page(&url).await?;
        match wire::decode_list::<PullWire>(&url, &response.body, None) {
            Ok(listed) => {
                self.cache.put_list(repo, &listed.items, None)?;
                Ok((listed.items.len(), listed.problems.is_empty()))
            }
            Err(problem) => {
                self.say(Report::Problem(problem));
                Ok((0, false))
            }
        }
    }

    /// Pulls the pages; returns how many changes there were, and whether none was lost.
    async fn list_pages(
        &self,
        row: &mut RepoRow,
        open_only: bool,
    ) -> Result<(usize, bool), SyncError> {
        if self.forge.is_anonymous() {
            return self.list_by_rest(row.id, open_only).await;
        }
        let (mut after, mut size, mut done) = (None::<String>, PAGE, 0);
        let mut whole = true;
        loop {
            let page = match self
                .forge
                .list(&self.repo, open_only, size, after.as_deref())
                .await
            {
                Err(e) if is_too_much(&e) && size > SMALLEST => {
                    size = (size / 2).max(SMALLEST);
                    continue;
                }
                other => other?,
            };
            // Another token may belong to somebody else than the one before.
            if let Some(viewer) = page.viewer.map(|v| v.to_string())
                && row.viewer.as_ref() != Some(&viewer)
            {
                row.viewer = Some(viewer);
                self.cache.set_repo(row.clone())?;
            }
            whole &= page.problems.is_empty();
            for problem in page.problems {
                self.say(Report::Problem(problem));
            }
            done += page.prs.len();
            self.say(Report::List {
                done,
                total: page.total,
            });
            self.cache.put_list(row.id, &page.prs, None)?;
            after = page.next;
            // Of what is closed, the newest page is enough to notice what was closed or merged.
            if after.is_none() || (!open_only && done >= 100) {
                return Ok((done, whole));
            }
        }
    }

    /// Asks for the repository and the viewer, where they are not known yet.
    async fn describe(&self, mut row: RepoRow) -> Result<RepoRow, SyncError> {
        if row.viewer.is_none() {
            match self.forge.viewer().await {
                Ok(viewer) => row.viewer = viewer.map(|v| v.to_string()),
                // A wrong token ends the sync here, with its own words.
                Err(e) if e.kind == crate::forge::Kind::Auth => return Err(e.into()),
                Err(e) => self.say(Report::Problem(
                    Problem::warning("viewer", e.to_string()).hinted(e.hint()),
                )),
            }
        }
        if row.clone_url.is_none() {
            let path = format!("/repos/{}", self.repo.slug());
            let (response, _) = self.page(&path).await?;
            match wire::decode_one::<RepoWire>(&path, &response.body) {
                Ok((_, clone_url, default_branch)) => {
                    row.clone_url = clone_url;
                    row.default_branch = default_branch;
                }
                Err(problem) => self.say(Report::Problem(problem)),
            }
        }
        self.cache.set_repo(row.clone())?;
        Ok(row)
    }

    /// Plans which changes to ask for, with the reason of each.
    pub fn plan(&self, asked: &[PrNumber]) -> Result<Vec<(Reason, PrNumber)>, StoreError> {
        let row = self.row()?;
        let mut items = Vec::new();
        for change in self.cache.changes(row.id)? {
            let number = change.pr.number;
            let open = change.pr.state == PrState::Open;
            let is_asked = asked.contains(&number);
            if !open && !is_asked {
                continue;
            }
            let parts = self.cache.parts(row.id, number)?;
            let known = Known {
                updated_at: change.pr.updated_at,
                synced_for: change.synced_for,
                pending: parts.iter().any(
                    |p| matches!(&p.state, PartState::Partial(why) if why.contains(plan::RUNNING)),
                ),
                parts: parts.into_iter().map(|p| (p.part, p.state)).collect(),
            };
            if let Some(reason) = plan::reason(&known, is_asked) {
                items.push((reason, open, change.pr.updated_at, number));
            }
        }
        Ok(plan::order(items))
    }

    /// Pulls the list, then every change that has something new.
    pub async fn sync_all(&self) -> Result<usize, SyncError> {
        self.sync_list().await?;
        let planned = self.plan(&[])?;
        let mut count = 0;
        for (reason, number) in planned {
            if let Some(until) = self.forge.paused_until() {
                let what = format!(
                    "stopped until {} UTC: the forge asked to wait",
                    until.clock()
                );
                self.say(Report::Problem(Problem::warning("sync", what)));
                break;
            }
            self.say(Report::Started { number, reason });
            self.sync_change(number).await?;
            count += 1;
        }
        self.say(Report::Done { changes: count });
        Ok(count)
    }

    /// Returns the oldest time that counts as fresh for a header: when the list was confirmed.
    pub fn list_age(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.row()?.list_checked_at)
    }
}
