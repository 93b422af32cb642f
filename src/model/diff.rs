//! Differences between two trees as plain data: files, hunks, lines.

use serde::{Deserialize, Serialize};

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileStatus {
    Added,
    Deleted,
    Modified,
    Renamed,
}

impl FileStatus {
    /// Returns the letter that git prints.
    pub fn letter(self) -> char {
        match self {
            Self::Added => 'A',
            Self::Deleted => 'D',
            Self::Modified => 'M',
            Self::Renamed => 'R',
        }
    }
}

/// Kind of a line of a hunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    Context,
    Added,
    Removed,
}

/// One line of a hunk, without its line end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffLine {
    pub kind: LineKind,
    pub text: String,
    pub old_no: Option<u32>,
    pub new_no: Option<u32>,
}

/// A run of changed lines with context.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunk {
    /// The `@@` line as git writes it.
    pub header: String,
    pub lines: Vec<DiffLine>,
}

/// The difference of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePatch {
    pub path: String,
    pub old_path: Option<String>,
    pub status: FileStatus,
    pub binary: bool,
    pub additions: u32,
    pub deletions: u32,
    pub hunks: Vec<Hunk>,
    /// Whether its content is not here: that it differs is known, and not how.
    #[serde(default)]
    pub absent: bool,
}

/// One file between two trees as it is read: its patch, and both contents where they are text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    pub patch: FilePatch,
    pub old: Option<String>,
    pub new: Option<String>,
}

impl FileChange {
    /// Tells whether each side that there is was read as text: one that was not is none without any.
    pub fn is_read(&self) -> bool {
        let status = self.patch.status;
        let has = |side: &Option<String>, gone: FileStatus| side.is_some() || status == gone;
        has(&self.old, FileStatus::Added) && has(&self.new, FileStatus::Deleted)
    }
}

/// One file between two trees by its contents alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePair {
    pub path: String,
    /// Where it was before, where it moved.
    pub old_path: Option<String>,
    pub old: Option<String>,
    pub new: Option<String>,
    /// Whether each side that there is was read as text.
    pub known: bool,
    /// Whether one of them is not here: it may come later.
    pub absent: bool,
}

impl FilePatch {
    /// Iterates over the added lines with their new line numbers.
    pub fn added(&self) -> impl Iterator<Item = (u32, &str)> {
        self.lines_of(LineKind::Added)
    }

    /// Iterates over the removed lines with their old line numbers.
    pub fn removed(&self) -> impl Iterator<Item = (u32, &str)> {
        self.lines_of(LineKind::Removed)
    }

    fn lines_of(&self, kind: LineKind) -> impl Iterator<Item = (u32, &str)> {
        self.hunks
            .iter()
            .flat_map(|h| &h.lines)
            .filter(move |l| l.kind == kind)
            .map(|l| (l.new_no.or(l.old_no).unwrap_or(0), l.text.as_str()))
    }
}
