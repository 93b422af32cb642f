//! Everything that is known about one change, as it goes into the evidence graph: forge records,
//! result files, what git says, and which parts are complete.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Activity, Alert, Analysis, Artifact, Attested, BranchDemands, CheckRun, Comment, Commit,
    CommitStatus, ContractFile, DependencyChange, EvidenceFile, HeadDelta, Issue, LogTail, Login,
    MergeState, PartState, PrState, Problem, PullRequest, RepoId, Requirement, Review,
    ReviewThread, RunApproval, ScanReport, Sha, TestAnnotation, TestFn, TestReport, TimelineEvent,
    Timestamp, Touched, WorkflowRun,
};

/// A part of a change's evidence that is fetched, aged and complete or not on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartName {
    PullRequest,
    Commits,
    Reviews,
    Comments,
    Timeline,
    Activity,
    Runs,
    Checks,
    Artifacts,
    Results,
    Issues,
    Attestations,
    Git,
    Threads,
    Alerts,
    Dependencies,
    Approvals,
    Logs,
    Analyses,
    Merge,
}

impl PartName {
    /// All parts, in the order they are fetched.
    pub const ALL: [Self; 20] = [
        Self::PullRequest,
        Self::Commits,
        Self::Reviews,
        Self::Comments,
        Self::Timeline,
        Self::Activity,
        Self::Runs,
        Self::Checks,
        Self::Artifacts,
        Self::Results,
        Self::Issues,
        Self::Attestations,
        Self::Git,
        Self::Threads,
        Self::Alerts,
        Self::Dependencies,
        Self::Approvals,
        Self::Logs,
        Self::Analyses,
        Self::Merge,
    ];

    /// Returns the name a person reads; also the key in the cache.
    pub fn name(self) -> &'static str {
        match self {
            Self::PullRequest => "pull request",
            Self::Commits => "commits",
            Self::Reviews => "reviews",
            Self::Comments => "comments",
            Self::Timeline => "timeline",
            Self::Activity => "branch activity",
            Self::Runs => "workflow runs",
            Self::Checks => "check runs",
            Self::Artifacts => "artifacts",
            Self::Results => "test results",
            Self::Issues => "issues",
            Self::Attestations => "attestations",
            Self::Git => "git objects",
            Self::Threads => "review threads",
            Self::Alerts => "code-scanning alerts",
            Self::Dependencies => "dependency changes",
            Self::Approvals => "approvals of runs",
            Self::Logs => "ends of logs",
            Self::Analyses => "scan analyses",
            Self::Merge => "merge state",
        }
    }

    /// Finds a part by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.name() == name)
    }
}

/// State and age of a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub name: PartName,
    pub state: PartState,
    /// When the forge was last asked and answered.
    pub checked_at: Option<Timestamp>,
    pub count: u64,
}

/// Two commits compared (`repos/compare-commits-with-basehead`), without the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    pub merge_base: Option<Sha>,
    /// Whether the base is an ancestor of the head.
    pub fast_forward: bool,
    /// Commits of the head that the base has not, oldest first; at most 250.
    pub commits: Vec<Commit>,
    /// How many there are.
    pub total: u64,
    /// Trees of the commits that it names.
    pub trees: Vec<(Sha, Sha)>,
}

/// What git says about a change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitFacts {
    pub merge_base: Option<Sha>,
    /// Where what was read of a commit is kept, by commit: see [`GitFacts::without_kept`].
    #[serde(default)]
    pub kept: BTreeMap<Sha, String>,
    /// Requirements by commit: every head of the branch, and the merge base.
    #[serde(default)]
    pub specs: BTreeMap<Sha, Vec<Requirement>>,
    /// `[verifies …]` annotations by commit.
    #[serde(default)]
    pub annotations: BTreeMap<Sha, Vec<TestAnnotation>>,
    /// Test functions by commit, of the files that a changed or failing test may live in.
    #[serde(default)]
    pub tests: BTreeMap<Sha, Vec<TestFn>>,
    /// Merge base → first head, then head → next head.
    pub deltas: Vec<HeadDelta>,
    /// Merge base → current head: what would be merged.
    pub total: Option<HeadDelta>,
    /// Heads whose objects could not be had.
    pub missing: Vec<Sha>,
    /// Version of how the differences were read.
    #[serde(default)]
    pub deltas_version: u32,
    /// What lies between two heads for the tests of which that decides something.
    #[serde(skip)]
    pub touched: Vec<Touched>,
}

impl GitFacts {
    /// Returns them without what is kept of commits elsewhere.
    #[must_use]
    pub fn without_kept(mut self) -> Self {
        let is_here = |sha: &Sha| !self.kept.contains_key(sha);
        self.specs.retain(|sha, _| is_here(sha));
        self.annotations.retain(|sha, _| is_here(sha));
        self.tests.retain(|sha, _| is_here(sha));
        self
    }
}

/// All facts about one change. Pure input of the evidence graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeFacts {
    pub repo: RepoId,
    /// A range of a local repository, without a forge.
    pub local: bool,
    pub viewer: Option<Login>,
    pub pr: PullRequest,
    pub commits: Vec<Commit>,
    pub reviews: Vec<Review>,
    pub comments: Vec<Comment>,
    pub timeline: Vec<TimelineEvent>,
    pub activity: Vec<Activity>,
    pub runs: Vec<WorkflowRun>,
    pub checks: Vec<CheckRun>,
    pub statuses: Vec<CommitStatus>,
    pub artifacts: Vec<Artifact>,
    pub reports: Vec<TestReport>,
    pub issues: Vec<Issue>,
    /// What the forge holds of each artifact that was built at the head.
    pub attested: Vec<Attested>,
    pub git: GitFacts,
    #[serde(default)]
    pub threads: Vec<ReviewThread>,
    #[serde(default)]
    pub alerts: Vec<Alert>,
    /// Scans of the change, with what they say of themselves.
    #[serde(default)]
    pub analyses: Vec<Analysis>,
    /// Their reports, and those that stood in artifacts.
    #[serde(default)]
    pub scans: Vec<ScanReport>,
    /// All files that were taken from artifacts, those too that no reader understands yet.
    #[serde(default)]
    pub files: Vec<EvidenceFile>,
    #[serde(default)]
    pub dependencies: Vec<DependencyChange>,
    #[serde(default)]
    pub approvals: Vec<RunApproval>,
    #[serde(default)]
    pub logs: Vec<LogTail>,
    /// What the forge says of merging it, where it is open.
    #[serde(default)]
    pub merge: Option<MergeState>,
    /// What the forge demands of the base branch, or why that is not known.
    #[serde(default)]
    pub demands: BranchDemands,
    /// The contract file and code owners at the tip of the base branch.
    #[serde(default)]
    pub contract: ContractFile,
    pub parts: Vec<Part>,
    pub problems: Vec<Problem>,
}

impl ChangeFacts {
    /// Returns the facts of a change of which only the pull request is known.
    pub fn bare(repo: RepoId, pr: PullRequest) -> Self {
        Self {
            repo,
            local: false,
            viewer: None,
            pr,
            commits: Vec::new(),
            reviews: Vec::new(),
            comments: Vec::new(),
            timeline: Vec::new(),
            activity: Vec::new(),
            runs: Vec::new(),
            checks: Vec::new(),
            statuses: Vec::new(),
            artifacts: Vec::new(),
            reports: Vec::new(),
            issues: Vec::new(),
            attested: Vec::new(),
            git: GitFacts::default(),
            threads: Vec::new(),
            alerts: Vec::new(),
            analyses: Vec::new(),
            scans: Vec::new(),
            files: Vec::new(),
            dependencies: Vec::new(),
            approvals: Vec::new(),
            logs: Vec::new(),
            merge: None,
            demands: BranchDemands::default(),
            contract: ContractFile::default(),
            parts: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Returns the state of a part; a part nobody recorded was never fetched.
    pub fn part(&self, name: PartName) -> PartState {
        self.parts
            .iter()
            .find(|p| p.name == name)
            .map_or(PartState::NotFetched, |p| p.state.clone())
    }

    /// Returns the first of some parts that may lack something that the forge has, with its state.
    pub fn hole(&self, parts: &[PartName]) -> Option<(PartName, PartState)> {
        parts.iter().find_map(|name| {
            let state = self.part(*name);
            state.hole().is_some().then_some((*name, state))
        })
    }

    /// Returns what the forge says of merging the change at its current head.
    pub fn merge_state(&self) -> Option<&MergeState> {
        let is_open = self.pr.state == PrState::Open;
        let told = self.merge.as_ref().filter(|_| is_open);
        told.filter(|m| m.head == self.pr.head_sha)
    }

    /// Returns when a part was last confirmed by the forge.
    pub fn checked_at(&self, name: PartName) -> Option<Timestamp> {
        self.parts
            .iter()
            .find(|p| p.name == name)
            .and_then(|p| p.checked_at)
    }

    /// Returns the oldest time at which any part was confirmed: the age of the whole.
    pub fn oldest_check(&self) -> Option<Timestamp> {
        self.parts.iter().filter_map(|p| p.checked_at).min()
    }
}
