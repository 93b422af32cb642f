//! The log of what was asked and answered, for tests and for people who watch.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

/// How many exchanges are kept; older ones are dropped.
const KEPT: usize = 4096;
/// How many bytes of answers are kept with them; older ones are emptied.
const KEPT_BYTES: usize = 256 * 1024 * 1024;

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
    /// Empty for the oldest where the log holds too many bytes.
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
pub(crate) struct Log(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    exchanges: VecDeque<Exchange>,
    /// Bytes of the answers that are not emptied.
    bytes: usize,
    /// How many of the oldest are emptied.
    emptied: usize,
}

impl Log {
    pub(crate) fn push(&self, exchange: Exchange) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes += exchange.response_body.len();
        kept.exchanges.push_back(exchange);
        if kept.exchanges.len() > KEPT
            && let Some(oldest) = kept.exchanges.pop_front()
        {
            kept.bytes -= oldest.response_body.len();
            kept.emptied = kept.emptied.saturating_sub(1);
        }
        while kept.bytes > KEPT_BYTES {
            let at = kept.emptied;
            let Some(exchange) = kept.exchanges.get_mut(at) else {
                break;
            };
            let body = std::mem::take(&mut exchange.response_body);
            kept.bytes -= body.len();
            kept.emptied += 1;
        }
    }

    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.exchanges.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Kept::default();
    }
}
