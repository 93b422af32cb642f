//! The log of a job that failed: its first failure in view, all of it above and below.

use std::sync::Arc;

use super::{
    App, Effect, Line, Pane, Screen, attempts, detail,
    list::{Cursor, next_where},
};
use crate::{
    decide::Dossier,
    keys::Action,
    model::{ChangeId, JobLog, LogTail, TestKey},
    text,
};

/// State of the log.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub cursor: Cursor,
    /// Characters that are scrolled out on the left.
    left: usize,
    shown: Option<Shown>,
}

/// The log that is shown.
#[derive(Clone, Debug)]
struct Shown {
    id: ChangeId,
    job: u64,
    title: String,
    /// The load that brings it.
    generation: u64,
    /// Nothing as long as it is being read.
    result: Option<Result<Arc<JobLog>, String>>,
}

/// Characters of one step to the side.
const STEP: usize = 40;

/// Finds the job whose log tells of what is under the cursor; else why there is none.
fn job(app: &App) -> Result<LogTail, &'static str> {
    const NO_JOB: &str = "stand on a failed check or test to read its job's log";
    let dossier = app.dossier().ok_or("no change is loaded yet")?;
    let found = match app.screen {
        Screen::Attempts => match attempts::under(app).ok_or(NO_JOB)? {
            (Some(key), column) => of_test(dossier, &key, column),
            (None, _) => attempts::job_under(app),
        },
        Screen::Trace => {
            let key = app.trace.test.as_ref().ok_or(NO_JOB)?;
            // Of the newest attempt that knows the test: an older one's log tells of other code.
            let row = dossier.evidence.matrix.row(key).ok_or(NO_JOB)?;
            let newest = row.cells.iter().rposition(|cell| cell.report.is_some());
            newest.and_then(|n| of_test(dossier, key, n))
        }
        _ => {
            let node = app.node().ok_or(NO_JOB)?;
            let check = dossier.evidence.checks.iter();
            let check = check
                .filter(|c| c.run.is_some())
                .find(|c| c.subject == node.id);
            match (detail::key_of(node), node.attempt, check) {
                (Some(key), Some(attempt), _) => of_test(dossier, &key, attempt),
                (_, _, Some(check)) => Some(check.id),
                _ => return Err(NO_JOB),
            }
        }
    };
    let mut logs = dossier.evidence.facts.logs.iter();
    let log = logs.find(|log| Some(log.job) == found);
    log.cloned()
        .ok_or("no log of it is here: only logs of jobs that failed are kept")
}

/// The job that made the report which decided on a test in an attempt.
fn of_test(dossier: &Dossier, key: &TestKey, attempt: usize) -> Option<u64> {
    let evidence = &dossier.evidence;
    let index = evidence.matrix.row(key)?.cells.get(attempt)?.report?;
    let report = evidence.facts.reports.get(index)?;
    let jobs = evidence.checks.iter().filter(|c| c.run.is_some());
    let mut made = jobs.filter(|c| c.reports.contains(&index));
    let check = made.next().map(|c| c.id);
    // Of several jobs of its run the one that failed is the one to read, if it is the only one.
    let alone = || {
        let logs = evidence.facts.logs.iter();
        let mut logs = logs.filter(|log| {
            Some(log.run) == report.origin.run
                && report.origin.run_try.is_none_or(|n| n == log.run_try)
        });
        logs.next().filter(|_| logs.next().is_none()).map(|l| l.job)
    };
    report.origin.job.or(check).or_else(alone)
}

/// Which job's log it is, and of which attempt.
fn title(app: &App, log: &LogTail) -> String {
    let of_attempt = app.dossier().and_then(|dossier| {
        let evidence = &dossier.evidence;
        let run = evidence.facts.runs.iter().find(|r| r.id == log.run)?;
        evidence.attempts.iter().find(|a| a.head == run.head_sha)
    });
    let attempt = of_attempt.map_or(String::new(), |a| {
        format!(" · attempt {} ({})", a.n, a.head.short())
    });
    format!(
        "log of {}, try {}{attempt}",
        text::clean_line(&log.name),
        log.run_try
    )
}

/// Opens the log of what is under the cursor.
pub(super) fn open(app: &mut App) -> Option<Effect> {
    let log = match job(app) {
        Ok(log) => log,
        Err(why) => {
            app.say("message.info", why);
            return None;
        }
    };
    let id = app.change.as_ref()?.id.clone();
    let shown = app.log.shown.as_ref();
    // What was not here, or not whole, may be by now.
    let is_here = shown.is_some_and(|s| {
        let is_final = match &s.result {
            None => true,
            Some(Ok(log)) => log.missing.is_empty(),
            Some(Err(_)) => false,
        };
        s.id == id && s.job == log.job && is_final
    });
    app.goto(Screen::Log);
    if is_here {
        return None;
    }
    app.generation += 1;
    let generation = app.generation;
    app.log = State {
        shown: Some(Shown {
            id: id.clone(),
            job: log.job,
            title: title(app, &log),
            generation,
            result: None,
        }),
        ..State::default()
    };
    Some(Effect::LoadJobLog {
        id,
        job: log.job,
        generation,
    })
}

/// Takes in the log that was asked for, and stands on its first failure.
pub(super) fn take(app: &mut App, generation: u64, result: Result<Arc<JobLog>, String>) {
    let shown = app.log.shown.as_mut();
    // Late: another is wanted by now.
    let Some(shown) = shown.filter(|s| s.generation == generation) else {
        return;
    };
    let first = match &result {
        Ok(log) => log.failing.first().copied().unwrap_or(0),
        Err(_) => 0,
    };
    shown.result = Some(result);
    select(app, first);
}

fn log(app: &App) -> Option<&JobLog> {
    match app.log.shown.as_ref()?.result.as_ref()? {
        Ok(log) => Some(log),
        Err(_) => None,
    }
}

fn height(app: &App) -> usize {
    usize::from(app.layout().body.saturating_sub(2)).max(1)
}

pub(super) fn texts(app: &App) -> Vec<String> {
    log(app).map(|l| l.lines.clone()).unwrap_or_default()
}

pub(super) fn select(app: &mut App, at: usize) {
    let (len, height) = (log(app).map_or(0, |l| l.lines.len()), height(app));
    app.log.cursor.go(at, len, height);
}

pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    let (len, height) = (log(app).map_or(0, |l| l.lines.len()), height(app));
    if app.log.cursor.act(action, len, height) {
        return Vec::new();
    }
    match action {
        Action::Right => {
            let lines = log(app).map_or(&[][..], |l| &l.lines);
            let widest = lines.iter().map(|l| text::clean_line(l).chars().count());
            let widest = widest.max().unwrap_or(0);
            if app.log.left + STEP < widest {
                app.log.left += STEP;
            }
        }
        Action::Left => app.log.left = app.log.left.saturating_sub(STEP),
        Action::NextFailing | Action::PreviousFailing => {
            let back = action == Action::PreviousFailing;
            let failing = log(app).map_or(&[][..], |l| &l.failing);
            match next_where(len, app.log.cursor.at, back, |at| {
                failing.binary_search(&at).is_ok()
            }) {
                Some(to) => select(app, to),
                None => app.say("message.info", "no line of this log tells of a failure"),
            }
        }
        _ => {}
    }
    Vec::new()
}

pub(super) fn view(app: &App) -> Pane {
    let Some(shown) = &app.log.shown else {
        return Pane {
            title: Line::of("ui.title", "log"),
            lines: app.absent(),
            focused: true,
            ..Pane::default()
        };
    };
    let log = match &shown.result {
        Some(Ok(log)) => log,
        other => {
            let line = match other {
                Some(Err(why)) => Line::of(
                    "verdict.unknown",
                    &format!("? This log cannot be read: {}", text::clean(why)),
                ),
                _ => Line::of("text.dim", "Reading the log…"),
            };
            return Pane {
                title: Line::of("ui.title", &shown.title),
                lines: vec![line],
                focused: true,
                ..Pane::default()
            };
        }
    };
    let height = height(app);
    let mut cursor = app.log.cursor;
    cursor.follow(log.lines.len(), height);
    let window = cursor.window(log.lines.len(), height);
    let width = usize::from(app.layout().width).saturating_sub(2);
    let digits = log.lines.len().to_string().len();
    let lines = log.lines.get(window.clone()).unwrap_or(&[]).iter();
    let lines = lines.enumerate().map(|(n, line)| {
        let at = window.start + n;
        let is_failing = log.failing.binary_search(&at).is_ok();
        let role = if is_failing { "verdict.fail" } else { "text" };
        // State is not told by colour alone.
        let mark = if is_failing { "✗" } else { " " };
        let mark = if app.ascii && is_failing { "x" } else { mark };
        let line = text::clean_line(line);
        let rest: String = line.chars().skip(app.log.left).collect();
        Line::of("text.dim", &format!("{:>digits$} ", at + 1))
            .with(role, &format!("{mark} {rest}"))
            .fit(width)
            .marked(&app.search)
    });
    let mut title = format!(
        "{} · {}",
        shown.title,
        text::counted(log.lines.len(), "line")
    );
    if !log.missing.is_empty() {
        title.push_str(&format!(" · ? {}", log.missing));
    }
    if app.log.left > 0 {
        title.push_str(&format!(" · from character {}", app.log.left + 1));
    }
    Pane {
        title: Line::of("ui.title", &title).fit(width),
        selected: Some(cursor.at - window.start).filter(|_| !log.lines.is_empty()),
        lines: if log.lines.is_empty() {
            vec![Line::of("text.dim", "This log is empty.")]
        } else {
            lines.collect()
        },
        focused: true,
        above: window.start,
        below: log.lines.len() - window.end,
    }
}
