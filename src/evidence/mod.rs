//! The evidence graph of one change and what is derived from it: attempts, responses, links from
//! tests to requirements, the timeline, the trace.
//!
//! Pure: [`build`] turns [`ChangeFacts`] into [`Evidence`], with no clock, no file and no network. What
//! depends on the contents of files is asked for in between: see [`begin`].
//! Ages are computed by whoever shows them.

pub mod agents;
pub mod annotated;
pub mod answers;
pub mod attempts;
pub mod checks;
pub mod detail;
pub mod digest;

pub mod graph;
pub mod intent;
pub mod links;
pub mod logs;
pub mod matrix;
mod nodes;
pub mod people;
pub mod responses;
pub mod timeline;
pub mod trace;
mod untold;
pub mod vanished;

use crate::model::{ChangeFacts, PartName, Sha};
pub use crate::model::{EvidenceLine, Label, Response};
pub use agents::Agent;
pub use answers::{Answer, AnswerKind};
pub use attempts::{Attempt, How};
pub use checks::Check;
pub use detail::Detail;
pub use digest::EvidenceDigest;
pub use graph::{Edge, Graph, Node, NodeKind, Relation};
pub use intent::IntentLink;
pub use links::{TestLink, TestPlace};
pub use matrix::{Cell, CellState, Matrix, TestRow, Transition};
pub use people::Approval;

/// Everything derived from the facts of one change.
#[derive(Clone, Debug)]
pub struct Evidence {
    pub facts: ChangeFacts,
    pub agent: Option<Agent>,
    pub attempts: Vec<Attempt>,
    pub matrix: Matrix,
    /// Checks of every head, each folded over its tries.
    pub checks: Vec<Check>,
    pub links: Vec<TestLink>,
    pub intent: Vec<IntentLink>,
    pub approvals: Vec<Approval>,
    /// What each attempt did, by attempt index.
    pub responses: Vec<Vec<Response>>,
    /// How each failure was answered, by attempt index.
    pub answers: Vec<Vec<Answer>>,
    pub graph: Graph,
    pub digest: EvidenceDigest,
}

/// What is derived of a change before its contents are asked for.
#[derive(Clone, Debug)]
pub struct Begun {
    pub facts: ChangeFacts,
    attempts: Vec<Attempt>,
    matrix: Matrix,
}

/// Begins to build the evidence of a change: says what of its contents has to be known.
pub fn begin(facts: ChangeFacts) -> Begun {
    let attempts = attempts::ladder(&facts);
    let heads: Vec<Sha> = attempts.iter().map(|a| a.head.clone()).collect();
    let matrix = matrix::build(&facts, &heads);
    Begun {
        facts,
        attempts,
        matrix,
    }
}

/// Builds the evidence of a change from its facts.
pub fn build(facts: ChangeFacts) -> Evidence {
    begin(facts).finish()
}

impl Begun {
    /// What has to be known of contents: to be answered in `facts.git.touched`.
    pub fn asked(&self) -> Vec<answers::Question> {
        answers::asked(&self.attempts, &self.matrix)
    }

    /// Builds the rest. What was not answered is not known.
    pub fn finish(self) -> Evidence {
        let Self {
            facts,
            attempts,
            matrix,
        } = self;
        let agent = agents::recognise(&facts);
        let heads: Vec<Sha> = attempts.iter().map(|a| a.head.clone()).collect();
        let mut checks = checks::build(&facts, &heads);
        checks.extend(checks::of_test_merge(&facts));
        let links = links::build(&facts, &matrix);
        let intent = intent::build(&facts);
        let approvals = people::approvals(&facts, agent.as_ref(), &attempts);
        let responses = responses::classify(&facts, &attempts);
        let answers = answers::build(&facts, &attempts, &matrix);
        let mut evidence = Evidence {
            facts,
            agent,
            attempts,
            matrix,
            checks,
            links,
            intent,
            approvals,
            responses,
            answers,
            graph: Graph::default(),
            digest: EvidenceDigest::default(),
        };
        evidence.graph = nodes::build(&evidence);
        evidence.digest = digest::of(&evidence.graph);
        evidence
    }
}

impl Evidence {
    /// Counts the attempts, and tells whether there may have been more: what tells of them has a hole.
    pub fn attempt_count(&self) -> (usize, bool) {
        let parts = [PartName::Activity, PartName::Runs];
        let may_be_more = !self.facts.local && self.facts.hole(&parts).is_some();
        (self.attempts.len(), may_be_more)
    }

    /// Returns the index of the attempt that is the current head.
    pub fn head_attempt(&self) -> Option<usize> {
        self.attempts
            .iter()
            .rposition(|a| a.head == self.facts.pr.head_sha)
    }

    /// Returns the current head.
    pub fn head(&self) -> &Sha {
        &self.facts.pr.head_sha
    }
}
