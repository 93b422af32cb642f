//! A sync that is killed, anywhere: the next one goes on, and in the end the cache is what it would
//! have been. `PROOFLINE_KILLS` sets how often (`tests/kills.sh` asks for 200).

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::{Child, Command, Stdio},
};

use proofline::demo::DemoForge;
use rusqlite::{Connection, OpenFlags, types::Value};

use super::tools::{BINARY, Home};
use crate::support::forge::forge;

/// What is compared, and what is left out of it: times and row numbers, which differ by nature.
const TABLES: &[(&str, &str)] = &[
    (
        "repo",
        "SELECT host, owner, name, viewer, clone_url, default_branch, forge_id, page_size, lost_at, list_checked_at IS NOT NULL FROM repo",
    ),
    (
        "change",
        "SELECT number, state, updated_at, pr, summary, synced_for, dirty, head_ref, head_sha FROM change",
    ),
    (
        "part",
        "SELECT number, part, state, again, count, hex(records) FROM part",
    ),
    (
        "repo_part",
        "SELECT part, state, again, count, hex(records) FROM repo_part",
    ),
    ("feed", "SELECT feed FROM feed"),
    (
        "response",
        "SELECT url, etag, last_modified, next, hex(body) FROM response",
    ),
    ("artifact", "SELECT artifact, problems FROM artifact"),
    (
        "artifact_file",
        "SELECT artifact, path, digest FROM artifact_file",
    ),
    ("blob", "SELECT digest, size, hex(bytes) FROM blob"),
    ("document", "SELECT number, kind, place, text FROM document"),
    (
        "search",
        "SELECT count(*) FROM search WHERE search MATCH 'capture'",
    ),
];

type Dump = BTreeMap<&'static str, BTreeSet<Vec<String>>>;

/// The phases of a sync, in order, by what the cache holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Nothing,
    Listing,
    Repository,
    Changes,
    Whole,
}

fn open(folder: &Path) -> Option<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    Connection::open_with_flags(folder.join("cache/cache.db"), flags).ok()
}

fn dump(folder: &Path) -> Dump {
    let cache = open(folder).unwrap();
    let all = TABLES.iter().map(|(name, sql)| {
        let mut query = cache.prepare(sql).unwrap();
        let width = query.column_count();
        let rows = query
            .query_map([], |r| (0..width).map(|c| Ok(word(r.get(c)?))).collect())
            .unwrap()
            .collect::<Result<BTreeSet<Vec<String>>, _>>()
            .unwrap();
        (*name, rows)
    });
    all.collect()
}

fn word(value: Value) -> String {
    match value {
        Value::Text(text) => text,
        other => format!("{other:?}"),
    }
}

fn phase(folder: &Path) -> Phase {
    let count = |sql: &str| -> u64 {
        let found = open(folder).and_then(|c| c.query_row(sql, [], |r| r.get(0)).ok());
        found.unwrap_or(0)
    };
    if count("SELECT count(*) FROM change") == 0 {
        return Phase::Nothing;
    }
    if count("SELECT count(*) FROM repo_part") == 0 {
        return Phase::Listing;
    }
    if count("SELECT count(*) FROM part") == 0 {
        return Phase::Repository;
    }
    let open = "SELECT count(*) FROM change WHERE state = 'open' AND synced_for IS NULL";
    if count(open) > 0 {
        Phase::Changes
    } else {
        Phase::Whole
    }
}

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

/// Syncs until there is nothing left to ask for.
fn finish(home: &Home, forge: &DemoForge) {
    for _ in 0..3 {
        let ran = home.run(&["sync"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
    forge.control().clear_log();
}

fn differences(found: &Dump, expected: &Dump) -> Vec<String> {
    let mut all = Vec::new();
    for (table, rows) in expected {
        let gone = rows
            .difference(&found[table])
            .map(|r| format!("{table} lacks {r:.300?}"));
        all.extend(gone.take(2));
        let more = found[table]
            .difference(rows)
            .map(|r| format!("{table} has {r:.300?}"));
        all.extend(more.take(2));
    }
    all
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
    finish(&undisturbed, &forge);
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
        finish(&home, &forge);
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
