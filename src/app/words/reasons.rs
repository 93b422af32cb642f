//! Why a stage stands as it does, what is missing, why a change is risky, why it is in the list.

use super::facts::{counted_attempts, note, part_hole, title};
use crate::{
    contract::{
        ListReason, NotMet, Plain, Reason, RequiredBy, Risk, RiskReason, RuleSources,
        UnevaluatedRule, UnknownTerms,
    },
    model::{Login, ReqId, Subject},
    text,
};

fn names(logins: &[Login]) -> String {
    let names: Vec<&str> = logins.iter().map(Login::as_str).collect();
    names.join(", ")
}

fn ids(ids: &[ReqId]) -> String {
    let ids: Vec<&str> = ids.iter().map(ReqId::as_str).collect();
    ids.join(", ")
}

/// Says in one line what a stage came to; a fact by its title only.
pub fn stage(reason: &Reason) -> String {
    match reason {
        Reason::Fact {
            subject, detail, ..
        } => title(subject, detail),
        other => gap(other),
    }
}

/// Says in one line what is missing, failed, stale or unknown.
pub fn gap(reason: &Reason) -> String {
    match reason {
        Reason::Fact {
            subject,
            verdict,
            detail,
            protects,
        } => {
            let (title, note) = (title(subject, detail), note(subject, *verdict, detail));
            match (subject.as_ref(), protects) {
                (Subject::Test { .. }, Some(req)) => format!("{req} failing: {title}"),
                (Subject::Test { .. }, None) => format!("{title} fails"),
                (Subject::Finding { .. } | Subject::Alert { .. }, _) => {
                    format!("{title} ({note})")
                }
                (Subject::Merge { .. }, _) => title,
                (Subject::Requirement { .. }, _) => format!("{title}: {note}"),
                _ if note.is_empty() => format!("{title} {}", verdict.word()),
                _ => format!("{title} {}: {note}", verdict.word()),
            }
        }
        Reason::Passed { count, skipped } => {
            let words = match count {
                1 => "one check or result".to_owned(),
                n => format!("{n} checks and results"),
            };
            if skipped.is_empty() {
                return words;
            }
            format!("{words}; required and skipped: {}", skipped.join(", "))
        }
        Reason::Hole { part, state } => part_hole(*part, state),
        Reason::Requirements { ids: own } => ids(own),
        Reason::Tasks { count } => text::counted(*count, "task"),
        Reason::UntrustedAgent { name } => {
            format!("agent {name} is not among those the contract trusts")
        }
        Reason::Change {
            files,
            attempts,
            may_be_more,
        } => format!(
            "{} in {}",
            text::counted(*files, "file"),
            counted_attempts(*attempts, *may_be_more)
        ),
        Reason::NoResultsOf { req } => format!("{req}: no results of its tests are known"),
        Reason::NoTest { req } => format!("{req} has no test"),
        Reason::TestNotRun { req } => format!("{req}: its test did not run"),
        Reason::ChangesRequested { by } => format!("{by} requested changes"),
        Reason::FewApprovals { asked, by } => {
            format!(
                "{} of {asked} approvals that count: {}",
                by.len(),
                names(by)
            )
        }
        Reason::Approved { by } => format!("approved by {}", names(by)),
        Reason::StaleApproval { by, attempts } => format!(
            "approval by {by} is stale ({} after it)",
            text::counted(*attempts, "attempt")
        ),
        Reason::ReviewRequested { from } => format!("review requested from {}", names(from)),
        Reason::Attestations { count: 1 } => "one attestation found, not verified here".to_owned(),
        Reason::Attestations { count } => {
            format!("{count} attestations found, not verified here")
        }
        Reason::Terms { unknown } => terms(unknown),
        Reason::RequiredCheck { name, how, by } => {
            let how = match how {
                NotMet::ByStatus => "was reported by a status, and the rule names an app",
                NotMet::NotSeen => "was not seen on the head, and not all checks are known",
                NotMet::NotRun => "did not run on the head",
                NotMet::NotRunByApp => {
                    "was not reported on the head by the app that the rule names"
                }
            };
            format!(
                "required check {name} {how} (asked by {})",
                required_by(*by)
            )
        }
        Reason::Behind { base } => {
            format!("not up to date with {base}, as the branch rules ask")
        }
        Reason::NotEvaluated { rule } => {
            let rule = unevaluated(rule);
            format!("required by the branch rules, not evaluated here: {rule}")
        }
        Reason::Plain { is } => plain(*is).to_owned(),
    }
}

fn plain(reason: Plain) -> &'static str {
    match reason {
        Plain::NotAskedOfKind => "documents or dependency updates need no requirement",
        Plain::SpecsUnread => "specs could not be read: git objects of the head are missing",
        Plain::NoSpecLinked => "no spec linked",
        Plain::NoTaskAsked => "no task is asked of this kind of change",
        Plain::TaskUnknown => "the agent's task is not known",
        Plain::NoMergeBase => {
            "the difference is not known: head and base have no common ancestor here"
        }
        Plain::DifferenceUnknown => "the difference is not known: git objects are missing",
        Plain::NoResultsGiven => "no results given (--results FILE)",
        Plain::NoCheck => "no check on the head",
        Plain::LocalHasNoScans => "a local range has no scans",
        Plain::NoScanAsked => "no scan is asked at this risk",
        Plain::NoScan => "no security scan on the head",
        Plain::LocalHasNoReviews => "a local range has no reviews",
        Plain::NoReview => "no valid review, and nobody was asked",
        Plain::NoAttestationAsked => "no attestation is asked at this risk",
        Plain::NoAttestation => "no attestation for the head",
        Plain::DeploymentsUnread => "deployments are not read yet",
        Plain::NotMerged => "not merged",
    }
}

fn terms(unknown: &UnknownTerms) -> String {
    match unknown {
        UnknownTerms::Branch { base, why } => format!("what {base} requires is not known: {why}"),
        UnknownTerms::File { why } => why.clone(),
        UnknownTerms::Contract { problem } => {
            let problem = problem.as_ref();
            let why = problem.map_or(String::new(), |(place, what)| format!(" ({place}: {what})"));
            format!("the contract file cannot be read{why}")
        }
    }
}

fn unevaluated(rule: &UnevaluatedRule) -> String {
    match rule {
        UnevaluatedRule::CodeScanning => "results of code scanning".to_owned(),
        UnevaluatedRule::Workflows => "required workflows".to_owned(),
        UnevaluatedRule::Deployments => "required deployments".to_owned(),
        UnevaluatedRule::Signatures => "signed commits".to_owned(),
        UnevaluatedRule::UpToDate => "the branch is up to date with its base".to_owned(),
        UnevaluatedRule::ResolvedThreads => "all threads are resolved".to_owned(),
        UnevaluatedRule::CodeOwners => "approval by code owners".to_owned(),
        UnevaluatedRule::Reviewers => "approval by required reviewers".to_owned(),
        UnevaluatedRule::Other(name) => format!("the rule {name}"),
    }
}

/// Returns who asks for a check.
pub fn required_by(by: RequiredBy) -> &'static str {
    match by {
        RequiredBy::Contract => "the contract",
        RequiredBy::BranchRules => "the branch rules",
        RequiredBy::Forge => "the forge",
    }
}

/// Returns why a change is of its risk class; each reason of its own.
pub fn risk(risk: &Risk) -> Vec<String> {
    risk.reasons.iter().map(risk_reason).collect()
}

fn risk_reason(reason: &RiskReason) -> String {
    match reason {
        RiskReason::GateChanged => "gate files changed".to_owned(),
        RiskReason::GateAdded => "gate added".to_owned(),
        RiskReason::Loosened { ids: own } => {
            let more = text::and_more(own.len().saturating_sub(3));
            let first = ids(own.get(..3).unwrap_or(own));
            format!("requirement loosened ({first}{more})")
        }
        RiskReason::Sensitive { word } => format!("{word} path"),
        RiskReason::Agent { name } => format!("agent author ({name})"),
        RiskReason::Dependencies => "dependencies changed".to_owned(),
        RiskReason::Large { lines } => format!("{lines} lines"),
        RiskReason::Path { pattern } => format!("contract: {pattern}"),
        RiskReason::Label { name } => format!("contract: label {name}"),
        RiskReason::NoDifference => "the difference is not known".to_owned(),
        RiskReason::NotOfHead => "the difference to the head is not known".to_owned(),
        RiskReason::ContentAbsent => "the content of a changed file is not known".to_owned(),
        RiskReason::SpecsUnknown => "what it does to requirements is not known".to_owned(),
    }
}

/// Says where the rules come from.
pub fn rule_sources(from: &RuleSources) -> String {
    let mut words = "built-in contract".to_owned();
    if let Some((base, commit)) = &from.file {
        let at = commit
            .as_ref()
            .map_or(String::new(), |sha| format!("@{}", sha.short()));
        words += &format!(" and .proofline.toml at {base}{at}");
    }
    if let Some(branch) = &from.branch {
        words += &format!(", with the rules of {branch}");
    }
    words
}

/// Says in a few words why a change stands in the list.
pub fn list_reason(reason: &ListReason) -> String {
    match reason {
        ListReason::Merged => "merged",
        ListReason::Closed => "closed",
        ListReason::OwnApprovalStale => "your approval is stale",
        ListReason::PushedSinceOwnReview => "pushed since your review",
        ListReason::ReviewRequested => "review requested",
        ListReason::ExceptionAsked => "exception asked",
        ListReason::Own => "yours",
        ListReason::Gap { reason } => return gap(reason),
        ListReason::NothingMissing => "nothing missing",
    }
    .to_owned()
}
