//! What single files, and whole differences, are said to do.

use super::*;
use crate::model::{
    Sha,
    samples::{self, sha},
};

/// A file that was renamed, with its text on both sides.
fn renamed(from: &str, to: &str, text: &str) -> FileChange {
    let mut file = samples::file(to, Vec::new());
    file.patch.old_path = Some(from.to_owned());
    file.patch.status = FileStatus::Renamed;
    (file.old, file.new) = (Some(text.to_owned()), Some(text.to_owned()));
    file
}

fn labels(files: &[FileChange]) -> Vec<Label> {
    let mut rules = Rules::default();
    for file in files {
        rules.file(file);
    }
    rules.finish().1.into_iter().map(|r| r.label).collect()
}

#[test]
fn a_gate_that_moves_to_where_it_is_none_is_a_gate_that_changed() {
    let ci = "on: push\njobs:\n  t:\n    steps:\n      - uses: github/codeql-action/analyze@v3\n";
    let (gate, other) = (".github/workflows/ci.yml", ".github/workflows/b.yml");
    for (from, to, is_said) in [
        (gate, "docs/ci.yml.txt", true),
        ("CODEOWNERS", "docs/owners-before.md", true),
        (gate, ".github/workflows/ci.yml.disabled", true),
        ("docs/a.md", "docs/b.md", false),
    ] {
        let found = labels(&[renamed(from, to, ci)]);
        assert_eq!(found.contains(&Label::GateChanged), is_said, "{from} {to}");
    }
    let mut rules = Rules::default();
    rules.file(&renamed(gate, "docs/ci.md", ci));
    let (files, found) = rules.finish();
    assert_eq!(files[0].path, "docs/ci.md");
    let line = &found[0].lines[0];
    assert_eq!((line.path.as_str(), line.line), (gate, 5));
    assert!(line.what.contains("scan"), "{line:?}");
    // Under another ending the forge does not run it.
    let mut rules = Rules::default();
    rules.file(&renamed(gate, ".github/workflows/ci.yml.disabled", ci));
    let lines: Vec<EvidenceLine> = rules.finish().1.into_iter().flat_map(|r| r.lines).collect();
    assert!(
        lines.iter().any(|l| l.what.contains("scan is gone")),
        "{lines:?}"
    );
    // It is still a gate under its new name.
    let found = labels(&[renamed(gate, other, ci)]);
    assert!(found.contains(&Label::GateChanged), "{found:?}");
}

#[test]
fn a_difference_that_no_reader_of_today_saw_is_unknown() {
    let head = sha("b");
    let attempt = |head: &Sha| Attempt {
        n: 1,
        head: head.clone(),
        how: crate::evidence::How::Push,
        at: None,
        by: None,
        basis: String::new(),
        commits: None,
    };
    let commit = Commit {
        sha: sha("c"),
        parents: Vec::new(),
        author_name: String::new(),
        author_email: String::new(),
        author: None,
        authored_at: None,
        committed_at: None,
        message: "Revert it\n\nThis reverts commit abc.".to_owned(),
        forge_verified: None,
    };
    let fixed = Response {
        label: Label::CodeFix,
        lines: Vec::new(),
    };
    for (responses, commits, files, want) in [
        (None, vec![], vec!["a.rs"], vec![Label::Unknown]),
        (
            None,
            vec![commit.clone()],
            vec!["a.rs"],
            vec![Label::Unknown],
        ),
        (Some(vec![]), vec![], vec!["a.md"], vec![Label::DocsOnly]),
        (Some(vec![]), vec![], vec![], vec![]),
        (
            Some(vec![fixed]),
            vec![commit],
            vec!["a.rs"],
            vec![Label::CodeFix, Label::Revert],
        ),
    ] {
        let mut facts = samples::change(&head, &sha("a"));
        facts.git.deltas = vec![HeadDelta {
            commits,
            responses,
            ..samples::delta(&sha("a"), &head, &files)
        }];
        let found = classify(&facts, &[attempt(&head)]);
        let found: Vec<Label> = found[0].iter().map(|r| r.label).collect();
        assert_eq!(found, want);
    }
}

#[test]
fn what_was_not_looked_through_is_marked() {
    let source = |new: Option<&str>| {
        let mut file = samples::file("a.py", Vec::new());
        (file.old, file.new) = (Some("before".to_owned()), new.map(str::to_owned));
        file
    };
    type Edit = fn(&mut FileChange);
    let cases: &[(&str, Option<&str>, Edit, bool)] = &[
        ("it was read", Some("x"), |_| (), false),
        ("its text was not read", None, |_| (), true),
        (
            "its text before was not read",
            Some("x"),
            |f| f.old = None,
            true,
        ),
        (
            "it is new",
            Some("x"),
            |f| {
                (f.old, f.patch.status) = (None, FileStatus::Added);
            },
            false,
        ),
        (
            "it is no text",
            None,
            |f| {
                (f.patch.binary, f.patch.additions) = (true, 0);
            },
            true,
        ),
        (
            "it is gone",
            None,
            |f| f.patch.status = FileStatus::Deleted,
            false,
        ),
        ("nothing was added", None, |f| f.patch.additions = 0, false),
        (
            "that it is not here is said otherwise",
            None,
            |f| f.patch.absent = true,
            false,
        ),
        (
            "nothing can stand in it",
            None,
            |f| f.patch.path = "a.lock".to_owned(),
            false,
        ),
    ];
    for (why, new, edit, want) in cases {
        let mut file = source(*new);
        edit(&mut file);
        let mut rules = Rules::default();
        rules.file(&file);
        assert_eq!(rules.finish().0[0].unread, *want, "{why}");
    }
}

#[test]
fn docs_only_is_said_of_documents_only() {
    const TEST: &str = "#[test]\nfn one() {\n    assert!(true);\n}\n";
    let changed = |path: &str, old: Option<&str>, new: Option<&str>| {
        let mut file = samples::file(path, Vec::new());
        (file.old, file.new) = (old.map(str::to_owned), new.map(str::to_owned));
        match (old, new) {
            (None, _) => file.patch.status = FileStatus::Added,
            (_, None) => file.patch.status = FileStatus::Deleted,
            _ => {}
        }
        file
    };
    let moved = |from, to, text| renamed(from, to, text);
    for (file, want) in [
        (changed("README.md", Some("a"), Some("b")), vec![]),
        (
            changed("tests/new.rs", None, Some(TEST)),
            vec![Label::TestChanged],
        ),
        (
            changed("src/a.rs", Some("\n"), Some("\n\n")),
            vec![Label::CodeFix],
        ),
        (
            changed("site.min.js", Some("a"), Some("b")),
            vec![Label::CodeFix],
        ),
        (
            moved("src/a.rs", "src/b.rs", "fn a() {}"),
            vec![Label::CodeFix],
        ),
        (
            moved("src/a.rs", "notes/a.md", "fn a() {}"),
            vec![Label::CodeFix],
        ),
        (
            moved("tests/a.rs", "notes/a.md", TEST),
            vec![Label::TestDeleted],
        ),
        // A side that was not read is none without tests.
        (
            changed("tests/a.rs", Some(TEST), Some(TEST)),
            vec![Label::TestChanged],
        ),
    ] {
        assert_eq!(
            labels(std::slice::from_ref(&file)),
            want,
            "{}",
            file.patch.path
        );
    }
    let mut unread = changed("tests/a.rs", Some(TEST), Some(TEST));
    unread.new = None;
    assert_eq!(labels(&[unread]), [Label::TestChanged]);
}
