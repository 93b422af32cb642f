//! The one function through which everything that happens goes.

use std::sync::Arc;

use super::{
    App, Effect, Msg, OverlayState, Prompt, PromptKind, Screen, StatusUpdate, about, attempts,
    decide, diff, filter, find::find, forge_log, help, inbox, input::Input, job_log, list::Cursor,
    outbox, problems, refresh, timeline, trace,
};
use crate::{
    decide::{Dossier, InboxRow, Kind},
    keys::{Action, Code, Key, Lookup},
    model::{ChangeId, Problem, Timestamp},
    text,
};

/// Takes in one message at a moment; returns what is to be done in the world.
pub fn update(app: &mut App, msg: Msg, now: Timestamp) -> Vec<Effect> {
    app.now = now;
    let mut effects = happen(app, msg);
    // Whatever led to it: what is shown now may have to be read first.
    effects.extend(diff::ask(app));
    effects
}

fn happen(app: &mut App, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => return press(app, key),
        Msg::Paste(text) => {
            if let Some(prompt) = &mut app.prompt {
                prompt.input.insert(&text);
            } else if app.screen == Screen::Decide {
                decide::paste(app, &text);
            }
        }
        Msg::Resize(width, height) => app.size = (width, height),
        Msg::Tick => {}
        Msg::Quiet => decide::quiet(app),
        Msg::Drawn => decide::drawn(app),
        Msg::Inbox(rows) => inbox::take(app, rows),
        Msg::Loaded {
            id,
            generation,
            result,
        } => return loaded(app, &id, generation, result),
        Msg::Pulled(dossier) => return pulled(app, dossier),
        Msg::Diff { generation, result } => {
            if let Err(why) = &result {
                note(app, Problem::error("difference", why.as_str()));
            }
            diff::take(app, generation, result);
        }
        Msg::JobLog { generation, result } => job_log::take(app, generation, result),
        Msg::Status(update) => return status(app, update),
        Msg::Outbox(rows) => {
            app.outbox.rows = rows;
            app.outbox.loaded = true;
            let at = app.outbox.cursor.at;
            outbox::select(app, at);
        }
        Msg::Recorded { id, change } => {
            decide::recorded(app, &id, &change);
            return vec![Effect::LoadOutbox];
        }
        Msg::NotRecorded(why) => decide::not_recorded(app, &why),
        Msg::Problem(problem) => note(app, problem),
        Msg::ForgeLog(rows) => {
            let cursor = forge_log::start(app, &rows);
            app.overlay = Some(OverlayState::ForgeLog(rows, cursor));
        }
        Msg::Say(role, text) => app.say(role, text),
    }
    Vec::new()
}

/// Keeps a problem, once.
fn note(app: &mut App, problem: Problem) {
    if !app.problems.contains(&problem) {
        app.problems.push(problem);
    }
}

/// Takes in what was pulled of a change: its row, and where it is open, what its screens show.
fn pulled(app: &mut App, dossier: Arc<Dossier>) -> Vec<Effect> {
    let facts = &dossier.evidence.facts;
    let id = ChangeId {
        repo: facts.repo.clone(),
        number: facts.pr.number,
    };
    let row = InboxRow {
        id: id.clone(),
        pr: facts.pr.clone(),
        summary: Some(dossier.summary.clone()),
    };
    inbox::take_one(app, row);
    let Some(change) = app.change.as_mut().filter(|c| c.id == id) else {
        return Vec::new();
    };
    // A load that began before is older than this.
    app.generation += 1;
    change.generation = app.generation;
    let generation = app.generation;
    loaded(app, &id, generation, Ok(dossier))
}

fn loaded(
    app: &mut App,
    id: &ChangeId,
    generation: u64,
    result: Result<Arc<Dossier>, String>,
) -> Vec<Effect> {
    // Late: another change is open by now, or this one was opened again.
    let fits = app
        .change
        .as_ref()
        .is_some_and(|c| c.id == *id && c.generation == generation);
    if !fits {
        return Vec::new();
    }
    let held = timeline::held(app);
    let Some(change) = app.change.as_mut() else {
        return Vec::new();
    };
    let first = change.dossier.is_none();
    match result {
        Ok(dossier) => {
            let head = dossier.evidence.head().clone();
            change.dossier = Some(dossier);
            change.error = None;
            diff::again(app);
            decide::head_is(app, id, &head);
            if first {
                timeline::first_look(app);
                return refresh::pull_unseen(app);
            }
            timeline::hold(app, held.as_ref());
        }
        Err(why) => {
            // What is shown stays, and is no more what is here.
            let is_shown = change.dossier.is_some();
            change.error = Some(why.clone());
            if is_shown {
                let what = format!("{id} could not be loaded: {why}");
                app.say("message.error", text::clean(&what).into_owned());
                note(app, Problem::error("loading", what));
            }
        }
    }
    Vec::new()
}

fn status(app: &mut App, update: StatusUpdate) -> Vec<Effect> {
    let status = &mut app.status;
    match update {
        // What is cached says nothing of whether the forge answers.
        StatusUpdate::Synced(at) => status.synced_at = Some(at),
        StatusUpdate::Busy(what) => status.busy = Some(what),
        StatusUpdate::Idle => {
            status.busy = None;
            status.offline = None;
            if let Some(change) = &mut app.change {
                change.syncing = false;
            }
        }
        StatusUpdate::Offline(why) => {
            status.offline = Some(why);
            status.busy = None;
            if let Some(change) = &mut app.change {
                change.syncing = false;
            }
        }
        StatusUpdate::Budget {
            host,
            remaining,
            limit,
        } => {
            status.budgets.insert(host, (remaining, limit));
        }
        StatusUpdate::Moved(count) => status.moved += count,
        StatusUpdate::Waits(count, why) => {
            status.waits = (count > 0).then_some((count, why));
        }
        StatusUpdate::Interval(seconds) => status.interval = seconds,
        StatusUpdate::Outbox { open, held } => (status.open, status.held) = (open, held),
        StatusUpdate::Pulling(id) => {
            status.busy = Some(format!("pulling #{}", id.number));
            if let Some(change) = app.change.as_mut().filter(|c| c.id == id) {
                change.syncing = true;
            }
        }
        StatusUpdate::Pulled(id) => {
            if let Some(change) = app.change.as_mut().filter(|c| c.id == id) {
                change.syncing = false;
            }
        }
    }
    Vec::new()
}

fn press(app: &mut App, key: Key) -> Vec<Effect> {
    app.message = None;
    app.hands.refused = None;
    if app.pending.is_empty() {
        app.hands.asked = std::mem::take(&mut app.hands.asks);
    }
    app.refresh.pressed_at = app.now;
    if app.screen == Screen::Inbox {
        // Whoever looks at the list has seen what moved in it.
        app.status.moved = 0;
    }
    if app.prompt.is_some() {
        prompt(app, key);
        return Vec::new();
    }
    match app.overlay.take() {
        Some(OverlayState::Help(mut state)) => {
            let (action, close) = help::key(app, &mut state, key);
            if !close {
                app.overlay = Some(OverlayState::Help(state));
            }
            return action.map(|a| run(app, a)).unwrap_or_default();
        }
        Some(OverlayState::Problems(cursor)) => {
            let lines = problems::lines(app).len();
            app.overlay = scroll(app, key, cursor, lines).map(OverlayState::Problems);
            return Vec::new();
        }
        Some(OverlayState::About(cursor)) => {
            let lines = about::lines(app).len();
            app.overlay = scroll(app, key, cursor, lines).map(OverlayState::About);
            return Vec::new();
        }
        Some(OverlayState::ForgeLog(rows, cursor)) => {
            let lines = rows.len();
            let at = scroll(app, key, cursor, lines);
            app.overlay = at.map(|at| OverlayState::ForgeLog(rows, at));
            return Vec::new();
        }
        None => {}
    }
    // In a form, what is text is text; keys with modifiers and the like are actions.
    let typing = app.screen == Screen::Decide;
    if typing && matches!(key.code, Code::Char(_)) && !key.ctrl && !key.alt {
        decide::key(app, key);
        return Vec::new();
    }
    app.pending.push(key);
    match app.keymap.lookup(app.screen.scope(), &app.pending) {
        Lookup::Action(action) => {
            app.pending.clear();
            run(app, action)
        }
        Lookup::Prefix => Vec::new(),
        Lookup::Nothing => {
            let alone = app.pending.len() == 1;
            app.pending.clear();
            if typing {
                decide::key(app, key);
            } else if !alone {
                return last_alone(app, key);
            }
            Vec::new()
        }
    }
}

/// A sequence meant nothing; its last key may still mean something. What is not undone easily wants
/// the key for itself: `[` and `A` may be what is left of a cursor key.
fn last_alone(app: &mut App, key: Key) -> Vec<Effect> {
    let weighs = |action| {
        matches!(
            action,
            Action::Approve | Action::RequestChanges | Action::Exception | Action::Quit
        )
    };
    match app.keymap.lookup(app.screen.scope(), &[key]) {
        Lookup::Action(action) if weighs(action) => {
            let words = format!(
                "these keys mean nothing together; {key} alone: {}",
                action.help()
            );
            app.say("message.info", words);
            Vec::new()
        }
        _ => press(app, key),
    }
}

fn prompt(app: &mut App, key: Key) {
    let Some(prompt) = &mut app.prompt else {
        return;
    };
    match key.code {
        Code::Esc => {
            if prompt.kind == PromptKind::Filter {
                app.inbox.filter.clear();
            }
            app.prompt = None;
        }
        Code::Enter => {
            let text = prompt.input.text();
            match prompt.kind {
                PromptKind::Search => {
                    app.search = text;
                    app.prompt = None;
                    find(app, false, true);
                }
                PromptKind::Filter => {
                    app.prompt = None;
                    if let Some(word) = filter::misspelt(&text).first() {
                        let words =
                            format!("`{word}` is no qualifier; there are {}", filter::QUALIFIERS);
                        app.say("message.warning", words);
                    }
                }
            }
        }
        _ => {
            prompt.input.key(key);
            if prompt.kind == PromptKind::Filter {
                app.inbox.filter = prompt.input.text();
                inbox::select(app, 0);
            }
        }
    }
}

/// Moves in an overlay of lines; none where the key closes it.
fn scroll(app: &App, key: Key, mut cursor: Cursor, lines: usize) -> Option<Cursor> {
    let height = usize::from(app.size.1.saturating_sub(6));
    let Lookup::Action(action) = app.keymap.lookup(crate::keys::Scope::Global, &[key]) else {
        return Some(cursor);
    };
    if matches!(action, Action::Back | Action::Quit | Action::Open) {
        return None;
    }
    cursor.act(action, lines, height);
    Some(cursor)
}

/// Runs an action on the screen that is shown.
fn run(app: &mut App, action: Action) -> Vec<Effect> {
    if !app.can(action) {
        app.say("message.info", "a local range has no forge");
        return Vec::new();
    }
    match action {
        Action::NextFailing
        | Action::NextAttempt
        | Action::NextRequirement
        | Action::NextFile
        | Action::NextHunk => {
            app.last_jump = Some(action);
        }
        Action::PreviousFailing => app.last_jump = Some(Action::NextFailing),
        Action::PreviousAttempt => app.last_jump = Some(Action::NextAttempt),
        Action::PreviousRequirement => app.last_jump = Some(Action::NextRequirement),
        Action::PreviousFile => app.last_jump = Some(Action::NextFile),
        Action::PreviousHunk => app.last_jump = Some(Action::NextHunk),
        _ => {}
    }
    if let Some(effects) = global(app, action) {
        return effects;
    }
    match app.screen {
        Screen::Inbox => inbox::act(app, action),
        Screen::Timeline => timeline::act(app, action),
        Screen::Trace => trace::act(app, action),
        Screen::Attempts => attempts::act(app, action),
        Screen::Diff => diff::act(app, action),
        Screen::Log => job_log::act(app, action),
        Screen::Decide => decide::act(app, action),
        Screen::Outbox => outbox::act(app, action),
    }
}

/// Actions that mean the same on every screen; `None` leaves it to the screen.
fn global(app: &mut App, action: Action) -> Option<Vec<Effect>> {
    let in_change = !matches!(app.screen, Screen::Inbox | Screen::Outbox | Screen::Decide);
    match action {
        Action::Quit => return Some(app.may_quit().then_some(Effect::Quit).into_iter().collect()),
        Action::Suspend => return Some(vec![Effect::Suspend]),
        Action::Back => {
            if app.screen == Screen::Decide {
                decide::close(app);
            } else if app.screen == Screen::Timeline
                && app.timeline.detail_open
                && !app.layout().wide
            {
                app.timeline.detail_open = false;
            } else if !app.search.is_empty() {
                app.search.clear();
            } else if !app.go_back() {
                app.say("message.info", "Q quits");
            }
        }
        Action::Help | Action::Palette => {
            let palette = action == Action::Palette;
            app.overlay = Some(OverlayState::Help(help::State {
                palette,
                ..help::State::default()
            }));
        }
        Action::Problems => app.overlay = Some(OverlayState::Problems(Cursor::default())),
        Action::ForgeLog => return Some(vec![Effect::LoadForgeLog]),
        Action::Outbox => {
            app.goto(Screen::Outbox);
            return Some(vec![Effect::LoadOutbox]);
        }
        Action::Theme => {
            let at = app.themes.iter().position(|t| *t == app.theme).unwrap_or(0);
            app.theme = app
                .themes
                .get((at + 1) % app.themes.len().max(1))
                .cloned()
                .unwrap_or_default();
            let name = app.theme.clone();
            app.say("message.info", format!("theme {name}"));
            return Some(vec![Effect::Theme(name)]);
        }
        // Nothing leads out of a form but closing it.
        Action::JumpBack | Action::JumpForward if app.screen == Screen::Decide => {}
        Action::JumpBack => app.jump(false),
        Action::JumpForward => app.jump(true),
        Action::RepeatNext | Action::RepeatPrevious => {
            let back = action == Action::RepeatPrevious;
            let again = app.last_jump.map(|a| if back { opposite(a) } else { a });
            return Some(again.map(|a| run_again(app, a)).unwrap_or_default());
        }
        Action::Search => {
            app.prompt = Some(Prompt {
                kind: PromptKind::Search,
                input: Input::default(),
            });
        }
        Action::SearchNext => find(app, false, false),
        Action::SearchPrevious => find(app, true, false),
        Action::SyncAll => return Some(vec![Effect::SyncAll]),
        Action::Sync if in_change => {
            let id = app.change.as_ref().map(|c| c.id.clone());
            return Some(id.map(Effect::SyncChange).into_iter().collect());
        }
        Action::Approve if in_change => decide::open(app, Kind::Approve),
        Action::RequestChanges if in_change => decide::open(app, Kind::RequestChanges),
        Action::Exception if in_change => decide::open(app, Kind::ExceptionAsk),
        Action::Description if in_change => {
            app.overlay = Some(OverlayState::About(Cursor::default()));
        }
        Action::Attempts if in_change && app.screen != Screen::Attempts => attempts::open(app),
        Action::Diff if matches!(app.screen, Screen::Timeline | Screen::Trace) => {
            diff::open_at(app, None);
        }
        Action::JobLog if in_change && app.screen != Screen::Log => {
            return Some(job_log::open(app).into_iter().collect());
        }
        Action::Trace if app.screen == Screen::Diff => trace::open(app),
        _ => return None,
    }
    Some(Vec::new())
}

fn opposite(action: Action) -> Action {
    match action {
        Action::NextFailing => Action::PreviousFailing,
        Action::NextAttempt => Action::PreviousAttempt,
        Action::NextRequirement => Action::PreviousRequirement,
        Action::NextFile => Action::PreviousFile,
        Action::NextHunk => Action::PreviousHunk,
        other => other,
    }
}

/// Runs a jump again without making it the last one of the other direction.
fn run_again(app: &mut App, action: Action) -> Vec<Effect> {
    let kept = app.last_jump;
    let effects = run(app, action);
    app.last_jump = kept;
    effects
}
