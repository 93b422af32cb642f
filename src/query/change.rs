//! A change from the cache: no network, no git process.

use super::{Here, Objects, QueryError, commits, deltas, read_into, reports, repository};
use crate::{
    decide::Dossier,
    evidence,
    formats::{contract, specs::Asked},
    model::{
        BranchDemands, ChangeFacts, ChangeId, ContractFile, Demands, GitFacts, Login, Part,
        PartName, PartState, Problem, RepoFacts, RepoPart, Timestamp,
    },
    store::{Cache, PartRow, RepoRow},
};

/// Loads a change and derives all that is shown of it to an account.
///
/// # Errors
/// Where the change is not cached, or the cache cannot be read.
pub fn dossier(
    here: Here<'_>,
    id: &ChangeId,
    viewer: Option<&Login>,
) -> Result<Dossier, QueryError> {
    let row = here.cache.repo(&id.repo)?;
    let objects = Objects::at(here.git);
    let mut facts = facts((here.cache, here.now), &objects, &row, id)?;
    facts.viewer = viewer.cloned();
    let mut begun = evidence::begin(facts);
    let asked = begun.asked();
    begun.facts.git.touched = deltas::touched((here.cache, here.now), &objects, asked)?;
    Ok(Dossier::from(begun, here.now))
}

fn facts(
    (cache, now): (&Cache, Timestamp),
    objects: &Objects<'_>,
    row: &RepoRow,
    id: &ChangeId,
) -> Result<ChangeFacts, QueryError> {
    let change = cache
        .change(row.id, id.number)?
        .ok_or_else(|| QueryError::NoChange(id.clone()))?;
    let mut facts = ChangeFacts::bare(id.repo.clone(), change.pr);
    for part in cache.parts(row.id, id.number)? {
        take(&mut facts, part);
    }
    deltas::recall((cache, now), || objects.get(), &mut facts.git)?;
    let mut repo = repository::facts(cache, row)?;
    let known = repo.contracts.get(&facts.pr.base_ref);
    let text = known.and_then(|c| c.text.as_deref()).unwrap_or_default();
    let asked = Asked::of(&contract::read(contract::FILE, text).0);
    commits::recall((cache, now), objects, &asked, &mut facts.git)?;
    reports::results((cache, now), row, &mut facts)?;
    let of_logs = evidence::logs::reports(&facts);
    facts.reports.extend(of_logs);
    let of_annotations = evidence::annotated::reports(&facts);
    facts.reports.extend(of_annotations);
    reports::scans((cache, now), row, &mut facts)?;
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

/// What is demanded of changes into a base branch, by its rules and its protection together, and why
/// that is not known, or not whole.
fn demands(repo: &RepoFacts, base: &str) -> BranchDemands {
    let (mut joined, mut any) = (Demands::default(), false);
    let mut why: Vec<String> = Vec::new();
    for (part, told) in [
        (RepoPart::BranchRules, &repo.branch_rules),
        (RepoPart::Protection, &repo.protection),
    ] {
        let lacking = match (told.iter().find(|b| b.base == *base), repo.part(part)) {
            (Some(found), _) => {
                if let Some(demands) = &found.demands {
                    any = true;
                    joined.add(demands.clone());
                }
                match &found.demands {
                    Some(demands) if demands.unread > 0 && found.why.is_empty() => {
                        format!("{} of it could not be read", demands.unread)
                    }
                    _ => found.why.clone(),
                }
            }
            // The forge has no such thing to ask for.
            (None, PartState::Absent(_)) => {
                any = true;
                String::new()
            }
            (None, state) => state
                .words()
                .unwrap_or_else(|| "not asked for yet".to_owned()),
        };
        if !lacking.is_empty() {
            why.push(format!("{}: {lacking}", part.name()));
        }
    }
    BranchDemands {
        base: base.to_owned(),
        demands: any.then_some(joined),
        why: why.join("; "),
    }
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
        PartName::Merge => read_into(&mut facts.merge, json, part.part.name(), problems),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{RepoPartInfo, RequiredCheck};

    /// What a part tells of main: the check it requires, what of it is lacking, what was not understood.
    type Told = Option<(Option<&'static str>, &'static str, u64)>;

    fn joined(rules: Told, protection: Told, state: &PartState) -> (Option<usize>, bool) {
        let told = |told: Told| -> Vec<BranchDemands> {
            let of = |(check, why, unread): (Option<&str>, &str, u64)| BranchDemands {
                base: "main".to_owned(),
                demands: check.map(|c| Demands {
                    checks: vec![RequiredCheck::by_any(c)],
                    unread,
                    ..Demands::default()
                }),
                why: why.to_owned(),
            };
            told.into_iter().map(of).collect()
        };
        let info = |name| RepoPartInfo {
            name,
            state: state.clone(),
            checked_at: None,
            count: 0,
        };
        let repo = RepoFacts {
            branch_rules: told(rules),
            protection: told(protection),
            parts: vec![info(RepoPart::BranchRules), info(RepoPart::Protection)],
            ..RepoFacts::default()
        };
        let found = demands(&repo, "main");
        let checks = found.demands.map(|d| d.checks.len());
        (checks, found.why.is_empty())
    }

    #[test]
    fn what_is_known_of_either_is_kept_and_all_is_known_only_of_both() {
        let (unit, docs) = (Some((Some("unit"), "", 0)), Some((Some("docs"), "", 0)));
        let absent = PartState::Absent("no rules on this plan".to_owned());
        let asked = PartState::Complete;
        let refused = Some((None, "403", 0));
        for (rules, protection, state, want) in [
            (unit, docs, &asked, (Some(2), true)),
            (unit, refused, &asked, (Some(1), false)),
            (refused, refused, &asked, (None, false)),
            (unit, None, &asked, (Some(1), false)),
            (unit, None, &absent, (Some(1), true)),
            (None, None, &absent, (Some(0), true)),
            (None, None, &PartState::NotFetched, (None, false)),
            (
                Some((Some("unit"), "page 2: 502", 0)),
                docs,
                &asked,
                (Some(2), false),
            ),
            (Some((Some("unit"), "", 1)), docs, &asked, (Some(2), false)),
        ] {
            let found = joined(rules, protection, state);
            assert_eq!(found, want, "{rules:?} {protection:?} {state:?}");
        }
    }
}
