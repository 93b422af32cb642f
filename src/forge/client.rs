//! One host: conditional GET, GraphQL, POST.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::BodyExt as _;
use octocrab::Octocrab;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::{
    budget::Manners,
    clock::{Clock, SystemClock, Timeouts},
    error::{ForgeError, Kind},
    host::ApiRoots,
    log::RequestLog,
    page,
    refusal::from_octocrab,
    transport,
};
use crate::{
    model::{Host, RepoId},
    text,
};

/// Bytes of a JSON body that are read.
const MAX_BODY: usize = 64 << 20;

/// The form that the API answers in by default.
const JSON: &str = "application/vnd.github+json";

/// What was seen of a resource before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

/// An answer to a GET.
#[derive(Clone, Debug)]
pub enum Answer {
    /// 304: what is stored still holds.
    NotModified,
    /// 200 with the body.
    Fresh {
        body: Bytes,
        validators: Validators,
        next: Option<String>,
    },
    /// 301, 302, 307 or 308: another place, which may be another origin.
    Elsewhere {
        location: String,
        /// 301 or 308: the repository was renamed or transferred.
        for_good: bool,
    },
}

/// A client for one host.
#[derive(Clone)]
pub struct Forge {
    pub host: Host,
    pub roots: ApiRoots,
    /// Stands for the token in cache keys, since tags differ by token: not the token itself.
    pub account: String,
    rest: Octocrab,
    graphql: Octocrab,
    pub(super) pool: Arc<dyn super::download::Fetch>,
    log: RequestLog,
    pub(super) manners: Arc<Manners>,
    token: Option<SecretString>,
    pub(super) clock: Arc<dyn Clock>,
    timeouts: Timeouts,
}

impl Forge {
    /// Builds a client. No request is made.
    pub fn new(
        host: Host,
        roots: ApiRoots,
        token: Option<SecretString>,
    ) -> Result<Self, ForgeError> {
        Self::timed(
            host,
            roots,
            token,
            Arc::new(SystemClock),
            Timeouts::default(),
        )
    }

    /// Builds a client with a clock and limits of its own.
    pub fn timed(
        host: Host,
        roots: ApiRoots,
        token: Option<SecretString>,
        clock: Arc<dyn Clock>,
        timeouts: Timeouts,
    ) -> Result<Self, ForgeError> {
        let log = RequestLog::default();
        let pool = transport::pool()?;
        let graphql_base = roots.graphql.trim_end_matches("/graphql");
        Ok(Self {
            rest: transport::octocrab(&pool, &roots.rest, token.as_ref(), &log, timeouts.answer)?,
            graphql: transport::octocrab(
                &pool,
                graphql_base,
                token.as_ref(),
                &log,
                timeouts.answer,
            )?,
            account: account_key(token.as_ref()),
            pool: Arc::new(pool),
            host,
            roots,
            log,
            manners: Manners::new(),
            token,
            clock,
            timeouts,
        })
    }

    /// Returns how long an answer may take to begin.
    pub(super) fn patience_for_answer(&self) -> Duration {
        self.timeouts.answer
    }

    /// Returns the request log.
    pub fn log(&self) -> &RequestLog {
        &self.log
    }

    /// Returns the token for git; it goes to this host only.
    pub fn token(&self) -> Option<&SecretString> {
        self.token.as_ref()
    }

    /// Tells whether an address is on this host, which alone may see the token. The API of some has a
    /// name of its own.
    pub fn is_own(&self, url: &str) -> bool {
        let scheme = |url: &str| url.split_once("://").map(|(scheme, _)| scheme.to_owned());
        let own = |host: &str| Some(format!("{}://{host}", scheme(&self.roots.rest)?));
        let host = self.host.as_str().to_ascii_lowercase();
        let origin = ApiRoots::origin(url);
        origin.is_some()
            && (origin == own(&host) || origin == host.strip_prefix("api.").and_then(own))
    }

    /// Takes the token out of words that the forge said.
    pub(super) fn hush(&self, words: &str) -> String {
        let token = self.token.as_ref().map(ExposeSecret::expose_secret);
        text::hush(words, token.unwrap_or_default())
    }

    /// Refuses an address that holds the token: addresses are written down.
    fn must_not_tell(&self, what: &str, address: &str) -> Result<(), ForgeError> {
        if self.hush(address) == address {
            return Ok(());
        }
        let why = "the forge named a page whose address holds the token; not followed";
        Err(ForgeError::new(Kind::Malformed, self.hush(what), why))
    }

    /// Tells whether requests are made without a token.
    pub fn is_anonymous(&self) -> bool {
        self.token.is_none()
    }

    /// Returns the full address of a REST path.
    pub fn url(&self, path: &str) -> String {
        if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.roots.rest)
        }
    }

    /// Returns the key under which an answer is kept: the same however the forge names the repository.
    /// `known` is its number here and the name it has now.
    pub fn key(&self, url: &str, known: Option<(i64, &RepoId)>) -> String {
        super::github::key(&self.roots, self.url(url), known)
    }

    /// Gets a resource, conditionally where it was seen before. `url` is a path or an address that
    /// the forge itself gave for a next page; any other origin is refused.
    pub async fn get(&self, url: &str, seen: Option<&Validators>) -> Result<Answer, ForgeError> {
        self.get_as(JSON, url, seen).await
    }

    /// Gets a resource in a form of its own, such as a report or the bytes of a file.
    pub async fn raw(&self, form: &'static str, path: &str) -> Result<Bytes, ForgeError> {
        if let Answer::Fresh { body, .. } = self.get_as(form, path, None).await? {
            return Ok(body);
        }
        let what = format!("GET {path}");
        let why = "answered without a body";
        Err(ForgeError::new(Kind::Malformed, what, why))
    }

    async fn get_as(
        &self,
        form: &'static str,
        url: &str,
        seen: Option<&Validators>,
    ) -> Result<Answer, ForgeError> {
        let url = self.url(url);
        let what = format!("GET {}", url.strip_prefix(&self.roots.rest).unwrap_or(&url));
        self.must_not_tell(&what, &what)?;
        if ApiRoots::origin(&url) != ApiRoots::origin(&self.roots.rest) {
            return Err(ForgeError::new(
                Kind::Malformed,
                what,
                "the forge named a page on another origin; not followed",
            ));
        }
        let _slot = self.slot(&what).await?;
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(form));
        if let Some(seen) = seen {
            let mut put = |name: header::HeaderName, value: &Option<String>| {
                if let Some(value) = value.as_deref().and_then(|v| HeaderValue::from_str(v).ok()) {
                    headers.insert(name, value);
                }
            };
            put(header::IF_NONE_MATCH, &seen.etag);
            // A weaker validator is only asked where there is no tag (RFC 9110 §13.1.3).
            if seen.etag.is_none() {
                put(header::IF_MODIFIED_SINCE, &seen.last_modified);
            }
        }
        let response = self
            .rest
            ._get_with_headers(url, Some(headers))
            .await
            .map_err(|e| from_octocrab(&what, &e))?;
        self.note(response.headers());
        let status = response.status();
        let text = |name: header::HeaderName, from: &HeaderMap| {
            from.get(name)
                .and_then(|v| v.to_str().ok())
                .map(str::to_owned)
        };
        if status == StatusCode::NOT_MODIFIED {
            return Ok(Answer::NotModified);
        }
        if status.is_redirection()
            && let Some(location) = text(header::LOCATION, response.headers())
        {
            return Ok(Answer::Elsewhere {
                location,
                for_good: matches!(status.as_u16(), 301 | 308),
            });
        }
        let (parts, body) = response.into_parts();
        let body = collect(&what, body, self.timeouts.body).await?;
        if !status.is_success() {
            return Err(self.refusal(&what, status, &parts.headers, &body));
        }
        let next = text(header::LINK, &parts.headers).and_then(|l| page::next_link(&l));
        self.must_not_tell(&what, next.as_deref().unwrap_or_default())?;
        Ok(Answer::Fresh {
            body,
            validators: Validators {
                etag: text(header::ETAG, &parts.headers),
                last_modified: text(header::LAST_MODIFIED, &parts.headers),
            },
            next,
        })
    }

    /// Asks with a JSON body what does not fit into an address. Nothing is written by it.
    pub async fn ask<B: Serialize + ?Sized + Sync>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<Bytes, ForgeError> {
        self.post_json(path, body, false).await
    }

    /// Posts a JSON body to a REST path. Never repeated here, whatever happens.
    pub async fn post<B: Serialize + ?Sized + Sync>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<Bytes, ForgeError> {
        self.post_json(path, body, true).await
    }

    async fn post_json<B: Serialize + ?Sized + Sync>(
        &self,
        path: &str,
        body: &B,
        is_write: bool,
    ) -> Result<Bytes, ForgeError> {
        let what = format!("POST {path}");
        let _slot = self.slot(&what).await?;
        if is_write {
            self.space_writes().await;
        }
        let sent = self.rest._post(self.url(path), Some(body)).await;
        self.finish(&what, sent).await
    }

    /// Posts to the GraphQL endpoint.
    pub(super) async fn post_graphql<B: Serialize + ?Sized + Sync>(
        &self,
        body: &B,
    ) -> Result<Bytes, ForgeError> {
        let _slot = self.slot("POST /graphql").await?;
        let sent = self
            .graphql
            ._post(self.roots.graphql.clone(), Some(body))
            .await;
        self.finish("POST /graphql", sent).await
    }

    async fn finish(
        &self,
        what: &str,
        sent: octocrab::Result<
            http::Response<http_body_util::combinators::BoxBody<Bytes, octocrab::Error>>,
        >,
    ) -> Result<Bytes, ForgeError> {
        let response = sent.map_err(|e| from_octocrab(what, &e))?;
        self.note(response.headers());
        let (parts, body) = response.into_parts();
        let body = match collect(what, body, self.timeouts.body).await {
            Ok(body) => body,
            // A refusal whose words were cut is a refusal still.
            Err(_) if parts.status.is_client_error() => Bytes::new(),
            Err(error) => {
                return Err(ForgeError {
                    may_have_arrived: true,
                    ..error
                });
            }
        };
        if parts.status.is_success() {
            return Ok(body);
        }
        let error = self.refusal(what, parts.status, &parts.headers, &body);
        Err(ForgeError {
            // A limit may be told after the write was done.
            may_have_arrived: parts.status.is_server_error() || error.kind == Kind::RateLimited,
            ..error
        })
    }
}

async fn collect(
    what: &str,
    body: http_body_util::combinators::BoxBody<Bytes, octocrab::Error>,
    limit: Duration,
) -> Result<Bytes, ForgeError> {
    let interrupted = |why: &str| ForgeError::new(Kind::Interrupted, what, why);
    let limited = http_body_util::Limited::new(body, MAX_BODY);
    match tokio::time::timeout(limit, limited.collect()).await {
        Err(_) => Err(interrupted("the body did not end in time")),
        Ok(Err(_)) => Err(interrupted("the body was cut")),
        Ok(Ok(body)) => Ok(body.to_bytes()),
    }
}

/// A short hash that stands for a token in cache keys.
fn account_key(token: Option<&SecretString>) -> String {
    use sha2::{Digest as _, Sha256};
    match token {
        None => "anonymous".to_owned(),
        Some(token) => {
            let mut hasher = Sha256::new();
            hasher.update(b"proofline account key ");
            hasher.update(token.expose_secret().as_bytes());
            hasher
                .finalize()
                .iter()
                .take(6)
                .map(|b| format!("{b:02x}"))
                .collect()
        }
    }
}
