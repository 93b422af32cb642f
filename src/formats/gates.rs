//! Gate files: what decides whether a change may pass, and which edits of it let more through.
//! Line rules on the patch; the method is said wherever these facts are shown.

use serde::{Deserialize, Serialize};

use crate::model::FilePatch;

/// Tells whether a path (lower case) is a gate: workflows, actions, owners, scanners, thresholds,
/// and the evidence contract itself.
pub fn is_gate(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.starts_with(".github/workflows/")
        || path.starts_with(".github/actions/")
        || path.starts_with(".github/codeql")
        || matches!(
            name,
            "codeowners"
                | ".proofline.toml"
                | "codecov.yml"
                | ".codecov.yml"
                | ".trivyignore"
                | ".semgrepignore"
                | "osv-scanner.toml"
                | "deny.toml"
                | "clippy.toml"
                | ".gitlab-ci.yml"
                | "jenkinsfile"
                | "azure-pipelines.yml"
        )
}

/// One edit of a gate file, or a suppression in any file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateEdit {
    pub path: String,
    /// Line in the new file, or in the old one where the line was removed; 0 for a whole file.
    pub line: u32,
    /// The line as it stands, trimmed; empty for a whole file.
    pub text: String,
    /// What the edit is, in words.
    pub what: String,
    /// Whether less is demanded than before.
    pub loosens: bool,
    /// Whether an edit that would let more through is taken off.
    pub restores: bool,
}

/// How the words of an edit begin that takes a loosening off.
const TAKEN_BACK: &str = "taken back";

/// Rules on added lines of workflow files: what to look for and what it means.
const ADDED: &[(&str, &str)] = &[
    (
        "continue-on-error: true",
        "failures of this step or job no longer fail the check",
    ),
    ("|| true", "the command's failure is ignored"),
    ("|| exit 0", "the command's failure is ignored"),
    ("set +e", "failures in the script are ignored"),
    ("if: false", "the step or job never runs"),
    ("if: ${{ false }}", "the step or job never runs"),
    ("--no-verify", "hooks are left out"),
    ("paths-ignore:", "the workflow is left out for some paths"),
    (
        "permissions: write-all",
        "the workflow may write everything",
    ),
    (": write", "a permission is widened to write"),
    (
        "pull_request_target",
        "runs with the base's secrets on the change's code",
    ),
    ("--retries", "failing tests are run again"),
    ("--ignored", "which tests run is changed"),
    ("--skip", "tests are left out"),
    ("--exclude", "packages are left out"),
];

/// Rules on removed lines of workflow files.
const REMOVED: &[(&str, &str)] = &[
    ("cargo test", "a test command is gone"),
    ("nextest run", "a test command is gone"),
    ("npm test", "a test command is gone"),
    ("pytest", "a test command is gone"),
    ("go test", "a test command is gone"),
    ("codeql-action", "a scan is gone"),
    ("attest", "a step of provenance is gone"),
    ("timeout-minutes", "a time limit is gone"),
];

/// Marks that switch a finding off where it stands.
const SUPPRESSIONS: &[&str] = &[
    "#[allow(",
    "#![allow(",
    "nosec",
    "noqa",
    "nolint",
    "eslint-disable",
    "@ts-ignore",
    "@ts-expect-error",
    "# type: ignore",
    "// lgtm",
    "codeql[",
    "NOSONAR",
    "pragma: no cover",
    "istanbul ignore",
];

/// Finds the edits of gate files in a patch, those that loosen first.
pub fn gate_edits(patch: &FilePatch) -> Vec<GateEdit> {
    if !is_gate(&patch.path.to_ascii_lowercase()) {
        return Vec::new();
    }
    let removed: Vec<&str> = patch.removed().map(|(_, t)| t.trim()).collect();
    let added: Vec<&str> = patch.added().map(|(_, t)| t.trim()).collect();
    let edit = |line: u32, text: &str, what: &str, loosens: bool| GateEdit {
        path: patch.path.clone(),
        line,
        text: text.trim().to_owned(),
        what: what.to_owned(),
        loosens,
        restores: !loosens && what.starts_with(TAKEN_BACK),
    };
    let rule = |rules: &[(&str, &'static str)], text: &str| {
        rules
            .iter()
            .find(|(mark, _)| text.contains(mark))
            .map(|(_, what)| *what)
    };
    let is_comment = |text: &str| text.trim_start().starts_with('#');
    let mut edits = Vec::new();
    for (line, text) in patch.added().filter(|(_, t)| !is_comment(t)) {
        // A line that only moved is in both lists.
        if removed.contains(&text.trim()) {
            continue;
        }
        if let Some(what) = rule(ADDED, text) {
            edits.push(edit(line, text, what, true));
        }
    }
    for (line, text) in patch.removed().filter(|(_, t)| !is_comment(t)) {
        if added.contains(&text.trim()) {
            continue;
        }
        if let Some(what) = rule(REMOVED, text) {
            edits.push(edit(line, text, what, true));
        } else if let Some(what) = rule(ADDED, text) {
            edits.push(edit(line, text, &format!("{TAKEN_BACK}: {what}"), false));
        }
    }
    if edits.is_empty() {
        let what = format!("edited (+{} -{})", patch.additions, patch.deletions);
        edits.push(edit(0, "", &what, false));
    }
    edits
}

/// Finds suppressions that a patch adds to code.
pub fn suppressions(patch: &FilePatch) -> Vec<GateEdit> {
    let removed: Vec<&str> = patch.removed().map(|(_, t)| t.trim()).collect();
    patch
        .added()
        .filter(|(_, text)| !removed.contains(&text.trim()))
        .filter(|(_, text)| SUPPRESSIONS.iter().any(|mark| text.contains(mark)))
        .map(|(line, text)| GateEdit {
            path: patch.path.clone(),
            line,
            text: text.trim().to_owned(),
            what: "a finding is switched off here".to_owned(),
            loosens: true,
            restores: false,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DiffLine, FileStatus, Hunk, LineKind};

    fn patch(path: &str, lines: &[(&str, &str)]) -> FilePatch {
        let line = |(kind, text): &(&str, &str)| DiffLine {
            kind: if *kind == "+" {
                LineKind::Added
            } else {
                LineKind::Removed
            },
            text: (*text).to_owned(),
            old_no: Some(3),
            new_no: (*kind == "+").then_some(7),
        };
        FilePatch {
            path: path.into(),
            old_path: None,
            status: FileStatus::Modified,
            binary: false,
            additions: 1,
            deletions: 0,
            hunks: vec![Hunk {
                header: String::new(),
                lines: lines.iter().map(line).collect(),
            }],
            omitted: 0,
            absent: false,
        }
    }

    #[test]
    fn loosened_and_taken_back() {
        let ci = ".github/workflows/ci.yml";
        let added = gate_edits(&patch(ci, &[("+", "        continue-on-error: true")]));
        assert_eq!(added.len(), 1);
        assert!(added[0].loosens && added[0].line == 7, "{added:?}");
        let back = gate_edits(&patch(ci, &[("-", "        continue-on-error: true")]));
        assert!(
            !back[0].loosens && back[0].what.starts_with("taken back"),
            "{back:?}"
        );
        let moved = gate_edits(&patch(
            ci,
            &[("-", "run: x || true"), ("+", "  run: x || true")],
        ));
        assert!(!moved[0].loosens, "{moved:?}");
        let gone = gate_edits(&patch(ci, &[("-", "run: cargo test --locked")]));
        assert!(gone[0].loosens);
        let comment = gate_edits(&patch(ci, &[("+", "# never use || true here")]));
        assert!(!comment[0].loosens, "{comment:?}");
        assert!(gate_edits(&patch("src/a.rs", &[("+", "x || true")])).is_empty());
    }

    #[test]
    fn suppressions_are_found_in_code() {
        let found = suppressions(&patch(
            "src/a.rs",
            &[("+", "#[allow(dead_code)]"), ("+", "fn a() {}")],
        ));
        assert_eq!(found.len(), 1);
    }
}
