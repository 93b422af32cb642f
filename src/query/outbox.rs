//! Rows of the outbox, from the ledger.

use super::QueryError;
use crate::{
    decide::{DecisionRecord, OutboxRow},
    store::Ledger,
};

/// Reads all deliveries, newest first.
///
/// # Errors
/// Where the ledger cannot be read.
pub fn outbox(ledger: &Ledger) -> Result<Vec<OutboxRow>, QueryError> {
    let mut rows = Vec::new();
    for delivery in ledger.deliveries(false)? {
        let stored = ledger.decision(&delivery.decision)?;
        let record = stored.and_then(|(text, _)| DecisionRecord::parse(&text).ok());
        rows.push(OutboxRow {
            kind: record.as_ref().map(|r| r.kind),
            made_at: record.map(|r| r.made_at),
            delivery,
        });
    }
    Ok(rows)
}
