//! Downloads that the forge redirects to a storage host: bounded, and never with the token or any
//! other header of the API.

use std::{future::Future, pin::Pin, time::Duration};

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt as _, Limited};
use hyper_util::client::legacy::{Client, connect::Connect};
use octocrab::OctoBody;

use super::{
    client::{Answer, Forge},
    error::{ForgeError, Kind},
};

/// How long one download may take.
const TIME: Duration = Duration::from_mins(5);
/// Redirects that are followed.
const HOPS: usize = 4;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type Plain = http::Response<hyper::body::Incoming>;

/// A plain client: sends what it is given and adds nothing.
pub trait Fetch: Send + Sync {
    fn fetch(&self, request: Request<OctoBody>) -> Boxed<'_, Result<Plain, String>>;
}

impl<C> Fetch for Client<C, OctoBody>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    fn fetch(&self, request: Request<OctoBody>) -> Boxed<'_, Result<Plain, String>> {
        Box::pin(async move { self.request(request).await.map_err(|e| e.to_string()) })
    }
}

impl Forge {
    /// Downloads what an API address redirects to, at most `max` bytes.
    pub async fn download(&self, path: &str, max: usize) -> Result<Bytes, ForgeError> {
        let location = match self.get(path, None).await? {
            Answer::Fresh { body, .. } => return Ok(body),
            Answer::Elsewhere { location, .. } => location,
            Answer::NotModified => {
                return Err(ForgeError::new(
                    Kind::Malformed,
                    format!("GET {path}"),
                    "304 without a condition",
                ));
            }
        };
        self.download_from(&format!("download of {path}"), location, max)
            .await
    }

    /// Downloads from an address that the forge gave, at most `max` bytes.
    pub async fn download_from(
        &self,
        what: &str,
        location: String,
        max: usize,
    ) -> Result<Bytes, ForgeError> {
        let work = self.stored(what, location, max);
        tokio::time::timeout(TIME, work).await.unwrap_or_else(|_| {
            Err(ForgeError::new(
                Kind::Interrupted,
                what,
                "it did not end in time",
            ))
        })
    }

    async fn stored(
        &self,
        what: &str,
        mut location: String,
        max: usize,
    ) -> Result<Bytes, ForgeError> {
        let fail = |kind: Kind, why: String| ForgeError::new(kind, what, why);
        let encrypted = self.roots.rest.starts_with("https://");
        for _ in 0..HOPS {
            if encrypted && !location.starts_with("https://") {
                let why = "leads to an address that is not encrypted; not followed";
                return Err(fail(Kind::Malformed, why.to_owned()));
            }
            let request = Request::get(&location)
                .header(
                    header::USER_AGENT,
                    concat!("proofline/", env!("CARGO_PKG_VERSION")),
                )
                .body(OctoBody::empty())
                .map_err(|e| fail(Kind::Malformed, e.to_string()))?;
            let response = self
                .pool
                .fetch(request)
                .await
                .map_err(|e| fail(Kind::Unreachable, e))?;
            let status = response.status();
            if status.is_redirection() {
                let next = response
                    .headers()
                    .get(header::LOCATION)
                    .and_then(|v| v.to_str().ok());
                match next {
                    Some(next) if next.contains("://") => location = next.to_owned(),
                    _ => return Err(fail(Kind::Malformed, "redirected to nowhere".to_owned())),
                }
                continue;
            }
            if !status.is_success() {
                let kind = if status.as_u16() == 410 {
                    Kind::Refused
                } else {
                    Kind::Server
                };
                return Err(fail(kind, format!("the storage host answered {status}")));
            }
            return match Limited::new(response.into_body(), max).collect().await {
                Ok(body) => Ok(body.to_bytes()),
                Err(e) => Err(fail(
                    Kind::Interrupted,
                    format!("the body was cut or is over {} MiB ({e})", max >> 20),
                )),
            };
        }
        Err(fail(Kind::Malformed, format!("more than {HOPS} redirects")))
    }
}
