//! Test results: which files hold them, and the readers by format.

mod ctrf;
mod ended;
mod junit;

pub use ctrf::read_ctrf;
pub use junit::read_junit;

use super::kinds;
use crate::model::{EvidenceKind, Problem, TestContent};

/// Why a file could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    #[error(transparent)]
    Junit(#[from] junit::JunitError),
    #[error("is no CTRF report ({0})")]
    Ctrf(#[from] serde_json::Error),
    #[error("is neither JUnit XML nor CTRF")]
    Unknown,
}

impl ResultsError {
    /// Tells whether the file is whole, and holds no test results.
    pub fn is_of_another_kind(&self) -> bool {
        match self {
            Self::Junit(junit::JunitError::Root(root)) => {
                !kinds::is_other_results(root, "run-date")
            }
            Self::Unknown => true,
            Self::Junit(_) | Self::Ctrf(_) => false,
        }
    }
}

/// Reads a file of test results, whatever its format. The problems name single items that could not
/// be read.
pub fn read(bytes: &[u8], file: &str) -> Result<(TestContent, Vec<Problem>), ResultsError> {
    match kinds::kind_of(file, bytes) {
        EvidenceKind::Ctrf => Ok(read_ctrf(bytes, file)?),
        // The reader says best what is wrong with XML that was cut or has another root.
        _ if bytes.trim_ascii_start().starts_with(b"{") => Err(ResultsError::Unknown),
        _ => Ok(read_junit(bytes, file)?),
    }
}

/// Returns what a failure says, on one line: without the line that only names the thread and the
/// place of a panic, and with the compared values.
pub fn headline(message: &str, text: &str) -> String {
    let is_place = |line: &str| line.starts_with("thread '") && line.contains("panicked at");
    let source = if message.is_empty() || is_place(message.trim()) {
        text
    } else {
        message
    };
    let mut lines = source
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty() && !is_place(l) && !l.starts_with("note: run with"));
    let Some(first) = lines.next() else {
        return message.to_owned();
    };
    let values: Vec<&str> = lines
        .take(4)
        .take_while(|l| {
            ["left:", "right:", "expected", "actual", "got"]
                .iter()
                .any(|w| l.to_lowercase().starts_with(w))
        })
        .collect();
    if values.is_empty() {
        first.to_owned()
    } else {
        format!("{first}  {}", values.join("  "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_of_another_form_is_no_other_thing() {
        for (text, is_other) in [
            ("<project/>", true),
            ("<html><testsuite/></html>", true),
            ("{}", true),
            ("<testsuite>", false),
            ("<test-run result='Failed'/>", false),
            ("<TestRun xmlns='urn:x'/>", false),
            ("<assemblies/>", false),
        ] {
            let error = read(text.as_bytes(), "a.xml").unwrap_err();
            assert_eq!(error.is_of_another_kind(), is_other, "{text}");
        }
    }

    #[test]
    fn headlines_say_what_was_compared() {
        let text = "thread 'x' panicked at tests/capture.rs:92:5:\nassertion `left == right` failed\n  left: 2\n right: 1\nnote: run with `RUST_BACKTRACE=1`";
        let message = "thread 'x' panicked at tests/capture.rs:92:5:";
        assert_eq!(
            headline(message, text),
            "assertion `left == right` failed  left: 2  right: 1"
        );
        assert_eq!(headline("expected 1", "long text"), "expected 1");
        assert_eq!(headline("", ""), "");
    }
}
