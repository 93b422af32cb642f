//! A second sync with nothing new: every body stays where it is.

use std::collections::BTreeMap;

use proofline::{model::PartName, store::PartRow};

use super::Scene;

/// All parts of all open changes, without the time they were confirmed.
fn parts(scene: &Scene) -> BTreeMap<(u64, PartName), PartRow> {
    let repo = scene.install.engine.row().unwrap().id;
    let open = scene.forge.truth().open.iter();
    open.flat_map(|c| {
        let parts = scene.install.engine.cache.parts(repo, c.number).unwrap();
        parts.into_iter().map(move |p| ((c.number, p.part), p))
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_new_asks_for_no_change() {
    let scene = Scene::new().await;
    let first = scene.install.engine.sync_all().await.unwrap();
    assert_eq!(first, scene.forge.truth().open.len());
    let before = parts(&scene);
    scene.forge.control().clear_log();
    assert_eq!(scene.install.engine.sync_all().await.unwrap(), 0);
    assert!(
        scene.forge.log().iter().all(|e| e.path == "/graphql"),
        "only the list is asked for"
    );
    assert_eq!(
        scene.forge.log().len(),
        3,
        "open changes, and two pages of all"
    );
    assert_eq!(parts(&scene), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_again_moves_nothing_but_the_time() {
    let scene = Scene::new().await;
    scene.install.engine.sync_all().await.unwrap();
    let (before, log) = (parts(&scene), scene.forge.log());
    let asked = log
        .iter()
        .filter(|e| e.method == "GET" && e.path.starts_with("/repos/"));
    let first: Vec<String> = asked.map(|e| e.path.clone()).collect();
    scene.clock.pass(600);
    scene.forge.control().clear_log();
    for change in &scene.forge.truth().open {
        scene
            .install
            .engine
            .sync_change(change.number)
            .await
            .unwrap();
    }
    let log = scene.forge.log();
    let bodies: Vec<_> = log
        .iter()
        .filter(|e| e.status != 304)
        .map(|e| (&e.path, e.status))
        .collect();
    assert!(bodies.is_empty(), "fetched again: {bodies:?}");
    assert!(
        log.iter()
            .all(|e| e.conditional && e.response_body.is_empty())
    );
    // The same requests, but for the downloads, the repository itself and git.
    let meant = first
        .iter()
        .filter(|p| !p.ends_with("/zip") && p.split('/').count() > 4);
    assert_eq!(log.len(), meant.count());
    let after = parts(&scene);
    for (key, row) in &after {
        let old = &before[key];
        assert!(row.checked_at > old.checked_at, "{key:?}");
        let unmoved = PartRow {
            checked_at: old.checked_at,
            ..row.clone()
        };
        assert_eq!(&unmoved, old, "{key:?}");
    }
    assert_eq!(after.len(), before.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_is_noticed_and_only_it_is_asked_for() {
    let scene = Scene::new().await;
    scene.install.engine.sync_all().await.unwrap();
    let head = scene.forge.control().push_commit(scene.number).unwrap();
    scene.forge.control().clear_log();
    assert_eq!(scene.install.engine.sync_all().await.unwrap(), 1);
    let dossier = scene.install.load(scene.number);
    assert_eq!(dossier.evidence.head().as_str(), head);
    assert_eq!(dossier.evidence.attempts.len(), 5);
    let fresh = scene.forge.log().iter().filter(|e| e.status == 304).count();
    assert!(fresh > 10, "what did not change was not fetched: {fresh}");
    // A run is queued for it, so it is asked for until that has ended.
    assert_eq!(scene.install.engine.sync_all().await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_answer_in_the_cache_is_fetched_anew() {
    let scene = Scene::new().await;
    scene.sync().await;
    let before = scene.part(PartName::Reviews);
    let file = scene.install.engine.cache.path().to_owned();
    let cache = rusqlite::Connection::open(file).unwrap();
    let damaged = cache
        .execute(
            "UPDATE response SET body = x'00' WHERE url LIKE '%/reviews?%'",
            [],
        )
        .unwrap();
    assert_eq!(damaged, 1);
    scene.sync().await;
    assert_eq!(scene.holes(), []);
    assert_eq!(scene.part(PartName::Reviews).records, before.records);
}
