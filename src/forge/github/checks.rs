//! Verdicts on commits: check runs, statuses, workflow runs, and what these left behind.

use bytes::Bytes;

use super::{
    base, list, one, paged,
    wire::{
        AnnotationWire, ArtifactWire, CheckRunWire, JobWire, RunApprovalWire, RunWire, StatusWire,
    },
};
use crate::{
    forge::{
        Forge, ForgeError,
        page::encode,
        resource::{List, One},
    },
    model::{
        Annotation, Artifact, CheckRun, CommitStatus, Job, RepoId, RunApproval, Sha, WorkflowRun,
    },
};

const RUNS: Option<&str> = Some("workflow_runs");
const ARTIFACTS: Option<&str> = Some("artifacts");

impl Forge {
    /// All check runs of a commit (`checks/list-for-ref`). The forge's own filter leaves out a queued
    /// re-run, which has no completion time.
    pub fn check_runs(&self, repo: &RepoId, sha: &Sha) -> List<CheckRun> {
        let path = format!("{}/commits/{sha}/check-runs?filter=all", base(repo));
        list::<CheckRunWire>(paged(path), Some("check_runs"))
    }

    /// Annotations of a check run (`checks/list-annotations`).
    pub fn annotations_of(&self, repo: &RepoId, check: u64) -> List<Annotation> {
        let path = format!("{}/check-runs/{check}/annotations", base(repo));
        list::<AnnotationWire>(paged(path), None)
    }

    /// Statuses of a commit, newest first (`repos/list-commit-statuses-for-ref`).
    pub fn statuses(&self, repo: &RepoId, sha: &Sha) -> List<CommitStatus> {
        list::<StatusWire>(
            paged(format!("{}/commits/{sha}/statuses", base(repo))),
            None,
        )
    }

    /// Workflow runs of a branch (`actions/list-workflow-runs-for-repo`).
    pub fn runs_of(&self, repo: &RepoId, branch: &str) -> List<WorkflowRun> {
        let path = format!("{}/actions/runs?branch={}", base(repo), encode(branch));
        list::<RunWire>(paged(path), RUNS)
    }

    /// All workflow runs, newest first.
    pub fn all_runs(&self, repo: &RepoId) -> List<WorkflowRun> {
        list::<RunWire>(paged(format!("{}/actions/runs", base(repo))), RUNS)
    }

    /// One try of a run (`actions/get-workflow-run-attempt`).
    pub fn run_try(&self, repo: &RepoId, run: u64, n: u64) -> One<WorkflowRun> {
        one::<RunWire>(format!("{}/actions/runs/{run}/attempts/{n}", base(repo)))
    }

    /// Jobs of a try (`actions/list-jobs-for-workflow-run-attempt`).
    pub fn jobs(&self, repo: &RepoId, run: u64, n: u64) -> List<Job> {
        let path = format!("{}/actions/runs/{run}/attempts/{n}/jobs", base(repo));
        list::<JobWire>(paged(path), Some("jobs"))
    }

    /// Artifacts of a run (`actions/list-workflow-run-artifacts`).
    pub fn artifacts_of(&self, repo: &RepoId, run: u64) -> List<Artifact> {
        let path = format!("{}/actions/runs/{run}/artifacts", base(repo));
        list::<ArtifactWire>(paged(path), ARTIFACTS)
    }

    /// All artifacts (`actions/list-artifacts-for-repo`).
    pub fn all_artifacts(&self, repo: &RepoId) -> List<Artifact> {
        list::<ArtifactWire>(
            paged(format!("{}/actions/artifacts", base(repo))),
            ARTIFACTS,
        )
    }

    /// Who let a run through (`actions/get-reviews-for-run`).
    pub fn run_approvals(&self, repo: &RepoId, run: u64) -> List<RunApproval> {
        list::<RunApprovalWire>(format!("{}/actions/runs/{run}/approvals", base(repo)), None)
    }

    /// The bytes of a packed artifact, so many at most.
    ///
    /// # Errors
    /// Where it is gone, too large, or cannot be had.
    pub async fn artifact(&self, repo: &RepoId, id: u64, max: usize) -> Result<Bytes, ForgeError> {
        let path = format!("{}/actions/artifacts/{id}/zip", base(repo));
        self.download(&path, max).await
    }

    /// The log of a job, so many bytes at most.
    ///
    /// # Errors
    /// Where it is gone, too large, or cannot be had.
    pub async fn job_log(&self, repo: &RepoId, job: u64, max: usize) -> Result<Bytes, ForgeError> {
        let path = format!("{}/actions/jobs/{job}/logs", base(repo));
        self.download(&path, max).await
    }
}
