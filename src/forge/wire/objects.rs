//! What the API tells of git: comparisons and trees.

use serde::Deserialize;

use super::{CommitWire, fields::Fields};
use crate::model::{Comparison, Sha};

super::fields::reads! {
    /// A comparison.
    CompareWire => Comparison, |f| {
        let listed = f.list("/commits");
        let tree = |of: &Fields| Some((of.sha("/sha")?, of.sha("/commit/tree/sha")?));
        let at = |path: &str| {
            Some((f.sha(&format!("{path}/sha"))?, f.sha(&format!("{path}/commit/tree/sha"))?))
        };
        let mut trees: Vec<(Sha, Sha)> = listed.iter().filter_map(tree).collect();
        trees.extend(at("/base_commit"));
        trees.extend(at("/merge_base_commit"));
        let commits = listed.iter().filter_map(|c| c.read::<CommitWire>()?.into_model().ok());
        Ok(Comparison {
            merge_base: f.sha("/merge_base_commit/sha"),
            fast_forward: matches!(f.words("/status").as_str(), "ahead" | "identical"),
            commits: commits.collect(),
            total: f.number("/total_commits").unwrap_or(0),
            trees,
        })
    }
}

/// A commit as git holds it (`git/get-commit`): only its tree is read.
#[derive(Clone, Debug, Deserialize)]
pub struct GitCommitWire {
    pub tree: TreeRef,
}

/// A commit as the forge shows it (`repos/get-commit`): only what it is and its tree.
#[derive(Clone, Debug, Deserialize)]
pub struct TipWire {
    pub sha: Sha,
    pub commit: GitCommitWire,
}

/// The id of a tree.
#[derive(Clone, Debug, Deserialize)]
pub struct TreeRef {
    pub sha: Sha,
}

/// A tree with all that lies below it (`git/get-tree?recursive=1`).
#[derive(Clone, Debug, Deserialize)]
pub struct TreeWire {
    #[serde(default)]
    pub truncated: bool,
    pub tree: Vec<TreeRowWire>,
}

/// A row of a tree.
#[derive(Clone, Debug, Deserialize)]
pub struct TreeRowWire {
    pub path: String,
    pub mode: String,
    pub sha: Sha,
    #[serde(default)]
    pub size: Option<u64>,
}
