//! Help and palette in one: every action with its keys, generated from the keymap, searchable;
//! Enter runs what is selected.

use super::{App, Field, Line, Overlay, Pane, input::Input, list::Cursor};
use crate::keys::{Action, Code, Key, Scope};

/// State of the overlay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub input: Input,
    pub cursor: Cursor,
    /// Opened as a palette: typing filters at once.
    pub palette: bool,
}

/// An action that can be run here, with its keys.
struct Row {
    action: Action,
    scope: Scope,
    keys: Vec<String>,
}

fn rows(app: &App, filter: &str) -> Vec<Row> {
    let here = app.screen.scope();
    let words: Vec<String> = filter.split_whitespace().map(str::to_lowercase).collect();
    let mut rows: Vec<Row> = Action::ALL
        .iter()
        .filter(|action| app.can(**action))
        .map(|action| {
            let own = app.keymap.keys_for(here, *action);
            let scope = if own.is_empty() { action.scope() } else { here };
            let keys = if own.is_empty() {
                app.keymap.keys_for(action.scope(), *action)
            } else {
                own
            };
            Row {
                action: *action,
                scope: if action.scope() == Scope::Global {
                    Scope::Global
                } else {
                    scope
                },
                keys,
            }
        })
        .filter(|row| {
            let text = format!(
                "{} {} {}",
                row.action.help(),
                row.action.name(),
                row.scope.name()
            )
            .to_lowercase();
            words.iter().all(|w| text.contains(w))
        })
        .collect();
    // What works here comes first, then what works everywhere, then the rest.
    rows.sort_by_key(|r| (r.scope != here, r.scope != Scope::Global, r.scope));
    rows
}

/// Takes a key. Returns the action to run, and whether the overlay closes.
pub(super) fn key(app: &App, state: &mut State, key: Key) -> (Option<Action>, bool) {
    let len = rows(app, &state.input.text()).len();
    let height = size(app).1.saturating_sub(5).into();
    match key.code {
        Code::Esc => return (None, true),
        Code::Enter => {
            let action = rows(app, &state.input.text())
                .get(state.cursor.at)
                .map(|r| r.action);
            return (action, true);
        }
        Code::Down => drop(state.cursor.act(Action::Down, len, height)),
        Code::Up => drop(state.cursor.act(Action::Up, len, height)),
        Code::PageDown => drop(state.cursor.act(Action::HalfDown, len, height)),
        Code::PageUp => drop(state.cursor.act(Action::HalfUp, len, height)),
        _ => {
            if state.input.key(key) {
                state.cursor = Cursor::default();
            }
        }
    }
    (None, false)
}

fn size(app: &App) -> (u16, u16) {
    (
        app.size.0.saturating_sub(6).min(84),
        app.size.1.saturating_sub(4).min(40),
    )
}

pub(super) fn view(app: &App, state: &State) -> Overlay {
    let (width, height) = size(app);
    let rows = rows(app, &state.input.text());
    let visible = usize::from(height.saturating_sub(5)).max(1);
    let mut cursor = state.cursor;
    cursor.follow(rows.len(), visible);
    let window = cursor.window(rows.len(), visible);
    let inner = usize::from(width.saturating_sub(2));
    let line = |row: &Row| {
        let mut line = Line::of("text", " ");
        line.cell("ui.footer.key", &row.keys.join("  "), 18);
        let scope = if row.scope == Scope::Global {
            ""
        } else {
            row.scope.name()
        };
        let rest = Line::of("text", row.action.help()).justify(
            Line::of("text.dim", &format!("{scope} ")),
            inner.saturating_sub(19),
        );
        line.spans.extend(rest.spans);
        line
    };
    let mut lines: Vec<Line> = rows
        .get(window.clone())
        .unwrap_or(&[])
        .iter()
        .map(line)
        .collect();
    if rows.is_empty() {
        lines.push(Line::of("text.dim", " no action has these words"));
    }
    let title = if state.palette { "Palette" } else { "Help" };
    Overlay {
        pane: Pane {
            title: Line::of(
                "ui.title",
                &format!("{title}: type to search, Enter runs, Esc closes"),
            ),
            lines,
            selected: Some(cursor.at - window.start).filter(|_| !rows.is_empty()),
            focused: true,
            above: window.start,
            below: rows.len() - window.end,
        },
        input: Some(Field {
            label: "search".to_owned(),
            value: state.input.text(),
            hint: "words of an action".to_owned(),
            cursor: Some(state.input.column()),
            problem: None,
        }),
        size: (width, height),
    }
}

/// The key table as text, for the command line and for documents.
pub fn table(keymap: &crate::keys::Keymap) -> Vec<(Scope, String, &'static str)> {
    let mut rows: Vec<(Scope, String, &'static str)> = Vec::new();
    for scope in Scope::ALL {
        for action in Action::ALL {
            let keys: Vec<String> = keymap
                .all()
                .into_iter()
                .filter(|(s, _, a)| *s == scope && a == action)
                .map(|(_, k, _)| k)
                .collect();
            if !keys.is_empty() {
                rows.push((scope, keys.join("  "), action.help()));
            }
        }
    }
    rows
}
