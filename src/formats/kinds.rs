//! What a file of evidence is: told by its name and by how it begins, since neither alone is to be
//! trusted. A `report.xml` may be `JUnit` or Cobertura, and a `results.json` anything.

use std::{ffi::OsStr, path::Path};

use super::encoding;
use crate::model::EvidenceKind;

/// Bytes of a file that are looked at.
const HEAD: usize = 4096;

/// Tells by its name whether a file inside of an artifact may be evidence, so that it is unpacked.
pub fn may_be_evidence(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let ends = |ending: &str| name.ends_with(ending);
    [
        ".xml",
        ".json",
        ".jsonl",
        ".sarif",
        ".info",
        ".lcov",
        ".sigstore",
        ".trx",
    ]
    .iter()
    .any(|e| ends(e))
}

/// Tells by its name whether an artifact is worth downloading.
pub fn may_hold_evidence(artifact: &str) -> bool {
    let name = artifact.to_ascii_lowercase();
    [
        "junit",
        "test-result",
        "test_result",
        "testresult",
        "test-report",
        "nextest",
        "surefire",
        "results",
        "ctrf",
        "sarif",
        "lcov",
        "cobertura",
        "coverage",
        "attestation",
        "sigstore",
        "bundle.json",
        "provenance",
    ]
    .iter()
    .any(|word| name.contains(word))
}

/// Tells whether a file is called a report of a scanner.
pub fn is_sarif_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let stem = name.strip_suffix(".json").unwrap_or(&name);
    Path::new(stem).extension() == Some(OsStr::new("sarif"))
}

/// Tells what a file is.
pub fn kind_of(name: &str, bytes: &[u8]) -> EvidenceKind {
    // What is called a report of a scanner is one, whatever became of it.
    if is_sarif_name(name) {
        return EvidenceKind::Sarif;
    }
    let head = encoding::decode(bytes.get(..HEAD).unwrap_or(bytes));
    let text = head.trim_start();
    match text.chars().next() {
        Some('<') => xml(text),
        Some('{') => json(text),
        _ if text.starts_with("TN:") || text.starts_with("SF:") => EvidenceKind::Lcov,
        _ => EvidenceKind::Other,
    }
}

/// Tells whether a root element is that of test results that are not read: `NUnit`, xUnit.net, TRX. The
/// reader of `JUnit` refuses them, and says so.
pub fn is_other_results(root: &str, text: &str) -> bool {
    matches!(root, "test-run" | "test-results" | "assemblies" | "TestRun")
        || root == "assembly" && text.contains("run-date")
}

/// By the root element: names of elements are local, and what stands before the root is passed over.
fn xml(text: &str) -> EvidenceKind {
    let mut elements = text.split('<').skip(1).filter_map(|rest| {
        let first = rest.chars().next()?;
        let name = rest
            .split(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))
            .next()?;
        let local = name.rsplit(':').next().unwrap_or(name);
        first.is_alphabetic().then_some(local)
    });
    match elements.next() {
        Some("testsuites" | "testsuite" | "testrun") => EvidenceKind::Junit,
        Some(root) if is_other_results(root, text) => EvidenceKind::Junit,
        Some("coverage") => EvidenceKind::Cobertura,
        _ => EvidenceKind::Other,
    }
}

/// By the names that stand at its beginning. A long head may keep the telling name out of reach; then
/// it is kept as something else, and not read.
fn json(text: &str) -> EvidenceKind {
    let has = |name: &str| text.contains(&format!("\"{name}\""));
    if has("runs") && (has("version") || text.contains("sarif")) || text.contains("sarif-schema") {
        EvidenceKind::Sarif
    } else if text.contains("application/vnd.dev.sigstore.bundle") || has("dsseEnvelope") {
        EvidenceKind::Bundle
    } else if has("results") && (has("reportFormat") || has("tool") && has("summary")) {
        EvidenceKind::Ctrf
    } else {
        EvidenceKind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_tells_what_a_name_does_not() {
        for (name, text, kind) in [
            (
                "a.xml",
                "<?xml version=\"1.0\"?>\n<!-- by hand -->\n<testsuites>",
                EvidenceKind::Junit,
            ),
            ("a.xml", "<ns:testsuite name=\"x\"/>", EvidenceKind::Junit),
            (
                "junit.xml",
                "<coverage line-rate=\"0.5\">",
                EvidenceKind::Cobertura,
            ),
            ("junit.xml", "<html><testsuite>", EvidenceKind::Other),
            (
                "a.json",
                "{\"$schema\":\"https://x/sarif-schema-2.1.0.json\",\"runs\":[]}",
                EvidenceKind::Sarif,
            ),
            (
                "a.json",
                "\u{feff}{ \"version\": \"2.1.0\", \"runs\": [] }",
                EvidenceKind::Sarif,
            ),
            (
                "a.json",
                "{\"reportFormat\":\"CTRF\",\"results\":{}}",
                EvidenceKind::Ctrf,
            ),
            (
                "a.json",
                "{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\"}",
                EvidenceKind::Bundle,
            ),
            (
                "lcov.info",
                "TN:\nSF:src/a.rs\nDA:1,1\n",
                EvidenceKind::Lcov,
            ),
            (
                "a.json",
                "{\"results\":{\"tool\":{\"name\":\"x\"},\"summary\":{},\"tests\":[]}}",
                EvidenceKind::Ctrf,
            ),
            (
                "a.json",
                "{\"results\":[],\"tests\":3}",
                EvidenceKind::Other,
            ),
            (
                "package.json",
                "{\"name\":\"x\",\"dependencies\":{}}",
                EvidenceKind::Other,
            ),
            ("lcov.info", "", EvidenceKind::Other),
        ] {
            assert_eq!(kind_of(name, text.as_bytes()), kind, "{name}: {text}");
        }
        // UTF-16, as a few runners on Windows write it.
        let wide = |text: &str| -> Vec<u8> {
            let units = text.encode_utf16().flat_map(u16::to_le_bytes);
            [0xff, 0xfe].into_iter().chain(units).collect()
        };
        for (name, text, kind) in [
            ("a.xml", "<testsuites>", EvidenceKind::Junit),
            ("a.xml", "<coverage>", EvidenceKind::Cobertura),
            (
                "a.json",
                "{\"version\":\"2.1.0\",\"runs\":[]}",
                EvidenceKind::Sarif,
            ),
        ] {
            assert_eq!(kind_of(name, &wide(text)), kind, "{name}: {text}");
        }
        // The report of a scanner is one by its name, even where it was cut off.
        for bytes in [&b""[..], b"{", b"\xff\xfe{", b"no"] {
            assert_eq!(kind_of("a.SARIF", bytes), EvidenceKind::Sarif, "{bytes:?}");
        }
    }

    #[test]
    fn names_are_asked_before_anything_is_downloaded_or_unpacked() {
        for name in [
            "junit-unit",
            "CTRF report",
            "coverage",
            "code-sarif",
            "my-test-results",
        ] {
            assert!(may_hold_evidence(name), "{name}");
        }
        for name in ["payments-linux-x86_64", "image", "docs"] {
            assert!(!may_hold_evidence(name), "{name}");
        }
        assert!(may_be_evidence("deep/Report.XML") && !may_be_evidence("payments.tar.gz"));
    }
}
