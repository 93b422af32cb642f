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

    /// Returns the time so many seconds after 1970 began; none where no calendar of four digits has it.
    pub fn in_calendar(seconds: i64) -> Option<Self> {
        // 0000-01-01 to 9999-12-31, as RFC 3339 can write them.
        (-62_167_219_200..=253_402_300_799)
            .contains(&seconds)
            .then_some(Self(seconds))
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

/// Where times are told: how far its clocks are off UTC at a moment. The rule comes in as a value, so
/// that nothing here asks the system.
#[derive(Clone, Copy)]
pub struct Zone {
    /// Seconds east of UTC.
    offset: fn(Timestamp) -> i32,
}

impl Zone {
    /// UTC itself.
    pub const UTC: Self = Self { offset: |_| 0 };

    /// A zone by its rule.
    pub const fn new(offset: fn(Timestamp) -> i32) -> Self {
        Self { offset }
    }

    fn there(self, at: Timestamp) -> Timestamp {
        at.plus(i64::from((self.offset)(at)))
    }

    /// Returns `HH:MM` there.
    pub fn clock(self, at: Timestamp) -> String {
        self.there(at).clock()
    }

    /// Returns `HH:MM:SS` there.
    pub fn clock_seconds(self, at: Timestamp) -> String {
        self.there(at).clock_seconds()
    }

    /// Returns `May 7` there.
    pub fn day(self, at: Timestamp) -> String {
        self.there(at).day()
    }

    /// Returns `YYYY-MM-DD` there.
    pub fn date(self, at: Timestamp) -> String {
        self.there(at).date()
    }

    /// Returns `UTC`, or how far the zone is off it at a moment: `UTC+01:00`.
    pub fn name(self, at: Timestamp) -> String {
        let minutes = (self.offset)(at) / 60;
        if minutes == 0 {
            return "UTC".to_owned();
        }
        let sign = if minutes < 0 { '-' } else { '+' };
        let minutes = minutes.abs();
        format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }

    /// Returns `YYYY-MM-DD HH:MM:SS` with the name of the zone.
    pub fn full(self, at: Timestamp) -> String {
        let (date, clock, name) = (self.date(at), self.clock_seconds(at), self.name(at));
        format!("{date} {clock} {name}")
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Zone")
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::UTC
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
    fn times_are_told_with_their_zone() {
        let at = Timestamp::parse("2026-11-20T23:30:05Z").unwrap();
        assert_eq!(Zone::UTC.full(at), "2026-11-20 23:30:05 UTC");
        let east = Zone::new(|_| 5 * 3600 + 1800);
        assert_eq!(east.full(at), "2026-11-21 05:00:05 UTC+05:30");
        assert_eq!(
            (east.day(at), east.clock(at)),
            ("Nov 21".into(), "05:00".into())
        );
        let west = Zone::new(|_| -3600 * 3 - 1800);
        assert_eq!(west.full(at), "2026-11-20 20:00:05 UTC-03:30");
        // In summer the clocks of one place are off by another hour.
        let summer = Zone::new(|t| if t.0 < 1_790_000_000 { 7200 } else { 3600 });
        assert_eq!(summer.name(at), "UTC+01:00");
        assert_eq!(summer.name(Timestamp(1_780_000_000)), "UTC+02:00");
    }

    #[test]
    fn times_with_offsets_and_without_zone() {
        let at = |s: &str| Timestamp::parse(s).unwrap().to_string();
        assert_eq!(at("2026-11-20T15:00:00+01:00"), "2026-11-20T14:00:00Z");
        assert_eq!(at("2020-08-31T09:25:25.803505"), "2020-08-31T09:25:25Z");
        assert!(Timestamp::parse("yesterday").is_err());
        assert_eq!(Timestamp::in_calendar(0), Some(Timestamp(0)));
        assert_eq!(Timestamp::in_calendar(99_999_999_999_999), None);
        let http = Timestamp::parse_http("Fri, 20 Nov 2026 14:00:00 GMT").unwrap();
        assert_eq!(http.to_string(), "2026-11-20T14:00:00Z");
    }
}
