//! Parts of changes and of repositories, feeds, and the raw answers they came from. A tag is
//! written in the transaction that writes the rows from its body.

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{Cache, pack, put_change, put_marks, time, unpack};
use crate::{
    model::{PartName, PartState, PrNumber, PullRequest, RepoPart, Timestamp},
    store::StoreError,
};

/// Whether a part is worth asking for again while nothing says that it changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Again {
    #[default]
    No,
    /// A request failed that may not fail again.
    Next,
    /// The forge refused, and may not for ever.
    Later,
    /// Something has not ended.
    Pending,
}

impl Again {
    fn number(self) -> u8 {
        match self {
            Self::No => 0,
            Self::Next => 1,
            Self::Later => 2,
            Self::Pending => 3,
        }
    }

    fn of(number: u8) -> Self {
        match number {
            1 => Self::Next,
            2 => Self::Later,
            3 => Self::Pending,
            _ => Self::No,
        }
    }
}

/// A part as it is stored, of a change or of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPart<P> {
    pub part: P,
    pub state: PartState,
    /// When the forge last answered.
    pub checked_at: Option<Timestamp>,
    /// When the forge was last asked.
    pub tried_at: Option<Timestamp>,
    pub again: Again,
    pub count: u64,
    /// JSON of its records; absent where there never were any.
    pub records: Option<String>,
}

/// A part of a change as it is stored.
pub type PartRow = StoredPart<PartName>;
/// A part of a repository as it is stored.
pub type RepoPartRow = StoredPart<RepoPart>;

/// A raw answer of the forge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedResponse {
    pub url: String,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    /// Address of the next page.
    pub next: Option<String>,
    pub fetched_at: Timestamp,
    pub body: Vec<u8>,
}

/// What a feed told, written in one transaction.
#[derive(Clone, Debug, Default)]
pub struct FeedWrite {
    pub feed: &'static str,
    /// Absent where the feed was not read to its end.
    pub checked_at: Option<Timestamp>,
    pub prs: Vec<PullRequest>,
    pub marks: Vec<(PrNumber, String)>,
    /// Parts of the repository that must be asked for again.
    pub stale: Vec<RepoPart>,
    pub responses: Vec<CachedResponse>,
}

/// Columns of a row of either table of parts, and their order.
type Raw = (
    String,
    String,
    Option<String>,
    Option<String>,
    u8,
    u64,
    Option<Vec<u8>>,
);
const COLUMNS: &str = "part, state, checked_at, tried_at, again, count, records";

fn raw(r: &rusqlite::Row<'_>) -> rusqlite::Result<Raw> {
    Ok((
        r.get(0)?,
        r.get(1)?,
        r.get(2)?,
        r.get(3)?,
        r.get(4)?,
        r.get(5)?,
        r.get(6)?,
    ))
}

impl Cache {
    /// Reads rows of either table; a part that this version does not know is left out.
    fn stored<P>(
        &self,
        rows: Vec<Raw>,
        parse: fn(&str) -> Option<P>,
    ) -> Result<Vec<StoredPart<P>>, StoreError> {
        let mut found = Vec::new();
        for (name, state, checked, tried, again, count, records) in rows {
            let Some(part) = parse(&name) else { continue };
            found.push(StoredPart {
                part,
                state: self.db.record(&state)?,
                checked_at: time(checked),
                tried_at: time(tried),
                again: Again::of(again),
                count,
                records: records.map(|r| String::from_utf8_lossy(&unpack(&r)).into_owned()),
            });
        }
        Ok(found)
    }

    /// Writes a part and the answers it came from, in one transaction.
    pub fn put_part(
        &self,
        repo: i64,
        number: PrNumber,
        part: PartRow,
        responses: Vec<CachedResponse>,
        account: String,
    ) -> Result<(), StoreError> {
        let state = self.db.json(&part.state)?;
        self.db.write(move |tx| {
            let packed = part.records.as_ref().map(|r| pack(r.as_bytes()));
            // A failed query keeps what was there before.
            tx.execute(
                "INSERT INTO part (repo, number, part, state, checked_at, tried_at, again, count, records)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (repo, number, part) DO UPDATE SET
                    state = excluded.state,
                    checked_at = COALESCE(excluded.checked_at, part.checked_at),
                    tried_at = excluded.tried_at,
                    again = excluded.again,
                    count = CASE WHEN excluded.records IS NULL THEN part.count ELSE excluded.count END,
                    records = COALESCE(excluded.records, part.records)",
                params![
                    repo,
                    number,
                    part.part.name(),
                    state,
                    part.checked_at.map(|t| t.to_string()),
                    part.tried_at.map(|t| t.to_string()),
                    part.again.number(),
                    part.count,
                    packed
                ],
            )?;
            put_responses(tx, repo, &responses, &account)
        })
    }

    /// Returns the parts of a change.
    pub fn parts(&self, repo: i64, number: PrNumber) -> Result<Vec<PartRow>, StoreError> {
        let rows: Vec<Raw> = self.db.read(|c| {
            c.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM part WHERE repo = ?1 AND number = ?2"
            ))?
            .query_map(params![repo, number], raw)?
            .collect()
        })?;
        self.stored(rows, PartName::parse)
    }

    /// Writes a part of a repository and the answers it came from, in one transaction.
    pub fn put_repo_part(
        &self,
        repo: i64,
        part: RepoPartRow,
        responses: Vec<CachedResponse>,
        account: String,
    ) -> Result<(), StoreError> {
        let state = self.db.json(&part.state)?;
        self.db.write(move |tx| {
            let packed = part.records.as_ref().map(|r| pack(r.as_bytes()));
            tx.execute(
                "INSERT INTO repo_part (repo, part, state, checked_at, tried_at, again, count, records)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (repo, part) DO UPDATE SET
                    state = excluded.state,
                    checked_at = COALESCE(excluded.checked_at, repo_part.checked_at),
                    tried_at = excluded.tried_at,
                    again = excluded.again,
                    count = CASE WHEN excluded.records IS NULL THEN repo_part.count ELSE excluded.count END,
                    records = COALESCE(excluded.records, repo_part.records)",
                params![
                    repo,
                    part.part.name(),
                    state,
                    part.checked_at.map(|t| t.to_string()),
                    part.tried_at.map(|t| t.to_string()),
                    part.again.number(),
                    part.count,
                    packed
                ],
            )?;
            put_responses(tx, repo, &responses, &account)
        })
    }

    /// Notes that a part of a repository was confirmed: nothing else of it changes.
    pub fn touch_repo_part(
        &self,
        repo: i64,
        part: RepoPart,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.db.write(move |tx| {
            tx.execute(
                "UPDATE repo_part SET checked_at = ?3, tried_at = ?3 WHERE repo = ?1 AND part = ?2",
                params![repo, part.name(), at.to_string()],
            )?;
            Ok(())
        })
    }

    /// Returns one part of a repository, if it was ever asked for.
    pub fn repo_part(&self, repo: i64, part: RepoPart) -> Result<Option<RepoPartRow>, StoreError> {
        let rows = self.db.read(|c| {
            c.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM repo_part WHERE repo = ?1 AND part = ?2"
            ))?
            .query_map(params![repo, part.name()], raw)?
            .collect()
        })?;
        Ok(self.stored(rows, RepoPart::parse)?.pop())
    }

    /// Returns the parts of a repository.
    pub fn repo_parts(&self, repo: i64) -> Result<Vec<RepoPartRow>, StoreError> {
        let rows: Vec<Raw> = self.db.read(|c| {
            c.prepare_cached(&format!("SELECT {COLUMNS} FROM repo_part WHERE repo = ?1"))?
                .query_map([repo], raw)?
                .collect()
        })?;
        self.stored(rows, RepoPart::parse)
    }

    /// Writes what a feed told, with the tag of its answer, in one transaction.
    pub fn put_feed(&self, repo: i64, write: FeedWrite, account: String) -> Result<(), StoreError> {
        let rows = write
            .prs
            .iter()
            .map(|pr| Ok((pr.clone(), self.db.json(pr)?)))
            .collect::<Result<Vec<_>, StoreError>>()?;
        self.db.write(move |tx| {
            for (pr, json) in &rows {
                put_change(tx, repo, pr, json)?;
            }
            put_marks(tx, repo, &write.marks)?;
            for part in &write.stale {
                tx.execute(
                    "UPDATE repo_part SET again = 1 WHERE repo = ?1 AND part = ?2",
                    params![repo, part.name()],
                )?;
            }
            if let Some(at) = write.checked_at {
                tx.execute(
                    "INSERT OR REPLACE INTO feed (repo, feed, checked_at) VALUES (?1, ?2, ?3)",
                    params![repo, write.feed, at.to_string()],
                )?;
            }
            put_responses(tx, repo, &write.responses, &account)
        })
    }

    /// Notes that feeds were confirmed, and with the first of them the list.
    pub fn touch_feeds(
        &self,
        repo: i64,
        feeds: Vec<&'static str>,
        at: Timestamp,
        list: bool,
    ) -> Result<(), StoreError> {
        self.db.write(move |tx| {
            for feed in &feeds {
                tx.execute(
                    "INSERT OR REPLACE INTO feed (repo, feed, checked_at) VALUES (?1, ?2, ?3)",
                    params![repo, feed, at.to_string()],
                )?;
            }
            if list {
                tx.execute(
                    "UPDATE repo SET list_checked_at = ?2 WHERE id = ?1",
                    params![repo, at.to_string()],
                )?;
            }
            Ok(())
        })
    }

    /// Returns when each feed was last confirmed.
    pub fn feeds(&self, repo: i64) -> Result<Vec<(String, Timestamp)>, StoreError> {
        self.db.read(|c| {
            c.prepare("SELECT feed, checked_at FROM feed WHERE repo = ?1 ORDER BY feed")?
                .query_map([repo], |r| {
                    Ok((r.get(0)?, time(r.get(1)?).unwrap_or_default()))
                })?
                .collect()
        })
    }

    /// Returns the stored answer to a request.
    pub fn response(&self, url: &str, account: &str) -> Result<Option<CachedResponse>, StoreError> {
        self.db.read(|c| {
            c.prepare_cached(
                "SELECT url, etag, last_modified, next, fetched_at, body FROM response WHERE url = ?1 AND account = ?2",
            )?
            .query_row(params![url, account], |r| {
                Ok(CachedResponse {
                    url: r.get(0)?,
                    etag: r.get(1)?,
                    last_modified: r.get(2)?,
                    next: r.get(3)?,
                    fetched_at: time(r.get(4)?).unwrap_or_default(),
                    body: unpack(&r.get::<_, Vec<u8>>(5)?),
                })
            })
            .optional()
        })
    }
}

pub(super) fn put_responses(
    tx: &Transaction<'_>,
    repo: i64,
    responses: &[CachedResponse],
    account: &str,
) -> rusqlite::Result<()> {
    for r in responses {
        tx.execute(
            "INSERT OR REPLACE INTO response (url, account, repo, etag, last_modified, next, fetched_at, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![r.url, account, repo, r.etag, r.last_modified, r.next, r.fetched_at.to_string(), pack(&r.body)],
        )?;
    }
    Ok(())
}
