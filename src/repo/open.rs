//! Opening repositories and resolving ranges of commits.

use std::{
    cell::Cell,
    path::{Path, PathBuf},
};

use git2::{Oid, Repository};

use crate::model::{BadSha, Commit, Sha, Timestamp};

/// Why git could not answer.
#[derive(Debug, thiserror::Error)]
pub enum RepoError {
    #[error("{path} is not inside a git repository")]
    NotARepository { path: PathBuf },
    #[error("{path} cannot be opened as a git repository")]
    Open { path: PathBuf, source: git2::Error },
    #[error("`{text}` does not name a commit here")]
    Revision { text: String, source: git2::Error },
    #[error("the repository has no commit yet")]
    Empty,
    #[error("the range holds no commits: {from} is not before {to}")]
    EmptyRange { from: String, to: String },
    #[error("git could not read the objects")]
    Read(#[from] git2::Error),
    #[error("an object id was not understood")]
    Id(#[from] BadSha),
    #[error("`git` is not installed or cannot be started")]
    NoGit { source: std::io::Error },
    #[error(
        "this clone is shallow and holds one commit: what lies before it is not known; fetch more with `git fetch --deepen 20`"
    )]
    Shallow,
    #[error("git could not fetch from {url}: {what}")]
    Fetch { url: String, what: String },
    #[error("the forge's answer does not fit together: {what}")]
    Strange { what: String },
    #[error(
        "git cannot write to {path}: {what}; make room, or name another folder (PROOFLINE_CACHE_DIR)"
    )]
    Unwritable { path: PathBuf, what: String },
    #[error("git did not finish within {seconds} s")]
    Timeout { seconds: u64 },
}

/// A range of commits of a repository on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalRange {
    /// What the range starts after.
    pub base: Sha,
    pub head: Sha,
    /// Name of the branch or revision at its end.
    pub head_name: String,
    /// Name of what it was compared with.
    pub base_name: String,
    /// How the range was chosen, in words.
    pub basis: String,
    /// Commits of the range, oldest first.
    pub commits: Vec<Commit>,
}

/// A repository on disk.
pub struct Local {
    pub(super) git: Repository,
    /// Contents of files that were opened.
    pub(super) opened: Cell<u64>,
}

impl From<Repository> for Local {
    fn from(git: Repository) -> Self {
        Self {
            git,
            opened: Cell::new(0),
        }
    }
}

/// Finds the repository around a folder.
pub fn discover(folder: &Path) -> Result<Local, RepoError> {
    let git = Repository::discover(folder).map_err(|e| {
        if e.code() == git2::ErrorCode::NotFound {
            RepoError::NotARepository {
                path: folder.to_owned(),
            }
        } else {
            RepoError::Open {
                path: folder.to_owned(),
                source: e,
            }
        }
    })?;
    Ok(Local::from(git))
}

/// The id of the tree that holds nothing, which every repository knows. It stands for what was before
/// the first commit.
pub(super) fn empty_tree() -> Result<Oid, git2::Error> {
    Oid::from_str("4b825dc642cb6eb9a060e54bf8d69288fbee4904")
}

/// Converts an object id of libgit2.
pub(super) fn sha(oid: Oid) -> Result<Sha, RepoError> {
    Ok(Sha::parse(&oid.to_string())?)
}

pub(super) fn oid(sha: &Sha) -> Result<Oid, RepoError> {
    Ok(Oid::from_str(sha.as_str())?)
}

impl Local {
    /// Returns the folder that holds the objects.
    pub fn git_dir(&self) -> &Path {
        self.git.path()
    }

    /// Returns the name of the folder of the work tree.
    pub fn name(&self) -> String {
        let folder = self.git.workdir().unwrap_or_else(|| self.git.path());
        folder.file_name().map_or_else(
            || "repository".to_owned(),
            |n| n.to_string_lossy().into_owned(),
        )
    }

    /// Returns the commit that is checked out.
    pub fn head(&self) -> Result<Sha, RepoError> {
        let commit = self.git.head().and_then(|h| h.peel_to_commit());
        sha(commit.map_err(|_| RepoError::Empty)?.id())
    }

    /// Returns the remotes as `(name, url)`, after `insteadOf`.
    pub fn remotes(&self) -> Result<Vec<(String, String)>, RepoError> {
        let names = self.git.remotes()?;
        let mut found = Vec::new();
        for name in names.iter().flatten().flatten() {
            let remote = self.git.find_remote(name)?;
            if let Ok(url) = remote.url() {
                found.push((name.to_owned(), url.to_owned()));
            }
        }
        Ok(found)
    }

    /// Returns what `gh` wrote down of remotes: name and `base`, or another repository's name.
    pub fn resolved(&self) -> Vec<(String, String)> {
        let Ok(config) = self.git.config() else {
            return Vec::new();
        };
        let mut found = Vec::new();
        if let Ok(entries) = config.entries(Some(r"^remote\..*\.gh-resolved$")) {
            let _ = entries.for_each(|entry| {
                if let (Ok(name), Ok(value)) = (entry.name(), entry.value()) {
                    let remote = name.strip_prefix("remote.");
                    let remote = remote.and_then(|r| r.strip_suffix(".gh-resolved"));
                    found.extend(remote.map(|r| (r.to_owned(), value.to_owned())));
                }
            });
        }
        found
    }

    /// Resolves `A..B`, `A...B`, `A` (up to HEAD), or nothing: merge base with the upstream to
    /// HEAD, else the last `last` commits.
    pub fn range(&self, text: Option<&str>, last: usize) -> Result<LocalRange, RepoError> {
        let head_ref = self.git.head().map_err(|_| RepoError::Empty)?;
        let head_oid = head_ref.peel_to_commit()?.id();
        let head_name = head_ref.shorthand().unwrap_or("HEAD").to_owned();
        let (base, head, head_name, base_name, basis) = match text {
            Some(text) => {
                let (from, to, three) = match text.split_once("...") {
                    Some((a, b)) => (a, b, true),
                    None => text
                        .split_once("..")
                        .map_or((text, "", false), |(a, b)| (a, b, false)),
                };
                let head = if to.is_empty() {
                    head_oid
                } else {
                    self.commit(to)?
                };
                let from_oid = self.commit(if from.is_empty() { "HEAD" } else { from })?;
                let base = if three {
                    self.git.merge_base(from_oid, head)?
                } else {
                    from_oid
                };
                let to_name = if to.is_empty() {
                    head_name
                } else {
                    to.to_owned()
                };
                (
                    base,
                    head,
                    to_name,
                    from.to_owned(),
                    format!("range {text}"),
                )
            }
            None => self.default_range(head_oid, head_name, last)?,
        };
        let commits = self.commits(base, head)?;
        Ok(LocalRange {
            base: sha(base)?,
            head: sha(head)?,
            head_name,
            base_name,
            basis,
            commits,
        })
    }

    fn default_range(
        &self,
        head: Oid,
        name: String,
        last: usize,
    ) -> Result<(Oid, Oid, String, String, String), RepoError> {
        let upstream = git2::Branch::wrap(self.git.head()?)
            .upstream()
            .ok()
            .and_then(|b| {
                Some((
                    b.get().shorthand().ok()?.to_owned(),
                    b.get().peel_to_commit().ok()?.id(),
                ))
            });
        if let Some((upstream, theirs)) = upstream
            && let Ok(base) = self.git.merge_base(theirs, head)
            && base != head
        {
            let basis = format!("since the merge base with {upstream}");
            return Ok((base, head, name, upstream, basis));
        }
        let mut base = self.git.find_commit(head)?;
        let mut steps = 0;
        while steps < last {
            let Ok(parent) = base.parent(0) else { break };
            base = parent;
            steps += 1;
        }
        if steps == 0 && self.git.is_shallow() {
            return Err(RepoError::Shallow);
        }
        if steps == 0 {
            // The first commit has nothing before it to be compared with.
            let basis = "the first commit".to_owned();
            return Ok((empty_tree()?, head, name, "nothing".to_owned(), basis));
        }
        let base_name = format!("{name}~{steps}");
        Ok((
            base.id(),
            head,
            name,
            base_name,
            format!("the last {steps} commits"),
        ))
    }

    fn commit(&self, text: &str) -> Result<Oid, RepoError> {
        self.git
            .revparse_single(text)
            .and_then(|o| o.peel_to_commit())
            .map(|c| c.id())
            .map_err(|source| RepoError::Revision {
                text: text.to_owned(),
                source,
            })
    }

    /// Returns the commits of `head` that `base` has not, oldest first.
    pub(super) fn commits(&self, base: Oid, head: Oid) -> Result<Vec<Commit>, RepoError> {
        let mut walk = self.git.revwalk()?;
        walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::TIME | git2::Sort::REVERSE)?;
        walk.push(head)?;
        if base != empty_tree()? {
            walk.hide(base)?;
        }
        walk.map(|id| record(&self.git.find_commit(id?)?)).collect()
    }
}

/// Converts a commit of libgit2.
fn record(commit: &git2::Commit<'_>) -> Result<Commit, RepoError> {
    let author = commit.author();
    let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Commit {
        sha: sha(commit.id())?,
        parents: commit.parent_ids().map(sha).collect::<Result<_, _>>()?,
        author_name: lossy(author.name_bytes()),
        author_email: lossy(author.email_bytes()),
        author: None,
        authored_at: Timestamp::in_calendar(author.when().seconds()),
        committed_at: Timestamp::in_calendar(commit.committer().when().seconds()),
        message: lossy(commit.message_bytes()),
        forge_verified: None,
    })
}
