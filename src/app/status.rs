//! Header and footer of every screen.

use std::collections::BTreeMap;

use super::{App, Line, Screen};
use crate::{
    keys::{Action, Scope},
    model::Timestamp,
    text,
};

/// Why the forge was not asked, or did not answer as it should.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// A few words for the header: `offline: no connection`, `not synced: token refused`.
    pub words: String,
    /// All of it.
    pub why: String,
    /// The host it is about, where there are several.
    pub host: Option<String>,
}

/// What the header shows besides the place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Name of the repository, or of the local folder.
    pub place: String,
    /// Several repositories are in the inbox.
    pub several: bool,
    pub viewer: Option<String>,
    pub synced_at: Option<Timestamp>,
    /// What a sync is doing.
    pub busy: Option<String>,
    pub offline: Option<Trouble>,
    /// Requests that are left and allowed, by host.
    pub budgets: BTreeMap<String, (Option<u64>, Option<u64>)>,
    /// Changes that moved on the forge since the inbox was last looked at.
    pub moved: usize,
    /// How much waits for the budget, and why.
    pub waits: Option<(usize, String)>,
    /// Seconds between polls that a forge asks for.
    pub interval: i64,
    pub open: usize,
    pub held: usize,
    /// There is no forge: a local range.
    pub local: bool,
    /// No token: public reads only.
    pub anonymous: bool,
}

pub(super) fn header(app: &App) -> Line {
    let status = &app.status;
    // A narrow header keeps the place, the head, the age and the outbox.
    let narrow = app.size.0 < super::layout::WIDE;
    let of_change = app
        .change
        .as_ref()
        .filter(|_| status.several && app.screen != Screen::Inbox && app.screen != Screen::Outbox);
    // Of several repositories, the one that is looked at.
    let place = of_change.map_or_else(|| status.place.clone(), |c| c.id.repo.to_string());
    let mut left = Line::of("ui.header.key", " proofline ").with("ui.header", &format!(" {place}"));
    if app.screen != Screen::Inbox && app.screen != Screen::Outbox {
        if let Some(change) = &app.change {
            let number = if status.local {
                String::new()
            } else {
                format!("#{}", change.id.number)
            };
            left.push("ui.header.key", &number);
        }
        if let Some(dossier) = app.dossier() {
            let pr = &dossier.evidence.facts.pr;
            left.push("ui.header", &format!("  head {}", pr.head_sha.short()));
            if !narrow {
                left.push(
                    "ui.header",
                    &format!("  base {}@{}", pr.base_ref, pr.base_sha.short()),
                );
            }
        }
    }
    if app.screen != Screen::Inbox && !narrow {
        left.push("ui.header", &format!("  ▸ {}", app.screen.name()));
    }
    let mut right = Line::default();
    let age = app
        .dossier()
        .filter(|_| app.screen != Screen::Inbox)
        .and_then(|d| d.evidence.facts.oldest_check())
        .or(status.synced_at);
    if status.moved > 0 {
        let word = if status.moved == 1 {
            "change"
        } else {
            "changes"
        };
        right.push("message.info", &format!("{} {word} moved · ", status.moved));
    }
    if let Some(busy) = &status.busy {
        right.push("ui.header", &format!("{busy} · "));
    }
    // What another host does is no news of this change.
    let concerns = |trouble: &&Trouble| {
        let host = trouble.host.as_deref();
        of_change.is_none_or(|c| host.is_none_or(|h| h == c.id.repo.host.as_str()))
    };
    if let Some(trouble) = status.offline.as_ref().filter(concerns) {
        let words = text::clean_line(&trouble.words);
        let words = if narrow {
            // Which of the two it is; the rest stands among the problems.
            words.split(':').next().unwrap_or_default()
        } else {
            &*words
        };
        right.push("message.warning", &format!("{words} · "));
    }
    if !status.local {
        match age {
            Some(at) => {
                let age = text::age(at, app.now);
                right.push(
                    "ui.header",
                    &if age == "now" {
                        "as of now · ".to_owned()
                    } else {
                        format!("as of {age} ago · ")
                    },
                );
            }
            None => right.push("ui.header", "never synced · "),
        }
        if let Some(remaining) = remaining(app).filter(|r| !narrow || *r < 100) {
            right.push("ui.header", &format!("{remaining} API · "));
        }
        if let Some((count, _)) = &status.waits {
            right.push("message.warning", &format!("{count} wait · "));
        }
        if status.anonymous {
            right.push("message.warning", "no token · ");
        }
    }
    if status.local {
        let busy = status.busy.as_ref();
        let busy = busy.map_or(String::new(), |b| format!("{b} · "));
        right = Line::of("ui.header", &format!("{busy}local, no forge"));
    } else {
        right.push("ui.header", &format!("outbox {}", status.open));
    }
    if status.held > 0 {
        right.push("message.warning", &format!(" · held {}", status.held));
    }
    right.push("ui.header", " ");
    let width = usize::from(app.size.0);
    // The place matters more than the age: the right gives way first.
    let right = right.fit(width.saturating_sub(left.width().min(width * 2 / 3) + 1));
    let mut line = left.justify(right, width);
    for span in &mut line.spans {
        if span.text.trim().is_empty() {
            span.role = "ui.header";
        }
    }
    line
}

/// Requests that are left: of the host of the open change, else of the host with the fewest.
fn remaining(app: &App) -> Option<u64> {
    let of_change = app.change.as_ref().filter(|_| app.screen != Screen::Inbox);
    let host = of_change.map(|c| c.id.repo.host.to_string());
    let mut all = app.status.budgets.iter();
    match host {
        Some(host) => all.find(|(h, _)| **h == host).and_then(|(_, b)| b.0),
        None => all.filter_map(|(_, b)| b.0).min(),
    }
}

/// Actions whose keys are hinted on a screen, most useful first.
fn hints(screen: Screen) -> &'static [(Action, &'static str)] {
    match screen {
        Screen::Inbox => &[
            (Action::Open, "open"),
            (Action::NextTab, "next filter"),
            (Action::Filter, "filter"),
            (Action::Search, "search"),
            (Action::SyncAll, "sync"),
            (Action::Outbox, "outbox"),
            (Action::Help, "help"),
        ],
        Screen::Timeline => &[
            (Action::NextFailing, "next failing"),
            (Action::Trace, "trace"),
            (Action::Attempts, "attempts"),
            (Action::Diff, "diff"),
            (Action::JobLog, "log"),
            (Action::Approve, "approve"),
            (Action::RequestChanges, "request changes"),
            (Action::Exception, "exception"),
            (Action::Description, "description"),
            (Action::Problems, "problems"),
            (Action::Back, "back"),
            (Action::Help, "help"),
        ],
        Screen::Trace => &[
            (Action::Open, "other side"),
            (Action::Uncovered, "uncovered"),
            (Action::Attempts, "attempts"),
            (Action::Diff, "diff"),
            (Action::Back, "back"),
            (Action::Help, "help"),
        ],
        Screen::Attempts => &[
            (Action::Left, "attempt before"),
            (Action::Right, "attempt after"),
            (Action::Trace, "trace"),
            (Action::Diff, "diff of the attempt"),
            (Action::Back, "back"),
            (Action::Help, "help"),
        ],
        Screen::Diff => &[
            (Action::NextFile, "next file"),
            (Action::NextHunk, "next hunk"),
            (Action::Search, "search"),
            (Action::Back, "back"),
            (Action::Help, "help"),
        ],
        Screen::Log => &[
            (Action::NextFailing, "next failure"),
            (Action::PreviousFailing, "previous failure"),
            (Action::Search, "search"),
            (Action::Right, "scroll right"),
            (Action::Back, "back"),
            (Action::Help, "help"),
        ],
        // Its keys do what depends on the form.
        Screen::Decide => &[],
        Screen::Outbox => &[
            (Action::Retry, "try again"),
            (Action::Drop, "drop"),
            (Action::Browser, "browser"),
            (Action::Back, "back"),
            (Action::Help, "help"),
        ],
    }
}

pub(super) fn footer(app: &App) -> Line {
    let width = usize::from(app.size.0);
    if let Some(prompt) = &app.prompt {
        let label = match prompt.kind {
            super::PromptKind::Search => "/",
            super::PromptKind::Filter => "filter: ",
        };
        return Line::of("ui.footer.key", label)
            .with("text", &prompt.input.text())
            .with("ui.field.focus", " ")
            .fit(width);
    }
    if let Some((role, text)) = &app.message {
        return Line::of(role, &format!(" {text}")).fit(width);
    }
    if !app.pending.is_empty() {
        let keys: String = app
            .pending
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ");
        return Line::of("ui.footer.key", &format!(" {keys} …")).fit(width);
    }
    if app.screen == Screen::Decide {
        let (hints, role) = super::decide::hints(app);
        let hints: Vec<(Action, &str)> = hints.iter().map(|(a, w)| (*a, w.as_str())).collect();
        let mut line = hint_line(app, Scope::Decide, &hints, width);
        // The first says what is decided, as the frame does.
        if let Some(span) = line.spans.get_mut(2) {
            span.role = role;
        }
        return line;
    }
    hint_line(app, app.screen.scope(), hints(app.screen), width)
}

/// Builds hints from the keymap. Help stands at the right, always; what else does not fit is left
/// out whole, from the end.
fn hint_line(app: &App, scope: Scope, hints: &[(Action, &str)], width: usize) -> Line {
    let hint = |action: Action, words: &str| -> Option<Line> {
        // In a form a single character is text.
        let usable = |k: &String| scope != Scope::Decide || k.chars().count() > 1;
        let keys = app
            .keymap
            .keys_for(scope, action)
            .into_iter()
            .find(usable)?;
        Some(Line::of("ui.footer.key", &keys).with("ui.footer", &format!(" {words}   ")))
    };
    let right = hints
        .iter()
        .find(|(a, _)| *a == Action::Help)
        .and_then(|(a, w)| hint(*a, w))
        .unwrap_or_default();
    let room = width.saturating_sub(right.width());
    let mut line = Line::of("ui.footer", " ");
    for next in hints
        .iter()
        .filter(|(a, _)| *a != Action::Help && app.can(*a))
        .filter_map(|(a, w)| hint(*a, w))
    {
        if line.width() + next.width() > room {
            break;
        }
        line.spans.extend(next.spans);
    }
    line.spans.extend(right.spans);
    line
}
