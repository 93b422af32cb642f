//! The ladder of attempts. One attempt is one head state of the branch with every verdict on it;
//! a re-run on the same commit is a try inside it.
//!
//! Boundaries come from branch activity (`repos/list-activities`, the only source that lists plain
//! pushes); heads that only runs, checks or reviews know are inserted by time and say `inferred`.

use serde::{Deserialize, Serialize};

use crate::model::{ActivityKind, Actor, Analysis, ChangeFacts, Sha, Timestamp};

/// How a head came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    Created,
    Push,
    ForcePush,
    /// Known only from what ran on it.
    Inferred,
    /// A range of a local repository.
    Local,
}

impl How {
    /// Returns the words a person reads.
    pub fn words(self) -> &'static str {
        match self {
            Self::Created => "first push",
            Self::Push => "push",
            Self::ForcePush => "force push",
            Self::Inferred => "inferred",
            Self::Local => "local range",
        }
    }
}

/// One head state of the branch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// 1 for the first.
    pub n: usize,
    pub head: Sha,
    pub how: How,
    pub at: Option<Timestamp>,
    pub by: Option<Actor>,
    /// What the boundary was read from, in words.
    pub basis: String,
    /// Commits that came with it; `None` where git objects are missing.
    pub commits: Option<usize>,
}

/// Returns the heads of a branch, oldest first: what is asked for is what is shown. Needs only forge
/// records (commits, reviews, runs, checks and activity).
pub fn heads(facts: &ChangeFacts) -> Vec<Sha> {
    ladder(facts).into_iter().map(|a| a.head).collect()
}

/// Returns the head that an analysis looked at: the commit that it names, or, where that is none of the
/// heads, the newest that was pushed before. Workflows of pull requests scan the forge's test merge, which
/// has an id of its own (`refs/pull/N/merge`).
pub fn analysed<'a>(attempts: &'a [Attempt], analysis: &Analysis) -> Option<&'a Sha> {
    let named = attempts
        .iter()
        .find(|a| analysis.commit.as_ref() == Some(&a.head));
    let was_there = |a: &&Attempt| match (a.at, analysis.created_at) {
        (Some(pushed), Some(made)) => pushed <= made,
        // What is not known to be of an earlier head may be of this one.
        _ => true,
    };
    let found = named.or_else(|| attempts.iter().rev().find(was_there));
    found.map(|a| &a.head)
}

/// Builds the ladder, oldest attempt first. The current head is always the last attempt.
pub fn ladder(facts: &ChangeFacts) -> Vec<Attempt> {
    let head = &facts.pr.head_sha;
    if facts.local {
        let only = attempt(facts, head, How::Local, None, None, "local range");
        return vec![Attempt { n: 1, ..only }];
    }
    let mut found = from_activity(facts);
    let from_activity = !found.is_empty();
    for (sha, at) in seen_heads(facts) {
        if found.iter().any(|a| a.head == sha) {
            continue;
        }
        let at_index = found
            .iter()
            .position(|a| a.at.is_some_and(|t| at.is_some_and(|s| s < t)))
            .unwrap_or(found.len());
        let basis = "inferred from runs, checks and reviews";
        found.insert(
            at_index,
            attempt(facts, &sha, How::Inferred, at, None, basis),
        );
    }
    match found.iter().position(|a| a.head == *head) {
        // What activity lists after the head was undone by a reset to it, or is newer than the
        // pull request we hold; without activity the order is only by time. Keep the head last.
        Some(index) if index + 1 < found.len() => {
            let current = found.remove(index);
            found.push(current);
        }
        Some(_) => {}
        None => {
            let basis = if from_activity {
                "head of the pull request, not in activity"
            } else {
                "head of the pull request"
            };
            found.push(attempt(
                facts,
                head,
                How::Inferred,
                Some(facts.pr.updated_at),
                None,
                basis,
            ));
        }
    }
    for (index, attempt) in found.iter_mut().enumerate() {
        attempt.n = index + 1;
    }
    found
}

fn attempt(
    facts: &ChangeFacts,
    head: &Sha,
    how: How,
    at: Option<Timestamp>,
    by: Option<Actor>,
    basis: &str,
) -> Attempt {
    let commits = facts
        .git
        .deltas
        .iter()
        .find(|d| d.to == *head)
        .map(|d| d.commits.len());
    Attempt {
        n: 0,
        head: head.clone(),
        how,
        at,
        by,
        basis: basis.to_owned(),
        commits,
    }
}

fn from_activity(facts: &ChangeFacts) -> Vec<Attempt> {
    let git_ref = format!("refs/heads/{}", facts.pr.head_ref);
    let seen = seen_heads(facts);
    let mut rows: Vec<_> = facts
        .activity
        .iter()
        .filter(|a| a.git_ref == git_ref)
        .collect();
    rows.sort_by_key(|a| (a.at, a.id));
    let mut found: Vec<Attempt> = Vec::new();
    for row in rows {
        let how = match row.kind {
            ActivityKind::Push => How::Push,
            ActivityKind::ForcePush => How::ForcePush,
            ActivityKind::BranchCreation => How::Created,
            ActivityKind::BranchDeletion | ActivityKind::Other(_) => continue,
        };
        // A branch that was only created, at a commit where nothing ran and nobody looked, is no
        // attempt: it points at the base.
        let known = row.after == facts.pr.head_sha
            || seen.iter().any(|(sha, _)| *sha == row.after)
            || facts.commits.iter().any(|c| c.sha == row.after);
        if row.after.is_zero() || (how == How::Created && !known) {
            continue;
        }
        if found.last().is_some_and(|last| last.head == row.after) {
            continue;
        }
        found.push(attempt(
            facts,
            &row.after,
            how,
            Some(row.at),
            row.actor.clone(),
            "branch activity",
        ));
    }
    found
}

/// Every commit that runs, checks or reviews name, with the first time it was seen.
fn seen_heads(facts: &ChangeFacts) -> Vec<(Sha, Option<Timestamp>)> {
    let mut seen: Vec<(Sha, Option<Timestamp>)> = Vec::new();
    let mut note = |sha: &Sha, at: Option<Timestamp>| match seen.iter_mut().find(|(s, _)| s == sha)
    {
        Some((_, first)) => {
            if at.is_some() && (first.is_none() || at < *first) {
                *first = at;
            }
        }
        None => seen.push((sha.clone(), at)),
    };
    for run in &facts.runs {
        note(&run.head_sha, Some(run.created_at));
    }
    for check in &facts.checks {
        note(&check.head_sha, check.started_at);
    }
    for review in &facts.reviews {
        if let Some(sha) = &review.commit {
            note(sha, review.submitted_at);
        }
    }
    seen.sort_by_key(|(_, at)| *at);
    seen
}
