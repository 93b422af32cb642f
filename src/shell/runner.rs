//! Carries out effects: each in a task of its own, and what comes of it is a message.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::{Mutex, mpsc::UnboundedSender};

use super::decisions::record_decision;
use crate::{
    app::{Effect, Msg, StatusUpdate, Trouble},
    decide::{DecisionId, Draft, Event},
    model::{ChangeId, PartState, Problem, Timestamp},
    query::LocalInput,
    sync::{self, Engine, Nudged, Report, SyncError, plan::Item},
};

/// Where changes come from.
#[derive(Clone)]
pub enum Source {
    /// Repositories of one or several forges, through one cache; at least one.
    Forge(Vec<Engine>),
    /// A range of a repository on disk.
    Local(LocalInput),
}

/// What effects act on.
#[derive(Clone)]
pub struct World {
    pub source: Source,
    pub messages: UnboundedSender<Msg>,
    /// One round is made at a time. What a person looks at does not wait for it.
    pub turn: Arc<Mutex<()>>,
    /// Nothing is asked of the network.
    pub offline: bool,
    /// Nothing is written to the forge.
    pub readonly: bool,
}

impl World {
    /// The engines of all repositories.
    pub(super) fn engines(&self) -> &[Engine] {
        match &self.source {
            Source::Forge(engines) => engines,
            Source::Local(_) => &[],
        }
    }

    /// The engine of a change's repository.
    pub(super) fn engine_of(&self, id: &ChangeId) -> Option<Engine> {
        let mut engines = self.engines().iter();
        engines.find(|e| e.repo == id.repo).cloned()
    }

    /// Returns the time by the forge's clock.
    pub fn now(&self) -> Timestamp {
        match self.engines().first() {
            Some(engine) => engine.now(),
            None => Timestamp(chrono::Utc::now().timestamp()),
        }
    }

    pub(super) fn tell(&self, message: Msg) {
        // The loop may have ended; then nobody wants to know.
        let _ = self.messages.send(message);
    }

    pub(super) fn status(&self, update: StatusUpdate) {
        self.tell(Msg::Status(update));
    }

    /// Starts an effect.
    pub fn perform(&self, effect: Effect) {
        match effect {
            Effect::LoadChange(id, generation) => {
                self.read(move |world| world.load_change(id, generation));
            }
            Effect::LoadDiff {
                id,
                from,
                to,
                generation,
            } => self.read(move |world| world.load_diff(&id, (&from, &to), generation)),
            Effect::LoadJobLog {
                id,
                job,
                generation,
            } => self.read(move |world| world.load_job_log(&id, job, generation)),
            effect if matches!(self.source, Source::Local(_)) => match effect {
                // Without a forge there is nothing to send or to wait for.
                Effect::LoadOutbox => self.tell(Msg::Outbox(Vec::new())),
                Effect::LoadForgeLog => self.tell(Msg::ForgeLog(Vec::new())),
                _ => {}
            },
            Effect::LoadInbox => self.read(Self::load_inbox),
            Effect::LoadOutbox => self.read(Self::load_outbox),
            Effect::LoadForgeLog => self.read(Self::load_log),
            effect => self.spawn(effect),
        }
    }

    /// Reads from disk, off the threads that draw and ask.
    fn read(&self, work: impl FnOnce(&Self) + Send + 'static) {
        let world = self.clone();
        drop(tokio::task::spawn_blocking(move || work(&world)));
    }

    /// Starts an effect that waits for something.
    fn spawn(&self, effect: Effect) {
        let world = self.clone();
        drop(tokio::spawn(async move {
            match effect {
                Effect::SyncChange(id) => world.sync_one(&id).await,
                Effect::Watch(id) => world.watch(&id).await,
                Effect::SyncAll => world.sync_all(false).await,
                Effect::Poll => world.sync_all(true).await,
                Effect::Decide(draft, change) => world.decide(*draft, change).await,
                Effect::Retry(id) => world.nudge(&id, Event::Retry).await,
                Effect::Drop(id) => world.nudge(&id, Event::Drop).await,
                _ => {}
            }
        }));
    }

    pub(super) fn count_outbox(&self, engine: &Engine) {
        if let Ok((open, held)) = engine.outbox_counts() {
            self.status(StatusUpdate::Outbox { open, held });
        }
    }

    fn after(&self, engine: &Engine, result: Result<(), SyncError>) -> bool {
        let budget = engine.forge.budget();
        self.status(StatusUpdate::Budget {
            host: engine.repo.host.to_string(),
            remaining: budget.remaining,
            limit: budget.limit,
        });
        // The most patient of the hosts is heeded for all.
        let intervals = self
            .engines()
            .iter()
            .filter_map(|e| e.forge.budget().poll_interval);
        let longest = intervals.max().and_then(|s| i64::try_from(s).ok());
        self.status(StatusUpdate::Interval(longest.unwrap_or(0)));
        let Err(error) = result else { return true };
        self.status(StatusUpdate::Offline(self.trouble(engine, &error)));
        let hint = match &error {
            SyncError::Forge(e) => e.hint(),
            _ => "what is cached stays readable".to_owned(),
        };
        let problem = Problem::error(engine.repo.slug(), error.to_string());
        self.tell(Msg::Problem(problem.hinted(hint)));
        false
    }

    async fn sync_one(&self, id: &ChangeId) {
        if self.offline {
            self.tell(Msg::Say(
                "message.warning",
                "started with --offline: nothing is asked".to_owned(),
            ));
            return;
        }
        let Some(engine) = self.engine_of(id) else {
            return;
        };
        self.status(StatusUpdate::Pulling(id.clone()));
        let result = engine.sync_change(id.number).await;
        if self.after(&engine, result) {
            self.status(StatusUpdate::Idle);
            self.status(StatusUpdate::Pulled(id.clone()));
        }
    }

    /// Looks whether the checks of a change on the screen moved, and pulls it where they did.
    async fn watch(&self, id: &ChangeId) {
        let Some(engine) = self.engine_of(id) else {
            return;
        };
        // Whatever is under way tells as much.
        let Ok(_turn) = self.turn.try_lock() else {
            return;
        };
        let result = engine.watch_change(id.number).await;
        let moved = matches!(result, Ok(true));
        if self.after(&engine, result.map(|_| ())) && moved {
            self.status(StatusUpdate::Moved(1));
            self.status(StatusUpdate::Pulled(id.clone()));
        }
    }

    async fn sync_all(&self, quiet: bool) {
        if self.offline {
            self.status(StatusUpdate::Offline(Trouble {
                words: "offline: asked for".to_owned(),
                why: "started with --offline: nothing is asked of the network".to_owned(),
                host: None,
            }));
            return;
        }
        let (mut failed, mut waits) = (None, Waiting::default());
        for engine in self.engines() {
            let result = self.pull(engine, quiet, &mut waits).await;
            let trouble = result.as_ref().err().map(|e| self.trouble(engine, e));
            failed = trouble.or(failed);
            self.after(engine, result);
        }
        self.status(StatusUpdate::Waits(waits.count, waits.why));
        // One host that does not answer is said, whatever the others did after it.
        self.status(failed.map_or(StatusUpdate::Idle, StatusUpdate::Offline));
        self.load_inbox_again();
    }

    /// Says why a repository could not be followed; its host too, where there are several.
    fn trouble(&self, engine: &Engine, error: &SyncError) -> Trouble {
        let words = match error {
            SyncError::Forge(e) => e.words(),
            SyncError::Store(_) => "not synced: the cache fails".to_owned(),
            _ => "not synced".to_owned(),
        };
        let several = self.engines().len() > 1;
        Trouble {
            words: if several {
                format!("{words} ({})", engine.repo.host)
            } else {
                words
            },
            why: error.to_string(),
            host: several.then(|| engine.repo.host.to_string()),
        }
    }

    fn load_inbox_again(&self) {
        let world = self.clone();
        drop(tokio::task::spawn_blocking(move || world.load_inbox()));
    }

    async fn pull(
        &self,
        engine: &Engine,
        quiet: bool,
        waits: &mut Waiting,
    ) -> Result<(), SyncError> {
        let ask = sync::Ask::default();
        let id = |number| ChangeId {
            repo: engine.repo.clone(),
            number,
        };
        let _turn = self.turn.lock().await;
        if engine.list_age()?.is_none() {
            self.status(StatusUpdate::Busy("pulling the list".to_owned()));
        } else if !quiet {
            self.status(StatusUpdate::Busy("asking what is new".to_owned()));
        }
        engine.probe(&ask).await?;
        let items = engine.rest(&ask)?;
        for why in items.iter().filter_map(|i| i.waits.as_ref()) {
            waits.count += 1;
            waits.why.clone_from(why);
        }
        let planned = engine.now_or_say(items);
        self.load_inbox_again();
        let (count, ended) = (planned.len(), AtomicUsize::new(0));
        let busy = |ended: usize| {
            let words = format!("pulling evidence, {ended} of {count}");
            self.status(StatusUpdate::Busy(words));
        };
        if count > 0 && !engine.is_paused() {
            busy(0);
            let done = |item: &Item| {
                busy(ended.fetch_add(1, Ordering::Relaxed) + 1);
                if let Some(number) = item.change() {
                    self.status(StatusUpdate::Pulled(id(number)));
                }
            };
            engine.perform_all(planned, done).await?;
        }
        if self.readonly {
            engine.look_for_doubts().await?;
        } else {
            engine.deliver().await?;
        }
        self.count_outbox(engine);
        Ok(())
    }

    /// Records a decision, then delivers it, then reads it back.
    async fn decide(&self, draft: Draft, change: ChangeId) {
        let Some(engine) = self.engine_of(&change) else {
            return;
        };
        match record_decision(&engine, &draft, &change, engine.now()) {
            Ok(record) => {
                self.tell(Msg::Recorded {
                    id: record.id.clone(),
                    change: change.clone(),
                });
                self.deliver(&engine, Some(&change)).await;
            }
            Err(why) => self.tell(Msg::NotRecorded(why)),
        }
    }

    async fn deliver(&self, engine: &Engine, read_back: Option<&ChangeId>) {
        if self.offline || self.readonly {
            self.load_outbox();
            self.tell(Msg::Say(
                "message.info",
                if self.readonly {
                    "read-only: it is kept in the outbox".to_owned()
                } else {
                    "offline: it is kept in the outbox".to_owned()
                },
            ));
            return;
        }
        let moved = engine.deliver().await;
        self.load_outbox();
        if let Err(error) = moved {
            self.tell(Msg::Problem(Problem::error("outbox", error.to_string())));
        } else {
            self.say_outcome(engine);
            if let Some(id) = read_back {
                self.sync_one(id).await;
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

    async fn nudge(&self, id: &DecisionId, event: Event) {
        let Some(any) = self.engines().first() else {
            return;
        };
        let say = |words: &str| self.tell(Msg::Say("message.warning", words.to_owned()));
        let change = match any.nudge(id, &event) {
            Ok(Nudged::Moved(change)) => Some(change),
            Ok(Nudged::Busy) => {
                say("it is being delivered right now; try again in a moment");
                None
            }
            Ok(Nudged::Unmoved(_) | Nudged::Unknown) => {
                say("nothing to do about it in this state");
                None
            }
            Err(error) => {
                self.tell(Msg::Problem(Problem::error("ledger", error.to_string())));
                None
            }
        };
        // A decision on a repository that is not open here waits until it is.
        if let Some(engine) = change.as_ref().and_then(|c| self.engine_of(c)) {
            let back = change.as_ref().filter(|_| event == Event::Retry);
            self.deliver(&engine, back).await;
        } else {
            self.load_outbox();
        }
    }
}

/// What has to wait for the budget, of all repositories.
#[derive(Default)]
struct Waiting {
    count: usize,
    why: String,
}

/// Turns reports of a sync into messages.
pub fn report_to(messages: &UnboundedSender<Msg>, report: Report) {
    let message = match report {
        Report::List { done, total } => Msg::Status(StatusUpdate::Busy(format!(
            "pulling the list, {done} of {total}"
        ))),
        Report::Problem(problem) => Msg::Problem(problem),
        Report::RepoPart {
            part,
            state: PartState::Failed(why),
        } => Msg::Problem(Problem::warning(part.name(), why.to_string())),
        Report::ChangeDone { pulled, .. } => Msg::Pulled(pulled.0),
        Report::Moved { changes } => Msg::Status(StatusUpdate::Moved(changes)),
        _ => return,
    };
    let _ = messages.send(message);
}
