//! pytest: the short summary, else the lines of `-v`, and the last line's counts.

use super::{Told, failed, number_before, with_text};
use crate::model::{Outcome, TestCase};

fn is_python(path: &str) -> bool {
    path.strip_suffix(".py")
        .is_some_and(|stem| !stem.is_empty())
}

/// Reads `tests/test_a.py::TestB::test_c[1]`, in the way that its result files name it.
fn case(id: &str) -> Option<TestCase> {
    // Parameters may hold anything.
    let (front, parameters) = match id.find('[') {
        Some(at) => id.split_at(at),
        None => (id, ""),
    };
    let mut parts = front.split("::");
    let file = parts.next().filter(|f| is_python(f))?;
    let mut within: Vec<&str> = parts.collect();
    let name = within.pop()?;
    let module = file.trim_end_matches(".py").replace(['/', '\\'], ".");
    let class: Vec<&str> = std::iter::once(module.as_str()).chain(within).collect();
    Some(failed(&class.join("."), &format!("{name}{parameters}")))
}

pub(super) fn read(lines: &[&str]) -> Told {
    let mut told = Told::default();
    // Before the short summary stands what tests printed; of a log that was cut all is taken.
    let is_header = |l: &&str| l.starts_with('=') && l.contains(" short test summary info ");
    let header = lines.iter().position(is_header);
    for (at, line) in lines.iter().enumerate() {
        let is_summary = header.is_none_or(|header| at > header);
        if line.contains("Fatal Python error: ") {
            // The process died in a test.
            told.count(1);
        }
        let bare = line.trim_matches(['=', ' ']);
        if is_last(bare) {
            let count = |word| number_before(bare, word).unwrap_or(0);
            told.count(count("failed"));
            told.count(count("error"));
            continue;
        }
        let (outcome, id, message) =
            if let Some(rest) = line.strip_prefix("FAILED ").filter(|_| is_summary) {
                let (id, message) = split(rest);
                (Outcome::Failed, id, message)
            } else if let Some(rest) = line.strip_prefix("ERROR ").filter(|_| is_summary) {
                let (id, message) = split(rest);
                (Outcome::Error, id, message)
            } else if let Some((id, _)) = line.rsplit_once(" FAILED").filter(|(_, r)| is_share(r)) {
                (Outcome::Failed, id, "")
            } else if let Some((id, _)) = line.rsplit_once(" ERROR").filter(|(_, r)| is_share(r)) {
                (Outcome::Error, id, "")
            } else {
                continue;
            };
        if let Some(mut case) = case(id) {
            case.outcome = outcome;
            case.message = message.into();
            told.add(case);
        } else if outcome == Outcome::Error && is_python(id) {
            // A file that could not be collected.
            let module = id.trim_end_matches(".py").replace(['/', '\\'], ".");
            let case = failed(&module, "(outside of a test)");
            told.add(with_text(case, &[message]));
        }
    }
    told
}

/// Splits ` - message` off an id; parameters may hold the same signs.
fn split(rest: &str) -> (&str, &str) {
    let open = rest
        .find('[')
        .filter(|at| rest.get(..*at).is_some_and(|f| f.contains("::")));
    let close = open.and_then(|open| rest.rfind(']').filter(|close| *close > open));
    let (id, tail) = rest.split_at(close.unwrap_or(0));
    match tail.split_once(" - ") {
        Some((more, message)) => (
            rest.get(..id.len() + more.len()).unwrap_or(rest),
            message.trim(),
        ),
        None => (rest, ""),
    }
}

/// Tells whether what follows the word is how far the run is: `[ 50%]`.
fn is_share(rest: &str) -> bool {
    let bare = rest.trim();
    bare.is_empty() || bare.starts_with('[') && bare.ends_with("%]")
}

/// Tells whether a line is the last of a run: `3 failed, 2 passed in 0.05s`.
fn is_last(bare: &str) -> bool {
    let ended = bare.rsplit_once(" in ").is_some_and(|(_, time)| {
        time.split_whitespace().next().is_some_and(|t| {
            t.strip_suffix('s')
                .is_some_and(|n| n.parse::<f64>().is_ok())
        })
    });
    ended && bare.starts_with(|c: char| c.is_ascii_digit())
}
