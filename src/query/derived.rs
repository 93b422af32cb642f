//! Facts that are derived from contents, once: read from the cache where the same reader made them
//! before, else made and kept.

use std::collections::HashMap;

use serde::{Serialize, de::DeserializeOwned};

use super::QueryError;
use crate::{
    model::{Reader, Timestamp},
    store::{Cache, StoreError},
};

/// Returns what a reader made of contents before, by their ids.
pub(super) fn recall<'a, T: DeserializeOwned>(
    cache: &Cache,
    reader: Reader,
    ids: impl Iterator<Item = &'a str>,
) -> Result<HashMap<String, T>, StoreError> {
    let known = cache.derived(reader, ids)?.into_iter();
    let read = |(id, body): (String, Vec<u8>)| Some((id, serde_json::from_slice(&body).ok()?));
    Ok(known.filter_map(read).collect())
}

/// Keeps what a reader made of contents. What cannot be kept is made anew the next time.
pub(super) fn keep<T: Serialize>(
    (cache, now): (&Cache, Timestamp),
    reader: Reader,
    facts: impl IntoIterator<Item = (String, T)>,
) {
    let rows: Vec<(String, Vec<u8>)> = facts
        .into_iter()
        .filter_map(|(id, fact)| Some((id, serde_json::to_vec(&fact).ok()?)))
        .collect();
    if !rows.is_empty() {
        let _ = cache.put_derived(reader, rows, now);
    }
}

/// Returns what a reader makes of the content of an id; `read` is called where it is not known.
pub(super) fn fact<T: Serialize + DeserializeOwned>(
    (cache, now): (&Cache, Timestamp),
    reader: Reader,
    id: &str,
    read: impl FnOnce() -> Result<T, QueryError>,
) -> Result<T, QueryError> {
    let mut known = recall(cache, reader, std::iter::once(id))?;
    if let Some(fact) = known.remove(id) {
        return Ok(fact);
    }
    let fact = read()?;
    keep((cache, now), reader, [(id.to_owned(), &fact)]);
    Ok(fact)
}
