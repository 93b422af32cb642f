//! What keys do, on the real machine.

use std::sync::Arc;

use proofline::{
    app::{Effect, Msg, Screen, StatusUpdate, Trouble, update},
    decide::{DecisionId, Dossier, Kind},
    model::{PrState, Stage as Phase, Verdict},
};

use super::stage::{Stage, now, world};

fn line_with<'a>(text: &'a str, needle: &str) -> &'a str {
    text.lines()
        .find(|l| l.contains(needle))
        .unwrap_or_else(|| panic!("no `{needle}` in\n{text}"))
}

// [verifies PL-HON-3, PL-TRC-1]
#[test]
fn the_main_job_by_keys() {
    let mut stage = Stage::new((140, 40));
    stage.press("enter");
    assert_eq!(stage.screen(), Screen::Timeline);
    // From the top, the jump reaches the failing test of the head.
    stage.press("g g");
    let here = |s: &Stage| {
        let text = s.text();
        text.contains("✗ fail  at b066ebc")
            && text.contains("class B: annotation tests/capture.rs:77")
    };
    for _ in 0..20 {
        if here(&stage) {
            break;
        }
        stage.press("] e");
    }
    assert!(here(&stage), "{}", stage.text());
    stage.press("t");
    let text = stage.text();
    assert_eq!(stage.screen(), Screen::Trace);
    assert!(
        text.contains("REQ-PAY-18 Concurrent retries charge once"),
        "{text}"
    );
    assert!(text.contains("docs/spec/payments.md:32"), "{text}");
    assert!(text.contains("annotation tests/capture.rs:77"), "{text}");
    stage.press("a");
    let text = stage.text();
    assert!(
        line_with(&text, "retry_same_key").contains("✓ pass!"),
        "passed by changing the test is marked:\n{text}"
    );
    assert!(
        line_with(&text, "concurrent_retri… ").contains("○ skip!"),
        "{text}"
    );
    assert!(
        line_with(&text, "ci / unit").contains("✓! ×2"),
        "the green check that holds a failure is marked:\n{text}"
    );
}

#[test]
fn the_second_attempt_says_how_it_passed() {
    let mut stage = Stage::story((140, 40));
    stage.press("a h h");
    let text = stage.text();
    for words in [
        "test weakened",
        "assert_eq!(charges, 1)",
        "assert!(charges <= 2)",
        "test skipped",
    ] {
        assert!(text.contains(words), "{words}:\n{text}");
    }
    stage.press("j");
    assert!(
        stage.text().contains("passed by changing the test"),
        "{}",
        stage.text()
    );
    stage.press("k l");
    assert!(
        stage.text().contains("continue-on-error: true"),
        "{}",
        stage.text()
    );
}

#[test]
fn a_stage_key_filters_and_unfilters() {
    let mut stage = Stage::story((140, 40));
    stage.press("5");
    let text = stage.text();
    assert!(
        text.contains("Timeline ▸ Secure") && text.contains("CodeQL"),
        "{text}"
    );
    assert!(!text.contains("ci / unit"), "{text}");
    stage.press("5");
    assert!(stage.text().contains("ci / unit"));
}

#[test]
fn a_late_result_is_dropped() {
    let mut stage = Stage::new((140, 40));
    let (first, dossier) = world()
        .dossiers
        .iter()
        .find(|(id, _)| id.number == 479)
        .unwrap();
    stage.open(482);
    let before = stage.text();
    stage.send(Msg::Loaded {
        id: first.clone(),
        generation: 1,
        result: Ok(Arc::clone(dossier)),
    });
    assert_eq!(stage.text(), before, "another change's result");
    let (id, _) = world()
        .dossiers
        .iter()
        .find(|(id, _)| id.number == 482)
        .unwrap();
    stage.send(Msg::Loaded {
        id: id.clone(),
        generation: 0,
        result: Err("late".into()),
    });
    assert_eq!(stage.text(), before, "an older generation's result");
}

#[test]
fn what_was_pulled_is_shown_without_another_load() {
    let mut stage = Stage::new((140, 40));
    let (id, dossier) = world()
        .dossiers
        .iter()
        .find(|(id, _)| id.number == 482)
        .unwrap();
    let mut newer = Dossier::clone(dossier);
    newer.evidence.facts.pr.title = "A newer title".into();
    newer.evidence.facts.pr.updated_at.0 += 1_000_000;
    let effects = update(&mut stage.app, Msg::Pulled(Arc::new(newer.clone())), now());
    assert!(effects.is_empty(), "nothing is loaded: {effects:?}");
    assert!(stage.text().contains("A newer title"), "its row");
    let numbers = || {
        world()
            .rows
            .iter()
            .filter(|r| r.pr.state == PrState::Open)
            .count()
    };
    assert_eq!(
        stage.app.inbox.visible().len(),
        numbers(),
        "in place of the old"
    );
    stage.open(482);
    let late = stage.app.change.as_ref().unwrap().generation;
    stage.send(Msg::Pulled(Arc::new(newer)));
    stage.send(Msg::Loaded {
        id: id.clone(),
        generation: late,
        result: Ok(Arc::clone(dossier)),
    });
    let shown = stage.app.change.as_ref().unwrap().dossier.clone().unwrap();
    assert_eq!(
        shown.evidence.facts.pr.title, "A newer title",
        "a load from before is late"
    );
}

#[test]
fn approving_is_bound_to_what_was_on_the_screen() {
    let mut stage = Stage::new((140, 40));
    stage.open(479);
    stage.press("A");
    stage.type_text("fine");
    stage.press("ctrl-s");
    let Some(Effect::Decide(draft, change)) = stage.effects.last() else {
        panic!("{:?}", stage.effects);
    };
    let (id, dossier) = world()
        .dossiers
        .iter()
        .find(|(id, _)| id.number == 479)
        .unwrap();
    assert_eq!(change, id);
    assert_eq!(draft.kind, Kind::Approve);
    assert_eq!(draft.reason, "fine");
    assert_eq!(draft.bound.head_sha, dossier.evidence.facts.pr.head_sha);
    assert_eq!(draft.bound.evidence_digest, dossier.evidence.digest.digest);
    stage.send(Msg::Recorded {
        id: DecisionId("01ABC".into()),
        change: id.clone(),
    });
    assert_eq!(stage.screen(), Screen::Timeline);
    assert!(stage.text().contains("recorded as 01ABC"));
}

// [verifies PL-DEC-1]
#[test]
fn a_head_that_moves_while_the_form_is_open_holds_it() {
    let mut stage = Stage::new((140, 40));
    stage.open(479);
    stage.press("A");
    stage.head_moves(479);
    assert!(
        stage.text().contains("The head moved to abababa"),
        "{}",
        stage.text()
    );
    stage.press("ctrl-s");
    assert!(
        !stage
            .effects
            .iter()
            .any(|e| matches!(e, Effect::Decide(..))),
        "nothing is sent"
    );
    assert_eq!(stage.screen(), Screen::Decide, "the form stays");
}

#[test]
fn an_exception_needs_all_its_fields_and_high_risk_its_sha() {
    let mut stage = Stage::story((140, 40));
    stage.press("E");
    assert!(
        stage
            .text()
            .contains("capture::concurrent_retries_charge_once "),
        "what one stands on is proposed"
    );
    stage.type_text("CodeQL#91");
    let Some(state) = &stage.app.decide else {
        panic!("no form")
    };
    assert_eq!(
        state.draft.target, "CodeQL#91",
        "typing takes the proposal's place"
    );
    stage.press("ctrl-s");
    let text = stage.text();
    for field in [
        "give a reason",
        "name the compensating control",
        "name who owns the risk",
    ] {
        assert!(text.contains(field), "{field}:\n{text}");
    }
    assert!(
        !stage
            .effects
            .iter()
            .any(|e| matches!(e, Effect::Decide(..)))
    );
    stage.press("esc A ctrl-s");
    assert!(stage.text().contains("high risk: type"), "{}", stage.text());
    assert!(
        !stage
            .effects
            .iter()
            .any(|e| matches!(e, Effect::Decide(..)))
    );
}

#[test]
fn in_a_form_letters_are_text_and_escape_sends_nothing() {
    let mut stage = Stage::new((140, 40));
    stage.open(479);
    stage.press("A");
    stage.type_text("qQjkdAX?/:");
    assert!(stage.text().contains("qQjkdAX?/:"), "{}", stage.text());
    stage.press("esc");
    assert_eq!(stage.screen(), Screen::Timeline);
    assert!(stage.text().contains("nothing was sent"));
    assert!(
        stage
            .effects
            .iter()
            .all(|e| !matches!(e, Effect::Decide(..) | Effect::Quit))
    );
}

#[test]
fn readonly_and_local_refuse_decisions_with_words() {
    let mut stage = Stage::new((140, 40));
    stage.app.readonly = true;
    stage.open(479);
    stage.press("A");
    assert_eq!(stage.screen(), Screen::Timeline);
    assert!(stage.text().contains("--readonly"), "{}", stage.text());
}

#[test]
fn filters_tabs_and_search() {
    let mut stage = Stage::new((140, 40));
    stage.press("f");
    stage.type_text("agent:copilot");
    stage.press("enter");
    let text = stage.text();
    assert!(text.contains("#482") && !text.contains("#479"), "{text}");
    stage.press("f esc");
    assert!(stage.text().contains("#479"));
    stage.press("{");
    assert!(!stage.text().contains("#468"), "the agents' tab");
    stage.press("}");
    stage.press("/");
    stage.type_text("nextest");
    stage.press("enter");
    assert!(stage.text().contains("match 1 of 1"), "{}", stage.text());
    stage.press("/");
    stage.type_text("no such words");
    stage.press("enter");
    assert!(stage.text().contains("is not in this view"));
}

#[test]
fn jumps_go_back_and_forward() {
    let mut stage = Stage::story((140, 40));
    stage.press("t a");
    assert_eq!(stage.screen(), Screen::Attempts);
    stage.press("ctrl-o");
    assert_eq!(stage.screen(), Screen::Trace);
    stage.press("ctrl-o");
    assert_eq!(stage.screen(), Screen::Timeline);
    stage.press("] o ] o");
    assert_eq!(stage.screen(), Screen::Attempts);
    stage.press("q q q");
    assert_eq!(stage.screen(), Screen::Inbox);
}

#[test]
fn help_runs_what_is_selected() {
    let mut stage = Stage::story((140, 40));
    stage.press("?");
    stage.type_text("ladder");
    stage.press("enter");
    assert_eq!(stage.screen(), Screen::Attempts);
}

// [verifies PL-HON-2]
#[test]
fn loading_offline_and_empty_say_so() {
    let mut stage = Stage::empty((140, 40));
    assert!(stage.text().contains("Reading the cache"));
    stage.send(Msg::Inbox(Vec::new()));
    stage.send(Msg::Status(StatusUpdate::Offline(Trouble {
        words: "offline: no connection".into(),
        why: "connection refused".into(),
        host: None,
    })));
    let text = stage.text();
    assert!(
        text.contains("Nothing is cached, and nothing could be asked")
            && text.contains("connection refused"),
        "{text}"
    );
    assert!(
        !text.contains("no pull requests"),
        "a failed query is not an empty answer"
    );
    let mut stage = Stage::empty((140, 40));
    stage.send(Msg::Inbox(Vec::new()));
    assert!(
        stage.text().contains("no pull requests"),
        "{}",
        stage.text()
    );
    let mut stage = Stage::new((140, 40));
    let id = proofline::model::ChangeId {
        repo: world().dossiers[0].0.repo.clone(),
        number: 9_999,
    };
    for effect in stage.app.open_change(id.clone()) {
        let Effect::LoadChange(id, generation) = effect else {
            continue;
        };
        assert!(stage.text().contains("Loading from the cache"));
        stage.send(Msg::Loaded {
            id,
            generation,
            result: Err("the file is damaged".into()),
        });
    }
    assert!(
        stage.text().contains("could not be loaded")
            && stage.text().contains("the file is damaged")
    );
}

// [verifies PL-SAF-1]
#[test]
fn hostile_titles_reach_the_screen_only_as_pictures() {
    let mut stage = Stage::new((140, 40));
    let mut rows = world().rows.clone();
    rows[0].pr.title = "evil \u{1b}[2J\u{202e}title\u{200b}".to_owned();
    stage.send(Msg::Inbox(rows));
    let text = stage.text();
    assert!(text.contains("evil ␛[2J<U+202E>title<U+200B>"), "{text}");
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
}

// [verifies PL-HON-1]
#[test]
fn unknown_is_never_drawn_as_pass() {
    let (_, dossier) = world()
        .dossiers
        .iter()
        .find(|(id, _)| id.number == 479)
        .unwrap();
    let mut facts = dossier.evidence.facts.clone();
    for part in &mut facts.parts {
        part.state = proofline::model::PartState::Failed(proofline::model::Hole::new(
            proofline::model::HoleKind::Refused,
            "403 no permission",
        ));
    }
    (facts.reviews, facts.runs, facts.checks, facts.reports) = Default::default();
    facts.git = proofline::model::GitFacts::default();
    let blind = Dossier::of(facts, now());
    for stage in [Phase::Change, Phase::Verify, Phase::Review] {
        let state = blind.assessment.stage(stage).unwrap();
        assert_eq!(
            state.verdict,
            Verdict::Unknown,
            "{stage:?}: {:?}",
            state.why
        );
    }
}
