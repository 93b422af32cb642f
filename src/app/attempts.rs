//! The ladder: attempts as columns, tests and checks as rows, and what each attempt did.

mod cell;

use super::{App, Effect, Line, Pane, Screen, list::Cursor};
use crate::{decide::Dossier, evidence::TestRow, keys::Action, model::TestKey};

/// State of the ladder.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub cursor: Cursor,
    /// The attempt under the cursor, an index.
    pub column: usize,
}

/// What the ladder shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptsView {
    pub grid: Pane,
    pub detail: Pane,
}

/// A row of the ladder.
enum Row<'a> {
    Check(String),
    Test(&'a TestRow),
}

fn rows(dossier: &Dossier) -> Vec<Row<'_>> {
    let mut names: Vec<String> = Vec::new();
    for check in &dossier.evidence.checks {
        if !names.contains(&check.name) {
            names.push(check.name.clone());
        }
    }
    names
        .into_iter()
        .map(Row::Check)
        .chain(dossier.evidence.matrix.notable().map(Row::Test))
        .collect()
}

/// The test under the cursor, if it is one, and the attempt (an index).
pub(super) fn under(app: &App) -> Option<(Option<TestKey>, usize)> {
    let row = rows(app.dossier()?)
        .into_iter()
        .nth(app.attempts.cursor.at)?;
    let key = match row {
        Row::Test(row) => Some(row.key.clone()),
        Row::Check(_) => None,
    };
    Some((key, app.attempts.column))
}

/// The job under the cursor in an attempt: of several of one name the worst.
pub(super) fn job_under(app: &App) -> Option<u64> {
    let dossier = app.dossier()?;
    let head = &dossier.evidence.attempts.get(app.attempts.column)?.head;
    let Row::Check(name) = rows(dossier).into_iter().nth(app.attempts.cursor.at)? else {
        return None;
    };
    let named = dossier.evidence.checks.iter();
    let named = named.filter(|c| c.run.is_some() && c.name == name && c.head == *head);
    named.max_by_key(|c| c.verdict.weight()).map(|c| c.id)
}

fn height(app: &App) -> usize {
    let layout = app.layout();
    let body = layout.body;
    // Frame, head of the columns, labels and foot.
    let grid = if layout.wide {
        body
    } else {
        body.saturating_sub(layout.lower(body))
    };
    usize::from(grid.saturating_sub(2 + 5)).max(1)
}

pub(super) fn texts(app: &App) -> Vec<String> {
    app.dossier()
        .map(|d| {
            rows(d)
                .iter()
                .map(|r| match r {
                    Row::Check(n) => n.clone(),
                    Row::Test(t) => t.key.to_string(),
                })
                .collect()
        })
        .unwrap_or_default()
}

pub(super) fn select(app: &mut App, at: usize) {
    let len = texts(app).len();
    let height = height(app);
    app.attempts.cursor.go(at, len, height);
}

/// Opens the ladder at the current head.
pub(super) fn open(app: &mut App) {
    let on = app.node().and_then(|n| n.attempt);
    let last = app
        .dossier()
        .map_or(0, |d| d.evidence.attempts.len().saturating_sub(1));
    app.attempts.column = on.unwrap_or(last);
    // Tests are why one comes here.
    let first_test = app
        .dossier()
        .and_then(|d| rows(d).iter().position(|r| matches!(r, Row::Test(_))));
    select(app, first_test.unwrap_or(0));
    app.goto(Screen::Attempts);
}

pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    let (len, height) = (texts(app).len(), height(app));
    if app.attempts.cursor.act(action, len, height) {
        return Vec::new();
    }
    let last = app
        .dossier()
        .map_or(0, |d| d.evidence.attempts.len().saturating_sub(1));
    match action {
        Action::Left => app.attempts.column = app.attempts.column.saturating_sub(1),
        Action::Right => app.attempts.column = (app.attempts.column + 1).min(last),
        Action::Open | Action::Trace => {
            let key =
                app.dossier()
                    .and_then(|d| match rows(d).into_iter().nth(app.attempts.cursor.at) {
                        Some(Row::Test(row)) => Some(row.key.clone()),
                        _ => None,
                    });
            match key {
                Some(key) => {
                    app.trace.test = Some(key);
                    app.trace.top = 0;
                    app.goto(Screen::Trace);
                }
                None => app.say(
                    "message.info",
                    "a check protects no requirement; stand on a test",
                ),
            }
        }
        Action::Diff => super::diff::open_at(app, Some(app.attempts.column)),
        _ => {}
    }
    Vec::new()
}

struct Columns {
    name: usize,
    each: usize,
    first: usize,
    count: usize,
}

impl Columns {
    /// The newest attempts that fit; the column under the cursor is always among them.
    fn of(width: usize, attempts: usize, on: usize) -> Self {
        let each = 12;
        let count = (width.saturating_sub(20) / each).clamp(1, attempts.max(1));
        let name = width.saturating_sub(count * each).min(60);
        let last_start = attempts.saturating_sub(count);
        let first = last_start.min(on);
        Self {
            name,
            each,
            first,
            count,
        }
    }
}

fn column_lines(dossier: &Dossier, columns: &Columns, on: usize) -> Vec<Line> {
    let mut head = Line::default();
    let hidden = if columns.first > 0 {
        format!("‹ {} earlier", columns.first)
    } else {
        String::new()
    };
    head.cell("text.dim", &hidden, columns.name);
    let mut how = Line::default();
    how.cell("text.dim", "", columns.name);
    for n in columns.first..columns.first + columns.count {
        let Some(attempt) = dossier.evidence.attempts.get(n) else {
            continue;
        };
        let role = if n == on {
            "ui.tab.active"
        } else {
            "text.strong"
        };
        let mark = if dossier
            .evidence
            .responses
            .get(n)
            .is_some_and(|r| r.iter().any(|r| r.label.wants_eyes()))
        {
            " !"
        } else {
            ""
        };
        head.cell(
            role,
            &format!("{} {}{mark}", attempt.n, attempt.head.short()),
            columns.each,
        );
        how.cell("text.dim", attempt.how.words(), columns.each);
    }
    vec![head, how]
}

fn grid(app: &App, dossier: &Dossier, width: usize) -> Pane {
    let rows = rows(dossier);
    let height = height(app);
    let mut cursor = app.attempts.cursor;
    cursor.follow(rows.len(), height);
    let window = cursor.window(rows.len(), height);
    let columns = Columns::of(width, dossier.evidence.attempts.len(), app.attempts.column);
    let mut lines = column_lines(dossier, &columns, app.attempts.column);
    let before = lines.len();
    // A name that is cut must not touch its verdict.
    let fit = |name: &str| crate::text::fit(name, columns.name.saturating_sub(1));
    for row in rows.get(window.clone()).unwrap_or(&[]) {
        let mut line = Line::default();
        match row {
            Row::Check(name) => line.cell("text.dim", &fit(name), columns.name),
            Row::Test(test) => line.cell("text", &fit(&test.key.display()), columns.name),
        }
        for n in columns.first..columns.first + columns.count {
            let (role, words) = cell::cell(app, dossier, row, n);
            line.cell(role, &words, columns.each);
        }
        lines.push(line.marked(&app.search));
    }
    if rows.is_empty() {
        let words = if dossier.evidence.matrix.rows.is_empty() {
            "No check and no test result is known for any attempt."
        } else {
            "No check is known, and no test failed or moved in any attempt."
        };
        lines.push(Line::of("text.dim", words));
    }
    lines.push(Line::of("ui.group", &"─".repeat(width)));
    lines.extend(foot(dossier, &columns));
    Pane {
        title: Line::of(
            "ui.title",
            &format!(
                "Attempts: {} of {}",
                columns.count,
                dossier.evidence.attempts.len()
            ),
        ),
        lines,
        selected: Some(before + cursor.at - window.start).filter(|_| !rows.is_empty()),
        focused: true,
        above: window.start,
        below: rows.len() - window.end,
    }
}

/// Commits and counts under the columns.
fn foot(dossier: &Dossier, columns: &Columns) -> Vec<Line> {
    let mut commits = Line::default();
    commits.cell("text.dim", "commits", columns.name);
    let mut tests = Line::default();
    tests.cell("text.dim", "tests passed / all", columns.name);
    for n in columns.first..columns.first + columns.count {
        let Some(attempt) = dossier.evidence.attempts.get(n) else {
            continue;
        };
        commits.cell(
            "text.dim",
            &attempt
                .commits
                .map_or_else(|| "?".to_owned(), |c| c.to_string()),
            columns.each,
        );
        let counts = dossier.evidence.matrix.counts.get(n).copied().flatten();
        let words = counts.map_or_else(
            || "?".to_owned(),
            |c| format!("{}/{}", c.passed + c.flaky, c.total()),
        );
        tests.cell("text.dim", &words, columns.each);
    }
    vec![commits, tests]
}

pub(super) fn view(app: &App) -> AttemptsView {
    let layout = app.layout();
    let Some(dossier) = app.dossier() else {
        let pane = Pane {
            title: Line::of("ui.title", "Attempts"),
            lines: app.absent(),
            focused: true,
            ..Pane::default()
        };
        return AttemptsView {
            grid: pane,
            detail: Pane::default(),
        };
    };
    let (width, rows) = if layout.wide {
        (
            layout.right_inner(),
            usize::from(layout.body.saturating_sub(2)),
        )
    } else {
        (
            layout.left_inner(),
            usize::from(layout.lower(layout.body)).saturating_sub(2),
        )
    };
    AttemptsView {
        grid: grid(app, dossier, layout.left_inner()),
        detail: cell::detail(app, dossier, width, rows),
    }
}
