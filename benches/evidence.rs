//! How fast the evidence of 100 and of 500 changes is pulled from a forge that answers after 50 ms.
//!
//! `cargo bench --bench evidence` starts the demo forge in a process of its own, large and slow, and
//! pulls the evidence of its changes into an empty cache in another: each has one head, one run with one
//! try, a review, a status and a comment. Printed are the time, the requests of a change (its downloads
//! and the lists of artifacts apart), the time below which so many requests over so many connections
//! cannot be, the ratio of both, what is left of the budget of an hour, and the peak memory of the pulling
//! process. Nothing is asserted.
//!
//! When changes were pulled one after another, 100 took 57 s, with 16 requests and 2 calls of git each.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod support;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use proofline::{
    forge::{IN_FLIGHT, RequestLog},
    sync::{Ask, Report},
};
use support::{BASE, Failure, LATENCY};

/// Requests that depend on each other: the first page of what settles much for all, and the others;
/// then of a change its jobs, what hangs on its heads, and logs.
const DEPTH: u32 = 5;

fn main() -> Result<(), Failure> {
    if let Ok(base) = std::env::var(BASE) {
        return pull(&base);
    }
    println!(
        "latency {} ms a request, {IN_FLIGHT} connections, empty cache",
        LATENCY.as_millis()
    );
    for changes in [100, 100, 100, 500] {
        // Each has the whole budget of an hour before it.
        let (mut forge, base) = support::serve(changes, 5)?;
        support::pull_apart(&base, "", 1)?;
        forge.kill()?;
        forge.wait()?;
    }
    Ok(())
}

/// What was asked for: the log keeps only the newest requests, so it is looked at on the way.
#[derive(Default)]
struct Seen {
    count: usize,
    log: Option<RequestLog>,
    paths: Vec<String>,
}

impl Seen {
    fn look(&mut self) {
        let Some(log) = &self.log else { return };
        let new = log.count() - std::mem::replace(&mut self.count, log.count());
        let entries = log.entries();
        let newest = entries.iter().skip(entries.len().saturating_sub(new));
        self.paths.extend(newest.map(|e| e.path.clone()));
    }
}

fn pull(base: &str) -> Result<(), Failure> {
    let folder = support::folder();
    let runtime = support::runtime()?;
    let inside = runtime.enter();
    let pulled = Arc::new(AtomicUsize::new(0));
    let seen = Arc::new(Mutex::new(Seen::default()));
    let (count, sees) = (Arc::clone(&pulled), Arc::clone(&seen));
    let engine = support::engine(base, &folder, move |report| {
        if let Report::ChangeDone { .. } = report {
            count.fetch_add(1, Ordering::Relaxed);
            sees.lock().unwrap_or_else(PoisonError::into_inner).look();
        }
    })?;
    drop(inside);
    // The list and the parts of the repository come first, and are not measured here.
    runtime.block_on(engine.probe(&Ask::default()))?;
    let items = engine.rest(&Ask::default())?;
    let (changes, parts): (Vec<_>, Vec<_>) = items.into_iter().partition(|i| i.change().is_some());
    runtime.block_on(engine.perform_all(parts, |_| {}))?;
    let looking = || seen.lock().unwrap_or_else(PoisonError::into_inner);
    *looking() = Seen {
        count: engine.forge.log().count(),
        log: Some(engine.forge.log().clone()),
        paths: Vec::new(),
    };
    let started = Instant::now();
    runtime.block_on(engine.perform_all(changes, |_| {}))?;
    let took = started.elapsed();
    looking().look();
    let paths = std::mem::take(&mut looking().paths);
    let apart = |path: &str| {
        path.ends_with("/logs") || path.ends_with("/zip") || path.contains("/artifacts?")
    };
    let counted = paths.iter().filter(|path| !apart(path)).count();
    let done = pulled.load(Ordering::Relaxed).max(1);
    let rounds = u32::try_from(paths.len().div_ceil(IN_FLIGHT))?;
    let least = LATENCY * (rounds + DEPTH - 1);
    let budget = engine.forge.budget();
    println!(
        "{done} changes in {} ms; {} requests, {:.1} a change, {:.1} without artifacts and logs; not below {} ms: ratio {:.2}; {} of {} an hour left; peak {} MiB",
        took.as_millis(),
        paths.len(),
        per(paths.len(), done),
        per(counted, done),
        least.as_millis(),
        took.as_secs_f64() / least.as_secs_f64(),
        budget.remaining.unwrap_or_default(),
        budget.limit.unwrap_or_default(),
        support::peak_memory().map_or_else(|| "?".to_owned(), |kib| (kib >> 10).to_string()),
    );
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

#[allow(
    clippy::cast_precision_loss,
    reason = "counts of requests are far below 2^52"
)]
fn per(count: usize, of: usize) -> f64 {
    count as f64 / of as f64
}
