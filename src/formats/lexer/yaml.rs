//! Comments and strings of YAML, which go by indent.

use super::{Part, Span};

/// Comments and strings of YAML: by line, since a block of text reaches as far as its indent.
pub(super) fn spans(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut block: Option<usize> = None;
    let mut open: Option<u8> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end_matches(['\n', '\r']);
        let indent = body.len() - body.trim_start_matches(' ').len();
        let next = start + line.len();
        if let Some(parent) = block {
            if body.trim().is_empty() || indent > parent {
                spans.push((start, start + body.len(), Part::Text));
                start = next;
                continue;
            }
            block = None;
        }
        let bytes = body.as_bytes();
        let mut at = 0;
        let mut comment = body.len();
        while at < bytes.len() {
            let before = at.checked_sub(1).and_then(|b| bytes.get(b)).copied();
            let fresh = before.is_none_or(|b| b" \t,[{(:".contains(&b));
            let from = at;
            let byte = bytes.get(at).copied().unwrap_or(0);
            let quote = match open {
                Some(quote) => Some(quote),
                None if fresh && matches!(byte, b'"' | b'\'') => {
                    at += 1;
                    Some(byte)
                }
                None => None,
            };
            if let Some(quote) = quote {
                open = Some(quote);
                while let Some(byte) = bytes.get(at) {
                    at += 1;
                    if *byte == b'\\' && quote == b'"' {
                        at += 1;
                    } else if *byte == quote {
                        open = None;
                        break;
                    }
                }
                spans.push((start + from, start + at.min(bytes.len()), Part::Text));
            } else if byte == b'#' && before.is_none_or(|b| b == b' ' || b == b'\t') {
                spans.push((start + at, start + body.len(), Part::LineComment));
                comment = at;
                break;
            } else {
                at += 1;
            }
        }
        let code = body.get(..comment).unwrap_or("").trim_end();
        let value = code.rsplit([' ', ':']).next().unwrap_or("");
        let opens = value.starts_with(['|', '>'])
            && value
                .chars()
                .skip(1)
                .all(|c| matches!(c, '+' | '-' | '0'..='9'));
        if open.is_none() && opens {
            // Of a list's item, the block belongs to the key behind the dash.
            block = Some(indent);
        }
        start = next;
    }
    spans
}
