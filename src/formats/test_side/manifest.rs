//! Edits of manifests: versions of dependencies, or something that may steer tests.

use super::Change;

/// Files that hold nothing but what was resolved.
const LOCKS: &[&str] = &[
    "cargo.lock",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "go.mod",
    "go.sum",
    "requirements.txt",
    "poetry.lock",
    "uv.lock",
    "gemfile.lock",
    "composer.lock",
];

/// Tells whether nothing but versions changed.
pub(super) fn only_versions(change: &Change<'_>) -> bool {
    let lower = change.path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    if LOCKS.contains(&name) {
        return true;
    }
    if !change.known {
        return false;
    }
    let lines = |text: Option<&str>| -> Vec<String> {
        let lines = text.unwrap_or("").lines().map(str::trim);
        let lines = lines.map(|l| l.trim_end_matches(',').to_owned());
        lines.filter(|l| !l.is_empty()).collect()
    };
    let (old, new) = (lines(change.old), lines(change.new));
    let only = |here: &[String], there: &[String]| {
        let changed = here.iter().filter(|l| !there.contains(l));
        changed.into_iter().all(|l| is_version(l))
    };
    only(&old, &new) && only(&new, &old)
}

/// Whether a line says of which version something is: `"a": "^1.2"`, `a = "1.2"`,
/// `a = { version = "1", … }`, `"a>=1.2"`, `<version>1.2</version>`.
fn is_version(line: &str) -> bool {
    if line.starts_with(['#', '[', '{', '}', ']', '(', ')']) {
        return matches!(line, "[" | "]" | "{" | "}") || line.starts_with('#');
    }
    if let Some(inner) = line.strip_prefix("<version>") {
        return inner.starts_with(|c: char| c.is_ascii_digit());
    }
    let version = |text: &str| {
        let text = text.trim().trim_matches(['"', '\'']);
        let text = text.trim_start_matches(['^', '~', '=', '>', '<', '!', ' ', 'v']);
        text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains(" -")
    };
    let named = |text: &str| {
        let text = text.trim().trim_matches(['"', '\'']);
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_alphanumeric() || "-_.@/[],".contains(c))
    };
    if let Some((_, rest)) = line.split_once("version = ") {
        return version(rest);
    }
    let quoted = line.starts_with(['"', '\'']);
    let pair = if quoted {
        line.split_once("\":").or_else(|| line.split_once("' ="))
    } else {
        line.split_once(" = ")
    };
    match pair {
        Some((name, value)) => named(name) && version(value),
        None if quoted => {
            let inner = line.trim_matches(['"', '\'']);
            inner.find(['=', '<', '>', '~']).is_some_and(|at| {
                inner.get(..at).is_some_and(named) && inner.get(at..).is_some_and(version)
            })
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_from_what_steers() {
        for line in [
            "\"vitest\": \"^1.2.0\"",
            "serde = \"1.0\"",
            "serde = { version = \"1\", features = [\"derive\"] }",
            "\"pytest>=8\"",
            "<version>1.2</version>",
        ] {
            assert!(is_version(line), "{line}");
        }
        for line in [
            "\"test\": \"jest --testPathIgnorePatterns x\"",
            "[[test]]",
            "harness = false",
            "addopts = \"-k 'not x'\"",
            "[tool.pytest.ini_options]",
            "\"jest\": {",
            "autotests = false",
        ] {
            assert!(!is_version(line), "{line}");
        }
    }
}
