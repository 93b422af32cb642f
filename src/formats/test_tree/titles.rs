//! Titles of tests as they are written in JavaScript and TypeScript.

use tree_sitter::Node;

use super::blocks::text_of;

/// Returns the title that an expression is, and whether it holds places for values; nothing where it is
/// no text.
pub(super) fn title(node: Node<'_>, text: &str) -> Option<(String, bool)> {
    match node.kind() {
        "string" => {
            let (mut title, mut cursor) = (String::new(), node.walk());
            for piece in node.named_children(&mut cursor) {
                match piece.kind() {
                    "escape_sequence" => title += &unescaped(text_of(piece, text)),
                    _ => title += text_of(piece, text),
                }
            }
            Some((title, false))
        }
        "template_string" => {
            let (mut title, mut cursor, mut pattern) = (String::new(), node.walk(), false);
            for piece in node.named_children(&mut cursor) {
                match piece.kind() {
                    "template_substitution" => {
                        title += "${}";
                        pattern = true;
                    }
                    "escape_sequence" => title += &unescaped(text_of(piece, text)),
                    _ => title += text_of(piece, text),
                }
            }
            Some((title, pattern))
        }
        "binary_expression" => {
            let (left, right) = (
                node.child_by_field_name("left")?,
                node.child_by_field_name("right")?,
            );
            let side = |side| title(side, text).unwrap_or_else(|| ("${}".to_owned(), true));
            let ((left, a), (right, b)) = (side(left), side(right));
            Some((left + &right, a || b)).filter(|(title, _)| title != "${}${}")
        }
        _ => None,
    }
}

fn unescaped(sequence: &str) -> String {
    match sequence {
        "\\n" => "\n".to_owned(),
        "\\t" => "\t".to_owned(),
        other => other.trim_start_matches('\\').to_owned(),
    }
}
