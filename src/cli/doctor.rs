//! `doctor`: what is there, what is not, and what to do about it.

mod forge;

use std::io::IsTerminal as _;

use serde_json::json;

use super::{
    common::Common,
    config,
    error::CliError,
    log, open,
    out::{print, print_json},
    tui,
};
use crate::{
    model::{Host, Problem},
    shell,
    store::{Cache, Ledger, Opened},
    ui::Depth,
};

pub(super) struct Finding {
    name: &'static str,
    ok: bool,
    /// Something cannot work because of it; else it is only worth knowing.
    fatal: bool,
    what: String,
    hint: Option<String>,
}

pub(super) fn finding(
    name: &'static str,
    ok: bool,
    what: impl Into<String>,
    hint: Option<&str>,
) -> Finding {
    Finding {
        name,
        ok,
        // Without a token public repositories work, ages follow the forge's clock, and what a token
        // may not see is shown as unknown.
        fatal: !ok
            && !matches!(
                name,
                "token" | "clock" | "permissions" | "limits" | "keymap" | "theme"
            ),
        what: what.into(),
        hint: hint.filter(|_| !ok).map(str::to_owned),
    }
}

pub(super) async fn run(common: &Common) -> Result<u8, CliError> {
    let mut found = Vec::new();
    match open::repositories(common).await {
        Ok(places) => {
            let mut hosts: Vec<Host> = Vec::new();
            let count = places.len();
            for place in &places {
                found.push(finding("repository", true, place.repo.to_string(), None));
                if !hosts.contains(&place.repo.host) {
                    hosts.push(place.repo.host.clone());
                }
            }
            let sole = hosts.len() == 1;
            for host in hosts {
                let first = places.iter().find(|p| p.repo.host == host && count == 1);
                let repo = first.map(|p| p.repo.clone());
                let named = places.iter().any(|p| p.repo.host == host && p.named);
                let for_token = (sole, named);
                forge::findings(common, &host, repo.as_ref(), for_token, &mut found).await;
            }
        }
        Err(error) => {
            found.push(finding(
                "repository",
                false,
                error.chain.join(": "),
                error.hints.first().map(String::as_str),
            ));
            let host = Host::new("github.com");
            forge::findings(common, &host, None, (true, false), &mut found).await;
        }
    }
    found.push(git().await);
    found.push(terminal());
    found.push(log_file(common)?);
    found.extend(settings(common));
    files(common, &mut found)?;
    let ok = !found.iter().any(|f| f.fatal);
    if common.json {
        let items: Vec<_> = found
            .iter()
            .map(|f| json!({ "name": f.name, "ok": f.ok, "what": f.what, "hint": f.hint }))
            .collect();
        print_json(json!({ "schema": "proofline.doctor/v1", "ok": ok, "findings": items }))?;
    } else {
        let mut lines = String::new();
        for f in &found {
            let mark = match (f.ok, f.fatal) {
                (true, _) => "ok",
                (false, false) => "! ",
                (false, true) => "!!",
            };
            lines += &format!(
                "{mark}  {:<12} {}\n",
                f.name,
                crate::text::clean_line(&f.what)
            );
            if let Some(hint) = &f.hint {
                lines += &format!("    {:<12} hint: {}\n", "", crate::text::clean_line(hint));
            }
        }
        print(&lines)?;
    }
    Ok(u8::from(!ok))
}

async fn git() -> Finding {
    let call = tokio::process::Command::new("git")
        .arg("--version")
        .output();
    match tokio::time::timeout(std::time::Duration::from_secs(5), call).await {
        Ok(Ok(output)) if output.status.success() => finding(
            "git",
            true,
            String::from_utf8_lossy(&output.stdout).trim(),
            None,
        ),
        _ => finding(
            "git",
            false,
            "git is not installed; trees and files come over the API, at most 400 files a change",
            Some("install git: it brings all of them at once, and none of the budget is spent"),
        ),
    }
}

/// Whether keymap and theme are as their files want them. What is wrong leaves the default.
fn settings(common: &Common) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut say = |name: &'static str, from: String, problems: &[Problem]| {
        if problems.is_empty() {
            found.push(finding(name, true, from, None));
        }
        for problem in problems {
            let hint = "mend the file; until then the default stays there";
            found.push(finding(name, false, config::line(problem), Some(hint)));
        }
    };
    if let Ok(keymap) = config::keymap() {
        say("keymap", keymap.from, &keymap.problems);
    }
    let name = tui::theme_name(common);
    if let Some(theme) = config::theme(&name) {
        say("theme", theme.from, &theme.problems);
    } else {
        let names = tui::theme_names().join(", ");
        let what = format!("there is none of that name; there are {names}");
        say("theme", String::new(), &[Problem::error(name, what)]);
    }
    found
}

fn terminal() -> Finding {
    let depth = match shell::color_depth(|n| std::env::var(n).ok()) {
        Depth::True => "24-bit colour",
        Depth::Indexed => "256 colours",
        Depth::Ansi => "16 colours",
        Depth::None => "no colour",
    };
    let is_terminal = std::io::stdout().is_terminal();
    finding(
        "terminal",
        true,
        if is_terminal {
            depth.to_owned()
        } else {
            "output is no terminal".to_owned()
        },
        None,
    )
}

/// Whether what happens is written down, and where.
fn log_file(common: &Common) -> Result<Finding, CliError> {
    let path = log::path(&open::folders(common)?.cache);
    let words = match log::level()? {
        Some(level) => format!("{}, {level} and worse", path.display()),
        None => format!("off; {}=info writes {}", log::VARIABLE, path.display()),
    };
    Ok(finding("log", true, words, None))
}

/// Whether the cache is whole and can be written.
fn health(cache: &Cache, path: &std::path::Path) -> Finding {
    let looked = cache.damage().and_then(|damage| {
        cache.try_write()?;
        Ok((damage, cache.sizes()?))
    });
    match looked {
        Ok((None, sizes)) => {
            let words = format!(
                "{}, whole and writable, {}, {} repositories",
                path.display(),
                crate::text::bytes(sizes.file),
                sizes.repos.len()
            );
            finding("cache", true, words, None)
        }
        Ok((Some(damage), _)) => finding(
            "cache",
            false,
            format!("{} is damaged: {damage}", path.display()),
            Some(
                "the next command sets it aside and makes it anew; all of it can be fetched again",
            ),
        ),
        Err(error) => {
            let error = CliError::from(error);
            let hint = error.hints.first().map(String::as_str);
            finding("cache", false, error.chain.join(": "), hint)
        }
    }
}

fn files(common: &Common, found: &mut Vec<Finding>) -> Result<(), CliError> {
    let folders = open::folders(common)?;
    let cache = folders.cache.join("cache.db");
    let say = |error: crate::store::StoreError| {
        let error = CliError::from(error);
        (error.chain.join(": "), error.hints.first().cloned())
    };
    match Cache::open_in(&folders.cache) {
        Ok((_, Opened::Rebuilt(aside))) => {
            found.push(finding(
                "cache",
                true,
                format!("was damaged, rebuilt; the old file is {}", aside.display()),
                None,
            ));
        }
        Ok((open, Opened::Beside(own))) => {
            found.push(health(&open, &own));
            let words = format!(
                "{} was written by a newer version; it is left as it is",
                cache.display()
            );
            found.push(finding("newer cache", true, words, None));
        }
        Ok((open, _)) => found.push(health(&open, &cache)),
        Err(error) => {
            let (what, hint) = say(error);
            found.push(finding("cache", false, what, hint.as_deref()));
        }
    }
    let ledger = folders.data.join("ledger.db");
    match Ledger::open(&ledger) {
        Ok((ledger_file, _)) => {
            let open = ledger_file.deliveries(true).map_or(0, |d| d.len());
            found.push(finding(
                "ledger",
                true,
                format!("{}, {open} open", ledger.display()),
                None,
            ));
        }
        Err(error) => {
            let (what, hint) = say(error);
            found.push(finding("ledger", false, what, hint.as_deref()));
        }
    }
    Ok(())
}
