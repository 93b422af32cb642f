//! How the forge behaves around its answers: tags, pages, budgets, redirects, faults. What is
//! checked here is described in GitHub's documentation of REST, not in its machine-readable description.

use proofline::demo::{Fault, FaultKind};
use serde_json::{Value, json};

use super::{forge, person, repo, viewer};
use crate::support::http::Client;

fn used(answer: &crate::support::http::Answer) -> u64 {
    answer.header("x-ratelimit-used").unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_did_not_change_is_304_and_free() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let path = format!("{repo}/pulls?per_page=3");
    let first = client.get(&path);
    let tag = first.header("etag").unwrap().to_owned();
    assert!(tag.starts_with("W/\""), "{tag}");
    let ask = |client: &Client| {
        client
            .send("GET", &path, &[("if-none-match", &tag)], None)
            .unwrap()
    };

    let again = ask(&client);
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(used(&again), used(&first));
    assert_eq!(
        ask(&person(&forge, 1)).status,
        200,
        "a tag belongs to its token"
    );
    forge
        .control()
        .push_commit(forge.truth().open[0].number)
        .unwrap();
    assert_eq!(ask(&client).status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_name_the_repository_by_number() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let first = client.get(&format!("{repo}/pulls?state=all&per_page=10"));
    let next = first.link("next").unwrap();
    assert!(
        next.contains("/repositories/") && next.contains("state=all"),
        "{next}"
    );
    let last = client.get(&first.link("last").unwrap());
    assert_eq!(last.json().as_array().unwrap().len(), 7);
    assert!(last.link("next").is_none() && last.link("prev").is_some());

    let activity = client.get(&format!("{repo}/activity?per_page=5"));
    let next = activity.link("next").unwrap();
    assert!(next.contains("after="), "{next}");
    assert_ne!(client.get(&next).json()[0]["id"], activity.json()[0]["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn budgets_are_kept_per_token() {
    let forge = forge(0).await;
    let client = viewer(&forge);
    let (first, second) = (client.get("/user"), client.get("/user"));
    assert_eq!(used(&second), used(&first) + 1);
    assert_eq!(used(&person(&forge, 1).get("/user")), 1);
    let limits = client.get("/rate_limit");
    assert_eq!(
        limits.json()["resources"]["core"]["used"],
        json!(2),
        "asking is free"
    );
    let stranger = Client::new(forge.base(), None).get(&repo(&forge));
    assert_eq!(
        (stranger.status, stranger.header("x-ratelimit-limit")),
        (200, Some("60"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_budget_is_refused_until_it_is_full_again() {
    let forge = forge(0).await;
    let stranger = Client::new(forge.base(), None);
    let path = repo(&forge);
    let allowed = (0..70)
        .take_while(|_| stranger.get(&path).status == 200)
        .count();
    assert_eq!(allowed, 60);
    let refused = stranger.get(&path);
    assert_eq!(
        (refused.status, refused.header("x-ratelimit-remaining")),
        (403, Some("0"))
    );
    assert_eq!(stranger.get("/rate_limit").status, 200);
    forge.control().advance_clock(3_601);
    assert_eq!(stranger.get(&path).status, 200);
}

/// The first artifact of the run of a change's first attempt.
fn artifact(forge: &proofline::demo::DemoForge, run: u64) -> Value {
    let path = format!("{}/actions/runs/{run}/artifacts", repo(forge));
    viewer(forge).get(&path).json()["artifacts"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn downloads_go_to_another_origin_without_the_token() {
    let forge = forge(0).await;
    let client = viewer(&forge);
    let found = artifact(&forge, forge.truth().open[0].attempts[0].runs[0].id);
    let download = found["archive_download_url"].as_str().unwrap();
    let redirect = client.get(download);
    let location = redirect.header("location").unwrap().to_owned();
    assert_eq!(redirect.status, 302);
    assert!(!location.starts_with(forge.base()), "{location}");
    assert_eq!(client.get(&location).status, 400, "a token was taken");

    let stranger = Client::new(forge.base(), None);
    let zip = stranger.get(&location);
    assert_eq!(zip.status, 200);
    assert_eq!(json!(zip.body.len()), found["size_in_bytes"]);
    forge.control().advance_clock(120);
    assert_eq!(
        stranger.get(&location).status,
        403,
        "a link lives for a minute"
    );
    assert_eq!(stranger.get(download).status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_artifact_is_gone() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let oldest = forge.truth().merged[0];
    let head = client.get(&format!("{repo}/pulls/{oldest}")).json()["head"]["sha"].clone();
    let runs = client
        .get(&format!(
            "{repo}/actions/runs?head_sha={}",
            head.as_str().unwrap()
        ))
        .json();
    let found = artifact(&forge, runs["workflow_runs"][0]["id"].as_u64().unwrap());
    assert_eq!(found["expired"], true);
    assert_eq!(
        client
            .get(found["archive_download_url"].as_str().unwrap())
            .status,
        410
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_happen_once_and_as_ordered() {
    let forge = forge(0).await;
    let (client, repo, control) = (viewer(&forge), repo(&forge), forge.control());
    let pulls = format!("{repo}/pulls");
    let retry = vec![("retry-after".to_owned(), "30".to_owned())];
    let secondary = FaultKind::Status {
        status: 403,
        headers: retry,
        message: "secondary".into(),
    };
    control.fault(Fault::next(&pulls, secondary));
    let limited = client.get(&pulls);
    assert_eq!(
        (limited.status, limited.header("retry-after")),
        (403, Some("30"))
    );
    assert_eq!(client.get(&pulls).status, 200);

    control.fault(Fault::next(&pulls, FaultKind::CutBody { bytes: 100 }));
    assert!(client.send("GET", &pulls, &[], None).is_err());
    control.fault(Fault::next(&pulls, FaultKind::Drop));
    assert!(client.send("GET", &pulls, &[], None).is_err());
    assert_eq!(client.get(&pulls).status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_may_be_applied_and_not_acknowledged() {
    let forge = forge(0).await;
    let (client, control) = (viewer(&forge), forge.control());
    let path = format!(
        "{}/issues/{}/comments",
        repo(&forge),
        forge.truth().open[1].number
    );
    let count = || client.get(&path).json().as_array().unwrap().len();
    let before = count();
    let fault = |kind| Fault {
        method: Some("POST".into()),
        ..Fault::next(&path, kind)
    };
    control.fault(fault(FaultKind::StatusAfter { status: 502 }));
    assert_eq!(client.post(&path, &json!({ "body": "one" })).status, 502);
    assert_eq!(count(), before + 1);
    control.fault(fault(FaultKind::DropAfter));
    assert!(
        client
            .send("POST", &path, &[], Some(&json!({ "body": "two" })))
            .is_err()
    );
    assert_eq!(count(), before + 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_can_watch_and_move_the_world() {
    let forge = forge(0).await;
    let outside = Client::new(forge.base(), None);
    let change = &forge.truth().open[0];
    let pushed = outside
        .post(&format!("/_demo/push?pr={}", change.number), &json!({}))
        .json();
    assert_ne!(pushed["head"], json!(change.head));
    let shown = viewer(&forge)
        .get(&format!("{}/pulls/{}", repo(&forge), change.number))
        .json();
    assert_eq!(shown["head"]["sha"], pushed["head"]);
    let ordered = json!({ "path": "/user", "kind": { "status": { "status": 500 } } });
    assert_eq!(outside.post("/_demo/fault", &ordered).status, 200);
    assert_eq!(viewer(&forge).get("/user").status, 500);
    let log = outside.get("/_demo/log").json();
    assert_eq!(
        log.as_array().unwrap().len(),
        2,
        "the demo's own paths are not logged"
    );
    assert!(log[0].get("response_body").is_none());
}
