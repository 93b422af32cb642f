//! Several things at once: the changes of a round over the connections that are allowed. One change is
//! pulled by one at a time, and what a person waits for goes first.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use futures::{StreamExt as _, stream::FuturesUnordered};
use tokio::sync::{Notify, watch};

use super::{
    engine::{Engine, SyncError},
    plan::{Item, Job, Reason},
};
use crate::{
    forge::IN_FLIGHT,
    model::{PrNumber, Sha},
};

/// Things of a plan that are done at once. Each has steps that wait for one answer: with fewer,
/// connections would stand idle.
const AT_ONCE: usize = 2 * IN_FLIGHT;

/// What is under way in an engine and its clones.
#[derive(Debug, Default)]
pub(super) struct UnderWay {
    changes: Mutex<BTreeSet<PrNumber>>,
    ended: Notify,
    /// How many changes a person waits for.
    pressing: watch::Sender<usize>,
}

/// A change that nobody else pulls as long as this lives.
pub(super) struct Claim<'a> {
    under_way: &'a UnderWay,
    number: PrNumber,
    is_pressing: bool,
}

impl UnderWay {
    fn changes(&self) -> MutexGuard<'_, BTreeSet<PrNumber>> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until nobody else pulls a change. Only then does a pressing one hold up the others: one of
    /// these may be what it waits for.
    pub(super) async fn claim(&self, number: PrNumber, is_pressing: bool) -> Claim<'_> {
        loop {
            let ended = self.ended.notified();
            let mut ended = std::pin::pin!(ended);
            ended.as_mut().enable();
            if self.changes().insert(number) {
                break;
            }
            ended.await;
        }
        if is_pressing {
            self.pressing.send_modify(|count| *count += 1);
        }
        Claim {
            under_way: self,
            number,
            is_pressing,
        }
    }

    /// Waits until no person waits for anything.
    pub(super) async fn give_way(&self) {
        // The sender lives as long as this does.
        let _ = self
            .pressing
            .subscribe()
            .wait_for(|count| *count == 0)
            .await;
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.under_way.changes().remove(&self.number);
        self.under_way.ended.notify_waiters();
        if self.is_pressing {
            self.under_way.pressing.send_modify(|count| *count -= 1);
        }
    }
}

/// What is done together: what a person asked for, then the parts of the repository, which say how
/// changes are judged, then the other changes.
fn rank(item: &Item) -> u8 {
    match (item.job, item.reason) {
        (_, Reason::Asked) => 0,
        (Job::Change(_), _) => 2,
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
        let one = async |item| (item, self.perform(item).await);
        let (mut waiting, mut under_way) = (items.iter(), FuturesUnordered::new());
        let (mut count, mut failed, mut stops) = (0, None, false);
        loop {
            while !stops && under_way.len() < AT_ONCE {
                let Some(item) = waiting.next() else { break };
                // Many requests at once make a large future.
                under_way.push(Box::pin(one(item)));
            }
            let Some((item, ended)) = under_way.next().await else {
                break;
            };
            match ended {
                Ok(()) => {
                    count += usize::from(item.change().is_some());
                    done(item);
                }
                Err(error) => {
                    failed.get_or_insert(error);
                }
            }
            stops = failed.is_some() || self.forge.paused_until().is_some();
        }
        (count, failed)
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
            let _ = self.fetch_together(&transfer, heads).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// Polls once everything that is ready.
    async fn settle() {
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn one_change_is_pulled_by_one_at_a_time_and_others_beside_it() {
        let all = Arc::new(UnderWay::default());
        let first = all.claim(7, false).await;
        let other = all.claim(8, true).await;
        let waits = Arc::clone(&all);
        let second = tokio::spawn(async move { drop(waits.claim(7, true).await) });
        settle().await;
        assert!(!second.is_finished());
        // One that waits for its turn holds up nobody: else who has it could never end.
        drop(other);
        all.give_way().await;
        drop(first);
        second.await.unwrap();
        assert!(all.changes().is_empty());
    }

    #[tokio::test]
    async fn what_a_person_waits_for_goes_first() {
        let all = Arc::new(UnderWay::default());
        let asked = all.claim(7, true).await;
        let gives = Arc::clone(&all);
        let background = tokio::spawn(async move { gives.give_way().await });
        settle().await;
        assert!(!background.is_finished());
        drop(asked);
        background.await.unwrap();
    }
}
