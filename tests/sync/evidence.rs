//! Evidence that lies in files: artifacts told by name and content, reports of scanners, bundles of
//! attestations; and what hangs on issues and environments.

use std::collections::BTreeMap;

use proofline::{
    demo::{Act, Fault, FaultKind},
    model::{ChangeFacts, CheckRun, EvidenceKind, PartName, PartState, PrNumber, RepoPart},
    query,
};

use super::Scene;
use crate::support::install::Install;

/// A run of the change's newest head.
fn run_of_head(facts: &ChangeFacts) -> u64 {
    let runs = facts.runs.iter();
    let of_head = runs.filter(|r| r.head_sha == facts.pr.head_sha);
    of_head.map(|r| r.id).max().unwrap()
}

/// Lets a run leave an artifact, and gives its id.
fn leave(
    scene: &Scene,
    run: u64,
    name: &str,
    files: &[(&str, &str)],
    (attested, apart): (bool, bool),
) -> u64 {
    let files: BTreeMap<String, String> = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    let act = Act::Leave {
        run,
        name: name.to_owned(),
        files,
        attested,
        bundle_apart: apart,
    };
    scene.forge.control().act(act).unwrap()["artifact"]
        .as_u64()
        .unwrap()
}

fn repo(scene: &Scene) -> String {
    let (owner, name) = scene.forge.repo();
    format!("/repos/{owner}/{name}")
}

async fn read(scene: &Scene) -> ChangeFacts {
    scene
        .install
        .engine
        .sync_change(scene.number)
        .await
        .unwrap();
    scene.install.load(scene.number).evidence.facts
}

const CTRF: &str = r#"{ "reportFormat": "CTRF", "specVersion": "1.0.0", "results": { "tool": { "name": "vitest" },
    "summary": { "tests": 2, "passed": 1, "failed": 1, "pending": 0, "skipped": 0, "other": 0, "start": 1, "stop": 2 },
    "tests": [ { "name": "pays", "suite": "web", "status": "passed", "duration": 4 },
               { "name": "says why a card was refused", "suite": "web", "status": "failed", "duration": 9, "message": "quokka" } ] } }"#;
const SARIF: &str = r#"{ "version": "2.1.0", "runs": [ { "tool": { "driver": { "name": "Semgrep" } },
    "results": [ { "ruleId": "numbat", "message": { "text": "weak" } } ] } ] }"#;

#[tokio::test(flavor = "multi_thread")]
async fn files_of_evidence_are_told_by_their_content_and_kept_once() {
    let scene = Scene::new().await;
    let before = read(&scene).await;
    let run = run_of_head(&before);
    let coverage = before.files.iter().find(|f| f.path == "lcov.info").unwrap();
    assert_eq!(coverage.kind, EvidenceKind::Lcov);
    // A name that says nothing, with files that say all; and one that promises what it does not hold.
    let bundle = r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","dsseEnvelope":{"payload":""}}"#;
    let odd = leave(
        &scene,
        run,
        "stuff",
        &[
            ("deep/report.json", CTRF),
            ("scan.sarif", SARIF),
            ("copy.json", SARIF),
            ("a.sigstore", bundle),
            ("package.json", "{\"name\":\"x\"}"),
            ("notes.md", "# no evidence"),
        ],
        (false, false),
    );
    let cut = leave(
        &scene,
        run,
        "junit-late",
        &[
            ("junit.xml", "<testsuites><testsuite>"),
            ("page.xml", "<html/>"),
        ],
        (false, false),
    );
    let after = read(&scene).await;
    let of = |artifact: u64| -> Vec<(&str, EvidenceKind)> {
        let files = after.files.iter().filter(|f| f.artifact == artifact);
        files.map(|f| (f.path.as_str(), f.kind)).collect()
    };
    assert_eq!(
        of(odd),
        [
            ("a.sigstore", EvidenceKind::Bundle),
            ("copy.json", EvidenceKind::Sarif),
            ("deep/report.json", EvidenceKind::Ctrf),
            ("scan.sarif", EvidenceKind::Sarif),
        ]
    );
    let twins: Vec<_> = after
        .files
        .iter()
        .filter(|f| f.kind == EvidenceKind::Sarif)
        .collect();
    assert_eq!(twins[0].digest, twins[1].digest);
    // The tests of the CTRF file stand beside those of JUnit, at the same head.
    let mut all = after
        .reports
        .iter()
        .flat_map(|r| r.cases.iter().map(move |c| (r, c)));
    let (report, _) = all.find(|(_, c)| c.message == "quokka").unwrap();
    assert_eq!(report.origin.head, after.pr.head_sha);
    assert!(
        after
            .scans
            .iter()
            .any(|s| s.tool == "Semgrep" && s.results.len() == 1)
    );
    // What is broken is said, and hides none of the others.
    let said = |place: &str| after.problems.iter().any(|p| p.place.contains(place));
    assert!(
        said("junit.xml in junit-late") && said("page.xml in junit-late"),
        "{:#?}",
        after.problems
    );
    assert_eq!(of(cut).len(), 2);
    assert_eq!(scene.holes(), []);
    // All of it can be found.
    for word in ["quokka", "numbat"] {
        assert!(
            !scene
                .install
                .engine
                .cache
                .search(word, 10)
                .unwrap()
                .0
                .is_empty(),
            "{word}"
        );
    }
    scene.judged();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_artifact_of_an_unknown_name_is_left_alone() {
    let scene = Scene::new().await;
    let run = run_of_head(&read(&scene).await);
    // Digits that do not repeat, so that the zip stays large.
    let noise: String = (0_u64..60_000)
        .map(|n| format!("{:016x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
        .collect();
    let large = leave(&scene, run, "dump", &[("a.json", &noise)], (false, false));
    scene.forge.control().clear_log();
    let facts = read(&scene).await;
    let artifact = facts.artifacts.iter().find(|a| a.id == large).unwrap();
    assert!(artifact.size > 256 << 10, "{}", artifact.size);
    let path = format!("/actions/artifacts/{large}/zip");
    assert!(!scene.forge.log().iter().any(|e| e.path.contains(&path)));
    assert_eq!(scene.holes(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn scans_are_read_with_their_reports_once() {
    let scene = Scene::new().await;
    let facts = read(&scene).await;
    let heads: Vec<_> = facts
        .analyses
        .iter()
        .map(|a| a.commit.clone().unwrap())
        .collect();
    assert_eq!(heads.len(), 2);
    assert_eq!(heads[0], facts.pr.head_sha, "newest first");
    for analysis in &facts.analyses {
        assert!(analysis.report.is_some() && analysis.error.is_empty());
        let name = format!("analysis/{}", analysis.id);
        let scan = facts
            .scans
            .iter()
            .find(|s| s.file.starts_with(&name))
            .unwrap();
        assert!(scan.looked && !scan.failed);
        assert_eq!(scan.results.len() as u64, analysis.results);
        assert_eq!(scan.rules, analysis.rules);
    }
    let alert = facts.alerts.first().unwrap();
    let found = &facts.scans[0].results[0];
    assert_eq!((&found.rule, &found.path), (&alert.rule, &alert.path));
    // A report never changes: it is not asked for again.
    scene.forge.control().clear_log();
    read(&scene).await;
    let log = scene.forge.log();
    let asked = log
        .iter()
        .filter(|e| e.path.contains("/code-scanning/analyses"));
    let answers: Vec<_> = asked.map(|e| e.status).collect();
    assert_eq!(answers, [304]);
    scene.judged();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_cannot_be_had_is_said_and_asked_for_again() {
    let scene = Scene::new().await;
    let broken = FaultKind::Refuse { status: 502 };
    let fault = Fault::next(format!("{}/code-scanning/analyses/", repo(&scene)), broken);
    scene.forge.control().fault(fault);
    let facts = read(&scene).await;
    let missing = facts.analyses.iter().filter(|a| a.report.is_none()).count();
    assert_eq!((facts.analyses.len(), missing), (2, 1));
    let row = scene.install.part(scene.number, PartName::Analyses);
    assert!(
        matches!(&row.state, state @ PartState::Partial(_) if state.words().unwrap().contains("502")),
        "{row:?}"
    );
    assert_eq!(read(&scene).await.scans.len(), 2);
    assert_eq!(scene.holes(), []);
}

/// An artifact, and of each of its attestations the predicate and whether the bundle is kept.
type Named = (String, Vec<(Option<String>, bool)>);

/// What attests the change's built artifacts.
fn attested(facts: &ChangeFacts) -> Vec<Named> {
    let mut all: Vec<_> = facts
        .attested
        .iter()
        .map(|a| {
            let of = a.attestations.iter();
            let of = of.map(|b| (b.predicate.clone(), b.bundle.is_some()));
            (a.name.clone(), of.collect())
        })
        .collect();
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn attestations_are_kept_one_by_one_and_in_bulk() {
    let scene = Scene::new().await;
    let run = run_of_head(&read(&scene).await);
    let provenance = Some("https://slsa.dev/provenance/v1".to_owned());
    leave(
        &scene,
        run,
        "payments-linux",
        &[("payments", "elf")],
        (true, false),
    );
    leave(
        &scene,
        run,
        "payments-macos",
        &[("payments", "macho")],
        (false, false),
    );
    scene.forge.control().clear_log();
    let kept = (provenance, true);
    let one_by_one = [
        ("payments-linux".to_owned(), vec![kept.clone()]),
        ("payments-macos".to_owned(), vec![]),
    ];
    assert_eq!(attested(&read(&scene).await), one_by_one);
    let asked = |part: &str| -> Vec<(String, u16)> {
        let log = scene.forge.log();
        let of = log.iter().filter(|e| e.path.contains(part));
        let mut all: Vec<_> = of.map(|e| (e.method.clone(), e.status)).collect();
        all.sort();
        all
    };
    let get = |status| ("GET".to_owned(), status);
    assert_eq!(asked("attestations"), [get(200), get(404)]);
    // Nothing new costs nothing, but for the one that is not there.
    scene.forge.control().clear_log();
    assert_eq!(attested(&read(&scene).await), one_by_one);
    assert_eq!(asked("attestations"), [get(304), get(404)]);
    // The third is one too many to ask for each; its bundle is given by its address only.
    leave(
        &scene,
        run,
        "payments-windows",
        &[("payments", "pe")],
        (true, true),
    );
    scene.forge.control().clear_log();
    let facts = read(&scene).await;
    let all = attested(&facts);
    assert_eq!(all[..2], one_by_one);
    assert_eq!(all[2], ("payments-windows".to_owned(), vec![kept]));
    let bulk: Vec<_> = asked("bulk-list");
    assert_eq!(bulk, [("POST".to_owned(), 200)]);
    // What lies there is the bundle, byte for byte.
    let repo = scene.install.engine.row().unwrap().id;
    let files = scene
        .install
        .engine
        .cache
        .kept_files(repo, scene.number, "attestation/")
        .unwrap();
    assert_eq!(files.len(), 2);
    for file in files {
        let bundle: serde_json::Value = serde_json::from_slice(&file.bytes).unwrap();
        assert!(bundle["dsseEnvelope"]["payload"].is_string());
    }
    assert_eq!(scene.holes(), []);
    scene.judged();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_that_cannot_be_had_is_counted_and_said() {
    let scene = Scene::new().await;
    let run = run_of_head(&read(&scene).await);
    leave(
        &scene,
        run,
        "payments-linux",
        &[("payments", "elf")],
        (true, true),
    );
    let fault = Fault::next("storage:/attestations/", FaultKind::Refuse { status: 503 });
    scene.forge.control().fault(fault);
    let facts = read(&scene).await;
    assert_eq!(
        attested(&facts),
        [("payments-linux".to_owned(), vec![(None, false)])]
    );
    let row = scene.install.part(scene.number, PartName::Attestations);
    assert!(
        matches!(&row.state, state @ PartState::Partial(_) if state.words().unwrap().contains("503")),
        "{row:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_come_with_what_stands_above_and_below_them() {
    let scene = Scene::new().await;
    scene.install.engine.sync_all().await.unwrap();
    let open: Vec<PrNumber> = scene.forge.truth().open.iter().map(|c| c.number).collect();
    let mut above = Vec::new();
    for number in open {
        let facts = scene.install.load(number).evidence.facts;
        for issue in facts.issues {
            above.extend(issue.parent.map(|p| (issue.number, p.number, p.title)));
            for part in &issue.sub_issues {
                assert!(!part.title.is_empty() && !part.state.is_empty());
            }
        }
    }
    assert!(!above.is_empty());
    assert!(
        above.iter().all(|(_, _, title)| !title.is_empty()),
        "{above:?}"
    );
    scene.judged();
}

#[tokio::test(flavor = "multi_thread")]
async fn gates_of_environments_are_read() {
    let scene = Scene::new().await;
    let install: &Install = &scene.install;
    let parts = RepoPart::ALL.len();
    for _ in 0..parts {
        install.engine.sync_all().await.unwrap();
    }
    let row = install.engine.row().unwrap();
    let facts = query::repository(&install.engine.cache, &row).unwrap();
    assert_eq!(facts.part(RepoPart::Environments), PartState::Complete);
    let gated: Vec<_> = facts
        .environments
        .iter()
        .filter(|e| e.gates.iter().any(|g| g.enabled && g.app == "rollout-gate"))
        .map(|e| e.name.as_str())
        .collect();
    assert_eq!(gated, ["production"]);
    scene.judged();
}

#[tokio::test(flavor = "multi_thread")]
async fn annotations_come_together_once_and_are_those_that_come_one_by_one() {
    let scene = Scene::new().await;
    let together = read(&scene).await.checks;
    let asked = || -> Vec<u16> {
        let log = scene.forge.log();
        let of = log
            .iter()
            .filter(|e| e.path.ends_with("/annotations?per_page=100"));
        of.map(|e| e.status).collect()
    };
    assert_eq!(asked(), [0_u16; 0]);
    let annotated = together
        .iter()
        .filter(|c| !c.annotations.is_empty())
        .count();
    assert!(annotated > 3, "{annotated}");
    let whole = |c: &CheckRun| c.annotations.len() as u64 == c.annotations_count;
    assert!(together.iter().all(whole));
    // Who may not ask GraphQL asks for each, and reads the same.
    for refused in [true, false] {
        let stranger = if refused {
            Install::new(&scene.forge)
        } else {
            Install::with_token(&scene.forge, None)
        };
        stranger.engine.sync_list().await.unwrap();
        if refused {
            let broken = FaultKind::When {
                skip: 0,
                holds: Some("query Annotations".to_owned()),
                accept: None,
                kind: Box::new(FaultKind::Refuse { status: 502 }),
            };
            scene.forge.control().fault(Fault::next("/graphql", broken));
        }
        scene.forge.control().clear_log();
        stranger.engine.sync_change(scene.number).await.unwrap();
        let one_by_one = stranger.load(scene.number).evidence.facts.checks;
        assert_eq!(one_by_one, together);
        assert_eq!(asked(), vec![200; annotated]);
    }
    // What is known is not asked for again.
    scene.forge.control().clear_log();
    assert_eq!(read(&scene).await.checks, together);
    let queries = scene.forge.log().into_iter().filter(|e| {
        let body = e.request_body.as_ref().map(ToString::to_string);
        body.is_some_and(|b| b.contains("query Annotations"))
    });
    assert_eq!((asked().len(), queries.count()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_small_artifacts_of_unknown_names_a_few_are_looked_into() {
    let scene = Scene::new().await;
    let run = run_of_head(&read(&scene).await);
    let made: Vec<u64> = (0..44)
        .map(|n| {
            let name = format!("log-{n}");
            leave(&scene, run, &name, &[("a.txt", "nothing")], (false, false))
        })
        .collect();
    for round in 0..2 {
        scene.forge.control().clear_log();
        read(&scene).await;
        let zip = |id: &u64| format!("/actions/artifacts/{id}/zip");
        let log = scene.forge.log();
        let asked = made
            .iter()
            .filter(|id| log.iter().any(|e| e.path.ends_with(&zip(id))));
        assert_eq!(asked.count(), if round == 0 { 40 } else { 0 });
        assert_eq!(
            scene.holes(),
            [PartName::Results],
            "four were not looked into"
        );
    }
}
