//! What a pull request says of itself: description, branches, labels, and how it stands.

use super::{App, Line, Overlay, Pane, list::Cursor};
use crate::{
    model::{MergeState, Mergeable, PrState, PullRequest},
    text,
};

fn size(app: &App) -> (u16, u16) {
    (
        app.size.0.saturating_sub(6).min(100),
        app.size.1.saturating_sub(4).min(36),
    )
}

/// How a change stands, in words.
pub fn standing(pr: &PullRequest) -> String {
    match (pr.state, pr.draft) {
        (PrState::Open, true) => "open, a draft".to_owned(),
        (PrState::Open, false) => "open".to_owned(),
        (PrState::Closed, _) => "closed without a merge".to_owned(),
        (PrState::Merged, _) => match &pr.merge_commit {
            Some(commit) => format!("merged as {}", commit.short()),
            None => "merged".to_owned(),
        },
    }
}

/// Whether a change can be merged, as far as the forge says.
fn mergeable(merge: Option<&MergeState>) -> &'static str {
    match merge.map(|m| (m.mergeable, m.behind)) {
        Some((Mergeable::Conflicting, _)) => "has conflicts with its base branch",
        Some((Mergeable::Mergeable, true)) => "no conflicts; not up to date with its base branch",
        Some((Mergeable::Mergeable, false)) => "no conflicts with its base branch",
        Some((Mergeable::Unknown, true)) => "not up to date with its base branch",
        Some((Mergeable::Unknown, false)) | None => "not known whether it has conflicts",
    }
}

/// What the forge says of the reviews as a whole.
fn review(pr: &PullRequest) -> String {
    match pr.review_decision.as_deref() {
        None | Some("") => "no decision of the forge".to_owned(),
        Some("APPROVED") => "approved, by the forge's rules".to_owned(),
        Some(other) => other.to_lowercase().replace('_', " "),
    }
}

/// Lines of the overlay.
pub(super) fn lines(app: &App) -> Vec<Line> {
    let Some(dossier) = app.dossier() else {
        return app.absent();
    };
    let facts = &dossier.evidence.facts;
    let pr = &facts.pr;
    let width = usize::from(size(app).0.saturating_sub(4)).max(20);
    let mut lines = Vec::new();
    let mut say = |name: &str, words: &str| {
        let parts = text::wrap(&text::clean(words), width.saturating_sub(12).max(8));
        for (n, part) in parts.into_iter().enumerate() {
            let mut line = Line::of("text", " ");
            line.cell("text.dim", if n == 0 { name } else { "" }, 11);
            lines.push(line.with("text", &part));
        }
    };
    say("title", &pr.title);
    say(
        "branch",
        &format!("{} at {}", pr.head_ref, pr.head_sha.short()),
    );
    say(
        "into",
        &format!("{} at {}", pr.base_ref, pr.base_sha.short()),
    );
    if facts.local {
        say("range", &pr.labels.join(", "));
    } else {
        let none = || "none".to_owned();
        say("state", &standing(pr));
        if pr.state == PrState::Open {
            say("merge", mergeable(facts.merge_state()));
        }
        say("review", &review(pr));
        let labels = Some(pr.labels.join(", ")).filter(|l| !l.is_empty());
        say("labels", &labels.unwrap_or_else(none));
        say("page", &pr.url);
    }
    lines.push(Line::default());
    let body = pr.body.trim();
    if body.is_empty() {
        lines.push(Line::of("text.dim", " There is no description."));
    }
    for row in text::clean(body).lines() {
        for part in text::wrap(row, width) {
            lines.push(Line::of("text.quote", &format!(" {part}")));
        }
        if row.trim().is_empty() {
            lines.push(Line::default());
        }
    }
    lines
}

pub(super) fn view(app: &App, cursor: Cursor) -> Overlay {
    let (width, height) = size(app);
    let all = lines(app);
    let visible = usize::from(height.saturating_sub(2)).max(1);
    let top = cursor.at.min(all.len().saturating_sub(visible));
    let end = (top + visible).min(all.len());
    Overlay {
        pane: Pane {
            title: Line::of("ui.title", "Description"),
            lines: all.get(top..end).unwrap_or(&[]).to_vec(),
            selected: None,
            focused: true,
            above: top,
            below: all.len() - end,
        },
        input: None,
        size: (width, height),
    }
}
