//! Forges that are away, wrong or only half there: what is cached stays usable, and words are true.

use std::fs;

use proofline::demo::{Fault, FaultKind};

use super::tools::Home;
use crate::support::forge::forge;

/// Closes the connection on every request to the API.
fn gone() -> Fault {
    Fault {
        times: 0,
        ..Fault::next("/", FaultKind::Drop)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_kept_while_the_forge_is_away_and_sent_when_it_is_back() {
    let forge = forge(0).await;
    let home = Home::on(&forge);
    home.run(&["sync"]).ended(0);
    let change = &forge.truth().open[1];
    let number = change.number.to_string();
    let head = change.attempts.last().unwrap().head.clone();
    let decide = [
        "decide",
        "request-changes",
        &number,
        "--expect-head",
        &head,
        "--reason",
        "not yet",
        "--yes",
    ];
    forge.control().fault(gone());
    let decided = home.run(&decide).ended(4);
    assert!(decided.out.contains("waiting"), "{decided:#?}");
    let flushed = home.run(&["outbox", "flush"]).ended(4);
    assert!(flushed.out.contains("waiting"), "{flushed:#?}");
    forge.control().clear_faults();
    // Asked for again, it does not wait for the time of the next try.
    let flushed = home.run(&["outbox", "flush"]).ended(0);
    assert!(flushed.out.contains("done"), "{flushed:#?}");
    // With nobody there at all, what is cached is decided on.
    drop(forge);
    let decided = home.run(&decide).ended(0);
    assert!(decided.out.contains("kept in the outbox"), "{decided:#?}");
    assert!(
        decided.err.contains("deciding on what is cached"),
        "{decided:#?}"
    );
    home.run(&["outbox", "flush"]).ended(4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_of_a_newer_version_keeps_no_decision_waiting() {
    let forge = forge(0).await;
    let home = Home::on(&forge);
    home.run(&["sync"]).ended(0);
    let change = &forge.truth().open[1];
    let number = change.number.to_string();
    let head = change.attempts.last().unwrap().head.clone();
    forge.control().fault(gone());
    home.run(&[
        "decide",
        "request-changes",
        &number,
        "--expect-head",
        &head,
        "--reason",
        "not yet",
        "--yes",
    ])
    .ended(4);
    forge.control().clear_faults();

    let cache = home.folder.path().join("cache/cache.db");
    let file = rusqlite::Connection::open(&cache).unwrap();
    file.pragma_update(None, "journal_mode", "DELETE").unwrap();
    file.pragma_update(None, "user_version", 9_999).unwrap();
    drop(file);
    let before = fs::read(&cache).unwrap();
    let listed = home.run(&["outbox"]).ended(0);
    assert!(
        listed.out.contains(&format!("#{number}")) && listed.out.contains("waiting"),
        "{listed:#?}"
    );
    let flushed = home.run(&["outbox", "flush"]).ended(0);
    assert!(flushed.out.contains("done"), "{flushed:#?}");
    assert!(flushed.err.contains("newer version"), "{flushed:#?}");
    assert_eq!(fs::read(&cache).unwrap(), before, "it is left as it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_repository_that_fails_hides_nothing_of_the_others() {
    let forge = forge(0).await;
    let other = "127.0.0.1:1/acme/payments";
    let (owner, name) = forge.repo();
    let host = forge.base().trim_start_matches("http://");
    let here = format!("{host}/{owner}/{name}");
    let hosts = tempfile::tempdir().unwrap();
    let file = format!("{host}:\n    oauth_token: {}\n", forge.token());
    fs::write(hosts.path().join("hosts.yml"), file).unwrap();
    let home = Home::new().with("GH_CONFIG_DIR", &hosts.path().display().to_string());
    let listed = home.run(&["list", "-R", &here, "-R", other]).ended(4);
    assert!(listed.out.contains("#482"), "{listed:#?}");
    assert!(
        listed.err.contains(&format!("error: {other}")),
        "{listed:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_says_what_is_empty() {
    let forge = forge(0).await;
    let home = Home::on(&forge);
    let nothing = home.run(&["list", "--offline"]).ended(0);
    assert!(
        nothing.out.contains("nothing is cached yet"),
        "{nothing:#?}"
    );
    let unknown = home.run(&["show", "482", "--offline"]).ended(1);
    assert!(
        !unknown.err.contains("the forge does not know"),
        "{unknown:#?}"
    );
    home.run(&["sync"]).ended(0);
    let merged = home.run(&["list", "is:merged"]).ended(0);
    assert!(merged.out.contains("add --all"), "{merged:#?}");
    let none = home.run(&["list", "author:nobody-here"]).ended(0);
    assert!(none.out.contains("none of"), "{none:#?}");
    let absent = home.run(&["show", "99999"]).ended(1);
    assert!(
        absent.err.contains("has no pull request #99999"),
        "{absent:#?}"
    );
}

// [verifies PL-HON-2]
#[test]
fn results_that_cannot_be_read_are_not_results_that_were_not_given() {
    let home = Home::new();
    let folder = home.folder.path().join("code");
    fs::create_dir_all(&folder).unwrap();
    let git = |arguments: &[&str]| {
        let ran = std::process::Command::new("git")
            .args(["-C", &folder.display().to_string()])
            .args(["-c", "user.name=a", "-c", "user.email=a@b"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(ran.status.success(), "{ran:?}");
    };
    git(&["init", "--quiet"]);
    for n in ["one", "two"] {
        fs::write(folder.join("a.txt"), n).unwrap();
        git(&["add", "."]);
        git(&["commit", "--quiet", "-m", n]);
    }
    let cut = folder.join("cut.xml");
    fs::write(&cut, "<testsuites><testsuite>").unwrap();
    let cut = cut.display().to_string();
    let shown = home.run_in(&folder, &["local", "--results", &cut, "--plain"]);
    let verify = shown.out.lines().find(|l| l.starts_with("Verify")).unwrap();
    assert!(
        verify.contains("unknown") && verify.contains("cut.xml"),
        "{verify}"
    );
    let empty = home
        .run_in(&folder, &["local", "HEAD..HEAD", "--plain"])
        .ended(1);
    assert!(empty.err.contains("holds no commits"), "{empty:#?}");
}
