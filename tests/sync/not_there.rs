//! What the forge has no more, or does not show: result files that expired, alerts.

use proofline::{
    demo::{Fault, FaultKind},
    model::{ChangeFacts, PartName, PartState, Stage, Verdict},
};

use super::Scene;
use crate::support::install::Install;

/// From now on whatever begins so below the repository is answered with a status.
fn refuse(scene: &Scene, below: &str, kind: FaultKind) {
    let (owner, name) = scene.forge.repo();
    scene.forge.control().fault(Fault {
        times: 0,
        ..Fault::next(format!("/repos/{owner}/{name}/{below}"), kind)
    });
}

/// Where the forge has no result files any more, the log of the failed job tells which tests failed.
#[tokio::test(flavor = "multi_thread")]
async fn without_result_files_the_log_tells_which_tests_failed() {
    let scene = Scene::new().await;
    let stranger = Install::new(&scene.forge);
    stranger.engine.sync_list().await.unwrap();
    let expired = super::status(410, &[], "Artifact has expired");
    refuse(&scene, "actions/artifacts/", expired);
    let with = |facts: &ChangeFacts| -> (usize, Vec<String>) {
        let at_head = |r: &&proofline::model::TestReport| {
            r.origin.head == facts.pr.head_sha && r.origin.job.is_some()
        };
        let of_logs: Vec<_> = facts.reports.iter().filter(at_head).collect();
        let cases = of_logs.iter().flat_map(|r| &r.cases);
        (of_logs.len(), cases.map(|c| c.key().to_string()).collect())
    };
    stranger.engine.sync_change(482).await.unwrap();
    let evidence = stranger.load(482).evidence;
    let (logs, failed) = with(&evidence.facts);
    assert_eq!(logs, 1, "one job failed at the head");
    assert!(!failed.is_empty());
    for name in &failed {
        let rows = evidence.matrix.find(name);
        assert_eq!(rows.len(), 1, "{name}");
        let linked = evidence.links.iter().any(|l| l.test == rows[0].key);
        assert!(linked, "{name} leads to its requirement");
    }
    // The job's own row has it, and no file is said to hold it.
    let check = evidence.checks.iter().filter(|c| !c.reports.is_empty());
    assert!(check.count() > 0);
    scene.forge.control().clear_faults();
    stranger.engine.sync_change(482).await.unwrap();
    let (logs, _) = with(&stranger.load(482).evidence.facts);
    assert_eq!(logs, 0, "the result file tells it");
}

/// Alerts that the forge does not show, while code scanning reports on the head, are not known.
#[tokio::test(flavor = "multi_thread")]
async fn alerts_that_are_not_shown_are_not_none() {
    let scene = Scene::new().await;
    let secure = |install: &Install| {
        let dossier = install.load(479);
        dossier.assessment.stage(Stage::Secure).unwrap().verdict
    };
    for (refused, verdict) in [(false, Verdict::Pass), (true, Verdict::Unknown)] {
        let stranger = Install::new(&scene.forge);
        stranger.engine.sync_list().await.unwrap();
        if refused {
            let not_found = super::status(404, &[], "Not Found");
            refuse(&scene, "code-scanning/alerts", not_found);
        }
        stranger.engine.sync_change(479).await.unwrap();
        let state = stranger.part(479, PartName::Alerts).state;
        assert_eq!(matches!(state, PartState::Absent(_)), refused, "{state:?}");
        assert_eq!(secure(&stranger), verdict, "{refused}");
    }
}
