//! Contents are read once: what was made of them is kept by their ids.

use proofline::{model::TestReport, sync::Report};

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
    cache
        .prune(proofline::model::Timestamp(253_000_000_000))
        .unwrap();
    let cases = |reports: &[TestReport]| reports.iter().map(|r| r.cases.len()).sum::<usize>();
    let after = scene.install.load(scene.number).evidence.facts;
    assert_eq!(cases(&after.reports), cases(&before.reports));
    assert!(cache.derivations() > read, "result files are read again");
    let again = cache.derivations();
    scene.install.load(scene.number);
    assert_eq!(cache.derivations(), again, "once");
}
