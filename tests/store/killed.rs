//! A process that is killed while it writes: what it said it wrote is there, whole.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
};

use proofline::store::{Cache, Ledger, Opened};

use super::{got, put};

/// Names the folder for the process that will be killed; without it there is nothing to do.
const FOLDER: &str = "PROOFLINE_TEST_WRITER";

/// Not a test by itself: the process that the test below starts and kills.
#[test]
fn writer() {
    let Some(folder) = std::env::var_os(FOLDER).map(std::path::PathBuf::from) else {
        return;
    };
    let (cache, _) = Cache::open(&folder.join("cache.db")).unwrap();
    let (ledger, _) = Ledger::open(&folder.join("ledger.db")).unwrap();
    // Past the capture of the test runner.
    let mut out = std::io::stderr();
    for count in 1.. {
        put(&cache, 1, count);
        ledger.set_ui_state("count", &count.to_string()).unwrap();
        if writeln!(out, "wrote {count}").is_err() {
            return;
        }
    }
}

#[test]
fn a_killed_writer_leaves_whole_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut last = 0_u64;
    for round in 1..=3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::killed::writer", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let counts = lines
            .map_while(Result::ok)
            .filter_map(|l| l.strip_prefix("wrote ").and_then(|n| n.parse::<u64>().ok()));
        last = counts.take(20 * round).last().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let (cache, how) = Cache::open(&folder.path().join("cache.db")).unwrap();
        assert_eq!(how, Opened::AsItWas);
        let (part, answer) = got(&cache, 1);
        assert_eq!(
            part, answer,
            "a tag without its rows, or rows without their tag"
        );
        assert!(part >= last, "{part} of {last}");
        let (ledger, _) = Ledger::open(&folder.path().join("ledger.db")).unwrap();
        let kept: u64 = ledger.ui_state("count").unwrap().unwrap().parse().unwrap();
        assert!(kept >= last, "{kept} of {last}");
    }
    assert_eq!(last, 60);
}
