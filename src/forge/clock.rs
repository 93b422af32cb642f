//! Time as the client sees it: the clock of this machine, waits, and limits of patience. What the
//! forge's clock says is taken from its answers and kept in the [`Budget`](super::Budget).

use std::{future::Future, pin::Pin, time::Duration};

use crate::model::Timestamp;

/// A clock that can wait; tests bring one that need not.
pub trait Clock: Send + Sync {
    /// Returns the time on this machine.
    fn now(&self) -> Timestamp;

    /// Waits.
    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp(chrono::Utc::now().timestamp())
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// How long the parts of an answer may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until an answer begins.
    pub answer: Duration,
    /// From its headers to the end of its body.
    pub body: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(30),
            body: Duration::from_mins(1),
        }
    }
}
