//! Edits of gates, and suppressions that a difference adds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proofline::formats::{gates, suppressions};
use proofline_fuzz::{change, choose, pair};

const PATHS: &[&str] = &[
    ".github/workflows/ci.yml",
    ".gitlab-ci.yml",
    "CODEOWNERS",
    ".proofline.toml",
    "deny.toml",
    "src/a.rs",
    "src/a.py",
    "src/a.ts",
    "src/a.go",
    "src/A.java",
    "src/a.c",
];

fuzz_target!(|data: &[u8]| {
    let Some((path, data)) = choose(PATHS, data) else {
        return;
    };
    let (old, new) = pair(data);
    let file = change(path, &old, &new);
    let found = gates::edits(std::slice::from_ref(&file.patch));
    let all = file.patch.added().count() + file.patch.removed().count();
    // A line may loosen in two ways, and a step that is gone is told once more.
    assert!(found.len() <= all * 4 + 8, "{} of {all}", found.len());
    assert!(suppressions::added(&file).len() <= file.patch.added().count());
});
