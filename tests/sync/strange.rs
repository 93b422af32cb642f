//! A forge that answers strangely: wrong links, moving pages, half answers, refusals of all kinds, a
//! world that moves while it is read.

use proofline::{
    demo::{Act, Fault, FaultKind, WrongLink},
    model::{PartName, PartState},
    sync::{Ask, Report, plan::Job},
};

use super::Scene;
use crate::support::install::Install;

fn hit(scene: &Scene, path: &str, times: u32, kind: FaultKind) {
    scene.forge.control().fault(Fault {
        times,
        ..Fault::next(path, kind)
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_all_kinds_keep_what_there_was() {
    let scene = Scene::new().await;
    scene.sync().await;
    for status in [406, 409, 410, 422, 500, 502, 503, 504] {
        let before = scene.part(PartName::Comments);
        let path = scene.path(&format!("/issues/{}/comments", scene.number));
        hit(&scene, &path, 1, FaultKind::Refuse { status });
        scene.sync().await;
        let after = scene.part(PartName::Comments);
        match &after.state {
            PartState::Failed(why) => {
                assert!(why.what.contains(&status.to_string()), "{status}: {why}");
            }
            other => panic!("{status}: {other:?}"),
        }
        assert_eq!(
            (&after.records, after.checked_at),
            (&before.records, before.checked_at)
        );
        assert_eq!(
            scene.holes(),
            [PartName::Comments],
            "{status}: nothing else is lost"
        );
        // What may not fail again is asked for at once, the rest after a while.
        assert_eq!(scene.is_planned(), status >= 500, "{status}");
        scene.clock.pass(601);
        assert!(scene.is_planned(), "{status}: after a while");
        scene.sync().await;
        assert_eq!(scene.holes(), [], "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn links_that_lead_nowhere_end() {
    let scene = Scene::new().await;
    scene.sync().await;
    let before = scene.part(PartName::Reviews);
    let path = scene.path(&format!("/pulls/{}/reviews", scene.number));
    for how in [WrongLink::Itself, WrongLink::LoopOfTwo] {
        scene.forget_tags();
        hit(&scene, &path, 0, FaultKind::Link { how });
        scene.sync().await;
        scene.forge.control().clear_faults();
        let after = scene.part(PartName::Reviews);
        assert_eq!(after.records, before.records, "{how:?}: each review once");
        match &after.state {
            PartState::Partial(holes) => {
                let what = &holes[0].what;
                assert!(
                    what.contains("leads back") || what.contains("held nothing"),
                    "{how:?}: {holes:?}"
                );
            }
            // A loop of two comes to its second page, which is empty and the last.
            other => assert_eq!((how, other), (WrongLink::LoopOfTwo, &PartState::Complete)),
        }
    }
    scene.forget_tags();
    hit(
        &scene,
        &path,
        0,
        FaultKind::Link {
            how: WrongLink::OtherOrigin,
        },
    );
    scene.sync().await;
    let after = scene.part(PartName::Reviews);
    assert!(
        matches!(&after.state, state @ PartState::Partial(_) if state.words().unwrap().contains("another origin")),
        "{:?}",
        after.state
    );
    assert_eq!(after.records, before.records);
    scene.forge.control().clear_faults();
    scene.forget_tags();
    scene.sync().await;
    assert_eq!(scene.holes(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_moves_while_it_is_read() {
    let scene = Scene::new().await;
    scene.install.engine.sync_all().await.unwrap();
    for below in [
        "/pulls/N/commits",
        "/actions/runs?branch",
        "/issues/N/timeline",
    ] {
        let path = scene.path(&below.replace('N', &scene.number.to_string()));
        let push = Act::Push {
            pr: scene.number,
            force: false,
        };
        hit(&scene, &path, 1, FaultKind::Act(push));
        scene.sync().await;
        let ours = scene.install.load(scene.number).evidence.facts;
        let stranger = Install::new(&scene.forge);
        stranger.engine.sync_all().await.unwrap();
        let theirs = stranger.load(scene.number).evidence.facts;
        assert_eq!(ours.pr, theirs.pr, "{below}: the new head");
        assert_eq!(ours.commits, theirs.commits, "{below}");
        assert_eq!(ours.runs, theirs.runs, "{below}");
        assert_eq!(ours.git, theirs.git, "{below}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_size_that_works_is_remembered() {
    let scene = Scene::new().await;
    hit(
        &scene,
        "/graphql",
        0,
        FaultKind::TooManyChanges { more_than: 6 },
    );
    let sizes = |scene: &Scene| -> Vec<u64> {
        let log = scene.forge.log().into_iter();
        log.filter_map(|e| e.request_body?["variables"]["first"].as_u64())
            .collect()
    };
    scene.forge.control().clear_log();
    scene.install.engine.sync_list().await.unwrap();
    assert_eq!(sizes(&scene), [25, 12, 6, 6]);
    scene.forge.control().clear_log();
    scene.install.engine.sync_list().await.unwrap();
    assert_eq!(sizes(&scene), [6, 6], "not tried in vain again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_with_a_hole_is_not_confirmed() {
    let scene = Scene::new().await;
    let install = Install::new(&scene.forge);
    hit(&scene, "/graphql", 1, FaultKind::NullNode { at: 2 });
    install.engine.sync_list().await.unwrap();
    assert_eq!(install.engine.list_age().unwrap(), None);
    let row = install.engine.row().unwrap();
    let open = install.engine.cache.plan_rows(row.id, &[]).unwrap();
    assert_eq!(
        open.len(),
        scene.forge.truth().open.len() - 1,
        "the others are here"
    );
    install.engine.sync_all().await.unwrap();
    let open = install.engine.cache.plan_rows(row.id, &[]).unwrap();
    assert_eq!(open.len(), scene.forge.truth().open.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_come_in_another_order_tell_the_same() {
    let scene = Scene::new().await;
    scene.install.engine.sync_all().await.unwrap();
    scene.forge.control().push_commit(scene.number).unwrap();
    let feeds = [
        "/pulls?state=all",
        "/actions/runs?per_page",
        "/activity?per_page",
    ];
    for feed in feeds {
        hit(&scene, &scene.path(feed), 1, FaultKind::Reorder);
    }
    assert_eq!(scene.install.engine.sync_all().await.unwrap(), 1);
    let dossier = scene.install.load(scene.number);
    assert_eq!(dossier.evidence.attempts.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_fails_confirms_nothing_and_loses_nothing() {
    let scene = Scene::new().await;
    scene.install.engine.sync_all().await.unwrap();
    let row = scene.install.engine.row().unwrap();
    let feeds = scene.install.engine.cache.feeds(row.id).unwrap();
    let age = scene.install.engine.list_age().unwrap();
    scene.clock.pass(60);
    scene.forge.control().push_commit(scene.number).unwrap();
    hit(
        &scene,
        &scene.path("/pulls?state=all"),
        1,
        FaultKind::Refuse { status: 502 },
    );
    hit(
        &scene,
        &scene.path("/activity?per_page"),
        1,
        FaultKind::CutBody { bytes: 20 },
    );
    assert!(scene.install.engine.sync_all().await.is_err());
    assert_eq!(scene.install.engine.list_age().unwrap(), age);
    let after = scene.install.engine.cache.feeds(row.id).unwrap();
    let unmoved = |name: &str| {
        let at = |all: &[(String, _)]| all.iter().find(|(n, _)| n == name).map(|(_, t)| *t);
        at(&feeds) == at(&after)
    };
    assert!(unmoved("pull requests") && unmoved("branch activity"));
    assert!(!unmoved("deployments"), "that one answered");
    // The push is not lost: its mark waits for the next round.
    assert_eq!(scene.install.engine.sync_all().await.unwrap(), 1);
    assert_eq!(scene.install.load(scene.number).evidence.attempts.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_off_and_a_wish_for_patience() {
    let scene = Scene::new().await;
    let now = scene.install.engine.now();
    let slow = FaultKind::Headers {
        headers: vec![("x-poll-interval".to_owned(), "120".to_owned())],
    };
    hit(&scene, &scene.path("/activity"), 1, slow);
    scene.install.engine.probe(&Ask::default()).await.unwrap();
    assert_eq!(scene.install.engine.forge.budget().poll_interval, Some(120));
    hit(&scene, "", 0, FaultKind::ClockSkew { seconds: -7200 });
    scene.install.engine.probe(&Ask::default()).await.unwrap();
    let off = scene.install.engine.now().since(now);
    assert!(
        (-7205..=-7190).contains(&off),
        "the forge's clock is the one that counts: {off}"
    );
    // The next start knows it before the first answer.
    let cache = scene.install.engine.cache.clone();
    let kept = cache.skew(scene.install.engine.repo.host.as_str()).unwrap();
    assert_eq!(kept, scene.install.engine.forge.budget().skew);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_budget_does_not_allow_waits_and_says_so() {
    let scene = Scene::new().await;
    let little = FaultKind::Headers {
        headers: vec![
            ("x-ratelimit-limit".to_owned(), "5000".to_owned()),
            ("x-ratelimit-remaining".to_owned(), "1010".to_owned()),
        ],
    };
    hit(&scene, "/repos", 0, little);
    scene.install.engine.probe(&Ask::default()).await.unwrap();
    let items = scene.install.engine.rest(&Ask::default()).unwrap();
    assert!(
        items.iter().any(|i| i.waits.is_some()),
        "the reserve is kept"
    );
    let asked = Ask {
        numbers: vec![scene.number],
        full: false,
    };
    let items = scene.install.engine.rest(&asked).unwrap();
    let first = items
        .iter()
        .find(|i| i.job == Job::Change(scene.number))
        .unwrap();
    assert_eq!(first.waits, None, "what a person asks for may use it");
    scene.install.engine.sync_all().await.unwrap();
    let reports = scene.install.reports.lock().unwrap();
    let said = reports
        .iter()
        .any(|r| matches!(r, Report::Waits { why, .. } if why.contains("1000 are kept")));
    assert!(said);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_version_wrote_for_the_list_is_made_anew_from_the_cache() {
    let scene = Scene::new().await;
    scene.install.engine.sync_all().await.unwrap();
    let engine = &scene.install.engine;
    let of_change = || {
        let rows = engine.inbox().unwrap();
        let mut rows = rows.into_iter();
        rows.find(|r| r.id.number == scene.number).unwrap().summary
    };
    let before = of_change();
    assert!(before.is_some());
    let repo = engine.row().unwrap().id;
    let older = r#"{"why":"no spec linked"}"#;
    let cache = &engine.cache;
    cache
        .set_summary(repo, scene.number, older.to_owned(), None, None)
        .unwrap();
    assert_eq!(of_change(), before);
    let kept = cache.change(repo, scene.number).unwrap().unwrap();
    assert_ne!(kept.summary.as_deref(), Some(older), "it is written back");
}
