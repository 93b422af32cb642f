//! How an attempt answered what came before it: deterministic rules on the difference between two
//! heads, each with the lines that show it.
//!
//! Order of trust: the executed set first (a test that failed and is then skipped or gone needs no
//! parsing), then the syntax tree, then line rules; the method is kept with each line.

mod moves;

use moves::Moves;

use super::attempts::Attempt;
use crate::{
    formats::{
        gates,
        lexer::Language,
        rust_source::{self, TestUnit, UnitChange, UnitChangeKind},
        source::{self, FileKind},
        suppressions, test_side,
    },
    model::{
        ChangeFacts, Commit, DiffLine, EvidenceLine, FileChange, FileDelta, FilePatch, FileStatus,
        HeadDelta, Hunk, Label, LineKind, Method, Reader, Response, TestKey,
    },
};

/// What reads a difference here. The version is raised whenever the same two trees are read to other
/// responses.
pub const READER: Reader = Reader {
    name: "difference",
    version: 4,
};

/// Classifies every attempt by the difference to the head before it (the first one: to the merge
/// base, where only what is taken from existing tests and gates is said).
pub fn classify(facts: &ChangeFacts, attempts: &[Attempt]) -> Vec<Vec<Response>> {
    let unknown = || {
        vec![Response {
            label: Label::Unknown,
            lines: Vec::new(),
        }]
    };
    let of = |attempt: &Attempt| {
        let is_known = !facts.git.missing.contains(&attempt.head);
        let mut deltas = facts.git.deltas.iter().filter(|_| is_known);
        let delta = deltas.find(|d| d.to == attempt.head);
        delta.and_then(of_delta).unwrap_or_else(unknown)
    };
    let mut all: Vec<Vec<Response>> = attempts.iter().map(of).collect();
    restored(&mut all);
    all
}

/// What a difference does: by its files, and by what its commits say of themselves.
fn of_delta(delta: &HeadDelta) -> Option<Vec<Response>> {
    let mut found = delta.responses.clone()?;
    found.extend(reverts(&delta.commits));
    if found.is_empty() && !delta.files.is_empty() {
        found.push(Response {
            label: Label::DocsOnly,
            lines: Vec::new(),
        });
    }
    found.sort_by_key(|r| r.label);
    Some(found)
}

/// A commit that says that it reverts another.
fn reverts(commits: &[Commit]) -> Option<Response> {
    let mut commits = commits.iter();
    let commit = commits.find(|c| c.message.contains("This reverts commit "))?;
    let line = EvidenceLine {
        path: String::new(),
        line: 0,
        old: None,
        new: Some(commit.headline().to_owned()),
        what: format!("commit {} says it reverts another", commit.sha.short()),
        test: None,
        method: Method::LineRule,
    };
    Some(Response {
        label: Label::Revert,
        lines: vec![line],
    })
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

/// Tells by its path whether the lines of a file are looked at.
pub fn reads_lines(path: &str) -> bool {
    source::kind_of(path) == FileKind::Gate || Language::of(path).is_some()
}

/// Looks through a difference file by file, for what it does to tests and gates.
#[derive(Debug, Default)]
pub struct Rules {
    files: Vec<FileDelta>,
    found: Vec<Response>,
    /// Files that hold new tests, and nothing else that is new.
    new_tests: Vec<EvidenceLine>,
    /// Gates are understood together: a step may move from one to another.
    gates: Vec<FilePatch>,
    /// Tests that left a file, or came into one.
    moves: Moves,
}

impl Rules {
    fn add(&mut self, label: Label, line: EvidenceLine) {
        match self.found.iter_mut().find(|r| r.label == label) {
            Some(response) => response.lines.push(line),
            None => self.found.push(Response {
                label,
                lines: vec![line],
            }),
        }
    }

    /// Takes in the next file.
    pub fn file(&mut self, file: &FileChange) {
        let path = &file.patch.path;
        self.files.push(listed(file));
        let kind = source::kind_of(path);
        let before = self.count();
        let units = Units::of(file);
        let changes = units
            .as_ref()
            .map(|u| rust_source::compare_units(&u.old, &u.new))
            .unwrap_or_default();
        for change in &changes {
            match (change.kind, &units) {
                (UnitChangeKind::Deleted, Some(units)) => {
                    self.moves.gone(path, &units.old, &change.test);
                }
                (UnitChangeKind::Added, Some(units)) => {
                    self.moves.came(path, &units.new, &change.test);
                }
                _ => self.add(label_of(change.kind), unit_line(path, change)),
            }
        }
        self.gates.extend(moved_away(file));
        if kind == FileKind::Gate {
            self.gates.push(file.patch.clone());
        } else {
            for edit in suppressions::added(file) {
                let line = EvidenceLine {
                    path: edit.path,
                    line: edit.line,
                    old: None,
                    new: Some(edit.text),
                    what: edit.what,
                    test: None,
                    method: Method::LineRule,
                };
                self.add(Label::SuppressionAdded, line);
            }
        }
        let (more, fewer) = (file.patch.additions, file.patch.deletions);
        let whole = |what: &str| EvidenceLine {
            path: path.clone(),
            line: 0,
            old: None,
            new: None,
            what: if file.patch.absent {
                format!("{what}, whose content is not here")
            } else {
                format!("{what} (+{more} -{fewer})")
            },
            test: None,
            method: Method::Paths,
        };
        match kind {
            FileKind::Code if test_side::steers(path) => {
                self.add(Label::TestChanged, whole("what steers tests"));
            }
            FileKind::Code if units.is_none_or(|u| u.changed_outside(file)) => {
                self.add(Label::CodeFix, whole("code"));
            }
            FileKind::Test if changes.is_empty() => {
                self.add(Label::TestChanged, whole("test file"));
            }
            FileKind::Dependency => self.add(Label::DependencyChange, whole("dependencies")),
            FileKind::Spec => self.add(Label::SpecChanged, whole("spec")),
            _ => {}
        }
        // What a file was counts too, where it is something else now.
        let old_kind = file.patch.old_path.as_deref().map(source::kind_of);
        match old_kind.filter(|old| *old != kind) {
            Some(FileKind::Test) => {
                self.add(
                    Label::TestDeleted,
                    whole("a test file moved to where it is none"),
                );
            }
            Some(FileKind::Code) => self.add(Label::CodeFix, whole("code moved away")),
            _ => {}
        }
        // Nothing but documents is "docs only".
        if self.count() == before && kind != FileKind::Docs && kind != FileKind::Gate {
            if kind == FileKind::Test || !changes.is_empty() {
                // A test that is new takes nothing away; it is said where nothing else is.
                self.new_tests.push(whole("new tests"));
            } else {
                self.add(Label::CodeFix, whole("code"));
            }
        }
    }

    /// Counts the lines that were found.
    fn count(&self) -> usize {
        let lines: usize = self.found.iter().map(|r| r.lines.len()).sum();
        lines + self.moves.count_gone()
    }

    /// Returns which files differ, and what was found in them, by label.
    pub fn finish(mut self) -> (Vec<FileDelta>, Vec<Response>) {
        for (path, change) in std::mem::take(&mut self.moves).changes() {
            self.add(label_of(change.kind), unit_line(&path, &change));
        }
        for edit in gates::edits(&std::mem::take(&mut self.gates)) {
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
                method: Method::LineRule,
            };
            self.add(label, line);
        }
        if self.found.is_empty() {
            for line in std::mem::take(&mut self.new_tests) {
                self.add(Label::TestChanged, line);
            }
        }
        self.found.sort_by_key(|r| r.label);
        (self.files, self.found)
    }
}

/// A gate that moved to where it is none, or a workflow to a name under which it is not run: all that it
/// asked for is gone.
fn moved_away(file: &FileChange) -> Option<FilePatch> {
    let is_gate = |path: &str| source::kind_of(path) == FileKind::Gate;
    let before = file.patch.old_path.as_deref().filter(|p| is_gate(p))?;
    let runs_no_more = gates::is_workflow(before) && !gates::is_workflow(&file.patch.path);
    if is_gate(&file.patch.path) && !runs_no_more {
        return None;
    }
    let gone = |(line, text): (u32, &str)| DiffLine {
        kind: LineKind::Removed,
        text: text.to_owned(),
        old_no: Some(line),
        new_no: None,
    };
    let text = file.old.as_deref().unwrap_or("");
    let lines: Vec<DiffLine> = (1..).zip(text.lines()).map(gone).collect();
    Some(FilePatch {
        path: before.to_owned(),
        old_path: None,
        status: FileStatus::Deleted,
        additions: 0,
        deletions: u32::try_from(lines.len()).unwrap_or(u32::MAX),
        hunks: vec![Hunk {
            header: String::new(),
            lines,
        }],
        ..file.patch.clone()
    })
}

/// What of a file is kept: no text.
fn listed(file: &FileChange) -> FileDelta {
    let patch = &file.patch;
    let should = reads_lines(&patch.path) && !patch.absent;
    let changed = patch.binary || patch.additions + patch.deletions > 0;
    FileDelta {
        path: patch.path.clone(),
        old_path: patch.old_path.clone(),
        status: patch.status,
        binary: patch.binary,
        additions: patch.additions,
        deletions: patch.deletions,
        absent: patch.absent,
        unread: should && changed && !file.is_read(),
    }
}

/// The tests of a file before and after; Rust only, by its syntax tree.
struct Units {
    old: Vec<TestUnit>,
    new: Vec<TestUnit>,
}

impl Units {
    fn of(file: &FileChange) -> Option<Self> {
        let is_rust = std::path::Path::new(&file.patch.path)
            .extension()
            .is_some_and(|e| e == "rs");
        let read = |text: &Option<String>| {
            text.as_deref()
                .map(rust_source::test_units)
                .unwrap_or_default()
        };
        (is_rust && file.is_read()).then(|| Self {
            old: read(&file.old),
            new: read(&file.new),
        })
    }

    /// Tells whether the file changed outside of its test functions.
    fn changed_outside(&self, file: &FileChange) -> bool {
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
        | UnitChangeKind::Moved
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
        method: Method::SyntaxTree,
    }
}

/// Tells whether a response line is about the test with this key.
pub fn is_about(line: &EvidenceLine, key: &TestKey) -> bool {
    line.test.as_deref().is_some_and(|t| key.matches(t))
}

#[cfg(test)]
mod tests;
