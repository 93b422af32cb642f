//! Facts that are derived from contents, once: read from the cache where the same reader made them
//! before, else made and kept.

use std::collections::HashMap;

use serde::{Serialize, de::DeserializeOwned};

use super::QueryError;
use crate::{
    model::{Reader, Timestamp},
    store::{Cache, Derived, StoreError},
};

/// Bytes from which on reading what was kept is shared among several threads.
const MANY: usize = 256 << 10;

/// Returns what a reader made of contents before, by their ids.
pub(super) fn recall<'a, T: DeserializeOwned + Send>(
    cache: &Cache,
    reader: Reader,
    ids: impl Iterator<Item = &'a str>,
) -> Result<HashMap<String, T>, StoreError> {
    let known = cache.derived(reader, ids)?;
    let read = |some: &[(String, Derived)]| -> Vec<(String, T)> {
        let read = |(id, kept): &(String, Derived)| {
            Some((id.clone(), serde_json::from_slice(&kept.body()).ok()?))
        };
        some.iter().filter_map(read).collect()
    };
    let bytes: usize = known.iter().map(|(_, kept)| kept.size()).sum();
    if bytes < MANY {
        return Ok(read(&known).into_iter().collect());
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = known.len().div_ceil(threads.min(4)).max(1);
    let found = std::thread::scope(|scope| {
        let shares = known.chunks(share);
        let reading: Vec<_> = shares.map(|some| scope.spawn(move || read(some))).collect();
        let mut found = HashMap::new();
        for one in reading {
            // What a reader could not read is read anew.
            found.extend(one.join().unwrap_or_default());
        }
        found
    });
    Ok(found)
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
pub(super) fn fact<T: Serialize + DeserializeOwned + Send>(
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
