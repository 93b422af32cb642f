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

/// Compares two trees by the ids of their files alone.
fn by_id(git: &Repository, from: Oid, to: Oid) -> Result<git2::Diff<'_>, RepoError> {
    let old_tree = tree_of(git, from)?;
    let new_tree = tree_of(git, to)?;
    let mut options = DiffOptions::new();
    // Attributes say how somebody likes to see a file. What is text is told by its content.
    options
        .context_lines(CONTEXT)
        .indent_heuristic(true)
        .force_text(true);
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

/// Compares two trees; renames are followed.
fn trees(git: &Repository, from: Oid, to: Oid) -> Result<git2::Diff<'_>, RepoError> {
    let mut diff = by_id(git, from, to)?;
    let mut find = DiffFindOptions::new();
    find.renames(true).rename_limit(500);
    // Where a content is not here, renames stay unseen.
    if let Err(error) = diff.find_similar(Some(&mut find))
        && error.code() != ErrorCode::NotFound
    {
        return Err(error.into());
    }
    Ok(diff)
}

/// Compares two commits, and hands on the contents of one file after the other.
pub(super) fn pairs(
    git: &Repository,
    from: Oid,
    to: Oid,
    take: &mut dyn FnMut(FilePair),
) -> Result<(), RepoError> {
    let diff = trees(git, from, to)?;
    for delta in diff.deltas() {
        let FilePatch { path, old_path, .. } = head(&delta, false);
        let (old, new) = (delta.old_file(), delta.new_file());
        let (before, after) = (text(git, old.id()), text(git, new.id()));
        take(FilePair {
            path,
            old_path,
            known: (before.is_some() || old.id().is_zero())
                && (after.is_some() || new.id().is_zero()),
            absent: is_absent(git, &old) || is_absent(git, &new),
            old: before,
            new: after,
        });
    }
    Ok(())
}

/// Tells whether a side that there is has no content here. What a submodule points at never has.
fn is_absent(git: &Repository, file: &git2::DiffFile<'_>) -> bool {
    let should = !file.id().is_zero() && file.mode() != git2::FileMode::Commit;
    should && git.odb().is_ok_and(|objects| !objects.exists(file.id()))
}

/// Returns a content that is text of a size that is read.
fn text(git: &Repository, id: Oid) -> Option<String> {
    let blob = git.find_blob(id).ok()?;
    let is_read = blob.size() <= MAX_TEXT && !blob.is_binary();
    let bytes = is_read.then(|| blob.content().to_vec())?;
    String::from_utf8(bytes).ok()
}

/// Tells whether a side of a file holds no text.
fn is_binary(git: &Repository, delta: &git2::DiffDelta<'_>) -> bool {
    let binary = |id: Oid| git.find_blob(id).is_ok_and(|blob| blob.is_binary());
    binary(delta.old_file().id()) || binary(delta.new_file().id())
}

/// Compares two commits, and hands on one file after the other.
pub(super) fn between(
    git: &Repository,
    from: Oid,
    to: Oid,
    look: Look<'_>,
    take: &mut dyn FnMut(FileChange),
) -> Result<(), RepoError> {
    let diff = trees(git, from, to)?;
    for index in 0..diff.deltas().len() {
        let bare = |patch: FilePatch| FileChange {
            patch,
            old: None,
            new: None,
        };
        let binary = diff.get_delta(index).filter(|d| is_binary(git, d));
        if let Some(delta) = binary {
            take(bare(head(&delta, true)));
            continue;
        }
        match Patch::from_diff(&diff, index) {
            // The content did not come: that it differs is known, and not how.
            Err(error) if error.code() == ErrorCode::NotFound => {
                let unread = |delta| FilePatch {
                    absent: true,
                    ..head(&delta, false)
                };
                diff.get_delta(index).map(unread).map(bare).map(&mut *take);
            }
            Err(error) => return Err(error.into()),
            Ok(Some(patch)) => take(file(git, &patch, look)?),
            // A file whose content is the same has no patch, and is listed all the same.
            Ok(None) => {
                let delta = diff.get_delta(index);
                delta.map(|d| bare(head(&d, false))).map(&mut *take);
            }
        }
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

fn file(git: &Repository, patch: &Patch<'_>, look: Look<'_>) -> Result<FileChange, RepoError> {
    let delta = patch.delta();
    let (old, new) = (delta.old_file(), delta.new_file());
    let mut out = head(&delta, false);
    let (_, additions, deletions) = patch.line_stats()?;
    out.additions = u32::try_from(additions).unwrap_or(u32::MAX);
    out.deletions = u32::try_from(deletions).unwrap_or(u32::MAX);
    let before = out.old_path.as_deref();
    let has_lines = (look.lines)(&out.path) || before.is_some_and(look.lines);
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
    let read = |id: Oid| text(git, id);
    let has_texts = has_lines && look.texts;
    Ok(FileChange {
        old: has_texts.then(|| read(old.id())).flatten(),
        new: has_texts.then(|| read(new.id())).flatten(),
        patch: out,
    })
}
