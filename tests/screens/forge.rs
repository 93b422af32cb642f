//! What the workbench says of the forge: what moved, what waits, each request; and when it asks.

use proofline::app::{Effect, LogRow, Msg, StatusUpdate, Trouble, beat};

use super::stage::{Stage, now, world};

const WIDE: (u16, u16) = (140, 40);

/// Requests of two hosts, of every outcome.
pub fn log() -> Vec<LogRow> {
    let row = |host: &str, seconds, path: &str, status, millis| LogRow {
        host: host.to_owned(),
        at: Some(now().plus(seconds)),
        method: if path == "/graphql" { "POST" } else { "GET" }.to_owned(),
        path: path.to_owned(),
        status,
        millis,
        cost: u8::from(status.is_some() && status != Some(304)),
        remaining: Some(4_811),
    };
    vec![
        row(
            "forge.test",
            0,
            "/repos/acme/payments/pulls?state=all&sort=updated&direction=desc&per_page=100",
            Some(304),
            12,
        ),
        row("forge.test", 0, "/graphql", Some(200), 240),
        row(
            "git.acme.org",
            1,
            "/repos/shop/web/actions/runs?per_page=100",
            Some(403),
            31,
        ),
        row(
            "git.acme.org",
            2,
            "/repos/shop/web/activity?per_page=100",
            None,
            30_000,
        ),
    ]
}

#[test]
fn the_forge_log_lists_each_request_and_closes() {
    let mut stage = Stage::new(WIDE);
    stage.press("g l");
    assert_eq!(stage.effects, [Effect::LoadForgeLog]);
    stage.send(Msg::ForgeLog(log()));
    let text = stage.text();
    assert!(
        text.contains("Forge log: 4 requests · 1 unchanged · 2 failed"),
        "{text}"
    );
    for words in [
        "304 same",
        "no answer",
        "403",
        "git.acme.org",
        "cost 0",
        "4811 left",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    stage.press("q");
    assert!(!stage.text().contains("Forge log"));
}

#[test]
fn a_long_log_begins_at_its_end() {
    let mut stage = Stage::new((80, 24));
    let mut rows = Vec::new();
    for n in 0..100 {
        let mut row = log()[1].clone();
        row.path = format!("/request/{n}");
        rows.push(row);
    }
    stage.send(Msg::ForgeLog(rows));
    assert!(stage.text().contains("/request/99"));
    stage.press("k");
    let text = stage.text();
    assert!(
        !text.contains("/request/99") && text.contains("/request/98"),
        "{text}"
    );
    stage.press("g");
    stage.press("j");
    assert!(stage.text().contains("Forge log"));
}

#[test]
fn what_moved_is_said_until_it_was_seen() {
    let mut stage = Stage::story(WIDE);
    stage.send(Msg::Status(StatusUpdate::Moved(3)));
    assert!(stage.text().contains("3 changes moved"));
    stage.press("j");
    assert!(
        stage.text().contains("3 changes moved"),
        "the list was not looked at"
    );
    stage.press("q j");
    assert!(!stage.text().contains("moved"));
}

#[test]
fn what_waits_for_the_budget_is_counted() {
    let mut stage = Stage::new(WIDE);
    let why = "1000 of 5000 requests are left".to_owned();
    stage.send(Msg::Status(StatusUpdate::Waits(12, why)));
    assert!(stage.text().contains("12 wait"));
    stage.send(Msg::Status(StatusUpdate::Waits(0, String::new())));
    assert!(!stage.text().contains(" wait"));
}

#[test]
fn repositories_are_told_apart_where_there_are_several() {
    let mut stage = Stage::new(WIDE);
    assert!(!stage.text().contains("Repository"));
    let mut rows = world().rows.clone();
    let mut other = rows[0].clone();
    other.id.repo.name = "checkout".to_owned();
    rows.push(other);
    stage.send(Msg::Inbox(rows));
    let text = stage.text();
    assert!(
        text.contains("Repository") && text.contains("checkout"),
        "{text}"
    );
    stage.press("f");
    stage.type_text("repo:checkout");
    stage.press("enter");
    let text = stage.text();
    assert_eq!(
        text.matches("checkout").count(),
        2,
        "one row, and the filter: {text}"
    );
}

/// Beats at a moment after the start.
fn at(stage: &mut Stage, seconds: i64) -> Vec<Effect> {
    beat(&mut stage.app, now().plus(seconds))
}

#[test]
fn it_asks_every_minute_while_somebody_is_there_and_less_often_else() {
    let mut stage = Stage::new(WIDE);
    assert_eq!(at(&mut stage, 59), []);
    assert_eq!(at(&mut stage, 60), [Effect::Poll]);
    assert_eq!(at(&mut stage, 61), []);
    assert_eq!(at(&mut stage, 120), [Effect::Poll]);
    // Nobody pressed a key for five minutes.
    assert_eq!(at(&mut stage, 400), []);
    assert_eq!(at(&mut stage, 420), [Effect::Poll]);
    stage.app.refresh.pressed_at = now().plus(430);
    assert_eq!(at(&mut stage, 480), [Effect::Poll]);
    // A forge that asks for more patience gets it.
    stage.send(Msg::Status(StatusUpdate::Interval(120)));
    assert_eq!(at(&mut stage, 540), []);
    assert_eq!(at(&mut stage, 600), [Effect::Poll]);
    // While it is away it is looked for more often, and what is under way is not doubled.
    stage.send(Msg::Status(StatusUpdate::Offline(Trouble::default())));
    assert_eq!(at(&mut stage, 630), [Effect::Poll]);
    stage.send(Msg::Status(StatusUpdate::Busy("pulling".to_owned())));
    assert_eq!(at(&mut stage, 900), []);
    stage.app.status.busy = None;
    stage.app.refresh.off = true;
    assert_eq!(at(&mut stage, 9_000), [], "started with --offline");
}

#[test]
fn a_change_on_the_screen_whose_checks_run_is_watched() {
    let mut stage = Stage::story(WIDE);
    assert_eq!(at(&mut stage, 30), [], "all of its checks have ended");
    let change = stage.app.change.as_mut().unwrap();
    let mut dossier = (**change.dossier.as_ref().unwrap()).clone();
    let check = dossier.evidence.facts.checks.last_mut().unwrap();
    check.conclusion = None;
    check.status = proofline::model::RunStatus::InProgress;
    change.dossier = Some(std::sync::Arc::new(dossier));
    let id = change.id.clone();
    assert_eq!(at(&mut stage, 30), [Effect::Watch(id.clone())]);
    assert_eq!(at(&mut stage, 40), []);
    assert_eq!(at(&mut stage, 50), [Effect::Watch(id)]);
    stage.press("q");
    assert_eq!(at(&mut stage, 59), [], "it is not on the screen any more");
}
