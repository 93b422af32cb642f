//! Failed tests that only the logs of jobs name. What a result file of the same try tells is not told again;
//! where that is not sure, both are shown.

use super::untold::untold;
use crate::model::{
    ChangeFacts, Conclusion, Job, LogTail, PartName, ReportOrigin, RunTry, TestCase, TestReport,
    WorkflowRun,
};

/// Makes reports of the logs of a change, beside the reports of its result files.
pub fn reports(facts: &ChangeFacts) -> Vec<TestReport> {
    facts
        .logs
        .iter()
        .filter_map(|log| report(facts, log))
        .collect()
}

fn report(facts: &ChangeFacts, log: &LogTail) -> Option<TestReport> {
    let content = log.tests.clone()?;
    let run = facts.runs.iter().find(|r| r.id == log.run)?;
    // Its check says that it was run again.
    if is_run_again(run, log) {
        return None;
    }
    let of_try = |r: &&TestReport| {
        r.origin.run == Some(log.run) && r.origin.run_try.is_none_or(|n| n == log.run_try)
    };
    let files = facts.reports.iter().filter(of_try);
    let known: Vec<&TestCase> = files
        .flat_map(|r| &r.cases)
        .filter(|c| c.outcome.failed())
        .collect();
    let origin = ReportOrigin {
        run: Some(log.run),
        run_try: Some(log.run_try),
        job: Some(log.job),
        try_basis: Some("the job's own log".to_owned()),
        fetched_at: facts.checked_at(PartName::Logs),
        ..ReportOrigin::of_file(format!("log of {}", log.name), run.head_sha.clone())
    };
    // Files may be those of other jobs, unless no other ran.
    let is_alone = is_alone(facts, run, log);
    untold(content.of(origin), &known, |_, _| is_alone)
}

/// Tells whether no other job of a log's run made files, as far as is known.
fn is_alone(facts: &ChangeFacts, run: &WorkflowRun, log: &LogTail) -> bool {
    let jobs = run.tries.iter().flat_map(|t| &t.jobs);
    let mut others =
        jobs.filter(|j| j.name != log.name || j.run_try == log.run_try && j.id != log.job);
    let mut logs = facts.logs.iter();
    !others.any(|j| j.conclusion != Some(Conclusion::Skipped))
        && logs.all(|l| l.job == log.job || (l.run, l.run_try) != (log.run, log.run_try))
}

/// Tells whether a later try ran the job of a log again, to an end of its own. Where a try has several jobs
/// of one name, none of them is known to be another's.
fn is_run_again(run: &WorkflowRun, log: &LogTail) -> bool {
    let of_name = |t: &RunTry| t.jobs.iter().filter(|j| j.name == log.name).count();
    let is_alone = run.tries.iter().all(|t| of_name(t) <= 1);
    let later = run.tries.iter().filter(|t| t.n > log.run_try);
    let mut again = later.flat_map(|t| &t.jobs).filter(|j| j.name == log.name);
    // One that was not run again is listed with the number of its own try.
    let ended = |j: &Job| {
        j.run_try > log.run_try
            && matches!(
                j.conclusion,
                Some(Conclusion::Success | Conclusion::Failure | Conclusion::TimedOut)
            )
    };
    is_alone && again.any(ended)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        Outcome, RunStatus, Timestamp,
        samples::{self, sha},
    };

    fn run(tries: Vec<RunTry>) -> WorkflowRun {
        WorkflowRun {
            id: 1,
            name: "ci".to_owned(),
            path: String::new(),
            head_sha: sha("a"),
            head_branch: None,
            event: "push".to_owned(),
            run_number: 1,
            check_suite_id: None,
            workflow_id: None,
            changes: Vec::new(),
            actor: None,
            triggering_actor: None,
            created_at: Timestamp(0),
            url: String::new(),
            tries,
        }
    }

    /// The log of a job of the first try.
    fn log(job: u64, text: &str) -> LogTail {
        LogTail {
            job,
            run: 1,
            run_try: 1,
            name: "unit".to_owned(),
            size: 0,
            failing: String::new(),
            tail: String::new(),
            tests: Some(crate::formats::logs::failed_tests(text.as_bytes())),
        }
    }

    fn failed(class: &str, name: &str) -> TestCase {
        TestCase::named(class, name, Outcome::Failed)
    }

    /// What logs tell beside a file in which some tests failed: names, and failures that are not named.
    fn beside(logs: &[&str], file: &[(&str, &str)]) -> Vec<(Vec<String>, u64)> {
        let mut facts = samples::change(&sha("b"), &sha("a"));
        facts.runs = vec![run(Vec::new())];
        facts.logs = (7..).zip(logs).map(|(job, text)| log(job, text)).collect();
        let origin = ReportOrigin {
            run: Some(1),
            run_try: Some(1),
            ..ReportOrigin::of_file("r.xml", sha("a"))
        };
        let mut of_file = TestReport::refused(origin, "");
        of_file.refused = None;
        of_file.cases = file
            .iter()
            .map(|(class, name)| failed(class, name))
            .collect();
        facts.reports = vec![of_file];
        let found = reports(&facts).into_iter();
        let shown = |r: TestReport| {
            assert!(r.cases.iter().all(|c| c.outcome.failed()));
            let hidden = r.hidden_failures();
            (
                r.cases.into_iter().map(|c| c.name.to_string()).collect(),
                hidden,
            )
        };
        found.map(shown).collect()
    }

    #[test]
    fn a_log_tells_what_no_result_file_does() {
        let mocha = "  2 failing\n\n  1) cart\n       pays:\n     Error: a\n\n  2) cart\n       opens:\n     Error: b\n";
        let three = "3 failed in 0.05s\n";
        let names = |all: &[&str]| all.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let both = names(&["cart pays", "cart opens"]);
        for (logs, file, want, why) in [
            (
                vec![mocha],
                vec![],
                vec![(both.clone(), 0)],
                "no file tells",
            ),
            (
                vec![mocha],
                vec![("cart", "pays")],
                vec![(names(&["cart opens"]), 0)],
                "one is told",
            ),
            (
                vec![mocha],
                vec![("cart", "pays"), ("cart", "opens")],
                vec![],
                "both are told",
            ),
            (
                vec![mocha],
                vec![("shop", "pays")],
                vec![(both.clone(), 0)],
                "another class",
            ),
            (
                vec![mocha],
                vec![("", "?!")],
                vec![(both, 0)],
                "a name without a word",
            ),
            (
                vec![three],
                vec![],
                vec![(vec![], 3)],
                "a number without names",
            ),
            (
                vec![three],
                vec![("cart", "pays")],
                vec![(vec![], 2)],
                "a file names one of them",
            ),
            (
                vec![three, mocha],
                vec![("cart", "pays"), ("cart", "opens")],
                vec![(vec![], 3)],
                "the file may be the other job's",
            ),
            (vec!["all is well\n"], vec![], vec![], "nothing failed"),
        ] {
            assert_eq!(beside(&logs, &file), want, "{why}");
        }
    }

    /// A try with jobs of the name `unit`, as they ended.
    fn tried(n: u64, ended: &[Conclusion]) -> RunTry {
        let job = |conclusion: &Conclusion| Job {
            id: 0,
            name: "unit".to_owned(),
            run_try: n,
            status: RunStatus::Completed,
            conclusion: Some(conclusion.clone()),
            started_at: None,
            completed_at: None,
            url: String::new(),
        };
        RunTry {
            n,
            jobs: ended.iter().map(job).collect(),
            status: RunStatus::Completed,
            conclusion: None,
            started_at: None,
            updated_at: None,
        }
    }

    #[test]
    fn a_job_that_was_run_again_is_told_by_its_newest_try() {
        use Conclusion::{Cancelled, Failure, Skipped, Success};
        for (second, want) in [
            (None, false),
            (Some(vec![Success]), true),
            (Some(vec![Failure]), true),
            (Some(vec![Skipped]), false),
            (Some(vec![Cancelled]), false),
            (Some(vec![]), false),
            (Some(vec![Success, Success]), false),
        ] {
            let first = tried(1, &[Failure]);
            let tries = std::iter::once(first).chain(second.iter().map(|s| tried(2, s)));
            let run = run(tries.collect());
            assert_eq!(is_run_again(&run, &log(7, "")), want, "{second:?}");
        }
        // Listed again, not run again.
        let mut listed = tried(2, &[Success]);
        listed.jobs[0].run_try = 1;
        assert!(!is_run_again(
            &run(vec![tried(1, &[Failure]), listed]),
            &log(7, "")
        ));
    }

    #[test]
    fn a_file_explains_what_a_log_counts_where_no_other_job_ran() {
        use Conclusion::{Failure, Skipped, Success};
        for (other, want) in [(None, true), (Some(Skipped), true), (Some(Success), false)] {
            let mut own = tried(1, &[Failure]);
            own.jobs[0].id = 7;
            if let Some(ended) = other.clone() {
                let mut job = tried(1, &[ended]).jobs.remove(0);
                (job.id, job.name) = (8, "lint".to_owned());
                own.jobs.push(job);
            }
            let facts = samples::change(&sha("b"), &sha("a"));
            let run = run(vec![own]);
            assert_eq!(is_alone(&facts, &run, &log(7, "")), want, "{other:?}");
        }
    }
}
