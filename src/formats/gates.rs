//! Gate files: what decides whether a change may pass, and which edits of it let more through.
//! Line rules on the patch; the method is said wherever these facts are shown.

use serde::{Deserialize, Serialize};

use crate::model::{FilePatch, FileStatus};

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

/// What a step of a workflow gives, and by which actions and commands it is known. One entry a tool:
/// a tool that is called in another way is still there.
struct Provision {
    kind: Kind,
    name: &'static str,
    /// How the actions begin, without their version.
    uses: &'static [&'static str],
    commands: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Test,
    Scan,
    Provenance,
}

impl Kind {
    fn noun(self) -> &'static str {
        match self {
            Self::Test => "a test command",
            Self::Scan => "a scan",
            Self::Provenance => "a step of provenance",
        }
    }
}

const fn provision(
    kind: Kind,
    name: &'static str,
    uses: &'static [&'static str],
    commands: &'static [&'static str],
) -> Provision {
    Provision {
        kind,
        name,
        uses,
        commands,
    }
}

const PROVISIONS: &[Provision] = &[
    provision(
        Kind::Test,
        "Rust",
        &[],
        &["cargo test", "nextest run", "cargo llvm-cov"],
    ),
    provision(
        Kind::Test,
        "JavaScript",
        &[],
        &[
            "npm test",
            "npm run test",
            "npm t ",
            "yarn test",
            "pnpm test",
            "pnpm run test",
            "vitest",
            "jest",
            "bun test",
        ],
    ),
    provision(
        Kind::Test,
        "Python",
        &[],
        &["pytest", "tox", "nox", "-m unittest"],
    ),
    provision(Kind::Test, "Go", &[], &["go test", "gotestsum"]),
    provision(
        Kind::Test,
        "JVM",
        &[],
        &[
            "mvn test",
            "mvn verify",
            "gradle test",
            "gradlew test",
            "gradlew check",
        ],
    ),
    provision(
        Kind::Scan,
        "CodeQL",
        &["github/codeql-action/analyze"],
        &["codeql database analyze"],
    ),
    provision(
        Kind::Scan,
        "Trivy",
        &["aquasecurity/trivy-action"],
        &["trivy fs", "trivy image", "trivy config", "trivy repo"],
    ),
    provision(Kind::Scan, "Grype", &["anchore/scan-action"], &["grype "]),
    provision(
        Kind::Scan,
        "Snyk",
        &["snyk/actions"],
        &["snyk test", "snyk code"],
    ),
    provision(
        Kind::Scan,
        "Semgrep",
        &["semgrep/semgrep-action", "returntocorp/semgrep-action"],
        &["semgrep ci", "semgrep scan", "semgrep --"],
    ),
    provision(
        Kind::Scan,
        "Gitleaks",
        &["gitleaks/gitleaks-action"],
        &["gitleaks detect", "gitleaks git", "gitleaks dir"],
    ),
    provision(
        Kind::Scan,
        "TruffleHog",
        &["trufflesecurity/trufflehog"],
        &["trufflehog "],
    ),
    provision(
        Kind::Scan,
        "dependency review",
        &["actions/dependency-review-action"],
        &[],
    ),
    provision(Kind::Scan, "Scorecard", &["ossf/scorecard-action"], &[]),
    provision(
        Kind::Scan,
        "Checkov",
        &["bridgecrewio/checkov-action"],
        &["checkov -", "checkov --"],
    ),
    provision(
        Kind::Scan,
        "OSV-Scanner",
        &["google/osv-scanner-action", "google/osv-scanner"],
        &["osv-scanner "],
    ),
    provision(
        Kind::Scan,
        "zizmor",
        &["zizmorcore/zizmor-action"],
        &["zizmor "],
    ),
    provision(
        Kind::Scan,
        "cargo audit",
        &["rustsec/audit-check", "actions-rust-lang/audit"],
        &["cargo audit"],
    ),
    provision(
        Kind::Scan,
        "cargo deny",
        &["embarkstudios/cargo-deny-action"],
        &["cargo deny"],
    ),
    provision(
        Kind::Scan,
        "npm audit",
        &[],
        &["npm audit", "yarn audit", "yarn npm audit", "pnpm audit"],
    ),
    provision(
        Kind::Scan,
        "pip-audit",
        &["pypa/gh-action-pip-audit"],
        &["pip-audit"],
    ),
    provision(
        Kind::Scan,
        "Bandit",
        &["pycqa/bandit-action"],
        &["bandit -"],
    ),
    provision(Kind::Scan, "gosec", &["securego/gosec"], &["gosec "]),
    provision(
        Kind::Scan,
        "govulncheck",
        &["golang/govulncheck-action"],
        &["govulncheck "],
    ),
    provision(
        Kind::Scan,
        "Sonar",
        &["sonarsource/"],
        &["sonar-scanner", "sonar:sonar"],
    ),
    provision(
        Kind::Provenance,
        "attestation",
        &["actions/attest", "slsa-framework/slsa-github-generator"],
        &["gh attestation", "cosign attest", "cosign sign"],
    ),
];

/// Keys of a workflow whose values are words or choices, and run nothing.
const WORDS: &[&str] = &[
    "name:",
    "description:",
    "run-name:",
    "needs:",
    "id:",
    "key:",
    "group:",
    "default:",
    "if:",
];

/// What a line of a workflow calls.
enum Call<'a> {
    /// An action or a reusable workflow, without its version.
    Uses(&'a str),
    Command(&'a str),
    Nothing,
}

fn call(line: &str) -> Call<'_> {
    let text = line.trim();
    let text = text.strip_prefix("- ").unwrap_or(text).trim_start();
    if text.starts_with('#') || WORDS.iter().any(|w| text.starts_with(w)) {
        return Call::Nothing;
    }
    if let Some(action) = text.strip_prefix("uses:") {
        let action = action.split(['@', '#']).next().unwrap_or("");
        return Call::Uses(action.trim().trim_matches(['"', '\'']));
    }
    let command = text.strip_prefix("run:").unwrap_or(text).trim();
    // A key alone is the name of a job or of a map.
    if command.ends_with(':') && !command.contains(' ') || command.starts_with("echo ") {
        return Call::Nothing;
    }
    Call::Command(command)
}

fn is_call(provision: &Provision, line: &str) -> bool {
    match call(line) {
        Call::Uses(action) => {
            let action = action.to_ascii_lowercase();
            provision.uses.iter().any(|u| action.starts_with(u))
        }
        Call::Command(command) => {
            let padded = format!("{command} ");
            provision.commands.iter().any(|c| has_command(&padded, c))
        }
        Call::Nothing => false,
    }
}

/// Whether a line holds a command as whole words: `cargo test` is no `go test`.
fn has_command(line: &str, command: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    line.match_indices(command).any(|(at, _)| {
        let before = line.get(..at).and_then(|f| f.chars().next_back());
        let after = line
            .get(at + command.len()..)
            .and_then(|f| f.chars().next());
        let open = command.ends_with(|c: char| !c.is_alphanumeric());
        !before.is_some_and(|c| joins(c) && c != '/' && c != '.')
            && (open || !after.is_some_and(joins))
    })
}

/// Whether a line calls something that stands elsewhere, and may do what another step did.
fn calls_elsewhere(line: &str) -> bool {
    match call(line) {
        Call::Uses(action) => action.starts_with("./") || action.contains("/.github/workflows/"),
        Call::Command(command) => {
            let first = command.split_whitespace().next().unwrap_or("");
            matches!(
                first,
                "make" | "just" | "task" | "sh" | "bash" | "nox" | "earthly" | "bazel"
            ) || first.starts_with("./")
                || command.contains(" run ") && command.starts_with(['n', 'p', 'y', 'c', 'u'])
        }
        Call::Nothing => false,
    }
}

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
        .map(|(_, t)| t.trim())
        .collect();
    let added: Vec<&str> = gates()
        .flat_map(FilePatch::added)
        .map(|(_, t)| t.trim())
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
        let hit = rules.find(|(mark, _)| text.contains(mark));
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
    if !told {
        let what = format!("edited (+{} -{})", patch.additions, patch.deletions);
        edits.push(edit(0, "", what, false));
    }
    edits
}

#[cfg(test)]
mod tests;
