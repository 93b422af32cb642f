//! Rust by its syntax tree: tests, and what became of them between two versions.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proofline::formats::rust_source;
use proofline_fuzz::pair;

fuzz_target!(|data: &[u8]| {
    let (old, new) = pair(data);
    let units = rust_source::test_units(&new);
    assert!(rust_source::compare_units(&units, &units).is_empty());
    let _ = rust_source::compare(&old, &new);
    let _ = rust_source::without_tests(&new);
});
