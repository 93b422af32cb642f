//! Chains: a vertical line with knots, from a test to its requirement and back.

use super::{App, Line};
use crate::{
    app::words,
    decide::Dossier,
    evidence::{
        intent::SpecEdit,
        trace::{Coverage, Trace},
    },
    model::Verdict,
    text,
};

/// A chain being written: a vertical line with knots.
pub(super) struct Chain {
    pub lines: Vec<Line>,
    pub width: usize,
}

impl Chain {
    pub(super) fn knot(&mut self, role: &'static str, kind: &str, words: &str) {
        if !self.lines.is_empty() {
            self.lines.push(Line::of("ui.group", " │"));
        }
        let line = Line::of("ui.group", " ● ")
            .with("text.dim", &format!("{kind}  "))
            .with(role, &text::clean_line(words));
        self.lines.push(line.fit(self.width));
    }

    pub(super) fn more(&mut self, role: &'static str, words: &str) {
        for part in text::wrap(&text::clean(words), self.width.saturating_sub(5).max(8)) {
            self.lines
                .push(Line::of("ui.group", " │   ").with(role, &part));
        }
    }
}

pub(super) fn chain_of_test(
    app: &App,
    dossier: &Dossier,
    trace: &Trace,
    width: usize,
) -> Vec<Line> {
    let mut chain = Chain {
        lines: Vec::new(),
        width,
    };
    let glyph = |v: Verdict| v.glyph(app.ascii);
    chain.knot("text.strong", "test", &trace.test.display());
    chain.more(
        trace.verdict.role(),
        &format!(
            "{} {} at the head {}",
            glyph(trace.verdict),
            trace.verdict.word(),
            dossier.evidence.head().short()
        ),
    );
    if let Some(place) = &trace.place {
        chain.more(
            "text.code",
            &format!(
                "{}  ({})",
                text::place(&place.file, place.line),
                place.basis
            ),
        );
    }
    for line in trace.text.lines().filter(|l| !l.trim().is_empty()).take(8) {
        chain.more("verdict.fail", line.trim_end());
    }
    chain.more("text.dim", &trace.source);
    if trace.requirements.is_empty() {
        chain.knot(
            "verdict.unknown",
            "link",
            "none: no annotation, property or name leads to a requirement",
        );
        chain.more(
            "text.dim",
            "write // [verifies ID] above the test to make one",
        );
    }
    for traced in &trace.requirements {
        let doubt = if traced.link.ambiguous {
            "  ambiguous"
        } else {
            ""
        };
        chain.knot(
            "text",
            "link",
            &format!(
                "class {:?}, {}{doubt}",
                traced.link.class,
                traced.link.class.words()
            ),
        );
        chain.more("text.code", &traced.link.basis);
        match &traced.requirement {
            Some(req) => {
                chain.knot("text.strong", "requirement", &req.headline());
                chain.more("text.quote", &req.text);
                let at = traced.at.as_ref().map_or("", |s| s.short());
                chain.more(
                    "text.code",
                    &format!("{} at {at}", text::place(&req.file, req.line)),
                );
                match &traced.edit {
                    Some(SpecEdit::Changed { old, loosened, .. }) => {
                        chain.more(
                            "attention",
                            if *loosened {
                                "! its text is loosened by this change; before:"
                            } else {
                                "! its text is changed by this change; before:"
                            },
                        );
                        chain.more("diff.removed", old);
                    }
                    Some(SpecEdit::Added) => chain.more("text.dim", "added by this change"),
                    _ => chain.more("text.dim", "not touched by this change"),
                }
                tasks(dossier, req.id.as_str(), &mut chain);
            }
            None => chain.knot(
                "verdict.unknown",
                "requirement",
                &format!(
                    "{} is not defined in any spec at that commit",
                    traced.link.req
                ),
            ),
        }
    }
    for attempt in &trace.attempts {
        let words = format!(
            "{} {} {}  {}",
            attempt.n,
            glyph(attempt.verdict),
            attempt.state.word(),
            attempt.head.short()
        );
        chain.knot(attempt.verdict.role(), "attempt", &words);
        if let Some(answer) = &attempt.answer {
            chain.more(
                if answer.kind.wants_eyes() {
                    "attention"
                } else {
                    "verdict.pass"
                },
                &answer.words(),
            );
        }
        if let Some(check) = &attempt.green_check {
            chain.more(
                "attention",
                &format!(
                    "! {} was green though this test failed in its results",
                    words::check_name(&check.name, &check.qualifiers)
                ),
            );
        }
        for note in &attempt.notes {
            chain.more("text", note);
        }
    }
    chain.lines
}

/// Tasks and commits that name the requirement.
pub(super) fn tasks(dossier: &Dossier, id: &str, chain: &mut Chain) {
    if let Some(link) = dossier
        .evidence
        .intent
        .iter()
        .find(|i| i.req.as_str() == id)
    {
        chain.knot(
            "text",
            "reason",
            &format!("{} ({})", words::basis(&link.basis), link.trust.words()),
        );
    }
    for issue in &dossier.evidence.facts.issues {
        if crate::evidence::intent::names(&issue.body, id) {
            chain.knot(
                "text",
                "task",
                &format!("issue #{} {}", issue.number, issue.title),
            );
        }
    }
}

pub(super) fn chain_of_requirement(app: &App, row: &Coverage, width: usize) -> Vec<Line> {
    let mut chain = Chain {
        lines: Vec::new(),
        width,
    };
    let req = &row.requirement;
    chain.knot("text.strong", "requirement", &req.headline());
    chain.more("text.quote", &req.text);
    chain.more(
        "text.code",
        &format!(
            "{}:{}-{} ({})",
            req.file,
            req.line,
            req.line_end,
            req.format.name()
        ),
    );
    if let Some(basis) = &row.intended {
        chain.more(
            "text",
            &format!("a reason of this change: {}", words::basis(basis)),
        );
    }
    match &row.edit {
        Some(SpecEdit::Changed { old, loosened, .. }) => {
            chain.more(
                "attention",
                if *loosened {
                    "! loosened by this change; before:"
                } else {
                    "! changed by this change; before:"
                },
            );
            chain.more("diff.removed", old);
        }
        Some(SpecEdit::Added) => chain.more("text", "added by this change"),
        _ => {}
    }
    for criterion in &req.criteria {
        chain.more("text.dim", &format!("· {criterion}"));
    }
    for (key, link, state) in &row.tests {
        let verdict = state.verdict();
        chain.knot(
            verdict.role(),
            "test",
            &format!(
                "{} {} {}",
                verdict.glyph(app.ascii),
                key.display(),
                state.word()
            ),
        );
        chain.more(
            "text.dim",
            &format!("class {:?}: {}", link.class, link.basis),
        );
    }
    for place in &row.named {
        chain.knot(
            "verdict.unknown",
            "test",
            &format!("named by {place}; no result is known"),
        );
    }
    if row.tests.is_empty() && row.named.is_empty() {
        chain.knot("verdict.missing", "test", "none names this requirement");
    }
    chain.lines
}
