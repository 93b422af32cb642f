//! What a client writes: accepted as described, stored, read back, and refused where the forge
//! would refuse it.

use serde_json::{Value, json};

use super::{forge, person, repo, viewer};
use crate::support::spec::SPEC;

#[tokio::test(flavor = "multi_thread")]
async fn a_review_is_bound_to_its_commit_and_read_back() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let story = forge.truth().story().unwrap().clone();
    let path = format!("{repo}/pulls/{}/reviews", story.number);
    let before = client.get(&format!("{repo}/pulls/{}", story.number)).json();

    let second = &story.attempts[1].head;
    let body = json!({ "event": "COMMENT", "body": "Seen.", "commit_id": second });
    let posted = client.post(&path, &body);
    assert_eq!(posted.status, 200);
    assert_eq!(
        posted.json()["commit_id"],
        json!(second),
        "a commit that was the head once"
    );
    let posted = client.post(&path, &json!({ "event": "APPROVE" }));
    assert_eq!(
        posted.json()["commit_id"],
        json!(story.head),
        "the head where none is named"
    );

    let listed = client.get(&path).json();
    assert_eq!(
        listed.as_array().unwrap().last().unwrap()["id"],
        posted.json()["id"]
    );
    let after = client.get(&format!("{repo}/pulls/{}", story.number)).json();
    assert!(after["updated_at"].as_str() > before["updated_at"].as_str());
    let query = json!({ "query": format!(
        "{{ repository(owner: \"{}\", name: \"{}\") {{ pullRequest(number: {}) {{ \
         reviews(last: 1) {{ nodes {{ state author {{ login }} commit {{ oid }} }} }} }} }} }}",
        forge.repo().0, forge.repo().1, story.number
    ) });
    let shown = client.post("/graphql", &query).json();
    let review = &shown["data"]["repository"]["pullRequest"]["reviews"]["nodes"][0];
    assert_eq!(review["state"], "APPROVED");
    assert_eq!(review["commit"]["oid"], json!(story.head));
    assert_eq!(review["author"]["login"], json!(forge.truth().viewer));

    let Some(spec) = SPEC.as_ref() else { return };
    for exchange in forge
        .log()
        .iter()
        .filter(|exchange| exchange.path != "/graphql")
    {
        spec.check_exchange(exchange).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reviews_are_refused_as_the_forge_refuses_them() {
    let forge = forge(0).await;
    let repo = repo(&forge);
    let own = forge
        .truth()
        .open
        .iter()
        .find(|change| change.author == "tomas")
        .unwrap();
    let tomas = person(&forge, 2);
    let path = format!("{repo}/pulls/{}/reviews", own.number);
    let refused = |body: Value| {
        let answer = tomas.post(&path, &body);
        assert_eq!(answer.status, 422, "{body}");
        answer.json()["errors"][0].to_string()
    };
    assert!(refused(json!({ "event": "APPROVE" })).contains("approve your own"));
    assert!(
        refused(json!({ "event": "REQUEST_CHANGES", "body": "x" })).contains("own pull request")
    );
    assert!(refused(json!({ "event": "COMMENT" })).contains("blank"));
    let unknown = json!({ "event": "COMMENT", "body": "x", "commit_id": "0".repeat(40) });
    assert!(refused(unknown).contains("not part of"));
    assert!(refused(json!({ "event": "MERGE", "body": "x" })).contains("invalid"));
    assert_eq!(
        tomas
            .post(&path, &json!({ "event": "COMMENT", "body": "x" }))
            .status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_review_is_the_reviewers_own() {
    let forge = forge(0).await;
    let path = format!(
        "{}/pulls/{}/reviews",
        repo(&forge),
        forge.truth().open[1].number
    );
    let posted = viewer(&forge)
        .post(&path, &json!({ "body": "draft" }))
        .json();
    assert_eq!(posted["state"], "PENDING");
    assert!(posted.get("submitted_at").is_none());
    assert_eq!(
        viewer(&forge).get(&path).json().as_array().unwrap().len(),
        1
    );
    assert_eq!(
        person(&forge, 1)
            .get(&path)
            .json()
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_lives_and_dies() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let number = forge.truth().open[0].number;
    let posted = client.post(
        &format!("{repo}/issues/{number}/comments"),
        &json!({ "body": "hello" }),
    );
    assert_eq!(posted.status, 201);
    let path = format!("{repo}/issues/comments/{}", posted.json()["id"]);
    assert_eq!(
        posted.header("location"),
        Some(format!("{}{path}", forge.base()).as_str())
    );

    let stranger = person(&forge, 1).send("PATCH", &path, &[], Some(&json!({ "body": "x" })));
    assert_eq!(stranger.unwrap().status, 403);
    let edited = client
        .send("PATCH", &path, &[], Some(&json!({ "body": "better" })))
        .unwrap();
    assert_eq!(edited.json()["body"], "better");
    let deleted = client.send("DELETE", &path, &[], None).unwrap();
    assert_eq!((deleted.status, deleted.body.len()), (204, 0));
    assert_eq!(client.get(&path).status, 404);

    let Some(spec) = SPEC.as_ref() else { return };
    for exchange in forge.log() {
        spec.check_exchange(&exchange).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_counts_for_its_commit() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let head = forge.truth().open[0].head.clone();
    let path = format!("{repo}/statuses/{head}");
    for (state, expected) in [("pending", "pending"), ("success", "success")] {
        let body = json!({ "state": state, "context": "proofline", "description": "approved" });
        assert_eq!(client.post(&path, &body).status, 201);
        let combined = client.get(&format!("{repo}/commits/{head}/status")).json();
        assert_eq!(combined["state"], expected);
        assert_eq!(
            combined["total_count"], 1,
            "the later takes the place of the earlier"
        );
    }
    assert_eq!(client.post(&path, &json!({ "state": "fine" })).status, 422);

    let Some(spec) = SPEC.as_ref() else { return };
    for exchange in forge.log().iter().filter(|exchange| exchange.status < 400) {
        spec.check_exchange(exchange).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_writes_without_a_token() {
    let forge = forge(0).await;
    let path = format!(
        "{}/issues/{}/comments",
        repo(&forge),
        forge.truth().open[0].number
    );
    let mut stranger = viewer(&forge);
    stranger.token = None;
    assert_eq!(stranger.post(&path, &json!({ "body": "x" })).status, 401);
    stranger.token = Some("ghp_wrong".into());
    let refused = stranger.get("/user");
    assert_eq!(refused.status, 401);
    assert_eq!(refused.json()["message"], "Bad credentials");
}
