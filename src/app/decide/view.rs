//! What the form shows.

use super::{State, words};
use crate::{
    app::{App, Field, Line, Pane},
    decide::{DecisionId, Kind, render},
    model::Login,
    text,
};

/// What the form shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecideView {
    pub title: Line,
    /// Theme role of the frame.
    pub role: &'static str,
    pub about: Vec<Line>,
    pub fields: Vec<Field>,
    /// What stands against it and what is wrong with the form.
    pub notes: Vec<Line>,
    pub preview: Pane,
}

fn about(app: &App, state: &State, width: usize) -> Vec<Line> {
    let bound = &state.draft.bound;
    let mut lines = Vec::new();
    let words = format!(
        "Bound to {} (base {}), with {} facts available, shown {}.",
        bound.head_sha.short(),
        bound.base_sha.short(),
        bound.evidence_count,
        text::ago(bound.seen_at, app.now)
    );
    lines.extend(
        text::wrap(&words, width)
            .iter()
            .map(|l| Line::of("text", l)),
    );
    if let Some(head) = &state.moved_to {
        let words = format!(
            "The head moved to {} while this form was open. It cannot be sent as it is.",
            head.short()
        );
        lines.extend(
            text::wrap(&words, width)
                .iter()
                .map(|l| Line::of("message.error", l)),
        );
    }
    let place = match state.draft.kind {
        Kind::ExceptionAsk => "a comment in the conversation",
        _ => "a review, with this commit's id",
    };
    let slug = state.change.repo.slug();
    lines.push(
        Line::of(
            "text.dim",
            &format!(
                "Will be posted to {slug}#{} as {place}.",
                state.change.number
            ),
        )
        .fit(width),
    );
    let visibility = app.dossier().and_then(|d| d.evidence.facts.pr.visibility);
    let (asks, words) = words::readers(visibility, &slug);
    let (role, words) = if asks {
        ("attention", format!("! {words}."))
    } else {
        ("text", format!("{words}."))
    };
    lines.extend(
        text::wrap(&text::clean_line(&words), width)
            .iter()
            .map(|l| Line::of(role, l)),
    );
    lines
}

fn notes(state: &State, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |role: &'static str, words: &str| {
        lines.extend(
            text::wrap(&text::clean(words), width)
                .iter()
                .map(|l| Line::of(role, l)),
        );
    };
    match &state.draft.not_independent {
        Some(why) => say("attention", &format!("! you are not independent: {why}")),
        None => say("text.dim", "you are independent of this change"),
    }
    if !state.draft.blockers.is_empty() {
        say(
            "text.dim",
            "stands against it, and will be recorded with it:",
        );
        for (n, blocker) in state.draft.blockers.iter().enumerate() {
            say("verdict.fail", &format!("{} {blocker}", n + 1));
        }
    }
    if state.tried {
        for problem in state.draft.problems() {
            say(
                "message.error",
                &format!("{}: {}", problem.field, problem.what),
            );
        }
    }
    lines
}

/// Columns and rows of the preview.
fn room(app: &App) -> (usize, usize) {
    let layout = app.layout();
    let (columns, rows) = if layout.wide {
        (layout.right_inner(), layout.body)
    } else {
        (layout.left_inner(), layout.lower(layout.body))
    };
    (columns, usize::from(rows.saturating_sub(2)))
}

/// The text as it will be posted; the id is minted when it is recorded.
fn posted(app: &App, state: &State, width: usize) -> Vec<Line> {
    let viewer = app
        .dossier()
        .and_then(|d| d.evidence.facts.viewer.clone())
        .unwrap_or_else(|| Login::new("you"));
    let id = DecisionId("00000000000000000000000000".to_owned());
    let record = state.draft.preview(id, &state.change, &viewer, app.now);
    let body = render::body(&record).unwrap_or_default();
    let mut lines: Vec<Line> = Vec::new();
    for part in text::wrap(&text::clean(&body), width) {
        let role = if part.starts_with("**") {
            "text.strong"
        } else if part.starts_with('>') {
            "text.quote"
        } else {
            "text"
        };
        lines.push(Line::of(role, &part));
    }
    lines
}

/// Returns the first row of the preview that can be the topmost one without leaving room below.
pub(super) fn last_top(app: &App, state: &State) -> usize {
    let (width, height) = room(app);
    posted(app, state, width).len().saturating_sub(height)
}

fn preview(app: &App, state: &State) -> Pane {
    let (width, height) = room(app);
    let ready = state.draft.problems().iter().all(|p| p.field == "sha");
    let what = if ready {
        "Will be posted, the id apart"
    } else {
        "Would be posted; fields are missing"
    };
    let mut lines = posted(app, state, width);
    let above = state.top.min(lines.len().saturating_sub(height));
    lines.drain(..above);
    let below = lines.len().saturating_sub(height);
    lines.truncate(height);
    Pane {
        title: Line::of("ui.title", what),
        lines,
        selected: None,
        focused: false,
        above,
        below,
    }
}

pub(in crate::app) fn view(app: &App) -> DecideView {
    let layout = app.layout();
    let Some(state) = &app.decide else {
        return DecideView {
            title: Line::default(),
            role: "ui.border.focus",
            about: Vec::new(),
            fields: Vec::new(),
            notes: Vec::new(),
            preview: Pane::default(),
        };
    };
    let kind = state.draft.kind;
    let role = words::role(kind);
    let inner = layout.left_inner();
    let problems = if state.tried {
        state.draft.problems()
    } else {
        Vec::new()
    };
    let fields = state
        .fields
        .iter()
        .enumerate()
        .map(|(n, f)| Field {
            label: f.label.to_owned(),
            value: f.input.text(),
            hint: f.hint.to_owned(),
            cursor: (n == state.focus).then(|| f.input.column()),
            problem: problems
                .iter()
                .find(|p| p.field == f.name)
                .map(|p| p.what.clone()),
        })
        .collect();
    let number = state.change.number;
    DecideView {
        title: Line::of(
            role,
            &format!(
                "{} · {}#{number}",
                words::title(kind),
                state.change.repo.slug()
            ),
        ),
        role,
        about: about(app, state, inner),
        fields,
        notes: notes(state, inner),
        preview: preview(app, state),
    }
}
