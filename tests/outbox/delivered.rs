//! What counts as delivered, and what may still be sent: against forges, proxies and files that say
//! something else than they should.

use proofline::{
    decide::{DecisionId, DeliveryState, Event, Kind},
    demo::FaultKind,
    sync::Nudged,
};

use super::{LONG, Scene, is_done, on_post, state, status};
use crate::support::{
    decisions::{add, made},
    install::engine,
};

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

/// Who holds the lock may have looked before the decision was added, and would not look again.
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_falls_soon_holds_nothing_up() {
    let scene = Scene::new().await;
    let engine = &scene.install.engine;
    let delivery = scene.request_changes("01LOCK");
    let path = engine.ledger.path().with_extension("lock");
    let lock = std::fs::File::create(path).unwrap();
    lock.lock().unwrap();
    let deliver = std::pin::pin!(engine.deliver());
    let started = futures::future::select(deliver, std::future::ready(())).await;
    let futures::future::Either::Right(((), deliver)) = started else {
        panic!("it did not wait for the lock");
    };
    lock.unlock().unwrap();
    assert_eq!(deliver.await.unwrap(), 1);
    assert!(is_done(&state(engine, &delivery)));
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

/// The forge answered 504, and did it half a minute later.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_lands_late_is_found_and_not_doubled() {
    for effect in [Kind::RequestChanges, Kind::ExceptionAsk] {
        let scene = Scene::new().await;
        let delivery = match effect {
            Kind::RequestChanges => scene.request_changes("01LATE"),
            _ => scene.ask_exception("01LATE"),
        };
        let engine = &scene.install.engine;
        let fault = on_post(&scene.path(), 1, status(504, &[]));
        scene.forge.control().fault(fault);
        engine.deliver().await.unwrap();
        scene.land(&delivery, scene.forge.token());
        scene.clock.pass(40);
        // A sync is enough: nothing need be sent to find it.
        engine.look_for_doubts().await.unwrap();
        assert!(is_done(&state(engine, &delivery)));
        engine.deliver_now().await.unwrap();
        assert_eq!(scene.on_forge(&delivery).len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stuck_can_be_given_up_and_what_is_done_cannot() {
    let scene = Scene::new().await;
    let engine = &scene.install.engine;
    let delivery = scene.request_changes("01STUCK");
    let fault = on_post(&scene.path(), 1, FaultKind::Drop);
    scene.forge.control().fault(fault);
    engine.deliver().await.unwrap();
    engine.nudge(&delivery.decision, &Event::Drop).unwrap();
    assert_eq!(state(engine, &delivery), DeliveryState::Dropped);
    engine.deliver_now().await.unwrap();
    assert_eq!(scene.posts(), 1);
    let sent = scene.request_changes("01SENT");
    engine.deliver().await.unwrap();
    let done = state(engine, &sent);
    let unmoved = engine.nudge(&sent.decision, &Event::Drop).unwrap();
    assert_eq!(unmoved, Nudged::Unmoved(done));
    let unknown = engine.nudge(&DecisionId("01NONE".to_owned()), &Event::Drop);
    assert_eq!(unknown.unwrap(), Nudged::Unknown);
}

/// An approval in doubt, and then a refusal: the approval is not sent after it, whoever asks.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_doubt_is_not_sent_after_what_overtook_it() {
    let scene = Scene::new().await;
    let engine = &scene.install.engine;
    let (approval, record) = made(&scene.install, scene.number, Kind::Approve, "01Z");
    add(engine, &approval, &record);
    let fault = on_post(&scene.path(), 1, status(502, &[]));
    scene.forge.control().fault(fault);
    engine.deliver().await.unwrap();
    // Recorded later, with an id that sorts before: the ledger's order counts, not the clock's.
    let refusal = scene.request_changes("01A");
    engine.deliver().await.unwrap();
    assert!(is_done(&state(engine, &refusal)));
    engine.nudge(&approval.decision, &Event::Retry).unwrap();
    engine.deliver_now().await.unwrap();
    let end = state(engine, &approval);
    assert!(
        matches!(&end, DeliveryState::Refused { why } if why.contains("changes requested")),
        "{end:?}"
    );
    assert_eq!(scene.on_forge(&approval).len(), 0);
}

/// Two accounts, one ledger: each sends what is its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_decision_goes_out_with_its_makers_token_only() {
    let scene = Scene::new().await;
    let delivery = scene.request_changes("01MINE");
    let folder = scene.install.folder.path();
    let token = scene.forge.truth().token("jon").map(str::to_owned);
    let (jon, _) = engine(
        &scene.forge,
        token.as_deref(),
        folder,
        scene.clock.clone(),
        LONG,
    );
    jon.deliver_now().await.unwrap();
    let held = state(&jon, &delivery);
    assert!(
        matches!(&held, DeliveryState::OtherAccount { viewer } if viewer.as_str() == "jon"),
        "{held:?}"
    );
    assert_eq!(jon.outbox_counts().unwrap(), (1, 1));
    jon.deliver().await.unwrap();
    assert_eq!(scene.posts(), 0);
    assert_eq!(jon.viewer().unwrap().as_str(), "jon");
    // What jon sees of independence is jon's, not the one's who synced before.
    let id = delivery.change.clone();
    let seen = jon.dossier(&id).unwrap();
    assert_eq!(seen.evidence.facts.viewer.unwrap().as_str(), "jon");

    let mira = &scene.install.engine;
    assert_eq!(mira.viewer().unwrap().as_str(), "mira");
    mira.deliver().await.unwrap();
    assert!(is_done(&state(mira, &delivery)));
    let found = scene.on_forge(&delivery);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["user"]["login"], "mira");
}

/// What somebody changed in the file does not go out in a person's name.
#[tokio::test(flavor = "multi_thread")]
async fn a_stored_decision_that_was_altered_is_not_sent() {
    let scene = Scene::new().await;
    let ledger = &scene.install.engine.ledger;
    for (n, (from, to)) in [
        ("REQUEST_CHANGES", "APPROVE"),
        ("The table lacks an index", "All is well"),
        (r#""number":479"#, r#""number":482"#),
    ]
    .into_iter()
    .enumerate()
    {
        let delivery = scene.request_changes(&format!("01ALTERED{n}"));
        let file = rusqlite::Connection::open(ledger.path()).unwrap();
        let rows = file
            .execute(
                "UPDATE delivery SET state = replace(state, ?1, ?2) WHERE decision = ?3 AND instr(state, ?1)",
                [from, to, delivery.decision.0.as_str()],
            )
            .unwrap();
        assert_eq!(rows, 1, "{from}");
        scene.install.engine.deliver_now().await.unwrap();
        let end = state(&scene.install.engine, &delivery);
        assert!(
            matches!(end, DeliveryState::Altered { .. }),
            "{from}: {end:?}"
        );
        scene
            .install
            .engine
            .nudge(&delivery.decision, &Event::Drop)
            .unwrap();
    }
    assert_eq!(scene.posts(), 0);
}
