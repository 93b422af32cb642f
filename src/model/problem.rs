//! Things that could not be read, with where and what to do: shown, never swallowed.

use serde::{Deserialize, Serialize};

/// How much a problem matters for what is on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// One item or file could not be read; the rest stands.
    Warning,
    /// A whole part is unknown because of it.
    Error,
}

/// One thing that could not be read or done.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Problem {
    pub severity: Severity,
    /// The file, request or record, with a line where there is one.
    pub place: String,
    /// What is wrong, in one sentence without a full stop.
    pub what: String,
    /// What to do next, where something can be done.
    pub hint: Option<String>,
}

impl Problem {
    /// Builds a problem without a hint.
    pub fn new(severity: Severity, place: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            severity,
            place: place.into(),
            what: what.into(),
            hint: None,
        }
    }

    /// Builds a warning.
    pub fn warning(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(Severity::Warning, place, what)
    }

    /// Builds an error.
    pub fn error(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(Severity::Error, place, what)
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
