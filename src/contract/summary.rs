//! What the inbox shows of a change: stored beside it, so that the list needs no graph.

use serde::{Deserialize, Serialize};

use super::{Assessment, RiskClass};
use crate::{
    evidence::{Evidence, people::Standing},
    model::{Login, PrState, ReviewState, Sha, Stage, Verdict},
};

/// One stage in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageCell {
    pub verdict: Verdict,
    pub attention: bool,
    pub failing: usize,
}

/// One change in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The head it was computed for: of another head, it is stale.
    pub head: Sha,
    pub stages: Vec<StageCell>,
    pub risk: RiskClass,
    /// How many things should be looked at besides verdicts.
    pub attention: usize,
    /// Name of the agent, and who started it.
    pub agent: Option<String>,
    pub updater: bool,
    pub started_by: Option<Login>,
    /// Why the viewer should look, in a few words.
    pub why: String,
    pub needs_me: bool,
    /// Exceptions that are asked for or run.
    pub exceptions: usize,
}

/// Summarises a change for its viewer.
pub fn summarise(evidence: &Evidence, assessment: &Assessment, exceptions: usize) -> Summary {
    let (why, needs_me) = why(evidence, assessment, exceptions);
    Summary {
        head: evidence.head().clone(),
        stages: assessment
            .stages
            .iter()
            .map(|s| StageCell {
                verdict: s.verdict,
                attention: !s.attention.is_empty(),
                failing: s.failing,
            })
            .collect(),
        risk: assessment.risk.class,
        attention: assessment.attention(),
        agent: evidence.agent.as_ref().map(|a| a.name.clone()),
        updater: evidence.agent.as_ref().is_some_and(|a| a.updater),
        started_by: evidence.agent.as_ref().and_then(|a| a.started_by.clone()),
        why,
        needs_me,
        exceptions,
    }
}

/// The word for a change that is open no more.
pub fn closed(state: PrState) -> &'static str {
    match state {
        PrState::Merged => "merged",
        PrState::Closed => "closed",
        PrState::Open => "open",
    }
}

fn why(evidence: &Evidence, assessment: &Assessment, exceptions: usize) -> (String, bool) {
    let facts = &evidence.facts;
    if facts.pr.state != PrState::Open {
        return (closed(facts.pr.state).to_owned(), false);
    }
    if let Some(viewer) = &facts.viewer {
        let mine = evidence
            .approvals
            .iter()
            .rev()
            .find(|a| a.login.same(viewer) && a.standing != Standing::Superseded);
        match mine.map(|a| (&a.state, &a.standing)) {
            Some((ReviewState::Approved, Standing::Stale(_))) => {
                return ("your approval is stale".to_owned(), true);
            }
            Some((ReviewState::ChangesRequested, Standing::Stale(_))) => {
                return ("pushed since your review".to_owned(), true);
            }
            Some((_, Standing::Counts)) => {}
            _ if facts.pr.requested_reviewers.iter().any(|r| r.same(viewer)) => {
                return ("review requested".to_owned(), true);
            }
            _ => {}
        }
        if exceptions > 0 {
            return ("exception asked".to_owned(), true);
        }
        let started = evidence
            .agent
            .as_ref()
            .is_some_and(|a| !a.updater && a.started_by.as_ref().is_some_and(|s| s.same(viewer)));
        let own = facts
            .pr
            .author
            .as_ref()
            .is_some_and(|a| a.login.same(viewer));
        if started || own {
            let gap = assessment
                .gaps
                .first()
                .map_or_else(|| "yours".to_owned(), |g| g.what.clone());
            return (gap, !assessment.gaps.is_empty());
        }
    }
    let first = assessment.gaps.iter().find(|g| g.stage != Stage::Deliver);
    (
        first.map_or_else(|| "nothing missing".to_owned(), |g| g.what.clone()),
        false,
    )
}
