//! When to ask the forge again without being told to: pure. The shell beats; this decides.

use super::{App, Effect, Screen};
use crate::model::{PartName, PartState, PrState, Timestamp, Verdict};

/// Seconds between polls while somebody is there, while nobody is, and while the forge is away.
const ACTIVE: i64 = 60;
const IDLE: i64 = 300;
const AWAY: i64 = 30;
/// Seconds without a key after which nobody is there.
const GONE: i64 = 300;
/// Seconds between looks at a change on the screen whose checks have not ended.
const HOT: i64 = 20;

/// What is remembered of asking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refresh {
    /// When the last poll began.
    pub polled_at: Timestamp,
    /// When the change on the screen was last looked at.
    pub watched_at: Timestamp,
    /// When a key was last pressed.
    pub pressed_at: Timestamp,
    /// Nothing is asked unless a person does.
    pub off: bool,
}

/// Decides what to ask for at a moment. Nothing on the screen changes by it.
pub fn beat(app: &mut App, now: Timestamp) -> Vec<Effect> {
    if app.refresh.off || app.status.local {
        return Vec::new();
    }
    if app.status.busy.is_some() {
        return Vec::new();
    }
    let active = now.since(app.refresh.pressed_at) < GONE;
    let every = if app.status.offline.is_some() {
        AWAY
    } else if active {
        ACTIVE.max(app.status.interval)
    } else {
        IDLE.max(app.status.interval)
    };
    if now.since(app.refresh.polled_at) >= every {
        app.refresh.polled_at = now;
        app.refresh.watched_at = now;
        return vec![Effect::Poll];
    }
    let due = now.since(app.refresh.watched_at) >= HOT && app.status.offline.is_none();
    if due && let Some(change) = pending_on_screen(app) {
        app.refresh.watched_at = now;
        return vec![Effect::Watch(change)];
    }
    Vec::new()
}

/// The change that is looked at, where some of its checks have not ended.
fn pending_on_screen(app: &App) -> Option<crate::model::ChangeId> {
    if matches!(app.screen, Screen::Inbox | Screen::Outbox) {
        return None;
    }
    let dossier = app.dossier()?;
    let facts = &dossier.evidence.facts;
    let runs = facts.runs.iter().filter_map(|r| r.last_try());
    let pending = runs
        .map(crate::model::RunTry::verdict)
        .any(|v| v == Verdict::Pending)
        || facts.checks.iter().any(|c| c.verdict() == Verdict::Pending)
        || facts.statuses.iter().any(|s| s.state == "pending");
    pending.then(|| app.change.as_ref().map(|c| c.id.clone()))?
}

/// Pulls the change that was just opened where its evidence was never asked for: a sync pulls that of
/// open changes only.
pub(super) fn pull_unseen(app: &mut App) -> Vec<Effect> {
    if app.refresh.off || app.status.local {
        return Vec::new();
    }
    let Some(dossier) = app.dossier() else {
        return Vec::new();
    };
    let facts = &dossier.evidence.facts;
    let asked = facts
        .parts
        .iter()
        .any(|p| p.name == PartName::Timeline && p.state != PartState::NotFetched);
    if asked || facts.pr.state == PrState::Open {
        return Vec::new();
    }
    let change = app.change.as_ref().map(|c| c.id.clone());
    change.map(Effect::SyncChange).into_iter().collect()
}
