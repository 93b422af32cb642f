#![no_main]

use libfuzzer_sys::fuzz_target;
use proofline::formats::results;
use proofline_fuzz::holds;

fuzz_target!(|data: &[u8]| {
    if let Ok((content, problems)) = results::read_ctrf(data, "ctrf.json") {
        holds(&content, &problems, data.len());
        let failed = content.cases.iter().filter(|c| c.outcome.failed()).count() as u64;
        assert_eq!(failed, content.counted.failures);
        assert!(problems.len() as u64 >= content.unread);
    }
});
