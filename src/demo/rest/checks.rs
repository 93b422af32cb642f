//! Check runs and suites. A job is a check run of the runner's app; a job of a later try takes the
//! place of the one before, which `filter=all` still shows.

use std::collections::HashMap;

use git2::Oid;
use serde_json::{Value, json};

use super::actions::status;
use super::fragments;
use super::shapes::{View, node_id, stamp, stamp_or_null};
use crate::demo::request::{Answer, Refusal, Reply, Request};
use crate::demo::world::{ACTIONS, Annotation, App, AppCheck, Job, Run, Time};

/// A check run, whichever app made it.
pub(crate) struct Check<'a> {
    pub(crate) id: u64,
    pub(crate) suite: u64,
    pub(crate) name: &'a str,
    pub(crate) app: App,
    pub(crate) head: Oid,
    pub(crate) branch: &'a str,
    pub(crate) pull: Option<u64>,
    pub(crate) conclusion: Option<&'a str>,
    pub(crate) started: Time,
    pub(crate) finished: Option<Time>,
    title: Option<&'a str>,
    summary: Option<&'a str>,
    pub(crate) annotations: &'a [Annotation],
    /// The run that it belongs to, where it is a job.
    pub(crate) run: Option<&'a Run>,
}

impl<'a> Check<'a> {
    fn of_job(run: &'a Run, job: &'a Job) -> Self {
        Self {
            id: job.id,
            suite: run.suite,
            name: job.name,
            app: ACTIONS,
            head: run.head,
            branch: &run.branch,
            pull: run.pull,
            conclusion: job.conclusion,
            started: job.started,
            finished: job.finished,
            title: None,
            summary: None,
            annotations: &job.annotations,
            run: Some(run),
        }
    }

    fn of_app(check: &'a AppCheck) -> Self {
        Self {
            id: check.id,
            suite: check.suite,
            name: check.name,
            app: check.app,
            head: check.head,
            branch: &check.branch,
            pull: check.pull,
            conclusion: Some(check.conclusion),
            started: check.started,
            finished: Some(check.finished),
            title: Some(&check.title),
            summary: Some(&check.summary),
            annotations: &check.annotations,
            run: None,
        }
    }
}

impl View<'_> {
    /// Every check run of a commit, oldest first.
    pub(crate) fn all_checks(&self, head: Oid) -> Vec<Check<'_>> {
        let jobs = self.world.runs_of(head).flat_map(|run| {
            let tries = run.tries.iter();
            tries.flat_map(move |of| of.jobs.iter().map(|job| Check::of_job(run, job)))
        });
        let apps = self.world.app_checks_of(head);
        jobs.chain(apps.map(Check::of_app)).collect()
    }

    /// The last check run of each name in each suite.
    pub(crate) fn latest_checks(&self, head: Oid) -> Vec<Check<'_>> {
        let mut latest: Vec<Check<'_>> = Vec::new();
        let mut places: HashMap<(u64, &str), usize> = HashMap::new();
        for check in self.all_checks(head) {
            let place = *places
                .entry((check.suite, check.name))
                .or_insert(latest.len());
            match latest.get_mut(place) {
                Some(known) => *known = check,
                None => latest.push(check),
            }
        }
        latest
    }

    /// `checks/list-for-ref`.
    pub(super) fn list_checks(&self, request: &Request, name: &str) -> Answer {
        let head = self.resolve(name)?;
        let checks = match request.query("filter") {
            Some("all") => self.all_checks(head),
            _ => self.latest_checks(head),
        };
        let checks = checks
            .iter()
            .filter(|check| {
                request
                    .query("check_name")
                    .is_none_or(|name| check.name == name)
            })
            .filter(|check| {
                request
                    .query("app_id")
                    .is_none_or(|id| check.app.id.to_string() == id)
            })
            .filter(|check| {
                request
                    .query("status")
                    .is_none_or(|wanted| status(check.finished) == wanted)
            })
            .map(|check| self.check(check))
            .collect();
        Ok(Reply::wrapped("checks/list-for-ref", "check_runs", checks))
    }

    /// `checks/get`.
    pub(super) fn get_check(&self, id: u64) -> Answer {
        let check = self.find_check(id)?;
        Ok(Reply::json("checks/get", self.check(&check)))
    }

    /// `checks/list-annotations`.
    pub(super) fn list_annotations(&self, id: u64) -> Answer {
        let check = self.find_check(id)?;
        let annotations = check
            .annotations
            .iter()
            .map(|annotation| {
                json!({
                    "path": annotation.path,
                    "blob_href": format!("{}/blob/{}/{}", self.html_url(), check.head, annotation.path),
                    "start_line": annotation.line,
                    "start_column": null,
                    "end_line": annotation.line,
                    "end_column": null,
                    "annotation_level": annotation.level,
                    "title": annotation.title,
                    "message": annotation.message,
                    "raw_details": null,
                })
            })
            .collect();
        Ok(Reply::list("checks/list-annotations", annotations))
    }

    /// `checks/list-suites-for-ref`.
    pub(super) fn list_suites(&self, request: &Request, name: &str) -> Answer {
        let head = self.resolve(name)?;
        let suites: Result<Vec<Value>, Refusal> = self
            .suites(head)
            .iter()
            .filter(|(_, app, _)| {
                request
                    .query("app_id")
                    .is_none_or(|id| app.id.to_string() == id)
            })
            .map(|(id, app, checks)| self.suite(*id, *app, checks))
            .collect();
        Ok(Reply::wrapped(
            "checks/list-suites-for-ref",
            "check_suites",
            suites?,
        ))
    }

    /// Suites of a commit: id, app, and the last check run of each name.
    pub(crate) fn suites(&self, head: Oid) -> Vec<(u64, App, Vec<Check<'_>>)> {
        let mut suites: Vec<(u64, App, Vec<Check<'_>>)> = Vec::new();
        let mut places: HashMap<u64, usize> = HashMap::new();
        for check in self.latest_checks(head) {
            let place = *places.entry(check.suite).or_insert(suites.len());
            match suites.get_mut(place) {
                Some((_, _, checks)) => checks.push(check),
                None => suites.push((check.suite, check.app, vec![check])),
            }
        }
        suites
    }

    /// The app of a suite, and the last check run of each name in it.
    pub(crate) fn suite_checks(&self, head: Oid, suite: u64) -> Option<(App, Vec<Check<'_>>)> {
        let apps = self.world.app_checks_of(head);
        if let Some(check) = apps.into_iter().find(|check| check.suite == suite) {
            return Some((check.app, vec![Check::of_app(check)]));
        }
        let run = self.world.runs_of(head).find(|run| run.suite == suite)?;
        let mut latest: Vec<Check<'_>> = Vec::new();
        for job in run.tries.iter().flat_map(|of| &of.jobs) {
            match latest.iter_mut().find(|known| known.name == job.name) {
                Some(known) => *known = Check::of_job(run, job),
                None => latest.push(Check::of_job(run, job)),
            }
        }
        Some((ACTIONS, latest))
    }

    /// A check run by its id.
    pub(crate) fn find_check(&self, id: u64) -> Result<Check<'_>, Refusal> {
        if let Ok((run, _, job)) = self.find_job(id) {
            return Ok(Check::of_job(run, job));
        }
        let check = self.world.app_check(id);
        check.map(Check::of_app).ok_or_else(Refusal::not_found)
    }

    fn check(&self, check: &Check<'_>) -> Value {
        let url = format!("{}/check-runs/{}", self.repo_url(), check.id);
        let html = match check.run {
            Some(run) => format!(
                "{}/actions/runs/{}/job/{}",
                self.html_url(),
                run.id,
                check.id
            ),
            None => format!("{}/runs/{}", self.html_url(), check.id),
        };
        json!({
            "id": check.id,
            "name": check.name,
            "node_id": node_id("CR", check.id),
            "head_sha": check.head.to_string(),
            "external_id": format!("{:08x}", check.id),
            "url": url,
            "html_url": html,
            "details_url": html,
            "status": match check.run {
                Some(run) => self.job_status(run, check.finished),
                None => status(check.finished),
            },
            "conclusion": check.conclusion,
            "started_at": stamp(check.started),
            "completed_at": stamp_or_null(check.finished),
            "output": {
                "title": check.title,
                "summary": check.summary,
                "text": null,
                "annotations_count": check.annotations.len(),
                "annotations_url": format!("{url}/annotations"),
            },
            "check_suite": { "id": check.suite },
            "app": self.app(check.app),
            "pull_requests": self.pulls_of(check.pull),
        })
    }

    fn suite(&self, id: u64, app: App, checks: &[Check<'_>]) -> Result<Value, Refusal> {
        let first = checks.first().ok_or_else(Refusal::not_found)?;
        let url = format!("{}/check-suites/{id}", self.repo_url());
        let started = checks
            .iter()
            .map(|check| check.started)
            .min()
            .unwrap_or(self.now);
        let finished = checks
            .iter()
            .filter_map(|check| check.finished)
            .max()
            .unwrap_or(started);
        let (status, conclusion) = outcome(checks);
        let before = self
            .git
            .repository
            .find_commit(first.head)?
            .parent_ids()
            .next();
        Ok(json!({
            "id": id,
            "node_id": node_id("CS", id),
            "head_branch": first.branch,
            "head_sha": first.head.to_string(),
            "status": status,
            "conclusion": conclusion,
            "url": url,
            "before": before.map(|before| before.to_string()),
            "after": first.head.to_string(),
            "pull_requests": self.pulls_of(first.pull),
            "app": self.app(app),
            "created_at": stamp(started),
            "updated_at": stamp(finished),
            "rerequestable": true,
            "runs_rerequestable": true,
            "latest_check_runs_count": checks.len(),
            "check_runs_url": format!("{url}/check-runs"),
            "head_commit": self.simple_commit(first.head)?,
            "repository": fragments::minimal_repository(),
        }))
    }

    fn pulls_of(&self, number: Option<u64>) -> Vec<Value> {
        let pull = number.and_then(|number| self.world.pull(number));
        let open = pull.filter(|pull| pull.is_open());
        open.map(|pull| self.minimal_pull(pull))
            .into_iter()
            .collect()
    }
}

/// Status and conclusion of several checks together.
pub(crate) fn outcome(checks: &[Check<'_>]) -> (&'static str, Option<&'static str>) {
    if checks.iter().any(|check| check.finished.is_none()) {
        ("queued", None)
    } else if checks
        .iter()
        .all(|check| matches!(check.conclusion, Some("success")))
    {
        ("completed", Some("success"))
    } else if checks
        .iter()
        .any(|check| check.conclusion == Some("failure"))
    {
        ("completed", Some("failure"))
    } else {
        ("completed", Some("neutral"))
    }
}
