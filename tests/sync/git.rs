//! Where git objects come from: the network, shallowly where a repository is too large, or a
//! repository that is on this disk already.

use std::process::Command;

use proofline::{
    model::{PartName, PartState},
    repo::Transfer,
};

use super::Scene;
use crate::support::install::Install;

/// Runs git, and gives back what it says.
fn git(arguments: &[&str]) -> String {
    let output = Command::new("git").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn folder(install: &Install) -> String {
    let engine = &install.engine;
    let folder = Transfer::folder(&engine.folders.cache, &engine.repo);
    folder.display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_is_too_large_is_fetched_shallowly_and_read_the_same() {
    let scene = Scene::new().await;
    scene.sync().await;
    let whole = scene.install.load(scene.number).evidence.facts.git;
    let mut small = Install::new(&scene.forge);
    small.engine.shallow_from = 0;
    small.engine.sync_list().await.unwrap();
    assert!(small.engine.row().unwrap().size_kib.is_some());
    small.engine.sync_change(scene.number).await.unwrap();
    assert_eq!(small.load(scene.number).evidence.facts.git, whole);
    assert_eq!(small.holes(scene.number), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_that_are_on_this_disk_are_borrowed_and_fetched_once_they_are_gone() {
    let scene = Scene::new().await;
    scene.sync().await;
    let whole = scene.install.load(scene.number).evidence.facts.git;
    let mut lender = Install::new(&scene.forge);
    let disk = tempfile::tempdir().unwrap();
    let copy = disk.path().join("copy.git");
    git(&[
        "clone",
        "--quiet",
        "--bare",
        &folder(&scene.install),
        &copy.display().to_string(),
    ]);
    // All heads are there, as after a fetch of one's own.
    let refs = "+refs/proofline/*:refs/proofline/*";
    git(&[
        "-C",
        &copy.display().to_string(),
        "fetch",
        "--quiet",
        &folder(&scene.install),
        refs,
    ]);
    lender.engine.local_git = Some(copy.clone());
    lender.engine.sync_list().await.unwrap();
    lender.engine.sync_change(scene.number).await.unwrap();
    assert_eq!(lender.load(scene.number).evidence.facts.git, whole);
    let counted = git(&["-C", &folder(&lender), "count-objects", "-v"]);
    let own = |name: &str| {
        let line = counted.lines().find_map(|l| l.strip_prefix(name));
        line.unwrap().trim().parse::<u64>().unwrap()
    };
    assert_eq!((own("count:"), own("in-pack:")), (0, 0), "{counted}");
    // The lender is gone; a new head makes it known, and all of it comes over the network.
    drop(disk);
    lender.engine.local_git = None;
    scene.forge.control().push_commit(scene.number).unwrap();
    lender.engine.sync_change(scene.number).await.unwrap();
    let part = lender.part(scene.number, PartName::Git);
    assert_eq!((part.state, part.count), (PartState::Complete, 5));
    assert!(
        lender
            .load(scene.number)
            .evidence
            .facts
            .git
            .missing
            .is_empty()
    );
}
