//! Decisions as others read them: another installation, an edited text, a claim of somebody else.

use proofline::{
    decide::{RecordState, RecordedDecision},
    model::Login,
};
use serde_json::json;

use super::{LONG, Scene};
use crate::support::{http::Client, install::Install};

/// What an installation with the token of `login` reads of the change, from nothing.
async fn read_as(scene: &Scene, login: &str) -> Vec<RecordedDecision> {
    let token = scene.forge.truth().token(login);
    let other = Install::timed(&scene.forge, token, scene.clock.clone(), LONG);
    other.engine.sync_list().await.unwrap();
    other.engine.sync_change(scene.number).await.unwrap();
    other.load(scene.number).decisions
}

/// The id of the comment that carries a decision.
fn comment(scene: &Scene, delivery: &proofline::decide::Delivery) -> (u64, String) {
    let found = scene.on_forge(delivery).remove(0);
    let body = found["body"].as_str().unwrap().to_owned();
    (found["id"].as_u64().unwrap(), body)
}

fn is_tampered(decision: &RecordedDecision) -> bool {
    matches!(decision.state, RecordState::Tampered(_))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_is_read_back_by_somebody_else_and_outlives_its_maker() {
    let scene = Scene::new().await;
    let delivery = scene.ask_exception("01EXCEPTION");
    scene.install.engine.deliver().await.unwrap();
    let check = |found: Vec<RecordedDecision>| {
        assert_eq!(found.len(), 1);
        let (found, record) = (&found[0], found[0].record.as_ref().unwrap());
        assert_eq!(found.state, RecordState::Asked);
        assert_eq!((&found.id, found.copies), (&delivery.decision, 0));
        assert_eq!(record.actor, Login::new("mira"));
        assert_eq!(record.owner, Some(Login::new("tomas")));
        assert_eq!(record.target.as_ref().unwrap().id, "CodeQL#91");
        assert!(record.reason.contains("```sql"), "{}", record.reason);
        assert_eq!(record.bound.head_sha, delivery.head);
    };
    check(read_as(&scene, "tomas").await);
    for folder in ["cache", "data"] {
        std::fs::remove_dir_all(scene.install.folder.path().join(folder)).unwrap();
    }
    check(read_as(&scene, "jon").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_is_active_until_the_head_moves() {
    let scene = Scene::new().await;
    scene.request_changes("01ACTIVE");
    scene.install.engine.deliver().await.unwrap();
    assert_eq!(read_as(&scene, "jon").await[0].state, RecordState::Active);
    scene.forge.control().push_commit(scene.number).unwrap();
    assert_eq!(read_as(&scene, "jon").await[0].state, RecordState::Stale);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_expires_by_the_forges_clock() {
    let scene = Scene::new().await;
    scene.ask_exception("01EXPIRES");
    scene.install.engine.deliver().await.unwrap();
    scene.clock.pass(24 * 86_400);
    assert_eq!(read_as(&scene, "jon").await[0].state, RecordState::Expiring);
    scene.clock.pass(7 * 86_400);
    assert_eq!(read_as(&scene, "jon").await[0].state, RecordState::Expired);
}

// [verifies PL-DEC-3]
#[tokio::test(flavor = "multi_thread")]
async fn every_edit_of_a_comment_shows() {
    let scene = Scene::new().await;
    let delivery = scene.ask_exception("01EDITED");
    scene.install.engine.deliver().await.unwrap();
    let (id, body) = comment(&scene, &delivery);
    let edits = [
        ("the words for people", body.replacen("@tomas", "@jon", 1)),
        (
            "the owner in the record",
            body.replace("\"owner\":\"tomas\"", "\"owner\":\"jon\""),
        ),
        (
            "a field that nobody knows",
            body.replace("\"owner\":\"tomas\"", "\"owner\":\"tomas\",\"x\":1"),
        ),
        ("words above", format!("Withdrawn.\n\n{body}")),
        ("words below", format!("{body}\n\nGranted. @tomas")),
        (
            "words between",
            body.replace("</details>\n\n", "</details>\n\nGranted.\n\n"),
        ),
        ("no record", body.replace("```", "")),
        (
            "another id in the marker",
            body.replace("id=01EDITED", "id=01OTHER"),
        ),
    ];
    for (what, edited) in edits {
        assert_ne!(edited, body, "{what}: nothing was edited");
        scene.forge.control().edit_comment(id, &edited);
        let found = read_as(&scene, "jon").await;
        assert_eq!(found.len(), 1, "{what}");
        assert!(is_tampered(&found[0]), "{what}: {:?}", found[0].state);
    }
    // The same text with the line ends of a browser is the same text.
    let crlf = body.replace('\n', "\r\n");
    scene.forge.control().edit_comment(id, &crlf);
    assert_eq!(read_as(&scene, "jon").await[0].state, RecordState::Asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_are_folded_and_a_conflict_is_not() {
    let scene = Scene::new().await;
    let delivery = scene.ask_exception("01TWICE");
    scene.install.engine.deliver().await.unwrap();
    let (_, body) = comment(&scene, &delivery);
    let post = |body: &str| {
        let answer = scene
            .viewer()
            .post(&scene.comments_path(), &json!({ "body": body }));
        assert_eq!(answer.status, 201);
    };
    post(&body);
    post(&body);
    let found = read_as(&scene, "jon").await;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].copies, &found[0].state), (2, &RecordState::Asked));

    post(
        &body
            .replacen("@tomas", "@jon", 1)
            .replace("\"tomas\"", "\"jon\""),
    );
    let found = read_as(&scene, "jon").await;
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(is_tampered), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_speaks_for_somebody_else_or_for_another_change() {
    let scene = Scene::new().await;
    let delivery = scene.ask_exception("01CLAIM");
    let jon = Client::new(scene.forge.base(), scene.forge.truth().token("jon"));
    let body = json!({ "body": delivery.payload.body });
    assert_eq!(jon.post(&scene.comments_path(), &body).status, 201);
    let found = read_as(&scene, "tomas").await;
    assert_eq!(found.len(), 1);
    match &found[0].state {
        RecordState::Tampered(why) => assert!(why.contains("jon wrote it"), "{why}"),
        other => panic!("{other:?}"),
    }

    // Mira's own words, copied to another change.
    let other = scene.forge.truth().open[0].number;
    let path = format!("{}/issues/{other}/comments", scene.path());
    assert_eq!(scene.viewer().post(&path, &body).status, 201);
    let reader = Install::timed(
        &scene.forge,
        Some(scene.forge.token()),
        scene.clock.clone(),
        LONG,
    );
    reader.engine.sync_list().await.unwrap();
    reader.engine.sync_change(other).await.unwrap();
    let found = reader.load(other).decisions;
    let copied = found.iter().find(|d| d.id == delivery.decision).unwrap();
    match &copied.state {
        RecordState::Tampered(why) => assert!(why.contains("not this change"), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_comment_is_gone_from_what_is_read() {
    let scene = Scene::new().await;
    let delivery = scene.ask_exception("01DELETED");
    scene.install.engine.deliver().await.unwrap();
    let (id, _) = comment(&scene, &delivery);
    scene.forge.control().delete_comment(id);
    assert_eq!(read_as(&scene, "jon").await, []);
    let change = delivery.change.clone();
    let kept = scene.install.engine.ledger.decisions(&change).unwrap();
    assert_eq!(kept.len(), 1, "the ledger keeps what was decided");
}
