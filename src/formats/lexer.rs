//! Comments and strings of a source file, by its language: as much of a lexer as it takes to tell
//! what is code, what is a comment, and what is the inside of a string.
//!
//! Bounded and total: a file that is too large, or that ends inside of a comment or a string, was
//! not understood, and nothing is said of it. A language without rules here is not guessed.

mod language;
mod yaml;

pub use language::{Language, language_in_words};

/// Bytes of one file that are read.
const MAX_SOURCE: usize = 4 << 20;

/// What a piece of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    Code,
    /// A comment that ends with its line, with its mark.
    LineComment,
    /// A comment with an end of its own, or a line of it.
    BlockComment,
    /// A string, a character or a regular expression, with its quotes.
    Text,
}

/// A piece of a line that is of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    pub part: Part,
    pub text: &'a str,
    /// Whether it begins here, and not on a line before.
    pub begins: bool,
}

/// Splits a file into lines of pieces. `None` where it was not understood.
pub fn lines(language: Language, text: &str) -> Option<Vec<Vec<Piece<'_>>>> {
    if text.len() > MAX_SOURCE {
        return None;
    }
    let spans = if language == Language::Yaml {
        yaml::spans(text)
    } else {
        Scan::new(language, text).run()?
    };
    Some(by_line(text, &spans))
}

/// Returns the text with comments blanked and the insides of strings made `x`, line for line, so
/// that brackets, indents and words that are left are those of code. `None` as in [`lines`].
pub fn code(language: Language, text: &str) -> Option<Vec<String>> {
    let masked = lines(language, text)?.into_iter().map(|pieces| {
        let mut line = String::new();
        for piece in pieces {
            match piece.part {
                Part::Code => line.push_str(piece.text),
                Part::LineComment | Part::BlockComment => {
                    line.extend(piece.text.chars().map(|_| ' '));
                }
                Part::Text => line.extend(piece.text.chars().map(|_| 'x')),
            }
        }
        line
    });
    Some(masked.collect())
}

/// A piece of the text that is no code: from, to, and what it is.
type Span = (usize, usize, Part);

fn by_line<'a>(text: &'a str, spans: &[Span]) -> Vec<Vec<Piece<'a>>> {
    let mut all = Vec::new();
    let mut spans = spans.iter().peekable();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end_matches(['\n', '\r']).len();
        let next = start + line.len();
        let mut pieces = Vec::new();
        let mut at = start;
        while let Some(&&(from, to, part)) = spans.peek() {
            if from >= end && from >= next {
                break;
            }
            let from_here = from.max(start).min(end);
            if at < from_here {
                pieces.extend(piece(text, at, from_here, Part::Code, true));
            }
            let to_here = to.min(end);
            pieces.extend(piece(text, from_here, to_here, part, from >= start));
            at = at.max(to_here);
            if to > next {
                break;
            }
            spans.next();
        }
        if at < end {
            pieces.extend(piece(text, at, end, Part::Code, true));
        }
        all.push(pieces);
        start = next;
    }
    all
}

fn piece(text: &str, from: usize, to: usize, part: Part, begins: bool) -> Option<Piece<'_>> {
    let text = text.get(from..to).filter(|t| !t.is_empty())?;
    Some(Piece { part, text, begins })
}

/// A lexer of one file. Positions are bytes; all that is looked for is ASCII.
struct Scan<'a> {
    language: Language,
    bytes: &'a [u8],
    at: usize,
    spans: Vec<Span>,
    /// For each `${` of a template that is open: how many braces are open in it.
    holes: Vec<usize>,
}

impl<'a> Scan<'a> {
    fn new(language: Language, text: &'a str) -> Self {
        Self {
            language,
            bytes: text.as_bytes(),
            at: 0,
            spans: Vec::new(),
            holes: Vec::new(),
        }
    }

    fn run(mut self) -> Option<Vec<Span>> {
        while self.at < self.bytes.len() {
            self.step()?;
        }
        self.holes.is_empty().then_some(self.spans)
    }

    fn starts(&self, mark: &str) -> bool {
        self.bytes
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(mark.as_bytes()))
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn take(&mut self, to: usize, part: Part) {
        let to = to.min(self.bytes.len());
        self.spans.push((self.at, to, part));
        self.at = to;
    }

    fn line_end(&self, from: usize) -> usize {
        let rest = self.bytes.get(from..).unwrap_or(&[]);
        let length = rest.iter().position(|b| *b == b'\n');
        from + length.unwrap_or(rest.len())
    }

    fn step(&mut self) -> Option<()> {
        let here = self.byte(self.at);
        let hash = self.language.hash_comments();
        if hash && here == b'#' || !hash && self.starts("//") {
            self.take(self.line_end(self.at), Part::LineComment);
            return Some(());
        }
        if !hash && self.starts("/*") {
            let to = self.block_end()?;
            self.take(to, Part::BlockComment);
            return Some(());
        }
        match here {
            b'"' | b'\'' | b'`' => return self.quoted(here),
            b'/' if self.language.is_script() && self.regex_may_begin() => {
                if let Some(to) = self.regex_end() {
                    self.take(to, Part::Text);
                    return Some(());
                }
            }
            b'r' | b'b' if self.language == Language::Rust && !self.in_word() => {
                if let Some((from, mark, escapes)) = self.rust_string() {
                    let to = self.end_of(from, &mark, escapes)?;
                    self.take(to, Part::Text);
                    return Some(());
                }
            }
            b'@' if self.language == Language::CSharp && self.byte(self.at + 1) == b'"' => {
                let to = self.doubled_end(self.at + 2)?;
                self.take(to, Part::Text);
                return Some(());
            }
            b'{' => {
                if let Some(open) = self.holes.last_mut() {
                    *open += 1;
                }
            }
            b'}' => match self.holes.last_mut() {
                Some(0) => {
                    self.holes.pop();
                    return self.template(self.at + 1);
                }
                Some(open) => *open -= 1,
                None => {}
            },
            _ => {}
        }
        self.at += 1;
        Some(())
    }

    /// Whether a letter, digit or `_` stands before.
    fn in_word(&self) -> bool {
        self.at > 0 && {
            let before = self.byte(self.at - 1);
            before.is_ascii_alphanumeric() || before == b'_'
        }
    }

    fn block_end(&self) -> Option<usize> {
        let nests = matches!(self.language, Language::Rust | Language::Kotlin);
        let mut depth = 1;
        let mut at = self.at + 2;
        while at + 1 < self.bytes.len() {
            match (self.byte(at), self.byte(at + 1)) {
                (b'*', b'/') => {
                    depth -= 1;
                    at += 2;
                    if depth == 0 {
                        return Some(at);
                    }
                }
                (b'/', b'*') if nests => {
                    depth += 1;
                    at += 2;
                }
                _ => at += 1,
            }
        }
        None
    }

    fn quoted(&mut self, quote: u8) -> Option<()> {
        use Language::{CSharp, Go, Java, Kotlin, Python, Rust, Toml};
        let triple = [quote; 3];
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let is_triple = rest.starts_with(&triple)
            && match self.language {
                Python | Toml => quote != b'`',
                Java | Kotlin | CSharp => quote == b'"',
                _ => false,
            };
        if is_triple {
            let escapes =
                matches!(self.language, Python | Java) || self.language == Toml && quote == b'"';
            let to = self.end_of(self.at + 3, &triple, escapes)?;
            self.take(to, Part::Text);
            return Some(());
        }
        match (self.language, quote) {
            (Go, b'`') => {
                let to = self.end_of(self.at + 1, b"`", false)?;
                self.take(to, Part::Text);
            }
            (l, b'`') if l.is_script() => return self.template(self.at + 1),
            (_, b'`') => self.at += 1,
            (Rust, b'\'') => match self.rust_char() {
                Some(to) => self.take(to, Part::Text),
                // A lifetime or a label.
                None => self.at += 1,
            },
            (Rust, _) => {
                let to = self.end_of(self.at + 1, &[quote], true)?;
                self.take(to, Part::Text);
            }
            (language, _) => {
                let escapes = !(language == Toml && quote == b'\'');
                let to = self.end_on_line(self.at + 1, quote, escapes);
                self.take(to, Part::Text);
            }
        }
        Some(())
    }

    /// Where a string ends, behind its closing mark; it may span lines.
    fn end_of(&self, from: usize, mark: &[u8], escapes: bool) -> Option<usize> {
        let mut at = from;
        while at < self.bytes.len() {
            if escapes && self.byte(at) == b'\\' {
                at += 2;
            } else if self.bytes.get(at..).is_some_and(|r| r.starts_with(mark)) {
                return Some(at + mark.len());
            } else {
                at += 1;
            }
        }
        None
    }

    /// Where a string of one line ends: at its quote, or with the line where it is not closed (an
    /// apostrophe in the text of a page).
    fn end_on_line(&self, from: usize, quote: u8, escapes: bool) -> usize {
        let mut at = from;
        while at < self.bytes.len() {
            match self.byte(at) {
                // What is escaped may be the end of the line.
                b'\\' if escapes => at += 2,
                b'\n' => return at,
                b if b == quote => return at + 1,
                _ => at += 1,
            }
        }
        self.bytes.len()
    }

    /// A C# string in which two quotes are one.
    fn doubled_end(&self, from: usize) -> Option<usize> {
        let mut at = from;
        while at < self.bytes.len() {
            match (self.byte(at), self.byte(at + 1)) {
                (b'"', b'"') => at += 2,
                (b'"', _) => return Some(at + 1),
                _ => at += 1,
            }
        }
        None
    }

    /// A part of a template string: to its end, or to the next `${`.
    fn template(&mut self, from: usize) -> Option<()> {
        let mut at = from;
        while at < self.bytes.len() {
            match (self.byte(at), self.byte(at + 1)) {
                (b'\\', _) => at += 2,
                (b'`', _) => {
                    self.take(at + 1, Part::Text);
                    return Some(());
                }
                (b'$', b'{') => {
                    self.take(at + 2, Part::Text);
                    self.holes.push(0);
                    return Some(());
                }
                _ => at += 1,
            }
        }
        None
    }

    /// Whether a `/` begins a regular expression and no division: by what stands before.
    fn regex_may_begin(&self) -> bool {
        let front = self.bytes.get(..self.at).unwrap_or(&[]);
        let front = front.trim_ascii_end();
        let Some(last) = front.last() else {
            return true;
        };
        if b"(,=:[!&|?{};+-*%~^<>".contains(last) {
            return true;
        }
        ["return", "typeof", "case", "in", "of", "do", "else", "void"]
            .iter()
            .any(|word| {
                let before = front.strip_suffix(word.as_bytes());
                before.is_some_and(|b| {
                    !b.last()
                        .is_some_and(|c| c.is_ascii_alphanumeric() || *c == b'_' || *c == b'.')
                })
            })
    }

    fn regex_end(&self) -> Option<usize> {
        let mut at = self.at + 1;
        let mut class = false;
        while at < self.bytes.len() {
            match self.byte(at) {
                b'\n' => return None,
                b'\\' => at += 1,
                b'[' => class = true,
                b']' => class = false,
                b'/' if !class => return Some(at + 1),
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// A raw or byte string of Rust that begins here: where its inside begins, how it ends, and
    /// whether it has escapes.
    fn rust_string(&self) -> Option<(usize, Vec<u8>, bool)> {
        let mut at = self.at;
        while matches!(self.byte(at), b'b' | b'r' | b'c') && at < self.at + 2 {
            at += 1;
        }
        let raw = self
            .bytes
            .get(self.at..at)
            .is_some_and(|p| p.contains(&b'r'));
        let mut hashes = 0;
        while raw && self.byte(at) == b'#' {
            hashes += 1;
            at += 1;
        }
        if self.byte(at) != b'"' {
            return None;
        }
        if !raw {
            return Some((at + 1, vec![b'"'], true));
        }
        let mut mark = vec![b'"'];
        mark.resize(hashes + 1, b'#');
        Some((at + 1, mark, false))
    }

    /// A character of Rust that begins here; nothing for a lifetime.
    fn rust_char(&self) -> Option<usize> {
        if self.byte(self.at + 1) == b'\\' {
            let line = self.line_end(self.at);
            return Some(self.end_on_line(self.at + 1, b'\'', true).min(line));
        }
        // One character of one to four bytes, then the quote.
        (2..=5)
            .map(|n| self.at + n)
            .find(|at| self.byte(*at) == b'\'')
            .filter(|at| {
                let inside = self.bytes.get(self.at + 1..*at).unwrap_or(&[]);
                std::str::from_utf8(inside).is_ok_and(|t| t.chars().count() == 1)
            })
            .map(|at| at + 1)
    }
}

#[cfg(test)]
mod tests;
