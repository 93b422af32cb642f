//! Kiro: `.kiro/specs/<feature>/requirements.md`, `### Requirement 1`, a user story, and numbered
//! acceptance criteria in EARS form. Ids are `<feature>#1`, criteria `<feature>#1.2`.

use super::scan::{self, Line};
use crate::model::{Problem, ReqId, Requirement, SpecFormat};

/// Reads `Requirement 12` or `Requirement 12: Title`, returning number and title.
fn numbered(title: &str) -> Option<(u32, &str)> {
    let rest = title.strip_prefix("Requirement ")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let number = rest.get(..digits)?.parse().ok()?;
    let title = rest.get(digits..)?.trim_start_matches([':', '.', ' ']);
    Some((number, title.trim()))
}

/// Reads `3. WHEN … THE … SHALL …`, returning number and sentence.
fn criterion(line: &str) -> Option<(u32, &str)> {
    let (number, rest) = line.trim_start().split_once(". ")?;
    let number = number.parse().ok()?;
    let first = rest.split_whitespace().next()?.trim_matches('*');
    matches!(first, "WHEN" | "IF" | "WHILE" | "WHERE" | "THE").then_some((number, rest.trim()))
}

pub(super) fn read(path: &str, text: &str) -> (Vec<Requirement>, Vec<Problem>) {
    let feature = path.rsplit('/').nth(1).unwrap_or("spec");
    let lines = scan::lines(text);
    let mut found: Vec<Requirement> = Vec::new();
    let mut problems = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some((level @ 2..=4, title)) = line.heading() else {
            continue;
        };
        let Some((number, title)) = numbered(title) else {
            continue;
        };
        let ends = |l: &Line<'_>| l.heading().is_some_and(|(n, _)| n <= level);
        let end = lines
            .iter()
            .skip(index + 1)
            .position(ends)
            .map_or(lines.len(), |n| index + 1 + n);
        let block = lines.get(index + 1..end).unwrap_or(&[]);
        let criteria: Vec<(&Line<'_>, u32, &str)> = block
            .iter()
            .filter(|l| !l.code)
            .filter_map(|l| criterion(l.text).map(|(n, words)| (l, n, words)))
            .collect();
        if criteria.is_empty() {
            let place = format!("{path}:{}", line.no);
            let what = format!("requirement {number} has no acceptance criteria in EARS form");
            problems.push(Problem::warning(place, what));
        }
        let story = block
            .iter()
            .find_map(|l| l.text.trim().strip_prefix("**User Story:**"))
            .map_or("", str::trim);
        let id = ReqId::new(format!("{feature}#{number}"));
        let title = if title.is_empty() { story } else { title };
        found.push(Requirement {
            id: id.clone(),
            format: SpecFormat::Kiro,
            file: path.to_owned(),
            line: line.no,
            line_end: scan::last_line(&lines, index, end),
            title: title.to_owned(),
            text: story.to_owned(),
            criteria: criteria
                .iter()
                .map(|(_, _, words)| (*words).to_owned())
                .collect(),
            parent: None,
        });
        found.extend(criteria.into_iter().map(|(line, n, words)| Requirement {
            id: ReqId::new(format!("{feature}#{number}.{n}")),
            format: SpecFormat::Kiro,
            file: path.to_owned(),
            line: line.no,
            line_end: line.no,
            title: words.to_owned(),
            text: words.to_owned(),
            criteria: Vec::new(),
            parent: Some(id.clone()),
        }));
    }
    (found, problems)
}
