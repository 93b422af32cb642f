//! The risk class of a change as it stands at its head, with every reason.

use serde::{Deserialize, Serialize};

use super::Terms;
use crate::{
    evidence::Evidence,
    formats::{
        gates,
        source::{self, FileKind},
    },
};

/// How much a change can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskClass {
    Low,
    Medium,
    High,
}

impl RiskClass {
    /// Returns the word a person reads.
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// The class with its reasons, heaviest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    pub class: RiskClass,
    pub reasons: Vec<String>,
    /// Nothing but documents.
    pub docs_only: bool,
    /// Nothing but dependency files, by an updater.
    pub update_only: bool,
    /// False where no difference is known: the class is then a lower bound.
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
    let files = evidence.facts.git.total.as_ref().map(|t| &t.files);
    let paths: Vec<&str> = files
        .map(|f| f.iter().map(|f| f.patch.path.as_str()).collect())
        .unwrap_or_default();
    let kinds: Vec<FileKind> = paths.iter().map(|p| source::kind_of(p)).collect();
    let all = |ok: &dyn Fn(&FileKind) -> bool| !kinds.is_empty() && kinds.iter().all(ok);
    let docs_only = all(&|k| matches!(k, FileKind::Docs));
    let updater = evidence.agent.as_ref().is_some_and(|a| a.updater);
    let update_only = updater && all(&|k| matches!(k, FileKind::Dependency | FileKind::Docs));
    let agent = evidence.agent.as_ref().filter(|a| !a.updater);
    let sensitive = paths.iter().find_map(|p| sensitive(p));
    let gates = evidence.facts.git.total.as_ref().is_some_and(|t| {
        t.files
            .iter()
            .flat_map(|f| gates::gate_edits(&f.patch))
            .any(|e| !e.restores)
    });
    let size = evidence.facts.pr.additions + evidence.facts.pr.deletions;

    let mut reasons: Vec<(RiskClass, String)> = Vec::new();
    if gates {
        reasons.push((RiskClass::High, "gate files changed".into()));
    }
    if let Some(word) = sensitive {
        let class = if agent.is_some() {
            RiskClass::High
        } else {
            RiskClass::Medium
        };
        reasons.push((class, format!("{word} path")));
    }
    if let Some(agent) = agent {
        reasons.push((RiskClass::Medium, format!("agent author ({})", agent.name)));
    }
    if kinds.contains(&FileKind::Dependency) && !updater {
        reasons.push((RiskClass::Medium, "dependencies changed".into()));
    }
    if size > LARGE && !docs_only {
        reasons.push((RiskClass::Medium, format!("{size} lines")));
    }
    reasons.extend(terms.risk(&paths, &evidence.facts.pr.labels));
    reasons.sort_by_key(|(class, _)| std::cmp::Reverse(*class));
    let class = reasons.first().map_or(RiskClass::Low, |(c, _)| *c);
    Risk {
        class,
        reasons: reasons.into_iter().map(|(_, r)| r).collect(),
        docs_only,
        update_only,
        known: files.is_some(),
    }
}
