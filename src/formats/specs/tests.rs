//! Samples of each spec format, and properties that hold for any text.

use proptest::prelude::*;

use super::*;

fn ids(path: &str, text: &str) -> Vec<String> {
    read_spec(path, text)
        .0
        .iter()
        .map(|r| format!("{}:{}-{} {}", r.id, r.line, r.line_end, r.title))
        .collect()
}

#[test]
fn openspec_requirements_and_scenarios() {
    let text = "# Capture\n\n## Purpose\nx\n\n## Requirements\n\n### Requirement: Charge once\nThe system SHALL charge once.\n\n#### Scenario: Retry\n- **WHEN** retried\n- **THEN** one charge\n\n```\n### Requirement: In code\n```\n\n### requirement: Refund\nSHALL refund.\n\n## Notes\n### Requirement: Outside\n";
    let (found, problems) = read_spec("openspec/specs/capture/spec.md", text);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].id.as_str(), "capture/Charge once");
    assert_eq!(found[0].text, "The system SHALL charge once.");
    assert_eq!(found[0].criteria, ["Retry"]);
    assert_eq!((found[0].line, found[0].line_end), (8, 17));
    assert_eq!(found[1].title, "Refund");
    assert!(problems[0].what.contains("outside"), "{problems:?}");
}

#[test]
fn kiro_requirements_and_criteria() {
    let text = "# Requirements\n\n### Requirement 1: Refunds\n\n**User Story:** As a merchant, I want refunds.\n\n#### Acceptance Criteria\n\n1. WHEN a refund is asked, THE service SHALL book it.\n2. IF it fails, THEN THE service SHALL retry.\n3. Just a note.\n\n### Requirement 2\n\nNothing.\n";
    let (found, problems) = read_spec(".kiro/specs/refunds/requirements.md", text);
    let got: Vec<_> = found.iter().map(|r| r.id.as_str()).collect();
    assert_eq!(
        got,
        [
            "refunds#1",
            "refunds#1.1",
            "refunds#1.2",
            "refunds#1.3",
            "refunds#2"
        ]
    );
    assert_eq!(found[1].parent.as_ref().unwrap().as_str(), "refunds#1");
    assert_eq!(found[2].line, 10);
    assert_eq!(problems.len(), 1);
}

#[test]
fn plain_ids_in_headings_items_bold_and_tables() {
    let text = "# Payments\n\n### REQ-PAY-17 Retried capture charges once\n\nA retried capture must not charge twice.\n\nMore.\n\n### REQ-PAY-18: Concurrent retries\nSee REQ-PAY-17.\n\n- **REQ-PAY-19** Third\n- plain item\n| REQ-PAY-20 | Fourth |\nREQ-PAY-21 running text\nUTF-8 is no id\n- SHA-256 neither\n";
    assert_eq!(
        ids("docs/spec/payments.md", text),
        [
            "REQ-PAY-17:3-7 Retried capture charges once",
            "REQ-PAY-18:9-10 Concurrent retries",
            "REQ-PAY-19:12-13 Third",
            "REQ-PAY-20:14-17 Fourth",
        ]
    );
    let (found, _) = read_spec("docs/spec/payments.md", text);
    assert_eq!(
        found[0].text,
        "A retried capture must not charge twice.\n\nMore."
    );
}

#[test]
fn ids_are_whole_in_lists_of_every_form() {
    for (line, want) in [
        ("1. REQ-A-1: t", Some("REQ-A-1")),
        ("2) **REQ-A-2**: t", Some("REQ-A-2")),
        ("- [ ] REQ-A-3: t", Some("REQ-A-3")),
        ("- [x] **REQ-A-4**: t", Some("REQ-A-4")),
        ("* REQ-A-5 t", Some("REQ-A-5")),
        ("### REQ-A-16a Warns", Some("REQ-A-16a")),
        ("### REQ-A-17.1 Deep", Some("REQ-A-17.1")),
        ("### REQ-A-17. End", Some("REQ-A-17")),
        ("### REQ-A-16ab Warns", None),
        ("### REQ-A-1_x", None),
        ("<!-- ### REQ-A-1 -->", None),
        ("> REQ-A-1: quoted", None),
    ] {
        let (found, _) = read_spec("docs/s.md", line);
        let id = found.first().map(|r| r.id.as_str());
        assert_eq!(id, want, "{line}");
    }
    let (found, _) = read_spec("docs/s.md", "REQ-A-1 One\n===\n\ntext\n");
    assert_eq!(found[0].title, "One");
    for path in [
        "docs/spec-template.md",
        "docs/template.md",
        ".specify/templates/spec.md",
    ] {
        assert_eq!(format_of(path), None, "{path}");
    }
    assert_eq!(
        format_of("docs/email-templates.md"),
        Some(SpecFormat::PlainIds)
    );
}

#[test]
fn a_mention_is_no_definition() {
    let read = |path: &str, text: &str| read_spec(path, text).0;
    let table = "| REQ-1 | test_a |\n| REQ-2 | test_b |\n";
    // In one document: the index above, and the heading below.
    let found = read("docs/s.md", &format!("{table}\n## REQ-1 One\n"));
    let got: Vec<_> = found.iter().map(|r| (r.id.as_str(), r.line)).collect();
    assert_eq!(got, [("REQ-2", 2), ("REQ-1", 4)]);
    // In several.
    let mut all = read("docs/s.md", "## REQ-1 One\n");
    all.extend(read("docs/t.md", table));
    defined(&mut all);
    let got: Vec<_> = all
        .iter()
        .map(|r| (r.id.as_str(), r.file.as_str()))
        .collect();
    assert_eq!(got, [("REQ-1", "docs/s.md"), ("REQ-2", "docs/t.md")]);
    // Two that define it alike cannot be told apart.
    let mut twice = read("docs/s.md", "## REQ-1 One\n");
    twice.extend(read("docs/t.md", "## REQ-1 Other\n"));
    defined(&mut twice);
    assert_eq!(twice.len(), 2);
}

#[test]
fn a_second_definition_is_a_problem_and_the_first_stands() {
    let (found, problems) = read_spec("docs/s.md", "## REQ-1 One\n\n## REQ-1 Again\n");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].title, "One");
    assert_eq!(problems[0].place, "docs/s.md:3");
}

#[test]
fn paths_decide_first() {
    assert_eq!(
        format_of("openspec/specs/a/spec.md"),
        Some(SpecFormat::OpenSpec)
    );
    assert_eq!(
        format_of("x/.kiro/specs/a/requirements.md"),
        Some(SpecFormat::Kiro)
    );
    assert_eq!(format_of(".kiro/specs/a/tasks.md"), None);
    assert_eq!(format_of("docs/payments.md"), Some(SpecFormat::PlainIds));
    assert_eq!(format_of("openspec/changes/x/specs/a/spec.md"), None);
    assert_eq!(format_of("src/lib.rs"), None);
}

proptest! {
    #[test]
    fn lines_stay_inside_the_file(text in "([#*| `~-]{0,4}(REQ-[0-9]{1,3}|Requirement: a|Requirement [0-9]|[a-z ]{0,6})\n){0,20}") {
        for path in ["openspec/specs/a/spec.md", ".kiro/specs/a/requirements.md", "docs/a.md"] {
            let (found, _) = read_spec(path, &text);
            let count = u32::try_from(text.lines().count()).unwrap();
            for req in found {
                prop_assert!(req.line >= 1 && req.line <= req.line_end && req.line_end <= count.max(1), "{req:?}");
            }
        }
    }

    #[test]
    fn never_panics(text in any::<String>()) {
        for path in ["openspec/specs/a/spec.md", ".kiro/specs/a/requirements.md", "docs/a.md"] {
            let _ = read_spec(path, &text);
        }
    }
}
