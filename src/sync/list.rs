//! The list of open changes: by GraphQL, which tells most in one query, else by REST.

use std::collections::BTreeSet;

use tokio::task::JoinHandle;

use super::engine::{Engine, Report, SyncError, joined};
use crate::{
    forge::{ForgeError, Kind, ListPage, Pages},
    model::{PrNumber, Problem, RepoId},
    store::{RepoRow, StoreError},
};

/// Changes a GraphQL query asks for; halved where the forge cannot answer in time.
pub(super) const PAGE: u32 = 25;
/// Pages from which on a list is long: then they are asked for side by side.
const LONG: u64 = 3;
/// Pages of the list that are followed, so small as they may be.
const MAX_LIST_PAGES: usize = 4_000;
/// The smallest page before the list goes by REST.
const SMALLEST: u32 = 5;

/// Tells whether the forge may manage a smaller page.
fn is_too_much(error: &ForgeError) -> bool {
    matches!(error.status, Some(502 | 504)) || error.kind == Kind::Interrupted
}

/// Tells whether the list may be had by REST where GraphQL failed so.
fn is_out_of_reach(error: &ForgeError) -> bool {
    is_too_much(error) || matches!(error.kind, Kind::Forbidden | Kind::Refused)
}

/// A list as far as it was read.
#[derive(Debug)]
pub(super) struct Listing {
    pub numbers: BTreeSet<PrNumber>,
    /// Nothing of it was lost.
    pub whole: bool,
    writing: Option<JoinHandle<Result<(), StoreError>>>,
}

impl Default for Listing {
    fn default() -> Self {
        Self {
            numbers: BTreeSet::new(),
            whole: true,
            writing: None,
        }
    }
}

impl Listing {
    async fn written(&mut self) -> Result<(), SyncError> {
        match self.writing.take() {
            Some(writing) => joined(writing.await),
            None => Ok(()),
        }
    }
}

impl Engine {
    /// Pulls all open changes; returns how many there were, and whether none was lost.
    pub(super) async fn list_open(&self) -> Result<(usize, bool), SyncError> {
        if self.forge.is_anonymous() {
            return self.list_by_rest(None).await;
        }
        match self.list_by_graphql().await {
            Err(SyncError::Forge(error)) if is_out_of_reach(&error) => {
                self.say(Report::Problem(
                    Problem::warning(
                        "list of changes",
                        format!("GraphQL is out of reach ({error}); the list comes by REST, which is slower"),
                    )
                    .hinted("what only GraphQL tells (issues a change closes, the forge's review decision) is read from texts or unknown"),
                ));
                self.list_by_rest(Some(error)).await
            }
            other => other,
        }
    }

    /// Slower, and what only GraphQL knows (which issues a change closes) comes from its description.
    async fn list_by_rest(&self, after: Option<ForgeError>) -> Result<(usize, bool), SyncError> {
        let row = self.row()?;
        let list = self.forge.open_changes_by_rest(&self.called());
        let mut paged = match self.pages(list).await {
            Ok(paged) => paged,
            // Where REST fails as well, the first error says more.
            Err(error) => return Err(after.unwrap_or(error).into()),
        };
        for problem in paged.problems.drain(..) {
            self.say(Report::Problem(problem));
        }
        let whole = paged.holes.is_empty();
        for pr in &mut paged.items {
            self.keep_listed(row.id, pr)?;
        }
        self.cache.put_list(row.id, &paged.items, None)?;
        Ok((paged.items.len(), whole))
    }

    async fn list_by_graphql(&self) -> Result<(usize, bool), SyncError> {
        let called = self.called();
        let mut after = None::<String>;
        let mut size = self.row()?.page_size.unwrap_or(PAGE);
        let mut pages = Pages::new(MAX_LIST_PAGES);
        let mut listing = Listing::default();
        loop {
            if let Err(why) = pages.turn_to(after.as_deref().unwrap_or_default()) {
                self.say(Report::Problem(Problem::warning(
                    "list of changes",
                    why.to_string(),
                )));
                listing.whole = false;
                break;
            }
            let page = loop {
                match self.forge.list(&called, true, size, after.as_deref()).await {
                    Err(e) if is_too_much(&e) && size > SMALLEST => {
                        size = (size / 2).max(SMALLEST);
                        self.update(|row| row.page_size = Some(size))?;
                    }
                    other => break other?,
                }
            };
            // Another token may belong to somebody else than the one before.
            if let Some(viewer) = &page.viewer {
                self.viewer_is(viewer)?;
            }
            let next = page.next.clone();
            let total = page.total;
            let is_long = total > u64::from(size) * LONG;
            let had_problems = page.prs.is_empty() && !page.problems.is_empty();
            let leads_on = self.take_in(page, &mut listing).await? || had_problems;
            let is_first = after.is_none();
            after = next;
            if after.is_none()
                || is_first && is_long && self.side_by_side(&mut listing, total, size).await?
            {
                break;
            }
            if !leads_on {
                let what =
                    "a page held nothing that the pages before did not; the rest is left out";
                self.say(Report::Problem(Problem::warning("list of changes", what)));
                listing.whole = false;
                break;
            }
        }
        listing.written().await?;
        Ok((listing.numbers.len(), listing.whole))
    }

    /// Writes a page of the list, while the next one is asked for; tells whether something in it was not
    /// in the pages before.
    pub(super) async fn take_in(
        &self,
        page: ListPage,
        listing: &mut Listing,
    ) -> Result<bool, SyncError> {
        let before = listing.numbers.len();
        listing.numbers.extend(page.prs.iter().map(|pr| pr.number));
        listing.whole &= page.problems.is_empty();
        for problem in page.problems {
            self.say(Report::Problem(problem));
        }
        let counts = page.prs.iter().filter_map(|pr| {
            let counts = page.counts.get(&pr.number)?;
            Some((pr.number, (*counts, pr.updated_at)))
        });
        self.memory().listed.extend(counts);
        self.say(Report::List {
            done: listing.numbers.len(),
            total: page.total,
        });
        listing.written().await?;
        let (cache, repo) = (self.cache.clone(), self.row()?.id);
        let write = move || cache.put_list(repo, &page.prs, None);
        listing.writing = Some(tokio::task::spawn_blocking(write));
        Ok(listing.numbers.len() > before)
    }

    /// Changes what is known of the repository, where that changes it.
    pub(super) fn update(&self, edit: impl FnOnce(&mut RepoRow)) -> Result<(), SyncError> {
        let before = self.row()?;
        let mut after = before.clone();
        edit(&mut after);
        if after != before {
            self.cache.set_repo(after)?;
        }
        Ok(())
    }

    /// Keeps what a REST list does not tell of a change but an earlier answer did.
    pub(super) fn keep_listed(
        &self,
        repo: i64,
        pr: &mut crate::model::PullRequest,
    ) -> Result<(), SyncError> {
        if let Some(known) = self.cache.change(repo, pr.number)? {
            pr.closes = known.pr.closes;
            pr.review_decision = pr.review_decision.take().or(known.pr.review_decision);
            if (pr.additions, pr.deletions, pr.changed_files) == (0, 0, 0) {
                pr.additions = known.pr.additions;
                pr.deletions = known.pr.deletions;
                pr.changed_files = known.pr.changed_files;
            }
        }
        Ok(())
    }

    /// Asks for the repository and the viewer, where they are not known yet.
    pub(super) async fn describe(&self) -> Result<(), SyncError> {
        let known = self.viewer();
        if known.is_none() || known.map(|v| v.to_string()) != self.row()?.viewer {
            match self.viewer_now().await {
                Ok(Some(viewer)) => self.viewer_is(&viewer)?,
                Ok(None) => {}
                // A wrong token ends the sync here, with its own words.
                Err(e) if e.kind == Kind::Auth => return Err(e.into()),
                Err(e) => self.say(Report::Problem(
                    Problem::warning("viewer", e.to_string()).hinted(e.hint()),
                )),
            }
        }
        self.identify().await
    }

    /// Asks what the repository is called now and where git finds it.
    pub(super) async fn identify(&self) -> Result<(), SyncError> {
        let wanted = self.forge.identity(&self.called());
        let response = match self.page_anew(wanted.address()).await {
            Ok(response) => response,
            Err(error) => {
                if error.kind == Kind::NotFound && self.row()?.forge_id.is_some() {
                    let now = self.now();
                    self.update(|row| row.lost_at = row.lost_at.or(Some(now)))?;
                    self.say(Report::Problem(
                        Problem::error(
                            self.called().slug(),
                            "the repository is gone, or this token may not see it any more",
                        )
                        .hinted(
                            "what is cached stays readable; `proofline cache prune` removes it",
                        ),
                    ));
                }
                return Err(error.into());
            }
        };
        self.memory().moved = false;
        let found = match wanted.read(&response.body) {
            Ok(found) => found,
            Err(problem) => {
                self.say(Report::Problem(problem));
                return Ok(());
            }
        };
        let called = self.called();
        if !found.full_name.eq_ignore_ascii_case(&called.slug())
            && let Some((owner, name)) = found.full_name.split_once('/')
        {
            let now_called = RepoId {
                host: called.host.clone(),
                owner: owner.to_owned(),
                name: name.to_owned(),
            };
            self.cache.rename_repo(self.row()?.id, &now_called)?;
            self.row()?;
            self.say(Report::Problem(Problem::warning(
                called.slug(),
                format!(
                    "the repository is called {} now; what is cached moved with it",
                    found.full_name
                ),
            )));
        }
        self.update(|row| {
            row.forge_id = found.id.or(row.forge_id);
            row.clone_url = found.clone_url.as_deref().and_then(web_address);
            row.default_branch = found.default_branch;
            row.size_kib = found.size;
            row.lost_at = None;
        })
    }

    /// Tells whether a repository is the one this engine stands for, by any of its names.
    pub(super) fn is_mine(&self, repo: &RepoId) -> bool {
        if *repo == self.repo || *repo == self.called() {
            return true;
        }
        let row = self.row().map(|r| r.id);
        row.and_then(|id| self.cache.old_names(id))
            .is_ok_and(|names| names.contains(repo))
    }
}

/// An address of the web that git may fetch from, without what it holds of a name or password, which
/// would be written down. Another kind of address could make git start a program.
fn web_address(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_once('/')?;
    let host = authority.rsplit('@').next().filter(|h| !h.is_empty())?;
    matches!(scheme, "https" | "http").then(|| format!("{scheme}://{host}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_addresses_of_the_web_are_kept_for_git() {
        for (given, kept) in [
            (
                "https://git.acme.org/a/b.git",
                Some("https://git.acme.org/a/b.git"),
            ),
            (
                "https://me:secret@git.acme.org/a/b",
                Some("https://git.acme.org/a/b"),
            ),
            (
                "http://127.0.0.1:8080/a/b.git",
                Some("http://127.0.0.1:8080/a/b.git"),
            ),
            ("ext::sh -c touch", None),
            ("--upload-pack=touch", None),
            ("file:///etc/passwd", None),
            ("ssh://git@git.acme.org/a/b", None),
            ("https:///a/b", None),
        ] {
            assert_eq!(web_address(given).as_deref(), kept, "{given}");
        }
    }
}
