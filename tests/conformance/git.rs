//! Git over HTTP, with the installed git: clones, and commits that no branch holds any more.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use proofline::demo::DemoForge;

use super::forge;

/// Runs git without the environment's configuration; gives what it printed.
pub(super) fn git(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git")
        .current_dir(folder)
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

pub(super) fn address(forge: &DemoForge) -> String {
    let (owner, name) = forge.repo();
    format!("{}/{owner}/{name}.git", forge.base())
}

/// Configuration that sends a token the way git does, as the password of a nameless account.
fn basic(token: &str) -> String {
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{token}"));
    format!("http.extraHeader=Authorization: Basic {pair}")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_attempt_can_be_fetched_by_its_commit() {
    let forge = forge(0).await;
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| git(folder.path(), arguments).unwrap();
    run(&["init", "--bare", "--quiet", "."]);
    for protocol in ["protocol.version=0", "protocol.version=2"] {
        for attempt in &forge.truth().story().unwrap().attempts {
            let fetch = [
                "-c",
                protocol,
                "fetch",
                "--quiet",
                &address(&forge),
                &attempt.head,
            ];
            run(&fetch);
            assert_eq!(run(&["rev-parse", "FETCH_HEAD"]), attempt.head);
            for commit in &attempt.commits {
                assert_eq!(run(&["cat-file", "-t", commit]), "commit");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_holds_branches_and_changes() {
    let forge = forge(4).await;
    let folder = tempfile::tempdir().unwrap();
    let header = basic(forge.token());
    let address = address(&forge);
    let clone = [
        "-c",
        &header,
        "clone",
        "--quiet",
        "--mirror",
        "--filter=blob:none",
        &address,
        ".",
    ];
    git(folder.path(), &clone).unwrap();
    let references = git(
        folder.path(),
        &["for-each-ref", "--format=%(objectname) %(refname)"],
    )
    .unwrap();
    for change in &forge.truth().open {
        assert!(references.contains(&format!("{} refs/heads/{}", change.head, change.branch)));
        assert!(references.contains(&format!("{} refs/pull/{}/head", change.head, change.number)));
    }
    let first_parents = git(
        folder.path(),
        &["rev-list", "--count", "--first-parent", "refs/heads/main"],
    );
    assert_eq!(first_parents.unwrap(), "25");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_pushes_here() {
    let forge = forge(0).await;
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["clone", "--quiet", &address(&forge), "."]).unwrap();
    let refused = git(folder.path(), &["push", "origin", "HEAD:refs/heads/mine"]).unwrap_err();
    assert!(refused.contains("403"), "{refused}");
    let header = basic("wrong");
    let wrong = ["-c", &header, "ls-remote", &address(&forge)];
    assert!(
        git(folder.path(), &wrong).is_err(),
        "a wrong token was taken"
    );
}
