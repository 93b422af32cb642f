//! Writing the parts of a change: each with its state, its records, and the tags of the answers it
//! came from, in one transaction. A part that failed keeps what was there before, and whoever
//! builds on it gets that.

use serde::{Serialize, de::DeserializeOwned};

use super::{
    engine::{Engine, Report, SyncError},
    fetch::{Paged, Part},
    index,
};
use crate::{
    decide::Dossier,
    evidence::checks::has_pending_status,
    forge::ForgeError,
    model::{
        ChangeId, CheckRun, CommitStatus, Hole, HoleKind, MergeState, PartName, PartState,
        PrNumber, PullRequest, Sha, Verdict,
    },
    store::{Again, CachedResponse, PartRow, StoredPart},
};

/// The state of a part that could not be had.
pub(super) fn failed(error: &ForgeError) -> PartState {
    let kind = if error.is_for_good() {
        HoleKind::Refused
    } else {
        HoleKind::Again
    };
    PartState::Failed(Hole::new(kind, format!("{error}; {}", error.hint())))
}

fn json_of<T: Serialize>(records: Option<&T>) -> Result<Option<String>, SyncError> {
    let json = records.map(serde_json::to_string).transpose();
    json.map_err(|e| SyncError::Record(e.to_string()))
}

/// Says whether a part in a state is worth asking for again while nothing says that it changed.
fn again(state: &PartState) -> Again {
    match state {
        PartState::Complete => Again::No,
        state if state.has(HoleKind::Again) => Again::Next,
        state if state.has(HoleKind::Running) => Again::Pending,
        PartState::Partial(_) => Again::No,
        PartState::Failed(_) => Again::Later,
        // Whether it was switched on is told by the part of the repository.
        PartState::Absent(_) => Again::No,
        PartState::NotFetched => Again::Next,
    }
}

/// A change in the cache: row of its repository, and number.
pub(super) type At = (i64, PrNumber);

/// What is known of a part after it was asked for.
pub(super) struct Kept<T> {
    /// What came, or what was there before.
    pub items: Vec<T>,
    /// Whether a request failed on the way, so that some of it may be missing or old.
    pub holed: bool,
}

impl Engine {
    /// Computes what the inbox shows, and notes for which state of the change all this holds.
    pub(super) fn finish(
        &self,
        (repo, number): At,
        pr: &PullRequest,
        mark: Option<String>,
    ) -> Result<Dossier, SyncError> {
        let id = ChangeId {
            repo: self.repo.clone(),
            number,
        };
        let loaded = self.dossier(&id)?;
        let summary =
            serde_json::to_string(&loaded.summary).map_err(|e| SyncError::Record(e.to_string()))?;
        // First what can be searched: a sync that ends in between comes back to the change.
        self.cache
            .index(repo, number, index::documents(&loaded.evidence.facts))?;
        self.cache
            .set_summary(repo, number, summary, Some(pr.updated_at), mark)?;
        Ok(loaded)
    }

    pub(super) fn part<P>(
        &self,
        part: P,
        state: PartState,
        count: usize,
        records: Option<String>,
    ) -> StoredPart<P> {
        let failed = matches!(state, PartState::Failed(_));
        StoredPart {
            part,
            again: again(&state),
            state,
            checked_at: (!failed).then(|| self.now()),
            tried_at: Some(self.now()),
            count: count as u64,
            records,
        }
    }

    /// Writes a part of many records, and gives back what is known of it now.
    pub(super) fn keep<T: Serialize + DeserializeOwned>(
        &self,
        at: At,
        name: PartName,
        part: Part<T>,
    ) -> Result<Kept<T>, SyncError> {
        match part {
            Ok(mut paged) => {
                let state = self.state_of(&mut paged);
                let holed = state.has(HoleKind::Again);
                let count = paged.items.len();
                self.write(at, name, state, count, Some(&paged.items), paged.fresh)?;
                Ok(Kept {
                    items: paged.items,
                    holed,
                })
            }
            Err(error) => {
                self.write_failure(at, name, &error)?;
                Ok(Kept {
                    items: self.kept(at, name)?,
                    holed: true,
                })
            }
        }
    }

    /// Returns what is kept of a part.
    pub(super) fn kept<T: DeserializeOwned + Default>(
        &self,
        at: At,
        name: PartName,
    ) -> Result<T, SyncError> {
        let known = self.cache.parts(at.0, at.1)?.into_iter();
        let row = known.into_iter().find(|p| p.part == name);
        let records = row
            .and_then(|p| p.records)
            .and_then(|json| serde_json::from_str(&json).ok());
        Ok(records.unwrap_or_default())
    }

    /// Writes that a part cannot be had here; what was known of it before stays.
    pub(super) fn absent(&self, at: At, name: PartName, state: PartState) -> Result<(), SyncError> {
        self.write(at, name, state, 0, None::<&()>, Vec::new())
    }

    /// Writes the part of the checks, which is two lists.
    pub(super) fn keep_checks(
        &self,
        at: At,
        head: &Sha,
        part: Result<(Vec<CommitStatus>, Paged<CheckRun>), ForgeError>,
    ) -> Result<(), SyncError> {
        match part {
            Ok((statuses, mut paged)) => {
                let state = self.state_of(&mut paged);
                let count = paged.items.len() + statuses.len();
                // What apps of others check is told by no feed: it is looked at until it has ended.
                let of_head = paged.items.iter().filter(|c| c.head_sha == *head);
                let pending = of_head
                    .map(CheckRun::verdict)
                    .any(|v| v == Verdict::Pending)
                    || has_pending_status(&statuses, head);
                let both = (paged.items, statuses);
                let mut row = self.part(PartName::Checks, state, count, json_of(Some(&both))?);
                if pending && row.again == Again::No {
                    row.again = Again::Pending;
                }
                self.put(at, row, paged.fresh)
            }
            Err(error) => self.write_failure(at, PartName::Checks, &error),
        }
    }

    /// Writes the part of the merge state, which is one record.
    pub(super) fn keep_merge(&self, at: At, part: Part<MergeState>) -> Result<(), SyncError> {
        match part {
            Ok(mut paged) => {
                let state = self.state_of(&mut paged);
                let told = paged.items.pop();
                self.write(at, PartName::Merge, state, 1, Some(&told), paged.fresh)
            }
            Err(error) => self.write_failure(at, PartName::Merge, &error),
        }
    }

    /// Tells what could not be read, and how whole the rest is.
    pub(super) fn state_of<T>(&self, paged: &mut Paged<T>) -> PartState {
        let broken = paged.problems.len();
        for problem in paged.problems.drain(..) {
            self.say(Report::Problem(problem));
        }
        let mut holes = std::mem::take(&mut paged.holes);
        if broken > 0 {
            let what = format!("{broken} items could not be read");
            holes.push(Hole::new(HoleKind::Unread, what));
        }
        PartState::of(holes)
    }

    /// Writes that a part failed; its records stay as they were.
    pub(super) fn write_failure(
        &self,
        at: At,
        name: PartName,
        error: &ForgeError,
    ) -> Result<(), SyncError> {
        let state = failed(error);
        self.write(at, name, state, 0, None::<&()>, Vec::new())
    }

    pub(super) fn write<T: Serialize>(
        &self,
        at: At,
        name: PartName,
        state: PartState,
        count: usize,
        records: Option<&T>,
        fresh: Vec<CachedResponse>,
    ) -> Result<(), SyncError> {
        self.put(at, self.part(name, state, count, json_of(records)?), fresh)
    }

    fn put(
        &self,
        (repo, number): At,
        row: PartRow,
        fresh: Vec<CachedResponse>,
    ) -> Result<(), SyncError> {
        let (part, state) = (row.part, row.state.clone());
        self.cache
            .put_part(repo, number, row, fresh, self.forge.account.clone())?;
        self.say(Report::Part {
            number,
            part,
            state,
        });
        Ok(())
    }
}
