//! Driving the outbox: the machine says what to do, this does it, and saves before and after.

use std::{collections::BTreeSet, fs::File};

use super::engine::{Engine, Report, SyncError};
use crate::{
    decide::{DecisionId, Delivery, DeliveryState, Event, Next},
    model::Timestamp,
};

/// Longest wait inside one round; longer ones are left to the next.
const PATIENCE: i64 = 20;

impl Engine {
    /// Delivers what is open for this repository. Returns how many deliveries moved.
    ///
    /// One process at a time delivers from a ledger. Only under its lock is a delivery found in
    /// the state `Sending` one that was left behind, and not one that is being sent right now.
    pub async fn deliver(&self) -> Result<usize, SyncError> {
        self.deliver_where(None).await
    }

    /// Delivers what is open, also what waits for its next try: a person asks now.
    pub async fn deliver_now(&self) -> Result<usize, SyncError> {
        for delivery in self.ledger.deliveries(true)? {
            if matches!(delivery.state, DeliveryState::Waiting { .. })
                && self.is_mine(&delivery.change.repo)
            {
                let next = delivery.clone().apply(Event::Retry, self.now());
                self.ledger.claim(&delivery, &next)?;
            }
        }
        self.deliver().await
    }

    /// Delivers one decision; what else waits goes on waiting.
    pub async fn deliver_only(&self, id: &DecisionId) -> Result<usize, SyncError> {
        self.deliver_where(Some(id)).await
    }

    async fn deliver_where(&self, only: Option<&DecisionId>) -> Result<usize, SyncError> {
        let mut moved = 0;
        let mut seen = BTreeSet::new();
        // What is added while another holds the lock, or after it last looked, is found here.
        while let Some(lock) = self.outbox_lock() {
            let mut all = self.ledger.deliveries(false)?;
            all.reverse();
            let fresh: Vec<Delivery> = all
                .iter()
                .filter(|d| d.is_open())
                .filter(|d| self.is_mine(&d.change.repo) && only.is_none_or(|id| d.decision == *id))
                .filter(|d| seen.insert((d.decision.clone(), d.payload.effect)))
                .cloned()
                .collect();
            if fresh.is_empty() {
                break;
            }
            // In the order in which they were made.
            for delivery in fresh {
                if let Some(later) = delivery.overtaken_by(&all) {
                    let why = format!(
                        "not sent: you decided on this change again ({}); decide anew if you still mean it",
                        later.payload.words()
                    );
                    let next = delivery.clone().apply(Event::Overtaken { why }, self.now());
                    moved += usize::from(self.ledger.claim(&delivery, &next)?);
                    self.say(Report::Outbox);
                    continue;
                }
                moved += usize::from(self.deliver_one(delivery).await?);
            }
            drop(lock);
        }
        Ok(moved)
    }

    /// Takes the lock of the outbox; none where somebody else has it. It falls with its process.
    /// Where the file system knows no locks, the ledger's own comparison must do.
    fn outbox_lock(&self) -> Option<OutboxLock> {
        let path = self.ledger.path().with_extension("lock");
        let options = File::options().create(true).append(true).open(path);
        let Ok(file) = options else {
            return Some(OutboxLock { file: None });
        };
        match file.try_lock() {
            Err(std::fs::TryLockError::WouldBlock) => None,
            Ok(()) | Err(std::fs::TryLockError::Error(_)) => Some(OutboxLock { file: Some(file) }),
        }
    }

    async fn deliver_one(&self, found: Delivery) -> Result<bool, SyncError> {
        // Whatever an earlier process was sending is in doubt; of two processes one goes on.
        let recovered = found.clone().recovered(self.now());
        if recovered != found && !self.ledger.claim(&found, &recovered)? {
            return Ok(false);
        }
        let mut delivery = recovered;
        let mut moved = false;
        loop {
            let now = self.now();
            let event = match delivery.next(now) {
                Next::Nothing => break,
                Next::Wait(until) if until.since(now) > PATIENCE => break,
                Next::Wait(until) => {
                    self.forge.wait_until(until).await;
                    continue;
                }
                Next::CheckHead => self.forge.check_head(&delivery, now).await,
                Next::Send => self.forge.send(&delivery, now).await,
                Next::Look => self.forge.look(&delivery, now).await,
            };
            let next = delivery.clone().apply(event, self.now());
            // Saved before anything is done about it: the state `Sending` is on disk before the
            // request leaves.
            if !self.ledger.claim(&delivery, &next)? {
                return Ok(moved);
            }
            moved = true;
            delivery = next;
            self.say(Report::Outbox);
        }
        Ok(moved)
    }

    /// Returns the number of deliveries that still want something, and of those that are held.
    pub fn outbox_counts(&self) -> Result<(usize, usize), SyncError> {
        let open = self.ledger.deliveries(true)?;
        let held = open
            .iter()
            .filter(|d| matches!(d.state, DeliveryState::Held { .. }))
            .count();
        Ok((open.len(), held))
    }

    /// Returns the moment until which a rate limit asks to wait, if any.
    pub fn wait_until(&self) -> Option<Timestamp> {
        let budget = self.forge.budget();
        let spent = budget.resets_at.filter(|_| budget.remaining == Some(0));
        self.forge.paused_until().or(spent)
    }
}

/// Held while one process delivers.
struct OutboxLock {
    file: Option<File>,
}

impl Drop for OutboxLock {
    /// Gives the lock back by itself: a program that is just being started from here holds a copy of
    /// the handle for a moment, and closing ours would not be enough.
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            let _ = file.unlock();
        }
    }
}
