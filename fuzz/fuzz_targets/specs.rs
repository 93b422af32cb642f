//! Specs in each format, before and after the contract chooses among their ids.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proofline::{
    formats::specs::{self, Asked},
    model::Rules,
};
use proofline_fuzz::choose;

const PATHS: &[&str] = &[
    "openspec/specs/a/spec.md",
    "openspec/changes/x/specs/a/spec.md",
    "specs/001-a/spec.md",
    "specs/001-a/tasks.md",
    ".kiro/specs/a/requirements.md",
    "docs/spec/a.md",
    "requirements/a.md",
];

fuzz_target!(|data: &[u8]| {
    let Some((path, data)) = choose(PATHS, data) else {
        return;
    };
    let text = String::from_utf8_lossy(data);
    let (all, problems) = specs::read_spec(path, &text);
    let lines = text.lines().count();
    for found in &all {
        assert!(!found.id.as_str().trim().is_empty(), "an id of nothing");
        assert!(found.line as usize <= lines.max(1), "line {}", found.line);
    }
    assert!(problems.len() <= lines + 1);
    let own: usize = all.iter().map(|r| r.title.len()).sum();
    assert!(own <= text.len() * 4 + 4096, "{own} bytes of {}", text.len());
    let rules = Rules {
        ids: vec![r"[A-Z]+-\d+".to_owned()],
        ..Rules::default()
    };
    let (some, _) = specs::read_asked(path, &text, &Asked::of(&rules));
    assert!(some.len() <= all.len());
});
