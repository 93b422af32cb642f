//! How fast a usable list of open changes is there, against a forge that answers after 50 ms.
//!
//! `cargo bench --bench first_list` starts the demo forge in a process of its own, large and slow, and
//! pulls the list into an empty cache in another. Printed are the time, the time that the chain of
//! dependent requests takes by itself (each page of the list names the next), their ratio, the
//! number of requests, and the peak memory of the pulling process. Nothing is asserted.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod support;

use std::time::{Duration, Instant};

use proofline::sync::Ask;
use support::{BASE, Failure, LATENCY};

fn main() -> Result<(), Failure> {
    if let Ok(base) = std::env::var(BASE) {
        return pull(&base);
    }
    println!("latency {} ms a request, empty cache", LATENCY.as_millis());
    for changes in [500, 5_000, 20_000] {
        let (mut forge, base) = support::serve(changes, 4)?;
        support::pull_apart(&base, &format!("{changes:>6} changes: "), 3)?;
        forge.kill()?;
        forge.wait()?;
    }
    Ok(())
}

fn pull(base: &str) -> Result<(), Failure> {
    let folder = support::folder();
    let runtime = tokio::runtime::Runtime::new()?;
    let inside = runtime.enter();
    let engine = support::engine(base, &folder, |_| {})?;
    drop(inside);
    let started = Instant::now();
    runtime.block_on(engine.probe(&Ask::default()))?;
    let rows = engine.inbox()?.len();
    let took = started.elapsed();
    let log = engine.forge.log().entries();
    // Each page names the next: no concurrency shortens this chain.
    let chain: Vec<Duration> = log
        .iter()
        .filter(|e| e.path.ends_with("/graphql"))
        .map(|e| e.took)
        .collect();
    let alone: Duration = chain.iter().sum();
    let least = LATENCY * u32::try_from(chain.len())?;
    println!(
        "{rows} rows in {} ms; {} dependent requests take {} ms ({} ms of latency): ratio {:.3} ({:.3}); {} requests; peak {} MiB",
        took.as_millis(),
        chain.len(),
        alone.as_millis(),
        least.as_millis(),
        took.as_secs_f64() / alone.as_secs_f64(),
        took.as_secs_f64() / least.as_secs_f64(),
        log.len(),
        support::peak_memory().map_or_else(|| "?".to_owned(), |kib| (kib >> 10).to_string()),
    );
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
