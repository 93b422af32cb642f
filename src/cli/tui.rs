//! Opening the workbench.

use std::{collections::BTreeSet, sync::Arc};

use tokio::sync::{Mutex, mpsc};

use super::{args::Common, error::CliError, open};
use crate::{
    app::{App, Effect, Msg},
    keys::Keymap,
    model::{ChangeId, Problem, RepoId},
    shell::{self, Source, World},
    sync::{Engine, LocalInput},
    theme::{self, Theme},
    ui::Look,
};

/// Reads an environment variable.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn look(common: &Common) -> Result<Look, CliError> {
    let name = match &common.theme {
        Some(name) => name.clone(),
        None if shell::guess_light(variable) => "light".to_owned(),
        None => "dark".to_owned(),
    };
    let (theme, _) = Theme::shipped(&name).ok_or_else(|| {
        let names: Vec<&str> = theme::SHIPPED.iter().map(|(n, _)| *n).collect();
        CliError::usage(format!("there is no theme `{name}`"))
            .hinted(format!("one of {}", names.join(", ")))
    })?;
    Ok(Look {
        theme,
        depth: shell::color_depth(variable),
    })
}

fn app(common: &Common, look: &Look, place: String) -> Result<App, CliError> {
    let (mut keymap, mut problems) =
        Keymap::shipped("vim").ok_or_else(|| CliError::data("the keymap is missing"))?;
    if let Some(file) = user_keymap()
        && let Ok(text) = std::fs::read_to_string(&file)
    {
        problems.extend(keymap.layer(&file.display().to_string(), &text));
    }
    let themes = theme::SHIPPED
        .iter()
        .map(|(n, _)| (*n).to_owned())
        .collect();
    let mut app = App::new(
        keymap,
        themes,
        (80, 24),
        crate::model::Timestamp(chrono::Utc::now().timestamp()),
    );
    app.theme.clone_from(&look.theme.name);
    app.ascii = common.ascii;
    app.readonly = common.readonly;
    app.status.place = place;
    app.problems = problems;
    Ok(app)
}

/// The user's keymap, in the configuration folder. Never one of a reviewed repository.
fn user_keymap() -> Option<std::path::PathBuf> {
    Some(
        directories::ProjectDirs::from("", "", "proofline")?
            .config_dir()
            .join("keymap.toml"),
    )
}

/// Opens the workbench on a repository of a forge.
pub(super) async fn on_repository(common: &Common) -> Result<u8, CliError> {
    let (messages, inbox) = mpsc::unbounded_channel::<Msg>();
    let sink = messages.clone();
    let openings = open::open_all(common, Arc::new(move |r| shell::report_to(&sink, r))).await?;
    let anonymous = openings.iter().any(|o| o.token.is_none());
    let (mut engines, mut notes) = (Vec::new(), Vec::new());
    for opening in openings {
        engines.push(opening.engine);
        notes.extend(opening.notes);
    }
    notes.dedup();
    run(common, engines, (messages, inbox), anonymous, notes).await
}

/// What the header calls the repositories.
fn place(engines: &[Engine]) -> String {
    match engines {
        [engine] => {
            let host = engine.repo.host.as_str();
            if host.starts_with("127.0.0.1:") {
                format!("demo ▸ {}", engine.repo.slug())
            } else if host == "github.com" {
                engine.repo.slug()
            } else {
                format!("{host} ▸ {}", engine.repo.slug())
            }
        }
        several => {
            let hosts: BTreeSet<&str> = several.iter().map(|e| e.repo.host.as_str()).collect();
            let on = if hosts.len() == 1 { "host" } else { "hosts" };
            format!("{} repositories on {} {on}", several.len(), hosts.len())
        }
    }
}

type Channel = (mpsc::UnboundedSender<Msg>, mpsc::UnboundedReceiver<Msg>);

/// Runs the workbench on an engine.
pub(super) async fn run(
    common: &Common,
    engines: Vec<Engine>,
    (messages, inbox): Channel,
    anonymous: bool,
    notes: Vec<String>,
) -> Result<u8, CliError> {
    let look = look(common)?;
    let mut app = app(common, &look, place(&engines))?;
    app.status.anonymous = anonymous;
    app.status.several = engines.len() > 1;
    app.refresh.off = common.offline;
    if let Some(engine) = engines.first() {
        app.now = engine.now();
    }
    app.refresh.polled_at = app.now;
    app.refresh.pressed_at = app.now;
    for note in notes {
        app.problems.push(Problem::warning("cache", note));
    }
    let world = World {
        source: Source::Forge(engines),
        messages,
        turn: Arc::new(Mutex::new(())),
        offline: common.offline,
        readonly: common.readonly,
    };
    let first = vec![Effect::LoadInbox, Effect::LoadOutbox, Effect::SyncAll];
    shell::run(app, world, inbox, look, first).await?;
    Ok(0)
}

/// Opens the workbench on a local range.
pub(super) async fn on_local(common: &Common, input: LocalInput) -> Result<u8, CliError> {
    let look = look(common)?;
    // What is wrong with the folder or the range is said before the screen is taken.
    let local = crate::repo::discover(&input.folder)?;
    let range = local.range(input.range.as_deref(), 20)?;
    let name = local.name();
    drop(local);
    let mut app = app(common, &look, format!("{name}  {}", range.basis))?;
    app.status.local = true;
    let (messages, inbox) = mpsc::unbounded_channel::<Msg>();
    let world = World {
        source: Source::Local(input),
        messages,
        turn: Arc::new(Mutex::new(())),
        offline: true,
        readonly: true,
    };
    let first = app.open_change(ChangeId {
        repo: RepoId::new("local", "local", &name),
        number: 0,
    });
    app.back.clear();
    shell::run(app, world, inbox, look, first).await?;
    Ok(0)
}
