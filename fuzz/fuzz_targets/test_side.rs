//! What a change of a file did to a test. A file that is the same leaves each test alone.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proofline::{
    formats::test_side::{self, Change, Sides},
    model::{FilePair, TestKey, Touch},
};
use proofline_fuzz::{choose, pair};

const PATHS: &[&str] = &[
    "src/a.rs",
    "tests/a.rs",
    "tests/test_a.py",
    "src/a.py",
    "web/a.test.ts",
    "web/a.js",
    "pkg/a_test.go",
    "pkg/a.go",
    "src/A.java",
    "Cargo.toml",
    "package.json",
    "pyproject.toml",
    ".github/workflows/ci.yml",
    "docs/a.md",
    "conftest.py",
];

fuzz_target!(|data: &[u8]| {
    let Some((path, data)) = choose(PATHS, data) else {
        return;
    };
    let (old, new) = pair(data);
    let tests = ["a::checks", "test_a.TestX::test_one[1]", "suite › does it", "TestA/sub"]
        .map(|name| TestKey::join("", name));
    let change = |old, new| Change {
        path,
        old,
        new,
        known: true,
    };
    let same = Sides::of(change(Some(&new), Some(&new)));
    let other = Sides::of(change(Some(&old), Some(&new)));
    let fresh = Sides::of(change(None, Some(&new)));
    for test in &tests {
        assert_eq!(same.touch(test), Touch::LeftAlone);
        let _ = (other.touch(test), fresh.touch(test));
    }
    let _ = test_side::is_code(&FilePair {
        path: (*path).to_owned(),
        old_path: None,
        old: Some(old),
        new: Some(new),
        known: true,
        absent: false,
    });
});
