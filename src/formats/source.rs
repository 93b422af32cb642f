//! Source files of any language: what kind of file a path is, and which places a failure names.

/// What a path says about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    Code,
    Test,
    /// Workflow, owners, scanner or contract file: decides what must pass.
    Gate,
    Dependency,
    Spec,
    Docs,
    Generated,
}

/// Tells the kind of a file by its path.
pub fn kind_of(path: &str) -> FileKind {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    let stem = name.split('.').next().unwrap_or(name);
    if super::gates::is_gate(&lower) {
        return FileKind::Gate;
    }
    let manifests = [
        "cargo.toml",
        "cargo.lock",
        "package.json",
        "package-lock.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "go.mod",
        "go.sum",
        "requirements.txt",
        "pyproject.toml",
        "poetry.lock",
        "uv.lock",
        "pom.xml",
        "gemfile",
        "gemfile.lock",
        "composer.json",
        "composer.lock",
        "build.gradle",
    ];
    if manifests.contains(&name) {
        return FileKind::Dependency;
    }
    let test_dir = lower.split('/').rev().skip(1).any(|dir| {
        matches!(
            dir,
            "test" | "tests" | "__tests__" | "spec" | "e2e" | "testdata"
        )
    });
    let test_name = stem.ends_with("_test")
        || stem.starts_with("test_")
        || stem == "conftest"
        || stem == "tests"
        || [".test.", ".spec.", ".snap"]
            .iter()
            .any(|m| name.contains(m));
    let is_md = has_extension(path, &["md", "markdown", "rst", "adoc", "txt"]);
    if (test_dir || test_name) && !is_md {
        return FileKind::Test;
    }
    if is_md {
        return if super::specs::format_of(path).is_some() {
            FileKind::Spec
        } else {
            FileKind::Docs
        };
    }
    if lower.contains("/generated/") || name.ends_with(".min.js") || name.ends_with(".pb.go") {
        return FileKind::Generated;
    }
    FileKind::Code
}

/// Tells whether a file may hold tests or annotations that this program can read.
pub fn is_source(path: &str) -> bool {
    has_extension(
        path,
        &[
            "rs", "py", "ts", "tsx", "js", "jsx", "mjs", "go", "java", "kt", "rb", "c", "cc",
            "cpp", "h", "cs", "swift", "php", "scala", "ex", "exs", "sh",
        ],
    )
}

pub(super) fn has_extension(path: &str, list: &[&str]) -> bool {
    std::path::Path::new(path)
        .extension()
        .and_then(|e| e.to_str())
        .is_some_and(|e| list.iter().any(|l| l.eq_ignore_ascii_case(e)))
}

/// Returns the `file:line` places in a failure text, in order: Rust's `panicked at f.rs:41:5`,
/// Python's and JavaScript's `f.ts:12:3`, Java's `(F.java:7)`.
pub fn places(text: &str) -> Vec<(String, u32)> {
    let mut found = Vec::new();
    let cut = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"' | '\'' | ',' | '`');
    for token in text.split(cut) {
        let mut parts = token.split(':');
        let (Some(path), Some(line)) = (parts.next(), parts.next()) else {
            continue;
        };
        if let (true, Ok(line)) = (is_source(path), line.parse()) {
            found.push((path.trim_start_matches("./").to_owned(), line));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn kinds_by_path() {
        use FileKind::{Code, Dependency, Docs, Gate, Spec, Test};
        let cases = [
            ("src/capture/mod.rs", Code),
            ("tests/capture.rs", Test),
            ("web/a.test.ts", Test),
            (".github/workflows/ci.yml", Gate),
            ("CODEOWNERS", Gate),
            ("Cargo.lock", Dependency),
            ("docs/spec/payments.md", Spec),
            ("README.md", Docs),
            ("pkg/x_test.go", Test),
        ];
        for (path, kind) in cases {
            assert_eq!(kind_of(path), kind, "{path}");
        }
    }

    #[test]
    fn places_in_failure_texts() {
        let text = "thread 'x' panicked at tests/capture.rs:41:5:\nat Foo (./web/a.ts:12:3)\nhttp://x:80/y File \"a.py\"";
        assert_eq!(
            places(text),
            [("tests/capture.rs".into(), 41), ("web/a.ts".into(), 12)]
        );
    }

    proptest! {
        #[test]
        fn never_panics(text in any::<String>()) {
            let _ = places(&text);
        }
    }
}
