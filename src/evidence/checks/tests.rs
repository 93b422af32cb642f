//! Each rule of identity on small records: what is one thing, what are two, and what counts.

use serde_json::json;

use super::*;
use crate::model::{CheckRun, CommitStatus, RunStatus, RunTry, WorkflowRun, samples};

pub(super) fn head() -> Sha {
    samples::sha("a")
}

pub(super) fn facts() -> ChangeFacts {
    samples::change(&head(), &samples::sha("b"))
}

pub(super) fn minute(n: i64) -> Timestamp {
    Timestamp(1_000_000 + 60 * n)
}

/// A job: id, name, conclusion, try.
type J<'a> = (u64, &'a str, &'a str, u64);

pub(super) fn run(
    id: u64,
    workflow: u64,
    event: &str,
    tries: &[&[J<'_>]],
    conclusion: &str,
) -> WorkflowRun {
    let job = |(id, name, conclusion, run_try): &J<'_>| {
        json!({
            "id": id, "name": name, "status": "completed", "conclusion": null, "run_try": run_try,
            "started_at": null, "completed_at": null, "url": "", "word": conclusion,
        })
    };
    let parse = |value: serde_json::Value, word: &str| {
        let mut job: crate::model::Job = serde_json::from_value(value).unwrap();
        job.conclusion = (word != "running").then(|| crate::model::Conclusion::parse(word));
        if job.conclusion.is_none() {
            job.status = RunStatus::InProgress;
        }
        job
    };
    let tries = (1..).zip(tries).map(|(n, jobs)| RunTry {
        n,
        status: RunStatus::Completed,
        conclusion: Some(crate::model::Conclusion::parse(conclusion)),
        started_at: Some(minute(i64::try_from(n).unwrap())),
        updated_at: Some(minute(i64::try_from(n).unwrap())),
        jobs: jobs.iter().map(|j| parse(job(j), j.2)).collect(),
    });
    WorkflowRun {
        id,
        name: "ci".to_owned(),
        path: ".github/workflows/ci.yml".to_owned(),
        head_sha: head(),
        head_branch: None,
        event: event.to_owned(),
        run_number: id,
        check_suite_id: Some(id + 1_000),
        workflow_id: Some(workflow),
        changes: Vec::new(),
        actor: None,
        triggering_actor: None,
        created_at: minute(i64::try_from(id).unwrap()),
        url: String::new(),
        tries: tries.collect(),
    }
}

/// A check run of an app, which has one suite, from one minute to another.
pub(super) fn check_run(
    id: u64,
    name: &str,
    app: &str,
    conclusion: &str,
    from: i64,
    to: i64,
) -> CheckRun {
    CheckRun {
        app: Some(app.to_owned()),
        check_suite_id: Some(5_000 + app.len() as u64),
        started_at: Some(minute(from)),
        completed_at: Some(minute(to)),
        ..samples::check(id, name, head(), conclusion)
    }
}

pub(super) fn status(context: &str, state: &str) -> CommitStatus {
    CommitStatus {
        sha: head(),
        context: context.to_owned(),
        state: state.to_owned(),
        description: None,
        creator: None,
        at: None,
        id: None,
    }
}

/// Its name with what tells it apart.
fn label(check: &Check) -> String {
    let mut words = check.name.clone();
    for qualifier in &check.qualifiers {
        words += &format!(" {qualifier:?}");
    }
    words
}

/// What counts: label, verdict, and whether it is green by re-run. History has a `-` before it.
pub(super) fn shown(facts: &ChangeFacts) -> Vec<(String, Verdict, bool)> {
    let checks = build(facts, &[head()]);
    let mut rows: Vec<_> = checks
        .iter()
        .map(|c| {
            let mark = if c.is_superseded() { "-" } else { "" };
            let green = c.attention.contains(&Attention::GreenByRerun);
            (format!("{mark}{}", label(c)), c.verdict, green)
        })
        .collect();
    rows.sort();
    rows
}

pub(super) fn of_runs(runs: Vec<WorkflowRun>) -> Vec<(String, Verdict, bool)> {
    shown(&ChangeFacts { runs, ..facts() })
}

use Verdict::{Fail, NotApplicable, Pass, Pending, Unknown};

fn row(label: &str, verdict: Verdict, green: bool) -> (String, Verdict, bool) {
    (label.to_owned(), verdict, green)
}

#[test]
fn tries_of_one_job_are_one_check_and_the_newest_counts() {
    let rerun = run(
        1,
        9,
        "push",
        &[&[(11, "unit", "failure", 1)], &[(12, "unit", "success", 2)]],
        "success",
    );
    assert_eq!(of_runs(vec![rerun]), [row("ci / unit", Pass, true)]);
    // A job that was not run again is listed in the later try under its own.
    let partly = run(
        1,
        9,
        "push",
        &[
            &[(11, "unit", "failure", 1), (12, "lint", "success", 1)],
            &[(13, "unit", "failure", 2), (12, "lint", "success", 1)],
        ],
        "failure",
    );
    assert_eq!(
        of_runs(vec![partly]),
        [row("ci / lint", Pass, false), row("ci / unit", Fail, false)]
    );
}

#[test]
fn jobs_of_one_name_stand_each_for_itself() {
    for (one, other, verdicts) in [
        ("failure", "success", [Fail, Pass]),
        ("success", "failure", [Pass, Fail]),
        ("skipped", "failure", [NotApplicable, Fail]),
        ("running", "success", [Pending, Pass]),
    ] {
        let twins = run(
            1,
            9,
            "push",
            &[&[(11, "unit", one, 1), (12, "unit", other, 1)]],
            "failure",
        );
        let rows = of_runs(vec![twins]);
        let rows: Vec<_> = rows
            .into_iter()
            .filter(|(label, ..)| label.contains("Job(1"))
            .collect();
        let want = [
            row("ci / unit Job(11)", verdicts[0], false),
            row("ci / unit Job(12)", verdicts[1], false),
        ];
        assert_eq!(rows, want, "{one} {other}");
    }
    // A later try with fewer of them: nobody knows which was run again, so the failed one stands.
    let fewer = run(
        1,
        9,
        "push",
        &[
            &[(11, "unit", "failure", 1), (12, "unit", "success", 1)],
            &[(13, "unit", "success", 2)],
        ],
        "success",
    );
    assert!(of_runs(vec![fewer]).iter().any(|(_, v, _)| *v == Fail));
}

#[test]
fn of_runs_of_one_workflow_and_event_the_newest_counts() {
    let old = |word| run(1, 9, "push", &[&[(11, "unit", word, 1)]], word);
    let new = |word, event, workflow| run(2, workflow, event, &[&[(12, "unit", word, 1)]], word);
    let both = |a: &str, b: &str| [format!("{a}ci / unit {b}"), "ci / unit Run(2)".to_owned()];
    // Failed, then passed: history, and green by re-run.
    let rows = of_runs(vec![old("failure"), new("success", "push", 9)]);
    let [older, newer] = both("-", "Run(1)");
    assert_eq!(rows, [row(&older, Fail, false), row(&newer, Pass, true)]);
    // The order in which they are listed does not matter.
    assert_eq!(
        of_runs(vec![new("success", "push", 9), old("failure")]),
        rows
    );
    // Cancelled, then finished.
    let rows = of_runs(vec![old("cancelled"), new("success", "push", 9)]);
    assert_eq!(rows[0], row(&older, Unknown, false));
    assert_eq!(rows[1], row(&newer, Pass, false));
    // What was skipped takes nobody's place.
    let rows = of_runs(vec![old("failure"), new("skipped", "push", 9)]);
    assert_eq!(rows[0], row("ci / unit Run(1)", Fail, false));
    // Another event or another workflow is another run, with the same names or not.
    for newer in [new("success", "pull_request", 9), new("success", "push", 8)] {
        let rows = of_runs(vec![old("failure"), newer]);
        assert!(
            rows.iter().all(|(label, ..)| !label.starts_with('-')),
            "{rows:?}"
        );
        assert!(
            rows.iter().any(|(_, v, green)| *v == Fail && !green),
            "{rows:?}"
        );
    }
}

#[test]
fn runs_without_jobs_are_rows_and_no_pass() {
    for (word, verdict) in [
        ("startup_failure", Fail),
        ("failure", Fail),
        ("action_required", Pending),
        ("success", Unknown),
        ("cancelled", Unknown),
    ] {
        let rows = of_runs(vec![run(1, 9, "push", &[&[]], word)]);
        assert_eq!(rows, [row("ci", verdict, false)], "{word}");
    }
    assert_eq!(of_runs(vec![run(1, 9, "push", &[&[]], "skipped")]), []);
    // A run that failed though none of its jobs did says so itself.
    let rows = of_runs(vec![run(
        1,
        9,
        "push",
        &[&[(11, "unit", "success", 1)]],
        "failure",
    )]);
    assert_eq!(
        rows,
        [row("ci", Fail, false), row("ci / unit", Pass, false)]
    );
}

#[test]
fn check_runs_are_told_by_app_and_id() {
    let of = |checks: Vec<CheckRun>| shown(&ChangeFacts { checks, ..facts() });
    // Two apps with one name, in either order.
    for (first, second) in [("failure", "success"), ("success", "failure")] {
        let rows = of(vec![
            check_run(1, "build", "one", first, 0, 1),
            check_run(2, "build", "two", second, 2, 3),
        ]);
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().any(|(_, v, _)| *v == Fail));
        assert!(
            rows.iter()
                .all(|(label, _, green)| !label.starts_with('-') && !green),
            "{rows:?}"
        );
    }
    // One app, one after the other: the newer counts.
    let rows = of(vec![
        check_run(1, "build", "one", "failure", 0, 1),
        check_run(2, "build", "one", "success", 2, 3),
    ]);
    assert_eq!(rows[0].1, Fail);
    assert!(rows[0].0.starts_with("-build"));
    assert_eq!((rows[1].1, rows[1].2), (Pass, true));
    // One app, side by side: both stand.
    let rows = of(vec![
        check_run(1, "build", "one", "failure", 0, 5),
        check_run(2, "build", "one", "success", 1, 4),
    ]);
    assert!(
        rows.iter().all(|(label, ..)| !label.starts_with('-')),
        "{rows:?}"
    );
    // The newer was skipped.
    let rows = of(vec![
        check_run(1, "build", "one", "failure", 0, 1),
        check_run(2, "build", "one", "skipped", 2, 3),
    ]);
    assert!(
        rows.contains(&row("build CheckRun(1)", Fail, false)),
        "{rows:?}"
    );
}

#[test]
fn a_check_run_of_actions_is_a_job_by_its_id_or_run() {
    let runs = vec![run(
        1,
        9,
        "push",
        &[&[(11, "unit", "failure", 1)], &[(12, "unit", "success", 2)]],
        "success",
    )];
    let with = |checks: Vec<CheckRun>| {
        shown(&ChangeFacts {
            runs: runs.clone(),
            checks,
            ..facts()
        })
    };
    let actions = |id, word, suite| CheckRun {
        check_suite_id: Some(suite),
        ..check_run(id, "unit", "github-actions", word, 0, 1)
    };
    // The job's own, and an older try's of the same run.
    let rows = with(vec![
        actions(12, "success", 1_001),
        actions(11, "failure", 1_001),
    ]);
    assert_eq!(rows, [row("ci / unit", Pass, true)]);
    // Of a run that is not listed at this head.
    let rows = with(vec![actions(77, "failure", 4_242)]);
    assert!(rows.contains(&row("unit", Fail, false)), "{rows:?}");
}

#[test]
fn statuses_stand_beside_check_runs_and_the_newest_of_a_context_counts() {
    let both = ChangeFacts {
        checks: vec![check_run(1, "build", "jenkins", "success", 0, 1)],
        statuses: vec![status("build", "failure")],
        ..facts()
    };
    let rows = shown(&both);
    assert_eq!(
        rows,
        [
            row(r#"build App("jenkins")"#, Pass, false),
            row("build Status(None)", Fail, false)
        ]
    );
    // The forge takes no account of case in a context.
    let twice = ChangeFacts {
        statuses: vec![status("CI/Build", "success"), status("ci/build", "failure")],
        ..facts()
    };
    assert_eq!(shown(&twice), [row("CI/Build", Pass, true)]);
    // Newest first, as the forge lists them.
    for (states, verdict, green) in [
        (vec!["success", "failure", "pending"], Pass, true),
        (vec!["success", "pending"], Pass, false),
        (vec!["failure", "success"], Fail, false),
        (vec!["pending", "success"], Pending, false),
        (vec!["error"], Fail, false),
    ] {
        let statuses = states.iter().map(|s| status("ci/x", s)).collect();
        let rows = shown(&ChangeFacts {
            statuses,
            ..facts()
        });
        assert_eq!(rows, [row("ci/x", verdict, green)], "{states:?}");
    }
}

#[test]
fn a_scan_is_told_by_its_tool() {
    let stage = |facts: &ChangeFacts| build(facts, &[head()]).remove(0).stage;
    for name in [
        "check-secrets-available",
        "disaster-recovery",
        "CodeQL",
        "Analyze with CodeQL (rust)",
        "trivy",
    ] {
        let job = run(1, 9, "push", &[&[(11, name, "success", 1)]], "success");
        let facts = ChangeFacts {
            runs: vec![job],
            ..facts()
        };
        assert_eq!(stage(&facts), Stage::Verify, "{name}");
    }
    for (context, want) in [
        ("license/snyk (acme)", Stage::Verify),
        ("security/snyk (acme)", Stage::Secure),
        ("ci/secrets", Stage::Verify),
    ] {
        let facts = ChangeFacts {
            statuses: vec![status(context, "success")],
            ..facts()
        };
        assert_eq!(stage(&facts), want, "{context}");
    }
    let scan = |word| ChangeFacts {
        checks: vec![check_run(
            1,
            "CodeQL",
            "github-advanced-security",
            word,
            0,
            1,
        )],
        ..facts()
    };
    for (word, verdict) in [("success", Pass), ("failure", Fail), ("neutral", Unknown)] {
        let check = build(&scan(word), &[head()]).remove(0);
        assert_eq!(
            (check.stage, check.verdict),
            (Stage::Secure, verdict),
            "{word}"
        );
    }
}

#[test]
fn only_what_differs_tells_checks_of_one_name_apart() {
    let of = |workflow, event, id| {
        run(
            id,
            workflow,
            event,
            &[&[(id * 10, "unit", "success", 1)]],
            "success",
        )
    };
    let labels = |runs| -> Vec<String> { of_runs(runs).into_iter().map(|(l, ..)| l).collect() };
    assert_eq!(
        labels(vec![of(9, "push", 1), of(9, "pull_request", 2)]),
        [
            r#"ci / unit Event("pull_request")"#,
            r#"ci / unit Event("push")"#
        ]
    );
    assert_eq!(
        labels(vec![
            of(8, "push", 1),
            of(9, "push", 2),
            of(9, "pull_request", 3)
        ]),
        [
            r#"ci / unit Event("pull_request") Run(3)"#,
            r#"ci / unit Event("push") Run(1)"#,
            r#"ci / unit Event("push") Run(2)"#
        ]
    );
}

#[test]
fn a_result_file_that_two_jobs_may_have_made_is_nobodys() {
    let claimed = |jobs: &[J<'_>]| -> Vec<usize> {
        let mut facts = facts();
        facts.runs = vec![run(1, 9, "push", &[jobs], "success")];
        let origin = crate::model::ReportOrigin {
            file: "junit.xml".to_owned(),
            artifact: Some(5),
            artifact_name: Some("junit-unit-fast".to_owned()),
            run: Some(1),
            run_try: Some(1),
            job: None,
            try_basis: None,
            head: head(),
            fetched_at: None,
        };
        let text = b"<testsuite tests=\"1\"><testcase name=\"x\"/></testsuite>";
        let read = crate::formats::results::read(text, "junit.xml").unwrap();
        facts.reports = vec![read.0.of(origin)];
        let checks = build(&facts, &[head()]);
        checks.iter().map(|c| c.reports.len()).collect()
    };
    let job = |id, name| (id, name, "success", 1);
    assert_eq!(claimed(&[job(1, "unit"), job(2, "lint")]), [1, 0]);
    assert_eq!(claimed(&[job(1, "unit"), job(2, "unit (fast)")]), [0, 1]);
    assert_eq!(claimed(&[job(1, "unit"), job(2, "unit")]), [0, 0]);
    assert_eq!(claimed(&[job(1, "lint"), job(2, "docs")]), [0, 0]);
}
