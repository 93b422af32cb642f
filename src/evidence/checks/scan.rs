//! What is a security scan: told by the tool that reports, never by a part of a job's name.

use super::{Check, Producer};
use crate::model::{Stage, Verdict};

/// Apps that scan (their slugs, as the forge writes them).
const APPS: [&str; 8] = [
    CODE_SCANNING,
    "snyk-io",
    "semgrep-app",
    "semgrep-code",
    "sonarqubecloud",
    "sonarcloud",
    "gitguardian",
    "socket-security",
];

/// The app under which code scanning reports.
const CODE_SCANNING: &str = "github-advanced-security";

impl Check {
    /// Tells whether it is the forge's own word on its alerts.
    pub fn is_code_scanning(&self) -> bool {
        matches!(&self.producer, Producer::App { slug: Some(slug), .. } if slug == CODE_SCANNING)
    }
}

/// Contexts of statuses by which scanners without an app report; what follows in brackets is the
/// name of the project there.
const CONTEXTS: [&str; 2] = ["security/snyk", "code/snyk"];

fn is_scan(check: &Check) -> bool {
    match &check.producer {
        Producer::App { slug, .. } => slug.as_deref().is_some_and(|slug| APPS.contains(&slug)),
        Producer::Status { .. } => {
            let bare = check.context.split(" (").next().unwrap_or(&check.context);
            CONTEXTS.contains(&bare)
        }
        // That a job scanned is told by its report or analysis, not by what it is called.
        Producer::Actions { .. } => false,
    }
}

/// Puts scans into their stage. One that ended neutral did not come to a verdict: what the change
/// brings is not known.
pub(super) fn judge(check: &mut Check) {
    if !is_scan(check) {
        return;
    }
    check.stage = Stage::Secure;
    if check.verdict == Verdict::NotApplicable && check.word == "neutral" {
        check.verdict = Verdict::Unknown;
    }
}
