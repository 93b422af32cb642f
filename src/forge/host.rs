//! Where the API of a host is: github.com, tenancies, Enterprise servers, loopback forges.

use super::proxy::is_local;
use crate::model::Host;

/// Addresses of a host's APIs, without a final slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiRoots {
    pub rest: String,
    /// Full address of the GraphQL endpoint.
    pub graphql: String,
    /// Where the web pages are.
    pub web: String,
}

impl ApiRoots {
    /// Tells whether the host is GitHub's own, which many share: github.com and its tenancies.
    pub fn is_shared(&self) -> bool {
        let host = self.rest.strip_prefix("https://api.").unwrap_or_default();
        host == "github.com" || host.ends_with(".ghe.com")
    }

    /// Returns the addresses of a host by the rules that `gh` follows.
    pub fn of(host: &Host) -> Self {
        let name = host.as_str();
        let lower = name.to_ascii_lowercase();
        if lower == "github.com" {
            return Self::from_parts(
                "https://api.github.com",
                "https://api.github.com/graphql",
                "https://github.com",
            );
        }
        if lower.ends_with(".ghe.com") {
            let api = format!("https://api.{name}");
            return Self::from_parts(&api, &format!("{api}/graphql"), &format!("https://{name}"));
        }
        if lower == "github.localhost" {
            return Self::from_parts(
                "http://api.github.localhost",
                "http://api.github.localhost/graphql",
                "http://github.localhost",
            );
        }
        // A forge on this machine, such as the demo's.
        if let Some((bare, _)) = lower.rsplit_once(':')
            && is_local(bare)
        {
            return Self::from_base(&format!("http://{name}"));
        }
        Self::from_parts(
            &format!("https://{name}/api/v3"),
            &format!("https://{name}/api/graphql"),
            &format!("https://{name}"),
        )
    }

    /// Returns the addresses for a base address that the user gave. On Enterprise servers GraphQL
    /// is beside `/api/v3`, not under it.
    pub fn from_base(base: &str) -> Self {
        let base = base.trim_end_matches('/');
        match base.strip_suffix("/api/v3") {
            Some(web) => Self::from_parts(base, &format!("{web}/api/graphql"), web),
            None => Self::from_parts(base, &format!("{base}/graphql"), base),
        }
    }

    fn from_parts(rest: &str, graphql: &str, web: &str) -> Self {
        Self {
            rest: rest.to_owned(),
            graphql: graphql.to_owned(),
            web: web.to_owned(),
        }
    }

    /// Returns scheme and authority of an address.
    pub fn origin(url: &str) -> Option<String> {
        let uri: http::Uri = url.parse().ok()?;
        Some(format!(
            "{}://{}",
            uri.scheme_str()?,
            uri.authority()?.as_str().to_ascii_lowercase()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_by_host() {
        let rest = |h: &str| ApiRoots::of(&Host::new(h)).rest;
        assert_eq!(rest("github.com"), "https://api.github.com");
        assert_eq!(rest("acme.ghe.com"), "https://api.acme.ghe.com");
        assert_eq!(rest("git.acme.org"), "https://git.acme.org/api/v3");
        assert_eq!(
            rest("git.acme.org:8443"),
            "https://git.acme.org:8443/api/v3"
        );
        assert_eq!(rest("127.0.0.1:4711"), "http://127.0.0.1:4711");
        let ghes = ApiRoots::from_base("https://git.acme.org/api/v3/");
        assert_eq!(ghes.graphql, "https://git.acme.org/api/graphql");
        assert_eq!(
            ApiRoots::from_base("http://127.0.0.1:9").graphql,
            "http://127.0.0.1:9/graphql"
        );
    }
}
