//! The evidence digest: one hash over all nodes of a change, so that a decision can say exactly
//! what it was made on. Ages and wording of sources are left out: the same evidence fetched again
//! gives the same digest.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Detail, graph::Graph};
use crate::model::{Attention, Subject, Verdict};

/// Version of what the digest covers: 2 is subject, verdict, marks and detail of each node. Version 1
/// covered words, and no program makes it any more.
pub const VERSION: u32 = 2;

/// Digest over the evidence of a change, with how many nodes it covers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceDigest {
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    pub count: usize,
}

/// One node as it is hashed: RFC 8785 canonical JSON of these fields, sorted by subject.
#[derive(Serialize)]
struct Item<'a> {
    subject: &'a Subject,
    verdict: Verdict,
    attention: &'a [Attention],
    detail: Detail,
}

/// Computes the digest of a graph.
pub fn of(graph: &Graph) -> EvidenceDigest {
    let mut items: Vec<Item<'_>> = graph
        .nodes
        .iter()
        .map(|n| Item {
            subject: &n.id,
            verdict: n.verdict,
            attention: &n.attention,
            detail: n.detail.without_choices(),
        })
        .collect();
    items.sort_by(|a, b| a.subject.cmp(b.subject));
    // Canonical JSON of plain strings and enums cannot fail; an empty text would only make the
    // digest match nothing.
    let canonical = serde_json_canonicalizer::to_vec(&items).unwrap_or_default();
    EvidenceDigest {
        digest: sha256_hex(&canonical),
        count: items.len(),
    }
}

/// Returns `sha256:<hex>` of some bytes.
pub fn sha256_hex(bytes: &[u8]) -> String {
    let mut out = String::from("sha256:");
    for byte in Sha256::digest(bytes) {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        evidence::{checks::Qualifier, graph::Node, graph::NodeKind},
        model::{Source, Stage, Trust, samples},
    };

    fn digest(name: &str, conclusion: &str, qualifiers: Vec<Qualifier>) -> String {
        let node = Node {
            id: Subject::CheckRun {
                head: samples::sha("a"),
                id: 1,
            },
            kind: NodeKind::Check,
            stage: Stage::Verify,
            verdict: Verdict::Pass,
            attention: vec![],
            detail: Detail::Check {
                name: name.to_owned(),
                qualifiers,
                conclusion: conclusion.to_owned(),
                title: None,
                tries: vec![],
                results: None,
                newly_skipped: 0,
            },
            at: None,
            actor: None,
            source: Source {
                what: String::new(),
                trust: Trust::Forge,
                fetched_at: None,
            },
            sha: None,
            attempt: None,
            url: None,
        };
        let graph = Graph {
            nodes: vec![node],
            edges: vec![],
        };
        of(&graph).digest
    }

    #[test]
    fn it_changes_with_a_fact_and_not_with_what_is_chosen_to_be_shown() {
        let before = digest("unit", "success", vec![]);
        let told_apart = vec![Qualifier::Event("push".to_owned())];
        assert_eq!(digest("unit", "success", told_apart), before);
        assert_ne!(digest("unit", "neutral", vec![]), before);
        assert_ne!(digest("lint", "success", vec![]), before);
    }
}
