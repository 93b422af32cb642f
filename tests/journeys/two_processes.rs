//! Two syncs on one cache at once, and somebody who reads it all the while.

use std::{
    collections::BTreeSet,
    process::{Child, Command, Stdio},
};

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

/// Answers that one of two caches may lack: where there are many first looks, lists of the whole
/// repository tell the same, and of two processes each has fewer.
fn may_be_told_by_a_list(url: &str) -> bool {
    let lists = [
        "/comments?",
        "/reviews?",
        "/activity?ref=",
        "/actions/runs?branch=",
        "/artifacts?per_page=",
        "/code-scanning/alerts?pr=",
        "/code-scanning/analyses?pr=",
    ];
    let is_change = |path: &str| path.parse::<u64>().is_ok();
    lists.iter().any(|list| url.contains(list))
        || url.split_once("/pulls/").is_some_and(|(_, n)| is_change(n))
}

/// Compares two caches: the same evidence, and the same answers wherever both were given one.
fn differences_of(home: &Home, expected: &Home) -> Vec<String> {
    let (mut found, mut expected) = (dump(home.folder.path()), dump(expected.folder.path()));
    let urls = |all: &Dump| -> BTreeSet<String> {
        all["response"].iter().map(|row| row[0].clone()).collect()
    };
    let both: BTreeSet<String> = urls(&found)
        .intersection(&urls(&expected))
        .cloned()
        .collect();
    for all in [&mut found, &mut expected] {
        let answers = all.get_mut("response").unwrap();
        answers.retain(|row| both.contains(&row[0]) || !may_be_told_by_a_list(&row[0]));
    }
    differences(&found, &expected)
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
        let differs = differences_of(&home, &undisturbed);
        assert!(differs.is_empty(), "{differs:#?}");
        // And so it is where something moved.
        let number = forge.truth().story().unwrap().number;
        forge.control().push_commit(number).unwrap();
        forge.control().advance_clock(3600);
        side_by_side(&home);
        home.settle();
        undisturbed.settle();
        let differs = differences_of(&home, &undisturbed);
        assert!(differs.is_empty(), "after a push: {differs:#?}");
    }
}
