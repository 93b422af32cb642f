//! What to ask the forge for next, in which order, and what has to wait: pure.
//!
//! From what is cached, what a person looks at and what is left of the budget to a list of jobs. A
//! round has two halves: first what tells *whether* something changed (list or feeds, and one of the
//! repository's slower parts), then the evidence of what did.

use crate::model::{PrNumber, RepoPart, Timestamp};

/// Seconds after which something that the forge refused is tried again unasked.
pub(super) const REFUSED: i64 = 600;
/// Changes with pending checks that are looked at in one round, newest first; of the others their
/// runs are told by the feed.
const MAX_PENDING: usize = 20;
/// Of the budget, the share that is kept for what a person asks for: one in so many.
pub(super) const RESERVE: u64 = 5;

/// What tells about many changes at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feed {
    /// Pull requests, newest change first: titles, states, heads, reviews, comments.
    Pulls,
    /// Workflow runs: pushes, re-runs, ends.
    Runs,
    Deployments,
    /// Moves of branches: pushes, force pushes, deletions.
    Activity,
}

impl Feed {
    /// All feeds.
    pub const ALL: [Self; 4] = [Self::Pulls, Self::Runs, Self::Deployments, Self::Activity];

    /// Returns the name a person reads; also the key in the cache.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pulls => "pull requests",
            Self::Runs => "workflow runs",
            Self::Deployments => "deployments",
            Self::Activity => "branch activity",
        }
    }
}

/// Seconds for which a part of the repository counts as fresh. The contract follows the feeds.
pub fn fresh_for(part: RepoPart) -> Option<i64> {
    match part {
        RepoPart::Contract | RepoPart::Deployments => None,
        RepoPart::Rulesets
        | RepoPart::AgentTasks
        | RepoPart::Alerts
        | RepoPart::BranchRules
        | RepoPart::Protection
        | RepoPart::RuleSuites => Some(600),
        RepoPart::Environments
        | RepoPart::AgentConfig
        | RepoPart::Secrets
        | RepoPart::Dependencies
        | RepoPart::Releases => Some(3600),
    }
}

/// What the cache knows of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownChange {
    pub number: PrNumber,
    pub open: bool,
    pub updated_at: Timestamp,
    /// `updated_at` when the evidence was last asked for to its end.
    pub synced_for: Option<Timestamp>,
    /// What a feed told of it since.
    pub dirty: Option<String>,
    /// Some check has not ended.
    pub pending: bool,
    /// A part failed that may not fail again, or was never asked for.
    pub again: bool,
    /// When the oldest of the parts that were refused was last tried.
    pub refused_at: Option<Timestamp>,
}

/// What the cache knows of a part of the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownPart {
    pub part: RepoPart,
    /// Never, where it was not asked for yet.
    pub tried_at: Option<Timestamp>,
    /// It failed and may not fail again, or a feed told that it changed.
    pub again: bool,
}

/// What is left of the budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    pub limit: Option<u64>,
    pub remaining: Option<u64>,
}

/// All that a plan is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub now: Timestamp,
    /// Whether the repository's own facts (address, default branch) are known.
    pub described: bool,
    /// When the list was last whole.
    pub listed_at: Option<Timestamp>,
    /// The list is to be pulled whole, whatever is known.
    pub full: bool,
    /// In this round, list or feeds were asked already.
    pub polled: bool,
    pub parts: Vec<KnownPart>,
    pub changes: Vec<KnownChange>,
    /// What a person asked for, or looks at.
    pub asked: Vec<PrNumber>,
    pub left: Left,
}

/// Something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Job {
    /// The repository itself.
    Describe,
    /// The list of open changes, page by page.
    List,
    Feed(Feed),
    Part(RepoPart),
    /// The evidence of a change.
    Change(PrNumber),
}

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Nothing is known yet.
    First,
    /// It tells whether anything changed.
    Poll,
    /// A person looks at it.
    Asked,
    /// The forge says that it changed.
    Changed,
    /// Its checks have not ended.
    Pending,
    /// It was confirmed too long ago.
    Old,
    /// It was never complete.
    Incomplete,
}

impl Reason {
    /// Returns the words a person reads.
    pub fn words(self) -> &'static str {
        match self {
            Self::First => "not known yet",
            Self::Poll => "tells what changed",
            Self::Asked => "asked for",
            Self::Changed => "changed on the forge",
            Self::Pending => "checks are pending",
            Self::Old => "confirmed long ago",
            Self::Incomplete => "not complete yet",
        }
    }
}

/// A job with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub job: Job,
    pub reason: Reason,
    /// About how many requests it takes from the budget.
    pub cost: u64,
    /// Why it has to wait.
    pub waits: Option<String>,
}

impl Item {
    /// A change that a person named and no list told of.
    pub fn asked(number: PrNumber) -> Self {
        Self {
            job: Job::Change(number),
            reason: Reason::Asked,
            cost: FIRST_LOOK,
            waits: None,
        }
    }

    /// Returns the number of the change, where it is about one.
    pub fn change(&self) -> Option<PrNumber> {
        match self.job {
            Job::Change(number) => Some(number),
            _ => None,
        }
    }
}

/// Says whether a change must be asked for, and why. Nothing new and nothing missing: no.
pub fn reason(change: &KnownChange, asked: bool, now: Timestamp) -> Option<Reason> {
    let refused = change.refused_at.is_some_and(|at| now.since(at) >= REFUSED);
    match change.synced_for {
        _ if asked => Some(Reason::Asked),
        None if change.open => Some(Reason::Incomplete),
        None => None,
        Some(_) if change.dirty.is_some() => Some(Reason::Changed),
        Some(at) if at < change.updated_at && change.open => Some(Reason::Changed),
        Some(_) if change.pending => Some(Reason::Pending),
        Some(_) if change.again || refused => Some(Reason::Incomplete),
        Some(_) => None,
    }
}

/// First looks from which on lists of the whole repository are read, which tell what would else be asked
/// for each of them.
pub(super) const MANY: usize = 10;
/// Requests that a first look at a change takes, about: all of its evidence, with one run.
const FIRST_LOOK: u64 = 16;
/// The same where it is one of many.
pub const ONE_OF_MANY: u64 = 9;
/// Requests of a later look: most are answered with 304, which is free.
const LATER_LOOK: u64 = 6;

fn cost(change: &KnownChange, reason: Reason, first_looks: usize) -> u64 {
    match change.synced_for {
        Some(_) => LATER_LOOK,
        None if reason != Reason::Asked && first_looks >= MANY => ONE_OF_MANY,
        None => FIRST_LOOK,
    }
}

/// Makes the plan.
pub fn plan(known: &Known) -> Vec<Item> {
    let mut items = Vec::new();
    let mut add = |job, reason, cost| {
        items.push(Item {
            job,
            reason,
            cost,
            waits: None,
        });
    };
    if !known.described {
        add(Job::Describe, Reason::First, 2);
    }
    if !known.polled {
        // Feeds come before the list: what happens after them, the next poll tells.
        for feed in Feed::ALL {
            add(
                Job::Feed(feed),
                Reason::Poll,
                u64::from(known.listed_at.is_none()),
            );
        }
        if known.listed_at.is_none() || known.full {
            add(
                Job::List,
                if known.full {
                    Reason::Asked
                } else {
                    Reason::First
                },
                1,
            );
        } else if let Some(slow) = overdue(known) {
            add(Job::Part(slow), Reason::Old, 0);
        }
    }
    for part in &known.parts {
        match part.tried_at {
            Some(_) if part.again => add(Job::Part(part.part), Reason::Changed, 2),
            None => add(Job::Part(part.part), Reason::First, 2),
            Some(_) => {}
        }
    }
    let mut changes: Vec<(Reason, &KnownChange)> = known
        .changes
        .iter()
        .filter_map(|c| Some((reason(c, known.asked.contains(&c.number), known.now)?, c)))
        .collect();
    // Within one reason open ones come first, and the newest of them.
    changes
        .sort_by_key(|(reason, c)| (*reason, !c.open, std::cmp::Reverse(c.updated_at), c.number));
    let is_first = |(reason, c): &&(Reason, &KnownChange)| {
        *reason == Reason::Incomplete && c.synced_for.is_none()
    };
    let first_looks = changes.iter().filter(is_first).count();
    let mut pending = 0;
    for (reason, change) in changes {
        pending += usize::from(reason == Reason::Pending);
        if reason == Reason::Pending && pending > MAX_PENDING {
            continue;
        }
        add(
            Job::Change(change.number),
            reason,
            cost(change, reason, first_looks),
        );
    }
    // What a person looks at comes before the repository's parts.
    items.sort_by_key(|i| match (i.job, i.reason) {
        (Job::Describe | Job::Feed(_) | Job::List, _) => 0,
        (_, Reason::Asked) => 1,
        (Job::Part(_), _) => 2,
        _ => 3,
    });
    hold(&mut items, known.left);
    items
}

/// The slow part that was confirmed longest ago, of those whose time has come: each has its turn.
fn overdue(known: &Known) -> Option<RepoPart> {
    let late = |part: &KnownPart| {
        let fresh = fresh_for(part.part)?;
        let age = known.now.since(part.tried_at?);
        (age >= fresh && !part.again).then_some(age)
    };
    let due = known.parts.iter().filter_map(|p| Some((late(p)?, p.part)));
    due.max_by_key(|(late, part)| (*late, std::cmp::Reverse(*part)))
        .map(|(_, part)| part)
}

/// Marks what has to wait for the budget. What a person asks for may use the reserve.
fn hold(items: &mut [Item], left: Left) {
    let (Some(limit), Some(mut remaining)) = (left.limit, left.remaining) else {
        return;
    };
    let reserve = limit / RESERVE;
    for item in items {
        let kept = match item.reason {
            Reason::Asked | Reason::First | Reason::Poll => 0,
            _ => reserve,
        };
        if remaining < item.cost.saturating_add(kept) {
            item.waits = Some(if kept > 0 {
                format!(
                    "{remaining} of {limit} requests are left; {reserve} are kept for what you ask for"
                )
            } else {
                format!(
                    "{remaining} of {limit} requests are left, it needs about {}",
                    item.cost
                )
            });
        } else {
            remaining -= item.cost;
        }
    }
}

#[cfg(test)]
mod tests;
