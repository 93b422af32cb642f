//! Asking again: what costs nothing, what is noticed, and that only it is asked for.

use std::collections::BTreeMap;

use proofline::{
    model::{PartName, PartState, RepoPart},
    store::{PartRow, RepoPartRow},
    sync::{Ask, plan::Item},
};

use super::Scene;

type Kept = (
    BTreeMap<(u64, PartName), PartRow>,
    BTreeMap<RepoPart, RepoPartRow>,
);

/// All parts of all open changes and of the repository.
fn kept(scene: &Scene) -> Kept {
    let cache = &scene.install.engine.cache;
    let repo = scene.install.engine.row().unwrap().id;
    let open = scene.forge.truth().open.iter();
    let changes = open.flat_map(|c| {
        let parts = cache.parts(repo, c.number).unwrap();
        parts.into_iter().map(move |p| ((c.number, p.part), p))
    });
    let parts = cache.repo_parts(repo).unwrap().into_iter();
    (changes.collect(), parts.map(|p| (p.part, p)).collect())
}

/// What was asked, and how it was answered: without git and downloads.
fn asked(scene: &Scene) -> Vec<(String, u16)> {
    let log = scene.forge.log().into_iter();
    log.filter(|e| !e.path.contains(".git/"))
        .map(|e| (e.path, e.status))
        .collect()
}

// [verifies PL-SYN-2]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_new_is_five_answers_without_a_body() {
    let scene = Scene::new().await;
    let first = scene.install.engine.sync_all().await.unwrap();
    assert_eq!(first, scene.forge.truth().open.len());
    let before = kept(&scene);
    for part in before.1.values() {
        assert_eq!(part.state, PartState::Complete, "{:?}", part.part);
    }
    scene.forge.control().clear_log();
    assert_eq!(scene.install.engine.sync_all().await.unwrap(), 0);
    let answers = asked(&scene);
    assert_eq!(answers.len(), 4, "{answers:?}");
    assert!(answers.iter().all(|(_, s)| *s == 304), "{answers:?}");
    assert_eq!(kept(&scene), before);
    // Later the slower parts have their turn, one a round.
    let mut turns = Vec::new();
    for _ in 0..20 {
        scene.clock.pass(3601);
        scene.forge.control().clear_log();
        assert_eq!(scene.install.engine.sync_all().await.unwrap(), 0);
        let answers = asked(&scene);
        assert_eq!(answers.len(), 5, "{answers:?}");
        assert!(answers.iter().all(|(_, s)| *s == 304), "{answers:?}");
        turns.extend(answers.into_iter().map(|(path, _)| path));
    }
    turns.sort();
    turns.dedup();
    assert_eq!(turns.len(), 4 + 11, "four feeds, eleven parts: {turns:#?}");
    let (changes, parts) = kept(&scene);
    assert_eq!(changes, before.0);
    for (name, part) in &parts {
        let unmoved = RepoPartRow {
            checked_at: before.1[name].checked_at,
            tried_at: before.1[name].tried_at,
            ..part.clone()
        };
        assert_eq!(unmoved, before.1[name], "only its time moved");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_for_a_change_again_moves_nothing_but_the_time() {
    let scene = Scene::new().await;
    scene.install.engine.sync_all().await.unwrap();
    let (before, _) = kept(&scene);
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
    // Threads are told by GraphQL, which knows no conditions.
    let bodies: Vec<_> = asked(&scene)
        .into_iter()
        .filter(|(path, status)| *status != 304 && path != "/graphql")
        .collect();
    assert!(bodies.is_empty(), "fetched again: {bodies:?}");
    let (after, _) = kept(&scene);
    for (key, row) in &after {
        let old = &before[key];
        assert!(row.checked_at > old.checked_at, "{key:?}");
        let unmoved = PartRow {
            checked_at: old.checked_at,
            tried_at: old.tried_at,
            ..row.clone()
        };
        assert_eq!(&unmoved, old, "{key:?}");
    }
    assert_eq!(after.len(), before.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_costs_what_it_has() {
    let scene = Scene::new().await;
    for change in &scene.forge.truth().open {
        scene.forge.control().clear_log();
        scene
            .install
            .engine
            .sync_change(change.number)
            .await
            .unwrap();
        let answers = asked(&scene).into_iter();
        // A redirect leads to a download; a report is one itself.
        let is_download =
            |path: &str, status| status == 302 || path.contains("/code-scanning/analyses/");
        let requests = answers
            .filter(|(path, status)| !is_download(path, *status))
            .count();
        let allowed = 12 + 6 * change.attempts.len();
        assert!(
            requests <= allowed,
            "#{}: {requests} requests, {allowed} allowed: {:#?}",
            change.number,
            asked(&scene)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_is_noticed_and_only_it_is_asked_for() {
    let scene = Scene::new().await;
    scene.install.engine.sync_all().await.unwrap();
    let head = scene.forge.control().push_commit(scene.number).unwrap();
    scene.forge.control().clear_log();
    scene.install.engine.probe(&Ask::default()).await.unwrap();
    let planned = scene.install.engine.rest(&Ask::default()).unwrap();
    let changes: Vec<_> = planned.iter().filter_map(Item::change).collect();
    assert_eq!(changes, [scene.number]);
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
