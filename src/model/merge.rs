//! What the forge itself says of merging a change: whether it can, what of it is required, and what was
//! reported on the test merge.

use serde::{Deserialize, Serialize};

use super::{CommitStatus, RequiredCheck, Sha};

/// Whether a change can be merged without a conflict (`MergeableState`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mergeable {
    Mergeable,
    Conflicting,
    /// The forge has not worked it out, or did not say.
    #[default]
    Unknown,
}

/// The merge state of an open change, at one head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeState {
    /// The head it was told of.
    pub head: Sha,
    #[serde(default)]
    pub mergeable: Mergeable,
    /// The head lacks commits of its base branch (`mergeStateStatus: BEHIND`).
    #[serde(default)]
    pub behind: bool,
    /// The forge's own merge of the head into the base branch (`potentialMergeCommit`).
    #[serde(default)]
    pub test_merge: Option<Sha>,
    /// Statuses that were reported on the test merge, newest of each context first.
    #[serde(default)]
    pub statuses: Vec<CommitStatus>,
    /// Checks and statuses of the head that the forge says are required (`isRequired`).
    #[serde(default)]
    pub required: Vec<RequiredCheck>,
    /// What the base branch requires, as the viewer is told (`requiredStatusCheckContexts`).
    #[serde(default)]
    pub contexts: Vec<String>,
    /// Approvals that are required (`requiredApprovingReviewCount`).
    #[serde(default)]
    pub approvals: Option<u64>,
}
