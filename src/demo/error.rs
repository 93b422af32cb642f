//! What can go wrong while the demo forge is made.

/// Why the demo forge could not be started.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The loopback address could not be bound, or the temporary folder not made.
    #[error("cannot {what}")]
    Io {
        what: &'static str,
        #[source]
        source: std::io::Error,
    },
    /// The repository of the world could not be written.
    #[error("cannot write the demo repository")]
    Git(#[from] git2::Error),
    /// An artifact could not be packed.
    #[error("cannot pack an artifact")]
    Zip(#[from] zip::result::ZipError),
    /// An artifact could not be written.
    #[error("cannot write an artifact")]
    Pack(#[from] std::io::Error),
    /// An act that the world does not allow.
    #[error("{0}")]
    Refused(String),
    /// The story contradicts itself; a mistake in this crate.
    #[error("the demo story does not hold together: {0}")]
    Story(String),
}

impl DemoError {
    pub(crate) fn story(what: impl Into<String>) -> Self {
        Self::Story(what.into())
    }
}
