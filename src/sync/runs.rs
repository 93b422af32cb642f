//! Workflow runs with every try and its jobs, and what they left behind.

use futures::{StreamExt as _, stream};

use super::{
    engine::Engine,
    fetch::{IN_FLIGHT, Paged, Part, missed},
    meter::{MAX_RUNS, MAX_TRIES},
    settled::Settled,
};
use crate::model::{Artifact, Hole, HoleKind, PullRequest, RunTry, Sha, WorkflowRun};

/// What a limit left out weighs: what judges the head may be in it, or it is history.
fn left_out(of_head: bool) -> HoleKind {
    if of_head {
        HoleKind::LeftOut
    } else {
        HoleKind::History
    }
}

impl Engine {
    /// Runs of the branch with every try and its jobs.
    pub(super) async fn runs(
        &self,
        pr: &PullRequest,
        settled: Option<&Settled>,
    ) -> Part<WorkflowRun> {
        let mut paged = if let Some(told) = settled.and_then(|s| s.runs(pr)) {
            told.into()
        } else {
            let list = self.forge.runs_of(&self.called(), &pr.head_ref);
            self.pages(list).await?
        };
        // Branches of forks may have the same name; what has no link to this change is left out
        // later, by the commits it ran on.
        let runs = std::mem::take(&mut paged.items);
        // Newest first: of a long history the rest is kept as the list tells it.
        let mut newest = runs;
        let older = newest.split_off(newest.len().min(MAX_RUNS));
        let asked: Vec<_> = newest
            .into_iter()
            .map(|run| self.tries(run, &pr.head_sha))
            .collect();
        let mut filled: Vec<_> = stream::iter(asked).buffered(IN_FLIGHT).collect().await;
        if !older.is_empty() {
            let what = format!("jobs of {} older runs were left out", older.len());
            let of_head = older.iter().any(|run| run.head_sha == pr.head_sha);
            paged.holes.push(Hole::new(left_out(of_head), what));
        }
        filled.extend(older.into_iter().map(|run| (run, Paged::default())));
        let mut running = 0;
        for result in filled {
            let (run, part) = result;
            running += usize::from(run.last_try().is_some_and(|t| t.conclusion.is_none()));
            paged.items.push(run);
            paged.extend(part);
        }
        if running > 0 {
            let what = format!("{running} still running");
            paged.holes.push(Hole::new(HoleKind::Running, what));
        }
        Ok(paged)
    }

    /// Fills in the tries of a run. There is no list of tries: they are counted up to the newest.
    async fn tries(&self, mut run: WorkflowRun, head: &Sha) -> (WorkflowRun, Paged<WorkflowRun>) {
        let mut extra = Paged::default();
        let repo = self.called();
        let Some(newest) = run.tries.pop() else {
            return (run, extra);
        };
        let last = newest.n;
        let mut tries: Vec<RunTry> = Vec::new();
        let first = last.saturating_sub(MAX_TRIES as u64 - 1).max(1);
        if first > 1 {
            let what = format!(
                "{} earlier tries of run {} were left out",
                first - 1,
                run.id
            );
            let of_head = run.head_sha == *head;
            extra.holes.push(Hole::new(left_out(of_head), what));
        }
        for n in first..last {
            let wanted = self.forge.run_try(&repo, run.id, n);
            match self.one(&wanted).await {
                Ok((read, response, is_new)) => {
                    match read {
                        Ok(mut run) => tries.extend(run.tries.pop()),
                        Err(problem) => extra.problems.push(problem),
                    }
                    extra.fresh.extend(is_new.then_some(response));
                }
                Err(error) => {
                    let known = self.cached_one(&wanted);
                    tries.extend(known.and_then(|mut run| run.tries.pop()));
                    let what = format!("try {n} of run {}", run.id);
                    extra.holes.push(missed(&what, &error));
                }
            }
        }
        tries.push(newest);
        for run_try in &mut tries {
            let list = self.forge.jobs(&repo, run.id, run_try.n);
            match self.pages_of_item(list).await {
                Ok(jobs) => {
                    run_try.jobs = jobs.items;
                    extra.fresh.extend(jobs.fresh);
                    extra.problems.extend(jobs.problems);
                    extra.holes.extend(jobs.holes);
                }
                Err(error) => {
                    let what = format!("jobs of run {} try {}", run.id, run_try.n);
                    extra.holes.push(missed(&what, &error));
                }
            }
        }
        run.tries = tries;
        (run, extra)
    }

    pub(super) async fn artifacts(
        &self,
        runs: &[WorkflowRun],
        head: &Sha,
        settled: Option<&Settled>,
    ) -> Part<Artifact> {
        let repo = self.called();
        let of_run = async |run: u64| {
            if let Some(told) = settled.and_then(|s| s.artifacts(run)) {
                return Ok(told.into());
            }
            self.pages(self.forge.artifacts_of(&repo, run)).await
        };
        let ids: Vec<u64> = runs.iter().take(MAX_RUNS).map(|run| run.id).collect();
        let pages: Vec<_> = stream::iter(ids)
            .map(of_run)
            .buffered(IN_FLIGHT)
            .collect()
            .await;
        let mut all = Paged::default();
        let left_out_runs = runs.len().saturating_sub(MAX_RUNS);
        if left_out_runs > 0 {
            let what = format!("artifacts of {left_out_runs} older runs were left out");
            let of_head = runs.iter().skip(MAX_RUNS).any(|run| run.head_sha == *head);
            all.holes.push(Hole::new(left_out(of_head), what));
        }
        for (page, run) in pages.into_iter().zip(runs) {
            let mut page = page?;
            for artifact in &mut page.items {
                artifact.run_id = run.id;
                artifact
                    .head_sha
                    .get_or_insert_with(|| run.head_sha.clone());
            }
            all.extend(page);
        }
        Ok(all)
    }
}
