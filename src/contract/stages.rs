//! The built-in rules, one function a stage.

use super::{
    Gap, Risk, RiskClass, StageState, Terms,
    fold::{Out, at_head, fold, out},
    required, terms,
};
use crate::{
    evidence::{
        Evidence, NodeKind,
        people::Standing,
        trace::{self, Coverage},
    },
    model::{Attention, PartName, PrState, ReviewState, Stage, Subject, Verdict},
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
        Stage::Change => change(evidence),
        Stage::Verify => verify(evidence, terms, gaps),
        Stage::Secure => secure(evidence, risk, gaps),
        Stage::Review => review(evidence, terms, gaps),
        Stage::Attest => attest(evidence, risk),
        Stage::Deliver => deliver(evidence),
    };
    let mut holed = false;
    let parts: &[PartName] = match (evidence.facts.local, stage) {
        (false, _) => rests_on(stage, result.verdict),
        (true, Stage::Verify) => &[PartName::Results],
        (true, _) => &[],
    };
    if rests_on_what_is_not_there(stage, result.verdict)
        && let Some(hole) = evidence.facts.hole(parts)
    {
        // What seems to be missing may be in what was not read.
        let own = gaps.iter_mut().skip(first).filter(|g| g.stage == stage);
        for gap in own.filter(|g| g.verdict == Verdict::Missing) {
            gap.verdict = Verdict::Unknown;
        }
        result = out(Verdict::Unknown, hole);
        holed = true;
    }
    let own = gaps.len();
    result = also(result, gaps, required::gaps(evidence, terms, stage));
    let listed = gaps.iter().take(own).skip(first).any(|g| g.stage == stage);
    let told = gaps.len() > own && gaps.iter().skip(own).any(|g| g.what == result.why);
    if (!listed || holed) && !told && result.verdict.is_trouble() {
        gaps.push(Gap {
            stage,
            verdict: result.verdict,
            what: result.why.clone(),
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
        ],
        // Where none is asked, that is since the change is known to be small.
        (Stage::Secure | Stage::Attest, Verdict::NotApplicable) => &[PartName::Git],
        (Stage::Secure, _) => &[
            PartName::Checks,
            PartName::Runs,
            PartName::Alerts,
            PartName::Analyses,
        ],
        (Stage::Review, _) => &[PartName::Reviews, PartName::Activity],
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
            result.why.clone_from(&gap.what);
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
        return out(
            Verdict::NotApplicable,
            "documents or dependency updates need no requirement",
        );
    }
    if !git_known(evidence) {
        return out(
            Verdict::Unknown,
            "specs could not be read: git objects of the head are missing",
        );
    }
    if evidence.intent.is_empty() {
        return out(Verdict::Missing, "no spec linked");
    }
    let loosened = evidence.graph.nodes.iter().filter(|n| {
        n.kind == NodeKind::Requirement && n.attention.contains(&Attention::RequirementChanged)
    });
    for node in loosened {
        gaps.push(Gap {
            stage: Stage::Intent,
            verdict: node.verdict,
            what: format!("{}: {}", node.title, node.note),
            node: Some(node.id.clone()),
            is_row: false,
        });
    }
    let names: Vec<&str> = evidence.intent.iter().map(|i| i.req.as_str()).collect();
    out(Verdict::Pass, names.join(", "))
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
        return out(
            Verdict::Pass,
            format!("{tasks} task{}", if tasks == 1 { "" } else { "s" }),
        );
    }
    if risk.docs_only || risk.update_only || agent.is_none() {
        return out(
            Verdict::NotApplicable,
            "no task is asked of this kind of change",
        );
    }
    out(Verdict::Unknown, "the agent's task is not known")
}

fn change(evidence: &Evidence) -> Out {
    let head = evidence.head();
    if evidence.facts.git.missing.contains(head) || evidence.facts.git.total.is_none() {
        return out(
            Verdict::Unknown,
            "the difference is not known: git objects are missing",
        );
    }
    let files = evidence
        .facts
        .git
        .total
        .as_ref()
        .map_or(0, |t| t.files.len());
    out(
        Verdict::Pass,
        format!(
            "{files} file{} in {}",
            if files == 1 { "" } else { "s" },
            evidence.attempts_in_words()
        ),
    )
}

fn verify(evidence: &Evidence, terms: &Terms, gaps: &mut Vec<Gap>) -> Out {
    if evidence.facts.local && evidence.facts.reports.is_empty() {
        return out(Verdict::Missing, "no results given (--results FILE)");
    }
    let mut result = fold(evidence, Stage::Verify, "no check on the head", gaps);
    // A linked requirement whose only test did not run is not verified, whatever the checks say.
    for row in trace::coverage(evidence, false)
        .iter()
        .filter(|c| c.intended.is_some())
    {
        uncovered(row, &mut result, gaps);
    }
    let skipped = required::skipped(evidence, terms);
    if !skipped.is_empty() && result.verdict == Verdict::Pass {
        let names = skipped.join(", ");
        result.why = format!("{}; required and skipped: {names}", result.why);
    }
    result
}

fn uncovered(row: &Coverage, result: &mut Out, gaps: &mut Vec<Gap>) {
    if row.verdict == Verdict::Missing {
        let what = if !row.named.is_empty() {
            format!("{}: no results of its tests are known", row.requirement.id)
        } else if row.tests.is_empty() {
            format!("{} has no test", row.requirement.id)
        } else {
            format!("{}: its test did not run", row.requirement.id)
        };
        gaps.push(Gap {
            stage: Stage::Verify,
            verdict: Verdict::Missing,
            what: what.clone(),
            node: None,
            is_row: true,
        });
        if result.verdict.weight() < Verdict::Missing.weight() {
            result.verdict = Verdict::Missing;
            result.why = what;
        }
    }
}

fn secure(evidence: &Evidence, risk: &Risk, gaps: &mut Vec<Gap>) -> Out {
    if evidence.facts.local {
        return out(Verdict::NotApplicable, "a local range has no scans");
    }
    let nodes = at_head(evidence, Stage::Secure).count();
    if nodes == 0 && risk.known && (risk.class == RiskClass::Low || risk.docs_only) {
        return out(Verdict::NotApplicable, "no scan is asked at this risk");
    }
    fold(
        evidence,
        Stage::Secure,
        "no security scan on the head",
        gaps,
    )
}

fn review(evidence: &Evidence, terms: &Terms, gaps: &mut Vec<Gap>) -> Out {
    if evidence.facts.local {
        return out(Verdict::NotApplicable, "a local range has no reviews");
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
            why: format!("{} requested changes", refusal.login),
        };
    }
    let approvals: Vec<_> = of(ReviewState::Approved, counts).collect();
    if !approvals.is_empty() {
        let names: Vec<&str> = approvals.iter().map(|a| a.login.as_str()).collect();
        let asked = terms.approvals();
        let people: std::collections::BTreeSet<&str> = names.iter().copied().collect();
        if (people.len() as u64) < asked {
            let why = format!(
                "{} of {asked} approvals that count: {}",
                people.len(),
                names.join(", ")
            );
            return out(Verdict::Missing, why);
        }
        return out(Verdict::Pass, format!("approved by {}", names.join(", ")));
    }
    if let Some(old) = of(ReviewState::Approved, stale).next_back() {
        let why = match &old.standing {
            Standing::Stale(n) => format!(
                "approval by {} is stale ({n} attempt{} after it)",
                old.login,
                if *n == 1 { "" } else { "s" }
            ),
            _ => "approval is stale".to_owned(),
        };
        let node = Some(Subject::Review { id: old.review });
        gaps.push(Gap {
            stage: Stage::Review,
            verdict: Verdict::Stale,
            what: why.clone(),
            node,
            is_row: false,
        });
        return out(Verdict::Stale, why);
    }
    if evidence.facts.pr.requested_reviewers.is_empty() {
        return out(
            Verdict::Missing,
            "no review that counts, and none requested",
        );
    }
    let names: Vec<&str> = evidence
        .facts
        .pr
        .requested_reviewers
        .iter()
        .map(crate::model::Login::as_str)
        .collect();
    out(
        Verdict::Pending,
        format!("review requested from {}", names.join(", ")),
    )
}

/// An attestation that was found is not a proven one: its signature is not checked here.
fn attest(evidence: &Evidence, risk: &Risk) -> Out {
    if risk.class == RiskClass::Low && risk.known || evidence.facts.local {
        return out(
            Verdict::NotApplicable,
            "no attestation is asked at this risk",
        );
    }
    let found: u64 = evidence
        .facts
        .attested
        .iter()
        .map(|a| a.attestations.len() as u64)
        .sum();
    match found {
        0 => out(Verdict::Missing, "no attestation for the head"),
        1 => out(Verdict::Unknown, "one attestation found, not verified here"),
        n => out(
            Verdict::Unknown,
            format!("{n} attestations found, not verified here"),
        ),
    }
}

fn deliver(evidence: &Evidence) -> Out {
    if evidence.facts.pr.state == PrState::Merged {
        return out(Verdict::Unknown, "deployments are not read yet");
    }
    out(Verdict::NotApplicable, "not merged")
}
