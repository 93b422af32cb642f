//! Manners: what is left of the budgets, the host's clock, pauses it asked for, how many requests
//! are under way, and the distance between writes.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::HeaderMap;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{
    client::Forge,
    error::{ForgeError, Kind},
};
use crate::{decide::MAX_WAIT, model::Timestamp};

/// Requests to one host that are under way at once. The forge allows a hundred; more than a few
/// gain nothing and look like abuse.
pub const IN_FLIGHT: usize = 8;
/// Requests a minute that nobody asked for, on hosts that allow 900 in all (GitHub's "secondary rate
/// limits"): what is left is for what a person waits for.
const A_MINUTE: u32 = 700;
/// Times that a clock of a forge can tell, from 2015 to 2100: whatever else it says is a fault, and
/// ends of exceptions are counted by it.
const SANE: std::ops::Range<i64> = 1_420_070_400..4_102_444_800;
/// Seconds between two writes, which the forge asks for.
const BETWEEN_WRITES: i64 = 1;

/// What is left of the request budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    pub limit: Option<u64>,
    pub remaining: Option<u64>,
    pub resets_at: Option<Timestamp>,
    /// Points of the GraphQL budget that are left.
    pub points: Option<u64>,
    /// The host's clock less ours, in seconds.
    pub skew: i64,
    /// Seconds between polls that the host asks for (`x-poll-interval`).
    pub poll_interval: Option<u64>,
}

/// What all clones of a client share.
#[derive(Debug)]
pub(super) struct Manners {
    budget: Mutex<Budget>,
    /// Until when the forge asked for patience.
    pause: Mutex<Option<Timestamp>>,
    slots: Semaphore,
    /// `x-oauth-scopes`, which classic tokens have.
    scopes: Mutex<Option<Vec<String>>>,
    /// When the last write left.
    written: tokio::sync::Mutex<Option<Timestamp>>,
    /// When the minute began, and how many requests went out in it that nobody asked for.
    minute: tokio::sync::Mutex<(Timestamp, u32)>,
}

impl Manners {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            budget: Mutex::default(),
            pause: Mutex::default(),
            scopes: Mutex::default(),
            slots: Semaphore::new(IN_FLIGHT),
            written: tokio::sync::Mutex::default(),
            minute: tokio::sync::Mutex::default(),
        })
    }
}

impl Forge {
    fn budget_lock(&self) -> MutexGuard<'_, Budget> {
        let budget = self.manners.budget.lock();
        budget.unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what is left of the budget, as the newest answer said.
    pub fn budget(&self) -> Budget {
        *self.budget_lock()
    }

    /// Returns the time by the forge's clock, as its newest answer told it.
    pub fn now(&self) -> Timestamp {
        self.clock.now().plus(self.budget().skew)
    }

    /// Returns the scopes of a classic token, once an answer named them.
    pub fn scopes(&self) -> Option<Vec<String>> {
        let scopes = self.manners.scopes.lock();
        scopes.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes over what an earlier process saw of the host's clock.
    pub fn remember_skew(&self, skew: i64) {
        self.budget_lock().skew = skew;
    }

    /// Waits until a moment of the forge's clock.
    pub async fn wait_until(&self, until: Timestamp) {
        let seconds = u64::try_from(until.since(self.now())).unwrap_or(0);
        self.clock.sleep(Duration::from_secs(seconds)).await;
    }

    /// Returns until when the forge asked for patience, where that moment has not come. Until then
    /// nothing is sent.
    pub fn paused_until(&self) -> Option<Timestamp> {
        let pause = self.manners.pause.lock();
        let pause = pause.unwrap_or_else(PoisonError::into_inner);
        let now = self.now();
        // One that would last longer than any is of a clock that was set back since.
        pause.filter(|until| *until > now && until.since(now) <= MAX_WAIT)
    }

    pub(super) fn pause(&self, until: Timestamp) {
        let pause = self.manners.pause.lock();
        *pause.unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    /// Refuses a request while the forge waits for us to be patient.
    fn patience(&self, what: &str) -> Result<(), ForgeError> {
        match self.paused_until() {
            None => Ok(()),
            Some(until) => Err(ForgeError {
                retry_at: Some(until),
                ..ForgeError::new(Kind::RateLimited, what, "not sent: the forge asked to wait")
            }),
        }
    }

    /// Waits for a free slot. What was asked to wait meanwhile is not sent.
    pub(super) async fn slot(&self, what: &str) -> Result<Option<SemaphorePermit<'_>>, ForgeError> {
        self.patience(what)?;
        // The semaphore is never closed.
        let slot = self.manners.slots.acquire().await.ok();
        self.patience(what)?;
        Ok(slot)
    }

    /// Waits until so many requests that nobody asked for may go out, where the host counts them by the
    /// minute: github.com and its tenancies do, servers of one's own have their own limits, or none.
    pub async fn space_unasked(&self, requests: u32) {
        if !self.roots.is_shared() {
            return;
        }
        let mut minute = self.manners.minute.lock().await;
        let now = self.clock.now();
        let passed = now.since(minute.0);
        if !(0..60).contains(&passed) {
            *minute = (now, 0);
        } else if minute.1 + requests > A_MINUTE {
            let wait = u64::try_from(60 - passed).unwrap_or(0);
            self.clock.sleep(Duration::from_secs(wait)).await;
            *minute = (self.clock.now(), 0);
        }
        minute.1 += requests;
    }

    /// Waits until a write may follow the one before.
    pub(super) async fn space_writes(&self) {
        let mut last = self.manners.written.lock().await;
        if let Some(at) = *last {
            let wait = BETWEEN_WRITES - self.clock.now().since(at);
            if wait > 0 {
                // Not longer where the clock was set back since.
                let wait = u64::try_from(wait.min(BETWEEN_WRITES)).unwrap_or(0);
                let wait = Duration::from_secs(wait);
                self.clock.sleep(wait).await;
            }
        }
        *last = Some(self.clock.now());
    }

    /// Takes in budget and clock from an answer's headers.
    pub(super) fn note(&self, headers: &HeaderMap) {
        let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
        let number = |name: &str| text(name).and_then(|v| v.parse::<u64>().ok());
        let mut budget = self.budget_lock();
        match text("x-ratelimit-resource") {
            None | Some("core") => {
                budget.remaining = number("x-ratelimit-remaining").or(budget.remaining);
                budget.limit = number("x-ratelimit-limit").or(budget.limit);
                let reset = number("x-ratelimit-reset").and_then(|r| i64::try_from(r).ok());
                budget.resets_at = reset.map(Timestamp).or(budget.resets_at);
            }
            // GraphQL counts points in a budget of its own.
            Some("graphql") => {
                budget.points = number("x-ratelimit-remaining").or(budget.points);
            }
            Some(_) => {}
        }
        if let Some(scopes) = text("x-oauth-scopes") {
            let all = scopes.split(',').map(|s| s.trim().to_owned());
            let all = all.filter(|s| !s.is_empty()).collect();
            let kept = self.manners.scopes.lock();
            *kept.unwrap_or_else(PoisonError::into_inner) = Some(all);
        }
        if let Some(interval) = number("x-poll-interval") {
            budget.poll_interval = Some(interval);
        }
        let date = text("date").and_then(Timestamp::parse_http);
        if let Some(theirs) = date.filter(|at| SANE.contains(&at.0)) {
            budget.skew = theirs.since(self.clock.now());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::Pin,
        sync::atomic::{AtomicI64, Ordering},
    };

    use super::*;
    use crate::{
        forge::{ApiRoots, Clock, Timeouts},
        model::Host,
    };

    /// A clock that whoever sleeps on it moves.
    #[derive(Default)]
    struct Jump(AtomicI64);

    impl Clock for Jump {
        fn now(&self) -> Timestamp {
            Timestamp(1_700_000_000 + self.0.load(Ordering::Relaxed))
        }

        fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
            let seconds = i64::try_from(time.as_secs()).unwrap();
            self.0.fetch_add(seconds, Ordering::Relaxed);
            Box::pin(std::future::ready(()))
        }
    }

    #[tokio::test]
    async fn what_nobody_asked_for_is_spaced_on_hosts_that_are_shared() {
        for (host, requests, waited) in [
            ("github.com", A_MINUTE, 0),
            ("github.com", A_MINUTE + 1, 60),
            ("github.com", 3 * A_MINUTE, 120),
            ("acme.ghe.com", A_MINUTE + 1, 60),
            ("git.acme.org", 3 * A_MINUTE, 0),
        ] {
            let clock = Arc::new(Jump::default());
            let host = Host::new(host);
            let roots = ApiRoots::of(&host);
            let limits = Timeouts::default();
            let forge = Forge::timed(host.clone(), roots, None, clock.clone(), limits).unwrap();
            for _ in 0..requests.div_ceil(10) {
                forge.space_unasked(10).await;
            }
            let passed = clock.0.load(Ordering::Relaxed);
            assert_eq!(passed, waited, "{requests} on {host}");
        }
    }
}
