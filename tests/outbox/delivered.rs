//! What counts as delivered, and what may still be sent: against forges, proxies and files that say
//! something else than they should.

use proofline::{
    decide::{DeliveryState, Event, Kind},
    demo::FaultKind,
};

use super::{Scene, is_done, on_post, state, status};
use crate::support::decisions::{add, made};

/// A proxy's sign-in page, an empty object, a list: none of them is the review that was sent.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_hold_the_decision_is_no_delivery() {
    for (code, message) in [(200, "sign in"), (202, ""), (204, ""), (201, "made")] {
        let scene = Scene::new().await;
        let delivery = scene.request_changes("01PORTAL");
        let fault = on_post(&scene.path(), 1, status_with(code, message));
        scene.forge.control().fault(fault);
        let engine = &scene.install.engine;
        engine.deliver().await.unwrap();
        let end = state(engine, &delivery);
        assert!(
            matches!(end, DeliveryState::Doubt { .. }),
            "{code}: {end:?}"
        );
        engine.nudge(&delivery.decision, &Event::Retry).unwrap();
        engine.deliver().await.unwrap();
        assert!(is_done(&state(engine, &delivery)), "{code}");
        assert_eq!(scene.on_forge(&delivery).len(), 1);
    }
}

fn status_with(status: u16, message: &str) -> FaultKind {
    FaultKind::Status {
        status,
        headers: Vec::new(),
        message: message.to_owned(),
    }
}

/// What a person said last counts, also where the forge refused it or the person gave it up.
#[tokio::test(flavor = "multi_thread")]
async fn an_older_approval_never_follows_a_newer_word() {
    for dropped in [false, true] {
        let scene = Scene::new().await;
        let engine = &scene.install.engine;
        let (approval, record) = made(&scene.install, scene.number, Kind::Approve, "01OLD");
        add(engine, &approval, &record);
        let refusal = scene.request_changes("01NEW");
        if dropped {
            engine.nudge(&refusal.decision, &Event::Drop).unwrap();
        } else {
            let fault = on_post(&scene.path(), 1, status(403, &[]));
            scene.forge.control().fault(fault);
            engine.deliver_only(&refusal.decision).await.unwrap();
        }
        engine.deliver_now().await.unwrap();
        assert_eq!(scene.on_forge(&approval).len(), 0, "dropped {dropped}");
        let end = state(engine, &approval);
        assert!(matches!(end, DeliveryState::Refused { .. }), "{end:?}");
    }
}

/// Whatever was answered, what was sent once is looked for before it is sent again.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_after_the_write_is_looked_into_before_another() {
    for code in [401, 403, 404, 408, 409, 422] {
        let scene = Scene::new().await;
        let delivery = scene.request_changes("01TWICE");
        let engine = &scene.install.engine;
        let fault = on_post(&scene.path(), 1, FaultKind::StatusAfter { status: code });
        scene.forge.control().fault(fault);
        engine.deliver().await.unwrap();
        engine.deliver_now().await.unwrap();
        engine.nudge(&delivery.decision, &Event::Retry).unwrap();
        engine.deliver_now().await.unwrap();
        assert_eq!(scene.on_forge(&delivery).len(), 1, "{code}");
        assert!(is_done(&state(engine, &delivery)), "{code}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_repository_keeps_the_outbox_and_its_order() {
    let scene = Scene::new().await;
    let engine = &scene.install.engine;
    let (approval, record) = made(&scene.install, scene.number, Kind::Approve, "01OLD");
    add(engine, &approval, &record);
    let act = proofline::demo::Act::Rename {
        name: "billing".to_owned(),
    };
    scene.forge.control().act(act).unwrap();
    // Until a sync tells what it is called now, it waits and says so.
    engine.deliver().await.unwrap();
    let waits = state(engine, &approval);
    assert!(
        matches!(&waits, DeliveryState::Waiting { why, .. } if why.contains("sync")),
        "{waits:?}"
    );
    engine.sync_list().await.unwrap();
    scene.clock.pass(60);
    engine.deliver().await.unwrap();
    assert!(is_done(&state(engine, &approval)));
}

/// A row that cannot be read keeps none of the others from theirs.
#[tokio::test(flavor = "multi_thread")]
async fn one_unreadable_row_blocks_nothing_else() {
    let scene = Scene::new().await;
    let engine = &scene.install.engine;
    let broken = scene.ask_exception("01BROKEN");
    let file = rusqlite::Connection::open(engine.ledger.path()).unwrap();
    let sql =
        "UPDATE delivery SET state = '{\"state\":\"of next year\"}' WHERE decision = '01BROKEN'";
    assert_eq!(file.execute(sql, []).unwrap(), 1);
    let sound = scene.request_changes("01SOUND");
    engine.deliver_now().await.unwrap();
    assert!(is_done(&state(engine, &sound)));
    assert!(matches!(
        state(engine, &broken),
        DeliveryState::Altered { .. }
    ));
    engine.nudge(&broken.decision, &Event::Drop).unwrap();
    assert_eq!(state(engine, &broken), DeliveryState::Dropped);
    assert_eq!(scene.on_forge(&broken).len(), 0);
}

/// What was written for a few is not published to all.
#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_went_public_holds_what_was_decided_before() {
    let scene = Scene::new().await;
    let engine = &scene.install.engine;
    let mut delivery = scene.ask_exception("01PRIVATE");
    delivery.readers = Some(proofline::model::Visibility::Private);
    engine.ledger.set_delivery(&delivery).unwrap();
    engine.deliver().await.unwrap();
    let end = state(engine, &delivery);
    assert!(
        matches!(&end, DeliveryState::Held { why, .. } if why.contains("more people")),
        "{end:?}"
    );
    // Whoever sends it after that was said knows it.
    engine.nudge(&delivery.decision, &Event::Retry).unwrap();
    engine.deliver().await.unwrap();
    assert!(is_done(&state(engine, &delivery)));
}
