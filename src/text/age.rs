//! Ages and spans in a few characters.

use crate::model::Timestamp;

/// Returns how long ago `then` was, as `2 min`, `3 h`, `5 d`, `4 mo`, `2 y`; a time that lies
/// ahead (clocks differ) is `now`.
pub fn age(then: Timestamp, now: Timestamp) -> String {
    in_words(now.since(then))
}

/// Returns how long ago `then` was, as a phrase: `2 h ago`, `just now`.
pub fn ago(then: Timestamp, now: Timestamp) -> String {
    match age(then, now).as_str() {
        "now" => "just now".to_owned(),
        age => format!("{age} ago"),
    }
}

/// Returns a span of seconds in its largest whole unit.
pub fn in_words(seconds: i64) -> String {
    match seconds {
        i64::MIN..=59 => "now".to_owned(),
        60..=3_599 => format!("{} min", seconds / 60),
        3_600..=86_399 => format!("{} h", seconds / 3_600),
        86_400..=5_183_999 => format!("{} d", seconds / 86_400),
        5_184_000..=63_071_999 => format!("{} mo", seconds / 2_592_000),
        _ => format!("{} y", seconds / 31_536_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_read_as_people_say_them() {
        assert_eq!(ago(Timestamp(0), Timestamp(30)), "just now");
        assert_eq!(ago(Timestamp(0), Timestamp(7_200)), "2 h ago");
    }

    #[test]
    fn spans_are_given_in_the_largest_unit() {
        let cases = [
            (-5, "now"),
            (59, "now"),
            (60, "1 min"),
            (3_600, "1 h"),
            (86_400, "1 d"),
            (40 * 86_400, "40 d"),
            (60 * 86_400, "2 mo"),
            (800 * 86_400, "2 y"),
        ];
        for (seconds, words) in cases {
            assert_eq!(in_words(seconds), words);
        }
    }
}
