//! Small records for unit tests: as empty as they can be, for a test to fill in what it is about.

use super::{
    Alert, ChangeFacts, CheckRun, Conclusion, DiffLine, FileChange, FileDelta, FilePatch,
    FileStatus, HeadDelta, Hunk, Job, PullRequest, RepoId, RunStatus, RunTry, ScanReport,
    ScanResult, Sha, Timestamp, WorkflowRun,
};

/// A commit whose id is this digit throughout.
pub(crate) fn sha(digit: &str) -> Sha {
    Sha::parse(&digit.repeat(40)).unwrap()
}

/// An open change of which nothing else is known.
pub(crate) fn change(head: &Sha, base: &Sha) -> ChangeFacts {
    let pr: PullRequest = serde_json::from_value(serde_json::json!({
        "number": 7, "title": "", "body": "", "author": null, "state": "open", "draft": false,
        "head_ref": "work", "head_sha": head, "base_ref": "main", "base_sha": base,
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        "merged_at": null, "url": "", "labels": [], "requested_reviewers": [],
        "additions": 0, "deletions": 0, "changed_files": 0, "review_decision": null,
        "id": null, "merge_commit": null, "visibility": null, "closes": [],
    }))
    .unwrap();
    ChangeFacts::bare(RepoId::new("forge.test", "acme", "payments"), pr)
}

/// A check run that ended, of no app and no suite.
pub(crate) fn check(id: u64, name: &str, head_sha: Sha, conclusion: &str) -> CheckRun {
    CheckRun {
        id,
        name: name.to_owned(),
        head_sha,
        status: RunStatus::Completed,
        conclusion: Some(Conclusion::parse(conclusion)),
        app: None,
        app_id: None,
        check_suite_id: None,
        started_at: None,
        completed_at: None,
        title: None,
        summary: None,
        url: String::new(),
        annotations_count: 0,
        annotations: Vec::new(),
        node: None,
    }
}

/// A workflow run with one job, which passed.
pub(crate) fn run(head: &Sha, workflow: &str, job: &str) -> WorkflowRun {
    let conclusion = Some(Conclusion::parse("success"));
    let job: Job = serde_json::from_value(serde_json::json!({
        "id": 11, "name": job, "status": "completed", "conclusion": conclusion, "run_try": 1,
        "started_at": null, "completed_at": null, "url": "",
    }))
    .unwrap();
    WorkflowRun {
        id: 1,
        name: workflow.to_owned(),
        path: String::new(),
        head_sha: head.clone(),
        head_branch: None,
        event: "push".to_owned(),
        run_number: 1,
        check_suite_id: Some(1),
        workflow_id: Some(1),
        changes: Vec::new(),
        actor: None,
        triggering_actor: None,
        created_at: Timestamp(0),
        url: String::new(),
        tries: vec![RunTry {
            n: 1,
            status: RunStatus::Completed,
            conclusion,
            started_at: None,
            updated_at: None,
            jobs: vec![job],
        }],
    }
}

/// The patch of a changed file with these lines.
pub(crate) fn patch(path: &str, lines: Vec<DiffLine>) -> FilePatch {
    FilePatch {
        path: path.into(),
        old_path: None,
        status: FileStatus::Modified,
        binary: false,
        additions: 1,
        deletions: 0,
        hunks: vec![Hunk {
            header: String::new(),
            lines,
        }],
        absent: false,
    }
}

/// A changed file with these lines of its difference, and no text on either side.
pub(crate) fn file(path: &str, lines: Vec<DiffLine>) -> FileChange {
    FileChange {
        patch: patch(path, lines),
        old: None,
        new: None,
    }
}

/// A difference in which these files changed, one line each, and nothing was found.
pub(crate) fn delta(from: &Sha, to: &Sha, paths: &[&str]) -> HeadDelta {
    let file = |path: &&str| FileDelta {
        path: (*path).to_owned(),
        old_path: None,
        status: FileStatus::Modified,
        binary: false,
        additions: 1,
        deletions: 0,
        absent: false,
        unread: false,
    };
    HeadDelta {
        from: from.clone(),
        to: to.clone(),
        files: paths.iter().map(file).collect(),
        commits: Vec::new(),
        fast_forward: true,
        responses: Some(Vec::new()),
    }
}

/// A report of a scanner at a commit, which looked and found nothing.
pub(crate) fn scan(tool: &str, head: &Sha) -> ScanReport {
    ScanReport {
        file: format!("{tool} {}", head.short()),
        series: tool.to_owned(),
        analysis: None,
        head: Some(head.clone()),
        tool: tool.to_owned(),
        version: None,
        rules: 0,
        rule_ids: Vec::new(),
        looked: true,
        failed: false,
        unread: false,
        results: Vec::new(),
        listed: 0,
        left_out: 0,
    }
}

/// An error that a scanner found.
pub(crate) fn finding(rule: &str, path: &str, fingerprint: Option<&str>) -> ScanResult {
    ScanResult {
        rule: rule.to_owned(),
        level: "error".to_owned(),
        message: "m".to_owned(),
        path: path.to_owned(),
        line: None,
        fingerprint: fingerprint.map(str::to_owned),
        suppressed: None,
        open: false,
        security: None,
    }
}

/// An alert of code scanning.
pub(crate) fn alert(tool: &str, rule: &str, path: &str, state: &str) -> Alert {
    Alert {
        number: 1,
        rule: rule.to_owned(),
        description: String::new(),
        severity: "high".to_owned(),
        tool: tool.to_owned(),
        state: state.to_owned(),
        created_at: None,
        updated_at: None,
        fixed_at: None,
        dismissal: None,
        path: path.to_owned(),
        line: None,
        message: String::new(),
        commit: None,
        git_ref: String::new(),
        url: String::new(),
    }
}
