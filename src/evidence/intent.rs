//! Which requirements and tasks authorised the change: ids named in the description, in the issues
//! it closes, in commits, in the specs it edits.

use serde::{Deserialize, Serialize};

use super::links::specs_at;
use crate::model::{ChangeFacts, ReqId, Requirement, Sha, Trust};

/// Where a change says that it answers a requirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "in", content = "of")]
pub enum IntentBasis {
    /// Its title or description names it.
    Description,
    /// An issue that it answers names it.
    Issue(u64),
    /// A message of a commit names it.
    Commit(Sha),
    /// It adds the requirement to this file.
    Added(String),
    /// It edits the requirement in this file.
    Edited(String),
}

/// A requirement that the change names as its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntentLink {
    pub req: ReqId,
    pub basis: IntentBasis,
    pub trust: Trust,
}

/// What a change did to a requirement's own text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SpecEdit {
    Added,
    Changed {
        old: String,
        new: String,
        loosened: bool,
    },
}

/// Finds the requirements that the change names.
pub fn build(facts: &ChangeFacts) -> Vec<IntentLink> {
    let specs = specs_at(facts, &facts.pr.head_sha);
    let mut found: Vec<IntentLink> = Vec::new();
    for req in specs.iter().filter(|r| r.parent.is_none()) {
        let id = req.id.as_str();
        let basis = if names(&facts.pr.body, id) || names(&facts.pr.title, id) {
            Some((IntentBasis::Description, Trust::SelfReported))
        } else if let Some(issue) = facts
            .issues
            .iter()
            .find(|i| names(&i.body, id) || names(&i.title, id))
        {
            Some((IntentBasis::Issue(issue.number), Trust::Forge))
        } else if let Some(commit) = facts.commits.iter().find(|c| names(&c.message, id)) {
            Some((IntentBasis::Commit(commit.sha.clone()), Trust::Recorded))
        } else if let Some(edit) = spec_edit(facts, req) {
            let file = req.file.clone();
            let basis = match edit {
                SpecEdit::Added => IntentBasis::Added(file),
                SpecEdit::Changed { .. } => IntentBasis::Edited(file),
            };
            Some((basis, Trust::Recorded))
        } else {
            None
        };
        if let Some((basis, trust)) = basis {
            found.push(IntentLink {
                req: req.id.clone(),
                basis,
                trust,
            });
        }
    }
    found
}

/// Tells whether a text names an id as a whole word.
pub fn names(text: &str, id: &str) -> bool {
    text.match_indices(id).any(|(at, _)| {
        let before = text.get(..at).and_then(|f| f.chars().next_back());
        let after = text.get(at + id.len()..).and_then(|f| f.chars().next());
        let joins = |c: char| c.is_alphanumeric() || c == '_';
        !before.is_some_and(|c| joins(c) || c == '-') && !after.is_some_and(joins)
    })
}

/// Words that demand, weakest last (RFC 2119).
const DEMANDS: &[(&str, u8)] = &[
    ("SHALL", 3),
    ("MUST", 3),
    ("REQUIRED", 3),
    ("SHOULD", 2),
    ("RECOMMENDED", 2),
    ("MAY", 1),
    ("OPTIONAL", 1),
];

fn demand(text: &str) -> Option<u8> {
    let upper = text.to_uppercase();
    upper
        .split(|c: char| !c.is_alphabetic())
        .filter_map(|w| DEMANDS.iter().find(|(d, _)| *d == w).map(|(_, n)| *n))
        .min()
}

/// Compares a requirement at the head with the same id at the merge base.
pub fn spec_edit(facts: &ChangeFacts, req: &Requirement) -> Option<SpecEdit> {
    let base = facts.git.specs.get(facts.git.merge_base.as_ref()?)?;
    match base.iter().find(|r| r.id == req.id) {
        None => Some(SpecEdit::Added),
        Some(old) if old.text == req.text && old.title == req.title => None,
        Some(old) => {
            let loosened = match (demand(&old.text), demand(&req.text)) {
                (Some(before), Some(now)) => now < before,
                (Some(_), None) => true,
                _ => false,
            };
            Some(SpecEdit::Changed {
                old: old.text.clone(),
                new: req.text.clone(),
                loosened,
            })
        }
    }
}

/// Finds the requirements of the merge base that are gone at the head.
pub fn removed(facts: &ChangeFacts) -> Vec<&Requirement> {
    let Some(base) = facts
        .git
        .merge_base
        .as_ref()
        .and_then(|b| facts.git.specs.get(b))
    else {
        return Vec::new();
    };
    let Some(head) = facts.git.specs.get(&facts.pr.head_sha) else {
        return Vec::new();
    };
    base.iter()
        .filter(|old| !head.iter().any(|new| new.id == old.id))
        .collect()
}
