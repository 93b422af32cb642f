//! Upkeep: how large the cache is, what may go, and whether it is healthy.

use std::path::Path;

use rusqlite::Transaction;

use super::{Cache, unpack};
use crate::{
    model::{Artifact, PartName, Timestamp},
    store::StoreError,
};

/// What takes the room, in bytes and rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Bytes of the file and of those beside it.
    pub file: u64,
    /// Bytes inside of the file that are free.
    pub free: u64,
    /// `(what, rows, bytes)`, compressed as they lie there.
    pub tables: Vec<(&'static str, u64, u64)>,
    /// `(host/owner/name, changes, bytes of answers)`.
    pub repos: Vec<(String, u64, u64)>,
}

/// What a pruning removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    pub repos: Vec<String>,
    pub changes: usize,
    pub responses: usize,
    pub files: usize,
}

/// Notes the artifacts that the parts which are still there name.
fn keep_artifacts(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    let mut parts = tx.prepare("SELECT repo, records FROM part WHERE part = ?1")?;
    let mut rows = parts.query([PartName::Artifacts.name()])?;
    let mut keep = tx.prepare("INSERT OR IGNORE INTO named (repo, artifact) VALUES (?1, ?2)")?;
    while let Some(row) = rows.next()? {
        let repo: i64 = row.get(0)?;
        let records: Option<Vec<u8>> = row.get(1)?;
        let json = records.map(|r| unpack(&r)).unwrap_or_default();
        let artifacts: Vec<Artifact> = serde_json::from_slice(&json).unwrap_or_default();
        for artifact in artifacts {
            keep.execute((repo, artifact.id))?;
        }
    }
    Ok(())
}

impl Cache {
    /// Returns what takes the room.
    pub fn sizes(&self) -> Result<Sizes, StoreError> {
        let beside = |suffix: &str| {
            let mut name = self.path().as_os_str().to_owned();
            name.push(suffix);
            std::fs::metadata(Path::new(&name)).map_or(0, |m| m.len())
        };
        let file = beside("") + beside("-wal") + beside("-shm");
        self.db.read(|c| {
            let number = |sql: &str| c.query_row(sql, [], |r| r.get::<_, u64>(0));
            let page = number("SELECT page_size FROM pragma_page_size")?;
            let free = number("SELECT freelist_count FROM pragma_freelist_count")? * page;
            let of = |table: &str, column: &str| -> rusqlite::Result<(u64, u64)> {
                c.query_row(
                    &format!("SELECT count(*), coalesce(sum(length({column})), 0) FROM {table}"),
                    [],
                    |r| Ok((r.get(0)?, r.get(1)?)),
                )
            };
            let mut tables = Vec::new();
            for (what, table, column) in [
                ("changes", "change", "pr"),
                ("evidence", "part", "records"),
                ("evidence of repositories", "repo_part", "records"),
                ("answers of the forge", "response", "body"),
                ("files of evidence", "blob", "bytes"),
                ("searchable texts", "document", "text"),
            ] {
                let (rows, bytes) = of(table, column)?;
                tables.push((what, rows, bytes));
            }
            let repos = c
                .prepare(
                    "SELECT host || '/' || owner || '/' || name,
                        (SELECT count(*) FROM change WHERE repo = repo.id),
                        (SELECT coalesce(sum(length(body)), 0) FROM response WHERE repo = repo.id)
                     FROM repo ORDER BY 3 DESC",
                )?
                .query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?
                .collect::<rusqlite::Result<_>>()?;
            Ok(Sizes {
                file,
                free,
                tables,
                repos,
            })
        })
    }

    /// Removes repositories to which access was lost, evidence and answers of changes that were
    /// closed before a time, and files that nothing refers to any more.
    pub fn prune(&self, closed_before: Timestamp) -> Result<Pruned, StoreError> {
        let before = closed_before.to_string();
        let pruned = self.db.write(move |tx| {
            let repos: Vec<String> = tx
                .prepare("SELECT host || '/' || owner || '/' || name FROM repo WHERE lost_at IS NOT NULL")?
                .query_map([], |r| r.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            tx.execute("DELETE FROM repo WHERE lost_at IS NOT NULL", [])?;
            let old = "SELECT 1 FROM change c WHERE c.repo = t.repo AND c.number = t.number
                       AND c.state <> 'open' AND c.updated_at < ?1";
            tx.execute(&format!("DELETE FROM part AS t WHERE EXISTS ({old})"), [&before])?;
            tx.execute(&format!("DELETE FROM document AS t WHERE EXISTS ({old})"), [&before])?;
            tx.execute(&format!("DELETE FROM kept AS t WHERE EXISTS ({old})"), [&before])?;
            let changes = tx.execute(
                "UPDATE change SET summary = NULL, synced_for = NULL, dirty = NULL
                 WHERE state <> 'open' AND updated_at < ?1 AND synced_for IS NOT NULL",
                [&before],
            )?;
            // What is gone is derived again where it is still asked for.
            tx.execute("DELETE FROM derived WHERE made_at < ?1", [&before])?;
            let responses = tx.execute("DELETE FROM response WHERE fetched_at < ?1", [&before])?;
            // What a change that stays refers to stays too: the forge may not have it any more.
            tx.execute_batch(
                "CREATE TEMP TABLE named (repo INTEGER, artifact INTEGER, PRIMARY KEY (repo, artifact))",
            )?;
            keep_artifacts(tx)?;
            for table in ["artifact_file", "artifact"] {
                tx.execute(
                    &format!(
                        "DELETE FROM {table} AS t WHERE NOT EXISTS
                            (SELECT 1 FROM named k WHERE k.repo = t.repo AND k.artifact = t.artifact)"
                    ),
                    [],
                )?;
            }
            tx.execute_batch("DROP TABLE named")?;
            let files = tx.execute(
                "DELETE FROM blob WHERE NOT EXISTS (SELECT 1 FROM artifact_file f WHERE f.digest = blob.digest)
                 AND NOT EXISTS (SELECT 1 FROM kept k WHERE k.digest = blob.digest)",
                [],
            )?;
            Ok(Pruned {
                repos,
                changes,
                responses,
                files,
            })
        })?;
        self.db.plain("VACUUM")?;
        self.db.plain("PRAGMA wal_checkpoint(TRUNCATE)")?;
        Ok(pruned)
    }

    /// Writes something and takes it back: a full disk or a file that is read-only says so here.
    pub fn try_write(&self) -> Result<(), StoreError> {
        self.db.write(|tx| {
            tx.execute(
                "INSERT INTO host (host, skew) VALUES ('', zeroblob(65536))",
                [],
            )?;
            Ok(())
        })?;
        self.db.write(|tx| {
            tx.execute("DELETE FROM host WHERE host = ''", [])?;
            Ok(())
        })
    }

    /// Looks through the whole file; returns what is wrong with it, if anything. Then the next one who
    /// opens it makes it anew.
    pub fn damage(&self) -> Result<Option<String>, StoreError> {
        let said: String = self
            .db
            .read(|c| c.query_row("PRAGMA quick_check(1)", [], |r| r.get(0)))?;
        if said == "ok" {
            return Ok(None);
        }
        self.db.note_damage(&said);
        Ok(Some(said))
    }
}
