//! What keys that nobody meant cannot do: decide, or lose what was typed.

use proofline::{
    app::{Body, Effect, Msg, Screen, Span},
    decide::{DecisionId, Dossier, Draft, Kind},
    keys::{Action, Scope},
};
use std::sync::Arc;

use super::stage::{Stage, now, world};

const CHANGE: u64 = 479;

fn on_change() -> Stage {
    let mut stage = Stage::new((140, 40));
    stage.open(CHANGE);
    stage.rest();
    stage
}

fn sent(stage: &Stage) -> Vec<&Draft> {
    let drafts = stage.effects.iter().filter_map(|e| match e {
        Effect::Decide(draft, _) => Some(&**draft),
        _ => None,
    });
    drafts.collect()
}

fn footer(stage: &Stage) -> String {
    stage.app.view().footer.plain()
}

fn reason(stage: &Stage) -> String {
    let state = stage.app.decide.as_ref().expect("a form");
    state.draft.reason.clone()
}

#[test]
fn a_form_that_is_closed_gives_its_text_back() {
    for (key, kind) in [
        ("A", Kind::Approve),
        ("X", Kind::RequestChanges),
        ("E", Kind::ExceptionAsk),
    ] {
        let mut stage = on_change();
        stage.press(key);
        if kind == Kind::ExceptionAsk {
            stage.press("tab");
        }
        stage.type_text("the rounding is wrong").press("esc");
        assert_eq!(stage.screen(), Screen::Timeline);
        assert_eq!(
            footer(&stage),
            format!(" nothing was sent; the text is kept, {key} opens it again")
        );
        stage.press(key);
        assert_eq!(reason(&stage), "the rounding is wrong", "{key}");
        assert!(footer(&stage).contains("is back"), "{}", footer(&stage));
        // Once more, and the text of a kind comes back to no other.
        stage.press("esc");
        let other = if key == "X" { "A" } else { "X" };
        stage.press(other);
        assert_eq!(reason(&stage), "", "{other} after {key}");
        stage.press("esc").press(key);
        assert_eq!(reason(&stage), "the rounding is wrong", "{key} again");
    }
}

#[test]
fn a_text_belongs_to_its_change() {
    let mut stage = on_change();
    stage.press("X").type_text("not here").press("esc");
    stage.open(world().story);
    stage.press("X");
    assert_eq!(reason(&stage), "");
    stage.press("esc");
    stage.open(CHANGE);
    stage.press("X");
    assert_eq!(reason(&stage), "not here");
}

// [verifies PL-DEC-1]
#[test]
fn a_text_that_comes_back_is_bound_to_what_is_then_on_the_screen() {
    let mut stage = Stage::story((140, 40));
    stage.press("A").type_text("fine").press("tab");
    let short = stage
        .app
        .decide
        .as_ref()
        .unwrap()
        .draft
        .bound
        .head_sha
        .short()
        .to_owned();
    stage.type_text(&short).press("esc").press("A");
    let typed = |s: &Stage| s.app.decide.as_ref().unwrap().draft.typed_sha.clone();
    assert_eq!(typed(&stage), short, "the same head");
    stage.press("esc");
    stage.head_moves(world().story);
    stage.press("A");
    let state = stage.app.decide.as_ref().unwrap();
    assert_eq!(state.draft.reason, "fine");
    assert_eq!(state.draft.bound.head_sha.short(), "abababa");
    assert_eq!(typed(&stage), "", "a sha that was typed for another head");
}

#[test]
fn what_was_filled_in_for_a_person_is_nothing_they_typed() {
    let mut stage = Stage::story((140, 40));
    // Moving in a field changes nothing in it.
    stage.press("E left left esc");
    assert_eq!(footer(&stage), " nothing was sent");
    assert_eq!(stage.app.kept, []);
}

#[test]
fn a_text_is_discarded_by_a_key_of_its_own_and_had_again_by_the_same() {
    let mut stage = on_change();
    stage.press("X").type_text("wrong").press("ctrl-x");
    assert_eq!(reason(&stage), "");
    assert!(footer(&stage).contains("again brings it back"));
    stage.press("ctrl-x");
    assert_eq!(reason(&stage), "wrong");
    stage.press("ctrl-x esc");
    assert_eq!(footer(&stage), " nothing was sent");
    stage.press("X");
    assert_eq!(reason(&stage), "", "what was discarded does not come back");
    stage.press("ctrl-x");
    assert!(footer(&stage).contains("no text to discard"));
    let keys = stage.app.keymap.keys_for(Scope::Decide, Action::Discard);
    assert_eq!(keys, ["ctrl-x"]);
}

#[test]
fn no_form_opens_in_the_burst_that_closed_another() {
    for key in ["A", "X", "E"] {
        let mut stage = on_change();
        stage.press("X").burst(&format!("esc {key}"));
        assert_eq!(stage.screen(), Screen::Timeline, "{key}");
        assert_eq!(
            footer(&stage),
            format!(" too soon after a form closed: press {key} again in a moment")
        );
        stage.burst(key);
        assert_eq!(stage.screen(), Screen::Timeline, "{key} in the same burst");
        stage.rest();
        assert_eq!(footer(&stage), format!(" now {key} opens the form"));
        stage.burst(key);
        assert_eq!(stage.screen(), Screen::Decide, "{key} after a rest");
    }
    // The same where the form closed since it was recorded.
    let mut stage = on_change();
    stage.press("A").burst("ctrl-s");
    let id = stage.app.change.as_ref().unwrap().id.clone();
    stage.send(Msg::Recorded {
        id: DecisionId("01ABC".into()),
        change: id,
    });
    stage.burst("X");
    assert_eq!(stage.screen(), Screen::Timeline);
    stage.press("X").press("X");
    assert_eq!(stage.screen(), Screen::Decide);
}

#[test]
fn no_form_is_confirmed_before_it_was_seen_and_the_keyboard_was_quiet() {
    let mut stage = on_change();
    stage.burst("A ctrl-s");
    assert_eq!(sent(&stage).len(), 0, "one burst");
    assert!(footer(&stage).contains("too soon"), "{}", footer(&stage));
    stage.send(Msg::Quiet);
    stage.burst("ctrl-s");
    assert_eq!(sent(&stage).len(), 0, "never drawn");
    stage.send(Msg::Drawn);
    stage.burst("ctrl-s");
    assert_eq!(sent(&stage).len(), 0, "drawn, but in one burst");
    assert!(footer(&stage).contains("look at it, then ctrl-s again"));
    stage.send(Msg::Quiet);
    assert!(footer(&stage).contains("ctrl-s approve #479"));
    stage.burst("ctrl-s");
    assert_eq!(sent(&stage).len(), 1);
    stage.burst("ctrl-s");
    assert_eq!(sent(&stage).len(), 1, "once");
}

#[test]
fn the_last_key_of_a_sequence_that_means_nothing_opens_no_form() {
    for keys in ["[ A", "[ X", "[ E", "g A", "] A", "[ Q"] {
        let mut stage = on_change();
        stage.burst(keys);
        assert_eq!(stage.screen(), Screen::Timeline, "{keys}");
        assert!(!stage.effects.contains(&Effect::Quit), "{keys}");
        assert!(footer(&stage).contains("mean nothing together"), "{keys}");
    }
    let mut stage = on_change();
    stage.burst("[ d");
    assert_eq!(stage.screen(), Screen::Diff, "what does no harm still acts");
}

#[test]
fn a_form_is_left_by_closing_it_only() {
    let mut stage = on_change();
    stage
        .press("X")
        .type_text("x")
        .press("ctrl-o alt-j alt-k ctrl-d");
    assert_eq!(stage.screen(), Screen::Decide);
    assert_eq!(reason(&stage), "x");
}

#[test]
fn quitting_asks_where_texts_would_be_lost() {
    let mut stage = on_change();
    stage.press("X").type_text("x").burst("ctrl-c");
    assert!(!stage.effects.contains(&Effect::Quit), "in the form");
    assert!(footer(&stage).contains("1 unsent text would be lost"));
    stage.press("esc").burst("Q");
    assert!(!stage.effects.contains(&Effect::Quit), "after it");
    stage.burst("j Q");
    assert!(!stage.effects.contains(&Effect::Quit), "asked anew");
    stage.burst("Q");
    assert!(stage.effects.contains(&Effect::Quit));
    let mut stage = on_change();
    stage.burst("Q");
    assert!(stage.effects.contains(&Effect::Quit), "nothing is lost");
}

#[test]
fn a_text_outlives_a_ledger_that_cannot_be_written() {
    let mut stage = on_change();
    stage.press("X").type_text("still here").burst("ctrl-s esc");
    stage.rest().press("X");
    assert_eq!(stage.screen(), Screen::Timeline, "it may be sent twice");
    assert!(footer(&stage).contains("still being recorded"));
    stage.send(Msg::NotRecorded("the disk is full".into()));
    stage.press("X");
    assert_eq!(reason(&stage), "still here");
    // A record that comes late closes no other form.
    stage.press("ctrl-s").burst("esc");
    stage.rest().press("A").type_text("other");
    let change = stage.app.change.as_ref().unwrap().id.clone();
    stage.send(Msg::Recorded {
        id: DecisionId("01ABC".into()),
        change,
    });
    assert_eq!(stage.screen(), Screen::Decide);
    assert_eq!(reason(&stage), "other");
    stage.press("esc X");
    assert_eq!(reason(&stage), "", "what was recorded does not come back");
}

#[test]
fn a_form_says_what_it_is_in_title_role_and_footer() {
    for (key, title, role, does) in [
        ("A", "APPROVE", "decide.approve", "approve #479"),
        (
            "X",
            "REQUEST CHANGES",
            "decide.request-changes",
            "request changes on #479",
        ),
        (
            "E",
            "ASK FOR AN EXCEPTION",
            "decide.exception",
            "ask for an exception on #479",
        ),
    ] {
        for size in [(80, 24), (140, 40)] {
            let mut stage = Stage::new(size);
            stage.open(CHANGE);
            stage.burst(key);
            assert!(footer(&stage).contains("ctrl-s waits a moment"), "{key}");
            stage.rest();
            let view = stage.app.view();
            let Body::Decide(form) = &view.body else {
                panic!("no form")
            };
            let text = format!("{title} · acme/payments#479");
            let span = Span { text, role };
            assert_eq!(form.title.spans, [span]);
            assert_eq!(form.role, role);
            let words = view.footer.plain();
            assert!(words.contains(&format!("ctrl-s {does} ")), "{words}");
            assert!(words.contains("ctrl-x discard"), "{size:?} {words}");
        }
    }
}

#[test]
fn who_will_read_it_stands_in_the_form() {
    let mut stage = on_change();
    stage.press("A");
    let said = |stage: &Stage| {
        let view = stage.app.view();
        let Body::Decide(form) = view.body else {
            panic!("no form")
        };
        let spans = form.about.into_iter().flat_map(|l| l.spans);
        let said: Vec<Span> = spans
            .filter(|s| s.text.contains("public") || s.text.contains("private"))
            .collect();
        assert_eq!(said.len(), 1, "{said:?}");
        (said[0].role, said[0].text.clone())
    };
    let (role, words) = said(&stage);
    assert_eq!(role, "attention");
    assert!(
        words.starts_with("! acme/payments is public: anyone"),
        "{words}"
    );
    for (visibility, role, start) in [
        (
            Some(proofline::model::Visibility::Private),
            "text",
            "acme/payments is private",
        ),
        (
            None,
            "attention",
            "! whether acme/payments is public is not known",
        ),
    ] {
        let change = stage.app.change.as_mut().unwrap();
        let mut facts = change.dossier.as_ref().unwrap().evidence.facts.clone();
        facts.pr.visibility = visibility;
        change.dossier = Some(Arc::new(Dossier::of(facts, now())));
        let (found, words) = said(&stage);
        assert_eq!(found, role);
        assert!(words.starts_with(start), "{words}");
    }
}

#[test]
fn all_that_will_be_posted_can_be_read_in_a_small_terminal() {
    for key in ["A", "X", "E"] {
        let mut stage = Stage::story((80, 24));
        stage.rest();
        stage.press(key);
        let state = stage.app.decide.as_ref().unwrap();
        let blockers = state.draft.blockers.clone();
        assert_eq!(blockers.len(), 4);
        assert!(!stage.text().contains("<!-- proofline:decision"), "{key}");
        let mut seen = String::new();
        for _ in 0..12 {
            seen.push_str(&stage.text());
            stage.press("pagedown");
        }
        assert!(stage.text().contains("<!-- proofline:decision"), "{key}");
        for blocker in blockers.iter().filter(|_| key == "A") {
            assert!(seen.contains(&format!("- {blocker}")), "{blocker}\n{seen}");
        }
        for _ in 0..12 {
            stage.press("pageup");
        }
        assert_eq!(stage.app.decide.as_ref().unwrap().top, 0);
        assert!(stage.app.decide.as_ref().unwrap().typed().is_empty());
    }
}
