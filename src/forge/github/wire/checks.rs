//! Workflow runs, jobs, check runs, annotations, statuses, artifacts.

use serde::Deserialize;

use super::{
    BadItem, IntoModel,
    changes::{UserWire, lenient},
    maybe_sha, need, sha, time,
};
use crate::model::{
    Annotation, Artifact, CheckRun, CommitStatus, Conclusion, Digest, Job, RunStatus, RunTry, Sha,
    WorkflowRun,
};

fn status(word: Option<&str>) -> RunStatus {
    RunStatus::parse(word.unwrap_or("unknown"))
}

fn conclusion(word: Option<&str>) -> Option<Conclusion> {
    word.map(Conclusion::parse)
}

/// A workflow run, or one try of it (`actions/get-workflow-run-attempt`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RunWire {
    id: Option<u64>,
    name: Option<String>,
    path: Option<String>,
    head_sha: Option<String>,
    head_branch: Option<String>,
    event: Option<String>,
    status: Option<String>,
    conclusion: Option<String>,
    #[serde(deserialize_with = "lenient")]
    run_number: Option<u64>,
    run_attempt: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    check_suite_id: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    workflow_id: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    actor: Option<UserWire>,
    #[serde(deserialize_with = "lenient")]
    triggering_actor: Option<UserWire>,
    created_at: Option<String>,
    updated_at: Option<String>,
    run_started_at: Option<String>,
    html_url: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pull_requests: Option<Vec<NumberWire>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct NumberWire {
    number: Option<u64>,
}

/// Numbers in their order, each once.
fn numbers(told: Option<Vec<NumberWire>>) -> Vec<u64> {
    let told = told.unwrap_or_default().into_iter();
    let found: std::collections::BTreeSet<u64> = told.filter_map(|n| n.number).collect();
    found.into_iter().collect()
}

impl IntoModel for RunWire {
    type Model = WorkflowRun;
    /// The run with the one try that this answer describes, without its jobs.
    fn into_model(self) -> Result<WorkflowRun, BadItem> {
        // What does not say when it was made began at the latest when it was last touched.
        let created_at = time(self.created_at)
            .or(time(self.run_started_at.clone()))
            .or(time(self.updated_at.clone()))
            .unwrap_or_default();
        let path = self.path.unwrap_or_default();
        Ok(WorkflowRun {
            id: need(self.id, "id")?,
            name: self
                .name
                .filter(|n| !n.is_empty())
                .unwrap_or_else(|| path.clone()),
            head_sha: sha(self.head_sha, "head_sha")?,
            path,
            head_branch: self.head_branch,
            event: self.event.unwrap_or_default(),
            run_number: self.run_number.unwrap_or(0),
            check_suite_id: self.check_suite_id,
            workflow_id: self.workflow_id,
            changes: numbers(self.pull_requests),
            actor: self.actor.and_then(UserWire::actor),
            triggering_actor: self.triggering_actor.and_then(UserWire::actor),
            created_at,
            url: self.html_url.unwrap_or_default(),
            tries: vec![RunTry {
                n: self.run_attempt.unwrap_or(1).max(1),
                status: status(self.status.as_deref()),
                conclusion: conclusion(self.conclusion.as_deref()),
                started_at: time(self.run_started_at).or(Some(created_at)),
                updated_at: time(self.updated_at),
                jobs: Vec::new(),
            }],
        })
    }
}

/// A job (`actions/list-jobs-for-workflow-run-attempt`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct JobWire {
    id: Option<u64>,
    name: Option<String>,
    status: Option<String>,
    conclusion: Option<String>,
    started_at: Option<String>,
    completed_at: Option<String>,
    run_attempt: Option<u64>,
    html_url: Option<String>,
}

impl IntoModel for JobWire {
    type Model = Job;
    fn into_model(self) -> Result<Job, BadItem> {
        Ok(Job {
            id: need(self.id, "id")?,
            name: self.name.unwrap_or_default(),
            status: status(self.status.as_deref()),
            conclusion: conclusion(self.conclusion.as_deref()),
            started_at: time(self.started_at),
            completed_at: time(self.completed_at),
            run_try: self.run_attempt.unwrap_or(1),
            url: self.html_url.unwrap_or_default(),
        })
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct AppWire {
    #[serde(deserialize_with = "lenient")]
    id: Option<u64>,
    slug: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct IdWire {
    id: Option<u64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct OutputWire {
    title: Option<String>,
    summary: Option<String>,
    annotations_count: Option<u64>,
}

/// A check run (`checks/list-for-ref`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CheckRunWire {
    id: Option<u64>,
    node_id: Option<String>,
    name: Option<String>,
    head_sha: Option<String>,
    status: Option<String>,
    conclusion: Option<String>,
    #[serde(deserialize_with = "lenient")]
    app: Option<AppWire>,
    #[serde(deserialize_with = "lenient")]
    check_suite: Option<IdWire>,
    started_at: Option<String>,
    completed_at: Option<String>,
    html_url: Option<String>,
    #[serde(deserialize_with = "lenient")]
    output: Option<OutputWire>,
}

impl IntoModel for CheckRunWire {
    type Model = CheckRun;
    fn into_model(self) -> Result<CheckRun, BadItem> {
        let output = self.output.unwrap_or_default();
        Ok(CheckRun {
            id: need(self.id, "id")?,
            name: self.name.unwrap_or_default(),
            head_sha: sha(self.head_sha, "head_sha")?,
            status: status(self.status.as_deref()),
            conclusion: conclusion(self.conclusion.as_deref()),
            app_id: self.app.as_ref().and_then(|a| a.id),
            app: self.app.and_then(|a| a.slug),
            check_suite_id: self.check_suite.and_then(|s| s.id),
            started_at: time(self.started_at),
            completed_at: time(self.completed_at),
            title: output.title,
            summary: output.summary,
            url: self.html_url.unwrap_or_default(),
            annotations_count: output.annotations_count.unwrap_or(0),
            annotations: Vec::new(),
            node: self.node_id,
        })
    }
}

/// An annotation (`checks/list-annotations`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AnnotationWire {
    path: Option<String>,
    #[serde(deserialize_with = "lenient")]
    start_line: Option<u64>,
    annotation_level: Option<String>,
    title: Option<String>,
    message: Option<String>,
}

impl IntoModel for AnnotationWire {
    type Model = Annotation;
    fn into_model(self) -> Result<Annotation, BadItem> {
        Ok(Annotation {
            path: self.path.unwrap_or_default(),
            line: self.start_line,
            level: self.annotation_level.unwrap_or_default(),
            title: self.title.unwrap_or_default(),
            message: self.message.unwrap_or_default(),
        })
    }
}

/// A commit status (`repos/list-commit-statuses-for-ref`); its commit is that of the request.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct StatusWire {
    id: Option<u64>,
    context: Option<String>,
    state: Option<String>,
    description: Option<String>,
    updated_at: Option<String>,
    url: Option<String>,
    #[serde(deserialize_with = "lenient")]
    creator: Option<UserWire>,
}

impl IntoModel for StatusWire {
    type Model = CommitStatus;
    fn into_model(self) -> Result<CommitStatus, BadItem> {
        // The only place that names the commit is the address of the status.
        let of_url = self
            .url
            .as_deref()
            .and_then(|u| u.rsplit('/').next())
            .and_then(|s| Sha::parse(s).ok());
        Ok(CommitStatus {
            sha: need(of_url, "commit")?,
            context: self.context.unwrap_or_default(),
            state: need(self.state, "state")?,
            description: self.description,
            creator: self.creator.and_then(UserWire::actor),
            at: time(self.updated_at),
            id: self.id,
        })
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ArtifactRunWire {
    id: Option<u64>,
    head_sha: Option<String>,
}

/// An artifact (`actions/list-workflow-run-artifacts`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ArtifactWire {
    id: Option<u64>,
    name: Option<String>,
    #[serde(deserialize_with = "lenient")]
    size_in_bytes: Option<u64>,
    digest: Option<String>,
    created_at: Option<String>,
    #[serde(deserialize_with = "lenient")]
    expired: Option<bool>,
    #[serde(deserialize_with = "lenient")]
    workflow_run: Option<ArtifactRunWire>,
}

impl IntoModel for ArtifactWire {
    type Model = Artifact;
    fn into_model(self) -> Result<Artifact, BadItem> {
        let run = self.workflow_run.unwrap_or_default();
        Ok(Artifact {
            id: need(self.id, "id")?,
            run_id: run.id.unwrap_or(0),
            name: self.name.unwrap_or_default(),
            size: self.size_in_bytes.unwrap_or(0),
            digest: self.digest.map(Digest::new),
            created_at: time(self.created_at),
            expired: self.expired.unwrap_or(false),
            head_sha: maybe_sha(run.head_sha),
        })
    }
}
