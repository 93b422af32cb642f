//! A file of evidence, whatever it is: what it holds, read once by its content and its name.

use serde::{Deserialize, Serialize};

use super::{kinds, results, sarif};
use crate::model::{EvidenceKind, Problem, Reader, ScanReport, TestContent};

/// What reads a file here. The version is raised whenever a file is read to another value, by any of
/// the readers of results and reports.
pub const READER: Reader = Reader {
    name: "file",
    version: 11,
};

/// What reads a file that is known to be a SARIF report.
pub const SARIF_READER: Reader = Reader {
    name: "sarif",
    version: 8,
};

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    Tests(TestContent),
    Scans(Vec<ScanReport>),
    /// It is evidence of a kind that no reader takes in yet.
    Nothing,
    /// Why it cannot be read.
    Refused(String),
}

/// What was read of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFact {
    pub kind: EvidenceKind,
    pub holds: Holds,
    /// Their places begin with the path of the file.
    pub problems: Vec<Problem>,
}

/// Returns the id under which the fact of a file is kept: its content, and the name that tells its
/// kind.
pub fn id(path: &str, digest: &str) -> String {
    format!("{digest} {path}")
}

/// Reads a file.
pub fn read(path: &str, bytes: &[u8]) -> FileFact {
    let kind = kinds::kind_of(path, bytes);
    let (holds, problems) = match kind {
        EvidenceKind::Junit | EvidenceKind::Ctrf | EvidenceKind::Other => tests(kind, path, bytes),
        EvidenceKind::Sarif => return read_sarif(path, bytes),
        EvidenceKind::Lcov | EvidenceKind::Cobertura | EvidenceKind::Bundle => {
            (Holds::Nothing, Vec::new())
        }
    };
    FileFact {
        kind,
        holds,
        problems,
    }
}

/// Reads a SARIF report, whatever it looks like.
pub fn read_sarif(path: &str, bytes: &[u8]) -> FileFact {
    let (holds, problems) = match sarif::read_sarif(bytes, path) {
        Ok((reports, problems)) => (Holds::Scans(reports), problems),
        Err(error) => {
            let why = format!("is no SARIF report ({error})");
            let unread = Holds::Scans(vec![sarif::unread(path)]);
            (unread, vec![Problem::warning(path, why)])
        }
    };
    FileFact {
        kind: EvidenceKind::Sarif,
        holds,
        problems,
    }
}

fn tests(kind: EvidenceKind, path: &str, bytes: &[u8]) -> (Holds, Vec<Problem>) {
    match results::read(bytes, path) {
        Ok((content, problems)) => (Holds::Tests(content), problems),
        // It is something else.
        Err(error) if kind == EvidenceKind::Other && error.is_of_another_kind() => {
            let problem = Problem::warning(path, error.to_string());
            (Holds::Nothing, vec![problem])
        }
        Err(error) => (Holds::Refused(error.to_string()), Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_results_is_read_or_refused_and_never_passed_over() {
        for (text, refused) in [
            ("<testsuites<property name='a'/>", true),
            ("<testsuite>", true),
            ("<TestRun/>", true),
            ("<testsuite/>", false),
            ("<html/>", false),
        ] {
            let holds = read("junit.xml", text.as_bytes()).holds;
            assert_eq!(
                matches!(holds, Holds::Refused(_)),
                refused,
                "{text}: {holds:?}"
            );
        }
    }
}
