//! What arrives while somebody looks: lines of a difference, and a change that is loaded anew.

use std::sync::Arc;

use proofline::{
    app::{Body, Effect, Msg, Screen, StatusUpdate, update},
    decide::Dossier,
    keys::parse_sequence,
    model::{ChangeId, FilePatch},
};

use super::stage::{Stage, now, world};

/// Presses keys and answers nothing; returns the loads of differences that were asked for.
fn ask(stage: &mut Stage, keys: &str) -> Vec<u64> {
    let mut asked = Vec::new();
    for key in parse_sequence(keys).unwrap() {
        for effect in update(&mut stage.app, Msg::Key(key), now()) {
            if let Effect::LoadDiff { generation, .. } = effect {
                asked.push(generation);
            }
        }
    }
    asked
}

fn answer(stage: &mut Stage, generation: u64, result: Result<Vec<FilePatch>, String>) {
    let result = result.map(Arc::new);
    stage.send(Msg::Diff { generation, result });
}

fn patch(path: &str) -> FilePatch {
    FilePatch {
        path: path.to_owned(),
        old_path: None,
        status: proofline::model::FileStatus::Modified,
        binary: true,
        additions: 0,
        deletions: 0,
        hunks: Vec::new(),
        absent: false,
    }
}

#[test]
fn a_difference_is_read_when_it_is_opened_and_a_late_answer_is_dropped() {
    let mut stage = Stage::story((140, 40));
    let first = ask(&mut stage, "d");
    assert_eq!(stage.screen(), Screen::Diff);
    assert_eq!(first.len(), 1);
    assert!(stage.text().contains("Reading the difference…"));
    // Another difference is wanted before the first one came.
    let second = ask(&mut stage, "h");
    assert_eq!(second.len(), 1);
    answer(&mut stage, first[0], Ok(vec![patch("late.rs")]));
    assert!(stage.text().contains("Reading the difference…"));
    answer(&mut stage, second[0], Ok(vec![patch("wanted.rs")]));
    assert!(stage.text().contains("wanted.rs") && !stage.text().contains("late.rs"));
    // It is here now, and asked for no second time.
    assert!(ask(&mut stage, "j k g g").is_empty());
}

#[test]
fn a_difference_that_cannot_be_read_says_why_and_is_asked_for_again() {
    let mut stage = Stage::story((140, 40));
    let asked = ask(&mut stage, "d");
    answer(
        &mut stage,
        asked[0],
        Err("the object \u{1b}[2Jis gone".to_owned()),
    );
    let text = stage.text();
    assert!(
        text.contains("? This difference cannot be read: the object"),
        "{text}"
    );
    assert!(!text.contains('\u{1b}'));
    assert!(ask(&mut stage, "j").is_empty(), "not by every key");
    // The change is loaded anew, and its objects are here.
    let (id, dossier) = story();
    let generation = stage.app.change.as_ref().unwrap().generation;
    stage.send(Msg::Loaded {
        id: id.clone(),
        generation,
        result: Ok(Arc::clone(dossier)),
    });
    assert!(!stage.text().contains("cannot be read"));
    assert!(stage.text().contains("@@"), "{}", stage.text());
}

fn story() -> &'static (ChangeId, Arc<Dossier>) {
    let all = &world().dossiers;
    all.iter()
        .find(|(id, _)| id.number == world().story)
        .unwrap()
}

/// The row of the timeline that is stood on.
fn row(stage: &Stage) -> String {
    let Body::Timeline(view) = stage.app.view().body else {
        panic!("another screen");
    };
    view.list.lines[view.list.selected.unwrap()].plain()
}

#[test]
fn the_cursor_stays_on_its_row_where_a_change_is_loaded_anew() {
    let mut stage = Stage::story((140, 40));
    let before = stage.app.timeline.cursor.at;
    let dossier = Arc::clone(&story().1);
    // Fewer rows above.
    let mut facts = dossier.evidence.facts.clone();
    let first = dossier.evidence.attempts[0].head.clone();
    facts.runs.retain(|run| run.head_sha != first);
    facts.checks.retain(|check| check.head_sha != first);
    let now_shown = Arc::new(Dossier::of(facts, now()));
    let fewer = dossier.evidence.graph.nodes.len() - now_shown.evidence.graph.nodes.len();
    assert!(fewer > 0);
    let words = row(&stage);
    let generation = stage.app.change.as_ref().unwrap().generation;
    stage.send(Msg::Loaded {
        id: story().0.clone(),
        generation,
        result: Ok(now_shown),
    });
    assert_ne!(stage.app.timeline.cursor.at, before);
    assert_eq!(row(&stage), words);
}

#[test]
fn a_change_that_cannot_be_loaded_again_stays_and_says_so() {
    let mut stage = Stage::story((140, 40));
    let generation = stage.app.change.as_ref().unwrap().generation;
    stage.send(Msg::Loaded {
        id: story().0.clone(),
        generation,
        result: Err("the file is \u{1b}[2Jdamaged".to_owned()),
    });
    let text = stage.text();
    assert!(
        text.contains("Timeline") && text.contains("could not be loaded"),
        "{text}"
    );
    stage.press("g p");
    assert!(stage.text().contains("damaged"), "{}", stage.text());
    assert!(!stage.text().contains('\u{1b}'));
}

#[test]
fn the_header_of_a_local_range_says_what_is_being_read() {
    let mut stage = Stage::story((140, 40));
    stage.app.status.local = true;
    stage.send(Msg::Status(StatusUpdate::Busy(
        "reading contents".to_owned(),
    )));
    let text = stage.text();
    assert!(
        text.contains("reading contents · local, no forge"),
        "{text}"
    );
    stage.send(Msg::Status(StatusUpdate::Idle));
    assert!(!stage.text().contains("reading contents"));
}
