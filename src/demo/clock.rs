//! The forge's clock: it starts when the story is looked at, moves with real time, and can be set
//! forward by a test.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use chrono::TimeDelta;

use super::world::Time;

/// A clock that does not read the wall.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Time,
    since: Instant,
    /// Seconds that were added by hand.
    added: AtomicI64,
}

impl Clock {
    pub(crate) fn starting_at(start: Time) -> Self {
        Self {
            start,
            since: Instant::now(),
            added: AtomicI64::new(0),
        }
    }

    /// The time of the world, to the second.
    pub(crate) fn now(&self) -> Time {
        let elapsed = i64::try_from(self.since.elapsed().as_secs()).unwrap_or(i64::MAX);
        self.start + TimeDelta::seconds(elapsed + self.added.load(Ordering::Relaxed))
    }

    /// Sets the clock forward.
    pub(crate) fn advance(&self, seconds: i64) {
        self.added.fetch_add(seconds, Ordering::Relaxed);
    }
}
