//! A hand on the running forge, for a test or a person beside the demo: in this process by
//! [`Control`], from another by the paths below `/_demo`:
//!
//! - `GET /_demo/log`, `POST /_demo/clear_log`: what was asked and answered.
//! - `POST /_demo/fault` with a [`Fault`] as JSON, `POST /_demo/clear_faults`.
//! - `POST /_demo/advance?seconds=N` sets the clock forward.
//! - `POST /_demo/NAME` for every [`Act`].

use std::sync::Arc;

use axum::http::Method;
use bytes::Bytes;
use serde_json::{Value, json};

use super::DemoError;
use super::acts::{self, Act};
use super::faults::Fault;
use super::request::Request;
use super::rest::Desk;
use super::server::{Forge, Stage};
use super::wire::Dressed;

/// A hand on the running forge.
#[derive(Debug, Clone)]
pub struct Control {
    pub(super) forge: Arc<Forge>,
}

impl Control {
    /// Adds a commit to the branch of an open change, as its author would; a run is queued for it.
    /// Gives the new head.
    pub fn push_commit(&self, number: u64) -> Result<String, DemoError> {
        let pushed = self.act(Act::Push {
            pr: number,
            force: false,
        })?;
        Ok(pushed["head"].as_str().unwrap_or_default().to_owned())
    }

    /// Does something to the world; gives what came of it.
    pub fn act(&self, act: Act) -> Result<Value, DemoError> {
        acts::perform(&self.forge, act)
    }

    /// Orders a fault.
    pub fn fault(&self, fault: Fault) {
        self.forge.faults.add(fault);
    }

    /// Takes back all faults that are not spent.
    pub fn clear_faults(&self) {
        self.forge.faults.clear();
    }

    /// Empties the log.
    pub fn clear_log(&self) {
        self.forge.log.clear();
    }

    /// Sets the clock forward.
    pub fn advance_clock(&self, seconds: i64) {
        self.forge.clock.advance(seconds);
    }

    /// Changes the text of a comment behind everyone's back.
    pub fn edit_comment(&self, id: u64, body: &str) {
        self.at_desk(|desk| desk.edit_comment(id, body));
    }

    /// Deletes a comment.
    pub fn delete_comment(&self, id: u64) {
        self.at_desk(|desk| desk.remove_comment(id));
    }

    fn at_desk<T>(&self, act: impl FnOnce(&mut Desk<'_>) -> T) -> T {
        let now = self.forge.clock.now();
        let mut stage = self.forge.stage();
        let Stage { world, git } = &mut *stage;
        act(&mut Desk {
            world,
            git,
            base: &self.forge.base,
            now,
        })
    }
}

/// Answers a request below `/_demo`.
pub(super) fn answer(forge: &Forge, request: &Request) -> Dressed {
    let below = request.segments.get(1).map(String::as_str);
    let (status, body) = match (&request.method, below) {
        (&Method::GET, Some("log")) => (200, json!(forge.log.exchanges())),
        (&Method::POST, Some("fault")) => match serde_json::from_slice::<Fault>(&request.body) {
            Ok(fault) => {
                forge.faults.add(fault);
                (200, json!({ "ordered": true }))
            }
            Err(error) => (400, json!({ "message": error.to_string() })),
        },
        (&Method::POST, Some("clear_faults")) => {
            forge.faults.clear();
            (200, json!({}))
        }
        (&Method::POST, Some("clear_log")) => {
            forge.log.clear();
            (200, json!({}))
        }
        (&Method::POST, Some("advance")) => {
            let seconds = request.number("seconds").unwrap_or_default();
            forge
                .clock
                .advance(i64::try_from(seconds).unwrap_or_default());
            (200, json!({ "now": super::rest::stamp(forge.clock.now()) }))
        }
        (&Method::POST, Some(name)) => {
            let act = acts::read(name, &request.query, &request.body);
            match act.and_then(|act| acts::perform(forge, act)) {
                Ok(came_of_it) => (200, came_of_it),
                Err(error) => (422, json!({ "message": error.to_string() })),
            }
        }
        _ => (404, json!({ "message": "Not Found" })),
    };
    reply(status, &body)
}

fn reply(status: u16, body: &Value) -> Dressed {
    Dressed {
        status,
        headers: vec![("content-type", "application/json".to_owned())],
        body: Bytes::from(body.to_string()),
        operation: None,
    }
}
