//! `go test` and gotestsum.

use super::{Told, failed, with_text};
use crate::model::{Outcome, TestCase};

/// Reads `--- FAIL: TestX/sub (0.00s)`; the package stands behind its tests.
pub(super) fn read(lines: &[&str]) -> Told {
    let mut told = Told::default();
    let mut open: Vec<(String, Vec<&str>)> = Vec::new();
    let mut last: Option<usize> = None;
    // Behind a time-out the tests that were running are listed.
    let mut is_running = false;
    let finish = |told: &mut Told, open: &mut Vec<(String, Vec<&str>)>, package: &str| {
        for (name, text) in open.drain(..) {
            told.add(with_text(failed(package, &name), &text));
        }
    };
    for line in lines {
        let bare = line.trim_start();
        let indent = line.len() - bare.len();
        let is_timed_out = |l: &&&str| is_running && l.starts_with('\t');
        if let Some(rest) = bare.strip_prefix("--- FAIL: ") {
            let name = rest.split(" (").next().unwrap_or(rest);
            // Each level of subtests is indented once more; what a test printed stands deeper.
            if indent > 4 * name.matches('/').count() {
                continue;
            }
            open.push((name.to_owned(), Vec::new()));
            last = Some(open.len() - 1);
        } else if bare.starts_with("--- ") || bare.starts_with("=== ") {
            last = None;
            // gotestsum names the package itself.
            if let Some((package, name)) = bare
                .strip_prefix("=== FAIL: ")
                .and_then(|rest| rest.split_once(' '))
            {
                let name = name.split(" (").next().unwrap_or(name).trim();
                told.add(failed(package, name));
            }
        } else if *line == "running tests:" {
            is_running = true;
        } else if let Some((name, _)) = Some(line)
            .filter(is_timed_out)
            .and_then(|l| l.trim().split_once(" ("))
        {
            open.push((name.to_owned(), Vec::new()));
        } else if let Some(rest) = line.strip_prefix("FAIL\t") {
            let package = rest.split(['\t', ' ']).next().unwrap_or(rest);
            if rest.ends_with("[build failed]") || rest.ends_with("[setup failed]") {
                let mut case = failed(package, "(outside of a test)");
                case.outcome = Outcome::Error;
                case.message = rest.rsplit('\t').next().unwrap_or(rest).into();
                told.add(case);
            }
            let is_told = |c: &TestCase| c.class == package;
            if open.is_empty() && !told.failed.iter().any(is_told) {
                let mut case = failed(package, "(outside of a test)");
                case.outcome = Outcome::Error;
                told.add(case);
            }
            finish(&mut told, &mut open, package);
            (last, is_running) = (None, false);
        } else if line.starts_with("ok  \t") {
            last = None;
        } else if let Some((_, text)) = last.and_then(|at| open.get_mut(at))
            && line.starts_with(' ')
        {
            text.push(bare);
        }
    }
    // The package of a log that was cut is not known.
    finish(&mut told, &mut open, "");
    told
}
