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
    // `failures:` and the names below it, of which the last list before a result is the runner's own.
    let mut list: Option<Vec<&str>> = None;
    // A test whose line has no result yet: where the process dies, it is the one.
    let mut begun: Option<&str> = None;
    for (at, line) in lines.iter().enumerate() {
        if *line == "failures:" {
            list = Some(Vec::new());
        } else if let (Some(name), Some(list)) = (line.strip_prefix("    "), &mut list)
            && !name.starts_with(' ')
            && list.len() < super::MAX_FAILED
        {
            list.push(name);
        }
        if let Some((name, word)) = line
            .strip_prefix("test ")
            .and_then(|l| l.split_once(" ... "))
            .filter(|_| open.is_none())
        {
            let is_ended = ["ok", "FAILED", "ignored", "bench"];
            begun = (!is_ended.iter().any(|w| word.starts_with(w))).then_some(name);
        }
        if line.contains("process didn't exit successfully") && line.contains("(signal: ") {
            let name = begun.take().unwrap_or("(the process died)");
            named.push(name.to_owned());
            told.count(1);
            flush(&mut told, &class, &mut named, &mut texts);
        }
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
            // What a test printed is none of the runner's words.
            .filter(|(_, word)| *word == "FAILED" && open.is_none())
            .map(|(name, _)| name)
        {
            let name = name.split(" - should panic").next().unwrap_or(name);
            named.push(name.to_owned());
        } else if line.starts_with("test result: ")
            && let Some(count) = number_before(line, "failed")
        {
            told.count(count);
            for name in list.take().unwrap_or_default() {
                if !named.iter().any(|n| n == name) {
                    named.push(name.to_owned());
                }
            }
            begun = None;
            flush(&mut told, &class, &mut named, &mut texts);
        }
    }
    // A log that was cut ends without a result.
    flush(&mut told, &class, &mut named, &mut texts);
    told
}

/// Columns of a word of nextest, which is set to the right.
const WORD: usize = 12;
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
    "ABRT",
    "TMT",
    "SEGV",
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
            told.count(count("failed"));
            told.count(count("timed"));
            continue;
        }
        let bare = match bare.strip_prefix("TRY ") {
            Some(rest) if is_end => rest.split_once(' ').map_or(rest, |(_, rest)| rest),
            Some(_) => continue,
            None => bare,
        };
        // The words end in one column; what tests print is indented further.
        if line.find(" [") != Some(WORD) {
            continue;
        }
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
