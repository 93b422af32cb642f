//! The contract file, and the patterns that it may name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proofline::formats::{contract, patterns::Patterns, specs::Asked};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (rules, problems) = contract::read(".proofline.toml", &text);
    // What is no contract is no empty one.
    assert!(!rules.unreadable || !problems.is_empty());
    let _ = Patterns::of(&rules.results).matches("junit-unit/a.xml");
    let asked = Asked::of(&rules);
    let _ = asked.format_of("docs/a.md");
});
