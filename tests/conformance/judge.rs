//! The judge itself: what is wrong must be refused, or its praise means nothing.

use serde_json::{Value, json};

use super::{forge, repo, viewer};
use crate::support::spec::{EXEMPT, SPEC};

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_was_tampered_with_is_refused() {
    let Some(spec) = SPEC.as_ref() else { return };
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    for (path, field, wrong) in [
        ("/pulls", "/0/head/sha", json!(7)),
        ("/pulls", "/0/user/login", Value::Null),
        ("/actions/runs", "/workflow_runs/0/run_number", json!("one")),
        ("/activity", "/0/activity_type", json!("teleport")),
    ] {
        client.get(&format!("{repo}{path}"));
        let mut exchange = forge.log().pop().unwrap();
        spec.check_exchange(&exchange).unwrap();
        let whole = exchange.json().unwrap();

        let mut tampered = whole.clone();
        *tampered.pointer_mut(field).unwrap() = wrong;
        exchange.response_body = tampered.to_string().into();
        spec.check_exchange(&exchange)
            .expect_err("a wrong value was taken");

        let mut tampered = whole;
        let (parent, name) = field.rsplit_once('/').unwrap();
        tampered
            .pointer_mut(parent)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .remove(name);
        exchange.response_body = tampered.to_string().into();
        spec.check_exchange(&exchange)
            .expect_err("a missing field was taken");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_or_route_that_is_not_described_is_refused() {
    let Some(spec) = SPEC.as_ref() else { return };
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    client.get(&format!("{repo}/pulls"));
    let mut exchange = forge.log().pop().unwrap();
    exchange.status = 201;
    spec.check_exchange(&exchange)
        .expect_err("a list was created");
    exchange.status = 200;
    exchange.path = format!("{repo}/pull-requests");
    spec.check_exchange(&exchange)
        .expect_err("an unknown route was taken");
}

#[test]
fn requests_are_judged_too() {
    let Some(spec) = SPEC.as_ref() else { return };
    let review = |body| spec.check_request("pulls/create-review", &body);
    review(json!({ "event": "APPROVE", "commit_id": "a".repeat(40) })).unwrap();
    review(json!({ "event": "MERGE" })).expect_err("an unknown event was taken");
    let status = |body| spec.check_request("repos/create-commit-status", &body);
    status(json!({ "state": "success" })).unwrap();
    status(json!({ "context": "proofline" })).expect_err("a status without a state was taken");
    let comment = |body| spec.check_request("issues/create-comment", &body);
    comment(json!({ "body": 5 })).expect_err("a number was taken for a body");
}

#[test]
fn queries_are_judged_by_the_schema() {
    let Some(spec) = SPEC.as_ref() else { return };
    spec.check_query("{ viewer { login } }").unwrap();
    spec.check_query("{ viewer { logni } }")
        .expect_err("a misspelt field was taken");
    let clash = "{ repository(owner: 1, name: \"b\") { id } }";
    spec.check_query(clash)
        .expect_err("a number was taken for an owner");
}

#[test]
fn exemptions_say_why() {
    assert!(EXEMPT.iter().all(|rule| rule.reason.len() > 20));
}
