//! Workflow runs, their tries, jobs, logs and artifacts.

use serde_json::{Value, json};

use super::fragments;
use super::pulls::ordered;
use super::shapes::{View, node_id, stamp, stamp_or_null};
use crate::demo::request::{Answer, Content, Refusal, Reply, Request};
use crate::demo::world::{Artifact, Job, Run, Time, Try, Workflow};

/// Days for which the forge keeps an artifact.
const KEPT_DAYS: i64 = 90;

impl View<'_> {
    /// `actions/list-workflow-runs-for-repo`, or those of one workflow: newest first.
    pub(super) fn list_runs(&self, request: &Request, of: Option<Workflow>) -> Answer {
        let is = |name: &str, value: &str| request.query(name).is_none_or(|wanted| wanted == value);
        let operation = match of {
            Some(_) => "actions/list-workflow-runs",
            None => "actions/list-workflow-runs-for-repo",
        };
        let show = |run: &Run| {
            let last = run.tries.last().ok_or_else(Refusal::not_found)?;
            self.run(run, last)
        };
        let window = request.window();
        let filters = [
            "head_sha",
            "branch",
            "event",
            "actor",
            "check_suite_id",
            "status",
        ];
        if of.is_none()
            && filters.iter().all(|name| request.query(name).is_none())
            && let Some(index) = self.world.index()
        {
            let ids = window.cut(ordered(&index.runs_by_start, false));
            let runs = ids.filter_map(|id| self.world.run(id));
            let page: Result<Vec<Value>, Refusal> = runs.map(show).collect();
            let content = Content::Cut(Some("workflow_runs"), page?, index.runs_by_start.len());
            return Ok(Reply::new(operation, content));
        }
        let head = request.query("head_sha").map(git2::Oid::from_str);
        let candidates: Box<dyn Iterator<Item = &Run>> = match (head, request.query("branch")) {
            (Some(Ok(head)), _) => Box::new(self.world.runs_of(head)),
            (Some(Err(_)), _) => Box::new(std::iter::empty()),
            (None, Some(branch)) => Box::new(self.world.runs_on(branch)),
            (None, None) => Box::new(self.world.runs.iter()),
        };
        let mut runs: Vec<&Run> = candidates
            .filter(|run| of.is_none_or(|of| run.workflow == of))
            .filter(|run| is("branch", &run.branch) && is("event", run.event))
            .filter(|run| is("actor", &run.actor))
            .filter(|run| is("check_suite_id", &run.suite.to_string()))
            .filter(|run| {
                let last = run.tries.last();
                let conclusion = last.and_then(|last| last.conclusion).unwrap_or_default();
                is("status", conclusion)
                    || last.is_some_and(|last| is("status", self.run_status(run, last)))
            })
            .collect();
        runs.sort_by_key(|run| {
            std::cmp::Reverse((run.tries.first().map(|first| first.started), run.id))
        });
        let page: Result<Vec<Value>, Refusal> =
            window.cut(runs.iter()).map(|run| show(run)).collect();
        let content = Content::Cut(Some("workflow_runs"), page?, runs.len());
        Ok(Reply::new(operation, content))
    }

    /// `actions/get-workflow-run`: its last try.
    pub(super) fn get_run(&self, id: u64) -> Answer {
        let run = self.find_run(id)?;
        let last = run.tries.last().ok_or_else(Refusal::not_found)?;
        Ok(Reply::json(
            "actions/get-workflow-run",
            self.run(run, last)?,
        ))
    }

    /// `actions/get-workflow-run-attempt`.
    pub(super) fn get_try(&self, id: u64, number: u64) -> Answer {
        let (run, of) = self.find_try(id, number)?;
        Ok(Reply::json(
            "actions/get-workflow-run-attempt",
            self.run(run, of)?,
        ))
    }

    /// `actions/list-jobs-for-workflow-run-attempt`.
    pub(super) fn list_jobs_of_try(&self, id: u64, number: u64) -> Answer {
        let (run, of) = self.find_try(id, number)?;
        let jobs = of.jobs.iter().map(|job| self.job(run, of, job)).collect();
        Ok(Reply::wrapped(
            "actions/list-jobs-for-workflow-run-attempt",
            "jobs",
            jobs,
        ))
    }

    /// `actions/list-jobs-for-workflow-run`. Its `latest` means the jobs of the last try, which
    /// after a re-run of the failed jobs are not all jobs of the run.
    pub(super) fn list_jobs(&self, request: &Request, id: u64) -> Answer {
        let run = self.find_run(id)?;
        let all = request.query("filter") == Some("all");
        let last = run.tries.len();
        let jobs = (1..)
            .zip(&run.tries)
            .filter(|(number, _)| all || *number == last)
            .flat_map(|(_, of)| of.jobs.iter().map(|job| self.job(run, of, job)))
            .collect();
        Ok(Reply::wrapped(
            "actions/list-jobs-for-workflow-run",
            "jobs",
            jobs,
        ))
    }

    /// `actions/get-job-for-workflow-run`.
    pub(super) fn get_job(&self, id: u64) -> Answer {
        let (run, of, job) = self.find_job(id)?;
        Ok(Reply::json(
            "actions/get-job-for-workflow-run",
            self.job(run, of, job),
        ))
    }

    /// `actions/list-artifacts-for-repo`, newest first.
    pub(super) fn list_all_artifacts(&self) -> Reply {
        let runs = self.world.runs.iter();
        let each = runs.flat_map(|run| run.artifacts.iter().rev().map(move |a| (run, a)));
        let mut all: Vec<_> = each.collect();
        all.sort_by_key(|(_, artifact)| std::cmp::Reverse(artifact.created));
        let artifacts = all.into_iter().map(|(run, a)| self.artifact(run, a));
        Reply::wrapped(
            "actions/list-artifacts-for-repo",
            "artifacts",
            artifacts.collect(),
        )
    }

    /// `actions/list-workflow-run-artifacts`, over all tries.
    pub(super) fn list_artifacts(&self, request: &Request, id: u64) -> Answer {
        let run = self.find_run(id)?;
        let artifacts = run
            .artifacts
            .iter()
            .rev()
            .filter(|artifact| {
                request
                    .query("name")
                    .is_none_or(|name| artifact.name == name)
            })
            .map(|artifact| self.artifact(run, artifact))
            .collect();
        Ok(Reply::wrapped(
            "actions/list-workflow-run-artifacts",
            "artifacts",
            artifacts,
        ))
    }

    /// `actions/get-artifact`.
    pub(super) fn get_artifact(&self, id: u64) -> Answer {
        let (run, artifact) = self.find_artifact(id)?;
        Ok(Reply::json(
            "actions/get-artifact",
            self.artifact(run, artifact),
        ))
    }

    pub(crate) fn find_run(&self, id: u64) -> Result<&Run, Refusal> {
        self.world.run(id).ok_or_else(Refusal::not_found)
    }

    fn find_try(&self, id: u64, number: u64) -> Result<(&Run, &Try), Refusal> {
        let run = self.find_run(id)?;
        let of = run.tries.iter().find(|of| of.number == number);
        of.map(|of| (run, of)).ok_or_else(Refusal::not_found)
    }

    pub(crate) fn find_job(&self, id: u64) -> Result<(&Run, &Try, &Job), Refusal> {
        let run = self.world.run_of_job(id).ok_or_else(Refusal::not_found)?;
        let tries = run.tries.iter();
        let mut jobs = tries.flat_map(|of| of.jobs.iter().map(move |job| (run, of, job)));
        jobs.find(|(_, _, job)| job.id == id)
            .ok_or_else(Refusal::not_found)
    }

    pub(crate) fn find_artifact(&self, id: u64) -> Result<(&Run, &Artifact), Refusal> {
        let run = self
            .world
            .run_of_artifact(id)
            .ok_or_else(Refusal::not_found)?;
        let mut artifacts = run.artifacts.iter();
        let artifact = artifacts.find(|artifact| artifact.id == id);
        artifact
            .map(|artifact| (run, artifact))
            .ok_or_else(Refusal::not_found)
    }

    /// `waiting` before a gate, `in_progress` where some of its jobs have ended.
    pub(crate) fn run_status(&self, run: &Run, of: &Try) -> &'static str {
        let has_begun = of.jobs.iter().any(|job| job.finished.is_some());
        match self.job_status(run, of.finished) {
            "queued" if has_begun => "in_progress",
            status => status,
        }
    }

    pub(crate) fn job_status(&self, run: &Run, finished: Option<Time>) -> &'static str {
        match status(finished) {
            "queued" if self.is_waiting(run.id) => "waiting",
            status => status,
        }
    }

    /// A run as it was in one of its tries.
    fn run(&self, run: &Run, of: &Try) -> Result<Value, Refusal> {
        let url = format!("{}/actions/runs/{}", self.repo_url(), run.id);
        let pulls: Vec<Value> = run
            .pull
            .and_then(|number| self.world.pull(number))
            .filter(|pull| pull.is_open())
            .map(|pull| self.minimal_pull(pull))
            .into_iter()
            .collect();
        let created = run.tries.first().map_or(of.started, |first| first.started);
        let previous = (of.number > 1).then(|| format!("{url}/attempts/{}", of.number - 1));
        let workflow = run.workflow;
        Ok(json!({
            "id": run.id,
            "name": workflow.name,
            "node_id": node_id("WFR", run.id),
            "head_branch": run.branch,
            "head_sha": run.head.to_string(),
            "path": workflow.path,
            "display_title": run.title,
            "run_number": run.number,
            "event": run.event,
            "status": self.run_status(run, of),
            "conclusion": of.conclusion,
            "workflow_id": workflow.id,
            "check_suite_id": run.suite,
            "check_suite_node_id": node_id("CS", run.suite),
            "url": url,
            "html_url": format!("{}/actions/runs/{}", self.html_url(), run.id),
            "pull_requests": pulls,
            "created_at": stamp(created),
            "updated_at": stamp(of.finished.unwrap_or(of.started)),
            "actor": self.user(&run.actor),
            "run_attempt": of.number,
            "referenced_workflows": [],
            "run_started_at": stamp(of.started),
            "triggering_actor": self.user(&of.by),
            "jobs_url": format!("{url}/jobs"),
            "logs_url": format!("{url}/logs"),
            "check_suite_url": format!("{}/check-suites/{}", self.repo_url(), run.suite),
            "artifacts_url": format!("{url}/artifacts"),
            "cancel_url": format!("{url}/cancel"),
            "rerun_url": format!("{url}/rerun"),
            "previous_attempt_url": previous,
            "workflow_url": format!("{}/actions/workflows/{}", self.repo_url(), workflow.id),
            "head_commit": self.simple_commit(run.head)?,
            "repository": fragments::minimal_repository(),
            "head_repository": fragments::minimal_repository(),
        }))
    }

    fn job(&self, run: &Run, of: &Try, job: &Job) -> Value {
        let steps: Vec<Value> = (1..)
            .zip(&job.steps)
            .map(|(number, step)| {
                json!({
                    "name": step.name,
                    "status": status(job.finished),
                    "conclusion": step.conclusion,
                    "number": number,
                    "started_at": stamp(job.started),
                    "completed_at": stamp_or_null(job.finished),
                })
            })
            .collect();
        let run_url = format!("{}/actions/runs/{}", self.repo_url(), run.id);
        json!({
            "id": job.id,
            "run_id": run.id,
            "workflow_name": run.workflow.name,
            "head_branch": run.branch,
            "run_url": run_url,
            "run_attempt": of.number,
            "node_id": node_id("CR", job.id),
            "head_sha": run.head.to_string(),
            "url": format!("{}/actions/jobs/{}", self.repo_url(), job.id),
            "html_url": format!("{}/actions/runs/{}/job/{}", self.html_url(), run.id, job.id),
            "status": self.job_status(run, job.finished),
            "conclusion": job.conclusion,
            "created_at": stamp(job.started),
            "started_at": stamp(job.started),
            "completed_at": stamp_or_null(job.finished),
            "name": job.name,
            "steps": steps,
            "check_run_url": format!("{}/check-runs/{}", self.repo_url(), job.id),
            "labels": ["ubuntu-24.04"],
            "runner_id": 21,
            "runner_name": "GitHub Actions 21",
            "runner_group_id": 2,
            "runner_group_name": "GitHub Actions",
        })
    }

    fn artifact(&self, run: &Run, artifact: &Artifact) -> Value {
        let url = format!("{}/actions/artifacts/{}", self.repo_url(), artifact.id);
        json!({
            "id": artifact.id,
            "node_id": node_id("AR", artifact.id),
            "name": artifact.name,
            "size_in_bytes": artifact.zip.len(),
            "url": url,
            "archive_download_url": format!("{url}/zip"),
            "expired": artifact.expired,
            "digest": format!("sha256:{}", artifact.sha256),
            "created_at": stamp(artifact.created),
            "updated_at": stamp(artifact.created),
            "expires_at": stamp(artifact.created + chrono::TimeDelta::days(KEPT_DAYS)),
            "workflow_run": {
                "id": run.id,
                "repository_id": self.world.repository_id,
                "head_repository_id": self.world.repository_id,
                "head_branch": run.branch,
                "head_sha": run.head.to_string(),
            },
        })
    }
}

/// Whether something that may still run has come to its end.
pub(super) fn status(finished: Option<Time>) -> &'static str {
    if finished.is_some() {
        "completed"
    } else {
        "queued"
    }
}
