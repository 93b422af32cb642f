//! The tower stack under octocrab: user agent, total timeout, request log. No retry, no cache.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use http::{HeaderValue, Request, Response, header};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use octocrab::{
    AuthState, OctoBody, Octocrab, OctocrabBuilder,
    service::middleware::{auth_header::AuthHeaderLayer, base_uri::BaseUriLayer},
};
use secrecy::{ExposeSecret as _, SecretString};
use tower::{Layer, Service};

use crate::model::Timestamp;

use super::{
    error::{ForgeError, Kind},
    log::{LogEntry, RequestLog},
    proxy::Proxied,
};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

type HyperClient = Client<HttpsConnector<Proxied>, OctoBody>;
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The forge took too long to begin its answer.
#[derive(Debug, thiserror::Error)]
#[error("no answer within {} s", .0.as_secs())]
pub(super) struct NoAnswer(pub Duration);

/// Watches each request: adds the user agent, ends it in time, writes it down.
#[derive(Clone)]
pub(super) struct Watch {
    log: RequestLog,
    answer: Duration,
}

impl<S> Layer<S> for Watch {
    type Service = Watched<S>;
    fn layer(&self, inner: S) -> Watched<S> {
        Watched {
            inner,
            watch: self.clone(),
        }
    }
}

/// The service that [`Watch`] makes.
#[derive(Clone)]
pub(super) struct Watched<S> {
    inner: S,
    watch: Watch,
}

impl<S, B> Service<Request<OctoBody>> for Watched<S>
where
    S: Service<Request<OctoBody>, Response = Response<B>>,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: Send + 'static,
{
    type Response = Response<B>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<B>, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<OctoBody>) -> Self::Future {
        let agent = HeaderValue::from_static(concat!("proofline/", env!("CARGO_PKG_VERSION")));
        request.headers_mut().insert(header::USER_AGENT, agent);
        let method = request.method().to_string();
        let path = request
            .uri()
            .path_and_query()
            .map_or_else(|| "/".to_owned(), ToString::to_string);
        let headers = request.headers();
        let conditional = headers.contains_key(header::IF_NONE_MATCH)
            || headers.contains_key(header::IF_MODIFIED_SINCE);
        let (log, limit) = (self.watch.log.clone(), self.watch.answer);
        let started = Instant::now();
        let call = self.inner.call(request);
        Box::pin(async move {
            let result = match tokio::time::timeout(limit, call).await {
                Ok(result) => result.map_err(Into::into),
                Err(_) => Err(NoAnswer(limit).into()),
            };
            let answer = result.as_ref().ok();
            tracing::info!(
                method,
                path,
                status = answer.map(|r| r.status().as_u16()),
                millis = started.elapsed().as_millis(),
                "asked the forge"
            );
            log.push(LogEntry {
                method,
                path,
                status: answer.map(|r| r.status().as_u16()),
                conditional,
                took: started.elapsed(),
                at: answer
                    .and_then(|r| r.headers().get(header::DATE))
                    .and_then(|v| Timestamp::parse_http(v.to_str().ok()?)),
                remaining: answer
                    .and_then(|r| r.headers().get("x-ratelimit-remaining"))
                    .and_then(|v| v.to_str().ok()?.parse().ok()),
            });
            result
        })
    }
}

fn connector() -> Result<HttpsConnector<Proxied>, ForgeError> {
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let fail = |e: &dyn std::fmt::Display| ForgeError::new(Kind::Unreachable, "TLS", e.to_string());
    let config = rustls::ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .map_err(|e| fail(&e))?
        .with_native_roots()
        .map_err(|e| fail(&e))?
        .with_no_client_auth();
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_connect_timeout(Some(CONNECT));
    http.set_nodelay(true);
    Ok(HttpsConnectorBuilder::new()
        .with_tls_config(config)
        .https_or_http()
        .enable_http1()
        .wrap_connector(Proxied::from_environment(http)))
}

/// The connection pool; shared by the API clients and by downloads, which never see the token.
pub(super) fn pool() -> Result<HyperClient, ForgeError> {
    let mut builder = Client::builder(TokioExecutor::new());
    builder.pool_idle_timeout(Duration::from_mins(1));
    // hyper would send a request again on a fresh connection when a pooled one had been closed.
    // For a write that must not happen unseen.
    builder.retry_canceled_requests(false);
    Ok(builder.build(connector()?))
}

/// Builds an octocrab client for one API root. The token goes to that authority only.
pub(super) fn octocrab(
    pool: &HyperClient,
    base: &str,
    token: Option<&SecretString>,
    log: &RequestLog,
    answer: Duration,
) -> Result<Octocrab, ForgeError> {
    let bad = |why: String| ForgeError::new(Kind::Unreachable, format!("address {base}"), why);
    let uri: http::Uri = base
        .parse()
        .map_err(|e: http::uri::InvalidUri| bad(e.to_string()))?;
    if uri.authority().is_none() {
        return Err(bad(
            "has no host; an address looks like https://host/api/v3".to_owned(),
        ));
    }
    let auth = match token {
        Some(token) => {
            let text = format!("Bearer {}", token.expose_secret());
            let mut value = HeaderValue::from_str(&text).map_err(|_| {
                ForgeError::new(Kind::Auth, "token", "it holds characters that no token has")
            })?;
            value.set_sensitive(true);
            Some(value)
        }
        None => None,
    };
    let built = OctocrabBuilder::new_empty()
        .with_service(pool.clone())
        .with_layer(&Watch {
            log: log.clone(),
            answer,
        })
        .with_layer(&AuthHeaderLayer::new(auth, uri.clone(), uri.clone()))
        .with_layer(&BaseUriLayer::new(uri))
        .with_auth(AuthState::None)
        .build();
    match built {
        Ok(client) => Ok(client),
        Err(never) => match never {},
    }
}
