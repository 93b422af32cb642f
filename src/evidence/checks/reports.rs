//! Which result files a job made. The API does not say: by name where a name says so, else, where
//! the run has only one job, that one.

use std::collections::BTreeSet;

use super::Check;
use crate::model::{Attention, ChangeFacts, Verdict, WorkflowRun};

/// Gives the jobs of a run their result files, and says where a green one's hold failures. A file that
/// several jobs may have made is nobody's: it stands for itself.
pub(super) fn claim(facts: &ChangeFacts, run: &WorkflowRun, checks: &mut [Check]) {
    let only_job = has_one_job(run) && checks.len() == 1;
    for (index, report) in facts.reports.iter().enumerate() {
        if report.origin.run != Some(run.id) {
            continue;
        }
        let artifact = report.origin.artifact_name.as_deref().unwrap_or("");
        let fit_of = |check: &Check| {
            let last_try = check.tries.last().map_or(1, |(n, _)| *n);
            let of_try = report.origin.run_try.is_none_or(|t| t == last_try);
            match report.origin.job {
                Some(job) => (check.id == job).then_some(0),
                None => of_try.then(|| fit(artifact, &check.context, only_job))?,
            }
        };
        let fits: Vec<Option<usize>> = checks.iter().map(fit_of).collect();
        let Some(best) = fits.iter().flatten().max() else {
            continue;
        };
        let mut of_best = checks
            .iter_mut()
            .zip(&fits)
            .filter(|(_, f)| f.as_ref() == Some(best));
        if let (Some((only, _)), None) = (of_best.next(), of_best.next()) {
            only.reports.push(index);
        }
    }
    for check in checks {
        let reports = check.reports.iter().filter_map(|i| facts.reports.get(*i));
        let cases = reports.flat_map(|r| &r.cases);
        check.failures_inside = cases.filter(|c| c.outcome.failed()).count();
        if check.verdict == Verdict::Pass && check.failures_inside > 0 {
            check.attention.push(Attention::GreenWithFailures);
        }
    }
}

/// Tells whether a run has one job only, over all of its tries: a later try may list no more than
/// the jobs that were run again.
fn has_one_job(run: &WorkflowRun) -> bool {
    let jobs = run.tries.iter().flat_map(|t| &t.jobs);
    jobs.map(|j| j.name.as_str()).collect::<BTreeSet<_>>().len() == 1
}

/// How well an artifact's name fits a job: how many words of it are the job's name, all of them and in
/// order. `junit-unit` names `unit`, `junit-integration` does not; `junit-unit-fast` names `unit fast`
/// rather than `unit`.
fn fit(artifact: &str, job: &str, only_job: bool) -> Option<usize> {
    let words = |text: &str| -> Vec<String> {
        let parts = text.split(|c: char| !c.is_alphanumeric());
        let words = parts.filter(|w| !w.is_empty());
        words.map(str::to_lowercase).collect()
    };
    let (artifact, job) = (words(artifact), words(job));
    let named = !job.is_empty() && artifact.windows(job.len()).any(|w| w == job);
    (named || only_job).then_some(job.len())
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn a_job_is_named_by_whole_words_and_by_as_many_as_can_be() {
        for (artifact, job, want) in [
            ("junit-unit", "unit", Some(1)),
            ("junit-unit", "Unit", Some(1)),
            ("junit-integration", "unit", None),
            ("junit-unit-fast", "unit (fast)", Some(2)),
            ("junit-unit-fast", "unit", Some(1)),
            ("junit-unit", "unit (fast)", None),
            ("junit", "", None),
        ] {
            assert_eq!(fit(artifact, job, false), want, "{artifact} {job}");
        }
        assert_eq!(fit("anything", "unit", true), Some(1));
    }
}
