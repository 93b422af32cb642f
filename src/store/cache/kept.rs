//! Files that hang on a change: reports of scanners, bundles of attestations; by digest once.

use rusqlite::params;

use super::{
    Cache,
    artifacts::{ListedFile, StoredFile},
};
use crate::store::StoreError;

impl Cache {
    /// Keeps files of a change. The path of each is its name: `analysis/7`, `attestation/…`.
    pub fn keep_files(
        &self,
        repo: i64,
        number: u64,
        files: Vec<StoredFile>,
    ) -> Result<(), StoreError> {
        self.db.write(move |tx| {
            for file in &files {
                file.put_content(tx)?;
                tx.execute(
                    "INSERT OR REPLACE INTO kept (repo, number, name, digest) VALUES (?1, ?2, ?3, ?4)",
                    params![repo, number, file.path, file.digest],
                )?;
            }
            Ok(())
        })
    }

    /// Returns the files of a change whose names begin so, without their contents.
    pub fn kept_names(
        &self,
        repo: i64,
        number: u64,
        front: &str,
    ) -> Result<Vec<ListedFile>, StoreError> {
        self.db.read(|c| {
            c.prepare(
                "SELECT k.name, k.digest, b.size FROM kept k JOIN blob b ON b.digest = k.digest
                 WHERE k.repo = ?1 AND k.number = ?2 AND substr(k.name, 1, length(?3)) = ?3
                 ORDER BY k.name",
            )?
            .query_map(params![repo, number, front], ListedFile::of)?
            .collect()
        })
    }

    /// Returns the files of a change whose names begin so.
    pub fn kept_files(
        &self,
        repo: i64,
        number: u64,
        front: &str,
    ) -> Result<Vec<StoredFile>, StoreError> {
        self.db.read(|c| {
            c.prepare(
                "SELECT k.name, k.digest, b.bytes FROM kept k JOIN blob b ON b.digest = k.digest
                 WHERE k.repo = ?1 AND k.number = ?2 AND substr(k.name, 1, length(?3)) = ?3
                 ORDER BY k.name",
            )?
            .query_map(params![repo, number, front], StoredFile::of)?
            .collect()
        })
    }
}
