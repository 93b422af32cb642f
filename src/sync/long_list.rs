//! A long list of open changes: its pages are asked for side by side, and the changes on them by their
//! ids, side by side too. Page after page, each would name the next.

use std::collections::BTreeSet;

use futures::future::{join, try_join_all};

use super::{
    engine::{Engine, SyncError},
    list::{Listing, PAGE},
};
use crate::{
    forge::{ForgeError, ListPage, OPEN_A_PAGE},
    model::{PrNumber, PrState},
};

/// Pages of a list that are asked for.
const MAX_PAGES: usize = 100;

/// Changes that are asked for by their ids in one query: those of a page in three.
const BY_ID: usize = OPEN_A_PAGE.div_ceil(3);

/// What came of a page: the changes on it that were not known before, and whether it was the same when
/// it was asked for again.
struct Read {
    numbers: Vec<PrNumber>,
    pages: Vec<ListPage>,
    is_same: bool,
}

/// Tells whether pages hold all open changes, each once: none moved while they were read, and there are
/// as many as the forge counts.
fn holds_all(read: &[Read]) -> bool {
    let numbers: BTreeSet<PrNumber> = read.iter().flat_map(|r| r.numbers.clone()).collect();
    let pages = || read.iter().flat_map(|r| &r.pages);
    let count = u64::try_from(numbers.len()).unwrap_or(u64::MAX);
    read.iter().all(|r| r.is_same)
        && pages().all(|page| page.total == count)
        && pages().all(|page| page.prs.iter().all(|pr| pr.state == PrState::Open))
}

impl Engine {
    /// Reads on from the first page of a list. False where that did not work: something failed, or the
    /// list moved meanwhile, so that a change may have gone from one page to another unseen.
    pub(super) async fn side_by_side(
        &self,
        listing: &mut Listing,
        total: u64,
        size: u32,
    ) -> Result<bool, SyncError> {
        let pages = usize::try_from(total)
            .unwrap_or(usize::MAX)
            .div_ceil(OPEN_A_PAGE);
        if pages > MAX_PAGES {
            return Ok(false);
        }
        let known = &listing.numbers;
        // A forge that could not manage a usual page is asked for no more than it could.
        let size = if size < PAGE {
            usize::try_from(size).unwrap_or(1).max(1)
        } else {
            BY_ID
        };
        let asked = (1..=pages).map(|page| self.page_of_list(page, size, |n| known.contains(&n)));
        let Ok(read) = try_join_all(asked).await else {
            return Ok(false);
        };
        if !holds_all(&read) {
            return Ok(false);
        }
        // Written at once: each write by itself would have to wait for the one before.
        let all = read
            .into_iter()
            .flat_map(|r| r.pages)
            .reduce(|mut all, page| {
                all.prs.extend(page.prs);
                all.problems.extend(page.problems);
                all.counts.extend(page.counts);
                all
            });
        if let Some(all) = all {
            self.take_in(all, listing).await?;
        }
        Ok(true)
    }

    async fn page_of_list(
        &self,
        page: usize,
        size: usize,
        is_known: impl Fn(PrNumber) -> bool,
    ) -> Result<Read, ForgeError> {
        let called = self.called();
        let Some(first) = self.forge.open_changes(&called, page, None).await? else {
            return Ok(Read {
                numbers: Vec::new(),
                pages: Vec::new(),
                is_same: false,
            });
        };
        let new = first
            .changes
            .iter()
            .filter(|(number, _)| !is_known(*number));
        let ids: Vec<String> = new.map(|(_, id)| id.clone()).collect();
        let details = try_join_all(ids.chunks(size).map(|ids| self.forge.changes(&called, ids)));
        let again = self.forge.open_changes(&called, page, Some(&first.seen));
        let (details, again) = join(details, again).await;
        let numbers = |page: &crate::forge::OpenPage| -> Vec<PrNumber> {
            page.changes.iter().map(|(number, _)| *number).collect()
        };
        let again = again?;
        let own = numbers(&first);
        Ok(Read {
            is_same: again.is_none_or(|page| numbers(&page) == own),
            numbers: own,
            pages: details?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples;

    fn read(numbers: &[PrNumber], total: u64, is_same: bool, state: PrState) -> Read {
        let page = ListPage {
            viewer: None,
            prs: vec![crate::model::PullRequest {
                state,
                ..samples::change(&samples::sha("a"), &samples::sha("b")).pr
            }],
            total,
            next: None,
            problems: Vec::new(),
            counts: std::collections::BTreeMap::new(),
        };
        Read {
            numbers: numbers.to_vec(),
            pages: vec![page],
            is_same,
        }
    }

    #[test]
    fn a_list_that_moved_while_it_was_read_is_not_whole() {
        let open = PrState::Open;
        for (pages, holds, why) in [
            (
                vec![read(&[1, 2], 3, true, open), read(&[3], 3, true, open)],
                true,
                "all",
            ),
            (
                vec![read(&[1, 2], 3, true, open), read(&[2], 3, true, open)],
                false,
                "one twice",
            ),
            (
                vec![read(&[1, 2], 2, false, open)],
                false,
                "another page the second time",
            ),
            (vec![read(&[1], 2, true, open)], false, "one more is open"),
            (
                vec![read(&[1, 2], 2, true, PrState::Closed)],
                false,
                "one was closed",
            ),
        ] {
            assert_eq!(holds_all(&pages), holds, "{why}");
        }
    }
}
