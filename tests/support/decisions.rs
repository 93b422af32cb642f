//! Decisions made on what an installation shows.

use proofline::{
    app,
    decide::{DecisionId, DecisionRecord, Delivery, Kind, Payload},
    model::{ChangeId, Login},
    sync::Engine,
};

use super::install::Install;

/// Saves a decision with its delivery.
pub fn add(engine: &Engine, delivery: &Delivery, record: &DecisionRecord) {
    let canonical = String::from_utf8(record.canonical().unwrap()).unwrap();
    let digest = record.sha256().unwrap();
    let deliveries = std::slice::from_ref(delivery);
    engine
        .ledger
        .add(record, &canonical, &digest, deliveries)
        .unwrap();
}

/// Makes a decision on what an installation shows of a change.
pub fn made(install: &Install, number: u64, kind: Kind, id: &str) -> (Delivery, DecisionRecord) {
    on(&install.engine, number, kind, id)
}

/// Makes a decision on what is cached of a change.
pub fn on(engine: &Engine, number: u64, kind: Kind, id: &str) -> (Delivery, DecisionRecord) {
    let change = ChangeId {
        repo: engine.repo.clone(),
        number,
    };
    let now = engine.now();
    let dossier = engine.dossier(&change).unwrap();
    let mut draft = app::draft(kind, &dossier, now);
    draft.target = "CodeQL#91".to_owned();
    "The table lacks an index.\n\n```sql\nSELECT 1 | 2\n```".clone_into(&mut draft.reason);
    draft.control = "WAF rule | canary".to_owned();
    draft.owner = "@tomas".to_owned();
    let viewer = dossier.evidence.facts.viewer.clone();
    let actor = viewer.unwrap_or_else(|| Login::new("nobody"));
    let record = draft
        .record(DecisionId(id.to_owned()), &change, &actor, now)
        .unwrap();
    let payload = Payload::of(&record).unwrap();
    let head = record.bound.head_sha.clone();
    let delivery = Delivery::new(record.id.clone(), change, head, payload);
    (delivery, record)
}
