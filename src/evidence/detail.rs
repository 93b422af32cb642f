//! What a node says, as values: the facts behind its words. The evidence digest covers these, so a
//! reworded label changes nothing and a changed fact does.

use serde::{Deserialize, Serialize};

use super::{AnswerKind, CellState, digest::sha256_hex, matrix::Counts};
use crate::model::{ReviewState, Verdict};

/// What happened to the text of a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    Added,
    Changed,
    Loosened,
    Removed,
}

/// The facts of a node. Texts of others stand as their digests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Detail {
    /// Its subject says it all.
    #[default]
    Plain,
    Text {
        sha256: String,
    },
    Requirement {
        text: String,
        edit: Option<Edit>,
    },
    /// Places in `path:line` form, and how many more there are.
    Response {
        places: Vec<(String, u32)>,
    },
    Check {
        conclusion: String,
        tries: Vec<(u64, Verdict)>,
        results: Option<Counts>,
        newly_skipped: usize,
    },
    Results {
        counts: Counts,
    },
    Totals {
        hidden: u64,
    },
    Test {
        state: CellState,
        failure: String,
        answer: Option<AnswerKind>,
    },
    Finding {
        path: String,
        line: Option<u64>,
        level: String,
        text: String,
    },
    Review {
        state: ReviewState,
        /// Name of how it stands, with a count where it has one.
        standing: String,
        text: String,
    },
    Comment {
        text: String,
        edited: bool,
    },
    Queue {
        event: String,
        reason: String,
    },
}

/// Returns the digest of a text, for a detail.
pub fn text(words: &str) -> String {
    sha256_hex(words.as_bytes())
}
