//! The decide form: fields on the left, exactly what will be posted on the right, bound in words
//! to what was on the screen.

use super::{App, Effect, Field, Line, Pane, Screen, input::Input};
use crate::{
    decide::{DecisionId, Draft, Kind, render},
    keys::{Action, Key},
    model::{ChangeId, Login, Sha},
    text,
};

/// One field of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormField {
    /// Name as in [`crate::decide::DraftProblem`].
    pub name: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub input: Input,
    /// Filled in for the person: the first character that is typed takes its place.
    pub proposed: bool,
}

/// A decision being made.
#[derive(Clone, Debug)]
pub struct State {
    pub change: ChangeId,
    pub draft: Draft,
    pub fields: Vec<FormField>,
    pub focus: usize,
    /// Problems are shown once the form was confirmed with some.
    pub tried: bool,
    /// The head that the change has now, where it moved while the form was open.
    pub moved_to: Option<Sha>,
    /// It is being written to the ledger.
    pub saving: bool,
}

/// What the form shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecideView {
    pub title: Line,
    pub about: Vec<Line>,
    pub fields: Vec<Field>,
    /// What stands against it and what is wrong with the form.
    pub notes: Vec<Line>,
    pub preview: Pane,
}

fn fields(draft: &Draft) -> Vec<FormField> {
    let field = |name, label, hint, value: &str| FormField {
        name,
        label,
        hint,
        input: Input::new(value),
        proposed: !value.is_empty(),
    };
    match draft.kind {
        Kind::ExceptionAsk => vec![
            field(
                "target",
                "for",
                "CodeQL#91, REQ-PAY-17, a test or a check",
                &draft.target,
            ),
            field(
                "reason",
                "reason",
                "why the risk can be taken, 15 characters at least",
                &draft.reason,
            ),
            field(
                "control",
                "control",
                "what limits the risk meanwhile, or none",
                &draft.control,
            ),
            field("owner", "risk owner", "login", &draft.owner),
            field("days", "ends in days", "1 to 90", &draft.days),
        ],
        Kind::RequestChanges => vec![field("reason", "what should change", "", &draft.reason)],
        _ => {
            let mut all = vec![field("reason", "words", "optional", &draft.reason)];
            if draft.needs_sha {
                all.push(field("sha", "type the short sha", draft_sha_hint(), ""));
            }
            all
        }
    }
}

fn draft_sha_hint() -> &'static str {
    "high risk: type what you looked at"
}

/// Opens the form for a kind of decision about the open change.
pub(super) fn open(app: &mut App, kind: Kind) {
    if app.readonly {
        app.say(
            "message.warning",
            "started with --readonly: nothing can be decided",
        );
        return;
    }
    let Some(dossier) = app.dossier().cloned() else {
        app.say("message.info", "the change is not loaded yet");
        return;
    };
    if app.status.local {
        app.say("message.info", "a local range has no forge to decide on");
        return;
    }
    if dossier.evidence.facts.viewer.is_none() {
        app.say(
            "message.warning",
            "no token: the forge does not know who you are; see `proofline doctor`",
        );
        return;
    }
    let Some(change) = app.change.as_ref().map(|c| c.id.clone()) else {
        return;
    };
    let mut draft = Draft::new(kind, &dossier.evidence, &dossier.assessment, app.now);
    // What the cursor stands on is the natural target of an exception.
    if kind == Kind::ExceptionAsk
        && let Some(node) = app.node()
    {
        draft.target = match node.kind {
            crate::evidence::NodeKind::Test => node.title.clone(),
            crate::evidence::NodeKind::Requirement => {
                node.id.0.trim_start_matches("req:").to_owned()
            }
            crate::evidence::NodeKind::Check => node.title.clone(),
            crate::evidence::NodeKind::Finding => format!("finding {}", node.title),
            _ => String::new(),
        };
    }
    let fields = fields(&draft);
    app.decide = Some(State {
        change,
        draft,
        fields,
        focus: 0,
        tried: false,
        moved_to: None,
        saving: false,
    });
    app.goto(Screen::Decide);
}

/// Notes that the change was loaded again while the form is open: what moved is shown, and the
/// draft stays bound to what was on the screen.
pub(super) fn head_is(app: &mut App, change: &ChangeId, head: &Sha) {
    if let Some(state) = app.decide.as_mut().filter(|s| s.change == *change) {
        state.moved_to = (!state.draft.still_holds(head)).then(|| head.clone());
    }
}

/// Takes a key as text; tells whether it was one.
pub(super) fn key(app: &mut App, key: Key) -> bool {
    let Some(state) = app.decide.as_mut().filter(|s| !s.saving) else {
        return false;
    };
    let Some(field) = state.fields.get_mut(state.focus) else {
        return false;
    };
    let types = matches!(key.code, crate::keys::Code::Char(_)) && !key.ctrl && !key.alt;
    if std::mem::take(&mut field.proposed) && types {
        field.input = Input::default();
    }
    let taken = field.input.key(key);
    if taken {
        pull(state);
    }
    taken
}

/// Takes pasted text.
pub(super) fn paste(app: &mut App, text: &str) {
    if let Some(state) = app.decide.as_mut()
        && let Some(field) = state.fields.get_mut(state.focus)
    {
        field.input.insert(text);
        pull(state);
    }
}

/// Brings the typed texts into the draft.
fn pull(state: &mut State) {
    for field in &state.fields {
        let value = field.input.text();
        match field.name {
            "target" => state.draft.target = value,
            "reason" => state.draft.reason = value,
            "control" => state.draft.control = value,
            "owner" => state.draft.owner = value,
            "days" => state.draft.days = value,
            "sha" => state.draft.typed_sha = value,
            _ => {}
        }
    }
}

pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    let Some(state) = app.decide.as_mut() else {
        return Vec::new();
    };
    let len = state.fields.len().max(1);
    match action {
        Action::NextField | Action::Open | Action::Down => state.focus = (state.focus + 1) % len,
        Action::PreviousField | Action::Up => state.focus = (state.focus + len - 1) % len,
        Action::Confirm if state.saving => {}
        Action::Confirm => {
            state.tried = true;
            if let Some(head) = &state.moved_to {
                let words = format!(
                    "the head moved to {}: close this form, look again, and decide on that",
                    head.short()
                );
                app.say("message.warning", words);
                return Vec::new();
            }
            let problems = state.draft.problems();
            if let Some(first) = problems.first() {
                let at = state.fields.iter().position(|f| f.name == first.field);
                state.focus = at.unwrap_or(state.focus);
                let words = first.what.clone();
                app.say("message.warning", words);
                return Vec::new();
            }
            state.saving = true;
            return vec![Effect::Decide(
                Box::new(state.draft.clone()),
                state.change.clone(),
            )];
        }
        _ => {}
    }
    Vec::new()
}

/// The decision is in the ledger: the form closes.
pub(super) fn recorded(app: &mut App, id: &DecisionId) {
    if app.decide.take().is_some() {
        app.go_back();
    }
    app.say(
        "message.info",
        format!("recorded as {id}; on its way to the forge"),
    );
}

/// It could not be written: the form stays as it is.
pub(super) fn not_recorded(app: &mut App, why: &str) {
    if let Some(state) = app.decide.as_mut() {
        state.saving = false;
    }
    app.say(
        "message.error",
        format!("not recorded, nothing was sent: {why}"),
    );
}

fn about(app: &App, state: &State, width: usize) -> Vec<Line> {
    let bound = &state.draft.bound;
    let mut lines = Vec::new();
    let words = format!(
        "Bound to {} (base {}), with {} facts seen {}.",
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
    lines.push(
        Line::of(
            "text.dim",
            &format!(
                "Will be posted to {}#{} as {place}.",
                state.change.repo.slug(),
                state.change.number
            ),
        )
        .fit(width),
    );
    lines
}

fn notes(app: &App, state: &State, width: usize) -> Vec<Line> {
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
    let _ = app;
    lines
}

/// The text as it will be posted; the id is minted when it is recorded.
fn preview(app: &App, state: &State, width: usize, height: usize) -> Pane {
    let viewer = app
        .dossier()
        .and_then(|d| d.evidence.facts.viewer.clone())
        .unwrap_or_else(|| Login::new("you"));
    let id = DecisionId("00000000000000000000000000".to_owned());
    let record = state.draft.preview(id, &state.change, &viewer, app.now);
    let body = render::body(&record).unwrap_or_default();
    let ready = state.draft.problems().iter().all(|p| p.field == "sha");
    let what = if ready {
        "Will be posted, the id apart"
    } else {
        "Would be posted; fields are missing"
    };
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
    let below = lines.len().saturating_sub(height);
    lines.truncate(height);
    Pane {
        title: Line::of("ui.title", what),
        lines,
        selected: None,
        focused: false,
        above: 0,
        below,
    }
}

pub(super) fn view(app: &App) -> DecideView {
    let layout = app.layout();
    let Some(state) = &app.decide else {
        return DecideView {
            title: Line::default(),
            about: Vec::new(),
            fields: Vec::new(),
            notes: Vec::new(),
            preview: Pane::default(),
        };
    };
    let what = match state.draft.kind {
        Kind::Approve => "Approve",
        Kind::RequestChanges => "Request changes",
        _ => "Ask for an exception",
    };
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
    let (width, height) = if layout.wide {
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
    let number = state.change.number;
    DecideView {
        title: Line::of(
            "ui.title",
            &format!("{what} · {}#{number}", state.change.repo.slug()),
        ),
        about: about(app, state, inner),
        fields,
        notes: notes(app, state, inner),
        preview: preview(app, state, width, height),
    }
}
