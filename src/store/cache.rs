//! The cache: repositories, changes, parts, raw answers, files of artifacts.

mod artifacts;
mod derived;
mod kept;
mod parts;
mod repos;
mod search;
mod upkeep;

use std::{
    io::{Read as _, Write as _},
    path::Path,
    sync::{Arc, atomic::AtomicU64},
};

use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use rusqlite::{OptionalExtension as _, Transaction, params};

pub use artifacts::{ListedFile, StoredFile};
pub use derived::Derived;
pub use parts::{Again, CachedResponse, FeedWrite, PartRow, RepoPartRow, StoredPart};
pub use repos::RepoRow;
pub use search::{Document, Hit, MANY};
pub use upkeep::{Pruned, Sizes};

use super::{
    StoreError,
    database::{Database, Opened, open_disposable},
    migrations,
};
use crate::model::{PrNumber, PrState, PullRequest, Timestamp};

/// A change as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRow {
    pub repo: i64,
    pub pr: PullRequest,
    /// JSON of what the inbox shows.
    pub summary: Option<String>,
    pub synced_for: Option<Timestamp>,
}

/// What planning needs of a change, without its texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRow {
    pub number: PrNumber,
    pub open: bool,
    pub updated_at: Timestamp,
    pub synced_for: Option<Timestamp>,
    /// Why it must be asked for again.
    pub dirty: Option<String>,
    /// How many parts there are.
    pub parts: usize,
    /// A part failed that may not fail again.
    pub again: bool,
    /// When the oldest of the parts that were refused was last tried.
    pub refused_at: Option<Timestamp>,
    /// Some check has not ended.
    pub pending: bool,
}

/// The cache file.
#[derive(Clone)]
pub struct Cache {
    db: Database,
    /// Contents that were read, since nothing was kept of them.
    derivations: Arc<AtomicU64>,
}

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

fn unpack(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    // Our own bytes; a damaged row reads as empty and the next sync replaces it.
    let _ = ZlibDecoder::new(bytes).take(1 << 30).read_to_end(&mut out);
    out
}

fn time(text: Option<String>) -> Option<Timestamp> {
    text.and_then(|t| Timestamp::parse(&t).ok())
}

fn state_word(state: PrState) -> &'static str {
    match state {
        PrState::Open => "open",
        PrState::Closed => "closed",
        PrState::Merged => "merged",
    }
}

impl Cache {
    /// Opens or makes the cache; a damaged file is moved aside and made anew.
    pub fn open(path: &Path) -> Result<(Self, Opened), StoreError> {
        let (db, opened) = open_disposable(path, migrations::CACHE)?;
        let cache = Self {
            db,
            derivations: Arc::default(),
        };
        Ok((cache, opened))
    }

    /// Opens the cache of a folder. Where it was written by a newer version, one of this version's own
    /// is used beside it: all of a cache can be fetched again, and neither decisions nor the outbox
    /// wait for it.
    ///
    /// # Errors
    /// Where neither can be opened or made.
    pub fn open_in(folder: &Path) -> Result<(Self, Opened), StoreError> {
        match Self::open(&folder.join("cache.db")) {
            Err(StoreError::Newer { known, .. }) => {
                let own = folder.join(format!("cache-{known}.db"));
                let (cache, opened) = Self::open(&own)?;
                Ok(match opened {
                    Opened::Rebuilt(_) => (cache, opened),
                    _ => (cache, Opened::Beside(own)),
                })
            }
            other => other,
        }
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        self.db.path()
    }

    /// Writes the listed changes, and whether the list is now whole as of `checked_at`.
    pub fn put_list(
        &self,
        repo: i64,
        prs: &[PullRequest],
        checked_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let rows = prs
            .iter()
            .map(|pr| Ok((pr.clone(), self.db.json(pr)?)))
            .collect::<Result<Vec<_>, StoreError>>()?;
        self.db.write(move |tx| {
            for (pr, json) in &rows {
                put_change(tx, repo, pr, json)?;
            }
            if let Some(at) = checked_at {
                tx.execute(
                    "UPDATE repo SET list_checked_at = ?2 WHERE id = ?1",
                    params![repo, at.to_string()],
                )?;
            }
            Ok(())
        })
    }

    /// Returns the changes of a repository, newest first.
    pub fn changes(&self, repo: i64) -> Result<Vec<ChangeRow>, StoreError> {
        let rows: Vec<(String, Option<String>, Option<String>)> = self.db.read(|c| {
            c.prepare("SELECT pr, summary, synced_for FROM change WHERE repo = ?1 ORDER BY updated_at DESC, number DESC")?
                .query_map([repo], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?
                .collect()
        })?;
        rows.into_iter()
            .map(|(pr, summary, synced)| {
                Ok(ChangeRow {
                    repo,
                    pr: self.db.record(&pr)?,
                    summary,
                    synced_for: time(synced),
                })
            })
            .collect()
    }

    /// Returns what planning needs: the open changes, and others that something was told of.
    pub fn plan_rows(&self, repo: i64, asked: &[PrNumber]) -> Result<Vec<PlanRow>, StoreError> {
        let asked = self.db.json(&asked)?;
        self.db.read(|c| {
            c.prepare(
                "SELECT number, state, updated_at, synced_for, dirty,
                    (SELECT count(*) FROM part p WHERE p.repo = c.repo AND p.number = c.number),
                    EXISTS (SELECT 1 FROM part p WHERE p.repo = c.repo AND p.number = c.number AND again = 1),
                    (SELECT min(coalesce(tried_at, '')) FROM part p WHERE p.repo = c.repo AND p.number = c.number AND again = 2),
                    EXISTS (SELECT 1 FROM part p WHERE p.repo = c.repo AND p.number = c.number AND again = 3)
                 FROM change c
                 WHERE repo = ?1 AND (state = 'open' OR dirty IS NOT NULL OR number IN (SELECT value FROM json_each(?2)))",
            )?
            .query_map(params![repo, asked], |r| {
                let refused: Option<String> = r.get(7)?;
                Ok(PlanRow {
                    number: r.get(0)?,
                    open: r.get::<_, String>(1)? == "open",
                    updated_at: time(r.get(2)?).unwrap_or_default(),
                    synced_for: time(r.get(3)?),
                    dirty: r.get(4)?,
                    parts: r.get(5)?,
                    again: r.get(6)?,
                    refused_at: refused.map(|t| time(Some(t)).unwrap_or_default()),
                    pending: r.get(8)?,
                })
            })?
            .collect()
        })
    }

    /// Returns numbers and states as of when, of all changes: what a page of the list is held against.
    pub fn listed(
        &self,
        repo: i64,
    ) -> Result<std::collections::BTreeMap<PrNumber, Timestamp>, StoreError> {
        self.db.read(|c| {
            c.prepare("SELECT number, updated_at FROM change WHERE repo = ?1")?
                .query_map([repo], |r| {
                    Ok((r.get(0)?, time(r.get(1)?).unwrap_or_default()))
                })?
                .collect()
        })
    }

    /// Returns the changes whose branch has a name, and those whose head is a commit.
    pub fn changes_of(
        &self,
        repo: i64,
        branch: &str,
        head: &str,
    ) -> Result<Vec<PrNumber>, StoreError> {
        self.db.read(|c| {
            c.prepare(
                "SELECT number FROM change WHERE repo = ?1 AND (head_ref = ?2 OR head_sha = ?3)
                 AND (state = 'open' OR synced_for IS NOT NULL) ORDER BY number",
            )?
            .query_map(params![repo, branch, head], |r| r.get(0))?
            .collect()
        })
    }

    /// Returns the branches that open changes would be merged into.
    pub fn bases(&self, repo: i64) -> Result<Vec<String>, StoreError> {
        self.db.read(|c| {
            c.prepare("SELECT DISTINCT json_extract(pr, '$.base_ref') FROM change WHERE repo = ?1 AND state = 'open'")?
                .query_map([repo], |r| r.get(0))?
                .collect()
        })
    }

    /// Returns why a change must be asked for again.
    pub fn mark_of(&self, repo: i64, number: PrNumber) -> Result<Option<String>, StoreError> {
        self.db.read(|c| {
            let sql = "SELECT dirty FROM change WHERE repo = ?1 AND number = ?2";
            let found = c
                .query_row(sql, params![repo, number], |r| r.get(0))
                .optional()?;
            Ok(found.flatten())
        })
    }

    /// Notes that the evidence of changes must be asked for again.
    pub fn mark(&self, repo: i64, marks: Vec<(PrNumber, String)>) -> Result<(), StoreError> {
        self.db.write(move |tx| put_marks(tx, repo, &marks))
    }

    /// Returns one change.
    pub fn change(&self, repo: i64, number: PrNumber) -> Result<Option<ChangeRow>, StoreError> {
        let row: Option<(String, Option<String>, Option<String>)> = self.db.read(|c| {
            c.query_row(
                "SELECT pr, summary, synced_for FROM change WHERE repo = ?1 AND number = ?2",
                params![repo, number],
                |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
            )
            .optional()
        })?;
        row.map(|(pr, summary, synced)| {
            Ok(ChangeRow {
                repo,
                pr: self.db.record(&pr)?,
                summary,
                synced_for: time(synced),
            })
        })
        .transpose()
    }

    /// Writes what the inbox shows of a change, for which state of it, and that what was told of it
    /// until `mark` is done with.
    pub fn set_summary(
        &self,
        repo: i64,
        number: PrNumber,
        summary: String,
        synced_for: Option<Timestamp>,
        mark: Option<String>,
    ) -> Result<(), StoreError> {
        self.db.write(move |tx| {
            tx.execute(
                "UPDATE change SET summary = ?3, synced_for = COALESCE(?4, synced_for),
                    dirty = CASE WHEN dirty IS ?5 THEN NULL ELSE dirty END
                 WHERE repo = ?1 AND number = ?2",
                params![
                    repo,
                    number,
                    summary,
                    synced_for.map(|t| t.to_string()),
                    mark
                ],
            )?;
            Ok(())
        })
    }
}

fn put_change(
    tx: &Transaction<'_>,
    repo: i64,
    pr: &PullRequest,
    json: &str,
) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO change (repo, number, state, updated_at, pr, head_ref, head_sha)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (repo, number) DO UPDATE SET
            state = excluded.state, updated_at = excluded.updated_at, pr = excluded.pr,
            head_ref = excluded.head_ref, head_sha = excluded.head_sha
         WHERE excluded.updated_at >= change.updated_at",
        params![
            repo,
            pr.number,
            state_word(pr.state),
            pr.updated_at.to_string(),
            json,
            pr.head_ref,
            pr.head_sha.as_str()
        ],
    )?;
    Ok(())
}

/// Notes why changes must be asked for again; what was noted before stays with it.
fn put_marks(
    tx: &Transaction<'_>,
    repo: i64,
    marks: &[(PrNumber, String)],
) -> rusqlite::Result<()> {
    for (number, why) in marks {
        tx.execute(
            "UPDATE change SET dirty = CASE
                WHEN dirty IS NULL OR length(dirty) > 200 THEN ?3
                WHEN instr(dirty, ?3) > 0 THEN dirty ELSE dirty || '; ' || ?3 END
             WHERE repo = ?1 AND number = ?2",
            params![repo, number, why],
        )?;
    }
    Ok(())
}
