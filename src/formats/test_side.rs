//! Whether a change of a file may have changed what one test checks: the test itself, what it rests
//! on, what steers which tests run and how. Said of a test only where the file was understood;
//! everything else is "not analysed".
//!
//! Rust is read by its syntax tree. Python, JavaScript, TypeScript and Go are read as blocks: where
//! all that changed lies inside of other tests, a test was left alone. In other languages nothing is
//! said of a file that may hold the test.

mod blocks;
mod manifest;

use std::collections::BTreeSet;

use blocks::Blocks;

use super::{
    lexer::{self, Language},
    rust_source::{self, TestSide, UnitChange, UnitChangeKind},
    source::{self, FileKind},
};
use crate::model::{FilePair, Reader, TestKey, Touch};
use crate::text;

/// A file before and after.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    pub path: &'a str,
    pub old: Option<&'a str>,
    pub new: Option<&'a str>,
    /// Whether both texts are here; a file that was not there has none.
    pub known: bool,
}

/// Names of files that steer tests: which run, how, and on what.
const STEERS: &[&str] = &[
    "conftest.py",
    "pytest.ini",
    ".pytest.ini",
    "tox.ini",
    "setup.cfg",
    "noxfile.py",
    "sitecustomize.py",
    "usercustomize.py",
    ".coveragerc",
    "nextest.toml",
    "build.rs",
    "rust-toolchain",
    "rust-toolchain.toml",
    "phpunit.xml",
    "phpunit.xml.dist",
    ".rspec",
    "spec_helper.rb",
    "rails_helper.rb",
    "test_helper.rb",
    "rakefile",
    "makefile",
    "gnumakefile",
    "justfile",
    "taskfile.yml",
    "taskfile.yaml",
    "dockerfile",
    "testng.xml",
    "junit-platform.properties",
    "gradle.properties",
    "cmakelists.txt",
    "build.bazel",
    "xunit.runner.json",
    "directory.build.props",
    "deno.json",
    "deno.jsonc",
    "bunfig.toml",
    ".env",
    ".env.test",
    "tsconfig.json",
    "setuptests.js",
    "setuptests.ts",
];

/// How names of such files begin, where their ending is free.
const STEERS_BEGIN: &[&str] = &[
    "jest.config.",
    "jest.setup.",
    "jest.preset.",
    "vitest.config.",
    "vitest.setup.",
    "vitest.workspace.",
    "vite.config.",
    "karma.conf.",
    "playwright.config.",
    "cypress.config.",
    "wdio.conf.",
    ".mocharc",
    "ava.config.",
    "babel.config.",
    ".babelrc",
    "docker-compose",
    "tsconfig.",
];

/// Folders whose files tests rest on.
const FOLDERS: &[&str] = &[
    "fixtures",
    "fixture",
    "__fixtures__",
    "__mocks__",
    "mocks",
    "__snapshots__",
    "snapshots",
    "golden",
    "goldens",
    "testdata",
    "test-data",
    "test_data",
    "cassettes",
    "testsupport",
    "test-support",
];

/// Tells whether a file steers tests by its name, or is data that they rest on.
pub fn steers(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    STEERS.contains(&name)
        || STEERS_BEGIN.iter().any(|b| name.starts_with(b))
        || lower == ".cargo/config.toml"
        || lower.ends_with("/.cargo/config.toml")
        || lower.split('/').rev().skip(1).any(|d| FOLDERS.contains(&d))
}

/// What reads a change of a file here. The version is raised whenever the same change is said to have
/// done something else to a test.
pub const READER: Reader = Reader {
    name: "touch",
    version: 3,
};

/// A change of a file, read once for all tests.
pub struct Sides<'a>(Kind<'a>);

enum Kind<'a> {
    /// The same for every test.
    Always(Touch),
    Rust(Box<Rust>),
    Blocks(Blocks<'a>),
    /// A language that is not read: only who is named there may be touched.
    Words(Change<'a>),
}

impl<'a> Sides<'a> {
    /// Reads both sides.
    pub fn of(change: Change<'a>) -> Self {
        Self(Kind::of(change))
    }

    /// Says what the change did to a test.
    pub fn touch(&self, test: &TestKey) -> Touch {
        match &self.0 {
            Kind::Always(touch) => *touch,
            Kind::Rust(rust) => rust.touch(test),
            Kind::Blocks(blocks) => alone(blocks.leave_alone(test)),
            Kind::Words(change) => {
                let name = bare(test);
                let texts = [change.old, change.new].into_iter().flatten();
                alone(!texts.into_iter().any(|t| mentions(t, name)))
            }
        }
    }
}

fn alone(ok: bool) -> Touch {
    if ok {
        Touch::LeftAlone
    } else {
        Touch::NotAnalysed
    }
}

impl<'a> Kind<'a> {
    fn of(change: Change<'a>) -> Self {
        let path = change.path;
        if change.known && change.old == change.new {
            return Self::Always(Touch::LeftAlone);
        }
        if steers(path) {
            return Self::Always(Touch::NotAnalysed);
        }
        let always = |ok: bool| Self::Always(alone(ok));
        let kind = source::kind_of(path);
        let language = Language::of(path);
        match kind {
            FileKind::Spec | FileKind::Docs => return always(!in_test_folder(path)),
            FileKind::Gate => return always(harmless_gate(&change)),
            FileKind::Dependency => return always(manifest::only_versions(&change)),
            FileKind::Code | FileKind::Test | FileKind::Generated => {}
        }
        if !change.known {
            // Another file of code does no test any harm; one that may hold the test does.
            return always(
                kind != FileKind::Test && !test_by_name(path) && language != Some(Language::Rust),
            );
        }
        let may_be_tests = kind == FileKind::Test || test_by_name(path);
        match language {
            Some(Language::Rust) => match Rust::of(&change, may_be_tests) {
                Some(rust) => Self::Rust(Box::new(rust)),
                None => Self::Always(Touch::NotAnalysed),
            },
            Some(
                language @ (Language::Python
                | Language::JavaScript
                | Language::TypeScript
                | Language::Go),
            ) => Self::Blocks(Blocks::of(language, change, may_be_tests)),
            _ if may_be_tests => Self::Always(Touch::NotAnalysed),
            _ => Self::Words(change),
        }
    }
}

/// Tells whether a file that differs is code or a dependency, and differs outside of its tests.
pub fn is_code(file: &FilePair) -> bool {
    let path = &file.path;
    match source::kind_of(path) {
        FileKind::Dependency | FileKind::Generated => true,
        FileKind::Code if steers(path) || test_by_name(path) => false,
        FileKind::Code if Language::of(path) == Some(Language::Rust) && file.known => {
            let (old, new) = (file.old.as_deref(), file.new.as_deref());
            rust_source::without_tests(old.unwrap_or(""))
                != rust_source::without_tests(new.unwrap_or(""))
        }
        FileKind::Code => true,
        FileKind::Test | FileKind::Docs | FileKind::Spec | FileKind::Gate => false,
    }
}

/// Tells whether a file lies in a folder of tests: a text there is data of theirs.
fn in_test_folder(path: &str) -> bool {
    path.to_ascii_lowercase()
        .split('/')
        .rev()
        .skip(1)
        .any(|d| matches!(d, "test" | "tests" | "__tests__" | "e2e" | "testdata"))
}

/// Names of test files in the manner of Java, C#, Kotlin, Swift: `PaymentTest`, `PaymentTests`.
fn test_by_name(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    ["Test", "Tests", "TestCase", "Spec", "IT", "_spec", "_tests"]
        .iter()
        .any(|end| stem.ends_with(end))
}

/// The name of the test's function, without parameters.
fn bare(test: &TestKey) -> &str {
    let leaf = test.leaf();
    leaf.split(['[', '(', '/']).next().unwrap_or(leaf).trim()
}

/// Tells whether a text holds a name as a whole word.
fn mentions(text: &str, name: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    !name.is_empty()
        && text.match_indices(name).any(|(at, _)| {
            let before = text.get(..at).and_then(|f| f.chars().next_back());
            let after = text.get(at + name.len()..).and_then(|f| f.chars().next());
            !before.is_some_and(joins) && !after.is_some_and(joins)
        })
}

/// Owners, thresholds and scanners decide nothing of a test; a workflow may.
fn harmless_gate(change: &Change<'_>) -> bool {
    let lower = change.path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    let runs = lower.starts_with(".github/workflows/")
        || lower.starts_with(".github/actions/")
        || matches!(
            name,
            ".gitlab-ci.yml" | "jenkinsfile" | "azure-pipelines.yml"
        );
    !runs
        || change.known && {
            let words = |text: Option<&str>| -> Vec<String> {
                let lines = text.unwrap_or("").lines().map(str::trim);
                let lines = lines.filter(|l| !l.is_empty() && !l.starts_with('#'));
                lines
                    .map(|line| match line.split_once("uses:") {
                        Some((front, action)) => {
                            let action = action.split(['@', '#']).next().unwrap_or("");
                            format!("{front}uses:{}", action.trim_end())
                        }
                        None => line.to_owned(),
                    })
                    .collect()
            };
            words(change.old) == words(change.new)
        }
}

/// Both sides of a Rust file, by its syntax tree.
struct Rust {
    old: TestSide,
    new: TestSide,
    changes: Vec<UnitChange>,
}

impl Rust {
    /// `None` where a side was not understood.
    fn of(change: &Change<'_>, whole: bool) -> Option<Self> {
        let side = |text: Option<&str>| match text {
            Some(text) => rust_source::test_side(text, whole),
            None => Some(TestSide::default()),
        };
        let (old, new) = (side(change.old)?, side(change.new)?);
        let texts = (change.old.unwrap_or(""), change.new.unwrap_or(""));
        Some(Self {
            changes: rust_source::compare(texts.0, texts.1),
            old,
            new,
        })
    }

    fn touch(&self, test: &TestKey) -> Touch {
        let is_own = |name: &str| rust_names(name, test);
        let own = |side: &TestSide| -> BTreeSet<(String, String)> {
            let units = side.units.iter().filter(|(name, _)| is_own(name));
            units.cloned().collect()
        };
        let (own_old, own_new) = (own(&self.old), own(&self.new));
        if own_old != own_new {
            let changes = self.changes.iter().filter(|c| is_own(&c.test));
            let kinds: Vec<UnitChangeKind> = changes.map(|c| c.kind).collect();
            // A test that has a result is somewhere: what is gone here moved, or is another of its name.
            let is_gone = |k: &UnitChangeKind| *k == UnitChangeKind::Deleted;
            if kinds.iter().any(|k| k.weakens() && !is_gone(k)) {
                return Touch::Weakened;
            }
            if kinds.iter().any(is_gone) {
                return Touch::NotAnalysed;
            }
            let other = |k: &UnitChangeKind| {
                use UnitChangeKind::{Moved, Strengthened, Unskipped};
                !matches!(k, Strengthened | Unskipped | Moved)
            };
            if kinds.iter().any(other) {
                return Touch::Changed;
            }
            if kinds.is_empty() {
                // An attribute, or what the tree does not show.
                return Touch::NotAnalysed;
            }
        }
        // A file or a module of tests that is new beside the test does nothing to it.
        let fresh = self.old.is_empty() && own_new.is_empty();
        let rest_alone = fresh || self.old.rest == self.new.rest;
        alone(rest_alone && self.old.conditions == self.new.conditions)
    }
}

/// Tells whether a test function is the one of a result, which may add modules before it and a case
/// behind it (`checks::adds::case_1`).
fn rust_names(unit: &str, test: &TestKey) -> bool {
    let unit: Vec<&str> = unit.split("::").collect();
    let key: Vec<&str> = test
        .name
        .split("::")
        .map(|s| s.split(['(', '[', ' ']).next().unwrap_or(s))
        .collect();
    key.windows(unit.len().max(1)).any(|w| w == unit.as_slice())
        || unit.last().is_some_and(|name| key.last() == Some(name))
}

/// The languages and files that were not analysed, for people.
pub fn in_words<'a>(paths: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in paths.map(lexer::language_in_words) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = names.len().saturating_sub(3);
    names.truncate(3);
    let listed = names.join(", ");
    listed + &text::and_more(more)
}

#[cfg(test)]
mod tests;
