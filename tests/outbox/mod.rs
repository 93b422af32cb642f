//! Decisions on their way to the forge, and back: the machine by itself, and against a forge that
//! misbehaves.

mod delivered;
mod faults;
mod machine;
mod protocol;
mod readback;

use std::{sync::Arc, time::Duration};

use proofline::{
    decide::{Delivery, DeliveryState, Effect, Kind},
    demo::{DemoForge, Fault, FaultKind},
    forge::Timeouts,
    sync::Engine,
};
use serde_json::Value;

use crate::support::{
    decisions::{add, made},
    forge::forge,
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

/// Patience that no busy machine exhausts.
const LONG: Timeouts = Timeouts {
    answer: Duration::from_mins(2),
    body: Duration::from_mins(2),
};

/// For an answer that never comes.
const SHORT: Timeouts = Timeouts {
    answer: Duration::from_secs(1),
    body: Duration::from_secs(1),
};

impl Scene {
    async fn new() -> Self {
        Self::patient(LONG).await
    }

    async fn patient(patience: Timeouts) -> Self {
        let forge = forge(0).await;
        let clock = Jump::new(&forge);
        let install = Install::timed(&forge, Some(forge.token()), clock.clone(), patience);
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

    /// Does on the forge what a delivery asks for, by the token of somebody: a write that lands late.
    fn land(&self, delivery: &Delivery, token: &str) {
        let client = Client::new(self.forge.base(), Some(token));
        let body = delivery.payload.body.as_str();
        let answer = match delivery.payload.effect {
            Effect::Review => client.post(
                &self.reviews_path(),
                &serde_json::json!({
                    "commit_id": delivery.head.as_str(), "event": delivery.payload.event, "body": body,
                }),
            ),
            Effect::Comment => client.post(&self.comments_path(), &serde_json::json!({ "body": body })),
        };
        assert!(matches!(answer.status, 200 | 201), "{}", answer.status);
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

fn on_post(path: &str, times: u32, kind: FaultKind) -> Fault {
    Fault {
        method: Some("POST".to_owned()),
        times,
        ..Fault::next(path, kind)
    }
}

fn status(status: u16, headers: &[(&str, &str)]) -> FaultKind {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    FaultKind::Status {
        status,
        headers: headers.iter().map(own).collect(),
        message: "ordered".to_owned(),
    }
}
