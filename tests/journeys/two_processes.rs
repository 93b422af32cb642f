//! Two syncs on one cache at once, and somebody who reads it all the while.

use std::process::{Child, Command, Stdio};

use super::tools::{BINARY, Home};
use crate::support::{
    dump::{Dump, differences, dump},
    forge::{forge, large},
};

fn start(home: &Home) -> Child {
    let mut command = Command::new(BINARY);
    let environment = home.environment.iter().cloned();
    command.arg("sync").env_clear().envs(environment);
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Answers that may have come in another way: lists of the whole repository tell the same where there are
/// many first looks, and of two processes each has fewer.
const TOLD_BY_LISTS: [&str; 6] = [
    "/comments?",
    "/activity?ref=",
    "/actions/runs?branch=",
    "/artifacts?",
    "/code-scanning/a",
    "/pulls/",
];

/// What the cache below a folder holds, but for how some of it was told.
fn evidence(folder: &std::path::Path) -> Dump {
    let mut all = dump(folder);
    if let Some(answers) = all.get_mut("response") {
        answers.retain(|row| !TOLD_BY_LISTS.iter().any(|way| row[0].contains(way)));
    }
    all
}

/// Two syncs of a new cache, or of one whose changes have moved, while a third process reads.
fn side_by_side(home: &Home) -> usize {
    let mut both = [start(home), start(home)];
    let (mut reads, mut last) = (0, 0);
    while both.iter_mut().any(|c| c.try_wait().unwrap().is_none()) {
        let read = home.run(&["list", "--json", "--offline"]).ended(0);
        let json = read.json();
        assert_eq!(json["schema"], "proofline.list/v1", "{read:#?}");
        let listed = json["changes"].as_array().unwrap().len();
        assert!(listed >= last, "{listed} after {last}: {read:#?}");
        assert_eq!(read.err, "");
        (reads, last) = (reads + 1, listed);
    }
    for child in both {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert_eq!(said, "", "nothing was missing on the way");
    }
    reads
}

// [verifies PL-SYN-1]
#[tokio::test(flavor = "multi_thread")]
async fn two_syncs_on_one_cache_end_as_one_does_while_a_third_process_reads() {
    for forge in [forge(0).await, large(20, 6).await] {
        let undisturbed = Home::on(&forge);
        undisturbed.settle();
        let home = Home::on(&forge);
        forge.control().advance_clock(3600);
        let reads = side_by_side(&home);
        assert!(reads > 2, "only {reads} reads");
        // Nothing is left to be asked for, but what changed meanwhile.
        let expected = evidence(undisturbed.folder.path());
        let differs = differences(&evidence(home.folder.path()), &expected);
        assert!(differs.is_empty(), "{differs:#?}");
        // And so it is where something moved.
        let number = forge.truth().story().unwrap().number;
        forge.control().push_commit(number).unwrap();
        forge.control().advance_clock(3600);
        side_by_side(&home);
        home.settle();
        undisturbed.settle();
        let expected = evidence(undisturbed.folder.path());
        let differs = differences(&evidence(home.folder.path()), &expected);
        assert!(differs.is_empty(), "after a push: {differs:#?}");
    }
}
