//! A large world: listed whole, in order, by REST and by GraphQL, and fetched by git.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{repo, viewer};
use crate::support::{forge::large, http::Client, spec::SPEC};

/// Numbers, states, heads and times of all pages of the list.
fn listed(client: &Client, repo: &str) -> Vec<(u64, String, String, String)> {
    let mut path = format!("{repo}/pulls?state=all&sort=updated&direction=desc&per_page=100");
    let mut all = Vec::new();
    loop {
        let page = client.get(&path);
        for pull in page.json().as_array().unwrap() {
            let state = match (&pull["merged_at"], pull["state"].as_str().unwrap()) {
                (Value::String(_), _) => "merged",
                (_, state) => state,
            };
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            all.push((
                pull["number"].as_u64().unwrap(),
                state.to_owned(),
                text(&pull["head"]["sha"]),
                text(&pull["updated_at"]),
            ));
        }
        match page.link("next") {
            Some(next) => path = next,
            None => return all,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_listed_once_and_in_order() {
    let forge = large(720, 12).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let found = listed(&client, &repo);
    assert!(
        found.is_sorted_by(|one, next| one.3 >= next.3),
        "updated last comes first"
    );
    let meant: BTreeSet<(u64, String, String, String)> = forge
        .changes()
        .into_iter()
        .map(|change| {
            let at = change.updated_at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
            (change.number, change.state.to_owned(), change.head, at)
        })
        .collect();
    assert_eq!(meant.len(), 747, "and the story's");
    assert_eq!(found.len(), meant.len());
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), meant);
    let open = meant.iter().filter(|change| change.1 == "open").count();
    assert_eq!(open, 500 + forge.truth().open.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_world_is_as_described_and_reads_alike_both_ways() {
    let forge = large(40, 20).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let newest = forge.changes().pop().unwrap();
    let head = &newest.head;
    for path in [
        format!("/pulls/{}", newest.number),
        format!("/pulls/{}/commits", newest.number),
        format!("/pulls/{}/files", newest.number),
        format!("/pulls/{}/reviews", newest.number),
        format!("/issues/{}/comments", newest.number),
        format!("/issues/{}/timeline", newest.number),
        format!("/commits/{head}/check-runs?filter=all"),
        format!("/commits/{head}/check-suites"),
        format!("/commits/{head}/statuses"),
        format!("/actions/runs?head_sha={head}"),
        "/actions/runs?per_page=100".to_owned(),
        "/issues?state=all&since=2026-11-19T23:00:00Z".to_owned(),
        "/activity?per_page=100".to_owned(),
    ] {
        assert_eq!(client.get(&format!("{repo}{path}")).status, 200, "{path}");
    }
    let full = client
        .get(&format!("{repo}/pulls/{}", newest.number))
        .json();
    assert_eq!(
        (&full["additions"], &full["changed_files"]),
        (&json!(1), &json!(1))
    );
    let files = client
        .get(&format!("{repo}/pulls/{}/files", newest.number))
        .json();
    assert_eq!(
        (&files[0]["additions"], &files[0]["deletions"]),
        (&json!(1), &json!(0))
    );
    let query = "query($after: String) { repository(owner: \"acme\", name: \"payments\") { \
        pullRequests(first: 25, after: $after, states: [MERGED, CLOSED, OPEN], \
        orderBy: { field: UPDATED_AT, direction: DESC }) { totalCount \
        pageInfo { hasNextPage endCursor } nodes { number additions commits(last: 1) { \
        totalCount nodes { commit { statusCheckRollup { state } } } } } } } }";
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let body = json!({ "query": query, "variables": { "after": after } });
        let answer = client.post("/graphql", &body).json();
        let list = answer["data"]["repository"]["pullRequests"].clone();
        let nodes = list["nodes"].as_array().unwrap().clone();
        seen.extend(nodes.iter().map(|node| node["number"].as_u64().unwrap()));
        after = list["pageInfo"]["endCursor"].clone();
        if list["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    let rest: Vec<u64> = listed(&client, &repo)
        .into_iter()
        .map(|row| row.0)
        .collect();
    assert_eq!(seen, rest);
    let Some(spec) = SPEC.as_ref() else { return };
    for exchange in forge.log() {
        if exchange.path != "/graphql" {
            spec.check_exchange(&exchange).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn git_serves_what_was_packed_and_acts_go_on() {
    let forge = large(30, 4).await;
    let oldest = forge
        .changes()
        .into_iter()
        .find(|change| change.number > 10_000);
    let newest = forge.changes().pop().unwrap();
    let pushed = forge.control().push_commit(newest.number).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let address = super::git::address(&forge);
    let run = |arguments: &[&str]| super::git::git(folder.path(), arguments).unwrap();
    run(&["init", "--bare", "--quiet", "."]);
    for commit in [&oldest.unwrap().head, &newest.head, &pushed] {
        run(&["fetch", "--quiet", &address, commit]);
        assert_eq!(run(&["rev-parse", "FETCH_HEAD"]), *commit);
    }
    let references = run(&["ls-remote", &address]);
    let tip = format!("{pushed}\trefs/pull/{}/head", newest.number);
    assert!(references.contains(&tip));
}
