//! Getting a paged resource conditionally: pages that did not change come from the cache.

use super::{engine::Engine, meter::MAX_REQUESTS, plan::RESERVE};
use crate::{
    forge::{Answer, ForgeError, Kind, List, Listed, One, Pages, Stop, Validators},
    model::{Hole, HoleKind, Problem, Timestamp},
    store::CachedResponse,
};

/// Requests for details of one list that are under way at once.
pub(super) const IN_FLIGHT: usize = 6;
/// Pages of one resource that are followed.
const MAX_PAGES: usize = 50;

/// The items of all pages, and what must be stored with them.
pub(super) struct Paged<T> {
    pub items: Vec<T>,
    pub problems: Vec<Problem>,
    /// Answers that were new.
    pub fresh: Vec<CachedResponse>,
    /// What is missing, where not all could be read.
    pub holes: Vec<Hole>,
}

/// The answer to a request for a part of a change.
pub(super) type Part<T> = Result<Paged<T>, ForgeError>;

/// Says what a failed request left out, and whether it is asked for again: what the forge refuses
/// or does not have, it will not have the next time.
pub(super) fn missed(what: &str, error: &ForgeError) -> Hole {
    let kind = if error.is_for_good() {
        HoleKind::Refused
    } else {
        HoleKind::Again
    };
    Hole::new(kind, format!("{what}: {error}"))
}

impl<T> Default for Paged<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            problems: Vec::new(),
            fresh: Vec::new(),
            holes: Vec::new(),
        }
    }
}

/// What is known without a request, as if it had come whole.
impl<T> From<Vec<T>> for Paged<T> {
    fn from(items: Vec<T>) -> Self {
        Self {
            items,
            ..Self::default()
        }
    }
}

impl<T> Paged<T> {
    /// Adds the pages of another resource of the same kind.
    pub fn extend(&mut self, more: Self) {
        self.items.extend(more.items);
        self.problems.extend(more.problems);
        self.fresh.extend(more.fresh);
        self.holes.extend(more.holes);
    }
}

impl Engine {
    /// Gets one page's bytes, from the cache where the forge says that it did not change.
    pub(super) async fn page(&self, url: &str) -> Result<(CachedResponse, bool), ForgeError> {
        let cached = self.cached(url);
        let validators = cached.as_ref().map(|c| Validators {
            etag: c.etag.clone(),
            last_modified: c.last_modified.clone(),
        });
        let answer = self.answer(url, validators.as_ref()).await?;
        match (answer, cached) {
            (Answer::NotModified, Some(cached)) => Ok((cached, false)),
            (answer, _) => Ok((self.stored(url, answer)?, true)),
        }
    }

    /// Gets one object, and whether it is another than before; none where it cannot be read.
    pub(super) async fn one<T>(
        &self,
        one: &One<T>,
    ) -> Result<(Result<T, Problem>, CachedResponse, bool), ForgeError> {
        let (response, is_new) = self.page(one.address()).await?;
        Ok((one.read(&response.body), response, is_new))
    }

    /// Returns what is cached of an object, whatever its age.
    pub(super) fn cached_one<T>(&self, one: &One<T>) -> Option<T> {
        one.read(&self.cached(one.address())?.body).ok()
    }

    /// Gets one page's bytes without a condition.
    pub(super) async fn page_anew(&self, url: &str) -> Result<CachedResponse, ForgeError> {
        let answer = self.answer(url, None).await?;
        self.stored(url, answer)
    }

    /// Asks, and follows a redirect to where a renamed or transferred repository is now, which is on
    /// the same forge.
    async fn answer(&self, url: &str, seen: Option<&Validators>) -> Result<Answer, ForgeError> {
        if self.meter.as_ref().is_some_and(|m| m.keeps_reserve) {
            self.under_way.give_way().await;
        }
        self.may_ask(url)?;
        match self.forge.get(url, seen).await? {
            Answer::Elsewhere { location, for_good } => {
                self.memory().moved |= for_good;
                self.forge.get(&location, seen).await
            }
            answer => Ok(answer),
        }
    }

    /// What is to be stored of an answer that has a body.
    fn stored(&self, url: &str, answer: Answer) -> Result<CachedResponse, ForgeError> {
        let why = match answer {
            Answer::Fresh {
                body,
                validators,
                next,
            } => {
                return Ok(CachedResponse {
                    url: self.key(url),
                    etag: validators.etag,
                    last_modified: validators.last_modified,
                    next,
                    fetched_at: self.now(),
                    body: body.to_vec(),
                });
            }
            Answer::NotModified => "304 without a condition",
            Answer::Elsewhere { .. } => "redirected twice",
        };
        Err(ForgeError::new(Kind::Malformed, url, why))
    }

    /// Gets all pages of a list. Where the first fails, nothing is known and the error is given;
    /// where a later one fails, what is cached of it stands in, and the rest is said to be missing.
    pub(super) async fn pages<T>(&self, list: List<T>) -> Part<T> {
        self.pages_from(&list, false).await
    }

    /// Gets all pages of a list that belongs to an item of another: what is cached of it stands in
    /// for its first page too.
    pub(super) async fn pages_of_item<T>(&self, list: List<T>) -> Part<T> {
        self.pages_from(&list, true).await
    }

    /// Returns what is cached of an address, whatever its age.
    pub(super) fn cached(&self, url: &str) -> Option<CachedResponse> {
        let found = self.cache.response(&self.key(url), &self.forge.account);
        found.ok().flatten()
    }

    async fn pages_from<T>(&self, list: &List<T>, first_may_be_cached: bool) -> Part<T> {
        let mut paged = Paged::default();
        let mut next = Some(list.address().to_owned());
        let mut pages = Pages::new(MAX_PAGES);
        let (mut named, mut total) = (std::collections::BTreeSet::new(), None::<u64>);
        while let Some(url) = next.take() {
            if let Err(stop) = pages.turn_to(&self.key(&url)) {
                let kind = match stop {
                    Stop::LeadsBack(_) => HoleKind::Again,
                    Stop::TooMany(_) => HoleKind::LeftOut,
                };
                paged.holes.push(Hole::new(kind, stop.to_string()));
                break;
            }
            let (response, is_new) = match self.page(&url).await {
                Ok(page) => page,
                Err(error) if pages.count() > 1 || first_may_be_cached => {
                    let n = pages.count();
                    let Some(cached) = self.cached(&url) else {
                        if n == 1 {
                            return Err(error);
                        }
                        let what = format!("page {n} could not be read");
                        paged.holes.push(missed(&what, &error));
                        break;
                    };
                    paged
                        .holes
                        .push(missed(&format!("page {n} is from before"), &error));
                    (cached, false)
                }
                Err(error) => return Err(error),
            };
            let mut decoded = list.read(&url, &response.body);
            let (mut response, mut is_new) = (response, is_new);
            if decoded.is_err() && !is_new {
                // What is stored is damaged: ask again, without a condition.
                response = self.page_anew(&url).await?;
                is_new = true;
                decoded = list.read(&url, &response.body);
            }
            let listed: Listed<T> = match decoded {
                Ok(listed) => listed,
                Err(problem) => {
                    return Err(ForgeError::unread(problem));
                }
            };
            let before = named.len();
            let all_named = !listed.names.is_empty() && listed.names.iter().all(Option::is_some);
            // What moved while pages were read stands on two of them.
            for (item, name) in listed.items.into_iter().zip(listed.names) {
                if name.is_none_or(|name| named.insert(name)) {
                    paged.items.push(item);
                }
            }
            paged.problems.extend(listed.problems);
            total = listed.total.or(total);
            next.clone_from(&response.next);
            if next.is_some() && all_named && named.len() == before && pages.count() > 1 {
                let n = pages.count();
                let what = format!("page {n} held nothing that the pages before did not");
                paged.holes.push(Hole::new(HoleKind::Again, what));
                next = None;
            }
            if is_new {
                paged.fresh.push(response);
            }
        }
        let got = (paged.items.len() + paged.problems.len()) as u64;
        if let Some(total) = total.filter(|total| *total > got && paged.holes.is_empty()) {
            let what = format!("{got} of {total} were given");
            paged.holes.push(Hole::new(HoleKind::Again, what));
        }
        Ok(paged)
    }

    /// Refuses a request of a change that cost too much already, or that would go into what is kept
    /// of the budget.
    fn may_ask(&self, what: &str) -> Result<(), ForgeError> {
        let Some(meter) = &self.meter else {
            return Ok(());
        };
        if !meter.take() {
            let why = format!("left out: this change cost {MAX_REQUESTS} requests already");
            return Err(ForgeError::new(Kind::Refused, what, why));
        }
        let budget = self.forge.budget();
        let kept = budget.limit.unwrap_or_default() / RESERVE;
        if meter.keeps_reserve && budget.remaining.is_some_and(|left| left < kept) {
            let why =
                format!("left out: {kept} requests of the budget are kept for what you ask for");
            return Err(ForgeError {
                retry_at: budget.resets_at,
                ..ForgeError::new(Kind::RateLimited, what, why)
            });
        }
        Ok(())
    }

    /// Returns the time by the forge's clock.
    pub fn now(&self) -> Timestamp {
        self.forge.now()
    }
}
