//! What the forge says of merging a change. GraphQL tells all of it; where that stays out of reach, REST
//! tells the statuses of the test merge, which may fail.

use super::{
    change::Part,
    engine::Engine,
    fetch::{Paged, missed},
};
use crate::{
    forge::{ForgeError, Pages},
    model::{Hole, HoleKind, MergeState, Mergeable, PullRequest},
};

/// Pages of contexts of a head that are read.
const MAX_PAGES: usize = 5;

impl Engine {
    /// Asks for the merge state of an open change.
    pub(super) async fn merge_state(&self, pr: &PullRequest) -> Part<MergeState> {
        if self.forge.is_anonymous() {
            return self.test_merge(pr).await;
        }
        match self.merge_told(pr).await {
            Ok(told) => Ok(told),
            // What is refused for good is refused the next time too; what may fail is still told.
            Err(error) if error.is_for_good() => {
                let mut told = self.test_merge(pr).await?;
                let what = missed("what the forge itself requires", &error).what;
                told.holes.push(Hole::new(HoleKind::Detail, what));
                Ok(told)
            }
            Err(error) => Err(error),
        }
    }

    async fn merge_told(&self, pr: &PullRequest) -> Part<MergeState> {
        let mut paged: Paged<MergeState> = Paged::default();
        let mut after = None::<String>;
        let mut pages = Pages::new(MAX_PAGES);
        loop {
            let called = self.called();
            let page = match pages.turn_to(after.as_deref().unwrap_or_default()) {
                Ok(()) => self.forge.merge_state(&called, pr.number, after.as_deref()),
                Err(why) => {
                    let hole = Hole::new(HoleKind::LeftOut, why.to_string());
                    paged.holes.push(hole);
                    return Ok(paged);
                }
            };
            let page = match page.await {
                Ok(page) => page,
                Err(error) if after.is_none() => return Err(error),
                Err(error) => {
                    paged.holes.push(missed("the next page of checks", &error));
                    return Ok(paged);
                }
            };
            for (error, is_test_merge) in &page.problems {
                let mut hole = missed("part of the answer", error);
                // What is required is told by the rules too.
                if hole.kind == HoleKind::Refused && !is_test_merge {
                    hole.kind = HoleKind::Detail;
                }
                paged.holes.push(hole);
            }
            match paged.items.first_mut() {
                Some(first) => first.required.extend(page.state.required),
                None => paged.items.push(page.state),
            }
            after = page.next;
            if after.is_none() {
                return Ok(paged);
            }
        }
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
        if let Some(sha) = &pr.test_merge {
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
