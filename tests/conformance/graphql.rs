//! GraphQL over the world: own queries, valid by the forge's schema, and what they find.

use serde_json::{Value, json};

use super::{forge, viewer};
use crate::support::spec::SPEC;

const LIST: &str = "
query List($owner: String!, $name: String!, $first: Int!, $after: String) {
  rateLimit { cost remaining resetAt }
  viewer { __typename login }
  repository(owner: $owner, name: $name) {
    nameWithOwner
    defaultBranchRef { name target { oid } }
    pullRequests(first: $first, after: $after, states: OPEN, orderBy: { field: UPDATED_AT, direction: DESC }) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes {
        ...Identity
        additions deletions changedFiles isDraft mergeStateStatus reviewDecision
        author { __typename login ... on Bot { databaseId } ... on User { databaseId } }
        labels(first: 5) { nodes { name color } }
        closing: closingIssuesReferences(first: 5) { nodes { number title repository { nameWithOwner } } }
        reviewRequests(first: 5) { nodes { requestedReviewer { __typename ... on User { login } } } }
        latestOpinionatedReviews(first: 9) { nodes { state author { login } commit { oid } } }
        reviewThreads(first: 1) { totalCount }
        commits(last: 1) { totalCount nodes { commit {
          oid messageHeadline signature { isValid }
          checkSuites(first: 9) { nodes { databaseId status conclusion app { slug } workflowRun { databaseId file { path } } } }
          statusCheckRollup { state contexts(first: 20) { nodes {
            __typename
            ... on CheckRun { databaseId name conclusion checkSuite { app { slug } } }
            ... on StatusContext { context state }
          } } }
        } } }
      }
    }
  }
}
fragment Identity on PullRequest { id number title headRefName headRefOid baseRefOid updatedAt }";

const DETAIL: &str = "
query Detail($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    body
    timelineItems(first: 100) { totalCount updatedAt nodes {
      __typename
      ... on PullRequestCommit { commit { oid author { name email user { login } } } }
      ... on HeadRefForcePushedEvent { createdAt actor { login } beforeCommit { oid } afterCommit { oid } }
      ... on PullRequestReview { fullDatabaseId state reviewedCommit: commit { oid } }
      ... on IssueComment { fullDatabaseId body lastEditedAt author { login } }
      ... on LabeledEvent { label { name } }
      ... on ReviewRequestedEvent { requestedReviewer { ... on User { login } } }
    } }
    reviewThreads(first: 50) { nodes { isResolved isOutdated path line originalLine
      comments(first: 20) { totalCount nodes { body originalCommit { oid } replyTo { fullDatabaseId } } } } }
  } }
}";

#[test]
fn own_queries_are_valid() {
    let Some(spec) = SPEC.as_ref() else { return };
    for query in [LIST, DETAIL] {
        spec.check_query(query).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_paged_and_whole() {
    for seed in [0, 11] {
        let forge = forge(seed).await;
        let (client, truth) = (viewer(&forge), forge.truth());
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let variables =
                json!({ "owner": truth.owner, "name": truth.name, "first": 3, "after": after });
            let answer = client
                .post(
                    "/graphql",
                    &json!({ "query": LIST, "variables": variables }),
                )
                .json();
            assert!(answer.get("errors").is_none(), "{answer:#}");
            let list = answer["data"]["repository"]["pullRequests"].clone();
            assert_eq!(list["totalCount"], json!(truth.open.len()));
            seen.extend(list["nodes"].as_array().unwrap().clone());
            after = list["pageInfo"]["endCursor"].clone();
            if list["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(seen.len(), truth.open.len());
        let first = &seen[0];
        let story = truth.story().unwrap();
        assert_eq!(first["number"], json!(story.number), "updated last");
        assert_eq!(first["headRefOid"], json!(story.head));
        assert_eq!(first["author"]["__typename"], "Bot");
        assert_eq!(first["author"]["login"], "copilot-swe-agent");
        assert_eq!(first["closing"]["nodes"][0]["number"], json!(truth.issue));
        let commit = &first["commits"]["nodes"][0]["commit"];
        assert_eq!(commit["statusCheckRollup"]["state"], "FAILURE");
        assert_eq!(commit["checkSuites"]["nodes"].as_array().unwrap().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_detail_has_what_rest_has_not() {
    let forge = forge(0).await;
    let (client, truth) = (viewer(&forge), forge.truth());
    let story = truth.story().unwrap();
    let variables = json!({ "owner": truth.owner, "name": truth.name, "number": story.number });
    let answer = client
        .post(
            "/graphql",
            &json!({ "query": DETAIL, "variables": variables }),
        )
        .json();
    assert!(answer.get("errors").is_none(), "{answer:#}");
    let pull = &answer["data"]["repository"]["pullRequest"];
    let rows = pull["timelineItems"]["nodes"].as_array().unwrap();
    let push = rows
        .iter()
        .find(|row| row["__typename"] == "HeadRefForcePushedEvent")
        .unwrap();
    assert_eq!(push["beforeCommit"]["oid"], json!(story.attempts[1].head));
    assert_eq!(push["afterCommit"]["oid"], json!(story.attempts[2].head));
    let threads = pull["reviewThreads"]["nodes"].as_array().unwrap();
    assert_eq!(threads.len(), 2);
    assert!(threads.iter().all(|thread| thread["isOutdated"] == true));
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_those_of_the_forge() {
    let forge = forge(0).await;
    let client = viewer(&forge);
    let ask = |query: &str| client.post("/graphql", &json!({ "query": query })).json();
    let missing = ask("{ repository(owner: \"no\", name: \"body\") { id } }");
    assert_eq!(missing["errors"][0]["type"], "NOT_FOUND");
    assert_eq!(missing["errors"][0]["path"], json!(["repository"]));
    assert_eq!(missing["data"]["repository"], Value::Null);
    let misspelt = ask("{ viewer { logni } }");
    assert_eq!(
        misspelt["errors"][0]["extensions"]["code"],
        "undefinedField"
    );
    assert!(misspelt.get("data").is_none());
    let (owner, name) = forge.repo();
    let unbounded = format!(
        "{{ repository(owner: \"{owner}\", name: \"{name}\") {{ pullRequests {{ nodes {{ number }} }} }} }}"
    );
    assert_eq!(
        ask(&unbounded)["errors"][0]["type"],
        "MISSING_PAGINATION_BOUNDARIES"
    );
    let counted = unbounded.replace("nodes { number }", "totalCount");
    let counted = ask(&counted)["data"]["repository"]["pullRequests"].clone();
    assert_eq!(counted["totalCount"], json!(forge.truth().open.len() + 20));
    assert!(ask("{ viewer").get("errors").is_some());
}

/// Queries that were drafted for this program, where they are at hand: answered without an error.
#[tokio::test(flavor = "multi_thread")]
async fn drafted_queries_are_answered() {
    let Some(folder) = std::env::var_os("PROOFLINE_FORGE_SPEC") else {
        println!("skipped: PROOFLINE_FORGE_SPEC is not set");
        return;
    };
    let forge = forge(0).await;
    let (client, truth) = (viewer(&forge), forge.truth());
    for name in ["prs.graphql", "pr_detail.graphql"] {
        let path = std::path::Path::new(&folder).join(name);
        let Ok(query) = std::fs::read_to_string(&path) else {
            println!("skipped: {} is not there", path.display());
            continue;
        };
        for number in truth
            .open
            .iter()
            .map(|change| change.number)
            .chain([truth.merged[0]])
        {
            let variables = json!({
                "owner": truth.owner, "name": truth.name, "number": number, "first": 25,
            });
            let body = json!({ "query": query, "variables": variables });
            let answer = client.post("/graphql", &body).json();
            assert!(
                answer.get("errors").is_none(),
                "{name}: {:#}",
                answer["errors"]
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_knows_its_place() {
    const PARTS: &str = "query Parts($owner: String!, $name: String!, $number: Int!) {
      repository(owner: $owner, name: $name) { pullRequest(number: $number) {
        closingIssuesReferences(first: 1) { nodes { number body trackedInIssues(first: 1) { nodes {
          number title trackedIssuesCount trackedIssues(first: 5) { totalCount nodes { number } }
        } } } }
      } } }";
    let forge = forge(0).await;
    let (client, truth) = (viewer(&forge), forge.truth());
    let number = truth.story().unwrap().number;
    let variables = json!({ "owner": truth.owner, "name": truth.name, "number": number });
    let body = json!({ "query": PARTS, "variables": variables });
    let answer = client.post("/graphql", &body).json();
    let pull = &answer["data"]["repository"]["pullRequest"];
    let issue = &pull["closingIssuesReferences"]["nodes"][0];
    assert!(
        issue["body"]
            .as_str()
            .unwrap()
            .contains("Acceptance criteria"),
        "{answer:#}"
    );
    assert_eq!(
        issue["trackedInIssues"]["nodes"][0]["trackedIssues"]["nodes"][0]["number"],
        json!(truth.issue)
    );
    if let Some(spec) = SPEC.as_ref() {
        spec.check_query(PARTS).unwrap();
    }
}
