//! What commands print for people. With `--plain`, words stand in for glyphs and columns, for screen
//! readers. Everything that others wrote is sanitised.

mod coverage;
mod list;
mod records;

pub(super) use coverage::{coverage, requirement};
pub(super) use list::list;
pub(super) use records::{decisions, outbox};

use std::fmt::Write as _;

use super::common::Common;
use crate::{
    app::words,
    decide::Dossier,
    evidence::{
        matrix::CellState,
        timeline::{self, Row},
        trace::{self, Trace},
    },
    formats::results,
    model::{Attention, Stage, Timestamp, Verdict, Zone},
    text::{self, age, clean, clean_line, pad},
};

/// How verdicts are marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marks {
    Glyphs,
    /// `--ascii`
    Ascii,
    /// `--plain`
    Words,
}

impl Marks {
    pub(super) fn of(common: &Common) -> Self {
        match (common.plain, common.ascii) {
            (true, _) => Self::Words,
            (false, true) => Self::Ascii,
            (false, false) => Self::Glyphs,
        }
    }

    fn in_words(self) -> bool {
        self == Self::Words
    }

    fn in_ascii(self) -> bool {
        self == Self::Ascii
    }
}

fn mark(verdict: Verdict, marks: Marks) -> String {
    if marks.in_words() && verdict == Verdict::NotApplicable {
        // The reason stands beside it; the word only keeps a listener waiting.
        String::new()
    } else if marks.in_words() {
        verdict.word().to_owned()
    } else {
        verdict.glyph(marks.in_ascii()).to_owned()
    }
}

/// A glyph beside the word that says more; in words, that word alone.
fn beside(verdict: Verdict, word: &str, marks: Marks) -> String {
    if marks.in_words() {
        word.to_owned()
    } else {
        format!("{} {word}", mark(verdict, marks))
    }
}

fn attention(list: &[Attention]) -> String {
    if list.is_empty() {
        return String::new();
    }
    let words: Vec<&str> = list.iter().map(Attention::words).collect();
    format!("  ! {}", words.join(", "))
}

pub(super) fn show(dossier: &Dossier, (now, zone): (Timestamp, Zone), marks: Marks) -> String {
    let pr = &dossier.evidence.facts.pr;
    let a = &dossier.assessment;
    let mut out = String::new();
    let number = if dossier.evidence.facts.local {
        String::new()
    } else {
        format!("#{} ", pr.number)
    };
    let _ = writeln!(out, "{number}{}", clean_line(&pr.title));
    let _ = writeln!(
        out,
        "head {}  base {}@{}  {}",
        pr.head_sha,
        clean_line(&pr.base_ref),
        pr.base_sha.short(),
        words::attempts(&dossier.evidence)
    );
    if !dossier.evidence.facts.local {
        let labels = Some(pr.labels.join(", ")).filter(|l| !l.is_empty());
        let labels = labels.map_or(String::new(), |l| format!("  labels {l}"));
        let _ = writeln!(
            out,
            "{}  branch {}{}",
            crate::app::standing(pr),
            clean_line(&pr.head_ref),
            clean_line(&labels)
        );
    }
    let reasons = if a.risk.reasons.is_empty() {
        String::new()
    } else {
        format!(" ({})", clean_line(&words::risk(&a.risk).join(", ")))
    };
    let _ = writeln!(out, "risk {}{reasons}", a.risk.class.word());
    if let Some(agent) = &dossier.evidence.agent {
        let by = agent
            .started_by
            .as_ref()
            .map_or(String::new(), |l| format!(", started by {l}"));
        let _ = writeln!(
            out,
            "agent {} ({}, {}){by}",
            agent.name,
            clean_line(&agent.basis),
            agent.trust.words()
        );
    }
    if let Some(at) = dossier.evidence.facts.oldest_check() {
        let _ = writeln!(out, "data as of {} ({})", zone.full(at), age(at, now));
    }
    let _ = writeln!(out);
    for state in &a.stages {
        let count = if state.failing > 0 {
            format!(" {}", state.failing)
        } else {
            String::new()
        };
        let _ = writeln!(
            out,
            "{} {}{count}  {}{}",
            pad(state.stage.name(), 8),
            mark(state.verdict, marks),
            clean_line(&words::stage(&state.why)),
            attention(&state.attention)
        );
    }
    if !a.gaps.is_empty() {
        let _ = writeln!(
            out,
            "\nblockers, by the {}:",
            clean_line(&words::rule_sources(&a.contract))
        );
        for (n, gap) in a.gaps.iter().enumerate() {
            let _ = writeln!(
                out,
                "  {} {} {}",
                n + 1,
                if marks.in_words() {
                    gap.word()
                } else {
                    gap.glyph(marks.in_ascii())
                },
                clean_line(&words::gap(&gap.why))
            );
        }
    }
    let facts = &dossier.evidence.facts;
    if !facts.problems.is_empty() {
        let _ = writeln!(out, "\ncould not be read:");
        for problem in facts.problems.iter().take(20) {
            let _ = writeln!(
                out,
                "  {}: {}",
                clean_line(&problem.place),
                clean_line(&problem.what)
            );
        }
        if facts.problems.len() > 20 {
            let _ = writeln!(
                out,
                " {} (--json lists all)",
                text::and_more(facts.problems.len() - 20)
            );
        }
    }
    if facts.local {
        let all = trace::coverage(&dossier.evidence, true);
        let roots = all
            .iter()
            .filter(|c| c.requirement.parent.is_none())
            .count();
        let (known, unknown) = trace::link_counts(&dossier.evidence);
        let more = match unknown {
            0 => String::new(),
            n => format!(", and {n} to ids that no spec here defines"),
        };
        let _ = writeln!(
            out,
            "\n{roots} requirements in the specs of the tree, {known} links from tests{more}"
        );
    }
    out
}

pub(super) fn timeline(
    dossier: &Dossier,
    stage: Option<Stage>,
    (zone, marks): (Zone, Marks),
) -> String {
    let mut out = String::new();
    // The day stands before its first row, with the zone.
    let mut day = String::new();
    for row in timeline::rows(&dossier.evidence, stage) {
        match row {
            Row::Attempt(n) => {
                if let Some(a) = dossier.evidence.attempts.get(n) {
                    let commits = a.commits.map_or(String::new(), |c| {
                        format!(", {}", text::counted(c, "commit"))
                    });
                    let _ = writeln!(
                        out,
                        "-- attempt {} · {} · {}{commits}",
                        a.n,
                        a.how.words(),
                        a.head.short()
                    );
                }
            }
            Row::Node(n) => {
                let Some(node) = dossier.evidence.graph.nodes.get(n) else {
                    continue;
                };
                if let Some(at) = node.at.filter(|at| zone.date(*at) != day) {
                    day = zone.date(at);
                    let _ = writeln!(out, "{day} {}", zone.name(at));
                }
                let at = node
                    .at
                    .map_or_else(|| "     ".to_owned(), |at| zone.clock(at));
                let verdict = match (node.verdict, marks.in_words()) {
                    (Verdict::NotApplicable, true) => String::new(),
                    (Verdict::NotApplicable, false) => "  ".to_owned(),
                    (verdict, _) => format!("{} ", mark(verdict, marks)),
                };
                let note = match words::note_of(node) {
                    note if note.is_empty() => note,
                    note => format!("  ({})", clean_line(&note)),
                };
                let stage = if marks.in_words() {
                    node.stage.name().to_owned()
                } else {
                    node.stage.letter().to_string()
                };
                let _ = writeln!(
                    out,
                    "{at} {stage} {verdict}{}{note}{}",
                    clean_line(&words::title_of(node)),
                    attention(&node.attention)
                );
            }
        }
    }
    for gap in dossier
        .assessment
        .gaps
        .iter()
        .filter(|g| g.is_row && stage.is_none_or(|s| s == g.stage))
    {
        let _ = writeln!(
            out,
            "      {} {} {}",
            gap.stage.letter(),
            if marks.in_words() {
                gap.word()
            } else {
                gap.glyph(marks.in_ascii())
            },
            clean_line(&words::gap(&gap.why))
        );
    }
    out
}

pub(super) fn trace(trace: &Trace, marks: Marks) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "test         {}", clean_line(&trace.test.to_string()));
    let _ = writeln!(
        out,
        "at the head  {}",
        beside(trace.verdict, trace.verdict.word(), marks)
    );
    if let Some(place) = &trace.place {
        let _ = writeln!(
            out,
            "place        {} ({})",
            text::place(clean_line(&place.file), place.line),
            place.basis
        );
    }
    if !trace.text.is_empty() || !trace.message.is_empty() {
        let _ = writeln!(
            out,
            "failure      {}",
            clean_line(&results::headline(&trace.message, &trace.text))
        );
    }
    let _ = writeln!(out, "source       {}", clean_line(&trace.source));
    if trace.requirements.is_empty() {
        let _ = writeln!(
            out,
            "protects     nothing that is known: no annotation, property or name leads to a requirement"
        );
    }
    for r in &trace.requirements {
        let title = r
            .requirement
            .as_ref()
            .map_or("not defined in any spec here".into(), |q| {
                clean_line(&q.title)
            });
        let _ = writeln!(out, "protects     {} “{title}”", r.link.req);
        let doubt = if r.link.ambiguous { ", ambiguous" } else { "" };
        let _ = writeln!(
            out,
            "  because    class {:?}: {}{doubt}",
            r.link.class,
            clean_line(&r.link.basis)
        );
        if let Some(q) = &r.requirement {
            let _ = writeln!(
                out,
                "  in         {}",
                text::place(clean_line(&q.file), q.line)
            );
            for line in clean(&q.text).lines() {
                let _ = writeln!(out, "  | {line}");
            }
        }
    }
    for a in &trace.attempts {
        let answer = a
            .answer
            .as_ref()
            .map_or(String::new(), |x| format!("  {}", clean_line(&x.words())));
        let _ = writeln!(
            out,
            "attempt {}    {}{answer}",
            a.n,
            beside(a.verdict, a.state.word(), marks)
        );
        if let Some(check) = &a.green_check {
            let _ = writeln!(
                out,
                "  ! {} was green though this test failed in its results",
                clean_line(&words::check_name(&check.name, &check.qualifiers))
            );
        }
        for note in &a.notes {
            let _ = writeln!(out, "  {}", clean_line(note));
        }
    }
    out
}

pub(super) fn attempts(dossier: &Dossier, marks: Marks) -> String {
    let e = &dossier.evidence;
    let mut out = String::new();
    for (n, a) in e.attempts.iter().enumerate() {
        let by =
            a.by.as_ref()
                .map_or(String::new(), |b| format!(" by {}", b.login));
        let _ = writeln!(
            out,
            "attempt {} · {} · {}{by}",
            a.n,
            a.how.words(),
            a.head.short()
        );
        for response in e.responses.get(n).into_iter().flatten() {
            let look = if response.label.wants_eyes() {
                "! "
            } else {
                ""
            };
            let _ = writeln!(out, "  {look}{}", response.label.words());
            for line in response.lines.iter().take(6) {
                let change = match (&line.old, &line.new) {
                    (Some(old), Some(new)) => format!("  {old} → {new}"),
                    (Some(one), None) | (None, Some(one)) => format!("  {one}"),
                    (None, None) => String::new(),
                };
                let place = text::place(&line.path, line.line);
                let _ = writeln!(
                    out,
                    "      {} {}{}",
                    clean_line(&place),
                    line.what,
                    clean_line(&change)
                );
            }
            if response.lines.len() > 6 {
                let _ = writeln!(
                    out,
                    "     {} (--json lists all)",
                    text::and_more(response.lines.len() - 6)
                );
            }
        }
        for check in e.checks.iter().filter(|c| c.head == a.head) {
            let _ = writeln!(
                out,
                "  {} {}{}",
                mark(check.verdict, marks),
                clean_line(&check.name),
                attention(&check.attention)
            );
        }
        for answer in e.answers.get(n).into_iter().flatten() {
            let _ = writeln!(
                out,
                "  {}: {}",
                clean_line(&answer.test.display()),
                clean_line(&answer.words())
            );
        }
    }
    let _ = writeln!(out);
    for row in e.matrix.notable() {
        let states: Vec<&str> = row.cells.iter().map(|c| CellState::word(c.state)).collect();
        let _ = writeln!(
            out,
            "{}  {}",
            pad(clean_line(&row.key.display()).as_ref(), 56),
            states.join(" → ")
        );
    }
    out
}
