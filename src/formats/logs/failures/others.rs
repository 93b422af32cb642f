//! `RSpec`, `dotnet test` and Python's unittest.

use super::{Told, failed, number_before, with_text};
use crate::model::Outcome;

/// Tells whether a line is one that unittest draws above a failure.
fn is_rule(line: Option<&&str>) -> bool {
    line.is_some_and(|l| l.len() >= 60 && l.bytes().all(|b| b == b'='))
}

pub(super) fn read(lines: &[&str]) -> Told {
    let mut told = Told::default();
    // Before the list of failures stands what examples printed.
    let header = lines.iter().position(|l| *l == "Failed examples:");
    for (at, line) in lines.iter().enumerate() {
        // rspec ./spec/cart_spec.rb:12 # Cart pays once
        if let Some((place, title)) = line
            .strip_prefix("rspec ")
            .filter(|_| header.is_none_or(|header| at > header))
            .and_then(|rest| rest.split_once(" # "))
        {
            let place = place.trim_start_matches("./").trim_matches('\'');
            let (file, number) = place.split_once(':').unwrap_or((place, ""));
            let mut case = failed("", title.trim());
            case.file = Some(file.split('[').next().unwrap_or(file).into());
            case.line = number.parse().ok();
            told.add(case);
        } else if let Some(rest) = line.strip_prefix("An error occurred while loading ") {
            let file = rest
                .split(". - ")
                .next()
                .unwrap_or(rest)
                .trim_end_matches('.');
            let mut case = failed(
                "",
                &format!("{} (outside of a test)", file.trim_start_matches("./")),
            );
            case.outcome = Outcome::Error;
            case.file = Some(file.trim_start_matches("./").into());
            told.add(case);
        } else if let Some((outcome, rest)) =
            [("FAIL: ", Outcome::Failed), ("ERROR: ", Outcome::Error)]
                .into_iter()
                .find_map(|(word, outcome)| Some((outcome, line.strip_prefix(word)?)))
                .filter(|_| is_rule(at.checked_sub(1).and_then(|n| lines.get(n))))
        {
            // unittest: FAIL: test_pays (test_shop.Cart.test_pays) [message] (i=1)
            let (name, place) = rest.split_once(" (").unwrap_or((rest, ""));
            let (place, case) = place.split_once(')').unwrap_or((place, ""));
            let class = place.strip_suffix(&format!(".{name}")).unwrap_or(place);
            let text = lines.get(at + 2..).unwrap_or(&[]).iter().copied();
            let text: Vec<&str> = text
                .take_while(|l| !l.starts_with("====="))
                .take(40)
                .collect();
            let mut case = failed(class, &format!("{name}{case}"));
            case.outcome = outcome;
            told.add(with_text(case, &text));
        } else if let Some(counts) = line
            .strip_prefix("FAILED (")
            .and_then(|l| l.strip_suffix(')'))
        {
            let count = |part: &str| -> u64 {
                let (word, number) = part.trim().split_once('=').unwrap_or((part, ""));
                let is_failure = matches!(word, "failures" | "errors" | "unexpected successes");
                number.parse().ok().filter(|_| is_failure).unwrap_or(0)
            };
            counts.split(',').map(count).for_each(|n| told.count(n));
        } else if line.contains(" example")
            && let Some(count) = number_before(line, "failure")
        {
            told.count(count);
        } else if let Some(rest) = line.strip_prefix("  Failed ") {
            //   Failed Acme.CartTests.Pays(n: 1) [12 ms]
            let Some((name, _)) = rest.rsplit_once(" [").filter(|(_, t)| t.ends_with("s]")) else {
                continue;
            };
            let front = name.split('(').next().unwrap_or(name);
            let (class, _) = front.rsplit_once('.').unwrap_or(("", front));
            let method = name
                .get(class.len()..)
                .unwrap_or(name)
                .trim_start_matches('.');
            let text = lines.get(at + 1..).unwrap_or(&[]).iter().copied();
            let is_own = |l: &&str| l.starts_with("  ") && !l.starts_with("  Failed ");
            let text: Vec<&str> = text.take_while(is_own).take(40).collect();
            let text: Vec<&str> = text
                .into_iter()
                .filter(|l| l.trim() != "Error Message:")
                .collect();
            told.add(with_text(failed(class, method), &text));
        } else if let Some((_, rest)) = line.split_once("!  - Failed:") {
            // Failed!  - Failed:     1, Passed:     2, Skipped:     0, Total:     3
            let digits = rest.trim_start().split(',').next().unwrap_or("");
            told.count(digits.trim().parse().unwrap_or(0));
        }
    }
    told
}
