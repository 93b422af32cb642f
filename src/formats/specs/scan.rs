//! A line scanner over Markdown that knows fenced code, so that examples define nothing.

/// A line outside of fenced code, with its number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// 1-based.
    pub no: u32,
    pub text: &'a str,
    /// Inside a fenced code block (the fences included), or an HTML comment.
    pub code: bool,
    /// The level of a heading whose line of `=` or `-` stands below (`CommonMark` §4.3).
    underlined: Option<usize>,
}

impl<'a> Line<'a> {
    /// Returns level and text of an ATX heading (`CommonMark` §4.2).
    pub fn heading(&self) -> Option<(usize, &'a str)> {
        if self.code {
            return None;
        }
        if let Some(level) = self.underlined {
            return Some((level, self.text.trim()));
        }
        let level = self.text.bytes().take_while(|b| *b == b'#').count();
        let rest = self.text.get(level..)?;
        if !(1..=6).contains(&level) || !rest.starts_with([' ', '\t']) {
            return None;
        }
        Some((level, rest.trim().trim_end_matches('#').trim_end()))
    }
}

/// Splits a text into lines, marking fenced code (`CommonMark` §4.5), comments and headings.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = fenced(text);
    let mut inside = false;
    for line in lines.iter_mut().filter(|l| !l.code) {
        let opens = line.text.rfind("<!--");
        let closes = line.text.rfind("-->");
        // What stands before a comment on its line counts; it is rarely more than a comment.
        line.code = inside || line.text.trim_start().starts_with("<!--");
        inside = match (opens, closes) {
            (Some(open), Some(close)) => open > close,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => inside,
        };
    }
    for at in 1..lines.len() {
        let level = match lines.get(at).filter(|l| !l.code).map(|l| l.text.trim_end()) {
            Some(rule) if rule.len() > 1 && rule.bytes().all(|b| b == b'=') => 1,
            Some(rule) if rule.len() > 1 && rule.bytes().all(|b| b == b'-') => 2,
            _ => continue,
        };
        // Only a paragraph of one line is taken for one; an item or a row is none.
        let before = at.checked_sub(2).and_then(|n| lines.get(n));
        let starts = before.is_none_or(|l| l.text.trim().is_empty() || l.heading().is_some());
        let marks = ['-', '*', '+', '|', '>', '#', ' ', '\t'];
        if let Some(title) = lines.get_mut(at - 1)
            && starts
            && !title.code
            && !title.text.trim().is_empty()
            && !title.text.starts_with(marks)
        {
            title.underlined = Some(level);
        }
    }
    lines
}

fn fenced(text: &str) -> Vec<Line<'_>> {
    let mut fence: Option<(char, usize)> = None;
    let mut no = 0;
    text.lines()
        .map(|text| {
            no += 1;
            let bare = text.trim_start();
            let mark = bare.chars().next().filter(|c| matches!(c, '`' | '~'));
            let run = mark.map_or(0, |m| bare.chars().take_while(|c| *c == m).count());
            let code = match fence {
                Some((open, length)) => {
                    let rest = bare.get(run..).unwrap_or("");
                    if mark == Some(open) && run >= length && rest.trim().is_empty() {
                        fence = None;
                    }
                    true
                }
                None if run >= 3 => {
                    fence = mark.map(|m| (m, run));
                    true
                }
                None => false,
            };
            Line {
                no,
                text,
                code,
                underlined: None,
            }
        })
        .collect()
}

/// Joins the lines `from..to` (indexes) to a trimmed text.
pub(super) fn body(lines: &[Line<'_>], from: usize, to: usize) -> String {
    let text: Vec<&str> = lines
        .get(from..to)
        .unwrap_or(&[])
        .iter()
        .map(|l| l.text)
        .collect();
    text.join("\n").trim().to_owned()
}

/// Returns the last line number at or before index `to` (exclusive) that holds text.
pub(super) fn last_line(lines: &[Line<'_>], from: usize, to: usize) -> u32 {
    lines
        .get(from..to)
        .unwrap_or(&[])
        .iter()
        .rev()
        .find(|l| !l.text.trim().is_empty())
        .map_or_else(|| lines.get(from).map_or(1, |l| l.no), |l| l.no)
}

/// An item of a list: how far it is indented, its number as it is written, and its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item<'a> {
    pub indent: usize,
    pub number: Option<&'a str>,
    pub text: &'a str,
}

/// Reads a line as an item: `- `, `* `, `+ `, `1. `, `1) `, `1.2 `, each with a box or without.
pub(super) fn item<'a>(line: &Line<'a>) -> Option<Item<'a>> {
    if line.code {
        return None;
    }
    let bare = line.text.trim_start();
    let indent = line.text.len() - bare.len();
    let bullet = ["- ", "* ", "+ "].iter().find_map(|m| bare.strip_prefix(m));
    let rest = bullet.unwrap_or(bare).trim_start();
    let rest = ["[ ] ", "[x] ", "[X] ", "[ ]* "]
        .iter()
        .find_map(|m| rest.strip_prefix(m))
        .unwrap_or(rest)
        .trim_start();
    let marked = rest.trim_start_matches(['*', '_']);
    let digits = marked
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(marked.len());
    let number = marked.get(..digits).unwrap_or("").trim_end_matches('.');
    let behind = marked.get(digits..).unwrap_or("");
    let is_marked = digits > number.len() || behind.starts_with(')') || number.contains('.');
    if number.is_empty() || number.starts_with('.') || bullet.is_none() && !is_marked {
        return bullet.map(|_| Item {
            indent,
            number: None,
            text: rest.trim(),
        });
    }
    let text = behind.trim_start_matches([')', '*', '_', ':']);
    text.starts_with([' ', '\t']).then_some(Item {
        indent,
        number: Some(number),
        text: text.trim(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_every_form() {
        for (text, want) in [
            ("- a", Some((None, "a"))),
            ("* [ ] a", Some((None, "a"))),
            ("1. a", Some((Some("1"), "a"))),
            ("12) a", Some((Some("12"), "a"))),
            ("  1.2 a", Some((Some("1.2"), "a"))),
            ("- 1.2. a", Some((Some("1.2"), "a"))),
            ("- [x] **3.** a", Some((Some("3"), "a"))),
            ("- **1.1**: a", Some((Some("1.1"), "a"))),
            ("2026 was a year", None),
            ("1.5x faster", None),
            ("plain", None),
        ] {
            let found = lines(text);
            let read = item(&found[0]).map(|i| (i.number, i.text));
            assert_eq!(read, want, "{text}");
        }
    }

    #[test]
    fn headings_of_both_forms_and_none_in_comments() {
        let text = "One\n===\n\n<!-- # no\n# no -->\n# Two\n\nThree\n---\n- item\n---\n\npara\ngraph\n---\n";
        let found = lines(text);
        let headings: Vec<_> = found.iter().filter_map(Line::heading).collect();
        assert_eq!(headings, [(1, "One"), (1, "Two"), (2, "Three")]);
    }
}
