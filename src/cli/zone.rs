//! The zone in which times are told: that of this place, or UTC where it is asked for.

use chrono::{Local, Offset as _, TimeZone as _};

use super::args::Common;
use crate::model::{Timestamp, Zone};

/// The zone that a person asked for.
pub(super) fn of(common: &Common) -> Zone {
    if common.utc {
        Zone::UTC
    } else {
        Zone::new(here)
    }
}

/// Seconds that the clocks here are off UTC at a moment.
fn here(at: Timestamp) -> i32 {
    Local
        .timestamp_opt(at.0, 0)
        .single()
        .map_or(0, |time| time.offset().fix().local_minus_utc())
}
