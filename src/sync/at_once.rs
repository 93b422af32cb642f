//! Several things at once: the changes of a round over the connections that are allowed.

use std::collections::BTreeSet;

use tokio::task::JoinSet;

use super::{
    engine::{Engine, SyncError},
    plan::{Item, Job, Reason},
};
use crate::{forge::IN_FLIGHT, model::Sha};

/// Things of a plan that are done at once. Each has steps that wait for one answer: with fewer,
/// connections would stand idle.
const AT_ONCE: usize = 2 * IN_FLIGHT;

/// Commits of one call of git: each is named by an argument.
const A_CALL: usize = 1_000;

/// The rank of a change that nobody asked for.
const UNASKED: u8 = 2;

/// What is done together: what a person asked for, then the parts of the repository, which say how
/// changes are judged, then the other changes.
fn rank(item: &Item) -> u8 {
    match (item.job, item.reason) {
        (_, Reason::Asked) => 0,
        (Job::Change(_), _) => UNASKED,
        _ => 1,
    }
}

impl Engine {
    /// Does what was planned, several things at once; `done` is told of each that ended well. Returns
    /// how many changes were looked at. Where the forge asks to wait, the rest is left for later.
    ///
    /// # Errors
    /// The first thing that could not be done at all. Nothing is begun after it; what was under way
    /// is brought to its end.
    pub async fn perform_all(
        &self,
        mut items: Vec<Item>,
        done: impl Fn(&Item),
    ) -> Result<usize, SyncError> {
        items.sort_by_key(rank);
        let mut count = 0;
        let mut failed = None;
        for group in items.chunk_by(|a, b| rank(a) == rank(b)) {
            let mut settling = self.clone();
            settling.settled = self.settle(group).await;
            let ((), (changes, error)) =
                futures::join!(self.fetch_ahead(group), settling.perform_some(group, &done));
            count += changes;
            failed = error;
            if failed.is_some() || self.is_paused() {
                break;
            }
        }
        failed.map_or(Ok(count), Err)
    }

    async fn perform_some(
        &self,
        items: &[Item],
        done: &impl Fn(&Item),
    ) -> (usize, Option<SyncError>) {
        // Each in a task of its own: while one writes, the others go on. They end with this.
        let (mut waiting, mut under_way) = (items.iter(), JoinSet::new());
        let (mut count, mut failed, mut stops) = (0, None, false);
        loop {
            while !stops && under_way.len() < AT_ONCE {
                let Some(item) = waiting.next() else { break };
                under_way.spawn(self.clone().perform_one(item.clone()));
            }
            let Some(ended) = under_way.join_next().await else {
                break;
            };
            match ended {
                Ok((_, None)) => {}
                Ok((item, Some(Ok(())))) => {
                    count += usize::from(item.change().is_some());
                    done(&item);
                }
                Ok((_, Some(Err(error)))) => {
                    failed.get_or_insert(error);
                }
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                Err(error) => {
                    failed.get_or_insert(SyncError::Record(error.to_string()));
                }
            }
            stops = failed.is_some() || self.forge.paused_until().is_some();
        }
        (count, failed)
    }

    /// Does one thing; nothing where the forge asked to wait meanwhile.
    async fn perform_one(self, item: Item) -> (Item, Option<Result<(), SyncError>>) {
        if rank(&item) == UNASKED {
            // Before it is begun: who waits for it then waits for its answers only.
            let cost = u32::try_from(item.cost).unwrap_or(u32::MAX);
            self.forge.space_unasked(cost).await;
            if self.forge.paused_until().is_some() {
                return (item, None);
            }
        }
        let ended = self.perform(&item).await;
        (item, Some(ended))
    }

    /// Fetches what is known of the heads of some changes with one call of git, while their records are
    /// asked for. What fails here fails again where it is needed, and is said there.
    async fn fetch_ahead(&self, items: &[Item]) {
        let Ok(row) = self.row() else { return };
        let known = |item: &Item| self.cache.change(row.id, item.change()?).ok()?;
        let is_whole = |item: &&Item| item.reason != Reason::Pending;
        let changes = items.iter().filter(is_whole).filter_map(known);
        let heads: BTreeSet<Sha> = changes
            .flat_map(|c| [c.pr.head_sha, c.pr.base_sha])
            .collect();
        if heads.len() > 2
            && let Ok(Some(transfer)) = self.transfer(&row).await
        {
            // So many as fit into one call.
            let heads: Vec<Sha> = heads.into_iter().collect();
            for some in heads.chunks(A_CALL) {
                let _ = self.fetch_together(&transfer, some.iter().cloned()).await;
            }
        }
    }
}
