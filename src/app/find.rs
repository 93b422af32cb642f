//! Looking for a text in what a screen shows.

use super::{
    App, Screen, attempts, diff, inbox, job_log, list::next_where, outbox, timeline, trace,
};

/// Goes to the next row that holds what was searched.
pub(super) fn find(app: &mut App, back: bool, from_here: bool) {
    if app.search.is_empty() {
        return;
    }
    let needle = app.search.to_lowercase();
    let (texts, at) = match app.screen {
        Screen::Inbox => (inbox::texts(app), app.inbox.cursor.at),
        Screen::Timeline => (timeline::texts(app), app.timeline.cursor.at),
        Screen::Trace => (trace::texts(app), app.trace.cursor.at),
        Screen::Attempts => (attempts::texts(app), app.attempts.cursor.at),
        Screen::Diff => (diff::texts(app), app.diff.cursor.at),
        Screen::Log => (job_log::texts(app), app.log.cursor.at),
        Screen::Outbox => (outbox::texts(app), app.outbox.cursor.at),
        Screen::Decide => return,
    };
    let hit = |i: usize| {
        texts
            .get(i)
            .is_some_and(|t| t.to_lowercase().contains(&needle))
    };
    let found = if from_here && hit(at) {
        Some(at)
    } else {
        next_where(texts.len(), at, back, hit)
    };
    let Some(to) = found else {
        let words = format!("“{}” is not in this view", app.search);
        app.say("message.info", words);
        return;
    };
    let count = (0..texts.len()).filter(|i| hit(*i)).count();
    let nth = (0..=to).filter(|i| hit(*i)).count();
    match app.screen {
        Screen::Inbox => inbox::select(app, to),
        Screen::Timeline => timeline::select(app, to),
        Screen::Trace => trace::select(app, to),
        Screen::Attempts => attempts::select(app, to),
        Screen::Diff => diff::select(app, to),
        Screen::Log => job_log::select(app, to),
        Screen::Outbox => outbox::select(app, to),
        Screen::Decide => {}
    }
    app.say("message.info", format!("match {nth} of {count}"));
}
