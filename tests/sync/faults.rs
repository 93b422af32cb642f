//! One request of a sync fails in every way there is: its part says so and keeps what it had, what
//! hangs on it says so too, and the rest is complete.

use std::collections::BTreeMap;

use proofline::{
    app::words,
    demo::{Fault, FaultKind},
    model::{PartName, PartState, Stage, Verdict},
    sync::{Ask, Report, plan::Item},
};

use super::{LONG, SHORT, Scene, status};

/// A request that fails, the part it belongs to, and the parts that hang on it.
struct Place {
    below: &'static str,
    part: PartName,
    hanging: &'static [PartName],
}

fn places(number: u64, head: &str) -> Vec<(String, Place)> {
    let place = |below, part, hanging| Place {
        below,
        part,
        hanging,
    };
    let all = [
        place("/pulls/N/commits", PartName::Commits, &[][..]),
        place("/pulls/N/reviews", PartName::Reviews, &[]),
        place("/issues/N/comments", PartName::Comments, &[]),
        place("/issues/N/timeline", PartName::Timeline, &[]),
        place(
            "/activity",
            PartName::Activity,
            &[PartName::Checks, PartName::Git],
        ),
        place(
            "/actions/runs?branch",
            PartName::Runs,
            &[
                PartName::Checks,
                PartName::Artifacts,
                PartName::Results,
                PartName::Attestations,
                PartName::Git,
            ],
        ),
        place("/commits/HEAD/check-runs", PartName::Checks, &[]),
    ];
    let number = number.to_string();
    let paths = all.into_iter();
    let filled = |below: &str| below.replace("HEAD", head).replace('N', &number);
    paths.map(|p| (filled(p.below), p)).collect()
}

/// Fails one request after a whole sync: the part fails, keeps its records and its time.
async fn fails_and_keeps(kind: FaultKind, words: &str) {
    let hangs = kind == FaultKind::Hang;
    let scene = Scene::patient(if hangs { SHORT } else { LONG }).await;
    scene.sync().await;
    assert_eq!(scene.holes(), []);
    let records: BTreeMap<PartName, Option<String>> = PartName::ALL
        .into_iter()
        .map(|name| (name, scene.part(name).records))
        .collect();
    for (path, place) in places(scene.number, &scene.forge.truth().story().unwrap().head) {
        let before = scene.part(place.part);
        assert!(before.count > 0 && before.records.is_some());
        scene.clock.pass(60);
        if matches!(kind, FaultKind::CutBody { .. }) {
            // A 304 has no body that could be cut.
            scene.forget_tags();
        }
        scene.fault(&path, 1, kind.clone());
        scene.sync().await;
        let after = scene.part(place.part);
        let at = format!("{path} {kind:?}");
        match &after.state {
            PartState::Failed(why) => assert!(why.what.contains(words), "{at}: {why}"),
            other => panic!("{at}: {other:?}"),
        }
        assert_eq!(after.records, before.records, "{at}");
        assert_eq!(after.count, before.count, "{at}");
        assert_eq!(after.checked_at, before.checked_at, "{at}: its age goes on");
        for (name, state) in scene.install.holes(scene.number) {
            let known = name == place.part || place.hanging.contains(&name);
            assert!(known, "{at}: {name:?} is {state:?}");
        }
        for name in PartName::ALL {
            assert_eq!(scene.part(name).records, records[&name], "{at}: {name:?}");
        }
        assert_eq!(scene.holes().len(), 1 + place.hanging.len(), "{at}");
        let dossier = scene.install.load(scene.number);
        assert_eq!(
            dossier.evidence.attempts.len(),
            4,
            "{at}: nothing is forgotten"
        );
        assert!(
            !dossier.evidence.facts.problems.is_empty(),
            "{at}: it is shown"
        );
        scene.forge.control().clear_faults();
        // The pause that a limit asks for is over, and what was refused is tried again.
        scene.clock.pass(601);
        assert!(scene.is_planned(), "{at}");
        scene.sync().await;
        assert_eq!(scene.holes(), [], "{at}: the next sync mends it");
    }
}

// [verifies PL-SYN-1]
#[tokio::test(flavor = "multi_thread")]
async fn a_busy_forge() {
    fails_and_keeps(status(503, &[], "busy"), "trouble of its own").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_falls() {
    fails_and_keeps(FaultKind::Drop, "did not answer").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_cut() {
    fails_and_keeps(FaultKind::CutBody { bytes: 50 }, "did not answer").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_never_comes() {
    fails_and_keeps(FaultKind::Hang, "no answer within").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_that_is_missing_is_named() {
    let headers = [("x-accepted-github-permissions", "actions=read")];
    let kind = status(403, &headers, "Resource not accessible by integration");
    fails_and_keeps(kind, "needs actions=read").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_found() {
    fails_and_keeps(
        status(404, &[], "Not Found"),
        "a private repository looks like this",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_revoked_on_the_way() {
    fails_and_keeps(status(401, &[], "Bad credentials"), "gh auth login").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_no_list() {
    fails_and_keeps(
        status(200, &[], "all is well"),
        "not what the API describes",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_answer_is_an_answer() {
    let scene = Scene::new().await;
    scene.fault("/activity", 1, FaultKind::Latency { millis: 60 });
    scene.sync().await;
    assert_eq!(scene.holes(), []);
}

/// Without anything from before, a failure leaves nothing that reads as a fact.
#[tokio::test(flavor = "multi_thread")]
async fn a_failure_on_the_first_sync_is_not_nothing() {
    let scene = Scene::new().await;
    scene.fault("/actions/runs?branch", 1, status(502, &[], "bad gateway"));
    scene.sync().await;
    let runs = scene.part(PartName::Runs);
    assert!(matches!(runs.state, PartState::Failed(_)));
    assert_eq!((runs.records, runs.checked_at), (None, None));
    for name in [PartName::Artifacts, PartName::Results, PartName::Checks] {
        assert!(scene.why(name).contains("holes"), "{name:?}");
    }
    // What failed is known; that all passed would not be.
    let verdicts = |number| -> Vec<Verdict> {
        let stages = scene.install.load(number).assessment.stages;
        [Stage::Change, Stage::Verify]
            .map(|s| stages[s.index()].verdict)
            .to_vec()
    };
    assert_eq!(verdicts(scene.number), [Verdict::Unknown, Verdict::Fail]);
    let truth = scene.forge.truth().open.clone();
    let pass = ("verify".to_owned(), "pass".to_owned());
    let green = truth.iter().find(|c| c.stages.contains(&pass)).unwrap();
    scene.fault("/actions/runs?branch", 1, status(502, &[], "bad gateway"));
    let sync = scene.install.engine.sync_change(green.number);
    sync.await.unwrap();
    assert_eq!(verdicts(green.number), [Verdict::Unknown, Verdict::Unknown]);
    let gaps = scene.install.load(green.number).assessment.gaps;
    assert!(
        gaps.iter()
            .any(|g| g.stage == Stage::Verify && words::gap(&g.why).contains("workflow runs")),
        "{gaps:?}"
    );
    scene
        .install
        .engine
        .sync_change(green.number)
        .await
        .unwrap();
    assert_eq!(verdicts(green.number), [Verdict::Pass, Verdict::Pass]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_stops_the_whole_sync_until_its_time() {
    for (code, headers) in [
        (403, vec![("retry-after", "60")]),
        (429, vec![("retry-after", "60")]),
        (
            403,
            vec![
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", "99999999999"),
            ],
        ),
    ] {
        let scene = Scene::new().await;
        let planned = scene.install.engine.rest(&Ask::default()).unwrap();
        let first = planned.iter().find_map(Item::change).unwrap();
        let limited = format!("/pulls/{first}/commits");
        scene.fault(
            &limited,
            1,
            status(code, &headers, "You have exceeded a secondary rate limit"),
        );
        scene.forge.control().clear_log();
        scene.install.engine.sync_all().await.unwrap();
        let sent = scene.forge.log();
        let refused = sent.iter().position(|e| e.status == code).unwrap();
        // What was under way may still be answered, and be followed by as many before the refusal is
        // read; what the changes that were begun still want, and all others, is not sent.
        let after = sent.len() - refused - 1;
        let most = 2 * proofline::forge::IN_FLIGHT;
        assert!(after < most, "{code}: {after} requests after the limit");
        let words = scene.install.part(first, PartName::Commits).state;
        assert!(
            matches!(&words, PartState::Failed(why) if why.what.contains("asks to wait until")),
            "{code}: {words:?}"
        );
        scene.forge.control().clear_log();
        assert!(scene.install.engine.sync_list().await.is_err());
        assert!(
            scene.forge.log().is_empty(),
            "{code}: asked during the pause"
        );
        let told =
            scene.install.reports.lock().unwrap().iter().any(
                |r| matches!(r, Report::Problem(p) if p.what.contains("the forge asked to wait")),
            );
        assert!(told, "{code}");
        if headers[0].0 == "retry-after" {
            scene.clock.pass(61);
            let rest = scene.install.engine.sync_all().await.unwrap();
            assert_eq!(rest, scene.forge.truth().open.len(), "{code}");
            assert_eq!(scene.holes(), [], "{code}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_artifact_is_said_and_not_asked_for_again() {
    let scene = Scene::new().await;
    scene.fault(
        "/actions/artifacts",
        1,
        status(410, &[], "Artifact has expired"),
    );
    scene.sync().await;
    let why = scene.why(PartName::Results);
    assert!(why.starts_with("partial: ") && why.contains("410"), "{why}");
    assert_eq!(scene.holes(), [PartName::Results]);
    let results = scene.part(PartName::Results).count;
    assert_eq!(results, scene.part(PartName::Artifacts).count - 1);
    assert!(!scene.is_planned());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_artifact_that_a_busy_forge_kept_is_fetched_the_next_time() {
    let scene = Scene::new().await;
    scene.fault("/actions/artifacts", 1, status(503, &[], "busy"));
    scene.sync().await;
    assert_eq!(scene.holes(), [PartName::Results]);
    assert!(scene.is_planned());
    scene.forge.control().clear_log();
    scene.sync().await;
    assert_eq!(scene.holes(), []);
    let zips = scene
        .forge
        .log()
        .iter()
        .filter(|e| e.path.ends_with("/zip"))
        .count();
    assert_eq!(zips, 1, "only the one that was missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_fail_are_taken_from_before() {
    let scene = Scene::new().await;
    scene.sync().await;
    let before = scene.install.load(scene.number);
    scene.fault("/actions/runs/", 2, status(503, &[], "busy"));
    scene.sync().await;
    scene.forge.control().clear_faults();
    let why = scene.why(PartName::Runs);
    assert!(
        why.starts_with("partial: ") && why.ends_with("next sync)"),
        "{why}"
    );
    let after = scene.install.load(scene.number);
    assert_eq!(after.evidence.facts.runs, before.evidence.facts.runs);
    assert!(scene.is_planned());
    scene.sync().await;
    assert_eq!(scene.holes(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn annotations_that_fail_are_said_and_asked_for_again() {
    let scene = Scene::new().await;
    let refused = FaultKind::When {
        skip: 0,
        holds: Some("query Annotations".to_owned()),
        accept: None,
        kind: Box::new(status(502, &[], "busy")),
    };
    scene
        .forge
        .control()
        .fault(Fault::next("/graphql", refused));
    scene.fault("/check-runs/", 2, status(503, &[], "busy"));
    scene.sync().await;
    scene.forge.control().clear_faults();
    let why = scene.why(PartName::Checks);
    assert!(
        why.starts_with("partial: ") && why.ends_with("next sync)"),
        "{why}"
    );
    let lack = || {
        let checks = scene.install.load(scene.number).evidence.facts.checks;
        let lacking = checks
            .into_iter()
            .filter(|c| (c.annotations.len() as u64) < c.annotations_count);
        lacking.count()
    };
    assert_eq!(lack(), 2);
    assert!(scene.is_planned());
    scene.sync().await;
    assert_eq!((scene.holes(), lack()), (vec![], 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn git_that_fails_keeps_what_it_knew() {
    let scene = Scene::new().await;
    scene.sync().await;
    let before = scene.part(PartName::Git);
    let head = scene.forge.control().push_commit(scene.number).unwrap();
    let (owner, name) = scene.forge.repo();
    let git = format!("/{owner}/{name}.git");
    let fault = Fault {
        times: 99,
        ..Fault::next(git, status(503, &[], "busy"))
    };
    scene.forge.control().fault(fault);
    scene.fault("/compare/", 99, status(503, &[], "busy"));
    scene.sync().await;
    let after = scene.part(PartName::Git);
    assert!(
        matches!(&after.state, PartState::Failed(why) if why.what.contains("git could not fetch")),
        "{:?}",
        after.state
    );
    assert_eq!(after.records, before.records);
    let dossier = scene.install.load(scene.number);
    assert_eq!(dossier.evidence.head().as_str(), head);
    assert_eq!(dossier.evidence.attempts.len(), 5);
    scene.forge.control().clear_faults();
    scene.sync().await;
    let git = scene.part(PartName::Git);
    assert_eq!(git.state, PartState::Complete);
}
