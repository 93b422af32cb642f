//! Console logs of runners, each with what is known to have failed in it: a folder a log, with `log.txt` and
//! `truth.json` (`failed`: names; `failed_count`). They are found below `logs` in the folder of the corpora.

use std::collections::BTreeSet;

use proofline::formats::logs;
use serde::Deserialize;

/// Runners of which no log is read: their jobs are red, and nothing is said of single tests.
const NOT_READ: &[&str] = &["ava", "ctest", "minitest", "node-test", "phpunit", "tap"];

/// Logs that do not name all that failed, with how many are missing: a process that died between tests
/// that ran at once, a time-out of an old Go (which lists no running tests), subtests, expected failures
/// that passed.
const MISSED: &[(&str, usize)] = &[
    ("cargo-test-abort-parallel", 1),
    ("go-test-timeout", 1),
    ("pytest-crash", 1),
    ("pytest-subtests", 1),
    ("unittest", 2),
    ("unittest-v", 2),
];

#[derive(Deserialize)]
struct Truth {
    failed: Vec<String>,
    failed_count: u64,
}

fn words(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric());
    // Endings of files, lines and columns.
    let is_place =
        |w: &str| matches!(w, "py" | "js" | "ts") || w.bytes().all(|b| b.is_ascii_digit());
    let words = parts.filter(|w| !w.is_empty() && !is_place(w));
    words.map(str::to_lowercase).collect()
}

/// Tells whether two names may be of one test: the words of one end with, or hold, those of the other.
fn is_same(a: &[String], b: &[String]) -> bool {
    let (long, short) = if a.len() < b.len() { (b, a) } else { (a, b) };
    short.is_empty() && long.is_empty()
        || !short.is_empty() && long.windows(short.len()).any(|w| w == short)
}

#[test]
fn logs_of_runners_name_what_failed() {
    let Some(folder) = super::corpus("logs") else {
        return;
    };
    let (mut all, mut named, mut shown) = (0, 0, 0);
    let (mut wrong, mut logs_read) = (Vec::new(), 0);
    for path in super::files(&folder, &["/log.txt"]) {
        let home = path.parent().unwrap();
        let name = home.file_name().unwrap().to_string_lossy().into_owned();
        let Ok(truth) = std::fs::read_to_string(home.join("truth.json")) else {
            continue;
        };
        let truth: Truth = serde_json::from_str(&truth).unwrap();
        let told = logs::failed_tests(&std::fs::read(&path).unwrap());
        logs_read += 1;
        let cases: Vec<Vec<String>> = told
            .cases
            .iter()
            .map(|c| words(&format!("{} {}", c.class, c.name)))
            .collect();
        let missing: Vec<&String> = truth
            .failed
            .iter()
            .filter(|f| !cases.iter().any(|c| is_same(c, &words(f))))
            .collect();
        let truths: Vec<Vec<String>> = truth.failed.iter().map(|f| words(f)).collect();
        let extra: BTreeSet<String> = told
            .cases
            .iter()
            .zip(&cases)
            .filter(|(_, c)| !truths.iter().any(|t| is_same(c, t)))
            .map(|(c, _)| format!("{}|{}", c.class, c.name))
            .collect();
        if NOT_READ.iter().any(|front| name.starts_with(front)) {
            continue;
        }
        let known = MISSED.iter().find(|(log, _)| *log == name);
        let most = known.map_or(0, |(_, count)| *count);
        assert!(missing.len() <= most, "{name}: {missing:?}");
        // Where nothing ran, the compiler speaks.
        assert!(
            told.declared.failures > 0 || truth.failed.is_empty(),
            "{name} shows no failure"
        );
        all += truth.failed.len();
        named += truth.failed.len() - missing.len();
        let fails = told.declared.failures > 0;
        shown += usize::from(fails);
        if !missing.is_empty() || !extra.is_empty() || !fails {
            wrong.push(format!(
                "{name}: {} of {} named, {} counted; missing {missing:?}; besides {extra:?}",
                truth.failed.len() - missing.len(),
                truth.failed_count,
                told.declared.failures
            ));
        }
    }
    println!("{}", wrong.join("\n"));
    println!("{named} of {all} failures named in {logs_read} logs; {shown} logs show failures");
}
