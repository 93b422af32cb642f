//! What is under way in an engine and its clones. One change is pulled by one at a time, what a person
//! waits for goes first, and commits that several want are fetched together.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Notify, watch};

use crate::model::{PrNumber, Sha};

/// What is under way in an engine and its clones.
#[derive(Debug, Default)]
pub(super) struct UnderWay {
    changes: Mutex<BTreeSet<PrNumber>>,
    ended: Notify,
    /// How many changes a person waits for.
    pressing: watch::Sender<usize>,
    /// Commits that are wanted, until they are fetched together.
    commits: Mutex<BTreeSet<Sha>>,
    /// Held by who fetches.
    pub fetching: tokio::sync::Mutex<()>,
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

    /// Adds commits to those that are wanted.
    pub(super) fn want(&self, commits: &[Sha]) {
        let mut wanted = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
        wanted.extend(commits.iter().cloned());
    }

    /// Takes all commits that are wanted, to fetch them.
    pub(super) fn take_wanted(&self) -> Vec<Sha> {
        let mut wanted = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *wanted).into_iter().collect()
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
