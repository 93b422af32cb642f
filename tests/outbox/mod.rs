//! Decisions on their way to the forge, and back: the machine by itself, and against a forge that
//! misbehaves.

mod machine;
mod protocol;
mod readback;

use std::{sync::Arc, time::Duration};

use proofline::{
    decide::{
        DecisionId, DecisionRecord, Delivery, DeliveryState, Draft, Effect, Kind, Payload, render,
    },
    demo::{DemoForge, DemoOptions},
    forge::Timeouts,
    model::{ChangeId, Login},
    sync::Engine,
};
use serde_json::Value;

use crate::support::{
    http::Client,
    install::{Install, Jump},
};

/// A forge, an installation of its viewer whose waits pass at once, and their common clock.
struct Scene {
    forge: DemoForge,
    install: Install,
    clock: Arc<Jump>,
    /// A change that the viewer can judge.
    number: u64,
}

/// No answer counts as lost after this.
const SHORT: Timeouts = Timeouts {
    answer: Duration::from_millis(400),
    body: Duration::from_millis(400),
};

impl Scene {
    async fn new() -> Self {
        let options = DemoOptions {
            seed: 0,
            port: 0,
            quiet: true,
        };
        let forge = DemoForge::start(options).await.unwrap();
        let clock = Jump::new(&forge);
        let install = Install::timed(&forge, Some(forge.token()), clock.clone(), SHORT);
        let number = forge.truth().open[1].number;
        install.engine.sync_list().await.unwrap();
        install.engine.sync_change(number).await.unwrap();
        forge.control().clear_log();
        Self {
            forge,
            install,
            clock,
            number,
        }
    }

    fn path(&self) -> String {
        let (owner, name) = self.forge.repo();
        format!("/repos/{owner}/{name}")
    }

    fn reviews_path(&self) -> String {
        format!("{}/pulls/{}/reviews", self.path(), self.number)
    }

    fn comments_path(&self) -> String {
        format!("{}/issues/{}/comments", self.path(), self.number)
    }

    fn viewer(&self) -> Client {
        Client::new(self.forge.base(), Some(self.forge.token()))
    }

    /// A request for changes in the ledger, ready to go.
    fn request_changes(&self, id: &str) -> Delivery {
        let (delivery, record) = made(&self.install, self.number, Kind::RequestChanges, id);
        add(&self.install.engine, &delivery, &record);
        delivery
    }

    /// An exception that is asked for, ready to go.
    fn ask_exception(&self, id: &str) -> Delivery {
        let (delivery, record) = made(&self.install, self.number, Kind::ExceptionAsk, id);
        add(&self.install.engine, &delivery, &record);
        delivery
    }

    /// The reviews or comments on the forge that carry a decision.
    fn on_forge(&self, delivery: &Delivery) -> Vec<Value> {
        let path = match delivery.payload.effect {
            Effect::Review => self.reviews_path(),
            Effect::Comment => self.comments_path(),
        };
        let list = self.viewer().get(&format!("{path}?per_page=100")).json();
        let marker = format!("id={} ", delivery.decision);
        let all = list.as_array().unwrap().iter().cloned();
        all.filter(|item| item["body"].as_str().unwrap().contains(&marker))
            .collect()
    }

    /// The methods and paths that the installation sent since the scene began, without queries.
    fn sent(&self) -> Vec<(String, String)> {
        let plain = |p: &str| p.split('?').next().unwrap_or_default().to_owned();
        let all = self.forge.log().into_iter();
        all.map(|e| (e.method.clone(), plain(&e.path))).collect()
    }

    fn posts(&self) -> usize {
        self.sent().iter().filter(|(m, _)| m == "POST").count()
    }
}

/// How a delivery stands in a ledger.
fn state(engine: &Engine, delivery: &Delivery) -> DeliveryState {
    let all = engine.ledger.deliveries(false).unwrap();
    let found = all.into_iter().find(|d| d.decision == delivery.decision);
    found.unwrap().state
}

fn is_done(state: &DeliveryState) -> bool {
    matches!(state, DeliveryState::Done { .. })
}

fn add(engine: &Engine, delivery: &Delivery, record: &DecisionRecord) {
    let canonical = String::from_utf8(record.canonical().unwrap()).unwrap();
    let digest = record.sha256().unwrap();
    let deliveries = std::slice::from_ref(delivery);
    engine
        .ledger
        .add(record, &canonical, &digest, deliveries)
        .unwrap();
}

/// Makes a decision on what an installation shows of a change.
fn made(install: &Install, number: u64, kind: Kind, id: &str) -> (Delivery, DecisionRecord) {
    let dossier = install.load(number);
    let now = install.engine.now();
    let mut draft = Draft::new(kind, &dossier.evidence, &dossier.assessment, now);
    draft.target = "CodeQL#91".to_owned();
    "The table lacks an index.\n\n```sql\nSELECT 1 | 2\n```".clone_into(&mut draft.reason);
    draft.control = "WAF rule | canary".to_owned();
    draft.owner = "@tomas".to_owned();
    let change = ChangeId {
        repo: install.engine.repo.clone(),
        number,
    };
    let viewer = dossier.evidence.facts.viewer.clone();
    let actor = viewer.unwrap_or_else(|| Login::new("nobody"));
    let record = draft
        .record(DecisionId(id.to_owned()), &change, &actor, now)
        .unwrap();
    let (effect, event) = match kind {
        Kind::Approve => (Effect::Review, Some("APPROVE".to_owned())),
        Kind::RequestChanges => (Effect::Review, Some("REQUEST_CHANGES".to_owned())),
        _ => (Effect::Comment, None),
    };
    let payload = Payload {
        effect,
        event,
        body: render::body(&record).unwrap(),
    };
    let head = record.bound.head_sha.clone();
    let delivery = Delivery::new(record.id.clone(), change, head, payload);
    (delivery, record)
}
