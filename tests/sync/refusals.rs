//! A repository that is renamed, transferred, hidden; permissions that are taken away and given back.

use proofline::{
    demo::Act,
    forge::Kind,
    model::{PartName, PartState, RepoId, RepoPart},
    store::Cache,
    sync::{
        Report, SyncError,
        plan::{Item, Job, Reason},
    },
};

use super::{Scene, status};

fn told(scene: &Scene, words: &str) -> bool {
    let reports = scene.install.reports.lock().unwrap();
    reports.iter().any(|r| matches!(r, Report::Problem(p) if format!("{} {} {:?}", p.place, p.what, p.hint).contains(words)))
}

fn part(scene: &Scene, name: RepoPart) -> proofline::store::RepoPartRow {
    let row = scene.install.engine.row().unwrap();
    let parts = scene.install.engine.cache.repo_parts(row.id).unwrap();
    parts.into_iter().find(|p| p.part == name).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_repository_keeps_what_is_cached() {
    for act in [
        Act::Rename {
            name: "ledger".to_owned(),
        },
        Act::Transfer {
            owner: "globex".to_owned(),
        },
    ] {
        let scene = Scene::new().await;
        scene.install.engine.sync_all().await.unwrap();
        let before = scene.install.load(scene.number).evidence.facts;
        let old = scene.install.engine.repo.clone();
        scene.forge.control().act(act.clone()).unwrap();
        // The first poll after it finds out; no change is lost or asked for again because of it.
        scene.install.engine.sync_all().await.unwrap();
        let row = scene.install.engine.row().unwrap();
        assert_ne!(row.repo, old, "{act:?}");
        assert_eq!(scene.install.engine.called(), row.repo);
        assert!(told(&scene, "is called"), "{act:?}");
        // Then requests go to the new name, and are answered at once.
        scene.forge.control().clear_log();
        scene.install.engine.sync_all().await.unwrap();
        let log = scene.forge.log();
        assert!(log.iter().all(|e| e.status != 301), "{act:?}");
        // A push there is fetched, and the story goes on.
        scene.forge.control().push_commit(scene.number).unwrap();
        scene.install.engine.sync_all().await.unwrap();
        let after = scene.install.load(scene.number).evidence.facts;
        assert_ne!(after.pr.head_sha, before.pr.head_sha, "{act:?}");
        assert!(after.git.missing.is_empty(), "{act:?}");
        // Both names lead to it.
        let path = scene.install.engine.cache.path().to_owned();
        let (cache, _) = Cache::open(&path).unwrap();
        let by = |name: &RepoId| cache.find_repo(name).unwrap().map(|r| r.id);
        assert_eq!(by(&old), Some(row.id));
        assert_eq!(by(&row.repo), Some(row.id));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_that_is_missing_says_what_stays_unknown_and_comes_back() {
    let scene = Scene::new().await;
    let deny = |operation: &str| Act::Deny {
        operation: Some(operation.to_owned()),
    };
    for operation in [
        "code-scanning/",
        "repos/get-repo-rule-suites",
        "agent-tasks/",
    ] {
        scene.forge.control().act(deny(operation)).unwrap();
    }
    scene.install.engine.sync_all().await.unwrap();
    for (name, unknown) in [
        (RepoPart::Alerts, "what code scanning found"),
        (RepoPart::RuleSuites, "who bypassed the rules"),
        (RepoPart::AgentTasks, "what agents were asked to do"),
    ] {
        match part(&scene, name).state {
            PartState::Failed(why) => {
                assert!(
                    why.what.contains("403") && why.what.contains("needs "),
                    "{name:?}: {why}"
                );
                assert!(why.what.contains(unknown), "{name:?}: {why}");
            }
            other => panic!("{name:?}: {other:?}"),
        }
    }
    // It stands among what could not be read of any change.
    let problems = scene.install.load(scene.number).evidence.facts.problems;
    let said = |words: &str| problems.iter().any(|p| p.what.contains(words));
    assert!(
        said("who bypassed the rules") && said("needs "),
        "{problems:#?}"
    );
    // Each change says so too, without asking for it once more.
    let alerts = scene.part(PartName::Alerts);
    assert!(matches!(alerts.state, PartState::Absent(why) if why.contains("403")));
    scene.forge.control().clear_log();
    assert_eq!(scene.install.engine.sync_all().await.unwrap(), 0);
    assert_eq!(
        scene.forge.log().len(),
        4,
        "what is refused is not asked for each time"
    );
    scene
        .forge
        .control()
        .act(Act::Allow { operation: None })
        .unwrap();
    for _ in 0..RepoPart::ALL.len() {
        scene.clock.pass(3601);
        scene.install.engine.sync_all().await.unwrap();
    }
    for name in RepoPart::ALL {
        assert_eq!(part(&scene, name).state, PartState::Complete, "{name:?}");
    }
    assert_eq!(scene.part(PartName::Alerts).state, PartState::Complete);
}

/// A part that is switched off, or not for this token, and then is as it was, with the tag it had.
#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_is_switched_on_again_unchanged_is_read_again() {
    let scene = Scene::new().await;
    let engine = &scene.install.engine;
    engine.sync_all().await.unwrap();
    for (name, below) in [
        (RepoPart::Secrets, "/secret-scanning/alerts"),
        (RepoPart::Dependencies, "/dependabot/alerts"),
        // A single object.
        (RepoPart::AgentConfig, "/copilot/cloud-agent/configuration"),
    ] {
        let ask = Item {
            job: Job::Part(name),
            reason: Reason::Old,
            cost: 1,
            waits: None,
        };
        let before = part(&scene, name);
        assert_eq!(before.state, PartState::Complete, "{name:?}");
        for refusal in [404, 403] {
            scene.fault(below, 1, status(refusal, &[], "Switched off"));
            engine.perform(&ask).await.unwrap();
            let off = part(&scene, name).state;
            let is_off = match refusal {
                404 => matches!(off, PartState::Absent(_)),
                _ => matches!(off, PartState::Failed(_)),
            };
            assert!(is_off, "{name:?}: {off:?}");
            scene.forge.control().clear_log();
            engine.perform(&ask).await.unwrap();
            let answers: Vec<u16> = scene.forge.log().iter().map(|e| e.status).collect();
            assert_eq!(answers, [304], "{name:?}: the tag is what it was");
            let after = part(&scene, name);
            assert_eq!(after.state, PartState::Complete, "{name:?} after {refusal}");
            assert_eq!(after.records, before.records, "{name:?}");
            assert_eq!(after.count, before.count, "{name:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_cannot_be_seen_any_more() {
    let scene = Scene::new().await;
    scene.install.engine.sync_all().await.unwrap();
    let before = scene.install.load(scene.number).evidence.facts;
    scene
        .forge
        .control()
        .act(Act::Deny { operation: None })
        .unwrap();
    let error = scene.install.engine.sync_all().await.unwrap_err();
    assert!(
        matches!(&error, SyncError::Forge(e) if e.kind == Kind::NotFound),
        "{error:?}"
    );
    assert!(told(&scene, "may not see it any more"));
    let row = scene.install.engine.row().unwrap();
    assert!(row.lost_at.is_some());
    // It stays readable until it is pruned; then it is gone, and nothing else.
    assert_eq!(scene.install.load(scene.number).evidence.facts, before);
    scene.clock.pass(60);
    scene.forge.control().clear_log();
    assert!(scene.install.engine.sync_all().await.is_err());
    assert!(
        scene.forge.log().len() <= 2,
        "only whether it is there again"
    );
    scene
        .forge
        .control()
        .act(Act::Allow { operation: None })
        .unwrap();
    scene.install.engine.sync_all().await.unwrap();
    assert_eq!(scene.install.engine.row().unwrap().lost_at, None);
    scene
        .forge
        .control()
        .act(Act::Deny { operation: None })
        .unwrap();
    assert!(scene.install.engine.sync_all().await.is_err());
    let cache = &scene.install.engine.cache;
    let other = cache
        .repo(&RepoId::new("github.com", "acme", "other"))
        .unwrap();
    let pruned = cache.prune(proofline::model::Timestamp(0)).unwrap();
    assert_eq!(pruned.repos.len(), 1);
    assert_eq!(
        cache
            .repos()
            .unwrap()
            .iter()
            .map(|r| r.id)
            .collect::<Vec<_>>(),
        [other.id]
    );
    assert_eq!(
        cache.search("capture", 10).unwrap().1,
        0,
        "its texts are gone from the index"
    );
    let sizes = cache.sizes().unwrap();
    let left: u64 = sizes.tables.iter().map(|(_, rows, _)| rows).sum();
    assert_eq!(left, 0, "{sizes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn single_sign_on_says_where_the_token_is_authorised() {
    let scene = Scene::new().await;
    scene
        .forge
        .control()
        .act(Act::Sso { required: true })
        .unwrap();
    let error = scene.install.engine.sync_all().await.unwrap_err();
    match error {
        SyncError::Forge(error) => {
            assert_eq!(error.kind, Kind::Forbidden);
            assert!(
                error.hint().contains("authorise the token at https://"),
                "{}",
                error.hint()
            );
        }
        other => panic!("{other:?}"),
    }
    scene
        .forge
        .control()
        .act(Act::Sso { required: false })
        .unwrap();
    scene.clock.pass(601);
    scene.install.engine.sync_all().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_revoked_and_good_again() {
    let scene = Scene::new().await;
    scene.install.engine.sync_all().await.unwrap();
    let before = scene.install.load(scene.number).evidence.facts;
    let revoke = |restore| Act::Revoke {
        login: None,
        restore,
    };
    scene.forge.control().act(revoke(false)).unwrap();
    let error = scene.install.engine.sync_all().await.unwrap_err();
    assert!(
        matches!(&error, SyncError::Forge(e) if e.kind == Kind::Auth),
        "{error:?}"
    );
    assert_eq!(scene.install.load(scene.number).evidence.facts, before);
    scene.forge.control().act(revoke(true)).unwrap();
    scene.forge.control().push_commit(scene.number).unwrap();
    assert_eq!(scene.install.engine.sync_all().await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_artifact_that_expires_keeps_what_was_read_of_it() {
    let scene = Scene::new().await;
    scene.install.engine.sync_all().await.unwrap();
    let before = scene.install.load(scene.number).evidence.facts;
    let artifact = before
        .artifacts
        .iter()
        .find(|a| a.name.contains("junit"))
        .unwrap()
        .id;
    scene
        .forge
        .control()
        .act(Act::ExpireArtifact { artifact })
        .unwrap();
    scene
        .install
        .engine
        .sync_change(scene.number)
        .await
        .unwrap();
    let after = scene.install.load(scene.number).evidence.facts;
    assert!(
        after
            .artifacts
            .iter()
            .any(|a| a.id == artifact && a.expired)
    );
    assert_eq!(after.reports, before.reports, "captured early");
    assert_eq!(scene.holes(), []);
    // A stranger cannot read it any more, and says so.
    let stranger = crate::support::install::Install::new(&scene.forge);
    stranger.engine.sync_all().await.unwrap();
    let results = stranger.part(scene.number, PartName::Results);
    assert!(
        matches!(&results.state, state @ PartState::Partial(_) if state.words().unwrap().contains("expired"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pruning_keeps_the_results_of_what_is_open() {
    let scene = Scene::new().await;
    scene.install.engine.sync_all().await.unwrap();
    let before = scene.install.load(scene.number).evidence.facts;
    assert!(!before.reports.is_empty());
    // All of it is old by then.
    let later = scene.install.engine.now().plus(86_400 * 400);
    let pruned = scene.install.engine.cache.prune(later).unwrap();
    assert!(pruned.responses > 0);
    let after = scene.install.load(scene.number).evidence.facts;
    assert_eq!(after.reports, before.reports);
    // Of a closed one they go.
    let close = Act::Close {
        pr: scene.number,
        login: None,
    };
    scene.forge.control().act(close).unwrap();
    scene.install.engine.sync_all().await.unwrap();
    let pruned = scene.install.engine.cache.prune(later).unwrap();
    assert!(pruned.changes >= 1 && pruned.files > 0);
    let gone = scene.install.load(scene.number).evidence.facts;
    assert_eq!(gone.reports, []);
}
