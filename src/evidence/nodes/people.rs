//! What people said: reviews and comments.

use super::Builder;
use crate::{
    evidence::{
        detail::{self, Detail},
        graph::NodeKind,
        people::Standing,
    },
    model::{Actor, Attention, PartName, PartState, PrState, ReviewState, Stage, Subject, Verdict},
};

/// The name of how a review stands, for its detail.
fn standing(standing: &Standing) -> String {
    match standing {
        Standing::Counts => "counts".to_owned(),
        Standing::Stale(n) => format!("stale {n}"),
        Standing::DoesNotCount(_) => "does not count".to_owned(),
        Standing::Superseded => "superseded".to_owned(),
        Standing::Unknown => "unknown".to_owned(),
    }
}

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
                Subject::Review { id: review.id },
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
            node.detail = Detail::Review {
                state: review.state.clone(),
                standing: approval.map(|a| standing(&a.standing)).unwrap_or_default(),
                text: detail::text(&review.body),
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
                Subject::Reviews,
                NodeKind::Review,
                Stage::Review,
                "reviews are not known",
                source,
            );
            node.verdict = Verdict::Unknown;
            node.note = why.to_string();
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
                Subject::Comment { id: comment.id },
                NodeKind::Comment,
                Stage::Review,
                format!("{author}: {words}"),
                source,
            );
            node.detail = Detail::Comment {
                text: detail::text(&comment.body),
                edited: comment.updated_at > comment.created_at,
            };
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

    /// What the merge queue did. A removal since its checks failed there speaks against the head, as
    /// long as nothing came after it.
    pub(super) fn queue(&mut self) {
        let evidence = self.evidence;
        let events = evidence.facts.timeline.iter();
        let of_queue: Vec<_> = events
            .enumerate()
            .filter(|(_, e)| {
                matches!(
                    e.event.as_str(),
                    "added_to_merge_queue" | "removed_from_merge_queue"
                )
            })
            .collect();
        let last = of_queue.last().map(|(index, _)| *index);
        for (index, event) in of_queue {
            let reason = event.detail.clone().unwrap_or_default();
            let removed = event.event == "removed_from_merge_queue";
            let words = if removed {
                "removed from the merge queue"
            } else {
                "added to the merge queue"
            };
            let source = self.forge(
                format!("timeline event {}", event.event),
                PartName::Timeline,
            );
            let id = event.id.unwrap_or(index as u64);
            let subject = Subject::Queue { event: id };
            let mut node = Self::node(subject, NodeKind::Queue, Stage::Verify, words, source);
            node.attempt = event.at.and_then(|t| self.attempt_at(t));
            let is_open = evidence.facts.pr.state == PrState::Open;
            let says = reason.replace(['_', '-'], " ");
            let harmless = matches!(says.as_str(), "merge" | "merged" | "manual" | "dequeued");
            if removed && !harmless {
                node.verdict = match says.as_str() {
                    "" => Verdict::Unknown,
                    _ => Verdict::Fail,
                };
                if Some(index) != last || !is_open {
                    node.attention.push(Attention::Superseded);
                }
            }
            node.note = match (removed, says.is_empty()) {
                (true, true) => "the forge does not say why".to_owned(),
                _ => says,
            };
            node.detail = Detail::Queue {
                event: event.event.clone(),
                reason,
            };
            node.at = event.at;
            node.actor = event.actor.as_ref().map(|a| a.login.clone());
            self.push(node);
        }
    }
}
