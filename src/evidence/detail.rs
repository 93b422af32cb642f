//! What a node says, as values. The words for them are made where they are shown; the evidence
//! digest covers these values, so a reworded label changes nothing and a changed fact does.

use serde::{Deserialize, Serialize};

use super::{
    AnswerKind, CellState, Label, checks::Qualifier, digest::sha256_hex, intent::IntentBasis,
    matrix::Counts, people::Standing, vanished::WhyGone,
};
use crate::model::{Login, ReviewState, Verdict};

/// What happened to the text of a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    Added,
    Changed,
    Loosened,
    Removed,
}

/// What a scan report says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "ended", content = "count")]
pub enum ScanOutcome {
    /// The report cannot be read.
    Unread,
    /// The scanner says that it failed.
    Failed,
    /// It does not say that it looked at anything.
    LookedAtNothing,
    /// So many results were not read.
    LeftOut(u64),
    /// None speaks against the change, and of so many a person has to decide.
    Undecided(usize),
    /// So many results speak against the change.
    Found(usize),
}

/// Why an upload to code scanning proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "why", content = "says")]
pub enum AnalysisTrouble {
    /// The forge's words for what went wrong.
    Error(String),
    /// The forge's words for what is not whole.
    Warning(String),
    /// The forge counts so many results that the report does not hold.
    Lacks(u64),
}

/// The facts of a node. A field named `text` is the SHA-256 of a text; other strings are as the forge
/// or the producer wrote them and are not yet sanitised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Detail {
    /// Its subject says it all.
    #[default]
    Plain,
    Requirement {
        title: String,
        text: String,
        edit: Option<Edit>,
        /// Why the change is said to answer it.
        basis: Option<IntentBasis>,
    },
    Issue {
        title: String,
        text: String,
    },
    /// The start of an agent's work.
    Start {
        agent: Option<String>,
        by: Option<Login>,
    },
    Commit {
        headline: String,
    },
    Response {
        label: Label,
        /// Paths with 1-based lines; 0 where the whole file is meant.
        places: Vec<(String, u32)>,
        /// Why it is not known, where the part says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    Check {
        name: String,
        /// What tells it apart from others of its name.
        qualifiers: Vec<Qualifier>,
        conclusion: String,
        title: Option<String>,
        tries: Vec<(u64, Verdict)>,
        results: Option<Counts>,
        newly_skipped: usize,
    },
    Results {
        counts: Counts,
    },
    Totals {
        file: String,
        /// Failures that the file counts and does not show.
        hidden: u64,
        /// Cases of which nothing is known.
        unknown: u64,
        /// Why nothing of the file is known.
        refused: Option<String>,
    },
    Test {
        state: CellState,
        /// The line of the failure that says most.
        headline: String,
        text: String,
        answer: Option<AnswerKind>,
        /// Languages or files whose changes were not understood.
        not_analysed: Option<String>,
    },
    /// An alert of code scanning.
    Alert {
        rule: String,
        description: String,
        path: String,
        line: Option<u64>,
        severity: String,
        state: String,
        /// Who dismissed it, and why.
        dismissed: Option<(Option<Login>, String)>,
        text: String,
    },
    /// A result of a scan report.
    Finding {
        says: String,
        path: String,
        line: Option<u64>,
        level: String,
        /// Why it is suppressed, where it is.
        suppressed: Option<String>,
        text: String,
    },
    /// An annotation of a check that scans.
    Annotation {
        title: String,
        says: String,
        path: String,
        line: Option<u64>,
        level: String,
        text: String,
    },
    /// A finding of an earlier attempt, by its number, that the head does not show.
    Vanished {
        says: String,
        path: String,
        line: Option<u64>,
        seen_in: usize,
        why: WhyGone,
    },
    Scan {
        outcome: ScanOutcome,
        results: usize,
    },
    /// An upload to code scanning that did not end well.
    Analysis {
        tool: String,
        category: String,
        trouble: AnalysisTrouble,
    },
    Review {
        by: Option<Login>,
        state: ReviewState,
        standing: Option<Standing>,
        text: String,
    },
    /// The reviews could not be read.
    NoReviews {
        why: String,
    },
    Comment {
        by: Option<Login>,
        says: String,
        text: String,
        edited: bool,
    },
    Queue {
        event: String,
        reason: String,
    },
    /// How the change stands to its base branch.
    Merge {
        base: String,
        conflicts: bool,
        behind: bool,
    },
}

/// Returns the digest of a text, for a detail.
pub fn text(words: &str) -> String {
    sha256_hex(words.as_bytes())
}

impl Detail {
    /// The same facts without what was only chosen to be shown: the line of a text that says most, and
    /// what tells names apart. The digest of the text and the subject stand for them.
    pub(super) fn without_choices(&self) -> Self {
        let mut facts = self.clone();
        match &mut facts {
            Self::Check { qualifiers, .. } => qualifiers.clear(),
            Self::Test { headline, .. } => headline.clear(),
            Self::Finding { says, .. }
            | Self::Annotation { says, .. }
            | Self::Vanished { says, .. }
            | Self::Comment { says, .. } => says.clear(),
            _ => {}
        }
        facts
    }

    /// The place in the tree that it names, 1-based; line 0 where it names the whole file.
    pub fn place(&self) -> Option<(&str, u32)> {
        let line = |line: Option<u64>| line.and_then(|l| u32::try_from(l).ok()).unwrap_or(0);
        match self {
            Self::Response { places, .. } => {
                let exact = places.iter().find(|(_, line)| *line > 0);
                exact.or(places.first()).map(|(p, l)| (p.as_str(), *l))
            }
            Self::Alert { path, line: at, .. }
            | Self::Finding { path, line: at, .. }
            | Self::Annotation { path, line: at, .. }
            | Self::Vanished { path, line: at, .. } => Some((path, line(*at))),
            _ => None,
        }
    }
}
