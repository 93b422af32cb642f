//! Feeds: four conditional requests that tell which changes moved. What a feed told is noted on the
//! changes in the transaction that keeps its tag: a sync that is killed in between has lost nothing.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;

use super::{
    engine::{Engine, Report, SyncError},
    plan::{Feed, REFUSED},
};
use crate::{
    forge::{ForgeError, Kind, List, Pages},
    model::{Activity, Deployment, PrNumber, PrState, Problem, PullRequest, RepoPart, WorkflowRun},
    store::{CachedResponse, FeedWrite},
};

/// Pages of a feed that are followed to find where it was left.
const MAX_PAGES: usize = 20;

/// What came of a round of feeds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Polled {
    /// Changes that something was told of, each once.
    pub moved: BTreeSet<PrNumber>,
}

/// What a feed says, before it is written.
#[derive(Default)]
struct Told {
    prs: Vec<PullRequest>,
    marks: BTreeMap<PrNumber, &'static str>,
    stale: Vec<RepoPart>,
    responses: Vec<CachedResponse>,
    problems: Vec<Problem>,
    /// It goes on beyond what was read.
    cut: bool,
}

impl Engine {
    /// Returns where a feed is.
    pub(super) fn feed_address(&self, feed: Feed) -> String {
        let repo = self.called();
        match feed {
            Feed::Pulls => self.forge.all_changes(&repo).address().to_owned(),
            Feed::Runs => self.forge.all_runs(&repo).address().to_owned(),
            Feed::Deployments => self.forge.deployments(&repo).address().to_owned(),
            Feed::Activity => self.forge.all_activity(&repo).address().to_owned(),
        }
    }

    /// Asks the feeds. Where the feed of pull requests fails, the list is not confirmed and its error
    /// is given; the others say what they miss. `first` is the round that also pulls the list.
    pub(super) async fn poll(&self, first: bool) -> Result<Polled, SyncError> {
        let row = self.row()?;
        let now = self.now();
        let is_due = |feed: &Feed| {
            let refused = self.memory().refused.get(feed).copied();
            refused.is_none_or(|at| now.since(at) >= REFUSED)
        };
        let feeds: Vec<Feed> = Feed::ALL.into_iter().filter(is_due).collect();
        let asked = feeds.iter().map(|feed| async move {
            let url = self.feed_address(*feed);
            let before = self.cached(&url);
            (*feed, before, self.page(&url).await)
        });
        let (mut polled, mut failed) = (Polled::default(), None);
        let mut others = Vec::new();
        let mut confirmed = Vec::new();
        for (feed, before, answer) in join_all(asked).await {
            let told = match answer {
                Ok((_, false)) => {
                    confirmed.push(feed.name());
                    continue;
                }
                Ok((response, true)) => self.told(feed, before, response).await,
                Err(error) => Err(error),
            };
            match told {
                Ok(told) => {
                    self.memory().refused.remove(&feed);
                    polled
                        .moved
                        .extend(self.note_feed(row.id, feed, told, first)?);
                }
                Err(error) if feed == Feed::Pulls => failed = Some(error),
                Err(error) => {
                    if error.is_for_good() {
                        self.memory().refused.insert(feed, now);
                    }
                    let unknown = format!(
                        "{error}; what it would tell is noticed when a change is looked at"
                    );
                    let problem = Problem::warning(format!("feed of {}", feed.name()), unknown);
                    others.push(problem.hinted(error.hint()));
                }
            }
        }
        // Where the list itself failed, its error says enough.
        for problem in others.into_iter().filter(|_| failed.is_none()) {
            self.say(Report::Problem(problem));
        }
        let list = failed.is_none() && !first;
        self.cache
            .touch_feeds(row.id, confirmed, self.now(), list)?;
        if let Some(error) = failed {
            return Err(error.into());
        }
        Ok(polled)
    }

    /// Writes what a feed told; returns of which changes.
    fn note_feed(
        &self,
        repo: i64,
        feed: Feed,
        told: Told,
        first: bool,
    ) -> Result<Vec<PrNumber>, SyncError> {
        for problem in told.problems {
            self.say(Report::Problem(problem));
        }
        let mut prs = told.prs;
        let updated = prs.iter().map(|pr| (pr.number, pr.updated_at));
        self.memory().fed.extend(updated);
        // The list itself brings the open ones, and knows more of them.
        prs.retain(|pr| !first || pr.state != PrState::Open);
        for pr in &mut prs {
            self.keep_listed(repo, pr)?;
        }
        let mut marks: Vec<(PrNumber, String)> = told
            .marks
            .into_iter()
            .map(|(number, why)| (number, why.to_owned()))
            .collect();
        if told.cut && !first {
            let open = self.cache.plan_rows(repo, &[])?;
            marks.extend(
                open.iter()
                    .map(|c| (c.number, format!("more {} than were read", feed.name()))),
            );
        }
        let numbers: Vec<PrNumber> = marks.iter().map(|(number, _)| *number).collect();
        let write = FeedWrite {
            feed: feed.name(),
            checked_at: Some(self.now()),
            prs,
            marks,
            stale: told.stale,
            responses: told.responses,
        };
        self.cache
            .put_feed(repo, write, self.forge.account.clone())?;
        Ok(numbers)
    }

    async fn told(
        &self,
        feed: Feed,
        before: Option<CachedResponse>,
        page: CachedResponse,
    ) -> Result<Told, ForgeError> {
        match feed {
            Feed::Pulls => self.pulls_told(page).await,
            Feed::Runs => self.runs_told(before, page).await,
            Feed::Deployments => self.deployments_told(before, &page),
            Feed::Activity => self.activity_told(before, page).await,
        }
    }

    /// Follows a feed until `done` finds where it was left.
    async fn follow<T>(
        &self,
        list: &List<T>,
        first: CachedResponse,
        told: &mut Told,
        mut done: impl FnMut(&[T]) -> bool,
    ) -> Result<Vec<T>, ForgeError> {
        let (mut page, mut all) = (first, Vec::new());
        let mut pages = Pages::new(MAX_PAGES);
        // Where it cannot be taken up, nothing of it is told.
        let _ = pages.turn_to(&page.url);
        loop {
            let listed = list
                .read(&page.url, &page.body)
                .map_err(ForgeError::unread)?;
            told.problems.extend(listed.problems);
            let found = done(&listed.items);
            all.extend(listed.items);
            let next = page.next.clone();
            if pages.count() == 1 {
                told.responses.push(page);
            }
            let Some(next) = next.filter(|_| !found) else {
                break;
            };
            if pages.turn_to(&self.key(&next)).is_err() {
                told.cut = true;
                break;
            }
            page = self.page_anew(&next).await?;
        }
        Ok(all)
    }

    async fn pulls_told(&self, page: CachedResponse) -> Result<Told, ForgeError> {
        let mut told = Told::default();
        let cached =
            |e: crate::store::StoreError| ForgeError::new(Kind::Malformed, "cache", e.to_string());
        let repo = self.row().map_err(cached)?.id;
        let known = self.cache.listed(repo).map_err(cached)?;
        let is_first = known.is_empty();
        // Newest first: where one is as it was, so are those behind it. An item that moves while
        // pages are read is met twice, or on the next poll: its time is newer than what is kept.
        let as_it_was =
            |pr: &PullRequest| known.get(&pr.number).is_some_and(|at| *at >= pr.updated_at);
        let list = self.forge.all_changes(&self.called());
        let listed = self
            .follow(&list, page, &mut told, |items| {
                is_first || items.iter().any(as_it_was) || items.is_empty()
            })
            .await?;
        for pr in listed {
            let kept = self.cache.change(repo, pr.number).map_err(cached)?;
            let moved = kept.as_ref().is_none_or(|k| differs(&k.pr, &pr));
            if !moved {
                continue;
            }
            let looked_at = kept.as_ref().is_some_and(|k| k.synced_for.is_some());
            if looked_at {
                told.marks.insert(pr.number, "pull request");
            }
            told.prs.push(pr);
        }
        Ok(told)
    }

    async fn runs_told(
        &self,
        before: Option<CachedResponse>,
        page: CachedResponse,
    ) -> Result<Told, ForgeError> {
        let mut told = Told::default();
        let list = self.forge.all_runs(&self.called());
        let state = |run: &WorkflowRun| {
            let last = run
                .last_try()
                .map(|t| (t.n, t.status.clone(), t.conclusion.clone(), t.updated_at));
            (run.id, last)
        };
        let old: Option<BTreeMap<_, _>> = before
            .and_then(|b| list.read(&b.url, &b.body).ok())
            .map(|l| l.items.iter().map(state).collect());
        let runs = self
            .follow(&list, page, &mut told, |items| {
                let Some(old) = &old else { return true };
                items.iter().any(|r| old.contains_key(&r.id)) || items.is_empty()
            })
            .await?;
        let Some(old) = old else { return Ok(told) };
        for run in runs {
            let (id, now) = state(&run);
            if old.get(&id) != Some(&now) {
                let branch = run.head_branch.as_deref().unwrap_or("");
                self.mark_changes(&mut told, branch, run.head_sha.as_str(), "workflow runs");
            }
        }
        Ok(told)
    }

    /// Deployments are one part of the repository: what moved there makes it stale.
    fn deployments_told(
        &self,
        before: Option<CachedResponse>,
        page: &CachedResponse,
    ) -> Result<Told, ForgeError> {
        let list = self.forge.deployments(&self.called());
        let read = |r: &CachedResponse| list.read(&r.url, &r.body);
        let now = read(page).map_err(ForgeError::unread)?;
        let state = |d: &Deployment| (d.id, d.updated_at);
        let old: Option<BTreeSet<_>> = before
            .and_then(|b| read(&b).ok())
            .map(|l| l.items.iter().map(state).collect());
        let moved = old.is_none_or(|old| now.items.iter().any(|d| !old.contains(&state(d))));
        Ok(Told {
            stale: moved.then_some(RepoPart::Deployments).into_iter().collect(),
            responses: vec![page.clone()],
            problems: now.problems,
            ..Told::default()
        })
    }

    async fn activity_told(
        &self,
        before: Option<CachedResponse>,
        page: CachedResponse,
    ) -> Result<Told, ForgeError> {
        let mut told = Told::default();
        let list = self.forge.all_activity(&self.called());
        let old: Option<BTreeSet<u64>> = before
            .and_then(|b| list.read(&b.url, &b.body).ok())
            .map(|l| l.items.iter().map(|a: &Activity| a.id).collect());
        let rows = self
            .follow(&list, page, &mut told, |items| {
                let Some(old) = &old else { return true };
                items.iter().any(|a| old.contains(&a.id)) || items.is_empty()
            })
            .await?;
        let Some(old) = old else { return Ok(told) };
        let bases = self.bases();
        for row in rows.into_iter().filter(|a| !old.contains(&a.id)) {
            let branch = row
                .git_ref
                .strip_prefix("refs/heads/")
                .unwrap_or(&row.git_ref);
            if bases.contains(branch) && !told.stale.contains(&RepoPart::Contract) {
                told.stale.push(RepoPart::Contract);
            }
            self.mark_changes(&mut told, branch, "", "branch");
        }
        Ok(told)
    }

    /// Notes the changes that have a branch or a head.
    fn mark_changes(&self, told: &mut Told, branch: &str, head: &str, why: &'static str) {
        let Ok(row) = self.row() else { return };
        let found = self.cache.changes_of(row.id, branch, head);
        told.marks
            .extend(found.unwrap_or_default().into_iter().map(|n| (n, why)));
    }
}

/// Tells whether a change is another than it was, by what a list of the REST API tells.
fn differs(known: &PullRequest, listed: &PullRequest) -> bool {
    let key = |p: &PullRequest| {
        (
            (
                p.updated_at,
                p.state,
                p.draft,
                p.head_sha.clone(),
                p.base_ref.clone(),
            ),
            (
                p.title.clone(),
                p.body.clone(),
                p.labels.clone(),
                p.requested_reviewers.len(),
            ),
        )
    };
    listed.updated_at >= known.updated_at && key(known) != key(listed)
}
