//! Result files and reports of scanners that are kept, as they belong to a change.

use std::collections::HashMap;

use super::{QueryError, derived};
use crate::{
    formats::files::{self, FileFact, Holds},
    model::{
        Analysis, Artifact, ChangeFacts, Conclusion, EvidenceFile, Job, LogTail, Problem,
        ReportOrigin, RunTry, ScanReport, Sha, TestCase, TestReport, Timestamp, Totals,
        WorkflowRun,
    },
    store::{Cache, ListedFile, RepoRow},
};

/// What the names begin with under which reports of analyses are kept.
pub const SCANS: &str = "analysis/";

/// Name under which the report of an analysis is kept.
pub fn scan_name(id: u64) -> String {
    format!("{SCANS}{id}")
}

/// Takes in the result files and reports of the artifacts, each with the try that made it.
pub(super) fn results(
    (cache, now): (&Cache, Timestamp),
    row: &RepoRow,
    facts: &mut ChangeFacts,
) -> Result<(), QueryError> {
    let mut all = Vec::new();
    for artifact in facts.artifacts.clone() {
        if let Some(stored) = cache.artifact(row.id, artifact.id)? {
            all.push((artifact, stored));
        }
    }
    // All that is known of them at once.
    let files = all.iter().flat_map(|(_, (files, ..))| files);
    let ids: Vec<String> = files.map(|f| files::id(&f.path, &f.digest)).collect();
    let asked = ids.iter().map(String::as_str);
    let mut known: HashMap<String, FileFact> = derived::recall(cache, files::READER, asked)?;
    for (artifact, (files, problems, at)) in all {
        facts.problems.extend(problems.iter().cloned());
        let Some(head) = artifact.head_sha.clone() else {
            continue;
        };
        let (run_try, try_basis) = made_by(&facts.runs, &artifact);
        let origin = |file: String| ReportOrigin {
            file,
            artifact: Some(artifact.id),
            artifact_name: Some(artifact.name.clone()),
            run: Some(artifact.run_id),
            run_try,
            job: None,
            try_basis: try_basis.clone(),
            head: head.clone(),
            fetched_at: Some(at),
        };
        // What was not taken out of it may have been results.
        for problem in problems {
            let inside = problem.place.rsplit(" / ").next().unwrap_or_default();
            let refused = TestReport::refused(origin(inside.to_owned()), problem.what);
            facts.reports.push(refused);
        }
        for file in files {
            let (name, run) = (&artifact.name, artifact.run_id);
            let place = format!("{} in {name} of run {run}", file.path);
            let fact = match known.remove(&files::id(&file.path, &file.digest)) {
                Some(fact) => fact,
                None => fact((cache, now), &file)?,
            };
            facts.files.push(EvidenceFile {
                artifact: artifact.id,
                path: file.path.clone(),
                digest: file.digest.clone(),
                kind: fact.kind,
                size: file.size,
            });
            match fact.holds {
                Holds::Tests(content) => {
                    let origin = origin(file.path);
                    facts.reports.push(content.of(origin));
                    facts.problems.extend(fact.problems);
                }
                Holds::Scans(reports) => {
                    let series = format!("{}/{}", artifact.name, file.path);
                    let scans = Scans {
                        path: &file.path,
                        place: &place,
                        series: &series,
                        head: Some(&head),
                        analysis: None,
                    };
                    scans.add(facts, reports, fact.problems);
                }
                Holds::Nothing => {
                    let of = |problem: Problem| Problem {
                        place: place.clone(),
                        ..problem
                    };
                    facts.problems.extend(fact.problems.into_iter().map(of));
                }
                Holds::Refused(why) => {
                    let refused = TestReport::refused(origin(file.path), why.as_str());
                    facts.reports.push(refused);
                    facts.problems.push(Problem::warning(place, why));
                }
            }
        }
    }
    Ok(())
}

/// Takes in the failed tests that logs of jobs name, but those that a result file of the same try tells of.
pub(super) fn from_logs(facts: &mut ChangeFacts, at: Option<Timestamp>) {
    let mut found = Vec::new();
    for log in &facts.logs {
        let run = facts.runs.iter().find(|r| r.id == log.run);
        let (Some(content), Some(run)) = (&log.tests, run) else {
            continue;
        };
        // Its check says that it was run again.
        if is_run_again(run, log) {
            continue;
        }
        let of_try = |r: &&TestReport| {
            r.origin.run == Some(log.run) && r.origin.run_try.is_none_or(|n| n == log.run_try)
        };
        let told: Vec<String> = facts
            .reports
            .iter()
            .filter(of_try)
            .flat_map(|r| r.cases.iter().filter(|c| c.outcome.failed()))
            .map(words)
            .collect();
        let mut content = content.clone();
        content.cases.retain(|case| {
            let own = words(case);
            let is_told = |t: &String| t.ends_with(&own) || own.ends_with(t);
            !told.iter().any(is_told)
        });
        let named = content.cases.len() as u64;
        content.counted = Totals {
            tests: named,
            failures: named,
            ..Totals::default()
        };
        let failures = if told.is_empty() {
            content.declared.failures.max(named)
        } else {
            named
        };
        content.declared = Totals {
            failures,
            ..content.counted
        };
        if failures == 0 {
            continue;
        }
        let origin = ReportOrigin {
            file: format!("log of {}", log.name),
            artifact: None,
            artifact_name: None,
            run: Some(log.run),
            run_try: Some(log.run_try),
            job: Some(log.job),
            try_basis: Some("the job's own log".to_owned()),
            head: run.head_sha.clone(),
            fetched_at: at,
        };
        found.push(content.of(origin));
    }
    facts.reports.extend(found);
}

/// Tells whether a later try ran the job of a log again, to an end of its own. Where a try has several jobs
/// of one name, none of them is known to be another's.
fn is_run_again(run: &WorkflowRun, log: &LogTail) -> bool {
    let of_name = |n: &RunTry| n.jobs.iter().filter(|j| j.name == log.name).count();
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

/// The letters and digits of a test's whole name, however its runner joins them.
fn words(case: &TestCase) -> String {
    let all = case.class.chars().chain(case.name.chars());
    let kept = all.filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

/// Takes in the reports of the analyses.
pub(super) fn scans(
    (cache, now): (&Cache, Timestamp),
    row: &RepoRow,
    facts: &mut ChangeFacts,
) -> Result<(), QueryError> {
    for file in cache.kept_names(row.id, facts.pr.number, SCANS)? {
        let of = |a: &&Analysis| scan_name(a.id) == file.path;
        // One that the forge lists no more says nothing of the change as it is.
        let Some(analysis) = facts.analyses.iter().find(of).cloned() else {
            continue;
        };
        let id = files::id(&file.path, &file.digest);
        let fact: FileFact = derived::fact((cache, now), files::SARIF_READER, &id, || {
            Ok(files::read_sarif(&file.path, &cache.content(&file.digest)?))
        })?;
        match fact.holds {
            Holds::Scans(reports) => {
                let scans = Scans {
                    path: &file.path,
                    place: &file.path,
                    series: &analysis.category,
                    head: analysis.commit.as_ref(),
                    analysis: Some(analysis.id),
                };
                scans.add(facts, reports, fact.problems);
            }
            Holds::Refused(why) => facts.problems.push(Problem::warning(file.path, why)),
            Holds::Tests(_) | Holds::Nothing => {}
        }
    }
    Ok(())
}

/// What a kept file holds; it is read where that is not known yet.
fn fact(cache: (&Cache, Timestamp), file: &ListedFile) -> Result<FileFact, QueryError> {
    let id = files::id(&file.path, &file.digest);
    derived::fact(cache, files::READER, &id, || {
        let bytes = cache.0.content(&file.digest)?;
        Ok(files::read(&file.path, &bytes))
    })
}

/// Where reports of scans belong.
struct Scans<'a> {
    /// Path under which the file was read.
    path: &'a str,
    /// What it is called on the screen.
    place: &'a str,
    series: &'a str,
    head: Option<&'a Sha>,
    analysis: Option<u64>,
}

impl Scans<'_> {
    fn add(&self, facts: &mut ChangeFacts, reports: Vec<ScanReport>, problems: Vec<Problem>) {
        let placed = |text: &str| match text.strip_prefix(self.path) {
            Some(rest) => format!("{}{rest}", self.place),
            None => text.to_owned(),
        };
        facts.scans.extend(
            reports
                .into_iter()
                .enumerate()
                .map(|(n, report)| ScanReport {
                    file: placed(&report.file),
                    series: format!("{}#{n}", self.series),
                    head: self.head.cloned(),
                    analysis: self.analysis,
                    ..report
                }),
        );
        let of = |problem: Problem| Problem {
            place: placed(&problem.place),
            ..problem
        };
        facts.problems.extend(problems.into_iter().map(of));
    }
}

/// Finds the try that made an artifact: the API does not say, so the only one, else the one in
/// whose time it was made.
fn made_by(runs: &[WorkflowRun], artifact: &Artifact) -> (Option<u64>, Option<String>) {
    let Some(run) = runs.iter().find(|r| r.id == artifact.run_id) else {
        return (None, None);
    };
    if let [only] = run.tries.as_slice() {
        return (Some(only.n), Some("the only try".to_owned()));
    }
    let Some(at) = artifact.created_at else {
        return (None, None);
    };
    let found = run
        .tries
        .iter()
        .rev()
        .find(|t| t.started_at.is_some_and(|s| s <= at));
    (
        found.map(|t| t.n),
        found.map(|_| "made within the try's time".to_owned()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        Outcome, RunStatus,
        samples::{self, sha},
    };

    fn run() -> WorkflowRun {
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
            tries: Vec::new(),
        }
    }

    /// The reports that a log gives beside a result file in which some tests failed.
    fn beside(log: &str, file: &[&str]) -> Vec<(Vec<String>, u64)> {
        let mut facts = samples::change(&sha("b"), &sha("a"));
        facts.runs = vec![run()];
        let tests = crate::formats::logs::failed_tests(log.as_bytes());
        facts.logs = vec![LogTail {
            job: 7,
            run: 1,
            run_try: 1,
            name: "unit".to_owned(),
            size: 0,
            failing: String::new(),
            tail: String::new(),
            tests: Some(tests),
        }];
        let cases = file
            .iter()
            .map(|name| format!("<testcase classname='cart' name='{name}'><failure/></testcase>"));
        let xml = format!("<testsuite>{}</testsuite>", cases.collect::<String>());
        let (content, _) = crate::formats::results::read(xml.as_bytes(), "r.xml").unwrap();
        let origin = ReportOrigin {
            file: "r.xml".to_owned(),
            artifact: None,
            artifact_name: Some("junit".to_owned()),
            run: Some(1),
            run_try: Some(1),
            job: None,
            try_basis: None,
            head: sha("a"),
            fetched_at: None,
        };
        facts.reports = vec![content.of(origin)];
        from_logs(&mut facts, None);
        let of_logs = facts.reports.iter().filter(|r| r.origin.job == Some(7));
        of_logs
            .map(|r| {
                assert!(r.cases.iter().all(|c| c.outcome == Outcome::Failed));
                let names = r.cases.iter().map(|c| c.name.clone()).collect();
                (names, r.hidden_failures())
            })
            .collect()
    }

    #[test]
    fn a_log_tells_what_no_result_file_does() {
        let mocha = "  2 failing\n\n  1) cart\n       pays:\n     Error: a\n\n  2) cart\n       opens:\n     Error: b\n";
        let names = |all: &[&str]| all.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        for (log, file, want, why) in [
            (
                mocha,
                vec![],
                vec![(names(&["cart pays", "cart opens"]), 0)],
                "no file tells",
            ),
            (
                mocha,
                vec!["pays"],
                vec![(names(&["cart opens"]), 0)],
                "a file tells of one",
            ),
            (mocha, vec!["pays", "opens"], vec![], "a file tells of both"),
            (
                "3 failed in 0.05s\n",
                vec![],
                vec![(vec![], 3)],
                "a number without names",
            ),
            (
                "3 failed in 0.05s\n",
                vec!["pays"],
                vec![],
                "a file names what it counts",
            ),
            ("all is well\n", vec![], vec![], "nothing failed"),
        ] {
            assert_eq!(beside(log, &file), want, "{why}");
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
        let log = LogTail {
            job: 7,
            run: 1,
            run_try: 1,
            name: "unit".to_owned(),
            size: 0,
            failing: String::new(),
            tail: String::new(),
            tests: None,
        };
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
            let run = WorkflowRun {
                tries: tries.collect(),
                ..run()
            };
            assert_eq!(is_run_again(&run, &log), want, "{second:?}");
        }
    }
}
