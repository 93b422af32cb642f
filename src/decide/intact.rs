//! Whether what is stored of a decision is what was recorded: looked at before it is sent, so that
//! nothing goes out in a person's name that a fault or another hand put into the file.

use super::{
    outbox::{Delivery, Effect, Payload},
    record::{self, DecisionRecord, Kind},
    render,
};

impl Payload {
    /// Returns what carries a decision to the forge.
    ///
    /// # Errors
    /// Where the record has no canonical form.
    pub fn of(record: &DecisionRecord) -> Result<Self, record::RecordError> {
        let body = render::body(record)?;
        let (effect, event) = carried(record.kind);
        Ok(Self {
            effect,
            event: event.map(str::to_owned),
            body,
        })
    }
}

/// How a kind of decision reaches the forge.
fn carried(kind: Kind) -> (Effect, Option<&'static str>) {
    match kind {
        Kind::Approve => (Effect::Review, Some("APPROVE")),
        Kind::RequestChanges => (Effect::Review, Some("REQUEST_CHANGES")),
        Kind::ExceptionAsk | Kind::Other => (Effect::Comment, None),
    }
}

/// Compares a delivery with the record it carries, and the record with its digest.
///
/// # Errors
/// Says what differs. Such a delivery must not be sent.
pub fn intact(delivery: &Delivery, record: &str, sha256: &str) -> Result<(), String> {
    let altered = |what: &str| {
        format!(
            "what is stored here of {} is not what was recorded: {what}; drop it and decide anew",
            delivery.decision
        )
    };
    let digest = record::text_sha256(record).map_err(|e| altered(&e.to_string()))?;
    if digest != sha256 {
        return Err(altered("the record does not match its digest"));
    }
    let made = DecisionRecord::parse(record).map_err(|e| altered(&e.to_string()))?;
    // What this version does not know of a record would not be posted with it.
    if made.sha256().ok().as_deref() != Some(sha256) {
        return Err(altered("the record holds what this version cannot read"));
    }
    let at = &delivery.change;
    let is_about = made.id == delivery.decision
        && made.number == at.number
        && made.host == at.repo.host
        && made.repo == at.repo.slug()
        && made.bound.head_sha == delivery.head;
    if !is_about {
        return Err(altered("it would go to another change or commit"));
    }
    let (effect, event) = carried(made.kind);
    if (delivery.payload.effect, delivery.payload.event.as_deref()) != (effect, event) {
        return Err(altered("it would be another kind of decision"));
    }
    // Down to the last character: what a person confirmed is what the record is rendered as.
    let rendered = render::body(&made).map_err(|e| altered(&e.to_string()))?;
    if rendered == delivery.payload.body {
        Ok(())
    } else {
        Err(altered("its text was changed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        decide::{Bound, DecisionId},
        model::{ChangeId, Host, Login, RepoId, Sha, Timestamp},
    };

    fn recorded(kind: Kind) -> (Delivery, DecisionRecord) {
        let head = Sha::parse(&"a".repeat(40)).unwrap();
        let record = DecisionRecord {
            id: DecisionId("01A".to_owned()),
            kind,
            made_at: Timestamp(0),
            host: Host::new("forge.test"),
            repo: "acme/payments".to_owned(),
            number: 479,
            actor: Login::new("mira"),
            bound: Bound {
                head_sha: head.clone(),
                base_sha: head.clone(),
                evidence_digest: "sha256:00".to_owned(),
                evidence_count: 3,
                evidence_version: 2,
                seen_at: Timestamp(0),
            },
            target: None,
            reason: "reads well".to_owned(),
            control: None,
            owner: None,
            expires_at: None,
            not_independent: None,
            blockers: Vec::new(),
            tool: "proofline".to_owned(),
        };
        let change = ChangeId {
            repo: RepoId::new("forge.test", "acme", "payments"),
            number: 479,
        };
        let payload = Payload::of(&record).unwrap();
        (
            Delivery::new(record.id.clone(), change, head, payload),
            record,
        )
    }

    #[test]
    fn whatever_is_changed_in_the_file_is_seen() {
        let (whole, record) = recorded(Kind::RequestChanges);
        let text = String::from_utf8(record.canonical().unwrap()).unwrap();
        let sha256 = record.sha256().unwrap();
        assert_eq!(intact(&whole, &text, &sha256), Ok(()));

        type Edit = fn(&mut Delivery);
        let edits: [(&str, Edit); 9] = [
            ("text", |d| {
                d.payload.body = d.payload.body.replace("reads well", "reads bad");
            }),
            ("words behind", |d| {
                d.payload.body.push_str("<b>and more</b> @everyone");
            }),
            ("words added", |d| {
                d.payload.body.insert_str(0, "Approved.\n");
            }),
            ("event", |d| d.payload.event = Some("APPROVE".to_owned())),
            ("effect", |d| d.payload.effect = Effect::Comment),
            ("change", |d| d.change.number = 480),
            ("repository", |d| {
                d.change.repo = RepoId::new("forge.test", "acme", "other");
            }),
            ("commit", |d| d.head = Sha::parse(&"b".repeat(40)).unwrap()),
            ("decision", |d| d.decision = DecisionId("01B".to_owned())),
        ];
        for (what, edit) in edits {
            let mut altered = whole.clone();
            edit(&mut altered);
            assert!(intact(&altered, &text, &sha256).is_err(), "{what}");
        }
        let other = text.replace("reads well", "reads bad!");
        assert!(intact(&whole, &other, &sha256).is_err(), "record");
        assert!(intact(&whole, &text, "sha256:00").is_err(), "digest");
        // A record of another decision, whole in itself, under this one's delivery.
        let (_, approval) = recorded(Kind::Approve);
        let text = String::from_utf8(approval.canonical().unwrap()).unwrap();
        assert!(intact(&whole, &text, &approval.sha256().unwrap()).is_err());
    }
}
