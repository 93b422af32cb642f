//! Carries out effects: each in a task of its own, and what comes of it is a message.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc::UnboundedSender};
use ulid::Ulid;

use crate::{
    app::{Effect, InboxRow, Msg, StatusUpdate},
    contract::Summary,
    decide::{
        DecisionId, DecisionRecord, Delivery, Dossier, Draft, Effect as WireEffect, Event, Kind,
        Payload, render,
    },
    model::{ChangeId, Login, PrNumber, Problem, Timestamp},
    sync::{self, Engine, LocalInput, Report, SyncError},
};

/// Where changes come from.
#[derive(Clone)]
pub enum Source {
    /// A forge, through the cache.
    Forge(Box<Engine>),
    /// A range of a repository on disk.
    Local(LocalInput),
}

/// What effects act on.
#[derive(Clone)]
pub struct World {
    pub source: Source,
    pub messages: UnboundedSender<Msg>,
    /// One change is pulled at a time; who looks at one waits for one, not for all.
    pub turn: Arc<Mutex<()>>,
    /// Nothing is asked of the network.
    pub offline: bool,
    /// Nothing is written to the forge.
    pub readonly: bool,
}

impl World {
    /// Returns the time by the forge's clock.
    pub fn now(&self) -> Timestamp {
        match &self.source {
            Source::Forge(engine) => engine.now(),
            Source::Local(_) => Timestamp(chrono::Utc::now().timestamp()),
        }
    }

    fn tell(&self, message: Msg) {
        // The loop may have ended; then nobody wants to know.
        let _ = self.messages.send(message);
    }

    fn status(&self, update: StatusUpdate) {
        self.tell(Msg::Status(update));
    }

    /// Starts an effect.
    pub fn perform(&self, effect: Effect) {
        let world = self.clone();
        match (&self.source, effect) {
            (_, Effect::LoadChange(id, generation)) => {
                tokio::task::spawn_blocking(move || world.load_change(id, generation));
            }
            // Without a forge there is nothing to send or to wait for.
            (Source::Local(_), Effect::LoadOutbox) => self.tell(Msg::Outbox(Vec::new())),
            (Source::Local(_), _) => {}
            (Source::Forge(engine), effect) => {
                let engine = engine.clone();
                match effect {
                    Effect::LoadInbox => drop(tokio::task::spawn_blocking(move || {
                        world.load_inbox(&engine);
                    })),
                    Effect::LoadOutbox => drop(tokio::task::spawn_blocking(move || {
                        world.load_outbox(&engine);
                    })),
                    Effect::SyncChange(id) => drop(tokio::spawn(async move {
                        world.sync_one(&engine, id.number).await;
                    })),
                    Effect::SyncAll => {
                        drop(tokio::spawn(async move { world.sync_all(&engine).await }));
                    }
                    Effect::Decide(draft, change) => {
                        drop(tokio::spawn(async move {
                            world.decide(&engine, *draft, change).await;
                        }));
                    }
                    Effect::Retry(id) => drop(tokio::spawn(async move {
                        world.nudge(&engine, id, Event::Retry).await;
                    })),
                    Effect::Drop(id) => drop(tokio::spawn(async move {
                        world.nudge(&engine, id, Event::Drop).await;
                    })),
                    _ => {}
                }
            }
        }
    }

    fn load_change(&self, id: ChangeId, generation: u64) {
        let now = self.now();
        let result = match &self.source {
            Source::Forge(engine) => sync::load(&engine.cache, &id, now),
            Source::Local(input) => sync::load_local(input, now),
        };
        let result = result.map(Arc::<Dossier>::new).map_err(|e| e.to_string());
        self.tell(Msg::Loaded {
            id,
            generation,
            result,
        });
    }

    fn load_inbox(&self, engine: &Engine) {
        match inbox_rows(engine) {
            Ok(rows) => self.tell(Msg::Inbox(rows)),
            Err(error) => self.tell(Msg::Problem(Problem::error("cache", error.to_string()))),
        }
        if let Ok(Some(at)) = engine.list_age() {
            self.status(StatusUpdate::Synced(at));
        }
    }

    fn load_outbox(&self, engine: &Engine) {
        match outbox_rows(engine) {
            Ok(rows) => self.tell(Msg::Outbox(rows)),
            Err(error) => self.tell(Msg::Problem(Problem::error("ledger", error.to_string()))),
        }
        self.count_outbox(engine);
    }

    fn count_outbox(&self, engine: &Engine) {
        if let Ok((open, held)) = engine.outbox_counts() {
            self.status(StatusUpdate::Outbox { open, held });
        }
    }

    fn after(&self, engine: &Engine, result: Result<(), SyncError>) {
        let budget = engine.forge.budget();
        self.status(StatusUpdate::Budget {
            remaining: budget.remaining,
            limit: budget.limit,
        });
        match result {
            Ok(()) => self.status(StatusUpdate::Idle),
            Err(error) => {
                self.status(StatusUpdate::Offline(error.to_string()));
                let hint = match &error {
                    SyncError::Forge(e) => e.hint(),
                    _ => "what is cached stays readable".to_owned(),
                };
                self.tell(Msg::Problem(
                    Problem::error("sync", error.to_string()).hinted(hint),
                ));
            }
        }
    }

    async fn sync_one(&self, engine: &Engine, number: PrNumber) {
        if self.offline {
            self.tell(Msg::Say(
                "message.warning",
                "started with --offline: nothing is asked".to_owned(),
            ));
            return;
        }
        let _turn = self.turn.lock().await;
        self.status(StatusUpdate::Pulling(number));
        let result = engine.sync_change(number).await;
        let done = result.is_ok();
        self.after(engine, result);
        if done {
            self.status(StatusUpdate::Pulled(number));
        }
    }

    async fn sync_all(&self, engine: &Engine) {
        if self.offline {
            self.status(StatusUpdate::Offline("started with --offline".to_owned()));
            return;
        }
        let result = self.pull(engine).await;
        self.after(engine, result);
        self.load_inbox_again(engine);
    }

    fn load_inbox_again(&self, engine: &Engine) {
        let (world, engine) = (self.clone(), engine.clone());
        tokio::task::spawn_blocking(move || world.load_inbox(&engine));
    }

    async fn pull(&self, engine: &Engine) -> Result<(), SyncError> {
        let ask = sync::Ask::default();
        {
            let _turn = self.turn.lock().await;
            self.status(StatusUpdate::Busy("pulling the list".to_owned()));
            engine.probe(&ask).await?;
        }
        self.load_inbox_again(engine);
        let planned = engine.now_or_say(engine.rest(&ask)?);
        let count = planned.len();
        for (n, item) in planned.into_iter().enumerate() {
            let _turn = self.turn.lock().await;
            if engine.is_paused() {
                break;
            }
            let what = match item.change() {
                Some(number) => format!("#{number}"),
                None => "the repository".to_owned(),
            };
            self.status(StatusUpdate::Busy(format!(
                "pulling {what}, {} of {count}",
                n + 1
            )));
            engine.perform(&item).await?;
            if let Some(number) = item.change() {
                self.status(StatusUpdate::Pulled(number));
            }
        }
        if !self.readonly {
            engine.deliver().await?;
        }
        self.count_outbox(engine);
        Ok(())
    }

    /// Records a decision, then delivers it, then reads it back.
    async fn decide(&self, engine: &Engine, draft: Draft, change: ChangeId) {
        let recorded = record_decision(engine, &draft, &change, self.now());
        match recorded {
            Ok(record) => {
                self.tell(Msg::Recorded {
                    id: record.id.clone(),
                    change: change.clone(),
                });
                self.deliver(engine, Some(change.number)).await;
            }
            Err(why) => self.tell(Msg::NotRecorded(why)),
        }
    }

    async fn deliver(&self, engine: &Engine, read_back: Option<PrNumber>) {
        if self.offline || self.readonly {
            self.load_outbox(engine);
            self.tell(Msg::Say(
                "message.info",
                "offline or read-only: it is kept in the outbox".to_owned(),
            ));
            return;
        }
        let moved = {
            let _turn = self.turn.lock().await;
            engine.deliver().await
        };
        self.load_outbox(engine);
        if let Err(error) = moved {
            self.tell(Msg::Problem(Problem::error("outbox", error.to_string())));
        } else {
            self.say_outcome(engine);
            if let Some(number) = read_back {
                self.sync_one(engine, number).await;
            }
        }
    }

    /// Says how the newest delivery stands.
    fn say_outcome(&self, engine: &Engine) {
        let Ok(all) = engine.ledger.deliveries(false) else {
            return;
        };
        let Some(newest) = all.first() else { return };
        let (word, _, why) = crate::app::state_words(&newest.state, self.now());
        let role = match &newest.state {
            crate::decide::DeliveryState::Done { .. } => "message.info",
            crate::decide::DeliveryState::Refused { .. } => "message.error",
            _ => "message.warning",
        };
        self.tell(Msg::Say(role, format!("{word}: {why}")));
    }

    async fn nudge(&self, engine: &Engine, id: DecisionId, event: Event) {
        let found = engine.ledger.deliveries(false).unwrap_or_default();
        let mut number = None;
        for delivery in found.into_iter().filter(|d| d.decision == id) {
            number = Some(delivery.change.number);
            let next = delivery.clone().apply(event.clone(), self.now());
            if let Err(error) = engine.ledger.claim(&delivery, &next) {
                self.tell(Msg::Problem(Problem::error("ledger", error.to_string())));
            }
        }
        self.deliver(engine, number.filter(|_| event == Event::Retry))
            .await;
    }
}

/// Reads the inbox from the cache.
pub fn inbox_rows(engine: &Engine) -> Result<Vec<InboxRow>, SyncError> {
    let row = engine.row()?;
    let changes = engine.cache.changes(row.id)?;
    Ok(changes
        .into_iter()
        .map(|change| InboxRow {
            id: ChangeId {
                repo: engine.repo.clone(),
                number: change.pr.number,
            },
            summary: change
                .summary
                .as_deref()
                .and_then(|s| serde_json::from_str::<Summary>(s).ok()),
            pr: change.pr,
        })
        .collect())
}

/// Reads the outbox from the ledger.
pub fn outbox_rows(engine: &Engine) -> Result<Vec<crate::app::OutboxRow>, SyncError> {
    let mut rows = Vec::new();
    for delivery in engine.ledger.deliveries(false)? {
        let text = engine.ledger.decision(&delivery.decision)?;
        let record = text.and_then(|t| DecisionRecord::parse(&t).ok());
        rows.push(crate::app::OutboxRow {
            kind: record.as_ref().map(|r| r.kind),
            made_at: record.map(|r| r.made_at),
            delivery,
        });
    }
    Ok(rows)
}

/// Makes the record of a draft and saves it with its delivery. Nothing is sent here.
pub fn record_decision(
    engine: &Engine,
    draft: &Draft,
    change: &ChangeId,
    now: Timestamp,
) -> Result<DecisionRecord, String> {
    let row = engine.row().map_err(|e| e.to_string())?;
    let viewer = row
        .viewer
        .map(Login::new)
        .ok_or("the forge does not say who the token belongs to")?;
    let id = DecisionId(Ulid::generate().to_string());
    let record = draft.record(id, change, &viewer, now).map_err(|problems| {
        problems
            .iter()
            .map(|p| p.what.clone())
            .collect::<Vec<_>>()
            .join("; ")
    })?;
    let body = render::body(&record).map_err(|e| e.to_string())?;
    let payload = match record.kind {
        Kind::Approve => Payload {
            effect: WireEffect::Review,
            event: Some("APPROVE".to_owned()),
            body,
        },
        Kind::RequestChanges => Payload {
            effect: WireEffect::Review,
            event: Some("REQUEST_CHANGES".to_owned()),
            body,
        },
        _ => Payload {
            effect: WireEffect::Comment,
            event: None,
            body,
        },
    };
    let delivery = Delivery::new(
        record.id.clone(),
        change.clone(),
        record.bound.head_sha.clone(),
        payload,
    );
    let canonical = record.canonical().map_err(|e| e.to_string())?;
    let text = String::from_utf8(canonical).map_err(|e| e.to_string())?;
    let sha256 = record.sha256().map_err(|e| e.to_string())?;
    engine
        .ledger
        .add(&record, &text, &sha256, &[delivery])
        .map_err(|e| e.to_string())?;
    Ok(record)
}

/// Turns reports of a sync into messages.
pub fn report_to(messages: &UnboundedSender<Msg>, report: Report) {
    let message = match report {
        Report::List { done, total } => Msg::Status(StatusUpdate::Busy(format!(
            "pulling the list, {done} of {total}"
        ))),
        Report::Problem(problem) => Msg::Problem(problem),
        _ => return,
    };
    let _ = messages.send(message);
}
