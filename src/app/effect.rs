//! Messages in, effects out: the whole traffic between the machine and the world.

use std::sync::Arc;

use super::{forge_log::LogRow, status::Trouble};
use crate::{
    decide::{DecisionId, Dossier, Draft, InboxRow, OutboxRow},
    keys::Key,
    model::{ChangeId, FilePatch, JobLog, Problem, Sha, Timestamp},
};

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Msg {
    Key(Key),
    /// Text that was pasted.
    Paste(String),
    Resize(u16, u16),
    /// Time passed; ages move on.
    Tick,
    /// No key came for a moment: the next one belongs to no burst.
    Quiet,
    /// What is now the case was drawn.
    Drawn,
    Inbox(Vec<InboxRow>),
    /// A load ended; taken only where change and generation are still the ones on the screen.
    Loaded {
        id: ChangeId,
        generation: u64,
        result: Result<Arc<Dossier>, String>,
    },
    /// The lines of a difference; taken only where they are still the ones that are wanted.
    Diff {
        generation: u64,
        result: Result<Arc<Vec<FilePatch>>, String>,
    },
    /// The log of a job; taken only where it is still the one that is wanted.
    JobLog {
        generation: u64,
        result: Result<Arc<JobLog>, String>,
    },
    /// The evidence of a change was pulled: what its row and its screen show now.
    Pulled(Arc<Dossier>),
    Status(StatusUpdate),
    Outbox(Vec<OutboxRow>),
    /// A decision is in the ledger.
    Recorded {
        id: DecisionId,
        change: ChangeId,
    },
    /// A decision could not be recorded; the form stays.
    NotRecorded(String),
    Problem(Problem),
    /// The request log was asked for.
    ForgeLog(Vec<LogRow>),
    Say(&'static str, String),
}

/// News for the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusUpdate {
    Synced(Timestamp),
    /// What a sync is doing, in words.
    Busy(String),
    /// A change is being pulled.
    Pulling(ChangeId),
    /// Nothing more is pulled of a change.
    Pulled(ChangeId),
    /// The forge told of so many changes.
    Moved(usize),
    /// So much has to wait for the budget, and why; nothing any more where it is 0.
    Waits(usize, String),
    /// Seconds between polls that a forge asks for.
    Interval(i64),
    Idle,
    Offline(Trouble),
    Budget {
        host: String,
        remaining: Option<u64>,
        limit: Option<u64>,
    },
    Outbox {
        open: usize,
        held: usize,
    },
}

/// Something to be done in the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    LoadInbox,
    LoadChange(ChangeId, u64),
    /// Read the lines between two commits of a change.
    LoadDiff {
        id: ChangeId,
        from: Sha,
        to: Sha,
        generation: u64,
    },
    /// Read the log of a job of a change.
    LoadJobLog {
        id: ChangeId,
        job: u64,
        generation: u64,
    },
    SyncChange(ChangeId),
    /// Ask everything that is new, and say so.
    SyncAll,
    /// The same, unasked: only what comes of it is said.
    Poll,
    /// Ask whether a change that waits for its checks moved: two requests.
    Watch(ChangeId),
    LoadForgeLog,
    LoadOutbox,
    /// Record a decision in the ledger, then deliver it.
    Decide(Box<Draft>, ChangeId),
    Retry(DecisionId),
    Drop(DecisionId),
    Copy(String),
    Browse(String),
    Theme(String),
    Suspend,
    Quit,
}
