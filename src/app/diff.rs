//! The difference: all files in one scroll, unified, with the files beside it on a wide screen.

use std::sync::Arc;

use super::{
    App, Effect, Line, Pane, Screen,
    list::{Cursor, next_where},
};
use crate::{
    decide::Dossier,
    evidence::NodeKind,
    keys::Action,
    model::{DiffLine, FilePatch, HeadDelta, LineKind, Sha},
    text,
};

/// State of the difference.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub cursor: Cursor,
    /// Of one attempt (an index) against the one before; of the whole change without.
    pub attempt: Option<usize>,
    /// The lines that were read last.
    lines: Option<Lines>,
    /// Where to stand once they are: a path and a line.
    goal: Option<(String, u32)>,
}

/// The lines between two commits.
#[derive(Clone, Debug)]
struct Lines {
    from: Sha,
    to: Sha,
    /// The load that brings them.
    generation: u64,
    /// Nothing as long as they are being read.
    result: Option<Result<Arc<Vec<FilePatch>>, String>>,
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

/// What came of reading the lines of the difference that is shown; nothing as long as they are read.
fn result(app: &App) -> Option<&Result<Arc<Vec<FilePatch>>, String>> {
    let delta = delta(app, app.dossier()?)?;
    let lines = app.diff.lines.as_ref();
    let lines = lines.filter(|l| l.from == delta.from && l.to == delta.to);
    lines?.result.as_ref()
}

/// The files of the difference that is shown; none before they are read.
fn patches(app: &App) -> &[FilePatch] {
    match result(app) {
        Some(Ok(files)) => files,
        _ => &[],
    }
}

/// Asks for the lines of the difference that is shown, where they are neither here nor on their way.
pub(super) fn ask(app: &mut App) -> Option<Effect> {
    if app.screen != Screen::Diff {
        return None;
    }
    let id = app.change.as_ref()?.id.clone();
    let HeadDelta { from, to, .. } = delta(app, app.dossier()?)?;
    let (from, to) = (from.clone(), to.clone());
    let lines = app.diff.lines.as_ref();
    if lines.is_some_and(|l| l.from == from && l.to == to) {
        return None;
    }
    app.generation += 1;
    let generation = app.generation;
    app.diff.lines = Some(Lines {
        from: from.clone(),
        to: to.clone(),
        generation,
        result: None,
    });
    Some(Effect::LoadDiff {
        id,
        from,
        to,
        generation,
    })
}

/// What could not be read is asked for again: more may be here now.
pub(super) fn again(app: &mut App) {
    let lines = app.diff.lines.take();
    app.diff.lines = lines.filter(|l| !matches!(l.result, Some(Err(_))));
}

/// Takes in the lines that were asked for.
pub(super) fn take(app: &mut App, generation: u64, result: Result<Arc<Vec<FilePatch>>, String>) {
    let lines = app.diff.lines.as_mut();
    // Late: others are wanted by now.
    let Some(lines) = lines.filter(|l| l.generation == generation) else {
        return;
    };
    lines.result = Some(result);
    arrive(app);
}

/// Stands where the difference was opened for, if its lines are here.
fn arrive(app: &mut App) {
    if result(app).is_none() {
        return;
    }
    let Some((path, line)) = app.diff.goal.take() else {
        return;
    };
    if let Some(at) = find(app, &path, line) {
        select(app, at);
    }
}

fn rows(files: &[FilePatch]) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for patch in files {
        rows.push(Row::File(patch));
        if patch.binary {
            rows.push(Row::Note("binary file"));
        } else if patch.absent {
            rows.push(Row::Note("it differs; its content was not fetched"));
        } else if patch.hunks.is_empty() {
            rows.push(Row::Note("no change of content"));
        }
        for hunk in &patch.hunks {
            rows.push(Row::Hunk(&hunk.header));
            rows.extend(hunk.lines.iter().map(Row::Line));
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
        Row::Blank => String::new(),
    }
}

pub(super) fn texts(app: &App) -> Vec<String> {
    rows(patches(app)).iter().map(plain).collect()
}

fn len(app: &App) -> usize {
    rows(patches(app)).len()
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
    app.diff.goal = place.map(|(path, line)| (path.to_owned(), line));
    app.goto(Screen::Diff);
    arrive(app);
}

/// Opens the difference at the place of the finding under the cursor: of its attempt, else of the whole
/// change. Tells whether the place is in one of them.
pub(super) fn open_place(app: &mut App, attempt: Option<usize>) -> bool {
    let node = app.node().filter(|n| n.kind == NodeKind::Finding);
    let Some((path, _)) = node.and_then(|n| n.detail.place()) else {
        return false;
    };
    let path = plain_path(path).to_owned();
    let before = app.diff.attempt;
    for attempt in [attempt, None] {
        app.diff.attempt = attempt;
        let delta = app.dossier().and_then(|d| delta(app, d));
        if delta.is_some_and(|d| d.files.iter().any(|f| f.path == path)) {
            // Where another attempt was shown, the cursor stood in another difference.
            app.diff.attempt = before;
            open_at(app, attempt);
            return true;
        }
    }
    app.diff.attempt = before;
    false
}

/// Scanners write paths from the root of the tree in more than one way.
fn plain_path(path: &str) -> &str {
    path.trim_start_matches("./").trim_start_matches('/')
}

/// Finds the row of a line, by the line number of the new file.
fn find(app: &App, path: &str, line: u32) -> Option<usize> {
    let path = plain_path(path);
    let rows = rows(patches(app));
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
    let rows = rows(patches(app));
    let to = next_where(rows.len(), app.diff.cursor.at, back, |i| {
        rows.get(i).is_some_and(&wanted)
    });
    if let Some(at) = to {
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
    let hint = if app.status.local {
        "g p shows what went wrong."
    } else {
        "r syncs the change again; g p shows what went wrong."
    };
    let unknown = |why: &str| {
        vec![
            Line::of("verdict.unknown", &format!("? {why}")),
            Line::of("text.dim", hint),
        ]
    };
    let instead = match (delta, result(app)) {
        (None, _) => Some(unknown(
            "This difference is not known: its git objects are not here.",
        )),
        (_, Some(Err(why))) => Some(unknown(&format!(
            "This difference cannot be read: {}",
            text::clean(why)
        ))),
        (_, None) => Some(vec![Line::of("text.dim", "Reading the difference…")]),
        (_, Some(Ok(_))) => None,
    };
    if let Some(lines) = instead {
        let diff = Pane {
            title: Line::of("ui.title", &title),
            lines,
            focused: true,
            ..Pane::default()
        };
        return DiffView { diff, files: None };
    }
    let rows = rows(patches(app));
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
