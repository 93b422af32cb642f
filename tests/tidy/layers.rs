//! The import direction of the crate, kept as a test.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Each module, what of the crate it may name, and what outside of it it must not.
const LAYERS: &[(&str, &[&str], &[&str])] = &[
    ("model", &["text"], IO),
    ("text", &["model"], IO),
    ("formats", &["model", "text"], IO),
    ("evidence", &["model", "text", "formats"], IO),
    ("contract", &["model", "text", "formats", "evidence"], IO),
    ("decide", &["model", "text", "evidence", "contract"], IO),
    ("keys", &["model", "text"], IO),
    ("theme", &["model", "text"], IO),
    (
        "app",
        &[
            "model", "text", "formats", "evidence", "contract", "decide", "keys", "theme",
        ],
        IO,
    ),
    (
        "ui",
        &["app", "keys", "theme", "text"],
        &[
            "tokio", "octocrab", "rusqlite", "git2", "std::fs", "std::net",
        ],
    ),
    (
        "forge",
        &["model", "text", "formats", "decide"],
        &["ratatui", "crossterm", "rusqlite", "git2"],
    ),
    (
        "store",
        &["model", "text", "decide"],
        &["ratatui", "crossterm", "octocrab", "git2", "tokio"],
    ),
    (
        "repo",
        &["model", "text"],
        &["ratatui", "crossterm", "octocrab", "rusqlite"],
    ),
    (
        "query",
        &[
            "model", "text", "formats", "evidence", "contract", "decide", "store", "repo",
        ],
        &[
            "ratatui",
            "crossterm",
            "octocrab",
            "rusqlite",
            "git2",
            "tokio",
        ],
    ),
    (
        "sync",
        &[
            "model", "text", "formats", "evidence", "contract", "decide", "forge", "store", "repo",
            "query",
        ],
        // Wire types and addresses are the forge's own.
        &[
            "ratatui",
            "crossterm",
            "octocrab",
            "rusqlite",
            "git2",
            "wire",
            "github",
        ],
    ),
    (
        "demo",
        &["model", "formats", "decide"],
        &["ratatui", "crossterm", "octocrab"],
    ),
    ("shell", ALL, &["octocrab", "rusqlite", "git2"]),
    ("cli", ALL, &["octocrab", "rusqlite", "git2", "ratatui"]),
];

/// Crates and modules of input, output, clocks and terminals.
const IO: &[&str] = &[
    "ratatui",
    "crossterm",
    "tokio",
    "octocrab",
    "rusqlite",
    "git2",
    "hyper",
    "axum",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::time::SystemTime",
    "std::time::Instant",
    "chrono::Utc::now",
    "Utc::now",
];

const ALL: &[&str] = &[
    "model", "text", "formats", "evidence", "contract", "decide", "keys", "theme", "app", "ui",
    "forge", "store", "repo", "query", "sync", "demo", "shell", "cli",
];

/// The longest file of source or tests.
const MAX_LINES: usize = 500;

pub fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|x| x == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// First segments after `crate::`, those in groups included, with their lines.
fn crate_heads(text: &str) -> Vec<(usize, String)> {
    let mut heads = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let line = text[..at].lines().count().max(1);
        if text[..at]
            .rsplit('\n')
            .next()
            .is_some_and(|l| l.trim_start().starts_with("//"))
        {
            continue;
        }
        let rest = &text[at + 7..];
        let names: Vec<String> = match rest.strip_prefix('{') {
            None => vec![rest.to_owned()],
            Some(group) => {
                let (mut depth, mut start, mut names) = (0, 0, Vec::new());
                for (i, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth > 0 => depth -= 1,
                        ',' | '}' if depth == 0 => {
                            names.push(group[start..i].to_owned());
                            start = i + 1;
                            if c == '}' {
                                break;
                            }
                        }
                        _ => {}
                    }
                }
                names
            }
        };
        for name in names {
            let word: String = name
                .trim()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            if !word.is_empty() {
                heads.push((line, word));
            }
        }
    }
    heads
}

/// Says what is wrong with one file's imports.
fn wrong(layer: &str, text: &str) -> Vec<String> {
    let Some((_, may, never)) = LAYERS.iter().find(|(l, ..)| *l == layer) else {
        return Vec::new();
    };
    let mut bad = Vec::new();
    // Tests inside a module may use what they like of the crate's outside.
    let code = text.split("#[cfg(test)]").next().unwrap_or(text);
    for (line, head) in crate_heads(code) {
        if head != layer && !may.contains(&head.as_str()) {
            bad.push(format!("{line}: {layer} imports {head}"));
        }
    }
    for (n, line) in code
        .lines()
        .enumerate()
        .filter(|(_, l)| !l.trim_start().starts_with("//"))
    {
        for name in *never {
            if line.contains(&format!("{name}::"))
                || line.contains(&format!("use {name}"))
                || line.contains(&format!("{name}("))
            {
                bad.push(format!("{}: {layer} names {name}", n + 1));
            }
        }
    }
    bad
}

#[test]
fn each_layer_imports_only_what_lies_below_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut bad = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for file in rust_files(&src) {
        let relative = file.strip_prefix(&src).unwrap();
        let layer = relative
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_str()
            .unwrap()
            .to_owned();
        let text = fs::read_to_string(&file).unwrap();
        bad.extend(
            wrong(&layer, &text)
                .into_iter()
                .map(|w| format!("{}:{w}", relative.display())),
        );
        seen.insert(layer);
    }
    assert!(bad.is_empty(), "\n{}", bad.join("\n"));
    for layer in seen.iter().filter(|l| !l.contains('.')) {
        assert!(
            LAYERS.iter().any(|(l, ..)| l == layer),
            "{layer} is in no row of the table"
        );
    }
}

#[test]
fn a_planted_import_is_found() {
    let planted =
        "use crate::{model::{Sha, ids}, ui::draw};\nfn f() { let _ = std::fs::read(\"x\"); }\n";
    assert_eq!(
        wrong("evidence", planted),
        ["1: evidence imports ui", "2: evidence names std::fs"]
    );
    assert!(wrong("evidence", "use crate::model::Sha;\n// use crate::ui;\n").is_empty());
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut long = Vec::new();
    for folder in ["src", "tests"] {
        for file in rust_files(&root.join(folder)) {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            if lines > MAX_LINES {
                long.push(format!(
                    "{}: {lines} lines",
                    file.strip_prefix(root).unwrap().display()
                ));
            }
        }
    }
    assert!(
        long.is_empty(),
        "over {MAX_LINES} lines:\n{}",
        long.join("\n")
    );
}
