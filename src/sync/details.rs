//! Details of a change that are lists of their own: threads, alerts, dependency changes, approvals
//! of runs, ends of logs.

use futures::{StreamExt as _, stream};

use super::{
    engine::{Engine, SyncError},
    fetch::{IN_FLIGHT, Paged, Part, missed},
    parts::At,
    plan::REFUSED,
    settled::Settled,
};
use crate::{
    evidence::digest,
    forge::{ForgeError, Kind, MergePage, Pages},
    formats::logs,
    model::{
        Alert, Conclusion, DependencyChange, Hole, HoleKind, LogTail, PartState, PrNumber,
        PullRequest, RepoPart, ReviewThread, RunApproval, WorkflowRun,
    },
    query::kept_log,
    store::StoredFile,
};

/// Bytes of one log that are downloaded.
const MAX_LOG: usize = 32 << 20;
/// Logs of a change whose ends are kept, newest first.
const MAX_LOGS: usize = 12;
/// Seconds that a run stood still before its first job, where a person may have let it through.
const WAITED: i64 = 15;
/// Pages of threads that are followed.
const MAX_THREAD_PAGES: usize = 10;

impl Engine {
    /// Review threads with their resolution: GraphQL only.
    /// With them comes what else only GraphQL tells: it is put on the change, and into `merge` how it
    /// stands to be merged.
    pub(super) async fn review_threads(
        &self,
        pr: &mut PullRequest,
        merge: &mut Option<Result<MergePage, ForgeError>>,
    ) -> Part<ReviewThread> {
        let number = pr.number;
        let mut paged = Paged::default();
        let mut after = None::<String>;
        let mut pages = Pages::new(MAX_THREAD_PAGES);
        loop {
            if let Err(why) = pages.turn_to(after.as_deref().unwrap_or_default()) {
                paged
                    .holes
                    .push(Hole::new(HoleKind::LeftOut, why.to_string()));
                return Ok(paged);
            }
            let page = self
                .forge
                .threads(&self.called(), number, after.as_deref())
                .await;
            let page = match page {
                Ok(page) => page,
                Err(error) if after.is_none() => {
                    *merge = Some(Err(error.clone()));
                    return Err(error);
                }
                Err(error) => {
                    paged.holes.push(missed("the next page of threads", &error));
                    return Ok(paged);
                }
            };
            pr.review_decision = page.review_decision;
            pr.closes = page.closes;
            pr.head_sha = page.head.unwrap_or(pr.head_sha.clone());
            paged.items.extend(page.threads);
            paged.problems.extend(page.problems);
            merge.get_or_insert(page.merge);
            after = page.next;
            if after.is_none() {
                return Ok(paged);
            }
        }
    }

    /// Says why a part of a change cannot be had where the same part of the repository cannot.
    pub(super) fn refused_whole(&self, part: RepoPart) -> Option<PartState> {
        let found = self.known_part(part)?;
        match found.state {
            PartState::Absent(why) => Some(PartState::Absent(why)),
            PartState::Failed(hole) if found.records.is_none() => {
                Some(PartState::Absent(hole.to_string()))
            }
            _ => None,
        }
    }

    /// Code-scanning alerts that the change brings: analyses of it find them, so where there are none,
    /// there are no alerts.
    pub(super) async fn alerts(&self, number: PrNumber, settled: Option<&Settled>) -> Part<Alert> {
        if settled
            .and_then(|s| s.analyses(number))
            .is_some_and(|analyses| analyses.is_empty())
        {
            return Ok(Paged::default());
        }
        let list = self.forge.alerts_of(&self.called(), number);
        self.pages(list).await
    }

    /// Dependencies that the change adds or removes, or why there are none to be had. What was refused
    /// for one change is refused for the others of the repository: there only a person asks again.
    pub(super) async fn dependencies(
        &self,
        pr: &PullRequest,
        unasked: bool,
    ) -> Result<Part<DependencyChange>, PartState> {
        let now = self.now();
        let refused = self.memory().no_dependencies.clone();
        if let Some((at, state)) = refused.filter(|_| unasked)
            && now.since(at) < REFUSED
        {
            return Err(state);
        }
        let list = self
            .forge
            .dependency_changes(&self.called(), (&pr.base_sha, &pr.head_sha));
        match self.pages(list).await {
            Err(error) if error.kind == Kind::NotFound || error.kind == Kind::Forbidden => {
                let why = format!("{error}; the dependency graph may be switched off");
                let state = PartState::Absent(why);
                // A commit that is gone is not found, too.
                if error.kind == Kind::Forbidden {
                    self.memory().no_dependencies = Some((now, state.clone()));
                }
                Err(state)
            }
            other => Ok(other),
        }
    }

    /// Approvals of runs that waited for a person: those of outsiders, of agents, of environments.
    pub(super) async fn approvals(&self, runs: &[WorkflowRun]) -> Part<RunApproval> {
        // A run that began at once was let through by nobody: there is nothing to ask for.
        let waits = |run: &&WorkflowRun| {
            let asked = run
                .tries
                .iter()
                .any(|t| t.conclusion == Some(Conclusion::ActionRequired));
            let jobs = run.tries.iter().flat_map(|t| &t.jobs);
            let began = jobs.filter_map(|j| j.started_at).min();
            asked || began.is_some_and(|at| at.since(run.created_at) >= WAITED)
        };
        let repo = self.called();
        let lists: Vec<_> = runs
            .iter()
            .filter(waits)
            .map(|run| (run.id, self.forge.run_approvals(&repo, run.id)))
            .collect();
        let got: Vec<_> = stream::iter(lists)
            .map(|(id, list)| async move { (id, self.pages(list).await) })
            .buffered(IN_FLIGHT)
            .collect()
            .await;
        let mut all = Paged::default();
        for (run, page) in got {
            let mut page = none_is_empty(page)?;
            for approval in &mut page.items {
                approval.run = run;
            }
            all.extend(page);
        }
        Ok(all)
    }

    /// The ends of the logs of failed jobs; each is kept whole beside. What is kept is not fetched again;
    /// logs expire.
    pub(super) async fn logs(
        &self,
        at: At,
        runs: &[WorkflowRun],
        known: Vec<LogTail>,
    ) -> Result<Paged<LogTail>, SyncError> {
        let mut failed: Vec<_> = runs
            .iter()
            .flat_map(|run| run.tries.iter().map(move |t| (run, t)))
            .flat_map(|(run, t)| t.jobs.iter().map(move |job| (run.id, job)))
            .filter(|(_, job)| {
                matches!(
                    job.conclusion,
                    Some(Conclusion::Failure | Conclusion::TimedOut)
                )
            })
            .collect();
        failed.sort_by_key(|(_, job)| (std::cmp::Reverse(job.completed_at), job.id));
        failed.dedup_by_key(|(_, job)| job.id);
        let mut paged = Paged::default();
        if failed.len() > MAX_LOGS {
            let left_out = failed.len() - MAX_LOGS;
            let what = format!("logs of {left_out} older failed jobs were not read");
            paged.holes.push(Hole::new(HoleKind::Detail, what));
            failed.truncate(MAX_LOGS);
        }
        for (run, job) in failed {
            let known = known.iter().find(|t| t.job == job.id);
            if let Some(tail) = known.filter(|t| t.tests.is_some()) {
                paged.items.push(tail.clone());
                continue;
            }
            match self.forge.job_log(&self.called(), job.id, MAX_LOG).await {
                Ok(bytes) => {
                    let (failing, tail) = logs::tail(&bytes);
                    let file = StoredFile {
                        path: kept_log(job.id),
                        digest: digest::sha256_hex(&bytes),
                        bytes: bytes.to_vec(),
                    };
                    self.cache.keep_files(at.0, at.1, vec![file])?;
                    paged.items.push(LogTail {
                        job: job.id,
                        run,
                        run_try: job.run_try,
                        name: job.name.clone(),
                        size: bytes.len() as u64,
                        failing,
                        tail,
                        tests: Some(logs::failed_tests(&bytes)),
                    });
                }
                // What an older version kept of it stays, where it is gone by now.
                Err(error) if known.is_none() || !error.is_for_good() => {
                    paged.items.extend(known.cloned());
                    let what = format!("log of {}", job.name);
                    paged.holes.push(missed(&what, &error));
                }
                Err(_) => paged.items.extend(known.cloned()),
            }
        }
        Ok(paged)
    }
}

/// Where the forge answers 404 to one item of a list that it has, there is none.
pub(super) fn none_is_empty<T>(got: Part<T>) -> Part<T> {
    match got {
        Err(ForgeError {
            kind: Kind::NotFound,
            ..
        }) => Ok(Paged::default()),
        other => other,
    }
}
