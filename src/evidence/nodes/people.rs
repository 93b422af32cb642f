//! What people said: reviews and comments.

use super::Builder;
use crate::{
    evidence::{
        detail::{self, Detail},
        graph::NodeKind,
        people::Standing,
    },
    model::{
        Attention, Mergeable, PartName, PartState, PrState, ReviewState, Stage, Subject, Verdict,
    },
};

impl Builder<'_> {
    pub(super) fn reviews(&mut self) {
        let evidence = self.evidence;
        for review in &evidence.facts.reviews {
            let source = self.forge(format!("review {}", review.id), PartName::Reviews);
            let mut node = Self::node(
                Subject::Review { id: review.id },
                NodeKind::Review,
                Stage::Review,
                source,
            );
            let approval = evidence.approvals.iter().find(|a| a.review == review.id);
            let standing = approval.map(|a| &a.standing);
            if let Some(Standing::DoesNotCount(_)) = standing {
                node.attention.push(Attention::DoesNotCount);
            }
            node.verdict = match (&review.state, standing) {
                (_, Some(Standing::DoesNotCount(_) | Standing::Superseded)) => {
                    Verdict::NotApplicable
                }
                (ReviewState::Approved, Some(Standing::Counts)) => Verdict::Pass,
                (ReviewState::ChangesRequested, Some(Standing::Counts)) => Verdict::Fail,
                (_, Some(Standing::Stale(_))) => Verdict::Stale,
                (_, Some(Standing::Unknown)) => Verdict::Unknown,
                _ => Verdict::NotApplicable,
            };
            node.detail = Detail::Review {
                by: review.author.as_ref().map(|a| a.login.clone()),
                state: review.state.clone(),
                standing: standing.cloned(),
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
            let mut node = Self::node(Subject::Reviews, NodeKind::Review, Stage::Review, source);
            node.verdict = Verdict::Unknown;
            node.detail = Detail::NoReviews {
                why: why.to_string(),
            };
            self.push(node);
        }
    }

    pub(super) fn comments(&mut self) {
        let evidence = self.evidence;
        for comment in &evidence.facts.comments {
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
                source,
            );
            node.detail = Detail::Comment {
                by: comment.author.as_ref().map(|a| a.login.clone()),
                says: words.to_owned(),
                text: detail::text(&comment.body),
                edited: comment.updated_at > comment.created_at,
            };
            node.at = Some(comment.created_at);
            node.actor = comment.author.as_ref().map(|a| a.login.clone());
            node.attempt = self.attempt_at(comment.created_at);
            node.url = Some(comment.url.clone());
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
            let source = self.forge(
                format!("timeline event {}", event.event),
                PartName::Timeline,
            );
            let id = event.id.unwrap_or(index as u64);
            let subject = Subject::Queue { event: id };
            let mut node = Self::node(subject, NodeKind::Queue, Stage::Verify, source);
            node.attempt = event.at.and_then(|t| self.attempt_at(t));
            let is_open = evidence.facts.pr.state == PrState::Open;
            let says = reason.to_ascii_lowercase().replace(['_', '-'], " ");
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
            node.detail = Detail::Queue {
                event: event.event.clone(),
                reason,
            };
            node.at = event.at;
            node.actor = event.actor.as_ref().map(|a| a.login.clone());
            self.push(node);
        }
    }

    /// How the change stands to be merged, where something stands against it.
    pub(super) fn merge(&mut self) {
        let evidence = self.evidence;
        let Some(merge) = evidence.facts.merge_state() else {
            return;
        };
        let conflicts = merge.mergeable == Mergeable::Conflicting;
        if !conflicts && !merge.behind {
            return;
        }
        let subject = Subject::Merge {
            head: merge.head.clone(),
        };
        let source = self.forge("merge state of the pull request", PartName::Merge);
        let mut node = Self::node(subject, NodeKind::Merge, Stage::Change, source);
        node.attempt = evidence.head_attempt();
        if conflicts {
            node.verdict = Verdict::Fail;
        }
        node.detail = Detail::Merge {
            base: evidence.facts.pr.base_ref.clone(),
            conflicts,
            behind: merge.behind,
        };
        node.sha = Some(merge.head.clone());
        self.push(node);
    }
}
