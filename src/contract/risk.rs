//! The risk class of a change as it stands at its head, with every reason.

use serde::{Deserialize, Serialize};

use super::{RiskReason, Terms};
use crate::{
    evidence::{
        Evidence,
        intent::{self, SpecEdit},
    },
    formats::source::{self, FileKind},
    model::{Label, ReqId},
};

/// How much a change can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskClass {
    Low,
    Medium,
    High,
    /// The difference is not known, and nothing that is known makes it high.
    Unknown,
}

impl RiskClass {
    /// Returns the word a person reads.
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Unknown => "unknown",
        }
    }
}

/// The class with its reasons, heaviest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    pub class: RiskClass,
    pub reasons: Vec<RiskReason>,
    /// Nothing but documents.
    pub docs_only: bool,
    /// Nothing but dependency files, by an updater.
    pub update_only: bool,
    /// False where the difference is not known: the reasons are then those of what is known.
    pub known: bool,
}

/// Parts of paths whose code handles money, secrets, access or stored data.
const SENSITIVE: &[&str] = &[
    "auth",
    "crypto",
    "payment",
    "billing",
    "capture",
    "security",
    "secret",
    "session",
    "migration",
    "permission",
    "token",
    "password",
];

/// Lines beyond which a change is more than one sitting can read.
const LARGE: u64 = 400;

fn sensitive(path: &str) -> Option<&'static str> {
    let lower = path.to_ascii_lowercase();
    let kind = source::kind_of(path);
    if matches!(kind, FileKind::Test | FileKind::Docs | FileKind::Spec) {
        return None;
    }
    SENSITIVE.iter().copied().find(|word| lower.contains(word))
}

/// Classifies a change.
pub fn class(evidence: &Evidence, terms: &Terms) -> Risk {
    let total = evidence.facts.git.total.as_ref();
    let files = total.map(|t| &t.files);
    let paths: Vec<&str> = files
        .map(|f| f.iter().map(|f| f.path.as_str()).collect())
        .unwrap_or_default();
    let kinds: Vec<FileKind> = paths.iter().map(|p| source::kind_of(p)).collect();
    let all = |ok: &dyn Fn(&FileKind) -> bool| !kinds.is_empty() && kinds.iter().all(ok);
    let docs_only = all(&|k| matches!(k, FileKind::Docs));
    let updater = evidence.agent.as_ref().is_some_and(|a| a.updater);
    let update_only = updater && all(&|k| matches!(k, FileKind::Dependency | FileKind::Docs));
    let agent = evidence.agent.as_ref().filter(|a| !a.updater);
    let sensitive = paths.iter().find_map(|p| sensitive(p));
    let responses = total.and_then(|t| t.responses.as_ref());
    let does = |label: Label| responses.is_some_and(|all| all.iter().any(|r| r.label == label));
    let loosened = loosened(evidence);
    let size = evidence.facts.pr.additions + evidence.facts.pr.deletions;

    let mut reasons: Vec<(RiskClass, RiskReason)> = Vec::new();
    if does(Label::GateChanged) {
        reasons.push((RiskClass::High, RiskReason::GateChanged));
    } else if does(Label::GateAdded) {
        reasons.push((RiskClass::Medium, RiskReason::GateAdded));
    }
    if !loosened.is_empty() {
        reasons.push((RiskClass::High, RiskReason::Loosened { ids: loosened }));
    }
    if let Some(word) = sensitive {
        let class = if agent.is_some() {
            RiskClass::High
        } else {
            RiskClass::Medium
        };
        let word = word.to_owned();
        reasons.push((class, RiskReason::Sensitive { word }));
    }
    if let Some(agent) = agent {
        let name = agent.name.clone();
        reasons.push((RiskClass::Medium, RiskReason::Agent { name }));
    }
    if kinds.contains(&FileKind::Dependency) && !updater {
        reasons.push((RiskClass::Medium, RiskReason::Dependencies));
    }
    if size > LARGE && !docs_only {
        reasons.push((RiskClass::Medium, RiskReason::Large { lines: size }));
    }
    reasons.extend(terms.risk(&paths, &evidence.facts.pr.labels));
    reasons.sort_by_key(|(class, _)| std::cmp::Reverse(*class));
    let class = reasons.first().map_or(RiskClass::Low, |(c, _)| *c);
    let why_unknown = unknown(evidence);
    let known = why_unknown.is_none();
    let class = match class {
        RiskClass::High => RiskClass::High,
        _ if !known => RiskClass::Unknown,
        class => class,
    };
    let mut reasons: Vec<RiskReason> = reasons.into_iter().map(|(_, r)| r).collect();
    reasons.extend(why_unknown);
    Risk {
        class,
        reasons,
        docs_only: docs_only && known,
        update_only: update_only && known,
        known,
    }
}

/// Says why the difference to the base is not known, as far as a class rests on it.
fn unknown(evidence: &Evidence) -> Option<RiskReason> {
    let git = &evidence.facts.git;
    let Some(total) = &git.total else {
        return Some(RiskReason::NoDifference);
    };
    if total.to != *evidence.head() {
        return Some(RiskReason::NotOfHead);
    }
    if total.responses.is_none() {
        return Some(RiskReason::NoDifference);
    }
    if total.files.iter().any(|f| f.absent) {
        return Some(RiskReason::ContentAbsent);
    }
    let specs = |sha: &crate::model::Sha| git.specs.contains_key(sha);
    if !specs(&total.to) || !git.merge_base.as_ref().is_none_or(specs) {
        return Some(RiskReason::SpecsUnknown);
    }
    None
}

/// Requirements of which the change asks less, or that it removes.
fn loosened(evidence: &Evidence) -> Vec<ReqId> {
    let facts = &evidence.facts;
    let at_head = facts.git.specs.get(evidence.head());
    let weaker = at_head.into_iter().flatten().filter(|req| {
        matches!(
            intent::spec_edit(facts, req),
            Some(SpecEdit::Changed { loosened: true, .. })
        )
    });
    let mut ids: Vec<ReqId> = weaker
        .chain(intent::removed(facts))
        .map(|req| req.id.clone())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

#[cfg(test)]
mod tests;
