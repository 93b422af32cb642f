//! What of a range is shown first, and what stands in the way of the rest.

use proofline::{
    app::words,
    decide::Dossier,
    evidence::Label,
    model::{PartName, PartState, Stage, Verdict},
    query::{self, LocalInput, QueryError},
    repo::RepoError,
};

use super::{JUNIT, NOW, Project, TESTS, verdict};

#[test]
fn what_is_shown_first_says_nothing_of_contents() {
    let (project, base, head) = Project::new();
    let results = project.folder.path().join("junit.xml");
    std::fs::write(&results, JUNIT).unwrap();
    let input = project.input(Some(&format!("{base}..{head}")), &[&results]);
    let first = query::local_first(&input, NOW).unwrap();
    let whole = query::local(&input, NOW).unwrap();
    let facts = |dossier: &Dossier| dossier.evidence.facts.clone();
    assert_eq!(facts(&first).commits, facts(&whole).commits);
    let paths = |dossier: &Dossier| -> Vec<String> {
        let total = dossier.evidence.facts.git.total.clone().unwrap();
        total.files.into_iter().map(|f| f.path).collect()
    };
    assert_eq!(paths(&first), paths(&whole));
    let state = facts(&first).part(PartName::Git);
    assert_eq!(state.hole(), Some("contents are still being read"));
    assert_eq!(facts(&first).problems.len(), 1, "among the problems too");
    assert_eq!(facts(&whole).problems, []);
    assert_eq!(facts(&whole).part(PartName::Git), PartState::Complete);
    assert_eq!(first.evidence.responses[0][0].label, Label::Unknown);
    assert!(!first.assessment.risk.known);
    for stage in [Stage::Intent, Stage::Change] {
        assert_eq!(verdict(&first, stage), Verdict::Unknown, "{stage:?}");
    }
    let nodes = &first.evidence.graph.nodes;
    let said = nodes.iter().map(words::title_of);
    let unread = "difference not known: contents are still being read";
    assert!(said.into_iter().any(|t| t == unread));
    // What does not rest on contents is the same at once; nothing passes that does not pass in the end.
    assert_eq!(
        verdict(&first, Stage::Verify),
        verdict(&whole, Stage::Verify)
    );
    for stage in Stage::ALL {
        if verdict(&first, stage) == Verdict::Pass {
            assert_eq!(verdict(&whole, stage), Verdict::Pass, "{stage:?}");
        }
    }
}

#[test]
fn attributes_do_not_decide_what_is_read() {
    let (mut project, _, head) = Project::new();
    let weaker = TESTS.replace("assert_eq!(charge(), 1)", "assert!(charge() > 0)");
    assert_ne!(weaker, TESTS);
    let weakened = project.commit(
        "Change a test",
        &[
            (".gitattributes", "*.rs -diff\n*.yml binary\n"),
            ("tests/charges.rs", &weaker),
        ],
    );
    let range = format!("{head}..{weakened}");
    let dossier = project.load(Some(&range), &[]).unwrap();
    let labels: Vec<Label> = dossier.evidence.responses[0]
        .iter()
        .map(|r| r.label)
        .collect();
    assert!(labels.contains(&Label::TestWeakened), "{labels:?}");
    let total = dossier.evidence.facts.git.total.as_ref().unwrap();
    assert!(total.files.iter().all(|f| !f.binary && f.additions > 0));
    let input = project.input(Some(&range), &[]);
    let files = query::local_diff(&input, &total.from, &total.to).unwrap();
    assert!(files.iter().all(|f| !f.hunks.is_empty()));
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_utf_8_hides_nothing_else() {
    use std::os::unix::ffi::OsStrExt as _;
    let (mut project, base, _) = Project::new();
    let strange = project
        .folder
        .path()
        .join(std::ffi::OsStr::from_bytes(b"a\xff"));
    std::fs::create_dir_all(&strange).unwrap();
    std::fs::write(strange.join("x.txt"), "x").unwrap();
    let head = project.commit("A strange name", &[]);
    let dossier = project.load(Some(&format!("{base}..{head}")), &[]).unwrap();
    let git = &dossier.evidence.facts.git;
    assert!(!git.specs[dossier.evidence.head()].is_empty());
    let paths: Vec<_> = git
        .total
        .iter()
        .flat_map(|t| &t.files)
        .map(|f| &f.path)
        .collect();
    assert!(paths.iter().any(|p| p.ends_with("/x.txt")), "{paths:?}");
}

#[test]
fn the_end_of_a_shallow_clone_is_no_first_commit() {
    let (project, ..) = Project::new();
    let target = tempfile::tempdir().unwrap();
    let from = format!("file://{}", project.folder.path().display());
    let clone = std::process::Command::new("git")
        .args(["clone", "-q", "--depth", "1", &from, "clone"])
        .current_dir(target.path())
        .status();
    assert!(clone.unwrap().success());
    let input = LocalInput {
        folder: target.path().join("clone"),
        range: None,
        results: Vec::new(),
    };
    // What was cloned from is its upstream, at the same commit.
    let error = query::local(&input, NOW).unwrap_err();
    assert!(
        matches!(error, QueryError::Repo(RepoError::Shallow)),
        "{error}"
    );
}

#[test]
fn contents_that_cannot_be_read_leave_what_is_known_without_them() {
    let (project, base, head) = Project::new();
    let input = project.input(Some(&format!("{base}..{head}")), &[]);
    let dossier = query::local_without(&input, "the object is damaged", NOW).unwrap();
    let facts = &dossier.evidence.facts;
    assert_eq!(facts.commits.len(), 1);
    let why = facts.part(PartName::Git);
    assert!(why.hole().unwrap().ends_with("the object is damaged"));
    assert!(
        facts
            .problems
            .iter()
            .any(|p| p.what.contains("the object is damaged"))
    );
    assert_eq!(verdict(&dossier, Stage::Change), Verdict::Unknown);
}
