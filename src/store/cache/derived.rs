//! What readers made of contents, by content id: `(reader, version, id)` to bytes.

use std::{collections::HashMap, sync::atomic::Ordering};

use rusqlite::{OptionalExtension as _, params};

use super::{Cache, pack, unpack};
use crate::{
    model::{Reader, Timestamp},
    store::StoreError,
};

/// Bytes from which on a body is packed.
const PACKED: usize = 512;

fn put(body: &[u8]) -> Vec<u8> {
    let (mark, body) = if body.len() < PACKED {
        (0, body.to_vec())
    } else {
        (1, pack(body))
    };
    let mut row = vec![mark];
    row.extend(body);
    row
}

fn get(row: &[u8]) -> Option<Vec<u8>> {
    match row.split_first()? {
        (0, body) => Some(body.to_vec()),
        (_, body) => Some(unpack(body)),
    }
}

impl Cache {
    /// Returns what a reader made of contents; what it never read, or read in another version, is
    /// left out.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn derived<'a>(
        &self,
        reader: Reader,
        ids: impl Iterator<Item = &'a str>,
    ) -> Result<HashMap<String, Vec<u8>>, StoreError> {
        self.db.read(|c| {
            let sql = "SELECT body FROM derived WHERE reader = ?1 AND id = ?2 AND version = ?3";
            let mut query = c.prepare_cached(sql)?;
            let mut found = HashMap::new();
            for id in ids {
                let of = params![reader.name, id, reader.version];
                let row: Option<Vec<u8>> = query.query_row(of, |r| r.get(0)).optional()?;
                if let Some(body) = row.as_deref().and_then(get) {
                    found.insert(id.to_owned(), body);
                }
            }
            Ok(found)
        })
    }

    /// Keeps what a reader made of contents.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn put_derived(
        &self,
        reader: Reader,
        rows: Vec<(String, Vec<u8>)>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.derivations
            .fetch_add(rows.len() as u64, Ordering::Relaxed);
        let at = at.to_string();
        self.db.write(move |tx| {
            let mut insert = tx.prepare_cached(
                "INSERT OR REPLACE INTO derived (reader, id, version, body, made_at)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            for (id, body) in &rows {
                insert.execute(params![reader.name, id, reader.version, put(body), at])?;
            }
            Ok(())
        })
    }

    /// Returns how many contents were read since this was opened, since nothing was kept of them.
    pub fn derivations(&self) -> u64 {
        self.derivations.load(Ordering::Relaxed)
    }
}
