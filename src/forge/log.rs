//! The request log: every request with status, size, cost and time, newest last, bounded.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// One request as it went over the wire. Holds no header, so no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    pub method: String,
    /// Path and query; the host is the same for all.
    pub path: String,
    /// Absent where there was no answer.
    pub status: Option<u16>,
    pub took: Duration,
    /// Remaining requests of the budget after it.
    pub remaining: Option<u64>,
}

/// A bounded log that the client shares with whoever shows it.
#[derive(Clone, Debug, Default)]
pub struct RequestLog {
    entries: Arc<Mutex<VecDeque<LogEntry>>>,
}

const KEPT: usize = 1_000;

impl RequestLog {
    pub(super) fn push(&self, entry: LogEntry) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() == KEPT {
            entries.pop_front();
        }
        entries.push_back(entry);
    }

    /// Returns the entries, oldest first.
    pub fn entries(&self) -> Vec<LogEntry> {
        self.entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }
}
