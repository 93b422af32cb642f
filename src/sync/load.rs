//! Loading a change from the cache: no network, no git process.

use serde::de::DeserializeOwned;

use super::{
    engine::{Engine, SyncError},
    scans,
};
use crate::{
    contract::Summary,
    decide::Dossier,
    formats::{kinds, results, sarif},
    model::{
        Analysis, Artifact, BranchDemands, ChangeFacts, ChangeId, ContractFile, Demands,
        EvidenceFile, EvidenceKind, GitFacts, Login, Part, PartName, PartState, Problem, RepoFacts,
        RepoPart, RepoPartInfo, ReportOrigin, Sha, Timestamp, WorkflowRun,
    },
    store::{Cache, ChangeRow, PartRow, RepoRow},
};

/// Loads a change and derives all that is shown of it to an account.
///
/// # Errors
/// Where the change is not cached, or the cache cannot be read.
pub fn load(
    cache: &Cache,
    id: &ChangeId,
    viewer: Option<&Login>,
    now: Timestamp,
) -> Result<Dossier, SyncError> {
    let row = cache.repo(&id.repo)?;
    let mut facts = facts(cache, &row, id)?;
    facts.viewer = viewer.cloned();
    Ok(Dossier::of(facts, now))
}

impl Engine {
    /// Returns what the list shows of a change; none before its evidence was pulled. One that another
    /// version of this program wrote is made anew from the cache.
    pub fn summary_of(&self, repo: &RepoRow, change: &ChangeRow) -> Option<Summary> {
        let kept = change.summary.as_deref();
        if let Some(summary) = kept.and_then(|json| serde_json::from_str(json).ok()) {
            return Some(summary);
        }
        change.synced_for?;
        let number = change.pr.number;
        let id = ChangeId {
            repo: repo.repo.clone(),
            number,
        };
        let made = load(&self.cache, &id, self.viewer().as_ref(), self.now()).ok()?;
        if let Ok(json) = serde_json::to_string(&made.summary) {
            // Where it cannot be written, it is made anew the next time.
            let _ = self.cache.set_summary(repo.id, number, json, None, None);
        }
        Some(made.summary)
    }
}

/// Computes the summaries of all changes that have evidence, from the cache alone.
pub fn summarise_all(
    cache: &Cache,
    repo: &RepoRow,
    viewer: Option<&Login>,
    now: Timestamp,
) -> Result<usize, SyncError> {
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
        let loaded = load(cache, &id, viewer, now)?;
        let json =
            serde_json::to_string(&loaded.summary).map_err(|e| SyncError::Record(e.to_string()))?;
        cache.set_summary(repo.id, change.pr.number, json, None, None)?;
        count += 1;
    }
    Ok(count)
}

fn facts(cache: &Cache, row: &RepoRow, id: &ChangeId) -> Result<ChangeFacts, SyncError> {
    let change = cache
        .change(row.id, id.number)?
        .ok_or_else(|| SyncError::NoChange(id.clone()))?;
    let mut facts = ChangeFacts::bare(id.repo.clone(), change.pr);
    for part in cache.parts(row.id, id.number)? {
        take(&mut facts, part);
    }
    reports(cache, row, &mut facts)?;
    scan_reports(cache, row, &mut facts)?;
    let mut repo = load_repo(cache, row)?;
    // What of the repository could not be had is missing for each of its changes.
    facts.problems.append(&mut repo.problems);
    let base = &facts.pr.base_ref;
    facts.demands = demands(&repo, base);
    facts.contract = repo.contracts.get(base).cloned().unwrap_or_else(|| {
        let state = repo.part(RepoPart::Contract);
        let why = match &state {
            PartState::Absent(_) => None,
            PartState::Complete => Some(format!("the contract file of {base} was not read")),
            other => {
                let why = other.words().unwrap_or_default();
                Some(format!("the contract file of {base} is not known: {why}"))
            }
        };
        ContractFile {
            unreadable: why,
            ..ContractFile::default()
        }
    });
    Ok(facts)
}

/// What is demanded of changes into a base branch, by its rules and its protection together, or why
/// that is not known.
fn demands(repo: &RepoFacts, base: &str) -> BranchDemands {
    let mut joined = Demands::default();
    for (part, told) in [
        (RepoPart::BranchRules, &repo.branch_rules),
        (RepoPart::Protection, &repo.protection),
    ] {
        let found = told.iter().find(|b| b.base == *base);
        match (found, repo.part(part)) {
            (
                Some(BranchDemands {
                    demands: Some(demands),
                    ..
                }),
                _,
            ) => joined.add(demands.clone()),
            // The forge has no such thing to ask for.
            (None, PartState::Absent(_)) => {}
            (found, state) => {
                let why = match found {
                    Some(unknown) => unknown.why.clone(),
                    None => state
                        .words()
                        .unwrap_or_else(|| "not asked for yet".to_owned()),
                };
                return BranchDemands {
                    base: base.to_owned(),
                    demands: None,
                    why: format!("{}: {why}", part.name()),
                };
            }
        }
    }
    BranchDemands {
        base: base.to_owned(),
        demands: Some(joined),
        why: String::new(),
    }
}

/// Loads what is known of a repository as a whole.
pub fn load_repo(cache: &Cache, row: &RepoRow) -> Result<RepoFacts, SyncError> {
    let mut facts = RepoFacts::default();
    for part in cache.repo_parts(row.id)? {
        let (name, json) = (part.part.name(), part.records.as_deref());
        let problems = &mut facts.problems;
        match part.part {
            RepoPart::BranchRules => read_into(&mut facts.branch_rules, json, name, problems),
            RepoPart::Protection => read_into(&mut facts.protection, json, name, problems),
            RepoPart::Rulesets => read_into(&mut facts.rulesets, json, name, problems),
            RepoPart::RuleSuites => read_into(&mut facts.rule_suites, json, name, problems),
            RepoPart::Environments => read_into(&mut facts.environments, json, name, problems),
            RepoPart::Deployments => read_into(&mut facts.deployments, json, name, problems),
            RepoPart::AgentTasks => read_into(&mut facts.agent_tasks, json, name, problems),
            RepoPart::AgentConfig => {
                let mut found = Vec::new();
                read_into(&mut found, json, name, problems);
                facts.agent_config = found.pop();
            }
            RepoPart::Alerts => read_into(&mut facts.alerts, json, name, problems),
            RepoPart::Secrets => read_into(&mut facts.secrets, json, name, problems),
            RepoPart::Dependencies => read_into(&mut facts.dependencies, json, name, problems),
            RepoPart::Releases => read_into(&mut facts.releases, json, name, problems),
            RepoPart::Contract => read_into(&mut facts.contracts, json, name, problems),
        }
        if let PartState::Failed(_) | PartState::Partial(_) = &part.state {
            let why = part.state.words().unwrap_or_default();
            problems.push(Problem::warning(name, why));
        }
        facts.parts.push(RepoPartInfo {
            name: part.part,
            state: part.state,
            checked_at: part.checked_at,
            count: part.count,
        });
    }
    Ok(facts)
}

fn take(facts: &mut ChangeFacts, part: PartRow) {
    let json = part.records.as_deref();
    let problems = &mut facts.problems;
    match part.part {
        PartName::Commits => read_into(&mut facts.commits, json, part.part.name(), problems),
        PartName::Reviews => read_into(&mut facts.reviews, json, part.part.name(), problems),
        PartName::Comments => read_into(&mut facts.comments, json, part.part.name(), problems),
        PartName::Timeline => read_into(&mut facts.timeline, json, part.part.name(), problems),
        PartName::Activity => read_into(&mut facts.activity, json, part.part.name(), problems),
        PartName::Runs => read_into(&mut facts.runs, json, part.part.name(), problems),
        PartName::Checks => {
            let mut both = (Vec::new(), Vec::new());
            read_into(&mut both, json, part.part.name(), problems);
            (facts.checks, facts.statuses) = both;
        }
        PartName::Artifacts => read_into(&mut facts.artifacts, json, part.part.name(), problems),
        PartName::Issues => read_into(&mut facts.issues, json, part.part.name(), problems),
        PartName::Attestations => read_into(&mut facts.attested, json, part.part.name(), problems),
        PartName::Git => {
            let mut both: (GitFacts, Vec<Problem>) = (GitFacts::default(), Vec::new());
            read_into(&mut both, json, part.part.name(), problems);
            facts.git = both.0;
            facts.problems.extend(both.1);
        }
        PartName::Threads => read_into(&mut facts.threads, json, part.part.name(), problems),
        PartName::Alerts => read_into(&mut facts.alerts, json, part.part.name(), problems),
        PartName::Dependencies => {
            read_into(&mut facts.dependencies, json, part.part.name(), problems);
        }
        PartName::Approvals => read_into(&mut facts.approvals, json, part.part.name(), problems),
        PartName::Analyses => read_into(&mut facts.analyses, json, part.part.name(), problems),
        PartName::Logs => read_into(&mut facts.logs, json, part.part.name(), problems),
        PartName::PullRequest | PartName::Results => {}
    }
    let why = part.state.words().unwrap_or_default();
    match &part.state {
        PartState::Failed(_) => facts.problems.push(
            Problem::error(part.part.name(), why).hinted("press r to sync this change again"),
        ),
        PartState::Partial(_) => facts.problems.push(Problem::warning(part.part.name(), why)),
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
    part: &str,
    problems: &mut Vec<Problem>,
) {
    let Some(json) = json else { return };
    match serde_json::from_str(json) {
        Ok(value) => *to = value,
        Err(e) => problems.push(
            Problem::error(part, format!("what is cached cannot be read ({e})"))
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
fn scan_reports(cache: &Cache, row: &RepoRow, facts: &mut ChangeFacts) -> Result<(), SyncError> {
    let listed: Vec<String> = facts
        .analyses
        .iter()
        .map(|a| scans::name_of(a.id))
        .collect();
    for file in cache.kept_files(row.id, facts.pr.number, scans::REPORTS)? {
        // One that the forge lists no more says nothing of the change as it is.
        if !listed.contains(&file.path) {
            continue;
        }
        let of = |a: &&Analysis| scans::name_of(a.id) == file.path;
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
