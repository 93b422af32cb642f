//! A repository as a whole: what it is called, what it demands, where it deploys, what its scanners and
//! agents say.

use super::{
    base, list, one, paged,
    wire::{
        AgentConfigWire, AgentTaskWire, AlertWire, BranchWire, DependencyAlertWire,
        DeploymentStatusWire, DeploymentWire, EnvironmentWire, GateWire, ReleaseWire, RepoIdentity,
        RepoWire, RuleSuiteWire, RuleWire, RulesetVersionWire, RulesetWire, SecretWire,
    },
};
use crate::{
    forge::{
        Forge,
        page::encode,
        resource::{List, One},
    },
    model::{
        AgentConfig, AgentTask, Alert, Demands, DependencyAlert, Deployment, DeploymentStatus,
        Environment, Gate, Release, RepoId, RepoPart, RuleSuite, Ruleset, RulesetVersion,
        SecretAlert,
    },
};

/// Joins what the rules of a branch demand.
pub fn joined_rules(rules: Vec<Demands>) -> Demands {
    RuleWire::join(rules)
}

impl Forge {
    /// What a repository is called now (`repos/get`).
    pub fn identity(&self, repo: &RepoId) -> One<RepoIdentity> {
        one::<RepoWire>(base(repo))
    }

    /// Rules of a branch (`repos/get-branch-rules`); they leave classic protection out.
    pub fn branch_rules(&self, repo: &RepoId, branch: &str) -> List<Demands> {
        let path = format!("{}/rules/branches/{}", base(repo), encode(branch));
        list::<RuleWire>(paged(path), None)
    }

    /// Classic protection of a branch, as far as everybody who can read is told (`repos/get-branch`).
    pub fn branch(&self, repo: &RepoId, branch: &str) -> One<Demands> {
        one::<BranchWire>(format!("{}/branches/{}", base(repo), encode(branch)))
    }

    /// Rulesets, those of the organisation too (`repos/get-repo-rulesets`).
    pub fn rulesets(&self, repo: &RepoId) -> List<Ruleset> {
        let path = format!("{}/rulesets?includes_parents=true", base(repo));
        list::<RulesetWire>(paged(path), None)
    }

    /// A ruleset with its rules (`repos/get-repo-ruleset`).
    pub fn ruleset(&self, repo: &RepoId, id: u64) -> One<Ruleset> {
        one::<RulesetWire>(format!("{}/rulesets/{id}", base(repo)))
    }

    /// The newest versions of a ruleset, so many at most (`repos/get-repo-ruleset-history`).
    pub fn ruleset_versions(&self, repo: &RepoId, id: u64, most: usize) -> List<RulesetVersion> {
        let path = format!("{}/rulesets/{id}/history?per_page={most}", base(repo));
        list::<RulesetVersionWire>(path, None)
    }

    /// A version of a ruleset with its rules (`repos/get-repo-ruleset-version`).
    pub fn ruleset_version(&self, repo: &RepoId, id: u64, version: u64) -> One<RulesetVersion> {
        one::<RulesetVersionWire>(format!("{}/rulesets/{id}/history/{version}", base(repo)))
    }

    /// How rules were evaluated in the last month (`repos/get-repo-rule-suites`).
    pub fn rule_suites(&self, repo: &RepoId) -> List<RuleSuite> {
        let path = format!("{}/rulesets/rule-suites?time_period=month", base(repo));
        list::<RuleSuiteWire>(paged(path), None)
    }

    /// Environments (`repos/get-all-environments`).
    pub fn environments(&self, repo: &RepoId) -> List<Environment> {
        let path = paged(format!("{}/environments", base(repo)));
        list::<EnvironmentWire>(path, Some("environments"))
    }

    /// Apps that must let a deployment through (`repos/get-all-deployment-protection-rules`).
    pub fn gates(&self, repo: &RepoId, environment: &str) -> List<Gate> {
        let name = encode(environment).replace('/', "%2F");
        let path = format!(
            "{}/environments/{name}/deployment_protection_rules",
            base(repo)
        );
        list::<GateWire>(path, Some("custom_deployment_protection_rules"))
    }

    /// Deployments, newest first (`repos/list-deployments`).
    pub fn deployments(&self, repo: &RepoId) -> List<Deployment> {
        list::<DeploymentWire>(paged(format!("{}/deployments", base(repo))), None)
    }

    /// What became of a deployment (`repos/list-deployment-statuses`).
    pub fn deployment_statuses(&self, repo: &RepoId, id: u64) -> List<DeploymentStatus> {
        let path = format!("{}/deployments/{id}/statuses", base(repo));
        list::<DeploymentStatusWire>(paged(path), None)
    }

    /// What agents were asked to do, newest first (`agents/list-tasks`).
    pub fn agent_tasks(&self, repo: &RepoId) -> List<AgentTask> {
        let sorted = "sort=updated_at&direction=desc&per_page=50";
        let path = format!("/agents{}/tasks?{sorted}", base(repo));
        list::<AgentTaskWire>(path, Some("tasks"))
    }

    /// A task with its sessions (`agents/get-task`).
    pub fn agent_task(&self, repo: &RepoId, id: &str) -> One<AgentTask> {
        one::<AgentTaskWire>(format!("/agents{}/tasks/{id}", base(repo)))
    }

    /// What the forge's agent may do (`copilot/get-cloud-agent-configuration`).
    pub fn agent_config(&self, repo: &RepoId) -> One<AgentConfig> {
        one::<AgentConfigWire>(format!("{}/copilot/cloud-agent/configuration", base(repo)))
    }

    /// Code-scanning alerts, what was updated last first (`code-scanning/list-alerts-for-repo`).
    pub fn all_alerts(&self, repo: &RepoId) -> List<Alert> {
        let path = format!(
            "{}/code-scanning/alerts?sort=updated&direction=desc",
            base(repo)
        );
        list::<AlertWire>(paged(path), None)
    }

    /// Secrets that were found; the secrets themselves are not sent
    /// (`secret-scanning/list-alerts-for-repo`).
    pub fn secrets(&self, repo: &RepoId) -> List<SecretAlert> {
        let path = format!(
            "{}/secret-scanning/alerts?hide_secret=true&sort=updated",
            base(repo)
        );
        list::<SecretWire>(paged(path), None)
    }

    /// Vulnerable dependencies (`dependabot/list-alerts-for-repo`).
    pub fn dependency_alerts(&self, repo: &RepoId) -> List<DependencyAlert> {
        let path = format!("{}/dependabot/alerts?sort=updated", base(repo));
        list::<DependencyAlertWire>(paged(path), None)
    }

    /// Releases, newest first (`repos/list-releases`).
    pub fn releases(&self, repo: &RepoId) -> List<Release> {
        list::<ReleaseWire>(format!("{}/releases?per_page=30", base(repo)), None)
    }

    /// Returns the request that a part of a repository begins with; none for what git brings. `branch`
    /// is the default branch.
    pub fn first_request(&self, part: RepoPart, repo: &RepoId, branch: &str) -> Option<String> {
        Some(match part {
            RepoPart::Contract => return None,
            RepoPart::BranchRules => self.branch_rules(repo, branch).address,
            RepoPart::Protection => self.branch(repo, branch).address,
            RepoPart::Rulesets => self.rulesets(repo).address,
            RepoPart::RuleSuites => self.rule_suites(repo).address,
            RepoPart::Environments => self.environments(repo).address,
            RepoPart::Deployments => self.deployments(repo).address,
            RepoPart::AgentConfig => self.agent_config(repo).address,
            RepoPart::Alerts => self.all_alerts(repo).address,
            RepoPart::Secrets => self.secrets(repo).address,
            RepoPart::Dependencies => self.dependency_alerts(repo).address,
            RepoPart::Releases => self.releases(repo).address,
            RepoPart::AgentTasks => self.agent_tasks(repo).address,
        })
    }
}
