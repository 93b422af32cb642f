//! Which requirements the comments beside a test name: `[verifies REQ-PAY-17]`, `[verifies ]`.
//!
//! Read by the syntax tree where the language has a grammar here, else line by line, which is said. Words
//! in a string or a docstring name nothing.

use super::{
    lexer::{self, Language, Part},
    test_lines,
    test_tree::TestTree,
};
use crate::model::{ReqId, TestAnnotation, TestFn};

const MARK: &str = "[verifies ";

/// Bytes of an id that is taken for one.
const MAX_ID: usize = 120;

/// Finds the annotations of a file, each with the test it belongs to; one above a group of tests belongs
/// to each of them.
pub fn annotations(path: &str, text: &str) -> Vec<TestAnnotation> {
    if !text.contains(MARK) {
        return Vec::new();
    }
    match TestTree::read(path, text) {
        Some(tree) => {
            let marked = tree.marked(MARK).into_iter();
            let of = |m: super::test_tree::Marked| all(path, m.line, &m.text, &m.tests, false);
            marked.flat_map(of).collect()
        }
        None => by_lines(path, text),
    }
}

/// Every id of a mark with every test it belongs to.
fn all(path: &str, line: u32, text: &str, tests: &[TestFn], by_lines: bool) -> Vec<TestAnnotation> {
    let mut found = Vec::new();
    for req in ids(text) {
        let annotation = |test: Option<&TestFn>| TestAnnotation {
            req: req.clone(),
            file: path.to_owned(),
            line,
            test: test.cloned(),
            by_lines,
        };
        if tests.is_empty() {
            found.push(annotation(None));
        }
        found.extend(tests.iter().map(|t| annotation(Some(t))));
    }
    found
}

/// The ids of a list that begins with the mark.
fn ids(text: &str) -> Vec<ReqId> {
    let inside = text
        .strip_prefix(MARK)
        .and_then(|rest| rest.split_once(']'));
    let Some((list, _)) = inside.filter(|(list, _)| !list.contains('\n')) else {
        return Vec::new();
    };
    list.split(',')
        .map(str::trim)
        .filter(|id| !id.is_empty() && id.len() <= MAX_ID)
        .map(ReqId::new)
        .collect()
}

fn by_lines(path: &str, text: &str) -> Vec<TestAnnotation> {
    let tests = test_lines::test_lines(path, text);
    let lines: Vec<&str> = text.lines().collect();
    let pieces = Language::of(path).and_then(|language| lexer::lines(language, text));
    let mut found = Vec::new();
    for (line, words) in (1..).zip(&lines) {
        let in_comments: Vec<&str> = match &pieces {
            Some(pieces) => {
                let own = pieces.get(line as usize - 1).into_iter().flatten();
                let is_comment = |p: &&lexer::Piece<'_>| {
                    matches!(p.part, Part::LineComment | Part::BlockComment)
                };
                own.filter(is_comment).map(|p| p.text).collect()
            }
            None => comment(words).into_iter().collect(),
        };
        for (comment, (at, _)) in in_comments
            .iter()
            .flat_map(|c| c.match_indices(MARK).map(move |at| (c, at)))
        {
            let test: Vec<TestFn> = owner(&tests, &lines, line).into_iter().collect();
            let text = comment.get(at..).unwrap_or("");
            found.extend(all(path, line, text, &test, true));
        }
    }
    found
}

/// The comment of a line in a language that is not known: behind the first mark that stands in no
/// string.
fn comment(line: &str) -> Option<&str> {
    let bare = line.trim_start();
    if bare.starts_with('*') {
        return Some(bare);
    }
    ["//", "#", "--", ";", "/*", "<!--", "%"]
        .iter()
        .filter_map(|mark| {
            let at = line.find(mark)?;
            let front = line.get(..at)?;
            let is_open = |quote: char| front.matches(quote).count() % 2 == 1;
            (!is_open('"') && !is_open('\'')).then_some(at)
        })
        .min()
        .and_then(|at| line.get(at..))
}

/// The test that a comment belongs to, line by line: the next one below, with only comments, attributes
/// and blank lines in between, else the one around it.
fn owner(tests: &[TestFn], lines: &[&str], line: u32) -> Option<TestFn> {
    let next = tests
        .iter()
        .filter(|t| t.line > line)
        .min_by_key(|t| t.line);
    let decoration = |l: &&str| {
        let l = l.trim_start();
        let marks = ["//", "#", "/*", "*", "@", "--", "["];
        l.is_empty() || marks.iter().any(|m| l.starts_with(m))
    };
    // The one below first: read line by line, a test seems to reach down to the next one.
    let below = next.filter(|next| {
        lines
            .get(line as usize..(next.line as usize).saturating_sub(1))
            .is_some_and(|between| between.iter().all(decoration))
    });
    let around = || tests.iter().find(|t| t.line <= line && line <= t.line_end);
    below.or_else(around).cloned()
}

#[cfg(test)]
mod tests;
