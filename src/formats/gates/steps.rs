//! What the steps of workflows give: tests, scans, provenance, by the actions and commands that they call.

/// What a step of a workflow gives, and by which actions and commands it is known. One entry a tool:
/// a tool that is called in another way is still there.
pub(super) struct Provision {
    pub(super) kind: Kind,
    pub(super) name: &'static str,
    /// How the actions begin, without their version.
    uses: &'static [&'static str],
    commands: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Test,
    Scan,
    Provenance,
}

impl Kind {
    pub(super) fn noun(self) -> &'static str {
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

pub(super) const PROVISIONS: &[Provision] = &[
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

pub(super) fn is_call(provision: &Provision, line: &str) -> bool {
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
pub(super) fn calls_elsewhere(line: &str) -> bool {
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
