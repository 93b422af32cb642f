//! The outbox machine: one delivery of one decision, effectively once.
//!
//! The state is saved before every send, and after any doubt the forge is read before it is
//! written again, since neither reviews nor comments can be sent with an idempotency key. Pure:
//! [`next`](Delivery::next) says what to do, [`apply`](Delivery::apply) takes in what came of it.

use serde::{Deserialize, Serialize};

use super::record::DecisionId;
use crate::model::{ChangeId, Sha, Timestamp};

/// What is sent. Effects of one decision run in the order of this enum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// `POST /repos/{owner}/{repo}/pulls/{n}/reviews`.
    Review,
    /// `POST /repos/{owner}/{repo}/issues/{n}/comments`.
    Comment,
}

/// The body of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    pub effect: Effect,
    /// `APPROVE` or `REQUEST_CHANGES` of a review.
    pub event: Option<String>,
    pub body: String,
}

impl Payload {
    /// Says in words what it is.
    pub fn words(&self) -> &'static str {
        match (self.effect, self.event.as_deref()) {
            (Effect::Comment, _) => "a comment",
            (Effect::Review, Some("APPROVE")) => "an approval",
            (Effect::Review, Some("REQUEST_CHANGES")) => "changes requested",
            (Effect::Review, _) => "a review",
        }
    }
}

/// Where a delivery stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum DeliveryState {
    /// Saved; nothing was sent.
    Ready,
    /// Saved before the send. Found in this state on start, the outcome is in doubt.
    Sending {
        at: Timestamp,
    },
    /// The outcome is in doubt: the forge is read before anything is sent again.
    Doubt {
        at: Timestamp,
        why: String,
        looks: u32,
        look_after: Timestamp,
    },
    Done {
        url: String,
        at: Timestamp,
    },
    /// The forge refused for good.
    Refused {
        why: String,
    },
    /// The head moved: a person decides.
    Held {
        why: String,
        head: Sha,
    },
    /// The host cannot be reached or asked for patience; nothing was sent.
    Waiting {
        why: String,
        until: Timestamp,
    },
    /// Sent too often without an answer that can be trusted.
    NeedsHuman {
        why: String,
    },
    /// Taken back by its maker before it was sent.
    Dropped,
}

/// One effect of one decision on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub decision: DecisionId,
    pub change: ChangeId,
    /// The commit the decision is bound to.
    pub head: Sha,
    pub payload: Payload,
    pub state: DeliveryState,
    /// How often it was sent.
    pub sends: u32,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Ask the forge, uncached, for the head of the change.
    CheckHead,
    /// Send; the state `Sending` is already saved.
    Send,
    /// Read reviews or comments and look for the marker.
    Look,
    Wait(Timestamp),
    Nothing,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    HeadIs(Sha),
    /// A request failed before anything was sent.
    Unreachable {
        why: String,
        retry_after: Option<i64>,
    },
    /// 2xx.
    Accepted {
        url: String,
    },
    /// A definite no: 401, 403, 404, 422.
    RefusedBy {
        why: String,
    },
    /// Timeout, reset, 5xx, or a limit after the send.
    InDoubt {
        why: String,
    },
    Found {
        url: String,
    },
    /// A later decision of the same person says something else; nothing was sent.
    Overtaken {
        why: String,
    },
    NotFound,
    /// The person wants it tried again, on the head it is bound to.
    Retry,
    Drop,
}

/// Waits between looks, in seconds: the forge's replicas may lag.
const LOOKS: [i64; 3] = [2, 5, 15];
/// Sends after which a person is asked.
const MAX_SENDS: u32 = 3;

impl Delivery {
    /// Builds a delivery that was not sent yet.
    pub fn new(decision: DecisionId, change: ChangeId, head: Sha, payload: Payload) -> Self {
        Self {
            decision,
            change,
            head,
            payload,
            state: DeliveryState::Ready,
            sends: 0,
        }
    }

    /// Says what to do next.
    pub fn next(&self, now: Timestamp) -> Next {
        match &self.state {
            DeliveryState::Ready => Next::CheckHead,
            DeliveryState::Sending { .. } => Next::Send,
            DeliveryState::Doubt { look_after, .. } if *look_after <= now => Next::Look,
            DeliveryState::Doubt { look_after, .. } => Next::Wait(*look_after),
            DeliveryState::Waiting { until, .. } if *until <= now => Next::CheckHead,
            DeliveryState::Waiting { until, .. } => Next::Wait(*until),
            _ => Next::Nothing,
        }
    }

    /// Tells whether the delivery still wants something done.
    pub fn is_open(&self) -> bool {
        !matches!(
            self.state,
            DeliveryState::Done { .. } | DeliveryState::Refused { .. } | DeliveryState::Dropped
        )
    }

    /// Finds the later review by the same person that makes this one out of date: of several that
    /// waited, only the last word counts. Ids of decisions are in the order of their making.
    pub fn overtaken_by<'a>(&self, all: &'a [Self]) -> Option<&'a Self> {
        let unsent = matches!(
            self.state,
            DeliveryState::Ready | DeliveryState::Waiting { .. } | DeliveryState::Held { .. }
        );
        let counts = |d: &&Self| {
            d.change == self.change
                && d.payload.effect == Effect::Review
                && d.decision > self.decision
                && !matches!(
                    d.state,
                    DeliveryState::Dropped | DeliveryState::Refused { .. }
                )
        };
        all.iter()
            .filter(counts)
            .find(|_| unsent && self.payload.effect == Effect::Review)
    }

    /// Takes up a delivery that an earlier process left: whatever was being sent is in doubt.
    #[must_use]
    pub fn recovered(mut self, now: Timestamp) -> Self {
        if let DeliveryState::Sending { at } = self.state {
            self.state = DeliveryState::Doubt {
                at,
                why: "the program ended while it was being sent".to_owned(),
                looks: 0,
                look_after: now,
            };
        }
        self
    }

    /// Takes in what happened. An event that does not fit the state changes nothing.
    #[must_use]
    pub fn apply(mut self, event: Event, now: Timestamp) -> Self {
        use DeliveryState as S;
        let next = match (&self.state, event) {
            (S::Ready | S::Waiting { .. }, Event::HeadIs(head)) if head == self.head => {
                self.sends += 1;
                S::Sending { at: now }
            }
            (S::Ready | S::Waiting { .. }, Event::HeadIs(head)) => S::Held {
                why: format!(
                    "the head moved from {} to {}",
                    self.head.short(),
                    head.short()
                ),
                head,
            },
            (S::Ready | S::Waiting { .. }, Event::Unreachable { why, retry_after }) => S::Waiting {
                why,
                until: now.plus(retry_after.unwrap_or(30)),
            },
            (S::Ready | S::Waiting { .. } | S::Sending { .. }, Event::RefusedBy { why })
            | (S::Ready | S::Waiting { .. } | S::Held { .. }, Event::Overtaken { why }) => {
                S::Refused { why }
            }
            (S::Sending { .. }, Event::Accepted { url })
            | (S::Doubt { .. }, Event::Found { url }) => S::Done { url, at: now },
            // Nothing left this machine.
            (S::Sending { .. }, Event::Unreachable { why, retry_after }) => {
                self.sends = self.sends.saturating_sub(1);
                S::Waiting {
                    why,
                    until: now.plus(retry_after.unwrap_or(30)),
                }
            }
            (S::Sending { at }, Event::InDoubt { why }) => S::Doubt {
                at: *at,
                why,
                looks: 0,
                look_after: now,
            },
            (S::Doubt { at, why, looks, .. }, Event::NotFound) => {
                match LOOKS.get(*looks as usize) {
                    Some(wait) => S::Doubt {
                        at: *at,
                        why: why.clone(),
                        looks: looks + 1,
                        look_after: now.plus(*wait),
                    },
                    None if self.sends < MAX_SENDS => S::Ready,
                    None => S::NeedsHuman {
                        why: format!("sent {} times without an answer: {why}", self.sends),
                    },
                }
            }
            (S::Doubt { at, why, looks, .. }, Event::Unreachable { retry_after, .. }) => S::Doubt {
                at: *at,
                why: why.clone(),
                looks: *looks,
                look_after: now.plus(retry_after.unwrap_or(30)),
            },
            (S::Held { .. } | S::Waiting { .. } | S::Refused { .. }, Event::Retry) => S::Ready,
            // What may have arrived is looked for first, however often a person asks.
            (S::NeedsHuman { why }, Event::Retry) => {
                self.sends = 0;
                S::Doubt {
                    at: now,
                    why: why.clone(),
                    looks: 0,
                    look_after: now,
                }
            }
            (
                S::Ready
                | S::Held { .. }
                | S::Waiting { .. }
                | S::Refused { .. }
                | S::NeedsHuman { .. },
                Event::Drop,
            ) => S::Dropped,
            (state, _) => state.clone(),
        };
        self.state = next;
        self
    }
}
