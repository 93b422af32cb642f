//! Pieces of a source of each language: together they are the text, line for line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proofline::formats::lexer::{self, Language};
use proofline_fuzz::choose;

const LANGUAGES: &[Language] = &[
    Language::Rust,
    Language::Python,
    Language::JavaScript,
    Language::TypeScript,
    Language::Go,
    Language::Java,
    Language::Kotlin,
    Language::CSharp,
    Language::C,
    Language::Yaml,
    Language::Toml,
];

fuzz_target!(|data: &[u8]| {
    let Some((language, data)) = choose(LANGUAGES, data) else {
        return;
    };
    let text = String::from_utf8_lossy(data);
    let Some(lines) = lexer::lines(*language, &text) else {
        return;
    };
    let joined: Vec<String> = lines
        .iter()
        .map(|pieces| pieces.iter().map(|p| p.text).collect())
        .collect();
    let trimmed = |line: &str| line.trim_end_matches(['\r', '\n']).to_owned();
    let own: Vec<String> = text.split('\n').map(trimmed).collect();
    let joined: Vec<String> = joined.iter().map(|l| trimmed(l)).collect();
    let end = |lines: &[String]| lines.iter().rposition(|l| !l.is_empty()).map_or(0, |n| n + 1);
    assert_eq!(joined[..end(&joined)], own[..end(&own)], "{language:?}");
    let code = lexer::code(*language, &text).expect("what has lines has code");
    assert_eq!(code.len(), lines.len());
});
