//! Records of what stands around the changes: rules and who passed them by, environments and
//! deployments, releases and attestations, findings, and the tasks of agents.

use bytes::Bytes;
use git2::Oid;
use serde_json::Value;

use super::model::Time;

/// Where something is deployed to, and what that needs.
#[derive(Debug, Clone)]
pub(crate) struct Environment {
    pub(crate) id: u64,
    pub(crate) name: &'static str,
    /// Minutes that a deployment waits.
    pub(crate) wait: u64,
    /// Logins of whom one must approve.
    pub(crate) reviewers: Vec<String>,
    pub(crate) created: Time,
    pub(crate) updated: Time,
}

/// An order to bring a commit into an environment.
#[derive(Debug, Clone)]
pub(crate) struct Deployment {
    pub(crate) id: u64,
    pub(crate) commit: Oid,
    pub(crate) reference: String,
    pub(crate) environment: String,
    pub(crate) description: Option<String>,
    pub(crate) payload: Value,
    pub(crate) creator: String,
    pub(crate) created: Time,
    /// Moves when a status is added.
    pub(crate) updated: Time,
    /// Oldest first.
    pub(crate) statuses: Vec<DeploymentStatus>,
    /// The workflow run that carries it out.
    pub(crate) run: Option<u64>,
}

#[derive(Debug, Clone)]
pub(crate) struct DeploymentStatus {
    pub(crate) id: u64,
    pub(crate) state: String,
    pub(crate) description: String,
    pub(crate) creator: String,
    pub(crate) at: Time,
}

/// A run that may not go on into an environment before somebody approved.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    pub(crate) run: u64,
    pub(crate) environment: &'static str,
    pub(crate) since: Time,
    /// What was said of it; nothing while it is pending.
    pub(crate) verdict: Option<GateVerdict>,
}

#[derive(Debug, Clone)]
pub(crate) struct GateVerdict {
    pub(crate) by: String,
    pub(crate) state: &'static str,
    pub(crate) comment: String,
}

/// What the ruleset said from a time on.
#[derive(Debug, Clone)]
pub(crate) struct RulesetVersion {
    pub(crate) id: u64,
    pub(crate) actor: String,
    pub(crate) at: Time,
    pub(crate) enforcement: String,
    /// Checks that must be green before a merge.
    pub(crate) required: Vec<String>,
    pub(crate) approvals: u64,
}

/// What the rules said of one push to a branch that they guard.
#[derive(Debug, Clone)]
pub(crate) struct RuleSuite {
    pub(crate) id: u64,
    pub(crate) actor: String,
    pub(crate) before: Oid,
    pub(crate) after: Oid,
    pub(crate) branch: String,
    pub(crate) at: Time,
    /// `pass`, `fail` or `bypass`.
    pub(crate) result: &'static str,
    /// The rule that was broken, and what the forge said of it.
    pub(crate) broken: Option<(&'static str, &'static str)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Release {
    pub(crate) id: u64,
    pub(crate) tag: String,
    pub(crate) body: String,
    pub(crate) author: String,
    pub(crate) at: Time,
    pub(crate) assets: Vec<Asset>,
}

/// A file that a release brings.
#[derive(Debug, Clone)]
pub(crate) struct Asset {
    pub(crate) id: u64,
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) bytes: Bytes,
    pub(crate) sha256: String,
    /// False for an asset from before the forge kept digests.
    pub(crate) shows_digest: bool,
    pub(crate) at: Time,
}

#[derive(Debug, Clone)]
pub(crate) struct Attestation {
    pub(crate) id: u64,
    /// Hex SHA-256 of its subject.
    pub(crate) subject: String,
    pub(crate) predicate_type: &'static str,
    pub(crate) bundle: Value,
    /// Whether the API gives only the address of the bundle.
    pub(crate) apart: bool,
}

/// One upload of what a scanner found at a commit.
#[derive(Debug, Clone)]
pub(crate) struct Analysis {
    pub(crate) id: u64,
    pub(crate) pull: Option<u64>,
    pub(crate) commit: Oid,
    pub(crate) at: Time,
    pub(crate) results: usize,
    pub(crate) rules: usize,
    pub(crate) sarif_id: String,
    /// The report itself.
    pub(crate) sarif: Value,
}

/// Who set a finding aside, and why.
#[derive(Debug, Clone)]
pub(crate) struct Dismissal {
    pub(crate) by: String,
    pub(crate) at: Time,
    pub(crate) reason: String,
    pub(crate) comment: Option<String>,
}

/// A secret that was found in the repository.
#[derive(Debug, Clone)]
pub(crate) struct SecretAlert {
    pub(crate) number: u64,
    pub(crate) kind: &'static str,
    pub(crate) title: &'static str,
    /// An invented one that opens nothing.
    pub(crate) secret: &'static str,
    pub(crate) path: &'static str,
    pub(crate) line: u64,
    pub(crate) commit: Oid,
    pub(crate) created: Time,
    pub(crate) updated: Time,
    /// How it was resolved: word, login, time, comment.
    pub(crate) resolved: Option<(String, String, Time, String)>,
}

/// A known weakness of a dependency.
#[derive(Debug, Clone)]
pub(crate) struct DependencyAlert {
    pub(crate) number: u64,
    pub(crate) state: String,
    pub(crate) created: Time,
    pub(crate) updated: Time,
    pub(crate) fixed: Option<Time>,
    pub(crate) dismissed: Option<Dismissal>,
}

/// Work that an agent was given.
#[derive(Debug, Clone)]
pub(crate) struct AgentTask {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Number of the change that came of it.
    pub(crate) pull: u64,
    pub(crate) creator: String,
    pub(crate) custom_agent: Option<&'static str>,
    pub(crate) state: String,
    pub(crate) created: Time,
    pub(crate) updated: Time,
    pub(crate) sessions: Vec<AgentSession>,
}

/// One stretch of an agent's work.
#[derive(Debug, Clone)]
pub(crate) struct AgentSession {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) state: &'static str,
    pub(crate) prompt: String,
    pub(crate) model: &'static str,
    /// Premium requests.
    pub(crate) cost: f64,
    pub(crate) started: Time,
    pub(crate) finished: Option<Time>,
}
