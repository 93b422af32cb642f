//! Nodes and edges: every fact with source, age and trust; every join with basis and class.

use serde::{Deserialize, Serialize};

use super::detail::Detail;
use crate::model::{Attention, LinkClass, Login, Sha, Source, Stage, Subject, Timestamp, Verdict};

/// What a node is evidence of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    Requirement,
    Task,
    Push,
    Commit,
    /// What an attempt did to tests, gates or suppressions.
    Response,
    Check,
    Report,
    Test,
    Finding,
    Review,
    Comment,
    /// What the merge queue did.
    Queue,
    /// How the change stands to be merged.
    Merge,
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    pub id: Subject,
    pub kind: NodeKind,
    pub stage: Stage,
    pub verdict: Verdict,
    pub attention: Vec<Attention>,
    /// The facts; whoever shows the node makes words of them.
    pub detail: Detail,
    pub at: Option<Timestamp>,
    pub actor: Option<Login>,
    pub source: Source,
    /// The commit the fact is about.
    pub sha: Option<Sha>,
    /// Index of the attempt it belongs to.
    pub attempt: Option<usize>,
    pub url: Option<String>,
}

impl Node {
    /// Tells whether a reviewer should look: a verdict that is trouble, or something to note.
    pub fn wants_eyes(&self) -> bool {
        self.verdict.is_trouble() || !self.attention.is_empty()
    }
}

/// How two nodes belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// A test verifies a requirement.
    Verifies,
    /// A change or task answers a requirement.
    Implements,
}

/// A join between two nodes, with why it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    pub from: Subject,
    pub to: Subject,
    pub relation: Relation,
    /// In words: `annotation tests/capture.rs:77`, `same sha`.
    pub basis: String,
    pub class: LinkClass,
}

/// All nodes and edges of a change. Nodes stand in order of attempt, then time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Graph {
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
}

impl Graph {
    /// Finds a node.
    pub fn node(&self, id: &Subject) -> Option<&Node> {
        self.nodes.iter().find(|n| n.id == *id)
    }

    /// Iterates over the edges that leave a node.
    pub fn from(&self, id: &Subject) -> impl Iterator<Item = &Edge> {
        self.edges.iter().filter(move |e| e.from == *id)
    }
}
