//! Tests that left one file of a difference and came into another: they moved, they are not gone. Rust
//! only, by its syntax tree.

use crate::formats::rust_source::{self, TestUnit, UnitChange, UnitChangeKind};

/// The tests that left a file, and those that came into one.
#[derive(Debug, Default)]
pub(super) struct Moves {
    gone: Vec<(String, TestUnit)>,
    came: Vec<(String, TestUnit)>,
}

fn take(list: &mut Vec<(String, TestUnit)>, path: &str, units: &[TestUnit], name: &str) {
    let unit = units.iter().find(|u| u.name == name);
    list.extend(unit.map(|u| (path.to_owned(), u.clone())));
}

impl Moves {
    /// Takes in a test that a file had and has no more.
    pub fn gone(&mut self, path: &str, units: &[TestUnit], name: &str) {
        take(&mut self.gone, path, units, name);
    }

    /// Takes in a test that a file did not have before.
    pub fn came(&mut self, path: &str, units: &[TestUnit], name: &str) {
        take(&mut self.came, path, units, name);
    }

    pub fn count_gone(&self) -> usize {
        self.gone.len()
    }

    /// Says of each test that left its file whether it moved, with what was done to it, or is gone. Each
    /// comes with the file in which that is seen. A test that only came is said by nobody.
    pub fn changes(self) -> Vec<(String, UnitChange)> {
        let (mut found, mut came) = (Vec::new(), self.came);
        for (path, unit) in self.gone {
            let same = |(_, c): &(String, TestUnit)| rust_source::is_same_test(&unit, c);
            if let Some(at) = came.iter().position(same) {
                let (to, after) = came.remove(at);
                let mut changes = Vec::new();
                rust_source::moved(&unit, &after, &mut changes);
                for change in &mut changes {
                    if change.kind == UnitChangeKind::Moved {
                        change.old = change
                            .old
                            .take()
                            .map(|(n, t)| (n, format!("{t} in {path}")));
                    }
                }
                found.extend(changes.into_iter().map(|c| (to.clone(), c)));
            } else {
                let change = UnitChange {
                    test: unit.name.clone(),
                    kind: UnitChangeKind::Deleted,
                    old: Some((unit.line, format!("fn {}", unit.name))),
                    new: None,
                };
                found.push((path, change));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAME: &str = "#[test] fn charges() { assert_eq!(a(), 1); }";

    #[test]
    fn a_test_with_its_text_elsewhere_moved_and_any_other_is_gone() {
        use UnitChangeKind::{Deleted, Moved, Skipped};
        for (came, want, why) in [
            (SAME, vec![Moved], "the same text"),
            (
                "mod new { #[test] fn charges() { assert_eq!(a(), 1); } }",
                vec![Moved],
                "in a module",
            ),
            (
                "#[test] #[ignore] fn charges() { assert_eq!(a(), 1); }",
                vec![Moved, Skipped],
                "skipped on the way",
            ),
            (
                "#[test] fn charges() { assert!(a() > 0); }",
                vec![Deleted],
                "only its name is the same",
            ),
            (
                "#[test] fn pays() { assert_eq!(a(), 1); }",
                vec![Deleted],
                "only its text is the same",
            ),
            ("fn charges() {}", vec![Deleted], "no test"),
        ] {
            let (old, new) = (rust_source::test_units(SAME), rust_source::test_units(came));
            let mut moves = Moves::default();
            moves.gone("tests/a.rs", &old, "charges");
            for unit in &new {
                moves.came("tests/b.rs", &new, &unit.name);
            }
            let kinds: Vec<UnitChangeKind> = moves.changes().iter().map(|(_, c)| c.kind).collect();
            assert_eq!(kinds, want, "{why}");
        }
    }

    #[test]
    fn one_newcomer_stands_for_one_test() {
        let units = rust_source::test_units(SAME);
        let mut moves = Moves::default();
        moves.gone("tests/a.rs", &units, "charges");
        moves.gone("tests/b.rs", &units, "charges");
        moves.came("tests/c.rs", &units, "charges");
        let changes = moves.changes();
        let said: Vec<(&str, UnitChangeKind)> =
            changes.iter().map(|(p, c)| (p.as_str(), c.kind)).collect();
        let want = [
            ("tests/c.rs", UnitChangeKind::Moved),
            ("tests/b.rs", UnitChangeKind::Deleted),
        ];
        assert_eq!(said, want);
        assert!(
            changes[0]
                .1
                .old
                .as_ref()
                .is_some_and(|(_, t)| t.ends_with("in tests/a.rs"))
        );
    }
}
