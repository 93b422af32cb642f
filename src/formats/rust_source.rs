//! Rust sources by their syntax tree: test functions with their markers and assertions, and what
//! changed about them between two versions of a file.

mod side;

use serde::{Deserialize, Serialize};
use tree_sitter::{Node, Parser};

pub use side::{TestSide, test_side};

/// Bytes of one file that are parsed; a larger file has no test units.
const MAX_SOURCE: usize = 4 << 20;

/// How much an assertion pins down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Holds whatever happens, such as `assert!(true)`.
    Void,
    /// A bound or a property: `<=`, `is_ok()`, `contains`.
    Weak,
    /// One value: equality, a pattern, a snapshot.
    Exact,
}

/// An assertion macro inside a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// 1-based.
    pub line: u32,
    /// The macro call with white space folded.
    pub text: String,
    pub strength: Strength,
}

/// A test function: one with an attribute whose last segment is or ends in `test`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestUnit {
    /// Name with the modules of the file around it, joined by `::`.
    pub name: String,
    /// Line of the `fn`, 1-based.
    pub line: u32,
    pub line_end: u32,
    /// The `#[ignore]` attribute as written, with its line; `cfg_attr` ones are conditional.
    pub ignored: Option<(u32, String)>,
    pub assertions: Vec<Assertion>,
    /// Source text with white space folded.
    pub body: String,
}

/// What changed about a test between two versions of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitChangeKind {
    /// `#[ignore]` was added to a test that was there before.
    Skipped,
    /// The test is gone.
    Deleted,
    /// The same test stands in another module or file.
    Moved,
    /// An assertion is gone, with none in its place.
    AssertionRemoved,
    /// An assertion pins down less than before.
    AssertionWeakened,
    /// An assertion expects another value.
    ExpectationChanged,
    /// `#[ignore]` was taken off.
    Unskipped,
    /// An assertion pins down more, or one was added.
    Strengthened,
    /// The body changed in another way.
    BodyChanged,
    Added,
}

impl UnitChangeKind {
    /// Tells whether less is checked than before.
    pub fn weakens(self) -> bool {
        matches!(
            self,
            Self::Skipped | Self::Deleted | Self::AssertionRemoved | Self::AssertionWeakened
        )
    }

    /// Returns the words a person reads; facts, never motives.
    pub fn words(self) -> &'static str {
        match self {
            Self::Skipped => "test skipped",
            Self::Deleted => "test deleted",
            Self::Moved => "test moved",
            Self::AssertionRemoved => "assertion removed",
            Self::AssertionWeakened => "assertion weakened",
            Self::ExpectationChanged => "expected value changed",
            Self::Unskipped => "test no longer skipped",
            Self::Strengthened => "assertion strengthened",
            Self::BodyChanged => "test body changed",
            Self::Added => "test added",
        }
    }
}

/// One change of one test, with the lines that show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitChange {
    pub test: String,
    pub kind: UnitChangeKind,
    pub old: Option<(u32, String)>,
    pub new: Option<(u32, String)>,
}

/// Finds the test functions of a Rust file.
pub fn test_units(source: &str) -> Vec<TestUnit> {
    if source.len() > MAX_SOURCE || !source.contains("test") {
        return Vec::new();
    }
    let mut parser = Parser::new();
    if parser
        .set_language(&tree_sitter_rust::LANGUAGE.into())
        .is_err()
    {
        return Vec::new();
    }
    let Some(tree) = parser.parse(source, None) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    walk(tree.root_node(), source, "", 0, &mut found);
    found
}

fn text<'a>(node: Node<'_>, source: &'a str) -> &'a str {
    source.get(node.byte_range()).unwrap_or("")
}

fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns code without the white space and trailing commas that a formatter may change.
fn squash(code: &str) -> String {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = String::with_capacity(code.len());
    for part in code.split_whitespace() {
        if out.ends_with(word) && part.starts_with(word) {
            out.push(' ');
        }
        out.push_str(part);
    }
    out.replace(",)", ")").replace(",]", "]").replace(",}", "}")
}

fn line_of(node: Node<'_>) -> u32 {
    u32::try_from(node.start_position().row + 1).unwrap_or(u32::MAX)
}

/// The path of a module inside another one.
fn inner_module(item: Node<'_>, source: &str, module: &str) -> String {
    let name = item.child_by_field_name("name");
    let name = name.map_or("", |n| text(n, source));
    if module.is_empty() {
        name.to_owned()
    } else {
        format!("{module}::{name}")
    }
}

fn walk(node: Node<'_>, source: &str, module: &str, depth: usize, found: &mut Vec<TestUnit>) {
    if depth > 64 {
        return;
    }
    let mut attributes: Vec<Node<'_>> = Vec::new();
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        match child.kind() {
            "attribute_item" => attributes.push(child),
            "line_comment" | "block_comment" => {}
            "function_item" => {
                found.extend(unit(child, &attributes, source, module));
                attributes.clear();
            }
            "mod_item" => {
                let inner = inner_module(child, source, module);
                if let Some(body) = child.child_by_field_name("body") {
                    walk(body, source, &inner, depth + 1, found);
                }
                attributes.clear();
            }
            // Test macros such as `proptest! { #[test] fn … }` hide their functions in tokens; the
            // result files still name them.
            _ => {
                if matches!(
                    child.kind(),
                    "impl_item" | "declaration_list" | "source_file"
                ) {
                    walk(child, source, module, depth + 1, found);
                }
                attributes.clear();
            }
        }
    }
}

/// Returns the path of an attribute, such as `tokio::test`, and its whole text.
fn attribute<'a>(node: Node<'_>, source: &'a str) -> (&'a str, &'a str) {
    let whole = text(node, source);
    let inner = whole.trim_start_matches("#[").trim_end_matches(']').trim();
    let path = inner.split(['(', '=', ' ']).next().unwrap_or("");
    (path, whole)
}

/// Tells whether an attribute of that path makes a test of its function: `test`, `tokio::test`, `rstest`.
pub(super) fn makes_a_test(path: &str) -> bool {
    let last = path.rsplit("::").next().unwrap_or("").trim();
    last == "test" || last.ends_with("_test") || last == "rstest" || last == "test_case"
}

fn unit(node: Node<'_>, attributes: &[Node<'_>], source: &str, module: &str) -> Option<TestUnit> {
    let is_test = attributes
        .iter()
        .any(|a| makes_a_test(attribute(*a, source).0));
    if !is_test {
        return None;
    }
    let name = text(node.child_by_field_name("name")?, source);
    let ignored = attributes.iter().find_map(|a| {
        let (path, whole) = attribute(*a, source);
        let skips = path == "ignore" || (path == "cfg_attr" && whole.contains("ignore"));
        skips.then(|| (line_of(*a), fold(whole)))
    });
    let mut assertions = Vec::new();
    let body = node.child_by_field_name("body")?;
    collect_assertions(body, source, 0, &mut assertions);
    Some(TestUnit {
        name: if module.is_empty() {
            name.to_owned()
        } else {
            format!("{module}::{name}")
        },
        line: line_of(node),
        line_end: u32::try_from(node.end_position().row + 1).unwrap_or(u32::MAX),
        ignored,
        assertions,
        body: fold(text(body, source)),
    })
}

fn collect_assertions(node: Node<'_>, source: &str, depth: usize, found: &mut Vec<Assertion>) {
    if depth > 200 {
        return;
    }
    if node.kind() == "macro_invocation" {
        let name = node
            .child_by_field_name("macro")
            .map_or("", |n| text(n, source));
        let last = name.rsplit("::").next().unwrap_or("");
        if last.contains("assert") {
            let whole = fold(text(node, source));
            let strength = strength(last, &whole);
            found.push(Assertion {
                line: line_of(node),
                text: whole,
                strength,
            });
            return;
        }
    }
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        collect_assertions(child, source, depth + 1, found);
    }
}

/// The arguments of a macro call, without the outer brackets.
fn arguments(call: &str) -> &str {
    let Some(open) = call.find(['(', '[', '{']) else {
        return "";
    };
    call.get(open + 1..call.len().saturating_sub(1))
        .unwrap_or("")
        .trim()
}

fn strength(name: &str, call: &str) -> Strength {
    let args = arguments(call);
    if name.ends_with("_eq") || name.contains("snapshot") || name.contains("matches") {
        let halves: Vec<&str> = args.splitn(2, ',').map(str::trim).collect();
        return match halves.as_slice() {
            [left, right] if left == right => Strength::Void,
            _ => Strength::Exact,
        };
    }
    let condition = args.split(',').next().unwrap_or("").trim();
    if condition == "true" {
        return Strength::Void;
    }
    let equal = condition.contains(" == ") && !condition.contains("||");
    if equal || condition.starts_with("matches!") {
        Strength::Exact
    } else {
        Strength::Weak
    }
}

/// Compares the tests of two versions of a file.
pub fn compare(old: &str, new: &str) -> Vec<UnitChange> {
    compare_units(&test_units(old), &test_units(new))
}

/// Returns the lines of a file that belong to no test, without blank ones. An attribute or a comment above
/// a test belongs to it.
pub fn without_tests(source: &str) -> Vec<&str> {
    let units = test_units(source);
    let outside = |line: u32| {
        let mut units = units.iter();
        !units.any(|u| u.line.saturating_sub(3) <= line && line <= u.line_end)
    };
    let lines = (1..).zip(source.lines().map(str::trim));
    let kept = lines.filter(|(n, line)| !line.is_empty() && outside(*n));
    kept.map(|(_, line)| line).collect()
}

/// Compares tests that were already read. They are paired by name.
pub fn compare_units(old: &[TestUnit], new: &[TestUnit]) -> Vec<UnitChange> {
    let mut changes = Vec::new();
    let mut came: Vec<&TestUnit> = new
        .iter()
        .filter(|n| !old.iter().any(|o| o.name == n.name))
        .collect();
    for before in old {
        match new.iter().find(|n| n.name == before.name) {
            Some(after) => compare_unit(before, after, &mut changes),
            None => match came.iter().position(|c| is_same_test(before, c)) {
                Some(at) => moved(before, came.remove(at), &mut changes),
                None => changes.push(UnitChange {
                    test: before.name.clone(),
                    kind: UnitChangeKind::Deleted,
                    old: Some((before.line, format!("fn {}", before.name))),
                    new: None,
                }),
            },
        }
    }
    for after in came {
        changes.push(UnitChange {
            test: after.name.clone(),
            kind: UnitChangeKind::Added,
            old: None,
            new: Some((after.line, format!("fn {}", after.name))),
        });
    }
    changes
}

/// Tells whether two test functions in different places are one: of the same name, with the same text.
/// A name alone says nothing.
pub fn is_same_test(a: &TestUnit, b: &TestUnit) -> bool {
    let leaf = |unit: &TestUnit| -> String {
        let name = unit.name.rsplit("::").next();
        name.unwrap_or(&unit.name).to_owned()
    };
    leaf(a) == leaf(b) && squash(&a.body) == squash(&b.body)
}

/// Says that a test moved, and what else was done to it.
pub fn moved(before: &TestUnit, after: &TestUnit, changes: &mut Vec<UnitChange>) {
    changes.push(UnitChange {
        test: after.name.clone(),
        kind: UnitChangeKind::Moved,
        old: Some((before.line, format!("fn {}", before.name))),
        new: Some((after.line, format!("fn {}", after.name))),
    });
    compare_unit(before, after, changes);
}

fn compare_unit(before: &TestUnit, after: &TestUnit, changes: &mut Vec<UnitChange>) {
    let first = changes.len();
    let mut push = |kind, old: Option<(u32, String)>, new: Option<(u32, String)>| {
        changes.push(UnitChange {
            test: after.name.clone(),
            kind,
            old,
            new,
        });
    };
    match (&before.ignored, &after.ignored) {
        (None, Some(mark)) => push(UnitChangeKind::Skipped, None, Some(mark.clone())),
        (Some(mark), None) => push(UnitChangeKind::Unskipped, Some(mark.clone()), None),
        _ => {}
    }
    let mut gone: Vec<&Assertion> = before.assertions.iter().collect();
    let mut fresh: Vec<&Assertion> = Vec::new();
    for assertion in &after.assertions {
        match gone
            .iter()
            .position(|g| squash(&g.text) == squash(&assertion.text))
        {
            Some(at) => drop(gone.remove(at)),
            None => fresh.push(assertion),
        }
    }
    let mut fresh = fresh.into_iter();
    for old in gone {
        let line = |a: &Assertion| Some((a.line, a.text.clone()));
        match fresh.next() {
            None => push(UnitChangeKind::AssertionRemoved, line(old), None),
            Some(new) => {
                if let Some(kind) = compare_assertion(old, new) {
                    push(kind, line(old), line(new));
                }
            }
        }
    }
    for new in fresh {
        push(
            UnitChangeKind::Strengthened,
            None,
            Some((new.line, new.text.clone())),
        );
    }
    if changes.len() == first && squash(&before.body) != squash(&after.body) {
        changes.push(UnitChange {
            test: after.name.clone(),
            kind: UnitChangeKind::BodyChanged,
            old: Some((before.line, format!("fn {}", before.name))),
            new: Some((after.line, format!("fn {}", after.name))),
        });
    }
}

fn compare_assertion(old: &Assertion, new: &Assertion) -> Option<UnitChangeKind> {
    if new.strength < old.strength {
        return Some(UnitChangeKind::AssertionWeakened);
    }
    if new.strength > old.strength {
        return Some(UnitChangeKind::Strengthened);
    }
    if old.strength == Strength::Weak
        && let Some(widened) = widened(&old.text, &new.text)
    {
        return Some(if widened {
            UnitChangeKind::AssertionWeakened
        } else {
            UnitChangeKind::Strengthened
        });
    }
    (old.text != new.text).then_some(UnitChangeKind::ExpectationChanged)
}

/// Compares the numbers of two bounds that differ in numbers only: `Some(true)` where the new one
/// lets more through.
fn widened(old: &str, new: &str) -> Option<bool> {
    let shape = |s: &str| -> (String, Vec<f64>) {
        let mut shape = String::new();
        let mut numbers = Vec::new();
        let mut digits = String::new();
        for c in s.chars().chain(std::iter::once(' ')) {
            let in_number = c.is_ascii_digit()
                || (c == '.' && !digits.is_empty())
                || (c == '_' && !digits.is_empty());
            if in_number && !shape.ends_with(|p: char| p.is_alphanumeric() || p == '_') {
                digits.push(c);
                continue;
            }
            if !digits.is_empty() {
                numbers.extend(digits.replace('_', "").parse::<f64>());
                digits.clear();
                shape.push('#');
            }
            shape.push(c);
        }
        (shape, numbers)
    };
    let ((old_shape, old_numbers), (new_shape, new_numbers)) = (shape(old), shape(new));
    if old_shape != new_shape || old_numbers.len() != new_numbers.len() {
        return None;
    }
    let (before, after) = old_numbers
        .iter()
        .zip(&new_numbers)
        .find(|(a, b)| (**a - **b).abs() > f64::EPSILON)?;
    if old_shape.contains('<') {
        Some(after > before)
    } else if old_shape.contains("> ") || old_shape.contains(">=") {
        Some(after < before)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
