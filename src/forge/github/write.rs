//! Writing decisions, and reading them back after a doubt. Nothing here repeats a write.

use serde::Serialize;
use serde_json::Value;

use super::wire::{self, CommentWire, PullWire, ReviewWire};
use crate::forge::{
    client::{Answer, Forge},
    error::{ForgeError, Kind},
    page::Pages,
};
use crate::{
    decide::{
        Delivery, Effect, Event, OtherCopy,
        read::{self, Copy},
    },
    model::{Actor, Comment, Problem, PullRequest, RepoId, Review, Timestamp},
};

/// Pages of reviews or comments that are looked through.
const MAX_LOOK: usize = 50;

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
        Kind::RateLimited if error.may_have_arrived => Event::Limited {
            why: error.to_string(),
            retry_after: wait,
        },
        _ if error.may_have_arrived => Event::InDoubt {
            why: error.to_string(),
        },
        Kind::RateLimited => Event::Unreachable {
            why: error.to_string(),
            retry_after: wait,
        },
        // Another place was named: the repository moved, and what it is called now is asked for.
        Kind::Refused if error.status.is_some_and(|s| (300..400).contains(&s)) => {
            Event::Unreachable {
                why: format!("{error}; the repository may be called otherwise now: sync"),
                retry_after: None,
            }
        }
        Kind::Unreachable | Kind::Interrupted | Kind::Server | Kind::Malformed => {
            Event::Unreachable {
                why: error.to_string(),
                retry_after: None,
            }
        }
        // Not among the answers that the API describes for a write: it may have been done.
        Kind::Refused
            if !error
                .status
                .is_some_and(|s| (300..400).contains(&s) || matches!(s, 400 | 410 | 422)) =>
        {
            Event::InDoubt {
                why: error.to_string(),
            }
        }
        // Says nothing of the decision: with another token it can be sent.
        Kind::Auth => Event::TokenRefused {
            why: format!("{error} ({})", error.hint()),
        },
        Kind::Forbidden | Kind::NotFound | Kind::Refused => Event::RefusedBy {
            why: format!("{error} ({})", error.hint()),
        },
    }
}

/// What a failed read means: it had no effect, however it ended.
fn event_before(error: ForgeError, now: Timestamp) -> Event {
    event_of(
        &ForgeError {
            may_have_arrived: false,
            ..error
        },
        now,
    )
}

impl Forge {
    /// Asks for a change as it stands now, uncached.
    async fn pull(&self, repo: &str, number: u64) -> Result<PullRequest, ForgeError> {
        let path = format!("/repos/{repo}/pulls/{number}");
        if let Answer::Fresh { body, .. } = self.get(&path, None).await? {
            return wire::decode_one::<PullWire>(&path, &body)
                .map_err(|p| ForgeError::new(Kind::Malformed, path, p.what));
        }
        let why = "the forge leads elsewhere; the repository may be called otherwise now: sync";
        Err(ForgeError::new(Kind::Malformed, path, why))
    }

    /// Asks whether the head is still the one a delivery is bound to.
    pub async fn check_head(&self, called: &RepoId, delivery: &Delivery, now: Timestamp) -> Event {
        match self.pull(&called.slug(), delivery.change.number).await {
            Ok(pr) if delivery.is_wider(pr.visibility) => Event::ReadByMore,
            Ok(pr) => Event::HeadIs(pr.head_sha),
            Err(error) => event_before(error, now),
        }
    }

    /// What a read that failed before the send means for a delivery.
    pub fn event_before_send(&self, error: ForgeError) -> Event {
        event_before(error, self.now())
    }

    /// Sends a delivery once.
    pub async fn send(&self, called: &RepoId, delivery: &Delivery, now: Timestamp) -> Event {
        let path = format!("/repos/{}", called.slug());
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
            // Whoever answers 2xx without the record that was sent is not the forge, or did not do it.
            Ok(answer) => match written(&answer, body) {
                Some(url) => Event::Accepted { url },
                None => Event::InDoubt {
                    why: "the answer does not hold what was sent".to_owned(),
                },
            },
            Err(error) => event_of(&error, now),
        }
    }

    /// Looks for a delivery on the forge by its marker, over all pages that there may be. What cannot
    /// be read may be what is looked for, so only a whole list says that it is not there.
    pub async fn look(&self, called: &RepoId, delivery: &Delivery, now: Timestamp) -> Event {
        let path = format!("/repos/{}", called.slug());
        let number = delivery.change.number;
        let first = match delivery.payload.effect {
            Effect::Review => format!("{path}/pulls/{number}/reviews?per_page=100"),
            Effect::Comment => format!("{path}/issues/{number}/comments?per_page=100"),
        };
        let unknown = |why: String| Event::Unreachable {
            why,
            retry_after: None,
        };
        let (mut next, mut pages) = (Some(first), Pages::new(MAX_LOOK));
        let mut by_other = None;
        while let Some(url) = next.take() {
            if let Err(stop) = pages.turn_to(&url) {
                return unknown(stop.to_string());
            }
            let (body, more) = match self.get(&url, None).await {
                Ok(Answer::Fresh { body, next, .. }) => (body, next),
                Ok(_) => return unknown(format!("{url}: no content")),
                Err(error) => {
                    return Event::Unreachable {
                        retry_after: error.retry_at.map(|at| at.since(now).max(1)),
                        why: error.to_string(),
                    };
                }
            };
            let posts = match posts(delivery.payload.effect, &url, &body) {
                Ok(posts) => posts,
                Err(problem) => return unknown(problem.what),
            };
            for post in posts {
                match read::is_copy(&post.body, post.author.as_ref(), &delivery.payload.body) {
                    Some(Copy::ByMaker) => return Event::Found { url: post.url },
                    Some(Copy::ByOther(login)) => {
                        by_other = Some(OtherCopy {
                            login,
                            url: post.url,
                        });
                    }
                    None => {}
                }
            }
            next = more;
        }
        match by_other {
            Some(copy) => Event::FoundByOther(copy),
            None => Event::NotFound,
        }
    }
}

/// The address of what was written, where the answer is the review or comment that was sent.
fn written(answer: &[u8], sent: &str) -> Option<String> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    answer.get("id").and_then(Value::as_u64)?;
    let is_it = read::is_copy(text("body")?, None, sent).is_some();
    is_it.then(|| text("html_url").unwrap_or_default().to_owned())
}

/// A review or comment as far as a copy is told by it.
struct Post {
    body: String,
    author: Option<Actor>,
    url: String,
}

/// Reads a page of reviews or comments; a page with anything unreadable is a problem.
fn posts(effect: Effect, url: &str, body: &[u8]) -> Result<Vec<Post>, Problem> {
    let (posts, problems): (Vec<Post>, Vec<Problem>) = match effect {
        Effect::Review => {
            let list = wire::decode_list::<ReviewWire>(url, body, None)?;
            let post = |r: Review| Post {
                body: r.body,
                author: r.author,
                url: r.url,
            };
            (list.items.into_iter().map(post).collect(), list.problems)
        }
        Effect::Comment => {
            let list = wire::decode_list::<CommentWire>(url, body, None)?;
            let post = |c: Comment| Post {
                body: c.body,
                author: c.author,
                url: c.url,
            };
            (list.items.into_iter().map(post).collect(), list.problems)
        }
    };
    problems.into_iter().next().map_or(Ok(posts), Err)
}
