//! Bad input: a clear message, an exit code, and nothing else lost.

use std::fs;

use super::tools::{Home, Ran};
use crate::support::forge::forge;

#[track_caller]
fn says(ran: Ran, code: i32, words: &[&str]) {
    let ran = ran.ended(code);
    for word in words {
        assert!(ran.err.contains(word), "no “{word}”: {ran:#?}");
    }
    assert!(!ran.err.contains("panicked"), "{ran:#?}");
}

#[test]
fn without_a_terminal_the_workbench_says_what_to_use() {
    says(
        Home::new().run(&["demo"]),
        2,
        &["this is no terminal", "proofline list"],
    );
}

#[test]
fn outside_of_a_repository() {
    says(
        Home::new().run(&["list"]),
        2,
        &["not inside a git repository", "-R OWNER/REPO"],
    );
    says(
        Home::new().run(&["local", "--plain"]),
        2,
        &["not inside a git repository"],
    );
    says(
        Home::new().run(&["-R", "nonsense", "list"]),
        2,
        &["names no repository", "OWNER/REPO"],
    );
}

#[test]
fn an_unreachable_host() {
    let home = Home::new();
    says(
        home.run(&["--api-url", "http://127.0.0.1:9", "-R", "a/b", "sync"]),
        4,
        &["error:", "check the network"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_and_an_unknown_repository() {
    let forge = forge(0).await;
    let wrong = Home::as_person(&forge, "ghp_nobody");
    says(
        wrong.run(&["sync"]),
        3,
        &["Bad credentials", "gh auth login"],
    );
    let home = Home::on(&forge);
    says(
        home.run(&["-R", "acme/none", "sync"]),
        1,
        &["check the name"],
    );
    says(home.run(&["show", "9999"]), 1, &["9999"]);
    says(
        home.run(&["trace", "482", "no::such::test"]),
        1,
        &["is no test and no requirement"],
    );
    says(
        home.run(&["timeline", "482", "--stage", "moon"]),
        2,
        &["there is no stage", "Verify"],
    );
    says(
        home.run(&["list", "is:failng"]),
        2,
        &["is no qualifier", "is:open"],
    );
    says(home.run(&["list", "--theme"]), 2, &["--theme"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_cache_is_rebuilt_and_a_damaged_ledger_is_left_alone() {
    let forge = forge(0).await;
    let home = Home::on(&forge);
    home.run(&["sync"]).ended(0);
    let cache = home.folder.path().join("cache/cache.db");
    for name in ["cache.db-wal", "cache.db-shm"] {
        let _ = fs::remove_file(cache.with_file_name(name));
    }
    fs::write(
        &cache,
        b"this is no database at all, but long enough to be read as one",
    )
    .unwrap();
    let again = home.run(&["list"]).ended(0);
    assert!(again.err.contains("damaged"), "{again:#?}");
    assert!(again.out.contains("#482"), "{again:#?}");
    let ledger = home.folder.path().join("data/ledger.db");
    for name in ["ledger.db-wal", "ledger.db-shm"] {
        let _ = fs::remove_file(ledger.with_file_name(name));
    }
    fs::write(
        &ledger,
        b"neither is this, and it must not be overwritten by anybody",
    )
    .unwrap();
    says(home.run(&["list"]), 6, &["damaged", "was left as it is"]);
    assert_eq!(
        fs::read(&ledger).unwrap(),
        b"neither is this, and it must not be overwritten by anybody"
    );
}

#[test]
fn folders_that_cannot_be_written() {
    let home = Home::new();
    let blocked = home.folder.path().join("blocked");
    fs::write(&blocked, b"a file where a folder should be").unwrap();
    let home = home.with(
        "PROOFLINE_CACHE_DIR",
        &blocked.join("cache").display().to_string(),
    );
    says(
        home.run(&["--offline", "-R", "a/b", "list"]),
        6,
        &["cannot", "PROOFLINE_CACHE_DIR"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_that_is_damaged_in_the_middle_is_made_anew_by_the_next_command() {
    let forge = forge(0).await;
    for share in [4, 2] {
        let home = Home::on(&forge);
        home.run(&["sync"]).ended(0);
        let cache = home.folder.path().join("cache/cache.db");
        let mut bytes = fs::read(&cache).unwrap();
        let at = bytes.len() / share / 4096 * 4096;
        bytes[at..at + 40_960].fill(0xa5);
        fs::write(&cache, bytes).unwrap();
        // Whoever meets the damage says so, and what to do; the next one meets none.
        let mut met = 0;
        for arguments in [
            &["doctor"][..],
            &["list"],
            &["show", "482"],
            &["list"],
            &["show", "482"],
        ] {
            let ran = home.run(arguments);
            if ran.code == 6 {
                says(ran, 6, &["is damaged inside", "run it again"]);
                met += 1;
            } else if arguments[0] == "doctor" {
                assert!(
                    ran.out.contains("aside and made anew") || ran.out.contains("sets it aside"),
                    "{ran:#?}"
                );
            }
        }
        assert!(met <= 1, "met {met} times");
        let shown = home.run(&["show", "482"]).ended(0);
        assert!(shown.out.contains("attempts"), "{shown:#?}");
        assert!(cache.with_extension("damaged").exists());
        assert!(!cache.with_extension("damage-found").exists());
    }
}
