//! Filtering the inbox: qualifiers and fuzzy words.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use crate::{
    decide::InboxRow,
    model::{PrState, Stage, Verdict},
};

/// Tells whether a row passes a filter: every qualifier holds, and the other words are found in
/// number, title, author, branch or labels, as a fuzzy match.
pub fn passes(row: &InboxRow, filter: &str) -> bool {
    let mut words: Vec<&str> = Vec::new();
    for word in filter.split_whitespace() {
        match word.split_once(':') {
            Some((name, value)) if !value.is_empty() => {
                if let Some(holds) = qualifier(row, name, &value.to_ascii_lowercase()) {
                    if !holds {
                        return false;
                    }
                    continue;
                }
                words.push(word);
            }
            _ => words.push(word),
        }
    }
    words.retain(|word| !(is_commit(word) && has_commit(row, word)));
    words.is_empty() || fuzzy(row, &words.join(" "))
}

/// Tells whether a word can be a commit id: seven hexadecimal digits at least.
pub fn is_commit(word: &str) -> bool {
    (7..=40).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Whether the head or the merge commit of a change begins with an id.
fn has_commit(row: &InboxRow, id: &str) -> bool {
    let id = id.to_ascii_lowercase();
    let merged = row.pr.merge_commit.as_ref();
    [Some(&row.pr.head_sha), merged]
        .into_iter()
        .flatten()
        .any(|sha| sha.as_str().starts_with(&id))
}

/// Qualifiers that there are, for messages.
pub const QUALIFIERS: &str = "is:open|merged|closed|draft|failing|agent needs:me agent: author: repo: risk: label: stage: exception:any";

/// Returns the words of a filter that look like qualifiers and are none: misspelt ones.
pub fn misspelt(filter: &str) -> Vec<&str> {
    let known = |word: &str| -> bool {
        let Some((name, value)) = word.split_once(':') else {
            return true;
        };
        let value = value.to_ascii_lowercase();
        match name {
            "is" => {
                ["open", "merged", "closed", "draft", "failing", "agent"].contains(&value.as_str())
            }
            "needs" => value == "me",
            "stage" => Stage::ALL
                .iter()
                .any(|s| s.name().to_ascii_lowercase().starts_with(&value)),
            "agent" | "author" | "repo" | "risk" | "label" | "exception" => true,
            // A word of another kind, such as a title with a colon.
            _ => name.contains('#') || name.is_empty(),
        }
    };
    filter.split_whitespace().filter(|w| !known(w)).collect()
}

/// Judges a qualifier; `None` where there is no such qualifier.
fn qualifier(row: &InboxRow, name: &str, value: &str) -> Option<bool> {
    let summary = row.summary.as_ref();
    let author = row
        .pr
        .author
        .as_ref()
        .map(|a| a.login.as_str().to_ascii_lowercase())
        .unwrap_or_default();
    Some(match (name, value) {
        ("is", "open") => row.pr.state == PrState::Open,
        ("is", "merged") => row.pr.state == PrState::Merged,
        ("is", "closed") => row.pr.state == PrState::Closed,
        ("is", "draft") => row.pr.draft,
        ("is", "failing") => {
            summary.is_some_and(|s| s.stages.iter().any(|c| c.verdict == Verdict::Fail))
        }
        ("is", "agent") => summary.is_some_and(|s| s.agent.is_some() && !s.updater),
        ("is", _) => return None,
        ("needs", "me") => summary.is_some_and(|s| s.needs_me),
        ("agent", name) => summary
            .and_then(|s| s.agent.as_ref())
            .is_some_and(|a| a.to_ascii_lowercase().contains(name)),
        ("author", name) => author.contains(name.trim_start_matches('@')),
        ("repo", name) => row.id.repo.to_string().to_ascii_lowercase().contains(name),
        ("risk", class) => summary.is_some_and(|s| s.risk.word().starts_with(class)),
        ("label", name) => row
            .pr
            .labels
            .iter()
            .any(|l| l.to_ascii_lowercase().contains(name)),
        ("exception", _) => summary.is_some_and(|s| s.exceptions > 0),
        // Changes where that stage is trouble.
        ("stage", name) => {
            let stage = Stage::ALL
                .iter()
                .find(|s| s.name().to_ascii_lowercase().starts_with(name))?;
            summary
                .and_then(|s| s.stages.get(stage.index()))
                .is_some_and(|c| c.verdict.is_trouble())
        }
        _ => return None,
    })
}

fn fuzzy(row: &InboxRow, words: &str) -> bool {
    let author = row.pr.author.as_ref().map_or("", |a| a.login.as_str());
    let text = format!(
        "#{} {} {author} {} {}",
        row.pr.number,
        row.pr.title,
        row.pr.head_ref,
        row.pr.labels.join(" ")
    );
    let pattern = Pattern::parse(words, CaseMatching::Smart, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    pattern
        .score(Utf32Str::new(&text, &mut buffer), &mut matcher)
        .is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_qualifiers_are_named() {
        assert_eq!(
            misspelt("is:failng words agent:copilot stage:ver need:me"),
            ["is:failng", "need:me"]
        );
        assert!(misspelt("is:open needs:me fix things #482").is_empty());
    }
}
