//! Real answers of the forge, as other projects recorded them: whatever they hold, no page is lost
//! and no identity. They are not part of this project; the test says so and passes where the
//! folder that `PROOFLINE_FORGE_SPEC` names is not at hand.

use std::collections::BTreeMap;

use proofline::forge::github::wire::{
    ActivityWire, AnnotationWire, ArtifactWire, CheckRunWire, CommentWire, CommitWire, EventWire,
    IntoModel, IssueWire, JobWire, PullWire, RepoWire, ReviewWire, RunWire, StatusWire, UserWire,
    decode_list, decode_one,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::support::spec::recorded;

/// How many items an answer gave, and what of it was lost.
type Read = Result<usize, String>;

fn one<W: DeserializeOwned + IntoModel>(
    body: &[u8],
    same: impl Fn(&W::Model, &Value) -> bool,
) -> Read {
    let model = decode_one::<W>("recorded", body).map_err(|p| p.what)?;
    let value: Value = serde_json::from_slice(body).unwrap();
    if same(&model, &value) {
        Ok(1)
    } else {
        Err(format!("its identity was lost: {}", value["id"]))
    }
}

fn list<W: DeserializeOwned + IntoModel>(
    body: &[u8],
    key: Option<&str>,
    same: impl Fn(&W::Model, &Value) -> bool,
) -> Read {
    let value: Value = serde_json::from_slice(body).unwrap();
    let items = key.map_or(&value, |key| &value[key]).as_array().unwrap();
    let listed = decode_list::<W>("recorded", body, key).map_err(|p| p.what)?;
    if let Some(problem) = listed.problems.first() {
        return Err(problem.what.clone());
    }
    if listed.items.len() != items.len() {
        return Err(format!("{} of {} items", listed.items.len(), items.len()));
    }
    match listed.items.iter().zip(items).find(|(m, v)| !same(m, v)) {
        Some((_, value)) => Err(format!("its identity was lost: {}", value["id"])),
        None => Ok(items.len()),
    }
}

fn id(found: u64, value: &Value) -> bool {
    value["id"].as_u64() == Some(found)
}

fn login(actor: Option<&proofline::model::Actor>, value: &Value) -> bool {
    actor.map(|a| a.login.as_str()) == value["login"].as_str()
        && actor.and_then(|a| a.id) == value["id"].as_u64()
}

/// Reads an answer of an operation that the client uses, or one of the same shape.
fn read(operation: &str, body: &[u8]) -> Option<Read> {
    use serde_json::Value as V;
    let pull = |m: &proofline::model::PullRequest, v: &V| {
        v["number"].as_u64() == Some(m.number)
            && v["head"]["sha"].as_str() == Some(m.head_sha.as_str())
            && v["base"]["sha"].as_str() == Some(m.base_sha.as_str())
            && login(m.author.as_ref(), &v["user"])
    };
    let issue =
        |m: &(proofline::model::Issue, bool), v: &V| v["number"].as_u64() == Some(m.0.number);
    let comment =
        |m: &proofline::model::Comment, v: &V| id(m.id, v) && login(m.author.as_ref(), &v["user"]);
    let review = |m: &proofline::model::Review, v: &V| {
        id(m.id, v)
            && login(m.author.as_ref(), &v["user"])
            && v["commit_id"].as_str() == m.commit.as_ref().map(proofline::model::Sha::as_str)
    };
    let commit = |m: &proofline::model::Commit, v: &V| {
        let parents = v["parents"].as_array().map_or(0, Vec::len);
        v["sha"].as_str() == Some(m.sha.as_str()) && m.parents.len() == parents
    };
    let run = |m: &proofline::model::WorkflowRun, v: &V| {
        let n = v["run_attempt"].as_u64().unwrap_or(1);
        id(m.id, v) && v["head_sha"].as_str() == Some(m.head_sha.as_str()) && m.tries[0].n == n
    };
    let job = |m: &proofline::model::Job, v: &V| id(m.id, v) && v["name"] == m.name.as_str();
    let check = |m: &proofline::model::CheckRun, v: &V| {
        id(m.id, v)
            && v["name"] == m.name.as_str()
            && v["head_sha"].as_str() == Some(m.head_sha.as_str())
            && m.app.as_deref() == v["app"]["slug"].as_str()
            && m.conclusion.is_some() == v["conclusion"].is_string()
    };
    let artifact = |m: &proofline::model::Artifact, v: &V| {
        id(m.id, v) && v["workflow_run"]["id"].as_u64().unwrap_or(0) == m.run_id
    };
    let status = |m: &proofline::model::CommitStatus, v: &V| {
        v["context"] == m.context.as_str()
            && v["url"]
                .as_str()
                .is_some_and(|u| u.ends_with(m.sha.as_str()))
    };
    let event = |m: &proofline::model::TimelineEvent, v: &V| {
        v["event"] == m.event.as_str() && (m.id.is_some() == v["id"].is_u64())
    };
    let note = |m: &proofline::model::Annotation, v: &V| {
        v["path"].as_str().unwrap_or("") == m.path && m.line == v["start_line"].as_u64()
    };
    let activity = |m: &proofline::model::Activity, v: &V| {
        id(m.id, v) && v["after"].as_str() == Some(m.after.as_str())
    };
    Some(match operation {
        "repos/get" => one::<RepoWire>(body, |m, v| {
            m.full_name.ends_with(v["name"].as_str().unwrap())
        }),
        "users/get-authenticated" | "users/get-by-username" => {
            one::<UserWire>(body, |m, v| login(Some(m), v))
        }
        "pulls/get" => one::<PullWire>(body, pull),
        "pulls/list" => list::<PullWire>(body, None, pull),
        "pulls/list-commits" | "repos/list-commits" => list::<CommitWire>(body, None, commit),
        "repos/get-commit" => one::<CommitWire>(body, commit),
        "pulls/list-reviews" => list::<ReviewWire>(body, None, review),
        "pulls/get-review" | "pulls/create-review" | "pulls/dismiss-review" => {
            one::<ReviewWire>(body, review)
        }
        "issues/get" | "issues/create" | "issues/update" => one::<IssueWire>(body, issue),
        "issues/list-comments" | "issues/list-comments-for-repo" => {
            list::<CommentWire>(body, None, comment)
        }
        "issues/get-comment" | "issues/create-comment" => one::<CommentWire>(body, comment),
        "issues/list-events-for-timeline"
        | "issues/list-events"
        | "issues/list-events-for-repo" => list::<EventWire>(body, None, event),
        "issues/get-event" => one::<EventWire>(body, event),
        "repos/list-activities" => list::<ActivityWire>(body, None, activity),
        "actions/list-workflow-runs-for-repo" | "actions/list-workflow-runs" => {
            list::<RunWire>(body, Some("workflow_runs"), run)
        }
        "actions/get-workflow-run" | "actions/get-workflow-run-attempt" => {
            one::<RunWire>(body, run)
        }
        "actions/list-jobs-for-workflow-run-attempt" | "actions/list-jobs-for-workflow-run" => {
            list::<JobWire>(body, Some("jobs"), job)
        }
        "actions/get-job-for-workflow-run" => one::<JobWire>(body, job),
        "checks/list-for-ref" | "checks/list-for-suite" => {
            list::<CheckRunWire>(body, Some("check_runs"), check)
        }
        "checks/get" | "checks/create" | "checks/update" => one::<CheckRunWire>(body, check),
        "checks/list-annotations" => list::<AnnotationWire>(body, None, note),
        "repos/list-commit-statuses-for-ref" => list::<StatusWire>(body, None, status),
        "repos/create-commit-status" => one::<StatusWire>(body, status),
        "actions/list-workflow-run-artifacts" | "actions/list-artifacts-for-repo" => {
            list::<ArtifactWire>(body, Some("artifacts"), artifact)
        }
        "actions/get-artifact" => one::<ArtifactWire>(body, artifact),
        _ => return None,
    })
}

/// Operations that the client asks for; those without a recording are told with a zero.
const USED: [&str; 17] = [
    "repos/get",
    "users/get-authenticated",
    "pulls/get",
    "pulls/list-commits",
    "pulls/list-reviews",
    "issues/get",
    "issues/list-comments",
    "issues/list-events-for-timeline",
    "repos/list-activities",
    "actions/list-workflow-runs-for-repo",
    "actions/get-workflow-run-attempt",
    "actions/list-jobs-for-workflow-run-attempt",
    "checks/list-for-ref",
    "checks/list-annotations",
    "repos/list-commit-statuses-for-ref",
    "actions/list-workflow-run-artifacts",
    "repos/list-attestations",
];

#[test]
fn every_recorded_answer_is_read_whole() {
    let Some(recorded) = recorded() else { return };
    let mut counts: BTreeMap<String, (usize, usize)> =
        USED.iter().map(|op| ((*op).to_owned(), (0, 0))).collect();
    let mut lost = Vec::new();
    for line in recorded.lines() {
        let exchange: Value = serde_json::from_str(line).unwrap();
        let operation = exchange["op"].as_str().unwrap_or("");
        let good = exchange["status"]
            .as_u64()
            .is_some_and(|s| (200..300).contains(&s));
        // Some were cut down or made wrong by hand, or name no commit, as was done before 2013.
        let name = exchange["name"].as_str().unwrap_or("");
        let is_odd = [
            "BadAttributes.",
            "Commit.testCreateStatus",
            "PullRequest1682.",
        ]
        .iter()
        .any(|odd| name.starts_with(odd));
        if !good || exchange["body"].is_null() || is_odd {
            continue;
        }
        let body = exchange["body"].to_string();
        match read(operation, body.as_bytes()) {
            None => {}
            Some(Ok(items)) => {
                let count = counts.entry(operation.to_owned()).or_default();
                *count = (count.0 + 1, count.1 + items);
            }
            Some(Err(why)) => lost.push(format!("{operation} in {}: {why}", exchange["name"])),
        }
    }
    for (operation, (answers, items)) in &counts {
        println!("{operation}: {answers} answers, {items} items");
    }
    assert!(lost.is_empty(), "{} lost: {lost:#?}", lost.len());
    assert!(
        counts["repos/get"].0 > 100,
        "the recordings are not those that are meant"
    );
}
