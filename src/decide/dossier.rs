//! Everything that is derived from the facts of one change, in one value.

use super::read::{self, RecordState, RecordedDecision};
use crate::{
    contract::{self, Assessment, Summary},
    evidence::{self, Begun, Evidence},
    model::{ChangeFacts, Timestamp},
};

/// A change with its evidence, its assessment, and the decisions about it.
#[derive(Clone, Debug)]
pub struct Dossier {
    pub evidence: Evidence,
    pub assessment: Assessment,
    pub decisions: Vec<RecordedDecision>,
    pub summary: Summary,
}

impl Dossier {
    /// Derives all of it. `now` decides which exceptions have expired.
    pub fn of(facts: ChangeFacts, now: Timestamp) -> Self {
        Self::from(evidence::begin(facts), now)
    }

    /// Derives the rest of what was begun.
    pub fn from(begun: Begun, now: Timestamp) -> Self {
        let decisions = read::decisions(&begun.facts, now);
        let mut evidence = begun.finish();
        let assessment = contract::assess(&evidence);
        // What of the contract was not understood is shown where all else is that could not be read.
        evidence.facts.problems.extend(assessment.problems.clone());
        let live =
            |d: &&RecordedDecision| matches!(d.state, RecordState::Asked | RecordState::Expiring);
        let exceptions = decisions.iter().filter(live).count();
        let summary = contract::summarise(&evidence, &assessment, exceptions);
        Self {
            evidence,
            assessment,
            decisions,
            summary,
        }
    }
}
