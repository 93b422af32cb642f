//! Test results as every result format gives them: reports, cases, retries, totals.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Sha, Timestamp, Verdict, Word};

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
}

/// A repeated execution of a case inside one result file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    pub kind: RetryKind,
    pub message: String,
}

/// What tells a test from others of its name, where the name alone does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Apart {
    /// The workflow and event whose run made the results.
    Run,
    /// The artifact, without the number of a try.
    Artifact,
    /// The result file.
    Report,
    /// Host, project or browser of its suite.
    Leg,
    /// Names of the suites around it.
    Suite,
    /// The source file that the result names.
    File,
}

/// Identity of a test within a change: class and name joined by `::`, as the runner names it, and what
/// tells it from others of that name.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TestKey {
    pub name: String,
    /// Empty for most.
    pub apart: Vec<(Apart, String)>,
}

impl TestKey {
    /// A test whose name is that of no other.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            apart: Vec::new(),
        }
    }

    /// Joins class and name; a class that the name already starts with is not repeated.
    pub fn join(class: &str, name: &str) -> Self {
        if class.is_empty() || name.starts_with(class) {
            Self::named(name)
        } else if name.is_empty() {
            Self::named(class)
        } else {
            Self::named(format!("{class}::{name}"))
        }
    }

    /// Returns the last segment: the name of the test function in most runners.
    pub fn leaf(&self) -> &str {
        self.name.rsplit("::").next().unwrap_or(&self.name)
    }

    /// Returns the key for people: without the first segment where there are three or more,
    /// since that one is the package and the same on all rows.
    pub fn display(&self) -> String {
        let short = match self.name.split_once("::") {
            Some((_, rest)) if rest.contains("::") => rest,
            _ => &self.name,
        };
        format!("{short}{}", self.marks())
    }

    /// Returns what tells it apart, for people: ` (engine-a)`; nothing for most.
    fn marks(&self) -> String {
        let marks: Vec<&str> = self.apart.iter().map(|(_, word)| word.as_str()).collect();
        match marks.as_slice() {
            [] => String::new(),
            marks => format!(" ({})", marks.join(", ")),
        }
    }

    /// Tells whether `query` names this test: equal, or equal from some `::` boundary on.
    pub fn matches(&self, query: &str) -> bool {
        let from_boundary = |text: &str| {
            text == query
                || text
                    .strip_suffix(query)
                    .is_some_and(|front| front.ends_with("::"))
        };
        from_boundary(&self.name) || !self.apart.is_empty() && from_boundary(&self.to_string())
    }
}

impl fmt::Display for TestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name, self.marks())
    }
}

/// One test case of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestCase {
    pub class: Word,
    pub name: Word,
    /// Names of the suites around it, from the outermost on, joined by ` › `.
    pub suite: Word,
    /// Host, project or browser of its suite.
    pub leg: Word,
    pub outcome: Outcome,
    /// The failure's one-line message.
    pub message: Word,
    /// The failure's full text.
    pub text: Word,
    pub file: Option<Word>,
    pub line: Option<u64>,
    pub millis: Option<u64>,
    pub properties: Vec<(String, String)>,
    pub retries: Vec<Retry>,
}

impl TestCase {
    /// A case of which no more is known than its name and how it ended.
    pub fn named(class: &str, name: &str, outcome: Outcome) -> Self {
        Self {
            class: class.into(),
            name: name.into(),
            suite: Word::default(),
            leg: Word::default(),
            outcome,
            message: Word::default(),
            text: Word::default(),
            file: None,
            line: None,
            millis: None,
            properties: Vec::new(),
            retries: Vec::new(),
        }
    }

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

impl Totals {
    /// Cases that did not pass: failures and errors. Outsiders may count as high as they like.
    pub fn failed(&self) -> u64 {
        self.failures.saturating_add(self.errors)
    }
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
    /// The job whose log told it: then only what failed is known.
    #[serde(default)]
    pub job: Option<u64>,
    /// How the try was found: `only one try`, `made within the try's time`.
    pub try_basis: Option<String>,
    pub head: Sha,
    pub fetched_at: Option<Timestamp>,
}

impl ReportOrigin {
    /// A file of which is known only that it is of a commit.
    pub fn of_file(file: impl Into<String>, head: Sha) -> Self {
        Self {
            file: file.into(),
            artifact: None,
            artifact_name: None,
            run: None,
            run_try: None,
            job: None,
            try_basis: None,
            head,
            fetched_at: None,
        }
    }
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
    /// Cases of the file that could not be read, or were not kept.
    pub unread: u64,
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
            unread: self.unread,
            refused: None,
        }
    }
}

fn differ(declared: &Totals, counted: &Totals) -> bool {
    declared.tests != counted.tests || declared.failed() != counted.failed()
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
    /// Cases of the file that could not be read, or were not kept.
    pub unread: u64,
    /// Why nothing of the file could be read.
    pub refused: Option<String>,
}

impl TestReport {
    /// A file of which nothing could be read.
    pub fn refused(origin: ReportOrigin, why: impl Into<String>) -> Self {
        Self {
            origin,
            cases: Vec::new(),
            declared: Totals::default(),
            counted: Totals::default(),
            unread: 0,
            refused: Some(why.into()),
        }
    }

    /// Cases that the file counts and does not show, or that were not read: any of them may have failed.
    pub fn unknown_cases(&self) -> u64 {
        let hidden = self.declared.tests.saturating_sub(self.counted.tests);
        self.unread.max(hidden)
    }

    /// Failures that the file counts and none of its cases shows.
    pub fn hidden_failures(&self) -> u64 {
        self.declared.failed().saturating_sub(self.counted.failed())
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
        for query in [
            "retry_same_key",
            "capture::retry_same_key",
            key.name.as_str(),
        ] {
            assert!(key.matches(query), "{query}");
        }
        assert!(!key.matches("same_key"));
        let of_leg = TestKey {
            apart: vec![(Apart::Leg, "engine-a".to_owned())],
            ..key.clone()
        };
        for query in ["retry_same_key", "retry_same_key (engine-a)"] {
            assert!(of_leg.matches(query), "{query}");
        }
        assert!(!of_leg.matches("retry_same_key (engine-b)"));
        assert_eq!(of_leg.display(), "capture::retry_same_key (engine-a)");
        assert_eq!(key.leaf(), "retry_same_key");
    }
}
