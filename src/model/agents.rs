//! What the forge knows of agents' work: tasks and their sessions (public preview of the API).

use serde::{Deserialize, Serialize};

use super::{TestContent, Timestamp};

/// One session of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentSession {
    pub id: String,
    pub state: String,
    /// What the person asked for.
    pub prompt: String,
    pub head_ref: Option<String>,
    pub base_ref: Option<String>,
    pub model: Option<String>,
    pub error: Option<String>,
    pub created_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
}

/// A task that was given to an agent (`agent-tasks/list-tasks-for-repo`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentTask {
    pub id: String,
    pub name: String,
    pub state: String,
    /// Numeric id of the account that gave it: the API gives no login here.
    pub creator_id: Option<u64>,
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    /// Ids of the pull requests it made. The API gives its database id, not its number.
    pub pull_ids: Vec<u64>,
    /// Branches it made.
    pub branches: Vec<String>,
    /// Absent where they were not read.
    pub sessions: Option<Vec<AgentSession>>,
}

/// A comment of a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadComment {
    pub author: Option<String>,
    pub body: String,
    pub at: Option<Timestamp>,
}

/// A review thread with its resolution, which only GraphQL tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewThread {
    /// Node id.
    pub id: String,
    pub path: String,
    pub line: Option<u64>,
    pub resolved: bool,
    pub outdated: bool,
    pub resolved_by: Option<String>,
    pub comments: Vec<ThreadComment>,
    /// Comments that the thread has in all.
    pub total: u64,
}

/// The log of a job, for reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobLog {
    /// Without the forge's times and without colours.
    pub lines: Vec<String>,
    /// Indexes of lines that tell of a failure, ascending. A person begins at the first.
    pub failing: Vec<usize>,
    /// What of it is not here; empty where it is whole.
    pub missing: String,
}

/// The end of a job's log, and the part of it that says what failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogTail {
    pub job: u64,
    pub run: u64,
    pub run_try: u64,
    pub name: String,
    /// Bytes of the whole log.
    pub size: u64,
    /// The lines around the first failure; empty where none was found.
    pub failing: String,
    /// The last lines.
    pub tail: String,
    /// Failed tests that the whole log names; absent where an older version kept its end only.
    #[serde(default)]
    pub tests: Option<TestContent>,
}
