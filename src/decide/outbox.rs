//! The outbox machine: one delivery of one decision, effectively once.
//!
//! The state is saved before every send, and after any doubt the forge is read before it is
//! written again, since neither reviews nor comments can be sent with an idempotency key. Pure:
//! [`next`](Delivery::next) says what to do, [`apply`](Delivery::apply) takes in what came of it.

use serde::{Deserialize, Serialize};

use super::record::DecisionId;
use crate::model::{ChangeId, Login, Sha, Timestamp, Visibility};

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
    /// The outcome is in doubt. A write can land long after its answer was lost, so the forge is read
    /// again and again until the delivery is found or a person decides; it is never sent again unasked.
    Doubt {
        at: Timestamp,
        why: String,
        looks: u32,
        look_after: Timestamp,
        /// A person asked to send it again: one more look, then it is sent.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        resend: bool,
        /// The copy that another account posted, where one was seen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        copy: Option<OtherCopy>,
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
    /// Written by earlier versions for a doubt of long standing; taken up as a doubt.
    NeedsHuman {
        why: String,
    },
    /// The decision is another account's than the token's: held until its maker's token is there.
    OtherAccount {
        viewer: Login,
    },
    /// The forge took no token, or refused it: nothing was sent, and it waits for one.
    NeedsToken {
        why: String,
        /// It was sent before the refusal came: it is looked for before it is sent again.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        sent: bool,
    },
    /// What is stored is not what was recorded: never sent.
    Altered {
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
    /// Who could read it by what was on the screen when it was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readers: Option<Visibility>,
    /// Place in the ledger: decisions count in the order in which they were recorded there, whatever
    /// the clocks said. Told by the ledger, not part of the stored state.
    #[serde(skip)]
    pub seq: i64,
    /// Who made the decision, by its record. Told by the ledger.
    #[serde(skip)]
    pub actor: Option<Login>,
}

/// A copy of a decision that another account than its maker's posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherCopy {
    pub login: String,
    pub url: String,
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
    /// There is no token, or the forge refused it (401): no word about the decision itself.
    TokenRefused {
        why: String,
    },
    /// The token belongs to this account.
    ViewerIs(Login),
    /// More people can read it now than when it was decided.
    ReadByMore,
    /// What is stored of the decision is not what was recorded.
    Altered {
        why: String,
    },
    /// A definite no: 403, 404, 422.
    RefusedBy {
        why: String,
    },
    /// Timeout, reset or 5xx after the send: it may have been done, or be done yet.
    InDoubt {
        why: String,
    },
    /// A limit was told after the send: a definite answer, so nothing lands late. One look tells
    /// whether it was done.
    Limited {
        why: String,
        retry_after: Option<i64>,
    },
    Found {
        url: String,
    },
    /// Not found, but another account posted a copy.
    FoundByOther(OtherCopy),
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
/// Seconds between later looks, at least: one at each sync.
const LATER_LOOKS: i64 = 30;
/// Seconds after which a try without a known end of the wait follows.
const TRY_AGAIN: i64 = 30;
/// Longest wait in seconds: limits of the forge last an hour. A longer one is a wrong header, or a
/// clock that was set back.
pub const MAX_WAIT: i64 = 3_700;

/// The moment that ends a wait of some seconds, of which the forge may have said anything.
fn after(now: Timestamp, seconds: Option<i64>) -> Timestamp {
    now.plus(seconds.unwrap_or(TRY_AGAIN).clamp(1, MAX_WAIT))
}

/// A doubt that is looked for once, now, and then sent again.
fn looked_for(now: Timestamp, why: String) -> DeliveryState {
    DeliveryState::Doubt {
        at: now,
        why,
        looks: 0,
        look_after: now,
        resend: true,
        copy: None,
    }
}

/// Tells whether a wait is over. One that would last longer than any is over as well.
fn is_due(until: Timestamp, now: Timestamp) -> bool {
    until <= now || until.since(now) > MAX_WAIT
}

impl DeliveryState {
    /// The same doubt with another time for the next look, and sent again after it where a person asked.
    fn look_again(&self, at: Timestamp, asked: bool) -> Self {
        let mut next = self.clone();
        if let Self::Doubt {
            look_after, resend, ..
        } = &mut next
        {
            *look_after = at;
            *resend |= asked;
        }
        next
    }
}

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
            readers: None,
            seq: 0,
            actor: None,
        }
    }

    /// Says what to do next.
    pub fn next(&self, now: Timestamp) -> Next {
        use DeliveryState as S;
        match &self.state {
            S::Ready | S::OtherAccount { .. } | S::NeedsToken { .. } => Next::CheckHead,
            S::Sending { .. } => Next::Send,
            S::Doubt { look_after, .. } if is_due(*look_after, now) => Next::Look,
            S::Doubt { look_after, .. } => Next::Wait(*look_after),
            S::Waiting { until, .. } if is_due(*until, now) => Next::CheckHead,
            S::Waiting { until, .. } => Next::Wait(*until),
            S::Done { .. }
            | S::Refused { .. }
            | S::Held { .. }
            | S::NeedsHuman { .. }
            | S::Altered { .. }
            | S::Dropped => Next::Nothing,
        }
    }

    /// Tells whether more people could read it now than when it was decided.
    pub fn is_wider(&self, now: Option<Visibility>) -> bool {
        match (self.readers, now) {
            (Some(then), Some(now)) => now < then,
            _ => false,
        }
    }

    /// Tells whether it is held until a person does something about it.
    pub fn is_held(&self) -> bool {
        use DeliveryState as S;
        matches!(
            self.state,
            S::Held { .. } | S::OtherAccount { .. } | S::NeedsToken { .. } | S::Altered { .. }
        )
    }

    /// Tells whether it was not sent, or is known not to have arrived.
    fn is_unsent(&self) -> bool {
        use DeliveryState as S;
        matches!(
            self.state,
            S::Ready
                | S::Waiting { .. }
                | S::Held { .. }
                | S::OtherAccount { .. }
                | S::NeedsToken { .. }
        )
    }

    /// Tells whether the delivery still wants something done.
    pub fn is_open(&self) -> bool {
        !matches!(
            self.state,
            DeliveryState::Done { .. } | DeliveryState::Refused { .. } | DeliveryState::Dropped
        )
    }

    /// Finds the later review by the same person that makes this one out of date: of several, only
    /// the last word in the ledger is sent, whatever became of it: what was refused or given up was
    /// said all the same. `all` are those of this repository, under whatever name.
    pub fn overtaken_by<'a>(&self, all: &'a [Self]) -> Option<&'a Self> {
        let is_same = |a: &Option<Login>, b: &Option<Login>| match (a, b) {
            (Some(a), Some(b)) => a.same(b),
            (a, b) => a == b,
        };
        let counts = |d: &&Self| {
            d.change.number == self.change.number
                && is_same(&d.actor, &self.actor)
                && d.payload.effect == Effect::Review
                && d.seq > self.seq
        };
        all.iter()
            .filter(counts)
            .find(|_| self.is_unsent() && self.payload.effect == Effect::Review)
    }

    /// Takes up a delivery that an earlier process left: whatever was being sent is in doubt.
    #[must_use]
    pub fn recovered(mut self, now: Timestamp) -> Self {
        let (at, why) = match &self.state {
            DeliveryState::Sending { at } => {
                let why = "the program ended while it was being sent";
                (*at, why.to_owned())
            }
            DeliveryState::NeedsHuman { why } => (now, why.clone()),
            _ => return self,
        };
        self.state = DeliveryState::Doubt {
            at,
            why,
            looks: 0,
            look_after: now,
            resend: false,
            copy: None,
        };
        self
    }

    /// Takes in what happened. An event that does not fit the state changes nothing.
    #[must_use]
    pub fn apply(mut self, event: Event, now: Timestamp) -> Self {
        use DeliveryState as S;
        let unsent = matches!(
            self.state,
            S::Ready | S::Waiting { .. } | S::OtherAccount { .. } | S::NeedsToken { .. }
        );
        let next = match (&self.state, event) {
            (_, Event::HeadIs(head)) if unsent && head == self.head => {
                self.sends += 1;
                S::Sending { at: now }
            }
            (_, Event::HeadIs(head)) if unsent => S::Held {
                why: format!(
                    "the head moved from {} to {}",
                    self.head.short(),
                    head.short()
                ),
                head,
            },
            (state, Event::ViewerIs(viewer)) if unsent => match &self.actor {
                Some(actor) if actor.same(&viewer) => match state {
                    S::NeedsToken { why, sent: true } => looked_for(now, why.clone()),
                    S::OtherAccount { .. } | S::NeedsToken { .. } => S::Ready,
                    other => other.clone(),
                },
                _ => S::OtherAccount { viewer },
            },
            (_, Event::ReadByMore) if unsent => S::Held {
                why: "more people can read it now than when it was decided: the repository is no longer as private".to_owned(),
                head: self.head.clone(),
            },
            (_, Event::Unreachable { why, retry_after }) if unsent => S::Waiting {
                why,
                until: after(now, retry_after),
            },
            (S::NeedsToken { sent, .. }, Event::TokenRefused { why }) => S::NeedsToken {
                why,
                sent: *sent,
            },
            (_, Event::TokenRefused { why }) if unsent => S::NeedsToken { why, sent: false },
            (_, Event::Altered { why }) if unsent => S::Altered { why },
            (_, Event::RefusedBy { why }) if unsent => S::Refused { why },
            (_, Event::Overtaken { why }) if self.is_unsent() => S::Refused { why },
            (S::Sending { .. }, Event::RefusedBy { why }) => S::Refused { why },
            (S::Sending { .. }, Event::Accepted { url })
            | (S::Doubt { .. }, Event::Found { url }) => S::Done { url, at: now },
            // Nothing left this machine, or nothing was taken in.
            (S::Sending { .. }, Event::Unreachable { why, retry_after }) => {
                self.sends = self.sends.saturating_sub(1);
                S::Waiting {
                    why,
                    until: after(now, retry_after),
                }
            }
            (S::Sending { .. }, Event::TokenRefused { why }) => S::NeedsToken { why, sent: true },
            (S::Sending { at }, Event::InDoubt { why }) => S::Doubt {
                at: *at,
                why,
                looks: 0,
                look_after: now,
                resend: false,
                copy: None,
            },
            (S::Sending { at }, Event::Limited { why, retry_after }) => S::Doubt {
                at: *at,
                why,
                looks: 0,
                look_after: after(now, retry_after),
                resend: true,
                copy: None,
            },
            (S::Doubt { resend: true, .. }, Event::NotFound) => S::Ready,
            // A person who was told of the other copy may send it all the same.
            (S::Doubt { resend: true, copy: Some(_), .. }, Event::FoundByOther(_)) => S::Ready,
            (
                S::Doubt { at, why, looks, copy, .. },
                event @ (Event::NotFound | Event::FoundByOther(_)),
            ) => S::Doubt {
                at: *at,
                why: why.clone(),
                looks: looks.saturating_add(1),
                look_after: now.plus(LOOKS.get(*looks as usize).copied().unwrap_or(LATER_LOOKS)),
                resend: false,
                copy: match event {
                    Event::FoundByOther(seen) => Some(seen),
                    _ => copy.clone(),
                },
            },
            (S::Doubt { .. }, Event::Unreachable { retry_after, .. }) => {
                self.state.look_again(after(now, retry_after), false)
            }
            // What was sent once is looked for before it is sent again, whatever the answer was.
            (S::Refused { why } | S::NeedsToken { why, sent: true }, Event::Retry)
                if self.sends > 0 =>
            {
                looked_for(now, why.clone())
            }
            (
                S::Held { .. }
                | S::Waiting { .. }
                | S::Refused { .. }
                | S::OtherAccount { .. }
                | S::NeedsToken { .. },
                Event::Retry,
            ) => {
                // Whoever sends it after that was said knows who reads it.
                self.readers = None;
                S::Ready
            }
            // What may have arrived is looked for first, however often a person asks.
            (S::Doubt { .. }, Event::Retry) => self.state.look_again(now, true),
            // Nothing that is under way right now; whatever else is open is the person's to drop.
            (S::Sending { .. } | S::Done { .. }, Event::Drop) => self.state.clone(),
            (_, Event::Drop) => S::Dropped,
            (state, _) => state.clone(),
        };
        self.state = next;
        self
    }
}
