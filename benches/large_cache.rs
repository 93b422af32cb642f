//! What a large cache costs: 10,000 changes with a million rows of evidence, filled directly.
//!
//! `cargo bench --bench large_cache` fills a cache in a temporary folder, prints its size, and then
//! measures, each in the state that a start finds it in: reading the inbox, planning a round, loading
//! one change, searching. `PROOFLINE_BENCH_KEEP=DIR` leaves the cache in a folder, for other tools.
//! Nothing is asserted.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::{
    path::Path,
    time::{Duration, Instant},
};

use proofline::{
    model::{
        CheckRun, CommitStatus, Conclusion, Host, PartName, PartState, PrState, PullRequest,
        RepoId, RunStatus, Sha, Timestamp,
    },
    store::{Again, Cache, Document, PartRow},
};

type Failure = Box<dyn std::error::Error>;

const CHANGES: u64 = 10_000;
/// Rows of evidence of each change: check runs, and searchable texts.
const CHECKS: u64 = 80;
const TEXTS: u64 = 20;

fn main() -> Result<(), Failure> {
    let kept = std::env::var_os("PROOFLINE_BENCH_KEEP");
    let temporary = std::env::temp_dir().join(format!("proofline-large-{}", std::process::id()));
    let folder = kept.as_ref().map_or(temporary, Into::into);
    let file = folder.join("cache.db");
    let started = Instant::now();
    fill(&file)?;
    let size = std::fs::metadata(&file)?.len() >> 20;
    println!(
        "{CHANGES} changes, {} rows of evidence: {size} MiB, filled in {:.1} s",
        CHANGES * (CHECKS + TEXTS),
        started.elapsed().as_secs_f64()
    );
    let (cache, _) = Cache::open(&file)?;
    let repo = cache.repo(&repository())?.id;
    measure("rows of the inbox", || Ok(cache.changes(repo)?.len()))?;
    measure("plan of a round", || Ok(cache.plan_rows(repo, &[])?.len()))?;
    measure("parts of one change", || {
        Ok(cache.parts(repo, 5_000)?.len())
    })?;
    for words in [
        "idempotency",
        "retry change-77",
        "\"panicked at\"",
        "nowhere",
    ] {
        measure(&format!("search {words}"), || {
            Ok(cache.search(words, 20)?.1)
        })?;
    }
    drop(cache);
    if kept.is_none() {
        std::fs::remove_dir_all(folder)?;
    }
    Ok(())
}

/// Prints the median of seven runs.
fn measure(what: &str, mut work: impl FnMut() -> Result<usize, Failure>) -> Result<(), Failure> {
    let mut times = Vec::new();
    let mut found = 0;
    for _ in 0..7 {
        let started = Instant::now();
        found = work()?;
        times.push(started.elapsed());
    }
    times.sort();
    let median = times.get(3).copied().unwrap_or(Duration::ZERO);
    println!("{what}: {found} in {:.2} ms", median.as_secs_f64() * 1e3);
    Ok(())
}

fn repository() -> RepoId {
    RepoId {
        host: Host::new("forge.test"),
        owner: "acme".to_owned(),
        name: "large".to_owned(),
    }
}

fn sha(n: u64) -> Result<Sha, Failure> {
    Ok(Sha::parse(&format!("{n:040x}"))?)
}

fn fill(file: &Path) -> Result<(), Failure> {
    let (cache, _) = Cache::open(file)?;
    let repo = cache.repo(&repository())?.id;
    let mut prs = Vec::new();
    for number in 1..=CHANGES {
        prs.push(change(number)?);
    }
    cache.put_list(repo, &prs, Some(Timestamp(1_700_000_000)))?;
    for pr in &prs {
        let mut checks = Vec::new();
        for n in 0..CHECKS {
            checks.push(check(pr, n)?);
        }
        let both: (Vec<CheckRun>, Vec<CommitStatus>) = (checks, Vec::new());
        let row = PartRow {
            part: PartName::Checks,
            state: PartState::Complete,
            checked_at: Some(pr.updated_at),
            tried_at: Some(pr.updated_at),
            again: Again::No,
            count: CHECKS,
            records: Some(serde_json::to_string(&both)?),
        };
        cache.put_part(repo, pr.number, row, Vec::new(), "bench".to_owned())?;
        let texts = (0..TEXTS).map(|n| text(pr, n)).collect();
        cache.index(repo, pr.number, texts)?;
    }
    Ok(())
}

fn change(number: u64) -> Result<PullRequest, Failure> {
    let at = Timestamp(1_690_000_000 + i64::try_from(number)? * 60);
    Ok(PullRequest {
        number,
        title: format!("Make capture idempotent, part {number}"),
        body: "Captures are remembered by their idempotency key. ".repeat(12),
        author: None,
        state: if number.is_multiple_of(20) {
            PrState::Open
        } else {
            PrState::Merged
        },
        draft: false,
        head_ref: format!("change-{number}"),
        head_sha: sha(number)?,
        base_ref: "main".to_owned(),
        base_sha: sha(0)?,
        created_at: at,
        updated_at: at,
        merged_at: None,
        url: format!("https://forge.test/acme/large/pull/{number}"),
        labels: Vec::new(),
        requested_reviewers: Vec::new(),
        additions: 40,
        deletions: 10,
        changed_files: 3,
        review_decision: None,
        closes: Vec::new(),
        id: Some(number),
        merge_commit: None,
        test_merge: None,
        visibility: None,
    })
}

fn check(pr: &PullRequest, n: u64) -> Result<CheckRun, Failure> {
    Ok(CheckRun {
        id: pr.number * 1_000 + n,
        name: format!("ci / job {n}"),
        head_sha: sha(pr.number)?,
        status: RunStatus::Completed,
        conclusion: Some(if n == 7 {
            Conclusion::Failure
        } else {
            Conclusion::Success
        }),
        app: Some("github-actions".to_owned()),
        app_id: None,
        check_suite_id: Some(pr.number),
        started_at: Some(pr.updated_at),
        completed_at: Some(pr.updated_at),
        title: None,
        summary: None,
        url: String::new(),
        annotations_count: 0,
        annotations: Vec::new(),
        node: None,
    })
}

fn text(pr: &PullRequest, n: u64) -> Document {
    let words = [
        "retry", "capture", "ledger", "webhook", "refund", "timeout", "queue",
    ];
    let word = |k: u64| words[usize::try_from((pr.number * 7 + n * 3 + k) % 7).unwrap_or(0)];
    Document {
        kind: "log",
        place: format!("ci / job {n}"),
        text: format!(
            "change-{} {} {} thread panicked at tests/{}.rs:{n} assertion failed {}",
            pr.number,
            word(0),
            word(1),
            word(2),
            if pr.number.is_multiple_of(97) {
                "idempotency"
            } else {
                ""
            }
        ),
    }
}
