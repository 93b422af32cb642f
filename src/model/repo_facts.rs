//! What is known of a repository as a whole, part by part, as [`super::ChangeFacts`] is of a change.

use serde::{Deserialize, Serialize};

use super::{
    AgentConfig, AgentTask, Alert, BranchDemands, DependencyAlert, Deployment, Environment,
    PartState, Problem, Release, RuleSuite, Ruleset, SecretAlert, Timestamp,
};

/// A part of a repository's evidence that is fetched, aged and complete or not on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepoPart {
    BranchRules,
    Rulesets,
    RuleSuites,
    Environments,
    Deployments,
    AgentTasks,
    AgentConfig,
    Alerts,
    Secrets,
    Dependencies,
    Releases,
    Contract,
}

impl RepoPart {
    /// All parts, in the order in which they are fetched first.
    pub const ALL: [Self; 12] = [
        Self::Contract,
        Self::BranchRules,
        Self::Deployments,
        Self::AgentTasks,
        Self::Rulesets,
        Self::Alerts,
        Self::Environments,
        Self::RuleSuites,
        Self::AgentConfig,
        Self::Secrets,
        Self::Dependencies,
        Self::Releases,
    ];

    /// Returns the name a person reads; also the key in the cache.
    pub fn name(self) -> &'static str {
        match self {
            Self::BranchRules => "branch rules",
            Self::Rulesets => "rulesets",
            Self::RuleSuites => "rule suites",
            Self::Environments => "environments",
            Self::Deployments => "deployments",
            Self::AgentTasks => "agent tasks",
            Self::AgentConfig => "agent configuration",
            Self::Alerts => "code scanning",
            Self::Secrets => "secret scanning",
            Self::Dependencies => "dependency alerts",
            Self::Releases => "releases",
            Self::Contract => "contract file",
        }
    }

    /// Finds a part by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.name() == name)
    }
}

/// State and age of a part of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepoPartInfo {
    pub name: RepoPart,
    pub state: PartState,
    pub checked_at: Option<Timestamp>,
    pub count: u64,
}

/// The contract file as it stands at the tip of the base branch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContractFile {
    /// Absent where the branch has none.
    pub text: Option<String>,
    /// Why the file that is there cannot be read.
    pub unreadable: Option<String>,
    /// `CODEOWNERS`, from where the forge looks for it.
    pub code_owners: Option<(String, String)>,
    /// The commit both were read at.
    pub commit: Option<super::Sha>,
}

/// All that is known of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RepoFacts {
    /// By base branch, as far as they were asked for.
    pub branch_rules: Vec<BranchDemands>,
    pub rulesets: Vec<Ruleset>,
    pub rule_suites: Vec<RuleSuite>,
    pub environments: Vec<Environment>,
    pub deployments: Vec<Deployment>,
    pub agent_tasks: Vec<AgentTask>,
    pub agent_config: Option<AgentConfig>,
    pub alerts: Vec<Alert>,
    pub secrets: Vec<SecretAlert>,
    pub dependencies: Vec<DependencyAlert>,
    pub releases: Vec<Release>,
    /// By base branch.
    pub contracts: std::collections::BTreeMap<String, ContractFile>,
    pub parts: Vec<RepoPartInfo>,
    pub problems: Vec<Problem>,
}

impl RepoFacts {
    /// Returns the state of a part; a part nobody recorded was never fetched.
    pub fn part(&self, name: RepoPart) -> PartState {
        let found = self.parts.iter().find(|p| p.name == name);
        found.map_or(PartState::NotFetched, |p| p.state.clone())
    }
}
