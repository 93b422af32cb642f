//! The evidence digest: one hash over all nodes of a change, so that a decision can say exactly
//! what it was made on. Ages and wording of sources are left out: the same evidence fetched again
//! gives the same digest.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::graph::Graph;

/// Digest over the evidence of a change, with how many nodes it covers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceDigest {
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    pub count: usize,
}

/// One node as it is hashed: RFC 8785 canonical JSON of these fields, sorted by id.
#[derive(Serialize)]
struct Item<'a> {
    id: &'a str,
    kind: super::NodeKind,
    verdict: crate::model::Verdict,
    attention: &'a [crate::model::Attention],
    sha: Option<&'a str>,
    note: &'a str,
}

/// Computes the digest of a graph.
pub fn of(graph: &Graph) -> EvidenceDigest {
    let mut items: Vec<Item<'_>> = graph
        .nodes
        .iter()
        .map(|n| Item {
            id: &n.id.0,
            kind: n.kind,
            verdict: n.verdict,
            attention: &n.attention,
            sha: n.sha.as_ref().map(crate::model::Sha::as_str),
            note: &n.note,
        })
        .collect();
    items.sort_by(|a, b| a.id.cmp(b.id));
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
