//! What the API tells of git: comparisons and trees.

use serde::Deserialize;

use super::{BadItem, CommitWire, IntoModel, fields::Fields};
use crate::{
    forge::github::objects::{Tip, Tree, TreeRow},
    model::{Comparison, Sha},
};

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
    tree: TreeRef,
}

/// A commit as the forge shows it (`repos/get-commit`): only what it is and its tree.
#[derive(Clone, Debug, Deserialize)]
pub struct TipWire {
    sha: Sha,
    commit: GitCommitWire,
}

impl IntoModel for GitCommitWire {
    type Model = Sha;
    fn into_model(self) -> Result<Sha, BadItem> {
        Ok(self.tree.sha)
    }
}

impl IntoModel for TipWire {
    type Model = Tip;
    fn into_model(self) -> Result<Tip, BadItem> {
        Ok(Tip {
            commit: self.sha,
            tree: self.commit.tree.sha,
        })
    }
}

/// The id of a tree.
#[derive(Clone, Debug, Deserialize)]
struct TreeRef {
    sha: Sha,
}

/// A tree with all that lies below it (`git/get-tree?recursive=1`).
#[derive(Clone, Debug, Deserialize)]
pub struct TreeWire {
    #[serde(default)]
    truncated: bool,
    tree: Vec<TreeRowWire>,
}

#[derive(Clone, Debug, Deserialize)]
struct TreeRowWire {
    path: String,
    mode: String,
    sha: Sha,
    #[serde(default)]
    size: Option<u64>,
}

/// One row that cannot be read makes another tree of it: all of it is refused.
impl IntoModel for TreeWire {
    type Model = Tree;
    fn into_model(self) -> Result<Tree, BadItem> {
        let row = |row: TreeRowWire| TreeRow {
            path: row.path,
            mode: row.mode,
            id: row.sha,
            size: row.size.unwrap_or(0),
        };
        Ok(Tree {
            rows: self.tree.into_iter().map(row).collect(),
            truncated: self.truncated,
        })
    }
}
