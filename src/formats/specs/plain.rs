//! Markdown with ids: an id such as `REQ-PAY-17` that opens a heading, a list item, a bold run or
//! the first cell of a table row defines a requirement. Ids in running text only mention one.

use super::scan::{self, Line};
use crate::model::{Problem, ReqId, Requirement, SpecFormat};

/// Returns the id at the start of a text and what follows it. The grammar: two or more groups of
/// upper-case letters and digits joined by `-`, the first starting with a letter, the last all
/// digits (`REQ-17`, `REQ-PAY-17`, `FR-001`).
pub fn leading_id(text: &str) -> Option<(&str, &str)> {
    let end = text
        .find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-'))
        .unwrap_or(text.len());
    let id = text.get(..end)?.trim_end_matches('-');
    let (front, number) = id.rsplit_once('-')?;
    let ok = front.starts_with(|c: char| c.is_ascii_uppercase())
        && front.split('-').all(|g| !g.is_empty() && g.len() <= 12)
        && (1..=5).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
        && front.len() >= 2;
    // Well-known names of that shape that are no requirements.
    let known = [
        "UTF-", "SHA-", "ISO-", "RFC-", "CVE-", "HTTP-", "AES-", "RSA-", "ISO-IEC-", "TLS-", "MD-",
    ];
    if !ok || known.iter().any(|k| id.starts_with(k)) {
        return None;
    }
    Some((id, text.get(id.len()..)?))
}

/// What kind of place an id was defined in.
enum Place {
    Heading(usize),
    Item,
}

/// Finds a definition on a line: `(place, id, rest of the line)`.
fn definition<'a>(line: &Line<'a>) -> Option<(Place, &'a str, &'a str)> {
    if line.code {
        return None;
    }
    if let Some((level, title)) = line.heading() {
        let title = title.trim_start_matches(['*', '`', '[']);
        return leading_id(title).map(|(id, rest)| (Place::Heading(level), id, rest));
    }
    let text = line.text.trim_start();
    let marked = ["- ", "* ", "+ ", "| ", "|"]
        .iter()
        .find_map(|m| text.strip_prefix(m));
    let body = marked.unwrap_or(text).trim_start();
    let bold = body.trim_start_matches(['*', '`', '[']);
    // Running text that merely starts with an id defines nothing.
    if marked.is_none() && bold.len() == body.len() {
        return None;
    }
    let (id, rest) = leading_id(bold)?;
    let after = rest.trim_start_matches(['*', '`', ']']);
    let separated =
        rest.len() != after.len() || after.starts_with([':', ' ', '|', '.']) || after.is_empty();
    separated.then_some((Place::Item, id, rest))
}

fn tidy(rest: &str) -> &str {
    rest.trim_start_matches(['*', '`', ']', ':', '.', ' ', '|', '–', '—', '-'])
        .trim_end_matches(['*', '|', ' '])
}

pub(super) fn read(path: &str, text: &str) -> (Vec<Requirement>, Vec<Problem>) {
    let lines = scan::lines(text);
    let defined: Vec<(usize, Place, &str, &str)> = lines
        .iter()
        .enumerate()
        .filter_map(|(at, line)| definition(line).map(|(place, id, rest)| (at, place, id, rest)))
        .collect();
    let mut found = Vec::new();
    for (n, (at, place, id, rest)) in defined.iter().enumerate() {
        let next = defined.get(n + 1).map_or(lines.len(), |d| d.0);
        let ends = |l: &Line<'_>| match place {
            Place::Heading(level) => l.heading().is_some_and(|(other, _)| other <= *level),
            Place::Item => l.heading().is_some() || l.text.trim().is_empty(),
        };
        let end = lines
            .iter()
            .skip(at + 1)
            .position(ends)
            .map_or(lines.len(), |k| at + 1 + k)
            .min(next);
        let title = tidy(rest).to_owned();
        let body = scan::body(&lines, at + 1, end);
        found.push(Requirement {
            id: ReqId::new(*id),
            format: SpecFormat::PlainIds,
            file: path.to_owned(),
            line: lines.get(*at).map_or(1, |l| l.no),
            line_end: scan::last_line(&lines, *at, end),
            text: if body.is_empty() { title.clone() } else { body },
            title,
            criteria: Vec::new(),
            parent: None,
        });
    }
    (found, Vec::new())
}
