//! Kiro: `.kiro/specs/<feature>/requirements.md`, `### Requirement 1`, a user story, and acceptance
//! criteria. Ids are `<feature>#1`, criteria `<feature>#1.2`.
//!
//! Every item under a heading that says so is a criterion, whatever its words and its language; without
//! such a heading only a numbered item in EARS form is one.

use super::scan::{self, Item, Line};
use crate::model::{Defined, Problem, ReqId, Requirement, SpecFormat};

/// Reads `Requirement 12`, `Requirement 12: Title`, `需求 12` or, where the section is one of requirements,
/// `12. Title`; returns number and title.
fn numbered(title: &str, in_section: bool) -> Option<(u32, &str)> {
    let title = title.trim_matches('*').trim();
    let rest = match title.split_once(char::is_whitespace) {
        Some((word, rest)) if is_word(word) => rest.trim_start(),
        _ if in_section => title,
        _ => return None,
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let number = rest.get(..digits)?.parse().ok()?;
    let behind = rest.get(digits..)?;
    let ends =
        behind.is_empty() || behind.starts_with([':', '.', ' ', ')', '：', '-', '–', '—', '、']);
    let title = behind.trim_start_matches([':', '.', ' ', ')', '：', '-', '–', '—', '、']);
    ends.then_some((number, title.trim()))
}

/// Tells whether a word says "requirement", in English or another script.
fn is_word(word: &str) -> bool {
    ["requirement", "req"]
        .iter()
        .any(|w| word.eq_ignore_ascii_case(w))
        || !word.is_empty() && word.chars().all(|c| !c.is_ascii())
}

/// Tells whether a line is the heading of acceptance criteria, or of something else; nothing where it is
/// no heading. A line in bold is one too.
fn section(line: &Line<'_>) -> Option<bool> {
    let bare = line.text.trim();
    let title = match line.heading() {
        Some((_, title)) => title,
        None if line.code => return None,
        None => {
            let bold = bare.strip_prefix("**")?.trim_end_matches(':');
            bold.strip_suffix("**").filter(|t| !t.contains("**"))?
        }
    };
    let title = title.trim_matches(['*', ':', '：', ' ']).to_lowercase();
    let words = [
        "acceptance criteria",
        "acceptance criterion",
        "验收标准",
        "驗收標準",
        "验收准则",
        "受け入れ基準",
        "受入基準",
        "受入条件",
        "수용 기준",
        "인수 조건",
        "criterios de aceptación",
        "critérios de aceitação",
        "critères d'acceptation",
        "akzeptanzkriterien",
        "критерии приемки",
        "критерии приёмки",
    ];
    Some(words.iter().any(|w| title.ends_with(w)))
}

/// Tells whether a sentence is in EARS form.
fn is_ears(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or("");
    let first = first.trim_matches('*').to_ascii_uppercase();
    matches!(first.as_str(), "WHEN" | "IF" | "WHILE" | "WHERE" | "THE")
}

/// The criteria of a requirement: line, number, text.
fn criteria<'a>(block: &[Line<'a>], of: u32) -> Vec<(u32, u32, &'a str)> {
    let mut items: Vec<(u32, Item<'a>)> = Vec::new();
    let (mut inside, mut has_section) = (false, false);
    for line in block {
        if let Some(is_criteria) = section(line) {
            inside = is_criteria;
            has_section |= is_criteria;
            continue;
        }
        if let Some(item) = scan::item(line).filter(|_| inside) {
            items.push((line.no, item));
        }
    }
    if !has_section {
        let numbered = block.iter().filter_map(|l| Some((l.no, scan::item(l)?)));
        items = numbered
            .filter(|(_, i)| i.number.is_some() && is_ears(i.text))
            .collect();
    }
    // What is indented further belongs to the item above.
    let least = items.iter().map(|(_, i)| i.indent).min().unwrap_or(0);
    let has_numbers = items.iter().any(|(_, i)| i.number.is_some());
    let mut last = 0;
    let mut found = Vec::new();
    for (line, item) in items.into_iter().filter(|(_, i)| i.indent <= least + 1) {
        if has_numbers && item.number.is_none() {
            continue;
        }
        let parts = item.number.map(|n| n.split('.').collect::<Vec<_>>());
        let told = match parts.as_deref() {
            Some([own]) => own.parse().ok(),
            Some([outer, own]) if outer.parse() == Ok(of) => own.parse().ok(),
            _ => None,
        };
        // Numbers that do not go up are made by Markdown, or forgotten.
        last = told.filter(|n| *n > last).unwrap_or(last + 1);
        found.push((line, last, item.text));
    }
    found
}

pub(super) fn read(path: &str, text: &str) -> (Vec<Requirement>, Vec<Problem>) {
    let feature = path.rsplit('/').nth(1).unwrap_or("spec");
    let lines = scan::lines(text);
    let mut found: Vec<Requirement> = Vec::new();
    let mut problems = Vec::new();
    let mut section_of = None;
    for (index, line) in lines.iter().enumerate() {
        let Some((level, title)) = line.heading() else {
            continue;
        };
        if level <= section_of.unwrap_or(6) {
            let is_section = title.to_lowercase().ends_with("requirements");
            section_of = (is_section && level > 1).then_some(level);
        }
        let in_section = section_of.is_some_and(|outer| level == outer + 1);
        let Some((number, title)) =
            numbered(title, in_section).filter(|_| (2..=4).contains(&level))
        else {
            continue;
        };
        let ends = |l: &Line<'_>| l.heading().is_some_and(|(n, _)| n <= level);
        let end = lines
            .iter()
            .skip(index + 1)
            .position(ends)
            .map_or(lines.len(), |n| index + 1 + n);
        let block = lines.get(index + 1..end).unwrap_or(&[]);
        let criteria = criteria(block, number);
        if criteria.is_empty() {
            let place = format!("{path}:{}", line.no);
            let what = format!("no acceptance criteria of requirement {number} could be read");
            problems.push(Problem::warning(place, what));
        }
        let story = block
            .iter()
            .find_map(|l| l.text.trim().strip_prefix("**User Story:**"))
            .map_or("", str::trim);
        let id = ReqId::new(format!("{feature}#{number}"));
        let title = if title.is_empty() { story } else { title };
        let whole = Requirement {
            id: id.clone(),
            format: SpecFormat::Kiro,
            file: path.to_owned(),
            line: line.no,
            line_end: scan::last_line(&lines, index, end),
            title: title.to_owned(),
            text: story.to_owned(),
            criteria: criteria
                .iter()
                .map(|(.., words)| (*words).to_owned())
                .collect(),
            parent: None,
            defined: Defined::Plainly,
        };
        found.push(whole);
        found.extend(criteria.into_iter().map(|(line, n, words)| Requirement {
            id: ReqId::new(format!("{feature}#{number}.{n}")),
            format: SpecFormat::Kiro,
            file: path.to_owned(),
            line,
            line_end: line,
            title: words.to_owned(),
            text: words.to_owned(),
            criteria: Vec::new(),
            parent: Some(id.clone()),
            defined: Defined::Plainly,
        }));
    }
    (found, problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of the criteria of requirement 1 in a document.
    fn read_criteria(body: &str) -> Vec<String> {
        let text = format!("# R\n\n## Requirements\n\n### Requirement 1: Roles\n\n{body}\n");
        let (found, _) = read(".kiro/specs/f/requirements.md", &text);
        let criteria = found.iter().filter(|r| r.parent.is_some());
        criteria.map(|r| format!("{} {}", r.id, r.title)).collect()
    }

    #[test]
    fn criteria_in_every_wording_and_numbering() {
        let heading = "#### Acceptance Criteria\n\n";
        for (body, want, why) in [
            (
                format!("{heading}1. WHEN a THE b\n2. Every c\n3. 系統 SHALL\n"),
                vec!["f#1.1 WHEN a THE b", "f#1.2 Every c", "f#1.3 系統 SHALL"],
                "any words",
            ),
            (
                "**Acceptance Criteria:**\n\n1) a\n2) b\n".to_owned(),
                vec!["f#1.1 a", "f#1.2 b"],
                "a heading in bold",
            ),
            (
                format!("{heading}1.1 a\n1.2. b\n- **1.4** c\n"),
                vec!["f#1.1 a", "f#1.2 b", "f#1.4 c"],
                "numbers of two parts",
            ),
            (
                format!("{heading}- a\n- [ ] b\n"),
                vec!["f#1.1 a", "f#1.2 b"],
                "no numbers",
            ),
            (
                format!("{heading}1. a\n   - more\n   1. deep\n1. b\n"),
                vec!["f#1.1 a", "f#1.2 b"],
                "items in items, and numbers that Markdown makes",
            ),
            (
                format!("{heading}1. a\n\n#### Notes\n\n2. no\n\n**Also**\n\n3. no\n"),
                vec!["f#1.1 a"],
                "other sections",
            ),
            (
                "1. WHEN a THE b\n2. Just a note.\n".to_owned(),
                vec!["f#1.1 WHEN a THE b"],
                "no heading: EARS alone",
            ),
        ] {
            assert_eq!(read_criteria(&body), want, "{why}");
        }
    }

    #[test]
    fn headings_of_requirements() {
        for (title, in_section, want) in [
            ("Requirement 1", false, Some((1, ""))),
            ("Requirement 12: Roles", false, Some((12, "Roles"))),
            ("requirement 2 - Roles", false, Some((2, "Roles"))),
            ("需求 3：角色", false, Some((3, "角色"))),
            ("4. Roles", true, Some((4, "Roles"))),
            ("4. Roles", false, None),
            ("Requirements", true, None),
            ("Phase 2", false, None),
        ] {
            assert_eq!(numbered(title, in_section), want, "{title}");
        }
    }
}
