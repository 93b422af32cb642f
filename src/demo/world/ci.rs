//! Workflow runs of the story: three jobs a run, each with its log, and the reports that the two
//! test jobs keep.

use std::fmt::Write as _;

use git2::Oid;

use super::builder::Builder;
use super::git::Files;
use super::model::{Annotation, AppCheck, Artifact, CI, Job, Run, SCANNING, Step, Time, Try};
use super::results::{Failed, Totals, junit, lcov, zipped};
use super::suite::{Case, integration_cases, unit_cases};
use super::time::after;
use crate::demo::DemoError;

/// What the run is for.
pub(super) struct RunPlan<'a> {
    /// Number of the change as written; none for a push to the main branch.
    pub(super) pull: Option<u64>,
    pub(super) branch: &'a str,
    pub(super) head: Oid,
    pub(super) title: &'a str,
    pub(super) actor: &'a str,
    pub(super) tries: &'a [TryPlan<'a>],
}

/// One try of a run.
#[derive(Clone)]
pub(super) struct TryPlan<'a> {
    pub(super) at: Time,
    pub(super) minutes: i64,
    pub(super) by: &'a str,
    /// Jobs of this try: name and conclusion. A re-run of failed jobs has only those.
    pub(super) jobs: &'a [(&'static str, &'static str)],
    /// Tests that failed in this try, of either job.
    pub(super) failed: Vec<Failed>,
    pub(super) unit_totals: Totals,
    /// A test whose name the source does not hold, at the end of the integration report.
    pub(super) extra_case: Option<&'a str>,
}

impl<'a> TryPlan<'a> {
    /// A try in which everything was green.
    pub(super) fn green(at: Time, by: &'a str) -> Self {
        Self {
            at,
            minutes: 5,
            by,
            jobs: GREEN,
            failed: Vec::new(),
            unit_totals: Totals::Counted,
            extra_case: None,
        }
    }
}

/// All jobs, all green.
pub(super) const GREEN: &[(&str, &str)] = &[
    ("unit", "success"),
    ("integration", "success"),
    ("lint", "success"),
];

impl Builder {
    /// Adds a workflow run, and the check by the scanner beside it.
    pub(super) fn ci(&mut self, plan: &RunPlan<'_>) -> Result<u64, DemoError> {
        let files = self.git.files(plan.head)?;
        self.last_run_number += 1;
        let (id, suite) = (self.world.next_id(), self.world.next_id());
        let mut run = Run {
            id,
            suite,
            number: self.last_run_number,
            workflow: CI,
            event: if plan.pull.is_some() {
                "pull_request"
            } else {
                "push"
            },
            branch: self.say(plan.branch),
            head: plan.head,
            title: self.say(plan.title),
            pull: plan.pull.map(|number| self.cast.number(number)),
            actor: self.say(plan.actor),
            tries: Vec::new(),
            artifacts: Vec::new(),
        };
        for (number, plan) in (1..).zip(plan.tries) {
            self.add_try(&mut run, number, plan, &files)?;
        }
        self.world.runs.push(run);
        Ok(id)
    }

    fn add_try(
        &mut self,
        run: &mut Run,
        number: u64,
        plan: &TryPlan<'_>,
        files: &Files,
    ) -> Result<(), DemoError> {
        let finished = after(plan.at, plan.minutes);
        let package = self.say("payments");
        let mut jobs = Vec::new();
        for (name, conclusion) in plan.jobs {
            let mut cases = match *name {
                "unit" => unit_cases(files, &package),
                "integration" => integration_cases(files, &package),
                _ => Vec::new(),
            };
            if *name == "integration" {
                cases.extend(plan.extra_case.map(|extra| odd_case(&package, extra)));
            }
            let failed: Vec<Failed> = plan
                .failed
                .iter()
                .filter(|failed| cases.iter().any(|case| case.name == failed.name))
                .cloned()
                .collect();
            if !cases.is_empty() {
                let totals = if *name == "unit" {
                    plan.unit_totals
                } else {
                    Totals::Counted
                };
                let report = junit(name, &cases, &failed, plan.at, totals);
                let (zip, sha256) = zipped(&format!("junit-{name}.xml"), &report)?;
                run.artifacts.push(Artifact {
                    id: self.world.next_id(),
                    name: format!("junit-{name}"),
                    zip,
                    sha256,
                    created: after(finished, -1),
                    expired: false,
                });
            }
            if *name == "unit" {
                let (zip, sha256) = zipped("lcov.info", &lcov(files))?;
                let id = self.extra_id();
                run.artifacts.push(Artifact {
                    id,
                    name: "coverage-unit".to_owned(),
                    zip,
                    sha256,
                    created: after(finished, -1),
                    expired: false,
                });
            }
            jobs.push(self.job(name, conclusion, plan, &cases, &failed));
        }
        let green = plan
            .jobs
            .iter()
            .all(|(_, conclusion)| *conclusion == "success");
        run.tries.push(Try {
            number,
            by: self.say(plan.by),
            started: plan.at,
            finished: Some(finished),
            conclusion: Some(if green { "success" } else { "failure" }),
            jobs,
        });
        Ok(())
    }

    fn job(
        &mut self,
        name: &'static str,
        conclusion: &'static str,
        plan: &TryPlan<'_>,
        cases: &[Case],
        failed: &[Failed],
    ) -> Job {
        let annotations = if conclusion == "failure" {
            annotations(failed)
        } else {
            Vec::new()
        };
        Job {
            id: self.world.next_id(),
            name,
            started: plan.at,
            finished: Some(after(plan.at, plan.minutes)),
            conclusion: Some(conclusion),
            steps: steps(name, conclusion, failed),
            annotations,
            log: log(name, conclusion, plan.at, cases, failed),
        }
    }

    /// Adds the check by the scanner; `alert` is the place of what it found.
    pub(super) fn scan(
        &mut self,
        (pull, branch, head): (u64, &str, Oid),
        at: Time,
        alert: Option<(&str, u64, &str)>,
    ) {
        let annotations: Vec<Annotation> = alert
            .into_iter()
            .map(|(path, line, message)| Annotation {
                path: self.say(path),
                line,
                level: "warning",
                title: "Database query built from user-controlled sources".to_owned(),
                message: message.to_owned(),
            })
            .collect();
        let found = annotations.len();
        let check = AppCheck {
            id: self.world.next_id(),
            suite: self.world.next_id(),
            app: SCANNING,
            name: "CodeQL",
            branch: self.say(branch),
            head,
            pull: Some(self.cast.number(pull)),
            conclusion: if found > 0 { "failure" } else { "success" },
            started: at,
            finished: after(at, 3),
            title: match found {
                0 => "No new alerts in code changed by this pull request".to_owned(),
                n => format!("{n} new alert"),
            },
            summary: match found {
                0 => String::new(),
                n => format!("{n} medium severity alert in code changed by this pull request"),
            },
            annotations,
        };
        self.world.app_checks.push(check);
    }
}

fn odd_case(package: &str, name: &str) -> Case {
    Case {
        binary: format!("{package}::integration"),
        name: name.to_owned(),
        file: "tests/integration.rs".to_owned(),
        line: 1,
        ignored: false,
    }
}

fn annotations(failed: &[Failed]) -> Vec<Annotation> {
    let exit = Annotation {
        path: ".github".to_owned(),
        line: 1,
        level: "failure",
        title: String::new(),
        message: "Process completed with exit code 100.".to_owned(),
    };
    let of_tests = failed.iter().map(|failed| Annotation {
        path: failed.file.clone(),
        line: failed.line,
        level: "failure",
        title: failed.name.clone(),
        message: failed.text(),
    });
    of_tests.chain([exit]).collect()
}

/// The steps of a job. A failed test in a job that is green all the same was let through by
/// `continue-on-error`, which shows the step as a success too.
fn steps(name: &str, conclusion: &'static str, failed: &[Failed]) -> Vec<Step> {
    let step = |name: &str, conclusion: &'static str| Step {
        name: name.to_owned(),
        conclusion: Some(conclusion),
    };
    let main = match name {
        "unit" => "Unit tests",
        "integration" => "Integration tests",
        _ => "Lint",
    };
    let main_conclusion = if failed.is_empty() {
        "success"
    } else {
        conclusion
    };
    let mut steps = vec![
        step("Set up job", "success"),
        step("Run actions/checkout@v5", "success"),
        step(main, main_conclusion),
    ];
    if name != "lint" {
        steps.push(step("Keep the results", "success"));
    }
    steps.push(step("Complete job", "success"));
    steps
}

fn log(name: &str, conclusion: &str, at: Time, cases: &[Case], failed: &[Failed]) -> String {
    let mut lines = vec![
        "Current runner version: '2.330.0'".to_owned(),
        "##[group]Operating System".to_owned(),
        "Ubuntu".to_owned(),
        "24.04.3".to_owned(),
        "##[endgroup]".to_owned(),
        format!(
            "\u{1b}[36;1mcargo {}\u{1b}[0m",
            if name == "lint" { "clippy" } else { "nextest" }
        ),
    ];
    for failed in failed {
        let binary = cases.iter().find(|case| case.name == failed.name);
        lines.push(format!(
            "\u{1b}[31;1m        FAIL\u{1b}[0m [   0.012s] {} {}",
            binary.map_or("payments", |case| case.binary.as_str()),
            failed.name
        ));
        lines.extend(failed.text().lines().map(str::to_owned));
    }
    if !cases.is_empty() {
        let skipped = cases.iter().filter(|case| case.ignored).count();
        let ran = cases.len() - skipped;
        let passed = ran - failed.len();
        let count = failed.len();
        lines.push(format!(
            "     Summary [  38.201s] {ran} tests run: {passed} passed, {count} failed, {skipped} skipped"
        ));
    }
    if !failed.is_empty() || conclusion == "failure" {
        lines.push("##[error]Process completed with exit code 100.".to_owned());
    }
    let stamp = at.format("%Y-%m-%dT%H:%M:%S.0000000Z");
    lines.into_iter().fold(String::new(), |mut log, line| {
        let _ = writeln!(log, "{stamp} {line}");
        log
    })
}
