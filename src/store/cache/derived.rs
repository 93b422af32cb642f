//! What readers made of contents, by content id: `(reader, version, id)` to bytes.

use std::{borrow::Cow, sync::atomic::Ordering};

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

/// What a reader made of a content, as it is kept.
pub struct Derived(Vec<u8>);

impl Derived {
    /// Bytes that it takes as it is kept.
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// Unpacks it. What was damaged is empty.
    pub fn body(&self) -> Cow<'_, [u8]> {
        match self.0.split_first() {
            Some((0, body)) => Cow::Borrowed(body),
            Some((_, body)) => Cow::Owned(unpack(body)),
            None => Cow::default(),
        }
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
    ) -> Result<Vec<(String, Derived)>, StoreError> {
        self.db.read(|c| {
            let sql = "SELECT body FROM derived WHERE reader = ?1 AND id = ?2 AND version = ?3";
            let mut query = c.prepare_cached(sql)?;
            let mut found = Vec::new();
            for id in ids {
                let of = params![reader.name, id, reader.version];
                let row: Option<Vec<u8>> = query.query_row(of, |r| r.get(0)).optional()?;
                found.extend(row.map(|row| (id.to_owned(), Derived(row))));
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
