//! The built-in rules, one function a stage.

use super::{
    Gap, Plain, Reason, Risk, RiskClass, StageState, Terms,
    fold::{Out, at_head, fold, out},
    required, terms,
};
use crate::{
    evidence::{
        Evidence, Node, NodeKind,
        people::Standing,
        trace::{self, Coverage},
    },
    model::{
        Attention, HeadDelta, Login, PartName, PartState, PrState, ReviewState, Stage, Subject,
        Verdict,
    },
};

/// Judges one stage and adds its gaps.
pub(super) fn state(
    evidence: &Evidence,
    risk: &Risk,
    terms: &Terms,
    stage: Stage,
    gaps: &mut Vec<Gap>,
) -> StageState {
    let first = gaps.len();
    let mut result = match stage {
        Stage::Intent => intent(evidence, risk, gaps),
        Stage::Plan => also(
            plan(evidence, risk),
            gaps,
            terms::plan_gaps(evidence, terms),
        ),
        Stage::Change => change(evidence, gaps),
        Stage::Verify => verify(evidence, terms, gaps),
        Stage::Secure => secure(evidence, risk, gaps),
        Stage::Review => review(evidence, terms, gaps),
        Stage::Attest => attest(evidence, risk),
        Stage::Deliver => deliver(evidence),
    };
    let mut holed = false;
    let parts: &[PartName] = match (evidence.facts.local, stage) {
        (false, _) => rests_on(stage, result.verdict),
        (true, Stage::Verify) => &[PartName::Results, PartName::Git],
        (true, Stage::Intent | Stage::Change) => &[PartName::Git],
        (true, _) => &[],
    };
    if rests_on_what_is_not_there(stage, result.verdict)
        && let Some((part, state)) = evidence
            .facts
            .hole(parts)
            .or_else(|| unseen(evidence, stage))
    {
        // What seems to be missing may be in what was not read.
        let own = gaps.iter_mut().skip(first).filter(|g| g.stage == stage);
        for gap in own.filter(|g| g.verdict == Verdict::Missing) {
            gap.verdict = Verdict::Unknown;
        }
        result = out(Verdict::Unknown, Reason::Hole { part, state });
        holed = true;
    }
    let own = gaps.len();
    result = also(result, gaps, required::gaps(evidence, terms, stage));
    let listed = gaps.iter().take(own).skip(first).any(|g| g.stage == stage);
    let told = gaps.len() > own && gaps.iter().skip(own).any(|g| g.why == result.why);
    if (!listed || holed) && !told && result.verdict.is_trouble() {
        gaps.push(Gap {
            stage,
            verdict: result.verdict,
            why: result.why.clone(),
            node: None,
            is_row: matches!(result.verdict, Verdict::Missing | Verdict::Unknown),
        });
    }
    StageState {
        stage,
        verdict: result.verdict,
        failing: result.failing,
        attention: attention(evidence, terms, stage),
        why: result.why,
    }
}

/// Alerts that the forge does not show, while code scanning reports on the head: they are there, and
/// whoever asks may not see them.
fn unseen(evidence: &Evidence, stage: Stage) -> Option<(PartName, PartState)> {
    let state = evidence.facts.part(PartName::Alerts);
    let is_absent = stage == Stage::Secure && matches!(state, PartState::Absent(_));
    let mut checks = evidence.checks.iter();
    let reports = checks.any(|c| c.is_code_scanning() && c.head == *evidence.head());
    (is_absent && reports && !evidence.facts.local).then_some((PartName::Alerts, state))
}

/// Whether a verdict says, by what it does not see, that nothing else is there.
fn rests_on_what_is_not_there(stage: Stage, verdict: Verdict) -> bool {
    let unanswered = stage == Stage::Review && verdict == Verdict::Pending;
    unanswered
        || matches!(
            verdict,
            Verdict::Pass
                | Verdict::Waived
                | Verdict::Missing
                | Verdict::Stale
                | Verdict::NotApplicable
        )
}

/// Parts that a stage is read from: while one of them has a hole, there may be more than is seen.
fn rests_on(stage: Stage, verdict: Verdict) -> &'static [PartName] {
    match (stage, verdict) {
        // Which heads there were is told by activity and runs; what each did, by git.
        (Stage::Change, _) => &[PartName::Git, PartName::Activity, PartName::Runs],
        (Stage::Intent, _) => &[PartName::Git],
        // Only whether an agent made it decides that no task is asked for.
        (Stage::Plan, Verdict::NotApplicable) => &[PartName::Commits, PartName::Timeline],
        (Stage::Plan, _) => &[],
        (Stage::Verify, _) => &[
            PartName::Runs,
            PartName::Checks,
            PartName::Artifacts,
            PartName::Results,
            PartName::Git,
            PartName::Merge,
        ],
        // Where none is asked, that is since the change is known to be small.
        (Stage::Secure | Stage::Attest, Verdict::NotApplicable) => &[PartName::Git],
        (Stage::Secure, _) => &[
            PartName::Checks,
            PartName::Runs,
            PartName::Alerts,
            PartName::Analyses,
            // Reports of scanners stand in artifacts.
            PartName::Artifacts,
            PartName::Results,
        ],
        (Stage::Review, _) => &[PartName::Reviews, PartName::Activity, PartName::Merge],
        (Stage::Attest, _) => &[PartName::Runs, PartName::Artifacts, PartName::Attestations],
        (Stage::Deliver, _) => &[],
    }
}

/// Joins further gaps to the verdict of a stage: the heavier word holds.
fn also(own: Out, gaps: &mut Vec<Gap>, more: Vec<Gap>) -> Out {
    let mut result = own;
    for gap in more {
        if result.verdict.weight() < gap.verdict.weight()
            || result.verdict == Verdict::NotApplicable
        {
            result.verdict = gap.verdict;
            result.why.clone_from(&gap.why);
        }
        gaps.push(gap);
    }
    result
}

/// What should be looked at in a stage, on the way and at the head, each kind once.
fn attention(evidence: &Evidence, terms: &Terms, stage: Stage) -> Vec<Attention> {
    let head = evidence.head_attempt();
    let mut kinds: Vec<Attention> = evidence
        .graph
        .nodes
        .iter()
        .filter(|n| n.stage == stage && !n.attention.contains(&Attention::Superseded))
        // A re-run or a contradiction of an earlier head is history; an edit of a test or a gate
        // on the way is not, since what it hid may be hidden still.
        .filter(|n| n.attempt == head || n.attempt.is_none() || n.kind == NodeKind::Response)
        .flat_map(|n| n.attention.iter().cloned())
        .filter(|a| *a != Attention::DoesNotCount)
        .collect();
    if stage == Stage::Verify && !required::skipped(evidence, terms).is_empty() {
        kinds.push(Attention::Skipped);
    }
    kinds.sort();
    kinds.dedup();
    kinds
}

fn git_known(evidence: &Evidence) -> bool {
    evidence.facts.git.specs.contains_key(evidence.head())
}

fn intent(evidence: &Evidence, risk: &Risk, gaps: &mut Vec<Gap>) -> Out {
    if risk.docs_only || risk.update_only {
        return out(Verdict::NotApplicable, Plain::NotAskedOfKind);
    }
    if !git_known(evidence) {
        return not_read(evidence, Plain::SpecsUnread);
    }
    if evidence.intent.is_empty() {
        return out(Verdict::Missing, Plain::NoSpecLinked);
    }
    let loosened = evidence.graph.nodes.iter().filter(|n| {
        n.kind == NodeKind::Requirement && n.attention.contains(&Attention::RequirementChanged)
    });
    for node in loosened {
        gaps.push(Gap {
            stage: Stage::Intent,
            verdict: node.verdict,
            why: Reason::fact(node, None),
            node: Some(node.id.clone()),
            is_row: false,
        });
    }
    let ids = evidence.intent.iter().map(|i| i.req.clone()).collect();
    out(Verdict::Pass, Reason::Requirements { ids })
}

fn plan(evidence: &Evidence, risk: &Risk) -> Out {
    let tasks = evidence
        .graph
        .nodes
        .iter()
        .filter(|n| n.kind == NodeKind::Task)
        .count();
    let agent = evidence.agent.as_ref().filter(|a| !a.updater);
    if tasks > 0 {
        return out(Verdict::Pass, Reason::Tasks { count: tasks });
    }
    if risk.docs_only || risk.update_only || agent.is_none() {
        return out(Verdict::NotApplicable, Plain::NoTaskAsked);
    }
    out(Verdict::Unknown, Plain::TaskUnknown)
}

/// What of git is not known: for the reason that its part gives, where it gives one.
fn not_read(evidence: &Evidence, plain: Plain) -> Out {
    match evidence.facts.hole(&[PartName::Git]) {
        Some((part, state)) => out(Verdict::Unknown, Reason::Hole { part, state }),
        None => out(Verdict::Unknown, plain),
    }
}

fn change(evidence: &Evidence, gaps: &mut Vec<Gap>) -> Out {
    let head = evidence.head();
    let total = evidence.facts.git.total.as_ref();
    let is_here = |t: &HeadDelta| !t.files.iter().any(|f| f.absent);
    let is_known = total.is_some_and(|t| t.responses.is_some() && is_here(t));
    let git = &evidence.facts.git;
    let (is_missing, is_read) = (git.missing.contains(head), git.specs.contains_key(head));
    if is_missing || !is_known {
        let no_base = !is_missing && is_read && git.merge_base.is_none();
        let why = if no_base {
            Plain::NoMergeBase
        } else {
            Plain::DifferenceUnknown
        };
        return not_read(evidence, why);
    }
    let files = total.map_or(0, |t| t.files.len());
    let stands_against = |n: &&Node| n.kind == NodeKind::Merge && n.verdict == Verdict::Fail;
    if let Some(node) = evidence.graph.nodes.iter().find(stands_against) {
        let why = Reason::fact(node, None);
        gaps.push(Gap {
            stage: Stage::Change,
            verdict: node.verdict,
            why: why.clone(),
            node: Some(node.id.clone()),
            is_row: false,
        });
        return Out {
            verdict: node.verdict,
            failing: 1,
            why,
        };
    }
    let (attempts, may_be_more) = evidence.attempt_count();
    let why = Reason::Change {
        files,
        attempts,
        may_be_more,
    };
    out(Verdict::Pass, why)
}

fn verify(evidence: &Evidence, terms: &Terms, gaps: &mut Vec<Gap>) -> Out {
    if evidence.facts.local && evidence.facts.reports.is_empty() {
        return out(Verdict::Missing, Plain::NoResultsGiven);
    }
    let mut result = fold(evidence, Stage::Verify, Plain::NoCheck, gaps);
    // A linked requirement whose only test did not run is not verified, whatever the checks say.
    for row in trace::coverage(evidence, false)
        .iter()
        .filter(|c| c.intended.is_some())
    {
        uncovered(row, &mut result, gaps);
    }
    if let (Verdict::Pass, Reason::Passed { skipped, .. }) = (result.verdict, &mut result.why) {
        *skipped = required::skipped(evidence, terms);
    }
    result
}

fn uncovered(row: &Coverage, result: &mut Out, gaps: &mut Vec<Gap>) {
    if row.verdict == Verdict::Missing {
        let req = row.requirement.id.clone();
        let why = if !row.named.is_empty() {
            Reason::NoResultsOf { req }
        } else if row.tests.is_empty() {
            Reason::NoTest { req }
        } else {
            Reason::TestNotRun { req }
        };
        gaps.push(Gap {
            stage: Stage::Verify,
            verdict: Verdict::Missing,
            why: why.clone(),
            node: None,
            is_row: true,
        });
        if result.verdict.weight() < Verdict::Missing.weight() {
            result.verdict = Verdict::Missing;
            result.why = why;
        }
    }
}

fn secure(evidence: &Evidence, risk: &Risk, gaps: &mut Vec<Gap>) -> Out {
    if evidence.facts.local {
        return out(Verdict::NotApplicable, Plain::LocalHasNoScans);
    }
    let nodes = at_head(evidence, Stage::Secure).count();
    if nodes == 0 && risk.known && (risk.class == RiskClass::Low || risk.docs_only) {
        return out(Verdict::NotApplicable, Plain::NoScanAsked);
    }
    fold(evidence, Stage::Secure, Plain::NoScan, gaps)
}

fn review(evidence: &Evidence, terms: &Terms, gaps: &mut Vec<Gap>) -> Out {
    if evidence.facts.local {
        return out(Verdict::NotApplicable, Plain::LocalHasNoReviews);
    }
    let of = |state: ReviewState, standing: fn(&Standing) -> bool| {
        evidence
            .approvals
            .iter()
            .filter(move |a| a.state == state && standing(&a.standing))
    };
    let counts = |s: &Standing| matches!(s, Standing::Counts);
    let stale = |s: &Standing| matches!(s, Standing::Stale(_));
    if let Some(refusal) = of(ReviewState::ChangesRequested, counts).next() {
        return Out {
            verdict: Verdict::Fail,
            failing: 1,
            why: Reason::ChangesRequested {
                by: refusal.login.clone(),
            },
        };
    }
    let approvals: Vec<_> = of(ReviewState::Approved, counts).collect();
    if !approvals.is_empty() {
        let asked = terms.approvals();
        let mut by: Vec<Login> = Vec::new();
        for approval in &approvals {
            if !by.iter().any(|b| b.same(&approval.login)) {
                by.push(approval.login.clone());
            }
        }
        if (by.len() as u64) < asked {
            return out(Verdict::Missing, Reason::FewApprovals { asked, by });
        }
        return out(Verdict::Pass, Reason::Approved { by });
    }
    if let Some(old) = of(ReviewState::Approved, stale).next_back() {
        let attempts = match &old.standing {
            Standing::Stale(n) => *n,
            _ => 0,
        };
        let why = Reason::StaleApproval {
            by: old.login.clone(),
            attempts,
        };
        let node = Some(Subject::Review { id: old.review });
        gaps.push(Gap {
            stage: Stage::Review,
            verdict: Verdict::Stale,
            why: why.clone(),
            node,
            is_row: false,
        });
        return out(Verdict::Stale, why);
    }
    if evidence.facts.pr.requested_reviewers.is_empty() {
        return out(Verdict::Missing, Plain::NoReview);
    }
    let from = evidence.facts.pr.requested_reviewers.clone();
    out(Verdict::Pending, Reason::ReviewRequested { from })
}

/// An attestation that was found is not a proven one: its signature is not checked here.
fn attest(evidence: &Evidence, risk: &Risk) -> Out {
    if risk.class == RiskClass::Low && risk.known || evidence.facts.local {
        return out(Verdict::NotApplicable, Plain::NoAttestationAsked);
    }
    let found: u64 = evidence
        .facts
        .attested
        .iter()
        .map(|a| a.attestations.len() as u64)
        .sum();
    match found {
        0 => out(Verdict::Missing, Plain::NoAttestation),
        count => out(Verdict::Unknown, Reason::Attestations { count }),
    }
}

fn deliver(evidence: &Evidence) -> Out {
    if evidence.facts.pr.state == PrState::Merged {
        return out(Verdict::Unknown, Plain::DeploymentsUnread);
    }
    out(Verdict::NotApplicable, Plain::NotMerged)
}
