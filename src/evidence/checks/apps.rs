//! Check runs and commit statuses: what apps and other programs report on a commit.

use std::collections::BTreeSet;

use super::{Check, Producer, takes_the_place};
use crate::model::{
    ChangeFacts, CheckRun, CommitStatus, Conclusion, Job, Sha, Stage, Subject, Timestamp, Verdict,
    WorkflowRun,
};

/// The app whose check runs are those of jobs.
const ACTIONS: &str = "github-actions";

/// Check runs of a head that are no job's. What a job's check run tells besides is given to the job.
pub(super) fn check_runs(facts: &ChangeFacts, head: &Sha, jobs: &mut [Check]) -> Vec<Check> {
    let mut own: Vec<&CheckRun> = facts
        .checks
        .iter()
        .filter(|c| c.head_sha == *head)
        .collect();
    own.sort_by_key(|c| (c.started_at, c.id));
    own.dedup_by_key(|c| c.id);
    let mut found: Vec<Check> = Vec::new();
    let mut times = Vec::new();
    let runs = facts.runs.iter().filter(|r| r.head_sha == *head);
    let listed: BTreeSet<u64> = runs.filter_map(|r| r.check_suite_id).collect();
    for check in own {
        // The check run of a job has the job's id.
        let job = jobs
            .iter_mut()
            .find(|c| c.head == *head && c.id == check.id && c.run.is_some());
        if let Some(job) = job {
            job.annotations.clone_from(&check.annotations);
            job.title.clone_from(&check.title);
            worsen(job, check);
            continue;
        }
        let is_of_actions = check.app.as_deref() == Some(ACTIONS);
        match of_a_job(facts, head, check).filter(|_| is_of_actions) {
            Some(Of::ListedTry) => continue,
            Some(Of::OlderTry) => {
                let mut old = of_check_run(check);
                old.supersede();
                times.push((None, None));
                found.push(old);
                continue;
            }
            None => {}
        }
        let mut fresh = of_check_run(check);
        // Of one app, suite and name: the newer one takes the place of what had ended before it began.
        for (old, (ended, suite)) in found.iter_mut().zip(&times) {
            let same = old.name == fresh.name
                && old.producer == fresh.producer
                && *suite == check.check_suite_id
                && is_told(&fresh.producer, *suite, &listed);
            let after = matches!((ended, check.started_at), (Some(e), Some(s)) if *e <= s);
            if same && after && takes_the_place(fresh.verdict) {
                if !old.is_superseded() {
                    let n = fresh.tries.len() as u64;
                    fresh.tries.insert(0, (n, old.verdict));
                }
                fresh.replaces(old.verdict);
                old.supersede();
            }
        }
        for (n, (number, _)) in (1..).zip(&mut fresh.tries) {
            *number = n;
        }
        times.push((check.completed_at, check.check_suite_id));
        found.push(fresh);
    }
    found
}

/// Tells whether it is known who reported a check: what nobody told may be another's. Of actions the
/// suite tells the run; where that run is listed, its jobs are too, and whatever else stands in its suite
/// was reported by some step of any of them: nothing says that two of a name are one.
fn is_told(producer: &Producer, suite: Option<u64>, listed: &BTreeSet<u64>) -> bool {
    match producer {
        Producer::App { slug, id } => slug.is_some() || id.is_some(),
        Producer::Actions { .. } => suite.is_some_and(|s| !listed.contains(&s)),
        Producer::Status { .. } => false,
    }
}

/// Job and check run are one thing, told twice; where they differ, one of the two is older, and the
/// worse counts.
fn worsen(job: &mut Check, check: &CheckRun) {
    let told = check.verdict();
    let is_bad = told.is_trouble() || told == Verdict::Pending;
    if is_bad && told.weight() > job.verdict.weight() {
        job.verdict = told;
        let ended = check.conclusion.as_ref().map(Conclusion::words);
        job.word = ended.unwrap_or("running").to_owned();
        if let Some((_, last)) = job.tries.last_mut() {
            *last = told;
        }
    }
}

/// What a check run is to the jobs of its run.
enum Of {
    /// It is a try that is listed.
    ListedTry,
    /// It is a try of one that is listed, from before.
    OlderTry,
}

/// Tells which job a check run is of: a job has the check run's id. A name shared with a job is not
/// enough, since steps report check runs into the suite of their run; only what had ended before any
/// listed try of that name began can be a try of it that is not listed any more.
fn of_a_job(facts: &ChangeFacts, head: &Sha, check: &CheckRun) -> Option<Of> {
    let suite = check.check_suite_id?;
    let of_run = |run: &&WorkflowRun| run.head_sha == *head && run.check_suite_id == Some(suite);
    let runs = facts.runs.iter().filter(of_run);
    let jobs: Vec<&Job> = runs.flat_map(|r| &r.tries).flat_map(|t| &t.jobs).collect();
    if jobs.iter().any(|job| job.id == check.id) {
        return Some(Of::ListedTry);
    }
    let named: Vec<&&Job> = jobs.iter().filter(|job| job.name == check.name).collect();
    // Before a first try there was none.
    if named.iter().any(|job| job.run_try <= 1) {
        return None;
    }
    let began: Option<Vec<Timestamp>> = named.iter().map(|job| job.started_at).collect();
    let first = began?.into_iter().min()?;
    check
        .completed_at
        .is_some_and(|ended| ended <= first)
        .then_some(Of::OlderTry)
}

fn of_check_run(check: &CheckRun) -> Check {
    let ended = check.conclusion.as_ref().map(Conclusion::words);
    let producer = if check.app.as_deref() == Some(ACTIONS) {
        Producer::Actions {
            event: String::new(),
        }
    } else {
        Producer::App {
            slug: check.app.clone(),
            id: check.app_id,
        }
    };
    Check {
        subject: Subject::CheckRun {
            head: check.head_sha.clone(),
            id: check.id,
        },
        id: check.id,
        head: check.head_sha.clone(),
        name: check.name.clone(),
        context: check.name.clone(),
        qualifiers: Vec::new(),
        producer,
        stage: Stage::Verify,
        verdict: check.verdict(),
        word: ended.unwrap_or("running").to_owned(),
        attention: Vec::new(),
        at: check.completed_at.or(check.started_at),
        run: None,
        tries: vec![(1, check.verdict())],
        failures_inside: 0,
        reports: Vec::new(),
        title: check.title.clone().filter(|t| !t.trim().is_empty()),
        annotations: check.annotations.clone(),
        url: check.url.clone(),
    }
}

/// Tells whether two statuses are of one context: by the forge's reference, "this field is
/// case-insensitive" (`POST /repos/{owner}/{repo}/statuses/{sha}`).
fn is_one_context(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// Commit statuses of a head, one a context: the newest counts, as the forge's combined status does.
/// A check run of the same name is another thing.
pub(super) fn statuses(told: &[CommitStatus], head: &Sha) -> Vec<Check> {
    let mut found: Vec<Check> = Vec::new();
    for status in newest_first(told, head) {
        let verdict = verdict_of(status);
        match found
            .iter_mut()
            .find(|c| is_one_context(&c.context, &status.context))
        {
            Some(newer) => {
                newer.tries.insert(0, (0, verdict));
                newer.replaces(verdict);
            }
            None => found.push(of_status(status, verdict)),
        }
    }
    for check in &mut found {
        for (n, (number, _)) in (1..).zip(&mut check.tries) {
            *number = n;
        }
    }
    found
}

/// Statuses of a head, the newest first, by time and number. The forge lists them so; where it does not
/// say when one was reported, its order is all there is.
fn newest_first<'a>(told: &'a [CommitStatus], head: &Sha) -> Vec<&'a CommitStatus> {
    let mut own: Vec<&CommitStatus> = told.iter().filter(|s| s.sha == *head).collect();
    if own.iter().all(|s| s.at.is_some()) {
        own.sort_by_key(|s| std::cmp::Reverse((s.at, s.id)));
    }
    own
}

/// Tells whether the newest status of some context of a head waits.
pub fn has_pending_status(told: &[CommitStatus], head: &Sha) -> bool {
    let mut seen = BTreeSet::new();
    let own = newest_first(told, head).into_iter();
    let mut newest = own.filter(|s| seen.insert(s.context.to_ascii_lowercase()));
    newest.any(|s| verdict_of(s) == Verdict::Pending)
}

fn verdict_of(status: &CommitStatus) -> Verdict {
    if status.state == "pending" {
        Verdict::Pending
    } else {
        Conclusion::parse(&status.state).verdict()
    }
}

fn of_status(status: &CommitStatus, verdict: Verdict) -> Check {
    Check {
        subject: Subject::Status {
            head: status.sha.clone(),
            context: status.context.clone(),
        },
        id: 0,
        head: status.sha.clone(),
        name: status.context.clone(),
        context: status.context.clone(),
        qualifiers: Vec::new(),
        producer: Producer::Status {
            creator: status.creator.as_ref().map(|a| a.login.to_string()),
        },
        stage: Stage::Verify,
        verdict,
        word: status.state.clone(),
        attention: Vec::new(),
        at: status.at,
        run: None,
        tries: vec![(1, verdict)],
        failures_inside: 0,
        reports: Vec::new(),
        title: status.description.clone().filter(|d| !d.trim().is_empty()),
        annotations: Vec::new(),
        url: String::new(),
    }
}
