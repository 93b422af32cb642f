//! What scanners found: open alerts of the change, results of reports at its heads, annotations of
//! scans; and that a scanner looked.
//!
//! A finding has an identity of tool, rule and fingerprint. What an alert tells is not told again by
//! the report it came from, nor by the annotation at its place.

use super::Builder;
use crate::{
    evidence::{
        checks::{Check, Producer},
        detail::{self, Detail},
        graph::{Node, NodeKind},
    },
    model::{
        Alert, Analysis, Attention, PartName, ScanReport, ScanResult, Sha, Source, Stage, Subject,
        Trust, Verdict,
    },
};

/// The slug of the app under which code scanning reports.
const CODE_SCANNING: &str = "github-advanced-security";

fn place(path: &str, line: Option<u64>) -> String {
    line.map_or_else(|| path.to_owned(), |line| format!("{path}:{line}"))
}

/// What a result of a level says. A note is worth reading and speaks against nothing.
fn weight(level: &str) -> Verdict {
    match level {
        "note" | "none" => Verdict::NotApplicable,
        _ => Verdict::Fail,
    }
}

impl Builder<'_> {
    pub(super) fn findings(&mut self) {
        self.alerts();
        self.reported();
        self.annotated();
        self.analysed();
    }

    fn alerts(&mut self) {
        let evidence = self.evidence;
        for alert in &evidence.facts.alerts {
            let source = self.forge(format!("alert #{}", alert.number), PartName::Alerts);
            let subject = Subject::Alert {
                number: alert.number,
            };
            let title = if alert.description.is_empty() {
                alert.rule.clone()
            } else {
                alert.description.clone()
            };
            let mut node = Self::node(subject, NodeKind::Finding, Stage::Secure, title, source);
            let at = place(&alert.path, alert.line);
            (node.verdict, node.note) = match alert.state.as_str() {
                "open" => (Verdict::Fail, at),
                "fixed" => (Verdict::NotApplicable, format!("fixed, {at}")),
                "dismissed" => {
                    let by = alert.dismissal.as_ref();
                    let who = by.and_then(|d| d.by.as_ref());
                    let who = who.map_or(String::new(), |a| format!(" by {}", a.login));
                    let why = by.map_or("", |d| d.reason.as_str());
                    (
                        Verdict::NotApplicable,
                        format!("dismissed{who}: {why}, {at}"),
                    )
                }
                other => (Verdict::Unknown, format!("{other}, {at}")),
            };
            node.detail = Detail::Finding {
                path: alert.path.clone(),
                line: alert.line,
                level: format!("{} {}", alert.severity, alert.state),
                text: detail::text(&format!("{}\n{}", alert.rule, alert.message)),
            };
            // An alert of the change is one of its head, whichever commit was looked at last.
            let head = evidence.head().clone();
            node.attempt = self.attempt_of(&head);
            node.sha = Some(head);
            node.at = alert.updated_at.or(alert.created_at);
            node.url = Some(alert.url.clone());
            self.push(node);
        }
    }

    fn reported(&mut self) {
        let evidence = self.evidence;
        for report in &evidence.facts.scans {
            let Some(head) = report.head.clone() else {
                continue;
            };
            self.scan(report, &head);
            for result in &report.results {
                if let Some(node) = self.result(report, result, &head) {
                    self.push(node);
                }
            }
        }
    }

    fn source_of(&self, report: &ScanReport) -> Source {
        Source {
            what: report.file.clone(),
            trust: Trust::Forge,
            fetched_at: self.facts().checked_at(PartName::Results),
        }
    }

    /// That a scanner looked, and how much it found.
    fn scan(&mut self, report: &ScanReport, head: &Sha) {
        let subject = Subject::Scan {
            head: head.clone(),
            tool: report.tool.clone(),
            file: report.file.clone(),
        };
        let source = self.source_of(report);
        let title = format!("{} report", report.tool);
        let mut node = Self::node(subject, NodeKind::Report, Stage::Secure, title, source);
        let bad = report
            .results
            .iter()
            .filter(|r| r.suppressed.is_none() && weight(&r.level) == Verdict::Fail);
        (node.verdict, node.note) = match (report.failed, report.looked, report.left_out) {
            (true, ..) => (Verdict::Unknown, "the scan says that it failed".to_owned()),
            (_, false, _) => (
                Verdict::Unknown,
                "the report does not say that anything was looked at".to_owned(),
            ),
            (.., left @ 1..) => (Verdict::Unknown, format!("{left} results were not read")),
            _ => match bad.count() {
                0 => (Verdict::Pass, "nothing found".to_owned()),
                n => (Verdict::Fail, format!("{n} found")),
            },
        };
        node.detail = Detail::Finding {
            path: String::new(),
            line: None,
            level: format!("failed {} looked {}", report.failed, report.looked),
            text: format!(
                "{} results, {} left out",
                report.results.len(),
                report.left_out
            ),
        };
        node.attempt = self.attempt_of(head);
        node.sha = Some(head.clone());
        node.at = node
            .attempt
            .and_then(|n| self.evidence.attempts.get(n))
            .and_then(|a| a.at);
        self.push(node);
    }

    /// A result of a report; none where an alert tells of it.
    fn result(&self, report: &ScanReport, result: &ScanResult, head: &Sha) -> Option<Node> {
        let is_told = |alert: &&Alert| {
            alert.tool == report.tool && alert.rule == result.rule && alert.path == result.path
        };
        if *head == *self.evidence.head() && self.facts().alerts.iter().any(|a| is_told(&a)) {
            return None;
        }
        let at = place(&result.path, result.line);
        let fingerprint = result.fingerprint.clone();
        let fingerprint =
            fingerprint.unwrap_or_else(|| detail::text(&format!("{at}\n{}", result.message)));
        let subject = Subject::Finding {
            head: head.clone(),
            tool: report.tool.clone(),
            rule: result.rule.clone(),
            fingerprint,
        };
        let title = match result.message.lines().next() {
            Some(line) if !line.is_empty() => format!("{}: {line}", result.rule),
            _ => result.rule.clone(),
        };
        let source = self.source_of(report);
        let mut node = Self::node(subject, NodeKind::Finding, Stage::Secure, title, source);
        (node.verdict, node.note) = match &result.suppressed {
            Some(why) => (Verdict::NotApplicable, format!("suppressed: {why}, {at}")),
            None => (weight(&result.level), at),
        };
        if result.suppressed.is_some() {
            node.attention.push(Attention::SuppressionAdded);
        }
        node.detail = Detail::Finding {
            path: result.path.clone(),
            line: result.line,
            level: result.level.clone(),
            text: detail::text(&result.message),
        };
        node.attempt = self.attempt_of(head);
        node.sha = Some(head.clone());
        node.at = node
            .attempt
            .and_then(|n| self.evidence.attempts.get(n))
            .and_then(|a| a.at);
        Some(node)
    }

    fn annotated(&mut self) {
        let evidence = self.evidence;
        for check in evidence.checks.iter().filter(|c| c.stage == Stage::Secure) {
            let tool = match &check.producer {
                Producer::App {
                    slug: Some(slug), ..
                } => slug.clone(),
                _ => check.context.clone(),
            };
            for annotation in &check.annotations {
                if self.alert_tells(check, &tool, &annotation.path, annotation.line) {
                    continue;
                }
                let title = if annotation.title.is_empty() {
                    &annotation.message
                } else {
                    &annotation.title
                };
                let at = place(&annotation.path, annotation.line);
                let subject = Subject::Finding {
                    head: check.head.clone(),
                    tool: tool.clone(),
                    rule: annotation.title.clone(),
                    fingerprint: detail::text(&format!("{at}\n{}", annotation.message)),
                };
                let source = self.forge(format!("annotation of {}", check.name), PartName::Checks);
                let mut node = Self::node(
                    subject,
                    NodeKind::Finding,
                    Stage::Secure,
                    title.clone(),
                    source,
                );
                node.verdict = check.verdict;
                if check.is_superseded() {
                    node.attention.push(Attention::Superseded);
                }
                node.note = at;
                node.detail = Detail::Finding {
                    path: annotation.path.clone(),
                    line: annotation.line,
                    level: annotation.level.clone(),
                    text: detail::text(&annotation.message),
                };
                node.at = check.at;
                node.sha = Some(check.head.clone());
                node.attempt = self.attempt_of(&check.head);
                node.url = Some(check.url.clone());
                self.push(node);
            }
        }
    }

    /// Tells whether an alert stands for an annotation of code scanning at the head.
    fn alert_tells(&self, check: &Check, tool: &str, path: &str, line: Option<u64>) -> bool {
        let at_head = check.head == *self.evidence.head() && tool == CODE_SCANNING;
        let mut alerts = self.facts().alerts.iter();
        at_head && alerts.any(|a| a.state == "open" && a.path == path && a.line == line)
    }

    /// Analyses of the head that did not come to an end of their own.
    fn analysed(&mut self) {
        let evidence = self.evidence;
        let head = evidence.head().clone();
        let of_head = |a: &&Analysis| a.commit.as_ref() == Some(&head);
        for analysis in evidence.facts.analyses.iter().filter(of_head) {
            if analysis.error.is_empty() {
                continue;
            }
            let source = self.forge(format!("analysis {}", analysis.id), PartName::Analyses);
            let subject = Subject::Analysis { id: analysis.id };
            let title = format!("{} analysis {}", analysis.tool, analysis.category);
            let title = title.trim().to_owned();
            let mut node = Self::node(subject, NodeKind::Report, Stage::Secure, title, source);
            node.verdict = Verdict::Unknown;
            node.note.clone_from(&analysis.error);
            node.detail = Detail::Text {
                sha256: detail::text(&analysis.error),
            };
            node.at = analysis.created_at;
            node.sha = Some(head.clone());
            node.attempt = self.attempt_of(&head);
            self.push(node);
        }
    }
}
