//! Link headers (RFC 8288) as the forge uses them for paging, and the bounds of following them.

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands for itself in a query (RFC 3986 §2.3 and §3.4).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// Percent-encodes the name of a branch, or other words, for a query; `/` stands as it is.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// Why a page is not asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    #[error("the forge's link after page {0} leads back")]
    LeadsBack(usize),
    #[error("stopped after {0} pages")]
    TooMany(usize),
}

/// Follows the pages of a list, whether they are named by addresses or by cursors: each once, and so
/// many at most. What a forge says of the next page can lead in a circle, or on without end.
#[derive(Debug)]
pub struct Pages {
    seen: BTreeSet<String>,
    most: usize,
}

impl Pages {
    /// Starts with no page read. At least one is allowed.
    pub fn new(most: usize) -> Self {
        Self {
            seen: BTreeSet::new(),
            most: most.max(1),
        }
    }

    /// Takes up a page before it is asked for. The first page of a list by cursors has an empty name.
    ///
    /// # Errors
    /// Says why it must not be asked for: it was read already, or there are too many.
    pub fn turn_to(&mut self, name: &str) -> Result<(), Stop> {
        if self.seen.contains(name) {
            return Err(Stop::LeadsBack(self.seen.len()));
        }
        if self.seen.len() == self.most {
            return Err(Stop::TooMany(self.most));
        }
        self.seen.insert(name.to_owned());
        Ok(())
    }

    /// Returns the number of pages that were taken up.
    pub fn count(&self) -> usize {
        self.seen.len()
    }
}

/// Returns the address with `rel="next"`. Relations that nobody knows are passed over.
pub fn next_link(header: &str) -> Option<String> {
    header.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let next = parameters.split(';').any(|p| {
            let p = p.trim();
            p.strip_prefix("rel=")
                .is_some_and(|rel| rel.trim_matches('"').split(' ').any(|r| r == "next"))
        });
        next.then(|| target.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_is_read_once_and_only_so_many() {
        // Names of pages as the forge gives them, how many are allowed, how many are read, why it ends.
        let table: [(&[&str], usize, usize, Option<Stop>); 6] = [
            (&["", "b", "c"], 9, 3, None),
            (&["", ""], 9, 1, Some(Stop::LeadsBack(1))),
            (&["a", "a", "b"], 9, 1, Some(Stop::LeadsBack(1))),
            (&["a", "b", "c", "a"], 9, 3, Some(Stop::LeadsBack(3))),
            (&["a", "b", "c", "d"], 3, 3, Some(Stop::TooMany(3))),
            (&["a", "b"], 0, 1, Some(Stop::TooMany(1))),
        ];
        for (names, most, read, why) in table {
            let mut pages = Pages::new(most);
            let end = names.iter().find_map(|name| pages.turn_to(name).err());
            assert_eq!(pages.count(), read, "{names:?}");
            assert_eq!(end, why, "{names:?}");
        }
    }

    #[test]
    fn names_of_branches_stand_in_addresses() {
        assert_eq!(encode("fix/a b&c=ü#1~x"), "fix/a%20b%26c%3D%C3%BC%231~x");
    }

    #[test]
    fn only_the_next_relation_counts() {
        let header = "<https://h/r?page=1>; rel=\"prev\", <https://h/r?page=3>; rel=\"next\", <https://h/r?page=9>; rel=\"last\"";
        assert_eq!(next_link(header).as_deref(), Some("https://h/r?page=3"));
        assert_eq!(next_link("<https://h/r?page=1>; rel=\"first\""), None);
        assert_eq!(next_link("nonsense"), None);
        assert_eq!(
            next_link("<https://h/a,b>; rel=next"),
            None,
            "a comma inside a target is never sent"
        );
    }
}
