//! Writing decisions, and reading them back after a doubt. Nothing here repeats a write.

use serde::Serialize;
use serde_json::Value;

use super::{
    client::{Answer, Forge},
    error::{ForgeError, Kind},
    wire::{self, CommentWire, PullWire, ReviewWire},
};
use crate::{
    decide::{Delivery, Effect, Event, read},
    model::{Sha, Timestamp},
};

#[derive(Serialize)]
struct ReviewBody<'a> {
    commit_id: &'a str,
    event: &'a str,
    body: &'a str,
}

#[derive(Serialize)]
struct CommentBody<'a> {
    body: &'a str,
}

/// What a failed request means for a delivery, before or after it was sent.
fn event_of(error: &ForgeError, now: Timestamp) -> Event {
    let wait = error.retry_at.map(|at| at.since(now).max(1));
    match error.kind {
        _ if error.may_have_arrived => Event::InDoubt {
            why: error.to_string(),
        },
        Kind::RateLimited => Event::Unreachable {
            why: error.to_string(),
            retry_after: wait,
        },
        Kind::Unreachable | Kind::Interrupted | Kind::Server | Kind::Malformed => {
            Event::Unreachable {
                why: error.to_string(),
                retry_after: None,
            }
        }
        Kind::Auth | Kind::Forbidden | Kind::NotFound | Kind::Refused => Event::RefusedBy {
            why: format!("{error} ({})", error.hint()),
        },
    }
}

impl Forge {
    fn change_path(delivery: &Delivery) -> String {
        format!("/repos/{}", delivery.change.repo.slug())
    }

    /// Asks for the head of a change, uncached.
    pub async fn head(&self, repo: &str, number: u64) -> Result<Sha, ForgeError> {
        let path = format!("/repos/{repo}/pulls/{number}");
        match self.get(&path, None).await? {
            Answer::Fresh { body, .. } => wire::decode_one::<PullWire>(&path, &body)
                .map(|pr| pr.head_sha)
                .map_err(|p| ForgeError::new(Kind::Malformed, path, p.what)),
            _ => Err(ForgeError::new(Kind::Malformed, path, "no content")),
        }
    }

    /// Asks whether the head is still the one a delivery is bound to.
    pub async fn check_head(&self, delivery: &Delivery, now: Timestamp) -> Event {
        match self
            .head(&delivery.change.repo.slug(), delivery.change.number)
            .await
        {
            Ok(head) => Event::HeadIs(head),
            // A read has no effect, however it ended.
            Err(error) => event_of(
                &ForgeError {
                    may_have_arrived: false,
                    ..error
                },
                now,
            ),
        }
    }

    /// Sends a delivery once.
    pub async fn send(&self, delivery: &Delivery, now: Timestamp) -> Event {
        let path = Self::change_path(delivery);
        let number = delivery.change.number;
        let body = delivery.payload.body.as_str();
        let sent = match delivery.payload.effect {
            Effect::Review => {
                let review = ReviewBody {
                    commit_id: delivery.head.as_str(),
                    event: delivery.payload.event.as_deref().unwrap_or("COMMENT"),
                    body,
                };
                self.post(&format!("{path}/pulls/{number}/reviews"), &review)
                    .await
            }
            Effect::Comment => {
                self.post(
                    &format!("{path}/issues/{number}/comments"),
                    &CommentBody { body },
                )
                .await
            }
        };
        match sent {
            Ok(answer) => {
                let url = serde_json::from_slice::<Value>(&answer)
                    .ok()
                    .and_then(|v| v.get("html_url").and_then(Value::as_str).map(str::to_owned))
                    .unwrap_or_default();
                Event::Accepted { url }
            }
            Err(error) => event_of(&error, now),
        }
    }

    /// Looks for a delivery on the forge by its marker, over all pages.
    pub async fn look(&self, delivery: &Delivery, now: Timestamp) -> Event {
        let path = Self::change_path(delivery);
        let number = delivery.change.number;
        let first = match delivery.payload.effect {
            Effect::Review => format!("{path}/pulls/{number}/reviews?per_page=100"),
            Effect::Comment => format!("{path}/issues/{number}/comments?per_page=100"),
        };
        let mut next = Some(first);
        while let Some(url) = next.take() {
            let answer = match self.get(&url, None).await {
                Ok(answer) => answer,
                Err(error) => {
                    let wait = error.retry_at.map(|at| at.since(now).max(1));
                    return Event::Unreachable {
                        why: error.to_string(),
                        retry_after: wait,
                    };
                }
            };
            let Answer::Fresh {
                body, next: more, ..
            } = answer
            else {
                return Event::Unreachable {
                    why: format!("{url}: no content"),
                    retry_after: None,
                };
            };
            let sent = delivery.payload.body.as_str();
            let found = match delivery.payload.effect {
                Effect::Review => wire::decode_list::<ReviewWire>(&url, &body, None).map(|list| {
                    let mut items = list.items.into_iter();
                    let copy = items.find(|r| read::is_copy(&r.body, r.author.as_ref(), sent));
                    (copy.map(|r| r.url), list.problems)
                }),
                Effect::Comment => {
                    wire::decode_list::<CommentWire>(&url, &body, None).map(|list| {
                        let mut items = list.items.into_iter();
                        let copy = items.find(|c| read::is_copy(&c.body, c.author.as_ref(), sent));
                        (copy.map(|c| c.url), list.problems)
                    })
                }
            };
            match found {
                Ok((Some(url), _)) => return Event::Found { url },
                Ok((None, problems)) => match problems.into_iter().next() {
                    None => next = more,
                    // What cannot be read may be what is looked for: no ground to send again.
                    Some(problem) => {
                        return Event::Unreachable {
                            why: problem.what,
                            retry_after: None,
                        };
                    }
                },
                Err(problem) => {
                    return Event::Unreachable {
                        why: problem.what,
                        retry_after: None,
                    };
                }
            }
        }
        Event::NotFound
    }
}
