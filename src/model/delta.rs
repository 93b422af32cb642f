//! What lies between two commits, by id: which files differ, and what that means for tests and gates.
//! No text of a file stands here; only the lines that show why something is said.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Commit, FileStatus, Sha, TestKey};

/// One file that differs between two commits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDelta {
    pub path: String,
    /// Where it was before, where it moved.
    pub old_path: Option<String>,
    pub status: FileStatus,
    pub binary: bool,
    pub additions: u32,
    pub deletions: u32,
    /// Whether its content is not here: that it differs is known, and not how.
    #[serde(default)]
    pub absent: bool,
    /// Whether its content is here and was not looked through: it is too large, or no text.
    #[serde(default)]
    pub unread: bool,
}

/// The difference between two heads of the branch, or between the merge base and a head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadDelta {
    pub from: Sha,
    pub to: Sha,
    pub files: Vec<FileDelta>,
    /// Commits of `to` that `from` has not.
    pub commits: Vec<Commit>,
    /// Whether `from` is an ancestor of `to`; a force push is not.
    pub fast_forward: bool,
    /// What the files do to tests and gates, by label; unknown where no reader of today looked.
    #[serde(skip)]
    pub responses: Option<Vec<Response>>,
}

/// What an attempt did. Several may hold at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    GateChanged,
    TestWeakened,
    TestSkipped,
    TestDeleted,
    SuppressionAdded,
    GateRestored,
    /// Something is asked that was not asked before, such as a scan.
    GateAdded,
    TestRestored,
    TestStrengthened,
    TestChanged,
    CodeFix,
    DependencyChange,
    SpecChanged,
    Revert,
    DocsOnly,
    RerunOnly,
    /// Objects are missing, so nothing can be said.
    Unknown,
}

impl Label {
    /// Returns the name for machines: the one it is written with in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::GateChanged => "gate_changed",
            Self::TestWeakened => "test_weakened",
            Self::TestSkipped => "test_skipped",
            Self::TestDeleted => "test_deleted",
            Self::SuppressionAdded => "suppression_added",
            Self::GateRestored => "gate_restored",
            Self::GateAdded => "gate_added",
            Self::TestRestored => "test_restored",
            Self::TestStrengthened => "test_strengthened",
            Self::TestChanged => "test_changed",
            Self::CodeFix => "code_fix",
            Self::DependencyChange => "dependency_change",
            Self::SpecChanged => "spec_changed",
            Self::Revert => "revert",
            Self::DocsOnly => "docs_only",
            Self::RerunOnly => "rerun_only",
            Self::Unknown => "unknown",
        }
    }

    /// Returns the words a person reads.
    pub fn words(self) -> &'static str {
        match self {
            Self::GateChanged => "gate changed",
            Self::TestWeakened => "test weakened",
            Self::TestSkipped => "test skipped",
            Self::TestDeleted => "test deleted",
            Self::SuppressionAdded => "suppression added",
            Self::GateRestored => "gate edit taken back",
            Self::GateAdded => "gate added",
            Self::TestRestored => "test restored",
            Self::TestStrengthened => "test strengthened",
            Self::TestChanged => "test changed",
            Self::CodeFix => "code changed",
            Self::DependencyChange => "dependency changed",
            Self::SpecChanged => "spec changed",
            Self::Revert => "revert",
            Self::DocsOnly => "docs only",
            Self::RerunOnly => "re-run only",
            Self::Unknown => "unknown",
        }
    }

    /// Tells whether a reviewer should look at it.
    pub fn wants_eyes(self) -> bool {
        matches!(
            self,
            Self::GateChanged
                | Self::TestWeakened
                | Self::TestSkipped
                | Self::TestDeleted
                | Self::SuppressionAdded
                | Self::Unknown
        )
    }
}

/// How something about a difference was found, in the order of trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    SyntaxTree,
    LineRule,
    Paths,
}

impl Method {
    /// Returns the words a person reads.
    pub fn words(self) -> &'static str {
        match self {
            Self::SyntaxTree => "syntax tree",
            Self::LineRule => "line rule",
            Self::Paths => "paths",
        }
    }
}

/// A line that shows why a label was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceLine {
    pub path: String,
    /// 1-based; 0 for a whole file.
    pub line: u32,
    pub old: Option<String>,
    pub new: Option<String>,
    pub what: String,
    /// Name of the test, where the line is about one.
    pub test: Option<String>,
    pub method: Method,
}

/// One label of an attempt with its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    pub label: Label,
    pub lines: Vec<EvidenceLine>,
}

/// What a change did to a test, as far as it was understood. The worst is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Touch {
    LeftAlone,
    NotAnalysed,
    Changed,
    Weakened,
}

/// What the files between two heads do to some tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    pub from: Sha,
    pub to: Sha,
    /// Whether anything but tests and what steers them differs.
    pub code: bool,
    /// By test; with what was not analysed, in words. A test that is not named here was not asked for.
    pub tests: BTreeMap<TestKey, (Touch, String)>,
}
