//! A range of a repository on disk, without any forge.

mod arriving;

use std::path::Path;

use git2::{Oid, Repository, Signature, Time};
use proofline::{
    app::words,
    decide::Dossier,
    evidence::{CellState, Label, trace},
    model::{
        Attention, FileStatus, LinkClass, PartName, PartState, ReqId, SpecFormat, Stage, TestKey,
        Timestamp, Trust, Verdict,
    },
    query::{self, LocalInput, QueryError},
    repo::RepoError,
};
use tempfile::TempDir;

const PLAIN: &str = "# Payments\n\n### REQ-PAY-1 Charges once\n\nA retried charge must not charge twice.\n\n### REQ-PAY-2 Refunds\n\nA refund must name its charge.\n";
const OPENSPEC: &str = "# capture Specification\n\n## Requirements\n\n### Requirement: Capture amount\nThe service SHALL capture at most the authorised amount.\n\n#### Scenario: Too much\n- **WHEN** more is captured\n- **THEN** it is refused\n";
const KIRO: &str = "# Requirements Document\n\n## Requirements\n\n### Requirement 1\n\n**User Story:** As a clerk, I want refunds, so that money goes back.\n\n#### Acceptance Criteria\n\n1. WHEN a refund is asked for THEN the system SHALL answer within a day\n";
const TESTS: &str = "use shop::charge;\n\n// [verifies REQ-PAY-1]\n#[test]\nfn charges_once() {\n    assert_eq!(charge(), 1);\n}\n\n#[test]\nfn req_pay_2_refund_names_its_charge() {\n    assert!(true);\n}\n";
const JUNIT: &str = r#"<?xml version="1.0"?>
<testsuites tests="2" failures="1"><testsuite name="shop::charges" tests="2" failures="1">
<testcase name="charges_once" classname="shop::charges" time="0.1"><failure message="assertion failed: left 2, right 1">thread 'charges_once' panicked at tests/charges.rs:6:5:
assertion `left == right` failed</failure></testcase>
<testcase name="req_pay_2_refund_names_its_charge" classname="shop::charges" time="0.1"/>
</testsuite></testsuites>"#;

const NOW: Timestamp = Timestamp(1_790_001_000);

struct Project {
    folder: TempDir,
    git: Repository,
    made: i64,
}

impl Project {
    fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = git2::RepositoryInitOptions::new();
        let git = Repository::init_opts(folder.path(), options.initial_head("main")).unwrap();
        Self {
            folder,
            git,
            made: 0,
        }
    }

    /// A project with specs of three kinds, and a change that the branch brings.
    fn new() -> (Self, Oid, Oid) {
        let mut project = Self::empty();
        let base = project.commit(
            "Start",
            &[
                ("docs/spec/payments.md", PLAIN),
                ("openspec/specs/capture/spec.md", OPENSPEC),
                (".kiro/specs/refunds/requirements.md", KIRO),
                ("src/lib.rs", "pub fn charge() -> u32 {\n    1\n}\n"),
            ],
        );
        let head = project.commit(
            "Charge with a key\n\nREQ-PAY-1 asks for it.",
            &[
                ("src/lib.rs", "pub fn charge() -> u32 {\n    2\n}\n"),
                ("tests/charges.rs", TESTS),
            ],
        );
        (project, base, head)
    }

    fn commit(&mut self, message: &str, files: &[(&str, &str)]) -> Oid {
        self.made += 1;
        for (path, text) in files {
            let path = self.folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let mut index = self.git.index().unwrap();
        index
            .add_all(["*"], git2::IndexAddOption::DEFAULT, None)
            .unwrap();
        index.write().unwrap();
        let tree = self.git.find_tree(index.write_tree().unwrap()).unwrap();
        let time = Time::new(1_790_000_000 + self.made * 60, 0);
        let author = Signature::new("Mira", "mira@acme.example", &time).unwrap();
        let parent = self.git.head().ok().map(|h| h.peel_to_commit().unwrap());
        let parents: Vec<_> = parent.iter().collect();
        self.git
            .commit(Some("HEAD"), &author, &author, message, &tree, &parents)
            .unwrap()
    }

    fn input(&self, range: Option<&str>, results: &[&Path]) -> LocalInput {
        LocalInput {
            folder: self.folder.path().to_owned(),
            range: range.map(str::to_owned),
            results: results.iter().map(|p| (*p).to_owned()).collect(),
        }
    }

    fn load(&self, range: Option<&str>, results: &[&Path]) -> Result<Dossier, QueryError> {
        query::local(&self.input(range, results), NOW)
    }
}

fn key(name: &str) -> TestKey {
    TestKey::join("shop::charges", name)
}

fn verdict(dossier: &Dossier, stage: Stage) -> Verdict {
    dossier.assessment.stages[stage.index()].verdict
}

#[test]
fn a_failed_test_leads_to_the_requirement_it_protects() {
    let (project, base, head) = Project::new();
    let results = project.folder.path().join("junit.xml");
    std::fs::write(&results, JUNIT).unwrap();
    let range = format!("{base}..{head}");
    let dossier = project.load(Some(&range), &[&results]).unwrap();
    let evidence = &dossier.evidence;
    assert!(
        evidence.facts.problems.is_empty(),
        "{:?}",
        evidence.facts.problems
    );
    assert_eq!(evidence.facts.commits.len(), 1);
    assert_eq!(evidence.head().to_string(), head.to_string());

    let found = trace::of_test(evidence, &key("charges_once")).unwrap();
    assert_eq!(found.verdict, Verdict::Fail);
    assert!(found.text.contains("tests/charges.rs:6"), "{}", found.text);
    let place = found.place.unwrap();
    assert_eq!(
        (place.file.as_str(), place.line),
        ("tests/charges.rs", 5),
        "{}",
        place.basis
    );
    let [traced] = &found.requirements[..] else {
        panic!("{:?}", found.requirements);
    };
    assert_eq!(traced.link.basis, "annotation tests/charges.rs:3");
    assert_eq!(traced.link.class, LinkClass::B);
    let requirement = traced.requirement.as_ref().unwrap();
    assert_eq!(requirement.id, ReqId::new("REQ-PAY-1"));
    assert_eq!(
        (requirement.file.as_str(), requirement.line),
        ("docs/spec/payments.md", 3)
    );
    assert_eq!(requirement.text, "A retried charge must not charge twice.");
    assert_eq!(requirement.title, "Charges once");

    let by_name = trace::of_test(evidence, &key("req_pay_2_refund_names_its_charge")).unwrap();
    assert_eq!(by_name.requirements[0].link.class, LinkClass::C);
    assert_eq!(by_name.attempts[0].state, CellState::Pass);

    assert_eq!(verdict(&dossier, Stage::Verify), Verdict::Fail);
    assert_eq!(verdict(&dossier, Stage::Intent), Verdict::Pass);
    let labels: Vec<Label> = evidence.responses[0].iter().map(|r| r.label).collect();
    assert!(labels.contains(&Label::CodeFix), "{labels:?}");
    // What the user says of a file is the user's word.
    let tests = evidence
        .graph
        .nodes
        .iter()
        .filter(|n| n.stage == Stage::Verify);
    assert!(tests.clone().count() > 0);
    assert!(tests.clone().all(|n| n.source.trust == Trust::SelfReported));
    assert!(
        tests
            .clone()
            .any(|n| n.attention.contains(&Attention::SelfReported))
    );
}

#[test]
fn specs_of_every_kind_are_read() {
    let (project, base, head) = Project::new();
    let dossier = project.load(Some(&format!("{base}..{head}")), &[]).unwrap();
    let specs = &dossier.evidence.facts.git.specs[dossier.evidence.head()];
    let found: Vec<(SpecFormat, &str)> =
        specs.iter().map(|r| (r.format, r.file.as_str())).collect();
    for meant in [
        (SpecFormat::PlainIds, "docs/spec/payments.md"),
        (SpecFormat::OpenSpec, "openspec/specs/capture/spec.md"),
        (SpecFormat::Kiro, ".kiro/specs/refunds/requirements.md"),
    ] {
        assert!(found.contains(&meant), "{meant:?} in {found:?}");
    }
    assert!(
        specs
            .iter()
            .any(|r| r.id.as_str() == "capture/Capture amount")
    );
}

#[test]
fn without_results_nothing_is_verified() {
    let (project, base, head) = Project::new();
    let dossier = project.load(Some(&format!("{base}..{head}")), &[]).unwrap();
    assert_eq!(verdict(&dossier, Stage::Verify), Verdict::Missing);
    let state = dossier.evidence.facts.part(PartName::Results);
    assert!(matches!(state, PartState::Absent(_)), "{state:?}");
}

#[test]
fn results_that_cannot_be_read_are_a_problem_and_no_pass() {
    let (project, base, head) = Project::new();
    let range = format!("{base}..{head}");
    let broken = project.folder.path().join("broken.xml");
    std::fs::write(&broken, "<testsuites><testsuite><testcase name=").unwrap();
    let gone = project.folder.path().join("gone.xml");
    let dossier = project.load(Some(&range), &[&broken, &gone]).unwrap();
    let places: Vec<&str> = dossier
        .evidence
        .facts
        .problems
        .iter()
        .map(|p| p.place.as_str())
        .collect();
    assert!(places.iter().any(|p| p.ends_with("gone.xml")), "{places:?}");
    assert!(
        places.iter().any(|p| p.contains("broken.xml")),
        "{places:?}"
    );
    assert_ne!(verdict(&dossier, Stage::Verify), Verdict::Pass);
}

#[test]
fn a_repository_without_a_commit_says_so() {
    let error = Project::empty().load(None, &[]).unwrap_err();
    assert!(
        matches!(error, QueryError::Repo(RepoError::Empty)),
        "{error:?}"
    );
}

#[test]
fn the_first_commit_is_shown_against_nothing() {
    let mut project = Project::empty();
    let only = project.commit(
        "Start",
        &[
            ("docs/spec/payments.md", PLAIN),
            ("src/lib.rs", "pub fn a() {}\n"),
        ],
    );
    let dossier = project.load(None, &[]).unwrap();
    let facts = &dossier.evidence.facts;
    assert_eq!(facts.problems, []);
    assert_eq!(facts.pr.head_sha.to_string(), only.to_string());
    assert_eq!(facts.commits.len(), 1);
    assert_eq!(facts.pr.labels, ["the first commit"]);
    let total = facts.git.total.as_ref().unwrap();
    let paths: Vec<&str> = total.files.iter().map(|f| f.path.as_str()).collect();
    assert_eq!(paths, ["docs/spec/payments.md", "src/lib.rs"]);
    assert!(total.files.iter().all(|f| f.status == FileStatus::Added));
    assert_eq!(
        verdict(&dossier, Stage::Intent),
        Verdict::Pass,
        "the spec is added"
    );
}

#[test]
fn what_only_a_forge_has_is_no_blocker() {
    let (project, base, head) = Project::new();
    let dossier = project.load(Some(&format!("{base}..{head}")), &[]).unwrap();
    let blocked = |stage: Stage| dossier.assessment.gaps.iter().any(|g| g.stage == stage);
    for stage in [Stage::Secure, Stage::Review, Stage::Attest, Stage::Deliver] {
        assert!(!blocked(stage), "{stage:?}: {:?}", dossier.assessment.gaps);
        assert_eq!(
            verdict(&dossier, stage),
            Verdict::NotApplicable,
            "{stage:?}"
        );
    }
    assert!(blocked(Stage::Verify), "no results are a gap all the same");
}

#[test]
fn links_to_ids_that_nobody_defines_are_counted_apart() {
    let (project, base, head) = Project::new();
    let results = project.folder.path().join("junit.xml");
    let text = JUNIT.replace(
        "<failure message",
        "<properties><property name=\"requirements\" value=\"REQ-PAY-1 GONE-9\"/></properties><failure message",
    );
    std::fs::write(&results, text).unwrap();
    let dossier = project
        .load(Some(&format!("{base}..{head}")), &[&results])
        .unwrap();
    let (known, unknown) = trace::link_counts(&dossier.evidence);
    let table = trace::coverage(&dossier.evidence, true);
    assert_eq!(known, table.iter().map(|c| c.tests.len()).sum::<usize>());
    assert_eq!((known, unknown), (2, 1));
}

#[test]
fn a_folder_without_a_repository_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let input = LocalInput {
        folder: folder.path().to_owned(),
        range: None,
        results: Vec::new(),
    };
    let error = query::local(&input, Timestamp(0)).unwrap_err();
    assert!(
        matches!(error, QueryError::Repo(RepoError::NotARepository { .. })),
        "{error:?}"
    );
}

#[test]
fn without_an_upstream_the_last_commits_are_the_range() {
    let (mut project, ..) = Project::new();
    let newest = project.commit("Say more", &[("README.md", "# Shop\n")]);
    let dossier = project.load(None, &[]).unwrap();
    let facts = &dossier.evidence.facts;
    assert_eq!(facts.pr.head_sha.to_string(), newest.to_string());
    assert!(facts.commits.len() >= 2, "{}", facts.commits.len());
    assert_eq!(facts.pr.title, "Say more");
    assert!(
        !facts.pr.labels[0].is_empty(),
        "how the range was chosen is said"
    );
}

#[test]
fn an_upstream_gives_the_base() {
    let (project, base, head) = Project::new();
    let git = &project.git;
    git.remote("origin", "https://github.com/acme/shop.git")
        .unwrap();
    git.reference("refs/remotes/origin/main", base, true, "test")
        .unwrap();
    let mut branch = git.find_branch("main", git2::BranchType::Local).unwrap();
    branch.set_upstream(Some("origin/main")).unwrap();
    let dossier = project.load(None, &[]).unwrap();
    let facts = &dossier.evidence.facts;
    assert_eq!(facts.pr.base_sha.to_string(), base.to_string());
    assert_eq!(facts.pr.head_sha.to_string(), head.to_string());
    assert_eq!(facts.commits.len(), 1);
}

#[test]
fn a_range_that_names_nothing_says_what() {
    let (project, base, _) = Project::new();
    let error = project.load(Some("nowhere..HEAD"), &[]).unwrap_err();
    assert!(error.to_string().contains("nowhere"), "{error}");
    let error = project
        .load(Some(&format!("{base}..{base}")), &[])
        .unwrap_err();
    assert!(
        matches!(error, QueryError::Repo(RepoError::EmptyRange { .. })),
        "{error:?}"
    );
}

#[test]
fn a_requirement_that_the_range_loosens_is_told() {
    let (mut project, _, head) = Project::new();
    let looser = OPENSPEC.replace("SHALL", "SHOULD");
    project.commit("Loosen", &[("openspec/specs/capture/spec.md", &looser)]);
    let dossier = project.load(Some(&format!("{head}..HEAD")), &[]).unwrap();
    let told = dossier
        .assessment
        .gaps
        .iter()
        .any(|g| words::gap(&g.why).contains("loosened"));
    assert!(told, "{:?}", dossier.assessment.gaps);
}

#[test]
fn what_a_range_does_to_tests_is_said_as_it_is() {
    let (mut project, _, head) = Project::new();
    let more = TESTS.replace(
        "    assert_eq!(charge(), 1);\n",
        "    assert_eq!(charge(), 1);\n    assert_eq!(charge(), 1);\n",
    );
    let allowed = "#![allow(dead_code)]\npub fn charge() -> u32 {\n    2\n}\n";
    project.commit(
        "Check more",
        &[("tests/charges.rs", &more), ("src/lib.rs", allowed)],
    );
    let dossier = project.load(Some(&format!("{head}..HEAD")), &[]).unwrap();
    let labels: Vec<Label> = dossier.evidence.responses[0]
        .iter()
        .map(|r| r.label)
        .collect();
    // Nobody weakened that test before, so that nothing is restored.
    assert!(labels.contains(&Label::TestStrengthened), "{labels:?}");
    assert!(!labels.contains(&Label::TestRestored), "{labels:?}");
    assert!(labels.contains(&Label::SuppressionAdded), "{labels:?}");
    let change = &dossier.assessment.stages[Stage::Change.index()];
    assert_eq!(change.attention, [Attention::SuppressionAdded]);
}
