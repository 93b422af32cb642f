//! The detail beside the timeline: everything about the row under the cursor, with source and age.

mod evidence;
mod page;

pub(super) use evidence::key_of;
use page::Page;

use super::{App, Line, Pane, timeline::Entry, words};
use crate::{
    decide::Dossier,
    evidence::{Node, NodeKind},
    model::{PartState, Subject},
    text,
};

pub(super) fn pane(
    app: &App,
    dossier: &Dossier,
    entry: Option<&Entry>,
    width: usize,
    rows: usize,
) -> Pane {
    let mut page = Page {
        lines: Vec::new(),
        width,
        app,
    };
    let title = match entry {
        Some(Entry::Node(n)) => match dossier.evidence.graph.nodes.get(*n) {
            Some(node) => {
                self::node(&mut page, dossier, node);
                format!("{} ▸ {}", node.stage.name(), kind(node.kind))
            }
            None => String::new(),
        },
        Some(Entry::Attempt(n)) => {
            attempt(&mut page, dossier, *n);
            format!("attempt {}", n + 1)
        }
        Some(Entry::Gap(n)) => {
            gap(&mut page, dossier, *n);
            "missing".to_owned()
        }
        None => String::new(),
    };
    let len = page.lines.len();
    let top = app
        .timeline
        .detail_top
        .min(len.saturating_sub(rows.min(len)));
    let end = (top + rows).min(len);
    Pane {
        title: Line::of("ui.title", &title),
        lines: page.lines.drain(top..end).collect(),
        selected: None,
        focused: false,
        above: top,
        below: len - end,
    }
}

fn kind(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Requirement => "requirement",
        NodeKind::Task => "task",
        NodeKind::Push => "push",
        NodeKind::Commit => "commit",
        NodeKind::Response => "what the attempt did",
        NodeKind::Check => "check",
        NodeKind::Report => "test results",
        NodeKind::Test => "test",
        NodeKind::Finding => "finding",
        NodeKind::Review => "review",
        NodeKind::Comment => "comment",
        NodeKind::Queue => "merge queue",
        NodeKind::Merge => "merge state",
    }
}

fn node(page: &mut Page<'_>, dossier: &Dossier, node: &Node) {
    page.line("text.strong", &words::title_of(node));
    let word = format!(
        "{} {}",
        node.verdict.glyph(page.app.ascii),
        node.verdict.word()
    );
    let at = node
        .sha
        .as_ref()
        .map_or(String::new(), |s| format!("  at {}", s.short()));
    page.field("verdict", node.verdict.role(), &(word + &at));
    for attention in &node.attention {
        page.field(
            "attention",
            "attention",
            &format!("! {}", attention.words()),
        );
    }
    match node.kind {
        NodeKind::Test => evidence::test(page, dossier, node),
        NodeKind::Requirement => evidence::requirement(page, dossier, node),
        NodeKind::Response => evidence::response(page, dossier, node),
        NodeKind::Commit => evidence::commit(page, dossier, node),
        NodeKind::Check => evidence::check(page, dossier, node),
        NodeKind::Review | NodeKind::Comment => review_or_comment(page, dossier, node),
        NodeKind::Task => task(page, dossier, node),
        _ => {
            let note = words::note_of(node);
            if !note.is_empty() {
                page.field("says", "text", &note);
            }
        }
    }
    page.blank();
    if let Some(at) = node.at {
        page.field(
            "when",
            "text",
            &format!(
                "{}, {}",
                page.app.zone.full(at),
                text::ago(at, page.app.now)
            ),
        );
    }
    if let Some(actor) = &node.actor {
        page.field("who", "text", actor.as_str());
    }
    let age = page.age(node.source.fetched_at);
    page.field(
        "source",
        "text.dim",
        &format!(
            "{} · {} · {age}",
            node.source.what,
            node.source.trust.words()
        ),
    );
}

fn review_or_comment(page: &mut Page<'_>, dossier: &Dossier, node: &Node) {
    let note = words::note_of(node);
    if !note.is_empty() {
        page.field("standing", "text", &note);
    }
    let facts = &dossier.evidence.facts;
    let body = match &node.id {
        Subject::Review { id } => {
            let found = facts.reviews.iter().find(|r| r.id == *id);
            found.map(|r| r.body.as_str())
        }
        Subject::Comment { id } => {
            let found = facts.comments.iter().find(|c| c.id == *id);
            found.map(|c| c.body.as_str())
        }
        _ => None,
    };
    if let Some(decision) = dossier.decisions.iter().find(|d| d.subject == node.id) {
        page.field(
            "record",
            "verdict.waived",
            &format!("decision {} · {}", decision.id, decision.state.word()),
        );
        if let crate::decide::RecordState::Tampered(why) = &decision.state {
            page.field("", "verdict.tampered", why);
        }
    }
    page.blank();
    // The record's own block is for machines.
    let body = body.unwrap_or("");
    let human = body.split("<details>").next().unwrap_or(body);
    page.line("text.quote", human.trim());
}

fn task(page: &mut Page<'_>, dossier: &Dossier, node: &Node) {
    if let Some(agent) = &dossier.evidence.agent {
        page.field(
            "agent",
            "text",
            &format!("{} · {} · {}", agent.name, agent.basis, agent.trust.words()),
        );
        if let (Some(by), Some(basis)) = (&agent.started_by, &agent.started_basis) {
            page.field("started by", "text", &format!("{by} · {basis}"));
        }
    }
    let Subject::Issue { number } = &node.id else {
        return;
    };
    let mut issues = dossier.evidence.facts.issues.iter();
    if let Some(issue) = issues.find(|i| i.number == *number) {
        page.blank();
        page.line("text.quote", &issue.body);
    }
}

fn attempt(page: &mut Page<'_>, dossier: &Dossier, n: usize) {
    let Some(attempt) = dossier.evidence.attempts.get(n) else {
        return;
    };
    page.line(
        "text.strong",
        &format!("attempt {} · {}", attempt.n, attempt.how.words()),
    );
    page.field("head", "text.code", attempt.head.as_str());
    if let Some(at) = attempt.at {
        page.field(
            "when",
            "text",
            &format!(
                "{}, {}",
                page.app.zone.full(at),
                text::ago(at, page.app.now)
            ),
        );
    }
    if let Some(by) = &attempt.by {
        page.field("pushed by", "text", by.login.as_str());
    }
    page.field("source", "text.dim", &attempt.basis);
    page.blank();
    for response in dossier.evidence.responses.get(n).into_iter().flatten() {
        let role = if response.label.wants_eyes() {
            "attention"
        } else {
            "text"
        };
        page.line(role, response.label.words());
        for line in response.lines.iter().take(6) {
            let place = text::place(&line.path, line.line);
            page.line("text.dim", &format!("  {place}  {}", line.what));
        }
        if response.lines.len() > 6 {
            page.line(
                "text.dim",
                &format!(" {}", text::and_more(response.lines.len() - 6)),
            );
        }
    }
    let answers = dossier
        .evidence
        .answers
        .get(n)
        .map_or(&[][..], Vec::as_slice);
    if !answers.is_empty() {
        page.blank();
        page.line("text.strong", "tests");
    }
    for answer in answers {
        let role = if answer.kind.wants_eyes() {
            "attention"
        } else {
            "verdict.pass"
        };
        page.line(
            role,
            &format!("{}: {}", answer.test.display(), answer.words()),
        );
    }
}

fn gap(page: &mut Page<'_>, dossier: &Dossier, n: usize) {
    let Some(gap) = dossier.assessment.gaps.get(n) else {
        return;
    };
    page.line("text.strong", &words::gap(&gap.why));
    page.field(
        "verdict",
        gap.role(),
        &format!("{} {}", gap.glyph(page.app.ascii), gap.word()),
    );
    page.field("stage", "text", gap.stage.name());
    page.field(
        "asked by",
        "text",
        &words::rule_sources(&dossier.assessment.contract),
    );
    page.blank();
    let parts = dossier
        .evidence
        .facts
        .parts
        .iter()
        .filter(|p| !matches!(p.state, PartState::Complete));
    for part in parts {
        let why = match &part.state {
            PartState::Partial(_) => "partial: ",
            PartState::Failed(_) => "failed: ",
            _ => "",
        };
        let why = format!("{why}{}", part.state.words().unwrap_or_default());
        page.field(part.name.name(), "text.dim", &why);
    }
}
