//! A file of a tree, whatever it is: the requirements of a spec, or the annotations and test functions
//! of a source, read once by its content and its path.

use serde::{Deserialize, Serialize};

use super::{
    annotations,
    source::{self, FileKind},
    specs::{self, Asked},
    test_lines,
};
use crate::model::{Problem, Reader, Requirement, Sha, TestAnnotation, TestFn};

/// What reads a file here. The version is raised whenever a file is read to another value, by any of
/// the readers of specs and sources.
pub const READER: Reader = Reader {
    name: "tree file",
    version: 2,
};

/// What was read of one or more files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TreeFacts {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub specs: Vec<Requirement>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub annotations: Vec<TestAnnotation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<TestFn>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
}

impl TreeFacts {
    /// Adds what was read of another file.
    pub fn add(&mut self, more: &Self) {
        self.specs.extend(more.specs.iter().cloned());
        self.annotations.extend(more.annotations.iter().cloned());
        self.tests.extend(more.tests.iter().cloned());
        self.problems.extend(more.problems.iter().cloned());
    }
}

/// Tells by its path whether a file is read.
pub fn is_read(path: &str, asked: &Asked) -> bool {
    asked.format_of(path).is_some() || source::is_source(path)
}

/// Tells by its path whether a file holds requirements or tests, so that one that is not read is missed.
pub fn may_tell(path: &str, asked: &Asked) -> bool {
    asked.format_of(path).is_some() || source::kind_of(path) == FileKind::Test
}

/// Returns the id under which the facts of a file are kept: its content, its path, and what is asked
/// of specs.
pub fn id(path: &str, content: &Sha, asked: &Asked) -> String {
    format!("{content} {path} {:?}", asked.words())
}

/// Reads a file.
pub fn read(path: &str, text: &str, asked: &Asked) -> TreeFacts {
    let mut facts = TreeFacts::default();
    if asked.format_of(path).is_some() {
        (facts.specs, facts.problems) = specs::read_asked(path, text, asked);
    } else {
        facts.annotations = annotations::annotations(path, text);
        if source::kind_of(path) == FileKind::Test {
            facts.tests = test_lines::test_lines(path, text);
        }
    }
    facts
}
