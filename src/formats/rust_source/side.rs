//! The side of tests of a Rust file: its test functions whole, and what else only tests see.

use tree_sitter::{Node, Parser};

use super::{MAX_SOURCE, inner_module, squash, text, unit};

/// What of a file concerns tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestSide {
    /// Test functions by name, each with its attributes, as code without white space.
    pub units: Vec<(String, String)>,
    /// What else stands in a file or a module of tests: helpers, imports, macros, attributes.
    pub rest: Vec<String>,
    /// Conditions of the build outside of test functions.
    pub conditions: Vec<String>,
}

impl TestSide {
    /// Tells whether nothing concerns tests.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty() && self.rest.is_empty()
    }
}

/// Reads the side of tests; `whole` for a file that holds nothing else. `None` where the file is too
/// large or its syntax was not understood.
pub fn test_side(source: &str, whole: bool) -> Option<TestSide> {
    if source.len() > MAX_SOURCE {
        return None;
    }
    let mut parser = Parser::new();
    parser
        .set_language(&tree_sitter_rust::LANGUAGE.into())
        .ok()?;
    let tree = parser.parse(source, None)?;
    if tree.root_node().has_error() {
        return None;
    }
    let mut side = TestSide::default();
    items(tree.root_node(), source, "", whole, 0, &mut side)?;
    Some(side)
}

fn items(
    node: Node<'_>,
    source: &str,
    module: &str,
    testing: bool,
    depth: usize,
    side: &mut TestSide,
) -> Option<()> {
    if depth > 64 {
        return None;
    }
    let mut attributes: Vec<Node<'_>> = Vec::new();
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        match child.kind() {
            "attribute_item" => {
                attributes.push(child);
                continue;
            }
            "line_comment" | "block_comment" => continue,
            _ => {}
        }
        let above: Vec<String> = attributes
            .iter()
            .map(|a| squash(text(*a, source)))
            .collect();
        let for_tests = testing || above.iter().any(|a| a == "#[cfg(test)]");
        let body = child.child_by_field_name("body");
        match (child.kind(), body) {
            ("function_item", _) => match unit(child, &attributes, source, module) {
                Some(found) => {
                    let whole = format!("{}{}", above.concat(), code(child, source));
                    side.units.push((found.name, whole));
                }
                None => other(child, &above, source, for_tests, side),
            },
            ("mod_item", Some(body)) => {
                let inner = inner_module(child, source, module);
                // A module of tests is told by this very attribute; any other one is a condition.
                let more = above.iter().filter(|a| *a != "#[cfg(test)]");
                side.conditions.extend(more.map(|a| format!("{a}{inner}")));
                items(body, source, &inner, for_tests, depth + 1, side)?;
            }
            _ => other(child, &above, source, for_tests, side),
        }
        attributes.clear();
    }
    Some(())
}

/// What is no test function: kept whole where only tests see it, else its conditions only.
fn other(node: Node<'_>, above: &[String], source: &str, testing: bool, side: &mut TestSide) {
    let whole = format!("{}{}", above.concat(), code(node, source));
    if testing {
        side.rest.push(whole);
    } else if whole.contains("cfg") || whole.contains("test") && node.kind() == "macro_invocation" {
        // What a condition or a macro with tests governs counts with it.
        let conditional = ["cfg(", "cfg!(", "cfg_attr("]
            .iter()
            .any(|c| whole.contains(c));
        if conditional || node.kind() == "macro_invocation" {
            side.conditions.push(whole);
        }
    }
}

/// The code of a node without its comments.
fn code(node: Node<'_>, source: &str) -> String {
    let mut out = String::new();
    let mut at = node.start_byte();
    let mut stack = vec![node];
    let mut comments: Vec<(usize, usize)> = Vec::new();
    while let Some(next) = stack.pop() {
        if matches!(next.kind(), "line_comment" | "block_comment") {
            comments.push((next.start_byte(), next.end_byte()));
            continue;
        }
        let mut cursor = next.walk();
        stack.extend(next.children(&mut cursor));
    }
    comments.sort_unstable();
    for (from, to) in comments {
        out.push_str(source.get(at..from).unwrap_or(""));
        out.push(' ');
        at = to;
    }
    out.push_str(source.get(at..node.end_byte()).unwrap_or(""));
    squash(&out)
}
