//! A source of each language: its annotations and its tests.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proofline::formats::{specs::Asked, tree_file};
use proofline_fuzz::choose;

const PATHS: &[&str] = &[
    "tests/a.rs",
    "src/a.rs",
    "tests/test_a.py",
    "web/a.test.ts",
    "web/a.test.tsx",
    "web/a.spec.js",
    "web/a.test.mjs",
    "pkg/a_test.go",
    "test/ATest.java",
    "test/ATest.kt",
    "test/a_spec.rb",
    "tests/a.c",
    "tests/a.cpp",
    "tests/A.cs",
    "tests/A.swift",
    "tests/ATest.php",
    "tests/A.scala",
    "test/a_test.exs",
    "tests/a.sh",
];

fuzz_target!(|data: &[u8]| {
    let Some((path, data)) = choose(PATHS, data) else {
        return;
    };
    let text = String::from_utf8_lossy(data);
    let facts = tree_file::read(path, &text, &Asked::default());
    let lines = text.lines().count().max(1) as u64;
    for test in &facts.tests {
        assert!(u64::from(test.line) <= lines, "line {}", test.line);
    }
    assert!(facts.annotations.len() <= text.len());
});
