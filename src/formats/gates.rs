//! Gate files: what decides whether a change may pass, and which edits of it let more through.
//! Line rules on the patch; the method is said wherever these facts are shown.

mod steps;

use std::path::Path;

use serde::{Deserialize, Serialize};

use steps::{PROVISIONS, calls_elsewhere, is_call};

use crate::model::{FilePatch, FileStatus};

/// Where forges read who owns what; a file of that name elsewhere is read by nobody.
const OWNERS: [&str; 4] = [
    "codeowners",
    ".github/codeowners",
    ".gitlab/codeowners",
    "docs/codeowners",
];

/// Tells whether a path is that of a workflow that the forge runs.
pub fn is_workflow(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let ending = Path::new(&lower).extension();
    lower.starts_with(".github/workflows/") && ending.is_some_and(|e| e == "yml" || e == "yaml")
}

/// Returns a line without the comment behind it.
fn code(line: &str) -> &str {
    let (mut quote, mut before) = (None, ' ');
    for (at, c) in line.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '#' && before.is_whitespace() => {
                return line.get(..at).unwrap_or(line).trim_end();
            }
            None if c == '"' || c == '\'' => quote = Some(c),
            None => {}
        }
        before = c;
    }
    line.trim_end()
}

/// Tells whether a path (lower case) is a gate: workflows, actions, owners, scanners, thresholds,
/// and the evidence contract itself.
pub fn is_gate(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.starts_with(".github/workflows/")
        || path.starts_with(".github/actions/")
        || path.starts_with(".github/codeql")
        || OWNERS.contains(&path)
        || matches!(
            name,
            ".proofline.toml"
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
    /// Whether something is asked that was not asked before.
    #[serde(default)]
    pub adds: bool,
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
    (
        "permission-",
        "an app token with write permission is requested",
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

/// Finds the edits of gate files among the files of a difference, those that loosen first.
///
/// A step is gone only where no other of these files has it now: one that moved, was renamed, or is
/// called in another version is still there.
pub fn edits(files: &[FilePatch]) -> Vec<GateEdit> {
    let gates = || {
        let is_gate = |p: &&FilePatch| is_gate(&p.path.to_ascii_lowercase());
        files.iter().filter(is_gate)
    };
    let removed: Vec<&str> = gates()
        .flat_map(FilePatch::removed)
        .map(|(_, t)| code(t).trim())
        .collect();
    let added: Vec<&str> = gates()
        .flat_map(FilePatch::added)
        .map(|(_, t)| code(t).trim())
        .collect();
    let elsewhere = added
        .iter()
        .any(|line| !removed.contains(line) && calls_elsewhere(line));
    // How many more steps of each tool are gone than came.
    let mut gone: Vec<i64> = PROVISIONS
        .iter()
        .map(|p| {
            let count = |lines: &[&str]| lines.iter().filter(|l| is_call(p, l)).count();
            let (before, after) = (count(&removed), count(&added));
            i64::try_from(before).unwrap_or(i64::MAX) - i64::try_from(after).unwrap_or(i64::MAX)
        })
        .collect();
    let limits = |lines: &[&str]| {
        let limit = lines.iter().filter(|l| l.starts_with("timeout-minutes:"));
        limit.count()
    };
    let mut limits = limits(&removed).saturating_sub(limits(&added));
    let lists = (removed.as_slice(), added.as_slice());
    let mut found: Vec<GateEdit> = gates()
        .flat_map(|patch| edits_of(patch, lists, elsewhere, &mut gone, &mut limits))
        .collect();
    found.sort_by_key(|e| !e.loosens);
    found
}

fn edits_of(
    patch: &FilePatch,
    (all_removed, all_added): (&[&str], &[&str]),
    elsewhere: bool,
    gone: &mut [i64],
    limits: &mut usize,
) -> Vec<GateEdit> {
    let edit = |line: u32, text: &str, what: String, loosens: bool| GateEdit {
        path: patch.path.clone(),
        line,
        text: text.trim().to_owned(),
        restores: !loosens && what.starts_with(TAKEN_BACK),
        what,
        loosens,
        adds: false,
    };
    // A file that is new takes nothing from what there was; it may still ask for much.
    let is_new = patch.status == FileStatus::Added;
    let asks = |mark: &str| mark.contains("write") || mark == "pull_request_target";
    let rule = |text: &str| {
        let mut rules = ADDED.iter().filter(|(mark, _)| !is_new || asks(mark));
        // What only asks for the event is no trigger.
        let asks_event = |mark: &str| mark == "pull_request_target" && text.contains("event_name");
        // An input of an action that makes a token: it narrows what the app itself may do.
        let holds = |mark: &str| match mark {
            "permission-" => text.trim().starts_with(mark) && text.contains(": write"),
            _ => text.contains(mark),
        };
        let hit = rules.find(|(mark, _)| holds(mark) && !asks_event(mark));
        hit.map(|(_, what)| *what)
            // What a scan needs to hand in its report.
            .filter(|_| !text.trim().starts_with("security-events: write"))
    };
    let is_comment = |text: &str| text.trim_start().starts_with('#');
    let mut edits = Vec::new();
    // Whether each changed line is part of a step that was added, and nothing was taken.
    let mut only_adds = patch
        .removed()
        .all(|(_, t)| t.trim().is_empty() || is_comment(t));
    for (line, text) in patch.added().filter(|(_, t)| !is_comment(t)) {
        let text = code(text);
        // A line that only moved is in both lists.
        if all_removed.contains(&text.trim()) {
            continue;
        }
        if let Some(what) = rule(text) {
            edits.push(edit(line, text, what.to_owned(), true));
            only_adds = false;
        }
        for (provision, gone) in PROVISIONS.iter().zip(&mut *gone) {
            if *gone < 0 && is_call(provision, text) {
                *gone += 1;
                let what = format!("{} is added: {}", provision.kind.noun(), provision.name);
                edits.push(GateEdit {
                    adds: true,
                    ..edit(line, text, what, false)
                });
            }
        }
    }
    for (line, text) in patch.removed().filter(|(_, t)| !is_comment(t)) {
        let text = code(text);
        if let Some((provision, gone)) = PROVISIONS
            .iter()
            .zip(&mut *gone)
            .find(|(p, gone)| **gone > 0 && is_call(p, text))
        {
            *gone -= 1;
            let noun = provision.kind.noun();
            let what = if elsewhere {
                format!(
                    "{noun} no longer stands here; whether what is called instead does it was not read"
                )
            } else {
                format!("{noun} is gone")
            };
            edits.push(edit(line, text, what, true));
            continue;
        }
        if all_added.contains(&text.trim()) {
            continue;
        }
        if *limits > 0 && text.trim().starts_with("timeout-minutes:") {
            *limits -= 1;
            edits.push(edit(line, text, "a time limit is gone".to_owned(), true));
        } else if let Some(what) = rule(text) {
            edits.push(edit(line, text, format!("{TAKEN_BACK}: {what}"), false));
        }
    }
    let told = edits.iter().any(|e| !e.adds) || !edits.is_empty() && only_adds;
    if let Some((what, loosens)) = whole(patch) {
        edits.push(edit(0, "", what, loosens));
    } else if !told {
        let what = format!("edited (+{} -{})", patch.additions, patch.deletions);
        edits.push(edit(0, "", what, false));
    }
    edits
}

/// What it means that a gate file as a whole came or is gone; `None` where its lines say it, or it is
/// only edited.
fn whole(patch: &FilePatch) -> Option<(String, bool)> {
    let lower = patch.path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    let (more, fewer) = (patch.additions, patch.deletions);
    let is_ignored = matches!(name, ".trivyignore" | ".semgrepignore");
    match patch.status {
        FileStatus::Deleted if is_ignored => None,
        FileStatus::Deleted => {
            let what = match name {
                "codeowners" => "the CODEOWNERS file is gone",
                ".proofline.toml" => "the evidence contract is gone",
                _ if is_workflow(&lower) => "the workflow is gone",
                _ => "the file is gone",
            };
            Some((format!("{what} (-{fewer})"), true))
        }
        FileStatus::Added if is_ignored => {
            Some((format!("findings are left out of a scan (+{more})"), true))
        }
        FileStatus::Added if name == "codeowners" => {
            Some((format!("code owners are added (+{more})"), false))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
