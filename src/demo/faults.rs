//! Faults that a test can order: what a network, a busy forge and a moving world do to a client.
//!
//! A [`Fault`] says which requests it hits and what happens to them. As JSON, for `POST
//! /_demo/fault`: `{"method": "GET", "path": "/repos/acme/payments/pulls", "times": 2, "kind": …}`.
//! `method` may be left out; `path` is a beginning of path and query, as they came in, and may be
//! empty; `times` is 1 where left out, and 0 means every request. The kinds:
//!
//! - `{"latency": {"millis": 50}}`, `"hang"`, `"drop"`, `"drop_after"`
//! - `{"status": {"status": 500, "headers": [["retry-after", "30"]], "message": "…"}}`
//! - `{"status_after": {"status": 502}}`: carried out, and answered so
//! - `{"refuse": {"status": 406}}`: 406, 409, 410, 422, 500, 502, 503, 504 in the forge's own words
//! - `{"primary_limit": {"reset_in": 600}}`: 403 with nothing remaining
//! - `{"secondary_limit": {"retry_after": 60, "status": 403}}`: 403, or 429
//! - `{"cut_body": {"bytes": 100}}`: 0 cuts right after the head
//! - `{"headers": {"headers": [["x-poll-interval", "120"]]}}`: on the true answer
//! - `{"clock_skew": {"seconds": -3600}}`: in the header `date`
//! - `{"link": {"how": "missing"}}`: or `itself`, `loop_of_two`, `other_origin`
//! - `{"shift": {"by": -1}}`: later pages begin earlier, so that an item stands on two of them; with
//!   1 one is on none
//! - `"reorder"`: the items of a page the other way round
//! - `"not_modified"`: 304 for every conditional request, changed or not
//! - `{"null_node": {"at": 0}}`: GraphQL, one node null and an error of type `FORBIDDEN` for it
//! - `{"too_many_changes": {"more_than": 10}}`: GraphQL, 502 where more changes are asked for
//! - `{"act": {"act": "push", "pr": 482, "force": true}}`: an [`Act`] just before the request is
//!   answered
//! - `{"when": {"skip": 2, "holds": "statusCheckRollup", "accept": "diff", "kind": …}}`: another
//!   kind, for requests whose body holds a text and whose `accept` holds another, after so many of
//!   them were let through
//!
//! A path that begins with `storage:` (`storage:/artifacts/`) is one of the storage host's, where
//! latency, `hang`, `status`, `refuse` and `cut_body` can happen.
//!
//! Of the kinds that end a request, the first that was ordered happens; the others (latency,
//! headers, skew, links, pages, acts) go along with it.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::acts::Act;
use super::request::Request;

/// An order to misbehave, for some requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Only requests with this method; any where none is given.
    #[serde(default)]
    pub method: Option<String>,
    /// Only requests whose path starts so.
    #[serde(default)]
    pub path: String,
    /// How many requests are hit before the fault is spent; 0 for all.
    #[serde(default = "once")]
    pub times: u32,
    pub kind: FaultKind,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The answer comes late.
    Latency { millis: u64 },
    /// The answer never comes.
    Hang,
    /// Another status and headers instead of the answer; nothing was done.
    Status {
        status: u16,
        #[serde(default)]
        headers: Vec<(String, String)>,
        #[serde(default)]
        message: String,
    },
    /// The request is carried out, and then answered with this status.
    StatusAfter { status: u16 },
    /// The body ends after so many bytes, though more were announced.
    CutBody { bytes: usize },
    /// The connection is closed without an answer; nothing was done.
    Drop,
    /// The request is carried out, and the connection is closed without an answer.
    DropAfter,
    /// A refusal with the words that the forge has for its status; nothing was done.
    Refuse { status: u16 },
    /// The hour's budget is spent, and is full again in so many seconds.
    PrimaryLimit { reset_in: i64 },
    /// Too much in too short a time.
    SecondaryLimit {
        retry_after: u64,
        #[serde(default = "forbidden")]
        status: u16,
    },
    /// Headers on the true answer.
    Headers { headers: Vec<(String, String)> },
    /// The header `date` is off by so many seconds.
    ClockSkew { seconds: i64 },
    /// The links to other pages are wrong.
    Link { how: WrongLink },
    /// Pages after the first begin so many items later than they should.
    Shift { by: i64 },
    /// The items of a page stand the other way round.
    Reorder,
    /// Every conditional request is told that nothing changed.
    NotModified,
    /// A node of the first list of a GraphQL answer is null, with an error.
    NullNode { at: usize },
    /// A GraphQL query that asks for more changes than this at once fails.
    TooManyChanges { more_than: u64 },
    /// Something happens to the world just before the request is answered.
    Act(Act),
    /// A kind that waits for certain requests.
    When {
        /// How many of them are let through first.
        #[serde(default)]
        skip: u32,
        /// What their body must hold.
        #[serde(default)]
        holds: Option<String>,
        /// What their header `accept` must hold.
        #[serde(default)]
        accept: Option<String>,
        kind: Box<FaultKind>,
    },
}

/// What is wrong with the links of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WrongLink {
    /// There are none.
    Missing,
    /// The next page is the page itself.
    Itself,
    /// The next page of the first is the second, and the next of any other is the first.
    LoopOfTwo,
    /// The next page is on another host, which must not see the token.
    OtherOrigin,
}

fn once() -> u32 {
    1
}

fn forbidden() -> u16 {
    403
}

impl Fault {
    /// A fault that hits the next request whose path starts so.
    pub fn next(path: impl Into<String>, kind: FaultKind) -> Self {
        Self {
            method: None,
            path: path.into(),
            times: 1,
            kind,
        }
    }

    /// What happens to this request, which counts as one hit; nothing where it is not hit.
    fn hit(&mut self, request: &Request, target: &str) -> Option<FaultKind> {
        let is_method = self
            .method
            .as_deref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(request.method.as_str()));
        if self.times == 0 || !is_method || !target.starts_with(&self.path) {
            return None;
        }
        let kind = self.kind.hit(request)?;
        // One that was ordered for all requests stays.
        if self.times < u32::MAX {
            self.times -= 1;
        }
        Some(kind)
    }
}

impl FaultKind {
    fn hit(&mut self, request: &Request) -> Option<Self> {
        let Self::When {
            skip,
            holds,
            accept,
            kind,
        } = self
        else {
            return Some(self.clone());
        };
        let body = String::from_utf8_lossy(&request.body);
        let accepts = request.header("accept").unwrap_or_default();
        let wanted = holds.as_ref().is_none_or(|text| body.contains(text))
            && accept.as_ref().is_none_or(|text| accepts.contains(text));
        if !wanted {
            return None;
        }
        if *skip > 0 {
            *skip -= 1;
            return None;
        }
        kind.hit(request)
    }

    /// Whether it goes along with another fault of the same request.
    fn goes_along(&self) -> bool {
        matches!(
            self,
            Self::Latency { .. }
                | Self::Headers { .. }
                | Self::ClockSkew { .. }
                | Self::Link { .. }
                | Self::Shift { .. }
                | Self::Reorder
                | Self::Act(_)
        )
    }
}

/// The orders that are not spent yet.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(crate) fn add(&self, mut fault: Fault) {
        if fault.times == 0 {
            fault.times = u32::MAX;
        }
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(fault);
    }

    pub(crate) fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// The faults of this request: all that go along, and the first that ends it, at the end.
    pub(crate) fn take(&self, request: &Request) -> Vec<FaultKind> {
        self.take_at(request, &request.target())
    }

    /// The faults of a request to the storage host.
    pub(crate) fn take_stored(&self, request: &Request) -> Vec<FaultKind> {
        self.take_at(request, &format!("storage:{}", request.target()))
    }

    fn take_at(&self, request: &Request, target: &str) -> Vec<FaultKind> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut along, mut ends) = (Vec::new(), None);
        for fault in faults.iter_mut() {
            let mut kind = &fault.kind;
            while let FaultKind::When { kind: inner, .. } = kind {
                kind = inner;
            }
            if kind.goes_along() {
                along.extend(fault.hit(request, target));
            } else if ends.is_none() {
                ends = fault.hit(request, target);
            }
        }
        faults.retain(|fault| fault.times > 0);
        along.extend(ends);
        along
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Method};
    use bytes::Bytes;

    use super::*;

    fn get(path: &str) -> Request {
        let (uri, body) = (path.parse().unwrap(), Bytes::new());
        Request::new(Method::GET, uri, HeaderMap::new(), body)
    }

    #[test]
    fn a_fault_is_spent() {
        let faults = Faults::default();
        faults.add(Fault::next("/repos", FaultKind::Hang));
        assert_eq!(faults.take(&get("/user")), []);
        assert_eq!(faults.take(&get("/repos/a/b")), [FaultKind::Hang]);
        assert_eq!(faults.take(&get("/repos/a/b")), []);
    }

    #[test]
    fn a_fault_reads_from_json() {
        let text = r#"{"path":"/repos","method":"POST","kind":{"status_after":{"status":502}}}"#;
        let fault: Fault = serde_json::from_str(text).unwrap();
        assert_eq!(fault.times, 1);
        assert_eq!(fault.kind, FaultKind::StatusAfter { status: 502 });
    }

    #[test]
    fn every_kind_is_written_as_it_is_read() {
        for text in [
            r#"{"link":{"how":"loop_of_two"}}"#,
            r#""reorder""#,
            r#"{"act":{"act":"push","pr":482,"force":true}}"#,
            r#"{"when":{"skip":2,"holds":null,"accept":"diff","kind":"not_modified"}}"#,
        ] {
            let kind: FaultKind = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&kind).unwrap(), text);
        }
    }

    #[test]
    fn a_kind_can_wait_and_go_along() {
        let faults = Faults::default();
        let waits = FaultKind::When {
            skip: 1,
            holds: None,
            accept: None,
            kind: Box::new(FaultKind::Drop),
        };
        faults.add(Fault::next("/a", waits));
        faults.add(Fault {
            times: 0,
            ..Fault::next("", FaultKind::Latency { millis: 1 })
        });
        let late = FaultKind::Latency { millis: 1 };
        assert_eq!(faults.take(&get("/a")), std::slice::from_ref(&late));
        assert_eq!(faults.take(&get("/a")), [late.clone(), FaultKind::Drop]);
        assert_eq!(faults.take(&get("/a")), [late]);
    }
}
