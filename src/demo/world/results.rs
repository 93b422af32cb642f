//! What a test run leaves behind: the `JUnit` file in the dialect of nextest, in a zip whose bytes
//! depend on nothing but its content.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;

use super::git::Files;
use super::model::Time;
use super::suite::{Case, integration_cases, unit_cases};
use crate::demo::DemoError;

/// A test that failed in a run, and the place where it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failed {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) line: u64,
    pub(crate) column: u64,
    /// What stands below the first line of the panic.
    pub(crate) message: String,
}

impl Failed {
    /// The text of the panic, as the test harness prints it.
    pub(crate) fn text(&self) -> String {
        format!("{}\n{}", self.headline(), self.message)
    }

    fn headline(&self) -> String {
        let Self {
            name,
            file,
            line,
            column,
            ..
        } = self;
        format!("thread '{name}' panicked at {file}:{line}:{column}:")
    }
}

/// The numbers that stand at the head of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Totals {
    Counted,
    /// The file claims that this many tests ran.
    Claimed(usize),
}

/// A `JUnit` report over some cases.
pub(crate) fn junit(
    name: &str,
    cases: &[Case],
    failed: &[Failed],
    at: Time,
    totals: Totals,
) -> String {
    let total = match totals {
        Totals::Counted => cases.len(),
        Totals::Claimed(claimed) => claimed,
    };
    let seconds = cases.iter().map(millis).sum::<u64>();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        xml,
        "<testsuites name=\"{name}\" tests=\"{total}\" failures=\"{}\" errors=\"0\" timestamp=\"{}\" time=\"{}\">",
        failed.len(),
        at.format("%Y-%m-%dT%H:%M:%S.000+00:00"),
        as_seconds(seconds),
    );
    for binary in binaries(cases) {
        suite(&mut xml, binary, cases, failed, at);
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn binaries(cases: &[Case]) -> Vec<&str> {
    let mut binaries: Vec<&str> = cases.iter().map(|case| case.binary.as_str()).collect();
    binaries.dedup();
    binaries
}

fn suite(xml: &mut String, binary: &str, cases: &[Case], failed: &[Failed], at: Time) {
    let cases: Vec<&Case> = cases.iter().filter(|case| case.binary == binary).collect();
    let failure = |case: &Case| failed.iter().find(|failed| failed.name == case.name);
    let _ = writeln!(
        xml,
        "    <testsuite name=\"{binary}\" tests=\"{}\" disabled=\"0\" errors=\"0\" failures=\"{}\" skipped=\"{}\">",
        cases.len(),
        cases.iter().filter(|case| failure(case).is_some()).count(),
        cases.iter().filter(|case| case.ignored).count(),
    );
    for case in cases {
        let _ = write!(
            xml,
            "        <testcase name=\"{}\" classname=\"{binary}\" timestamp=\"{}\" time=\"{}\"",
            escaped(&case.name),
            at.format("%Y-%m-%dT%H:%M:%S.000+00:00"),
            as_seconds(millis(case)),
        );
        if case.ignored {
            xml.push_str(">\n            <skipped/>\n        </testcase>\n");
        } else if let Some(failed) = failure(case) {
            let _ = writeln!(
                xml,
                ">\n            <failure message=\"{}\" type=\"test failure with exit code 101\">{}</failure>",
                escaped(&failed.headline()),
                escaped(&failed.text()),
            );
            let _ = writeln!(
                xml,
                "            <system-err>{}\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n</system-err>\n        </testcase>",
                escaped(&failed.text()),
            );
        } else {
            xml.push_str("/>\n");
        }
    }
    xml.push_str("    </testsuite>\n");
}

/// A duration that depends on the name only.
fn millis(case: &Case) -> u64 {
    case.name
        .bytes()
        .fold(7, |sum, byte| (sum * 31 + u64::from(byte)) % 240)
        + 2
}

fn as_seconds(millis: u64) -> String {
    format!("{}.{:03}", millis / 1000, millis % 1000)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Which lines the tests ran, as LCOV writes it: all but every seventh.
pub(super) fn lcov(files: &Files) -> String {
    let mut text = String::from("TN:\n");
    let sources = files.iter().filter(|(path, _)| {
        let path = std::path::Path::new(path);
        path.starts_with("src") && path.extension().is_some_and(|e| e == "rs")
    });
    for (path, source) in sources {
        let _ = writeln!(text, "SF:{path}");
        for (number, line) in (1_u32..).zip(source.lines()) {
            if line.trim_end().ends_with(';') {
                let _ = writeln!(text, "DA:{number},{}", u32::from(number % 7 != 0));
            }
        }
        text.push_str("end_of_record\n");
    }
    text
}

/// A zip with one file, and its hex SHA-256.
pub(crate) fn zipped(file: &str, text: &str) -> Result<(Bytes, String), DemoError> {
    zipped_all(&[(file, text)])
}

/// A zip with some files, and its hex SHA-256.
pub(crate) fn zipped_all(files: &[(&str, &str)]) -> Result<(Bytes, String), DemoError> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o644);
    for (file, text) in files {
        writer.start_file(*file, options)?;
        writer.write_all(text.as_bytes())?;
    }
    let zip = writer.finish()?.into_inner();
    let sha256 = hex(&Sha256::digest(&zip));
    Ok((Bytes::from(zip), sha256))
}

/// The report that a green job leaves at a commit, zipped; none where the job runs no tests.
pub(crate) fn green_report(
    job: &str,
    files: &Files,
    package: &str,
    at: Time,
) -> Result<Option<(Bytes, String)>, DemoError> {
    let cases = match job {
        "unit" => unit_cases(files, package),
        "integration" => integration_cases(files, package),
        _ => return Ok(None),
    };
    let report = junit(job, &cases, &[], at, Totals::Counted);
    zipped(&format!("junit-{job}.xml"), &report).map(Some)
}

/// Bytes as lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
