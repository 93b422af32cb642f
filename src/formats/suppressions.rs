//! Marks that switch a finding off where they stand. They count in a comment or an attribute only,
//! as the tools read them: a mark inside of a string, a docstring or a document is no mark.

use super::{
    gates::GateEdit,
    lexer::{self, Language, Part, Piece},
};
use crate::model::FileChange;

/// Which languages a mark is read in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum In {
    Any,
    Python,
    Script,
    Go,
    /// Languages with `//` comments.
    Slashes,
}

/// Marks that begin a comment.
const MARKS: &[(&str, In)] = &[
    ("noqa", In::Python),
    ("type: ignore", In::Python),
    ("pragma: no cover", In::Python),
    ("nosec", In::Any),
    ("nosemgrep", In::Any),
    ("nolint", In::Slashes),
    ("lgtm", In::Any),
    ("codeql[", In::Any),
    ("NOSONAR", In::Any),
    ("@ts-ignore", In::Script),
    ("@ts-expect-error", In::Script),
    ("@ts-nocheck", In::Script),
    ("eslint-disable-line", In::Script),
    ("eslint-disable-next-line", In::Script),
    ("istanbul ignore", In::Script),
    ("c8 ignore", In::Script),
    ("v8 ignore", In::Script),
    ("#nosec", In::Go),
];

/// Attributes of Rust that do the same.
const ATTRIBUTES: &[&str] = &["#[allow(", "#![allow("];

fn reads(mark: In, language: Language) -> bool {
    match mark {
        In::Any => true,
        In::Python => language == Language::Python,
        In::Script => matches!(language, Language::JavaScript | Language::TypeScript),
        In::Go => language == Language::Go,
        In::Slashes => !matches!(
            language,
            Language::Python | Language::Yaml | Language::Toml | Language::Rust
        ),
    }
}

/// Finds the suppressions that a difference adds. In a language whose comments are not known, and
/// in a file that was not understood, nothing is claimed.
pub fn added(file: &FileChange) -> Vec<GateEdit> {
    let patch = &file.patch;
    let (Some(language), Some(text)) = (Language::of(&patch.path), &file.new) else {
        return Vec::new();
    };
    let mut added = patch.added().peekable();
    if added.peek().is_none() {
        return Vec::new();
    }
    let Some(lines) = lexer::lines(language, text) else {
        return Vec::new();
    };
    let removed: Vec<&str> = patch.removed().map(|(_, t)| t.trim()).collect();
    added
        .filter(|(_, text)| !removed.contains(&text.trim()))
        .filter(|(line, _)| {
            let at = (*line as usize).checked_sub(1);
            at.and_then(|at| lines.get(at))
                .is_some_and(|pieces| is_marked(language, pieces))
        })
        .map(|(line, text)| GateEdit {
            path: patch.path.clone(),
            line,
            text: text.trim().to_owned(),
            what: "a finding is switched off here".to_owned(),
            loosens: true,
            restores: false,
            adds: false,
        })
        .collect()
}

fn is_marked(language: Language, pieces: &[Piece<'_>]) -> bool {
    pieces.iter().any(|piece| match piece.part {
        Part::Text => false,
        Part::Code => {
            language == Language::Rust && ATTRIBUTES.iter().any(|mark| piece.text.contains(mark))
        }
        // A tool reads a mark where a comment begins, or behind a further comment mark in it.
        Part::LineComment => piece
            .text
            .split(if piece.text.starts_with('#') {
                "#"
            } else {
                "//"
            })
            .any(|words| begins_with_mark(language, words.trim_start_matches('/'))),
        Part::BlockComment => {
            let words = piece.text.trim_start_matches("/*").trim_start();
            let switch =
                piece.begins && reads(In::Script, language) && is_mark(words, "eslint-disable");
            switch || piece.begins && begins_with_mark(language, words)
        }
    })
}

fn begins_with_mark(language: Language, words: &str) -> bool {
    let words = words.trim_start();
    MARKS
        .iter()
        .any(|(mark, place)| reads(*place, language) && is_mark(words, mark))
}

/// Whether words begin with a mark as a whole word. Python's tools take some in any case of letters.
fn is_mark(words: &str, mark: &str) -> bool {
    let (Some(front), Some(rest)) = (words.get(..mark.len()), words.get(mark.len()..)) else {
        return false;
    };
    let same = front == mark || mark == "noqa" && front.eq_ignore_ascii_case(mark);
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    same && (mark.ends_with('[') || !rest.starts_with(joins))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DiffLine, FileStatus, LineKind, samples};

    fn new_file(path: &str, text: &str) -> FileChange {
        let line = |(n, text): (u32, &str)| DiffLine {
            kind: LineKind::Added,
            text: text.to_owned(),
            old_no: None,
            new_no: Some(n),
        };
        let mut file = samples::file(path, (1..).zip(text.lines()).map(line).collect());
        file.patch.status = FileStatus::Added;
        file.new = Some(text.to_owned());
        file
    }

    #[test]
    fn marks_count_where_the_tools_read_them() {
        let cases: &[(&str, &str, &[u32])] = &[
            ("a.rs", "#[allow(dead_code)]\nfn a() {}", &[1]),
            ("a.rs", "let a = \"#[allow(dead_code)]\";", &[]),
            ("a.rs", "let a = r#\"\n#[allow(x)]\n\"#;", &[]),
            ("a.rs", "/// Do not write `#[allow(x)]`.\nfn a() {}", &[]),
            ("a.py", "import os  # noqa: F401", &[1]),
            ("a.py", "import os  # isort:skip # NOQA", &[1]),
            ("a.py", "check(\"import os  # noqa: F401\")", &[]),
            ("a.py", "\"\"\"Marks:\n\n    import os  # noqa\n\"\"\"", &[]),
            ("a.py", "x = '''\n# type: ignore\n'''", &[]),
            ("a.py", "x = y  # type: ignore[attr]", &[1]),
            ("a.py", "x = 1  # how noqa works", &[]),
            ("a.py", "x = 1  # nosecurity", &[]),
            ("a.py", "run(x)  # nosec B602", &[1]),
            ("a.ts", "// @ts-ignore\na();", &[1]),
            ("a.ts", "const a = `\n// @ts-ignore\n`;", &[]),
            ("a.ts", "const a = \"// eslint-disable-line\";", &[]),
            ("a.js", "a() // eslint-disable-line no-alert", &[1]),
            ("a.js", "/* eslint-disable */\na()", &[1]),
            ("a.js", "/**\n * eslint-disable is a mark.\n */", &[]),
            ("a.tsx", "x = <p>{/* eslint-disable-line */}</p>", &[1]),
            ("a.js", "// noqa", &[]),
            ("a.go", "x() //nolint:errcheck", &[1]),
            ("a.go", "x() // #nosec G104", &[1]),
            ("a.go", "x := `\n//nolint\n`", &[]),
            ("A.java", "x(); // NOSONAR", &[1]),
            ("A.java", "x = \"\"\"\n  // NOSONAR\n  \"\"\";", &[]),
            ("a.yml", "run: x # nosemgrep", &[1]),
            ("a.yml", "run: |\n  echo '# nosemgrep'\n", &[]),
            ("README.md", "```python\nimport os  # noqa\n```", &[]),
            ("a.rb", "x # nosec", &[]),
            ("a.py", "\"\"\"not closed\nimport os  # noqa", &[]),
        ];
        for (path, text, expected) in cases {
            let found: Vec<u32> = added(&new_file(path, text))
                .iter()
                .map(|e| e.line)
                .collect();
            assert_eq!(found, *expected, "{path}: {text}");
        }
    }
}
