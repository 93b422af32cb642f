//! Risk classes of small changes.

use super::*;
use crate::{
    evidence::{self, responses::Rules},
    model::{
        ChangeFacts, DiffLine, FileChange, HeadDelta, LineKind, ReqId, Requirement, SpecFormat,
        Stage, Verdict,
        samples::{self, sha},
    },
};

/// Lines that were added to a file.
fn file(path: &str, lines: &[&str]) -> FileChange {
    let line = |text: &&str| DiffLine {
        kind: LineKind::Added,
        text: (*text).to_owned(),
        old_no: None,
        new_no: Some(1),
    };
    FileChange {
        old: Some(String::new()),
        new: Some(lines.join("\n")),
        ..samples::file(path, lines.iter().map(line).collect())
    }
}

fn requirement(text: &str) -> Requirement {
    Requirement {
        id: ReqId::new("REQ-1"),
        format: SpecFormat::PlainIds,
        file: "docs/spec.md".into(),
        line: 1,
        line_end: 2,
        title: "One".into(),
        text: text.into(),
        criteria: vec![],
        parent: None,
        defined: crate::model::Defined::Plainly,
    }
}

/// A change of these files, whose spec says the first text at the merge base and the second at the
/// head.
fn facts(files: &[FileChange], spec: Option<(&str, &str)>) -> ChangeFacts {
    let mut facts = samples::change(&sha("a"), &sha("b"));
    let mut rules = Rules::default();
    for file in files {
        rules.file(file);
    }
    let (files, found) = rules.finish();
    facts.git.total = Some(HeadDelta {
        files,
        responses: Some(found),
        ..samples::delta(&sha("b"), &sha("a"), &[])
    });
    facts.git.merge_base = Some(sha("b"));
    let read = |text: Option<&str>| text.map(requirement).into_iter().collect();
    let gone = |text: &&str| !text.is_empty();
    facts
        .git
        .specs
        .insert(sha("b"), read(spec.map(|s| s.0).filter(gone)));
    facts
        .git
        .specs
        .insert(sha("a"), read(spec.map(|s| s.1).filter(gone)));
    facts
}

fn risk(facts: ChangeFacts) -> Risk {
    let evidence = evidence::build(facts);
    class(&evidence, &Terms::of(&evidence.facts))
}

#[test]
fn a_requirement_of_which_less_is_asked_raises_the_class() {
    for (old, new, expected) in [
        ("It MUST hold.", "It SHOULD hold.", RiskClass::High),
        ("It MUST hold.", "It holds.", RiskClass::High),
        ("It MUST hold.", "", RiskClass::High),
        ("It SHOULD hold.", "It MUST hold.", RiskClass::Low),
        ("It MUST hold.", "It MUST hold.", RiskClass::Low),
        ("", "It MAY hold.", RiskClass::Low),
    ] {
        let risk = risk(facts(&[file("src/a.rs", &["x"])], Some((old, new))));
        assert_eq!(risk.class, expected, "{old} -> {new}: {risk:?}");
        let told = risk.reasons.contains(&RiskReason::Loosened {
            ids: vec![ReqId::new("REQ-1")],
        });
        assert_eq!(told, expected == RiskClass::High, "{risk:?}");
    }
}

#[test]
fn gates_raise_it_and_a_scan_that_is_added_less_so() {
    let ci = ".github/workflows/ci.yml";
    for (lines, expected) in [
        (&["  continue-on-error: true"][..], RiskClass::High),
        (&["  runs-on: x"][..], RiskClass::High),
        (
            &["  - uses: github/codeql-action/analyze@v3"][..],
            RiskClass::Medium,
        ),
    ] {
        assert_eq!(
            risk(facts(&[file(ci, lines)], None)).class,
            expected,
            "{lines:?}"
        );
    }
}

type Doubt = fn(&mut ChangeFacts);

#[test]
fn what_is_not_known_is_never_low_and_takes_no_short_cut() {
    let doubts: &[(&str, Doubt)] = &[
        ("no difference", |f| f.git.total = None),
        ("of another head", |f| {
            f.git.total.as_mut().unwrap().to = sha("c");
        }),
        ("no reader of today looked at it", |f| {
            f.git.total.as_mut().unwrap().responses = None;
        }),
        ("a file whose content is absent", |f| {
            f.git.total.as_mut().unwrap().files[0].absent = true;
        }),
        ("no specs of the merge base", |f| {
            f.git.specs.remove(&sha("b"));
        }),
        ("no specs of the head", |f| {
            f.git.specs.remove(&sha("a"));
        }),
    ];
    for path in ["README.md", "src/a.rs"] {
        let before = risk(facts(&[file(path, &["x"])], None));
        assert_eq!(before.class, RiskClass::Low);
        assert!(before.known);
        for (name, doubt) in doubts {
            let mut facts = facts(&[file(path, &["x"])], None);
            doubt(&mut facts);
            let assessment = super::super::assess(&evidence::build(facts));
            let risk = &assessment.risk;
            assert_eq!(risk.class, RiskClass::Unknown, "{path}, {name}");
            assert!(
                !risk.known && !risk.docs_only && !risk.update_only,
                "{path}, {name}"
            );
            assert!(!risk.reasons.is_empty(), "{path}, {name}");
            for stage in [Stage::Intent, Stage::Secure, Stage::Attest] {
                let verdict = assessment.stage(stage).unwrap().verdict;
                assert_ne!(verdict, Verdict::NotApplicable, "{path}, {name}, {stage:?}");
            }
        }
    }
}

#[test]
fn what_is_known_to_be_high_stays_high() {
    let mut facts = facts(&[file("CODEOWNERS", &["x"])], None);
    facts.git.specs.clear();
    assert_eq!(risk(facts).class, RiskClass::High);
}
