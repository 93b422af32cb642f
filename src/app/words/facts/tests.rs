//! Words for facts, case by case.

use super::*;
use crate::{evidence::AnswerKind, model::Sha};

fn sha() -> Sha {
    crate::model::samples::sha("a")
}

fn both(subject: &Subject, verdict: Verdict, detail: &Detail) -> (String, String) {
    (title(subject, detail), note(subject, verdict, detail))
}

#[test]
fn names_that_collide_are_told_apart() {
    for (beside, words) in [
        (vec![], "ci / unit"),
        (
            vec![Qualifier::Event("push".to_owned())],
            "ci / unit · push",
        ),
        (
            vec![Qualifier::Event("push".to_owned()), Qualifier::Run(8)],
            "ci / unit · push · run 8",
        ),
        (vec![Qualifier::App("dco".to_owned())], "ci / unit · dco"),
        (vec![Qualifier::Status(None)], "ci / unit · status"),
    ] {
        assert_eq!(check_name("ci / unit", &beside), words);
    }
}

#[test]
fn a_check_says_what_its_results_say_and_how_often_it_ran() {
    let counts = |failed, passed, skipped| Counts {
        passed,
        failed,
        skipped,
        ..Counts::default()
    };
    let tries = vec![(1, Verdict::Fail), (2, Verdict::Pass)];
    for (verdict, results, newly, tries, words) in [
        (Verdict::Pass, None, 0, vec![], "success"),
        (Verdict::Fail, None, 0, vec![], "the title"),
        (Verdict::Pass, None, 0, tries, "success, try 2 of 2"),
        (
            Verdict::Fail,
            Some(counts(1, 411, 0)),
            0,
            vec![],
            "1 of 412 failed",
        ),
        (
            Verdict::Pass,
            Some(counts(1, 411, 0)),
            0,
            vec![],
            "green, though 1 of 412 failed",
        ),
        (
            Verdict::Fail,
            Some(counts(0, 412, 0)),
            0,
            vec![],
            "success, though 412 passed",
        ),
        (
            Verdict::Pass,
            Some(counts(0, 411, 1)),
            1,
            vec![],
            "411 passed, 1 newly skipped",
        ),
    ] {
        let subject = Subject::CheckRun { head: sha(), id: 1 };
        let detail = Detail::Check {
            name: "unit".to_owned(),
            qualifiers: vec![],
            conclusion: "success".to_owned(),
            title: Some("the title".to_owned()),
            tries,
            results,
            newly_skipped: newly,
        };
        assert_eq!(note(&subject, verdict, &detail), words);
    }
}

#[test]
fn findings_say_their_place_and_what_became_of_them() {
    let subject = Subject::Finding {
        head: sha(),
        tool: "T".to_owned(),
        rule: "sql".to_owned(),
        fingerprint: String::new(),
    };
    let finding = |suppressed: Option<&str>| Detail::Finding {
        says: "built from input".to_owned(),
        path: "a.rs".to_owned(),
        line: Some(3),
        level: "error".to_owned(),
        suppressed: suppressed.map(str::to_owned),
        text: String::new(),
    };
    let vanished = |why| Detail::Vanished {
        says: "built from input".to_owned(),
        path: "a.rs".to_owned(),
        line: Some(3),
        seen_in: 1,
        why,
    };
    for (detail, words) in [
        (finding(None), "a.rs:3"),
        (
            finding(Some("inSource: by design")),
            "suppressed: inSource: by design, a.rs:3",
        ),
        (
            vanished(WhyGone::Fixed),
            "fixed: its scan looked again and does not find it; attempt 1 had it at a.rs:3",
        ),
        (
            vanished(WhyGone::NotScanned),
            "not known to be fixed: this head has no report of its scan; attempt 1 had it at a.rs:3",
        ),
    ] {
        let (title, note) = both(&subject, Verdict::Fail, &detail);
        assert_eq!(
            (title.as_str(), note.as_str()),
            ("sql: built from input", words)
        );
    }
}

#[test]
fn a_test_says_why_it_passes_again() {
    let subject = Subject::Test {
        head: sha(),
        key: crate::model::TestKey::named("capture::once"),
    };
    let test = |state, answer| Detail::Test {
        state,
        headline: "left: 2 right: 1".to_owned(),
        text: String::new(),
        answer,
        not_analysed: Some("Python".to_owned()),
    };
    for (detail, words) in [
        (test(CellState::Fail, None), "left: 2 right: 1"),
        (
            test(CellState::Flaky, None),
            "passed and failed on this commit",
        ),
        (
            test(CellState::Pass, Some(AnswerKind::PassesAgain)),
            "passes again; test changes not analysed (Python)",
        ),
    ] {
        let (title, note) = both(&subject, Verdict::Pass, &detail);
        assert_eq!((title.as_str(), note.as_str()), ("capture::once", words));
    }
}
