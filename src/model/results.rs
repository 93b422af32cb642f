//! Test results as every result format gives them: reports, cases, retries, totals.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Sha, Timestamp, Verdict};

/// How one test case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Passed,
    Skipped,
    /// Switched off in the suite (`status="disabled"`).
    Disabled,
    Failed,
    /// Broke before or outside its assertion.
    Error,
}

impl Outcome {
    /// Returns the verdict of the outcome. A skipped test shows nothing about its subject.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Passed => Verdict::Pass,
            Self::Failed | Self::Error => Verdict::Fail,
            Self::Skipped | Self::Disabled => Verdict::Missing,
        }
    }

    /// Tells whether the test ran and did not hold.
    pub fn failed(self) -> bool {
        matches!(self, Self::Failed | Self::Error)
    }

    /// Tells whether the test did not run.
    pub fn not_run(self) -> bool {
        matches!(self, Self::Skipped | Self::Disabled)
    }

    /// Returns the word a person reads.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Skipped => "skipped",
            Self::Disabled => "disabled",
            Self::Failed => "failed",
            Self::Error => "error",
        }
    }
}

/// Which of the dialects' four ways a repeated execution inside one file was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryKind {
    FlakyFailure,
    FlakyError,
    RerunFailure,
    RerunError,
    /// The same case stands twice in one file, with different outcomes.
    DuplicateCase,
}

/// A repeated execution of a case inside one result file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    pub kind: RetryKind,
    pub message: String,
}

/// Identity of a test across reports: class and name joined by `::`, as the runner names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TestKey(pub String);

impl TestKey {
    /// Joins class and name; a class that the name already starts with is not repeated.
    pub fn join(class: &str, name: &str) -> Self {
        if class.is_empty() || name.starts_with(class) {
            Self(name.to_owned())
        } else if name.is_empty() {
            Self(class.to_owned())
        } else {
            Self(format!("{class}::{name}"))
        }
    }

    /// Returns the last segment: the name of the test function in most runners.
    pub fn leaf(&self) -> &str {
        self.0.rsplit("::").next().unwrap_or(&self.0)
    }

    /// Returns the key for people: without the first segment where there are three or more,
    /// since that one is the package and the same on all rows.
    pub fn display(&self) -> &str {
        match self.0.split_once("::") {
            Some((_, rest)) if rest.contains("::") => rest,
            _ => &self.0,
        }
    }

    /// Tells whether `query` names this test: equal, or equal from some `::` boundary on.
    pub fn matches(&self, query: &str) -> bool {
        self.0 == query
            || self
                .0
                .strip_suffix(query)
                .is_some_and(|front| front.ends_with("::"))
    }
}

impl fmt::Display for TestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One test case of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestCase {
    pub class: String,
    pub name: String,
    pub suite: String,
    pub outcome: Outcome,
    /// The failure's one-line message.
    pub message: String,
    /// The failure's full text.
    pub text: String,
    pub file: Option<String>,
    pub line: Option<u64>,
    pub millis: Option<u64>,
    pub properties: Vec<(String, String)>,
    pub retries: Vec<Retry>,
}

impl TestCase {
    /// Returns the identity of the case.
    pub fn key(&self) -> TestKey {
        TestKey::join(&self.class, &self.name)
    }
}

/// Counts of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub tests: u64,
    pub failures: u64,
    pub errors: u64,
    pub skipped: u64,
}

/// Where a report was found.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReportOrigin {
    /// File name inside its artifact, or its path.
    pub file: String,
    pub artifact: Option<u64>,
    pub artifact_name: Option<String>,
    pub run: Option<u64>,
    /// The try of the run that made it.
    pub run_try: Option<u64>,
    /// How the try was found: `only one try`, `made within the try's time`.
    pub try_basis: Option<String>,
    pub head: Sha,
    pub fetched_at: Option<Timestamp>,
}

/// What a result file says, wherever it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestContent {
    #[serde(with = "super::cases")]
    pub cases: Vec<TestCase>,
    /// What the file's own attributes say.
    pub declared: Totals,
    /// What its cases add up to.
    pub counted: Totals,
}

impl TestContent {
    /// Tells whether the file's own totals contradict its cases.
    pub fn totals_differ(&self) -> bool {
        differ(&self.declared, &self.counted)
    }

    /// Returns it as the report that it is at a place.
    pub fn of(self, origin: ReportOrigin) -> TestReport {
        TestReport {
            origin,
            cases: self.cases,
            declared: self.declared,
            counted: self.counted,
        }
    }
}

fn differ(declared: &Totals, counted: &Totals) -> bool {
    let failed = |t: &Totals| t.failures + t.errors;
    declared.tests != counted.tests || failed(declared) != failed(counted)
}

/// One result file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestReport {
    pub origin: ReportOrigin,
    pub cases: Vec<TestCase>,
    /// What the file's own attributes say.
    pub declared: Totals,
    /// What its cases add up to.
    pub counted: Totals,
}

impl TestReport {
    /// Failures that the file counts and none of its cases shows.
    pub fn hidden_failures(&self) -> u64 {
        let all = |t: &Totals| t.failures + t.errors;
        all(&self.declared).saturating_sub(all(&self.counted))
    }

    /// Tells whether the file's own totals contradict its cases.
    pub fn totals_differ(&self) -> bool {
        differ(&self.declared, &self.counted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_found_by_any_suffix_on_a_boundary() {
        let key = TestKey::join("payments::capture", "retry_same_key");
        assert_eq!(key.display(), "capture::retry_same_key");
        for query in ["retry_same_key", "capture::retry_same_key", key.0.as_str()] {
            assert!(key.matches(query), "{query}");
        }
        assert!(!key.matches("same_key"));
        assert_eq!(key.leaf(), "retry_same_key");
    }
}
