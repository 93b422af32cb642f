//! The bare repository of the world, written with fixed authors and dates, so that two builds give
//! the same object ids.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use git2::{Oid, Repository, RepositoryInitOptions, Signature};

use super::model::{Pull, Time};
use crate::demo::DemoError;

/// The files of one commit: path to text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Files(BTreeMap<String, String>);

impl Files {
    pub(crate) fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    pub(crate) fn put(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.0.insert(path.into(), text.into());
    }

    /// Replaces the only place where a text stands in a file.
    pub(crate) fn replace(&mut self, path: &str, was: &str, now: &str) -> Result<(), DemoError> {
        let text = self
            .0
            .get_mut(path)
            .ok_or_else(|| DemoError::story(format!("no file {path}")))?;
        let places = text.matches(was).count();
        if places != 1 {
            return Err(DemoError::story(format!(
                "{was:?} stands {places} times in {path}"
            )));
        }
        *text = text.replacen(was, now, 1);
        Ok(())
    }

    /// The line, counted from one, on which a text stands first at or after line `from`.
    pub(crate) fn line_from(&self, path: &str, text: &str, from: u64) -> Result<u64, DemoError> {
        self.get(path)
            .and_then(|whole| {
                (1..)
                    .zip(whole.lines())
                    .find(|(n, line)| *n >= from && line.contains(text))
            })
            .map(|(number, _)| number)
            .ok_or_else(|| DemoError::story(format!("{text:?} does not stand in {path}")))
    }
}

/// Name and address in a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) email: String,
}

/// What a commit says about itself.
pub(crate) struct Entry<'a> {
    pub(crate) author: &'a Identity,
    pub(crate) committer: &'a Identity,
    pub(crate) at: Time,
    pub(crate) message: &'a str,
}

/// What a range of commits amounts to: added and deleted lines, changed files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) additions: u64,
    pub(crate) deletions: u64,
    pub(crate) files: usize,
}

/// Two ends of a range.
type Ends = (Oid, Oid);

/// The repository, with what is known of ranges in it: commits never change.
pub(crate) struct Git {
    pub(crate) repository: Repository,
    between: RefCell<HashMap<Ends, Vec<Oid>>>,
    forks: RefCell<HashMap<Ends, Oid>>,
    sizes: RefCell<HashMap<Ends, Size>>,
}

impl std::fmt::Debug for Git {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Git")
            .field("path", &self.repository.path())
            .finish_non_exhaustive()
    }
}

impl Git {
    /// Makes an empty bare repository that serves any object by its id, as the forge does.
    pub(crate) fn init(path: &Path) -> Result<Self, DemoError> {
        let mut options = RepositoryInitOptions::new();
        options
            .bare(true)
            .external_template(false)
            .initial_head("main");
        let repository = Repository::init_opts(path, &options)?;
        let mut config = repository.config()?;
        config.set_bool("uploadpack.allowAnySHA1InWant", true)?;
        config.set_bool("uploadpack.allowFilter", true)?;
        Ok(Self {
            repository,
            between: RefCell::default(),
            forks: RefCell::default(),
            sizes: RefCell::default(),
        })
    }

    /// Writes a commit and gives its id; moves no reference.
    pub(crate) fn commit(
        &self,
        files: &Files,
        parents: &[Oid],
        entry: &Entry<'_>,
    ) -> Result<Oid, DemoError> {
        let paths: Vec<(&str, &str)> = files.iter().collect();
        let tree = self.repository.find_tree(self.write_tree(&paths)?)?;
        self.commit_tree(&tree, parents, entry)
    }

    /// Writes a commit of a tree that is there already.
    pub(crate) fn commit_tree(
        &self,
        tree: &git2::Tree<'_>,
        parents: &[Oid],
        entry: &Entry<'_>,
    ) -> Result<Oid, DemoError> {
        let parents = parents
            .iter()
            .map(|parent| self.repository.find_commit(*parent))
            .collect::<Result<Vec<_>, _>>()?;
        let parents: Vec<&git2::Commit<'_>> = parents.iter().collect();
        let sign = |who: &Identity| {
            Signature::new(
                &who.name,
                &who.email,
                &git2::Time::new(entry.at.timestamp(), 0),
            )
        };
        let (author, committer) = (sign(entry.author)?, sign(entry.committer)?);
        Ok(self
            .repository
            .commit(None, &author, &committer, entry.message, tree, &parents)?)
    }

    /// The forge's own merge of an open change into its base branch: the same commit as long as both
    /// are the same.
    pub(crate) fn test_merge(&self, pull: &Pull) -> Option<Oid> {
        if !pull.is_open() || pull.conflicts {
            return None;
        }
        let tree = self.repository.find_commit(pull.head).ok()?.tree().ok()?;
        let forge = Identity {
            name: "GitHub".to_owned(),
            email: "noreply@github.com".to_owned(),
        };
        let entry = Entry {
            author: &forge,
            committer: &forge,
            at: pull.created,
            message: &format!("Merge {} into {}", pull.head, pull.base),
        };
        let parents = [pull.base, pull.head];
        self.commit_tree(&tree, &parents, &entry).ok()
    }

    /// Writes the tree of some sorted paths, which are all below one folder.
    fn write_tree(&self, paths: &[(&str, &str)]) -> Result<Oid, DemoError> {
        let mut folders: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        let mut tree = self.repository.treebuilder(None)?;
        for (path, text) in paths {
            match path.split_once('/') {
                Some((folder, rest)) => folders.entry(folder).or_default().push((rest, text)),
                None => {
                    tree.insert(path, self.repository.blob(text.as_bytes())?, 0o100_644)?;
                }
            }
        }
        for (folder, below) in folders {
            tree.insert(folder, self.write_tree(&below)?, 0o040_000)?;
        }
        Ok(tree.write()?)
    }

    /// Points a reference (`refs/heads/main`) at a commit.
    pub(crate) fn point(&self, reference: &str, commit: Oid) -> Result<(), DemoError> {
        self.repository.reference(reference, commit, true, "demo")?;
        Ok(())
    }

    /// The text files of a commit.
    pub(crate) fn files(&self, commit: Oid) -> Result<Files, DemoError> {
        let mut files = Files::default();
        let tree = self.repository.find_commit(commit)?.tree()?;
        tree.walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
            if entry.kind() == Some(git2::ObjectType::Blob)
                && let Ok(blob) = self.repository.find_blob(entry.id())
            {
                let path = format!("{folder}{}", String::from_utf8_lossy(entry.name_bytes()));
                files.put(path, String::from_utf8_lossy(blob.content()));
            }
            git2::TreeWalkResult::Ok
        })?;
        Ok(files)
    }

    /// The commits of `head` that `base` does not have, oldest first.
    pub(crate) fn commits_between(&self, base: Oid, head: Oid) -> Result<Vec<Oid>, DemoError> {
        if let Some(known) = self.between.borrow().get(&(base, head)) {
            return Ok(known.clone());
        }
        let mut walk = self.repository.revwalk()?;
        walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::REVERSE)?;
        walk.push(head)?;
        walk.hide(base)?;
        let commits: Vec<Oid> = walk.collect::<Result<_, _>>()?;
        let mut between = self.between.borrow_mut();
        between.insert((base, head), commits.clone());
        Ok(commits)
    }

    /// Where two commits parted.
    pub(crate) fn fork(&self, base: Oid, head: Oid) -> Option<Oid> {
        if let Some(known) = self.forks.borrow().get(&(base, head)) {
            return Some(*known);
        }
        let fork = self.repository.merge_base(base, head).ok()?;
        self.forks.borrow_mut().insert((base, head), fork);
        Some(fork)
    }

    /// The size of a range, which is measured once.
    pub(crate) fn size(&self, ends: Ends, measure: impl FnOnce() -> Size) -> Size {
        if let Some(known) = self.sizes.borrow().get(&ends) {
            return *known;
        }
        let size = measure();
        self.sizes.borrow_mut().insert(ends, size);
        size
    }

    /// Keeps in mind that a commit is the only one on another, and adds one file of one line.
    pub(super) fn know_single(&self, base: Oid, commit: Oid) {
        let ends = (base, commit);
        let size = Size {
            additions: 1,
            deletions: 0,
            files: 1,
        };
        self.between.borrow_mut().insert(ends, vec![commit]);
        self.forks.borrow_mut().insert(ends, base);
        self.sizes.borrow_mut().insert(ends, size);
    }
}
