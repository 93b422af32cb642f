//! What stands in an answer again and again: the repository, the accounts. In the JSON of an answer
//! a mark stands for each; it is written once, and put in the place of its marks when the answer
//! is. So a page of a hundred changes does not build two hundred repositories.

use std::collections::HashMap;

use serde_json::Value;

use super::shapes::View;

/// A mark begins so; nothing that anyone writes does.
const MARK: &str = "\u{1}demo:";
/// The same within JSON.
const WRITTEN: &str = "\"\\u0001demo:";

/// A mark for a fragment.
pub(super) fn mark(key: &str) -> Value {
    Value::from(format!("{MARK}{key}"))
}

/// The mark of the organisation that owns the repository.
pub(super) fn owner() -> Value {
    mark("owner")
}

/// The mark of the repository as it stands inside runs and suites.
pub(super) fn minimal_repository() -> Value {
    mark("minimal")
}

/// The mark of the repository as it stands at the ends of a change.
pub(super) fn repository() -> Value {
    mark("repository")
}

impl View<'_> {
    fn fragment(&self, key: &str) -> String {
        let value = match key.split_once(' ') {
            Some((_, login)) => self.world.account(login).map(|known| self.account(known)),
            None if key == "owner" => Some(self.whole_owner()),
            None if key == "minimal" => Some(self.whole_minimal_repository()),
            None => Some(self.whole_repository()),
        };
        self.filled(&value.unwrap_or_default().to_string(), &mut |_| {})
    }

    /// The text of an answer with the fragments in the places of their marks, of which each kind is
    /// shown to `seen` once.
    pub(crate) fn filled(&self, text: &str, seen: &mut dyn FnMut(&str)) -> String {
        let mut parts = text.split(WRITTEN);
        let mut filled = String::with_capacity(text.len() * 2);
        filled.push_str(parts.next().unwrap_or_default());
        let mut known: HashMap<&str, String> = HashMap::new();
        for part in parts {
            let (key, rest) = part.split_once('"').unwrap_or((part, ""));
            let fragment = known.entry(key).or_insert_with(|| {
                let fragment = self.fragment(key);
                seen(&fragment);
                fragment
            });
            filled.push_str(fragment);
            filled.push_str(rest);
        }
        filled
    }
}
