//! What is a test, and what a group of tests, in the syntax tree of each language.

use tree_sitter::Node;

use super::{BlockKind, titles};
use crate::formats::{lexer::Language, rust_source::makes_a_test};

/// The grammars by which files are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grammar {
    Rust,
    Python,
    JavaScript,
    TypeScript,
    Tsx,
    Go,
    Java,
}

/// A block that a node is.
pub(super) struct Found<'t> {
    pub kind: BlockKind,
    pub name: String,
    pub pattern: bool,
    /// The type whose method it is, where it does not stand in it.
    pub of_type: Option<String>,
    /// Its first attribute, or itself.
    pub start: Node<'t>,
}

impl Grammar {
    pub(super) fn of(path: &str, language: Language) -> Option<Self> {
        let is_tsx = path
            .rsplit('.')
            .next()
            .is_some_and(|e| e.eq_ignore_ascii_case("tsx"));
        Some(match language {
            Language::Rust => Self::Rust,
            Language::Python => Self::Python,
            Language::JavaScript => Self::JavaScript,
            Language::TypeScript if is_tsx => Self::Tsx,
            Language::TypeScript => Self::TypeScript,
            Language::Go => Self::Go,
            Language::Java => Self::Java,
            _ => return None,
        })
    }

    pub(super) fn language(self) -> tree_sitter::Language {
        match self {
            Self::Rust => tree_sitter_rust::LANGUAGE,
            Self::Python => tree_sitter_python::LANGUAGE,
            Self::JavaScript => tree_sitter_javascript::LANGUAGE,
            Self::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
            Self::Tsx => tree_sitter_typescript::LANGUAGE_TSX,
            Self::Go => tree_sitter_go::LANGUAGE,
            Self::Java => tree_sitter_java::LANGUAGE,
        }
        .into()
    }

    /// Tells whether a node is a comment, or an attribute of what follows.
    pub(super) fn is_remark(kind: &str) -> bool {
        matches!(
            kind,
            "comment"
                | "line_comment"
                | "block_comment"
                | "html_comment"
                | "attribute_item"
                | "decorator"
                | "annotation"
                | "marker_annotation"
        )
    }

    pub(super) fn block<'t>(self, node: Node<'t>, text: &str) -> Option<Found<'t>> {
        match self {
            Self::Rust => rust(node, text),
            Self::Python => python(node, text),
            Self::JavaScript | Self::TypeScript | Self::Tsx => script(node, text),
            Self::Go => go(node, text),
            Self::Java => java(node, text),
        }
    }
}

pub(super) fn text_of<'a>(node: Node<'_>, text: &'a str) -> &'a str {
    text.get(node.byte_range()).unwrap_or("")
}

fn named<'a>(node: Node<'_>, text: &'a str) -> Option<&'a str> {
    Some(text_of(node.child_by_field_name("name")?, text))
}

fn found<'t>(kind: BlockKind, name: &str, start: Node<'t>) -> Found<'t> {
    Found {
        kind,
        name: name.to_owned(),
        pattern: false,
        of_type: None,
        start,
    }
}

/// Functions with an attribute whose path ends in `test` (or `rstest`, `test_case`), and modules.
fn rust<'t>(node: Node<'t>, text: &str) -> Option<Found<'t>> {
    let kind = match node.kind() {
        "function_item" => BlockKind::Test,
        "mod_item" if node.child_by_field_name("body").is_some() => BlockKind::Group,
        _ => return None,
    };
    let (mut start, mut is_test) = (node, false);
    let mut before = node.prev_named_sibling();
    while let Some(sibling) = before {
        match sibling.kind() {
            "attribute_item" => {
                is_test |= is_test_attribute(text_of(sibling, text));
                start = sibling;
            }
            "line_comment" | "block_comment" => {}
            _ => break,
        }
        before = sibling.prev_named_sibling();
    }
    (kind == BlockKind::Group || is_test).then(|| Some(found(kind, named(node, text)?, start)))?
}

fn is_test_attribute(attribute: &str) -> bool {
    let inside = attribute.trim_start_matches("#[");
    makes_a_test(inside.split(['(', ']', '=']).next().unwrap_or(""))
}

/// Functions whose name begins with `test`, and classes.
fn python<'t>(node: Node<'t>, text: &str) -> Option<Found<'t>> {
    let name = named(node, text)?;
    let kind = match node.kind() {
        "function_definition" if name.starts_with("test") => BlockKind::Test,
        "class_definition" => BlockKind::Group,
        _ => return None,
    };
    let decorated = node.parent().filter(|p| p.kind() == "decorated_definition");
    Some(found(kind, name, decorated.unwrap_or(node)))
}

/// Calls of `it`, `test`, `describe` and their like with a title, however they are modified.
fn script<'t>(node: Node<'t>, text: &str) -> Option<Found<'t>> {
    if node.kind() != "call_expression" {
        return None;
    }
    let (mut root, mut words) = (node.child_by_field_name("function")?, Vec::new());
    loop {
        root = match root.kind() {
            "member_expression" => {
                let property = root.child_by_field_name("property")?;
                words.push(text_of(property, text));
                root.child_by_field_name("object")?
            }
            "call_expression" => root.child_by_field_name("function")?,
            "non_null_expression" | "parenthesized_expression" => root.named_child(0)?,
            _ => break,
        };
    }
    let kind = match text_of(root, text) {
        "it" | "test" | "specify" | "fit" | "xit" | "xtest" | "Deno" | "bench" => BlockKind::Test,
        "describe" | "suite" | "context" | "fdescribe" | "xdescribe" => BlockKind::Group,
        _ => return None,
    };
    let is_other = |w: &&str| {
        matches!(
            *w,
            "step" | "use" | "extend" | "beforeEach" | "afterEach" | "beforeAll" | "afterAll"
        )
    };
    if words.iter().any(is_other) {
        return None;
    }
    let kind = if words.contains(&"describe") {
        BlockKind::Group
    } else {
        kind
    };
    let arguments = node.child_by_field_name("arguments")?;
    let (name, mut pattern) = titles::title(arguments.named_child(0)?, text)?;
    pattern |= words.contains(&"each") || words.contains(&"for");
    Some(Found {
        kind,
        name,
        pattern,
        of_type: None,
        start: node,
    })
}

/// Functions and methods whose name begins as `go test` and testify ask, and subtests with a title.
fn go<'t>(node: Node<'t>, text: &str) -> Option<Found<'t>> {
    match node.kind() {
        "function_declaration" | "method_declaration" => {
            let name = named(node, text)?;
            let is_test = ["Test", "Fuzz", "Example", "Benchmark"]
                .iter()
                .any(|p| name.starts_with(p));
            let receiver = node.child_by_field_name("receiver");
            is_test.then(|| Found {
                of_type: receiver.and_then(|r| receiver_type(text_of(r, text))),
                ..found(BlockKind::Test, name, node)
            })
        }
        "call_expression" => {
            let function = node.child_by_field_name("function")?;
            let is_run = function.kind() == "selector_expression"
                && text_of(function.child_by_field_name("field")?, text) == "Run";
            let first = node.child_by_field_name("arguments")?.named_child(0)?;
            let is_text = matches!(
                first.kind(),
                "interpreted_string_literal" | "raw_string_literal"
            );
            let title = text_of(first, text).trim_matches(['"', '`']);
            (is_run && is_text).then(|| found(BlockKind::Test, title, node))
        }
        _ => None,
    }
}

/// The type in a receiver: `(s *Suite)`, `(Suite[T])`.
fn receiver_type(receiver: &str) -> Option<String> {
    let inside = receiver.trim_matches(['(', ')']).split('[').next()?;
    let last = inside.split_whitespace().next_back()?;
    Some(last.trim_start_matches('*').to_owned())
}

/// Methods with an annotation that ends in `Test`, those of the old way that begin with `test`, and
/// classes.
fn java<'t>(node: Node<'t>, text: &str) -> Option<Found<'t>> {
    let name = named(node, text)?;
    match node.kind() {
        "class_declaration" => return Some(found(BlockKind::Group, name, node)),
        "method_declaration" => {}
        _ => return None,
    }
    let mut cursor = node.walk();
    let modifiers = node.children(&mut cursor).find(|c| c.kind() == "modifiers");
    let is_marked = modifiers.is_some_and(|modifiers| {
        let mut cursor = modifiers.walk();
        modifiers.named_children(&mut cursor).any(|annotation| {
            named(annotation, text).is_some_and(|name| {
                let last = name.rsplit('.').next().unwrap_or(name);
                last.ends_with("Test") || matches!(last, "TestFactory" | "TestTemplate")
            })
        })
    });
    (is_marked || name.starts_with("test")).then(|| found(BlockKind::Test, name, node))
}
