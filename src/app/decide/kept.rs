//! Texts of forms that were closed, and what the keyboard did of late: what keeps a key that nobody
//! pressed from doing harm.

use super::{Stand, State, words};
use crate::{
    app::App,
    decide::Kind,
    keys::Action,
    model::{ChangeId, Sha},
    text,
};

/// What the keyboard did of late, as far as decisions go by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hands {
    /// A form closed, and the keyboard was not quiet since.
    pub restless: bool,
    /// What was refused for that reason.
    pub refused: Option<Action>,
    /// The key before asked to quit, though texts would be lost.
    pub asked: bool,
    /// This key asks to quit.
    pub asks: bool,
}

/// The text of a form that was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub change: ChangeId,
    pub kind: Kind,
    /// By the names of the fields.
    pub texts: Vec<(&'static str, String)>,
    /// The head that it was bound to.
    pub head: Sha,
    /// It is being written to the ledger: gone once that is done.
    pub sending: bool,
}

impl Kept {
    /// Returns what is to be kept of a form, if anything was typed.
    pub(super) fn of(state: &State) -> Option<Self> {
        let texts = state.typed();
        (state.saving || !texts.is_empty()).then(|| Self {
            change: state.change.clone(),
            kind: state.draft.kind,
            texts,
            head: state.draft.bound.head_sha.clone(),
            sending: state.saving,
        })
    }

    /// Tells whether it belongs to a kind of decision about a change.
    pub(super) fn is_of(&self, change: &ChangeId, kind: Kind) -> bool {
        self.change == *change && self.kind == kind
    }

    /// Returns the texts as far as they hold for a head: a short sha that was typed for one confirms
    /// no other.
    pub(super) fn texts_on(&self, head: &Sha) -> Vec<(&'static str, String)> {
        let holds = |name: &str| name != "sha" || self.head == *head;
        let texts = self.texts.iter().filter(|(name, _)| holds(name));
        texts.cloned().collect()
    }
}

/// Refuses to open a form in the burst of keys that closed another.
pub(super) fn refuse(app: &mut App, kind: Kind) {
    let action = words::action(kind);
    let key = words::key(app, action);
    app.hands.refused = Some(action);
    let words = format!("too soon after a form closed: press {key} again in a moment");
    app.say("message.warning", words);
}

/// Tells whether the form may be confirmed; says why where it may not.
pub(super) fn may_confirm(app: &mut App) -> bool {
    let is_ready = app.decide.as_ref().is_some_and(|s| s.stand == Stand::Ready);
    if !is_ready {
        let key = words::key(app, Action::Confirm);
        app.hands.refused = Some(Action::Confirm);
        let words = format!("too soon after the form opened: look at it, then {key} again");
        app.say("message.warning", words);
    }
    is_ready
}

impl App {
    /// Tells whether a quiet moment changes what is on the screen.
    pub fn waits_for_quiet(&self) -> bool {
        let is_seen = |s: &State| s.stand == Stand::Seen;
        self.hands.refused.is_some() || self.decide.as_ref().is_some_and(is_seen)
    }

    /// Counts the texts that were typed for decisions and would be lost with this process.
    fn unsent(&self) -> usize {
        let open = self.decide.as_ref();
        let open = open.filter(|s| !s.saving && !s.typed().is_empty());
        self.kept.len() + usize::from(open.is_some())
    }

    /// Tells whether to quit; asks first where texts would be lost.
    pub(in crate::app) fn may_quit(&mut self) -> bool {
        let count = self.unsent();
        if count == 0 || self.hands.asked {
            return true;
        }
        let key = words::key(self, Action::Quit);
        let texts = text::counted(count, "unsent text");
        let words = format!("{texts} would be lost: {key} again quits");
        self.hands.asks = true;
        self.say("message.warning", words);
        false
    }
}
