//! One decision against a forge that loses answers, refuses, moves, and is read by two at once.

use std::sync::Arc;

use proofline::{
    decide::{DeliveryState, Event, Kind},
    demo::{Fault, FaultKind},
    forge::Timeouts,
    model::Timestamp,
    sync::Nudged,
};

use super::{LONG, SHORT, Scene, is_done, on_post, state, status};
use crate::support::{
    decisions::{add, made},
    http::Client,
    install::{Install, engine},
};

fn patience(kind: &FaultKind) -> Timeouts {
    if *kind == FaultKind::Hang {
        SHORT
    } else {
        LONG
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_goes_out_once_and_on_the_commit_that_was_looked_at() {
    let scene = Scene::new().await;
    let delivery = scene.request_changes("01PLAIN");
    assert_eq!(scene.install.engine.deliver().await.unwrap(), 1);
    assert!(is_done(&state(&scene.install.engine, &delivery)));
    let pull = format!("{}/pulls/{}", scene.path(), scene.number);
    let meant = [
        ("GET".to_owned(), pull),
        ("POST".to_owned(), scene.reviews_path()),
    ];
    assert_eq!(scene.sent(), meant, "the head first, then one write");
    let found = scene.on_forge(&delivery);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["commit_id"], delivery.head.as_str());
    assert_eq!(found[0]["state"], "CHANGES_REQUESTED");
    assert_eq!(found[0]["body"], delivery.payload.body.as_str());
    assert_eq!(scene.install.engine.deliver().await.unwrap(), 0);
    assert_eq!(scene.posts(), 1);
}

/// The write was done, and its answer lost: it is found by reading, and not sent again.
async fn applied_and_not_acknowledged(kind: FaultKind) {
    let scene = Scene::new().await;
    for delivery in [
        scene.request_changes("01REVIEW"),
        scene.ask_exception("01COMMENT"),
    ] {
        scene
            .forge
            .control()
            .fault(on_post(&scene.path(), 1, kind.clone()));
        let before = scene.posts();
        scene.install.engine.deliver().await.unwrap();
        assert!(
            is_done(&state(&scene.install.engine, &delivery)),
            "{kind:?}"
        );
        assert_eq!(scene.on_forge(&delivery).len(), 1, "{kind:?}");
        // The other delivery of the ledger, if any, is done as well: one write for each.
        assert!(scene.posts() - before <= 2, "{kind:?}");
    }
    assert_eq!(scene.posts(), 2, "{kind:?}");
}

// [verifies PL-DEC-2]
#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_was_done_and_answered_with_502_is_found() {
    applied_and_not_acknowledged(FaultKind::StatusAfter { status: 502 }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_was_done_before_the_connection_fell_is_found() {
    applied_and_not_acknowledged(FaultKind::DropAfter).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_answer_was_cut_is_found() {
    applied_and_not_acknowledged(FaultKind::CutBody { bytes: 40 }).await;
}

/// Nothing was done: it is looked for and stays in doubt, since a write can land late. Only a
/// person's word sends it again, after one more look.
async fn lost_on_the_way(kind: FaultKind) {
    let scene = Scene::patient(patience(&kind)).await;
    let delivery = scene.request_changes("01LOST");
    let (path, engine) = (scene.reviews_path(), &scene.install.engine);
    scene.forge.control().fault(on_post(&path, 1, kind.clone()));
    engine.deliver().await.unwrap();
    let looks = |scene: &Scene| {
        let sent = scene.sent();
        sent.iter()
            .filter(|(m, p)| m == "GET" && *p == path)
            .count()
    };
    assert_eq!((scene.posts(), looks(&scene)), (1, 4), "{kind:?}");
    // Each later sync looks once more, and sends nothing.
    for more in 1..4 {
        scene.clock.pass(40);
        engine.deliver().await.unwrap();
        engine.look_for_doubts().await.unwrap();
        let end = state(engine, &delivery);
        assert!(matches!(end, DeliveryState::Doubt { .. }), "{end:?}");
        assert_eq!((scene.posts(), looks(&scene)), (1, 4 + more), "{kind:?}");
    }
    let moved = engine.nudge(&delivery.decision, &Event::Retry).unwrap();
    assert_eq!(moved, Nudged::Moved(delivery.change.clone()));
    engine.deliver().await.unwrap();
    assert!(is_done(&state(engine, &delivery)), "{kind:?}");
    assert_eq!(
        (scene.posts(), looks(&scene)),
        (2, 8),
        "{kind:?}: one more look first"
    );
    assert_eq!(scene.on_forge(&delivery).len(), 1, "{kind:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_never_arrived_is_sent_again_by_a_person() {
    lost_on_the_way(FaultKind::Drop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_got_no_answer_in_time_is_sent_again_by_a_person() {
    lost_on_the_way(FaultKind::Hang).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_met_a_busy_forge_is_sent_again_by_a_person() {
    lost_on_the_way(status(503, &[])).await;
}

/// The program ended between the save and the answer.
async fn crashed(arrived: bool) {
    let scene = Scene::new().await;
    let delivery = scene.request_changes("01CRASH");
    let sending = delivery
        .clone()
        .apply(Event::HeadIs(delivery.head.clone()), Timestamp(0));
    assert!(matches!(sending.state, DeliveryState::Sending { .. }));
    scene.install.engine.ledger.set_delivery(&sending).unwrap();
    if arrived {
        let body = serde_json::json!({
            "commit_id": delivery.head.as_str(),
            "event": "REQUEST_CHANGES",
            "body": delivery.payload.body,
        });
        let answer = scene.viewer().post(&scene.reviews_path(), &body);
        assert_eq!(answer.status, 200);
    }
    scene.forge.control().clear_log();
    let folder = scene.install.folder.path();
    let token = Some(scene.forge.token());
    let (next, _) = engine(&scene.forge, token, folder, scene.clock.clone(), LONG);
    next.deliver().await.unwrap();
    if !arrived {
        // It may land yet; the person says whether it is sent again.
        assert!(matches!(
            state(&next, &delivery),
            DeliveryState::Doubt { .. }
        ));
        assert_eq!(scene.posts(), 0);
        next.nudge(&delivery.decision, &Event::Retry).unwrap();
        next.deliver().await.unwrap();
    }
    assert!(is_done(&state(&next, &delivery)));
    assert_eq!(scene.on_forge(&delivery).len(), 1);
    assert_eq!(scene.posts(), usize::from(!arrived));
    let reads = ("GET".to_owned(), scene.reviews_path());
    assert_eq!(scene.sent()[0], reads, "it reads before it writes");
}

// [verifies PL-DEC-2]
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_after_the_write_sends_nothing_again() {
    crashed(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_before_the_write_waits_for_a_person() {
    crashed(false).await;
}

// [verifies PL-DEC-1]
#[tokio::test(flavor = "multi_thread")]
async fn a_moved_head_holds_the_decision() {
    let scene = Scene::new().await;
    let delivery = scene.request_changes("01MOVED");
    let head = scene.forge.control().push_commit(scene.number).unwrap();
    scene.install.engine.deliver().await.unwrap();
    match state(&scene.install.engine, &delivery) {
        DeliveryState::Held { head: now, .. } => assert_eq!(now.as_str(), head),
        other => panic!("{other:?}"),
    }
    assert_eq!(scene.posts(), 0);
    assert_eq!(scene.install.engine.outbox_counts().unwrap(), (1, 1));
    assert_eq!(scene.install.engine.deliver().await.unwrap(), 0);
    assert_eq!(scene.posts(), 0, "held is held until a person says so");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_final_and_says_why() {
    let scene = Scene::new().await;
    let truth = scene.forge.truth();
    let own = truth.open.iter().find(|c| c.author == "tomas").unwrap();
    let token = truth.token("tomas");
    let tomas = Install::timed(&scene.forge, token, scene.clock.clone(), LONG);
    tomas.engine.sync_list().await.unwrap();
    tomas.engine.sync_change(own.number).await.unwrap();
    let (delivery, record) = made(&tomas, own.number, Kind::RequestChanges, "01OWN");
    add(&tomas.engine, &delivery, &record);
    scene.forge.control().clear_log();
    tomas.engine.deliver().await.unwrap();
    match state(&tomas.engine, &delivery) {
        DeliveryState::Refused { why } => {
            assert!(
                why.contains("422") && why.contains("own pull request"),
                "{why}"
            );
        }
        other => panic!("{other:?}"),
    }
    tomas.engine.deliver().await.unwrap();
    assert_eq!(scene.posts(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_refused_sends_nothing() {
    let scene = Scene::new().await;
    let delivery = scene.request_changes("01TOKEN");
    scene
        .forge
        .control()
        .fault(Fault::next(scene.path(), status(401, &[])));
    let engine = &scene.install.engine;
    engine.deliver().await.unwrap();
    match state(engine, &delivery) {
        DeliveryState::NeedsToken { why, .. } => assert!(why.contains("401"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(scene.posts(), 0);
    // It says nothing of the decision: the next one goes out.
    let fault = on_post(&scene.path(), 1, status(401, &[]));
    scene.forge.control().fault(fault);
    engine.deliver().await.unwrap();
    let end = state(engine, &delivery);
    assert!(matches!(end, DeliveryState::NeedsToken { .. }), "{end:?}");
    engine.deliver().await.unwrap();
    assert!(is_done(&state(engine, &delivery)));
    assert_eq!(scene.on_forge(&delivery).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_is_waited_out_without_asking() {
    let scene = Scene::new().await;
    let delivery = scene.request_changes("01LIMIT");
    let limit = status(403, &[("retry-after", "90")]);
    let fault = on_post(&scene.reviews_path(), 1, limit);
    scene.forge.control().fault(fault);
    scene.install.engine.deliver().await.unwrap();
    scene.install.engine.deliver().await.unwrap();
    let open = scene.install.engine.ledger.deliveries(true).unwrap();
    assert_eq!(open.len(), 1, "{:?}", open[0].state);
    assert_eq!(scene.sent().len(), 2, "head and write, and nothing since");

    scene.clock.pass(91);
    scene.install.engine.deliver().await.unwrap();
    let end = state(&scene.install.engine, &delivery);
    assert!(is_done(&end), "{end:?}");
    assert_eq!(scene.on_forge(&delivery).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_engines_on_one_ledger_deliver_once() {
    let scene = Scene::new().await;
    let deliveries: Vec<_> = ["01A", "01B", "01C", "01D"]
        .map(|id| scene.ask_exception(id))
        .into();
    let folder = scene.install.folder.path();
    let token = Some(scene.forge.token());
    let (other, _) = engine(&scene.forge, token, folder, scene.clock.clone(), LONG);
    let first = scene.install.engine.clone();
    let tasks = [first.clone(), other.clone(), first, other]
        .map(|engine| tokio::spawn(async move { engine.deliver().await.unwrap() }));
    let mut moved = 0;
    for task in tasks {
        moved += task.await.unwrap();
    }
    assert_eq!(moved, deliveries.len());
    for delivery in &deliveries {
        assert!(is_done(&state(&scene.install.engine, delivery)));
        assert_eq!(scene.on_forge(delivery).len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_is_sending_is_left_alone() {
    let scene = Scene::new().await;
    let delivery = scene.request_changes("01BUSY");
    let path = scene.reviews_path();
    let slow = FaultKind::Latency { millis: 150 };
    scene.forge.control().fault(on_post(&path, 1, slow));
    let folder = scene.install.folder.path();
    let token = Some(scene.forge.token());
    let (other, _) = engine(&scene.forge, token, folder, scene.clock.clone(), LONG);
    let first = scene.install.engine.clone();
    let sending = tokio::spawn(async move { first.deliver().await.unwrap() });
    while !matches!(state(&other, &delivery), DeliveryState::Sending { .. }) {
        tokio::task::yield_now().await;
    }
    assert_eq!(other.deliver().await.unwrap(), 0);
    assert_eq!(sending.await.unwrap(), 1);
    assert!(is_done(&state(&other, &delivery)));
    assert_eq!(scene.posts(), 1);
    let looked = scene.sent().iter().any(|(m, p)| m == "GET" && *p == path);
    assert!(!looked, "it was taken for one that was left behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_copy_is_not_taken_for_the_own_one() {
    let scene = Scene::new().await;
    let delivery = scene.ask_exception("01FORGED");
    let somebody = Client::new(scene.forge.base(), scene.forge.truth().token("jon"));
    let body = serde_json::json!({ "body": delivery.payload.body });
    assert_eq!(somebody.post(&scene.comments_path(), &body).status, 201);
    let fault = on_post(&scene.comments_path(), 1, FaultKind::Drop);
    scene.forge.control().fault(fault);
    let engine = &scene.install.engine;
    engine.deliver().await.unwrap();
    match state(engine, &delivery) {
        DeliveryState::Doubt { copy, .. } => {
            assert_eq!(copy.map(|c| c.login).as_deref(), Some("jon"));
        }
        other => panic!("{other:?}"),
    }
    engine.nudge(&delivery.decision, &Event::Retry).unwrap();
    engine.deliver().await.unwrap();
    assert!(is_done(&state(engine, &delivery)));
    let by: Vec<_> = scene
        .on_forge(&delivery)
        .iter()
        .map(|c| c["user"]["login"].clone())
        .collect();
    assert_eq!(by, ["jon", "mira"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_forge_leaves_the_decision_in_the_outbox() {
    let scene = Scene::new().await;
    let delivery = scene.request_changes("01OFFLINE");
    let Scene {
        forge,
        install,
        clock,
        ..
    } = scene;
    drop(forge);
    // The port is free again, so nobody answers there.
    install.engine.deliver().await.unwrap();
    let open = install.engine.ledger.deliveries(true).unwrap();
    assert!(matches!(open[0].state, DeliveryState::Waiting { .. }));
    assert_eq!((open[0].sends, &open[0].decision), (0, &delivery.decision));
    drop(Arc::clone(&clock));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_that_waited_only_the_last_word_is_sent() {
    let scene = Scene::new().await;
    let refused = scene.request_changes("01A");
    scene
        .forge
        .control()
        .fault(Fault::next(scene.path(), FaultKind::Drop));
    scene.install.engine.deliver().await.unwrap();
    let waits = state(&scene.install.engine, &refused);
    assert!(matches!(waits, DeliveryState::Waiting { .. }), "{waits:?}");
    // The person thinks better of it; what they ask for besides stands.
    let asked = scene.ask_exception("01B");
    let (approval, record) = made(&scene.install, scene.number, Kind::Approve, "01C");
    add(&scene.install.engine, &approval, &record);
    scene.clock.pass(60);
    scene.install.engine.deliver().await.unwrap();
    let engine = &scene.install.engine;
    let old = state(engine, &refused);
    assert!(
        matches!(&old, DeliveryState::Refused { why } if why.contains("you decided on this change again (an approval)")),
        "{old:?}"
    );
    assert!(is_done(&state(engine, &approval)) && is_done(&state(engine, &asked)));
    assert_eq!(scene.on_forge(&refused).len(), 0);
    assert_eq!(scene.posts(), 2);
    assert_eq!(engine.outbox_counts().unwrap(), (0, 0));
}
