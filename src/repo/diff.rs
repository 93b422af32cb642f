//! Differences between two trees, with both contents of the files that can be read as text.

use git2::{Delta, DiffFindOptions, DiffOptions, ErrorCode, Oid, Patch, Repository};

use super::{RepoError, shelf::tree_of};
use crate::model::{DiffLine, FileDelta, FilePatch, FileStatus, Hunk, LineKind};

/// Lines of one file's patch that are kept; the rest is counted.
const MAX_LINES: usize = 20_000;
/// Bytes of a file whose contents are kept for comparing tests.
const MAX_TEXT: usize = 1 << 20;
/// Files whose contents are kept.
const MAX_FILES_WITH_TEXT: usize = 400;

/// Compares two commits. `context` is the number of lines around each change.
pub(super) fn between(
    git: &Repository,
    from: Oid,
    to: Oid,
    context: u32,
) -> Result<Vec<FileDelta>, RepoError> {
    let old_tree = tree_of(git, from)?;
    let new_tree = tree_of(git, to)?;
    let mut options = DiffOptions::new();
    options.context_lines(context).indent_heuristic(true);
    let mut diff = git.diff_tree_to_tree(Some(&old_tree), Some(&new_tree), Some(&mut options))?;
    let mut find = DiffFindOptions::new();
    find.renames(true).rename_limit(500);
    // Where a content is not here, renames stay unseen.
    if let Err(error) = diff.find_similar(Some(&mut find))
        && error.code() != ErrorCode::NotFound
    {
        return Err(error.into());
    }
    let mut files = Vec::new();
    for index in 0..diff.deltas().len() {
        let patch = match Patch::from_diff(&diff, index) {
            // The content did not come: that it differs is known, and not how.
            Err(error) if error.code() == ErrorCode::NotFound => {
                let unread = |delta| FileDelta {
                    patch: FilePatch {
                        absent: true,
                        ..head(&delta, false)
                    },
                    old: None,
                    new: None,
                };
                files.extend(diff.get_delta(index).map(unread));
                continue;
            }
            other => other?,
        };
        let Some(patch) = patch else {
            // A binary or unchanged file has no text patch, and is listed all the same.
            if let Some(delta) = diff.get_delta(index) {
                files.push(FileDelta {
                    patch: head(&delta, true),
                    old: None,
                    new: None,
                });
            }
            continue;
        };
        files.push(file(git, &patch, files.len() < MAX_FILES_WITH_TEXT)?);
    }
    Ok(files)
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
        omitted: 0,
        absent: false,
    }
}

fn file(git: &Repository, patch: &Patch<'_>, with_text: bool) -> Result<FileDelta, RepoError> {
    let delta = patch.delta();
    let binary = delta.old_file().is_binary() || delta.new_file().is_binary();
    let mut out = head(&delta, binary);
    let (_, additions, deletions) = patch.line_stats()?;
    out.additions = u32::try_from(additions).unwrap_or(u32::MAX);
    out.deletions = u32::try_from(deletions).unwrap_or(u32::MAX);
    let mut kept = 0;
    for hunk_index in 0..patch.num_hunks() {
        let (hunk, lines) = patch.hunk(hunk_index)?;
        if kept + lines > MAX_LINES {
            out.omitted += lines as u64;
            continue;
        }
        kept += lines;
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
    let keep = with_text && !binary;
    let text = |id: Oid| -> Option<String> {
        let blob = git.find_blob(id).ok().filter(|b| b.size() <= MAX_TEXT)?;
        String::from_utf8(blob.content().to_vec()).ok()
    };
    Ok(FileDelta {
        old: text(delta.old_file().id()).filter(|_| keep),
        new: text(delta.new_file().id()).filter(|_| keep),
        patch: out,
    })
}
