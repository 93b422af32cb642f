//! Places in files, numbers of things, and how many more there are: said the same everywhere.

use std::fmt::Display;

/// Returns a place in a file as compilers write it. Line 0 stands for a line that is not known.
pub fn place(path: impl Display, line: impl Display) -> String {
    let line = line.to_string();
    if line == "0" {
        path.to_string()
    } else {
        format!("{path}:{line}")
    }
}

/// Returns a number with what it counts, which takes an `s`: `1 file`, `2 files`.
pub fn counted(count: impl TryInto<u64>, one: &str) -> String {
    // No number of things here is larger.
    let count = count.try_into().unwrap_or(u64::MAX);
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {one}{s}")
}

/// Returns how many more there are than were named: ` and 3 more`; nothing where there are none.
pub fn and_more(more: usize) -> String {
    if more == 0 {
        String::new()
    } else {
        format!(" and {more} more")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_places_read_as_people_write_them() {
        assert_eq!(place("src/a.rs", 7), "src/a.rs:7");
        assert_eq!(place("src/a.rs", 0), "src/a.rs");
        assert_eq!(
            [0_usize, 1, 2].map(|n| counted(n, "file")).join(", "),
            "0 files, 1 file, 2 files"
        );
        assert_eq!(
            [0, 1, 12].map(and_more).join("|"),
            "| and 1 more| and 12 more"
        );
    }
}
