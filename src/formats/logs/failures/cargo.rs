//! `cargo test` and `cargo nextest`.

use std::collections::HashMap;

use super::{Told, failed, number_before, with_text};

/// The name of a test binary without the hash behind it.
fn binary(line: &str) -> Option<&str> {
    let (_, inside) = line
        .trim_start()
        .strip_prefix("Running ")?
        .split_once('(')?;
    let file = inside.trim_end_matches(')').rsplit(['/', '\\']).next()?;
    Some(file.rsplit_once('-').map_or(file, |(name, _)| name))
}

/// `test a::b ... FAILED`, the sections `---- a::b stdout ----`, and `test result: FAILED. …`.
pub(super) fn libtest(lines: &[&str]) -> Told {
    let mut told = Told::default();
    let mut class = String::new();
    let mut texts: HashMap<String, (usize, usize)> = HashMap::new();
    let mut named: Vec<String> = Vec::new();
    let flush = |told: &mut Told,
                 class: &str,
                 named: &mut Vec<String>,
                 texts: &mut HashMap<String, (usize, usize)>| {
        for name in named.drain(..) {
            let range = texts.get(&name).copied().unwrap_or((0, 0));
            let text = lines.get(range.0..range.1).unwrap_or(&[]);
            told.add(with_text(failed(class, &name), text));
        }
        texts.clear();
    };
    let mut open: Option<(String, usize)> = None;
    for (at, line) in lines.iter().enumerate() {
        let ends =
            line.starts_with("---- ") || *line == "failures:" || line.starts_with("test result:");
        if ends && let Some((name, from)) = open.take() {
            texts.insert(name, (from, at));
        }
        if let Some(name) = binary(line) {
            flush(&mut told, &class, &mut named, &mut texts);
            name.clone_into(&mut class);
        } else if let Some(name) = line.trim_start().strip_prefix("Doc-tests ") {
            flush(&mut told, &class, &mut named, &mut texts);
            name.clone_into(&mut class);
        } else if let Some(name) = line
            .strip_prefix("---- ")
            .and_then(|l| l.strip_suffix(" stdout ----"))
        {
            open = Some((name.to_owned(), at + 1));
        } else if let Some(name) = line
            .strip_prefix("test ")
            .and_then(|l| l.split_once(" ... "))
            .filter(|(_, word)| *word == "FAILED")
            .map(|(name, _)| name)
        {
            let name = name.split(" - should panic").next().unwrap_or(name);
            named.push(name.to_owned());
        } else if line.starts_with("test result: ")
            && let Some(count) = number_before(line, "failed")
        {
            told.count(count);
            flush(&mut told, &class, &mut named, &mut texts);
        }
    }
    // A log that was cut ends without a result.
    flush(&mut told, &class, &mut named, &mut texts);
    told
}

/// Words of nextest for a test that failed for good.
const FAILED: &[&str] = &[
    "FAIL",
    "TIMEOUT",
    "ABORT",
    "SIGSEGV",
    "SIGABRT",
    "SIGKILL",
    "XFAIL",
    "LEAK-FAIL",
];

/// `FAIL [   0.004s] crate::binary a::b`; of tests that were tried again only what stands behind the
/// summary.
pub(super) fn nextest(lines: &[&str]) -> Told {
    let mut told = Told::default();
    let mut is_end = false;
    for line in lines {
        let bare = line.trim_start();
        if bare.starts_with("Summary [") {
            is_end = true;
            let count = |word| number_before(line, word).unwrap_or(0);
            told.count(count("failed") + count("timed"));
            continue;
        }
        let bare = match bare.strip_prefix("TRY ") {
            Some(rest) if is_end => rest.split_once(' ').map_or(rest, |(_, rest)| rest),
            Some(_) => continue,
            None => bare,
        };
        let Some((word, rest)) = bare.split_once(" [") else {
            continue;
        };
        let Some((_, rest)) = rest
            .split_once("s]")
            .filter(|_| FAILED.contains(&word.trim()))
        else {
            continue;
        };
        let mut parts = rest.split_whitespace().rev();
        if let (Some(name), Some(class)) = (parts.next(), parts.next()) {
            told.add(failed(class, name));
        }
    }
    told
}
