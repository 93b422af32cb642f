//! Faults happen as they were ordered, from outside the process too.

use proofline::demo::DemoForge;
use serde_json::{Value, json};

use super::hands::list;
use super::{forge, repo, viewer};
use crate::support::http::Client;

/// Orders a fault for paths that begin so.
#[track_caller]
fn order(forge: &DemoForge, path: &str, kind: &Value) {
    order_times(forge, path, 1, kind);
}

#[track_caller]
fn order_times(forge: &DemoForge, path: &str, times: u32, kind: &Value) {
    let fault = json!({ "path": path, "times": times, "kind": kind });
    let answer = Client::new(forge.base(), None).post("/_demo/fault", &fault);
    assert_eq!(answer.status, 200, "{}", answer.json());
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_told_in_headers() {
    let forge = forge(0).await;
    let client = viewer(&forge);
    order(
        &forge,
        "/user",
        &json!({ "primary_limit": { "reset_in": 600 } }),
    );
    let spent = client.get("/user");
    assert_eq!(
        (spent.status, spent.header("x-ratelimit-remaining")),
        (403, Some("0"))
    );
    let reset: i64 = spent.header("x-ratelimit-reset").unwrap().parse().unwrap();
    assert!(reset >= forge.now().timestamp() + 590);
    for status in [403, 429] {
        let kind = json!({ "secondary_limit": { "retry_after": 60, "status": status } });
        order(&forge, "/user", &kind);
        let limited = client.get("/user");
        assert_eq!(
            (limited.status, limited.header("retry-after")),
            (status, Some("60"))
        );
        assert!(
            limited.json()["message"]
                .as_str()
                .unwrap()
                .contains("secondary")
        );
    }
    order(
        &forge,
        "/user",
        &json!({ "headers": { "headers": [["x-poll-interval", "120"]] } }),
    );
    let slow = client.get("/user");
    assert_eq!(
        (slow.status, slow.header("x-poll-interval")),
        (200, Some("120"))
    );
    order(
        &forge,
        "/user",
        &json!({ "clock_skew": { "seconds": -86_400 } }),
    );
    let (skewed, straight) = (client.get("/user"), client.get("/user"));
    assert_ne!(
        skewed.header("date").unwrap()[..16],
        straight.header("date").unwrap()[..16]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_have_the_forges_words() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    for status in [406, 409, 410, 422, 502, 503, 504] {
        order(&forge, &repo, &json!({ "refuse": { "status": status } }));
        let refused = client.get(&repo);
        assert_eq!(refused.status, status);
        assert!(refused.json()["message"].is_string());
    }
    let path = format!("{repo}/pulls/482");
    let kind = json!({ "when": { "accept": "diff", "kind": { "refuse": { "status": 406 } } } });
    order(&forge, &path, &kind);
    assert_eq!(client.get(&path).status, 200);
    let accept = [("accept", "application/vnd.github.diff")];
    assert_eq!(
        client.send("GET", &path, &accept, None).unwrap().status,
        406
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_their_links_go_wrong() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let path = format!("{repo}/pulls?state=all&per_page=10");
    let next = |how: &str| {
        order(&forge, &repo, &json!({ "link": { "how": how } }));
        client.get(&path).link("next")
    };
    assert_eq!(next("missing"), None);
    assert_eq!(next("itself"), Some(format!("{}{path}", forge.base())));
    let other = next("other_origin").unwrap();
    assert!(!other.starts_with(forge.base()), "{other}");
    assert_eq!(
        client.get(&other).status,
        400,
        "the other host saw the token"
    );
    order_times(
        &forge,
        &repo,
        0,
        &json!({ "link": { "how": "loop_of_two" } }),
    );
    let second = client.get(&path).link("next").unwrap();
    assert!(second.ends_with("page=2"), "{second}");
    assert!(
        client
            .get(&second)
            .link("next")
            .unwrap()
            .ends_with("page=1")
    );
    assert_eq!(
        Client::new(forge.base(), None)
            .post("/_demo/clear_faults", &json!({}))
            .status,
        200
    );

    let numbers = |page: u8| -> Vec<Value> {
        let pulls = list(&client, &format!("{path}&page={page}"));
        pulls.iter().map(|pull| pull["number"].clone()).collect()
    };
    let (first, second) = (numbers(1), numbers(2));
    order_times(&forge, &repo, 2, &json!({ "shift": { "by": -1 } }));
    assert_eq!(numbers(1), first);
    assert_eq!(numbers(2)[0], first[9], "one stands on both pages");
    order(&forge, &repo, &json!({ "shift": { "by": 1 } }));
    assert_eq!(numbers(2)[0], second[1], "one stands on none");
    order(&forge, &repo, &json!("reorder"));
    let turned: Vec<Value> = numbers(1).into_iter().rev().collect();
    assert_eq!(turned, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_fail_in_part_or_for_being_large() {
    const LIST: &str = "query($n: Int!) { repository(owner: \"acme\", name: \"payments\") { \
        pullRequests(first: $n, states: OPEN) { nodes { number } } } }";
    let forge = forge(0).await;
    let client = viewer(&forge);
    let ask = |first: u64| {
        let body = json!({ "query": LIST, "variables": { "n": first } });
        client.post("/graphql", &body)
    };
    order(&forge, "/graphql", &json!({ "null_node": { "at": 1 } }));
    let partial = ask(5).json();
    let nodes = &partial["data"]["repository"]["pullRequests"]["nodes"];
    assert!(nodes[1].is_null() && nodes[0]["number"].is_u64());
    assert_eq!(partial["errors"][0]["type"], "FORBIDDEN");
    let path = json!(["repository", "pullRequests", "nodes", 1]);
    assert_eq!(partial["errors"][0]["path"], path);
    order_times(
        &forge,
        "/graphql",
        0,
        &json!({ "too_many_changes": { "more_than": 4 } }),
    );
    assert_eq!(ask(5).status, 502);
    assert_eq!(ask(4).status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_world_moves_under_a_reader() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let change = forge.truth().story().unwrap();
    let path = format!("{repo}/pulls/{}", change.number);
    let push = json!({ "act": { "act": "push", "pr": change.number, "force": true } });
    order(
        &forge,
        &path,
        &json!({ "when": { "skip": 2, "kind": push } }),
    );
    let head = || client.get(&path).json()["head"]["sha"].clone();
    assert_eq!((head(), head()), (json!(change.head), json!(change.head)));
    let moved = head();
    assert_ne!(moved, json!(change.head));
    assert_eq!(head(), moved, "once");

    let tag = client.get(&path).header("etag").unwrap().to_owned();
    forge.control().push_commit(change.number).unwrap();
    order(&forge, &path, &json!("not_modified"));
    let lied = client
        .send("GET", &path, &[("if-none-match", &tag)], None)
        .unwrap();
    assert_eq!(lied.status, 304);
    let told = client
        .send("GET", &path, &[("if-none-match", &tag)], None)
        .unwrap();
    assert_eq!(told.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_can_end_after_its_head() {
    use std::io::{Read as _, Write as _};
    let forge = forge(0).await;
    order(&forge, "/user", &json!({ "cut_body": { "bytes": 0 } }));
    let host = forge.base().trim_start_matches("http://");
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    let request = format!(
        "GET /user HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {}\r\n\r\n",
        forge.token()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut received = Vec::new();
    // The end may be a reset, which is no matter.
    let _ = stream.read_to_end(&mut received);
    let received = String::from_utf8(received).unwrap();
    assert!(received.starts_with("HTTP/1.1 200"), "{received:?}");
    assert!(received.ends_with("\r\n\r\n"), "{received:?}");
    assert!(received.contains("content-length: "), "{received:?}");
}
