//! One host: conditional GET, GraphQL, POST, budgets, and the forge's clock.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::BodyExt as _;
use octocrab::Octocrab;
use secrecy::SecretString;
use serde::Serialize;

use super::{
    clock::{Clock, SystemClock, Timeouts},
    error::{ForgeError, Kind},
    host::ApiRoots,
    log::RequestLog,
    page, transport,
};
use crate::model::{Host, Timestamp};

/// Bytes of a JSON body that are read.
const MAX_BODY: usize = 64 << 20;

/// What is left of the request budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    pub limit: Option<u64>,
    pub remaining: Option<u64>,
    pub resets_at: Option<Timestamp>,
    /// The host's clock less ours, in seconds.
    pub skew: i64,
}

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
    /// 302 to another place, which may be another origin.
    Elsewhere { location: String },
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
    budget: Arc<Mutex<Budget>>,
    /// Until when the forge asked for patience.
    pause: Arc<Mutex<Option<Timestamp>>>,
    token: Option<SecretString>,
    clock: Arc<dyn Clock>,
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
            budget: Arc::default(),
            pause: Arc::default(),
            token,
            clock,
            timeouts,
        })
    }

    /// Returns the request log.
    pub fn log(&self) -> &RequestLog {
        &self.log
    }

    /// Returns the token for git; it goes to this host only.
    pub fn token(&self) -> Option<&SecretString> {
        self.token.as_ref()
    }

    /// Tells whether requests are made without a token.
    pub fn is_anonymous(&self) -> bool {
        self.token.is_none()
    }

    fn budget_lock(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what is left of the budget, as the newest answer said.
    pub fn budget(&self) -> Budget {
        *self.budget_lock()
    }

    /// Returns the time by the forge's clock, as its newest answer told it.
    pub fn now(&self) -> Timestamp {
        self.clock.now().plus(self.budget().skew)
    }

    /// Waits until a moment of the forge's clock.
    pub async fn wait_until(&self, until: Timestamp) {
        let seconds = u64::try_from(until.since(self.now())).unwrap_or(0);
        self.clock.sleep(Duration::from_secs(seconds)).await;
    }

    /// Returns until when the forge asked for patience, where that moment has not come. Until then
    /// nothing is sent.
    pub fn paused_until(&self) -> Option<Timestamp> {
        let pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        pause.filter(|until| *until > self.now())
    }

    /// Refuses a request while the forge waits for us to be patient.
    fn patience(&self, what: &str) -> Result<(), ForgeError> {
        match self.paused_until() {
            None => Ok(()),
            Some(until) => Err(ForgeError {
                retry_at: Some(until),
                ..ForgeError::new(Kind::RateLimited, what, "not sent: the forge asked to wait")
            }),
        }
    }

    /// Returns the full address of a REST path.
    pub fn url(&self, path: &str) -> String {
        if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.roots.rest)
        }
    }

    /// Gets a resource, conditionally where it was seen before. `url` is a path or an address that
    /// the forge itself gave for a next page; any other origin is refused.
    pub async fn get(&self, url: &str, seen: Option<&Validators>) -> Result<Answer, ForgeError> {
        let url = self.url(url);
        let what = format!("GET {}", url.strip_prefix(&self.roots.rest).unwrap_or(&url));
        if ApiRoots::origin(&url) != ApiRoots::origin(&self.roots.rest) {
            return Err(ForgeError::new(
                Kind::Malformed,
                what,
                "the forge named a page on another origin; not followed",
            ));
        }
        self.patience(&what)?;
        let mut headers = HeaderMap::new();
        headers.insert(
            header::ACCEPT,
            HeaderValue::from_static("application/vnd.github+json"),
        );
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
            return Ok(Answer::Elsewhere { location });
        }
        let (parts, body) = response.into_parts();
        let body = collect(&what, body, self.timeouts.body).await?;
        if !status.is_success() {
            return Err(self.refusal(&what, status, &parts.headers, &body));
        }
        Ok(Answer::Fresh {
            body,
            validators: Validators {
                etag: text(header::ETAG, &parts.headers),
                last_modified: text(header::LAST_MODIFIED, &parts.headers),
            },
            next: text(header::LINK, &parts.headers).and_then(|l| page::next_link(&l)),
        })
    }

    /// Posts a JSON body to a REST path. Never repeated here, whatever happens.
    pub async fn post<B: Serialize + ?Sized + Sync>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<Bytes, ForgeError> {
        let what = format!("POST {path}");
        self.patience(&what)?;
        let sent = self.rest._post(self.url(path), Some(body)).await;
        self.finish(&what, sent).await
    }

    /// Posts to the GraphQL endpoint.
    pub(super) async fn post_graphql<B: Serialize + ?Sized + Sync>(
        &self,
        body: &B,
    ) -> Result<Bytes, ForgeError> {
        self.patience("POST /graphql")?;
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

    /// Takes in budget and clock from an answer's headers.
    fn note(&self, headers: &HeaderMap) {
        let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
        let number = |name: &str| text(name).and_then(|v| v.parse::<u64>().ok());
        let mut budget = self.budget_lock();
        // GraphQL counts points in a budget of its own.
        if text("x-ratelimit-resource").is_none_or(|r| r == "core") {
            if let Some(remaining) = number("x-ratelimit-remaining") {
                budget.remaining = Some(remaining);
            }
            if let Some(limit) = number("x-ratelimit-limit") {
                budget.limit = Some(limit);
            }
            if let Some(reset) = number("x-ratelimit-reset").and_then(|r| i64::try_from(r).ok()) {
                budget.resets_at = Some(Timestamp(reset));
            }
        }
        if let Some(theirs) = text("date").and_then(Timestamp::parse_http) {
            budget.skew = theirs.since(self.clock.now());
        }
    }

    fn refusal(
        &self,
        what: &str,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> ForgeError {
        let text = |name: &str| {
            headers
                .get(name)
                .and_then(|v| v.to_str().ok())
                .map(str::to_owned)
        };
        let words = words_of(body);
        let lower = words.to_ascii_lowercase();
        let spent = text("x-ratelimit-remaining").as_deref() == Some("0");
        let retry_after = text("retry-after").and_then(|v| v.parse::<i64>().ok());
        let limited = status == StatusCode::TOO_MANY_REQUESTS
            || (status == StatusCode::FORBIDDEN
                && (spent || retry_after.is_some() || lower.contains("rate limit")));
        let kind = match status.as_u16() {
            _ if limited => Kind::RateLimited,
            401 => Kind::Auth,
            403 => Kind::Forbidden,
            404 => Kind::NotFound,
            500.. => Kind::Server,
            _ => Kind::Refused,
        };
        let now = self.now();
        let reset = text("x-ratelimit-reset")
            .and_then(|v| v.parse().ok())
            .map(Timestamp);
        let retry_at = if limited {
            retry_after
                .map(|s| now.plus(s))
                .or(reset.filter(|_| spent))
                .or(Some(now.plus(60)))
        } else {
            None
        };
        if retry_at.is_some() {
            *self.pause.lock().unwrap_or_else(PoisonError::into_inner) = retry_at;
        }
        ForgeError {
            kind,
            what: what.to_owned(),
            why: format!("{} {words}", status.as_u16()).trim_end().to_owned(),
            status: Some(status.as_u16()),
            permissions: text("x-accepted-github-permissions").filter(|p| !p.is_empty()),
            retry_at,
            may_have_arrived: false,
        }
    }
}

/// The message of an error body, with the details of its `errors`.
fn words_of(body: &[u8]) -> String {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) else {
        return String::from_utf8_lossy(body)
            .lines()
            .next()
            .unwrap_or("")
            .chars()
            .take(200)
            .collect();
    };
    let mut words = value
        .get("message")
        .and_then(|m| m.as_str())
        .unwrap_or("")
        .to_owned();
    for error in value
        .get("errors")
        .and_then(|e| e.as_array())
        .into_iter()
        .flatten()
        .take(5)
    {
        let detail = error
            .as_str()
            .or_else(|| error.get("message").and_then(|m| m.as_str()));
        if let Some(detail) = detail {
            words = format!("{words}; {detail}");
        }
    }
    words
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

/// Tells a failed connection, after which nothing can have arrived, from a lost answer.
fn from_octocrab(what: &str, error: &octocrab::Error) -> ForgeError {
    let mut chain: Vec<String> = Vec::new();
    let mut source: Option<&dyn std::error::Error> = Some(error);
    let mut connect = false;
    let mut no_answer = false;
    while let Some(cause) = source {
        if let Some(client) = cause.downcast_ref::<hyper_util::client::legacy::Error>() {
            connect |= client.is_connect();
        }
        no_answer |= cause.is::<transport::NoAnswer>();
        let text = cause.to_string();
        if chain.last() != Some(&text) {
            chain.push(text);
        }
        source = cause.source();
    }
    let why = chain.last().cloned().unwrap_or_default();
    let why = if connect || no_answer {
        why
    } else {
        format!("the answer was cut: {why}")
    };
    let kind = if connect {
        Kind::Unreachable
    } else {
        Kind::Interrupted
    };
    ForgeError {
        may_have_arrived: !connect,
        ..ForgeError::new(kind, what, why)
    }
}

/// A short hash that stands for a token in cache keys.
fn account_key(token: Option<&SecretString>) -> String {
    use secrecy::ExposeSecret as _;
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
