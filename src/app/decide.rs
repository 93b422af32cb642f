//! The decide form: fields on the left, exactly what will be posted on the right, bound in words
//! to what was on the screen.
//!
//! A key that was never pressed must not decide. So a form closes without losing a word, none opens
//! before the keyboard was quiet after another closed, and none is confirmed before it was drawn and
//! the keyboard was quiet then.

mod kept;
mod view;
mod words;

pub use kept::{Hands, Kept};
pub use view::DecideView;
pub use words::readers;

pub(super) use view::view;
pub(super) use words::hints;

use super::{App, Effect, Screen, input::Input};
use crate::{
    decide::{DecisionId, Dossier, Draft, Kind},
    keys::{Action, Code, Key},
    model::{ChangeId, Sha, Timestamp},
};

/// One field of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormField {
    /// Name as in [`crate::decide::DraftProblem`].
    pub name: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub input: Input,
    /// What was filled in for the person.
    pub offered: String,
    /// It still stands as it was filled in: the first character that is typed takes its place.
    pub proposed: bool,
}

/// How far a form is from where it can be confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    Opened,
    /// It was drawn.
    Seen,
    /// The keyboard was quiet since.
    Ready,
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
    pub stand: Stand,
    /// The first row of what will be posted that is shown.
    pub top: usize,
    /// What was discarded, while it can be had again.
    pub thrown: Vec<(&'static str, String)>,
}

impl State {
    /// Returns what the person wrote, by the names of the fields.
    pub fn typed(&self) -> Vec<(&'static str, String)> {
        let typed = self.fields.iter().filter_map(|f| {
            let text = f.input.text();
            (text != f.offered && !text.is_empty()).then_some((f.name, text))
        });
        typed.collect()
    }

    /// Writes texts into their fields.
    fn fill(&mut self, texts: &[(&'static str, String)]) {
        for field in &mut self.fields {
            if let Some((_, text)) = texts.iter().find(|(name, _)| *name == field.name) {
                field.input = Input::new(text);
                field.proposed = false;
            }
        }
        pull(self);
    }

    /// Empties the form, as far as the person filled it.
    fn clear(&mut self) {
        for field in &mut self.fields {
            field.input = Input::new(&field.offered);
            field.proposed = !field.offered.is_empty();
        }
        pull(self);
    }
}

fn fields(draft: &Draft) -> Vec<FormField> {
    let field = |name, label, hint, value: &str| FormField {
        name,
        label,
        hint,
        input: Input::new(value),
        offered: Input::new(value).text(),
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
    "type what you looked at"
}

/// Starts a decision on a change as it is shown.
pub fn draft(kind: Kind, dossier: &Dossier, now: Timestamp) -> Draft {
    let (evidence, assessment) = (&dossier.evidence, &dossier.assessment);
    let shown = super::words::shown(evidence, assessment);
    Draft::new(kind, evidence, assessment, shown, now)
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
    if app.hands.restless {
        kept::refuse(app, kind);
        return;
    }
    let before = app.kept.iter().position(|k| k.is_of(&change, kind));
    if before
        .and_then(|at| app.kept.get(at))
        .is_some_and(|k| k.sending)
    {
        app.say("message.warning", "the one before is still being recorded");
        return;
    }
    let mut draft = draft(kind, &dossier, app.now);
    // What the cursor stands on is the natural target of an exception.
    if kind == Kind::ExceptionAsk
        && let Some(node) = app.node()
    {
        draft.target = super::words::target(node).unwrap_or_default();
    }
    let fields = fields(&draft);
    let mut state = State {
        change,
        draft,
        fields,
        focus: 0,
        tried: false,
        moved_to: None,
        saving: false,
        stand: Stand::Opened,
        top: 0,
        thrown: Vec::new(),
    };
    if let Some(before) = before {
        let kept = app.kept.remove(before);
        state.fill(&kept.texts_on(&state.draft.bound.head_sha));
        let head = state.draft.bound.head_sha.short();
        let words = format!("your text from before is back, bound to {head} as it is now");
        app.say("message.info", words);
    }
    app.decide = Some(state);
    app.goto(Screen::Decide);
}

/// Closes the form. What was typed is kept.
pub(super) fn close(app: &mut App) {
    let Some(state) = app.decide.take() else {
        app.go_back();
        return;
    };
    app.hands.restless = true;
    app.go_back();
    let words = if state.saving {
        "it is being recorded".to_owned()
    } else if state.typed().is_empty() {
        "nothing was sent".to_owned()
    } else {
        let key = words::key_of(app, state.draft.kind);
        format!("nothing was sent; the text is kept, {key} opens it again")
    };
    app.say("message.info", words);
    app.kept.extend(Kept::of(&state));
}

/// What is now the case was drawn.
pub(super) fn drawn(app: &mut App) {
    let is_seen = app.screen == Screen::Decide && app.overlay.is_none();
    if let Some(state) = app
        .decide
        .as_mut()
        .filter(|s| is_seen && s.stand == Stand::Opened)
    {
        state.stand = Stand::Seen;
    }
}

/// The keyboard was quiet for a moment.
pub(super) fn quiet(app: &mut App) {
    app.hands.restless = false;
    if let Some(state) = app.decide.as_mut().filter(|s| s.stand == Stand::Seen) {
        state.stand = Stand::Ready;
    }
    if let Some(action) = app.hands.refused.take() {
        // The footer says again what the key does.
        app.message = None;
        if action != Action::Confirm {
            let key = words::key(app, action);
            app.say("message.info", format!("now {key} opens the form"));
        }
    }
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
    let types = matches!(key.code, Code::Char(_)) && !key.ctrl && !key.alt;
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
    if let Some(state) = app.decide.as_mut().filter(|s| !s.saving)
        && let Some(field) = state.fields.get_mut(state.focus)
    {
        if std::mem::take(&mut field.proposed) {
            field.input = Input::default();
        }
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

/// Scrolls what will be posted.
fn scroll(app: &mut App, down: bool) {
    /// Rows of a step: what is seen at the smallest size.
    const STEP: usize = 5;
    let last = app.decide.as_ref().map_or(0, |s| view::last_top(app, s));
    if let Some(state) = app.decide.as_mut() {
        let top = state.top.min(last);
        state.top = if down {
            (top + STEP).min(last)
        } else {
            top.saturating_sub(STEP)
        };
    }
}

pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    if action == Action::Confirm && !kept::may_confirm(app) {
        return Vec::new();
    }
    if let Action::HalfDown | Action::HalfUp = action {
        scroll(app, action == Action::HalfDown);
        return Vec::new();
    }
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
        Action::Discard if !state.saving => {
            let typed = state.typed();
            let words = if !typed.is_empty() {
                state.clear();
                state.thrown = typed;
                "the text is discarded"
            } else if !state.thrown.is_empty() {
                let thrown = std::mem::take(&mut state.thrown);
                state.fill(&thrown);
                "the text is back"
            } else {
                "there is no text to discard"
            };
            let again = !state.thrown.is_empty();
            let key = words::key(app, Action::Discard);
            let again = again.then(|| format!("; {key} again brings it back"));
            app.say(
                "message.info",
                words.to_owned() + &again.unwrap_or_default(),
            );
        }
        _ => {}
    }
    Vec::new()
}

/// The decision is in the ledger: its form closes, its text has done what it was for.
pub(super) fn recorded(app: &mut App, id: &DecisionId, change: &ChangeId) {
    if app
        .decide
        .as_ref()
        .is_some_and(|s| s.saving && s.change == *change)
    {
        app.decide = None;
        app.hands.restless = true;
        app.go_back();
    }
    app.kept.retain(|k| !(k.sending && k.change == *change));
    app.say(
        "message.info",
        format!("recorded as {id}; on its way to the forge"),
    );
}

/// It could not be written: the form stays as it is, the text if the form was closed.
pub(super) fn not_recorded(app: &mut App, why: &str) {
    for kept in &mut app.kept {
        kept.sending = false;
    }
    if let Some(state) = app.decide.as_mut() {
        state.saving = false;
    }
    app.say(
        "message.error",
        format!("not recorded, nothing was sent: {why}"),
    );
}
