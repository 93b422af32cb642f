//! Opening the workbench.

use std::{collections::BTreeSet, sync::Arc};

use tokio::sync::{Mutex, mpsc};

use super::{common::Common, config, error::CliError, open, out::say};
use crate::{
    app::{App, Effect, Msg},
    model::{ChangeId, PrNumber, Problem, RepoId},
    query::LocalInput,
    shell::{self, Source, World},
    sync::Engine,
    text, theme,
    ui::Look,
};

/// Reads an environment variable.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn look(common: &Common) -> Result<(Look, Vec<Problem>), CliError> {
    let name = theme_name(common);
    let theme = config::theme(&name).ok_or_else(|| {
        CliError::usage(format!("there is no theme `{name}`"))
            .hinted(format!("one of {}", theme_names().join(", ")))
    })?;
    let look = Look {
        theme: theme.value,
        depth: shell::color_depth(variable),
    };
    Ok((look, theme.problems))
}

/// The name of the theme that is asked for, or guessed.
pub(super) fn theme_name(common: &Common) -> String {
    match &common.theme {
        Some(name) => name.clone(),
        None if shell::guess_light(variable) => "light".to_owned(),
        None => "dark".to_owned(),
    }
}

/// Names of the themes that ship.
pub(super) fn theme_names() -> Vec<&'static str> {
    theme::SHIPPED.iter().map(|(n, _)| *n).collect()
}

fn app(
    common: &Common,
    (look, mut problems): (&Look, Vec<Problem>),
    place: String,
) -> Result<App, CliError> {
    let keymap = config::keymap()?;
    problems.extend(keymap.problems);
    // Also where it stays when the workbench is closed.
    for problem in &problems {
        say(&format!("warning: {}", config::line(problem)));
    }
    let themes = theme::SHIPPED
        .iter()
        .map(|(n, _)| (*n).to_owned())
        .collect();
    let mut app = App::new(
        keymap.value,
        themes,
        (80, 24),
        crate::model::Timestamp(chrono::Utc::now().timestamp()),
    );
    app.theme.clone_from(&look.theme.name);
    app.zone = common.zone();
    app.ascii = common.ascii;
    app.readonly = common.readonly;
    app.status.place = place;
    app.problems = problems;
    Ok(app)
}

/// Opens the workbench on a repository of a forge, and on one of its changes where one is named.
pub(super) async fn on_repository(
    common: &Common,
    change: Option<PrNumber>,
) -> Result<u8, CliError> {
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
    run(
        common,
        engines,
        (messages, inbox),
        (anonymous, notes),
        change,
    )
    .await
}

/// What the header calls the repositories.
fn place(engines: &[Engine]) -> String {
    match engines {
        [engine] => format!("{} ▸ {}", engine.repo.host, engine.repo.slug()),
        several => {
            let hosts: BTreeSet<&str> = several.iter().map(|e| e.repo.host.as_str()).collect();
            let on = text::counted(hosts.len(), "host");
            format!("{} repositories on {on}", several.len())
        }
    }
}

type Channel = (mpsc::UnboundedSender<Msg>, mpsc::UnboundedReceiver<Msg>);

/// Runs the workbench on an engine.
pub(super) async fn run(
    common: &Common,
    engines: Vec<Engine>,
    (messages, inbox): Channel,
    (anonymous, notes): (bool, Vec<String>),
    change: Option<PrNumber>,
) -> Result<u8, CliError> {
    let (look, wrong) = look(common)?;
    let mut app = app(common, (&look, wrong), place(&engines))?;
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
    let mut first = vec![Effect::LoadInbox, Effect::LoadOutbox, Effect::SyncAll];
    if let (Some(number), [engine]) = (change, engines.as_slice()) {
        let repo = engine.repo.clone();
        first.extend(app.open_change(ChangeId { repo, number }));
    } else if change.is_some() {
        return Err(
            CliError::usage("a change is of one repository, and several are named")
                .hinted("give -R once"),
        );
    }
    let world = World {
        source: Source::Forge(engines),
        messages,
        turn: Arc::new(Mutex::new(())),
        offline: common.offline,
        readonly: common.readonly,
    };
    shell::run(app, world, inbox, look, first).await?;
    Ok(0)
}

/// Opens the workbench on a local range.
pub(super) async fn on_local(common: &Common, input: LocalInput) -> Result<u8, CliError> {
    let (look, wrong) = look(common)?;
    // What is wrong with the folder or the range is said before the screen is taken.
    let local = crate::repo::discover(&input.folder)?;
    let range = local.range(input.range.as_deref(), 20)?;
    let name = local.name();
    drop(local);
    let mut app = app(common, (&look, wrong), format!("{name}  {}", range.basis))?;
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
