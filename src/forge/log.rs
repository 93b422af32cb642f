//! The request log: every request with status, cost and time, newest last, bounded.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::model::Timestamp;

/// One request as it went over the wire. Holds no header, so no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    pub method: String,
    /// Path and query; the host is the same for all.
    pub path: String,
    /// Absent where there was no answer.
    pub status: Option<u16>,
    /// Whether it asked only for what is new.
    pub conditional: bool,
    pub took: Duration,
    /// When it was answered, by the forge's own clock where it told.
    pub at: Option<Timestamp>,
    /// Remaining requests, or points, of its budget after it.
    pub remaining: Option<u64>,
}

impl LogEntry {
    /// Tells whether it was answered from what is cached, which costs nothing.
    pub fn is_unchanged(&self) -> bool {
        self.status == Some(304)
    }
}

#[derive(Debug, Default)]
struct Entries {
    kept: VecDeque<LogEntry>,
    count: usize,
}

/// A bounded log that the client shares with whoever shows it.
#[derive(Clone, Debug, Default)]
pub struct RequestLog {
    entries: Arc<Mutex<Entries>>,
}

const KEPT: usize = 1_000;

impl RequestLog {
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, entry: LogEntry) {
        let mut entries = self.lock();
        if entries.kept.len() == KEPT {
            entries.kept.pop_front();
        }
        entries.kept.push_back(entry);
        entries.count += 1;
    }

    /// Returns how many requests there were in all, also those that are not kept any more.
    pub fn count(&self) -> usize {
        self.lock().count
    }

    /// Returns the entries, oldest first.
    pub fn entries(&self) -> Vec<LogEntry> {
        self.lock().kept.iter().cloned().collect()
    }
}
