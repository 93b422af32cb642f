//! Who makes a fact of a content.

/// A reader of contents. What it made of a content is kept by the content's id, and holds until the
/// version is raised: that is done whenever the same bytes are read to another value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reader {
    pub name: &'static str,
    pub version: u32,
}
