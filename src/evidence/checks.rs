//! Checks of every head: jobs of workflow runs over all tries, check runs of other apps, statuses.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::{
    Annotation, Attention, ChangeFacts, CheckRun, Sha, Stage, Timestamp, Verdict, WorkflowRun,
};

/// One check on one commit, folded over its tries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub id: u64,
    pub head: Sha,
    /// `ci / unit` for a job, the check's own name else.
    pub name: String,
    pub stage: Stage,
    /// Of the newest try.
    pub verdict: Verdict,
    /// The forge's word for how it ended, or its status while it runs.
    pub word: String,
    pub attention: Vec<Attention>,
    pub at: Option<Timestamp>,
    pub run: Option<u64>,
    /// `(try, verdict)` in order, where it ran in several.
    pub tries: Vec<(u64, Verdict)>,
    /// Failed tests in its own result files, last try.
    pub failures_inside: usize,
    /// Result files (indexes) of its last try, where it is known that it made them.
    pub reports: Vec<usize>,
    pub title: Option<String>,
    pub annotations: Vec<Annotation>,
    pub url: String,
}

/// Apps and names whose checks are security scans.
fn stage_of(name: &str, app: Option<&str>) -> Stage {
    let lower = name.to_ascii_lowercase();
    let scan_app = matches!(
        app,
        Some(
            "github-advanced-security"
                | "snyk-io"
                | "semgrep-app"
                | "sonarqubecloud"
                | "gitguardian"
                | "socket-security"
        )
    );
    let scan_name = [
        "codeql",
        "semgrep",
        "trivy",
        "snyk",
        "dependency-review",
        "dependency review",
        "gitleaks",
        "cargo-audit",
        "cargo audit",
        "cargo-deny",
        "bandit",
        "secret",
        "sast",
        "grype",
        "osv-scanner",
        "zizmor",
    ]
    .iter()
    .any(|word| lower.contains(word));
    if scan_app || scan_name {
        Stage::Secure
    } else {
        Stage::Verify
    }
}

/// Builds the checks of the given heads.
pub fn build(facts: &ChangeFacts, heads: &[Sha]) -> Vec<Check> {
    let mut found = Vec::new();
    for head in heads {
        from_jobs(facts, head, &mut found);
        for check in facts.checks.iter().filter(|c| c.head_sha == *head) {
            add_check_run(check, &mut found);
        }
        for status in facts.statuses.iter().filter(|s| s.sha == *head) {
            let own = status.context.starts_with("proofline/");
            if own
                || found
                    .iter()
                    .any(|c| c.head == *head && c.name == status.context)
            {
                continue;
            }
            let conclusion = crate::model::Conclusion::parse(&status.state);
            let verdict = if status.state == "pending" {
                Verdict::Pending
            } else {
                conclusion.verdict()
            };
            found.push(Check {
                id: 0,
                head: head.clone(),
                name: status.context.clone(),
                stage: stage_of(&status.context, None),
                verdict,
                word: status.state.clone(),
                attention: Vec::new(),
                at: status.at,
                run: None,
                tries: Vec::new(),
                failures_inside: 0,
                reports: Vec::new(),
                title: status.description.clone(),
                annotations: Vec::new(),
                url: String::new(),
            });
        }
    }
    found
}

fn from_jobs(facts: &ChangeFacts, head: &Sha, found: &mut Vec<Check>) {
    for run in facts.runs.iter().filter(|r| r.head_sha == *head) {
        let first = found.len();
        for run_try in &run.tries {
            for job in &run_try.jobs {
                let name = format!("{} / {}", run.name, job.name);
                let verdict = job.verdict();
                let word = job
                    .conclusion
                    .as_ref()
                    .map_or("running", |c| c.words())
                    .to_owned();
                let known = found.iter_mut().skip(first).find(|c| c.name == name);
                let check = if let Some(check) = known {
                    check
                } else {
                    found.push(Check {
                        id: job.id,
                        head: head.clone(),
                        stage: stage_of(&name, None),
                        name,
                        verdict,
                        word: word.clone(),
                        attention: Vec::new(),
                        at: None,
                        run: Some(run.id),
                        tries: Vec::new(),
                        failures_inside: 0,
                        reports: Vec::new(),
                        title: None,
                        annotations: Vec::new(),
                        url: job.url.clone(),
                    });
                    match found.last_mut() {
                        Some(check) => check,
                        None => continue,
                    }
                };
                // A job that was not run again is listed in later tries under its own old try.
                if check
                    .tries
                    .last()
                    .is_none_or(|(n, _)| *n < job.run_try.max(1))
                {
                    check.tries.push((job.run_try.max(1), verdict));
                }
                (check.id, check.verdict, check.word) = (job.id, verdict, word);
                check.url.clone_from(&job.url);
                check.at = job.completed_at.or(job.started_at);
            }
        }
        for check in found.iter_mut().skip(first) {
            judge(facts, run.id, check);
        }
    }
}

/// Adds what should be looked at: green by re-run, green though its own files hold failures.
fn judge(facts: &ChangeFacts, run: u64, check: &mut Check) {
    let rerun =
        check.verdict == Verdict::Pass && check.tries.iter().any(|(_, v)| *v == Verdict::Fail);
    if rerun {
        check.attention.push(Attention::GreenByRerun);
    }
    let job = check
        .name
        .rsplit(" / ")
        .next()
        .unwrap_or(&check.name)
        .to_ascii_lowercase();
    let last_try = check.tries.last().map_or(1, |(n, _)| *n);
    // The API does not say which job made an artifact. By name where a name says so; else, where
    // the run has only one job, that one.
    let only_job = facts
        .runs
        .iter()
        .find(|r| r.id == run)
        .is_some_and(has_one_job);
    check.reports = facts
        .reports
        .iter()
        .enumerate()
        .filter(|(_, r)| {
            r.origin.run == Some(run) && r.origin.run_try.is_none_or(|t| t == last_try)
        })
        .filter(|(_, r)| {
            let artifact = r
                .origin
                .artifact_name
                .as_deref()
                .unwrap_or("")
                .to_ascii_lowercase();
            only_job || names_job(&artifact, &job)
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

fn add_check_run(check: &CheckRun, found: &mut Vec<Check>) {
    // The check run of a job has the job's id.
    if let Some(job) = found
        .iter_mut()
        .find(|c| c.id == check.id && c.head == check.head_sha)
    {
        job.annotations.clone_from(&check.annotations);
        job.title.clone_from(&check.title);
        return;
    }
    let of_actions = check.app.as_deref() == Some("github-actions");
    // An older try's check run of a job that is already here.
    let known_job = found.iter().any(|c| {
        c.head == check.head_sha
            && c.run.is_some()
            && c.name.ends_with(&format!("/ {}", check.name))
    });
    if of_actions && known_job {
        return;
    }
    let word = check
        .conclusion
        .as_ref()
        .map_or("running", |c| c.words())
        .to_owned();
    let fresh = Check {
        id: check.id,
        head: check.head_sha.clone(),
        name: check.name.clone(),
        stage: stage_of(&check.name, check.app.as_deref()),
        verdict: check.verdict(),
        word,
        attention: Vec::new(),
        at: check.completed_at.or(check.started_at),
        run: None,
        tries: vec![(1, check.verdict())],
        failures_inside: 0,
        reports: Vec::new(),
        title: check.title.clone(),
        annotations: check.annotations.clone(),
        url: check.url.clone(),
    };
    // Several check runs of one name by one app on one commit: the newest counts, and a failure
    // before it makes it green by re-run.
    match found
        .iter_mut()
        .find(|c| c.head == fresh.head && c.name == fresh.name && c.run.is_none())
    {
        Some(known) => {
            let mut tries = std::mem::take(&mut known.tries);
            let n = tries.len() as u64 + 1;
            let newer = fresh.id > known.id;
            let mut kept = if newer { fresh } else { known.clone() };
            tries.push((n, if newer { kept.verdict } else { check.verdict() }));
            if kept.verdict == Verdict::Pass && tries.iter().any(|(_, v)| *v == Verdict::Fail) {
                kept.attention = vec![Attention::GreenByRerun];
            }
            kept.tries = tries;
            *known = kept;
        }
        None => found.push(fresh),
    }
}
