//! What a few answers settle for many changes: lists of the whole repository, and which of their rows are
//! a change's.

use std::collections::BTreeMap;

use crate::model::{Activity, Analysis, Artifact, PrNumber, PullRequest, WorkflowRun};

/// Lists of the whole repository; none where one is too long, was refused, or moved while it was read.
#[derive(Debug, Default)]
pub(super) struct Settled {
    pub runs: Option<Vec<WorkflowRun>>,
    pub artifacts: Option<BTreeMap<u64, Vec<Artifact>>>,
    pub activity: Option<Vec<Activity>>,
    pub analyses: Option<Vec<Analysis>>,
}

/// Those of some items that pass.
fn those<T: Clone>(all: Option<&Vec<T>>, is_one: impl Fn(&T) -> bool) -> Option<Vec<T>> {
    Some(all?.iter().filter(|item| is_one(item)).cloned().collect())
}

impl Settled {
    /// Runs of the branch of a change.
    pub(super) fn runs(&self, pr: &PullRequest) -> Option<Vec<WorkflowRun>> {
        let branch = Some(pr.head_ref.as_str());
        those(self.runs.as_ref(), |run| {
            run.head_branch.as_deref() == branch
        })
    }

    /// What moved the branch of a change.
    pub(super) fn activity(&self, pr: &PullRequest) -> Option<Vec<Activity>> {
        let branch = format!("refs/heads/{}", pr.head_ref);
        those(self.activity.as_ref(), |row| row.git_ref == branch)
    }

    /// Analyses of a change.
    pub(super) fn analyses(&self, number: PrNumber) -> Option<Vec<Analysis>> {
        let refs = ["merge", "head"].map(|of| format!("refs/pull/{number}/{of}"));
        those(self.analyses.as_ref(), |a| refs.contains(&a.git_ref))
    }

    /// Artifacts of a run.
    pub(super) fn artifacts(&self, run: u64) -> Option<Vec<Artifact>> {
        let all = self.artifacts.as_ref()?;
        Some(all.get(&run).cloned().unwrap_or_default())
    }
}
