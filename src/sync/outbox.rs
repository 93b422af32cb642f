//! Driving the outbox: the machine says what to do, this does it, and saves before and after.

use std::{collections::BTreeSet, fs::File};

use super::engine::{Engine, Report, SyncError};
use crate::{
    decide::{DecisionId, Delivery, DeliveryState, Event, Next, intact},
    model::{ChangeId, Timestamp},
};

/// Longest wait inside one round; longer ones are left to the next.
const PATIENCE: i64 = 20;
/// How often, and how long apart, the lock is tried while somebody else has it.
const LOCK_TRIES: u32 = 40;
const LOCK_PAUSE: std::time::Duration = std::time::Duration::from_millis(50);

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

    /// Takes in what a person decided about a delivery: retry, or drop. Returns whether there is such
    /// a decision, and whether it changed anything.
    ///
    /// # Errors
    /// Where the ledger cannot be read or written.
    pub fn nudge(&self, id: &DecisionId, event: &Event) -> Result<Nudged, SyncError> {
        // Only under the lock is what is being sent one that was left behind.
        let Some(_lock) = self.outbox_lock() else {
            return Ok(Nudged::Busy);
        };
        let mut nudged = Nudged::Unknown;
        for found in self.ledger.deliveries(false)? {
            if found.decision != *id {
                continue;
            }
            let now = self.now();
            let next = found.clone().recovered(now).apply(event.clone(), now);
            let moves = next != found
                && (self.ledger.claim(&found, &next)?
                    // A row that cannot be read is compared with nothing.
                    || matches!(found.state, DeliveryState::Altered { .. })
                        && self.ledger.set_delivery(&next).is_ok());
            if moves {
                nudged = Nudged::Moved(next.change.clone());
            } else if nudged == Nudged::Unknown {
                nudged = Nudged::Unmoved(found.state);
            }
        }
        Ok(nudged)
    }

    /// Looks for what is in doubt, once, and sends nothing. A write may land long after its answer was
    /// lost, so each sync looks again.
    ///
    /// # Errors
    /// Where the ledger cannot be read or written; what the forge answers is told by the outbox.
    pub async fn look_for_doubts(&self) -> Result<(), SyncError> {
        let in_doubt = |d: &Delivery| {
            matches!(
                d.state,
                DeliveryState::Doubt { .. }
                    | DeliveryState::Sending { .. }
                    | DeliveryState::NeedsHuman { .. }
            )
        };
        let open = self.ledger.deliveries(true)?;
        if !open.iter().any(in_doubt) {
            return Ok(());
        }
        let Some(_lock) = self.outbox_lock() else {
            return Ok(());
        };
        for found in open.into_iter().filter(in_doubt) {
            if !self.is_mine(&found.change.repo) {
                continue;
            }
            let now = self.now();
            let doubt = found.clone().recovered(now);
            let asks = matches!(doubt.state, DeliveryState::Doubt { resend: false, .. });
            let next = if asks && doubt.next(now) == Next::Look {
                let event = self.forge.look(&self.called(), &doubt, now).await;
                doubt.apply(event, self.now())
            } else {
                doubt
            };
            if next != found && self.ledger.claim(&found, &next)? {
                self.say(Report::Outbox);
            }
        }
        Ok(())
    }

    async fn deliver_where(&self, only: Option<&DecisionId>) -> Result<usize, SyncError> {
        let mut moved = 0;
        let mut seen = BTreeSet::new();
        // What is added while another holds the lock, or after it last looked, is found here.
        while let Some(lock) = self.outbox_lock_soon().await {
            let mut fresh = self.ledger.deliveries(false)?;
            // In the order in which they were recorded.
            fresh.reverse();
            fresh.retain(|d| {
                d.is_open()
                    && self.is_mine(&d.change.repo)
                    && only.is_none_or(|id| d.decision == *id)
                    && seen.insert((d.decision.clone(), d.payload.effect))
            });
            if fresh.is_empty() {
                break;
            }
            for delivery in fresh {
                moved += usize::from(self.deliver_one(delivery).await?);
            }
            drop(lock);
        }
        Ok(moved)
    }

    /// Takes the lock of the outbox, waiting a moment for it: who holds it may have looked just before
    /// something was added, and would not look again.
    async fn outbox_lock_soon(&self) -> Option<OutboxLock> {
        for _ in 0..LOCK_TRIES {
            if let Some(lock) = self.outbox_lock() {
                return Some(lock);
            }
            tokio::time::sleep(LOCK_PAUSE).await;
        }
        self.outbox_lock()
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
                Next::CheckHead => self.before_send(&delivery).await?,
                Next::Send => self.forge.send(&self.called(), &delivery, now).await,
                Next::Look => self.forge.look(&self.called(), &delivery, now).await,
            };
            if matches!(event, Event::FoundByOther(_)) {
                // The account may be called otherwise than when the token was last asked about.
                self.forget_viewer();
            }
            let next = delivery.clone().apply(event, self.now());
            if next == delivery {
                // It stands as it stood, such as without a token: nothing more to do now.
                break;
            }
            // Saved before anything is done about it: the state `Sending` is on disk before the
            // request leaves.
            if !self.ledger.claim(&delivery, &next)? {
                return Ok(moved);
            }
            moved = true;
            self.say(Report::Outbox);
            let waits_for_person = matches!(
                next.state,
                DeliveryState::OtherAccount { .. } | DeliveryState::NeedsToken { .. }
            );
            delivery = next;
            if waits_for_person {
                break;
            }
        }
        Ok(moved)
    }

    /// All that must hold before a delivery is sent, asked anew each time: it is the last word of its
    /// maker, what is stored is what was recorded, the token is the maker's, the head stands.
    async fn before_send(&self, delivery: &Delivery) -> Result<Event, SyncError> {
        // A repository that was renamed is the same one under each of its names.
        let mut all = self.ledger.deliveries(false)?;
        all.retain(|d| self.is_mine(&d.change.repo));
        if let Some(later) = delivery.overtaken_by(&all) {
            let why = format!(
                "not sent: you decided on this change again ({}); decide anew if you still mean it",
                later.payload.words()
            );
            return Ok(Event::Overtaken { why });
        }
        let Some((record, sha256)) = self.ledger.decision(&delivery.decision)? else {
            let why = "its record is not in the ledger".to_owned();
            return Ok(Event::Altered { why });
        };
        if let Err(why) = intact(delivery, &record, &sha256) {
            return Ok(Event::Altered { why });
        }
        match self.viewer_now().await {
            Ok(Some(viewer)) => {
                let by_maker = delivery.actor.as_ref().is_some_and(|a| a.same(&viewer));
                if !by_maker
                    || matches!(
                        delivery.state,
                        DeliveryState::OtherAccount { .. } | DeliveryState::NeedsToken { .. }
                    )
                {
                    return Ok(Event::ViewerIs(viewer));
                }
            }
            Ok(None) => {
                let why = "the forge does not say whose token this is".to_owned();
                return Ok(Event::TokenRefused { why });
            }
            // A token that may not tell whose it is decides nothing about the decision.
            Err(error) if error.is_for_good() => {
                let maker = delivery.actor.as_ref().map_or("somebody", |a| a.as_str());
                let why = format!(
                    "it is {maker}'s, and the forge does not say whose token this is ({error})"
                );
                return Ok(Event::TokenRefused { why });
            }
            Err(error) => return Ok(self.forge.event_before_send(error)),
        }
        Ok(self
            .forge
            .check_head(&self.called(), delivery, self.now())
            .await)
    }

    /// Returns the number of deliveries that still want something, and of those that are held.
    pub fn outbox_counts(&self) -> Result<(usize, usize), SyncError> {
        let open = self.ledger.deliveries(true)?;
        let held = open.iter().filter(|d| d.is_held()).count();
        Ok((open.len(), held))
    }

    /// Returns the moment until which a rate limit asks to wait, if any.
    pub fn wait_until(&self) -> Option<Timestamp> {
        let budget = self.forge.budget();
        let spent = budget.resets_at.filter(|_| budget.remaining == Some(0));
        self.forge.paused_until().or(spent)
    }
}

/// What came of a person's word about a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nudged {
    /// There is no such decision in the ledger.
    Unknown,
    /// Another process delivers right now.
    Busy,
    /// It changes nothing in this state.
    Unmoved(DeliveryState),
    Moved(ChangeId),
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
