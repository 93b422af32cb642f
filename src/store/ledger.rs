//! The ledger: own decisions and their deliveries. Nothing in it is ever deleted here.

use std::path::Path;

use rusqlite::{OptionalExtension as _, params};

use super::{
    StoreError,
    database::{Database, Opened},
    migrations,
};
use crate::{
    decide::{DecisionId, DecisionRecord, Delivery, DeliveryState, Payload},
    model::{ChangeId, RepoId},
};

/// The ledger file.
#[derive(Clone)]
pub struct Ledger {
    db: Database,
}

impl Ledger {
    /// Opens or makes the ledger. A damaged file is refused and left as it is.
    pub fn open(path: &Path) -> Result<(Self, Opened), StoreError> {
        let (db, opened) = Database::open(path, migrations::LEDGER, true)?;
        Ok((Self { db }, opened))
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        self.db.path()
    }

    /// Saves a decision with its deliveries in one transaction, before anything is sent. Saving
    /// the same decision twice changes nothing.
    pub fn add(
        &self,
        record: &DecisionRecord,
        canonical: &str,
        sha256: &str,
        deliveries: &[Delivery],
    ) -> Result<(), StoreError> {
        let rows = deliveries
            .iter()
            .map(|d| Ok((effect(d), self.db.json(d)?)))
            .collect::<Result<Vec<_>, StoreError>>()?;
        let (record, canonical, sha256) = (record.clone(), canonical.to_owned(), sha256.to_owned());
        self.db.write(move |tx| {
            tx.execute(
                "INSERT INTO decision (id, host, repo, number, kind, made_at, sha256, record, seq)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, (SELECT coalesce(max(seq), 0) + 1 FROM decision))
                 ON CONFLICT DO NOTHING",
                params![
                    record.id.0, record.host.as_str(), record.repo, record.number, record.kind.name(),
                    record.made_at.to_string(), sha256, canonical
                ],
            )?;
            for (effect, json) in &rows {
                tx.execute(
                    "INSERT INTO delivery (decision, effect, open, state) VALUES (?1, ?2, 1, ?3) ON CONFLICT DO NOTHING",
                    params![record.id.0, effect, json],
                )?;
            }
            Ok(())
        })
    }

    /// Saves the state of a delivery.
    pub fn set_delivery(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let json = self.db.json(delivery)?;
        let (id, effect, open) = (
            delivery.decision.0.clone(),
            effect(delivery),
            delivery.is_open(),
        );
        self.db.write(move |tx| {
            tx.execute(
                "UPDATE delivery SET state = ?3, open = ?4 WHERE decision = ?1 AND effect = ?2",
                params![id, effect, json, open],
            )?;
            Ok(())
        })
    }

    /// Takes one delivery for this process: of two that try, one gets it. The row must still be in
    /// the state it was read in.
    pub fn claim(&self, before: &Delivery, after: &Delivery) -> Result<bool, StoreError> {
        let (old, new) = (self.db.json(before)?, self.db.json(after)?);
        let (id, effect, open) = (before.decision.0.clone(), effect(before), after.is_open());
        self.db.write(move |tx| {
            let rows = tx.execute(
                "UPDATE delivery SET state = ?3, open = ?4 WHERE decision = ?1 AND effect = ?2 AND state = ?5",
                params![id, effect, new, open, old],
            )?;
            Ok(rows == 1)
        })
    }

    /// Returns the deliveries, the decision that was recorded last first; only open ones, or all. One
    /// whose row cannot be read keeps none of the others from theirs: it stands as altered.
    pub fn deliveries(&self, only_open: bool) -> Result<Vec<Delivery>, StoreError> {
        type Row = (Option<String>, i64, Option<String>);
        let text = |r: &rusqlite::Row<'_>, n: usize| r.get::<_, Option<String>>(n).ok().flatten();
        let rows: Vec<Row> = self.db.read(|c| {
            c.prepare(
                "SELECT state, coalesce(seq, decision.rowid, 0), record FROM delivery
                 LEFT JOIN decision ON id = decision
                 WHERE open >= ?1 ORDER BY coalesce(seq, decision.rowid, 0) DESC, effect",
            )?
            .query_map([i64::from(only_open)], |r| {
                Ok((text(r, 0), r.get(1).unwrap_or(0), text(r, 2)))
            })?
            .collect()
        })?;
        let read = |(json, seq, record): Row| {
            let record = record.and_then(|text| DecisionRecord::parse(&text).ok());
            let stored = json.and_then(|json| serde_json::from_str::<Delivery>(&json).ok());
            let delivery = match stored {
                Some(delivery) => delivery,
                None => unreadable(record.as_ref()?)?,
            };
            Some(Delivery {
                seq,
                actor: record.map(|r| r.actor),
                ..delivery
            })
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Returns the canonical texts of own decisions about a change, oldest first.
    pub fn decisions(&self, change: &ChangeId) -> Result<Vec<String>, StoreError> {
        self.db.read(|c| {
            c.prepare("SELECT record FROM decision WHERE host = ?1 AND repo = ?2 AND number = ?3 ORDER BY seq")?
                .query_map(params![change.repo.host.as_str(), change.repo.slug(), change.number], |r| r.get(0))?
                .collect()
        })
    }

    /// Returns one own decision: its text, and the digest that was taken when it was recorded.
    pub fn decision(&self, id: &DecisionId) -> Result<Option<(String, String)>, StoreError> {
        self.db.read(|c| {
            let sql = "SELECT record, sha256 FROM decision WHERE id = ?1";
            c.query_row(sql, [&id.0], |r| Ok((r.get(0)?, r.get(1)?)))
                .optional()
        })
    }

    /// Returns a piece of state of the last session.
    pub fn ui_state(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.db.read(|c| {
            c.query_row("SELECT value FROM ui_state WHERE key = ?1", [key], |r| {
                r.get(0)
            })
            .optional()
        })
    }

    /// Keeps a piece of state for the next session.
    pub fn set_ui_state(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.db.write(move |tx| {
            tx.execute(
                "INSERT OR REPLACE INTO ui_state (key, value) VALUES (?1, ?2)",
                params![key, value],
            )?;
            Ok(())
        })
    }
}

fn effect(delivery: &Delivery) -> &'static str {
    match delivery.payload.effect {
        crate::decide::Effect::Review => "review",
        crate::decide::Effect::Comment => "comment",
    }
}

/// What stands for a delivery whose row cannot be read: put together from its record, never sent.
fn unreadable(record: &DecisionRecord) -> Option<Delivery> {
    let (owner, name) = record.repo.split_once('/')?;
    let change = ChangeId {
        repo: RepoId::new(record.host.as_str(), owner, name),
        number: record.number,
    };
    let payload = Payload::of(record).ok()?;
    let why = "its row in the ledger cannot be read; drop it and decide anew".to_owned();
    Some(Delivery {
        state: DeliveryState::Altered { why },
        ..Delivery::new(
            record.id.clone(),
            change,
            record.bound.head_sha.clone(),
            payload,
        )
    })
}
