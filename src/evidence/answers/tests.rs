//! Why a test passes again, on differences made for it.

use super::*;
use crate::{
    evidence::{How, matrix::Cell},
    model::{FilePair, Sha, Touched, samples},
};

fn sha(n: usize) -> Sha {
    Sha::parse(&format!("{n:040}")).unwrap()
}

/// What an attempt writes: a path and its text from then on; nothing where it is gone.
type Edit = (&'static str, &'static str);

const STRICT: &str = "def test_one():\n    assert pay() == 1\n";
const LOOSE: &str = "def test_one():\n    assert pay()\n";
const RUST: &str = "#[test]\nfn test_one() {\n    assert_eq!(pay(), 1);\n}\n";
const RUST_LOOSE: &str = "#[test]\nfn test_one() {\n    assert!(pay() > 0);\n}\n";

/// What stands in the first attempt.
const FIRST: &[Edit] = &[
    ("src/pay.py", "1"),
    ("tests/test_pay.py", STRICT),
    ("tests/pay.rs", RUST),
    ("pytest.ini", "a"),
];

/// The files that differ between two attempts; each attempt after the first writes some.
fn pairs(edits: &[Vec<Edit>], from: usize, to: usize) -> Vec<FilePair> {
    let tree = |n: usize| -> BTreeMap<&str, &str> {
        let written = edits.iter().take(n).flatten();
        FIRST.iter().chain(written).copied().collect()
    };
    let (old, new) = (tree(from), tree(to));
    let text = |tree: &BTreeMap<&str, &str>, path: &str| {
        let text = tree.get(path).filter(|t| !t.is_empty());
        text.map(|t| (*t).to_owned())
    };
    let paths: std::collections::BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    paths
        .into_iter()
        .map(|path| FilePair {
            path: path.to_owned(),
            old_path: None,
            old: text(&old, path),
            new: text(&new, path),
            known: true,
            absent: false,
        })
        .filter(|pair| pair.old != pair.new)
        .collect()
}

/// What is said of `test_one` in the last attempt: cells, and what `between` hands out of two attempts.
fn told(states: &[CellState], between: impl Fn(usize, usize) -> Option<Vec<FilePair>>) -> Answer {
    let heads: Vec<Sha> = (0..states.len()).map(sha).collect();
    let attempts: Vec<Attempt> = (1..)
        .zip(&heads)
        .map(|(n, head)| attempt(n, head))
        .collect();
    let mut facts = samples::change(&sha(0), &sha(0));
    let cells = states.iter().map(|state| Cell {
        state: *state,
        report: None,
        message: crate::model::Word::default(),
        text: crate::model::Word::default(),
        tries: vec![],
        retries: 0,
    });
    let matrix = Matrix {
        rows: vec![TestRow {
            key: TestKey::named("tests.test_pay::test_one"),
            class: "tests.test_pay".into(),
            name: "test_one".into(),
            suite: crate::model::Word::default(),
            file: None,
            cells: cells.collect(),
            properties: vec![],
        }],
        ..Matrix::default()
    };
    for question in asked(&attempts, &matrix) {
        let at = |head: &Sha| heads.iter().position(|h| h == head).unwrap();
        let Some(files) = between(at(&question.from), at(&question.to)) else {
            continue;
        };
        let mut touches = Touches::new(&question.tests);
        for file in &files {
            touches.file(file);
        }
        let alone = |t: &TestKey| (t.clone(), (Touch::LeftAlone, String::new()));
        let mut tests: BTreeMap<_, _> = question.tests.iter().map(alone).collect();
        let code = touches.code();
        tests.extend(touches.finish());
        facts.git.touched.push(Touched {
            from: question.from,
            to: question.to,
            code,
            tests,
        });
    }
    let mut all = build(&facts, &attempts, &matrix);
    all.pop().unwrap().pop().unwrap()
}

fn attempt(n: usize, head: &Sha) -> Attempt {
    Attempt {
        n,
        head: head.clone(),
        how: How::Push,
        at: None,
        by: None,
        basis: String::new(),
        commits: None,
    }
}

// [verifies PL-TRC-2]
#[test]
fn fixed_by_code_is_said_only_where_all_of_the_tests_side_was_understood() {
    use AnswerKind::{
        FixedByCode, PassedByChangingTheTest, PassedUnexplained, PassesAgain, StillFailing,
    };
    use CellState::{Fail, Pass, Unknown};
    let code = ("src/pay.py", "2");
    let loose = ("tests/test_pay.py", LOOSE);
    let strict = ("tests/test_pay.py", STRICT);
    let rust_loose = ("tests/pay.rs", RUST_LOOSE);
    type Case = (
        &'static [CellState],
        Vec<Vec<Edit>>,
        AnswerKind,
        &'static str,
    );
    let cases: Vec<Case> = vec![
        (&[Fail, Pass], vec![vec![code]], FixedByCode, ""),
        (&[Fail, Pass], vec![vec![]], PassedUnexplained, ""),
        (
            &[Fail, Pass],
            vec![vec![code, loose]],
            PassesAgain,
            "Python",
        ),
        (&[Fail, Pass], vec![vec![loose]], PassesAgain, "Python"),
        (
            &[Fail, Pass],
            vec![vec![code, ("pytest.ini", "b")]],
            PassesAgain,
            "pytest.ini",
        ),
        (
            &[Fail, Pass],
            vec![vec![rust_loose]],
            PassedByChangingTheTest,
            "",
        ),
        // The test was weakened while nobody knew its result.
        (
            &[Fail, Unknown, Pass],
            vec![vec![loose], vec![code]],
            PassesAgain,
            "Python",
        ),
        // It was weakened while it still failed.
        (
            &[Fail, Fail, Pass],
            vec![vec![rust_loose], vec![code]],
            PassedByChangingTheTest,
            "",
        ),
        // What was taken and given back leaves nothing.
        (
            &[Fail, Fail, Pass],
            vec![vec![loose], vec![strict, code]],
            FixedByCode,
            "",
        ),
        // So does code that came and went: nothing lies between.
        (
            &[Fail, Fail, Pass],
            vec![vec![code], vec![("src/pay.py", "1")]],
            PassedUnexplained,
            "",
        ),
        // What was done before it failed is no answer to the failure.
        (
            &[Pass, Fail, Pass],
            vec![vec![loose], vec![code]],
            FixedByCode,
            "",
        ),
        (&[Fail, Fail], vec![vec![code]], StillFailing, ""),
    ];
    for (states, edits, kind, not_analysed) in cases {
        let shown = format!("{states:?} {edits:?}");
        let answer = told(states, |from, to| Some(pairs(&edits, from, to)));
        assert_eq!(answer.kind, kind, "{shown}");
        assert_eq!(
            answer.not_analysed.unwrap_or_default(),
            not_analysed,
            "{shown}"
        );
    }
    // A difference that is missing.
    let answer = told(&[Fail, Pass], |_, _| None);
    assert_eq!(answer.kind, PassesAgain);
    assert_eq!(
        answer.not_analysed.as_deref(),
        Some("git objects are missing")
    );
}

#[test]
fn a_file_of_tests_that_moved_is_followed() {
    let moved = |_, _| {
        Some(vec![FilePair {
            path: "checks/test_pay.py".into(),
            old_path: Some("tests/test_pay.py".into()),
            old: Some(STRICT.into()),
            new: Some(LOOSE.into()),
            known: true,
            absent: false,
        }])
    };
    let answer = told(&[CellState::Fail, CellState::Pass], moved);
    assert_eq!(answer.kind, AnswerKind::PassesAgain);
    assert_eq!(
        answer.words(),
        "passes again; test changes not analysed (Python)"
    );
}

#[test]
fn a_content_that_was_not_read_is_no_content_that_is_gone() {
    let unread = |_, _| {
        Some(vec![FilePair {
            path: "tests/test_pay.py".into(),
            old_path: None,
            old: Some(STRICT.into()),
            new: None,
            known: false,
            absent: false,
        }])
    };
    let answer = told(&[CellState::Fail, CellState::Pass], unread);
    assert_eq!(answer.kind, AnswerKind::PassesAgain);
}
