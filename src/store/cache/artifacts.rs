//! Files of artifacts, by digest once.

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::{Cache, pack, time, unpack};
use crate::{
    model::{Problem, Timestamp},
    store::StoreError,
};

/// A file taken from an artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    pub path: String,
    pub digest: String,
    pub bytes: Vec<u8>,
}

impl StoredFile {
    /// Writes the content, unless it is there.
    pub(super) fn put_content(&self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        tx.execute(
            "INSERT INTO blob (digest, size, bytes) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![self.digest, self.bytes.len(), pack(&self.bytes)],
        )?;
        Ok(())
    }

    /// Reads a row of path, digest and content.
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            path: row.get(0)?,
            digest: row.get(1)?,
            bytes: unpack(&row.get::<_, Vec<u8>>(2)?),
        })
    }
}

/// A file that is kept, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFile {
    pub path: String,
    pub digest: String,
    /// Bytes.
    pub size: u64,
}

impl ListedFile {
    /// Reads a row of path, digest and size.
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            path: row.get(0)?,
            digest: row.get(1)?,
            size: row.get(2)?,
        })
    }
}

/// Files of an artifact, what could not be read of it, and when it was fetched.
pub type StoredArtifact = (Vec<ListedFile>, Vec<Problem>, Timestamp);

impl Cache {
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
                file.put_content(tx)?;
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
                "SELECT f.path, f.digest, b.size FROM artifact_file f JOIN blob b ON b.digest = f.digest
                 WHERE f.repo = ?1 AND f.artifact = ?2 ORDER BY f.path",
            )?
            .query_map(params![repo, artifact], ListedFile::of)?
            .collect::<rusqlite::Result<Vec<_>>>()
        })?;
        Ok(Some((
            files,
            self.db.record(&problems)?,
            time(Some(at)).unwrap_or_default(),
        )))
    }

    /// Returns the content of a file that is kept.
    ///
    /// # Errors
    /// Where there is none of this digest, or the file cannot be read.
    pub fn content(&self, digest: &str) -> Result<Vec<u8>, StoreError> {
        let sql = "SELECT bytes FROM blob WHERE digest = ?1";
        let packed: Vec<u8> = self.db.read(|c| c.query_row(sql, [digest], |r| r.get(0)))?;
        Ok(unpack(&packed))
    }
}
