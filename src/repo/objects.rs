//! Objects of a repository as plain data: commits that are there, trees, blobs, differences.

use std::path::Path;

use git2::{ObjectType, Oid, Repository};

use super::{
    Changed, Local, Look, RepoError, diff,
    open::{empty_tree, oid, sha},
    shelf::tree_of,
    transfer::BASES,
};
use crate::model::{Commit, FileChange, FileDelta, FilePair, Sha};

/// A file of a tree: the id of its content, and its path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TreeFile {
    pub blob: Sha,
    pub path: String,
}

/// Folders whose content somebody else wrote.
const VENDORED: &[&str] = &["node_modules", "vendor", "third_party", "target"];

/// Hands on the path and content of each file of a tree, but of folders with some names; a name that is
/// no UTF-8 is shown as it can be.
pub(super) fn walk(
    git: &Repository,
    tree: &git2::Tree<'_>,
    folder: &str,
    but: &[&str],
    take: &mut dyn FnMut(&str, Oid),
) -> Result<(), git2::Error> {
    for entry in tree {
        let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
        match entry.kind() {
            Some(ObjectType::Tree) if but.contains(&name.as_str()) => {}
            Some(ObjectType::Tree) => {
                let below = git.find_tree(entry.id())?;
                walk(git, &below, &format!("{folder}{name}/"), but, take)?;
            }
            Some(ObjectType::Blob) => take(&format!("{folder}{name}"), entry.id()),
            _ => {}
        }
    }
    Ok(())
}

impl Local {
    /// Opens the repository in a folder, without looking further up.
    pub fn open(git_dir: &Path) -> Result<Self, RepoError> {
        let git = Repository::open(git_dir).map_err(|source| RepoError::Open {
            path: git_dir.to_owned(),
            source,
        })?;
        Ok(Self::from(git))
    }

    /// Tells whether a commit is here, or at least its tree.
    pub fn has(&self, commit: &Sha) -> bool {
        oid(commit).is_ok_and(|id| tree_of(&self.git, id).is_ok())
    }

    /// Tells whether a commit itself is here.
    pub fn has_commit(&self, commit: &Sha) -> bool {
        oid(commit).is_ok_and(|id| self.git.find_commit(id).is_ok())
    }

    /// Returns the commit that a base branch was fetched at.
    pub fn base_tip(&self, branch: &str) -> Option<Sha> {
        let name = format!("{BASES}/{branch}");
        let commit = self.git.find_reference(&name).ok()?.peel_to_commit().ok()?;
        sha(commit.id()).ok()
    }

    /// Returns the text of a file at a commit; absent where there is none, or it is no text of at
    /// most `max` bytes.
    pub fn file_at(&self, commit: &Sha, path: &str, max: usize) -> Option<String> {
        let tree = tree_of(&self.git, oid(commit).ok()?).ok()?;
        let entry = tree.get_path(Path::new(path)).ok()?;
        self.text(&sha(entry.id()).ok()?, max)
    }

    /// Tells whether a commit has a file of a path, readable or not.
    pub fn has_file(&self, commit: &Sha, path: &str) -> bool {
        let tree = oid(commit).ok().and_then(|id| tree_of(&self.git, id).ok());
        tree.is_some_and(|tree| tree.get_path(Path::new(path)).is_ok())
    }

    /// Returns the merge base of two commits; `None` where they share no history that is here.
    pub fn merge_base(&self, one: &Sha, other: &Sha) -> Result<Option<Sha>, RepoError> {
        if oid(one)? == empty_tree()? {
            return Ok(Some(one.clone()));
        }
        match self.git.merge_base(oid(one)?, oid(other)?) {
            Ok(base) => Ok(Some(sha(base)?)),
            Err(_) => Ok(None),
        }
    }

    /// Lists the files of a commit that `wanted` accepts by path; vendored folders are left out.
    pub fn files(
        &self,
        commit: &Sha,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<TreeFile>, RepoError> {
        let tree = tree_of(&self.git, oid(commit)?)?;
        let mut found: Vec<(Oid, String)> = Vec::new();
        walk(&self.git, &tree, "", VENDORED, &mut |path, id| {
            if wanted(path) {
                found.push((id, path.to_owned()));
            }
        })?;
        found
            .into_iter()
            .map(|(id, path)| {
                Ok(TreeFile {
                    blob: sha(id)?,
                    path,
                })
            })
            .collect()
    }

    /// Returns a text file's content; `None` where it is missing, binary, or over `max` bytes.
    pub fn text(&self, blob: &Sha, max: usize) -> Option<String> {
        self.count(1);
        let blob = self.git.find_blob(oid(blob).ok()?).ok()?;
        let fits = blob.size() <= max && !blob.is_binary();
        fits.then(|| String::from_utf8_lossy(blob.content()).into_owned())
    }

    /// Returns the bytes of a file's content, without opening it; `None` where it is not here.
    pub fn size(&self, blob: &Sha) -> Option<usize> {
        let header = self.git.odb().ok()?.read_header(oid(blob).ok()?);
        header.ok().map(|(size, _)| size)
    }

    /// Returns how many contents of files were opened, those of both sides of a difference included.
    pub fn opened(&self) -> u64 {
        self.opened.get()
    }

    fn count(&self, more: usize) {
        self.opened.set(self.opened.get() + more as u64);
    }

    /// Returns the commits of `to` that `from` has not, and whether `from` is an ancestor of it.
    pub fn history(&self, from: &Sha, to: &Sha) -> Result<(Vec<Commit>, bool), RepoError> {
        let (old, new) = (oid(from)?, oid(to)?);
        let commits = self.commits(old, new)?;
        let forward =
            old == empty_tree()? || self.git.graph_descendant_of(new, old).unwrap_or(false);
        Ok((commits, forward))
    }

    /// Lists the files that differ between two commits, without opening any: what moved is one that is
    /// gone and one that is new.
    pub fn listed(&self, from: &Sha, to: &Sha) -> Result<Vec<FileDelta>, RepoError> {
        diff::listed(&self.git, oid(from)?, oid(to)?)
    }

    /// Lists the files that differ between two commits, by the ids of their contents; renames are
    /// followed.
    pub fn changed(&self, from: &Sha, to: &Sha) -> Result<Vec<Changed>, RepoError> {
        diff::changed(&self.git, oid(from)?, oid(to)?)
    }

    /// Hands on files that differ, one after the other.
    pub fn changes(
        &self,
        changed: &[Changed],
        look: Look<'_>,
        take: &mut dyn FnMut(FileChange),
    ) -> Result<(), RepoError> {
        diff::between(&self.git, changed, look, &mut |file| {
            self.count(2);
            take(file);
        })
    }

    /// Hands on the contents of files that differ, one after the other.
    pub fn pairs(&self, changed: &[Changed], take: &mut dyn FnMut(FilePair)) {
        diff::pairs(&self.git, changed, &mut |pair| {
            self.count(2);
            take(pair);
        });
    }
}
