//! What a test did, by cases that are made for it.

use super::*;
use crate::model::{
    Apart, ReportOrigin, RunTry, Timestamp,
    samples::{self, sha},
};
use proptest::prelude::*;

/// A case by its name, its suite, its leg, and how it ended.
fn case(name: &str, suite: &str, leg: &str, outcome: Outcome) -> TestCase {
    TestCase {
        suite: suite.into(),
        leg: leg.into(),
        message: format!("{suite}{leg}").into(),
        ..TestCase::named("", name, outcome)
    }
}

/// A report at the head, of a file in an artifact, made by a try of a run.
fn report(file: &str, artifact: &str, (run, n): (u64, u64), cases: Vec<TestCase>) -> TestReport {
    let origin = ReportOrigin {
        artifact_name: Some(artifact.to_owned()),
        run: Some(run),
        run_try: Some(n),
        ..ReportOrigin::of_file(file, sha("a"))
    };
    let mut report = TestReport::refused(origin, "");
    report.refused = None;
    report.cases = cases;
    report
}

/// A run of a workflow.
fn run(id: u64, workflow: u64, event: &str) -> WorkflowRun {
    WorkflowRun {
        id,
        name: "ci".to_owned(),
        path: String::new(),
        head_sha: sha("a"),
        head_branch: None,
        event: event.to_owned(),
        run_number: id,
        check_suite_id: None,
        workflow_id: Some(workflow),
        changes: Vec::new(),
        actor: None,
        triggering_actor: None,
        created_at: Timestamp(0),
        url: String::new(),
        tries: Vec::<RunTry>::new(),
    }
}

/// The rows at the head: what tells each apart, and its state.
fn rows(runs: Vec<WorkflowRun>, reports: Vec<TestReport>) -> Vec<(Vec<Apart>, CellState)> {
    let mut facts = samples::change(&sha("b"), &sha("a"));
    (facts.runs, facts.reports) = (runs, reports);
    let matrix = build(&facts, &[sha("a")]);
    for (n, report) in facts.reports.iter().enumerate() {
        for (k, case) in report.cases.iter().enumerate() {
            assert_eq!(matrix.row_of(n, k).unwrap().key.name, case.name.as_str());
        }
    }
    let shown = |row: &TestRow| {
        let apart = row.key.apart.iter().map(|(kind, _)| *kind).collect();
        (apart, row.cells[0].state)
    };
    matrix.rows.iter().map(shown).collect()
}

#[test]
fn cases_of_one_name_are_one_test_only_where_nothing_tells_them_apart() {
    use CellState::{Fail, Flaky, Pass, Skip};
    use Outcome::{Failed, Passed, Skipped};
    let one = |cases: Vec<TestCase>| vec![report("r.xml", "junit", (1, 1), cases)];
    let of = |suite: &str, leg: &str, outcome| case("t", suite, leg, outcome);
    let (fail, pass) = (vec![of("", "", Failed)], vec![of("", "", Passed)]);
    let skip = vec![of("", "", Skipped)];
    let tries = |first: &[TestCase], second: &[TestCase]| {
        vec![
            report("r.xml", "junit-try1", (1, 1), first.to_vec()),
            report("r.xml", "junit-try2", (1, 2), second.to_vec()),
        ]
    };
    for (reports, want, why) in [
        (one(pass.clone()), vec![(vec![], Pass)], "one"),
        (
            one(vec![of("a.ts", "", Failed), of("b.ts", "", Passed)]),
            vec![(vec![Apart::Suite], Fail), (vec![Apart::Suite], Pass)],
            "two files of a reporter that names them in the suite",
        ),
        (
            one(vec![of("a", "one", Failed), of("a", "two", Passed)]),
            vec![(vec![Apart::Leg], Fail), (vec![Apart::Leg], Pass)],
            "two browsers",
        ),
        (
            one([fail.clone(), pass.clone()].concat()),
            vec![(vec![], Fail)],
            "two rows that nothing tells apart: the worst counts",
        ),
        (
            one([fail.clone(), skip.clone()].concat()),
            vec![(vec![], Fail)],
            "a skip takes nothing back",
        ),
        (
            one([pass.clone(), skip.clone()].concat()),
            vec![(vec![], Skip)],
            "one of two did not run",
        ),
        (tries(&fail, &pass), vec![(vec![], Flaky)], "run again"),
        (
            tries(&pass, &fail),
            vec![(vec![], Fail)],
            "broke when it was run again",
        ),
        (
            tries(&fail, &skip),
            vec![(vec![], Fail)],
            "skipped when it was run again",
        ),
        (
            tries(&skip, &pass),
            vec![(vec![], Pass)],
            "ran when it was run again",
        ),
        (
            vec![
                report("one.xml", "junit", (1, 1), fail.clone()),
                report("two.xml", "junit", (1, 1), pass.clone()),
            ],
            vec![(vec![Apart::Report], Fail), (vec![Apart::Report], Pass)],
            "two result files",
        ),
        (
            vec![
                report("r.xml", "node-18", (1, 1), fail.clone()),
                report("r.xml", "node-20", (1, 1), pass.clone()),
            ],
            vec![(vec![Apart::Artifact], Fail), (vec![Apart::Artifact], Pass)],
            "two legs of a matrix",
        ),
    ] {
        assert_eq!(rows(vec![run(1, 1, "push")], reports), want, "{why}");
    }
}

#[test]
fn a_newer_run_takes_the_place_of_an_older_one_of_its_workflow_and_event_only() {
    use CellState::{Fail, Flaky, Pass};
    let of = |n: u64, outcome| report("r.xml", "junit", (n, 1), vec![case("t", "", "", outcome)]);
    let reports = vec![of(1, Outcome::Failed), of(2, Outcome::Passed)];
    for (one, other, want, why) in [
        (
            run(1, 1, "push"),
            run(2, 1, "push"),
            vec![Flaky],
            "the same workflow",
        ),
        (
            run(1, 1, "push"),
            run(2, 1, "pull_request"),
            vec![Pass, Fail],
            "another event",
        ),
        (
            run(1, 1, "push"),
            run(2, 2, "push"),
            vec![Fail, Pass],
            "another workflow",
        ),
        (
            run(1, 1, "workflow_dispatch"),
            run(2, 1, "workflow_dispatch"),
            vec![Fail, Pass],
            "each with inputs of its own",
        ),
    ] {
        let found = rows(vec![one, other], reports.clone());
        let states: Vec<CellState> = found.iter().map(|(_, state)| *state).collect();
        assert_eq!(states, want, "{why}");
    }
}

#[test]
fn what_is_not_known_of_a_run_takes_nobodys_place() {
    use CellState::{Fail, Flaky, Pass};
    let of = |run, n: Option<u64>, outcome| {
        let mut report = report("r.xml", "junit", (run, 1), vec![case("t", "", "", outcome)]);
        report.origin.run_try = n;
        report
    };
    let (failed, passed) = (Outcome::Failed, Outcome::Passed);
    for (runs, reports, want, why) in [
        (
            vec![],
            vec![of(1, Some(1), failed), of(2, Some(1), passed)],
            vec![Fail, Pass],
            "two runs that are not listed",
        ),
        (
            vec![run(1, 1, "push")],
            vec![of(1, None, failed), of(1, Some(2), passed)],
            vec![Fail],
            "the try of one is not known",
        ),
        (
            vec![run(1, 1, "push")],
            vec![of(1, Some(1), failed), of(1, Some(2), passed)],
            vec![Flaky],
            "both are known",
        ),
    ] {
        let states: Vec<CellState> = rows(runs, reports).into_iter().map(|(_, s)| s).collect();
        assert_eq!(states, want, "{why}");
    }
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        Just(Outcome::Passed),
        Just(Outcome::Failed),
        Just(Outcome::Skipped)
    ]
}

proptest! {
    /// However suites, files and legs are ordered, the same rows come out; and what fails in the newest
    /// try of its file fails.
    #[test]
    fn the_order_of_cases_decides_nothing(
        cases in proptest::collection::vec(
            (0_usize..2, 0_usize..2, 0_usize..2, 0_usize..2, 1_u64..3, outcome()), 1..12,
        ),
        turn in 0_usize..12,
    ) {
        let names = ["t", "u"];
        let reports = |cases: &[(usize, usize, usize, usize, u64, Outcome)]| -> Vec<TestReport> {
            let of = |c: &(usize, usize, usize, usize, u64, Outcome)| {
                let case = case(names[c.0], names[c.1], names[c.2], c.5);
                report(names[c.3], "junit", (1, c.4), vec![case])
            };
            cases.iter().map(of).collect()
        };
        let mut turned = cases.clone();
        turned.rotate_left(turn % cases.len());
        turned.reverse();
        let runs = || vec![run(1, 1, "push")];
        let found = rows(runs(), reports(&cases));
        prop_assert_eq!(&found, &rows(runs(), reports(&turned)));
        let newest = cases.iter().map(|c| c.4).max().unwrap();
        let fails = cases.iter().any(|c| c.4 == newest && c.5.failed());
        let shown = found.iter().any(|(_, state)| *state == CellState::Fail);
        prop_assert!(!fails || shown, "{:?}", found);
    }
}
