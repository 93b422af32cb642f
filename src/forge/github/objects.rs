//! What GitHub tells of git: comparisons, commits, trees, files. For where git itself cannot.

use bytes::Bytes;

use super::{
    base, one,
    wire::{CompareWire, GitCommitWire, TipWire, TreeWire},
};
use crate::{
    forge::{Forge, ForgeError, page::encode, resource::One},
    model::{Comparison, RepoId, Sha},
};

/// The bytes of a file (`git/get-blob`).
const RAW: &str = "application/vnd.github.raw+json";

/// A commit, and its tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    pub commit: Sha,
    pub tree: Sha,
}

/// A tree with all that lies below it, as far as it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    pub rows: Vec<TreeRow>,
    /// There is more, which the forge does not list.
    pub truncated: bool,
}

/// A row of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeRow {
    pub path: String,
    /// As git writes it: `100644`.
    pub mode: String,
    pub id: Sha,
    /// Bytes; 0 for what is no file.
    pub size: u64,
}

impl Forge {
    /// How two commits differ (`repos/compare-commits`).
    pub fn comparison(&self, repo: &RepoId, (from, to): (&Sha, &Sha)) -> One<Comparison> {
        one::<CompareWire>(format!("{}/compare/{from}...{to}", base(repo)))
    }

    /// The tree of a commit (`git/get-commit`).
    pub fn tree_of(&self, repo: &RepoId, commit: &Sha) -> One<Sha> {
        one::<GitCommitWire>(format!("{}/git/commits/{commit}", base(repo)))
    }

    /// The newest commit of a branch (`repos/get-commit`).
    pub fn tip(&self, repo: &RepoId, branch: &str) -> One<Tip> {
        one::<TipWire>(format!("{}/commits/{}", base(repo), encode(branch)))
    }

    /// All that lies in a tree (`git/get-tree`).
    pub fn tree(&self, repo: &RepoId, root: &Sha) -> One<Tree> {
        one::<TreeWire>(format!("{}/git/trees/{root}?recursive=1", base(repo)))
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// Where it cannot be had.
    pub async fn blob(&self, repo: &RepoId, id: &Sha) -> Result<Bytes, ForgeError> {
        let path = format!("{}/git/blobs/{id}", base(repo));
        self.raw(RAW, &path).await
    }
}
