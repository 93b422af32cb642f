//! The issues that a change answers, with what stands above and below them.

use super::{
    engine::Engine,
    fetch::{Paged, Part, missed},
};
use crate::{
    forge::One,
    model::{Hole, HoleKind, Issue, IssueRef, PrNumber, PullRequest},
};

/// Issues of a change that are read.
const MAX_ISSUES: usize = 10;
/// Parts of an issue that are kept; the forge allows 100.
const MAX_PARTS: usize = 100;

impl Engine {
    /// Issues that the forge says the change closes, and those its description says it fixes.
    pub(super) async fn issues(&self, pr: &PullRequest) -> Part<Issue> {
        let mut numbers = pr.closes.clone();
        numbers.extend(closing_words(&pr.body));
        numbers.sort_unstable();
        numbers.dedup();
        let mut all = Paged::default();
        if numbers.len() > MAX_ISSUES {
            let left_out = numbers.len() - MAX_ISSUES;
            let what = format!("{left_out} more issues were not read");
            all.holes.push(Hole::new(HoleKind::LeftOut, what));
        }
        for number in numbers.into_iter().take(MAX_ISSUES) {
            let wanted = self.forge.issue(&self.called(), number);
            let what = format!("issue #{number}");
            let Some((mut issue, has_parts)) = self.named(&wanted, &what, &mut all).await else {
                continue;
            };
            if issue.parent.is_some() {
                let what = format!("what issue #{number} is a part of");
                let above = self.forge.parent_issue(&self.called(), number);
                let named = self.named(&above, &what, &mut all).await;
                issue.parent = named.or(issue.parent);
            }
            if has_parts {
                issue.sub_issues = self.parts_of_issue(number, &mut all).await;
            }
            all.items.push(issue);
        }
        Ok(all)
    }

    /// Gets one object; where it fails, what is cached stands in and the part says so.
    async fn named<T>(&self, wanted: &One<T>, what: &str, all: &mut Paged<Issue>) -> Option<T> {
        match self.one(wanted).await {
            Ok((read, response, is_new)) => {
                all.fresh.extend(is_new.then_some(response));
                read.map_err(|problem| all.problems.push(problem)).ok()
            }
            Err(error) => {
                all.holes.push(missed(what, &error));
                self.cached_one(wanted)
            }
        }
    }

    async fn parts_of_issue(&self, number: PrNumber, all: &mut Paged<Issue>) -> Vec<IssueRef> {
        let list = self.forge.parts_of_issue(&self.called(), number);
        match self.pages_of_item(list).await {
            Ok(mut found) => {
                found.items.truncate(MAX_PARTS);
                all.fresh.append(&mut found.fresh);
                all.problems.append(&mut found.problems);
                all.holes.extend(found.holes);
                found.items
            }
            Err(error) => {
                all.holes
                    .push(missed(&format!("parts of issue #{number}"), &error));
                Vec::new()
            }
        }
    }
}

/// Numbers after the forge's closing words: `Fixes #471`, `closes: #12`.
fn closing_words(body: &str) -> Vec<PrNumber> {
    let words: Vec<&str> = body.split_whitespace().collect();
    words
        .windows(2)
        .filter_map(|pair| {
            let word = pair.first()?.trim_end_matches(':').to_ascii_lowercase();
            let closing = [
                "close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves",
                "resolved",
            ];
            if !closing.contains(&word.as_str()) {
                return None;
            }
            let digits: String = pair
                .get(1)?
                .strip_prefix('#')?
                .chars()
                .take_while(char::is_ascii_digit)
                .collect();
            digits.parse().ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_words_as_the_forge_reads_them() {
        assert_eq!(
            closing_words("Fixes #471, and closes: #12. See #9"),
            [471, 12]
        );
    }
}
