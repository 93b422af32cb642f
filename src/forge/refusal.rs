//! What a refusal or a lost answer means.

use http::{HeaderMap, StatusCode};

use super::{
    client::Forge,
    error::{ForgeError, Kind},
    transport,
};
use crate::{decide::MAX_WAIT, model::Timestamp};

impl Forge {
    pub(super) fn refusal(
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
                .map(|words| self.hush(words))
        };
        let words = self.hush(&words_of(body));
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
        let retry_at = limited.then(|| patience(now, retry_after, reset.filter(|_| spent)));
        if let Some(until) = retry_at {
            self.pause(until);
        }
        ForgeError {
            kind,
            sso: sso_address(text("x-github-sso").as_deref()),
            what: what.to_owned(),
            why: format!("{} {words}", status.as_u16()).trim_end().to_owned(),
            status: Some(status.as_u16()),
            permissions: text("x-accepted-github-permissions").filter(|p| !p.is_empty()),
            retry_at,
            may_have_arrived: false,
        }
    }
}

/// Until when to wait, by what the forge said. Its limits last an hour: whatever it says beyond that
/// is a fault, and nothing is asked for sooner than in a second.
fn patience(now: Timestamp, seconds: Option<i64>, reset: Option<Timestamp>) -> Timestamp {
    let asked = seconds.or(reset.map(|at| at.since(now)));
    now.plus(asked.unwrap_or(60).clamp(1, MAX_WAIT))
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

/// Tells a failed connection, after which nothing can have arrived, from a lost answer.
pub(super) fn from_octocrab(what: &str, error: &octocrab::Error) -> ForgeError {
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

/// The address where a token is authorised for an organisation: `required; url=https://…`.
fn sso_address(header: Option<&str>) -> Option<String> {
    let header = header?.strip_prefix("required")?;
    let url = header
        .split(';')
        .find_map(|p| p.trim().strip_prefix("url="))?;
    url.starts_with("https://").then(|| url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_has_bounds() {
        let now = Timestamp(1_000_000);
        let table = [
            (Some(90), None, 90),
            (Some(0), None, 1),
            (Some(-5), None, 1),
            (Some(i64::MAX), None, MAX_WAIT),
            (None, Some(now.plus(1_800)), 1_800),
            (None, Some(Timestamp(0)), 1),
            (None, Some(Timestamp(i64::MAX)), MAX_WAIT),
            (None, None, 60),
        ];
        for (seconds, reset, wait) in table {
            assert_eq!(
                patience(now, seconds, reset).since(now),
                wait,
                "{seconds:?} {reset:?}"
            );
        }
    }

    #[test]
    fn where_a_token_is_authorised() {
        let full = "required; url=https://github.com/orgs/acme/sso?authorization_request=A";
        assert!(sso_address(Some(full)).is_some_and(|u| u.ends_with("request=A")));
        assert_eq!(sso_address(Some("partial-results; organizations=1")), None);
        assert_eq!(sso_address(Some("required; url=file:///etc/passwd")), None);
        assert_eq!(sso_address(None), None);
    }
}
