//! The workbench as a pure machine: [`update`] takes a message and the time and returns effects;
//! [`view`](App::view) says what is on the screen, as plain data.
//!
//! One screen is one file here and one of the same name in `ui`. Actions never touch the screen or
//! the world: they change state and return [`Effect`]s. Whatever comes back from the world carries
//! what it was asked for; what is late is dropped.

mod about;
mod attempts;
mod decide;
mod detail;
mod diff;
mod effect;
mod filter;
mod find;
mod forge_log;
pub mod help;
mod inbox;
mod input;
mod job_log;
mod layout;
mod list;
mod outbox;
mod problems;
mod refresh;
mod screen;
mod status;
mod timeline;
mod trace;
mod update;
mod view;
pub mod words;

pub use about::standing;
pub use attempts::AttemptsView;
pub use decide::{DecideView, Hands, Kept, draft, readers};
pub use diff::DiffView;
pub use effect::{Effect, Msg, StatusUpdate};
pub use filter::{QUALIFIERS, is_commit, misspelt, passes};
pub use forge_log::LogRow;
pub use inbox::InboxView;
pub use layout::{HEADER, Layout};
pub use outbox::{OutboxView, state_words};
pub use refresh::{Refresh, beat};
pub use screen::Screen;
pub use status::{Status, Trouble};
pub use timeline::TimelineView;
pub use trace::TraceView;
pub use update::update;
pub use view::{Body, Field, Line, Overlay, Pane, Span, View};

use std::sync::Arc;

use crate::{
    decide::Dossier,
    keys::{Action, Key, Keymap},
    model::{ChangeId, Problem, Timestamp, Zone},
};
use input::Input;

/// A change that is open.
#[derive(Clone, Debug)]
pub struct OpenChange {
    pub id: ChangeId,
    pub dossier: Option<Arc<Dossier>>,
    /// Why it could not be loaded.
    pub error: Option<String>,
    /// What a load must carry to be taken.
    pub generation: u64,
    /// A sync of it is under way.
    pub syncing: bool,
}

/// What is typed at the bottom of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    pub kind: PromptKind,
    pub input: Input,
}

/// What it is typed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptKind {
    Search,
    Filter,
}

/// What lies over the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OverlayState {
    Help(help::State),
    About(list::Cursor),
    Problems(list::Cursor),
    ForgeLog(Vec<LogRow>, list::Cursor),
}

/// The whole state.
#[derive(Clone, Debug)]
pub struct App {
    pub size: (u16, u16),
    pub now: Timestamp,
    /// Where times are told.
    pub zone: Zone,
    pub ascii: bool,
    pub keymap: Keymap,
    /// Name of the theme, for the shell to draw with.
    pub theme: String,
    pub themes: Vec<String>,
    pub status: Status,
    pub screen: Screen,
    /// Where `back` leads.
    pub back: Vec<Screen>,
    /// Where `jump-back` and `jump-forward` lead.
    pub jumps: screen::Jumps,
    pub inbox: inbox::State,
    pub change: Option<OpenChange>,
    pub timeline: timeline::State,
    pub trace: trace::State,
    pub attempts: attempts::State,
    pub diff: diff::State,
    pub log: job_log::State,
    pub decide: Option<decide::State>,
    /// Texts of forms that were closed.
    pub kept: Vec<Kept>,
    pub hands: Hands,
    pub outbox: outbox::State,
    pub overlay: Option<OverlayState>,
    pub prompt: Option<Prompt>,
    /// What `/` last looked for.
    pub search: String,
    /// The kind last jumped to, for `repeat-next`.
    pub last_jump: Option<Action>,
    pub pending: Vec<Key>,
    /// One line above the footer, until the next key.
    pub message: Option<(&'static str, String)>,
    pub problems: Vec<Problem>,
    pub generation: u64,
    pub readonly: bool,
    pub refresh: Refresh,
}

impl App {
    /// Starts with an empty inbox.
    pub fn new(keymap: Keymap, themes: Vec<String>, size: (u16, u16), now: Timestamp) -> Self {
        Self {
            size,
            now,
            zone: Zone::UTC,
            ascii: false,
            keymap,
            theme: themes.first().cloned().unwrap_or_default(),
            themes,
            status: Status::default(),
            screen: Screen::Inbox,
            back: Vec::new(),
            jumps: screen::Jumps::default(),
            inbox: inbox::State::default(),
            change: None,
            timeline: timeline::State::default(),
            trace: trace::State::default(),
            attempts: attempts::State::default(),
            diff: diff::State::default(),
            log: job_log::State::default(),
            decide: None,
            kept: Vec::new(),
            hands: Hands::default(),
            outbox: outbox::State::default(),
            overlay: None,
            prompt: None,
            search: String::new(),
            last_jump: None,
            pending: Vec::new(),
            message: None,
            problems: Vec::new(),
            generation: 0,
            readonly: false,
            refresh: Refresh {
                polled_at: now,
                watched_at: now,
                pressed_at: now,
                off: false,
            },
        }
    }

    /// Returns the open change's dossier.
    pub fn dossier(&self) -> Option<&Arc<Dossier>> {
        self.change.as_ref()?.dossier.as_ref()
    }

    /// Tells whether an action can do something here: without a forge there is nothing to ask of it,
    /// and nothing to send to it.
    pub(crate) fn can(&self, action: Action) -> bool {
        let needs_forge = matches!(
            action,
            Action::Sync
                | Action::SyncAll
                | Action::Outbox
                | Action::ForgeLog
                | Action::Browser
                | Action::Copy
                | Action::Approve
                | Action::RequestChanges
                | Action::Exception
                | Action::PreviousTab
                | Action::NextTab
                | Action::Filter
                | Action::Retry
                | Action::Drop
                | Action::Confirm
                | Action::Discard
                | Action::NextField
                | Action::PreviousField
        );
        !(self.status.local && needs_forge)
    }

    pub(crate) fn layout(&self) -> Layout {
        Layout::of(self.size)
    }

    /// Says one line to the user.
    pub(crate) fn say(&mut self, role: &'static str, text: impl Into<String>) {
        self.message = Some((role, text.into()));
    }

    /// Opens a change: from the cache at once, and from the forge behind it.
    pub fn open_change(&mut self, id: ChangeId) -> Vec<Effect> {
        self.generation += 1;
        let generation = self.generation;
        self.timeline = timeline::State::default();
        self.trace = trace::State::default();
        self.attempts = attempts::State::default();
        self.diff = diff::State::default();
        self.log = job_log::State::default();
        self.change = Some(OpenChange {
            id: id.clone(),
            dossier: None,
            error: None,
            generation,
            syncing: false,
        });
        self.goto(Screen::Timeline);
        vec![Effect::LoadChange(id, generation)]
    }

    /// Builds what is on the screen.
    pub fn view(&self) -> View {
        let layout = self.layout();
        if layout.too_small() {
            let (width, height) = self.size;
            return View {
                header: Vec::new(),
                body: Body::TooSmall { width, height },
                footer: Line::default(),
                overlay: None,
            };
        }
        let body = match self.screen {
            Screen::Inbox => Body::Inbox(inbox::view(self)),
            Screen::Timeline => Body::Timeline(timeline::view(self)),
            Screen::Trace => Body::Trace(trace::view(self)),
            Screen::Attempts => Body::Attempts(attempts::view(self)),
            Screen::Diff => Body::Diff(diff::view(self)),
            Screen::Log => Body::Log(job_log::view(self)),
            Screen::Decide => Body::Decide(decide::view(self)),
            Screen::Outbox => Body::Outbox(outbox::view(self)),
        };
        let overlay = self.overlay.as_ref().map(|o| match o {
            OverlayState::Help(state) => help::view(self, state),
            OverlayState::Problems(cursor) => problems::view(self, *cursor),
            OverlayState::About(cursor) => about::view(self, *cursor),
            OverlayState::ForgeLog(rows, cursor) => forge_log::view(self, rows, *cursor),
        });
        View {
            header: vec![status::header(self)],
            body,
            footer: status::footer(self),
            overlay,
        }
    }

    /// Returns a pane's lines where the change is not there: loading, or why it cannot be.
    pub(crate) fn absent(&self) -> Vec<Line> {
        match &self.change {
            Some(OpenChange {
                error: Some(why), ..
            }) => vec![
                Line::of("message.error", "This change could not be loaded."),
                Line::of("text", why),
                Line::of(
                    "text.dim",
                    if self.status.local {
                        "Q quits."
                    } else {
                        "r syncs it, q goes back."
                    },
                ),
            ],
            Some(change) if change.syncing => {
                vec![Line::of("text.dim", "Pulling this change from the forge…")]
            }
            Some(_) => vec![Line::of("text.dim", "Loading from the cache…")],
            None => vec![Line::of("text.dim", "No change is open.")],
        }
    }
}
