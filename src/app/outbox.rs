//! The outbox: every delivery with its state, and what can be done about it.

use super::{App, Effect, Line, Pane, list::Cursor};
use crate::{
    decide::{DeliveryState, Kind, OutboxRow},
    keys::Action,
    model::Timestamp,
    text,
};

/// State of the outbox.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub rows: Vec<OutboxRow>,
    pub loaded: bool,
    pub cursor: Cursor,
}

/// What the outbox shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxView {
    pub list: Pane,
    pub detail: Pane,
}

fn height(app: &App) -> usize {
    let layout = app.layout();
    let rows = if layout.wide {
        layout.body
    } else {
        layout.body.saturating_sub(layout.lower(layout.body))
    };
    usize::from(rows.saturating_sub(2)).max(1)
}

pub(super) fn texts(app: &App) -> Vec<String> {
    app.outbox
        .rows
        .iter()
        .map(|r| format!("{} {}", r.delivery.change, r.delivery.decision))
        .collect()
}

pub(super) fn select(app: &mut App, at: usize) {
    let (len, height) = (app.outbox.rows.len(), height(app));
    app.outbox.cursor.go(at, len, height);
}

pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    let (len, height) = (app.outbox.rows.len(), height(app));
    if app.outbox.cursor.act(action, len, height) {
        return Vec::new();
    }
    let Some(row) = app.outbox.rows.get(app.outbox.cursor.at).cloned() else {
        return Vec::new();
    };
    let id = row.delivery.decision.clone();
    match action {
        Action::Retry => vec![Effect::Retry(id)],
        Action::Drop => match row.delivery.state {
            DeliveryState::Done { .. } => {
                app.say(
                    "message.info",
                    "it was sent; what is on the forge is not taken back here",
                );
                Vec::new()
            }
            DeliveryState::Doubt { .. } => {
                app.say(
                    "message.warning",
                    "dropped; it may have arrived all the same: look at the change",
                );
                vec![Effect::Drop(id)]
            }
            _ => vec![Effect::Drop(id)],
        },
        Action::Browser | Action::Open => match row.delivery.state {
            DeliveryState::Done { url, .. } => vec![Effect::Browse(url)],
            _ => Vec::new(),
        },
        Action::Copy => vec![Effect::Copy(id.0)],
        _ => Vec::new(),
    }
}

/// Word, role and reason of a state.
pub fn state_words(state: &DeliveryState, now: Timestamp) -> (&'static str, &'static str, String) {
    match state {
        DeliveryState::Ready => (
            "ready",
            "verdict.pending",
            "nothing was sent yet".to_owned(),
        ),
        DeliveryState::Sending { .. } => (
            "sending",
            "verdict.pending",
            "saved, and on its way".to_owned(),
        ),
        DeliveryState::Doubt {
            at,
            why,
            looks,
            look_after,
            resend,
            copy,
        } => {
            let looked = match looks {
                0 => "not looked for yet".to_owned(),
                1 => "looked for once, not found".to_owned(),
                n => format!("looked for {n} times, not found"),
            };
            let then = if *resend {
                "sent again after one more look".to_owned()
            } else {
                format!(
                    "each sync looks for it, next after {} UTC; retry sends it again, drop gives it up",
                    look_after.clock()
                )
            };
            let copy = copy.as_ref().map_or_else(String::new, |copy| {
                format!("; {} posted a copy of it ({})", copy.login, copy.url)
            });
            let words = format!(
                "sent {}: {why}; {looked}{copy}; {then}",
                text::ago(*at, now)
            );
            ("in doubt", "verdict.unknown", words)
        }
        DeliveryState::Done { url, at } => (
            "done",
            "verdict.pass",
            format!("{}: {url}", text::ago(*at, now)),
        ),
        DeliveryState::Refused { why } => ("refused", "verdict.fail", why.clone()),
        DeliveryState::Held { why, .. } => (
            "held",
            "verdict.stale",
            format!("{why}; look again and decide anew, or try this one again"),
        ),
        DeliveryState::Waiting { why, .. } => ("waiting", "verdict.pending", why.clone()),
        DeliveryState::NeedsHuman { why } => ("needs you", "verdict.fail", why.clone()),
        DeliveryState::OtherAccount { viewer } => (
            "held",
            "verdict.stale",
            format!(
                "it was decided by another account than the token's ({viewer}); it goes out with its maker's token"
            ),
        ),
        DeliveryState::NeedsToken { why, .. } => (
            "needs a token",
            "verdict.stale",
            format!("{why}; it goes out once the forge takes the token"),
        ),
        DeliveryState::Altered { why } => ("not sent", "verdict.tampered", why.clone()),
        DeliveryState::Dropped => (
            "dropped",
            "verdict.na",
            "given up here; what is on the forge is not taken back".to_owned(),
        ),
    }
}

pub(super) fn view(app: &App) -> OutboxView {
    let layout = app.layout();
    let inner = layout.left_inner();
    let rows = &app.outbox.rows;
    let height = height(app);
    let mut cursor = app.outbox.cursor;
    cursor.follow(rows.len(), height);
    let window = cursor.window(rows.len(), height);
    let line = |row: &OutboxRow| {
        let (word, role, _) = state_words(&row.delivery.state, app.now);
        let mut line = Line::default();
        line.cell(role, word, 11);
        line.cell("text", row.kind.map_or("decision", Kind::words), 21);
        line.cell(
            "text.strong",
            &format!(
                "{}#{}",
                row.delivery.change.repo.slug(),
                row.delivery.change.number
            ),
            24,
        );
        line.push("text.code", row.delivery.head.short());
        line.push(
            "text.dim",
            &format!(
                "  {}",
                row.made_at.map_or(String::new(), |t| text::age(t, app.now))
            ),
        );
        line.fit(inner)
    };
    let mut list = Pane {
        title: Line::of(
            "ui.title",
            &format!(
                "Outbox: {} deliveries, {} open",
                rows.len(),
                rows.iter().filter(|r| r.delivery.is_open()).count()
            ),
        ),
        lines: rows
            .get(window.clone())
            .unwrap_or(&[])
            .iter()
            .map(line)
            .collect(),
        selected: Some(cursor.at - window.start).filter(|_| !rows.is_empty()),
        focused: true,
        above: window.start,
        below: rows.len() - window.end,
    };
    if rows.is_empty() {
        let words = if app.outbox.loaded {
            "Nothing was decided here yet. Decisions queue here, also while offline."
        } else {
            "Reading the ledger…"
        };
        list.lines = vec![Line::of("text.dim", words)];
    }
    let (width, rows_detail) = if layout.wide {
        (
            layout.right_inner(),
            usize::from(layout.body.saturating_sub(2)),
        )
    } else {
        (
            inner,
            usize::from(layout.lower(layout.body)).saturating_sub(2),
        )
    };
    OutboxView {
        list,
        detail: detail(app, width, rows_detail),
    }
}

fn detail(app: &App, width: usize, height: usize) -> Pane {
    let mut lines: Vec<Line> = Vec::new();
    if let Some(row) = app.outbox.rows.get(app.outbox.cursor.at) {
        let (word, role, why) = state_words(&row.delivery.state, app.now);
        let mut say = |role: &'static str, words: &str| {
            lines.extend(
                text::wrap(&text::clean(words), width)
                    .iter()
                    .map(|l| Line::of(role, l)),
            );
        };
        say(role, word);
        say("text", &why);
        say(
            "text.dim",
            &format!(
                "decision {} · bound to {} · sent {} times",
                row.delivery.decision,
                row.delivery.head.short(),
                row.delivery.sends
            ),
        );
        say("text", "");
        let body = row
            .delivery
            .payload
            .body
            .split("<details>")
            .next()
            .unwrap_or("");
        say("text.quote", body.trim());
    }
    let below = lines.len().saturating_sub(height);
    lines.truncate(height);
    Pane {
        title: Line::of("ui.title", "Delivery"),
        lines,
        selected: None,
        focused: false,
        above: 0,
        below,
    }
}
