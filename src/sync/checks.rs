//! Verdicts on the heads of a change: check runs with their annotations, and commit statuses.

use futures::future::join_all;

use super::{
    engine::Engine,
    fetch::{Paged, Part, missed},
};
use crate::{
    forge::{CHECKS_A_QUERY, ForgeError},
    model::{CheckRun, CommitStatus, Hole, HoleKind, Sha},
};

/// Check runs whose annotations are read, at each head.
const MAX_ANNOTATED: usize = 20;

impl Engine {
    /// Check runs of the heads, with their annotations. `before` is what is known of them.
    pub(super) async fn checks(&self, heads: &[Sha], before: Vec<CheckRun>) -> Part<CheckRun> {
        let repo = self.called();
        let lists = heads.iter().map(|sha| self.forge.check_runs(&repo, sha));
        let pages = join_all(lists.map(|list| self.pages(list))).await;
        let mut all = of_heads(heads, pages, "check runs")?;
        self.annotate(&mut all, heads.len(), before).await;
        Ok(all)
    }

    pub(super) async fn statuses(&self, heads: &[Sha]) -> Part<CommitStatus> {
        let repo = self.called();
        let lists = heads.iter().map(|sha| self.forge.statuses(&repo, sha));
        let pages = join_all(lists.map(|list| self.pages(list))).await;
        of_heads(heads, pages, "statuses")
    }

    /// Fills in the annotations: what is known is kept, what many have is asked for together, and the
    /// rest, or all where GraphQL stays out of reach, one by one.
    async fn annotate(&self, all: &mut Paged<CheckRun>, heads: usize, before: Vec<CheckRun>) {
        let mut wanted = Vec::new();
        for (index, check) in all.items.iter_mut().enumerate() {
            if check.annotations_count == 0 {
                continue;
            }
            let same = |b: &&CheckRun| {
                b.id == check.id
                    && b.annotations_count == check.annotations_count
                    && b.annotations.len() as u64 == b.annotations_count
                    && b.completed_at == check.completed_at
            };
            match before.iter().find(same) {
                Some(known) => check.annotations.clone_from(&known.annotations),
                None => wanted.push(index),
            }
        }
        let most = MAX_ANNOTATED * heads.max(1);
        if wanted.len() > most {
            let what = "annotations of some checks were left out";
            all.holes.push(Hole::new(HoleKind::Detail, what));
            wanted.truncate(most);
        }
        if wanted.len() > 1 && !self.forge.is_anonymous() {
            for some in wanted.chunks(CHECKS_A_QUERY) {
                let of = |index: &usize| all.items.get(*index).and_then(|c| c.node.clone());
                let ids: Vec<String> = some.iter().filter_map(of).collect();
                // Where it fails, each is asked for on its own, and says what is wrong.
                let Ok(mut told) = self.forge.annotations(&ids).await else {
                    break;
                };
                for index in some {
                    if let Some(check) = all.items.get_mut(*index)
                        && let Some(found) = told.remove(&check.id)
                    {
                        check.annotations = found;
                    }
                }
            }
        }
        for index in wanted {
            let Some(check) = all
                .items
                .get_mut(index)
                .filter(|c| c.annotations.is_empty())
            else {
                continue;
            };
            let list = self.forge.annotations_of(&self.called(), check.id);
            match self.pages_of_item(list).await {
                Ok(found) => {
                    check.annotations = found.items;
                    all.fresh.extend(found.fresh);
                    all.problems.extend(found.problems);
                    all.holes.extend(found.holes);
                }
                Err(error) => {
                    let what = format!("annotations of {}", check.name);
                    all.holes.push(missed(&what, &error));
                }
            }
        }
    }
}

/// Puts together what was told of each head, the current one last. A head that a force push left
/// behind is forgotten by the forge in time: that is history. Whatever else fails, fails the whole, so
/// that what was known before stays.
fn of_heads<T>(heads: &[Sha], pages: impl IntoIterator<Item = Part<T>>, what: &str) -> Part<T> {
    let (mut all, mut forgotten) = (Paged::default(), Vec::new());
    for (page, head) in pages.into_iter().zip(heads) {
        match page {
            Ok(page) => all.extend(page),
            Err(error) if Some(head) != heads.last() && is_forgotten(&error) => {
                forgotten.push(head.short().to_owned());
            }
            Err(error) => return Err(error),
        }
    }
    if !forgotten.is_empty() {
        let what = format!(
            "{what} of {}: the forge does not know these commits any more",
            forgotten.join(", ")
        );
        all.holes.push(Hole::new(HoleKind::History, what));
    }
    Ok(all)
}

/// Tells whether the forge says that there is no such commit (404, or 422 "No commit found").
fn is_forgotten(error: &ForgeError) -> bool {
    matches!(error.status, Some(404 | 422))
}

/// Both kinds of verdicts on a commit, and what was lost of either.
pub(super) fn join_statuses(
    checks: Part<CheckRun>,
    statuses: Part<CommitStatus>,
) -> Result<(Vec<CommitStatus>, Paged<CheckRun>), ForgeError> {
    let (mut checks, statuses) = (checks?, statuses?);
    checks.fresh.extend(statuses.fresh);
    checks.problems.extend(statuses.problems);
    checks.holes.extend(statuses.holes);
    Ok((statuses.items, checks))
}
