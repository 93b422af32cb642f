//! A repository as a whole, from the cache.

use super::{QueryError, read_into};
use crate::{
    model::{PartState, Problem, RepoFacts, RepoPart, RepoPartInfo},
    store::{Cache, RepoRow},
};

/// Loads what is known of a repository as a whole.
///
/// # Errors
/// Where the cache cannot be read.
pub fn facts(cache: &Cache, row: &RepoRow) -> Result<RepoFacts, QueryError> {
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
