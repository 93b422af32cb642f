//! Workflow runs: their jobs over all tries, and what a run says that none of its jobs does.

use super::{Check, Producer, reports, takes_the_place};
use crate::model::{
    Attention, ChangeFacts, Conclusion, Job, RunTry, Sha, Stage, Subject, Timestamp, Verdict,
    WorkflowRun,
};

/// What several runs of one workflow have in common: the workflow's number, else its file; the event;
/// and the changes that they are of, where one head is that of several.
pub(in crate::evidence) fn workflow(run: &WorkflowRun) -> (Option<u64>, &str, &str, &[u64]) {
    // No workflow has the number 0.
    let id = run.workflow_id.filter(|id| *id > 0);
    let file = if id.is_some() { "" } else { run.path.as_str() };
    (id, file, run.event.as_str(), &run.changes)
}

/// Tells whether two runs of one event and head do the same: those that the commit itself brought about.
/// Any other event is of something more, which the API does not tell: inputs, a deployment, a comment,
/// another run.
pub(in crate::evidence) fn is_of_the_commit(run: &WorkflowRun) -> bool {
    matches!(
        run.event.as_str(),
        "push" | "pull_request" | "pull_request_target" | "merge_group" | "schedule" | "dynamic"
    )
}

/// When a run began to be tried last.
fn begun(run: &WorkflowRun) -> Timestamp {
    let last = run.last_try().and_then(|t| t.started_at);
    last.unwrap_or(run.created_at)
}

/// Jobs and runs of a head. Of several runs of one workflow and event the newest comes last.
pub(super) fn of_head(facts: &ChangeFacts, head: &Sha) -> Vec<Check> {
    let mut runs: Vec<&WorkflowRun> = facts.runs.iter().filter(|r| r.head_sha == *head).collect();
    // One run may be listed twice, where pages moved while they were read.
    // The one with the newest try is the newer record.
    let tries = |r: &WorkflowRun| std::cmp::Reverse(r.last_try().map(|t| t.n));
    runs.sort_by_key(|r| (r.run_number, r.created_at, r.id, tries(r)));
    runs.dedup_by_key(|r| r.id);
    let mut all: Vec<(usize, Check)> = Vec::new();
    for (at, run) in runs.iter().enumerate() {
        let mut own = of_run(run, head);
        reports::claim(facts, run, &mut own);
        own.extend(of_the_run_itself(run, head, &own));
        let older = runs.iter().take(at).enumerate();
        let same_workflow: Vec<usize> = older
            // One that was run again later is no older than this.
            .filter(|(_, old)| workflow(old) == workflow(run) && begun(old) <= begun(run))
            .filter(|_| is_of_the_commit(run))
            .map(|(index, _)| index)
            .collect();
        let as_a_whole = run.last_try().map_or(Verdict::Unknown, RunTry::verdict);
        for (of, old) in &mut all {
            if !same_workflow.contains(of) {
                continue;
            }
            // What a run said as a whole is said anew by the next.
            if matches!(old.subject, Subject::Run { .. }) && takes_the_place(as_a_whole) {
                old.supersede();
            }
            for check in &mut own {
                if check.name == old.name && takes_the_place(check.verdict) {
                    check.replaces(old.verdict);
                    old.supersede();
                }
            }
        }
        all.extend(own.into_iter().map(|check| (at, check)));
    }
    all.into_iter().map(|(_, check)| check).collect()
}

fn word(job: &Job) -> String {
    let ended = job.conclusion.as_ref().map(Conclusion::words);
    ended.unwrap_or("running").to_owned()
}

fn check_of(run: &WorkflowRun, head: &Sha, job: &Job, is_twin: bool) -> Check {
    Check {
        subject: Subject::Job {
            head: head.clone(),
            run: run.id,
            name: job.name.clone(),
            job: is_twin.then_some(job.id),
        },
        id: job.id,
        head: head.clone(),
        name: format!("{} / {}", run.name, job.name),
        context: job.name.clone(),
        qualifiers: Vec::new(),
        producer: Producer::Actions {
            event: run.event.clone(),
        },
        stage: Stage::Verify,
        verdict: job.verdict(),
        word: word(job),
        attention: Vec::new(),
        at: job.completed_at.or(job.started_at),
        run: Some(run.id),
        tries: vec![(job.run_try.max(1), job.verdict())],
        failures_inside: 0,
        reports: Vec::new(),
        title: None,
        annotations: Vec::new(),
        url: job.url.clone(),
    }
}

/// The jobs of a run, each folded over its tries where these can be matched.
fn of_run(run: &WorkflowRun, head: &Sha) -> Vec<Check> {
    let mut names: Vec<&str> = Vec::new();
    for job in run.tries.iter().flat_map(|t| &t.jobs) {
        if !names.contains(&job.name.as_str()) {
            names.push(&job.name);
        }
    }
    let mut found = Vec::new();
    for name in names {
        let tries: Vec<Vec<&Job>> = run.tries.iter().map(|t| named(t, name)).collect();
        let most = tries.iter().map(Vec::len).max().unwrap_or(0);
        if most <= 1 {
            found.extend(folded(run, head, tries.into_iter().flatten()));
        } else {
            found.extend(twins(run, head, &tries, most));
        }
    }
    found
}

/// Jobs of a name in one try, each once.
fn named<'a>(run_try: &'a RunTry, name: &str) -> Vec<&'a Job> {
    let mut jobs: Vec<&Job> = run_try.jobs.iter().filter(|j| j.name == name).collect();
    jobs.sort_by_key(|j| j.id);
    jobs.dedup_by_key(|j| j.id);
    jobs
}

/// One job over its tries: the newest counts.
fn folded<'a>(run: &WorkflowRun, head: &Sha, jobs: impl Iterator<Item = &'a Job>) -> Option<Check> {
    let mut check: Option<Check> = None;
    for job in jobs {
        let mut newer = check_of(run, head, job, false);
        if let Some(older) = check.take() {
            let mut tries = older.tries;
            // A job that was not run again is listed in later tries under its own old try.
            if tries.last().is_none_or(|(n, _)| *n < job.run_try.max(1)) {
                tries.append(&mut newer.tries);
            }
            // What was skipped, or did not come to an end, takes nobody's place.
            if older.verdict == Verdict::Fail && !takes_the_place(newer.verdict) {
                newer.verdict = older.verdict;
                newer.word = older.word;
            }
            newer.tries = tries;
        }
        check = Some(newer);
    }
    if let Some(check) = &mut check
        && check.tries.iter().any(|(_, v)| *v == Verdict::Fail)
    {
        check.replaces(Verdict::Fail);
    }
    check
}

/// Several jobs of one name: each of the newest try stands for itself. Where that try has fewer than
/// one before it, nobody knows which were not run again, so those of the fuller one stand as well.
fn twins(run: &WorkflowRun, head: &Sha, tries: &[Vec<&Job>], most: usize) -> Vec<Check> {
    let newest = tries.iter().rposition(|jobs| !jobs.is_empty());
    let fullest = tries.iter().rposition(|jobs| jobs.len() == most);
    let mut shown: Vec<usize> = newest.into_iter().chain(fullest).collect();
    shown.sort_unstable();
    shown.dedup();
    let failed_before = newest.is_some_and(|newest| {
        let older = tries.iter().take(newest).flatten();
        older.into_iter().any(|j| j.verdict() == Verdict::Fail)
    });
    let mut found: Vec<Check> = Vec::new();
    for index in shown {
        for job in tries.get(index).into_iter().flatten() {
            if found.iter().any(|c| c.id == job.id) {
                continue;
            }
            let mut check = check_of(run, head, job, true);
            if failed_before && Some(index) == newest {
                check.replaces(Verdict::Fail);
            }
            found.push(check);
        }
    }
    found
}

/// The run itself, where it says what none of its jobs does: it has none; it failed and they did not;
/// or it was cancelled, waits or runs again, and all that they tell is how they ended before. Nothing of
/// it is ever a pass.
fn of_the_run_itself(run: &WorkflowRun, head: &Sha, jobs: &[Check]) -> Option<Check> {
    let last = run.last_try()?;
    let own = last.verdict();
    let is_fine = |v: Verdict| matches!(v, Verdict::Pass | Verdict::NotApplicable);
    let unexplained = match own {
        Verdict::Fail => jobs.iter().all(|c| c.verdict != Verdict::Fail),
        own => !is_fine(own) && jobs.iter().all(|c| is_fine(c.verdict)),
    };
    let is_empty = jobs.is_empty() && own != Verdict::NotApplicable;
    if !is_empty && !unexplained {
        return None;
    }
    let ended = last.conclusion.as_ref().map(Conclusion::words);
    let word = ended.unwrap_or("queued").to_owned();
    let why = if is_empty {
        format!("{word}, no jobs")
    } else if own != Verdict::Fail {
        format!("{word}, which none of its jobs shows")
    } else {
        format!("{word}, though none of its jobs failed")
    };
    let verdict = match own {
        // That something ran and passed is told by jobs.
        Verdict::Pass => Verdict::Unknown,
        other => other,
    };
    Some(Check {
        subject: Subject::Run {
            head: head.clone(),
            run: run.id,
        },
        id: 0,
        head: head.clone(),
        name: run.name.clone(),
        context: run.name.clone(),
        qualifiers: Vec::new(),
        producer: Producer::Actions {
            event: run.event.clone(),
        },
        stage: Stage::Verify,
        verdict,
        word,
        attention: Vec::<Attention>::new(),
        at: last.updated_at.or(last.started_at),
        run: Some(run.id),
        tries: vec![(last.n, verdict)],
        failures_inside: 0,
        reports: Vec::new(),
        title: Some(why),
        annotations: Vec::new(),
        url: run.url.clone(),
    })
}
