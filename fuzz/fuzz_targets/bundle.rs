#![no_main]

use libfuzzer_sys::fuzz_target;
use proofline::formats::bundle;

fuzz_target!(|data: &[u8]| {
    let _ = bundle::claimed_predicate(data);
    if let Ok(bytes) = bundle::unpack(data) {
        assert!(bytes.len() <= (16 << 20).max(data.len()));
        let _ = bundle::claimed_predicate(&bytes);
    }
});
