//! The trace: from a test down the chain to its requirement, and the coverage table back.

mod chain;

use super::{
    App, Effect, Line, Pane, Screen,
    list::{Cursor, next_where},
};
use crate::{
    decide::Dossier,
    evidence::trace::{self, Coverage},
    keys::Action,
    model::{PartName, Subject, TestKey, Verdict},
    text,
};

/// State of the trace.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The test whose chain is shown; the coverage table without one.
    pub test: Option<TestKey>,
    pub cursor: Cursor,
    /// Only requirements without a passing test.
    pub uncovered: bool,
    /// First line of the chain.
    pub top: usize,
}

/// What the trace shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceView {
    /// The chain of a test, or the requirement under the cursor.
    pub chain: Pane,
    /// The coverage table.
    pub table: Pane,
    /// Narrow screens show one of the two.
    pub chain_first: bool,
}

/// Opens the trace of what the timeline stands on.
pub(super) fn open(app: &mut App) {
    let on = app.node().map(|n| n.id.clone());
    app.trace.top = 0;
    match on {
        Some(Subject::Test { key, .. }) => app.trace.test = Some(key),
        Some(Subject::Requirement { document, id }) => {
            app.trace.test = None;
            let rows = app
                .dossier()
                .map(|d| coverage(d, app.trace.uncovered))
                .unwrap_or_default();
            let at = rows
                .iter()
                .position(|c| c.requirement.id == id && c.requirement.file == document)
                .unwrap_or(0);
            let height = height(app);
            app.trace.cursor.go(at, rows.len(), height);
        }
        // From anything else: the first failing test of the head, else the table.
        _ => app.trace.test = app.dossier().and_then(|d| first_failing(d)),
    }
    follow_test(app);
    app.goto(Screen::Trace);
}

fn first_failing(dossier: &Dossier) -> Option<TestKey> {
    let head = dossier.evidence.head_attempt()?;
    let failing = |r: &&crate::evidence::TestRow| {
        r.cells
            .get(head)
            .is_some_and(|c| c.state.verdict() == Verdict::Fail)
    };
    dossier
        .evidence
        .matrix
        .rows
        .iter()
        .find(failing)
        .map(|r| r.key.clone())
}

/// Puts the table's cursor on the requirement that the shown test protects.
fn follow_test(app: &mut App) {
    let (Some(test), Some(dossier)) = (app.trace.test.clone(), app.dossier().cloned()) else {
        return;
    };
    let rows = coverage(&dossier, app.trace.uncovered);
    let protects = |c: &Coverage| c.tests.iter().any(|(k, ..)| *k == test);
    if let Some(at) = rows.iter().position(protects) {
        let height = height(app);
        app.trace.cursor.go(at, rows.len(), height);
    }
}

fn coverage(dossier: &Dossier, uncovered: bool) -> Vec<Coverage> {
    let mut rows = trace::coverage(&dossier.evidence, true);
    // What the change is about comes first, then what is trouble.
    rows.sort_by_key(|c| (c.intended.is_none(), std::cmp::Reverse(c.verdict.weight())));
    // A criterion stands for itself where a test names it.
    rows.retain(|c| c.requirement.parent.is_none() || !c.tests.is_empty());
    rows.retain(|c| !uncovered || c.verdict != Verdict::Pass);
    rows
}

fn height(app: &App) -> usize {
    usize::from(app.layout().body.saturating_sub(2)).max(1)
}

fn rows(app: &App) -> Vec<Coverage> {
    app.dossier()
        .map(|d| coverage(d, app.trace.uncovered))
        .unwrap_or_default()
}

pub(super) fn select(app: &mut App, at: usize) {
    let (len, height) = (rows(app).len(), height(app));
    app.trace.cursor.go(at, len, height);
    app.trace.test = None;
    app.trace.top = 0;
}

pub(super) fn texts(app: &App) -> Vec<String> {
    rows(app)
        .iter()
        .map(|c| format!("{} {}", c.requirement.id, c.requirement.title))
        .collect()
}

pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    let (len, height) = (rows(app).len(), height(app));
    // On a chain the movements scroll; on the table they move.
    let narrow_chain = app.trace.test.is_some() && !app.layout().wide;
    if narrow_chain {
        match action {
            Action::Down => app.trace.top += 1,
            Action::Up => app.trace.top = app.trace.top.saturating_sub(1),
            Action::HalfDown => app.trace.top += height / 2,
            Action::HalfUp => app.trace.top = app.trace.top.saturating_sub(height / 2),
            Action::First => app.trace.top = 0,
            Action::Open | Action::NextPane => app.trace.test = None,
            _ => {}
        }
        if matches!(
            action,
            Action::Down
                | Action::Up
                | Action::HalfDown
                | Action::HalfUp
                | Action::First
                | Action::Open
                | Action::NextPane
        ) {
            return Vec::new();
        }
    } else if app.trace.cursor.act(action, len, height) {
        app.trace.test = None;
        app.trace.top = 0;
        return Vec::new();
    }
    match action {
        Action::NextRequirement | Action::PreviousRequirement => {
            let back = action == Action::PreviousRequirement;
            if let Some(at) = next_where(len, app.trace.cursor.at, back, |_| true) {
                select(app, at);
            }
        }
        Action::Uncovered => {
            app.trace.uncovered = !app.trace.uncovered;
            app.trace.cursor = Cursor::default();
        }
        // The other side: from a requirement to its worst test, from a test to its requirement.
        Action::Open | Action::NextPane if app.trace.test.take().is_none() => {
            let tests = rows(app)
                .into_iter()
                .nth(app.trace.cursor.at)
                .map(|c| c.tests)
                .unwrap_or_default();
            app.trace.test = tests
                .into_iter()
                .max_by_key(|(.., s)| s.verdict().weight())
                .map(|(k, ..)| k);
            if app.trace.test.is_none() {
                app.say("message.info", "no test names this requirement");
            }
        }
        Action::Right => app.trace.top += 3,
        Action::Left => app.trace.top = app.trace.top.saturating_sub(3),
        Action::Copy => {
            let id = app
                .trace
                .test
                .as_ref()
                .map(ToString::to_string)
                .or_else(|| {
                    rows(app)
                        .get(app.trace.cursor.at)
                        .map(|c| c.requirement.id.to_string())
                });
            return id.map(Effect::Copy).into_iter().collect();
        }
        _ => {}
    }
    Vec::new()
}

fn table_line(app: &App, row: &Coverage, width: usize) -> Line {
    let mut line = Line::default();
    line.cell(row.verdict.role(), row.verdict.glyph(app.ascii), 2);
    let mark = if row.edit.is_some() { "!" } else { "" };
    line.cell("attention", mark, 2);
    let id = if row.requirement.format == crate::model::SpecFormat::OpenSpec {
        row.requirement.id.as_str().to_owned()
    } else {
        format!("{}  {}", row.requirement.id, row.requirement.title)
    };
    let role = if row.intended.is_some() {
        "text.strong"
    } else {
        "text"
    };
    let count = match row.tests.len() {
        0 if !row.named.is_empty() => "no result".to_owned(),
        0 => "no test".to_owned(),
        1 => "1 test".to_owned(),
        n => format!("{n} tests"),
    };
    let by_name = !row.tests.is_empty()
        && row
            .tests
            .iter()
            .all(|(_, l, _)| l.class == crate::model::LinkClass::C);
    let note = if by_name {
        format!("{count}, by name only")
    } else {
        count
    };
    let right = Line::of("text.dim", &note);
    let rest =
        Line::of(role, &text::clean_line(&id)).justify(right, width.saturating_sub(line.width()));
    line.spans.extend(rest.spans);
    line
}

pub(super) fn view(app: &App) -> TraceView {
    let layout = app.layout();
    let Some(dossier) = app.dossier() else {
        let pane = Pane {
            title: Line::of("ui.title", "Trace"),
            lines: app.absent(),
            focused: true,
            ..Pane::default()
        };
        return TraceView {
            chain: pane.clone(),
            table: pane,
            chain_first: true,
        };
    };
    let rows = coverage(dossier, app.trace.uncovered);
    let height = height(app);
    let mut cursor = app.trace.cursor;
    cursor.follow(rows.len(), height);
    let window = cursor.window(rows.len(), height);
    let covered = rows.iter().filter(|r| r.verdict == Verdict::Pass).count();
    let table_inner = if layout.wide {
        layout.right_inner()
    } else {
        layout.left_inner()
    };
    let at = dossier.evidence.head().short();
    let title = if app.trace.uncovered {
        format!("Coverage at {at}: {} without a passing test", rows.len())
    } else {
        format!(
            "Coverage at {at}: {covered} of {} with a passing test",
            rows.len()
        )
    };
    let mut table = Pane {
        title: Line::of("ui.title", &title),
        focused: app.trace.test.is_none(),
        above: window.start,
        below: rows.len() - window.end,
        selected: Some(cursor.at - window.start).filter(|_| !rows.is_empty()),
        ..Pane::default()
    };
    table.lines = rows
        .get(window)
        .unwrap_or(&[])
        .iter()
        .map(|r| table_line(app, r, table_inner).marked(&app.search))
        .collect();
    if rows.is_empty() {
        let unread = dossier.evidence.facts.hole(&[PartName::Git]);
        let why = unread.and_then(|(_, state)| state.words());
        let (role, words) = match &why {
            Some(why) => (
                "verdict.unknown",
                format!("? Requirements are not known: {}", text::clean(why)),
            ),
            None if app.trace.uncovered => (
                "text.dim",
                "Every requirement has a passing test.".to_owned(),
            ),
            None => (
                "text.dim",
                "No spec was found at this head. README: which files are read as specs.".to_owned(),
            ),
        };
        let lines = text::wrap(&words, table_inner).into_iter();
        table.lines = lines.map(|part| Line::of(role, &part)).collect();
    }
    let width = layout.left_inner();
    let trace = app
        .trace
        .test
        .as_ref()
        .and_then(|t| trace::of_test(&dossier.evidence, t));
    let (title, lines) = match (&trace, rows.get(cursor.at)) {
        (Some(trace), _) => (
            "Trace: test → requirement",
            chain::chain_of_test(app, dossier, trace, width),
        ),
        (None, Some(row)) => (
            "Trace: requirement → tests",
            chain::chain_of_requirement(app, row, width),
        ),
        (None, None) => (
            "Trace",
            vec![Line::of(
                "text.dim",
                "No test fails and no requirement is known.",
            )],
        ),
    };
    let len = lines.len();
    let top = app.trace.top.min(len.saturating_sub(height.min(len)));
    let end = (top + height).min(len);
    let chain = Pane {
        title: Line::of("ui.title", title),
        lines: lines.into_iter().skip(top).take(height).collect(),
        selected: None,
        focused: app.trace.test.is_some(),
        above: top,
        below: len - end,
    };
    TraceView {
        chain,
        table,
        chain_first: app.trace.test.is_some(),
    }
}
