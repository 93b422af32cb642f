//! What counts where two records tell of one thing, or of two that look like one.

use super::tests::{check_run, facts, head, minute, of_runs, run, shown, status};
use super::*;
use crate::model::{CheckRun, CommitStatus};

use Verdict::{Fail, NotApplicable, Pass};

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
