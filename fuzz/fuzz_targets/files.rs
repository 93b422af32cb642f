//! A file of an artifact by its name and content, and what is kept of it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proofline::{
    formats::{
        files::{self, FileFact, Holds},
        kinds,
    },
    model::EvidenceKind,
};
use proofline_fuzz::{choose, holds};

const NAMES: &[&str] = &[
    "junit.xml",
    "TEST-a.xml",
    "report.trx",
    "ctrf.json",
    "results.json",
    "scan.sarif",
    "scan.sarif.json",
    "lcov.info",
    "bundle.sigstore",
    "a.jsonl",
    "noname",
];

fuzz_target!(|data: &[u8]| {
    let Some((name, data)) = choose(NAMES, data) else {
        return;
    };
    let _ = kinds::may_hold_evidence(name);
    let fact = files::read(name, data);
    if let Holds::Tests(content) = &fact.holds {
        holds(content, &fact.problems, data.len());
    }
    // What calls itself results is read or refused, and never passed over.
    if matches!(fact.kind, EvidenceKind::Junit | EvidenceKind::Ctrf) {
        assert!(!matches!(fact.holds, Holds::Nothing), "{name}");
    }
    let kept = serde_json::to_vec(&fact).expect("a fact is kept");
    let read: FileFact = serde_json::from_slice(&kept).expect("what is kept reads back");
    assert_eq!(read, fact);
});
