#![no_main]

use libfuzzer_sys::fuzz_target;
use proofline::formats::results;
use proofline_fuzz::holds;

fuzz_target!(|data: &[u8]| {
    if let Ok((content, problems)) = results::read_junit(data, "report.xml") {
        holds(&content, &problems, data.len());
        let rows = content.counted.tests + content.counted.failures + content.counted.errors;
        assert!(content.cases.len() as u64 + content.unread <= rows);
    }
});
