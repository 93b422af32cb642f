//! What a form is called, what its keys do, and who will read what it sends: in words.

use super::{Stand, State, view};
use crate::{
    app::App,
    decide::Kind,
    keys::{Action, Scope},
    model::Visibility,
};

/// Returns what a form of a kind is called; never to be mistaken for another.
pub(super) fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Approve => "APPROVE",
        Kind::RequestChanges => "REQUEST CHANGES",
        Kind::ExceptionAsk | Kind::Other => "ASK FOR AN EXCEPTION",
    }
}

/// Returns the theme role of a form of a kind.
pub(super) fn role(kind: Kind) -> &'static str {
    match kind {
        Kind::Approve => "decide.approve",
        Kind::RequestChanges => "decide.request-changes",
        Kind::ExceptionAsk | Kind::Other => "decide.exception",
    }
}

/// Returns the action that opens a form of a kind.
pub(super) fn action(kind: Kind) -> Action {
    match kind {
        Kind::Approve => Action::Approve,
        Kind::RequestChanges => Action::RequestChanges,
        Kind::ExceptionAsk | Kind::Other => Action::Exception,
    }
}

/// Returns the key of an action on the screen that is shown. In a form a single character is text.
pub(super) fn key(app: &App, action: Action) -> String {
    let scope = app.screen.scope();
    let usable = |key: &String| scope != Scope::Decide || key.chars().count() > 1;
    let mut keys = app.keymap.keys_for(scope, action).into_iter();
    keys.find(usable)
        .unwrap_or_else(|| format!("`{}`", action.name()))
}

/// Returns the key that opens a form of a kind.
pub(super) fn key_of(app: &App, kind: Kind) -> String {
    key(app, action(kind))
}

/// Returns what confirming does, in words.
fn confirms(state: &State) -> String {
    let number = state.change.number;
    match state.draft.kind {
        Kind::Approve => format!("approve #{number}"),
        Kind::RequestChanges => format!("request changes on #{number}"),
        Kind::ExceptionAsk | Kind::Other => format!("ask for an exception on #{number}"),
    }
}

/// Returns what the keys of the form do, and the role of the first.
pub(in crate::app) fn hints(app: &App) -> (Vec<(Action, String)>, &'static str) {
    let Some(state) = &app.decide else {
        return (Vec::new(), "ui.footer");
    };
    let confirm = if state.saving {
        "is being recorded".to_owned()
    } else if state.stand == Stand::Ready {
        confirms(state)
    } else {
        "waits a moment".to_owned()
    };
    let close = if app.layout().wide {
        "close, nothing is sent"
    } else {
        "close"
    };
    let mut all = vec![
        (Action::Confirm, confirm),
        (Action::Back, close.to_owned()),
        (Action::NextField, "next".to_owned()),
        (Action::Discard, "discard".to_owned()),
    ];
    if view::last_top(app, state) > 0 {
        all.push((Action::HalfDown, "scroll".to_owned()));
    }
    if state.fields.len() < 2 {
        all.retain(|(action, _)| *action != Action::NextField);
    }
    (all, role(state.draft.kind))
}

/// Says who can read what is posted to a repository, and whether that calls for attention.
pub fn readers(visibility: Option<Visibility>, slug: &str) -> (bool, String) {
    match visibility {
        Some(Visibility::Public) => (
            true,
            format!("{slug} is public: anyone can read this, blockers and reason included"),
        ),
        Some(Visibility::Internal) => (
            false,
            format!("{slug} is internal: everyone in its enterprise can read this"),
        ),
        Some(Visibility::Private) => (
            false,
            format!("{slug} is private: everyone with read access to it can read this"),
        ),
        None => (
            true,
            format!("whether {slug} is public is not known: anyone may be able to read this"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_reads_it_is_said_and_not_knowing_calls_for_attention() {
        for (visibility, attention, words) in [
            (Some(Visibility::Public), true, "a/b is public: anyone can"),
            (Some(Visibility::Private), false, "with read access to it"),
            (Some(Visibility::Internal), false, "in its enterprise"),
            (None, true, "whether a/b is public is not known"),
        ] {
            let (asks, said) = readers(visibility, "a/b");
            assert_eq!(asks, attention, "{said}");
            assert!(said.contains(words), "{said}");
        }
    }
}
