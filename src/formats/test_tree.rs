//! Tests of a source file by its syntax tree, the groups they stand in, and the comments and attributes
//! beside them. Rust, Python, JavaScript, TypeScript, Go and Java.
//!
//! An annotation belongs to the test or group that begins below its comment, with nothing but comments,
//! attributes and blank lines in between; else to the innermost test around it. In a string, or beside
//! anything else, it belongs to nobody.

mod blocks;
mod titles;

use tree_sitter::{Node, Parser};

use blocks::Grammar;

use super::lexer::Language;
use crate::model::TestFn;

/// Sources above this size are not parsed.
const MAX_SOURCE: usize = 2 << 20;

/// Nesting beyond this is not looked into.
const MAX_DEPTH: usize = 400;

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockKind {
    Test,
    /// A class, module or suite with tests in it.
    Group,
}

/// A test, or a group of tests. Lines are 1-based.
#[derive(Clone, Debug)]
struct Block {
    kind: BlockKind,
    name: String,
    /// The name holds places for values, or is made at run time.
    pattern: bool,
    of_type: Option<String>,
    /// Where its attributes begin.
    start: u32,
    /// Where its name stands.
    line: u32,
    end: u32,
    column: usize,
    /// The block around it, by number.
    within: Option<usize>,
}

/// A comment or attribute: its text, and the lines on which it stands.
#[derive(Clone, Debug)]
struct Remark {
    text: String,
    start: u32,
    end: u32,
    /// Code stands before it on its line.
    trails: bool,
    column: usize,
}

/// What a file holds, as far as tests go.
#[derive(Debug)]
pub(super) struct TestTree {
    path: String,
    blocks: Vec<Block>,
    remarks: Vec<Remark>,
    /// Lines with nothing on them, and those of comments alone.
    idle: Vec<bool>,
    /// The indent tells where a body ends.
    by_indent: bool,
}

/// A mark in a comment or attribute, and the tests it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marked {
    /// The text from the mark on.
    pub text: String,
    pub line: u32,
    pub tests: Vec<TestFn>,
}

fn line_of(row: usize) -> u32 {
    u32::try_from(row + 1).unwrap_or(u32::MAX)
}

impl TestTree {
    /// Reads a file; nothing where its language has no grammar here, or it could not be parsed.
    pub(super) fn read(path: &str, text: &str) -> Option<Self> {
        let grammar = Grammar::of(path, Language::of(path)?)?;
        if text.len() > MAX_SOURCE {
            return None;
        }
        let mut parser = Parser::new();
        parser.set_language(&grammar.language()).ok()?;
        let tree = parser.parse(text, None)?;
        let mut found = Self {
            path: path.to_owned(),
            blocks: Vec::new(),
            remarks: Vec::new(),
            idle: text.lines().map(|l| l.trim().is_empty()).collect(),
            by_indent: grammar == Grammar::Python,
        };
        found.walk(tree.root_node(), text, grammar, None, 0);
        found.mark_idle(text);
        Some(found)
    }

    fn walk(
        &mut self,
        node: Node<'_>,
        text: &str,
        grammar: Grammar,
        within: Option<usize>,
        depth: usize,
    ) {
        if depth > MAX_DEPTH {
            return;
        }
        if Grammar::is_remark(node.kind()) {
            self.remark(node, text);
            return;
        }
        let mut inside = within;
        if let Some(found) = grammar.block(node, text) {
            let named = node.child_by_field_name("name").unwrap_or(node);
            self.blocks.push(Block {
                kind: found.kind,
                name: found.name,
                pattern: found.pattern,
                of_type: found.of_type,
                start: line_of(found.start.start_position().row),
                line: line_of(named.start_position().row),
                end: line_of(node.end_position().row),
                column: found.start.start_position().column,
                within,
            });
            inside = Some(self.blocks.len() - 1);
        }
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            self.walk(child, text, grammar, inside, depth + 1);
        }
    }

    fn remark(&mut self, node: Node<'_>, text: &str) {
        let Some(own) = text.get(node.byte_range()) else {
            return;
        };
        let before = text.get(..node.start_byte()).unwrap_or("");
        let line = before.rsplit('\n').next().unwrap_or("");
        // A line comment may hold the end of its line.
        let rows = own.trim_end().matches('\n').count();
        let start = line_of(node.start_position().row);
        self.remarks.push(Remark {
            text: own.to_owned(),
            start,
            end: start.saturating_add(u32::try_from(rows).unwrap_or(u32::MAX)),
            trails: !line.trim().is_empty(),
            column: node.start_position().column,
        });
    }

    /// Notes which lines hold nothing but comments.
    fn mark_idle(&mut self, text: &str) {
        let lines: Vec<&str> = text.lines().collect();
        for remark in &self.remarks {
            if remark.trails {
                continue;
            }
            // What follows behind the end of a comment in blocks counts.
            let last = remark.text.trim_end().rsplit('\n').next().unwrap_or("");
            for line in remark.start..=remark.end {
                let at = line as usize - 1;
                let whole = line != remark.end
                    || lines
                        .get(at)
                        .is_some_and(|l| l.trim_end().ends_with(last.trim_end()));
                if let Some(idle) = self.idle.get_mut(at).filter(|_| whole) {
                    *idle = true;
                }
            }
        }
    }

    fn test(&self, block: &Block) -> TestFn {
        let mut within = Vec::new();
        let mut around = block.within;
        while let Some(outer) = around.and_then(|n| self.blocks.get(n)) {
            within.push(outer.name.clone());
            around = outer.within;
        }
        within.reverse();
        within.extend(block.of_type.clone());
        TestFn {
            name: block.name.clone(),
            within,
            pattern: block.pattern,
            file: self.path.clone(),
            line: block.line,
            line_end: block.end,
        }
    }

    /// Finds a mark in comments and attributes, and the tests that each belongs to.
    pub(super) fn marked(&self, mark: &str) -> Vec<Marked> {
        let mut found = Vec::new();
        for remark in &self.remarks {
            for (at, _) in remark.text.match_indices(mark) {
                let (before, rest) = remark.text.split_at(at);
                let down = u32::try_from(before.matches('\n').count()).unwrap_or(u32::MAX);
                found.push(Marked {
                    text: rest.to_owned(),
                    line: remark.start.saturating_add(down),
                    tests: self.owned(remark),
                });
            }
        }
        found
    }

    /// The tests that a remark belongs to.
    fn owned(&self, remark: &Remark) -> Vec<TestFn> {
        let (below, around) = (self.below(remark), self.around(remark));
        match below.or(around) {
            None => Vec::new(),
            Some(at) => self.tests_in(at),
        }
    }

    /// The block that begins below, with nothing in between.
    fn below(&self, remark: &Remark) -> Option<usize> {
        if remark.trails {
            return None;
        }
        let later = self.blocks.iter().enumerate();
        let next = later
            .filter(|(_, b)| b.start > remark.end)
            .min_by_key(|(at, b)| (b.start, *at))?;
        // Where the indent tells what belongs together, one that is indented further does not go down.
        let fits = !self.by_indent || remark.column <= next.1.column;
        (fits && self.is_idle(remark.end, next.1.start)).then_some(next.0)
    }

    /// Tells whether nothing stands between two lines.
    fn is_idle(&self, from: u32, to: u32) -> bool {
        let idle = |line: u32| self.idle.get(line as usize - 1).copied().unwrap_or(true);
        (from + 1..to).all(idle)
    }

    /// The innermost test around it, or the group whose attribute it is.
    fn around(&self, remark: &Remark) -> Option<usize> {
        let all = self.blocks.iter().enumerate();
        let holds = |b: &Block| {
            let last = match b.kind {
                BlockKind::Test => b.end,
                // Of a group only what stands before its name, or on that line.
                BlockKind::Group => b.line,
            };
            b.start <= remark.start && remark.end <= last
        };
        // The grammar ends a body before the comments at its end.
        let ends = |b: &Block| {
            b.kind == BlockKind::Test
                && self.by_indent
                && b.end < remark.start
                && b.column < remark.column
                && self.is_idle(b.end, remark.start)
        };
        all.filter(|(_, b)| holds(b) || ends(b))
            .max_by_key(|(at, b)| (b.start, *at))
            .map(|(at, _)| at)
    }

    /// A test and those in it, or the tests of a group.
    fn tests_in(&self, at: usize) -> Vec<TestFn> {
        let Some(block) = self.blocks.get(at) else {
            return Vec::new();
        };
        if block.kind == BlockKind::Test {
            // What runs in it is named behind it.
            return vec![self.test(block)];
        }
        let is_inside = |b: &Block| {
            let mut around = b.within;
            while let Some(n) = around {
                if n == at {
                    return true;
                }
                around = self.blocks.get(n).and_then(|b| b.within);
            }
            false
        };
        let inside = self.blocks.iter().filter(|b| is_inside(b));
        let tests = inside.filter(|b| b.kind == BlockKind::Test);
        tests.map(|b| self.test(b)).collect()
    }
}
