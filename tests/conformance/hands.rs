//! What a hand does to the world, and how the forge shows it: times, timeline, activity, tags.

use proofline::demo::{Act, DemoForge};
use serde_json::{Value, json};

use super::{forge, repo, viewer};
use crate::support::http::Client;
use crate::support::spec::SPEC;

/// Does something from outside the process, which must be allowed.
#[track_caller]
pub(super) fn act(forge: &DemoForge, name: &str, fields: &Value) -> Value {
    let outside = Client::new(forge.base(), None);
    let answer = outside.post(&format!("/_demo/{name}"), fields);
    assert_eq!(answer.status, 200, "{name}: {}", answer.json());
    answer.json()
}

pub(super) fn list(client: &Client, path: &str) -> Vec<Value> {
    client.get(path).json().as_array().unwrap().clone()
}

/// The kinds of the last events of a timeline.
fn events(client: &Client, repo: &str, number: u64) -> Vec<String> {
    let rows = list(
        client,
        &format!("{repo}/issues/{number}/timeline?per_page=100"),
    );
    let kinds = rows
        .iter()
        .map(|row| row["event"].as_str().unwrap().to_owned());
    kinds.collect()
}

/// Every answer that was given is as described, but for those that say where to go instead.
fn judge(forge: &DemoForge) {
    let Some(spec) = SPEC.as_ref() else { return };
    for exchange in forge.log() {
        let is_rest = exchange.path != "/graphql" && !exchange.path.contains(".git/");
        if is_rest && !(300..400).contains(&exchange.status) {
            spec.check_exchange(&exchange).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_closed_and_opened_again() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let number = forge.truth().open[1].number;
    let path = format!("{repo}/pulls/{number}");
    let before = client.get(&path);
    act(&forge, "close", &json!({ "pr": number }));
    let closed = client.get(&path);
    assert_eq!(closed.json()["state"], "closed");
    assert!(closed.json()["merged_at"].is_null() && closed.json()["closed_at"].is_string());
    assert!(closed.json()["updated_at"].as_str() > before.json()["updated_at"].as_str());
    assert_ne!(closed.header("etag"), before.header("etag"));
    let numbers = |state: &str| {
        let shown = list(
            &client,
            &format!("{repo}/pulls?state={state}&sort=updated&direction=desc"),
        );
        shown
            .iter()
            .map(|pull| pull["number"].as_u64().unwrap())
            .collect::<Vec<_>>()
    };
    assert!(!numbers("open").contains(&number));
    assert_eq!(numbers("closed")[0], number, "updated last");
    act(&forge, "reopen", &json!({ "pr": number }));
    assert_eq!(numbers("open")[0], number);
    assert_eq!(
        events(&client, &repo, number)[events(&client, &repo, number).len() - 2..],
        ["closed", "reopened"]
    );
    judge(&forge);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_force_push_takes_a_commit_away() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let change = forge.truth().story().unwrap();
    let outside = Client::new(forge.base(), None);
    let pushed = outside.post(
        &format!("/_demo/push?pr={}&force=1", change.number),
        &json!({}),
    );
    let pushed = pushed.json();
    assert_eq!(pushed["before"], json!(change.head));
    let path = format!("{repo}/pulls/{}", change.number);
    assert_eq!(client.get(&path).json()["head"]["sha"], pushed["head"]);
    let commits = list(&client, &format!("{path}/commits?per_page=100"));
    assert!(
        commits
            .iter()
            .all(|commit| commit["sha"] != json!(change.head))
    );
    let activity = list(
        &client,
        &format!("{repo}/activity?activity_type=force_push,pr_merge"),
    );
    assert_eq!(activity[0]["before"], json!(change.head));
    assert_eq!(
        events(&client, &repo, change.number).last().unwrap(),
        "head_ref_force_pushed"
    );
    let head = pushed["head"].as_str().unwrap();
    let runs = client
        .get(&format!("{repo}/actions/runs?head_sha={head}"))
        .json();
    assert_eq!(runs["workflow_runs"][0]["id"], pushed["run"]);
    assert_eq!(runs["workflow_runs"][0]["status"], "queued");
    judge(&forge);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_moves_and_a_change_gets_another() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let number = forge.truth().open[1].number;
    let path = format!("{repo}/pulls/{number}");
    let files = client.get(&format!("{path}/files")).json();
    let moved = act(&forge, "move_branch", &json!({}));
    assert_eq!(moved["before"], json!(forge.truth().main));
    assert_eq!(
        client.get(&format!("{repo}/git/ref/heads/main")).json()["object"]["sha"],
        moved["head"]
    );
    act(&forge, "create_branch", &json!({ "branch": "next" }));
    act(&forge, "retarget", &json!({ "pr": number, "base": "next" }));
    let shown = client.get(&path).json();
    assert_eq!(shown["base"]["ref"], "next");
    assert_eq!(shown["base"]["sha"], moved["head"]);
    assert_eq!(
        client.get(&format!("{path}/files")).json(),
        files,
        "what it changes stays"
    );
    assert_eq!(list(&client, &format!("{repo}/pulls?base=next")).len(), 1);
    assert_eq!(
        events(&client, &repo, number).last().unwrap(),
        "base_ref_changed"
    );
    judge(&forge);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_tried_again_and_ends() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let run = forge.truth().story().unwrap().attempts[3].runs[0].id;
    let path = format!("{repo}/actions/runs/{run}");
    act(&forge, "rerun", &json!({ "run": run, "failed_only": true }));
    let queued = client.get(&path).json();
    assert_eq!(
        (&queued["run_attempt"], &queued["status"]),
        (&json!(2), &json!("queued"))
    );
    assert!(queued["conclusion"].is_null());
    let jobs = client.get(&format!("{path}/attempts/2/jobs")).json();
    assert_eq!(jobs["total_count"], 1, "one job had failed");
    act(
        &forge,
        "finish_run",
        &json!({ "run": run, "conclusion": "success" }),
    );
    let ended = client.get(&path).json();
    assert_eq!(
        (&ended["status"], &ended["conclusion"]),
        (&json!("completed"), &json!("success"))
    );
    let artifacts = client
        .get(&format!("{path}/artifacts?name=junit-unit"))
        .json();
    assert_eq!(artifacts["total_count"], 2, "one of each try");
    let artifact = artifacts["artifacts"][0]["id"].clone();
    act(&forge, "expire_artifact", &json!({ "artifact": artifact }));
    assert_eq!(
        client
            .get(&format!("{repo}/actions/artifacts/{artifact}/zip"))
            .status,
        410
    );
    assert!(
        forge
            .control()
            .act(Act::FinishRun {
                run,
                conclusion: "success".into()
            })
            .is_err()
    );
    judge(&forge);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_ends_alone() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let number = forge.truth().open[2].number;
    let pushed = act(&forge, "push", &json!({ "pr": number }));
    let head = pushed["head"].as_str().unwrap();
    let path = format!("{repo}/commits/{head}/check-runs");
    let checks = client.get(&path).json()["check_runs"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(checks[0]["status"], "queued");
    act(
        &forge,
        "finish_check",
        &json!({ "check": checks[0]["id"], "conclusion": "failure" }),
    );
    let checks = client.get(&path).json();
    assert_eq!(checks["check_runs"][0]["conclusion"], "failure");
    let run = client
        .get(&format!("{repo}/actions/runs/{}", pushed["run"]))
        .json();
    assert_eq!(run["conclusion"], "failure", "its only job");
    judge(&forge);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_speak() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let story = forge.truth().story().unwrap();
    let (number, path) = (story.number, format!("{repo}/pulls/{}", story.number));
    let updated = || {
        client.get(&path).json()["updated_at"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let mut times = vec![updated()];
    for (name, fields) in [
        (
            "review",
            json!({ "pr": number, "state": "APPROVED", "login": "tomas" }),
        ),
        (
            "comment",
            json!({ "pr": number, "body": "Seen.", "login": "aiko" }),
        ),
    ] {
        act(&forge, name, &fields);
        times.push(updated());
    }
    assert!(
        times.is_sorted() && times[0] < times[1] && times[1] < times[2],
        "{times:?}"
    );
    let reviews = list(&client, &format!("{path}/reviews?per_page=100"));
    assert_eq!(reviews.last().unwrap()["user"]["login"], "tomas");
    assert_eq!(reviews.last().unwrap()["commit_id"], json!(story.head));
    act(
        &forge,
        "status",
        &json!({ "pr": number, "state": "failure", "context": "size" }),
    );
    let status = client
        .get(&format!("{repo}/commits/{}/status", story.head))
        .json();
    assert_eq!(status["state"], "failure");
    let comments = list(&client, &format!("{path}/comments"));
    act(
        &forge,
        "resolve",
        &json!({ "comment": comments[0]["id"], "login": "mira" }),
    );
    let query = json!({ "query": format!(
        "{{ repository(owner: \"acme\", name: \"payments\") {{ pullRequest(number: {number}) {{ \
         reviewThreads(first: 9) {{ nodes {{ isResolved resolvedBy {{ login }} }} }} }} }} }}") });
    let threads = client.post("/graphql", &query).json();
    let threads = &threads["data"]["repository"]["pullRequest"]["reviewThreads"]["nodes"];
    assert_eq!(
        threads[0],
        json!({ "isResolved": true, "resolvedBy": { "login": "mira" } })
    );
    judge(&forge);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_moves_main_and_ends_the_change() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let change = forge.truth().story().unwrap();
    let merged = act(&forge, "merge", &json!({ "pr": change.number }));
    let path = format!("{repo}/pulls/{}", change.number);
    let shown = client.get(&path).json();
    assert_eq!(
        (&shown["merged"], &shown["merge_commit_sha"]),
        (&json!(true), &merged["commit"])
    );
    let main = client.get(&format!("{repo}/git/ref/heads/main")).json();
    assert_eq!(main["object"]["sha"], merged["commit"]);
    let kinds = events(&client, &repo, change.number);
    assert_eq!(
        kinds[kinds.len() - 3..],
        ["merged", "closed", "head_ref_deleted"]
    );
    let kinds: Vec<Value> = list(&client, &format!("{repo}/activity?per_page=2"))
        .iter()
        .map(|row| row["activity_type"].clone())
        .collect();
    assert_eq!(kinds, ["branch_deletion", "pr_merge"]);
    let issue = client
        .get(&format!("{repo}/issues/{}", forge.truth().issue))
        .json();
    assert_eq!(issue["state"], "closed");
    let suites = list(&client, &format!("{repo}/rulesets/rule-suites"));
    assert_eq!(suites[0]["after_sha"], merged["commit"]);

    let other = &forge.truth().open[1];
    act(&forge, "delete_branch", &json!({ "branch": other.branch }));
    let shown = client.get(&format!("{repo}/pulls/{}", other.number)).json();
    assert_eq!(
        (&shown["state"], &shown["merged"]),
        (&json!("closed"), &json!(false))
    );
    judge(&forge);
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_rules_and_alerts_move() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let made = act(&forge, "deploy", &json!({ "environment": "production" }));
    let newest = || list(&client, &format!("{repo}/deployments"))[0].clone();
    let before = newest();
    assert_eq!(before["id"], made["id"]);
    let status = json!({ "deployment": made["id"], "state": "success", "description": "up" });
    act(&forge, "deployment_status", &status);
    assert!(newest()["updated_at"].as_str() > before["updated_at"].as_str());
    let production = list(
        &client,
        &format!("{repo}/deployments?environment=production"),
    );
    let states: Vec<Value> = production
        .iter()
        .map(|one| {
            list(
                &client,
                &format!("{repo}/deployments/{}/statuses", one["id"]),
            )[0]["state"]
                .clone()
        })
        .collect();
    assert_eq!(states, ["success", "pending", "inactive", "inactive"]);

    act(
        &forge,
        "ruleset",
        &json!({ "required": ["unit", "lint"], "login": "tomas" }),
    );
    let rules = list(&client, &format!("{repo}/rules/branches/main"));
    let checks = &rules[3]["parameters"]["required_status_checks"];
    assert_eq!(checks.as_array().unwrap().len(), 2);
    let ruleset = &list(&client, &format!("{repo}/rulesets"))[0]["id"];
    assert_eq!(
        list(&client, &format!("{repo}/rulesets/{ruleset}/history")).len(),
        3
    );

    let alert = format!("{repo}/code-scanning/alerts/91");
    for state in ["dismissed", "fixed", "open"] {
        act(
            &forge,
            "alert",
            &json!({ "number": 91, "state": state, "login": "jon" }),
        );
        assert_eq!(client.get(&alert).json()["state"], state);
    }
    act(
        &forge,
        "alert",
        &json!({ "kind": "secret", "number": 1, "state": "open" }),
    );
    let open = format!("{repo}/secret-scanning/alerts?state=open");
    assert_eq!(list(&client, &open).len(), 1);
    act(
        &forge,
        "alert",
        &json!({ "kind": "dependency", "number": 2, "state": "open" }),
    );
    let open = format!("{repo}/dependabot/alerts?state=open");
    assert_eq!(list(&client, &open).len(), 1);
    judge(&forge);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_act_that_makes_no_sense_is_refused() {
    let forge = forge(0).await;
    let outside = Client::new(forge.base(), None);
    for (name, fields) in [
        ("close", json!({ "pr": 1 })),
        ("close", json!({ "pr": 482, "mood": "bad" })),
        ("review", json!({ "pr": 482, "state": "LOVED" })),
        ("delete_branch", json!({ "branch": "main" })),
        ("teleport", json!({})),
    ] {
        let answer = outside.post(&format!("/_demo/{name}"), &fields);
        assert_eq!(answer.status, 422, "{name}");
        assert!(answer.json()["message"].is_string());
    }
}
