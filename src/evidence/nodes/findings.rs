//! What scanners found: open alerts of the change, results of reports at its heads, annotations of
//! scans; and that a scanner looked.
//!
//! A finding has an identity of tool, rule and fingerprint. What an alert tells is not told again by
//! the report it came from, nor by the annotation at its place.

use std::collections::BTreeMap;

use super::Builder;
use crate::{
    evidence::{
        attempts::analysed,
        checks::{Check, Producer},
        detail::{self, AnalysisTrouble, Detail, ScanOutcome},
        graph::{Node, NodeKind},
        vanished::{self, fingerprint_of},
    },
    model::{
        Alert, Analysis, Attention, PartName, ScanReport, ScanResult, Sha, Source, Stage, Subject,
        Timestamp, Trust, Verdict,
    },
    text,
};

/// Returns the fingerprints of a report's results. Many producers make one of the line's text alone: a
/// copy of a file has those of the first. Where several places of a report share a rule and a
/// fingerprint, the place tells them apart, and a number where it does not.
fn told_apart(report: &ScanReport) -> Vec<String> {
    let given = |result: &ScanResult| {
        let fingerprint = result.fingerprint.clone();
        fingerprint.unwrap_or_else(|| fingerprint_of(&result.path, result.line, &result.message))
    };
    let mut count = BTreeMap::new();
    for result in &report.results {
        *count
            .entry((&result.rule, given(result)))
            .or_insert(0_usize) += 1;
    }
    let mut seen = BTreeMap::new();
    let told = report.results.iter().map(|result| {
        let mut fingerprint = given(result);
        if count
            .get(&(&result.rule, fingerprint.clone()))
            .is_some_and(|n| *n > 1)
        {
            let place = text::place(&result.path, result.line.unwrap_or_default());
            fingerprint = format!("{fingerprint} in {place}");
            let same = seen
                .entry((&result.rule, fingerprint.clone()))
                .or_insert(0_usize);
            *same += 1;
            if *same > 1 {
                fingerprint = format!("{fingerprint} #{same}");
            }
        }
        fingerprint
    });
    told.collect()
}

impl Builder<'_> {
    pub(super) fn findings(&mut self) {
        self.alerts();
        self.reported();
        self.annotated();
        self.analysed();
        self.vanished();
    }

    fn alerts(&mut self) {
        let evidence = self.evidence;
        for alert in &evidence.facts.alerts {
            let source = self.forge(format!("alert #{}", alert.number), PartName::Alerts);
            let subject = Subject::Alert {
                number: alert.number,
            };
            let mut node = Self::node(subject, NodeKind::Finding, Stage::Secure, source);
            node.verdict = match alert.state.as_str() {
                "open" => Verdict::Fail,
                "fixed" | "dismissed" => Verdict::NotApplicable,
                _ => Verdict::Unknown,
            };
            let dismissal = alert
                .dismissal
                .as_ref()
                .filter(|_| alert.state == "dismissed");
            node.detail = Detail::Alert {
                rule: alert.rule.clone(),
                description: alert.description.clone(),
                path: alert.path.clone(),
                line: alert.line,
                severity: alert.severity.clone(),
                state: alert.state.clone(),
                dismissed: dismissal
                    .map(|d| (d.by.as_ref().map(|a| a.login.clone()), d.reason.clone())),
                text: detail::text(&format!("{}\n{}", alert.rule, alert.message)),
            };
            // An alert of the change is one of its head, whichever commit was looked at last.
            let head = evidence.head().clone();
            node.attempt = self.attempt_of(&head);
            node.sha = Some(head);
            // It stands with the check that told of it.
            let mut checks = evidence.checks.iter();
            let told = checks.find(|c| c.head == *evidence.head() && c.is_code_scanning());
            node.at = told
                .and_then(|c| c.at)
                .or(alert.updated_at)
                .or(alert.created_at);
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
            for (result, fingerprint) in report.results.iter().zip(told_apart(report)) {
                if let Some(node) = self.result(report, (result, fingerprint), &head) {
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
        let mut node = Self::node(subject, NodeKind::Report, Stage::Secure, source);
        let bad = report.results.iter().filter(|r| r.speaks_against());
        let open = report.results.iter().filter(|r| r.is_undecided());
        let outcome = match (report.failed, report.looked, report.left_out) {
            _ if report.unread => ScanOutcome::Unread,
            (true, ..) => ScanOutcome::Failed,
            (_, false, _) => ScanOutcome::LookedAtNothing,
            (.., left @ 1..) => ScanOutcome::LeftOut(left),
            _ => match (bad.count(), open.count()) {
                (0, open @ 1..) => ScanOutcome::Undecided(open),
                (bad, _) => ScanOutcome::Found(bad),
            },
        };
        node.verdict = match outcome {
            ScanOutcome::Found(0) => Verdict::Pass,
            ScanOutcome::Found(_) => Verdict::Fail,
            _ => Verdict::Unknown,
        };
        // What came of an upload is told by alerts and their check, unless nothing came of it.
        if report.analysis.is_some() && node.verdict != Verdict::Unknown {
            return;
        }
        node.detail = Detail::Scan {
            outcome,
            results: report.results.len(),
        };
        node.attempt = self.attempt_of(head);
        node.sha = Some(head.clone());
        node.at = self.pushed_at(node.attempt);
        self.push(node);
    }

    /// A result of a report; none where an alert tells of it. One that is said to be fixed tells nothing of
    /// what the head's own report still finds.
    fn result(
        &self,
        report: &ScanReport,
        (result, fingerprint): (&ScanResult, String),
        head: &Sha,
    ) -> Option<Node> {
        let mut alerts = self.facts().alerts.iter();
        let tells = |a: &Alert| a.state != "fixed" && a.tells_of(&report.tool, result);
        if *head == *self.evidence.head() && alerts.any(tells) {
            return None;
        }
        let subject = Subject::Finding {
            head: head.clone(),
            tool: report.tool.clone(),
            rule: result.rule.clone(),
            fingerprint,
        };
        let source = self.source_of(report);
        let mut node = Self::node(subject, NodeKind::Finding, Stage::Secure, source);
        node.verdict = match result.speaks_against() {
            true => Verdict::Fail,
            false if result.is_undecided() => Verdict::Unknown,
            false => Verdict::NotApplicable,
        };
        if result.suppressed.is_some() {
            node.attention.push(Attention::SuppressionAdded);
        }
        node.detail = Detail::Finding {
            says: result.message.lines().next().unwrap_or("").to_owned(),
            path: result.path.clone(),
            line: result.line,
            level: result.level.clone(),
            suppressed: result.suppressed.clone(),
            text: detail::text(&result.message),
        };
        node.attempt = self.attempt_of(head);
        node.sha = Some(head.clone());
        node.at = self.pushed_at(node.attempt);
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
                if self.alert_tells(check, &annotation.path, annotation.line) {
                    continue;
                }
                let subject = Subject::Finding {
                    head: check.head.clone(),
                    tool: tool.clone(),
                    rule: annotation.title.clone(),
                    fingerprint: fingerprint_of(
                        &annotation.path,
                        annotation.line,
                        &annotation.message,
                    ),
                };
                let source = self.forge(format!("annotation of {}", check.name), PartName::Checks);
                let mut node = Self::node(subject, NodeKind::Finding, Stage::Secure, source);
                node.verdict = check.verdict;
                if check.is_superseded() {
                    node.attention.push(Attention::Superseded);
                }
                node.detail = Detail::Annotation {
                    title: annotation.title.clone(),
                    says: annotation.message.clone(),
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
    fn alert_tells(&self, check: &Check, path: &str, line: Option<u64>) -> bool {
        let at_head = check.head == *self.evidence.head() && check.is_code_scanning();
        let mut alerts = self.facts().alerts.iter();
        at_head && alerts.any(|a| a.state == "open" && a.path == path && a.line == line)
    }

    /// Analyses of the head that did not come to an end of their own. Of one tool and category the newest
    /// counts.
    fn analysed(&mut self) {
        let evidence = self.evidence;
        let head = evidence.head().clone();
        let of_head = |a: &&Analysis| analysed(&evidence.attempts, a) == Some(&head);
        let all: Vec<&Analysis> = evidence.facts.analyses.iter().filter(of_head).collect();
        let is_older = |a: &Analysis| {
            all.iter().any(|b| {
                (&b.tool, &b.category) == (&a.tool, &a.category) && b.created_at > a.created_at
            })
        };
        for analysis in all.iter().copied().filter(|a| !is_older(a)) {
            let Some(trouble) = self.trouble_of(analysis) else {
                continue;
            };
            let source = self.forge(format!("analysis {}", analysis.id), PartName::Analyses);
            let subject = Subject::Analysis { id: analysis.id };
            let mut node = Self::node(subject, NodeKind::Report, Stage::Secure, source);
            node.verdict = Verdict::Unknown;
            node.detail = Detail::Analysis {
                tool: analysis.tool.clone(),
                category: analysis.category.clone(),
                trouble,
            };
            node.at = analysis.created_at;
            node.sha = Some(head.clone());
            node.attempt = self.attempt_of(&head);
            self.push(node);
        }
    }

    /// Why an analysis proves nothing: it failed, it is not whole, or its report lacks results that the
    /// forge counted in it.
    fn trouble_of(&self, analysis: &Analysis) -> Option<AnalysisTrouble> {
        if !analysis.error.is_empty() {
            return Some(AnalysisTrouble::Error(analysis.error.clone()));
        }
        if !analysis.warning.is_empty() {
            return Some(AnalysisTrouble::Warning(analysis.warning.clone()));
        }
        let reports = self.facts().scans.iter();
        let own: Vec<u64> = reports
            .filter(|r| r.analysis == Some(analysis.id))
            .map(|r| r.listed)
            .collect();
        let lacking = analysis.results.saturating_sub(own.iter().sum());
        (!own.is_empty() && lacking > 0).then_some(AnalysisTrouble::Lacks(lacking))
    }

    /// What earlier attempts showed and the head does not.
    fn vanished(&mut self) {
        let evidence = self.evidence;
        let head = evidence.head();
        for gone in vanished::at_head(&evidence.facts, &evidence.attempts, &evidence.checks) {
            let Some(before) = evidence.attempts.get(gone.seen_in) else {
                continue;
            };
            let (then, now) = (before.head.short(), head.short());
            let source = self.forge(format!("{} at {then} and {now}", gone.tool), gone.part);
            let subject = Subject::Finding {
                head: head.clone(),
                tool: gone.tool,
                rule: gone.rule,
                fingerprint: gone.fingerprint,
            };
            let mut node = Self::node(subject, NodeKind::Finding, Stage::Secure, source);
            node.verdict = gone.why.verdict();
            node.detail = Detail::Vanished {
                says: gone.says,
                path: gone.path,
                line: gone.line,
                seen_in: before.n,
                why: gone.why,
            };
            node.attempt = self.attempt_of(head);
            node.at = self.pushed_at(node.attempt);
            node.sha = Some(head.clone());
            self.push(node);
        }
    }

    /// When the head of an attempt was pushed.
    fn pushed_at(&self, attempt: Option<usize>) -> Option<Timestamp> {
        self.evidence.attempts.get(attempt?)?.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples::{finding, scan, sha};

    #[test]
    fn a_copy_of_a_finding_is_another() {
        let at = |line: u64, path: &str| ScanResult {
            line: Some(line),
            ..finding("r", path, Some("f"))
        };
        let other_rule = ScanResult {
            rule: "s".to_owned(),
            ..at(1, "a.rs")
        };
        for (results, want) in [
            (vec![at(1, "a.rs"), other_rule], vec!["f", "f"]),
            (
                vec![at(1, "a.rs"), at(1, "b.rs")],
                vec!["f in a.rs:1", "f in b.rs:1"],
            ),
            (
                vec![at(1, "a.rs"), at(1, "a.rs")],
                vec!["f in a.rs:1", "f in a.rs:1 #2"],
            ),
        ] {
            let report = ScanReport {
                results,
                ..scan("T", &sha("a"))
            };
            assert_eq!(told_apart(&report), want);
        }
    }
}
