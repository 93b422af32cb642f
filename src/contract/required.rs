//! What the base branch requires, held against what ran. A required check is told by its whole
//! context and, where the rule names one, by its app; nothing else satisfies it. What this program
//! does not judge is said, and is no pass.

use super::{Gap, NotMet, Reason, Terms, UnevaluatedRule};
use crate::{
    evidence::{
        Evidence,
        checks::{Check, Producer},
    },
    model::{PartName, PartState, RequiredCheck, Stage, Verdict},
};

/// The app of the forge's own actions (`GET /apps/github-actions`).
const ACTIONS_APP: u64 = 15_368;

/// Types of branch rules that ask nothing of the evidence of a change: they guard the branch itself,
/// or what is pushed.
const NO_EVIDENCE: [&str; 19] = [
    "branch_name_pattern",
    "commit_author_email_pattern",
    "commit_message_pattern",
    "committer_email_pattern",
    "copilot_code_review",
    "creation",
    "deletion",
    "file_extension_restriction",
    "file_path_restriction",
    "max_file_path_length",
    "max_file_size",
    "merge_queue",
    "non_fast_forward",
    "pull_request",
    "required_linear_history",
    "required_status_checks",
    "tag_name_pattern",
    "update",
    "repository_visibility",
];

/// How a required check stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It ran, and its own verdict counts.
    Ran,
    /// Skipped or neutral: the forge lets that satisfy it.
    Skipped,
    /// Nobody reported it whom the rule allows.
    Missing,
    /// Reported by a status, whose app the forge does not tell.
    Unknown,
}

/// The number of the app that reported a check, where it is known.
fn app_of(evidence: &Evidence, check: &Check) -> Option<u64> {
    match &check.producer {
        Producer::Actions { .. } => {
            let mut runs = evidence.facts.checks.iter();
            let own = runs.find(|c| c.id == check.id && check.id != 0);
            own.and_then(|c| c.app_id).or(Some(ACTIONS_APP))
        }
        Producer::App { id, .. } => *id,
        Producer::Status { .. } => None,
    }
}

/// Tells how a required check stands at the head.
pub(super) fn standing(evidence: &Evidence, required: &RequiredCheck) -> Standing {
    let named: Vec<&Check> = evidence
        .checks
        .iter()
        .filter(|c| c.head == *evidence.head() && !c.is_superseded())
        .filter(|c| c.context == required.context)
        .collect();
    let allowed = |check: &&&Check| match required.app {
        None => true,
        Some(app) => app_of(evidence, check) == Some(app),
    };
    let found: Vec<&&Check> = named.iter().filter(allowed).collect();
    if found.iter().any(|c| c.verdict != Verdict::NotApplicable) {
        return Standing::Ran;
    }
    if !found.is_empty() {
        return Standing::Skipped;
    }
    let untold = |c: &&Check| matches!(c.producer, Producer::Status { .. });
    if named.iter().any(untold) {
        return Standing::Unknown;
    }
    Standing::Missing
}

fn gap(stage: Stage, verdict: Verdict, why: Reason) -> Gap {
    Gap {
        stage,
        verdict,
        why,
        node: None,
        is_row: true,
    }
}

/// Gaps of a stage by what is required: checks that did not run, rules that are not judged here, and
/// what is not known of either. What failed or waits stands among the stage's own gaps.
pub(super) fn gaps(evidence: &Evidence, terms: &Terms, stage: Stage) -> Vec<Gap> {
    if evidence.facts.local {
        return Vec::new();
    }
    let mut found = Vec::new();
    if matches!(stage, Stage::Verify | Stage::Review) {
        let unknown = terms.unknown.iter();
        found.extend(unknown.map(|unknown| {
            let unknown = unknown.clone();
            gap(stage, Verdict::Unknown, Reason::Terms { unknown })
        }));
    }
    if stage == Stage::Verify {
        found.extend(checks(evidence, terms));
    }
    if stage == Stage::Verify && terms.demands.up_to_date && is_behind(evidence) {
        let base = evidence.facts.pr.base_ref.clone();
        found.push(gap(stage, Verdict::Fail, Reason::Behind { base }));
    }
    let not_judged = not_judged(evidence, terms)
        .into_iter()
        .filter(|(s, _)| *s == stage);
    let unjudged = |(_, rule): (Stage, UnevaluatedRule)| {
        gap(stage, Verdict::Unknown, Reason::NotEvaluated { rule })
    };
    found.extend(not_judged.map(unjudged));
    found
}

fn checks(evidence: &Evidence, terms: &Terms) -> Vec<Gap> {
    let whole = matches!(evidence.facts.part(PartName::Checks), PartState::Complete);
    let mut found = Vec::new();
    for (required, by) in terms.checks() {
        let (verdict, how) = match standing(evidence, &required) {
            Standing::Ran | Standing::Skipped => continue,
            Standing::Unknown => (Verdict::Unknown, NotMet::ByStatus),
            // What was not seen may be in a hole.
            Standing::Missing if !whole => (Verdict::Unknown, NotMet::NotSeen),
            Standing::Missing if required.app.is_some() => (Verdict::Missing, NotMet::NotRunByApp),
            Standing::Missing => (Verdict::Missing, NotMet::NotRun),
        };
        let name = required.context;
        let why = Reason::RequiredCheck { name, how, by };
        found.push(gap(Stage::Verify, verdict, why));
    }
    found
}

/// Names of required checks that were only skipped, which the forge lets pass.
pub(super) fn skipped(evidence: &Evidence, terms: &Terms) -> Vec<String> {
    let checks = terms.checks().into_iter();
    let skipped = checks.filter(|(c, _)| standing(evidence, c) == Standing::Skipped);
    skipped.map(|(c, _)| c.context).collect()
}

/// Tells whether the forge says that the head lacks commits of its base branch. That it does not say so
/// proves nothing: it tells one reason of several.
fn is_behind(evidence: &Evidence) -> bool {
    evidence.facts.merge_state().is_some_and(|m| m.behind)
}

/// Rules that ask for what is not judged here, with the stage that they keep from passing.
fn not_judged(evidence: &Evidence, terms: &Terms) -> Vec<(Stage, UnevaluatedRule)> {
    let mut found = Vec::new();
    for rule in &terms.demands.others {
        found.push(match rule.as_str() {
            known if NO_EVIDENCE.contains(&known) => continue,
            "code_scanning" => (Stage::Secure, UnevaluatedRule::CodeScanning),
            "workflows" => (Stage::Verify, UnevaluatedRule::Workflows),
            "required_deployments" => (Stage::Verify, UnevaluatedRule::Deployments),
            "required_signatures" => (Stage::Change, UnevaluatedRule::Signatures),
            other => (Stage::Verify, UnevaluatedRule::Other(other.to_owned())),
        });
    }
    if terms.demands.up_to_date && !is_behind(evidence) {
        found.push((Stage::Verify, UnevaluatedRule::UpToDate));
    }
    for (asked, rule) in [
        (
            terms.demands.resolved_threads,
            UnevaluatedRule::ResolvedThreads,
        ),
        (terms.demands.code_owners, UnevaluatedRule::CodeOwners),
        (terms.demands.reviewers, UnevaluatedRule::Reviewers),
    ] {
        found.extend(asked.then_some((Stage::Review, rule)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        evidence,
        model::{BranchDemands, ChangeFacts, CheckRun, CommitStatus, Demands, Sha, samples},
    };

    fn head() -> Sha {
        samples::sha("a")
    }

    fn facts() -> ChangeFacts {
        samples::change(&head(), &samples::sha("b"))
    }

    fn check(id: u64, name: &str, app: u64, conclusion: &str) -> CheckRun {
        CheckRun {
            app: Some(format!("app-{app}")),
            app_id: Some(app),
            ..samples::check(id, name, head(), conclusion)
        }
    }

    fn status(context: &str) -> CommitStatus {
        CommitStatus {
            sha: head(),
            context: context.to_owned(),
            state: "success".to_owned(),
            description: None,
            creator: None,
            at: None,
            id: None,
        }
    }

    fn stands(context: &str, app: Option<u64>, facts: ChangeFacts) -> Standing {
        let required = RequiredCheck {
            context: context.to_owned(),
            app,
        };
        standing(&evidence::build(facts), &required)
    }

    #[test]
    fn a_required_check_is_its_whole_context_by_its_app() {
        let by = |app, name: &str, word: &str| ChangeFacts {
            checks: vec![check(1, name, app, word)],
            ..facts()
        };
        let table = vec![
            ("unit", None, by(7, "unit", "success"), Standing::Ran),
            ("unit", Some(7), by(7, "unit", "success"), Standing::Ran),
            ("unit", Some(7), by(7, "unit", "failure"), Standing::Ran),
            ("unit", Some(7), by(8, "unit", "success"), Standing::Missing),
            (
                "unit",
                None,
                by(7, "ci / unit", "success"),
                Standing::Missing,
            ),
            (
                "ci / unit",
                None,
                by(7, "ci / unit", "success"),
                Standing::Ran,
            ),
            (
                "ci / unit",
                None,
                by(7, "unit", "success"),
                Standing::Missing,
            ),
            ("unit", None, by(7, "unit-2", "success"), Standing::Missing),
            ("unit", None, by(7, "unit", "skipped"), Standing::Skipped),
            ("unit", None, by(7, "unit", "neutral"), Standing::Skipped),
            ("unit", None, facts(), Standing::Missing),
        ];
        for (context, app, facts, want) in table {
            let checks = facts.checks.clone();
            assert_eq!(
                stands(context, app, facts),
                want,
                "{context} {app:?} {checks:?}"
            );
        }
        // What a job's row is called here is no context.
        let mut of_job = facts();
        of_job.runs = vec![samples::run(&head(), "ci", "unit")];
        for (context, want) in [("unit", Standing::Ran), ("ci / unit", Standing::Missing)] {
            assert_eq!(stands(context, None, of_job.clone()), want, "{context}");
        }
        let by_status = |app| {
            let statuses = vec![status("unit")];
            stands(
                "unit",
                app,
                ChangeFacts {
                    statuses,
                    ..facts()
                },
            )
        };
        assert_eq!(by_status(None), Standing::Ran);
        assert_eq!(by_status(Some(7)), Standing::Unknown);
    }

    #[test]
    fn what_is_not_judged_or_not_known_is_a_gap() {
        let of = |demands: Demands, stage| {
            let mut facts = facts();
            facts.demands = BranchDemands {
                base: "main".to_owned(),
                demands: Some(demands),
                why: String::new(),
            };
            let terms = Terms::of(&facts);
            gaps(&evidence::build(facts), &terms, stage).len()
        };
        let rule = |name: &str| Demands {
            others: vec![name.to_owned()],
            ..Demands::default()
        };
        for (demands, stage) in [
            (rule("workflows"), Stage::Verify),
            (rule("required_deployments"), Stage::Verify),
            (rule("code_scanning"), Stage::Secure),
            (rule("a_rule_of_next_year"), Stage::Verify),
            (
                Demands {
                    up_to_date: true,
                    ..Demands::default()
                },
                Stage::Verify,
            ),
            (
                Demands {
                    resolved_threads: true,
                    ..Demands::default()
                },
                Stage::Review,
            ),
            (
                Demands {
                    code_owners: true,
                    ..Demands::default()
                },
                Stage::Review,
            ),
            (
                Demands {
                    reviewers: true,
                    ..Demands::default()
                },
                Stage::Review,
            ),
        ] {
            assert_eq!(of(demands.clone(), stage), 1, "{demands:?}");
        }
        assert_eq!(of(rule("non_fast_forward"), Stage::Verify), 0);
        // Refused, failed or never asked for.
        let unknown = facts();
        let terms = Terms::of(&unknown);
        let evidence = evidence::build(unknown);
        for stage in [Stage::Verify, Stage::Review] {
            let found = gaps(&evidence, &terms, stage);
            assert!(
                found.iter().any(|g| g.verdict == Verdict::Unknown),
                "{stage:?}"
            );
        }
    }
}
