//! Keymap files (TOML): `[global]`, `[timeline]`, …; `"g g" = "first"`, `false` to unbind. Files
//! layer; what is wrong in one is said with its place, and the binding before it stays.

use std::collections::BTreeMap;

use super::{
    action::{Action, Scope},
    chord::{Key, parse_sequence},
};
use crate::model::Problem;
use crate::text;

/// The keymaps that ship with the program.
pub const SHIPPED: &[(&str, &str)] = &[("vim", include_str!("../../keymaps/vim.toml"))];

/// What a sequence of keys means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    Action(Action),
    /// The beginning of something.
    Prefix,
    Nothing,
}

/// Bindings by scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keymap {
    bindings: BTreeMap<Scope, BTreeMap<Vec<Key>, Action>>,
}

impl Keymap {
    /// Returns a keymap that ships with the program.
    pub fn shipped(name: &str) -> Option<(Self, Vec<Problem>)> {
        let (name, text) = SHIPPED.iter().find(|(n, _)| *n == name)?;
        let mut map = Self::default();
        let problems = map.layer(&format!("{name}.toml"), text);
        Some((map, problems))
    }

    /// Layers a file over what is bound. Returns everything that is wrong with it.
    pub fn layer(&mut self, place: &str, text: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(e) => {
                let start = e.span().map_or(0, |s| s.start);
                let line = text.bytes().take(start).filter(|b| *b == b'\n').count() + 1;
                problems.push(Problem::error(
                    text::place(place, line),
                    format!("is not valid TOML ({})", e.message()),
                ));
                return problems;
            }
        };
        for (section, entries) in &table {
            let at = |key: &str| format!("{place}:{}", line_of(text, section, key));
            let Some(scope) = Scope::ALL.into_iter().find(|s| s.name() == section) else {
                let known: Vec<&str> = Scope::ALL.iter().map(|s| s.name()).collect();
                problems.push(
                    Problem::warning(at(""), format!("there is no screen `{section}`"))
                        .hinted(format!("one of {}", known.join(", "))),
                );
                continue;
            };
            for (keys, value) in entries.as_table().into_iter().flatten() {
                let Some(sequence) = parse_sequence(keys) else {
                    problems.push(Problem::warning(at(keys), format!("`{keys}` is no key")));
                    continue;
                };
                let bound = self.bindings.entry(scope).or_default();
                match value {
                    toml::Value::Boolean(false) => {
                        bound.remove(&sequence);
                    }
                    toml::Value::String(name) => match Action::parse(name) {
                        Some(action) => {
                            bound.insert(sequence, action);
                        }
                        None => problems.push(Problem::warning(
                            at(keys),
                            format!("there is no action `{name}`"),
                        )),
                    },
                    _ => problems.push(Problem::warning(
                        at(keys),
                        "a binding is an action's name, or false",
                    )),
                }
            }
        }
        // TOML tables are sorted by key; people read their file from the top.
        let line = |p: &Problem| {
            p.place
                .rsplit(':')
                .next()
                .and_then(|n| n.parse::<usize>().ok())
                .unwrap_or(0)
        };
        problems.sort_by_key(line);
        problems.extend(self.conflicts(place));
        problems
    }

    /// Finds sequences that others of the same screen begin with: the longer ones are unreachable.
    fn conflicts(&self, place: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        for scope in Scope::ALL {
            let reach: Vec<&Vec<Key>> = self.in_scope(scope).map(|(k, _)| k).collect();
            for short in &reach {
                let longer = reach
                    .iter()
                    .find(|l| l.len() > short.len() && l.starts_with(short));
                if let Some(longer) = longer {
                    let what = format!(
                        "`{}` in {} hides `{}`",
                        written(short),
                        scope.name(),
                        written(longer)
                    );
                    problems.push(Problem::warning(place, what));
                }
            }
        }
        problems
    }

    /// Bindings that work on a screen: its own, then the global ones it does not override.
    fn in_scope(&self, scope: Scope) -> impl Iterator<Item = (&Vec<Key>, Action)> {
        let own = self.bindings.get(&scope);
        let global = self
            .bindings
            .get(&Scope::Global)
            .filter(|_| scope != Scope::Global);
        let own_keys = move |k: &Vec<Key>| own.is_some_and(|o| o.contains_key(k));
        own.into_iter()
            .flatten()
            .chain(
                global
                    .into_iter()
                    .flatten()
                    .filter(move |(k, _)| !own_keys(k)),
            )
            .map(|(k, a)| (k, *a))
    }

    /// Says what a sequence means on a screen.
    pub fn lookup(&self, scope: Scope, keys: &[Key]) -> Lookup {
        let mut prefix = false;
        for (bound, action) in self.in_scope(scope) {
            if bound == keys {
                return Lookup::Action(action);
            }
            prefix |= bound.len() > keys.len() && bound.starts_with(keys);
        }
        if prefix {
            Lookup::Prefix
        } else {
            Lookup::Nothing
        }
    }

    /// Returns how an action is reached on a screen, shortest first.
    pub fn keys_for(&self, scope: Scope, action: Action) -> Vec<String> {
        let mut found: Vec<&Vec<Key>> = self
            .in_scope(scope)
            .filter(|(_, a)| *a == action)
            .map(|(k, _)| k)
            .collect();
        found.sort_by_key(|k| (k.len(), written(k).len()));
        found.into_iter().map(|k| written(k)).collect()
    }

    /// Returns all bindings as `(scope, keys, action)`, in the order of scopes and actions.
    pub fn all(&self) -> Vec<(Scope, String, Action)> {
        let mut rows: Vec<(Scope, Action, String)> = self
            .bindings
            .iter()
            .flat_map(|(scope, b)| b.iter().map(|(k, a)| (*scope, *a, written(k))))
            .collect();
        rows.sort();
        rows.into_iter().map(|(s, a, k)| (s, k, a)).collect()
    }
}

/// Writes a sequence as people type it: `gg`, `]e`, `ctrl-d`.
fn written(keys: &[Key]) -> String {
    let parts: Vec<String> = keys.iter().map(ToString::to_string).collect();
    let short = parts.iter().all(|p| p.chars().count() == 1);
    parts.join(if short { "" } else { " " })
}

/// Finds the line of a key in a section, for messages.
fn line_of(text: &str, section: &str, key: &str) -> usize {
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            inside = name.trim().trim_matches('"') == section;
            if inside && key.is_empty() {
                return index + 1;
            }
        } else if inside && line.trim_start_matches('"').starts_with(key) && !key.is_empty() {
            return index + 1;
        }
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_keymaps_have_no_problem_and_reach_every_action() {
        for (name, _) in SHIPPED {
            let (map, problems) = Keymap::shipped(name).unwrap();
            assert_eq!(problems, [], "{name}");
            for action in Action::ALL {
                let reached = Scope::ALL
                    .iter()
                    .any(|s| !map.keys_for(*s, *action).is_empty());
                assert!(reached, "{name}: nothing reaches {}", action.name());
            }
        }
    }

    #[test]
    fn a_wrong_file_is_said_with_its_line_and_the_default_stays() {
        let (mut map, _) = Keymap::shipped("vim").unwrap();
        let before = map.clone();
        let problems = map.layer(
            "my.toml",
            "[global]\n\"j\" = \"fly\"\n\"hyper-x\" = \"down\"\n[moon]\n\"x\" = \"down\"\n",
        );
        let got: Vec<String> = problems
            .iter()
            .map(|p| format!("{} {}", p.place, p.what))
            .collect();
        assert_eq!(
            got,
            [
                "my.toml:2 there is no action `fly`",
                "my.toml:3 `hyper-x` is no key",
                "my.toml:4 there is no screen `moon`"
            ]
        );
        assert_eq!(map, before);
        map.layer("my.toml", "[global]\n\"j\" = false\n\"x\" = \"down\"\n");
        assert_eq!(map.lookup(Scope::Inbox, &[Key::char('j')]), Lookup::Nothing);
        assert_eq!(
            map.lookup(Scope::Inbox, &[Key::char('x')]),
            Lookup::Action(Action::Down)
        );
    }

    #[test]
    fn sequences_and_hidden_ones() {
        let (mut map, _) = Keymap::shipped("vim").unwrap();
        let g = Key::char('g');
        assert_eq!(map.lookup(Scope::Timeline, &[g]), Lookup::Prefix);
        assert_eq!(
            map.lookup(Scope::Timeline, &[g, g]),
            Lookup::Action(Action::First)
        );
        let problems = map.layer("my.toml", "[timeline]\n\"g\" = \"down\"\n");
        assert!(
            problems.iter().any(|p| p.what.contains("hides")),
            "{problems:?}"
        );
    }
}
