//! What a person set up in the configuration folder: `keymap.toml`, `theme.toml`. Both layer over what
//! ships with the program; what is wrong in one is said with its place, and the default stays. Never
//! read from a reviewed repository.

use std::path::PathBuf;

use super::error::CliError;
use crate::{keys::Keymap, model::Problem, theme::Theme};

/// A file that was read, or is not there.
struct Found {
    path: PathBuf,
    /// Absent where there is none.
    text: Option<String>,
    problems: Vec<Problem>,
}

fn read(name: &str) -> Option<Found> {
    let dirs = directories::ProjectDirs::from("", "", "proofline")?;
    let path = dirs.config_dir().join(name);
    let (text, problems) = match std::fs::read_to_string(&path) {
        Ok(text) => (Some(text), Vec::new()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => (None, Vec::new()),
        Err(e) => {
            let what = format!("cannot be read ({e}); the default stays");
            let problem = Problem::error(path.display().to_string(), what);
            (None, vec![problem])
        }
    };
    Some(Found {
        path,
        text,
        problems,
    })
}

/// A setting with where it is from, and what is wrong with it.
pub(super) struct Setting<T> {
    pub value: T,
    /// In words: a path, or that it ships.
    pub from: String,
    pub problems: Vec<Problem>,
}

fn layered<T>(
    base: T,
    shipped: &str,
    file: &str,
    layer: impl FnOnce(&mut T, &str, &str) -> Vec<Problem>,
) -> Setting<T> {
    let mut setting = Setting {
        value: base,
        from: format!("{shipped}, as shipped"),
        problems: Vec::new(),
    };
    if let Some(found) = read(file) {
        let path = found.path.display().to_string();
        setting.problems = found.problems;
        if let Some(text) = found.text {
            setting
                .problems
                .extend(layer(&mut setting.value, &path, &text));
            setting.from = format!("{path} over {shipped}");
        }
    }
    setting
}

/// The keymap, with the user's file over it.
pub(super) fn keymap() -> Result<Setting<Keymap>, CliError> {
    let (base, problems) =
        Keymap::shipped("vim").ok_or_else(|| CliError::data("the keymap is missing"))?;
    let mut setting = layered(base, "vim", "keymap.toml", Keymap::layer);
    setting.problems.extend(problems);
    Ok(setting)
}

/// A theme by its name, with the user's file over it; nothing where no theme has that name.
pub(super) fn theme(name: &str) -> Option<Setting<Theme>> {
    let (base, _) = Theme::shipped(name)?;
    Some(layered(base, name, "theme.toml", Theme::layer))
}

/// A problem in one line, for stderr and `doctor`.
pub(super) fn line(problem: &Problem) -> String {
    let hint = problem.hint.as_ref();
    let hint = hint.map_or_else(String::new, |h| format!(" ({h})"));
    format!("{}: {}{hint}", problem.place, problem.what)
}
