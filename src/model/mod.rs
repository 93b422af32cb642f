//! The vocabulary of the crate: ids as newtypes, records as plain data, stages and verdicts.
//!
//! Everything here is a value. Nothing here reads a clock, a file, an environment variable or a
//! socket, and nothing here knows how it is drawn or stored. Records carry the names that the
//! forge's own API uses (`PullRequest`, `CheckRun`, `WorkflowRun`), so that a reader can go from
//! a field to the API description without a dictionary.

pub mod agents;
mod cases;
pub mod delivery;
mod delta;
pub mod diff;
pub mod facts;
pub mod findings;
mod holes;
pub mod ids;
mod merge;
pub mod policy;
pub mod problem;
mod reader;
pub mod records;
pub mod repo_facts;
pub mod results;
pub mod runs;
#[cfg(test)]
pub(crate) mod samples;
pub mod spec;
mod subject;
pub mod time;
pub mod verdict;
pub mod word;

pub use agents::{AgentSession, AgentTask, JobLog, LogTail, ReviewThread, ThreadComment};
pub use delivery::{Asset, Attestation, Attested, Deployment, DeploymentStatus, Release};
pub use delta::{EvidenceLine, FileDelta, HeadDelta, Label, Method, Response, Touch, Touched};
pub use diff::{DiffLine, FileChange, FilePair, FilePatch, FileStatus, Hunk, LineKind};
pub use facts::{ChangeFacts, Comparison, GitFacts, Part, PartName};
pub use findings::{
    Alert, Analysis, DependencyAlert, DependencyChange, Dismissal, ScanReport, ScanResult,
    SecretAlert,
};
pub use holes::{Hole, HoleKind, PartState};
pub use ids::{BadSha, ChangeId, Digest, Host, Login, PrNumber, RepoId, ReqId, Sha};
pub use merge::{MergeState, Mergeable};
pub use policy::{
    AgentConfig, BranchDemands, Demands, Environment, Gate, RequiredCheck, RiskRule, RuleSuite,
    Rules, Ruleset, RulesetVersion, RunApproval,
};
pub use problem::{Problem, Severity};
pub use reader::Reader;
pub use records::{
    Activity, ActivityKind, Actor, ActorKind, Comment, Commit, Issue, IssueRef, PrState,
    PullRequest, Review, ReviewState, TimelineEvent, Visibility,
};
pub use repo_facts::{ContractFile, RepoFacts, RepoPart, RepoPartInfo};
pub use results::{
    Apart, Outcome, ReportOrigin, Retry, RetryKind, TestCase, TestContent, TestKey, TestReport,
    Totals,
};
pub use runs::{
    Annotation, Artifact, CheckRun, CommitStatus, Conclusion, EvidenceFile, EvidenceKind, Job,
    RunStatus, RunTry, WorkflowRun,
};
pub use spec::{Defined, LinkClass, Requirement, SpecFormat, TestAnnotation, TestFn};
pub use subject::Subject;
pub use time::{Timestamp, Zone};
pub use verdict::{Attention, Source, Stage, Trust, Verdict};
pub use word::Word;
