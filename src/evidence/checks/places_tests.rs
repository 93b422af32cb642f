//! What counts where two records tell of one thing, or of two that look like one.

use super::tests::{check_run, facts, head, minute, of_runs, run, shown, status};
use super::*;
use crate::model::{CheckRun, CommitStatus};

use Verdict::{Fail, NotApplicable, Pass, Pending, Unknown};

#[test]
fn what_is_not_known_to_be_one_takes_no_place() {
    let both = |edit: fn(&mut CheckRun, u64)| {
        let mut first = check_run(1, "build", "one", "failure", 0, 1);
        let mut second = check_run(2, "build", "one", "success", 2, 3);
        edit(&mut first, 1);
        edit(&mut second, 2);
        let checks = vec![first, second];
        let rows = shown(&ChangeFacts { checks, ..facts() });
        rows.iter()
            .all(|(label, _, green)| !label.starts_with('-') && !green)
    };
    assert!(!both(|_, _| ()), "one app and suite");
    assert!(both(|c, _| c.app = None), "nobody says whose they are");
    assert!(both(|c, n| c.check_suite_id = Some(n)), "two suites");
    // Of actions, the suite is the run.
    assert!(both(|c, n| {
        c.app = Some("github-actions".to_owned());
        c.check_suite_id = Some(n);
    }));
    assert!(both(|c, _| {
        c.app = Some("github-actions".to_owned());
        c.check_suite_id = None;
    }));
}

#[test]
fn a_job_and_its_check_run_count_as_the_worse_of_both() {
    for (job, check, counts) in [
        ("success", "success", Pass),
        ("success", "failure", Fail),
        ("failure", "success", Fail),
        ("skipped", "success", NotApplicable),
        ("success", "skipped", Pass),
        ("skipped", "failure", Fail),
    ] {
        let runs = vec![run(1, 9, "push", &[&[(11, "unit", job, 1)]], "success")];
        let checks = vec![check_run(11, "unit", "github-actions", check, 0, 1)];
        let rows = shown(&ChangeFacts {
            runs,
            checks,
            ..facts()
        });
        let unit = rows.iter().find(|r| r.0 == "ci / unit").unwrap();
        assert_eq!(unit.1, counts, "{job}, {check}");
    }
}

#[test]
fn two_workflows_without_a_number_are_told_by_their_files() {
    let mut old = run(1, 0, "push", &[&[(11, "unit", "failure", 1)]], "failure");
    let new = run(2, 0, "push", &[&[(12, "unit", "success", 1)]], "success");
    old.path = ".github/workflows/other.yml".to_owned();
    let rows = of_runs(vec![old, new]);
    assert!(
        rows.iter()
            .any(|(l, v, _)| *v == Fail && !l.starts_with('-')),
        "{rows:?}"
    );
}

#[test]
fn the_newest_status_is_told_by_time_and_number_before_the_order_of_the_list() {
    let at = |state: &str, minutes: Option<i64>, id: Option<u64>| CommitStatus {
        at: minutes.map(minute),
        id,
        ..status("c/d", state)
    };
    for (first, second, counts, why) in [
        (
            at("success", None, None),
            at("failure", None, None),
            Pass,
            "the list's order",
        ),
        (
            at("success", Some(1), None),
            at("failure", Some(2), None),
            Fail,
            "by time",
        ),
        (
            at("success", Some(1), Some(1)),
            at("failure", Some(1), Some(9)),
            Fail,
            "by number",
        ),
        (
            at("success", Some(1), None),
            at("failure", Some(1), None),
            Pass,
            "one second",
        ),
        (
            at("success", Some(1), None),
            at("failure", None, None),
            Pass,
            "one has no time",
        ),
    ] {
        let statuses = vec![first, second];
        assert_eq!(
            shown(&ChangeFacts {
                statuses,
                ..facts()
            })[0]
                .1,
            counts,
            "{why}"
        );
    }
    let pending = [at("success", Some(1), None), at("pending", Some(2), None)];
    assert!(has_pending_status(&pending, &head()));
}

/// A check run that some step reported into the suite of run 1, in its second and third minute.
fn reported(id: u64, name: &str, word: &str) -> CheckRun {
    CheckRun {
        check_suite_id: Some(1_001),
        ..check_run(id, name, "github-actions", word, 2, 3)
    }
}

/// What is shown of a run and check runs beside it.
fn beside(run: &crate::model::WorkflowRun, checks: Vec<CheckRun>) -> Vec<(String, Verdict, bool)> {
    let runs = vec![run.clone()];
    shown(&ChangeFacts {
        runs,
        checks,
        ..facts()
    })
}

#[test]
fn what_a_step_reports_into_the_suite_of_its_run_is_no_job_and_no_try() {
    let mut own = run(1, 9, "push", &[&[(11, "unit", "success", 1)]], "success");
    own.tries[0].jobs[0].started_at = Some(minute(1));
    let counts = |rows: &[(String, Verdict, bool)]| {
        let of = |(label, verdict, green): &(String, Verdict, bool)| {
            *verdict == Fail && !green && !label.starts_with('-')
        };
        rows.iter().filter(|r| of(r)).count()
    };
    // With the name of a job that passed.
    assert_eq!(
        counts(&beside(&own, vec![reported(77, "unit", "failure")])),
        1
    );
    // Two of one name, one after the other.
    let later = CheckRun {
        started_at: Some(minute(4)),
        completed_at: Some(minute(5)),
        ..reported(78, "results", "success")
    };
    let rows = beside(&own, vec![reported(77, "results", "failure"), later]);
    assert_eq!(counts(&rows), 1, "{rows:?}");
    assert!(rows.iter().all(|(_, _, green)| !green), "{rows:?}");
    // Before a first try there was none: it is another's.
    let early = CheckRun {
        started_at: Some(minute(0)),
        completed_at: Some(minute(1)),
        ..reported(10, "unit", "failure")
    };
    assert_eq!(counts(&beside(&own, vec![early])), 1);
    // A try of the job from before it began, which is not listed any more: history.
    own.tries[0].jobs[0].run_try = 2;
    let before = CheckRun {
        started_at: Some(minute(0)),
        completed_at: Some(minute(1)),
        ..reported(10, "unit", "failure")
    };
    let rows = beside(&own, vec![before]);
    assert_eq!(counts(&rows), 0);
    assert!(
        rows.iter()
            .any(|(l, v, _)| *v == Fail && l.starts_with('-'))
    );
}

#[test]
fn a_run_takes_the_place_of_one_that_is_older_and_of_the_same_changes() {
    let old = run(1, 9, "push", &[&[(11, "unit", "failure", 1)]], "failure");
    let new = run(2, 9, "push", &[&[(12, "unit", "success", 1)]], "success");
    let failure_counts = |old: &crate::model::WorkflowRun, new: &crate::model::WorkflowRun| {
        let rows = of_runs(vec![old.clone(), new.clone()]);
        let stands = |(label, verdict, _): &(String, Verdict, bool)| {
            *verdict == Fail && !label.starts_with('-')
        };
        rows.iter().any(stands)
    };
    assert!(!failure_counts(&old, &new));
    // The older one was run again after the newer one.
    let mut again = old.clone();
    again.tries[0].started_at = Some(minute(60));
    assert!(failure_counts(&again, &new));
    // Each with its own inputs, deployment, comment, or run before it.
    for (event, counts) in [
        ("workflow_dispatch", true),
        ("repository_dispatch", true),
        ("deployment_status", true),
        ("workflow_run", true),
        ("issue_comment", true),
        ("pull_request", false),
        ("merge_group", false),
    ] {
        let (mut one, mut other) = (old.clone(), new.clone());
        one.event = event.to_owned();
        other.event.clone_from(&one.event);
        assert_eq!(failure_counts(&one, &other), counts, "{event}");
    }
    // The newer one is of another change with the same head.
    for (a, b, counts) in [
        (vec![1], vec![1], false),
        (vec![1], vec![2], true),
        (vec![1], vec![], true),
        (vec![1, 2], vec![1, 2], false),
    ] {
        let (mut one, mut other) = (old.clone(), new.clone());
        (one.changes, other.changes) = (a.clone(), b.clone());
        assert_eq!(failure_counts(&one, &other), counts, "{a:?} {b:?}");
    }
}

#[test]
fn a_run_that_did_not_end_well_says_so_where_its_jobs_do_not() {
    let passed: &[(u64, &str, &str, u64)] = &[(11, "lint", "success", 1)];
    let skipped: &[(u64, &str, &str, u64)] =
        &[(11, "lint", "success", 1), (12, "unit", "skipped", 1)];
    let told: &[(u64, &str, &str, u64)] = &[(11, "lint", "cancelled", 1)];
    for (tries, word, want) in [
        (&[passed][..], "success", None),
        (&[passed], "cancelled", Some(Unknown)),
        (&[skipped], "cancelled", Some(Unknown)),
        (&[told], "cancelled", None),
        (&[passed, &[]], "cancelled", Some(Unknown)),
        (&[passed, &[]], "action_required", Some(Pending)),
        (&[passed], "stale", Some(Verdict::Stale)),
        (&[skipped], "neutral", None),
    ] {
        let rows = of_runs(vec![run(1, 9, "push", tries, word)]);
        let own = rows.iter().find(|(label, ..)| label == "ci");
        assert_eq!(own.map(|r| r.1), want, "{word} {tries:?}");
    }
    // It was queued again, and its new jobs are not there yet.
    let mut again = run(1, 9, "push", &[passed, &[]], "success");
    again.tries[1].conclusion = None;
    again.tries[1].status = crate::model::RunStatus::Queued;
    let rows = of_runs(vec![again]);
    assert!(
        rows.contains(&("ci".to_owned(), Pending, false)),
        "{rows:?}"
    );
}

#[test]
fn a_job_that_was_skipped_in_a_later_try_has_not_passed() {
    for (words, want) in [
        (["failure", "skipped"], Fail),
        (["failure", "cancelled"], Fail),
        (["failure", "success"], Pass),
        (["success", "skipped"], NotApplicable),
    ] {
        let tries: [&[(u64, &str, &str, u64)]; 2] =
            [&[(11, "e2e", words[0], 1)], &[(12, "e2e", words[1], 2)]];
        let rows = of_runs(vec![run(1, 9, "push", &tries, "success")]);
        let own = rows.iter().find(|r| r.0 == "ci / e2e").unwrap();
        assert_eq!(own.1, want, "{words:?}");
    }
}

#[test]
fn of_a_run_that_is_listed_twice_the_one_with_the_newest_try_counts() {
    let passed: &[(u64, &str, &str, u64)] = &[(11, "unit", "success", 1)];
    let failed: &[(u64, &str, &str, u64)] = &[(12, "unit", "failure", 2)];
    let old = run(1, 9, "push", &[passed], "success");
    let new = run(1, 9, "push", &[passed, failed], "failure");
    for runs in [vec![old.clone(), new.clone()], vec![new, old]] {
        let rows = of_runs(runs);
        assert!(rows.iter().any(|r| r.1 == Fail), "{rows:?}");
    }
}

#[test]
fn a_status_of_any_name_counts() {
    let statuses = vec![status("proofline/e2e", "failure")];
    let rows = shown(&ChangeFacts {
        statuses,
        ..facts()
    });
    assert_eq!(rows[0].1, Fail);
}
