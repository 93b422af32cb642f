//! A sync that is killed, anywhere: the next one goes on, and in the end the cache is what it would
//! have been. `PROOFLINE_KILLS` sets how often, and `PROOFLINE_KILLS_SCALE` how large the world is,
//! such as `40x8` (`tests/kills.sh` sets both).

use std::{
    collections::BTreeMap,
    process::{Child, Command, Stdio},
    str::FromStr,
    time::Instant,
};

use proofline::demo::Scale;

use super::tools::{BINARY, Home};
use crate::support::{
    dump::{Phase, differences, dump, phase},
    forge::{forge, large},
};

/// Reads a variable that a script sets.
fn setting<T: FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// When a process is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// When the forge was asked so often.
    Request(usize),
    /// When so many bytes were written to the cache.
    Write(u64),
}

/// Bytes that were written to the cache, until its log begins anew.
fn written(home: &Home) -> u64 {
    let log = home.folder.path().join("cache/cache.db-wal");
    std::fs::metadata(log).map_or(0, |m| m.len())
}

fn start(home: &Home) -> Child {
    let mut command = Command::new(BINARY);
    command
        .arg("sync")
        .env_clear()
        .envs(home.environment.iter().cloned());
    command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

// [verifies PL-SYN-1]
#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_is_killed_anywhere_ends_as_one_that_is_not() {
    let kills: usize = setting("PROOFLINE_KILLS").unwrap_or(8);
    let forge = match setting::<Scale>("PROOFLINE_KILLS_SCALE") {
        Some(scale) => large(scale.changes, scale.rows).await,
        None => forge(0).await,
    };
    let undisturbed = Home::on(&forge);
    let started = Instant::now();
    undisturbed.run(&["sync"]).ended(0);
    let (took, requests) = (started.elapsed(), forge.log().len());
    let bytes = written(&undisturbed);
    println!(
        "a sync that nobody disturbs: {requests} requests, {bytes} bytes, {} ms",
        took.as_millis()
    );
    undisturbed.settle();
    forge.control().clear_log();
    let expected = dump(undisturbed.folder.path());
    let mut phases: BTreeMap<Phase, usize> = BTreeMap::new();
    for n in 0..kills {
        // By turns at a request, anywhere between the first and the last, and at a write, between
        // two transactions; which differs from round to round. Every fourth time at one of the first
        // writes, where feeds and list are kept.
        let anywhere = n * 7919 + 13;
        let at = match n % 4 {
            0 | 2 => Moment::Request(2 + anywhere % (requests - 2)),
            1 => Moment::Write(bytes / 40 + anywhere as u64 * 613 % (bytes / 8)),
            _ => Moment::Write(anywhere as u64 * 613 % bytes),
        };
        let home = Home::on(&forge);
        // Each round has the whole budget, and so has the sync after the kill.
        forge.control().advance_clock(3600);
        let mut child = start(&home);
        let is_reached = || match at {
            Moment::Request(count) => forge.log().len() >= count,
            Moment::Write(bytes) => written(&home) >= bytes,
        };
        while !is_reached() && child.try_wait().unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        // SIGKILL: nothing of the process runs after it.
        child.kill().unwrap();
        child.wait().unwrap();
        *phases.entry(phase(home.folder.path())).or_default() += 1;
        let shown = home.run(&["list", "--offline", "--all"]);
        assert!(shown.code == 0, "at {at:?}: {}", shown.err);
        forge.control().advance_clock(3600);
        home.settle();
        forge.control().clear_log();
        let found = dump(home.folder.path());
        let differs = differences(&found, &expected);
        assert!(
            differs.is_empty(),
            "kill {n}, at {at:?} of {requests} and {bytes}: {differs:#?}"
        );
    }
    let between =
        kills - phases.get(&Phase::Nothing).unwrap_or(&0) - phases.get(&Phase::Whole).unwrap_or(&0);
    println!("{kills} kills, {between} between the first row and the last: {phases:?}");
    // As many as the script asks for are spread over all of it.
    if kills >= 100 {
        assert!(between * 5 >= kills * 4, "{phases:?}");
        assert_eq!(
            phases
                .keys()
                .filter(|p| **p > Phase::Nothing && **p < Phase::Whole)
                .count(),
            3
        );
    } else {
        assert!(between > 0, "{phases:?}");
    }
}
