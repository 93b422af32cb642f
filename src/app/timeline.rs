//! The evidence timeline of one change: rows in time, grouped by attempt, with the detail beside.

mod lines;

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
    model::{Sha, Stage, Subject, Verdict},
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

/// What the cursor stands on, in whichever row it is.
pub(super) enum Held {
    Attempt(Sha),
    Node(Subject),
}

/// Returns what the cursor stands on.
pub(super) fn held(app: &App) -> Option<Held> {
    let evidence = &app.dossier()?.evidence;
    match app.entry()? {
        Entry::Attempt(n) => Some(Held::Attempt(evidence.attempts.get(n)?.head.clone())),
        Entry::Node(n) => Some(Held::Node(evidence.graph.nodes.get(n)?.id.clone())),
        Entry::Gap(_) => None,
    }
}

/// Stands on the same thing again, where there are other rows now; else in the same row.
pub(super) fn hold(app: &mut App, held: Option<&Held>) {
    let at = app.dossier().and_then(|dossier| {
        let evidence = &dossier.evidence;
        let is_it = |entry: &Entry| match (entry, held?) {
            (Entry::Attempt(n), Held::Attempt(head)) => {
                Some(evidence.attempts.get(*n)?.head == *head)
            }
            (Entry::Node(n), Held::Node(id)) => Some(evidence.graph.nodes.get(*n)?.id == *id),
            _ => None,
        };
        let mut entries = entries(dossier, app.timeline.stage).into_iter();
        entries.position(|entry| is_it(&entry) == Some(true))
    });
    if at == Some(app.timeline.cursor.at) {
        return;
    }
    select(app, at.unwrap_or(app.timeline.cursor.at));
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
            hop(app, action, false);
        }
        Action::PreviousFailing | Action::PreviousAttempt | Action::PreviousRequirement => {
            hop(app, action, true);
        }
        Action::Open => return open(app),
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

/// Enter opens the thing itself: a test's trace, a commit's difference, an attempt's column, the place
/// of a finding or else its page.
fn open(app: &mut App) -> Vec<Effect> {
    match app.entry() {
        Some(Entry::Attempt(n)) => {
            app.attempts.column = n;
            app.goto(Screen::Attempts);
        }
        Some(Entry::Node(_)) => match app.node().map(|n| (n.kind, n.attempt)) {
            Some((NodeKind::Test | NodeKind::Requirement, _)) => super::trace::open(app),
            Some((NodeKind::Commit | NodeKind::Response, attempt)) => {
                super::diff::open_at(app, attempt);
            }
            Some((NodeKind::Finding, attempt)) if super::diff::open_place(app, attempt) => {}
            Some((NodeKind::Finding, _)) => return page_of(app),
            _ if !app.layout().wide => app.timeline.detail_open = !app.timeline.detail_open,
            _ => {}
        },
        Some(Entry::Gap(_)) | None => {}
    }
    Vec::new()
}

/// The page of what the cursor is on, where its place is in no difference that is known.
fn page_of(app: &mut App) -> Vec<Effect> {
    let url = app.node().and_then(|n| n.url.clone());
    if let Some(url) = url.filter(|u| !u.is_empty()) {
        return vec![Effect::Browse(url)];
    }
    app.say(
        "message.info",
        "its place is in no difference of this change, and it has no page",
    );
    Vec::new()
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
    let entries = app.entries();
    let days = lines::spans_days(app, dossier, &entries);
    entries
        .iter()
        .map(|e| lines::entry_line(app, dossier, e, (400, days)).plain())
        .collect()
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
    // Of a place whose clocks change, the zone of today; the detail has that of each time.
    let zone = app.zone.name(app.now);
    let mut list = Pane {
        title: Line::of("ui.title", &name).with("text.dim", &format!(" · {zone}")),
        focused: true,
        above: window.start,
        below: entries.len() - window.end,
        selected: Some(cursor.at - window.start).filter(|_| !entries.is_empty()),
        ..Pane::default()
    };
    let rows = entries.get(window).unwrap_or(&[]);
    let days = lines::spans_days(app, dossier, &entries);
    list.lines = rows
        .iter()
        .map(|e| lines::entry_line(app, dossier, e, (inner, days)).marked(&app.search))
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
        title: lines::title(app, dossier, width),
        stages: lines::stage_strip(app, dossier, width),
        list,
        detail,
        blockers: lines::blockers(dossier, width),
    }
}
