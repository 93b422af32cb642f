//! What opening a change costs that was tried often: 30 attempts with 5,000 tests each, from the cache.
//!
//! `cargo bench --bench dossier` fills a cache in a temporary folder with the result files of 30 pushes,
//! loads the change once, which reads them, and then prints the median of seven more loads. Nothing is
//! asserted.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::{
    path::Path,
    time::{Duration, Instant},
};

use proofline::{
    model::{
        Activity, ActivityKind, Artifact, ChangeId, Conclusion, Host, Job, PartName, PartState,
        PrState, PullRequest, RepoId, RunStatus, RunTry, Sha, Timestamp, WorkflowRun,
    },
    query::{self, Here},
    store::{Again, Cache, PartRow, StoredFile},
};
use serde::Serialize;

type Failure = Box<dyn std::error::Error>;

const ATTEMPTS: u64 = 30;
const TESTS: u64 = 5_000;
const START: i64 = 1_700_000_000;

fn main() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let (cache, _) = Cache::open(&folder.path().join("cache.db"))?;
    fill(&cache)?;
    let id = ChangeId {
        repo: repository(),
        number: 1,
    };
    let here = Here {
        cache: &cache,
        git: Path::new("none"),
        now: at(ATTEMPTS + 1),
    };
    let load = || -> Result<(Duration, usize), Failure> {
        let started = Instant::now();
        let dossier = query::dossier(here, &id, None)?;
        Ok((started.elapsed(), dossier.evidence.matrix.rows.len()))
    };
    let (first, rows) = load()?;
    let mut times = Vec::new();
    for _ in 0..7 {
        times.push(load()?.0);
    }
    times.sort();
    let median = times.get(3).copied().unwrap_or_default();
    println!(
        "{ATTEMPTS} attempts of {TESTS} tests, {rows} rows: read once in {} ms, loaded in {} ms",
        first.as_millis(),
        median.as_millis()
    );
    Ok(())
}

fn repository() -> RepoId {
    RepoId {
        host: Host::new("forge.test"),
        owner: "acme".to_owned(),
        name: "tried".to_owned(),
    }
}

fn sha(n: u64) -> Result<Sha, Failure> {
    Ok(Sha::parse(&format!("{n:040x}"))?)
}

/// The time of an attempt, counted from 1.
fn at(n: u64) -> Timestamp {
    Timestamp(START + i64::try_from(n).unwrap_or(0) * 600)
}

fn fill(cache: &Cache) -> Result<(), Failure> {
    let repo = cache.repo(&repository())?.id;
    cache.put_list(repo, &[change()?], Some(at(ATTEMPTS)))?;
    let (mut pushes, mut runs, mut artifacts) = (Vec::new(), Vec::new(), Vec::new());
    for n in 1..=ATTEMPTS {
        pushes.push(Activity {
            id: n,
            kind: ActivityKind::Push,
            before: sha(n - 1)?,
            after: sha(n)?,
            git_ref: "refs/heads/tried".to_owned(),
            actor: None,
            at: at(n),
        });
        runs.push(run(n)?);
        artifacts.push(Artifact {
            id: n,
            run_id: n,
            name: "junit-unit".to_owned(),
            size: 1,
            digest: None,
            created_at: Some(at(n)),
            expired: false,
            head_sha: Some(sha(n)?),
        });
        let file = StoredFile {
            path: "junit.xml".to_owned(),
            digest: format!("sha256:{n:064x}"),
            bytes: results(n).into_bytes(),
        };
        cache.put_artifact(repo, n, vec![file], &[], at(n))?;
    }
    put(cache, repo, PartName::Activity, &pushes)?;
    put(cache, repo, PartName::Runs, &runs)?;
    put(cache, repo, PartName::Artifacts, &artifacts)
}

fn put<T: Serialize>(
    cache: &Cache,
    repo: i64,
    part: PartName,
    records: &[T],
) -> Result<(), Failure> {
    let row = PartRow {
        part,
        state: PartState::Complete,
        checked_at: Some(at(ATTEMPTS)),
        tried_at: Some(at(ATTEMPTS)),
        again: Again::No,
        count: ATTEMPTS,
        records: Some(serde_json::to_string(records)?),
    };
    Ok(cache.put_part(repo, 1, row, Vec::new(), "bench".to_owned())?)
}

/// A result file: one test in a hundred fails in some attempts.
fn results(attempt: u64) -> String {
    let mut text =
        format!("<testsuites tests=\"{TESTS}\"><testsuite name=\"unit\" tests=\"{TESTS}\">");
    for n in 0..TESTS {
        let class = n / 50;
        let case = format!(
            "<testcase classname=\"payments.module_{class}\" name=\"test_case_{n}\" time=\"0.012\""
        );
        text += &case;
        if n.is_multiple_of(100) && !(attempt + n / 100).is_multiple_of(4) && attempt < ATTEMPTS {
            text += &format!(
                "><failure message=\"left {n}, right {attempt}\">at tests/module_{class}.py:{n}</failure></testcase>"
            );
        } else {
            text += "/>";
        }
    }
    text + "</testsuite></testsuites>"
}

fn run(n: u64) -> Result<WorkflowRun, Failure> {
    let word = if n < ATTEMPTS {
        Conclusion::Failure
    } else {
        Conclusion::Success
    };
    let job = Job {
        id: n * 10,
        name: "unit".to_owned(),
        status: RunStatus::Completed,
        conclusion: Some(word.clone()),
        started_at: Some(at(n)),
        completed_at: Some(at(n)),
        run_try: 1,
        url: String::new(),
    };
    Ok(WorkflowRun {
        id: n,
        name: "ci".to_owned(),
        path: ".github/workflows/ci.yml".to_owned(),
        head_sha: sha(n)?,
        head_branch: Some("tried".to_owned()),
        event: "push".to_owned(),
        run_number: n,
        check_suite_id: Some(n),
        workflow_id: Some(1),
        changes: vec![1],
        actor: None,
        triggering_actor: None,
        created_at: at(n),
        url: String::new(),
        tries: vec![RunTry {
            n: 1,
            status: RunStatus::Completed,
            conclusion: Some(word),
            started_at: Some(at(n)),
            updated_at: Some(at(n)),
            jobs: vec![job],
        }],
    })
}

fn change() -> Result<PullRequest, Failure> {
    Ok(PullRequest {
        number: 1,
        title: "Make capture idempotent".to_owned(),
        body: String::new(),
        author: None,
        state: PrState::Open,
        draft: false,
        head_ref: "tried".to_owned(),
        head_sha: sha(ATTEMPTS)?,
        base_ref: "main".to_owned(),
        base_sha: sha(0)?,
        created_at: at(0),
        updated_at: at(ATTEMPTS),
        merged_at: None,
        url: String::new(),
        labels: Vec::new(),
        requested_reviewers: Vec::new(),
        additions: 40,
        deletions: 10,
        changed_files: 3,
        review_decision: None,
        closes: Vec::new(),
        id: Some(1),
        merge_commit: None,
        test_merge: None,
        visibility: None,
    })
}
