//! spec-kit: `specs/<number>-<slug>/spec.md`, requirements as items `- **FR-001**: …`, stories as
//! `### User Story 1 - …`, their scenarios as numbered items. The ids are those of one document: here they
//! stand behind the name of its folder, `001-albums/FR-001`.

use super::scan::{self, Line};
use crate::model::{Defined, Problem, ReqId, Requirement, SpecFormat};

/// Tells whether a path is one of a specification.
pub(super) fn detects(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let is_spec = parts
        .next()
        .is_some_and(|name| name.eq_ignore_ascii_case("spec.md"));
    let is_numbered = parts.next().is_some_and(|folder| {
        folder.split_once('-').is_some_and(|(number, _)| {
            number.len() >= 3 && number.bytes().all(|b| b.is_ascii_digit())
        })
    });
    is_spec && is_numbered && parts.next().is_some_and(|outer| outer == "specs")
}

/// Reads `**FR-001**: …` as id and text.
fn requirement<'a>(line: &Line<'a>) -> Option<(&'a str, &'a str)> {
    let item = scan::item(line)?;
    let (id, rest) = item.text.strip_prefix("**")?.split_once("**")?;
    let id = id.trim_end_matches(':');
    let (kind, number) = id.split_once('-')?;
    let digits = number.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let is_id = matches!(kind, "FR" | "SC" | "NFR")
        && digits.len() >= 3
        && number.len() <= digits.len() + 1
        && digits.bytes().all(|b| b.is_ascii_digit());
    is_id.then(|| (id, rest.trim_start_matches(':').trim()))
}

/// Reads `User Story 1 - Title (Priority: P1)` as number and title, in any language's words before them.
fn story(title: &str) -> Option<(u32, &str)> {
    let rest = title
        .strip_prefix("User Story ")
        .or_else(|| title.strip_prefix("User story "))?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let number = rest.get(..digits)?.parse().ok()?;
    let title = rest
        .get(digits..)?
        .trim_start_matches([' ', '-', '–', '—', ':']);
    let title = title.split(" (Priority").next().unwrap_or(title);
    Some((number, title.trim()))
}

pub(super) fn read(path: &str, text: &str) -> (Vec<Requirement>, Vec<Problem>) {
    let folder = path.rsplit('/').nth(1).unwrap_or("spec");
    let lines = scan::lines(text);
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    let make = |id: &str, at: usize, end: usize, title: &str, criteria: Vec<String>| Requirement {
        id: ReqId::new(format!("{folder}/{id}")),
        format: SpecFormat::SpecKit,
        file: path.to_owned(),
        line: lines.get(at).map_or(1, |l| l.no),
        line_end: scan::last_line(&lines, at, end),
        title: title.to_owned(),
        text: title.to_owned(),
        criteria,
        parent: None,
        defined: Defined::Plainly,
    };
    for (at, line) in lines.iter().enumerate() {
        let mut place = |what: String| {
            problems.push(Problem::warning(format!("{path}:{}", line.no), what));
        };
        if let Some((level, title)) = line.heading() {
            let Some((number, title)) = story(title) else {
                continue;
            };
            let ends = |l: &Line<'_>| l.heading().is_some_and(|(n, _)| n <= level);
            let rest = lines.iter().skip(at + 1);
            let end = rest
                .clone()
                .position(ends)
                .map_or(lines.len(), |n| at + 1 + n);
            let block = lines.get(at + 1..end).unwrap_or(&[]);
            let scenarios = block.iter().filter_map(scan::item);
            let scenarios = scenarios.filter(|i| i.number.is_some() && i.text.contains("**Then**"));
            let criteria: Vec<String> = scenarios.map(|i| i.text.to_owned()).collect();
            if criteria.is_empty() {
                place(format!("no scenario of user story {number} could be read"));
            }
            found.push(make(&format!("US{number}"), at, end, title, criteria));
        } else if let Some((id, words)) = requirement(line) {
            if words.contains("[NEEDS CLARIFICATION") {
                place(format!("{id} needs clarification"));
            }
            found.push(make(id, at, at + 1, words, Vec::new()));
        }
    }
    (found, problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stories_requirements_and_what_is_not_clear() {
        let text = "# Feature\n\n### User Story 1 - Pay once (Priority: P1)\n\nWords.\n\n1. **Given** a, **When** b, **Then** c\n2. a note\n\n### User Story 2 - Other\n\n## Requirements\n\n- **FR-001**: System MUST pay once\n- **FR-002**: Keep [NEEDS CLARIFICATION: how long?]\n- **NFR-003a**: Fast\n- **Key**: no\n- FR-004: no\n\n```\n- **FR-009**: example\n```\n";
        let (found, problems) = read("specs/001-pay/spec.md", text);
        let got: Vec<_> = found
            .iter()
            .map(|r| (r.id.as_str(), r.line, r.title.as_str(), r.criteria.len()))
            .collect();
        assert_eq!(
            got,
            [
                ("001-pay/US1", 3, "Pay once", 1),
                ("001-pay/US2", 10, "Other", 0),
                ("001-pay/FR-001", 14, "System MUST pay once", 0),
                (
                    "001-pay/FR-002",
                    15,
                    "Keep [NEEDS CLARIFICATION: how long?]",
                    0
                ),
                ("001-pay/NFR-003a", 16, "Fast", 0),
            ]
        );
        let said: Vec<_> = problems.iter().map(|p| p.what.as_str()).collect();
        let want = [
            "no scenario of user story 2 could be read",
            "FR-002 needs clarification",
        ];
        assert_eq!(said, want);
    }

    #[test]
    fn paths_of_specifications() {
        for (path, want) in [
            ("specs/001-pay/spec.md", true),
            ("app/specs/012-a-b/spec.md", true),
            ("specs/pay/spec.md", false),
            ("specs/001-pay/plan.md", false),
            ("openspec/specs/001-pay/notes.md", false),
        ] {
            assert_eq!(detects(path), want, "{path}");
        }
    }
}
