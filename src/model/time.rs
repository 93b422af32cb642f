//! Points in time, to the second, in UTC. Nothing here asks what time it is.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// A point in time: whole seconds since 1970-01-01T00:00:00Z. Serialises as RFC 3339.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(pub i64);

/// A text that is no RFC 3339 time.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a time of the form 2026-11-20T14:00:00Z")]
pub struct BadTime(pub String);

impl Timestamp {
    /// Parses RFC 3339; a time without a zone is taken as UTC, since several test runners
    /// leave the zone out.
    pub fn parse(text: &str) -> Result<Self, BadTime> {
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self(time.timestamp()));
        }
        NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
            .map(|time| Self(time.and_utc().timestamp()))
            .map_err(|_| BadTime(text.chars().take(60).collect()))
    }

    /// Parses the `Date` header of HTTP (RFC 9110 §5.6.7, the preferred form).
    pub fn parse_http(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc2822(text)
            .ok()
            .map(|t| Self(t.timestamp()))
    }

    fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0, 0).unwrap_or_default()
    }

    /// Returns `HH:MM:SS` in UTC.
    pub fn clock_seconds(self) -> String {
        self.utc().format("%H:%M:%S").to_string()
    }

    /// Returns `HH:MM` in UTC.
    pub fn clock(self) -> String {
        self.utc().format("%H:%M").to_string()
    }

    /// Returns `May 7` in UTC.
    pub fn day(self) -> String {
        self.utc().format("%b %-d").to_string()
    }

    /// Returns `YYYY-MM-DD` in UTC.
    pub fn date(self) -> String {
        self.utc().format("%Y-%m-%d").to_string()
    }

    /// Returns the time `seconds` later (or earlier, where negative).
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Returns how many seconds lie between `earlier` and this time.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.utc().to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

impl TryFrom<String> for Timestamp {
    type Error = BadTime;
    fn try_from(value: String) -> Result<Self, Self::Error> {
        Self::parse(&value)
    }
}

impl From<Timestamp> for String {
    fn from(value: Timestamp) -> Self {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_with_offsets_and_without_zone() {
        let at = |s: &str| Timestamp::parse(s).unwrap().to_string();
        assert_eq!(at("2026-11-20T15:00:00+01:00"), "2026-11-20T14:00:00Z");
        assert_eq!(at("2020-08-31T09:25:25.803505"), "2020-08-31T09:25:25Z");
        assert!(Timestamp::parse("yesterday").is_err());
        let http = Timestamp::parse_http("Fri, 20 Nov 2026 14:00:00 GMT").unwrap();
        assert_eq!(http.to_string(), "2026-11-20T14:00:00Z");
    }
}
