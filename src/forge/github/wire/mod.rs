//! Wire types: what the forge's JSON looks like, read tolerantly, and the step to the model.
//!
//! All but identity is optional. Unknown fields are passed over, unknown words are kept. Lists are
//! decoded item by item: a bad item becomes a problem with its place, never a lost page.

mod changes;
mod checks;
mod fields;
mod findings;
mod issues;
mod lists;
mod merge;
mod objects;
mod policy;

pub use changes::{
    ActivityWire, CommentWire, CommitWire, EventWire, PullWire, RepoIdentity, RepoWire, ReviewWire,
    UserWire,
};
pub use checks::{AnnotationWire, ArtifactWire, CheckRunWire, JobWire, RunWire, StatusWire};
pub use findings::{
    AgentTaskWire, AlertWire, AnalysisWire, AttestationWire, BulkPage, BulkWire,
    DependencyAlertWire, DependencyChangeWire, DeploymentStatusWire, DeploymentWire, GivenBundle,
    ReleaseWire, SecretWire,
};
pub use issues::{IssueRefWire, IssueWire};
pub use lists::{decode_list, decode_one};
pub use merge::MergeWire;
pub use objects::{CompareWire, GitCommitWire, TipWire, TreeWire};

pub use policy::{
    AgentConfigWire, BranchWire, EnvironmentWire, GateWire, RuleSuiteWire, RuleWire,
    RulesetVersionWire, RulesetWire, RunApprovalWire,
};

use crate::model::{Sha, Timestamp};

/// An item that lacks its identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadItem(pub String);

/// The step from a wire type to its record.
pub trait IntoModel {
    type Model;
    fn into_model(self) -> Result<Self::Model, BadItem>;
}

fn need<T>(value: Option<T>, field: &str) -> Result<T, BadItem> {
    value.ok_or_else(|| BadItem(format!("has no {field}")))
}

fn sha(text: Option<String>, field: &str) -> Result<Sha, BadItem> {
    Sha::parse(&need(text, field)?).map_err(|e| BadItem(format!("{field}: {e}")))
}

fn maybe_sha(text: Option<String>) -> Option<Sha> {
    text.and_then(|t| Sha::parse(&t).ok())
}

fn time(text: Option<String>) -> Option<Timestamp> {
    text.and_then(|t| Timestamp::parse(&t).ok())
}
