//! What evidence a change must show: risk class, verdict of each stage, gaps, blockers.
//!
//! A built-in contract applies where a repository has none, and says so. Rules only read
//! [`Evidence`]; the class is that of the change as it stands at its head, and what happened on
//! the way is attention.

mod fold;
mod reason;
mod required;
mod risk;
mod stages;
mod summary;
mod terms;

pub use reason::{
    ListReason, NotMet, Plain, Reason, RequiredBy, RiskReason, RuleSources, UnevaluatedRule,
    UnknownTerms,
};
pub use risk::{Risk, RiskClass};
pub use summary::{JUDGEMENT, StageCell, Summary, summarise};
pub use terms::Terms;

use serde::{Deserialize, Serialize};

use crate::{
    evidence::Evidence,
    model::{Attention, Problem, Stage, Subject, Verdict},
};

/// The verdict of a stage at the head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageState {
    pub stage: Stage,
    pub verdict: Verdict,
    /// How many pieces of evidence fail, where that can be counted.
    pub failing: usize,
    pub attention: Vec<Attention>,
    pub why: Reason,
}

/// Something the contract asks for that is missing, failed, stale or unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    pub stage: Stage,
    pub verdict: Verdict,
    pub why: Reason,
    /// The evidence that shows it, where there is some.
    pub node: Option<Subject>,
    /// Missing evidence of its own, which stands on the timeline as a row.
    pub is_row: bool,
}

/// The judgement of a change at its head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    pub risk: Risk,
    /// One state a stage, in order.
    pub stages: Vec<StageState>,
    pub gaps: Vec<Gap>,
    /// Where the rules come from.
    pub contract: RuleSources,
    /// What of the contract file was not understood.
    #[serde(default)]
    pub problems: Vec<Problem>,
}

/// Assesses a change by the built-in rules, the contract file of its base branch, and what the forge
/// requires of that branch.
pub fn assess(evidence: &Evidence) -> Assessment {
    let terms = Terms::of(&evidence.facts);
    let risk = risk::class(evidence, &terms);
    let mut gaps = Vec::new();
    let stages = Stage::ALL
        .into_iter()
        .map(|stage| stages::state(evidence, &risk, &terms, stage, &mut gaps))
        .collect();
    Assessment {
        risk,
        stages,
        gaps,
        contract: terms.source,
        problems: terms.problems,
    }
}

impl Gap {
    /// The mark before it: what should be looked at beside a pass is no pass itself.
    pub fn glyph(&self, ascii: bool) -> &'static str {
        if self.verdict.is_trouble() {
            self.verdict.glyph(ascii)
        } else {
            "!"
        }
    }

    /// The word for it.
    pub fn word(&self) -> &'static str {
        if self.verdict.is_trouble() {
            self.verdict.word()
        } else {
            "look at it"
        }
    }

    /// The role of its colour.
    pub fn role(&self) -> &'static str {
        if self.verdict.is_trouble() {
            self.verdict.role()
        } else {
            "attention"
        }
    }
}

impl Assessment {
    /// Returns the state of a stage.
    pub fn stage(&self, stage: Stage) -> Option<&StageState> {
        self.stages.get(stage.index())
    }

    /// Returns how many things on all stages should be looked at besides verdicts.
    pub fn attention(&self) -> usize {
        self.stages.iter().map(|s| s.attention.len()).sum()
    }
}

#[cfg(test)]
mod merge_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod worlds;
