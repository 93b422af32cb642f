//! Specs: which files hold requirements, by path first and then by content, and the readers.

mod kiro;
mod openspec;
mod plain;
mod scan;
mod speckit;

use std::collections::HashMap;

use regex::Regex;

use super::patterns::Patterns;
use crate::model::{Defined, Problem, ReqId, Requirement, Rules, SpecFormat};

/// Bytes of one spec file that are read; larger files are refused and said.
pub const MAX_SPEC: usize = 2 << 20;

/// Returns the format that a path alone gives away.
pub fn format_of(path: &str) -> Option<SpecFormat> {
    let lower = path.to_ascii_lowercase();
    let is_md = std::path::Path::new(path)
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("md") || e.eq_ignore_ascii_case("markdown"));
    if !is_md {
        return None;
    }
    if lower.contains("openspec/specs/") && lower.ends_with("/spec.md") {
        return Some(SpecFormat::OpenSpec);
    }
    if speckit::detects(path) {
        return Some(SpecFormat::SpecKit);
    }
    if lower.contains(".kiro/specs/") {
        return lower
            .ends_with("/requirements.md")
            .then_some(SpecFormat::Kiro);
    }
    // What is yet to be filled in defines nothing.
    if is_template(&lower) {
        return None;
    }
    let spec_like = ["spec", "requirement", "docs/", "doc/", "rfc"]
        .iter()
        .any(|word| lower.contains(word));
    let archived = lower.contains("openspec/changes/") || lower.contains("changelog");
    (spec_like && !archived).then_some(SpecFormat::PlainIds)
}

/// Tells whether a path (lower case) is that of a form to be filled in.
fn is_template(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    let is_form = ["-template", "_template"]
        .iter()
        .any(|end| stem.ends_with(end));
    stem == "template" || is_form || path.contains(".specify/templates/")
}

/// What a contract says of specs: further files, and the form of ids in Markdown.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    paths: Patterns,
    ids: Vec<Regex>,
    /// The words it was made of.
    words: Vec<String>,
}

impl Asked {
    /// Takes the contract's own words; what of them cannot be used is left out.
    pub fn of(rules: &Rules) -> Self {
        let whole = |text: &String| Regex::new(&format!("^(?:{text})$")).ok();
        Self {
            paths: Patterns::of(&rules.specs),
            ids: rules.ids.iter().filter_map(whole).collect(),
            words: [rules.specs.as_slice(), &[String::new()], &rules.ids].concat(),
        }
    }

    /// Returns the words it was made of: patterns of files, and after an empty one those of ids.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Returns the format of a file: by its path, else as the contract says.
    pub fn format_of(&self, path: &str) -> Option<SpecFormat> {
        format_of(path).or_else(|| self.paths.matches(path).then_some(SpecFormat::PlainIds))
    }
}

/// Reads the requirements of one file. A file without any is no problem.
pub fn read_spec(path: &str, text: &str) -> (Vec<Requirement>, Vec<Problem>) {
    read_asked(path, text, &Asked::default())
}

/// Reads the requirements of one file, as a contract asks.
pub fn read_asked(path: &str, text: &str, asked: &Asked) -> (Vec<Requirement>, Vec<Problem>) {
    let Some(format) = asked.format_of(path) else {
        return (Vec::new(), Vec::new());
    };
    if text.len() > MAX_SPEC {
        let what = format!("is larger than {} MiB and was not read", MAX_SPEC >> 20);
        return (Vec::new(), vec![Problem::warning(path, what)]);
    }
    let (mut found, mut problems) = match format {
        SpecFormat::OpenSpec => openspec::read(path, text),
        SpecFormat::Kiro => kiro::read(path, text),
        SpecFormat::SpecKit => speckit::read(path, text),
        SpecFormat::PlainIds => plain::read(path, text),
    };
    if format == SpecFormat::PlainIds && !asked.ids.is_empty() {
        found.retain(|r| asked.ids.iter().any(|form| form.is_match(r.id.as_str())));
    }
    let mut best: HashMap<ReqId, (Defined, u32)> = HashMap::new();
    for req in &found {
        let known = best
            .entry(req.id.clone())
            .or_insert((req.defined, req.line));
        if req.defined > known.0 {
            *known = (req.defined, req.line);
        }
    }
    found.retain(|req| {
        let first = best.get(&req.id).copied();
        if first.is_none_or(|(_, line)| line == req.line) {
            return true;
        }
        // What is less plain only mentions it.
        if let Some((_, line)) = first.filter(|(defined, _)| *defined == req.defined) {
            let place = format!("{path}:{}", req.line);
            let what = format!("{} is defined here again, first at line {line}", req.id);
            problems.push(Problem::warning(place, what));
        }
        false
    });
    (found, problems)
}

/// Keeps of the requirements of several documents those that define their ids: where one document does so
/// more plainly than another, the other mentions it. Two that do it alike are both kept.
pub fn defined(found: &mut Vec<Requirement>) {
    let mut best: HashMap<ReqId, Defined> = HashMap::new();
    for req in found.iter() {
        let known = best.entry(req.id.clone()).or_insert(req.defined);
        *known = req.defined.max(*known);
    }
    found.retain(|req| best.get(&req.id).is_none_or(|best| *best == req.defined));
}

#[cfg(test)]
mod tests;
