//! From arguments to an engine: which repository, which forge, which folders.

use std::{path::PathBuf, sync::Arc};

use directories::ProjectDirs;

use super::{common::Common, error::CliError};
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

/// A repository to work on, and where its objects are on this disk, if they are.
pub(super) struct Place {
    pub repo: RepoId,
    /// Whether the person named its host, and not only a remote of this folder.
    pub named: bool,
    local_git: Option<PathBuf>,
}

/// Finds the repositories: as named, else by the remotes of the repository of this folder.
pub(super) async fn repositories(common: &Common) -> Result<Vec<Place>, CliError> {
    let host_of_api = common.api_url.as_deref().map(api_host).transpose()?;
    let here = here(host_of_api.as_ref()).await;
    if !common.repo.is_empty() {
        let mut places: Vec<Place> = Vec::new();
        for text in &common.repo {
            let repo = named(text, host_of_api.clone())?;
            let local = here.as_ref().ok().filter(|h| h.repo == repo);
            let local_git = local.and_then(|h| h.local_git.clone());
            if !places.iter().any(|p| p.repo == repo) {
                places.push(Place {
                    repo,
                    named: true,
                    local_git,
                });
            }
        }
        return Ok(places);
    }
    Ok(vec![here?])
}

/// The one repository that a command is about.
pub(super) async fn repository(common: &Common) -> Result<RepoId, CliError> {
    let mut places = repositories(common).await?;
    if places.len() > 1 {
        return Err(
            CliError::usage("this command is about one repository, and several are named")
                .hinted("give -R once"),
        );
    }
    match places.pop() {
        Some(place) => Ok(place.repo),
        None => Err(CliError::usage("no repository is named")),
    }
}

/// The repository of this folder.
async fn here(host_of_api: Option<&Host>) -> Result<Place, CliError> {
    let (remotes, resolved, git_dir) = {
        let local = repo::discover(std::path::Path::new("."))?;
        (
            local.remotes()?,
            local.resolved(),
            local.git_dir().to_owned(),
        )
    };
    let found = forge::pick_remote(&remotes, &resolved).ok_or_else(|| {
        let what = if remotes.is_empty() {
            "this repository has no remote"
        } else {
            "no remote of this repository names a forge"
        };
        CliError::usage(what).hinted(
            "name the repository with -R OWNER/REPO, or use `proofline local` for this folder",
        )
    })?;
    let mut repo = found.repo;
    if let Some(host) = host_of_api {
        repo.host = host.clone();
    } else if found.ssh && repo.host.as_str() != "github.com" {
        repo.host = forge::resolve_alias(&repo.host).await;
    }
    let by_variable = std::env::var("GH_HOST").is_ok_and(|h| h == repo.host.as_str());
    Ok(Place {
        named: host_of_api.is_some() || by_variable,
        repo,
        local_git: Some(git_dir),
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

/// Says which token a host would take, where the usual variable does not count for it.
pub(super) fn token_hint(host: &Host) -> String {
    if host.as_str() == "github.com" {
        String::new()
    } else if [
        "GH_ENTERPRISE_TOKEN",
        "GITHUB_ENTERPRISE_TOKEN",
        "PROOFLINE_TOKEN",
    ]
    .iter()
    .any(|name| std::env::var_os(name).is_some())
    {
        format!(
            "; only a remote of this folder names {host}, so no token of the environment goes there: name it with -R {host}/OWNER/REPO or GH_HOST, or run `gh auth login --hostname {host}`"
        )
    } else {
        format!(
            "; set GH_ENTERPRISE_TOKEN, or run `gh auth login --hostname {host}` (GH_TOKEN is for github.com)"
        )
    }
}

/// Returns the host of an API address.
fn api_host(url: &str) -> Result<Host, CliError> {
    let bad = || {
        CliError::usage(format!("`{url}` is no address of an API"))
            .hinted("write it as https://host/api/v3 or http://127.0.0.1:PORT")
    };
    let origin = ApiRoots::origin(url).ok_or_else(bad)?;
    let (_, host) = origin.split_once("://").ok_or_else(bad)?;
    if host.contains('@') {
        // Hosts are shown and written down.
        return Err(
            CliError::usage("the address of the API holds a name or password")
                .hinted("give the token as GH_TOKEN, or by `gh auth login`"),
        );
    }
    Ok(Host::new(if host == "api.github.com" {
        "github.com"
    } else {
        host
    }))
}

/// Opens cache, ledger and forge for the one repository that a command is about.
pub(super) async fn open(
    common: &Common,
    report: Arc<dyn Fn(Report) + Send + Sync>,
) -> Result<Opening, CliError> {
    repository(common).await?;
    let mut all = open_all(common, report).await?;
    all.pop()
        .ok_or_else(|| CliError::usage("no repository is named"))
}

/// Opens cache, ledger and forge for all repositories. Those of one host share a client.
pub(super) async fn open_all(
    common: &Common,
    report: Arc<dyn Fn(Report) + Send + Sync>,
) -> Result<Vec<Opening>, CliError> {
    let places = repositories(common).await?;
    let folders = folders(common)?;
    let (stores, notes) = stores(&folders)?;
    let mut clients: Vec<(Host, Forge, Option<TokenSource>)> = Vec::new();
    let sole = places
        .windows(2)
        .all(|w| matches!(w, [a, b] if a.repo.host == b.repo.host));
    let mut openings = Vec::new();
    for place in places {
        let host = place.repo.host.clone();
        if !clients.iter().any(|(known, _, _)| *known == host) {
            let roots = common
                .api_url
                .as_deref()
                .map_or_else(|| ApiRoots::of(&host), ApiRoots::from_base);
            let found = forge::find_token(&host, sole, place.named).await;
            let (token, source) = found.map_or((None, None), |(t, s)| (Some(t), Some(s)));
            clients.push((
                host.clone(),
                Forge::new(host.clone(), roots, token)?,
                source,
            ));
        }
        let Some((_, client, source)) = clients.iter().find(|(known, _, _)| *known == host) else {
            continue;
        };
        let (mut engine, more) = engine_on(
            client.clone(),
            place.repo,
            folders.clone(),
            stores.clone(),
            Arc::clone(&report),
        )?;
        engine.local_git = place.local_git;
        openings.push(Opening {
            engine,
            token: source.clone(),
            notes: notes.iter().cloned().chain(more).collect(),
        });
    }
    Ok(openings)
}

/// Opens cache and ledger, with what was noticed.
fn stores(folders: &Folders) -> Result<((Cache, Ledger), Vec<String>), CliError> {
    let (cache, opened) = Cache::open_in(&folders.cache)?;
    let (ledger, _) = Ledger::open(&folders.data.join("ledger.db"))?;
    let mut notes = Vec::new();
    match opened {
        Opened::Rebuilt(aside) => notes.push(format!(
            "the cache was damaged: it stands aside as {} and is being rebuilt",
            aside.display()
        )),
        Opened::Beside(own) => notes.push(format!(
            "the cache was written by a newer version of proofline; this version uses {} meanwhile",
            own.display()
        )),
        Opened::AsItWas | Opened::Created => {}
    }
    Ok(((cache, ledger), notes))
}

/// Opens the stores around a client.
pub(super) fn engine(
    forge: Forge,
    repo: RepoId,
    folders: Folders,
    report: Arc<dyn Fn(Report) + Send + Sync>,
) -> Result<(Engine, Vec<String>), CliError> {
    let (stores, mut notes) = stores(&folders)?;
    let (engine, more) = engine_on(forge, repo, folders, stores, report)?;
    notes.extend(more);
    Ok((engine, notes))
}

fn engine_on(
    forge: Forge,
    repo: RepoId,
    folders: Folders,
    (cache, ledger): (Cache, Ledger),
    report: Arc<dyn Fn(Report) + Send + Sync>,
) -> Result<(Engine, Option<String>), CliError> {
    // A name that the repository had before leads to the one it has now.
    let known = cache.find_repo(&repo)?.map(|row| row.repo);
    let (repo, note) = match known {
        Some(called) if called != repo => {
            let note = format!("{} is called {} now", repo.slug(), called.slug());
            (called, Some(note))
        }
        _ => (repo, None),
    };
    let engine = Engine::new(forge, (cache, ledger), folders, repo, report);
    Ok((engine, note))
}
