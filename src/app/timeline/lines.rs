//! Lines of the timeline: rows, title, stages, blockers.

use super::{App, Entry, Line};
use crate::{
    app::words,
    decide::Dossier,
    evidence::{Node, NodeKind},
    model::Verdict,
    text,
};

pub(super) fn attempt_line(app: &App, dossier: &Dossier, n: usize, width: usize) -> Line {
    let Some(attempt) = dossier.evidence.attempts.get(n) else {
        return Line::default();
    };
    // The day stands here; rows of another day have their own.
    let day = attempt.at.map(|at| app.zone.day(at));
    let mut parts = vec![format!("attempt {}", attempt.n)];
    parts.extend(day);
    parts.push(attempt.how.words().to_owned());
    if let Some(count) = attempt.commits {
        parts.push(text::counted(count, "commit"));
    }
    parts.push(attempt.head.short().to_owned());
    let labels: Vec<&str> = dossier
        .evidence
        .responses
        .get(n)
        .into_iter()
        .flatten()
        .filter(|r| r.label.wants_eyes())
        .map(|r| r.label.words())
        .collect();
    let mut line = Line::of("ui.group", "── ").with("text.strong", &parts.join(" · "));
    if !labels.is_empty() {
        line.push("attention", &format!("  ! {}", labels.join(", ")));
    }
    line.push("ui.group", " ");
    let gap = width.saturating_sub(line.width());
    line.push("ui.group", &"─".repeat(gap));
    line.fit(width)
}

/// Tells whether a row lies on another day than its attempt: then rows show their days.
pub(super) fn spans_days(app: &App, dossier: &Dossier, entries: &[Entry]) -> bool {
    entries.iter().any(|entry| match entry {
        Entry::Node(n) => {
            let node = dossier.evidence.graph.nodes.get(*n);
            node.is_some_and(|n| other_day(app, dossier, n).is_some())
        }
        Entry::Attempt(_) | Entry::Gap(_) => false,
    })
}

/// The day of a row, where it is not that of its attempt, which stands above it.
fn other_day(app: &App, dossier: &Dossier, node: &Node) -> Option<String> {
    let at = node.at.filter(|_| !is_indented(node))?;
    let attempt = node.attempt.and_then(|n| dossier.evidence.attempts.get(n));
    let above = attempt.and_then(|a| a.at);
    let same = above.is_some_and(|above| app.zone.date(above) == app.zone.date(at));
    (!same).then(|| app.zone.day(at))
}

/// Rows below another one, whose time is that of the one above.
fn is_indented(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Test | NodeKind::Finding)
}

pub(super) fn entry_line(
    app: &App,
    dossier: &Dossier,
    entry: &Entry,
    (width, days): (usize, bool),
) -> Line {
    match entry {
        Entry::Attempt(n) => attempt_line(app, dossier, *n, width),
        Entry::Node(n) => dossier
            .evidence
            .graph
            .nodes
            .get(*n)
            .map(|n| node_line(app, dossier, n, (width, days)))
            .unwrap_or_default(),
        Entry::Gap(n) => {
            let Some(gap) = dossier.assessment.gaps.get(*n) else {
                return Line::default();
            };
            let indent = match (days, app.layout().wide) {
                (false, _) => 6,
                (true, true) => 13,
                (true, false) => 7,
            };
            let mut line = Line::of("text.dim", &" ".repeat(indent));
            line.cell("text.dim", &gap.stage.letter().to_string(), 2);
            line.cell(gap.role(), gap.glyph(app.ascii), 3);
            line.push(gap.role(), &words::gap(&gap.why));
            line.fit(width)
        }
    }
}

pub(super) fn node_line(
    app: &App,
    dossier: &Dossier,
    node: &Node,
    (width, days): (usize, bool),
) -> Line {
    let mut line = Line::default();
    let indent = is_indented(node);
    let at = node.at.filter(|_| !indent);
    let clock = at.map_or_else(String::new, |at| app.zone.clock(at));
    let day = other_day(app, dossier, node).filter(|_| days);
    // Where there is little room the day stands for the time, which the detail tells.
    match (days, app.layout().wide) {
        (false, _) => line.cell("text.dim", &clock, 6),
        (true, true) => {
            line.cell("text.dim", &day.unwrap_or_default(), 7);
            line.cell("text.dim", &clock, 6);
        }
        (true, false) => line.cell("text.dim", &day.unwrap_or(clock), 7),
    }
    line.cell("text.dim", &node.stage.letter().to_string(), 2);
    let plain = node.verdict == Verdict::NotApplicable;
    let glyph = if plain {
        " "
    } else {
        node.verdict.glyph(app.ascii)
    };
    line.push(node.verdict.role(), glyph);
    let mark = if node.attention.is_empty() { "" } else { "!" };
    line.cell("attention", mark, 3 - text::columns(glyph));
    if indent {
        line.push("text.dim", "  ");
    }
    let role = match (node.kind, node.verdict) {
        (_, Verdict::Fail | Verdict::Tampered) => "verdict.fail",
        (NodeKind::Comment, _) => "text.quote",
        (NodeKind::Commit, _) => "text",
        _ if node.wants_eyes() => "text.strong",
        _ => "text",
    };
    // The note stands at the right; the title gives way first, then the note.
    let room = width.saturating_sub(line.width());
    let (title, note) = (words::title_of(node), words::note_of(node));
    let (title, note) = (text::clean_line(&title), text::clean_line(&note));
    let note_width =
        text::columns(&note).min(room.saturating_sub(text::columns(&title) + 2).max(room / 4));
    let mut title = Line::of(role, &title);
    if note.is_empty() {
        title = title.fit(room);
    } else {
        let note = Line::of("text.dim", &text::fit(&note, note_width.max(8)));
        title = title.justify(note, room);
    }
    line.spans.extend(title.spans);
    line
}

/// Verdicts of all stages in one line.
pub(super) fn stage_strip(app: &App, dossier: &Dossier, width: usize) -> Line {
    let mut line = Line::of("text", " ");
    for (n, state) in dossier.assessment.stages.iter().enumerate() {
        let active = app.timeline.stage == Some(state.stage);
        line.push("ui.footer.key", &(n + 1).to_string());
        line.push(
            if active { "ui.tab.active" } else { "text" },
            &format!(" {} ", state.stage.name()),
        );
        line.push(state.verdict.role(), state.verdict.glyph(app.ascii));
        if state.failing > 0 {
            line.push(state.verdict.role(), &format!(" {}", state.failing));
        }
        if !state.attention.is_empty() {
            line.push("attention", "!");
        }
        line.push("text", if width >= 120 { "   " } else { "  " });
    }
    if line.width() > width {
        line = Line::of("text", " ");
        for state in &dossier.assessment.stages {
            let active = app.timeline.stage == Some(state.stage);
            line.push(
                if active { "ui.tab.active" } else { "text" },
                &format!("{} ", state.stage.letter()),
            );
            line.push(state.verdict.role(), state.verdict.glyph(app.ascii));
            if state.failing > 0 {
                line.push(state.verdict.role(), &state.failing.to_string());
            }
            line.push(
                "attention",
                if state.attention.is_empty() { " " } else { "!" },
            );
            line.push("text", "  ");
        }
    }
    let exceptions = dossier
        .decisions
        .iter()
        .filter(|d| {
            d.record
                .as_ref()
                .is_some_and(|r| r.kind == crate::decide::Kind::ExceptionAsk)
        })
        .count();
    let mut right = Line::of(
        "text.dim",
        &format!("gaps {}", dossier.assessment.gaps.len()),
    );
    if exceptions > 0 {
        right.push("verdict.waived", &format!(" · exceptions {exceptions}"));
    }
    right.push("text", " ");
    line.justify(right, width)
}

pub(super) fn title(app: &App, dossier: &Dossier, width: usize) -> Line {
    let pr = &dossier.evidence.facts.pr;
    let risk = &dossier.assessment.risk;
    let mut line = Line::of("text.title", &format!(" {}", text::clean_line(&pr.title)));
    let (class, role) = match risk.class {
        crate::contract::RiskClass::Low => ("risk low", "risk.low"),
        crate::contract::RiskClass::Medium => ("risk medium", "risk.medium"),
        crate::contract::RiskClass::High => ("risk HIGH", "risk.high"),
        crate::contract::RiskClass::Unknown => ("risk ?", "verdict.unknown"),
    };
    let reasons = if risk.reasons.is_empty() {
        String::new()
    } else {
        format!(": {}", words::risk(risk).join(", "))
    };
    let state = match pr.state {
        crate::model::PrState::Open => "",
        crate::model::PrState::Closed => "closed · ",
        crate::model::PrState::Merged => "merged · ",
    };
    let by = pr
        .author
        .as_ref()
        .map(|a| format!("  {}", a.login))
        .unwrap_or_default();
    line.push("text.dim", &by);
    if let Some(starter) = dossier
        .evidence
        .agent
        .as_ref()
        .filter(|a| !a.updater)
        .and_then(|a| a.started_by.as_ref())
    {
        line.push("text.dim", &format!(" ⟵ {starter}"));
    }
    // A narrow line keeps title and author; the reasons of the risk give way.
    let limit = if width >= 120 {
        width * 3 / 5
    } else {
        width * 2 / 5
    };
    let right = Line::of("text.dim", state)
        .with(role, class)
        .with("text.dim", &format!("{reasons} "))
        .fit(limit);
    let _ = app;
    line.justify(right, width)
}

/// All blockers in one line; what does not fit is counted.
pub(super) fn blockers(dossier: &Dossier, width: usize) -> Line {
    let gaps = &dossier.assessment.gaps;
    if gaps.is_empty() {
        return Line::of("verdict.pass", " nothing missing")
            .with(
                "text.dim",
                &format!(
                    " by the {}",
                    words::rule_sources(&dossier.assessment.contract)
                ),
            )
            .fit(width);
    }
    let mut line = Line::of("text.dim", " blockers: ");
    let all: Vec<String> = gaps
        .iter()
        .enumerate()
        .map(|(n, g)| format!("{} {}", n + 1, text::clean_line(&words::gap(&g.why))))
        .collect();
    let room = width.saturating_sub(line.width());
    let total: usize = all.iter().map(|w| text::columns(w) + 3).sum();
    // All of them, each cut to its share where they do not fit, down to a few words.
    let share = if total <= room {
        usize::MAX
    } else {
        (room / gaps.len()).saturating_sub(3).max(18)
    };
    for (n, (words, gap)) in all.iter().zip(gaps).enumerate() {
        let words = text::fit(words, share);
        let left = gaps.len() - n;
        let more = format!("+{left} more");
        if n > 0
            && left > 1
            && line.width() + text::columns(&words) + 3 + text::columns(&more) > width
        {
            line.push("text.strong", &more);
            return line.fit(width);
        }
        line.push(gap.role(), &format!("{words}   "));
    }
    line.fit(width)
}
