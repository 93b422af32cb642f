//! What the forge says of merging a change, asked of a real one.

use proofline::{
    contract::{NotMet, Reason, RequiredBy},
    demo::{Act, Fault},
    model::{Mergeable, PartName, PartState, Stage, Verdict},
};

use super::Scene;
use crate::support::install::Install;

/// The green change of the world.
const GREEN: u64 = 470;

async fn green() -> (Scene, Verdict) {
    let mut scene = Scene::new().await;
    scene.number = GREEN;
    scene.sync().await;
    let verdict = verdict(&scene.install, Stage::Verify);
    (scene, verdict)
}

fn verdict(install: &Install, stage: Stage) -> Verdict {
    let assessment = install.load(GREEN).assessment;
    assessment.stage(stage).unwrap().verdict
}

/// How the change stands to its base branch; gives the test merge.
fn mergeable(scene: &Scene, conflicts: bool, behind: bool) -> Option<String> {
    let act = Act::Mergeable {
        pr: GREEN,
        conflicts,
        behind,
    };
    let came = scene.forge.control().act(act).unwrap();
    came["test_merge"].as_str().map(str::to_owned)
}

fn report(scene: &Scene, sha: &str, state: &str) {
    let act = Act::Status {
        sha: Some(sha.to_owned()),
        pr: None,
        state: state.to_owned(),
        context: "build".to_owned(),
        description: None,
        login: None,
    };
    scene.forge.control().act(act).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_fails_on_the_test_merge_is_a_failure() {
    let (scene, before) = green().await;
    assert_eq!(before, Verdict::Pass);
    let test_merge = mergeable(&scene, false, false).unwrap();
    for (state, want) in [
        ("success", Verdict::Pass),
        ("pending", Verdict::Pending),
        ("failure", Verdict::Fail),
    ] {
        report(&scene, &test_merge, state);
        scene.sync().await;
        assert_eq!(verdict(&scene.install, Stage::Verify), want, "{state}");
    }
    let facts = scene.install.load(GREEN).evidence.facts;
    let told = facts.merge_state().unwrap();
    assert_eq!(told.test_merge.as_ref().unwrap().as_str(), test_merge);
    assert_eq!(told.mergeable, Mergeable::Mergeable);
    scene.judged();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_is_said_until_it_is_gone() {
    let (scene, _) = green().await;
    assert_eq!(mergeable(&scene, true, false), None);
    scene.sync().await;
    assert_eq!(verdict(&scene.install, Stage::Change), Verdict::Fail);
    mergeable(&scene, false, true);
    scene.sync().await;
    assert_eq!(verdict(&scene.install, Stage::Change), Verdict::Pass);
    assert!(
        scene
            .install
            .load(GREEN)
            .evidence
            .facts
            .merge_state()
            .unwrap()
            .behind
    );
    scene.judged();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_the_test_merge_is_told_by_rest() {
    let (scene, _) = green().await;
    let test_merge = mergeable(&scene, false, false).unwrap();
    report(&scene, &test_merge, "failure");
    let stranger = Install::with_token(&scene.forge, None);
    stranger.engine.sync_list().await.unwrap();
    stranger.engine.sync_change(GREEN).await.unwrap();
    assert_eq!(verdict(&stranger, Stage::Verify), Verdict::Fail);
    assert_eq!(
        stranger.part(GREEN, PartName::Merge).state,
        PartState::Complete
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_keeps_verify_from_passing_and_what_is_refused_does_not() {
    let mut scene = Scene::new().await;
    scene.number = GREEN;
    let graphql = |times| Fault {
        times,
        ..Fault::next("/graphql", super::status(502, &[], "no"))
    };
    scene.forge.control().fault(graphql(0));
    scene.sync().await;
    assert_eq!(verdict(&scene.install, Stage::Verify), Verdict::Unknown);
    assert!(scene.is_planned(), "it is asked for again");
    scene.forge.control().clear_faults();
    scene.sync().await;
    assert_eq!(verdict(&scene.install, Stage::Verify), Verdict::Pass);
    // Refused: what is required is told by the rules, what failed on the test merge by REST.
    let test_merge = mergeable(&scene, false, false).unwrap();
    let refused = Fault {
        times: 0,
        ..Fault::next(
            "/graphql",
            super::status(403, &[], "Resource not accessible"),
        )
    };
    scene.forge.control().fault(refused);
    scene.sync().await;
    assert_eq!(verdict(&scene.install, Stage::Verify), Verdict::Pass);
    report(&scene, &test_merge, "failure");
    scene.sync().await;
    assert_eq!(verdict(&scene.install, Stage::Verify), Verdict::Fail);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_rules_are_refused_the_forge_names_what_is_required() {
    let mut scene = Scene::new().await;
    scene.number = GREEN;
    let rules = Act::Ruleset {
        required: Some(vec!["unit".to_owned(), "smoke".to_owned()]),
        approvals: None,
        enforcement: None,
        login: None,
    };
    let refuse = Act::Deny {
        operation: Some("repos/get-branch-rules".to_owned()),
    };
    scene.forge.control().act(rules).unwrap();
    scene.forge.control().act(refuse).unwrap();
    scene.sync().await;
    let gaps = scene.install.load(GREEN).assessment.gaps;
    let missed = Reason::RequiredCheck {
        name: "smoke".to_owned(),
        how: NotMet::NotRun,
        by: RequiredBy::Forge,
    };
    assert!(gaps.iter().any(|g| g.why == missed), "{gaps:#?}");
    let facts = scene.install.load(GREEN).evidence.facts;
    let told = facts.merge_state().unwrap();
    assert!(
        told.required.iter().any(|r| r.context == "unit"),
        "{told:?}"
    );
    scene.judged();
}
