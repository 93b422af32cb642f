//! The token is in no argument of any program that is started, no output, no export, no file.

use std::path::Path;

use super::tools::Home;
use crate::support::forge::forge;

fn everything(folder: &Path, found: &mut Vec<u8>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            everything(&path, found);
        } else {
            found.extend(std::fs::read(path).unwrap());
        }
    }
}

// [verifies PL-SAF-2]
#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_in_no_argument_output_or_file() {
    let forge = forge(0).await;
    let home = Home::on(&forge);
    // A git that writes down how it was called, and then is git.
    let calls = home.folder.path().join("calls");
    let path = std::env::var("PATH").unwrap();
    let script = format!(
        "echo \"$@\" >> {}\nPATH={path} exec git \"$@\"",
        calls.display()
    );
    let home = home
        .with_program("git", &script)
        .with("RUST_LOG", "trace")
        .with("RUST_BACKTRACE", "full")
        .with("GIT_TRACE", "1");
    let number = forge.truth().story().unwrap().number.to_string();
    let mut said = String::new();
    for arguments in [
        &["sync"][..],
        &["sync", "--plan", "--json"],
        &["doctor", "--json"],
        &["show", &number, "--json"],
        &["timeline", &number, "--json"],
        &["contract", "check", &number],
        &["search", "capture", "--json"],
        &["cache", "size"],
    ] {
        let ran = home.run(arguments);
        said += &ran.out;
        said += &ran.err;
    }
    // And where all of it fails.
    drop(forge.control().act(proofline::demo::Act::Revoke {
        login: None,
        restore: false,
    }));
    let ran = home.run(&["sync"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    said += &ran.err;
    let called = std::fs::read_to_string(&calls).unwrap();
    assert!(called.lines().count() > 5, "git was called: {called}");
    let mut bytes = Vec::new();
    everything(home.folder.path(), &mut bytes);
    let token = forge.token();
    for (place, text) in [
        ("arguments", called.as_bytes()),
        ("output", said.as_bytes()),
        ("files", &bytes),
    ] {
        let there = text.windows(token.len()).any(|w| w == token.as_bytes());
        assert!(!there, "the token is in the {place}");
    }
}
