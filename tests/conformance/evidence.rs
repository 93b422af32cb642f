//! What stands around the changes: rules and their history, findings, deliveries, attestations,
//! tasks. The shapes are judged by the crawl; here is what they say.

use base64::Engine as _;
use serde_json::{Value, json};

use super::{forge, repo, viewer};
use crate::support::http::Client;
use crate::support::spec::SPEC;

fn list(client: &Client, path: &str) -> Vec<Value> {
    client.get(path).json().as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ruleset_has_a_history() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let id = list(&client, &format!("{repo}/rulesets"))[0]["id"].clone();
    let history = list(&client, &format!("{repo}/rulesets/{id}/history"));
    let demanded = |version: &Value| {
        let path = format!("{repo}/rulesets/{id}/history/{}", version["version_id"]);
        let rules = client.get(&path).json()["state"]["rules"].clone();
        let checks = &rules[3]["parameters"]["required_status_checks"];
        checks.as_array().unwrap().len()
    };
    assert_eq!((demanded(&history[0]), demanded(&history[1])), (1, 3));

    let stranger = Client::new(forge.base(), None);
    let refused = stranger.get(&format!("{repo}/rulesets/{id}/history"));
    assert_eq!(refused.status, 401);
    let protection = client.get(&format!("{repo}/branches/main/protection"));
    assert_eq!(protection.status, 404);
    assert_eq!(protection.json()["message"], "Branch not protected");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_push_passed_the_rules_by() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let suites = |query: &str| list(&client, &format!("{repo}/rulesets/rule-suites?{query}"));
    let bypassed = suites("time_period=month&rule_suite_result=bypass");
    assert_eq!(bypassed.len(), 1);
    let path = format!("{repo}/rulesets/rule-suites/{}", bypassed[0]["id"]);
    let evaluations = client.get(&path).json()["rule_evaluations"].clone();
    let failed: Vec<&Value> = evaluations.as_array().unwrap().iter().collect();
    let failed = failed.iter().filter(|rule| rule["result"] == "fail");
    assert_eq!(failed.count(), 1);
    assert_eq!(suites("time_period=month&rule_suite_result=fail").len(), 1);
    assert_eq!(suites("rule_suite_result=pass").len(), 0, "of one day");
}

#[tokio::test(flavor = "multi_thread")]
async fn deployments_tell_what_runs_where() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let deployments = |query: &str| list(&client, &format!("{repo}/deployments?{query}"));
    let last_state = |deployment: &Value| {
        let path = format!("{repo}/deployments/{}/statuses", deployment["id"]);
        list(&client, &path)[0]["state"].clone()
    };
    let production = deployments("environment=production");
    let states: Vec<Value> = production.iter().map(last_state).collect();
    assert_eq!(states, ["pending", "success", "inactive"]);
    let running = &production[1];
    assert!(running["updated_at"].as_str() > running["created_at"].as_str());
    let same = deployments(&format!("sha={}", running["sha"].as_str().unwrap()));
    assert_eq!(same.len(), 2, "staging and production");

    let runs = client.get(&format!("{repo}/actions/workflows/deploy.yml/runs"));
    let runs = runs.json()["workflow_runs"].as_array().unwrap().clone();
    let waiting: Vec<&Value> = runs
        .iter()
        .filter(|run| run["status"] == "waiting")
        .collect();
    let path = format!(
        "{repo}/actions/runs/{}/pending_deployments",
        waiting[0]["id"]
    );
    let (mira, aiko) = (client.get(&path), super::person(&forge, 3).get(&path));
    assert_eq!(mira.json()[0]["current_user_can_approve"], false);
    assert_eq!(
        aiko.json()[0]["current_user_can_approve"],
        false,
        "started it"
    );
    let tomas = super::person(&forge, 2).get(&path);
    assert_eq!(tomas.json()[0]["current_user_can_approve"], true);
    let approved = runs.iter().filter(|run| {
        let path = format!("{repo}/actions/runs/{}/approvals", run["id"]);
        list(&client, &path)
            .iter()
            .any(|known| known["state"] == "approved")
    });
    assert_eq!(approved.count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_asset_is_what_was_attested() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let releases = list(&client, &format!("{repo}/releases"));
    let asset = &releases[0]["assets"][0];
    let address = asset["url"].as_str().unwrap();
    let accept = [("accept", "application/octet-stream")];
    let redirect = client.send("GET", address, &accept, None).unwrap();
    assert_eq!(redirect.status, 302);
    let stranger = Client::new(forge.base(), None);
    let file = stranger.get(redirect.header("location").unwrap()).body;
    assert_eq!(json!(file.len()), asset["size"]);
    assert_eq!(file[..2], [0x1F, 0x8B]);

    let digest = asset["digest"].as_str().unwrap();
    let path = format!("{repo}/attestations/{digest}");
    let found = client
        .get(&format!("{path}?predicate_type=provenance"))
        .json();
    let found = found["attestations"].as_array().unwrap().clone();
    assert_eq!(found.len(), 1);
    let payload = found[0]["bundle"]["dsseEnvelope"]["payload"]
        .as_str()
        .unwrap();
    let statement = base64::engine::general_purpose::STANDARD.decode(payload);
    let statement: Value = serde_json::from_slice(&statement.unwrap()).unwrap();
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(statement["predicateType"], "https://slsa.dev/provenance/v1");
    let subject = &statement["subject"][0]["digest"]["sha256"];
    assert_eq!(format!("sha256:{}", subject.as_str().unwrap()), digest);
    let tag = client.get(&path).header("etag").unwrap().to_owned();
    forge.control().advance_clock(5);
    let known = client.send("GET", &path, &[("if-none-match", &tag)], None);
    assert_eq!(
        known.unwrap().status,
        304,
        "links do not change with the second"
    );
    let kept = stranger.get(found[0]["bundle_url"].as_str().unwrap());
    assert_eq!(kept.header("content-type"), Some("application/x-snappy"));

    assert_eq!(
        client.get(&format!("{repo}/attestations/sha256:00")).status,
        404
    );
    let asked = json!({ "subject_digests": [digest, "sha256:00"] });
    let bulk = format!("/orgs/{}/attestations/bulk-list", forge.repo().0);
    let answer = client.post(&bulk, &asked).json();
    let by_subject = &answer["attestations_subject_digests"];
    assert_eq!(by_subject[digest].as_array().unwrap().len(), 2);
    assert_eq!(by_subject["sha256:00"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn scans_are_kept_as_they_were_uploaded() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let story = forge.truth().story().unwrap();
    let path = format!("{repo}/code-scanning/analyses");
    let analyses = list(&client, &format!("{path}?pr={}", story.number));
    let commits: Vec<&str> = analyses
        .iter()
        .map(|one| one["commit_sha"].as_str().unwrap())
        .collect();
    assert_eq!(
        commits,
        [story.head.as_str(), story.attempts[0].head.as_str()]
    );
    let by_id = format!(
        "{path}?sarif_id={}",
        analyses[1]["sarif_id"].as_str().unwrap()
    );
    assert_eq!(list(&client, &by_id), analyses[1..]);
    let accept = [("accept", "application/sarif+json")];
    let one = format!("{path}/{}", analyses[0]["id"]);
    let report = client.send("GET", &one, &accept, None).unwrap();
    let kind = report.header("content-type").unwrap();
    assert!(kind.starts_with("application/sarif+json"), "{kind}");
    assert_eq!(report.json()["version"], "2.1.0");
    let results = report.json()["runs"][0]["results"].clone();
    assert_eq!(results[0]["ruleId"], "rust/sql-injection");

    let alerts = format!("{repo}/code-scanning/alerts?pr={}&state=", story.number);
    assert_eq!(list(&client, &format!("{alerts}open")).len(), 1);
    assert_eq!(list(&client, &format!("{alerts}dismissed,fixed")).len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_hidden_where_that_is_asked() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let path = format!("{repo}/secret-scanning/alerts");
    assert!(list(&client, &path)[0]["secret"].is_string());
    let hidden = list(&client, &format!("{path}?hide_secret=true"));
    assert!(hidden[0].get("secret").is_none());
    assert_eq!(hidden[0]["resolution"], "revoked");
    assert!(list(&client, &format!("{path}?state=open")).is_empty());
    assert_eq!(Client::new(forge.base(), None).get(&path).status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bump_shows_in_the_dependencies() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let bump = forge.truth().change(479).unwrap();
    let path = format!("{repo}/dependency-graph/compare/main...{}", bump.head);
    let rows = list(&client, &path);
    let told: Vec<(&str, &str)> = rows
        .iter()
        .map(|row| {
            (
                row["change_type"].as_str().unwrap(),
                row["license"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [("removed", "ISC"), ("added", "Apache-2.0 AND ISC")]);
    let docs = forge.truth().change(468).unwrap();
    let path = format!("{repo}/dependency-graph/compare/main...{}", docs.head);
    assert!(list(&client, &path).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_tell_who_asked_and_what() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let path = format!("/agents{repo}/tasks");
    let tasks = client.get(&path).json()["tasks"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(tasks.len(), 2);
    let whole = client.get(&format!("{path}/{}", tasks[0]["id"].as_str().unwrap()));
    let sessions = whole.json()["sessions"].as_array().unwrap().clone();
    assert_eq!(sessions.len(), 4, "one for each attempt");
    assert_eq!(
        sessions[0]["head_ref"],
        json!(forge.truth().story().unwrap().branch)
    );
    let since = tasks[0]["updated_at"].as_str().unwrap();
    let recent = client.get(&format!("{path}?since={since}")).json();
    assert_eq!(recent["tasks"].as_array().unwrap().len(), 1);
    assert_eq!(client.get(&format!("{path}?state=odd")).status, 422);
    assert_eq!(Client::new(forge.base(), None).get(&path).status, 401);
    let Some(spec) = SPEC.as_ref() else { return };
    for exchange in forge.log() {
        spec.check_exchange(&exchange).unwrap();
    }
}
