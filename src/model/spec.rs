//! Requirements as every spec format gives them, and the annotations by which tests name them.

use serde::{Deserialize, Serialize};

use super::ReqId;

/// The grammar a requirement was read by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpecFormat {
    OpenSpec,
    Kiro,
    SpecKit,
    /// Markdown with ids such as `REQ-PAY-17` in headings, bold text or table cells.
    PlainIds,
}

impl SpecFormat {
    /// Returns the name a person reads.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenSpec => "OpenSpec",
            Self::Kiro => "Kiro",
            Self::SpecKit => "spec-kit",
            Self::PlainIds => "Markdown ids",
        }
    }
}

/// A requirement or an acceptance criterion at one commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    pub id: ReqId,
    pub format: SpecFormat,
    /// Path in the repository.
    pub file: String,
    /// First line, 1-based.
    pub line: u32,
    /// Last line, inclusive.
    pub line_end: u32,
    pub title: String,
    /// The requirement's own words, without the title, trimmed.
    pub text: String,
    /// Titles of its scenarios or criteria.
    pub criteria: Vec<String>,
    /// The requirement this is a criterion of.
    pub parent: Option<ReqId>,
    /// How plainly it is defined.
    #[serde(default)]
    pub defined: Defined,
}

/// How plainly a document defines a requirement: what stands in a table or list of another document may
/// only mention it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Defined {
    InTable,
    InList,
    /// As a heading, or by the form of its format.
    #[default]
    Plainly,
}

/// How surely a test is linked to a requirement, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LinkClass {
    /// The result file names the requirement.
    A,
    /// An annotation in the source of the test names it.
    B,
    /// The test's name holds its id.
    C,
}

impl LinkClass {
    /// Returns what the class means.
    pub fn words(self) -> &'static str {
        match self {
            Self::A => "named in the result file",
            Self::B => "annotation in the source",
            Self::C => "id in the test's name",
        }
    }
}

/// A test function found in a source file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TestFn {
    /// Name of the function, or title.
    pub name: String,
    /// Names of the modules, classes and suites around it, from the outermost on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<String>,
    /// The name holds places for values.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pattern: bool,
    pub file: String,
    /// Line of the `fn` keyword or its like, 1-based.
    pub line: u32,
    pub line_end: u32,
}

impl TestFn {
    /// Its name behind those around it.
    pub fn path(&self) -> impl Iterator<Item = &str> {
        let within = self.within.iter().map(String::as_str);
        within.chain(std::iter::once(self.name.as_str()))
    }
}

/// A comment that says which requirement the code below it serves: `[verifies REQ-1]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestAnnotation {
    pub req: ReqId,
    pub file: String,
    /// Line of the comment, 1-based.
    pub line: u32,
    /// The test below the comment, where there is one.
    pub test: Option<TestFn>,
    /// Read line by line, in a language that has no grammar here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_lines: bool,
}

impl ReqId {
    /// Returns the id as its own document writes it: what stands behind the name of the document, where
    /// the id holds one (`001-pay/FR-001`, `roles#1.2`).
    pub fn local(&self) -> &str {
        let id = self.as_str();
        id.split_once(['#', '/']).map_or(id, |(_, local)| local)
    }

    /// Returns id and title as one line; an id that already holds the title stands alone.
    pub fn headline(&self, title: &str) -> String {
        if title.is_empty() || self.as_str().ends_with(title) {
            self.to_string()
        } else {
            format!("{self} {title}")
        }
    }
}

impl Requirement {
    /// Returns id and title as one line; an id that already holds the title stands alone.
    pub fn headline(&self) -> String {
        self.id.headline(&self.title)
    }
}
