//! The cache: repositories, changes, parts, raw answers, files of artifacts.

use std::{
    io::{Read as _, Write as _},
    path::Path,
};

use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::{
    StoreError,
    database::{Database, Opened, open_disposable},
    migrations,
};
use crate::model::{
    PartName, PartState, PrNumber, PrState, Problem, PullRequest, RepoId, Timestamp,
};

/// A repository as the cache knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepoRow {
    /// Key of the row.
    pub id: i64,
    pub repo: RepoId,
    pub viewer: Option<String>,
    pub clone_url: Option<String>,
    pub default_branch: Option<String>,
    pub list_checked_at: Option<Timestamp>,
}

/// A change as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRow {
    pub repo: i64,
    pub pr: PullRequest,
    /// JSON of what the inbox shows.
    pub summary: Option<String>,
    pub synced_for: Option<Timestamp>,
}

/// A part of a change as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartRow {
    pub part: PartName,
    pub state: PartState,
    pub checked_at: Option<Timestamp>,
    pub count: u64,
    /// JSON of its records; absent where there never were any.
    pub records: Option<String>,
}

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

/// A file taken from an artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    pub path: String,
    pub digest: String,
    pub bytes: Vec<u8>,
}

/// Files of an artifact, what could not be read of it, and when it was fetched.
pub type StoredArtifact = (Vec<StoredFile>, Vec<Problem>, Timestamp);

/// The cache file.
#[derive(Clone)]
pub struct Cache {
    db: Database,
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
        Ok((Self { db }, opened))
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        self.db.path()
    }

    /// Returns the row of a repository, making it where it is new.
    pub fn repo(&self, repo: &RepoId) -> Result<RepoRow, StoreError> {
        if let Some(row) = self.find_repo(repo)? {
            return Ok(row);
        }
        let (host, owner, name) = (repo.host.to_string(), repo.owner.clone(), repo.name.clone());
        self.db.write(move |tx| {
            tx.execute(
                "INSERT INTO repo (host, owner, name) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                params![host, owner, name],
            )
        })?;
        self.find_repo(repo)?.ok_or_else(|| StoreError::Closed {
            path: self.db.path().to_owned(),
        })
    }

    /// Returns the row of a repository, if there is one.
    pub fn find_repo(&self, repo: &RepoId) -> Result<Option<RepoRow>, StoreError> {
        self.db.read(|c| {
            c.query_row(
                "SELECT id, host, owner, name, viewer, clone_url, default_branch, list_checked_at
                 FROM repo WHERE host = ?1 AND owner = ?2 AND name = ?3",
                params![repo.host.as_str(), repo.owner, repo.name],
                repo_row,
            )
            .optional()
        })
    }

    /// Returns all repositories.
    pub fn repos(&self) -> Result<Vec<RepoRow>, StoreError> {
        self.db.read(|c| {
            c.prepare("SELECT id, host, owner, name, viewer, clone_url, default_branch, list_checked_at FROM repo ORDER BY host, owner, name")?
                .query_map([], repo_row)?
                .collect()
        })
    }

    /// Writes what the forge says of the repository and of the viewer.
    pub fn set_repo(&self, row: RepoRow) -> Result<(), StoreError> {
        self.db.write(move |tx| {
            tx.execute(
                "UPDATE repo SET viewer = ?2, clone_url = ?3, default_branch = ?4 WHERE id = ?1",
                params![row.id, row.viewer, row.clone_url, row.default_branch],
            )?;
            Ok(())
        })
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

    /// Writes a part and the answers it came from, in one transaction: a tag is never there
    /// without its rows.
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
                "INSERT INTO part (repo, number, part, state, checked_at, count, records)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (repo, number, part) DO UPDATE SET
                    state = excluded.state,
                    checked_at = COALESCE(excluded.checked_at, part.checked_at),
                    count = CASE WHEN excluded.records IS NULL THEN part.count ELSE excluded.count END,
                    records = COALESCE(excluded.records, part.records)",
                params![repo, number, part.part.name(), state, part.checked_at.map(|t| t.to_string()), part.count, packed],
            )?;
            put_responses(tx, repo, &responses, &account)
        })
    }

    /// Returns the parts of a change.
    pub fn parts(&self, repo: i64, number: PrNumber) -> Result<Vec<PartRow>, StoreError> {
        type Raw = (String, String, Option<String>, u64, Option<Vec<u8>>);
        let rows: Vec<Raw> = self.db.read(|c| {
            c.prepare("SELECT part, state, checked_at, count, records FROM part WHERE repo = ?1 AND number = ?2")?
                .query_map(params![repo, number], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?)))?
                .collect()
        })?;
        rows.into_iter()
            .filter_map(|(name, state, checked, count, records)| {
                let part = PartName::parse(&name)?;
                let row = self.db.record(&state).map(|state| PartRow {
                    part,
                    state,
                    checked_at: time(checked),
                    count,
                    records: records.map(|r| String::from_utf8_lossy(&unpack(&r)).into_owned()),
                });
                Some(row)
            })
            .collect()
    }

    /// Writes what the inbox shows of a change, and for which state of it.
    pub fn set_summary(
        &self,
        repo: i64,
        number: PrNumber,
        summary: String,
        synced_for: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.db.write(move |tx| {
            tx.execute(
                "UPDATE change SET summary = ?3, synced_for = COALESCE(?4, synced_for) WHERE repo = ?1 AND number = ?2",
                params![repo, number, summary, synced_for.map(|t| t.to_string())],
            )?;
            Ok(())
        })
    }

    /// Returns the stored answer to a request.
    pub fn response(&self, url: &str, account: &str) -> Result<Option<CachedResponse>, StoreError> {
        self.db.read(|c| {
            c.query_row(
                "SELECT url, etag, last_modified, next, fetched_at, body FROM response WHERE url = ?1 AND account = ?2",
                params![url, account],
                |r| {
                    Ok(CachedResponse {
                        url: r.get(0)?,
                        etag: r.get(1)?,
                        last_modified: r.get(2)?,
                        next: r.get(3)?,
                        fetched_at: time(r.get(4)?).unwrap_or_default(),
                        body: unpack(&r.get::<_, Vec<u8>>(5)?),
                    })
                },
            )
            .optional()
        })
    }

    /// Writes the files taken from an artifact, with what could not be read of it.
    pub fn put_artifact(
        &self,
        repo: i64,
        artifact: u64,
        files: Vec<StoredFile>,
        problems: &[Problem],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let problems = self.db.json(&problems)?;
        self.db.write(move |tx| {
            for file in &files {
                tx.execute(
                    "INSERT INTO blob (digest, size, bytes) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                    params![file.digest, file.bytes.len(), pack(&file.bytes)],
                )?;
                tx.execute(
                    "INSERT OR REPLACE INTO artifact_file (repo, artifact, path, digest) VALUES (?1, ?2, ?3, ?4)",
                    params![repo, artifact, file.path, file.digest],
                )?;
            }
            tx.execute(
                "INSERT OR REPLACE INTO artifact (repo, artifact, problems, fetched_at) VALUES (?1, ?2, ?3, ?4)",
                params![repo, artifact, problems, at.to_string()],
            )?;
            Ok(())
        })
    }

    /// Returns the files and problems of an artifact that was looked at, and when.
    pub fn artifact(&self, repo: i64, artifact: u64) -> Result<Option<StoredArtifact>, StoreError> {
        let found: Option<(String, String)> = self.db.read(|c| {
            c.query_row(
                "SELECT problems, fetched_at FROM artifact WHERE repo = ?1 AND artifact = ?2",
                params![repo, artifact],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
            .optional()
        })?;
        let Some((problems, at)) = found else {
            return Ok(None);
        };
        let files = self.db.read(|c| {
            c.prepare(
                "SELECT f.path, f.digest, b.bytes FROM artifact_file f JOIN blob b ON b.digest = f.digest
                 WHERE f.repo = ?1 AND f.artifact = ?2 ORDER BY f.path",
            )?
            .query_map(params![repo, artifact], |r| {
                Ok(StoredFile { path: r.get(0)?, digest: r.get(1)?, bytes: unpack(&r.get::<_, Vec<u8>>(2)?) })
            })?
            .collect::<rusqlite::Result<Vec<_>>>()
        })?;
        Ok(Some((
            files,
            self.db.record(&problems)?,
            time(Some(at)).unwrap_or_default(),
        )))
    }
}

fn repo_row(r: &Row<'_>) -> rusqlite::Result<RepoRow> {
    let (host, owner, name): (String, String, String) = (r.get(1)?, r.get(2)?, r.get(3)?);
    Ok(RepoRow {
        id: r.get(0)?,
        repo: RepoId::new(host, &owner, &name),
        viewer: r.get(4)?,
        clone_url: r.get(5)?,
        default_branch: r.get(6)?,
        list_checked_at: time(r.get(7)?),
    })
}

fn put_change(
    tx: &Transaction<'_>,
    repo: i64,
    pr: &PullRequest,
    json: &str,
) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO change (repo, number, state, updated_at, pr) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (repo, number) DO UPDATE SET
            state = excluded.state, updated_at = excluded.updated_at, pr = excluded.pr
         WHERE excluded.updated_at >= change.updated_at",
        params![
            repo,
            pr.number,
            state_word(pr.state),
            pr.updated_at.to_string(),
            json
        ],
    )?;
    Ok(())
}

fn put_responses(
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
