//! Contents are read once: what was made of them is kept by their ids.

use proofline::{
    contract::RiskClass,
    evidence::{AnswerKind, Evidence, Label},
    model::{TestReport, Timestamp},
    repo::Transfer,
    sync::Report,
};

use super::Scene;

/// Contents of files that the last pull of the change opened in git.
fn opened(scene: &Scene) -> u64 {
    let reports = scene.install.reports.lock().unwrap();
    let mut told = reports.iter().rev().filter_map(|report| match report {
        Report::Objects { blobs, .. } => Some(*blobs),
        _ => None,
    });
    told.next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_sync_opens_no_content_and_a_load_reads_none() {
    let scene = Scene::new().await;
    scene.sync().await;
    assert!(opened(&scene) > 0);
    let first = scene.install.load(scene.number).evidence;
    assert!(!first.facts.git.touched.is_empty(), "a test passes again");
    let cache = &scene.install.engine.cache;
    let read = cache.derivations();
    assert!(read > 0, "what was read is kept");
    scene.install.load(scene.number);
    assert_eq!(cache.derivations(), read, "a load reads no content");
    scene.sync().await;
    assert_eq!(opened(&scene), 0, "a second sync opens none");
    assert_eq!(cache.derivations(), read);
    let second = scene.install.load(scene.number).evidence;
    assert_eq!(second.facts.git, first.facts.git);
    assert_eq!(second.facts.reports, first.facts.reports);
    assert!(!first.facts.reports.is_empty());
    assert_eq!(second.digest, first.digest);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_kept_any_more_is_read_again_to_the_same() {
    let scene = Scene::new().await;
    scene.sync().await;
    let before = scene.install.load(scene.number).evidence.facts;
    let cache = &scene.install.engine.cache;
    let read = cache.derivations();
    // All that was made of contents is older than the end of time.
    cache.prune(Timestamp(253_000_000_000)).unwrap();
    let cases = |reports: &[TestReport]| reports.iter().map(|r| r.cases.len()).sum::<usize>();
    let after = scene.install.load(scene.number).evidence.facts;
    assert_eq!(cases(&after.reports), cases(&before.reports));
    assert!(cache.derivations() > read, "result files are read again");
    let again = cache.derivations();
    scene.install.load(scene.number);
    assert_eq!(cache.derivations(), again, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_between_heads_is_read_again_from_git_and_unknown_without_it() {
    let scene = Scene::new().await;
    scene.sync().await;
    let engine = &scene.install.engine;
    // What is said of the tests that pass again.
    let said = |evidence: &Evidence| -> Vec<AnswerKind> {
        let all = evidence.answers.iter().flatten().map(|a| a.kind);
        let again = |kind: &AnswerKind| {
            matches!(
                kind,
                AnswerKind::FixedByCode
                    | AnswerKind::PassedByChangingTheTest
                    | AnswerKind::PassedTestAndCodeChanged
                    | AnswerKind::PassesAgain
                    | AnswerKind::PassedUnexplained
            )
        };
        all.filter(again).collect()
    };
    let before = scene.install.load(scene.number);
    let known = said(&before.evidence);
    assert!(known.iter().any(|k| *k != AnswerKind::PassesAgain));
    engine.cache.prune(Timestamp(253_000_000_000)).unwrap();
    let again = scene.install.load(scene.number);
    assert_eq!(again.evidence.responses, before.evidence.responses);
    assert_eq!(again.evidence.answers, before.evidence.answers);
    assert_eq!(again.evidence.digest, before.evidence.digest);
    // Neither what was made of it nor the objects are here.
    engine.cache.prune(Timestamp(253_000_000_000)).unwrap();
    let folder = Transfer::folder(&engine.folders.cache, &engine.repo);
    std::fs::remove_dir_all(folder).unwrap();
    let blind = scene.install.load(scene.number);
    let unknown = |r: &Vec<proofline::evidence::Response>| r[0].label == Label::Unknown;
    assert!(blind.evidence.responses.iter().all(unknown));
    assert_eq!(
        said(&blind.evidence),
        vec![AnswerKind::PassesAgain; known.len()]
    );
    let class = blind.assessment.risk.class;
    assert!(matches!(class, RiskClass::Unknown | RiskClass::High));
    let delta = &blind.evidence.facts.git.deltas[0];
    assert!(engine.diff(&delta.from, &delta.to).is_err());
    scene.sync().await;
    let healed = scene.install.load(scene.number);
    assert_eq!(healed.evidence.digest, before.evidence.digest);
}
