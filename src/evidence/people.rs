//! Who judged the change, and whose approval can count. The author, the person who started the
//! agent and the last pusher are not independent; programs never are.

use serde::{Deserialize, Serialize};

use super::{Agent, attempts::Attempt};
use crate::model::{Actor, ChangeFacts, Login, ReviewState, Sha, Timestamp};

/// Why an account is not independent of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotIndependent {
    Program,
    Author,
    StartedAgent,
    PushedLast,
}

impl NotIndependent {
    /// Returns the words a person reads; a decision record holds them too.
    pub fn words(self) -> &'static str {
        match self {
            Self::Program => "a program cannot approve",
            Self::Author => "is the author",
            Self::StartedAgent => "started the agent",
            Self::PushedLast => "pushed last",
        }
    }
}

/// How a review stands today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "standing", content = "why")]
pub enum Standing {
    /// Of the current head, by an independent person.
    Counts,
    /// Of an earlier head; how many attempts came after it.
    Stale(usize),
    /// By somebody who is not independent.
    DoesNotCount(NotIndependent),
    /// The same person reviewed again later.
    Superseded,
    /// The forge no longer says which commit it was made on.
    Unknown,
}

/// A review that approves or asks for changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub review: u64,
    pub login: Login,
    pub state: ReviewState,
    pub commit: Option<Sha>,
    pub at: Option<Timestamp>,
    pub standing: Standing,
}

/// Says why a person is not independent of a change; `None` means that the person is.
pub fn not_independent(
    actor: &Actor,
    facts: &ChangeFacts,
    agent: Option<&Agent>,
    attempts: &[Attempt],
) -> Option<NotIndependent> {
    if actor.is_bot() {
        return Some(NotIndependent::Program);
    }
    let login = &actor.login;
    if facts
        .pr
        .author
        .as_ref()
        .is_some_and(|a| a.login.same(login))
    {
        return Some(NotIndependent::Author);
    }
    if let Some(agent) = agent
        && !agent.updater
        && agent.started_by.as_ref().is_some_and(|s| s.same(login))
    {
        return Some(NotIndependent::StartedAgent);
    }
    let last = attempts.last().and_then(|a| a.by.as_ref());
    if last.is_some_and(|a| a.login.same(login)) {
        return Some(NotIndependent::PushedLast);
    }
    None
}

/// Judges all reviews that approve or ask for changes, oldest first.
pub fn approvals(
    facts: &ChangeFacts,
    agent: Option<&Agent>,
    attempts: &[Attempt],
) -> Vec<Approval> {
    let mut reviews: Vec<_> = facts
        .reviews
        .iter()
        .filter(|r| {
            matches!(
                r.state,
                ReviewState::Approved | ReviewState::ChangesRequested
            )
        })
        .filter_map(|r| r.author.as_ref().map(|a| (r, a)))
        .collect();
    reviews.sort_by_key(|(r, _)| (r.submitted_at, r.id));
    reviews
        .iter()
        .enumerate()
        .map(|(index, (review, author))| {
            let again = reviews
                .iter()
                .skip(index + 1)
                .any(|(_, a)| a.login.same(&author.login));
            let standing = if again {
                Standing::Superseded
            } else if let Some(why) = not_independent(author, facts, agent, attempts) {
                Standing::DoesNotCount(why)
            } else {
                match &review.commit {
                    None => Standing::Unknown,
                    Some(commit) if *commit == facts.pr.head_sha => Standing::Counts,
                    Some(commit) => {
                        let at = attempts.iter().position(|a| a.head == *commit);
                        Standing::Stale(at.map_or(1, |n| attempts.len() - 1 - n))
                    }
                }
            };
            Approval {
                review: review.id,
                login: author.login.clone(),
                state: review.state.clone(),
                commit: review.commit.clone(),
                at: review.submitted_at,
                standing,
            }
        })
        .collect()
}
