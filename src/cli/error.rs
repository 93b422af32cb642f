//! Errors at the surface: a kind that is the exit code, the chain of causes, and hints.

use crate::{
    forge::{ForgeError, Kind},
    query::QueryError,
    repo::RepoError,
    shell::ShellError,
    store::StoreError,
    sync::SyncError,
};

/// Exit codes, as the help says them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitKind {
    /// The thing asked is not so.
    No,
    Usage,
    Auth,
    Network,
    /// The head moved.
    Conflict,
    Data,
}

impl ExitKind {
    /// Returns the exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::No => 1,
            Self::Usage => 2,
            Self::Auth => 3,
            Self::Network => 4,
            Self::Conflict => 5,
            Self::Data => 6,
        }
    }
}

/// An error that ends a command.
#[derive(Debug)]
pub struct CliError {
    pub kind: ExitKind,
    /// What failed, then its causes.
    pub chain: Vec<String>,
    /// What to do next.
    pub hints: Vec<String>,
}

impl CliError {
    /// Builds an error of a kind.
    pub fn new(kind: ExitKind, what: impl Into<String>) -> Self {
        Self {
            kind,
            chain: vec![what.into()],
            hints: Vec::new(),
        }
    }

    /// Builds a usage error.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(ExitKind::Usage, what)
    }

    /// Builds an error about data.
    pub fn data(what: impl Into<String>) -> Self {
        Self::new(ExitKind::Data, what)
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

fn chain_of(error: &dyn std::error::Error) -> Vec<String> {
    let mut chain = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if chain.last() != Some(&text) {
            chain.push(text);
        }
        source = cause.source();
    }
    chain
}

impl From<ForgeError> for CliError {
    fn from(error: ForgeError) -> Self {
        let kind = match error.kind {
            Kind::Auth | Kind::Forbidden => ExitKind::Auth,
            Kind::NotFound | Kind::Refused => ExitKind::No,
            Kind::Malformed => ExitKind::Data,
            Kind::RateLimited | Kind::Unreachable | Kind::Interrupted | Kind::Server => {
                ExitKind::Network
            }
        };
        Self {
            kind,
            chain: chain_of(&error),
            hints: vec![error.hint()],
        }
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        let hint = match &error {
            StoreError::Corrupt { .. } => {
                "the file was left as it is; restore it from a backup, or move it aside to start anew"
            }
            StoreError::Damaged { .. } => {
                "run it again: the damaged cache is set aside and made anew; all of it can be fetched again, decisions lie elsewhere"
            }
            StoreError::Newer { .. } => {
                "use the newer version of proofline, or another folder (PROOFLINE_CACHE_DIR, PROOFLINE_DATA_DIR)"
            }
            StoreError::Unwritable { .. } | StoreError::Folder { .. } | StoreError::Open { .. } => {
                "check free space and permissions, or name other folders (PROOFLINE_CACHE_DIR, PROOFLINE_DATA_DIR)"
            }
            _ => {
                "run `proofline doctor`; `proofline cache clear --yes` makes the cache anew, which loses no decision"
            }
        };
        Self {
            kind: ExitKind::Data,
            chain: chain_of(&error),
            hints: vec![hint.to_owned()],
        }
    }
}

impl From<RepoError> for CliError {
    fn from(error: RepoError) -> Self {
        let (kind, hint) = match &error {
            RepoError::NotARepository { .. } => (
                ExitKind::Usage,
                "go into a repository, or name one with -R OWNER/REPO; `proofline demo` needs none",
            ),
            RepoError::Revision { .. } => (
                ExitKind::Usage,
                "name commits as git does, such as main..HEAD",
            ),
            RepoError::Empty => (ExitKind::No, "make a commit first"),
            RepoError::EmptyRange { .. } => (
                ExitKind::No,
                "name the older commit first, such as main..HEAD",
            ),
            RepoError::NoGit { .. } => (
                ExitKind::Data,
                "install git; without it only what the forge's API gives is known",
            ),
            RepoError::Unwritable { .. } => (
                ExitKind::Data,
                "then sync again; what is cached stays readable",
            ),
            RepoError::Fetch { .. } | RepoError::Timeout { .. } => (
                ExitKind::Network,
                "check the network and the token's access",
            ),
            _ => (ExitKind::Data, "run `git fsck` in that repository"),
        };
        Self {
            kind,
            chain: chain_of(&error),
            hints: vec![hint.to_owned()],
        }
    }
}

impl From<QueryError> for CliError {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Store(e) => e.into(),
            QueryError::Repo(e) => e.into(),
            QueryError::NoChange(_) | QueryError::NoLog(_) => {
                Self::new(ExitKind::No, error.to_string()).hinted(
                    "`proofline list` shows what is cached; `proofline sync` asks the forge",
                )
            }
        }
    }
}

impl From<SyncError> for CliError {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Forge(e) => e.into(),
            SyncError::Store(e) => e.into(),
            SyncError::Repo(e) => e.into(),
            SyncError::Query(e) => e.into(),
            SyncError::Record(_) => Self::data(error.to_string())
                .hinted("sync again; if it stays, delete the cache folder"),
        }
    }
}

impl From<ShellError> for CliError {
    fn from(error: ShellError) -> Self {
        let mut out = Self {
            kind: ExitKind::Usage,
            chain: chain_of(&error),
            hints: Vec::new(),
        };
        if matches!(error, ShellError::NoTerminal) {
            out.hints.push("without a terminal use a command, such as `proofline list` or `proofline show N --json`".to_owned());
        }
        out
    }
}

impl From<crate::demo::DemoError> for CliError {
    fn from(error: crate::demo::DemoError) -> Self {
        Self {
            kind: ExitKind::Data,
            chain: chain_of(&error),
            hints: vec![
                "the demo needs a writable temporary folder, `git`, and a free port on 127.0.0.1"
                    .to_owned(),
            ],
        }
    }
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        Self::data(error.to_string())
    }
}

impl From<serde_json::Error> for CliError {
    fn from(error: serde_json::Error) -> Self {
        Self::data(error.to_string())
    }
}
