//! Stages, verdicts, attention and trust: the words and glyphs of the honesty rules.

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// A stage of the way from intent to delivery, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Intent,
    Plan,
    Change,
    Verify,
    Secure,
    Review,
    Attest,
    Deliver,
}

impl Stage {
    /// All stages, in order; the index is the key that filters by it, less one.
    pub const ALL: [Self; 8] = [
        Self::Intent,
        Self::Plan,
        Self::Change,
        Self::Verify,
        Self::Secure,
        Self::Review,
        Self::Attest,
        Self::Deliver,
    ];

    /// Returns the English name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intent => "Intent",
            Self::Plan => "Plan",
            Self::Change => "Change",
            Self::Verify => "Verify",
            Self::Secure => "Secure",
            Self::Review => "Review",
            Self::Attest => "Attest",
            Self::Deliver => "Deliver",
        }
    }

    /// Returns the letter that stands for the stage in narrow columns.
    pub fn letter(self) -> char {
        self.name().chars().next().unwrap_or('?')
    }

    /// Returns the position in [`Stage::ALL`].
    pub fn index(self) -> usize {
        Self::ALL.iter().position(|s| *s == self).unwrap_or(0)
    }
}

/// What is known of one fact or stage. Unknown is never pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    Fail,
    Pending,
    /// Asked for and not there.
    Missing,
    /// Evidence of another head than the one on the screen.
    Stale,
    Waived,
    /// Could not be evaluated.
    Unknown,
    Tampered,
    NotApplicable,
}

impl Verdict {
    /// All verdicts.
    pub const ALL: [Self; 9] = [
        Self::Pass,
        Self::Fail,
        Self::Pending,
        Self::Missing,
        Self::Stale,
        Self::Waived,
        Self::Unknown,
        Self::Tampered,
        Self::NotApplicable,
    ];

    /// Returns the glyph; every glyph is one column wide but `x!`.
    pub fn glyph(self, ascii: bool) -> &'static str {
        match (self, ascii) {
            (Self::Pass, false) => "✓",
            (Self::Pass, true) => "+",
            (Self::Fail, false) => "✗",
            (Self::Fail, true) => "x",
            (Self::Pending, false) => "…",
            (Self::Pending, true) => ".",
            (Self::Missing, false) => "○",
            (Self::Missing, true) => "o",
            (Self::Stale, _) => "~",
            (Self::Waived, _) => "w",
            (Self::Unknown, _) => "?",
            (Self::Tampered, _) => "x!",
            (Self::NotApplicable, false) => "–",
            (Self::NotApplicable, true) => "-",
        }
    }

    /// Returns the word that stands beside the glyph, so that colour is never needed.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Pending => "pending",
            Self::Missing => "missing",
            Self::Stale => "stale",
            Self::Waived => "waived",
            Self::Unknown => "unknown",
            Self::Tampered => "tampered",
            Self::NotApplicable => "not applicable",
        }
    }

    /// Returns the theme role of the verdict.
    pub fn role(self) -> &'static str {
        match self {
            Self::Pass => "verdict.pass",
            Self::Fail => "verdict.fail",
            Self::Pending => "verdict.pending",
            Self::Missing => "verdict.missing",
            Self::Stale => "verdict.stale",
            Self::Waived => "verdict.waived",
            Self::Unknown => "verdict.unknown",
            Self::Tampered => "verdict.tampered",
            Self::NotApplicable => "verdict.na",
        }
    }

    /// How much a verdict weighs when several are folded into one: the heaviest wins, so that
    /// one failure is never hidden by passes and one unknown never reads as pass.
    pub fn weight(self) -> u8 {
        match self {
            Self::NotApplicable => 0,
            Self::Pass => 1,
            Self::Waived => 2,
            Self::Pending => 3,
            Self::Stale => 4,
            Self::Unknown => 5,
            Self::Missing => 6,
            Self::Fail => 7,
            Self::Tampered => 8,
        }
    }

    /// Folds several verdicts into the heaviest; none at all is missing.
    pub fn fold(verdicts: impl IntoIterator<Item = Self>) -> Self {
        verdicts
            .into_iter()
            .max_by_key(|v| v.weight())
            .unwrap_or(Self::Missing)
    }

    /// Tells whether somebody should look: failing, missing, tampered, stale or unknown.
    pub fn is_trouble(self) -> bool {
        self.weight() >= Self::Stale.weight()
    }
}

/// Something to look at that does not change the verdict.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attention {
    /// A check is green only after it was run again on the same commit.
    GreenByRerun,
    /// A check is green though its own result files hold failures.
    GreenWithFailures,
    /// A test's checks were weakened in an earlier or this attempt.
    TestWeakened,
    /// A test that failed was skipped or is gone in a later attempt.
    TestSkipped,
    /// A workflow, owner or scanner file was edited.
    GateChanged,
    /// A line that makes a checker look away was added.
    SuppressionAdded,
    /// Totals of a result file do not match its cases.
    TotalsDiffer,
    /// Known only from what the subject says of itself.
    SelfReported,
    /// An approval that cannot count.
    DoesNotCount,
    /// A newer one counts in its place: history.
    Superseded,
    /// It ended without a verdict, as skipped or neutral; the forge lets it satisfy what is required.
    Skipped,
    /// The requirement's text is changed by this change.
    RequirementChanged,
}

impl Attention {
    /// Returns the words a person reads; facts, never motives.
    pub fn words(&self) -> &'static str {
        match self {
            Self::GreenByRerun => "green by re-run",
            Self::GreenWithFailures => "green though its results hold failures",
            Self::TestWeakened => "test weakened",
            Self::TestSkipped => "failing test skipped or gone",
            Self::GateChanged => "gate changed",
            Self::SuppressionAdded => "suppression added",
            Self::TotalsDiffer => "file totals and cases differ",
            Self::SelfReported => "self-reported only",
            Self::DoesNotCount => "does not count",
            Self::Superseded => "superseded by a newer one",
            Self::Skipped => "required, and skipped",
            Self::RequirementChanged => "requirement changed here",
        }
    }
}

/// Who vouches for a fact, weakest first, so that `min` gives the weakest link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// The subject of the claim says so itself (a trailer, a transcript).
    SelfReported,
    /// Written in the repository, by whoever can push.
    Recorded,
    /// The forge says so.
    Forge,
}

impl Trust {
    /// Returns the words a person reads.
    pub fn words(self) -> &'static str {
        match self {
            Self::SelfReported => "self-reported",
            Self::Recorded => "recorded in the repository",
            Self::Forge => "forge",
        }
    }
}

/// Where a fact comes from and how old our copy is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Source {
    /// In words: `junit-unit.xml in run 884 try 1`, `tests/capture.rs:77 at d0c1e90`.
    pub what: String,
    pub trust: Trust,
    /// When it was fetched; absent for facts read from git objects, which do not age.
    pub fetched_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    // [verifies PL-HON-1]
    #[test]
    fn unknown_is_never_folded_into_pass() {
        assert_eq!(
            Verdict::fold([Verdict::Pass, Verdict::Unknown]),
            Verdict::Unknown
        );
        assert_eq!(
            Verdict::fold([Verdict::Pass, Verdict::Missing]),
            Verdict::Missing
        );
        assert_eq!(Verdict::fold([]), Verdict::Missing);
        assert_eq!(
            Verdict::fold([Verdict::NotApplicable, Verdict::Pass]),
            Verdict::Pass
        );
    }

    #[test]
    fn glyphs_and_words_are_distinct() {
        for ascii in [false, true] {
            let glyphs: std::collections::BTreeSet<_> =
                Verdict::ALL.iter().map(|v| v.glyph(ascii)).collect();
            assert_eq!(glyphs.len(), Verdict::ALL.len());
        }
    }
}
