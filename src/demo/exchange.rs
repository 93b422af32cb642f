//! The log of what was asked and answered, for tests and for people who watch.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

/// How many exchanges are kept; older ones are dropped.
const KEPT: usize = 4096;

/// Headers of an answer that are worth keeping.
pub(crate) const KEPT_HEADERS: [&str; 8] = [
    "content-type",
    "etag",
    "link",
    "location",
    "retry-after",
    "x-ratelimit-remaining",
    "x-ratelimit-used",
    "x-poll-interval",
];

/// One request and its answer.
#[derive(Debug, Clone, Serialize)]
pub struct Exchange {
    pub method: String,
    /// Path and query as they came in.
    pub path: String,
    /// Login of the token that was used.
    pub login: Option<String>,
    /// True where the request carried `If-None-Match`.
    pub conditional: bool,
    pub request_body: Option<Value>,
    /// Status of the answer; 0 where a fault let none go out.
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// Name of the operation in the forge's own description, where it has one.
    pub operation: Option<&'static str>,
    #[serde(skip)]
    pub response_body: Bytes,
}

impl Exchange {
    /// The answer as JSON, where it is.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.response_body).ok()
    }

    /// A kept header of the answer.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// One line for a person: method, path, status, and what was written.
    pub(crate) fn line(&self) -> String {
        let body = match &self.request_body {
            Some(body) if self.method != "GET" => format!(" {body}"),
            _ => String::new(),
        };
        format!("{} {} {}{body}", self.method, self.path, self.status)
    }
}

/// The last exchanges.
#[derive(Debug, Default)]
pub(crate) struct Log(Mutex<VecDeque<Exchange>>);

impl Log {
    pub(crate) fn push(&self, exchange: Exchange) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(exchange);
    }

    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }

    pub(crate) fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
