//! What a repository demands and who may bypass it: rulesets with their history, rule suites,
//! effective branch rules, environments, agent configuration.

use serde::{Deserialize, Serialize};

use super::{Actor, Sha, Timestamp};

/// A check that must have succeeded, by its whole context and, where the rule names one, by the app
/// that must report it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RequiredCheck {
    pub context: String,
    /// `integration_id` of a ruleset, `app_id` of a classic protection.
    #[serde(default)]
    pub app: Option<u64>,
}

impl RequiredCheck {
    /// A check that any app may report.
    pub fn by_any(context: impl Into<String>) -> Self {
        Self {
            context: context.into(),
            app: None,
        }
    }
}

/// What is demanded of the changes into one branch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BranchDemands {
    pub base: String,
    /// Absent where the forge did not say anything.
    pub demands: Option<Demands>,
    /// Why it did not say, or not all of it; empty where all is known.
    pub why: String,
}

/// What a set of rules asks of a merge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Demands {
    /// `required_status_checks`.
    pub checks: Vec<RequiredCheck>,
    /// Branches must be up to date with their base (`strict_required_status_checks_policy`).
    pub up_to_date: bool,
    /// Threads must be resolved (`required_review_thread_resolution`).
    pub resolved_threads: bool,
    /// `required_approving_review_count` of `pull_request`, the largest where several rules ask.
    pub approvals: u64,
    /// A push makes approvals stale.
    pub dismiss_stale: bool,
    /// Code owners must approve.
    pub code_owners: bool,
    /// Somebody other than the last pusher must approve.
    pub last_push_approval: bool,
    /// Named people or teams must approve (`required_reviewers`).
    pub reviewers: bool,
    /// Types of the other rules, such as `non_fast_forward`.
    pub others: Vec<String>,
    /// What was not understood, such as a required check without a name.
    pub unread: u64,
}

impl Demands {
    /// Adds what another set of rules asks for.
    pub fn add(&mut self, other: Self) {
        self.checks.extend(other.checks);
        self.others.extend(other.others);
        self.approvals = self.approvals.max(other.approvals);
        self.dismiss_stale |= other.dismiss_stale;
        self.code_owners |= other.code_owners;
        self.last_push_approval |= other.last_push_approval;
        self.reviewers |= other.reviewers;
        self.up_to_date |= other.up_to_date;
        self.resolved_threads |= other.resolved_threads;
        self.unread += other.unread;
        self.checks.sort();
        self.checks.dedup();
        self.others.sort();
        self.others.dedup();
    }
}

/// One version of a ruleset (`repos/get-repo-ruleset-history`, `…-version`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesetVersion {
    pub id: u64,
    /// Numeric id of the account: the API gives no login here.
    pub actor_id: Option<u64>,
    pub at: Option<Timestamp>,
    /// Absent where the version could not be read.
    pub demands: Option<Demands>,
}

/// A ruleset (`repos/get-repo-ruleset`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruleset {
    pub id: u64,
    pub name: String,
    pub target: String,
    pub enforcement: String,
    pub updated_at: Option<Timestamp>,
    pub demands: Demands,
    /// Newest first.
    pub versions: Vec<RulesetVersion>,
}

/// A push that was judged by rules (`repos/get-repo-rule-suites`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSuite {
    pub id: u64,
    pub actor: Option<String>,
    pub git_ref: String,
    pub before: Option<Sha>,
    pub after: Option<Sha>,
    pub at: Option<Timestamp>,
    /// `pass`, `fail` or `bypass`; other words are kept.
    pub result: String,
}

/// An environment with what guards it (`repos/get-all-environments`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    pub id: u64,
    pub name: String,
    /// Minutes.
    pub wait_timer: Option<u64>,
    /// Logins and team slugs.
    pub reviewers: Vec<String>,
    /// Types of the other protection rules.
    pub others: Vec<String>,
    /// Apps that must let a deployment through.
    #[serde(default)]
    pub gates: Vec<Gate>,
}

/// A custom deployment protection rule (`repos/get-all-deployment-protection-rules`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    pub id: u64,
    pub enabled: bool,
    /// Slug of the app.
    pub app: String,
}

/// What the forge's own coding agent may do in this repository
/// (`copilot/get-copilot-cloud-agent-configuration`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentConfig {
    /// Tools that are switched on.
    pub tools: Vec<String>,
    /// Whether its workflow runs wait for a person.
    pub runs_need_approval: Option<bool>,
    pub firewall: Option<bool>,
    pub allowlist: Vec<String>,
    /// Names of configured MCP servers.
    pub mcp_servers: Vec<String>,
}

/// An answer to a run or deployment that waited for a person (`actions/get-reviews-for-run`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunApproval {
    pub run: u64,
    pub state: String,
    pub user: Option<Actor>,
    pub comment: String,
    pub environments: Vec<String>,
}

/// What makes a change of a risk class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RiskRule {
    /// Patterns of paths.
    pub paths: Vec<String>,
    pub labels: Vec<String>,
}

/// What a project asks of a change, as its contract file says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// The file is there and cannot be read: what it asks is unknown.
    pub unreadable: bool,
    /// Patterns of further files that hold requirements.
    pub specs: Vec<String>,
    /// Expressions that ids of requirements match there.
    pub ids: Vec<String>,
    /// Patterns of names of further artifacts that hold test results.
    pub results: Vec<String>,
    pub checks: Vec<String>,
    pub approvals: Option<u64>,
    /// Where given, agents whose work is not a gap.
    pub trusted_agents: Option<Vec<String>>,
    pub high: RiskRule,
    pub medium: RiskRule,
    /// In the order in which a change goes through them.
    pub environments: Vec<String>,
}
