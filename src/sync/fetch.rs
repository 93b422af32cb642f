//! Getting a paged resource conditionally: pages that did not change come from the cache.

use serde::de::DeserializeOwned;

use super::engine::Engine;
use crate::{
    forge::{
        Answer, ForgeError, Kind, Validators,
        wire::{self, IntoModel, Listed},
    },
    model::{Problem, Timestamp},
    store::CachedResponse,
};

/// Pages of one resource that are followed.
const MAX_PAGES: usize = 50;

/// The items of all pages, and what must be stored with them.
pub(super) struct Paged<T> {
    pub items: Vec<T>,
    pub problems: Vec<Problem>,
    /// Answers that were new.
    pub fresh: Vec<CachedResponse>,
    /// Says what is missing where not all pages could be read.
    pub partial: Option<String>,
}

impl<T> Default for Paged<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            problems: Vec::new(),
            fresh: Vec::new(),
            partial: None,
        }
    }
}

impl<T> Paged<T> {
    /// Adds the pages of another resource of the same kind.
    pub fn extend(&mut self, more: Self) {
        self.items.extend(more.items);
        self.problems.extend(more.problems);
        self.fresh.extend(more.fresh);
        self.partial = self.partial.take().or(more.partial);
    }
}

impl Engine {
    /// Gets one page's bytes, from the cache where the forge says that it did not change.
    pub(super) async fn page(&self, url: &str) -> Result<(CachedResponse, bool), ForgeError> {
        let url = self.forge.url(url);
        let cached = self
            .cache
            .response(&url, &self.forge.account)
            .ok()
            .flatten();
        let validators = cached.as_ref().map(|c| Validators {
            etag: c.etag.clone(),
            last_modified: c.last_modified.clone(),
        });
        match self.forge.get(&url, validators.as_ref()).await? {
            Answer::Fresh {
                body,
                validators,
                next,
            } => {
                let response = CachedResponse {
                    url,
                    etag: validators.etag,
                    last_modified: validators.last_modified,
                    next,
                    fetched_at: self.now(),
                    body: body.to_vec(),
                };
                Ok((response, true))
            }
            Answer::NotModified => match cached {
                Some(cached) => Ok((cached, false)),
                None => Err(ForgeError::new(
                    Kind::Malformed,
                    url,
                    "304 without a condition",
                )),
            },
            Answer::Elsewhere { location } => {
                // A renamed or transferred repository; the new address is on the same forge.
                match self.forge.get(&location, None).await? {
                    Answer::Fresh {
                        body,
                        validators,
                        next,
                    } => {
                        let response = CachedResponse {
                            url,
                            etag: validators.etag,
                            last_modified: validators.last_modified,
                            next,
                            fetched_at: self.now(),
                            body: body.to_vec(),
                        };
                        Ok((response, true))
                    }
                    _ => Err(ForgeError::new(Kind::Malformed, url, "redirected twice")),
                }
            }
        }
    }

    /// Gets all pages of a list.
    pub(super) async fn pages<W>(
        &self,
        first: &str,
        key: Option<&str>,
    ) -> Result<Paged<W::Model>, ForgeError>
    where
        W: DeserializeOwned + IntoModel,
    {
        let mut paged = Paged::default();
        let mut next = Some(first.to_owned());
        let mut seen = std::collections::BTreeSet::new();
        while let Some(url) = next.take() {
            if !seen.insert(url.clone()) || seen.len() > MAX_PAGES {
                paged.partial = Some(format!("stopped after {MAX_PAGES} pages"));
                break;
            }
            let (response, is_new) = match self.page(&url).await {
                Ok(page) => page,
                // What is already here stays; the rest is said to be missing.
                Err(error) if seen.len() > 1 => {
                    paged.partial = Some(format!("page {} could not be read: {error}", seen.len()));
                    break;
                }
                Err(error) => return Err(error),
            };
            let listed: Listed<W::Model> = match wire::decode_list::<W>(&url, &response.body, key) {
                Ok(listed) => listed,
                Err(problem) => {
                    return Err(ForgeError::new(
                        Kind::Malformed,
                        problem.place,
                        problem.what,
                    ));
                }
            };
            paged.items.extend(listed.items);
            paged.problems.extend(listed.problems);
            next.clone_from(&response.next);
            if is_new {
                paged.fresh.push(response);
            }
        }
        Ok(paged)
    }

    /// Returns the time by the forge's clock.
    pub fn now(&self) -> Timestamp {
        Timestamp(chrono::Utc::now().timestamp()).plus(self.forge.budget().skew)
    }
}
