//! Title and note of a fact: one line for what it is, and what stands beside it.

use crate::{
    evidence::{
        CellState, Detail, Evidence, Label,
        checks::Qualifier,
        detail::{AnalysisTrouble, Edit, ScanOutcome},
        intent::IntentBasis,
        matrix::Counts,
        people::Standing,
        vanished::WhyGone,
    },
    model::{Login, PartName, PartState, ReviewState, Subject, Verdict},
    text,
};

/// Returns a check's name with what tells it apart: `ci / unit · push`.
pub fn check_name(name: &str, qualifiers: &[Qualifier]) -> String {
    let words = qualifiers.iter().map(|q| match q {
        Qualifier::Event(event) => event.clone(),
        Qualifier::Run(run) => format!("run {run}"),
        Qualifier::Job(job) => format!("job {job}"),
        Qualifier::CheckRun(id) => format!("check run {id}"),
        Qualifier::App(slug) => slug.clone(),
        Qualifier::Status(Some(by)) => format!("status by {by}"),
        Qualifier::Status(None) => "status".to_owned(),
        Qualifier::TestMerge => "test merge".to_owned(),
    });
    let all: Vec<String> = std::iter::once(name.to_owned()).chain(words).collect();
    all.join(" · ")
}

fn account(login: Option<&Login>) -> &str {
    login.map_or("a deleted account", Login::as_str)
}

fn place(path: &str, line: Option<u64>) -> String {
    text::place(path, line.unwrap_or_default())
}

/// Returns what a fact is called, in one line.
pub fn title(subject: &Subject, detail: &Detail) -> String {
    match detail {
        Detail::Plain => subject.to_string(),
        Detail::Requirement { title, .. } => match subject {
            Subject::Requirement { id, .. } => id.headline(title),
            _ => title.clone(),
        },
        Detail::Issue { title, .. } => match subject {
            Subject::Issue { number } => format!("issue #{number} {title}"),
            _ => title.clone(),
        },
        Detail::Start { agent, by } => {
            let by = by.as_ref().map_or(String::new(), |l| format!(" by {l}"));
            format!("task to {}{by}", agent.as_deref().unwrap_or("agent"))
        }
        Detail::Commit { headline } => headline.clone(),
        Detail::Response {
            label: Label::Unknown,
            why,
            ..
        } => {
            let why = why.as_deref().unwrap_or("git objects are missing");
            format!("difference not known: {why}")
        }
        Detail::Response { label, .. } => label.words().to_owned(),
        Detail::Check {
            name, qualifiers, ..
        } => check_name(name, qualifiers),
        Detail::Results { .. } => "test results".to_owned(),
        Detail::Totals { file, .. } => file.clone(),
        Detail::Test { .. } => match subject {
            Subject::Test { key, .. } => key.display(),
            _ => subject.to_string(),
        },
        Detail::Alert {
            rule, description, ..
        } => {
            let words = if description.is_empty() {
                rule
            } else {
                description
            };
            words.clone()
        }
        Detail::Finding { says, .. } | Detail::Vanished { says, .. } => {
            let rule = match subject {
                Subject::Finding { rule, .. } => rule.as_str(),
                _ => "",
            };
            match (rule, says.as_str()) {
                (rule, "") => rule.to_owned(),
                ("", says) => says.to_owned(),
                (rule, says) => format!("{rule}: {says}"),
            }
        }
        Detail::Annotation { title, says, .. } if title.is_empty() => says.clone(),
        Detail::Annotation { title, .. } => title.clone(),
        Detail::Scan { .. } => match subject {
            Subject::Scan { tool, .. } => format!("{tool} report"),
            _ => "scan report".to_owned(),
        },
        Detail::Analysis { tool, category, .. } => {
            format!("{tool} analysis {category}").trim().to_owned()
        }
        Detail::Review { by, state, .. } => {
            format!("{} {}", account(by.as_ref()), state.words())
        }
        Detail::NoReviews { .. } => "reviews are not known".to_owned(),
        Detail::Comment { by, says, .. } => format!("{}: {says}", account(by.as_ref())),
        Detail::Queue { event, .. } => match event.as_str() {
            "removed_from_merge_queue" => "removed from the merge queue".to_owned(),
            _ => "added to the merge queue".to_owned(),
        },
        Detail::Merge {
            base,
            conflicts: true,
            ..
        } => format!("conflicts with {base}"),
        Detail::Merge { base, .. } => format!("not up to date with {base}"),
    }
}

/// Returns why a change is said to answer a requirement.
pub fn basis(basis: &IntentBasis) -> String {
    match basis {
        IntentBasis::Description => "named in the description".to_owned(),
        IntentBasis::Issue(number) => format!("named in issue #{number}"),
        IntentBasis::Commit(sha) => format!("named in commit {}", sha.short()),
        IntentBasis::Added(file) => format!("added by this change in {file}"),
        IntentBasis::Edited(file) => format!("edited by this change in {file}"),
    }
}

/// Returns what stands beside a title: counts, places, how it stands. Empty where there is nothing.
pub fn note(subject: &Subject, verdict: Verdict, detail: &Detail) -> String {
    match detail {
        Detail::Requirement {
            edit, basis: why, ..
        } => match edit {
            Some(Edit::Loosened) => "its text is loosened by this change".to_owned(),
            Some(Edit::Changed) => "its text is changed here".to_owned(),
            Some(Edit::Added) => "added by this change".to_owned(),
            Some(Edit::Removed) => "removed by this change".to_owned(),
            None => why.as_ref().map(basis).unwrap_or_default(),
        },
        Detail::Commit { .. } => match subject {
            Subject::Commit { sha, .. } => sha.short().to_owned(),
            _ => String::new(),
        },
        Detail::Response { places, .. } => {
            let first = detail.place().map_or(String::new(), |(path, line)| {
                place(path, Some(u64::from(line)).filter(|l| *l > 0))
            });
            first + &text::and_more(places.len().saturating_sub(1))
        }
        Detail::Check { .. } => check(verdict, detail),
        Detail::Results { counts } => summary(*counts, 0),
        Detail::Totals {
            refused: Some(why), ..
        } => why.clone(),
        Detail::Totals {
            hidden: 0, unknown, ..
        } => format!("{} without a result", text::counted(*unknown, "case")),
        Detail::Totals { hidden, .. } => format!(
            "reports {} that it does not name",
            text::counted(*hidden, "failure")
        ),
        Detail::Test { .. } => test(detail),
        Detail::Alert {
            path,
            line,
            state,
            dismissed,
            ..
        } => {
            let at = place(path, *line);
            match (state.as_str(), dismissed) {
                ("open", _) => at,
                ("dismissed", Some((by, why))) => {
                    let by = by.as_ref().map_or(String::new(), |l| format!(" by {l}"));
                    let why = if why.is_empty() {
                        String::new()
                    } else {
                        format!(": {why}")
                    };
                    format!("dismissed{by}{why}, {at}")
                }
                (other, _) => format!("{other}, {at}"),
            }
        }
        Detail::Finding {
            path,
            line,
            suppressed,
            ..
        } => match suppressed {
            Some(why) => format!("suppressed: {why}, {}", place(path, *line)),
            None => place(path, *line),
        },
        Detail::Annotation { path, line, .. } => place(path, *line),
        Detail::Vanished {
            path,
            line,
            seen_in,
            why,
            ..
        } => {
            let what = match why {
                WhyGone::Fixed => "fixed: its scan looked again and does not find it",
                WhyGone::NotScanned => "not known to be fixed: this head has no report of its scan",
                WhyGone::ScanFailed => {
                    "not known to be fixed: its scan failed or was not read whole"
                }
                WhyGone::RuleNotRun => "not known to be fixed: its scan does not list this rule",
            };
            format!("{what}; attempt {seen_in} had it at {}", place(path, *line))
        }
        Detail::Scan { outcome, .. } => match outcome {
            ScanOutcome::Unread => "the report cannot be read".to_owned(),
            ScanOutcome::Failed => "the scan says that it failed".to_owned(),
            ScanOutcome::LookedAtNothing => {
                "the report does not say that anything was looked at".to_owned()
            }
            ScanOutcome::LeftOut(left) => {
                let were = if *left == 1 { "was" } else { "were" };
                format!("{} {were} not read", text::counted(*left, "result"))
            }
            ScanOutcome::Undecided(n) => {
                format!(
                    "{} that a person has to decide",
                    text::counted(*n, "result")
                )
            }
            ScanOutcome::Found(0) => "nothing found".to_owned(),
            ScanOutcome::Found(n) => format!("{n} found"),
        },
        Detail::Analysis { trouble, .. } => match trouble {
            AnalysisTrouble::Error(says) | AnalysisTrouble::Warning(says) => says.clone(),
            AnalysisTrouble::Lacks(count) => {
                let results = text::counted(*count, "result");
                format!("{results} that the forge counts are not in its report")
            }
        },
        Detail::Review {
            state, standing, ..
        } => review(state, standing.as_ref()),
        Detail::NoReviews { why } => why.clone(),
        Detail::Comment { edited: true, .. } => "edited".to_owned(),
        Detail::Queue { event, reason } => {
            let removed = event == "removed_from_merge_queue";
            match (removed, reason.replace(['_', '-'], " ")) {
                (true, says) if says.is_empty() => "the forge does not say why".to_owned(),
                (_, says) => says,
            }
        }
        Detail::Merge {
            conflicts: true, ..
        } => "it cannot be merged as it is".to_owned(),
        Detail::Plain
        | Detail::Issue { .. }
        | Detail::Start { .. }
        | Detail::Comment { .. }
        | Detail::Merge { .. } => String::new(),
    }
}

fn review(state: &ReviewState, standing: Option<&Standing>) -> String {
    match (state, standing) {
        (_, Some(Standing::DoesNotCount(why))) => format!("does not count: {}", why.words()),
        (_, Some(Standing::Superseded)) => "superseded by a later review".to_owned(),
        (ReviewState::Approved | ReviewState::ChangesRequested, Some(Standing::Counts)) => {
            "of this head".to_owned()
        }
        (_, Some(Standing::Stale(n))) => {
            format!("{} after it", text::counted(*n, "attempt"))
        }
        (_, Some(Standing::Unknown)) => "the forge no longer knows its commit".to_owned(),
        _ => String::new(),
    }
}

fn test(detail: &Detail) -> String {
    let Detail::Test {
        state,
        headline,
        answer,
        not_analysed,
        ..
    } = detail
    else {
        return String::new();
    };
    match (state, answer) {
        (CellState::Fail, _) => headline.clone(),
        (CellState::Flaky, _) => "passed and failed on this commit".to_owned(),
        (_, Some(kind)) => kind.words_with(not_analysed.as_deref()),
        (state, None) => state.word().to_owned(),
    }
}

/// What stands beside a check: counts of its own result files, else the forge's words.
fn check(verdict: Verdict, detail: &Detail) -> String {
    let Detail::Check {
        conclusion,
        title,
        tries,
        results,
        newly_skipped,
        ..
    } = detail
    else {
        return String::new();
    };
    let again = match tries.len() {
        0 | 1 => String::new(),
        n => format!(", try {n} of {n}"),
    };
    let passes = verdict == Verdict::Pass;
    let Some(counts) = results else {
        let words = title.clone().filter(|_| !passes);
        return words.unwrap_or_else(|| conclusion.clone()) + &again;
    };
    let words = summary(*counts, *newly_skipped);
    if passes && counts.failed > 0 {
        return format!("green, though {words}{again}");
    }
    if verdict == Verdict::Fail && counts.failed == 0 {
        return format!("{conclusion}, though {words}{again}");
    }
    words + &again
}

/// Counts in words: `1 of 412 failed`, `411 passed, 1 newly skipped`.
fn summary(counts: Counts, newly_skipped: usize) -> String {
    let mut words = if counts.failed > 0 {
        format!("{} of {} failed", counts.failed, counts.total())
    } else {
        format!("{} passed", counts.passed + counts.flaky)
    };
    if newly_skipped > 0 {
        words = format!("{words}, {newly_skipped} newly skipped");
    } else if counts.skipped > 0 {
        words = format!("{words}, {} skipped", counts.skipped);
    }
    words
}

/// Says how many attempts there were.
pub fn attempts(evidence: &Evidence) -> String {
    let (count, may_be_more) = evidence.attempt_count();
    counted_attempts(count, may_be_more)
}

pub(super) fn counted_attempts(count: usize, may_be_more: bool) -> String {
    let least = if may_be_more { "at least " } else { "" };
    format!("{least}{}", text::counted(count, "attempt"))
}

/// Says that a part may lack something, and why.
pub fn part_hole(part: PartName, state: &PartState) -> String {
    let (name, why) = (part.name(), state.hole().unwrap_or_default());
    match state {
        PartState::NotFetched => format!("{name}: not fetched yet"),
        PartState::Failed(_) => format!("{name} could not be read: {why}"),
        _ => format!("{name} are not whole: {why}"),
    }
}

#[cfg(test)]
mod tests;
