//! Dates of the story: days of November 2026, in UTC.

use chrono::{DateTime, TimeDelta};

use super::model::Time;

/// 2026-11-01T00:00:00Z.
const NOVEMBER: i64 = 1_793_491_200;

/// A minute of a day of that November.
pub(super) fn on(day: i64, (hour, minute): (i64, i64)) -> Time {
    let minutes = ((day - 1) * 24 + hour) * 60 + minute;
    DateTime::UNIX_EPOCH + TimeDelta::seconds(NOVEMBER + minutes * 60)
}

/// A minute of the day on which the story is told.
pub(super) fn today(hour: i64, minute: i64) -> Time {
    on(20, (hour, minute))
}

/// Some minutes later.
pub(super) fn after(time: Time, minutes: i64) -> Time {
    time + TimeDelta::minutes(minutes)
}
