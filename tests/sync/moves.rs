//! Every kind of change in the world is noticed within one poll, and what it leaves in the cache is
//! what somebody finds who sees the world for the first time.

use proofline::{
    contract::{NotMet, Reason, RequiredBy},
    demo::Act,
    model::{ActivityKind, ChangeFacts, PrState, RepoFacts, RepoPart, ReviewState},
    query,
};

use super::Scene;
use crate::support::install::Install;

/// What is known of a change, without the times at which it was asked for.
fn facts(install: &Install, number: u64) -> ChangeFacts {
    let mut facts = install.load(number).evidence.facts;
    for part in &mut facts.parts {
        part.checked_at = None;
    }
    facts.parts.sort_by_key(|p| p.name);
    for report in &mut facts.reports {
        report.origin.fetched_at = None;
    }
    facts
}

fn repository(install: &Install) -> RepoFacts {
    let row = install.engine.row().unwrap();
    let mut facts = query::repository(&install.engine.cache, &row).unwrap();
    for part in &mut facts.parts {
        part.checked_at = None;
    }
    facts
}

/// Fields in which two sets of facts differ, with both values.
fn differences(ours: &ChangeFacts, theirs: &ChangeFacts) -> Vec<String> {
    let value = |facts| serde_json::to_value(facts).unwrap();
    let (ours, theirs) = (value(ours), value(theirs));
    let fields = ours.as_object().unwrap().iter();
    let different = fields.filter(|(name, value)| **value != theirs[name.as_str()]);
    different
        .flat_map(|(name, ours)| flat(name, ours, &theirs[name.as_str()]))
        .collect()
}

/// Goes down to where two values differ.
fn flat(name: &str, ours: &serde_json::Value, theirs: &serde_json::Value) -> Vec<String> {
    match (ours, theirs) {
        (a, b) if a == b => Vec::new(),
        (serde_json::Value::Object(a), serde_json::Value::Object(b)) if a.len() == b.len() => a
            .iter()
            .flat_map(|(key, value)| {
                flat(&format!("{name}.{key}"), value, b.get(key).unwrap_or(value))
            })
            .collect(),
        (serde_json::Value::Array(a), serde_json::Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .flat_map(|(n, (a, b))| flat(&format!("{name}[{n}]"), a, b))
            .collect(),
        (a, b) => vec![format!(
            "{name}: {:.200} instead of {:.200}",
            a.to_string(),
            b.to_string()
        )],
    }
}

/// A scene that is synced, and a run of the story's head.
async fn synced() -> (Scene, u64) {
    let scene = Scene::new().await;
    scene.install.engine.sync_all().await.unwrap();
    let facts = scene.install.load(scene.number).evidence.facts;
    let run = facts.runs.iter().find(|r| r.head_sha == facts.pr.head_sha);
    (scene, run.unwrap().id)
}

/// Acts, polls once, and compares with a stranger's first look. Returns what is known of the change.
async fn noticed(scene: &Scene, act: Act, asked: usize) -> ChangeFacts {
    let words = format!("{act:?}");
    scene.clock.pass(5);
    scene.forge.control().act(act).unwrap();
    scene.forge.control().clear_log();
    let pulled = scene.install.engine.sync_all().await.unwrap();
    assert_eq!(
        pulled,
        asked,
        "{words}: {:#?}",
        scene
            .forge
            .log()
            .iter()
            .map(|e| (&e.path, e.status))
            .collect::<Vec<_>>()
    );
    let stranger = Install::timed(
        &scene.forge,
        Some(scene.forge.token()),
        scene.clock.clone(),
        super::LONG,
    );
    stranger.engine.sync_all().await.unwrap();
    for change in &scene.forge.truth().open {
        let row = stranger.engine.row().unwrap().id;
        let is_open = stranger.engine.cache.change(row, change.number).unwrap();
        if is_open.unwrap().pr.state != PrState::Open {
            // A stranger looks at what is open only.
            stranger.engine.sync_change(change.number).await.unwrap();
        }
        let (ours, theirs) = (
            facts(&scene.install, change.number),
            facts(&stranger, change.number),
        );
        let differs = differences(&ours, &theirs);
        assert!(
            differs.is_empty(),
            "{words}: #{}: {differs:#?}",
            change.number
        );
    }
    // Nothing is left to be told.
    scene.forge.control().clear_log();
    let again = scene.install.engine.sync_all().await.unwrap();
    let pending = facts(&scene.install, scene.number)
        .runs
        .iter()
        .any(|r| r.last_try().is_some_and(|t| t.conclusion.is_none()));
    assert_eq!(again, usize::from(pending), "{words}: the second poll");
    scene.judged();
    facts(&scene.install, scene.number)
}

// [verifies PL-SYN-3]
#[tokio::test(flavor = "multi_thread")]
async fn a_push_and_a_force_push() {
    let (scene, _) = synced().await;
    let before = facts(&scene.install, scene.number);
    for force in [false, true] {
        let act = Act::Push {
            pr: scene.number,
            force,
        };
        let after = noticed(&scene, act, 1).await;
        assert_ne!(after.pr.head_sha, before.pr.head_sha);
        let last = after.activity.iter().max_by_key(|a| a.at).unwrap();
        let kind = if force {
            ActivityKind::ForcePush
        } else {
            ActivityKind::Push
        };
        assert_eq!((&last.kind, &last.after), (&kind, &after.pr.head_sha));
        assert!(after.git.missing.is_empty(), "all heads are here");
        // What a force push left behind is still here.
        assert!(after.git.specs.contains_key(&before.pr.head_sha));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_re_run_on_a_settled_change() {
    let (scene, run) = synced().await;
    let rerun = Act::Rerun {
        run,
        failed_only: false,
        login: None,
    };
    let after = noticed(&scene, rerun, 1).await;
    let tries = |f: &ChangeFacts| f.runs.iter().find(|r| r.id == run).unwrap().tries.len();
    let running = tries(&after);
    assert!(running >= 2);
    let end = Act::FinishRun {
        run,
        conclusion: "success".to_owned(),
    };
    let ended = noticed(&scene, end, 1).await;
    assert_eq!(tries(&ended), running);
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_and_opened_again() {
    let (scene, _) = synced().await;
    let pr = scene.number;
    let closed = noticed(&scene, Act::Close { pr, login: None }, 1).await;
    assert_eq!(closed.pr.state, PrState::Closed);
    let open = noticed(&scene, Act::Reopen { pr, login: None }, 1).await;
    assert_eq!(open.pr.state, PrState::Open);
}

#[tokio::test(flavor = "multi_thread")]
async fn merged_and_its_branch_deleted() {
    let (scene, _) = synced().await;
    let merge = Act::Merge {
        pr: scene.number,
        login: None,
    };
    // The base branch moved: what the project asks is read again, and is the same.
    let merged = noticed(&scene, merge, 1).await;
    assert_eq!(merged.pr.state, PrState::Merged);
    assert!(merged.pr.merge_commit.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_is_deleted_under_a_change() {
    let (scene, _) = synced().await;
    let branch = facts(&scene.install, scene.number).pr.head_ref;
    let act = Act::DeleteBranch {
        branch,
        login: None,
    };
    let after = noticed(&scene, act, 1).await;
    assert_eq!(after.pr.state, PrState::Closed);
    assert!(after.git.missing.is_empty(), "its commits are still here");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_base_and_a_base_that_moves() {
    let (scene, _) = synced().await;
    let make = Act::CreateBranch {
        branch: "release/2".to_owned(),
        sha: None,
    };
    noticed(&scene, make, 0).await;
    let act = Act::Retarget {
        pr: scene.number,
        base: "release/2".to_owned(),
    };
    let after = noticed(&scene, act, 1).await;
    assert_eq!(after.pr.base_ref, "release/2");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_say() {
    let (scene, _) = synced().await;
    let pr = scene.number;
    let review = Act::Review {
        pr,
        state: "APPROVED".to_owned(),
        login: Some("mira".to_owned()),
        body: "as it is now".to_owned(),
        commit: None,
    };
    let after = noticed(&scene, review, 1).await;
    let last = after.reviews.last().unwrap();
    assert_eq!(
        (&last.state, last.commit.as_ref()),
        (&ReviewState::Approved, Some(&after.pr.head_sha))
    );
    let comment = Act::Comment {
        pr,
        body: "seen".to_owned(),
        login: None,
    };
    let after = noticed(&scene, comment, 1).await;
    assert_eq!(after.comments.last().unwrap().body, "seen");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_repository_demands_and_delivers() {
    let (scene, _) = synced().await;
    let deploy = Act::Deploy {
        environment: "staging".to_owned(),
        sha: None,
        login: None,
    };
    let before = repository(&scene.install);
    noticed(&scene, deploy, 0).await;
    let after = repository(&scene.install);
    assert_eq!(after.deployments.len(), before.deployments.len() + 1);
    let newest = after.deployments.iter().max_by_key(|d| d.id).unwrap();
    assert_eq!(newest.environment, "staging");
    let status = Act::DeploymentStatus {
        deployment: newest.id,
        state: "failure".to_owned(),
        description: String::new(),
    };
    noticed(&scene, status, 0).await;
    let after = repository(&scene.install);
    let newest = after.deployments.iter().max_by_key(|d| d.id).unwrap();
    assert_eq!(newest.statuses.as_ref().unwrap()[0].state, "failure");
    // Slower parts have their turn: within as many polls as there are such parts.
    let rules = Act::Ruleset {
        required: Some(vec!["unit".to_owned(), "smoke".to_owned()]),
        approvals: Some(2),
        enforcement: None,
        login: None,
    };
    scene.forge.control().act(rules).unwrap();
    let versions = after.rulesets[0].versions.len();
    for _ in 0..RepoPart::ALL.len() {
        scene.clock.pass(3601);
        scene.install.engine.sync_all().await.unwrap();
    }
    let after = repository(&scene.install);
    let named: Vec<_> = after.rulesets[0]
        .demands
        .checks
        .iter()
        .map(|c| c.context.as_str())
        .collect();
    assert_eq!(named, ["smoke", "unit"]);
    assert_eq!(after.rulesets[0].versions.len(), versions + 1);
    assert_eq!(after.branch_rules[0].demands.as_ref().unwrap().approvals, 2);
    let terms = scene.install.load(479).assessment;
    let not_run = Reason::RequiredCheck {
        name: "smoke".to_owned(),
        how: NotMet::NotRunByApp,
        by: RequiredBy::BranchRules,
    };
    let told = terms.gaps.iter().any(|g| g.why == not_run);
    assert!(told, "{:#?}", terms.gaps);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_check_is_looked_at_until_it_has_ended() {
    let (scene, _) = synced().await;
    let status = |state: &str| Act::Status {
        sha: None,
        pr: Some(scene.number),
        state: state.to_owned(),
        context: "deploy preview".to_owned(),
        description: None,
        login: None,
    };
    let act = |state: &str| scene.forge.control().act(status(state)).unwrap();
    act("pending");
    // No feed tells of a status; whoever looks at the change sees it.
    scene
        .install
        .engine
        .watch_change(scene.number)
        .await
        .unwrap();
    assert!(scene.is_planned(), "from then on it is asked for");
    scene.forge.control().clear_log();
    scene.install.engine.sync_all().await.unwrap();
    let log = scene.forge.log();
    assert_eq!(log.len(), 4 + 2, "feeds, checks and statuses");
    assert!(log.iter().all(|e| e.status == 304));
    act("success");
    scene.install.engine.sync_all().await.unwrap();
    let after = facts(&scene.install, scene.number);
    assert!(after.statuses.iter().any(|s| s.state == "success"));
    assert!(!scene.is_planned());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_sync_into_one_cache_do_not_harm_each_other() {
    let scene = Scene::new().await;
    let folder = scene.install.folder.path();
    let token = Some(scene.forge.token());
    let clock = scene.clock.clone();
    let (other, _) =
        crate::support::install::engine(&scene.forge, token, folder, clock, super::LONG);
    let first = scene.install.engine.clone();
    let tasks = [first, other].map(|engine| {
        tokio::spawn(async move {
            for _ in 0..3 {
                engine.sync_all().await.unwrap();
                let row = engine.row().unwrap();
                for change in engine.cache.changes(row.id).unwrap() {
                    engine.cache.parts(row.id, change.pr.number).unwrap();
                }
            }
        })
    });
    for task in tasks {
        task.await.unwrap();
    }
    let stranger = Install::new(&scene.forge);
    stranger.engine.sync_all().await.unwrap();
    for change in &scene.forge.truth().open {
        let (ours, theirs) = (
            facts(&scene.install, change.number),
            facts(&stranger, change.number),
        );
        let differs = differences(&ours, &theirs);
        assert!(differs.is_empty(), "#{}: {differs:#?}", change.number);
    }
    assert_eq!(scene.install.engine.cache.damage().unwrap(), None);
    scene.judged();
}
