//! Path and name patterns of a contract: globs as in `.gitignore` (`*`, `**`, `?`, `[…]`, `{a,b}`).

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// A set of patterns that were understood.
#[derive(Clone, Debug)]
pub struct Patterns(GlobSet);

impl Default for Patterns {
    fn default() -> Self {
        Self(GlobSet::empty())
    }
}

/// Says why a pattern cannot be used; nothing where it can.
pub fn wrong(pattern: &str) -> Option<String> {
    let built = GlobBuilder::new(pattern).literal_separator(true).build();
    built.err().map(|e| e.kind().to_string())
}

impl Patterns {
    /// Puts patterns together; those that cannot be used match nothing.
    pub fn of(patterns: &[String]) -> Self {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            if let Ok(glob) = GlobBuilder::new(pattern).literal_separator(true).build() {
                set.add(glob);
            }
        }
        Self(set.build().unwrap_or_default())
    }

    /// Tells whether any pattern matches the whole of a path or name.
    pub fn matches(&self, path: &str) -> bool {
        self.0.is_match(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_as_in_gitignore() {
        let set = Patterns::of(&["src/capture/**".into(), "*.md".into(), "junit-*".into()]);
        for (path, expected) in [
            ("src/capture/mod.rs", true),
            ("src/capture/a/b.rs", true),
            ("src/captured.rs", false),
            ("README.md", true),
            ("docs/README.md", false),
            ("junit-unit", true),
        ] {
            assert_eq!(set.matches(path), expected, "{path}");
        }
        assert!(wrong("a[").is_some() && wrong("a*").is_none());
        assert!(!Patterns::of(&["a[".into()]).matches("a["));
    }
}
