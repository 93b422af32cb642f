//! Result files and reports of scanners that are kept, as they belong to a change.

use std::collections::HashMap;

use super::{QueryError, derived};
use crate::{
    formats::files::{self, FileFact, Holds},
    model::{
        Analysis, Artifact, ChangeFacts, EvidenceFile, Problem, ReportOrigin, ScanReport, Sha,
        TestReport, Timestamp, WorkflowRun,
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
