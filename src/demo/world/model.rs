//! The records of the world, in the words of the forge. Everything a request can ask for is
//! derived from these and from the git repository beside them.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use git2::Oid;
use serde::Serialize;

use super::records::Dismissal;

/// A point in time of the world.
pub(crate) type Time = DateTime<Utc>;

/// Whether an account is a person or an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccountKind {
    User,
    Bot,
}

/// Who can act on the forge.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// Login as REST shows it (`renovate[bot]`, `Copilot`).
    pub(crate) login: String,
    /// Login as GraphQL shows it (`renovate`, `copilot-swe-agent`).
    pub(crate) graphql_login: String,
    pub(crate) id: u64,
    pub(crate) kind: AccountKind,
    pub(crate) name: String,
    pub(crate) email: String,
    /// The personal token, where the account is a person's.
    pub(crate) token: Option<String>,
}

/// An app that checks or acts: slug, app id, name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct App {
    pub(crate) slug: &'static str,
    pub(crate) id: u64,
    pub(crate) name: &'static str,
}

pub(crate) const ACTIONS: App = App {
    slug: "github-actions",
    id: 15_368,
    name: "GitHub Actions",
};
pub(crate) const SCANNING: App = App {
    slug: "github-advanced-security",
    id: 57_789,
    name: "GitHub Advanced Security",
};
pub(crate) const COPILOT: App = App {
    slug: "copilot-swe-agent",
    id: 1_143_301,
    name: "Copilot coding agent",
};
pub(crate) const CLAUDE: App = App {
    slug: "claude",
    id: 1_236_702,
    name: "Claude",
};
pub(crate) const PREVIEWS: App = App {
    slug: "console-previews",
    id: 402_117,
    name: "Console previews",
};

/// One pull request.
#[derive(Debug, Clone)]
pub(crate) struct Pull {
    pub(crate) number: u64,
    pub(crate) id: u64,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) author: String,
    pub(crate) branch: String,
    pub(crate) head: Oid,
    pub(crate) base_branch: String,
    /// Tip of the base branch when it was last looked at.
    pub(crate) base: Oid,
    pub(crate) created: Time,
    pub(crate) updated: Time,
    pub(crate) merged: Option<Merge>,
    /// When it was closed without a merge.
    pub(crate) closed: Option<Time>,
    /// It does not merge into its base branch as it is.
    pub(crate) conflicts: bool,
    /// Its branch lacks commits of its base branch.
    pub(crate) behind: bool,
    pub(crate) labels: Vec<&'static str>,
    pub(crate) requested: Vec<String>,
    pub(crate) assignees: Vec<String>,
    /// Issues that the body closes.
    pub(crate) closes: Vec<u64>,
    pub(crate) reviews: Vec<Review>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) line_comments: Vec<LineComment>,
    pub(crate) events: Vec<Event>,
}

impl Pull {
    pub(crate) fn is_open(&self) -> bool {
        self.merged.is_none() && self.closed.is_none()
    }

    /// When it was merged or closed.
    pub(crate) fn ended(&self) -> Option<Time> {
        self.merged.as_ref().map(|merge| merge.at).or(self.closed)
    }
}

/// How a change came into the base branch.
#[derive(Debug, Clone)]
pub(crate) struct Merge {
    pub(crate) at: Time,
    pub(crate) by: String,
    pub(crate) commit: Oid,
}

/// An issue that is not a pull request.
#[derive(Debug, Clone)]
pub(crate) struct Issue {
    pub(crate) number: u64,
    pub(crate) id: u64,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) author: String,
    pub(crate) created: Time,
    pub(crate) updated: Time,
    pub(crate) labels: Vec<&'static str>,
    pub(crate) assignees: Vec<String>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) events: Vec<Event>,
    pub(crate) closed: Option<Time>,
    /// Number of the issue that it is a part of.
    pub(crate) parent: Option<u64>,
}

/// What a reviewer said of a change as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ReviewState {
    Approved,
    ChangesRequested,
    Commented,
    Pending,
}

impl ReviewState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "APPROVED",
            Self::ChangesRequested => "CHANGES_REQUESTED",
            Self::Commented => "COMMENTED",
            Self::Pending => "PENDING",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Review {
    pub(crate) id: u64,
    pub(crate) author: String,
    pub(crate) state: ReviewState,
    pub(crate) body: String,
    pub(crate) commit: Oid,
    pub(crate) submitted: Time,
}

/// A comment in the conversation.
#[derive(Debug, Clone)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) author: String,
    pub(crate) body: String,
    pub(crate) created: Time,
    pub(crate) updated: Time,
    pub(crate) app: Option<App>,
}

/// A comment on a line, part of a review; each opens a thread of its own or answers one.
#[derive(Debug, Clone)]
pub(crate) struct LineComment {
    pub(crate) id: u64,
    pub(crate) review: u64,
    pub(crate) reply_to: Option<u64>,
    pub(crate) author: String,
    pub(crate) body: String,
    pub(crate) path: String,
    /// Line in the file at `commit`.
    pub(crate) line: u64,
    pub(crate) commit: Oid,
    pub(crate) hunk: String,
    pub(crate) created: Time,
    pub(crate) resolved_by: Option<String>,
}

/// A timeline event that is not a commit, comment, review or push.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) id: u64,
    pub(crate) actor: String,
    pub(crate) at: Time,
    pub(crate) what: EventKind,
}

#[derive(Debug, Clone)]
pub(crate) enum EventKind {
    Labeled(&'static str),
    Assigned(String),
    ReviewRequested(String),
    WorkStarted,
    WorkFinished,
    Merged(Oid),
    Closed,
    Reopened,
    /// The base branch before and after.
    BaseChanged(String, String),
    BranchDeleted,
}

/// How a branch tip came to be where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MoveKind {
    Creation,
    Push,
    ForcePush,
    Merge,
    Deletion,
}

impl MoveKind {
    /// The forge's word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Creation => "branch_creation",
            Self::Push => "push",
            Self::ForcePush => "force_push",
            Self::Merge => "pr_merge",
            Self::Deletion => "branch_deletion",
        }
    }
}

/// One row of the repository's activity.
#[derive(Debug, Clone)]
pub(crate) struct Move {
    pub(crate) id: u64,
    pub(crate) branch: String,
    pub(crate) before: Oid,
    pub(crate) after: Oid,
    pub(crate) kind: MoveKind,
    pub(crate) actor: String,
    pub(crate) at: Time,
}

/// A workflow run; every try of it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) id: u64,
    pub(crate) suite: u64,
    pub(crate) number: u64,
    pub(crate) workflow: Workflow,
    pub(crate) event: &'static str,
    pub(crate) branch: String,
    pub(crate) head: Oid,
    pub(crate) title: String,
    pub(crate) pull: Option<u64>,
    pub(crate) actor: String,
    pub(crate) tries: Vec<Try>,
    pub(crate) artifacts: Vec<Artifact>,
}

/// Which file of `.github/workflows` a run belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Workflow {
    pub(crate) id: u64,
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
}

pub(crate) const CI: Workflow = Workflow {
    id: 90_211,
    name: "ci",
    path: ".github/workflows/ci.yml",
};
pub(crate) const RELEASE: Workflow = Workflow {
    id: 90_213,
    name: "release",
    path: ".github/workflows/release.yml",
};
pub(crate) const DEPLOY: Workflow = Workflow {
    id: 90_214,
    name: "deploy",
    path: ".github/workflows/deploy.yml",
};
/// All workflows of the repository.
pub(crate) const WORKFLOWS: [Workflow; 3] = [CI, RELEASE, DEPLOY];

#[derive(Debug, Clone)]
pub(crate) struct Try {
    pub(crate) number: u64,
    pub(crate) by: String,
    pub(crate) started: Time,
    /// None while it runs.
    pub(crate) finished: Option<Time>,
    pub(crate) conclusion: Option<&'static str>,
    pub(crate) jobs: Vec<Job>,
}

/// A job, which is a check run of the same id as well.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: u64,
    pub(crate) name: &'static str,
    pub(crate) started: Time,
    pub(crate) finished: Option<Time>,
    pub(crate) conclusion: Option<&'static str>,
    pub(crate) steps: Vec<Step>,
    pub(crate) annotations: Vec<Annotation>,
    pub(crate) log: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) conclusion: Option<&'static str>,
}

#[derive(Debug, Clone)]
pub(crate) struct Annotation {
    pub(crate) path: String,
    pub(crate) line: u64,
    pub(crate) level: &'static str,
    pub(crate) title: String,
    pub(crate) message: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Artifact {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) zip: Bytes,
    /// Hex SHA-256 of the zip.
    pub(crate) sha256: String,
    pub(crate) created: Time,
    pub(crate) expired: bool,
}

/// A check run of an app other than the workflow runner.
#[derive(Debug, Clone)]
pub(crate) struct AppCheck {
    pub(crate) id: u64,
    pub(crate) suite: u64,
    pub(crate) app: App,
    pub(crate) name: &'static str,
    pub(crate) branch: String,
    pub(crate) head: Oid,
    pub(crate) pull: Option<u64>,
    /// The forge's word; a later forge may use one that nobody knows yet.
    pub(crate) conclusion: &'static str,
    pub(crate) started: Time,
    pub(crate) finished: Time,
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) annotations: Vec<Annotation>,
}

#[derive(Debug, Clone)]
pub(crate) struct Status {
    pub(crate) id: u64,
    pub(crate) commit: Oid,
    pub(crate) state: String,
    pub(crate) context: String,
    pub(crate) description: Option<String>,
    pub(crate) target_url: Option<String>,
    pub(crate) creator: String,
    pub(crate) at: Time,
}

/// A code-scanning alert, which may have an instance at several commits.
#[derive(Debug, Clone)]
pub(crate) struct Alert {
    pub(crate) number: u64,
    /// The change that brings it; none where it stands on the main branch.
    pub(crate) pull: Option<u64>,
    pub(crate) rule: &'static str,
    pub(crate) description: &'static str,
    pub(crate) level: &'static str,
    pub(crate) message: &'static str,
    pub(crate) path: String,
    pub(crate) line: u64,
    pub(crate) columns: (u64, u64),
    pub(crate) commit: Oid,
    pub(crate) created: Time,
    pub(crate) updated: Time,
    pub(crate) fixed: Option<Time>,
    pub(crate) dismissed: Option<Dismissal>,
}

impl Alert {
    /// `open`, `fixed` or `dismissed`.
    pub(crate) fn state(&self) -> &'static str {
        match (&self.dismissed, self.fixed) {
            (Some(_), _) => "dismissed",
            (None, Some(_)) => "fixed",
            (None, None) => "open",
        }
    }
}
