//! `doctor`: what is there, what is not, and what to do about it.

use std::io::IsTerminal as _;

use serde_json::json;

use super::{args::Common, commands, error::CliError, open};
use crate::{
    forge::{self, ApiRoots, Forge, Kind},
    model::Host,
    shell,
    store::{Cache, Ledger, Opened},
    ui::Depth,
};

struct Finding {
    name: &'static str,
    ok: bool,
    /// Something cannot work because of it; else it is only worth knowing.
    fatal: bool,
    what: String,
    hint: Option<String>,
}

fn finding(name: &'static str, ok: bool, what: impl Into<String>, hint: Option<&str>) -> Finding {
    Finding {
        name,
        ok,
        // Without a token public repositories work, and ages follow the forge's clock.
        fatal: !ok && !matches!(name, "token" | "clock"),
        what: what.into(),
        hint: hint.filter(|_| !ok).map(str::to_owned),
    }
}

pub(super) async fn run(common: &Common) -> Result<u8, CliError> {
    let mut found = Vec::new();
    let repo = open::repository(common);
    let host = match &repo {
        Ok(repo) => {
            found.push(finding("repository", true, repo.to_string(), None));
            repo.host.clone()
        }
        Err(error) => {
            found.push(finding(
                "repository",
                false,
                error.chain.join(": "),
                error.hints.first().map(String::as_str),
            ));
            Host::new("github.com")
        }
    };
    forge_findings(common, &host, &mut found).await;
    found.push(git().await);
    found.push(terminal());
    files(common, &mut found)?;
    let ok = !found.iter().any(|f| f.fatal);
    if common.json {
        let items: Vec<_> = found
            .iter()
            .map(|f| json!({ "name": f.name, "ok": f.ok, "what": f.what, "hint": f.hint }))
            .collect();
        commands::print_json(
            &json!({ "schema": "proofline.doctor/v1", "ok": ok, "findings": items }),
        )?;
    } else {
        let mut out = String::new();
        for f in &found {
            let mark = match (f.ok, f.fatal) {
                (true, _) => "ok",
                (false, false) => "! ",
                (false, true) => "!!",
            };
            out += &format!(
                "{mark}  {:<12} {}\n",
                f.name,
                crate::text::clean_line(&f.what)
            );
            if let Some(hint) = &f.hint {
                out += &format!("    {:<12} hint: {}\n", "", crate::text::clean_line(hint));
            }
        }
        commands::print(&out)?;
    }
    Ok(u8::from(!ok))
}

async fn forge_findings(common: &Common, host: &Host, found: &mut Vec<Finding>) {
    let token = forge::find_token(host).await;
    let words = token.as_ref().map_or_else(
        || format!("none for {host}: public repositories only, at 60 requests an hour"),
        |(_, s)| s.0.clone(),
    );
    found.push(finding(
        "token",
        token.is_some(),
        words,
        Some("run `gh auth login`, or set GH_TOKEN"),
    ));
    if common.offline {
        found.push(finding("forge", true, "not asked (--offline)", None));
        return;
    }
    let roots = common
        .api_url
        .as_deref()
        .map_or_else(|| ApiRoots::of(host), ApiRoots::from_base);
    let address = roots.rest.clone();
    let client = match Forge::new(host.clone(), roots, token.map(|(t, _)| t)) {
        Ok(client) => client,
        Err(error) => {
            found.push(finding(
                "forge",
                false,
                error.to_string(),
                Some(&error.hint()),
            ));
            return;
        }
    };
    match client.get("/rate_limit", None).await {
        Ok(_) => {
            let budget = client.budget();
            let left = budget.remaining.map_or_else(
                || "limits not said".to_owned(),
                |n| format!("{n} of {} requests left", budget.limit.unwrap_or(n)),
            );
            found.push(finding(
                "forge",
                true,
                format!("{address} answers, {left}"),
                None,
            ));
            let skew = budget.skew;
            let far = skew.abs() > 300;
            found.push(finding(
                "clock",
                !far,
                format!("{skew} s from the forge's"),
                Some("set this machine's clock; ages follow the forge's clock meanwhile"),
            ));
        }
        Err(error) => found.push(finding(
            "forge",
            false,
            error.to_string(),
            Some(&error.hint()),
        )),
    }
    match client.viewer().await {
        Ok(Some(login)) => found.push(finding("account", true, login.to_string(), None)),
        Ok(None) => {}
        Err(error) if error.kind == Kind::Auth => found.push(finding(
            "account",
            false,
            error.to_string(),
            Some(&error.hint()),
        )),
        Err(_) => {}
    }
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
            "not found",
            Some("install git: specs, attempts and differences are read from its objects"),
        ),
    }
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

fn files(common: &Common, found: &mut Vec<Finding>) -> Result<(), CliError> {
    let folders = open::folders(common)?;
    let cache = folders.cache.join("cache.db");
    let say = |error: crate::store::StoreError| {
        let error = CliError::from(error);
        (error.chain.join(": "), error.hints.first().cloned())
    };
    match Cache::open(&cache) {
        Ok((_, Opened::Rebuilt(aside))) => {
            found.push(finding(
                "cache",
                true,
                format!("was damaged, rebuilt; the old file is {}", aside.display()),
                None,
            ));
        }
        Ok(_) => found.push(finding("cache", true, cache.display().to_string(), None)),
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
