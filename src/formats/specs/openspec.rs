//! `OpenSpec`: `openspec/specs/<capability>/spec.md`, requirements as `### Requirement: …` under
//! `## Requirements`, scenarios as `#### Scenario: …`. Ids are `<capability>/<name>`.

use super::scan::{self, Line};
use crate::model::{Defined, Problem, ReqId, Requirement, SpecFormat};

fn after<'a>(heading: &'a str, word: &str) -> Option<&'a str> {
    let front = heading.get(..word.len())?;
    if !front.eq_ignore_ascii_case(word) {
        return None;
    }
    Some(heading.get(word.len()..)?.trim())
}

pub(super) fn read(path: &str, text: &str) -> (Vec<Requirement>, Vec<Problem>) {
    let capability = path.rsplit('/').nth(1).unwrap_or("spec");
    let lines = scan::lines(text);
    let mut found = Vec::new();
    let mut problems = Vec::new();
    let mut inside = false;
    for (index, line) in lines.iter().enumerate() {
        match line.heading() {
            Some((1 | 2, title)) => inside = title.eq_ignore_ascii_case("requirements"),
            Some((3, title)) => {
                let Some(name) = after(title, "Requirement:") else {
                    continue;
                };
                let place = format!("{path}:{}", line.no);
                if name.is_empty() {
                    problems.push(Problem::warning(place, "requirement without a name"));
                } else if inside {
                    found.push(requirement(path, capability, name, &lines, index));
                } else {
                    let what = format!("`{name}` stands outside of `## Requirements`");
                    problems.push(Problem::warning(place, what));
                }
            }
            _ => {}
        }
    }
    (found, problems)
}

fn requirement(
    path: &str,
    capability: &str,
    name: &str,
    lines: &[Line<'_>],
    at: usize,
) -> Requirement {
    let ends = |l: &Line<'_>| matches!(l.heading(), Some((1..=3, _)));
    let end = lines
        .iter()
        .skip(at + 1)
        .position(ends)
        .map_or(lines.len(), |n| at + 1 + n);
    let scenario = |l: &Line<'_>| match l.heading() {
        Some((4, title)) => after(title, "Scenario:").map(str::to_owned),
        _ => None,
    };
    let block = lines.get(at + 1..end).unwrap_or(&[]);
    let first = block
        .iter()
        .position(|l| l.heading().is_some())
        .map_or(end, |n| at + 1 + n);
    Requirement {
        id: ReqId::new(format!("{capability}/{name}")),
        format: SpecFormat::OpenSpec,
        file: path.to_owned(),
        line: lines.get(at).map_or(1, |l| l.no),
        line_end: scan::last_line(lines, at, end),
        title: name.to_owned(),
        text: scan::body(lines, at + 1, first),
        criteria: block.iter().filter_map(scenario).collect(),
        parent: None,
        defined: Defined::Plainly,
    }
}
