//! The texts of a change that can be searched.

use std::collections::BTreeSet;

use crate::{
    model::{ChangeFacts, Outcome, Requirement},
    store::Document,
    text,
};

/// Characters of one text that are indexed.
const MAX_TEXT: usize = 20_000;

/// Collects the documents of a change: each text once.
pub(super) fn documents(facts: &ChangeFacts) -> Vec<Document> {
    let mut all = Collected::default();
    let pr = &facts.pr;
    all.add("title", format!("#{}", pr.number), &pr.title);
    all.add("body", format!("#{}", pr.number), &pr.body);
    all.add("branch", format!("#{}", pr.number), &pr.head_ref);
    for issue in &facts.issues {
        let text = format!("{}\n{}", issue.title, issue.body);
        all.add("issue", format!("#{}", issue.number), &text);
    }
    for commit in &facts.commits {
        // The id is found by its first digits.
        let text = format!("{} {}", commit.sha, commit.message);
        all.add("commit", commit.sha.short().to_owned(), &text);
    }
    for comment in &facts.comments {
        all.add("comment", comment.url.clone(), &comment.body);
    }
    for review in &facts.reviews {
        all.add("review", review.url.clone(), &review.body);
    }
    for thread in &facts.threads {
        for comment in &thread.comments {
            all.add("thread", thread.path.clone(), &comment.body);
        }
    }
    // What the base branch has is indexed once for all changes; here only what this one makes of it.
    let base = facts
        .git
        .merge_base
        .as_ref()
        .and_then(|b| facts.git.specs.get(b));
    for requirement in facts.git.specs.get(&pr.head_sha).into_iter().flatten() {
        let same = |r: &&Requirement| r.id == requirement.id && r.text == requirement.text;
        if base.is_none_or(|base| !base.iter().any(|r| same(&r))) {
            all.requirement(requirement);
        }
    }
    for report in &facts.reports {
        for case in report
            .cases
            .iter()
            .filter(|c| matches!(c.outcome, Outcome::Failed | Outcome::Error))
        {
            let text = format!("{}\n{}\n{}", case.key(), case.message, case.text);
            all.add("failure", report.origin.file.clone(), &text);
        }
    }
    for alert in &facts.alerts {
        let text = format!("{} {}\n{}", alert.rule, alert.description, alert.message);
        all.add("alert", format!("#{} {}", alert.number, alert.path), &text);
    }
    for scan in &facts.scans {
        for found in &scan.results {
            let text = format!("{}\n{}", found.rule, found.message);
            all.add("finding", found.path.clone(), &text);
        }
    }
    for log in &facts.logs {
        let text = format!("{}\n{}", log.failing, log.tail);
        all.add("log", format!("{}, try {}", log.name, log.run_try), &text);
    }
    all.documents
}

/// Collects the requirements of the base branches.
pub(super) fn requirements(found: &[Requirement]) -> Vec<Document> {
    let mut all = Collected::default();
    for requirement in found {
        all.requirement(requirement);
    }
    all.documents
}

#[derive(Default)]
struct Collected {
    documents: Vec<Document>,
    seen: BTreeSet<(&'static str, String)>,
}

impl Collected {
    fn requirement(&mut self, requirement: &Requirement) {
        let text = format!(
            "{} {}\n{}",
            requirement.id, requirement.title, requirement.text
        );
        let place = text::place(&requirement.file, requirement.line);
        self.add("requirement", place, &text);
    }

    fn add(&mut self, kind: &'static str, place: String, text: &str) {
        let text: String = text.trim().chars().take(MAX_TEXT).collect();
        if !text.is_empty() && self.seen.insert((kind, text.clone())) {
            self.documents.push(Document { kind, place, text });
        }
    }
}
