//! How an attempt answered what came before it: deterministic rules on the difference between two
//! heads, each with the lines that show it.
//!
//! Order of trust: the executed set first (a test that failed and is then skipped or gone needs no
//! parsing), then the syntax tree, then line rules; the method is kept with each line.

use serde::{Deserialize, Serialize};

use super::attempts::Attempt;
use crate::{
    formats::{
        gates,
        rust_source::{self, TestUnit, UnitChange, UnitChangeKind},
        source::{self, FileKind},
        suppressions, test_side,
    },
    model::{ChangeFacts, FileDelta, HeadDelta, TestKey},
};

/// What an attempt did. Several may hold at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    GateChanged,
    TestWeakened,
    TestSkipped,
    TestDeleted,
    SuppressionAdded,
    GateRestored,
    /// Something is asked that was not asked before, such as a scan.
    GateAdded,
    TestRestored,
    TestStrengthened,
    TestChanged,
    CodeFix,
    DependencyChange,
    SpecChanged,
    Revert,
    DocsOnly,
    RerunOnly,
    /// Objects are missing, so nothing can be said.
    Unknown,
}

impl Label {
    /// Returns the name for machines: the one it is written with in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::GateChanged => "gate_changed",
            Self::TestWeakened => "test_weakened",
            Self::TestSkipped => "test_skipped",
            Self::TestDeleted => "test_deleted",
            Self::SuppressionAdded => "suppression_added",
            Self::GateRestored => "gate_restored",
            Self::GateAdded => "gate_added",
            Self::TestRestored => "test_restored",
            Self::TestStrengthened => "test_strengthened",
            Self::TestChanged => "test_changed",
            Self::CodeFix => "code_fix",
            Self::DependencyChange => "dependency_change",
            Self::SpecChanged => "spec_changed",
            Self::Revert => "revert",
            Self::DocsOnly => "docs_only",
            Self::RerunOnly => "rerun_only",
            Self::Unknown => "unknown",
        }
    }

    /// Returns the words a person reads.
    pub fn words(self) -> &'static str {
        match self {
            Self::GateChanged => "gate changed",
            Self::TestWeakened => "test weakened",
            Self::TestSkipped => "test skipped",
            Self::TestDeleted => "test deleted",
            Self::SuppressionAdded => "suppression added",
            Self::GateRestored => "gate edit taken back",
            Self::GateAdded => "gate added",
            Self::TestRestored => "test restored",
            Self::TestStrengthened => "test strengthened",
            Self::TestChanged => "test changed",
            Self::CodeFix => "code changed",
            Self::DependencyChange => "dependency changed",
            Self::SpecChanged => "spec changed",
            Self::Revert => "revert",
            Self::DocsOnly => "docs only",
            Self::RerunOnly => "re-run only",
            Self::Unknown => "unknown",
        }
    }

    /// Tells whether a reviewer should look at it.
    pub fn wants_eyes(self) -> bool {
        matches!(
            self,
            Self::GateChanged
                | Self::TestWeakened
                | Self::TestSkipped
                | Self::TestDeleted
                | Self::SuppressionAdded
                | Self::Unknown
        )
    }
}

/// A line that shows why a label was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EvidenceLine {
    pub path: String,
    pub line: u32,
    pub old: Option<String>,
    pub new: Option<String>,
    pub what: String,
    /// Name of the test, where the line is about one.
    pub test: Option<String>,
    /// `syntax tree`, `line rule`, `paths`, `results`.
    pub method: &'static str,
}

/// One label of an attempt with its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Response {
    pub label: Label,
    pub lines: Vec<EvidenceLine>,
}

/// Classifies every attempt by the difference to the head before it (the first one: to the merge
/// base, where only what is taken from existing tests and gates is said).
pub fn classify(facts: &ChangeFacts, attempts: &[Attempt]) -> Vec<Vec<Response>> {
    let mut all: Vec<Vec<Response>> = attempts
        .iter()
        .map(|attempt| {
            if facts.git.missing.contains(&attempt.head) {
                return vec![Response {
                    label: Label::Unknown,
                    lines: Vec::new(),
                }];
            }
            let delta = facts.git.deltas.iter().find(|d| d.to == attempt.head);
            delta.map_or_else(
                || {
                    vec![Response {
                        label: Label::Unknown,
                        lines: Vec::new(),
                    }]
                },
                of_delta,
            )
        })
        .collect();
    restored(&mut all);
    all
}

/// A test that checks more than before is restored where an earlier attempt made it check less.
fn restored(all: &mut [Vec<Response>]) {
    let mut weakened: Vec<String> = Vec::new();
    for attempt in all {
        let before = |line: &EvidenceLine| {
            let test = line.test.as_ref();
            test.is_some_and(|t| weakened.contains(t))
        };
        let strengthened = attempt
            .iter_mut()
            .find(|r| r.label == Label::TestStrengthened);
        let back: Vec<EvidenceLine> = strengthened.map_or_else(Vec::new, |response| {
            let all = std::mem::take(&mut response.lines).into_iter();
            let (back, more) = all.partition(before);
            response.lines = more;
            back
        });
        attempt.retain(|r| r.label != Label::TestStrengthened || !r.lines.is_empty());
        if !back.is_empty() {
            match attempt.iter_mut().find(|r| r.label == Label::TestRestored) {
                Some(response) => {
                    response.lines.extend(back);
                    response
                        .lines
                        .sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
                }
                None => attempt.push(Response {
                    label: Label::TestRestored,
                    lines: back,
                }),
            }
        }
        let less = attempt.iter().filter(|r| r.label == Label::TestWeakened);
        weakened.extend(less.flat_map(|r| r.lines.iter().filter_map(|l| l.test.clone())));
    }
}

/// Classifies one difference.
pub fn of_delta(delta: &HeadDelta) -> Vec<Response> {
    let mut found: Vec<Response> = Vec::new();
    let mut add =
        |label: Label, line: EvidenceLine| match found.iter_mut().find(|r| r.label == label) {
            Some(response) => response.lines.push(line),
            None => found.push(Response {
                label,
                lines: vec![line],
            }),
        };
    for edit in gates::edits(&delta.files) {
        let label = match edit {
            _ if edit.restores => Label::GateRestored,
            _ if edit.adds => Label::GateAdded,
            _ => Label::GateChanged,
        };
        let text = Some(edit.text).filter(|t| !t.is_empty());
        let (old, new) = if edit.restores {
            (text, None)
        } else {
            (None, text)
        };
        let line = EvidenceLine {
            path: edit.path,
            line: edit.line,
            old,
            new,
            what: edit.what,
            test: None,
            method: "line rule",
        };
        add(label, line);
    }
    for file in &delta.files {
        let path = &file.patch.path;
        let kind = source::kind_of(path);
        let units = Units::of(file);
        let changes = units
            .as_ref()
            .map(|u| rust_source::compare_units(&u.old, &u.new))
            .unwrap_or_default();
        for change in changes.iter().filter(|c| c.kind != UnitChangeKind::Added) {
            add(label_of(change.kind), unit_line(path, change));
        }
        if kind != FileKind::Gate {
            for edit in suppressions::added(file) {
                let line = EvidenceLine {
                    path: edit.path,
                    line: edit.line,
                    old: None,
                    new: Some(edit.text),
                    what: edit.what,
                    test: None,
                    method: "line rule",
                };
                add(Label::SuppressionAdded, line);
            }
        }
        let whole = |what: &str| EvidenceLine {
            path: path.clone(),
            line: 0,
            old: None,
            new: None,
            what: format!(
                "{what} (+{} -{})",
                file.patch.additions, file.patch.deletions
            ),
            test: None,
            method: "paths",
        };
        match kind {
            FileKind::Code if test_side::steers(path) => {
                add(Label::TestChanged, whole("what steers tests"));
            }
            FileKind::Code if units.is_none_or(|u| u.changed_outside(file)) => {
                add(Label::CodeFix, whole("code"));
            }
            FileKind::Test if changes.is_empty() => add(Label::TestChanged, whole("test file")),
            FileKind::Dependency => add(Label::DependencyChange, whole("dependencies")),
            FileKind::Spec => add(Label::SpecChanged, whole("spec")),
            _ => {}
        }
    }
    if let Some(commit) = delta
        .commits
        .iter()
        .find(|c| c.message.contains("This reverts commit "))
    {
        let line = EvidenceLine {
            path: String::new(),
            line: 0,
            old: None,
            new: Some(commit.headline().to_owned()),
            what: format!("commit {} says it reverts another", commit.sha.short()),
            test: None,
            method: "line rule",
        };
        add(Label::Revert, line);
    }
    if found.is_empty() && !delta.files.is_empty() {
        found.push(Response {
            label: Label::DocsOnly,
            lines: Vec::new(),
        });
    }
    found.sort_by_key(|r| r.label);
    found
}

/// The tests of a file before and after; Rust only, by its syntax tree.
struct Units {
    old: Vec<TestUnit>,
    new: Vec<TestUnit>,
}

impl Units {
    fn of(file: &FileDelta) -> Option<Self> {
        let is_rust = std::path::Path::new(&file.patch.path)
            .extension()
            .is_some_and(|e| e == "rs");
        let read = |text: &Option<String>| {
            text.as_deref()
                .map(rust_source::test_units)
                .unwrap_or_default()
        };
        is_rust.then(|| Self {
            old: read(&file.old),
            new: read(&file.new),
        })
    }

    /// Tells whether the file changed outside of its test functions.
    fn changed_outside(&self, file: &FileDelta) -> bool {
        // An attribute or comment above a test belongs to it.
        let outside = |units: &[TestUnit], line: u32| {
            !units
                .iter()
                .any(|u| u.line.saturating_sub(3) <= line && line <= u.line_end)
        };
        file.patch
            .added()
            .any(|(n, t)| !t.trim().is_empty() && outside(&self.new, n))
            || file
                .patch
                .removed()
                .any(|(n, t)| !t.trim().is_empty() && outside(&self.old, n))
    }
}

fn label_of(kind: UnitChangeKind) -> Label {
    match kind {
        UnitChangeKind::Skipped => Label::TestSkipped,
        UnitChangeKind::Deleted => Label::TestDeleted,
        UnitChangeKind::AssertionRemoved | UnitChangeKind::AssertionWeakened => Label::TestWeakened,
        UnitChangeKind::Unskipped => Label::TestRestored,
        UnitChangeKind::Strengthened => Label::TestStrengthened,
        UnitChangeKind::ExpectationChanged
        | UnitChangeKind::BodyChanged
        | UnitChangeKind::Added => Label::TestChanged,
    }
}

fn unit_line(path: &str, change: &UnitChange) -> EvidenceLine {
    let line = change
        .new
        .as_ref()
        .or(change.old.as_ref())
        .map_or(0, |(n, _)| *n);
    EvidenceLine {
        path: path.to_owned(),
        line,
        old: change.old.as_ref().map(|(_, t)| t.clone()),
        new: change.new.as_ref().map(|(_, t)| t.clone()),
        what: change.kind.words().to_owned(),
        test: Some(change.test.clone()),
        method: "syntax tree",
    }
}

/// Tells whether a response line is about the test with this key.
pub fn is_about(line: &EvidenceLine, key: &TestKey) -> bool {
    line.test.as_deref().is_some_and(|t| key.matches(t))
}
