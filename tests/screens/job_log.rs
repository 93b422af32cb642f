//! The log of a failed job: opened from where the failure stands, at its first failing line.

use std::sync::Arc;

use proofline::{
    app::{Effect, Msg, Screen, update},
    formats::logs,
    keys::parse_sequence,
    model::JobLog,
};

use super::stage::{Stage, now};

/// Presses keys; returns job and generation of each log that is asked for.
fn ask(stage: &mut Stage, keys: &str) -> Vec<(u64, u64)> {
    let mut asked = Vec::new();
    for key in parse_sequence(keys).unwrap() {
        for effect in update(&mut stage.app, Msg::Key(key), now()) {
            if let Effect::LoadJobLog {
                job, generation, ..
            } = effect
            {
                asked.push((job, generation));
            }
        }
    }
    asked
}

fn answer(stage: &mut Stage, generation: u64, result: Result<JobLog, String>) {
    let result = result.map(Arc::new);
    stage.send(Msg::JobLog { generation, result });
}

/// A log of many lines, of which one tells of the failure.
fn long() -> JobLog {
    let lines = (1..=300).map(|n| match n {
        200 => {
            "2026-11-20T11:41:00.1234567Z thread 'a' \u{1b}[31mpanicked at\u{1b}[0m tests/a.rs:1"
                .to_owned()
        }
        250 => "##[error]Process completed with exit code 101.".to_owned(),
        _ => format!("line {n} \u{202e}of the log"),
    });
    logs::whole(lines.collect::<Vec<_>>().join("\n").as_bytes())
}

#[test]
fn a_log_opens_at_its_first_failure_and_can_be_searched() {
    for (width, height) in [(80, 24), (200, 50)] {
        let mut stage = Stage::story((width, height));
        // The story opens on the failed test, which stands under its job.
        let asked = ask(&mut stage, "L");
        assert_eq!((stage.screen(), asked.len()), (Screen::Log, 1));
        assert!(stage.text().contains("Reading the log…"));
        answer(&mut stage, asked[0].1, Ok(long()));
        let text = stage.text();
        assert!(
            text.contains("✗ thread 'a' panicked at tests/a.rs:1"),
            "{text}"
        );
        assert!(
            text.contains("300 lines") && !text.contains("line 1 "),
            "{text}"
        );
        assert!(!text.contains('\u{202e}'), "{text}");
        ask(&mut stage, "] e");
        assert!(stage.text().contains("✗ ##[error]Process completed"));
        ask(&mut stage, "g g");
        assert!(stage.text().contains("line 1 "));
        // It is here: opened again, nothing is read.
        assert!(ask(&mut stage, "q L").is_empty());
    }
}

#[test]
fn a_log_that_is_not_here_says_so_and_a_late_one_is_dropped() {
    let mut stage = Stage::story((140, 40));
    let asked = ask(&mut stage, "L");
    answer(&mut stage, asked[0].1 + 7, Ok(long()));
    assert!(stage.text().contains("Reading the log…"));
    answer(
        &mut stage,
        asked[0].1,
        Err("no log of job 1 is in the cache".to_owned()),
    );
    assert!(
        stage
            .text()
            .contains("? This log cannot be read: no log of job 1")
    );
    // What could not be read is asked for again.
    assert_eq!(ask(&mut stage, "q L").len(), 1);
}

#[test]
fn what_has_no_log_says_why() {
    let mut stage = Stage::story((140, 40));
    // The first row is a requirement.
    assert!(ask(&mut stage, "g g L").is_empty());
    assert_eq!(stage.screen(), Screen::Timeline);
    assert!(stage.text().contains("stand on a failed check or test"));
}
