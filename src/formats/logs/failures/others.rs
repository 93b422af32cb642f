//! `RSpec` and `dotnet test`.

use super::{Told, failed, number_before, with_text};

pub(super) fn read(lines: &[&str]) -> Told {
    let mut told = Told::default();
    for (at, line) in lines.iter().enumerate() {
        // rspec ./spec/cart_spec.rb:12 # Cart pays once
        if let Some((place, title)) = line
            .strip_prefix("rspec ")
            .and_then(|rest| rest.split_once(" # "))
        {
            let place = place.trim_start_matches("./").trim_matches('\'');
            let (file, number) = place.split_once(':').unwrap_or((place, ""));
            let mut case = failed("", title.trim());
            case.file = Some(file.split('[').next().unwrap_or(file).into());
            case.line = number.parse().ok();
            told.add(case);
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
