//! Logs of jobs: their ends, and the failed tests that they name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proofline::formats::{logs, results, source};
use proofline_fuzz::holds;

fuzz_target!(|data: &[u8]| {
    let (failing, end) = logs::tail(data);
    assert!(failing.lines().count() <= 24 && end.lines().count() <= 60);
    let content = logs::failed_tests(data);
    assert!(content.cases.iter().all(|c| c.outcome.failed()));
    assert!(content.declared.failures >= content.counted.failures);
    holds(&content, &[], data.len() * 2);
    for case in &content.cases {
        let _ = results::headline(&case.message, &case.text);
        let _ = source::places(&case.text);
    }
});
