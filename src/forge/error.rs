//! What can go wrong between here and the forge, by what the user can do about it.

use crate::model::{Problem, Timestamp};

/// Kind of a failure; decides the exit code and the hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 401: the token is wrong or expired.
    Auth,
    /// 403 for lack of a permission, or 404 where the repository is hidden.
    Forbidden,
    NotFound,
    /// The primary or a secondary rate limit.
    RateLimited,
    /// 410, or 422: the request cannot succeed as it is.
    Refused,
    /// No connection, name or certificate.
    Unreachable,
    /// No answer in time, or a body that was cut.
    Interrupted,
    /// 5xx.
    Server,
    /// The answer is not what the API describes.
    Malformed,
}

/// A failed request.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{what}: {why}")]
pub struct ForgeError {
    pub kind: Kind,
    /// `GET /repos/acme/payments/pulls`.
    pub what: String,
    pub why: String,
    pub status: Option<u16>,
    /// Permissions that the forge says the request needs.
    pub permissions: Option<String>,
    /// Where the token is authorised for the organisation, where the forge asks for that.
    pub sso: Option<String>,
    /// When it may be tried again.
    pub retry_at: Option<Timestamp>,
    /// Whether the request may have reached the forge and taken effect.
    pub may_have_arrived: bool,
}

impl ForgeError {
    /// Builds an error about a request that got no answer.
    pub fn new(kind: Kind, what: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
            why: why.into(),
            status: None,
            permissions: None,
            sso: None,
            retry_at: None,
            may_have_arrived: false,
        }
    }

    /// Builds the error of an answer that cannot be read.
    pub fn unread(problem: Problem) -> Self {
        Self::new(Kind::Malformed, problem.place, problem.what)
    }

    /// Tells whether the same request will be refused the next time as well, as far as can be told.
    pub fn is_for_good(&self) -> bool {
        matches!(self.kind, Kind::NotFound | Kind::Forbidden | Kind::Refused)
    }

    /// Tells whether the forge could not be asked at all.
    pub fn is_away(&self) -> bool {
        matches!(
            self.kind,
            Kind::Unreachable | Kind::Interrupted | Kind::Server
        )
    }

    /// Says in a few words whether the forge was out of reach, or refused.
    pub fn words(&self) -> String {
        match self.kind {
            Kind::Unreachable => "offline: no connection".to_owned(),
            Kind::Interrupted => "offline: no answer in time".to_owned(),
            Kind::Server => match self.status {
                Some(status) => format!("offline: the forge answers {status}"),
                None => "offline: the forge has trouble".to_owned(),
            },
            Kind::Auth => "not synced: token refused".to_owned(),
            Kind::Forbidden => "not synced: no permission".to_owned(),
            Kind::NotFound => "not synced: not found".to_owned(),
            Kind::RateLimited => match self.retry_at {
                Some(at) => format!("not synced: limit spent until {}", at.clock()),
                None => "not synced: limit spent".to_owned(),
            },
            Kind::Refused => "not synced: refused".to_owned(),
            Kind::Malformed => "not synced: strange answer".to_owned(),
        }
    }

    /// Returns what the user can do.
    pub fn hint(&self) -> String {
        match self.kind {
            Kind::Auth => "the token was refused; run `gh auth login --hostname HOST`, or set a valid one: GH_TOKEN for github.com, GH_ENTERPRISE_TOKEN for other hosts".to_owned(),
            Kind::Forbidden => match (&self.sso, &self.permissions) {
                (Some(url), _) => format!("the organisation asks for single sign-on: authorise the token at {url}"),
                (None, Some(needed)) => format!("the token lacks a permission; this request needs {needed}"),
                (None, None) => "the token may not see this; check its permissions, and whether it is authorised for the organisation (SSO)".to_owned(),
            },
            Kind::NotFound => "check the name; a private repository looks like this to a token without access".to_owned(),
            Kind::RateLimited => match self.retry_at {
                Some(at) => format!("the limit is spent; the forge asks to wait until {} UTC", at.clock()),
                None => "the limit is spent; wait a few minutes".to_owned(),
            },
            Kind::Refused => "the forge refuses this as it is; its words are above".to_owned(),
            Kind::Unreachable => "check the network, the address (--api-url), the proxy (HTTPS_PROXY) and, for certificates, the authorities (SSL_CERT_FILE); what is cached stays readable".to_owned(),
            Kind::Interrupted => "the forge did not answer in time; try again, what is cached stays readable".to_owned(),
            Kind::Server => "the forge has trouble of its own; try again later".to_owned(),
            Kind::Malformed => "the answer is not what the API describes; is this address a GitHub API?".to_owned(),
        }
    }
}
