//! Result files and reports of scanners that are kept, as they belong to a change.

use super::QueryError;
use crate::{
    formats::{kinds, results, sarif},
    model::{
        Analysis, Artifact, ChangeFacts, EvidenceFile, EvidenceKind, Problem, ReportOrigin, Sha,
        WorkflowRun,
    },
    store::{Cache, RepoRow},
};

/// What the names begin with under which reports of analyses are kept.
pub const SCANS: &str = "analysis/";

/// Name under which the report of an analysis is kept.
pub fn scan_name(id: u64) -> String {
    format!("{SCANS}{id}")
}

/// Reads the stored result files and finds the try that made each.
pub(super) fn results(
    cache: &Cache,
    row: &RepoRow,
    facts: &mut ChangeFacts,
) -> Result<(), QueryError> {
    for artifact in facts.artifacts.clone() {
        let Some((files, problems, at)) = cache.artifact(row.id, artifact.id)? else {
            continue;
        };
        facts.problems.extend(problems);
        let Some(head) = artifact.head_sha.clone() else {
            continue;
        };
        let (run_try, try_basis) = made_by(&facts.runs, &artifact);
        for file in files {
            let origin = ReportOrigin {
                file: file.path.clone(),
                artifact: Some(artifact.id),
                artifact_name: Some(artifact.name.clone()),
                run: Some(artifact.run_id),
                run_try,
                try_basis: try_basis.clone(),
                head: head.clone(),
                fetched_at: Some(at),
            };
            let place = format!(
                "{} in {} of run {}",
                file.path, artifact.name, artifact.run_id
            );
            let kind = kinds::kind_of(&file.path, &file.bytes);
            let refused = match kind {
                EvidenceKind::Junit | EvidenceKind::Ctrf | EvidenceKind::Other => {
                    let read = results::read(&file.bytes, origin).map(|(report, problems)| {
                        facts.reports.push(report);
                        facts.problems.extend(problems);
                    });
                    read.err().map(|e| e.to_string())
                }
                EvidenceKind::Sarif => {
                    let series = format!("{}/{}", artifact.name, file.path);
                    let head = artifact.head_sha.as_ref();
                    take_sarif(facts, &file.bytes, (&place, &series), head)
                }
                EvidenceKind::Lcov | EvidenceKind::Cobertura | EvidenceKind::Bundle => None,
            };
            let problem = refused.map(|why| Problem::warning(place, why));
            facts.problems.extend(problem);
            facts.files.push(EvidenceFile {
                artifact: artifact.id,
                path: file.path,
                digest: file.digest,
                kind,
                size: file.bytes.len() as u64,
            });
        }
    }
    Ok(())
}

/// Reads the reports of the analyses.
pub(super) fn scans(
    cache: &Cache,
    row: &RepoRow,
    facts: &mut ChangeFacts,
) -> Result<(), QueryError> {
    let listed: Vec<String> = facts.analyses.iter().map(|a| scan_name(a.id)).collect();
    for file in cache.kept_files(row.id, facts.pr.number, SCANS)? {
        // One that the forge lists no more says nothing of the change as it is.
        if !listed.contains(&file.path) {
            continue;
        }
        let of = |a: &&Analysis| scan_name(a.id) == file.path;
        let Some(analysis) = facts.analyses.iter().find(of).cloned() else {
            continue;
        };
        let before = facts.scans.len();
        let refused = take_sarif(
            facts,
            &file.bytes,
            (&file.path, &analysis.category),
            analysis.commit.as_ref(),
        );
        for report in facts.scans.iter_mut().skip(before) {
            report.analysis = Some(analysis.id);
        }
        let problem = refused.map(|why| Problem::warning(file.path, why));
        facts.problems.extend(problem);
    }
    Ok(())
}

/// Takes in a report by its place and its series; returns why it cannot be read.
fn take_sarif(
    facts: &mut ChangeFacts,
    bytes: &[u8],
    (place, series): (&str, &str),
    head: Option<&Sha>,
) -> Option<String> {
    match sarif::read_sarif(bytes, place) {
        Ok((mut reports, problems)) => {
            for (n, report) in reports.iter_mut().enumerate() {
                report.series = format!("{series}#{n}");
                report.head = head.cloned();
            }
            facts.scans.extend(reports);
            facts.problems.extend(problems);
            None
        }
        Err(error) => Some(format!("is no SARIF report ({error})")),
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
