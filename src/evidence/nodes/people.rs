//! What people said: reviews and comments.

use super::Builder;
use crate::{
    evidence::{graph::NodeKind, people::Standing},
    model::{Actor, Attention, PartName, PartState, ReviewState, Stage, Verdict},
};

impl Builder<'_> {
    pub(super) fn reviews(&mut self) {
        let evidence = self.evidence;
        for review in &evidence.facts.reviews {
            let author = review
                .author
                .as_ref()
                .map_or_else(|| "a deleted account".to_owned(), |a| a.login.to_string());
            let source = self.forge(format!("review {}", review.id), PartName::Reviews);
            let mut node = Self::node(
                format!("review:{}", review.id),
                NodeKind::Review,
                Stage::Review,
                format!("{author} {}", review.state.words()),
                source,
            );
            let approval = evidence.approvals.iter().find(|a| a.review == review.id);
            (node.verdict, node.note) = match (&review.state, approval.map(|a| &a.standing)) {
                (_, Some(Standing::DoesNotCount(why))) => {
                    node.attention.push(Attention::DoesNotCount);
                    (Verdict::NotApplicable, format!("does not count: {why}"))
                }
                (_, Some(Standing::Superseded)) => {
                    (Verdict::NotApplicable, "reviewed again later".to_owned())
                }
                (ReviewState::Approved, Some(Standing::Counts)) => {
                    (Verdict::Pass, "of this head".to_owned())
                }
                (ReviewState::ChangesRequested, Some(Standing::Counts)) => {
                    (Verdict::Fail, "of this head".to_owned())
                }
                (_, Some(Standing::Stale(n))) => (
                    Verdict::Stale,
                    format!("{n} attempt{} after it", if *n == 1 { "" } else { "s" }),
                ),
                (_, Some(Standing::Unknown)) => (
                    Verdict::Unknown,
                    "the forge no longer knows its commit".to_owned(),
                ),
                _ => (Verdict::NotApplicable, String::new()),
            };
            node.at = review.submitted_at;
            node.actor = review.author.as_ref().map(|a| a.login.clone());
            node.sha.clone_from(&review.commit);
            node.attempt = review
                .commit
                .as_ref()
                .and_then(|c| self.attempt_of(c))
                .or_else(|| review.submitted_at.and_then(|t| self.attempt_at(t)));
            node.url = Some(review.url.clone());
            self.push(node);
        }
        if let PartState::Failed(why) = self.facts().part(PartName::Reviews) {
            let source = self.forge("reviews", PartName::Reviews);
            let mut node = Self::node(
                "reviews:unknown".into(),
                NodeKind::Review,
                Stage::Review,
                "reviews are not known",
                source,
            );
            node.verdict = Verdict::Unknown;
            node.note = why;
            self.push(node);
        }
    }

    pub(super) fn comments(&mut self) {
        let evidence = self.evidence;
        for comment in &evidence.facts.comments {
            let author = comment.author.as_ref().map_or_else(
                || "a deleted account".to_owned(),
                |a: &Actor| a.login.to_string(),
            );
            let source = self.forge(format!("comment {}", comment.id), PartName::Comments);
            let words = comment
                .body
                .lines()
                .map(str::trim)
                .find(|l| !l.is_empty() && !l.starts_with("<!--"))
                .unwrap_or("");
            let mut node = Self::node(
                format!("comment:{}", comment.id),
                NodeKind::Comment,
                Stage::Review,
                format!("{author}: {words}"),
                source,
            );
            node.at = Some(comment.created_at);
            node.actor = comment.author.as_ref().map(|a| a.login.clone());
            node.attempt = self.attempt_at(comment.created_at);
            node.url = Some(comment.url.clone());
            if comment.updated_at > comment.created_at {
                node.note = "edited".to_owned();
            }
            self.push(node);
        }
    }
}
