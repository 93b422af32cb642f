//! Decisions on their way: from a draft to its record in the ledger.

use ulid::Ulid;

use crate::{
    decide::{DecisionId, DecisionRecord, Delivery, Draft, Payload},
    model::{ChangeId, Timestamp},
    sync::Engine,
};

/// Makes the record of a draft and saves it with its delivery. Nothing is sent here.
pub fn record_decision(
    engine: &Engine,
    draft: &Draft,
    change: &ChangeId,
    now: Timestamp,
) -> Result<DecisionRecord, String> {
    let viewer = engine
        .viewer()
        .ok_or("the forge does not say who the token belongs to; sync once with this token")?;
    let id = DecisionId(Ulid::generate().to_string());
    let record = draft.record(id, change, &viewer, now).map_err(|problems| {
        problems
            .iter()
            .map(|p| p.what.clone())
            .collect::<Vec<_>>()
            .join("; ")
    })?;
    let payload = Payload::of(&record).map_err(|e| e.to_string())?;
    let row = engine.row().map_err(|e| e.to_string())?;
    let pr = engine.cache.change(row.id, change.number).ok().flatten();
    let mut delivery = Delivery::new(
        record.id.clone(),
        change.clone(),
        record.bound.head_sha.clone(),
        payload,
    );
    delivery.readers = pr.and_then(|c| c.pr.visibility);
    let canonical = record.canonical().map_err(|e| e.to_string())?;
    let text = String::from_utf8(canonical).map_err(|e| e.to_string())?;
    let sha256 = record.sha256().map_err(|e| e.to_string())?;
    engine
        .ledger
        .add(&record, &text, &sha256, &[delivery])
        .map_err(|e| e.to_string())?;
    Ok(record)
}
