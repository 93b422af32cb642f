//! Files of tests as blocks: which lines each test takes, and what is left of the file without the
//! other tests. What is left must be the same for a test to have been left alone.

use super::{Change, mentions};
use crate::{
    formats::{
        lexer::{self, Language, Part, Piece},
        test_lines,
    },
    model::TestKey,
};

/// An indent that no code has.
const DEEP: usize = 500;

/// A test with the lines that it takes, counted from 0, the last one included.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Block {
    name: String,
    from: usize,
    to: usize,
}

/// A file as lines without comments, and the tests in it.
struct File {
    lines: Vec<String>,
    blocks: Vec<Block>,
}

/// One side of a file.
enum Side {
    /// The file is not there.
    None,
    /// It was not understood.
    Unread,
    Read(File),
}

/// Both sides of a file as blocks.
pub(super) struct Blocks<'a> {
    language: Language,
    change: Change<'a>,
    may_be_tests: bool,
    old: Side,
    new: Side,
}

impl<'a> Blocks<'a> {
    pub(super) fn of(language: Language, change: Change<'a>, may_be_tests: bool) -> Self {
        let read = |text: Option<&str>| match text {
            None => Side::None,
            Some(text) => File::read(language, change.path, text).map_or(Side::Unread, Side::Read),
        };
        Self {
            language,
            may_be_tests,
            old: read(change.old),
            new: read(change.new),
            change,
        }
    }

    /// Tells whether all that changed lies inside of other tests, or in a file that has nothing to do
    /// with tests.
    pub(super) fn leave_alone(&self, test: &TestKey) -> bool {
        let is_own = |name: &str| names(self.language, name, test);
        match (&self.old, &self.new) {
            (Side::Read(old), Side::Read(new)) => {
                let own = |f: &File| f.blocks.iter().filter(|b| is_own(&b.name)).count();
                if !self.may_be_tests && own(old) + own(new) == 0 {
                    return true;
                }
                // Two tests of one name cannot be told apart.
                own(old) == own(new) && own(old) <= 1 && old.rest(&is_own) == new.rest(&is_own)
            }
            // A file that came or went whole.
            (Side::None, Side::Read(file)) | (Side::Read(file), Side::None) => {
                let steers = |l: &String| {
                    self.language == Language::Go
                        && (l.starts_with("func init(") || l.starts_with("func TestMain("))
                };
                !(file.blocks.iter().any(|b| is_own(&b.name))
                    || self.may_be_tests && file.lines.iter().any(steers))
            }
            // Code that was not understood may hold no test, and a file of tests may hold any.
            _ => {
                !self.may_be_tests
                    && ![self.change.old, self.change.new]
                        .into_iter()
                        .flatten()
                        .any(|t| mentions(t, super::bare(test)))
            }
        }
    }
}

/// Tells whether a name in a source is that of a result: without parameters, and behind the names of
/// the suites around it.
fn names(language: Language, name: &str, test: &TestKey) -> bool {
    let leaf = test.leaf();
    if matches!(language, Language::Python | Language::Go) {
        return super::bare(test) == name || leaf.split(['.', ' ']).next_back() == Some(name);
    }
    leaf.strip_suffix(name)
        .is_some_and(|front| front.chars().next_back().is_none_or(|c| !c.is_alphanumeric()))
        // A name that is made at run time may be any.
        || is_pattern(name)
}

fn is_pattern(name: &str) -> bool {
    name.contains(['%', '$'])
}

impl File {
    /// Reads the blocks of a file; nothing where one of them does not end as it should.
    fn read(language: Language, path: &str, text: &str) -> Option<Self> {
        let mut code = lexer::code(language, text)?;
        let kept = |line: Vec<Piece<'_>>| -> String {
            let no_comment = line
                .iter()
                .filter(|p| matches!(p.part, Part::Code | Part::Text));
            let line: String = no_comment.map(|p| p.text).collect();
            line.trim_end().to_owned()
        };
        let pieces = lexer::lines(language, text)?;
        // What begins inside of a string is indented as deep as the string needs.
        for (line, pieces) in code.iter_mut().zip(&pieces) {
            let first = pieces.first();
            if first.is_some_and(|p| p.part == Part::Text && !p.begins) {
                line.insert_str(0, &" ".repeat(DEEP));
            }
        }
        let lines: Vec<String> = pieces.into_iter().map(kept).collect();
        let mut blocks: Vec<Block> = Vec::new();
        for (at, (raw, code_line)) in text.lines().zip(&code).enumerate() {
            if blocks.last().is_some_and(|b| at <= b.to) {
                continue;
            }
            // A line that only looks like a test is the inside of a string or a comment.
            let begins = code_line.trim_start();
            let is_code = ["def ", "async ", "func ", "it", "test"]
                .iter()
                .any(|b| begins.starts_with(b));
            let Some(name) = test_lines::line_test(path, raw).filter(|_| is_code) else {
                continue;
            };
            let (from, to) = match language {
                Language::Python => (decorated(&code, at), indented(&code, at)),
                Language::Go => (at, closed_by(&code, at, "}")?),
                _ => (at, balanced(&code, at)?),
            };
            blocks.push(Block { name, from, to });
        }
        Some(Self { lines, blocks })
    }

    /// The lines that are left without the other tests. A test that the rest names is no mere test,
    /// and one with a name made at run time may be the one that is asked for: both stay.
    fn rest(&self, is_own: &dyn Fn(&str) -> bool) -> Vec<&str> {
        let others: Vec<&Block> = self
            .blocks
            .iter()
            .filter(|b| !is_own(&b.name) && !self.is_used(b))
            .collect();
        let left = self.lines.iter().enumerate().filter(|(at, line)| {
            !line.is_empty() && !others.iter().any(|b| (b.from..=b.to).contains(at))
        });
        left.map(|(_, line)| line.as_str()).collect()
    }

    /// Whether something outside of a block names it, or it is a fixture and no test.
    fn is_used(&self, block: &Block) -> bool {
        let inside = |at: usize| (block.from..=block.to).contains(&at);
        self.lines.iter().enumerate().any(|(at, line)| {
            if inside(at) {
                line.trim_start().starts_with('@') && line.contains("fixture")
            } else {
                mentions(line, &block.name)
            }
        })
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The first of the decorators that stand above a function.
fn decorated(code: &[String], at: usize) -> usize {
    let own = code.get(at).map_or(0, |l| indent(l));
    let above = code.get(..at).unwrap_or(&[]).iter().rev();
    let count = above
        .take_while(|l| indent(l) == own && l.trim_start().starts_with('@'))
        .count();
    at - count
}

/// The last line that is indented deeper than the one that begins.
fn indented(code: &[String], at: usize) -> usize {
    let own = code.get(at).map_or(0, |l| indent(l));
    // Arguments over several lines end with a line of the same indent: `) -> None:`.
    let mut open = brackets(code.get(at).map_or("", String::as_str));
    let mut last = at;
    for (n, line) in code.iter().enumerate().skip(at + 1) {
        if line.trim().is_empty() {
            continue;
        }
        if open <= 0 && indent(line) <= own {
            break;
        }
        if open > 0 || last == at || indent(line) > own {
            open += brackets(line);
        }
        last = n;
    }
    last
}

/// The line that closes what begins: these characters in its first column.
fn closed_by(code: &[String], at: usize, mark: &str) -> Option<usize> {
    let one = code.get(at)?;
    if brackets(one) == 0 && one.trim_end().ends_with(mark) {
        return Some(at);
    }
    let after = code.iter().skip(at + 1);
    let more = after.take_while(|l| l.trim_end() != mark).count();
    let to = at + 1 + more;
    (to < code.len()).then_some(to)
}

/// How many more brackets a line opens than it closes.
fn brackets(line: &str) -> i32 {
    line.chars()
        .map(|c| match c {
            '(' | '[' | '{' => 1,
            ')' | ']' | '}' => -1,
            _ => 0,
        })
        .sum()
}

/// The line at which all brackets are closed; it must be indented as the first one, and all between
/// deeper.
fn balanced(code: &[String], at: usize) -> Option<usize> {
    let own = indent(code.get(at)?);
    let mut open = 0;
    for (n, line) in code.iter().enumerate().skip(at) {
        if line.trim().is_empty() {
            continue;
        }
        open += brackets(line);
        if open == 0 {
            return (n == at || indent(line) == own).then_some(n);
        }
        if open < 0 || n > at && indent(line) <= own {
            return None;
        }
    }
    None
}
