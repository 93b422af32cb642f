//! The detail beside the timeline: everything about the row under the cursor, with source and age.

use super::{App, Line, Pane, timeline::Entry};
use crate::{
    decide::Dossier,
    evidence::{Node, NodeKind, trace},
    formats::results,
    model::{PartState, TestKey, Timestamp},
    text,
};

/// A detail being written.
struct Page<'a> {
    lines: Vec<Line>,
    width: usize,
    app: &'a App,
}

/// Columns of the labels.
const LABEL: usize = 12;

impl Page<'_> {
    fn line(&mut self, role: &'static str, words: &str) {
        for line in text::wrap(&text::clean(words), self.width) {
            self.lines.push(Line::of(role, &line));
        }
    }

    fn blank(&mut self) {
        if self.lines.last().is_some_and(|l| !l.spans.is_empty()) {
            self.lines.push(Line::default());
        }
    }

    /// Writes `label   words`, wrapped under the words.
    fn field(&mut self, label: &str, role: &'static str, words: &str) {
        let width = self.width.saturating_sub(LABEL).max(8);
        for (n, part) in text::wrap(&text::clean(words), width)
            .into_iter()
            .enumerate()
        {
            let mut line = Line::default();
            line.cell("text.dim", if n == 0 { label } else { "" }, LABEL);
            line.push(role, &part);
            self.lines.push(line);
        }
    }

    fn age(&self, at: Option<Timestamp>) -> String {
        at.map_or_else(
            || "does not age".to_owned(),
            |t| match text::age(t, self.app.now).as_str() {
                "now" => "fetched now".to_owned(),
                age => format!("fetched {age} ago"),
            },
        )
    }
}

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
    }
}

fn node(page: &mut Page<'_>, dossier: &Dossier, node: &Node) {
    page.line("text.strong", &node.title);
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
        NodeKind::Test => test(page, dossier, node),
        NodeKind::Requirement => requirement(page, dossier, node),
        NodeKind::Response => response(page, dossier, node),
        NodeKind::Commit => commit(page, dossier, node),
        NodeKind::Check => check(page, dossier, node),
        NodeKind::Review | NodeKind::Comment => words(page, dossier, node),
        NodeKind::Task => task(page, dossier, node),
        _ => {
            if !node.note.is_empty() {
                page.field("says", "text", &node.note);
            }
        }
    }
    page.blank();
    if let Some(at) = node.at {
        page.field(
            "when",
            "text",
            &format!("{} UTC, {}", at, ago(at, page.app.now)),
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

fn ago(at: Timestamp, now: Timestamp) -> String {
    match text::age(at, now).as_str() {
        "now" => "now".to_owned(),
        age => format!("{age} ago"),
    }
}

fn key_of(node: &Node) -> Option<TestKey> {
    let (key, _) = node.id.0.strip_prefix("test:")?.rsplit_once('@')?;
    Some(TestKey(key.to_owned()))
}

fn test(page: &mut Page<'_>, dossier: &Dossier, node: &Node) {
    let Some(trace) = key_of(node).and_then(|k| trace::of_test(&dossier.evidence, &k)) else {
        return;
    };
    let here = node
        .attempt
        .and_then(|n| dossier.evidence.matrix.row(&trace.test)?.cells.get(n));
    if let Some(cell) = here.filter(|c| !c.text.is_empty() || !c.message.is_empty()) {
        page.field(
            "failure",
            "verdict.fail",
            &results::headline(&cell.message, &cell.text),
        );
    } else if !node.note.is_empty() {
        page.field("says", "text", &node.note);
    }
    if let Some(place) = &trace.place {
        page.field(
            "place",
            "text.code",
            &format!("{}:{}", place.file, place.line),
        );
    }
    page.blank();
    if trace.requirements.is_empty() {
        page.field(
            "protects",
            "verdict.unknown",
            "no requirement is linked to this test",
        );
    }
    for traced in &trace.requirements {
        let title = traced
            .requirement
            .as_ref()
            .map_or("not defined in any spec here", |r| r.title.as_str());
        page.field(
            "protects",
            "text.strong",
            &format!("{} “{title}”", traced.link.req),
        );
        let doubt = if traced.link.ambiguous {
            ", ambiguous"
        } else {
            ""
        };
        page.field(
            "",
            "text.dim",
            &format!(
                "class {:?}: {}{doubt}",
                traced.link.class, traced.link.basis
            ),
        );
    }
    let mut line = Line::default();
    line.cell("text.dim", "attempts", LABEL);
    for attempt in &trace.attempts {
        line.push("text.dim", &format!("{} ", attempt.n));
        line.push(
            attempt.verdict.role(),
            &format!("{} ", attempt.verdict.glyph(page.app.ascii)),
        );
        line.push("text", &format!("{}   ", attempt.state.word()));
    }
    page.lines.push(line.fit(page.width));
    for attempt in &trace.attempts {
        let mut words: Vec<(&'static str, String)> = Vec::new();
        if let Some(answer) = attempt.answer {
            let role = if answer.wants_eyes() {
                "attention"
            } else {
                "verdict.pass"
            };
            words.push((role, answer.words().to_owned()));
        }
        let green = attempt.green_check.iter();
        words.extend(green.map(|c| ("attention", format!("! {c} was green all the same"))));
        words.extend(attempt.notes.iter().map(|n| ("text", n.clone())));
        for (n, (role, words)) in words.iter().enumerate() {
            let label = if n == 0 {
                format!("attempt {}", attempt.n)
            } else {
                String::new()
            };
            page.field(&label, role, words);
        }
    }
}

fn requirement(page: &mut Page<'_>, dossier: &Dossier, node: &Node) {
    page.field("linked by", "text", &node.note);
    let id = node.id.0.trim_start_matches("req:");
    let Some(row) = trace::coverage(&dossier.evidence, true)
        .into_iter()
        .find(|c| c.requirement.id.as_str() == id)
    else {
        return;
    };
    let req = &row.requirement;
    page.field(
        "in",
        "text.code",
        &format!("{}:{} ({})", req.file, req.line, req.format.name()),
    );
    page.blank();
    page.line("text.quote", &req.text);
    page.blank();
    page.field(
        "coverage",
        row.verdict.role(),
        &format!(
            "{} {}",
            row.verdict.glyph(page.app.ascii),
            row.verdict.word()
        ),
    );
    for (key, link, state) in &row.tests {
        let verdict = state.verdict();
        let words = format!(
            "{} {} · {}",
            verdict.glyph(page.app.ascii),
            key.display(),
            link.basis
        );
        page.field("test", verdict.role(), &words);
    }
    if row.tests.is_empty() {
        page.field("test", "verdict.missing", "no test names this requirement");
    }
}

fn response(page: &mut Page<'_>, dossier: &Dossier, node: &Node) {
    let found = node.attempt.and_then(|n| dossier.evidence.responses.get(n));
    for response in found
        .into_iter()
        .flatten()
        .filter(|r| r.label.words() == node.title)
    {
        for line in &response.lines {
            page.blank();
            let test = line
                .test
                .as_ref()
                .map_or(String::new(), |t| format!("{t}: "));
            page.line("text", &format!("{test}{}", line.what));
            let place = if line.line > 0 {
                format!("{}:{}", line.path, line.line)
            } else {
                line.path.clone()
            };
            page.line("text.code", &place);
            if let Some(old) = &line.old {
                page.line("diff.removed", &format!("- {old}"));
            }
            if let Some(new) = &line.new {
                page.line("diff.added", &format!("+ {new}"));
            }
            page.line("text.dim", &format!("found by {}", line.method));
        }
    }
}

fn commit(page: &mut Page<'_>, dossier: &Dossier, node: &Node) {
    let Some(sha) = &node.sha else { return };
    let all = dossier
        .evidence
        .facts
        .git
        .deltas
        .iter()
        .flat_map(|d| &d.commits)
        .chain(&dossier.evidence.facts.commits);
    let Some(commit) = all.into_iter().find(|c| c.sha == *sha) else {
        return;
    };
    page.field(
        "author",
        "text",
        &format!("{} <{}>", commit.author_name, commit.author_email),
    );
    if let Some(at) = commit.authored_at {
        page.field(
            "written",
            "text",
            &format!("{} UTC, {}", at, ago(at, page.app.now)),
        );
    }
    let signature = match commit.forge_verified {
        Some(true) => (
            "text",
            "the forge says that the signature is valid; not checked here",
        ),
        Some(false) => ("text.dim", "the forge says: not verified"),
        None => ("text.dim", "not known"),
    };
    page.field("signature", signature.0, signature.1);
    page.blank();
    let body = commit
        .message
        .split_once('\n')
        .map_or("", |(_, b)| b.trim());
    page.line("text.quote", body);
}

fn check(page: &mut Page<'_>, dossier: &Dossier, node: &Node) {
    page.field("says", "text", &node.note);
    let found = dossier
        .evidence
        .checks
        .iter()
        .find(|c| c.name == node.title && node.sha.as_ref() == Some(&c.head));
    let Some(check) = found else { return };
    if check.tries.len() > 1 {
        let tries: Vec<String> = check
            .tries
            .iter()
            .map(|(n, v)| format!("{n} {} {}", v.glyph(page.app.ascii), v.word()))
            .collect();
        page.field("tries", "text", &tries.join("   "));
    }
    for index in &check.reports {
        if let Some(report) = dossier.evidence.facts.reports.get(*index) {
            let basis = report
                .origin
                .try_basis
                .as_deref()
                .unwrap_or("try not known");
            page.field(
                "results",
                "text",
                &format!("{} ({basis})", report.origin.file),
            );
            for case in report.cases.iter().filter(|c| c.outcome.failed()) {
                page.field("", "verdict.fail", &format!("✗ {}", case.key().display()));
            }
        }
    }
    for annotation in &check.annotations {
        let line = annotation.line.map_or(String::new(), |l| format!(":{l}"));
        page.blank();
        page.line("text", &annotation.title);
        page.line("text.code", &format!("{}{line}", annotation.path));
        page.line("text.quote", &annotation.message);
    }
}

fn words(page: &mut Page<'_>, dossier: &Dossier, node: &Node) {
    if !node.note.is_empty() {
        page.field("standing", "text", &node.note);
    }
    let (_, id) = node.id.0.split_once(':').unwrap_or_default();
    let facts = &dossier.evidence.facts;
    let body = match node.kind {
        NodeKind::Review => facts
            .reviews
            .iter()
            .find(|r| r.id.to_string() == id)
            .map(|r| r.body.as_str()),
        _ => facts
            .comments
            .iter()
            .find(|c| c.id.to_string() == id)
            .map(|c| c.body.as_str()),
    };
    let place = format!(
        "{} {id}",
        if node.kind == NodeKind::Review {
            "review"
        } else {
            "comment"
        }
    );
    if let Some(decision) = dossier.decisions.iter().find(|d| d.place == place) {
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
    let (_, id) = node.id.0.split_once(':').unwrap_or_default();
    if let Some(issue) = dossier
        .evidence
        .facts
        .issues
        .iter()
        .find(|i| i.number.to_string() == id)
    {
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
            &format!("{} UTC, {}", at, ago(at, page.app.now)),
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
            let place = if line.line > 0 {
                format!("{}:{}", line.path, line.line)
            } else {
                line.path.clone()
            };
            page.line("text.dim", &format!("  {place}  {}", line.what));
        }
        if response.lines.len() > 6 {
            page.line(
                "text.dim",
                &format!("  and {} more", response.lines.len() - 6),
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
            &format!("{}: {}", answer.test.display(), answer.kind.words()),
        );
    }
}

fn gap(page: &mut Page<'_>, dossier: &Dossier, n: usize) {
    let Some(gap) = dossier.assessment.gaps.get(n) else {
        return;
    };
    page.line("text.strong", &gap.what);
    page.field(
        "verdict",
        gap.verdict.role(),
        &format!(
            "{} {}",
            gap.verdict.glyph(page.app.ascii),
            gap.verdict.word()
        ),
    );
    page.field("stage", "text", gap.stage.name());
    page.field("asked by", "text", &dossier.assessment.contract);
    page.blank();
    let parts = dossier
        .evidence
        .facts
        .parts
        .iter()
        .filter(|p| !matches!(p.state, PartState::Complete));
    for part in parts {
        let why = match &part.state {
            PartState::Partial(why) => format!("partial: {why}"),
            PartState::Failed(why) => format!("failed: {why}"),
            PartState::Absent(why) => why.clone(),
            PartState::Complete | PartState::NotFetched => "not fetched".to_owned(),
        };
        page.field(part.name.name(), "text.dim", &why);
    }
}
