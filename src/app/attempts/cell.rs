//! One cell of the ladder: its words in the grid, and all about it beside.

use super::{App, Line, Pane, Row, rows};
use crate::{
    decide::Dossier,
    evidence::{CellState, matrix::Transition},
    formats::results,
    model::Attention,
    text,
};

pub(super) fn cell_words(state: CellState, transition: Option<Transition>) -> &'static str {
    match (state, transition) {
        (CellState::Skip, Some(Transition::NewlySkipped)) => "skip!",
        (CellState::Absent, Some(Transition::Disappeared)) => "gone!",
        (CellState::Skip, _) => "skip",
        (CellState::Absent, _) => "·",
        (CellState::Flaky, _) => "flaky",
        (CellState::Pass, _) => "pass",
        (CellState::Fail, _) => "fail",
        (CellState::Unknown, _) => "",
    }
}

/// Returns role and text of a cell.
pub(super) fn cell(
    app: &App,
    dossier: &Dossier,
    row: &Row<'_>,
    n: usize,
) -> (&'static str, String) {
    match row {
        Row::Test(test) => {
            let Some(cell) = test.cells.get(n) else {
                return ("text", String::new());
            };
            let verdict = cell.state.verdict();
            let answer = dossier
                .evidence
                .answers
                .get(n)
                .and_then(|a| a.iter().find(|x| x.test == test.key));
            let by_test = answer
                .is_some_and(|a| a.kind == crate::evidence::AnswerKind::PassedByChangingTheTest);
            // Passed and failed on one commit is a pass to look at.
            let look = by_test || cell.state == CellState::Flaky;
            let mark = if look { "!" } else { "" };
            let words = cell_words(cell.state, test.transition(n));
            let role = if look { "attention" } else { verdict.role() };
            let glyph = if cell.state == CellState::Absent {
                ""
            } else {
                verdict.glyph(app.ascii)
            };
            (role, format!("{glyph} {words}{mark}"))
        }
        Row::Check(name) => {
            let head = dossier.evidence.attempts.get(n).map(|a| &a.head);
            let Some(check) = dossier
                .evidence
                .checks
                .iter()
                .find(|c| c.name == *name && Some(&c.head) == head)
            else {
                return ("text.dim", "·".to_owned());
            };
            let mark = if check.attention.is_empty() { "" } else { "!" };
            let tries = if check.tries.len() > 1 {
                format!(" ×{}", check.tries.len())
            } else {
                String::new()
            };
            (
                check.verdict.role(),
                format!("{}{mark}{tries}", check.verdict.glyph(app.ascii)),
            )
        }
    }
}

pub(super) fn detail(app: &App, dossier: &Dossier, width: usize, height: usize) -> Pane {
    let n = app.attempts.column;
    let mut lines: Vec<Line> = Vec::new();
    let mut say = |role: &'static str, words: &str| {
        lines.extend(
            text::wrap(&text::clean(words), width)
                .iter()
                .map(|l| Line::of(role, l)),
        );
    };
    let Some(attempt) = dossier.evidence.attempts.get(n) else {
        return Pane::default();
    };
    let rows = rows(dossier);
    if let Some(row) = rows.get(app.attempts.cursor.at) {
        match row {
            Row::Test(test) => {
                say("text.strong", &test.key.display());
                if let Some(cell) = test.cells.get(n) {
                    let verdict = cell.state.verdict();
                    say(
                        verdict.role(),
                        &format!(
                            "{} {} in attempt {}",
                            verdict.glyph(app.ascii),
                            cell.state.word(),
                            attempt.n
                        ),
                    );
                    if cell.state == CellState::Fail {
                        say(
                            "verdict.fail",
                            &results::headline(&cell.message, &cell.text),
                        );
                    }
                    let answer = dossier
                        .evidence
                        .answers
                        .get(n)
                        .and_then(|a| a.iter().find(|x| x.test == test.key));
                    if let Some(answer) = answer {
                        say(
                            if answer.kind.wants_eyes() {
                                "attention"
                            } else {
                                "verdict.pass"
                            },
                            &answer.words(),
                        );
                    }
                    for link in dossier.evidence.links.iter().filter(|l| l.test == test.key) {
                        say(
                            "text",
                            &format!(
                                "protects {} (class {:?}: {})",
                                link.req, link.class, link.basis
                            ),
                        );
                    }
                }
            }
            Row::Check(name) => {
                say("text.strong", name);
                if let Some(check) = dossier
                    .evidence
                    .checks
                    .iter()
                    .find(|c| c.name == *name && c.head == attempt.head)
                {
                    say(
                        check.verdict.role(),
                        &format!(
                            "{} {} in attempt {}",
                            check.verdict.glyph(app.ascii),
                            check.word,
                            attempt.n
                        ),
                    );
                    for attention in &check.attention {
                        say("attention", &format!("! {}", attention.words()));
                    }
                    if check.attention.contains(&Attention::GreenWithFailures) {
                        say(
                            "attention",
                            &format!("{} failed in its own result file", check.failures_inside),
                        );
                    }
                } else {
                    say("text.dim", "did not run in this attempt");
                }
            }
        }
    }
    lines.push(Line::default());
    let mut say = |role: &'static str, words: &str| {
        lines.extend(
            text::wrap(&text::clean(words), width)
                .iter()
                .map(|l| Line::of(role, l)),
        );
    };
    say(
        "text.strong",
        &format!("attempt {}: {}", attempt.n, attempt.how.words()),
    );
    for response in dossier.evidence.responses.get(n).into_iter().flatten() {
        say(
            if response.label.wants_eyes() {
                "attention"
            } else {
                "text"
            },
            response.label.words(),
        );
        for line in response.lines.iter().take(4) {
            let place = text::place(&line.path, line.line);
            say("text.code", &format!("  {place}"));
            if let Some(old) = &line.old {
                say("diff.removed", &format!("  - {old}"));
            }
            if let Some(new) = &line.new {
                say("diff.added", &format!("  + {new}"));
            }
            if line.old.is_none() && line.new.is_none() {
                say("text.dim", &format!("  {}", line.what));
            }
        }
        if response.lines.len() > 4 {
            say(
                "text.dim",
                &format!(" {}", text::and_more(response.lines.len() - 4)),
            );
        }
    }
    let below = lines.len().saturating_sub(height);
    lines.truncate(height);
    Pane {
        title: Line::of("ui.title", "Cell and attempt"),
        lines,
        selected: None,
        focused: false,
        above: 0,
        below,
    }
}
