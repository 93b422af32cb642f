//! What a fact is about: the one identity by which facts are joined, jumped to, excepted and
//! digested. Words are made where a subject is shown; nothing reads them back.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ReqId, Sha, TestKey};

/// What a fact is about, by ids that the forge or the producer gave. A name that is shown is part of
/// an identity only where the producer has no other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "about")]
pub enum Subject {
    /// A requirement by the document that defines it; an empty one where no document here does.
    Requirement {
        document: String,
        id: ReqId,
    },
    Issue {
        number: u64,
    },
    /// The start of an agent's work: an event of the forge, or its place where it has no id.
    Task {
        event: u64,
    },
    /// A commit as it stands in an attempt.
    Commit {
        sha: Sha,
        attempt: u64,
    },
    /// What an attempt did, by the name of its label.
    Response {
        attempt: u64,
        label: String,
    },
    /// A job of a workflow run over its tries. Where a run has several jobs of one name, tries cannot
    /// be matched: `job` tells each apart.
    Job {
        head: Sha,
        run: u64,
        name: String,
        job: Option<u64>,
    },
    /// A workflow run as a whole: it has no jobs, or ended otherwise than they did.
    Run {
        head: Sha,
        run: u64,
    },
    /// A check run of an app.
    CheckRun {
        head: Sha,
        id: u64,
    },
    /// A commit status; the newest of a context counts.
    Status {
        head: Sha,
        context: String,
    },
    /// Result files at a head that no check is known to have made.
    Results {
        head: Sha,
    },
    /// A result file that counts failures which its cases do not show.
    Totals {
        head: Sha,
        file: String,
    },
    Test {
        head: Sha,
        key: TestKey,
    },
    /// A finding by what stays the same from scan to scan.
    Finding {
        head: Sha,
        tool: String,
        rule: String,
        fingerprint: String,
    },
    /// A report of a scanner at a head.
    Scan {
        head: Sha,
        tool: String,
        file: String,
    },
    /// An upload to code scanning.
    Analysis {
        id: u64,
    },
    /// An alert of code scanning.
    Alert {
        number: u64,
    },
    Review {
        id: u64,
    },
    /// The reviews as a whole, where they are not known.
    Reviews,
    Comment {
        id: u64,
    },
    /// What the merge queue did: an event of the forge.
    Queue {
        event: u64,
    },
    /// How a change stands to be merged at a head.
    Merge {
        head: Sha,
    },
}

impl fmt::Display for Subject {
    /// A stable text for machines: the same subject gives the same text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requirement { id, .. } => write!(f, "req:{id}"),
            Self::Issue { number } => write!(f, "issue:{number}"),
            Self::Task { event } => write!(f, "start:{event}"),
            Self::Commit { sha, attempt } => write!(f, "commit:{sha}@{attempt}"),
            Self::Response { attempt, label } => write!(f, "response:{attempt}:{label}"),
            Self::Job {
                head,
                run,
                name,
                job,
            } => {
                write!(f, "check:{run}/{name}")?;
                job.map_or(Ok(()), |job| write!(f, "#{job}"))?;
                write!(f, "@{}", head.short())
            }
            Self::Run { head, run } => write!(f, "run:{run}@{}", head.short()),
            Self::CheckRun { head, id } => write!(f, "check:{id}@{}", head.short()),
            Self::Status { head, context } => write!(f, "status:{context}@{}", head.short()),
            Self::Results { head } => write!(f, "tests:{head}"),
            Self::Totals { head, file } => write!(f, "totals:{file}@{head}"),
            Self::Test { head, key } => write!(f, "test:{key}@{}", head.short()),
            Self::Finding {
                head,
                tool,
                rule,
                fingerprint,
            } => write!(f, "finding:{tool}:{rule}:{fingerprint}@{}", head.short()),
            Self::Scan { head, tool, file } => write!(f, "scan:{tool}:{file}@{}", head.short()),
            Self::Analysis { id } => write!(f, "analysis:{id}"),
            Self::Alert { number } => write!(f, "alert:{number}"),
            Self::Review { id } => write!(f, "review:{id}"),
            Self::Reviews => f.write_str("reviews:unknown"),
            Self::Comment { id } => write!(f, "comment:{id}"),
            Self::Queue { event } => write!(f, "queue:{event}"),
            Self::Merge { head } => write!(f, "merge@{}", head.short()),
        }
    }
}
