//! Clients that come through a proxy, by other names of the host, and that ask what the forge can
//! do before they ask for anything else.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use proofline::demo::DemoForge;
use serde_json::{Value, json};

use super::{forge, viewer};
use crate::support::spec::SPEC;

/// Sends a request line and a host as they are; gives the head and the JSON of the answer.
fn raw(forge: &DemoForge, line: &str, host: &str) -> (String, Value) {
    let mut stream = TcpStream::connect(forge.base().trim_start_matches("http://")).unwrap();
    let request = format!(
        "{line} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nauthorization: token {}\r\n\r\n",
        forge.token()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), serde_json::from_str(body).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxied_client_stays_at_the_name_it_knows() {
    let forge = forge(0).await;
    for (line, host, api) in [
        (
            "GET http://api.github.localhost/repos/acme/payments/pulls?per_page=2",
            "api.github.localhost",
            "http://api.github.localhost",
        ),
        (
            "GET http://github.localhost/api/v3/repos/acme/payments/pulls?per_page=2",
            "github.localhost",
            "http://github.localhost/api/v3",
        ),
        (
            "GET /repos/acme/payments/pulls?per_page=2",
            "api.github.localhost",
            "http://api.github.localhost",
        ),
    ] {
        let (head, pulls) = raw(&forge, line, host);
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        let next = format!("<{api}/repositories/");
        assert!(head.contains(&next), "{head}");
        let url = pulls[0]["url"].as_str().unwrap();
        assert!(url.starts_with(&format!("{api}/repos/")), "{url}");
        let page = pulls[0]["html_url"].as_str().unwrap();
        assert!(
            page.starts_with("http://github.localhost/acme/payments/pull/"),
            "{page}"
        );
    }
    let (head, _) = raw(&forge, "GET /user", "127.0.0.1");
    assert!(head.starts_with("HTTP/1.1 200"));
}

/// The fields that a type is said to have.
fn fields(forge: &DemoForge, kind: &str) -> Vec<String> {
    let query =
        format!("{{ __type(name: \"{kind}\") {{ fields(includeDeprecated: true) {{ name }} }} }}");
    let answer = viewer(forge)
        .post("/graphql", &json!({ "query": query }))
        .json();
    let fields = answer["data"]["__type"]["fields"].as_array().unwrap();
    fields
        .iter()
        .map(|field| field["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_to_be_there_is_in_the_schema_and_is_answered() {
    let Some(spec) = SPEC.as_ref() else { return };
    let forge = forge(0).await;
    let client = viewer(&forge);
    let ask = |query: &str| client.post("/graphql", &json!({ "query": query })).json();
    let unknown = ask("{ __type(name: \"Teleport\") { fields { name } } }");
    assert_eq!(unknown["data"]["__type"], Value::Null);
    let commit = "commits(last: 1) { nodes { commit { ";
    for (kind, before) in [
        ("Repository", "@"),
        ("PullRequest", "pullRequest(number: 482) { @ }"),
        ("Issue", "issue(number: 471) { @ }"),
        ("Release", "latestRelease { @ }"),
        (
            "WorkflowRun",
            &format!(
                "pullRequest(number: 482) {{ {commit} checkSuites(last: 1) {{ nodes {{ workflowRun {{ @ }} }} }} }} }} }} }}"
            ),
        ),
        (
            "CheckRun",
            &format!(
                "pullRequest(number: 482) {{ {commit} statusCheckRollup {{ contexts(first: 1) {{ nodes {{ ... on CheckRun {{ @ }} }} }} }} }} }} }} }}"
            ),
        ),
    ] {
        for field in fields(&forge, kind) {
            let forms = [
                field.clone(),
                format!("{field} {{ __typename }}"),
                format!("{field}(first: 1) {{ __typename }}"),
                format!("{field}(number: 471) {{ __typename }}"),
                format!("{field}(expression: \"main\") {{ __typename }}"),
                format!("{field}(pullRequestNumber: 482)"),
            ];
            let whole = |form: &String| {
                let inner = before.replace('@', form);
                format!("{{ repository(owner: \"acme\", name: \"payments\") {{ {inner} }} }}")
            };
            let valid = forms
                .iter()
                .map(whole)
                .find(|query| spec.check_query(query).is_ok());
            let query = valid.unwrap_or_else(|| panic!("{kind} has no {field} by the schema"));
            let answer = ask(&query);
            let code = answer["errors"][0]["extensions"]["code"].clone();
            assert_ne!(code, "undefinedField", "{kind}.{field}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_found_by_search() {
    let forge = forge(0).await;
    let query = "query($q: String!) { search(query: $q, type: ISSUE, first: 9) { issueCount \
        edges { node { ... on PullRequest { number } } } } }";
    if let Some(spec) = SPEC.as_ref() {
        spec.check_query(query).unwrap();
    }
    let count = |q: &str| {
        let body = json!({ "query": query, "variables": { "q": q } });
        viewer(&forge).post("/graphql", &body).json()["data"]["search"]["issueCount"].clone()
    };
    assert_eq!(count("repo:acme/payments state:open is:pr"), 7);
    assert_eq!(count("repo:acme/payments is:open review-requested:@me"), 1);
    assert_eq!(count("repo:acme/payments is:merged idempotent"), 0);
    assert_eq!(count("repo:acme/other is:open"), 0);
}
