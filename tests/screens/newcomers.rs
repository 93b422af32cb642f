//! What somebody who sees it for the first time tries.

use std::sync::Arc;

use proofline::{
    app::{Effect, Msg, Screen},
    decide::Dossier,
    model::{ChangeId, PrState, Timestamp, Zone},
};

use super::stage::{Stage, now, world};

/// The story's change with its facts rewritten.
fn rewritten(edit: impl FnOnce(&mut proofline::model::ChangeFacts)) -> (ChangeId, Arc<Dossier>) {
    let number = world().story;
    let found = world().dossiers.iter().find(|(id, _)| id.number == number);
    let (id, dossier) = found.unwrap();
    let mut facts = dossier.evidence.facts.clone();
    edit(&mut facts);
    (id.clone(), Arc::new(Dossier::of(facts, now())))
}

/// Opens a change as it was rewritten.
fn opened(size: (u16, u16), edit: impl FnOnce(&mut proofline::model::ChangeFacts)) -> Stage {
    let (id, dossier) = rewritten(edit);
    let mut stage = Stage::new(size);
    drop(stage.app.open_change(id.clone()));
    let generation = stage.app.generation;
    stage.send(Msg::Loaded {
        id,
        generation,
        result: Ok(dossier),
    });
    stage
}

fn pulls(stage: &Stage) -> usize {
    let pull = |e: &&Effect| matches!(e, Effect::SyncChange(_));
    stage.effects.iter().filter(pull).count()
}

#[test]
fn a_closed_change_is_pulled_when_it_is_opened_and_never_was() {
    let closed = |f: &mut proofline::model::ChangeFacts| f.pr.state = PrState::Merged;
    let bare = |f: &mut proofline::model::ChangeFacts| {
        f.pr.state = PrState::Closed;
        f.parts.clear();
    };
    assert_eq!(pulls(&opened((140, 40), bare)), 1);
    assert_eq!(pulls(&opened((140, 40), closed)), 0, "its evidence is here");
    let open = |f: &mut proofline::model::ChangeFacts| f.parts.clear();
    assert_eq!(pulls(&opened((140, 40), open)), 0, "a sync pulls it anyway");
    // Nothing is asked where nothing may be.
    let (id, dossier) = rewritten(bare);
    for offline in [true, false] {
        let mut stage = Stage::new((140, 40));
        stage.app.refresh.off = offline;
        drop(stage.app.open_change(id.clone()));
        let generation = stage.app.generation;
        for _ in 0..2 {
            stage.send(Msg::Loaded {
                id: id.clone(),
                generation,
                result: Ok(Arc::clone(&dossier)),
            });
        }
        assert_eq!(
            pulls(&stage),
            usize::from(!offline),
            "once, and not offline"
        );
    }
}

/// Stands on the finding of the head, whose file the newest attempt does not touch.
fn on_finding(stage: &mut Stage) {
    stage.press("5 G");
    for _ in 0..20 {
        if stage.text().contains("Secure ▸ finding") {
            return;
        }
        stage.press("k");
    }
    panic!("no finding:\n{}", stage.text());
}

#[test]
fn enter_on_a_finding_opens_its_place() {
    let mut stage = Stage::story((140, 40));
    on_finding(&mut stage);
    stage.press("enter");
    assert_eq!(stage.screen(), Screen::Diff);
    let text = stage.text();
    let selected = text.lines().find(|l| l.contains('▌') || l.contains("55 "));
    assert!(text.contains("src/capture/store.rs"), "{text}");
    assert!(selected.is_some(), "{text}");
    assert!(stage.effects.is_empty(), "{:?}", stage.effects);
}

#[test]
fn a_finding_whose_place_is_in_no_difference_opens_its_page() {
    let mut stage = opened((140, 40), |f| {
        f.git.total = None;
        f.git.deltas.clear();
    });
    on_finding(&mut stage);
    stage.effects.clear();
    stage.press("enter");
    assert_eq!(stage.screen(), Screen::Timeline);
    assert!(
        matches!(stage.effects.as_slice(), [Effect::Browse(url)] if url.contains("http")),
        "{:?}",
        stage.effects
    );
}

#[test]
fn description_branches_labels_and_state_are_one_key_away() {
    let mut stage = opened((140, 40), |f| {
        f.pr.body = "Why it is done.\n\nAnd how.".into();
        f.pr.labels = vec!["money".into(), "retries".into()];
        f.pr.state = PrState::Merged;
    });
    stage.press("b");
    let text = stage.text();
    for words in [
        "Why it is done.",
        "And how.",
        "money, retries",
        "merged",
        "into",
        "main at",
    ] {
        assert!(text.contains(words), "{words}:\n{text}");
    }
    stage.press("esc");
    assert!(!stage.text().contains("Why it is done."));
}

#[test]
fn a_local_range_offers_nothing_that_needs_a_forge() {
    let mut stage = opened((140, 40), |f| f.local = true);
    stage.app.status.local = true;
    let text = stage.text();
    for words in [
        "A approve",
        "E exception",
        "outbox",
        "X request",
        "never synced",
    ] {
        assert!(!text.contains(words), "{words}:\n{text}");
    }
    for keys in ["A", "X", "E", "r", "R", "g o", "g l", "o"] {
        stage.press(keys);
        assert_eq!(stage.screen(), Screen::Timeline, "{keys}");
        assert!(
            stage.text().contains("a local range has no forge"),
            "{keys}"
        );
    }
    assert!(stage.effects.is_empty(), "{:?}", stage.effects);
    stage.press("?");
    assert!(
        !stage.text().contains("approve (opens a form)"),
        "{}",
        stage.text()
    );
}

#[test]
fn times_are_those_of_the_zone_and_rows_of_another_day_say_it() {
    let mut stage = Stage::story((140, 40));
    stage.press("g g");
    assert!(stage.text().contains("Timeline · UTC "), "{}", stage.text());
    stage.app.zone = Zone::new(|_| 14 * 3600);
    let text = stage.text();
    assert!(text.contains("Timeline · UTC+14:00"), "{text}");
    let same = |f: &mut proofline::model::ChangeFacts| f.reviews.clear();
    let mut stage = opened((140, 40), same);
    let night = |at: Timestamp| {
        if at.since(Timestamp(0)) % 86_400 > 36_000 {
            50_400
        } else {
            0
        }
    };
    stage.app.zone = Zone::new(night);
    stage.press("g g");
    let rows = stage.text();
    assert!(
        rows.lines().any(|l| l.starts_with("│Nov 21 ")),
        "a row that is a day after its attempt says so:\n{rows}"
    );
}
