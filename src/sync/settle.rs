//! Reading the lists of the whole repository, which settle much for many changes, where they are short
//! enough to be read to their end. They are read in a round that looks at many changes for the first
//! time, and tell what would else be asked for each of them.
//!
//! They are read before the changes. A change of which something was told since they may have been read
//! is asked for itself; what happens after them, the next poll of the feeds tells.

use std::{collections::BTreeMap, sync::Arc};

use futures::future::join_all;

use super::{
    engine::Engine,
    plan::{Item, MANY, Reason},
    settled::Settled,
};
use crate::{
    forge::{List, Listed, Pages},
    model::{Artifact, PartState, RepoPart},
};

/// Pages of a list that says how long it is. A longer one is asked for by change.
const MAX_PAGES: usize = 20;
/// Pages of a list whose pages name the next. A longer one is asked for by change.
const MAX_FOLLOWED: usize = 10;
/// Items of a page.
const A_PAGE: u64 = 100;

/// Puts artifacts to their runs; none where one does not tell its run.
fn by_run(artifacts: Vec<Artifact>) -> Option<BTreeMap<u64, Vec<Artifact>>> {
    let mut all: BTreeMap<u64, Vec<Artifact>> = BTreeMap::new();
    for artifact in artifacts {
        if artifact.run_id == 0 {
            return None;
        }
        all.entry(artifact.run_id).or_default().push(artifact);
    }
    Some(all)
}

/// Puts pages together: each item once. None where there are not as many as the forge counts, or one has
/// no name by which it could be told from the others.
fn together<T>(pages: Vec<Listed<T>>) -> Option<Vec<T>> {
    let total = pages.iter().filter_map(|page| page.total).max();
    let mut all: BTreeMap<String, usize> = BTreeMap::new();
    let mut items = Vec::new();
    for page in pages {
        if !page.problems.is_empty() {
            return None;
        }
        for (item, name) in page.items.into_iter().zip(page.names) {
            if all.insert(name?, items.len()).is_none() {
                items.push(item);
            }
        }
    }
    let count = u64::try_from(items.len()).ok()?;
    total.is_none_or(|total| total == count).then_some(items)
}

impl Engine {
    /// Reads the lists, where there are many first looks among what is planned.
    pub(super) async fn settle(&self, items: &[Item]) -> Option<Arc<Settled>> {
        let first = |item: &&Item| item.reason == Reason::Incomplete && item.change().is_some();
        if items.iter().filter(first).count() < MANY {
            return None;
        }
        let (forge, repo) = (&self.forge, self.called());
        let scans = async {
            match self.refused_whole(RepoPart::Alerts) {
                Some(PartState::Absent(_)) => None,
                _ => self.whole_list(&forge.all_analyses(&repo)).await,
            }
        };
        let lists = (
            forge.all_runs(&repo),
            forge.all_artifacts(&repo),
            forge.all_activity(&repo),
        );
        let (runs, artifacts, activity, analyses) = futures::join!(
            self.whole_list(&lists.0),
            self.whole_list(&lists.1),
            self.whole_list(&lists.2),
            scans,
        );
        Some(Arc::new(Settled {
            runs,
            artifacts: artifacts.and_then(by_run),
            activity,
            analyses,
        }))
    }

    /// Reads a list to its end; none where it is too long, or anything is wrong with it.
    async fn whole_list<T>(&self, list: &List<T>) -> Option<Vec<T>> {
        let read = async |url: String| {
            let (page, _) = self.page(&url).await.ok()?;
            let listed = list.read(&url, &page.body).ok()?;
            Some((listed, page.next))
        };
        let (first, mut next) = read(list.page(1)).await?;
        let total = first.total;
        let mut pages = vec![first];
        if let Some(total) = total {
            let count = usize::try_from(total.div_ceil(A_PAGE)).ok()?;
            if count > MAX_PAGES {
                return None;
            }
            let others = (2..=count).map(|n| read(list.page(n)));
            for page in join_all(others).await {
                pages.push(page?.0);
            }
            return together(pages);
        }
        let mut followed = Pages::new(MAX_FOLLOWED);
        followed.turn_to(list.address()).ok()?;
        while let Some(url) = next {
            followed.turn_to(&url).ok()?;
            let (page, after) = read(url).await?;
            pages.push(page);
            next = after;
        }
        together(pages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(names: &[&str], total: Option<u64>) -> Listed<String> {
        Listed {
            items: names.iter().map(|n| (*n).to_owned()).collect(),
            problems: Vec::new(),
            total,
            names: names
                .iter()
                .map(|n| (!n.is_empty()).then(|| (*n).to_owned()))
                .collect(),
        }
    }

    #[test]
    fn a_list_settles_only_what_it_tells_whole() {
        for (pages, whole, why) in [
            (vec![page(&["a", "b"], None)], Some(2), "one page"),
            (
                vec![page(&["a", "b"], Some(3)), page(&["c"], Some(3))],
                Some(3),
                "as many as are counted",
            ),
            (
                vec![page(&["a", "b"], Some(3)), page(&["b", "c"], Some(3))],
                Some(3),
                "one moved to the next page",
            ),
            (
                vec![page(&["a", "b"], Some(3)), page(&["c"], Some(4))],
                None,
                "one came while it was read",
            ),
            (vec![page(&["a"], Some(2))], None, "fewer than are counted"),
            (vec![page(&["a", ""], None)], None, "one without a name"),
        ] {
            assert_eq!(together(pages).map(|all| all.len()), whole, "{why}");
        }
        let mut broken = page(&["a"], None);
        broken
            .problems
            .push(crate::model::Problem::warning("b", "cannot be read"));
        assert_eq!(together(vec![broken]), None);
    }
}
