//! From arguments to an engine: which repository, which forge, which folders.

use std::{path::PathBuf, sync::Arc};

use directories::ProjectDirs;

use super::{args::Common, error::CliError};
use crate::{
    forge::{self, ApiRoots, Forge, TokenSource},
    model::{Host, RepoId},
    repo,
    store::{Cache, Ledger, Opened},
    sync::{Engine, Folders, Report},
};

/// An engine with what was noticed on the way.
pub(super) struct Opening {
    pub engine: Engine,
    pub token: Option<TokenSource>,
    pub notes: Vec<String>,
}

/// Returns the folders of cache and data.
pub(super) fn folders(common: &Common) -> Result<Folders, CliError> {
    let dirs = ProjectDirs::from("", "", "proofline");
    let pick =
        |given: &Option<PathBuf>, own: fn(&ProjectDirs) -> PathBuf| -> Result<PathBuf, CliError> {
            given
                .clone()
                .or_else(|| dirs.as_ref().map(own))
                .ok_or_else(|| {
                    CliError::usage("no home folder is known")
                        .hinted("set PROOFLINE_CACHE_DIR and PROOFLINE_DATA_DIR")
                })
        };
    Ok(Folders {
        cache: pick(&common.cache_dir, |d| d.cache_dir().to_owned())?,
        data: pick(&common.data_dir, |d| d.data_dir().to_owned())?,
    })
}

/// Finds the repository: as named, else by the remotes of the repository of this folder.
pub(super) fn repository(common: &Common) -> Result<RepoId, CliError> {
    let host_of_api = common.api_url.as_deref().map(api_host).transpose()?;
    if let Some(text) = &common.repo {
        return named(text, host_of_api);
    }
    let local = repo::discover(std::path::Path::new("."))?;
    let remotes = local.remotes()?;
    let found = forge::pick_remote(&remotes).ok_or_else(|| {
        let what = if remotes.is_empty() {
            "this repository has no remote"
        } else {
            "no remote of this repository names a forge"
        };
        CliError::usage(what).hinted(
            "name the repository with -R OWNER/REPO, or use `proofline local` for this folder",
        )
    })?;
    Ok(match host_of_api {
        Some(host) => RepoId { host, ..found.repo },
        None => found.repo,
    })
}

fn named(text: &str, host: Option<Host>) -> Result<RepoId, CliError> {
    let parts: Vec<&str> = text.split('/').collect();
    let plain = |s: &&str| {
        !s.is_empty()
            && s.chars()
                .all(|c| c.is_ascii_alphanumeric() || "._-:".contains(c))
    };
    match parts.as_slice() {
        _ if !parts.iter().all(plain) => {}
        [owner, name] => {
            let host = host.unwrap_or_else(|| {
                Host::new(std::env::var("GH_HOST").unwrap_or_else(|_| "github.com".to_owned()))
            });
            return Ok(RepoId {
                host,
                owner: (*owner).to_owned(),
                name: (*name).to_owned(),
            });
        }
        [named, owner, name] => {
            let host = host.unwrap_or_else(|| Host::new(named.to_ascii_lowercase()));
            return Ok(RepoId {
                host,
                owner: (*owner).to_owned(),
                name: (*name).to_owned(),
            });
        }
        _ => {}
    }
    Err(CliError::usage(format!("`{text}` names no repository"))
        .hinted("write it as OWNER/REPO or HOST/OWNER/REPO"))
}

/// Returns the host of an API address.
fn api_host(url: &str) -> Result<Host, CliError> {
    let bad = || {
        CliError::usage(format!("`{url}` is no address of an API"))
            .hinted("write it as https://host/api/v3 or http://127.0.0.1:PORT")
    };
    let origin = ApiRoots::origin(url).ok_or_else(bad)?;
    let (_, host) = origin.split_once("://").ok_or_else(bad)?;
    Ok(Host::new(if host == "api.github.com" {
        "github.com"
    } else {
        host
    }))
}

/// Opens cache, ledger and forge for a repository.
pub(super) async fn open(
    common: &Common,
    report: Arc<dyn Fn(Report) + Send + Sync>,
) -> Result<Opening, CliError> {
    let repo = repository(common)?;
    let roots = common
        .api_url
        .as_deref()
        .map_or_else(|| ApiRoots::of(&repo.host), ApiRoots::from_base);
    let found = forge::find_token(&repo.host).await;
    let (token, source) = found.map_or((None, None), |(t, s)| (Some(t), Some(s)));
    let client = Forge::new(repo.host.clone(), roots, token)?;
    let folders = folders(common)?;
    let (engine, notes) = engine(client, repo, folders, report)?;
    Ok(Opening {
        engine,
        token: source,
        notes,
    })
}

/// Opens the stores around a client.
pub(super) fn engine(
    forge: Forge,
    repo: RepoId,
    folders: Folders,
    report: Arc<dyn Fn(Report) + Send + Sync>,
) -> Result<(Engine, Vec<String>), CliError> {
    let (cache, opened) = Cache::open(&folders.cache.join("cache.db"))?;
    let (ledger, _) = Ledger::open(&folders.data.join("ledger.db"))?;
    let mut notes = Vec::new();
    if let Opened::Rebuilt(aside) = opened {
        notes.push(format!(
            "the cache was damaged: it stands aside as {} and is being rebuilt",
            aside.display()
        ));
    }
    // A name that the repository had before leads to the one it has now.
    let known = cache.find_repo(&repo)?.map(|row| row.repo);
    let repo = match known {
        Some(called) if called != repo => {
            notes.push(format!("{} is called {} now", repo.slug(), called.slug()));
            called
        }
        _ => repo,
    };
    Ok((
        Engine::new(forge, (cache, ledger), folders, repo, report),
        notes,
    ))
}
