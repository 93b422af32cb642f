//! Every route of the demo forge, for every change and every page, judged by the description.

use proofline::demo::{ChangeTruth, DemoForge};
use serde_json::Value;

use super::{forge, repo, viewer};
use crate::support::http::{Answer, Client};
use crate::support::spec::SPEC;

/// Every page of a list.
fn pages(client: &Client, path: &str) -> Vec<Answer> {
    let mut pages = vec![client.get(path)];
    while let Some(next) = pages.last().and_then(|page| page.link("next")) {
        assert!(next.starts_with(&client.base), "{next} leaves the forge");
        pages.push(client.get(&next));
    }
    pages
}

/// The items of every page, which may stand under a key.
fn items(client: &Client, path: &str, key: Option<&str>) -> Vec<Value> {
    let list = |page: &Answer| match key {
        Some(key) => page.json()[key].as_array().unwrap().clone(),
        None => page.json().as_array().unwrap().clone(),
    };
    pages(client, path).iter().flat_map(list).collect()
}

fn crawl_change(client: &Client, repo: &str, number: u64) {
    for below in ["", "/commits", "/files", "/reviews", "/comments"] {
        pages(client, &format!("{repo}/pulls/{number}{below}?per_page=2"));
    }
    for below in ["", "/comments", "/timeline"] {
        pages(client, &format!("{repo}/issues/{number}{below}?per_page=3"));
    }
    for review in items(client, &format!("{repo}/pulls/{number}/reviews"), None) {
        client.get(&format!("{repo}/pulls/{number}/reviews/{}", review["id"]));
    }
    for comment in items(client, &format!("{repo}/issues/{number}/comments"), None) {
        client.get(&format!("{repo}/issues/comments/{}", comment["id"]));
    }
}

fn crawl_head(client: &Client, repo: &str, head: &str) {
    for below in [
        "",
        "/check-runs?filter=all",
        "/check-suites",
        "/status",
        "/statuses",
    ] {
        pages(client, &format!("{repo}/commits/{head}{below}"));
    }
    let latest = format!("{repo}/commits/{head}/check-runs?per_page=2");
    for check in items(client, &latest, Some("check_runs")) {
        client.get(&format!("{repo}/check-runs/{}", check["id"]));
        pages(
            client,
            &format!("{repo}/check-runs/{}/annotations?per_page=1", check["id"]),
        );
    }
    client.get(&format!("{repo}/compare/main...{head}"));
    client.get(&format!("{repo}/git/trees/{head}?recursive=1"));
    client.get(&format!("{repo}/contents/README.md?ref={head}"));
    client.get(&format!("{repo}/contents/src?ref={head}"));
}

fn crawl_runs(client: &Client, repo: &str) {
    for run in items(
        client,
        &format!("{repo}/actions/runs?per_page=7"),
        Some("workflow_runs"),
    ) {
        let run_path = format!("{repo}/actions/runs/{}", run["id"]);
        client.get(&run_path);
        pages(client, &format!("{run_path}/jobs?filter=all&per_page=2"));
        for number in 1..=run["run_attempt"].as_u64().unwrap() {
            client.get(&format!("{run_path}/attempts/{number}"));
            let jobs = format!("{run_path}/attempts/{number}/jobs");
            for job in items(client, &jobs, Some("jobs")) {
                client.get(&format!("{repo}/actions/jobs/{}", job["id"]));
            }
        }
        client.get(&format!("{run_path}/approvals"));
        client.get(&format!("{run_path}/pending_deployments"));
        for artifact in items(client, &format!("{run_path}/artifacts"), Some("artifacts")) {
            client.get(&format!("{repo}/actions/artifacts/{}", artifact["id"]));
        }
    }
}

fn crawl_rules(client: &Client, repo: &str) {
    for ruleset in items(client, &format!("{repo}/rulesets"), None) {
        let path = format!("{repo}/rulesets/{}", ruleset["id"]);
        client.get(&path);
        for version in items(client, &format!("{path}/history?per_page=1"), None) {
            client.get(&format!("{path}/history/{}", version["version_id"]));
        }
    }
    let suites = format!("{repo}/rulesets/rule-suites?time_period=month");
    for suite in items(client, &suites, None) {
        client.get(&format!("{repo}/rulesets/rule-suites/{}", suite["id"]));
    }
    for analysis in items(client, &format!("{repo}/code-scanning/analyses"), None) {
        client.get(&format!("{repo}/code-scanning/analyses/{}", analysis["id"]));
    }
}

fn crawl_delivery(client: &Client, repo: &str) {
    let environments = format!("{repo}/environments");
    for environment in items(client, &environments, Some("environments")) {
        let path = format!("{environments}/{}", environment["name"].as_str().unwrap());
        client.get(&path);
        client.get(&format!("{path}/deployment_protection_rules"));
    }
    for deployment in items(client, &format!("{repo}/deployments"), None) {
        let path = format!("{repo}/deployments/{}", deployment["id"]);
        client.get(&path);
        pages(client, &format!("{path}/statuses?per_page=1"));
    }
    for release in items(client, &format!("{repo}/releases"), None) {
        let path = format!("{repo}/releases/{}", release["id"]);
        client.get(&path);
        for asset in items(client, &format!("{path}/assets?per_page=1"), None) {
            client.get(&format!("{repo}/releases/assets/{}", asset["id"]));
            let (Some(digest), "capture-linux-amd64.tar.gz") =
                (asset["digest"].as_str(), asset["name"].as_str().unwrap())
            else {
                continue;
            };
            let attestations = format!("{repo}/attestations/{digest}?per_page=1");
            let found = items(client, &attestations, Some("attestations"));
            assert_eq!(found.len(), 2);
            let owner = repo.split('/').nth(2).unwrap();
            let asked = serde_json::json!({ "subject_digests": [digest] });
            for kind in ["users", "orgs"] {
                let bulk = format!("/{kind}/{owner}/attestations/bulk-list");
                client.post(&bulk, &asked);
            }
        }
    }
}

fn crawl_tasks(client: &Client, repo: &str) {
    let tasks = format!("/agents{repo}/tasks");
    for task in items(client, &format!("{tasks}?per_page=1"), Some("tasks")) {
        client.get(&format!("{tasks}/{}", task["id"].as_str().unwrap()));
    }
}

/// The issue of the story, what is above it, and that one's parts.
fn crawl_parts(client: &Client, repo: &str, issue: u64) {
    let parent = client.get(&format!("{repo}/issues/{issue}/parent")).json();
    let below = format!("{repo}/issues/{}/sub_issues", parent["number"]);
    assert_eq!(items(client, &below, None)[0]["number"], issue);
}

fn crawl(forge: &DemoForge) {
    let (client, repo) = (viewer(forge), repo(forge));
    for path in ["/user", "/rate_limit"] {
        client.get(path);
    }
    for (login, _) in &forge.truth().tokens {
        client.get(&format!("/users/{login}"));
    }
    for below in [
        "",
        "/pulls?state=all&per_page=5",
        "/pulls?state=all&sort=updated&direction=desc&per_page=100",
        "/issues?state=all&per_page=9",
        "/activity?per_page=4",
        "/activity?activity_type=force_push",
        "/rules/branches/main",
        "/rulesets",
        "/rulesets/rule-suites?time_period=month&per_page=3",
        "/code-scanning/alerts?sort=updated",
        "/code-scanning/analyses?per_page=2",
        "/secret-scanning/alerts",
        "/secret-scanning/alerts?hide_secret=true",
        "/dependabot/alerts",
        "/environments?per_page=1",
        "/deployments?per_page=2",
        "/releases?per_page=1",
        "/branches?per_page=4",
        "/branches/main",
        "/commits?per_page=9",
        "/pulls/comments?per_page=1",
        "/issues/comments?per_page=2",
        "/actions/workflows?per_page=2",
        "/copilot/cloud-agent/configuration",
        "/contents/CODEOWNERS",
        "/git/ref/heads/main",
    ] {
        pages(&client, &format!("{repo}{below}"));
    }
    crawl_rules(&client, &repo);
    crawl_delivery(&client, &repo);
    crawl_tasks(&client, &repo);
    crawl_parts(&client, &repo, forge.truth().issue);
    for change in &forge.truth().open {
        crawl_open(&client, &repo, change);
    }
    for number in &forge.truth().merged {
        crawl_change(&client, &repo, *number);
    }
    crawl_runs(&client, &repo);
}

fn crawl_open(client: &Client, repo: &str, change: &ChangeTruth) {
    crawl_change(client, repo, change.number);
    for attempt in &change.attempts {
        crawl_head(client, repo, &attempt.head);
    }
    for alert in items(
        client,
        &format!("{repo}/code-scanning/alerts?pr={}", change.number),
        None,
    ) {
        let path = format!("{repo}/code-scanning/alerts/{}", alert["number"]);
        client.get(&path);
        pages(client, &format!("{path}/instances"));
    }
    let ends = format!("{}...{}", change.base, change.head);
    client.get(&format!("{repo}/dependency-graph/compare/{ends}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_as_described() {
    let Some(spec) = SPEC.as_ref() else { return };
    for seed in [0, 3] {
        let forge = forge(seed).await;
        crawl(&forge);
        let log = forge.log();
        let violations: Vec<String> = log
            .iter()
            .filter_map(|exchange| spec.check_exchange(exchange).err())
            .collect();
        assert!(
            violations.is_empty(),
            "{} of {}: {violations:#?}",
            violations.len(),
            log.len()
        );
        let failed: Vec<String> = log
            .iter()
            .filter(|exchange| exchange.status >= 400)
            .map(|exchange| format!("{} {}", exchange.path, exchange.status))
            .collect();
        assert!(failed.is_empty(), "{failed:#?}");
    }
}
