//! Where git objects come from: the network, shallowly where a repository is too large, or a
//! repository that is on this disk already.

use std::process::Command;

use proofline::{
    demo::{Fault, FaultKind},
    model::{ChangeFacts, PartName, PartState, RepoPart, Stage, Verdict},
    repo::{Credentials, Local, Transfer},
    sync::plan::{Item, Job, Reason},
};

use super::Scene;
use crate::support::install::Install;

/// Runs git, and gives back what it says.
fn git(arguments: &[&str]) -> String {
    let output = Command::new("git").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The item of a plan that fetches the base branches.
fn contract() -> Item {
    Item {
        job: Job::Part(RepoPart::Contract),
        reason: Reason::First,
        waits: None,
        cost: 0,
    }
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
async fn histories_that_lie_deeper_are_fetched_for_every_head() {
    let scene = Scene::new().await;
    scene.sync().await;
    let whole = scene.install.load(scene.number).evidence.facts.git;
    let pr = scene.install.load(scene.number).evidence.facts.pr;
    let both = [pr.base_sha.clone(), pr.head_sha.clone()];
    assert!(whole.merge_base.is_some());
    for depth in [1, 2] {
        // What comes first does not lead to it.
        let alone = tempfile::tempdir().unwrap();
        let token = Some(scene.forge.token().to_owned().into());
        let transfer = Transfer {
            git_dir: alone.path().join("alone.git"),
            url: scene.install.engine.row().unwrap().clone_url.unwrap(),
            credentials: Credentials { token },
            depth: Some(depth),
        };
        assert_eq!(transfer.fetch(&both).await.unwrap(), []);
        let local = Local::open(&transfer.git_dir).unwrap();
        assert_eq!(local.merge_base(&both[0], &both[1]).unwrap(), None);
        let mut small = Install::new(&scene.forge);
        small.engine.shallow_from = 0;
        small.engine.depth = depth;
        small.engine.sync_list().await.unwrap();
        small.engine.sync_change(scene.number).await.unwrap();
        assert_eq!(small.load(scene.number).evidence.facts.git, whole);
        assert_eq!(small.holes(scene.number), []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_branch_that_is_gone_does_not_make_the_others_deep() {
    let scene = Scene::new().await;
    let mut small = Install::new(&scene.forge);
    small.engine.shallow_from = 0;
    small.engine.depth = 1;
    small.engine.sync_list().await.unwrap();
    let cache = rusqlite::Connection::open(small.engine.cache.path()).unwrap();
    let sql = "UPDATE change SET pr = json_set(pr, '$.base_ref', 'gone') WHERE number = ?1";
    assert_eq!(cache.execute(sql, [scene.number]).unwrap(), 1);
    small.engine.perform(&contract()).await.unwrap();
    let kept = git(&[
        "-C",
        &folder(&small),
        "for-each-ref",
        "refs/proofline/bases",
    ]);
    assert_eq!(kept.lines().count(), 1, "{kept}");
    let commits = git(&["-C", &folder(&small), "rev-list", "--all", "--count"]);
    assert_eq!(commits.trim(), "1");
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

/// Keeps git from the forge.
fn without_git(scene: &Scene) {
    let (owner, name) = scene.forge.repo();
    let fault = Fault {
        times: 0,
        ..Fault::next(
            format!("/{owner}/{name}.git"),
            FaultKind::Refuse { status: 503 },
        )
    };
    scene.forge.control().fault(fault);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_git_cannot_bring_comes_by_the_api_and_reads_the_same() {
    let scene = Scene::new().await;
    scene.install.engine.sync_all().await.unwrap();
    let open: Vec<u64> = scene.forge.truth().open.iter().map(|c| c.number).collect();
    without_git(&scene);
    let other = Install::new(&scene.forge);
    other.engine.sync_all().await.unwrap();
    assert!(open.len() > 3);
    for number in open {
        let by_git = scene.install.load(number).evidence.facts;
        let by_api = other.load(number).evidence.facts;
        assert_eq!(by_api.contract, by_git.contract);
        assert_eq!(other.holes(number), [], "#{number}");
        assert_eq!(by_api.git.specs, by_git.git.specs);
        assert_eq!(by_api.git.annotations, by_git.git.annotations);
        assert_eq!(by_api.git.tests, by_git.git.tests);
        let deltas = |facts: &ChangeFacts| -> Vec<_> {
            let all = facts.git.deltas.iter().chain(&facts.git.total);
            all.map(|d| {
                let commits: Vec<_> = d.commits.iter().map(|c| c.sha.clone()).collect();
                (
                    d.from.clone(),
                    d.to.clone(),
                    d.files.clone(),
                    commits,
                    d.fast_forward,
                )
            })
            .collect()
        };
        assert_eq!(deltas(&by_api), deltas(&by_git), "#{number}");
    }
    // What came stays: nothing of it is asked for again.
    scene.forge.control().clear_log();
    other.engine.sync_change(scene.number).await.unwrap();
    let log = scene.forge.log();
    let again: Vec<_> = log
        .iter()
        .filter(|e| e.path.contains("/git/") && !e.path.contains(".git/"))
        .collect();
    assert!(again.is_empty(), "{again:?}");
    // Once git gets through again, the commits themselves come.
    scene.forge.control().clear_faults();
    let head = scene.forge.control().push_commit(scene.number).unwrap();
    other.engine.sync_change(scene.number).await.unwrap();
    let own = folder(&other);
    git(&["-C", &own, "cat-file", "-e", &format!("{head}^{{commit}}")]);
    let part = other.part(scene.number, PartName::Git);
    assert_eq!(part.state, PartState::Complete);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_what_its_id_says_is_not_taken() {
    let scene = Scene::new().await;
    without_git(&scene);
    // The contract is here, so that the wrong answer is one for the change.
    scene.install.engine.perform(&contract()).await.unwrap();
    let (owner, name) = scene.forge.repo();
    let wrong = FaultKind::Status {
        status: 200,
        headers: vec![],
        message: "something else".to_owned(),
    };
    let blobs = format!("/repos/{owner}/{name}/git/blobs/");
    scene.forge.control().fault(Fault::next(blobs, wrong));
    scene.sync().await;
    let why = scene.why(PartName::Git);
    assert!(why.contains("gives another id"), "{why}");
    assert!(scene.is_planned());
    scene.sync().await;
    assert_eq!(scene.holes(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_budget_does_not_allow_is_counted_and_makes_nothing_pass() {
    let scene = Scene::new().await;
    without_git(&scene);
    let (owner, name) = scene.forge.repo();
    let spent = ("x-ratelimit-remaining".to_owned(), "900".to_owned());
    let low = Fault {
        times: 0,
        ..Fault::next(
            format!("/repos/{owner}/{name}/"),
            FaultKind::Headers {
                headers: vec![spent],
            },
        )
    };
    scene.forge.control().fault(low);
    let truth = scene.forge.truth().open.clone();
    let pass = ("verify".to_owned(), "pass".to_owned());
    let green = truth.iter().find(|c| c.stages.contains(&pass)).unwrap();
    let install = &scene.install;
    install.engine.sync_change(green.number).await.unwrap();
    let row = install.part(green.number, PartName::Git);
    assert!(
        matches!(&row.state, state @ PartState::Partial(_) if state.words().unwrap().contains("items could not be read by the API (git could not fetch")),
        "{:?}",
        row.state
    );
    let dossier = install.load(green.number);
    let total = dossier.evidence.facts.git.total.unwrap();
    assert!(!total.files.is_empty());
    assert!(
        total.files.iter().all(|f| f.absent),
        "they differ, and how is not known"
    );
    for stage in [Stage::Intent, Stage::Change, Stage::Verify] {
        let own = dossier.assessment.stages[stage.index()].verdict;
        assert_eq!(own, Verdict::Unknown, "{stage:?}");
    }
    // With room again, what was left out comes.
    scene.forge.control().clear_faults();
    without_git(&scene);
    scene.forge.control().clear_log();
    install.engine.sync_change(green.number).await.unwrap();
    let row = install.part(green.number, PartName::Git);
    assert_eq!(row.state, PartState::Complete);
    let total = install.load(green.number).evidence.facts.git.total.unwrap();
    assert!(total.files.iter().all(|f| !f.absent));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_fetch_into_one_folder_at_once_all_end_well() {
    let scene = Scene::new().await;
    let pr = scene.install.load(scene.number).evidence.facts.pr;
    let both = [pr.base_sha, pr.head_sha];
    let url = scene.install.engine.row().unwrap().clone_url.unwrap();
    for depth in [None, Some(1)] {
        let folder = tempfile::tempdir().unwrap();
        let one = || {
            let transfer = Transfer {
                git_dir: folder.path().join("host/owner/name.git"),
                url: url.clone(),
                credentials: Credentials::default(),
                depth,
            };
            let both = both.clone();
            tokio::spawn(async move {
                transfer.fetch_bases(&["main".to_owned()]).await.unwrap();
                assert_eq!(transfer.fetch(&both).await.unwrap(), []);
                if depth.is_some() {
                    transfer.deepen(&both, 50).await.unwrap();
                }
                let local = Local::open(&transfer.git_dir).unwrap();
                assert!(local.merge_base(&both[0], &both[1]).unwrap().is_some());
            })
        };
        let all: Vec<_> = (0..8).map(|_| one()).collect();
        for task in all {
            task.await.unwrap();
        }
        let beside = std::fs::read_dir(folder.path().join("host/owner")).unwrap();
        assert_eq!(
            beside.count(),
            2,
            "the folder, and what says whose turn it is"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_ended_at_a_new_contract_judges_the_changes_the_next_time() {
    let scene = Scene::new().await;
    scene.install.engine.sync_all().await.unwrap();
    let cache = rusqlite::Connection::open(scene.install.engine.cache.path()).unwrap();
    let sums = |what: &str| -> u64 {
        let sql = format!("SELECT count(*) FROM change WHERE {what}");
        cache.query_row(&sql, [], |r| r.get(0)).unwrap()
    };
    let whole = sums("summary IS NOT NULL");
    // As it would lie there: the contract is new, and the changes are not judged by it yet.
    let left = "UPDATE repo_part SET again = 1 WHERE part = 'contract file'";
    assert_eq!(cache.execute(left, []).unwrap(), 1);
    cache
        .execute("UPDATE change SET summary = NULL", [])
        .unwrap();
    scene.install.engine.perform(&contract()).await.unwrap();
    assert!(whole > 3);
    assert_eq!(sums("summary IS NOT NULL"), whole);
    // Once is enough.
    cache
        .execute("UPDATE change SET summary = NULL", [])
        .unwrap();
    scene.install.engine.perform(&contract()).await.unwrap();
    assert_eq!(sums("summary IS NOT NULL"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_git_left_of_a_pack_is_removed_once_it_is_old() {
    let scene = Scene::new().await;
    scene.sync().await;
    let packs = std::path::PathBuf::from(folder(&scene.install)).join("objects/pack");
    std::fs::create_dir_all(&packs).unwrap();
    let left = |name: &str, hours: u64| {
        let path = packs.join(name);
        let file = std::fs::File::create(&path).unwrap();
        let age = std::time::Duration::from_hours(hours);
        file.set_modified(std::time::SystemTime::now() - age)
            .unwrap();
        path
    };
    let (old, new) = (left("tmp_pack_old", 2), left("tmp_pack_new", 0));
    scene.forge.control().push_commit(scene.number).unwrap();
    scene.sync().await;
    assert!(!old.exists(), "nobody writes to it any more");
    assert!(new.exists(), "somebody may");
}
