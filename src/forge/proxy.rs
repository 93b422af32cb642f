//! Connections through a proxy, as the environment says: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`,
//! `NO_PROXY` and their small forms. Hosts of this machine are always reached directly.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::{
    client::{
        legacy::connect::{Connected, Connection, HttpConnector, proxy::Tunnel},
        proxy::matcher::Matcher,
    },
    rt::TokioIo,
};
use tokio::net::TcpStream;
use tower::Service;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Opens plain connections: directly, to a proxy that forwards, or through a tunnel in one.
#[derive(Clone, Debug)]
pub(super) struct Proxied {
    direct: HttpConnector,
    matcher: Arc<Matcher>,
}

impl Proxied {
    pub(super) fn from_environment(direct: HttpConnector) -> Self {
        Self {
            direct,
            matcher: Arc::new(Matcher::from_env()),
        }
    }
}

/// Tells whether a host is this machine.
pub(super) fn is_local(host: &str) -> bool {
    let bare = host.trim_matches(['[', ']']);
    bare.eq_ignore_ascii_case("localhost")
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

/// The proxy cannot be used.
#[derive(Debug, thiserror::Error)]
enum ProxyError {
    #[error("the proxy {0} speaks a protocol that is not supported here; http:// proxies are")]
    Scheme(String),
    #[error("the proxy {proxy} does not let through ({why})")]
    Refused { proxy: String, why: String },
}

/// Where a proxy is, without the password that its address may hold.
fn shown(uri: &Uri) -> String {
    let host = uri.host().unwrap_or("?");
    uri.port_u16()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

impl Service<Uri> for Proxied {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.direct.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let found = match target.host() {
            Some(host) if is_local(host) => None,
            _ => self.matcher.intercept(&target),
        };
        let Some(proxy) = found else {
            let call = self.direct.call(target);
            return Box::pin(async move {
                Ok(Stream {
                    inner: call.await?,
                    forwards: false,
                })
            });
        };
        let address = proxy.uri().clone();
        if address.scheme_str() != Some("http") {
            let scheme = address.scheme_str().unwrap_or("?").to_owned();
            return Box::pin(async move { Err(ProxyError::Scheme(scheme).into()) });
        }
        let auth = proxy.basic_auth().cloned();
        // A password goes to the proxy in the tunnel's own header, never with a request.
        if target.scheme_str() == Some("https") || auth.is_some() {
            let mut tunnel = Tunnel::new(address.clone(), self.direct.clone());
            if let Some(auth) = auth {
                tunnel = tunnel.with_auth(auth);
            }
            let call = tunnel.call(target);
            return Box::pin(async move {
                let inner = call.await.map_err(|error| ProxyError::Refused {
                    proxy: shown(&address),
                    why: error.to_string(),
                })?;
                Ok(Stream {
                    inner,
                    forwards: false,
                })
            });
        }
        let call = self.direct.call(address);
        Box::pin(async move {
            Ok(Stream {
                inner: call.await?,
                forwards: true,
            })
        })
    }
}

/// A connection, and whether what is at its end forwards requests.
pub(super) struct Stream {
    inner: TokioIo<TcpStream>,
    forwards: bool,
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        self.inner.connected().proxy(self.forwards)
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

impl Write for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_needs_no_proxy() {
        for (host, expected) in [
            ("127.0.0.1", true),
            ("127.8.0.1", true),
            ("[::1]", true),
            ("LocalHost", true),
            ("github.localhost", false),
            ("10.0.0.1", false),
            ("localhost.evil.org", false),
        ] {
            assert_eq!(is_local(host), expected, "{host}");
        }
    }

    #[test]
    fn a_proxy_is_shown_without_its_password() {
        let uri: Uri = "http://user:secret@proxy.acme.org:3128".parse().unwrap();
        assert_eq!(shown(&uri), "proxy.acme.org:3128");
    }
}
