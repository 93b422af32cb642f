//! A line scanner over Markdown that knows fenced code, so that examples define nothing.

/// A line outside of fenced code, with its number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// 1-based.
    pub no: u32,
    pub text: &'a str,
    /// Inside a fenced code block (the fences included).
    pub code: bool,
}

impl<'a> Line<'a> {
    /// Returns level and text of an ATX heading (`CommonMark` §4.2).
    pub fn heading(&self) -> Option<(usize, &'a str)> {
        if self.code {
            return None;
        }
        let level = self.text.bytes().take_while(|b| *b == b'#').count();
        let rest = self.text.get(level..)?;
        if !(1..=6).contains(&level) || !rest.starts_with([' ', '\t']) {
            return None;
        }
        Some((level, rest.trim().trim_end_matches('#').trim_end()))
    }
}

/// Splits a text into lines, marking fenced code (`CommonMark` §4.5).
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
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
            Line { no, text, code }
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
