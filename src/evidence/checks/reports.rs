//! Which result files a job made. The API does not say: by name where a name says so, else, where
//! the run has only one job, that one.

use std::collections::BTreeSet;

use super::Check;
use crate::model::{Attention, ChangeFacts, Verdict, WorkflowRun};

/// Gives the jobs of a run their result files, and says where a green one's hold failures.
pub(super) fn claim(facts: &ChangeFacts, run: &WorkflowRun, checks: &mut [Check]) {
    let only_job = has_one_job(run) && checks.len() == 1;
    for check in checks {
        let job = check.context.to_ascii_lowercase();
        let last_try = check.tries.last().map_or(1, |(n, _)| *n);
        let of_try = facts.reports.iter().enumerate().filter(|(_, r)| {
            r.origin.run == Some(run.id) && r.origin.run_try.is_none_or(|t| t == last_try)
        });
        check.reports = of_try
            .filter(|(_, r)| {
                let artifact = r.origin.artifact_name.as_deref().unwrap_or("");
                only_job || names_job(&artifact.to_ascii_lowercase(), &job)
            })
            .map(|(index, _)| index)
            .collect();
        let cases = check
            .reports
            .iter()
            .filter_map(|i| facts.reports.get(*i))
            .flat_map(|r| &r.cases);
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

/// Tells whether an artifact's name holds a job's name as whole words: `junit-unit` names `unit`,
/// `junit-integration` does not.
fn names_job(artifact: &str, job: &str) -> bool {
    let words = |text: &str| -> String {
        let parts = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty());
        format!("-{}-", parts.collect::<Vec<_>>().join("-"))
    };
    job.chars().any(char::is_alphanumeric) && words(artifact).contains(&words(job))
}
