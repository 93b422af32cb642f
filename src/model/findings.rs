//! What scanners said: analyses with their reports, code-scanning alerts, secrets, vulnerable
//! dependencies, dependency changes.

use serde::{Deserialize, Serialize};

use super::{Actor, Digest, Sha, Timestamp};

/// Who closed an alert, why and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dismissal {
    pub by: Option<Actor>,
    pub at: Option<Timestamp>,
    pub reason: String,
    pub comment: String,
    /// Who allowed it, where the forge asks for that.
    pub approved_by: Option<Actor>,
}

/// A code-scanning alert (`code-scanning/list-alerts-for-repo`) with its newest instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    pub number: u64,
    pub rule: String,
    pub description: String,
    /// `security_severity_level`, else the rule's own severity.
    pub severity: String,
    pub tool: String,
    /// `open`, `dismissed` or `fixed`; other words are kept.
    pub state: String,
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    pub fixed_at: Option<Timestamp>,
    pub dismissal: Option<Dismissal>,
    pub path: String,
    pub line: Option<u64>,
    pub message: String,
    pub commit: Option<Sha>,
    pub git_ref: String,
    pub url: String,
}

impl Alert {
    /// Tells whether a result of a report is this alert: the upload it came from told the forge.
    pub fn tells_of(&self, tool: &str, result: &ScanResult) -> bool {
        let may_be_one = |a: Option<u64>, b: Option<u64>| a.is_none() || b.is_none() || a == b;
        self.tool == tool
            && self.rule == result.rule
            && self.path == result.path
            && may_be_one(self.line, result.line)
    }
}

/// A secret that was found (`secret-scanning/list-alerts-for-repo`). Never the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretAlert {
    pub number: u64,
    pub kind: String,
    pub state: String,
    pub resolution: Option<String>,
    pub resolved_by: Option<Actor>,
    pub created_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    pub push_protection_bypassed: bool,
}

/// A vulnerable dependency (`dependabot/list-alerts-for-repo`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DependencyAlert {
    pub number: u64,
    pub package: String,
    pub ecosystem: String,
    pub manifest: String,
    pub severity: String,
    pub advisory: String,
    pub summary: String,
    pub state: String,
    pub created_at: Option<Timestamp>,
    pub fixed_at: Option<Timestamp>,
    pub dismissal: Option<Dismissal>,
}

/// A dependency that a change adds or removes (`dependency-graph/diff-range`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DependencyChange {
    /// `added` or `removed`.
    pub change: String,
    pub manifest: String,
    pub ecosystem: String,
    pub name: String,
    pub version: String,
    pub license: Option<String>,
    /// `GHSA-…: severity: summary`.
    pub vulnerabilities: Vec<String>,
}

/// An upload of a scanner (`code-scanning/list-recent-analyses`): that it looked, at which commit,
/// and how much it found. Without one, "no alert" means nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Analysis {
    pub id: u64,
    pub tool: String,
    pub version: Option<String>,
    /// Tells several analyses by the same tool apart.
    pub category: String,
    pub commit: Option<Sha>,
    pub git_ref: String,
    pub created_at: Option<Timestamp>,
    pub results: u64,
    pub rules: u64,
    /// What went wrong; empty where nothing did.
    pub error: String,
    pub warning: String,
    /// The SARIF report, where it was fetched.
    pub report: Option<Digest>,
}

/// A run of a scanner as its SARIF report tells it (SARIF 2.1.0 §3.14).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanReport {
    /// The file and which of its runs.
    pub file: String,
    /// Which of the scans of a commit it is, the same from commit to commit: category of an analysis,
    /// name of an artifact and file in it, with the number of the run in the file.
    #[serde(default)]
    pub series: String,
    /// The upload to code scanning that this is the report of: its results are told by alerts.
    #[serde(default)]
    pub analysis: Option<u64>,
    /// The commit that was looked at, where it is known.
    #[serde(default)]
    pub head: Option<Sha>,
    pub tool: String,
    pub version: Option<String>,
    pub rules: u64,
    /// Ids of the rules that it lists; empty where it lists none.
    #[serde(default)]
    pub rule_ids: Vec<String>,
    /// Whether it says that it looked: a report without a list of results does not.
    pub looked: bool,
    /// Whether it says of itself that it failed.
    pub failed: bool,
    /// It cannot be read: what it holds is not known.
    #[serde(default)]
    pub unread: bool,
    pub results: Vec<ScanResult>,
    /// Results that could not be read, or were too many.
    pub left_out: u64,
    /// Results that stand in the report, those included that say that something is gone.
    #[serde(default)]
    pub listed: u64,
}

/// One finding of a report (SARIF 2.1.0 §3.27).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanResult {
    pub rule: String,
    /// `error`, `warning`, `note` or `none`.
    pub level: String,
    pub message: String,
    pub path: String,
    pub line: Option<u64>,
    /// What stays the same from scan to scan.
    pub fingerprint: Option<String>,
    /// Who suppressed it and why, where somebody did.
    pub suppressed: Option<String>,
    /// Whether the tool could not decide, and a person has to.
    #[serde(default)]
    pub open: bool,
    /// How bad it is for security, in tenths of CVSS from 0 to 100 (`security-severity`), where the rule
    /// or the result says.
    #[serde(default)]
    pub security: Option<u32>,
}

/// From here on a security severity is medium, as the forge has it.
const MEDIUM: u32 = 40;

impl ScanResult {
    /// Tells whether it speaks against a change: a note is worth reading and does not, unless it is bad
    /// for security; what is suppressed does not.
    pub fn speaks_against(&self) -> bool {
        let is_note = matches!(self.level.as_str(), "note" | "none");
        let is_bad = self.security.is_some_and(|s| s >= MEDIUM);
        self.suppressed.is_none() && (!is_note || is_bad)
    }

    /// Tells whether nobody has decided yet if it speaks against the change.
    pub fn is_undecided(&self) -> bool {
        self.open && self.suppressed.is_none() && !self.speaks_against()
    }
}
