//! What one change may cost: a bound on its requests, and the reserve of the budget. Whatever a forge
//! says there is, pulling one change comes to an end, and what was left out is said.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Requests for lists and records that one change may cost, its downloads apart. A change of thirty
/// attempts with as many runs stays below half of it.
pub(super) const MAX_REQUESTS: usize = 400;
/// Earlier heads whose verdicts are asked for, newest first.
pub(super) const MAX_HEADS: usize = 40;
/// Workflow runs whose tries, jobs and artifacts are asked for, newest first.
pub(super) const MAX_RUNS: usize = 60;
/// Tries of one run that are asked for, newest first.
pub(super) const MAX_TRIES: usize = 10;

/// Counts the requests of one change.
#[derive(Debug, Default)]
pub(super) struct Meter {
    asked: AtomicUsize,
    /// Whether the reserve of the budget is left alone, since no person asked for this.
    pub(super) keeps_reserve: bool,
}

impl Meter {
    pub(super) fn new(keeps_reserve: bool) -> Self {
        Self {
            asked: AtomicUsize::new(0),
            keeps_reserve,
        }
    }

    /// Takes one request; false where no more are allowed.
    pub(super) fn take(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed) < MAX_REQUESTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_has_so_many_requests() {
        let meter = Meter::default();
        let allowed = (0..MAX_REQUESTS + 50).filter(|_| meter.take()).count();
        assert_eq!(allowed, MAX_REQUESTS);
    }
}
