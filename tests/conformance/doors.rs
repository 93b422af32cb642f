//! Another name, another owner, and permissions that come and go.

use serde_json::json;

use super::hands::{act, list};
use super::{forge, person, repo, viewer};
use crate::support::http::Answer;

#[tokio::test(flavor = "multi_thread")]
async fn another_name_and_owner_are_followed() {
    let forge = forge(0).await;
    let (client, old) = (viewer(&forge), repo(&forge));
    act(&forge, "rename", &json!({ "name": "billing" }));
    act(&forge, "transfer", &json!({ "owner": "globex" }));
    let moved = client.get(&format!("{old}/pulls?per_page=2"));
    assert_eq!(moved.status, 301);
    let location = moved.header("location").unwrap().to_owned();
    assert!(
        location.contains("/repositories/") && location.ends_with("/pulls?per_page=2"),
        "{location}"
    );
    assert_eq!(client.get(&location).json().as_array().unwrap().len(), 2);
    let posted = client.post(
        &format!("{old}/issues/471/comments"),
        &json!({ "body": "x" }),
    );
    assert_eq!(posted.status, 307);
    let posted = client.post(posted.header("location").unwrap(), &json!({ "body": "x" }));
    assert_eq!(posted.status, 201);
    let found = client.get("/repos/globex/billing").json();
    assert_eq!(found["full_name"], "globex/billing");
    let git = client.get("/acme/payments.git/info/refs?service=git-upload-pack");
    assert_eq!(git.status, 301);
    assert!(
        git.header("location")
            .unwrap()
            .contains("/globex/billing.git/info/refs?service=")
    );
    let query =
        json!({ "query": "{ repository(owner: \"acme\", name: \"payments\") { nameWithOwner } }" });
    let shown = client.post("/graphql", &query).json();
    assert_eq!(
        shown["data"]["repository"]["nameWithOwner"],
        "globex/billing"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn permissions_come_and_go() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let runs = format!("{repo}/actions/runs");
    let refused = |answer: &Answer| {
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        (answer.status, message)
    };
    act(&forge, "deny", &json!({ "operation": "actions/" }));
    let denied = client.get(&runs);
    let words = "Resource not accessible by personal access token";
    assert_eq!(refused(&denied), (403, words.to_owned()));
    assert_eq!(
        denied.header("x-accepted-github-permissions"),
        Some("actions=read")
    );
    let number = forge.truth().open[0].number;
    act(
        &forge,
        "deny",
        &json!({ "operation": "issues/create-comment" }),
    );
    let comments = format!("{repo}/issues/{number}/comments?per_page=100");
    let before = list(&client, &comments).len();
    assert_eq!(client.post(&comments, &json!({ "body": "x" })).status, 403);
    assert_eq!(
        list(&client, &comments).len(),
        before,
        "nothing was written"
    );
    act(&forge, "allow", &json!({ "operation": "actions/" }));
    assert_eq!(client.get(&runs).status, 200);

    act(&forge, "deny", &json!({}));
    assert_eq!(client.get(&repo).status, 404);
    assert_eq!(
        client
            .get("/acme/payments.git/info/refs?service=git-upload-pack")
            .status,
        404
    );
    assert_eq!(client.get("/user").status, 200);
    act(&forge, "allow", &json!({}));

    act(&forge, "sso", &json!({}));
    let sso = client.get(&repo);
    assert_eq!(sso.status, 403);
    assert!(
        sso.header("x-github-sso")
            .unwrap()
            .starts_with("required; url=https://")
    );
    act(&forge, "sso", &json!({ "required": false }));
    assert_eq!(client.get(&repo).status, 200);

    act(&forge, "revoke", &json!({}));
    assert_eq!(
        refused(&client.get(&repo)),
        (401, "Bad credentials".to_owned())
    );
    assert_eq!(person(&forge, 1).get(&repo).status, 200);
    act(&forge, "revoke", &json!({ "restore": true }));
    assert_eq!(client.get(&repo).status, 200);
}
