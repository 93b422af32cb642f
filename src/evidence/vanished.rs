//! What became of findings of earlier attempts that the head no longer shows. A finding is fixed only
//! where the scan that found it looked again, whole, with the rule that found it; else nobody looked.

use serde::{Deserialize, Serialize};

use super::{
    Check,
    attempts::Attempt,
    checks::{Producer, takes_the_place},
};
use crate::model::{ChangeFacts, PartName, ScanReport, ScanResult, Sha, Stage, Verdict};
use crate::text;

/// What became of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyGone {
    /// The same scan looked again and does not find it.
    Fixed,
    /// No report of the scan is known at the head.
    NotScanned,
    /// The scan says at the head that it failed, or its report was not read whole.
    ScanFailed,
    /// The scan ran at the head without the rule.
    RuleNotRun,
}

impl WhyGone {
    /// What it says of the head: that nothing was found is no pass of its own.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Fixed => Verdict::NotApplicable,
            Self::NotScanned | Self::ScanFailed | Self::RuleNotRun => Verdict::Unknown,
        }
    }
}

/// A finding of an earlier attempt that the head does not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VanishedFinding {
    /// Index of the newest attempt that shows it.
    pub seen_in: usize,
    pub tool: String,
    pub rule: String,
    pub fingerprint: String,
    pub says: String,
    pub path: String,
    pub line: Option<u64>,
    pub why: WhyGone,
    /// The part of the change that tells of it.
    pub part: PartName,
}

/// Tells whether two results may be the same finding. Without fingerprints on both sides the place in
/// the file is all there is, and lines move: any finding of the rule in the file may be it.
fn may_be_same(a: &ScanResult, b: &ScanResult) -> bool {
    if a.rule != b.rule {
        return false;
    }
    match (&a.fingerprint, &b.fingerprint) {
        (Some(a), Some(b)) => a == b,
        _ => a.path == b.path,
    }
}

/// What stands for a fingerprint where the producer gave none.
pub(super) fn fingerprint_of(path: &str, line: Option<u64>, message: &str) -> String {
    let at = text::place(path, line.unwrap_or_default());
    super::detail::text(&format!("{at}\n{message}"))
}

/// Judges a result of an earlier report by the reports of the head; `None` where it is still found.
fn why_gone(report: &ScanReport, result: &ScanResult, now: &[&ScanReport]) -> Option<WhyGone> {
    let of_tool = |r: &&&ScanReport| r.tool == report.tool;
    let mut all = now.iter().filter(of_tool).flat_map(|r| &r.results);
    if all.any(|r| may_be_same(r, result)) {
        return None;
    }
    let same: Vec<&&ScanReport> = now
        .iter()
        .filter(of_tool)
        .filter(|r| r.series == report.series)
        .collect();
    if same.is_empty() {
        return Some(WhyGone::NotScanned);
    }
    let whole = |r: &&&&ScanReport| r.looked && !r.failed && r.left_out == 0;
    let ran: Vec<_> = same.iter().filter(whole).collect();
    if ran.is_empty() {
        return Some(WhyGone::ScanFailed);
    }
    let has_rule = |r: &&&&ScanReport| r.rule_ids.is_empty() || r.rule_ids.contains(&result.rule);
    Some(if ran.into_iter().any(|r| has_rule(&r)) {
        WhyGone::Fixed
    } else {
        WhyGone::RuleNotRun
    })
}

/// Finds what the reports of earlier attempts found and the head does not show.
fn of_reports(facts: &ChangeFacts, attempts: &[Attempt], head: &Sha) -> Vec<VanishedFinding> {
    let at = |sha: &Sha| -> Vec<&ScanReport> {
        let of_sha = |r: &&ScanReport| r.head.as_ref() == Some(sha);
        facts.scans.iter().filter(of_sha).collect()
    };
    let now = at(head);
    let mut found: Vec<VanishedFinding> = Vec::new();
    for (seen_in, attempt) in attempts.iter().enumerate().rev() {
        if attempt.head == *head {
            continue;
        }
        for report in at(&attempt.head) {
            for result in report.results.iter().filter(|r| r.speaks_against()) {
                // The forge tells what became of its alerts.
                let mut alerts = facts.alerts.iter();
                let told = alerts.any(|a| a.tells_of(&report.tool, result));
                let Some(why) = why_gone(report, result, &now).filter(|_| !told) else {
                    continue;
                };
                let fingerprint = result
                    .fingerprint
                    .clone()
                    .unwrap_or_else(|| fingerprint_of(&result.path, result.line, &result.message));
                let gone = VanishedFinding {
                    seen_in,
                    tool: report.tool.clone(),
                    rule: result.rule.clone(),
                    fingerprint,
                    says: result.message.lines().next().unwrap_or("").to_owned(),
                    path: result.path.clone(),
                    line: result.line,
                    why,
                    part: PartName::Results,
                };
                add(&mut found, gone);
            }
        }
    }
    found
}

/// Finds what checks that scan annotated at earlier heads, where no such check came to an end at this
/// one: a check that did tells by its own verdict.
fn of_checks(
    facts: &ChangeFacts,
    checks: &[Check],
    attempts: &[Attempt],
    head: &Sha,
) -> Vec<VanishedFinding> {
    let is_same = |a: &Check, b: &Check| {
        a.context == b.context
            && match (&a.producer, &b.producer) {
                (Producer::App { id: a, .. }, Producer::App { id: b, .. }) => a == b,
                (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
            }
    };
    let ended_now = |check: &Check| {
        let mut now = checks.iter().filter(|c| c.head == *head);
        now.any(|c| is_same(c, check) && takes_the_place(c.verdict))
    };
    let mut found: Vec<VanishedFinding> = Vec::new();
    for (seen_in, attempt) in attempts.iter().enumerate().rev() {
        let of_attempt = |c: &&Check| c.head == attempt.head && attempt.head != *head;
        let failed = |c: &&Check| c.stage == Stage::Secure && c.verdict == Verdict::Fail;
        let gone = |c: &&Check| !c.is_superseded() && !ended_now(c);
        for check in checks.iter().filter(of_attempt).filter(failed).filter(gone) {
            // The forge tells what became of its alerts.
            let told = |path: &str| {
                check.is_code_scanning() && facts.alerts.iter().any(|a| a.path == path)
            };
            for note in check.annotations.iter().filter(|n| !told(&n.path)) {
                let gone = VanishedFinding {
                    seen_in,
                    tool: check.context.clone(),
                    rule: note.title.clone(),
                    fingerprint: fingerprint_of(&note.path, note.line, &note.message),
                    says: note.message.lines().next().unwrap_or("").to_owned(),
                    path: note.path.clone(),
                    line: note.line,
                    why: WhyGone::NotScanned,
                    part: PartName::Checks,
                };
                add(&mut found, gone);
            }
        }
    }
    found
}

/// Keeps the newest sight of each.
fn add(found: &mut Vec<VanishedFinding>, gone: VanishedFinding) {
    let is_same = |f: &VanishedFinding| {
        f.tool == gone.tool && f.rule == gone.rule && f.fingerprint == gone.fingerprint
    };
    if !found.iter().any(is_same) {
        found.push(gone);
    }
}

/// Finds the findings of earlier attempts that the head does not show, and what became of each.
pub fn at_head(
    facts: &ChangeFacts,
    attempts: &[Attempt],
    checks: &[Check],
) -> Vec<VanishedFinding> {
    let head = &facts.pr.head_sha;
    let mut found = of_reports(facts, attempts, head);
    for gone in of_checks(facts, checks, attempts, head) {
        add(&mut found, gone);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Annotation, CheckRun, samples};

    fn report(series: &str, rules: &[&str], results: &[(&str, &str, Option<&str>)]) -> ScanReport {
        let result = |(rule, path, print): &(&str, &str, Option<&str>)| ScanResult {
            line: Some(3),
            ..samples::finding(rule, path, *print)
        };
        ScanReport {
            series: series.to_owned(),
            head: None,
            rules: rules.len() as u64,
            rule_ids: rules.iter().map(|r| (*r).to_owned()).collect(),
            results: results.iter().map(result).collect(),
            ..samples::scan("T", &samples::sha("a"))
        }
    }

    // [verifies PL-HON-1]
    #[test]
    fn a_finding_is_fixed_only_where_its_scan_looked_again() {
        let before = report("s", &["r"], &[("r", "a.rs", Some("f"))]);
        let failed = ScanReport {
            failed: true,
            ..report("s", &["r"], &[])
        };
        let silent = ScanReport {
            looked: false,
            ..report("s", &["r"], &[])
        };
        let cut = ScanReport {
            left_out: 2,
            ..report("s", &["r"], &[])
        };
        let other_tool = ScanReport {
            tool: "U".to_owned(),
            ..report("s", &["r"], &[])
        };
        let table: Vec<(&str, Vec<ScanReport>, Option<WhyGone>)> = vec![
            ("nobody looked", vec![], Some(WhyGone::NotScanned)),
            ("another tool", vec![other_tool], Some(WhyGone::NotScanned)),
            (
                "another scan of the tool",
                vec![report("t", &["r"], &[])],
                Some(WhyGone::NotScanned),
            ),
            ("it failed", vec![failed], Some(WhyGone::ScanFailed)),
            ("it did not look", vec![silent], Some(WhyGone::ScanFailed)),
            ("not read whole", vec![cut], Some(WhyGone::ScanFailed)),
            (
                "without the rule",
                vec![report("s", &["q"], &[])],
                Some(WhyGone::RuleNotRun),
            ),
            (
                "clean",
                vec![report("s", &["r"], &[])],
                Some(WhyGone::Fixed),
            ),
            (
                "clean, rules not listed",
                vec![report("s", &[], &[])],
                Some(WhyGone::Fixed),
            ),
            (
                "still there",
                vec![report("s", &["r"], &[("r", "moved.rs", Some("f"))])],
                None,
            ),
            (
                "still there, by another scan of the tool",
                vec![report("t", &["r"], &[("r", "a.rs", Some("f"))])],
                None,
            ),
            (
                "another one of its rule",
                vec![report("s", &["r"], &[("r", "a.rs", Some("g"))])],
                Some(WhyGone::Fixed),
            ),
            (
                "one without a fingerprint in its file may be it",
                vec![report("s", &["r"], &[("r", "a.rs", None)])],
                None,
            ),
        ];
        for (name, now, want) in table {
            let now: Vec<&ScanReport> = now.iter().collect();
            assert_eq!(why_gone(&before, &before.results[0], &now), want, "{name}");
        }
    }

    #[test]
    fn what_a_scan_annotated_is_gone_where_no_such_scan_came_to_an_end() {
        let (before, head) = (samples::sha("c"), samples::sha("a"));
        let scan = |id: u64, sha: &Sha, app: (&str, u64), conclusion: &str| CheckRun {
            app: Some(app.0.to_owned()),
            app_id: Some(app.1),
            ..samples::check(id, "scan", sha.clone(), conclusion)
        };
        let semgrep = ("semgrep-app", 7);
        let mut first = scan(1, &before, semgrep, "failure");
        first.annotations = vec![Annotation {
            path: "a.rs".to_owned(),
            line: Some(3),
            level: "failure".to_owned(),
            title: "sql".to_owned(),
            message: "built from input".to_owned(),
        }];
        let gone = |now: Vec<CheckRun>| {
            let mut facts = samples::change(&head, &samples::sha("b"));
            facts.checks = vec![first.clone()];
            facts.checks.extend(now);
            let evidence = crate::evidence::build(facts);
            let found = at_head(&evidence.facts, &evidence.attempts, &evidence.checks);
            found.iter().map(|f| f.why).collect::<Vec<_>>()
        };
        let unknown = vec![WhyGone::NotScanned];
        for (name, now, want) in [
            ("no scan", vec![], &unknown),
            (
                "it passed",
                vec![scan(2, &head, semgrep, "success")],
                &vec![],
            ),
            (
                "it failed again",
                vec![scan(2, &head, semgrep, "failure")],
                &vec![],
            ),
            (
                "it was skipped",
                vec![scan(2, &head, semgrep, "skipped")],
                &unknown,
            ),
            (
                "another app has one of its name",
                vec![scan(2, &head, ("snyk-io", 8), "success")],
                &unknown,
            ),
        ] {
            assert_eq!(&gone(now), want, "{name}");
        }
    }
}
