//! The evidence timeline of one change: rows in time, grouped by attempt, with the detail beside.

use super::{
    App, Effect, Line, Pane, Screen, detail,
    list::{Cursor, next_where},
};
use crate::{
    decide::Dossier,
    evidence::{
        Node, NodeKind,
        timeline::{self, Row},
    },
    keys::Action,
    model::{Stage, Verdict},
    text,
};

/// State of the timeline.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub cursor: Cursor,
    /// Only this stage.
    pub stage: Option<Stage>,
    /// Narrow screens: the detail is open over the list.
    pub detail_open: bool,
    /// First line of the detail.
    pub detail_top: usize,
}

/// What the timeline shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineView {
    pub title: Line,
    pub stages: Line,
    pub list: Pane,
    pub detail: Option<Pane>,
    pub blockers: Line,
}

/// A row that can be stood on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Attempt(usize),
    Node(usize),
    /// Evidence that the contract asks for and that is not there (its index in the gaps).
    Gap(usize),
}

/// Builds the rows: the timeline, then what is missing at the head.
pub(super) fn entries(dossier: &Dossier, stage: Option<Stage>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = timeline::rows(&dossier.evidence, stage)
        .into_iter()
        .map(|row| match row {
            Row::Attempt(n) => Entry::Attempt(n),
            Row::Node(n) => Entry::Node(n),
        })
        .collect();
    let gaps = dossier.assessment.gaps.iter().enumerate();
    entries.extend(
        gaps.filter(|(_, g)| g.is_row && stage.is_none_or(|s| s == g.stage))
            .map(|(n, _)| Entry::Gap(n)),
    );
    entries
}

impl App {
    fn entries(&self) -> Vec<Entry> {
        self.dossier()
            .map(|d| entries(d, self.timeline.stage))
            .unwrap_or_default()
    }

    /// Returns the entry under the cursor.
    pub(super) fn entry(&self) -> Option<Entry> {
        self.entries().into_iter().nth(self.timeline.cursor.at)
    }

    /// Returns the node under the cursor.
    pub(super) fn node(&self) -> Option<&Node> {
        match self.entry()? {
            Entry::Node(n) => self.dossier()?.evidence.graph.nodes.get(n),
            _ => None,
        }
    }
}

/// Rows of the list.
fn height(app: &App) -> usize {
    let layout = app.layout();
    let body = layout.body.saturating_sub(3 + 2);
    let rows = if layout.wide || !app.timeline.detail_open {
        body
    } else {
        body.saturating_sub(layout.lower(body))
    };
    usize::from(rows).max(1)
}

pub(super) fn select(app: &mut App, at: usize) {
    let (len, height) = (app.entries().len(), height(app));
    app.timeline.cursor.go(at, len, height);
    app.timeline.detail_top = 0;
}

/// Puts the cursor on what needs a look at the head, when a change is first shown.
pub(super) fn first_look(app: &mut App) {
    let Some(dossier) = app.dossier().cloned() else {
        return;
    };
    let head = dossier.evidence.head_attempt();
    let entries = entries(&dossier, app.timeline.stage);
    let at = entries.iter().position(|e| match e {
        Entry::Node(n) => dossier.evidence.graph.nodes.get(*n).is_some_and(|n| {
            n.attempt == head && n.kind == NodeKind::Test && n.verdict == Verdict::Fail
        }),
        _ => false,
    });
    let start = entries
        .iter()
        .position(|e| matches!(e, Entry::Attempt(n) if Some(*n) == head));
    select(app, at.or(start).unwrap_or(0));
}

pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    let (len, height) = (app.entries().len(), height(app));
    if app.timeline.cursor.act(action, len, height) {
        app.timeline.detail_top = 0;
        return Vec::new();
    }
    if let Some(stage) = action.stage() {
        let stage = Stage::ALL.get(stage).copied();
        app.timeline.stage = if app.timeline.stage == stage {
            None
        } else {
            stage
        };
        app.timeline.cursor = Cursor::default();
        return Vec::new();
    }
    match action {
        Action::NextFailing | Action::NextAttempt | Action::NextRequirement => {
            hop(app, action, false)
        }
        Action::PreviousFailing | Action::PreviousAttempt | Action::PreviousRequirement => {
            hop(app, action, true)
        }
        Action::Open => open(app),
        Action::Right => scroll_detail(app, true),
        Action::Left => scroll_detail(app, false),
        Action::NextPane => app.timeline.detail_open = !app.timeline.detail_open,
        Action::Trace => super::trace::open(app),
        Action::Browser | Action::Copy => {
            let url = app
                .node()
                .and_then(|n| n.url.clone())
                .filter(|u| !u.is_empty());
            let pr = app
                .dossier()
                .map(|d| d.evidence.facts.pr.url.clone())
                .filter(|u| !u.is_empty());
            let Some(url) = url.or(pr) else {
                app.say("message.info", "there is no page for this");
                return Vec::new();
            };
            return vec![if action == Action::Browser {
                Effect::Browse(url)
            } else {
                Effect::Copy(url)
            }];
        }
        _ => {}
    }
    Vec::new()
}

fn scroll_detail(app: &mut App, down: bool) {
    let top = app.timeline.detail_top;
    app.timeline.detail_top = if down { top + 3 } else { top.saturating_sub(3) };
}

/// Enter opens the thing itself: a test's trace, a commit's difference, an attempt's column.
fn open(app: &mut App) {
    match app.entry() {
        Some(Entry::Attempt(n)) => {
            app.attempts.column = n;
            app.goto(Screen::Attempts);
        }
        Some(Entry::Node(_)) => match app.node().map(|n| (n.kind, n.attempt)) {
            Some((NodeKind::Test | NodeKind::Requirement, _)) => super::trace::open(app),
            Some((NodeKind::Commit | NodeKind::Response | NodeKind::Finding, attempt)) => {
                super::diff::open_at(app, attempt);
            }
            _ if !app.layout().wide => app.timeline.detail_open = !app.timeline.detail_open,
            _ => {}
        },
        Some(Entry::Gap(_)) | None => {}
    }
}

/// Jumps to the next row of a kind, in this stage filter, wrapping around.
fn hop(app: &mut App, action: Action, back: bool) {
    let Some(dossier) = app.dossier().cloned() else {
        return;
    };
    let entries = app.entries();
    let node = |n: usize| dossier.evidence.graph.nodes.get(n);
    let wanted = |i: usize| match (action, entries.get(i)) {
        (Action::NextFailing | Action::PreviousFailing, Some(Entry::Node(n))) => node(*n)
            .is_some_and(|n| {
                matches!(
                    n.verdict,
                    Verdict::Fail | Verdict::Missing | Verdict::Tampered | Verdict::Unknown
                ) && matches!(
                    n.kind,
                    NodeKind::Test
                        | NodeKind::Finding
                        | NodeKind::Report
                        | NodeKind::Review
                        | NodeKind::Requirement
                ) || n.verdict == Verdict::Fail
                    && n.kind == NodeKind::Check
                    && !explained(&dossier, n)
            }),
        (Action::NextFailing | Action::PreviousFailing, Some(Entry::Gap(_))) => true,
        (Action::NextAttempt | Action::PreviousAttempt, Some(Entry::Attempt(_))) => true,
        (Action::NextRequirement | Action::PreviousRequirement, Some(Entry::Node(n))) => {
            node(*n).is_some_and(|n| n.kind == NodeKind::Requirement)
        }
        _ => false,
    };
    match next_where(entries.len(), app.timeline.cursor.at, back, wanted) {
        Some(at) => {
            app.leave();
            select(app, at);
        }
        None => app.say("message.info", "there is none"),
    }
}

/// Tells whether a failing check's failure stands beside it as a test or finding.
fn explained(dossier: &Dossier, check: &Node) -> bool {
    let sharp = |n: &&Node| {
        n.attempt == check.attempt
            && n.stage == check.stage
            && matches!(n.kind, NodeKind::Test | NodeKind::Finding)
            && n.verdict == Verdict::Fail
    };
    dossier.evidence.graph.nodes.iter().any(|n| sharp(&n))
}

/// Texts of the rows, for searching.
pub(super) fn texts(app: &App) -> Vec<String> {
    let Some(dossier) = app.dossier() else {
        return Vec::new();
    };
    app.entries()
        .iter()
        .map(|e| entry_line(app, dossier, e, 400).plain())
        .collect()
}

fn attempt_line(dossier: &Dossier, n: usize, width: usize) -> Line {
    let Some(attempt) = dossier.evidence.attempts.get(n) else {
        return Line::default();
    };
    let mut words = vec![
        format!("attempt {}", attempt.n),
        attempt.how.words().to_owned(),
    ];
    if let Some(count) = attempt.commits {
        words.push(format!(
            "{count} commit{}",
            if count == 1 { "" } else { "s" }
        ));
    }
    words.push(attempt.head.short().to_owned());
    let labels: Vec<&str> = dossier
        .evidence
        .responses
        .get(n)
        .into_iter()
        .flatten()
        .filter(|r| r.label.wants_eyes())
        .map(|r| r.label.words())
        .collect();
    let mut line = Line::of("ui.group", "── ").with("text.strong", &words.join(" · "));
    if !labels.is_empty() {
        line.push("attention", &format!("  ! {}", labels.join(", ")));
    }
    line.push("ui.group", " ");
    let gap = width.saturating_sub(line.width());
    line.push("ui.group", &"─".repeat(gap));
    line.fit(width)
}

fn entry_line(app: &App, dossier: &Dossier, entry: &Entry, width: usize) -> Line {
    match entry {
        Entry::Attempt(n) => attempt_line(dossier, *n, width),
        Entry::Node(n) => dossier
            .evidence
            .graph
            .nodes
            .get(*n)
            .map(|n| node_line(app, n, width))
            .unwrap_or_default(),
        Entry::Gap(n) => {
            let Some(gap) = dossier.assessment.gaps.get(*n) else {
                return Line::default();
            };
            let mut line = Line::of("text.dim", "      ");
            line.cell("text.dim", &gap.stage.letter().to_string(), 2);
            line.cell(gap.verdict.role(), gap.verdict.glyph(app.ascii), 3);
            line.push(gap.verdict.role(), &gap.what);
            line.fit(width)
        }
    }
}

fn node_line(app: &App, node: &Node, width: usize) -> Line {
    let mut line = Line::default();
    let indent = matches!(node.kind, NodeKind::Test | NodeKind::Finding);
    line.cell(
        "text.dim",
        &node
            .at
            .map(|t| t.clock())
            .filter(|_| !indent)
            .unwrap_or_default(),
        6,
    );
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
    let title_width = text::columns(&text::clean_line(&node.title));
    let note_width =
        text::columns(&node.note).min(room.saturating_sub(title_width + 2).max(room / 4));
    let mut title = Line::of(role, &text::clean_line(&node.title));
    if node.note.is_empty() {
        title = title.fit(room);
    } else {
        let note = Line::of(
            "text.dim",
            &text::fit(&text::clean_line(&node.note), note_width.max(8)),
        );
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

fn title(app: &App, dossier: &Dossier, width: usize) -> Line {
    let pr = &dossier.evidence.facts.pr;
    let risk = &dossier.assessment.risk;
    let mut line = Line::of("text.title", &format!(" {}", text::clean_line(&pr.title)));
    let (class, role) = match risk.class {
        crate::contract::RiskClass::Low => ("risk low", "risk.low"),
        crate::contract::RiskClass::Medium => ("risk medium", "risk.medium"),
        crate::contract::RiskClass::High => ("risk HIGH", "risk.high"),
    };
    let reasons = if risk.reasons.is_empty() {
        String::new()
    } else {
        format!(": {}", risk.reasons.join(", "))
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
    let limit = width * 3 / 5;
    let right = Line::of("text.dim", state)
        .with(role, class)
        .with("text.dim", &format!("{reasons} "))
        .fit(limit);
    let _ = app;
    line.justify(right, width)
}

/// All blockers in one line; what does not fit is counted.
fn blockers(dossier: &Dossier, width: usize) -> Line {
    let gaps = &dossier.assessment.gaps;
    if gaps.is_empty() {
        return Line::of("verdict.pass", " nothing missing")
            .with(
                "text.dim",
                &format!(" by the {}", dossier.assessment.contract),
            )
            .fit(width);
    }
    let mut line = Line::of("text.dim", " blockers: ");
    let all: Vec<String> = gaps
        .iter()
        .enumerate()
        .map(|(n, g)| format!("{} {}", n + 1, text::clean_line(&g.what)))
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
        line.push(gap.verdict.role(), &format!("{words}   "));
    }
    line.fit(width)
}

pub(super) fn view(app: &App) -> TimelineView {
    let layout = app.layout();
    let width = usize::from(layout.width);
    let Some(dossier) = app.dossier() else {
        let pane = Pane {
            title: Line::of("ui.title", "Timeline"),
            lines: app.absent(),
            focused: true,
            ..Pane::default()
        };
        return TimelineView {
            title: Line::default(),
            stages: Line::default(),
            list: pane,
            detail: None,
            blockers: Line::default(),
        };
    };
    let entries = app.entries();
    let height = height(app);
    let mut cursor = app.timeline.cursor;
    cursor.follow(entries.len(), height);
    let window = cursor.window(entries.len(), height);
    let inner = layout.left_inner();
    let name = app.timeline.stage.map_or_else(
        || "Timeline".to_owned(),
        |s| format!("Timeline ▸ {}", s.name()),
    );
    let mut list = Pane {
        title: Line::of("ui.title", &name),
        focused: true,
        above: window.start,
        below: entries.len() - window.end,
        selected: Some(cursor.at - window.start).filter(|_| !entries.is_empty()),
        ..Pane::default()
    };
    let rows = entries.get(window).unwrap_or(&[]);
    list.lines = rows
        .iter()
        .map(|e| entry_line(app, dossier, e, inner).marked(&app.search))
        .collect();
    if entries.is_empty() {
        list.lines = vec![Line::of(
            "text.dim",
            "No evidence in this stage. Its key again shows all.",
        )];
    }
    let detail = (layout.wide || app.timeline.detail_open).then(|| {
        let inner = if layout.wide {
            layout.right_inner()
        } else {
            inner
        };
        let rows = if layout.wide {
            height
        } else {
            usize::from(layout.lower(layout.body.saturating_sub(3))).saturating_sub(2)
        };
        detail::pane(app, dossier, entries.get(cursor.at), inner, rows)
    });
    TimelineView {
        title: title(app, dossier, width),
        stages: stage_strip(app, dossier, width),
        list,
        detail,
        blockers: blockers(dossier, width),
    }
}
