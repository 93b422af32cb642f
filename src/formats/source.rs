//! Source files of any language: what kind of file a path is, where its tests are, and which
//! requirements their comments name (`[verifies REQ-PAY-17]`, `[verifies ]`).

use super::rust_source;
use crate::model::{ReqId, TestAnnotation, TestFn};

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

fn has_extension(path: &str, list: &[&str]) -> bool {
    std::path::Path::new(path)
        .extension()
        .and_then(|e| e.to_str())
        .is_some_and(|e| list.iter().any(|l| l.eq_ignore_ascii_case(e)))
}

/// Finds the test functions of a file: Rust by its syntax tree, other languages line by line.
pub fn test_fns(path: &str, text: &str) -> Vec<TestFn> {
    if !has_extension(path, &["rs"]) {
        return test_lines(path, text);
    }
    rust_source::test_units(text)
        .into_iter()
        .map(|unit| TestFn {
            name: unit.name,
            file: path.to_owned(),
            line: unit.line,
            line_end: unit.line_end,
        })
        .collect()
}

/// Finds test functions line by line, in any language: fast enough for whole trees, and good enough
/// for saying where a test stands.
pub fn test_lines(path: &str, text: &str) -> Vec<TestFn> {
    let mut found: Vec<TestFn> = Vec::new();
    let mut marked = false;
    for (line, text) in numbered(text) {
        let name = if has_extension(path, &["rs"]) {
            rust_line_test(text, &mut marked)
        } else {
            line_test(path, text)
        };
        let Some(name) = name else { continue };
        if let Some(last) = found.last_mut() {
            last.line_end = line.saturating_sub(1);
        }
        found.push(TestFn {
            name,
            file: path.to_owned(),
            line,
            line_end: line,
        });
    }
    if let Some(last) = found.last_mut() {
        last.line_end = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
    }
    found
}

/// Returns the name of the Rust test that a line starts; `marked` remembers that an attribute of a
/// test stands above.
fn rust_line_test(line: &str, marked: &mut bool) -> Option<String> {
    let text = line.trim_start();
    if let Some(attribute) = text.strip_prefix("#[") {
        let path = attribute.split(['(', ']', '=']).next().unwrap_or("");
        *marked |= path
            .rsplit("::")
            .next()
            .is_some_and(|last| last.ends_with("test"));
        return None;
    }
    let rest = ["fn ", "async fn ", "pub fn ", "pub async fn "]
        .iter()
        .find_map(|f| text.strip_prefix(f))?;
    let name: String = rest
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    (std::mem::take(marked) && !name.is_empty()).then_some(name)
}

/// Returns the name of the test that a line starts, by the language of the path.
pub(super) fn line_test(path: &str, line: &str) -> Option<String> {
    let text = line.trim_start();
    let word = |rest: &str| -> Option<String> {
        let name: String = rest
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        (!name.is_empty()).then_some(name)
    };
    if has_extension(path, &["py"]) {
        let rest = text
            .strip_prefix("async ")
            .unwrap_or(text)
            .strip_prefix("def ")?;
        return word(rest).filter(|n| n.starts_with("test"));
    }
    if has_extension(path, &["go"]) {
        return word(text.strip_prefix("func ")?).filter(|n| n.starts_with("Test"));
    }
    if has_extension(path, &["ts", "tsx", "js", "jsx", "mjs"]) {
        let rest = ["it", "test"].iter().find_map(|f| text.strip_prefix(f))?;
        let rest = [".skip", ".only", ".todo", ".fails"]
            .iter()
            .find_map(|m| rest.strip_prefix(m))
            .unwrap_or(rest);
        let rest = rest.strip_prefix('(')?;
        let quote = rest
            .chars()
            .next()
            .filter(|c| matches!(c, '\'' | '"' | '`'))?;
        return rest.split(quote).nth(1).map(str::to_owned);
    }
    None
}

fn numbered(text: &str) -> impl Iterator<Item = (u32, &str)> {
    (1..).zip(text.lines())
}

/// Finds `[verifies …]` in comments and the test that each stands above or in.
pub fn annotations(path: &str, text: &str) -> Vec<TestAnnotation> {
    if !text.contains("[verifies ") {
        return Vec::new();
    }
    let tests = test_fns(path, text);
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (line, words) in numbered(text) {
        for ids in verifies(words) {
            let test = owner(&tests, &lines, line);
            found.extend(ids.into_iter().map(|req| TestAnnotation {
                req,
                file: path.to_owned(),
                line,
                test: test.clone(),
            }));
        }
    }
    found
}

/// Returns the id lists of all `[verifies …]` on a line, where a comment mark stands before them.
fn verifies(line: &str) -> Vec<Vec<ReqId>> {
    let mut lists = Vec::new();
    for (at, mark) in line.match_indices("[verifies ") {
        let front = line.get(..at).unwrap_or("");
        let bare = front.trim_start();
        let commented = ["//", "#", "--", ";", "/*", "<!--", "%", "\"\"\"", "'''"]
            .iter()
            .any(|m| front.contains(m))
            || bare.starts_with('*');
        let inside = line.get(at + mark.len()..).and_then(|r| r.split_once(']'));
        if let (true, Some((ids, _))) = (commented, inside) {
            let ids: Vec<ReqId> = ids
                .split(',')
                .map(str::trim)
                .filter(|id| !id.is_empty() && id.len() <= 120)
                .map(ReqId::new)
                .collect();
            lists.push(ids);
        }
    }
    lists
}

/// The test that a comment belongs to: the next one below, with only comments, attributes and blank
/// lines in between, else the one around it.
fn owner(tests: &[TestFn], lines: &[&str], line: u32) -> Option<TestFn> {
    let next = tests
        .iter()
        .filter(|t| t.line > line)
        .min_by_key(|t| t.line);
    let decoration = |l: &&str| {
        let l = l.trim_start();
        let marks = ["//", "#", "/*", "*", "@", "--", "\"\"\""];
        l.is_empty() || marks.iter().any(|m| l.starts_with(m))
    };
    // The one below first: read line by line, a test seems to reach down to the next one.
    let below = next.filter(|next| {
        lines
            .get(line as usize..(next.line as usize).saturating_sub(1))
            .is_some_and(|between| between.iter().all(decoration))
    });
    let around = || tests.iter().find(|t| t.line <= line && line <= t.line_end);
    below.or_else(around).cloned()
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

    // [verifies PL-TRC-1]
    #[test]
    fn annotations_bind_to_the_test_below_or_around() {
        let rust = "// [verifies REQ-1]\n/// Doc.\n#[test]\nfn one() {\n    // [verifies REQ-2, REQ-3]\n    assert!(true);\n}\n\n// [verifies REQ-4]\nfn helper() {}\nlet s = \"[verifies NOT-1]\";\n";
        let got: Vec<_> = annotations("tests/a.rs", rust)
            .into_iter()
            .map(|a| {
                (
                    a.req.as_str().to_owned(),
                    a.line,
                    a.test.map(|t| (t.name, t.line)),
                )
            })
            .collect();
        let one = || Some(("one".to_owned(), 4));
        assert_eq!(
            got,
            [
                ("REQ-1".into(), 1, one()),
                ("REQ-2".into(), 5, one()),
                ("REQ-3".into(), 5, one()),
                ("REQ-4".into(), 9, None)
            ]
        );
        let python = "# [verifies R-7]\n@mark\ndef test_x():\n    pass\n";
        assert_eq!(
            annotations("t.py", python)[0].test.as_ref().unwrap().name,
            "test_x"
        );
        let two = "# [verifies R-1]\ndef test_first():\n    pass\n\n# [verifies R-2]\ndef test_second():\n    # [verifies R-3]\n    pass\n";
        let bound: Vec<String> = annotations("t.py", two)
            .into_iter()
            .map(|a| a.test.unwrap().name)
            .collect();
        assert_eq!(bound, ["test_first", "test_second", "test_second"]);
        let ts = "// [verifies R-8]\nit('charges once', () => {});\n";
        assert_eq!(
            annotations("a.test.ts", ts)[0].test.as_ref().unwrap().name,
            "charges once"
        );
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
            for path in ["a.rs", "a.py", "a.ts", "a.go"] {
                let _ = (test_fns(path, &text), annotations(path, &format!("// [verifies {text}")));
            }
            let _ = places(&text);
        }
    }
}
