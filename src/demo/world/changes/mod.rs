//! The open changes of the story, one file each for those that have a plot.

mod agent_retry;
mod bump;
mod capture;
mod capture_code;
mod others;

use super::builder::Builder;
use super::git::Files;
use super::results::Failed;
use crate::demo::DemoError;

pub(super) use capture::{ALERT, Capture};
pub(super) use capture_code::STORE;

/// The change that the story is about.
pub(crate) const CAPTURE: u64 = 482;
/// The dependency bump.
pub(crate) const BUMP: u64 = 479;
/// The agent's change that no specification asked for.
pub(crate) const JITTER: u64 = 477;
/// A workflow's permissions, changed by a person.
pub(crate) const PERMISSIONS: u64 = 474;
/// The scan's path filter, narrowed.
pub(crate) const FILTER: u64 = 470;
/// Documentation only.
pub(crate) const DOCS: u64 = 468;
/// A requirement, loosened.
pub(crate) const LOOSENED: u64 = 465;
/// The issue that asks for [`CAPTURE`].
pub(crate) const ISSUE: u64 = 471;

impl Builder {
    /// The failure of a test whose assertion stands below its name in a file of this commit.
    pub(super) fn failed(
        &self,
        files: &Files,
        (file, test): (&str, &str),
        assertion: &str,
        message: &str,
    ) -> Result<Failed, DemoError> {
        let name = self.say(test);
        let function = name.rsplit("::").next().unwrap_or_default();
        let start = files.line_from(file, &format!("fn {function}("), 1)?;
        let line = files.line_from(file, assertion, start)?;
        let source = files
            .get(file)
            .and_then(|source| source.lines().nth(index(line)));
        let indent = source.map_or(0, |source| source.len() - source.trim_start().len());
        Ok(Failed {
            name,
            file: file.to_owned(),
            line,
            column: indent as u64 + 1,
            message: message.to_owned(),
        })
    }
}

fn index(line: u64) -> usize {
    usize::try_from(line)
        .unwrap_or(usize::MAX)
        .saturating_sub(1)
}

/// The failure that comes and goes in the integration tests.
pub(super) fn flaky(builder: &Builder, files: &Files) -> Result<Failed, DemoError> {
    builder.failed(
        files,
        (
            "tests/integration.rs",
            "webhooks::delivers_over_slow_network",
        ),
        "assert!(delivered",
        "webhook was not delivered within 2 s",
    )
}
