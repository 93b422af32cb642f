//! The workbench in a real pseudo-terminal.

use std::process::Command;

use proofline::demo::{Fault, FaultKind};

use super::tools::{Home, Pty};
use crate::support::forge::forge;

#[test]
fn the_demo_from_the_inbox_to_the_requirement_and_the_attempts() {
    let home = Home::new();
    let mut pty = Pty::start(&home, &["demo"], (140, 40));
    pty.wait_for("your approval is stale").wait_for("#465");
    pty.type_bytes("\r")
        .wait_for("Timeline")
        .wait_for("attempt 4 · Nov 20 · push");
    pty.wait_for("REQ-PAY-18 “Concurrent retries charge once”");
    pty.type_bytes("t")
        .wait_for("docs/spec/payments.md:32")
        .wait_for("annotation tests/capture.rs:77");
    pty.type_bytes("q").wait_for("Timeline");
    pty.type_bytes("a")
        .wait_for("Attempts: 4 of 4")
        .wait_for("skip!")
        .wait_for("pass!");
    pty.type_bytes("q").wait_for("Timeline");
    pty.type_bytes("Q");
    assert_eq!(pty.end(), 0);
    pty.assert_restored();
}

// [verifies PL-DEC-1]
#[tokio::test(flavor = "multi_thread")]
async fn an_approval_is_one_review_on_the_commit_that_was_on_the_screen() {
    let forge = forge(0).await;
    let head = forge.truth().change(479).unwrap().head.clone();
    let home = Home::on(&forge);
    let mut pty = Pty::start(&home, &[], (140, 40));
    pty.wait_for("review requested");
    pty.type_bytes("j\r")
        .wait_for("Bump ring")
        .wait_for(&format!("head {}", &head[..7]));
    pty.type_bytes("A").wait_for("ctrl-s approve #479");
    pty.type_bytes("reads well\x13").wait_for("mira approved");
    pty.type_bytes("Q");
    assert_eq!(pty.end(), 0);
    let writes: Vec<_> = forge
        .log()
        .into_iter()
        .filter(|e| e.method == "POST" && e.path.contains("/reviews"))
        .collect();
    assert_eq!(writes.len(), 1, "{writes:?}");
    let body = writes[0].request_body.clone().unwrap();
    assert_eq!(body["commit_id"], head.as_str());
    assert_eq!(body["event"], "APPROVE");
    assert!(body["body"].as_str().unwrap().contains("reads well"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_moves_under_the_form_holds_the_decision() {
    let forge = forge(0).await;
    let head = forge.truth().change(479).unwrap().head.clone();
    let home = Home::on(&forge);
    let mut pty = Pty::start(&home, &[], (140, 40));
    pty.wait_for("review requested")
        .until("all is pulled", |s| !s.contains("pulling"));
    pty.type_bytes("j\r")
        .wait_for("Bump ring")
        .wait_for(&format!("head {}", &head[..7]));
    pty.type_bytes("A").wait_for("ctrl-s approve #479");
    forge.control().push_commit(479).unwrap();
    pty.type_bytes("\x13").wait_for("held 1");
    let writes = forge
        .log()
        .into_iter()
        .filter(|e| e.method == "POST" && e.path.contains("/reviews"))
        .count();
    assert_eq!(writes, 0);
    pty.type_bytes("go").wait_for("the head moved from");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warm_cache_is_on_the_screen_and_keys_answer_while_the_forge_never_does() {
    let forge = forge(0).await;
    let home = Home::on(&forge);
    home.run(&["sync"]).ended(0);
    let any = Fault {
        method: None,
        path: "/".into(),
        times: u32::MAX,
        kind: FaultKind::Hang,
    };
    forge.control().fault(any);
    let mut pty = Pty::start(&home, &[], (140, 40));
    pty.wait_for("your approval is stale")
        .wait_for("asking what is new");
    pty.type_bytes("\r")
        .wait_for("REQ-PAY-18 “Concurrent retries charge once”");
    pty.type_bytes("a").wait_for("Attempts: 4 of 4");
    pty.type_bytes("Q");
    assert_eq!(pty.end(), 0);
    pty.assert_restored();
}

#[test]
fn resizing_goes_along_and_too_small_is_said() {
    let home = Home::new();
    let mut pty = Pty::start(&home, &["demo"], (140, 40));
    pty.wait_for("your approval is stale");
    pty.resize((20, 5)).wait_for("needs 60×20");
    pty.resize((80, 24)).wait_for("Make capture idempotent");
    pty.type_bytes("Q");
    assert_eq!(pty.end(), 0);
}

#[cfg(unix)]
#[test]
fn a_signal_gives_the_terminal_back() {
    let home = Home::new();
    let mut pty = Pty::start(&home, &["demo"], (100, 30));
    pty.wait_for("Open 7");
    assert!(
        Command::new("kill")
            .args(["-TERM", &pty.pid().to_string()])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(pty.end(), 0);
    pty.assert_restored();
}

#[cfg(target_os = "linux")]
#[test]
fn suspended_and_continued_the_screen_is_back() {
    let home = Home::new();
    let mut pty = Pty::start(&home, &["demo"], (100, 30));
    pty.wait_for("Open 7");
    pty.type_bytes("\x1a");
    // It gives the screen back before it stops.
    pty.until("the main screen", |s| !s.contains("Open 7"));
    let stat = format!("/proc/{}/stat", pty.pid());
    let stopped = || std::fs::read_to_string(&stat).unwrap().contains(") T ");
    while !stopped() {
        std::thread::yield_now();
    }
    assert!(
        Command::new("kill")
            .args(["-CONT", &pty.pid().to_string()])
            .status()
            .unwrap()
            .success()
    );
    pty.wait_for("Open 7");
    pty.type_bytes("Q");
    assert_eq!(pty.end(), 0);
    pty.assert_restored();
}
