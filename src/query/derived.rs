//! Facts that are derived from contents, once: read from the cache where the same reader made them
//! before, else made and kept.

use serde::{Serialize, de::DeserializeOwned};

use super::QueryError;
use crate::{
    model::{Reader, Timestamp},
    store::Cache,
};

/// Returns what a reader makes of the content of an id; `read` is called where it is not known.
pub(super) fn fact<T: Serialize + DeserializeOwned>(
    (cache, now): (&Cache, Timestamp),
    reader: Reader,
    id: &str,
    read: impl FnOnce() -> Result<T, QueryError>,
) -> Result<T, QueryError> {
    let known = cache.derived(reader, std::iter::once(id))?;
    if let Some(fact) = known.get(id).and_then(|b| serde_json::from_slice(b).ok()) {
        return Ok(fact);
    }
    let fact = read()?;
    if let Ok(body) = serde_json::to_vec(&fact) {
        // Where it cannot be kept, it is made anew the next time.
        let _ = cache.put_derived(reader, vec![(id.to_owned(), body)], now);
    }
    Ok(fact)
}
