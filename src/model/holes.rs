//! What a part lacks: each hole with its kind, so that nobody reads it out of a sentence. The kind
//! says whether it is asked for again, and whether anything may be concluded from what is not there.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why something is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoleKind {
    /// A request failed, and may not fail again.
    Again,
    /// The forge refused it, or does not have it.
    Refused,
    /// A limit of ours left it out.
    LeftOut,
    /// It came and was not understood.
    Unread,
    /// It has not ended yet.
    Running,
    /// Something of an earlier head, of which the verdicts of the head do not depend.
    History,
    /// Something that explains a verdict and is none, such as annotations.
    Detail,
}

impl HoleKind {
    /// Tells whether there may be evidence in it that speaks against what is seen.
    pub fn hides(self) -> bool {
        match self {
            Self::Again | Self::Refused | Self::LeftOut | Self::Unread => true,
            Self::Running | Self::History | Self::Detail => false,
        }
    }
}

/// Something that is not there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hole {
    pub kind: HoleKind,
    /// For people: what, and why.
    pub what: String,
}

impl Hole {
    /// Builds a hole.
    pub fn new(kind: HoleKind, what: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
        }
    }
}

impl fmt::Display for Hole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match self.kind {
            HoleKind::Again => f.write_str(" (asked again on the next sync)"),
            _ => Ok(()),
        }
    }
}

/// Whether a part is all there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "why")]
pub enum PartState {
    /// Fetched whole.
    Complete,
    /// Some of it is here; the holes say what is missing and why.
    Partial(Vec<Hole>),
    /// The query failed; what is here, if anything, is from before.
    Failed(Hole),
    /// This kind of change has no such part (a local range has no reviews).
    Absent(String),
    /// Never asked for.
    NotFetched,
}

impl PartState {
    /// Returns the state of what was read with some holes, or none.
    pub fn of(holes: Vec<Hole>) -> Self {
        if holes.is_empty() {
            Self::Complete
        } else {
            Self::Partial(holes)
        }
    }

    /// Says what is missing and why, where something is.
    pub fn words(&self) -> Option<String> {
        match self {
            Self::Complete => None,
            Self::Partial(holes) => {
                let words: Vec<String> = holes.iter().map(Hole::to_string).collect();
                Some(words.join("; "))
            }
            Self::Failed(hole) => Some(hole.to_string()),
            Self::Absent(why) => Some(why.clone()),
            Self::NotFetched => Some("not fetched yet".to_owned()),
        }
    }

    /// Says why the part may lack something that the forge has: nothing may be concluded from what is
    /// not in it. What has merely not ended is no such hole.
    pub fn hole(&self) -> Option<&str> {
        match self {
            Self::Complete | Self::Absent(_) => None,
            Self::NotFetched => Some("not fetched yet"),
            Self::Failed(hole) => Some(&hole.what),
            Self::Partial(holes) => {
                let hiding = holes.iter().find(|h| h.kind.hides());
                hiding.map(|h| h.what.as_str())
            }
        }
    }

    /// Tells whether a hole of a kind is among what is missing.
    pub fn has(&self, kind: HoleKind) -> bool {
        match self {
            Self::Partial(holes) => holes.iter().any(|h| h.kind == kind),
            Self::Failed(hole) => hole.kind == kind,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // [verifies PL-HON-1]
    #[test]
    fn what_may_hide_something_is_a_hole() {
        use HoleKind as K;
        let table = [
            (vec![], None),
            (vec![K::Running], None),
            (vec![K::Detail, K::History], None),
            (vec![K::Running, K::LeftOut], Some("LeftOut")),
            (vec![K::Again], Some("Again")),
            (vec![K::Detail, K::Unread], Some("Unread")),
            (vec![K::Refused], Some("Refused")),
        ];
        for (kinds, hole) in table {
            let holes = kinds.iter().map(|k| Hole::new(*k, format!("{k:?}")));
            assert_eq!(PartState::of(holes.collect()).hole(), hole, "{kinds:?}");
        }
        let failed = PartState::Failed(Hole::new(K::Refused, "no"));
        assert_eq!(failed.hole(), Some("no"));
        assert_eq!(PartState::NotFetched.hole(), Some("not fetched yet"));
        assert_eq!(PartState::Absent("off".to_owned()).hole(), None);
    }
}
