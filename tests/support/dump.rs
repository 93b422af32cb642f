//! What a cache holds in the end, whatever happened on the way: for comparing two of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use rusqlite::{Connection, OpenFlags, types::Value};

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

/// Rows by table, as words.
pub type Dump = BTreeMap<&'static str, BTreeSet<Vec<String>>>;

/// The phases of a sync, in order, by what the cache holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
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

/// Returns what the cache below a folder holds.
pub fn dump(folder: &Path) -> Dump {
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

/// Tells how far the sync into a folder came.
pub fn phase(folder: &Path) -> Phase {
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

/// Names rows that one lacks and the other has, two of each kind and table.
pub fn differences(found: &Dump, expected: &Dump) -> Vec<String> {
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
