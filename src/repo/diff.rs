//! Differences between two trees, file by file, with both contents where they can be read as text.

use git2::{Delta, DiffFindOptions, DiffOptions, ErrorCode, Oid, Patch, Repository};

use super::{RepoError, shelf::tree_of};
use crate::model::{
    DiffLine, FileChange, FileDelta, FilePair, FilePatch, FileStatus, Hunk, LineKind,
};

/// Bytes of a file whose contents are handed on.
const MAX_TEXT: usize = 1 << 20;

/// Lines around each change.
const CONTEXT: u32 = 3;

/// What is wanted of a file that differs.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// By its path, whether its lines are.
    pub lines: &'a dyn Fn(&str) -> bool,
    /// Whether both contents are too, where its lines are.
    pub texts: bool,
}

fn options() -> DiffOptions {
    let mut options = DiffOptions::new();
    // Attributes say how somebody likes to see a file. What is text is told by its content.
    options
        .context_lines(CONTEXT)
        .indent_heuristic(true)
        .force_text(true);
    options
}

/// Compares two trees by the ids of their files alone.
fn by_id(git: &Repository, from: Oid, to: Oid) -> Result<git2::Diff<'_>, RepoError> {
    let old_tree = tree_of(git, from)?;
    let new_tree = tree_of(git, to)?;
    let mut options = options();
    Ok(git.diff_tree_to_tree(Some(&old_tree), Some(&new_tree), Some(&mut options))?)
}

/// Lists the files that differ, without opening any.
pub(super) fn listed(git: &Repository, from: Oid, to: Oid) -> Result<Vec<FileDelta>, RepoError> {
    let diff = by_id(git, from, to)?;
    let file = |delta: git2::DiffDelta<'_>| {
        let patch = head(&delta, false);
        FileDelta {
            path: patch.path,
            old_path: patch.old_path,
            status: patch.status,
            binary: false,
            additions: 0,
            deletions: 0,
            absent: false,
            unread: true,
        }
    };
    Ok(diff.deltas().map(file).collect())
}

/// One side of a file that differs: the id of its content, and whether it points at a commit elsewhere.
#[derive(Clone, Copy, Debug)]
struct Side {
    id: Oid,
    is_commit: bool,
}

impl Side {
    fn of(file: &git2::DiffFile<'_>) -> Self {
        Self {
            id: file.id(),
            is_commit: file.mode() == git2::FileMode::Commit,
        }
    }

    /// Reads its content; none where it is not here.
    fn read(self, git: &Repository) -> Result<Option<Content>, RepoError> {
        if self.id.is_zero() {
            return Ok(Some(Content::default()));
        }
        if self.is_commit {
            let bytes = format!("Subproject commit {}\n", self.id).into_bytes();
            return Ok(Some(Content {
                bytes,
                is_binary: false,
            }));
        }
        match git.find_blob(self.id) {
            Ok(blob) => Ok(Some(Content::of(&blob))),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Tells whether a side that there is has no content here. What a submodule points at never has.
    fn is_absent(self, git: &Repository) -> bool {
        let should = !self.id.is_zero() && !self.is_commit;
        should && git.odb().is_ok_and(|objects| !objects.exists(self.id))
    }
}

/// A content, and whether git takes it for no text.
#[derive(Default)]
struct Content {
    bytes: Vec<u8>,
    is_binary: bool,
}

impl Content {
    fn of(blob: &git2::Blob<'_>) -> Self {
        Self {
            bytes: blob.content().to_vec(),
            is_binary: blob.is_binary(),
        }
    }

    /// Returns it as text, of a size that is read.
    fn text(self) -> Option<String> {
        let is_read = self.bytes.len() <= MAX_TEXT && !self.is_binary;
        String::from_utf8(self.bytes).ok().filter(|_| is_read)
    }
}

/// A file that differs between two trees, by the ids of its contents.
#[derive(Clone, Debug)]
pub struct Changed {
    /// What is known without opening it.
    head: FilePatch,
    old: Side,
    new: Side,
}

/// Lists the files that differ; renames are followed, for which contents are opened.
pub(super) fn changed(git: &Repository, from: Oid, to: Oid) -> Result<Vec<Changed>, RepoError> {
    let mut diff = by_id(git, from, to)?;
    let mut find = DiffFindOptions::new();
    find.renames(true).rename_limit(500);
    // Where a content is not here, renames stay unseen.
    if let Err(error) = diff.find_similar(Some(&mut find))
        && error.code() != ErrorCode::NotFound
    {
        return Err(error.into());
    }
    let file = |delta: git2::DiffDelta<'_>| Changed {
        head: head(&delta, false),
        old: Side::of(&delta.old_file()),
        new: Side::of(&delta.new_file()),
    };
    Ok(diff.deltas().map(file).collect())
}

/// Hands on the contents of one file after the other.
pub(super) fn pairs(git: &Repository, changed: &[Changed], take: &mut dyn FnMut(FilePair)) {
    for Changed { head, old, new } in changed {
        let (before, after) = (text(git, old.id), text(git, new.id));
        take(FilePair {
            path: head.path.clone(),
            old_path: head.old_path.clone(),
            known: (before.is_some() || old.id.is_zero()) && (after.is_some() || new.id.is_zero()),
            absent: old.is_absent(git) || new.is_absent(git),
            old: before,
            new: after,
        });
    }
}

/// Returns a content that is text of a size that is read.
fn text(git: &Repository, id: Oid) -> Option<String> {
    Content::of(&git.find_blob(id).ok()?).text()
}

/// Hands on one file after the other, line by line.
pub(super) fn between(
    git: &Repository,
    changed: &[Changed],
    look: Look<'_>,
    take: &mut dyn FnMut(FileChange),
) -> Result<(), RepoError> {
    for Changed { head, old, new } in changed {
        let mut found = FileChange {
            patch: head.clone(),
            old: None,
            new: None,
        };
        match (old.read(git)?, new.read(git)?) {
            (Some(before), Some(after)) if before.is_binary || after.is_binary => {
                found.patch.binary = true;
            }
            (Some(before), Some(after)) => {
                let wanted = &look.lines;
                let has_lines = wanted(&head.path) || head.old_path.as_deref().is_some_and(wanted);
                // A file whose content is the same has no lines, and is listed all the same.
                if old.id != new.id {
                    lines(&mut found.patch, (&before.bytes, &after.bytes), has_lines)?;
                }
                if has_lines && look.texts {
                    let there = |side: &Side| !side.id.is_zero() && !side.is_commit;
                    found.old = there(old).then(|| before.text()).flatten();
                    found.new = there(new).then(|| after.text()).flatten();
                }
            }
            // The content did not come: that it differs is known, and not how.
            _ => found.patch.absent = true,
        }
        take(found);
    }
    Ok(())
}

fn path_of(file: &git2::DiffFile<'_>) -> String {
    file.path_bytes()
        .map(|p| String::from_utf8_lossy(p).into_owned())
        .unwrap_or_default()
}

fn head(delta: &git2::DiffDelta<'_>, binary: bool) -> FilePatch {
    let (old, new) = (path_of(&delta.old_file()), path_of(&delta.new_file()));
    let status = match delta.status() {
        Delta::Added => FileStatus::Added,
        Delta::Deleted => FileStatus::Deleted,
        Delta::Renamed | Delta::Copied => FileStatus::Renamed,
        _ => FileStatus::Modified,
    };
    FilePatch {
        path: if status == FileStatus::Deleted {
            old.clone()
        } else {
            new
        },
        old_path: (status == FileStatus::Renamed).then_some(old),
        status,
        binary,
        additions: 0,
        deletions: 0,
        hunks: Vec::new(),
        absent: false,
    }
}

/// Counts the lines by which two contents differ, and takes them in where they are wanted.
fn lines(
    out: &mut FilePatch,
    (before, after): (&[u8], &[u8]),
    has_lines: bool,
) -> Result<(), RepoError> {
    let mut options = options();
    let patch = Patch::from_buffers(before, None, after, None, Some(&mut options))?;
    let (_, additions, deletions) = patch.line_stats()?;
    out.additions = u32::try_from(additions).unwrap_or(u32::MAX);
    out.deletions = u32::try_from(deletions).unwrap_or(u32::MAX);
    for hunk_index in 0..patch.num_hunks() {
        if !has_lines {
            break;
        }
        let (hunk, lines) = patch.hunk(hunk_index)?;
        let mut record = Hunk {
            header: String::from_utf8_lossy(hunk.header()).trim_end().to_owned(),
            lines: Vec::with_capacity(lines),
        };
        for line_index in 0..lines {
            let line = patch.line_in_hunk(hunk_index, line_index)?;
            let kind = match line.origin() {
                '+' => LineKind::Added,
                '-' => LineKind::Removed,
                ' ' => LineKind::Context,
                // "No newline at end of file" and the like.
                _ => continue,
            };
            record.lines.push(DiffLine {
                kind,
                text: String::from_utf8_lossy(line.content())
                    .trim_end_matches(['\n', '\r'])
                    .to_owned(),
                old_no: line.old_lineno(),
                new_no: line.new_lineno(),
            });
        }
        out.hunks.push(record);
    }
    Ok(())
}
