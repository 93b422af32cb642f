//! What a forge has, as the rest of the crate wants it: lists and single objects, each with the step from
//! bytes to records. Where they are and what they look like on the wire is known to the forge alone.

use crate::model::Problem;

/// The items of a page, and those that could not be read.
#[derive(Clone, Debug)]
pub struct Listed<T> {
    pub items: Vec<T>,
    pub problems: Vec<Problem>,
    /// What the page says there are in all.
    pub total: Option<u64>,
    /// What names each item (`id`, `sha` or `number`), where it has such a name.
    pub names: Vec<Option<String>>,
}

/// Reads a page: by its name in problems, its bytes, and where the items stand on it.
type ReadPage<T> = fn(&str, &[u8], Option<&str>) -> Result<Listed<T>, Problem>;

/// A list: where its first page is, and how its pages are read.
#[derive(Clone, Debug)]
pub struct List<T> {
    pub(super) address: String,
    /// Where the items stand on a page, if not at its top.
    pub(super) key: Option<&'static str>,
    pub(super) read: ReadPage<T>,
}

impl<T> List<T> {
    /// The address of the first page: opaque, but for people to read.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The address of a page of a list that says how long it is; the first is 1.
    pub fn page(&self, n: usize) -> String {
        if n == 1 {
            return self.address.clone();
        }
        let sign = if self.address.contains('?') { '&' } else { '?' };
        format!("{}{sign}page={n}", self.address)
    }

    /// Reads a page. `place` names it in problems.
    ///
    /// # Errors
    /// Where it is no page of such a list. Items that cannot be read are problems beside the others.
    pub fn read(&self, place: &str, page: &[u8]) -> Result<Listed<T>, Problem> {
        (self.read)(place, page, self.key)
    }
}

/// A single object: where it is, and how it is read.
#[derive(Clone, Debug)]
pub struct One<T> {
    pub(super) address: String,
    pub(super) read: fn(&str, &[u8]) -> Result<T, Problem>,
}

impl<T> One<T> {
    /// Its address: opaque, but for people to read.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Reads it.
    ///
    /// # Errors
    /// Where the answer is no such object.
    pub fn read(&self, answer: &[u8]) -> Result<T, Problem> {
        (self.read)(&self.address, answer)
    }
}
