//! How fast a usable list of open changes is there, against a forge that answers after 50 ms.
//!
//! `cargo bench --bench first_list` starts the demo forge in a process of its own, large and slow, and
//! pulls the list into an empty cache in another. Printed are the time, the number of requests, the time
//! below which it cannot be (the first query, the slowest page of ids, and the changes on them over the
//! allowed connections, each as long as the forge took to answer), their ratio, the same with the ordered
//! latency in place of what the first two took, and the peak memory of the pulling process. Nothing is asserted.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod support;

use std::time::{Duration, Instant};

use proofline::{
    forge::{IN_FLIGHT, LogEntry},
    sync::Ask,
};
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
    let runtime = support::runtime()?;
    let inside = runtime.enter();
    let engine = support::engine(base, &folder, |_| {})?;
    drop(inside);
    let started = Instant::now();
    runtime.block_on(engine.probe(&Ask::default()))?;
    let rows = engine.inbox()?.len();
    let took = started.elapsed();
    let log = engine.forge.log().entries();
    // The first page tells how many there are, the pages of all that are open tell their ids; only then
    // can the changes on them be asked for, and whether the pages are still the same.
    let is_change = |e: &&LogEntry| e.path.ends_with("/graphql");
    let is_page = |e: &&LogEntry| !e.conditional && e.path.contains("/pulls?state=open");
    let is_again = |e: &&LogEntry| e.conditional && e.path.contains("/pulls?state=open");
    let last = log.iter().filter(is_change).skip(1);
    let last = last.chain(log.iter().filter(is_again));
    let busy: Duration = last.map(|e| e.took).sum();
    let last = busy / u32::try_from(IN_FLIGHT)?;
    let first = log.iter().find(is_change).map_or(LATENCY, |e| e.took);
    let pages = log.iter().filter(is_page).map(|e| e.took).max();
    let least = first + pages.unwrap_or(LATENCY) + last;
    let ratio = |least: Duration| took.as_secs_f64() / least.as_secs_f64();
    println!(
        "{rows} rows in {} ms; {} requests; not below {} ms: ratio {:.2} (by latency alone {:.2}); peak {} MiB",
        took.as_millis(),
        log.len(),
        least.as_millis(),
        ratio(least),
        ratio(2 * LATENCY + last),
        support::peak_memory().map_or_else(|| "?".to_owned(), |kib| (kib >> 10).to_string()),
    );
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
