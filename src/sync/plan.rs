//! Which parts of a change to ask for, in which order: pure.

use crate::model::{PartName, PartState, Timestamp};

/// Stands in the words of a part that is partial since something has not ended.
pub const RUNNING: &str = "still running";
/// Ends the words of a part that is partial since a request failed, and may not fail again.
pub const AGAIN: &str = " (asked again on the next sync)";

/// What the cache knows of one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub updated_at: Timestamp,
    /// `updated_at` when the evidence was last complete.
    pub synced_for: Option<Timestamp>,
    pub parts: Vec<(PartName, PartState)>,
    /// Some check has not ended.
    pub pending: bool,
}

/// Why a change is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A person looks at it.
    Asked,
    /// The forge says that it changed.
    Changed,
    /// Its checks have not ended.
    Pending,
    /// It was never complete.
    Incomplete,
}

impl Reason {
    /// Returns the words a person reads.
    pub fn words(self) -> &'static str {
        match self {
            Self::Asked => "asked for",
            Self::Changed => "changed on the forge",
            Self::Pending => "checks are pending",
            Self::Incomplete => "not complete yet",
        }
    }
}

/// Says whether a change must be asked for, and why. Nothing new and nothing missing: no.
pub fn reason(known: &Known, asked: bool) -> Option<Reason> {
    let whole = PartName::ALL.iter().all(|name| {
        known.parts.iter().any(|(n, state)| {
            n == name
                && match state {
                    PartState::Complete | PartState::Absent(_) => true,
                    PartState::Partial(why) => !why.ends_with(AGAIN),
                    PartState::Failed(_) | PartState::NotFetched => false,
                }
        })
    });
    match known.synced_for {
        _ if asked => Some(Reason::Asked),
        None => Some(Reason::Incomplete),
        Some(at) if at < known.updated_at => Some(Reason::Changed),
        Some(_) if known.pending => Some(Reason::Pending),
        Some(_) if !whole => Some(Reason::Incomplete),
        Some(_) => None,
    }
}

/// Orders changes for sync: asked for, changed, pending, incomplete; within one reason the newest
/// first. Open changes come before closed ones.
pub fn order<T>(mut items: Vec<(Reason, bool, Timestamp, T)>) -> Vec<(Reason, T)> {
    items.sort_by_key(|(reason, open, at, _)| (*reason, !*open, std::cmp::Reverse(*at)));
    items
        .into_iter()
        .map(|(reason, _, _, item)| (reason, item))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(synced: Option<i64>, complete: bool, pending: bool) -> Known {
        let state = if complete {
            PartState::Complete
        } else {
            PartState::Failed("x".into())
        };
        Known {
            updated_at: Timestamp(100),
            synced_for: synced.map(Timestamp),
            parts: PartName::ALL.iter().map(|n| (*n, state.clone())).collect(),
            pending,
        }
    }

    #[test]
    fn a_change_is_asked_for_only_where_there_is_something_to_learn() {
        assert_eq!(reason(&known(Some(100), true, false), false), None);
        assert_eq!(
            reason(&known(Some(100), true, false), true),
            Some(Reason::Asked)
        );
        assert_eq!(
            reason(&known(Some(99), true, false), false),
            Some(Reason::Changed)
        );
        assert_eq!(
            reason(&known(Some(100), true, true), false),
            Some(Reason::Pending)
        );
        assert_eq!(
            reason(&known(Some(100), false, false), false),
            Some(Reason::Incomplete)
        );
        assert_eq!(
            reason(&known(None, true, false), false),
            Some(Reason::Incomplete)
        );
    }

    #[test]
    fn what_a_person_looks_at_comes_first() {
        let items = vec![
            (Reason::Incomplete, true, Timestamp(9), "old"),
            (Reason::Changed, false, Timestamp(9), "closed"),
            (Reason::Changed, true, Timestamp(5), "open"),
            (Reason::Asked, true, Timestamp(1), "asked"),
        ];
        let names: Vec<_> = order(items).into_iter().map(|(_, n)| n).collect();
        assert_eq!(names, ["asked", "open", "closed", "old"]);
    }
}
