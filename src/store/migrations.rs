//! Schema versions over `PRAGMA user_version`: numbered SQL files, each run once, in a transaction
//! with the number it leads to.

use std::path::Path;

use rusqlite::Connection;

use super::StoreError;

/// One step: the SQL that leads from version `n` to `n + 1`.
pub(super) type Migration = &'static str;

/// Steps of the cache.
pub(super) const CACHE: &[Migration] = &[
    include_str!("migrations/cache_001.sql"),
    include_str!("migrations/cache_002.sql"),
    include_str!("migrations/cache_003.sql"),
    include_str!("migrations/cache_004.sql"),
    include_str!("migrations/cache_005.sql"),
    include_str!("migrations/cache_006.sql"),
];
/// Steps of the ledger.
pub(super) const LEDGER: &[Migration] = &[
    include_str!("migrations/ledger_001.sql"),
    include_str!("migrations/ledger_002.sql"),
];

/// Refuses a file of a newer program. Reads only.
pub(super) fn check(
    connection: &Connection,
    path: &Path,
    steps: &[Migration],
) -> Result<i64, StoreError> {
    let found: i64 = connection
        .pragma_query_value(None, "user_version", |r| r.get(0))
        .map_err(|e| StoreError::of(path, e))?;
    if found < 0 {
        return Err(StoreError::Corrupt {
            path: path.to_owned(),
            source: rusqlite::Error::IntegralValueOutOfRange(0, found),
        });
    }
    let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found,
            known,
        });
    }
    Ok(found)
}

/// Brings a database up to the newest version; a file of a newer program is refused, untouched.
pub(super) fn run(
    connection: &mut Connection,
    path: &Path,
    steps: &[Migration],
) -> Result<(), StoreError> {
    let fail = |e: rusqlite::Error| StoreError::of(path, e);
    let found = check(connection, path, steps)?;
    for (index, step) in steps
        .iter()
        .enumerate()
        .skip(usize::try_from(found).unwrap_or(0))
    {
        let tx = connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
            .map_err(fail)?;
        // Another process may have been faster.
        let now: i64 = tx
            .pragma_query_value(None, "user_version", |r| r.get(0))
            .map_err(fail)?;
        if now <= i64::try_from(index).unwrap_or(i64::MAX) {
            tx.execute_batch(step).map_err(fail)?;
            tx.pragma_update(None, "user_version", index + 1)
                .map_err(fail)?;
        }
        tx.commit().map_err(fail)?;
    }
    Ok(())
}
