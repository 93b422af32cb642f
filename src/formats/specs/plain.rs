//! Markdown with ids: an id such as `REQ-PAY-17` that opens a heading, a list item, a bold run or
//! the first cell of a table row defines a requirement. Ids in running text only mention one.

use super::scan::{self, Line};
use crate::model::{Defined, Problem, ReqId, Requirement, SpecFormat};

/// Returns the id at the start of a text and what follows it. The grammar: two or more groups of
/// upper-case letters and digits joined by `-`, the first starting with a letter, the last a number
/// that may go on with a small letter and with numbers behind points (`REQ-17`, `REQ-PAY-17a`,
/// `FR-001.2`). It is whole: a word that goes on is no id.
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
    let mut end = id.len();
    if text
        .get(end..)?
        .starts_with(|c: char| c.is_ascii_lowercase())
    {
        end += 1;
    }
    while let Some(rest) = text.get(end..)?.strip_prefix('.') {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            break;
        }
        end += 1 + digits;
    }
    let goes_on = |c: char| c.is_alphanumeric() || c == '_';
    if text.get(end..)?.starts_with(goes_on) {
        return None;
    }
    let id = text.get(..end)?;
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
    Row,
}

/// Finds a definition on a line: `(place, id, rest of the line)`.
fn definition<'a>(line: &Line<'a>) -> Option<(Place, &'a str, &'a str)> {
    const MARKS: [char; 3] = ['*', '`', '['];
    if line.code {
        return None;
    }
    if let Some((level, title)) = line.heading() {
        let title = title.trim_start_matches(MARKS);
        return leading_id(title).map(|(id, rest)| (Place::Heading(level), id, rest));
    }
    let text = line.text.trim_start();
    let row = text.strip_prefix('|');
    let item = scan::item(line);
    let body = row.or(item.map(|i| i.text)).unwrap_or(text).trim_start();
    let bold = body.trim_start_matches(MARKS);
    // Running text that merely starts with an id defines nothing.
    if row.is_none() && item.is_none() && bold.len() == body.len() {
        return None;
    }
    let (id, rest) = leading_id(bold)?;
    let after = rest.trim_start_matches(['*', '`', ']']);
    let separated =
        rest.len() != after.len() || after.starts_with([':', ' ', '|', '.']) || after.is_empty();
    let place = if row.is_some() {
        Place::Row
    } else {
        Place::Item
    };
    separated.then_some((place, id, rest))
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
            Place::Item | Place::Row => l.heading().is_some() || l.text.trim().is_empty(),
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
            defined: match place {
                Place::Heading(_) => Defined::Plainly,
                Place::Item => Defined::InList,
                Place::Row => Defined::InTable,
            },
        });
    }
    (found, Vec::new())
}
