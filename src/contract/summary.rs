//! What the inbox shows of a change: stored beside it, so that the list needs no graph.

use serde::{Deserialize, Serialize};

use super::{Assessment, Gap, ListReason, RiskClass};
use crate::{
    evidence::{Evidence, people::Standing},
    model::{Login, PrState, ReviewState, Sha, Stage, Verdict},
};

/// Version of the rules by which changes are judged. It is raised when the same facts get another
/// verdict, risk or reason: a stored summary of another version is made anew.
pub const JUDGEMENT: u32 = 8;

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
    /// [`JUDGEMENT`] of the rules that made it.
    #[serde(default)]
    pub judgement: u32,
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
    /// Why the viewer should look.
    pub why: ListReason,
    pub needs_me: bool,
    /// Exceptions that are asked for or run.
    pub exceptions: usize,
}

/// Summarises a change for its viewer.
pub fn summarise(evidence: &Evidence, assessment: &Assessment, exceptions: usize) -> Summary {
    let (why, needs_me) = why(evidence, assessment, exceptions);
    Summary {
        judgement: JUDGEMENT,
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

fn why(evidence: &Evidence, assessment: &Assessment, exceptions: usize) -> (ListReason, bool) {
    let facts = &evidence.facts;
    match facts.pr.state {
        PrState::Open => {}
        PrState::Merged => return (ListReason::Merged, false),
        PrState::Closed => return (ListReason::Closed, false),
    }
    if let Some(viewer) = &facts.viewer {
        let mine = evidence
            .approvals
            .iter()
            .rev()
            .find(|a| a.login.same(viewer) && a.standing != Standing::Superseded);
        match mine.map(|a| (&a.state, &a.standing)) {
            Some((ReviewState::Approved, Standing::Stale(_))) => {
                return (ListReason::OwnApprovalStale, true);
            }
            Some((ReviewState::ChangesRequested, Standing::Stale(_))) => {
                return (ListReason::PushedSinceOwnReview, true);
            }
            Some((_, Standing::Counts)) => {}
            _ if facts.pr.requested_reviewers.iter().any(|r| r.same(viewer)) => {
                return (ListReason::ReviewRequested, true);
            }
            _ => {}
        }
        if exceptions > 0 {
            return (ListReason::ExceptionAsked, true);
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
            let gap = assessment.gaps.first().map(of_gap);
            return (gap.unwrap_or(ListReason::Own), !assessment.gaps.is_empty());
        }
    }
    let first = assessment.gaps.iter().find(|g| g.stage != Stage::Deliver);
    (first.map_or(ListReason::NothingMissing, of_gap), false)
}

fn of_gap(gap: &Gap) -> ListReason {
    ListReason::Gap {
        reason: gap.why.clone(),
    }
}
