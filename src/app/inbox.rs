//! The inbox: what needs me. One row a change, one column a stage.

mod columns;

use super::{
    App, Effect, Line, Pane, Prompt, PromptKind, filter, input::Input, list::Cursor, words,
};
use columns::{Columns, repo_name};

use crate::{
    contract::{ListReason, RiskClass, StageCell, Summary},
    decide::InboxRow,
    keys::Action,
    model::{PrState, Stage, Verdict},
    text,
};

/// The built-in filters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    NeedsMe,
    Failing,
    Exceptions,
    Agents,
    #[default]
    Open,
    All,
}

impl Tab {
    const ALL: [Self; 6] = [
        Self::NeedsMe,
        Self::Failing,
        Self::Exceptions,
        Self::Agents,
        Self::Open,
        Self::All,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::NeedsMe => "Needs me",
            Self::Failing => "Failing",
            Self::Exceptions => "Exceptions",
            Self::Agents => "Agents",
            Self::Open => "Open",
            Self::All => "All",
        }
    }

    fn filter(self) -> &'static str {
        match self {
            Self::NeedsMe => "is:open needs:me",
            Self::Failing => "is:open is:failing",
            Self::Exceptions => "is:open exception:any",
            Self::Agents => "is:open is:agent",
            Self::Open => "is:open",
            Self::All => "",
        }
    }
}

/// State of the inbox.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub rows: Vec<InboxRow>,
    pub loaded: bool,
    pub tab: Tab,
    pub filter: String,
    pub cursor: Cursor,
}

impl State {
    /// Returns the rows that pass tab and filter.
    pub fn visible(&self) -> Vec<&InboxRow> {
        self.rows
            .iter()
            .filter(|r| filter::passes(r, self.tab.filter()) && filter::passes(r, &self.filter))
            .collect()
    }

    /// Takes new rows, keeping the cursor on the change that it is on.
    pub fn take(&mut self, rows: Vec<InboxRow>, height: usize) {
        let on = self.visible().get(self.cursor.at).map(|r| r.id.clone());
        self.rows = rows;
        self.loaded = true;
        let visible = self.visible();
        let len = visible.len();
        let at = on
            .and_then(|id| visible.iter().position(|r| r.id == id))
            .unwrap_or(self.cursor.at);
        self.cursor.go(at, len, height);
    }
}

/// What the inbox shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxView {
    pub tabs: Line,
    pub columns: Line,
    pub list: Pane,
}

/// Rows of the list.
fn height(app: &App) -> usize {
    usize::from(app.layout().body.saturating_sub(3)).max(1)
}

pub(super) fn take(app: &mut App, rows: Vec<InboxRow>) {
    let height = height(app);
    app.inbox.take(rows, height);
}

/// Takes in what one change became; its place in the list is told by its time.
pub(super) fn take_one(app: &mut App, row: InboxRow) {
    let mut rows = std::mem::take(&mut app.inbox.rows);
    rows.retain(|r| r.id != row.id);
    let at = rows.partition_point(|r| r.pr.updated_at > row.pr.updated_at);
    rows.insert(at, row);
    take(app, rows);
}

pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    let (height, len) = (height(app), app.inbox.visible().len());
    if app.inbox.cursor.act(action, len, height) {
        return Vec::new();
    }
    match action {
        Action::Open => {
            let id = app
                .inbox
                .visible()
                .get(app.inbox.cursor.at)
                .map(|r| r.id.clone());
            return id.map(|id| app.open_change(id)).unwrap_or_default();
        }
        Action::NextTab | Action::Right | Action::NextPane => turn(app, 1, height),
        Action::PreviousTab | Action::Left => turn(app, Tab::ALL.len() - 1, height),
        Action::Filter => {
            app.prompt = Some(Prompt {
                kind: PromptKind::Filter,
                input: Input::new(&app.inbox.filter),
            });
        }
        Action::Browser => {
            let url = app
                .inbox
                .visible()
                .get(app.inbox.cursor.at)
                .map(|r| r.pr.url.clone());
            return url.map(Effect::Browse).into_iter().collect();
        }
        Action::Copy => {
            let url = app
                .inbox
                .visible()
                .get(app.inbox.cursor.at)
                .map(|r| r.pr.url.clone());
            return url.map(Effect::Copy).into_iter().collect();
        }
        Action::Sync => {
            let id = app
                .inbox
                .visible()
                .get(app.inbox.cursor.at)
                .map(|r| r.id.clone());
            return id.map(Effect::SyncChange).into_iter().collect();
        }
        _ => {}
    }
    Vec::new()
}

fn turn(app: &mut App, by: usize, height: usize) {
    let at = Tab::ALL
        .iter()
        .position(|t| *t == app.inbox.tab)
        .unwrap_or(0);
    app.inbox.tab = Tab::ALL
        .get((at + by) % Tab::ALL.len())
        .copied()
        .unwrap_or_default();
    app.inbox.cursor = Cursor::default();
    let len = app.inbox.visible().len();
    app.inbox.cursor.follow(len, height);
}

/// Texts of the visible rows, for searching.
pub(super) fn texts(app: &App) -> Vec<String> {
    app.inbox
        .visible()
        .iter()
        .map(|r| {
            let (repo, pr) = (&r.id.repo, &r.pr);
            format!("#{} {} {} {}", pr.number, repo.slug(), pr.title, author(r))
        })
        .collect()
}

/// Sets the cursor, as a search does.
pub(super) fn select(app: &mut App, at: usize) {
    let (height, len) = (height(app), app.inbox.visible().len());
    app.inbox.cursor.go(at, len, height);
}

fn author(row: &InboxRow) -> String {
    let login = row.pr.author.as_ref().map_or("ghost", |a| a.login.as_str());
    match row
        .summary
        .as_ref()
        .and_then(|s| s.started_by.as_ref().filter(|_| !s.updater))
    {
        Some(by) if by.as_str() != login => format!("{login} ⟵ {by}"),
        _ => login.to_owned(),
    }
}

/// Each host has a colour; the name stands beside it.
const HOST_ROLES: [&str; 4] = ["host.1", "host.2", "host.3", "host.4"];

fn stage_cell(line: &mut Line, cell: Option<&StageCell>, width: usize, ascii: bool) {
    let Some(cell) = cell else {
        line.cell("verdict.na", "·", width);
        return;
    };
    let glyph = cell.verdict.glyph(ascii);
    line.push(cell.verdict.role(), glyph);
    let rest = width.saturating_sub(text::columns(glyph));
    if cell.attention {
        line.cell("attention", "!", rest);
    } else if cell.failing > 0 && cell.verdict == Verdict::Fail && width > 2 {
        line.cell(cell.verdict.role(), &cell.failing.min(99).to_string(), rest);
    } else {
        line.cell("text", "", rest);
    }
}

fn row_line(row: &InboxRow, columns: &Columns, app: &App) -> Line {
    let mut line = Line::default();
    let number = if row.pr.state == PrState::Open {
        "text.strong"
    } else {
        "text.dim"
    };
    line.cell(number, &format!("#{}", row.pr.number), columns.number);
    if columns.repo > 0 {
        let host = row.id.repo.host.as_str();
        let at = columns.hosts.iter().position(|h| h == host).unwrap_or(0);
        let role = HOST_ROLES.get(at % HOST_ROLES.len()).copied();
        let name = text::fit(&repo_name(row, columns.naming), columns.repo - 2);
        line.cell(role.unwrap_or("text"), &name, columns.repo);
    }
    for stage in Stage::ALL {
        let cell = row
            .summary
            .as_ref()
            .and_then(|s| s.stages.get(stage.index()));
        stage_cell(&mut line, cell, columns.stage, app.ascii);
    }
    line.push("text", " ");
    let title = if row.pr.draft {
        format!("draft: {}", row.pr.title)
    } else {
        row.pr.title.clone()
    };
    let role = if row.pr.state == PrState::Open {
        "text"
    } else {
        "text.dim"
    };
    line.cell(role, &title, columns.title.saturating_sub(1));
    line.push("text", " ");
    if columns.author > 0 {
        let is_agent = row
            .summary
            .as_ref()
            .is_some_and(|s| s.agent.is_some() && !s.updater);
        line.cell(
            if is_agent { "text.code" } else { "text.dim" },
            &author(row),
            columns.author - 1,
        );
        line.push("text", " ");
        match &row.summary {
            Some(s) if s.risk == RiskClass::Unknown => line.cell(risk_role(s), "?", columns.risk),
            Some(s) => line.cell(risk_role(s), s.risk.word(), columns.risk),
            None => line.cell("text.dim", "?", columns.risk),
        }
        let attention = row.summary.as_ref().map_or(0, |s| s.attention);
        let count = if attention > 0 {
            attention.to_string()
        } else {
            String::new()
        };
        line.cell("attention", &count, columns.attention);
    }
    line.cell(
        "text.dim",
        &text::age(row.pr.updated_at, app.now),
        columns.age,
    );
    if columns.why > 0 {
        let (why, role) = match &row.summary {
            Some(s) if s.needs_me => (words::list_reason(&s.why), "text.strong"),
            Some(s) => (words::list_reason(&s.why), "text.dim"),
            None => (not_judged(row.pr.state), "text.dim"),
        };
        line.cell(role, &why, columns.why);
    }
    line
}

/// Why a change without a summary is in the list.
fn not_judged(state: PrState) -> String {
    match state {
        PrState::Merged => words::list_reason(&ListReason::Merged),
        PrState::Closed => words::list_reason(&ListReason::Closed),
        PrState::Open => "evidence not pulled yet".to_owned(),
    }
}

fn risk_role(summary: &Summary) -> &'static str {
    match summary.risk {
        RiskClass::Low => "risk.low",
        RiskClass::Medium => "risk.medium",
        RiskClass::High => "risk.high",
        RiskClass::Unknown => "verdict.unknown",
    }
}

fn heading(columns: &Columns) -> Line {
    let mut line = Line::of("text.dim", " ");
    line.cell("text.dim", "PR", columns.number);
    if columns.repo > 0 {
        line.cell("text.dim", "Repository", columns.repo);
    }
    for stage in Stage::ALL {
        line.cell("text.dim", &stage.letter().to_string(), columns.stage);
    }
    line.cell("text.dim", " Title", columns.title + 1);
    if columns.author > 0 {
        line.cell("text.dim", "Author", columns.author);
        line.cell("text.dim", "Risk", columns.risk);
        line.cell("text.dim", "Look", columns.attention);
    }
    line.cell("text.dim", "Age", columns.age);
    if columns.why > 0 {
        line.cell("text.dim", "Why", columns.why);
    }
    line
}

fn tabs(app: &App) -> Line {
    let mut line = Line::of("text", " ");
    for tab in Tab::ALL {
        let count = app
            .inbox
            .rows
            .iter()
            .filter(|r| filter::passes(r, tab.filter()))
            .count();
        let role = if tab == app.inbox.tab {
            "ui.tab.active"
        } else {
            "ui.tab"
        };
        line.push(role, &format!("{} {count}", tab.name()));
        line.push("text", "   ");
    }
    if !app.inbox.filter.is_empty() {
        line.push("message.info", &format!("filter: {}", app.inbox.filter));
    }
    line.fit(usize::from(app.size.0))
}

fn empty(app: &App) -> Vec<Line> {
    let say = |text: &str| Line::of("text.dim", text);
    if !app.inbox.loaded {
        return vec![say("Reading the cache…")];
    }
    if app.inbox.rows.is_empty() {
        return match (&app.status.busy, &app.status.offline) {
            (Some(busy), _) => vec![say(&format!("Nothing is cached yet: {busy}."))],
            (None, Some(trouble)) => vec![
                Line::of(
                    "message.error",
                    "Nothing is cached, and nothing could be asked.",
                ),
                Line::of("text", &text::clean_line(&trouble.words)),
                Line::of("text.dim", &text::clean_line(&trouble.why)),
                say(if app.refresh.off {
                    "Start without --offline to ask the forge."
                } else {
                    "gp shows what to do; R tries again."
                }),
            ],
            (None, None) => vec![say(
                "This repository has no pull requests. R asks the forge again.",
            )],
        };
    }
    let count = app.inbox.rows.len();
    let tab = app.inbox.tab.name();
    let words = if app.inbox.filter.is_empty() {
        format!("None of the {count} cached changes is in “{tab}”.")
    } else {
        let filter = &app.inbox.filter;
        format!("None of the {count} cached changes is in “{tab}” and matches “{filter}”.")
    };
    vec![
        say(&words),
        say("} goes to the next filter; f changes the words."),
    ]
}

pub(super) fn view(app: &App) -> InboxView {
    let layout = app.layout();
    let visible = app.inbox.visible();
    let columns = Columns::of(&layout, &app.inbox.rows, &visible);
    let height = height(app);
    let window = app.inbox.cursor.window(visible.len(), height);
    let mut list = Pane {
        focused: true,
        above: window.start,
        below: visible.len() - window.end,
        ..Pane::default()
    };
    if visible.is_empty() {
        let width = usize::from(app.size.0).saturating_sub(2);
        list.lines = empty(app).into_iter().map(|l| l.fit(width)).collect();
    } else {
        list.selected = Some(app.inbox.cursor.at - window.start);
        let rows = visible.get(window).unwrap_or(&[]);
        list.lines = rows
            .iter()
            .map(|r| row_line(r, &columns, app).marked(&app.search))
            .collect();
    }
    InboxView {
        tabs: tabs(app),
        columns: heading(&columns),
        list,
    }
}
