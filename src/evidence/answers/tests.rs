//! Why a test passes again, on differences made for it.

use super::*;
use crate::{
    evidence::{How, matrix::Cell},
    model::{FileDelta, Sha, samples},
};

fn sha(n: usize) -> Sha {
    Sha::parse(&format!("{n:040}")).unwrap()
}

fn file(path: &str, old: &str, new: &str) -> FileDelta {
    let text = |t: &str| (!t.is_empty()).then(|| t.to_owned());
    FileDelta {
        old: text(old),
        new: text(new),
        ..samples::file(path, Vec::new())
    }
}

fn label(label: Label) -> Response {
    Response {
        label,
        lines: vec![],
    }
}

/// What is said of `test_one` in the last attempt: cells, and files by attempt after the first.
fn told(states: &[CellState], files: Vec<Vec<FileDelta>>, code: bool) -> Answer {
    let heads: Vec<Sha> = (0..states.len()).map(sha).collect();
    let attempts: Vec<Attempt> = (1..)
        .zip(&heads)
        .map(|(n, head)| attempt(n, head))
        .collect();
    let mut facts = samples::change(&sha(0), &sha(0));
    for (n, files) in files.into_iter().enumerate() {
        facts.git.deltas.push(HeadDelta {
            from: sha(n),
            to: sha(n + 1),
            files,
            commits: vec![],
            fast_forward: true,
        });
    }
    let cells = states.iter().map(|state| Cell {
        state: *state,
        report: None,
        message: String::new(),
        text: String::new(),
        tries: vec![],
        retries: 0,
    });
    let matrix = Matrix {
        rows: vec![TestRow {
            key: TestKey("tests.test_pay::test_one".into()),
            cells: cells.collect(),
            properties: vec![],
        }],
        counts: vec![],
    };
    let done = if code {
        vec![label(Label::CodeFix)]
    } else {
        vec![]
    };
    let responses = vec![done; states.len()];
    let mut all = build(&facts, &attempts, &matrix, &responses);
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

const STRICT: &str = "def test_one():\n    assert pay() == 1\n";
const LOOSE: &str = "def test_one():\n    assert pay()\n";
const RUST: &str = "#[test]\nfn test_one() {\n    assert_eq!(pay(), 1);\n}\n";
const RUST_LOOSE: &str = "#[test]\nfn test_one() {\n    assert!(pay() > 0);\n}\n";

// [verifies PL-TRC-2]
#[test]
fn fixed_by_code_is_said_only_where_all_of_the_tests_side_was_understood() {
    use AnswerKind::{
        FixedByCode, PassedByChangingTheTest, PassedUnexplained, PassesAgain, StillFailing,
    };
    use CellState::{Fail, Pass, Unknown};
    let code = || file("src/pay.py", "1", "2");
    let test = |old, new| file("tests/test_pay.py", old, new);
    let rust = |old, new| file("tests/pay.rs", old, new);
    type Case = (
        &'static [CellState],
        Vec<Vec<FileDelta>>,
        bool,
        AnswerKind,
        &'static str,
    );
    let cases: Vec<Case> = vec![
        (&[Fail, Pass], vec![vec![code()]], true, FixedByCode, ""),
        (&[Fail, Pass], vec![vec![]], false, PassedUnexplained, ""),
        (
            &[Fail, Pass],
            vec![vec![code(), test(STRICT, LOOSE)]],
            true,
            PassesAgain,
            "Python",
        ),
        (
            &[Fail, Pass],
            vec![vec![test(STRICT, LOOSE)]],
            false,
            PassesAgain,
            "Python",
        ),
        (
            &[Fail, Pass],
            vec![vec![code(), file("pytest.ini", "a", "b")]],
            true,
            PassesAgain,
            "pytest.ini",
        ),
        (
            &[Fail, Pass],
            vec![vec![rust(RUST, RUST_LOOSE)]],
            true,
            PassedByChangingTheTest,
            "",
        ),
        // The test was weakened while nobody knew its result.
        (
            &[Fail, Unknown, Pass],
            vec![vec![test(STRICT, LOOSE)], vec![code()]],
            true,
            PassesAgain,
            "Python",
        ),
        // It was weakened while it still failed.
        (
            &[Fail, Fail, Pass],
            vec![vec![rust(RUST, RUST_LOOSE)], vec![code()]],
            true,
            PassedByChangingTheTest,
            "",
        ),
        // What was taken and given back leaves nothing.
        (
            &[Fail, Fail, Pass],
            vec![vec![test(STRICT, LOOSE)], vec![test(LOOSE, STRICT), code()]],
            true,
            FixedByCode,
            "",
        ),
        // What was done before it failed is no answer to the failure.
        (
            &[Pass, Fail, Pass],
            vec![vec![test(STRICT, LOOSE)], vec![code()]],
            true,
            FixedByCode,
            "",
        ),
        (&[Fail, Fail], vec![vec![code()]], true, StillFailing, ""),
        // A difference that is missing.
        (
            &[Fail, Pass],
            vec![],
            true,
            PassesAgain,
            "git objects are missing",
        ),
    ];
    for (states, files, code, kind, not_analysed) in cases {
        let shown = format!("{states:?} {files:?}");
        let answer = told(states, files, code);
        assert_eq!(answer.kind, kind, "{shown}");
        assert_eq!(
            answer.not_analysed.unwrap_or_default(),
            not_analysed,
            "{shown}"
        );
    }
}

#[test]
fn a_file_of_tests_that_moved_is_followed() {
    let mut moved = file("checks/test_pay.py", STRICT, LOOSE);
    moved.patch.old_path = Some("tests/test_pay.py".into());
    let answer = told(&[CellState::Fail, CellState::Pass], vec![vec![moved]], true);
    assert_eq!(answer.kind, AnswerKind::PassesAgain);
    assert_eq!(
        answer.words(),
        "passes again; test changes not analysed (Python)"
    );
}
