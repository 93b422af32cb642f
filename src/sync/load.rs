//! Loading a change from the cache: no network, no git process.

use serde::de::DeserializeOwned;

use super::engine::SyncError;
use crate::{
    decide::Dossier,
    formats::results,
    model::{
        Artifact, ChangeFacts, ChangeId, GitFacts, Login, Part, PartName, PartState, Problem,
        ReportOrigin, Timestamp, WorkflowRun,
    },
    store::{Cache, PartRow, RepoRow},
};

/// Loads a change and derives all that is shown of it.
pub fn load(cache: &Cache, id: &ChangeId, now: Timestamp) -> Result<Dossier, SyncError> {
    let row = cache.repo(&id.repo)?;
    let facts = facts(cache, &row, id)?;
    Ok(Dossier::of(facts, now))
}

/// Computes the summaries of all changes that have evidence, from the cache alone.
pub fn summarise_all(cache: &Cache, repo: &RepoRow, now: Timestamp) -> Result<usize, SyncError> {
    let mut count = 0;
    for change in cache
        .changes(repo.id)?
        .into_iter()
        .filter(|c| c.synced_for.is_some())
    {
        let id = ChangeId {
            repo: repo.repo.clone(),
            number: change.pr.number,
        };
        let loaded = load(cache, &id, now)?;
        let json =
            serde_json::to_string(&loaded.summary).map_err(|e| SyncError::Record(e.to_string()))?;
        cache.set_summary(repo.id, change.pr.number, json, None)?;
        count += 1;
    }
    Ok(count)
}

fn facts(cache: &Cache, row: &RepoRow, id: &ChangeId) -> Result<ChangeFacts, SyncError> {
    let change = cache
        .change(row.id, id.number)?
        .ok_or_else(|| SyncError::NoChange(id.clone()))?;
    let mut facts = ChangeFacts::bare(id.repo.clone(), change.pr);
    facts.viewer = row.viewer.clone().map(Login::new);
    for part in cache.parts(row.id, id.number)? {
        take(&mut facts, part);
    }
    reports(cache, row, &mut facts)?;
    Ok(facts)
}

fn take(facts: &mut ChangeFacts, part: PartRow) {
    let json = part.records.as_deref();
    let problems = &mut facts.problems;
    match part.part {
        PartName::Commits => read_into(&mut facts.commits, json, part.part, problems),
        PartName::Reviews => read_into(&mut facts.reviews, json, part.part, problems),
        PartName::Comments => read_into(&mut facts.comments, json, part.part, problems),
        PartName::Timeline => read_into(&mut facts.timeline, json, part.part, problems),
        PartName::Activity => read_into(&mut facts.activity, json, part.part, problems),
        PartName::Runs => read_into(&mut facts.runs, json, part.part, problems),
        PartName::Checks => {
            let mut both = (Vec::new(), Vec::new());
            read_into(&mut both, json, part.part, problems);
            (facts.checks, facts.statuses) = both;
        }
        PartName::Artifacts => read_into(&mut facts.artifacts, json, part.part, problems),
        PartName::Issues => read_into(&mut facts.issues, json, part.part, problems),
        PartName::Attestations => read_into(&mut facts.attested, json, part.part, problems),
        PartName::Git => {
            let mut both: (GitFacts, Vec<Problem>) = (GitFacts::default(), Vec::new());
            read_into(&mut both, json, part.part, problems);
            facts.git = both.0;
            facts.problems.extend(both.1);
        }
        PartName::PullRequest | PartName::Results => {}
    }
    match &part.state {
        PartState::Failed(why) => {
            facts.problems.push(
                Problem::error(part.part.name(), why.clone())
                    .hinted("press r to sync this change again"),
            );
        }
        PartState::Partial(why) => facts
            .problems
            .push(Problem::warning(part.part.name(), why.clone())),
        _ => {}
    }
    facts.parts.push(Part {
        name: part.part,
        state: part.state,
        checked_at: part.checked_at,
        count: part.count,
    });
}

fn read_into<T: DeserializeOwned>(
    to: &mut T,
    json: Option<&str>,
    part: PartName,
    problems: &mut Vec<Problem>,
) {
    let Some(json) = json else { return };
    match serde_json::from_str(json) {
        Ok(value) => *to = value,
        Err(e) => problems.push(
            Problem::error(part.name(), format!("what is cached cannot be read ({e})"))
                .hinted("sync this change again"),
        ),
    }
}

/// Reads the stored result files and finds the try that made each.
fn reports(cache: &Cache, row: &RepoRow, facts: &mut ChangeFacts) -> Result<(), SyncError> {
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
            match results::read_junit(&file.bytes, origin) {
                Ok((report, problems)) => {
                    facts.reports.push(report);
                    facts.problems.extend(problems);
                }
                Err(error) => {
                    let place = format!(
                        "{} in {} of run {}",
                        file.path, artifact.name, artifact.run_id
                    );
                    facts
                        .problems
                        .push(Problem::warning(place, error.to_string()));
                }
            }
        }
    }
    Ok(())
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
