//! What is said of a test, a requirement, a response, a commit, a check.

use super::{
    super::words,
    Line,
    page::{LABEL, Page},
};
use crate::{
    decide::Dossier,
    evidence::{Detail, Node, trace},
    formats::results,
    model::{Subject, TestKey},
    text,
};

pub(in crate::app) fn key_of(node: &Node) -> Option<TestKey> {
    match &node.id {
        Subject::Test { key, .. } => Some(key.clone()),
        _ => None,
    }
}

pub(super) fn test(page: &mut Page<'_>, dossier: &Dossier, node: &Node) {
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
    } else {
        page.field("says", "text", &words::note_of(node));
    }
    if let Some(place) = &trace.place {
        page.field("place", "text.code", &text::place(&place.file, place.line));
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
        let mut said: Vec<(&'static str, String)> = Vec::new();
        if let Some(answer) = &attempt.answer {
            let role = if answer.kind.wants_eyes() {
                "attention"
            } else {
                "verdict.pass"
            };
            said.push((role, answer.words()));
        }
        let green = attempt.green_check.iter();
        said.extend(green.map(|c| {
            let name = words::check_name(&c.name, &c.qualifiers);
            ("attention", format!("! {name} was green all the same"))
        }));
        said.extend(attempt.notes.iter().map(|n| ("text", n.clone())));
        for (n, (role, what)) in said.iter().enumerate() {
            let label = if n == 0 {
                format!("attempt {}", attempt.n)
            } else {
                String::new()
            };
            page.field(&label, role, what);
        }
    }
}

pub(super) fn requirement(page: &mut Page<'_>, dossier: &Dossier, node: &Node) {
    page.field("linked by", "text", &words::note_of(node));
    let Subject::Requirement { document, id } = &node.id else {
        return;
    };
    let Some(row) = trace::coverage(&dossier.evidence, true)
        .into_iter()
        .find(|c| c.requirement.id == *id && c.requirement.file == *document)
    else {
        return;
    };
    let req = &row.requirement;
    page.field(
        "in",
        "text.code",
        &format!(
            "{} ({})",
            text::place(&req.file, req.line),
            req.format.name()
        ),
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
    for place in &row.named {
        page.field(
            "test",
            "verdict.unknown",
            &format!("named by {place}; no result is known"),
        );
    }
    if row.tests.is_empty() && row.named.is_empty() {
        page.field("test", "verdict.missing", "no test names this requirement");
    }
}

pub(super) fn response(page: &mut Page<'_>, dossier: &Dossier, node: &Node) {
    let found = node.attempt.and_then(|n| dossier.evidence.responses.get(n));
    let Detail::Response { label, .. } = &node.detail else {
        return;
    };
    for response in found.into_iter().flatten().filter(|r| r.label == *label) {
        for line in &response.lines {
            page.blank();
            let test = line
                .test
                .as_ref()
                .map_or(String::new(), |t| format!("{t}: "));
            page.line("text", &format!("{test}{}", line.what));
            let place = text::place(&line.path, line.line);
            page.line("text.code", &place);
            if let Some(old) = &line.old {
                page.line("diff.removed", &format!("- {old}"));
            }
            if let Some(new) = &line.new {
                page.line("diff.added", &format!("+ {new}"));
            }
            page.line("text.dim", &format!("found by {}", line.method.words()));
        }
    }
}

pub(super) fn commit(page: &mut Page<'_>, dossier: &Dossier, node: &Node) {
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
            &format!(
                "{}, {}",
                page.app.zone.full(at),
                text::ago(at, page.app.now)
            ),
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

pub(super) fn check(page: &mut Page<'_>, dossier: &Dossier, node: &Node) {
    page.field("says", "text", &words::note_of(node));
    let found = dossier
        .evidence
        .checks
        .iter()
        .find(|c| c.subject == node.id);
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
