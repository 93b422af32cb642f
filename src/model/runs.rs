//! Records of the forge about checks: workflow runs with every try, jobs, check runs, statuses
//! and artifacts. Unknown enum values are kept as `Other`, and never read as success.

use serde::{Deserialize, Serialize};

use super::{Actor, Digest, Sha, Timestamp, Verdict};

/// How a run, job or check ended (`conclusion` in the API).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    Success,
    Failure,
    Neutral,
    Cancelled,
    Skipped,
    TimedOut,
    ActionRequired,
    Stale,
    StartupFailure,
    Other(String),
}

impl Conclusion {
    /// Reads the API's word.
    pub fn parse(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "success" => Self::Success,
            "failure" | "error" => Self::Failure,
            "neutral" => Self::Neutral,
            "cancelled" => Self::Cancelled,
            "skipped" => Self::Skipped,
            "timed_out" => Self::TimedOut,
            "action_required" => Self::ActionRequired,
            "stale" => Self::Stale,
            "startup_failure" => Self::StartupFailure,
            _ => Self::Other(word.to_owned()),
        }
    }

    /// Returns the verdict of the conclusion. Cancelled and unheard-of words are unknown.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Success => Verdict::Pass,
            Self::Failure | Self::TimedOut | Self::StartupFailure => Verdict::Fail,
            Self::Neutral | Self::Skipped => Verdict::NotApplicable,
            Self::ActionRequired => Verdict::Pending,
            Self::Stale => Verdict::Stale,
            Self::Cancelled | Self::Other(_) => Verdict::Unknown,
        }
    }

    /// Returns the words a person reads.
    pub fn words(&self) -> &str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Neutral => "neutral",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
            Self::TimedOut => "timed out",
            Self::ActionRequired => "action required",
            Self::Stale => "stale",
            Self::StartupFailure => "startup failure",
            Self::Other(word) => word,
        }
    }
}

/// Whether a run, job or check is done (`status` in the API).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    Queued,
    InProgress,
    Completed,
    Waiting,
    Other(String),
}

impl RunStatus {
    /// Reads the API's word.
    pub fn parse(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "queued" | "requested" | "pending" => Self::Queued,
            "in_progress" => Self::InProgress,
            "completed" => Self::Completed,
            "waiting" => Self::Waiting,
            _ => Self::Other(word.to_owned()),
        }
    }
}

/// Joins status and conclusion to a verdict: not completed is pending, completed without a
/// conclusion is unknown. What is said to run and to have ended well still runs; what is said to have
/// ended badly has.
pub fn verdict_of(status: &RunStatus, conclusion: Option<&Conclusion>) -> Verdict {
    let runs = !matches!(status, RunStatus::Completed | RunStatus::Other(_));
    match (status, conclusion) {
        (_, Some(conclusion)) => match conclusion.verdict() {
            Verdict::Pass | Verdict::NotApplicable if runs => Verdict::Pending,
            verdict => verdict,
        },
        (RunStatus::Completed | RunStatus::Other(_), None) => Verdict::Unknown,
        (_, None) => Verdict::Pending,
    }
}

/// A job of one try of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    pub id: u64,
    pub name: String,
    pub status: RunStatus,
    pub conclusion: Option<Conclusion>,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    /// The try that ran it; an un-re-run job keeps the number of its own try.
    pub run_try: u64,
    pub url: String,
}

impl Job {
    /// Returns the verdict of the job.
    pub fn verdict(&self) -> Verdict {
        verdict_of(&self.status, self.conclusion.as_ref())
    }
}

/// One try of a workflow run (`run_attempt` in the API; "attempt" means something else here).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunTry {
    /// 1 for the first.
    pub n: u64,
    pub status: RunStatus,
    pub conclusion: Option<Conclusion>,
    pub started_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    pub jobs: Vec<Job>,
}

impl RunTry {
    /// Returns the verdict of the try.
    pub fn verdict(&self) -> Verdict {
        verdict_of(&self.status, self.conclusion.as_ref())
    }
}

/// A workflow run with all of its tries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowRun {
    pub id: u64,
    pub name: String,
    /// Path of the workflow file, such as `.github/workflows/ci.yml`.
    pub path: String,
    pub head_sha: Sha,
    pub head_branch: Option<String>,
    pub event: String,
    pub run_number: u64,
    pub check_suite_id: Option<u64>,
    /// The workflow that this is a run of.
    #[serde(default)]
    pub workflow_id: Option<u64>,
    /// Numbers of the changes that it is said to be of, ascending; none for one from a fork.
    #[serde(default)]
    pub changes: Vec<u64>,
    pub actor: Option<Actor>,
    pub triggering_actor: Option<Actor>,
    pub created_at: Timestamp,
    pub url: String,
    pub tries: Vec<RunTry>,
}

impl WorkflowRun {
    /// Returns the newest try.
    pub fn last_try(&self) -> Option<&RunTry> {
        self.tries.last()
    }
}

/// An annotation of a check run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotation {
    pub path: String,
    pub line: Option<u64>,
    pub level: String,
    pub title: String,
    pub message: String,
}

/// A check run on a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRun {
    pub id: u64,
    pub name: String,
    pub head_sha: Sha,
    pub status: RunStatus,
    pub conclusion: Option<Conclusion>,
    /// Slug of the app that made it: `github-actions`, `github-advanced-security`, …
    pub app: Option<String>,
    /// Number of that app, by which branch rules name it.
    #[serde(default)]
    pub app_id: Option<u64>,
    pub check_suite_id: Option<u64>,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub title: Option<String>,
    pub summary: Option<String>,
    pub url: String,
    pub annotations_count: u64,
    pub annotations: Vec<Annotation>,
    /// The forge's global id, by which GraphQL knows it.
    #[serde(default)]
    pub node: Option<String>,
}

impl CheckRun {
    /// Returns the verdict of the check.
    pub fn verdict(&self) -> Verdict {
        verdict_of(&self.status, self.conclusion.as_ref())
    }
}

/// A commit status of the older API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitStatus {
    pub sha: Sha,
    pub context: String,
    pub state: String,
    pub description: Option<String>,
    #[serde(default)]
    pub creator: Option<Actor>,
    pub at: Option<Timestamp>,
    /// The forge's number; higher for what was reported later.
    #[serde(default)]
    pub id: Option<u64>,
}

/// A stored file set of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    pub id: u64,
    pub run_id: u64,
    pub name: String,
    pub size: u64,
    pub digest: Option<Digest>,
    pub created_at: Option<Timestamp>,
    pub expired: bool,
    pub head_sha: Option<Sha>,
}

/// What a file of evidence is, by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    Junit,
    Ctrf,
    Sarif,
    Lcov,
    Cobertura,
    /// A Sigstore bundle.
    Bundle,
    Other,
}

/// A file that was taken from an artifact and is kept, read or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceFile {
    pub artifact: u64,
    pub path: String,
    pub digest: String,
    pub kind: EvidenceKind,
    /// Bytes.
    pub size: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    // [verifies PL-HON-1]
    #[test]
    fn words_nobody_knows_are_unknown_and_never_pass() {
        for word in ["success_with_issues", "", "SUCCESSFUL", "cancelled"] {
            assert_eq!(
                Conclusion::parse(word).verdict(),
                Verdict::Unknown,
                "{word}"
            );
        }
        assert_eq!(verdict_of(&RunStatus::Completed, None), Verdict::Unknown);
        for (word, want) in [
            (Conclusion::Success, Verdict::Pending),
            (Conclusion::Skipped, Verdict::Pending),
            (Conclusion::Failure, Verdict::Fail),
        ] {
            assert_eq!(verdict_of(&RunStatus::InProgress, Some(&word)), want);
        }
        assert_eq!(
            verdict_of(&RunStatus::parse("queued"), None),
            Verdict::Pending
        );
    }
}
