//! What the forge says of merging a change. GraphQL tells all of it; where that stays out of reach, REST
//! tells the statuses of the test merge, which may fail.

use super::{
    engine::Engine,
    fetch::{Paged, Part, missed},
};
use crate::{
    forge::{ForgeError, MergePage, Pages},
    model::{Hole, HoleKind, MergeState, Mergeable, PullRequest},
};

/// Further pages of contexts of a head that are read.
const MAX_PAGES: usize = 4;

/// What is missing where the forge said something else in place of it.
fn holes(problems: &[(ForgeError, bool)]) -> impl Iterator<Item = Hole> {
    problems.iter().map(|(error, is_test_merge)| {
        let mut hole = missed("part of the answer", error);
        // What is required is told by the rules too.
        if hole.kind == HoleKind::Refused && !is_test_merge {
            hole.kind = HoleKind::Detail;
        }
        hole
    })
}

impl Engine {
    /// Returns the merge state of an open change, whose first page came with its threads; none where
    /// GraphQL was not asked.
    pub(super) async fn merge_state(
        &self,
        pr: &PullRequest,
        first: Option<Result<MergePage, ForgeError>>,
    ) -> Part<MergeState> {
        match first {
            None => self.test_merge(pr).await,
            Some(Ok(first)) => Ok(self.further(pr, first).await),
            // What is refused for good is refused the next time too; what may fail is still told.
            Some(Err(error)) if error.is_for_good() => {
                let mut told = self.test_merge(pr).await?;
                let what = missed("what the forge itself requires", &error).what;
                told.holes.push(Hole::new(HoleKind::Detail, what));
                Ok(told)
            }
            Some(Err(error)) => Err(error),
        }
    }

    /// Reads on from the first page.
    async fn further(&self, pr: &PullRequest, first: MergePage) -> Paged<MergeState> {
        let mut paged = Paged::default();
        let (mut state, mut next) = (first.state, first.next);
        paged.holes.extend(holes(&first.problems));
        let (called, mut pages) = (self.called(), Pages::new(MAX_PAGES));
        while let Some(after) = next.take() {
            if let Err(why) = pages.turn_to(&after) {
                let hole = Hole::new(HoleKind::LeftOut, why.to_string());
                paged.holes.push(hole);
                break;
            }
            match self.forge.merge_state(&called, pr.number, &after).await {
                Ok(page) if page.state.head != state.head => {
                    let what = "the head moved between two pages of checks";
                    paged.holes.push(Hole::new(HoleKind::Again, what));
                }
                Ok(page) => {
                    paged.holes.extend(holes(&page.problems));
                    state.required.extend(page.state.required);
                    next = page.next;
                }
                Err(error) => paged.holes.push(missed("the next page of checks", &error)),
            }
        }
        paged.items.push(state);
        paged
    }

    /// The statuses of the test merge, as REST tells them.
    async fn test_merge(&self, pr: &PullRequest) -> Part<MergeState> {
        let mut paged = Paged::default();
        let mut state = MergeState {
            head: pr.head_sha.clone(),
            mergeable: Mergeable::Unknown,
            behind: false,
            test_merge: pr.test_merge.clone(),
            statuses: Vec::new(),
            required: Vec::new(),
            contexts: Vec::new(),
            approvals: None,
        };
        // A list does not tell of it.
        let known = if pr.test_merge.is_some() {
            pr.test_merge.clone()
        } else {
            let wanted = self.forge.change(&self.called(), pr.number);
            let (read, ..) = self.one(&wanted).await?;
            read.map_err(ForgeError::unread)?.test_merge
        };
        state.test_merge.clone_from(&known);
        if let Some(sha) = &known {
            let told = self.statuses(std::slice::from_ref(sha)).await;
            match told {
                Ok(statuses) => {
                    state.statuses = statuses.items;
                    paged.fresh = statuses.fresh;
                    paged.problems = statuses.problems;
                    paged.holes = statuses.holes;
                }
                // The forge makes it anew when the base branch moves, and forgets the old one.
                Err(ForgeError {
                    status: Some(404 | 422),
                    ..
                }) => {}
                Err(error) => return Err(error),
            }
        }
        paged.items.push(state);
        Ok(paged)
    }
}
