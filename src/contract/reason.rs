//! Why a stage or a gap stands as it does, as values. The words are made where they are shown.

use serde::{Deserialize, Serialize};

use crate::{
    evidence::{Detail, Node},
    model::{Login, PartName, PartState, ReqId, Subject, Verdict},
};

/// Who asks for a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequiredBy {
    Contract,
    BranchRules,
    /// The forge says so of this change, and no rule that was read names it.
    Forge,
}

/// How a required check does not stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotMet {
    /// A status reported it, and the rule names an app: whose status it was the forge does not tell.
    ByStatus,
    /// It was not seen, and not all checks are known.
    NotSeen,
    NotRun,
    /// The app that the rule names did not report it.
    NotRunByApp,
}

/// A branch rule that is not judged here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "rule", content = "name")]
pub enum UnevaluatedRule {
    CodeScanning,
    Workflows,
    Deployments,
    Signatures,
    UpToDate,
    ResolvedThreads,
    CodeOwners,
    Reviewers,
    /// A rule type of this name.
    Other(String),
}

/// What is not known of what is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "of")]
pub enum UnknownTerms {
    /// What a base branch requires.
    Branch { base: String, why: String },
    /// The contract file was not read.
    File { why: String },
    /// The contract file was read and not understood: the first problem, with its place.
    Contract { problem: Option<(String, String)> },
}

/// A reason that needs no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plain {
    NotAskedOfKind,
    SpecsUnread,
    NoSpecLinked,
    NoTaskAsked,
    TaskUnknown,
    DifferenceUnknown,
    /// The head and its base branch share no commit that is here.
    NoMergeBase,
    NoResultsGiven,
    NoCheck,
    LocalHasNoScans,
    NoScanAsked,
    NoScan,
    LocalHasNoReviews,
    NoReview,
    NoAttestationAsked,
    NoAttestation,
    DeploymentsUnread,
    NotMerged,
}

/// Why a stage or a gap stands as it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Reason {
    /// A fact that is trouble, with the requirement that a test protects.
    Fact {
        subject: Box<Subject>,
        verdict: Verdict,
        detail: Box<Detail>,
        protects: Option<ReqId>,
    },
    Plain {
        is: Plain,
    },
    /// So many checks and results pass; the required ones among them that were skipped.
    Passed {
        count: usize,
        skipped: Vec<String>,
    },
    /// A part may lack something that the forge has.
    Hole {
        part: PartName,
        state: PartState,
    },
    Requirements {
        ids: Vec<ReqId>,
    },
    Tasks {
        count: usize,
    },
    UntrustedAgent {
        name: String,
    },
    /// The size of the change; `may_be_more` where not all attempts are known.
    Change {
        files: usize,
        attempts: usize,
        may_be_more: bool,
    },
    NoResultsOf {
        req: ReqId,
    },
    NoTest {
        req: ReqId,
    },
    TestNotRun {
        req: ReqId,
    },
    ChangesRequested {
        by: Login,
    },
    FewApprovals {
        asked: u64,
        by: Vec<Login>,
    },
    Approved {
        by: Vec<Login>,
    },
    /// So many attempts came after the approval.
    StaleApproval {
        by: Login,
        attempts: usize,
    },
    ReviewRequested {
        from: Vec<Login>,
    },
    /// Attestations were found; their signatures are not checked here.
    Attestations {
        count: u64,
    },
    Terms {
        unknown: UnknownTerms,
    },
    RequiredCheck {
        name: String,
        how: NotMet,
        by: RequiredBy,
    },
    NotEvaluated {
        rule: UnevaluatedRule,
    },
    /// The rules ask for a branch that is up to date, and this one lacks commits of its base.
    Behind {
        base: String,
    },
}

impl From<Plain> for Reason {
    fn from(is: Plain) -> Self {
        Self::Plain { is }
    }
}

impl Reason {
    /// The reason that a fact is.
    pub(super) fn fact(node: &Node, protects: Option<ReqId>) -> Self {
        Self::Fact {
            subject: Box::new(node.id.clone()),
            verdict: node.verdict,
            detail: Box::new(node.detail.clone()),
            protects,
        }
    }
}

/// Why a change is of its risk class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum RiskReason {
    GateChanged,
    GateAdded,
    /// Requirements of which less is asked, or that are gone.
    Loosened {
        ids: Vec<ReqId>,
    },
    /// A path holds this word.
    Sensitive {
        word: String,
    },
    Agent {
        name: String,
    },
    Dependencies,
    Large {
        lines: u64,
    },
    /// A pattern of the contract.
    Path {
        pattern: String,
    },
    /// A label that the contract names.
    Label {
        name: String,
    },
    NoDifference,
    NotOfHead,
    ContentAbsent,
    SpecsUnknown,
}

/// Where the rules come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSources {
    /// Branch, and commit where it is known, whose contract file was read.
    pub file: Option<(String, Option<crate::model::Sha>)>,
    /// The branch whose rules ask for something.
    pub branch: Option<String>,
}

/// Why a change stands where it stands in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum ListReason {
    Merged,
    Closed,
    OwnApprovalStale,
    PushedSinceOwnReview,
    ReviewRequested,
    ExceptionAsked,
    Own,
    Gap { reason: Reason },
    NothingMissing,
}
