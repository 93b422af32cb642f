//! Failed tests that only annotations of check runs name. What a result file or a log tells is not told
//! again; where that is not sure, both are shown.

use super::{
    checks::{self, Check},
    untold::untold,
};
use crate::{
    formats::check_annotations,
    model::{
        ChangeFacts, PartName, ReportOrigin, Sha, Subject, TestCase, TestReport, Totals, Verdict,
    },
};

/// Makes reports of the annotations of a change, beside those of its result files and logs.
pub fn reports(facts: &ChangeFacts) -> Vec<TestReport> {
    let mut heads: Vec<Sha> = Vec::new();
    for check in &facts.checks {
        let may_tell = check.title.is_some() || !check.annotations.is_empty();
        if may_tell && !heads.contains(&check.head_sha) {
            heads.push(check.head_sha.clone());
        }
    }
    let checks = checks::build(facts, &heads);
    let told = checks.iter().filter_map(|check| told(facts, check));
    told.filter_map(|report| left(facts, report)).collect()
}

/// What one check tells by its annotations and its title.
fn told(facts: &ChangeFacts, check: &Check) -> Option<TestReport> {
    if check.is_superseded() || matches!(check.subject, Subject::Status { .. }) {
        return None;
    }
    let mut content = check_annotations::failed_tests(check.title.as_deref(), &check.annotations)?;
    // Steps write annotations as they go: of a job that passed, nothing tells whether the test was run
    // again, or was allowed to fail. A report that stands for itself says how each test ended.
    if check.run.is_some() && check.verdict == Verdict::Pass {
        content.unread += content.declared.failures;
        content.cases.clear();
        content.declared = Totals::default();
        content.counted = Totals::default();
    }
    let origin = ReportOrigin {
        run: check.run,
        run_try: check.run.and(check.tries.last()).map(|(n, _)| *n),
        job: Some(check.id),
        try_basis: check.run.map(|_| "the job's own annotations".to_owned()),
        fetched_at: facts.checked_at(PartName::Checks),
        ..ReportOrigin::of_file(format!("annotations of {}", check.name), check.head.clone())
    };
    Some(content.of(origin))
}

/// What of it no result file or log tells; nothing where they tell all.
fn left(facts: &ChangeFacts, report: TestReport) -> Option<TestReport> {
    let ReportOrigin {
        run, run_try, head, ..
    } = report.origin.clone();
    let is_beside = |r: &&TestReport| {
        let of_run = r.origin.run == run && r.origin.run_try.is_none_or(|n| Some(n) == run_try);
        r.origin.head == head && (run.is_none() || of_run)
    };
    let beside = facts.reports.iter().filter(is_beside);
    let known: Vec<&TestCase> = beside
        .flat_map(|r| &r.cases)
        .filter(|c| c.outcome.failed())
        .collect();
    // Where all that it names is told, the rest that it counts is taken to be told too: reporters name a
    // few of their failures only.
    untold(report, &known, |named, left| named > 0 && left == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        Annotation, CheckRun, Conclusion, Outcome,
        samples::{self, sha},
    };

    fn check(id: u64, title: &str, ended: &str, names: &[&str]) -> CheckRun {
        let annotation = |name: &&str| Annotation {
            path: "src/a.test.js".to_owned(),
            line: Some(3),
            level: "failure".to_owned(),
            title: (*name).to_owned(),
            message: "AssertionError: no".to_owned(),
        };
        CheckRun {
            title: Some(title.to_owned()).filter(|t| !t.is_empty()),
            annotations: names.iter().map(annotation).collect(),
            ..samples::check(id, "tests", sha("a"), ended)
        }
    }

    /// Names, hidden failures and unknown cases of each report.
    fn told_of(facts: &ChangeFacts) -> Vec<(Vec<String>, u64, u64)> {
        let shown = |r: TestReport| {
            let hidden = r.hidden_failures();
            let unread = r.unread;
            assert!(r.cases.iter().all(|c| c.outcome.failed()));
            (
                r.cases.into_iter().map(|c| c.name.to_string()).collect(),
                hidden,
                unread,
            )
        };
        reports(facts).into_iter().map(shown).collect()
    }

    #[test]
    fn annotations_tell_what_neither_file_nor_log_does() {
        let names = |all: &[&str]| all.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let both: &[&str] = &["cart › pays", "cart › opens"];
        for (title, ended, annotated, file, want, why) in [
            (
                "",
                "failure",
                both,
                vec![],
                vec![(names(both), 0, 0)],
                "no file",
            ),
            (
                "",
                "failure",
                both,
                vec!["pays"],
                vec![(names(&["cart › opens"]), 0, 0)],
                "a file tells one",
            ),
            (
                "",
                "failure",
                both,
                vec!["pays", "opens"],
                vec![],
                "a file tells both",
            ),
            (
                "",
                "failure",
                both,
                vec!["leaves"],
                vec![(names(both), 0, 0)],
                "a file tells of another",
            ),
            (
                "5 tests run, 0 skipped, 2 failed.",
                "success",
                both,
                vec![],
                vec![(names(both), 0, 0)],
                "a report that is allowed to fail",
            ),
            (
                "5 tests run, 0 skipped, 3 failed.",
                "neutral",
                both,
                vec![],
                vec![(names(both), 1, 0)],
                "one is not named",
            ),
            (
                "5 tests run, 0 skipped, 3 failed.",
                "failure",
                &[],
                vec!["pays"],
                vec![(vec![], 3, 0)],
                "a file that may be of other tests",
            ),
            (
                "90 tests run, 0 skipped, 70 failed.",
                "failure",
                both,
                vec!["pays", "opens"],
                vec![(vec![], 68, 0)],
                "the file tells of two",
            ),
            ("", "failure", &[], vec![], vec![], "no test is named"),
        ] {
            let mut facts = samples::change(&sha("b"), &sha("a"));
            facts.checks = vec![check(1, title, ended, annotated)];
            let mut of_file = TestReport::refused(ReportOrigin::of_file("r.xml", sha("a")), "");
            of_file.refused = None;
            let failed = |name: &&str| TestCase::named("cart", name, Outcome::Failed);
            of_file.cases = file.iter().map(failed).collect();
            facts.reports = vec![of_file];
            assert_eq!(told_of(&facts), want, "{why}");
        }
    }

    #[test]
    fn of_a_job_that_passed_it_is_unknown_how_its_tests_ended() {
        for (ended, want) in [
            ("failure", (vec!["cart › pays".to_owned()], 0, 0)),
            ("success", (vec![], 0, 1)),
        ] {
            let mut facts = samples::change(&sha("b"), &sha("a"));
            let mut run = samples::run(&sha("a"), "ci", "unit");
            let job = &mut run.tries[0].jobs[0];
            job.conclusion = Some(Conclusion::parse(ended));
            facts.checks = vec![check(job.id, "", ended, &["cart › pays"])];
            facts.runs = vec![run];
            assert_eq!(told_of(&facts), vec![want]);
            assert_eq!(reports(&facts)[0].origin.run, Some(1));
        }
    }
}
