//! Driving the outbox: the machine says what to do, this does it, and saves before and after.

use std::time::Duration;

use super::engine::{Engine, Report, SyncError};
use crate::{
    decide::{Delivery, Next},
    model::Timestamp,
};

/// Longest wait inside one round; longer ones are left to the next.
const PATIENCE: i64 = 20;

impl Engine {
    /// Delivers what is open for this repository. Returns how many deliveries moved.
    pub async fn deliver(&self) -> Result<usize, SyncError> {
        let mut moved = 0;
        let open = self.ledger.deliveries(true)?;
        for delivery in open.into_iter().filter(|d| d.change.repo == self.repo) {
            moved += usize::from(self.deliver_one(delivery).await?);
        }
        Ok(moved)
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
                    let seconds = u64::try_from(until.since(now)).unwrap_or(1);
                    tokio::time::sleep(Duration::from_secs(seconds)).await;
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
            .filter(|d| matches!(d.state, crate::decide::DeliveryState::Held { .. }))
            .count();
        Ok((open.len(), held))
    }

    /// Returns the moment until which a rate limit asks to wait, if any.
    pub fn wait_until(&self) -> Option<Timestamp> {
        let budget = self.forge.budget();
        budget.resets_at.filter(|_| budget.remaining == Some(0))
    }
}
