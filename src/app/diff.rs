//! The difference: all files in one scroll, unified, with the files beside it on a wide screen.

use super::{
    App, Effect, Line, Pane, Screen,
    list::{Cursor, next_where},
};
use crate::{
    decide::Dossier,
    evidence::NodeKind,
    keys::Action,
    model::{DiffLine, FilePatch, HeadDelta, LineKind},
    text,
};

/// State of the difference.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub cursor: Cursor,
    /// Of one attempt (an index) against the one before; of the whole change without.
    pub attempt: Option<usize>,
}

/// What the difference shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffView {
    pub diff: Pane,
    /// Only on a wide screen.
    pub files: Option<Pane>,
}

/// A row of the scroll.
#[derive(Clone, Copy)]
enum Row<'a> {
    File(&'a FilePatch),
    Hunk(&'a str),
    Line(&'a DiffLine),
    Note(&'static str),
    Omitted(u64),
    Blank,
}

fn delta<'a>(app: &App, dossier: &'a Dossier) -> Option<&'a HeadDelta> {
    let git = &dossier.evidence.facts.git;
    match app.diff.attempt {
        None => git.total.as_ref(),
        Some(n) => {
            let head = &dossier.evidence.attempts.get(n)?.head;
            git.deltas.iter().find(|d| d.to == *head)
        }
    }
}

fn rows(delta: &HeadDelta) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for file in &delta.files {
        let patch = &file.patch;
        rows.push(Row::File(patch));
        if patch.binary {
            rows.push(Row::Note("binary file"));
        } else if patch.absent {
            rows.push(Row::Note("it differs; its content was not fetched"));
        } else if patch.hunks.is_empty() && patch.omitted == 0 {
            rows.push(Row::Note("no change of content"));
        }
        for hunk in &patch.hunks {
            rows.push(Row::Hunk(&hunk.header));
            rows.extend(hunk.lines.iter().map(Row::Line));
        }
        if patch.omitted > 0 {
            rows.push(Row::Omitted(patch.omitted));
        }
        rows.push(Row::Blank);
    }
    rows.pop();
    rows
}

fn height(app: &App) -> usize {
    usize::from(app.layout().body.saturating_sub(2)).max(1)
}

fn plain(row: &Row<'_>) -> String {
    match row {
        Row::File(patch) => patch.path.clone(),
        Row::Hunk(header) => (*header).to_owned(),
        Row::Line(line) => line.text.clone(),
        Row::Note(note) => (*note).to_owned(),
        Row::Omitted(_) | Row::Blank => String::new(),
    }
}

pub(super) fn texts(app: &App) -> Vec<String> {
    let Some(dossier) = app.dossier() else {
        return Vec::new();
    };
    delta(app, dossier)
        .map(|d| rows(d).iter().map(plain).collect())
        .unwrap_or_default()
}

fn len(app: &App) -> usize {
    let Some(dossier) = app.dossier() else {
        return 0;
    };
    delta(app, dossier).map_or(0, |d| rows(d).len())
}

pub(super) fn select(app: &mut App, at: usize) {
    let (len, height) = (len(app), height(app));
    app.diff.cursor.go(at, len, height);
}

/// Opens the difference of the whole change, or of one attempt.
pub(super) fn open_at(app: &mut App, attempt: Option<usize>) {
    if app.diff.attempt != attempt {
        app.diff.cursor = Cursor::default();
    }
    app.diff.attempt = attempt;
    // From a place in the timeline, stand on that place.
    let place = app.node().and_then(|n| n.detail.place());
    if let Some(at) = place.and_then(|(path, line)| find(app, path, line)) {
        select(app, at);
    }
    app.goto(Screen::Diff);
}

/// Opens the difference at the place of the finding under the cursor: of its attempt, else of the whole
/// change. Tells whether the place is in one of them.
pub(super) fn open_place(app: &mut App, attempt: Option<usize>) -> bool {
    let node = app.node().filter(|n| n.kind == NodeKind::Finding);
    let place = node.and_then(|n| n.detail.place());
    let Some((path, line)) = place.map(|(path, line)| (path.to_owned(), line)) else {
        return false;
    };
    let before = app.diff.clone();
    for attempt in [attempt, None] {
        app.diff.attempt = attempt;
        if let Some(at) = find(app, &path, line) {
            select(app, at);
            app.goto(Screen::Diff);
            return true;
        }
    }
    app.diff = before;
    false
}

/// Finds the row of a line, by the line number of the new file.
fn find(app: &App, path: &str, line: u32) -> Option<usize> {
    let dossier = app.dossier()?;
    // Scanners write paths from the root of the tree in more than one way.
    let path = path.trim_start_matches("./").trim_start_matches('/');
    let rows = rows(delta(app, dossier)?);
    let start = rows
        .iter()
        .position(|r| matches!(r, Row::File(p) if p.path == path))?;
    let inside = rows
        .iter()
        .enumerate()
        .skip(start + 1)
        .take_while(|(_, r)| !matches!(r, Row::File(_)));
    let hit = inside
        .filter(|_| line > 0)
        .filter(
            |(_, r)| matches!(r, Row::Line(l) if l.new_no.or(l.old_no).is_some_and(|n| n >= line)),
        )
        .map(|(i, _)| i)
        .next();
    hit.or(Some(start))
}

pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    let (len, height) = (len(app), height(app));
    if app.diff.cursor.act(action, len, height) {
        return Vec::new();
    }
    match action {
        Action::NextFile => hop(app, false, |r| matches!(r, Row::File(_))),
        Action::PreviousFile => hop(app, true, |r| matches!(r, Row::File(_))),
        Action::NextHunk => hop(app, false, |r| matches!(r, Row::Hunk(_))),
        Action::PreviousHunk => hop(app, true, |r| matches!(r, Row::Hunk(_))),
        Action::Left | Action::Right => {
            let attempts = app.dossier().map_or(0, |d| d.evidence.attempts.len());
            let at = match (app.diff.attempt, action) {
                (None, Action::Left) => attempts.checked_sub(1),
                (Some(n), Action::Left) => n.checked_sub(1),
                (Some(n), _) if n + 1 < attempts => Some(n + 1),
                _ => None,
            };
            if at != app.diff.attempt {
                app.diff.attempt = at;
                app.diff.cursor = Cursor::default();
            }
        }
        _ => {}
    }
    Vec::new()
}

fn hop(app: &mut App, back: bool, wanted: impl Fn(&Row<'_>) -> bool) {
    let Some(dossier) = app.dossier().cloned() else {
        return;
    };
    let Some(delta) = delta(app, &dossier) else {
        return;
    };
    let rows = rows(delta);
    if let Some(at) = next_where(rows.len(), app.diff.cursor.at, back, |i| {
        rows.get(i).is_some_and(&wanted)
    }) {
        select(app, at);
    }
}

fn row_line(row: &Row<'_>, width: usize) -> Line {
    match row {
        Row::File(patch) => {
            let renamed = patch
                .old_path
                .as_ref()
                .map_or(String::new(), |old| format!("{old} → "));
            let right = Line::of("diff.added", &format!("+{} ", patch.additions))
                .with("diff.removed", &format!("-{} ", patch.deletions));
            Line::of(
                "diff.file",
                &format!("{} {renamed}{}", patch.status.letter(), patch.path),
            )
            .justify(right, width)
        }
        Row::Hunk(header) => Line::of("diff.hunk", header).fit(width),
        Row::Line(line) => {
            let number =
                |n: Option<u32>| n.map_or_else(|| "    ".to_owned(), |n| format!("{n:>4}"));
            let (mark, role) = match line.kind {
                LineKind::Added => ("+", "diff.added"),
                LineKind::Removed => ("-", "diff.removed"),
                LineKind::Context => (" ", "diff.context"),
            };
            let gutter = format!("{} {} ", number(line.old_no), number(line.new_no));
            Line::of("text.dim", &gutter)
                .with(role, &format!("{mark}{}", text::clean(&line.text)))
                .fit(width)
        }
        Row::Note(note) => Line::of("text.dim", &format!("          {note}")),
        Row::Omitted(n) => Line::of(
            "message.warning",
            &format!("          {n} more changed lines are not shown: the file is too large"),
        ),
        Row::Blank => Line::default(),
    }
}

fn title(app: &App, dossier: &Dossier, delta: Option<&HeadDelta>) -> String {
    let what = match app
        .diff
        .attempt
        .and_then(|n| dossier.evidence.attempts.get(n))
    {
        Some(attempt) => format!("attempt {}", attempt.n),
        None => "whole change".to_owned(),
    };
    delta.map_or(what.clone(), |d| {
        format!("{what}: {}..{}", d.from.short(), d.to.short())
    })
}

pub(super) fn view(app: &App) -> DiffView {
    let layout = app.layout();
    let Some(dossier) = app.dossier() else {
        let pane = Pane {
            title: Line::of("ui.title", "Diff"),
            lines: app.absent(),
            focused: true,
            ..Pane::default()
        };
        return DiffView {
            diff: pane,
            files: None,
        };
    };
    let delta = delta(app, dossier);
    let title = title(app, dossier, delta);
    let Some(delta) = delta else {
        let lines = vec![
            Line::of(
                "verdict.unknown",
                "? This difference is not known: its git objects are not here.",
            ),
            Line::of(
                "text.dim",
                if app.status.local {
                    "g p shows what went wrong."
                } else {
                    "r syncs the change again; g p shows what went wrong."
                },
            ),
        ];
        let diff = Pane {
            title: Line::of("ui.title", &title),
            lines,
            focused: true,
            ..Pane::default()
        };
        return DiffView { diff, files: None };
    };
    let rows = rows(delta);
    let height = height(app);
    let mut cursor = app.diff.cursor;
    cursor.follow(rows.len(), height);
    let window = cursor.window(rows.len(), height);
    let files_width = if layout.wide {
        usize::from(layout.width * 30 / 100)
    } else {
        0
    };
    let width = usize::from(layout.width).saturating_sub(files_width + 2);
    let mut diff = Pane {
        title: Line::of("ui.title", &title),
        focused: true,
        above: window.start,
        below: rows.len() - window.end,
        selected: Some(cursor.at - window.start).filter(|_| !rows.is_empty()),
        ..Pane::default()
    };
    diff.lines = rows
        .get(window)
        .unwrap_or(&[])
        .iter()
        .map(|r| row_line(r, width).marked(&app.search))
        .collect();
    if rows.is_empty() {
        diff.lines = vec![Line::of(
            "text.dim",
            "Nothing changed between these commits.",
        )];
    }
    let files = layout
        .wide
        .then(|| files(&rows, cursor.at, files_width.saturating_sub(2), height));
    DiffView { diff, files }
}

fn files(rows: &[Row<'_>], at: usize, width: usize, height: usize) -> Pane {
    let all: Vec<(usize, &FilePatch)> = rows
        .iter()
        .enumerate()
        .filter_map(|(i, r)| {
            if let Row::File(p) = r {
                Some((i, *p))
            } else {
                None
            }
        })
        .collect();
    let on = all.iter().rposition(|(i, _)| *i <= at).unwrap_or(0);
    let mut cursor = Cursor::default();
    cursor.go(on, all.len(), height);
    let window = cursor.window(all.len(), height);
    let line = |patch: &FilePatch| {
        let right = Line::of("diff.added", &format!("+{}", patch.additions))
            .with("diff.removed", &format!(" -{}", patch.deletions));
        Line::of("text.dim", &format!("{} ", patch.status.letter()))
            .with("text", &patch.path)
            .justify(right, width)
    };
    Pane {
        title: Line::of("ui.title", &text::counted(all.len(), "file")),
        lines: all
            .get(window.clone())
            .unwrap_or(&[])
            .iter()
            .map(|(_, p)| line(p))
            .collect(),
        selected: Some(on - window.start).filter(|_| !all.is_empty()),
        focused: false,
        above: window.start,
        below: all.len() - window.end,
    }
}
