//! Edits of workflows: what loosens, what is taken back, what only moved.

use super::*;
use crate::model::{DiffLine, LineKind, samples};

/// A file with lines that are marked `+` and `-`.
fn file(path: &str, lines: &[&str]) -> FilePatch {
    let line = |text: &&str| {
        let (mark, rest) = text.split_at(1);
        DiffLine {
            kind: if mark == "+" {
                LineKind::Added
            } else {
                LineKind::Removed
            },
            text: rest.to_owned(),
            old_no: Some(3),
            new_no: (mark == "+").then_some(7),
        }
    };
    samples::patch(path, lines.iter().map(line).collect())
}

const CI: &str = ".github/workflows/ci.yml";
const OTHER: &str = ".github/workflows/other.yml";

fn of(lines: &[&str]) -> Vec<GateEdit> {
    edits(&[file(CI, lines)])
}

#[test]
fn loosened_and_taken_back() {
    let added = of(&["+        continue-on-error: true"]);
    assert_eq!(added.len(), 1);
    assert!(added[0].loosens && added[0].line == 7, "{added:?}");
    let back = of(&["-        continue-on-error: true"]);
    assert!(back[0].restores && !back[0].loosens, "{back:?}");
    let moved = of(&["-run: x || true", "+  run: x || true"]);
    assert!(!moved[0].loosens, "{moved:?}");
    let comment = of(&["+# never use || true here"]);
    assert!(!comment[0].loosens, "{comment:?}");
    assert!(edits(&[file("src/a.rs", &["+x || true"])]).is_empty());
}

#[test]
fn a_step_is_gone_only_where_nothing_does_it_any_more() {
    let gone: &[&[&str]] = &[
        &["-run: cargo test --locked"],
        &["-      - uses: github/codeql-action/analyze@v3"],
        &[
            "-      - uses: github/codeql-action/analyze@v3",
            "+# - uses: github/codeql-action/analyze@v3",
        ],
        &[
            "-      - uses: aquasecurity/trivy-action@0.2",
            "+      - uses: anchore/scan-action@v4",
        ],
        &["-          pytest -q", "+          python -c pass"],
        &[
            "-    - run: semgrep ci",
            "-    - run: semgrep ci",
            "+    - run: semgrep ci",
        ],
        &["-      - uses: actions/attest-build-provenance@v1"],
        &["-    timeout-minutes: 10"],
    ];
    for lines in gone {
        let found = of(lines);
        let words: Vec<_> = found
            .iter()
            .filter(|e| e.loosens && e.what.ends_with(" is gone"))
            .collect();
        assert_eq!(words.len(), 1, "{lines:?}: {found:?}");
    }
    let still: &[&[&str]] = &[
        &[
            "-      - uses: github/codeql-action/analyze@v3",
            "+      - uses: github/codeql-action/analyze@v4",
        ],
        &[
            "-      - uses: github/codeql-action/init@v3",
            "+      - uses: github/codeql-action/init@v4",
        ],
        &["-      - uses: github/codeql-action/init@v3"],
        &[
            "-      - uses: github/codeql-action/analyze@v3",
            "+      - uses: github/codeql-action/analyze@0a1b2c # v3.1",
        ],
        &[
            "-      - uses: github/codeql-action/analyze@v3",
            "-      - run: x",
            "+      - run: x",
            "+      - uses: github/codeql-action/analyze@v3",
        ],
        &[
            "-  CodeQL:",
            "-    name: CodeQL pytest",
            "+  scan:",
            "+    name: Scan",
        ],
        &[
            "-      - uses: aquasecurity/trivy-action@0.2",
            "+      - run: trivy fs .",
        ],
        &[
            "-      - run: cargo test",
            "+      - run: cargo nextest run",
        ],
        &["-    timeout-minutes: 10", "+    timeout-minutes: 20"],
        &["-      - run: echo pytest"],
    ];
    for lines in still {
        let found = of(lines);
        assert!(
            found
                .iter()
                .all(|e| !e.loosens && !e.adds && !e.what.contains("gone")),
            "{lines:?}: {found:?}"
        );
        assert!(!found.is_empty(), "{lines:?}: an edit is told");
    }
}

#[test]
fn a_step_that_moved_to_another_workflow_is_there() {
    let scan = "      - uses: github/codeql-action/analyze@v3";
    let (minus, plus) = (format!("-{scan}"), format!("+{scan}"));
    let moved = edits(&[file(CI, &[&minus]), file(OTHER, &[&plus])]);
    assert!(moved.iter().all(|e| !e.loosens && !e.adds), "{moved:?}");
    for called in [
        "+    uses: ./.github/workflows/scan.yml",
        "+    uses: acme/ci/.github/workflows/scan.yml@v1",
        "+    - run: make scan",
        "+    - run: ./ci/scan.sh",
    ] {
        let found = of(&[&minus, called]);
        assert!(
            found.iter().all(|e| !e.what.contains("gone")),
            "{called}: {found:?}"
        );
        assert!(
            found.iter().any(|e| e.what.contains("not read")),
            "{called}: {found:?}"
        );
    }
}

#[test]
fn a_scan_that_is_added_is_a_gate_added() {
    let added = of(&[
        "+  scan:",
        "+    permissions:",
        "+      security-events: write",
        "+    steps:",
        "+      - uses: github/codeql-action/init@v3",
        "+      - uses: github/codeql-action/analyze@v3",
    ]);
    assert_eq!(added.len(), 1, "{added:?}");
    assert!(added[0].adds && !added[0].loosens, "{added:?}");
    let mut new = file(
        OTHER,
        &[
            "+on: pull_request",
            "+    - run: trivy fs . --exclude x",
            "+      continue-on-error: true",
        ],
    );
    new.status = FileStatus::Added;
    let found = edits(std::slice::from_ref(&new));
    assert!(
        found.iter().all(|e| e.adds && !e.loosens),
        "nothing that was asked is asked no more: {found:?}"
    );
    let mut bold = file(OTHER, &["+on: pull_request_target", "+  contents: write"]);
    bold.status = FileStatus::Added;
    assert_eq!(edits(&[bold]).iter().filter(|e| e.loosens).count(), 2);
    let both = of(&["+      - run: cargo audit || true"]);
    assert!(both.iter().any(|e| e.loosens), "{both:?}");
    let beside = of(&[
        "-    runs-on: a",
        "+    runs-on: b",
        "+      - run: cargo deny check",
    ]);
    assert!(
        beside.iter().any(|e| e.adds) && beside.iter().any(|e| !e.adds),
        "{beside:?}"
    );
}

#[test]
fn a_comment_behind_a_line_is_no_edit_of_it() {
    let quiet = |lines: &[&str]| of(lines).iter().all(|e| !e.loosens && !e.restores);
    assert!(quiet(&[
        "-      id-token: write # for OIDC",
        "+      id-token: write # for signing",
    ]));
    assert!(quiet(&[
        "-  pull_request_target:",
        "+  pull_request_target: # labels"
    ]));
    // What stands in quotes is no comment.
    assert!(!quiet(&["+      - run: echo \"a # b\" || true"]));
    assert!(!quiet(&[
        "-      id-token: read # a",
        "+      id-token: write # a"
    ]));
    assert!(quiet(&["+    # never use || true here"]));
}

#[test]
fn who_asks_for_the_event_is_not_triggered_by_it() {
    let asks = "+    if: github.event_name == 'pull_request_target' && github.actor != 'x'";
    assert!(!of(&[asks])[0].loosens);
    for trigger in [
        "+  pull_request_target:",
        "+on: [push, pull_request_target]",
    ] {
        assert!(of(&[trigger])[0].loosens, "{trigger}");
    }
}

#[test]
fn owners_are_read_in_three_folders() {
    for (path, want) in [
        ("codeowners", true),
        (".github/codeowners", true),
        ("docs/codeowners", true),
        ("vendor/x/codeowners", false),
        (".github/workflows/run.sh", true),
    ] {
        assert_eq!(is_gate(path), want, "{path}");
    }
    for (path, want) in [
        (".github/workflows/ci.yml", true),
        (".github/workflows/CI.YAML", true),
        (".github/workflows/ci.yml.disabled", false),
        ("docs/ci.yml", false),
    ] {
        assert_eq!(is_workflow(path), want, "{path}");
    }
}

/// A gate file that came or went as a whole.
fn whole_file(path: &str, status: FileStatus) -> GateEdit {
    let lines: &[&str] = match status {
        FileStatus::Deleted => &["-one"],
        _ => &["+one"],
    };
    let patch = FilePatch {
        status,
        ..file(path, lines)
    };
    edits(&[patch]).remove(0)
}

#[test]
fn a_gate_file_that_came_or_went_is_said() {
    use FileStatus::{Added, Deleted, Modified};
    for (path, status, what, loosens) in [
        ("CODEOWNERS", Deleted, "the CODEOWNERS file is gone", true),
        (".github/CODEOWNERS", Added, "code owners are added", false),
        (".github/CODEOWNERS", Modified, "edited", false),
        (CI, Deleted, "the workflow is gone", true),
        (CI, Added, "edited", false),
        (
            ".proofline.toml",
            Deleted,
            "the evidence contract is gone",
            true,
        ),
        ("deny.toml", Deleted, "the file is gone", true),
        (
            ".trivyignore",
            Added,
            "findings are left out of a scan",
            true,
        ),
        (".trivyignore", Deleted, "edited", false),
    ] {
        let found = whole_file(path, status);
        assert!(found.what.starts_with(what), "{path} {status:?}: {found:?}");
        assert_eq!(
            (found.loosens, found.line),
            (loosens, 0),
            "{path} {status:?}"
        );
    }
}

#[test]
fn a_token_that_an_action_makes_is_no_permission_of_the_workflow() {
    for (line, what) in [
        (
            "+          permission-contents: write",
            "an app token with write permission is requested",
        ),
        ("+      contents: write", "a permission is widened to write"),
        ("+          permission-contents: read", "edited"),
    ] {
        let found = of(&[line]);
        assert!(found[0].what.starts_with(what), "{line}: {found:?}");
    }
}
