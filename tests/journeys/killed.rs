//! A sync that is killed, anywhere: the next one goes on, and in the end the cache is what it would
//! have been. `PROOFLINE_KILLS` sets how often (`tests/kills.sh` asks for 200).

use std::{
    collections::BTreeMap,
    process::{Child, Command, Stdio},
};

use super::tools::{BINARY, Home};
use crate::support::{
    dump::{Phase, differences, dump, phase},
    forge::forge,
};

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
    let kills: usize = std::env::var("PROOFLINE_KILLS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(8);
    let forge = forge(0).await;
    let undisturbed = Home::on(&forge);
    assert_eq!(undisturbed.run(&["sync"]).code, 0);
    let requests = forge.log().len();
    undisturbed.settle();
    forge.control().clear_log();
    let expected = dump(undisturbed.folder.path());
    let mut phases: BTreeMap<Phase, usize> = BTreeMap::new();
    for n in 0..kills {
        // Anywhere between the first request and the last; which differs from round to round.
        // Every fourth time among the first, where feeds and list are written.
        let at = if n % 4 == 1 {
            4 + n / 4 % 10
        } else {
            2 + (n * 7919 + 13) % (requests - 2)
        };
        let home = Home::on(&forge);
        forge.control().advance_clock(3600);
        let mut child = start(&home);
        while forge.log().len() < at && child.try_wait().unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        // SIGKILL: nothing of the process runs after it.
        child.kill().unwrap();
        child.wait().unwrap();
        *phases.entry(phase(home.folder.path())).or_default() += 1;
        let shown = home.run(&["list", "--offline", "--all"]);
        assert!(shown.code == 0, "at request {at}: {}", shown.err);
        home.settle();
        forge.control().clear_log();
        let found = dump(home.folder.path());
        let differs = differences(&found, &expected);
        assert!(
            differs.is_empty(),
            "killed at request {at} of {requests}: {differs:#?}"
        );
    }
    let between =
        kills - phases.get(&Phase::Nothing).unwrap_or(&0) - phases.get(&Phase::Whole).unwrap_or(&0);
    println!("{kills} kills, {between} between the first row and the last: {phases:?}");
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
