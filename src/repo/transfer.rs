//! Fetching through the installed `git` into a bare repository of our own: no system or global
//! configuration, no hooks, no credential helpers, no prompt. The token goes by environment and only
//! to the origin it belongs to; it is never part of an address or an argument.

use std::{
    collections::BTreeSet,
    fs::File,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};
use tokio::process::Command;

use super::{RepoError, shelf};
use crate::{
    model::Sha,
    text::{self, GIT_USER},
};

/// How long one call of git may take.
const TIMEOUT: Duration = Duration::from_mins(10);

/// What git needs to get in.
#[derive(Clone, Default)]
pub struct Credentials {
    pub token: Option<SecretString>,
}

/// A bare repository of our own that follows one on a forge.
pub struct Transfer {
    pub git_dir: PathBuf,
    pub url: String,
    pub credentials: Credentials,
    /// Only so many of the newest commits of each head are fetched: for repositories that are too
    /// large.
    pub depth: Option<u32>,
}

/// Hosts of this machine, as `no_proxy` wants them.
const LOCAL: &str = "localhost,127.0.0.1,::1";

/// How a fetch begins.
const FETCH: [&str; 5] = [
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-recurse-submodules",
];

/// Where tips of base branches are kept.
pub(super) const BASES: &str = "refs/proofline/bases";

/// Variables that git and its helpers need from outside: where programs are, proxies, authorities.
const KEPT: &[&str] = &[
    "PATH",
    "SYSTEMROOT",
    "TMPDIR",
    "TEMP",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GIT_SSL_CAINFO",
];

/// What git says where it could not write, in the language it is asked to speak.
const UNWRITABLE: [&str; 4] = [
    "No space left on device",
    "File too large",
    "Disk quota exceeded",
    "Read-only file system",
];

/// Returns scheme and authority of an address, with the final slash.
fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    Some(format!("{scheme}://{authority}/"))
}

/// Tells whether asking in another way would change nothing.
fn is_final(result: &Result<(), RepoError>) -> bool {
    matches!(result, Ok(()) | Err(RepoError::Unwritable { .. }))
}

impl Transfer {
    /// Settings for this call only, as git takes them from the environment.
    fn settings(&self) -> Vec<(String, String)> {
        let mut settings = vec![
            ("credential.helper".to_owned(), String::new()),
            ("core.hooksPath".to_owned(), "/dev/null".to_owned()),
            ("core.fsmonitor".to_owned(), "false".to_owned()),
            ("protocol.version".to_owned(), "2".to_owned()),
            ("gc.auto".to_owned(), "0".to_owned()),
            // git would carry the token to wherever it is led.
            ("http.followRedirects".to_owned(), "false".to_owned()),
        ];
        if let (Some(token), Some(origin)) = (&self.credentials.token, origin(&self.url)) {
            let basic = STANDARD.encode(format!("{GIT_USER}:{}", token.expose_secret()));
            settings.push((
                format!("http.{origin}.extraHeader"),
                format!("Authorization: Basic {basic}"),
            ));
        }
        settings
    }

    /// How a fetch of heads begins.
    fn fetching(&self) -> Vec<String> {
        let depth = self.depth.map(|depth| format!("--depth={depth}"));
        let begin = FETCH.iter().map(|a| (*a).to_owned());
        begin.chain(depth).collect()
    }

    async fn git(&self, arguments: &[&str]) -> Result<Output, RepoError> {
        let mut command = Command::new("git");
        command.env_clear();
        for name in KEPT {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // libcurl reads its own variable; what the user set for everything else counts here too.
        if std::env::var_os("GIT_SSL_CAINFO").is_none()
            && let Some(file) = std::env::var_os("SSL_CERT_FILE")
        {
            command.env("GIT_SSL_CAINFO", file);
        }
        // This machine is reached directly, as by the API client.
        let direct = std::env::var("NO_PROXY").or_else(|_| std::env::var("no_proxy"));
        let direct = direct.map_or_else(|_| LOCAL.to_owned(), |other| format!("{other},{LOCAL}"));
        command.env("NO_PROXY", &direct).env("no_proxy", &direct);
        command
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ASKPASS", "true")
            .env("LC_ALL", "C")
            .env("GIT_DIR", &self.git_dir);
        let settings = self.settings();
        command.env("GIT_CONFIG_COUNT", settings.len().to_string());
        for (n, (key, value)) in settings.iter().enumerate() {
            command
                .env(format!("GIT_CONFIG_KEY_{n}"), key)
                .env(format!("GIT_CONFIG_VALUE_{n}"), value);
        }
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // Its arguments hold no secret, the environment does.
        tracing::info!(
            command = arguments.first(),
            refs = arguments.len(),
            "calls git"
        );
        let run = command.output();
        match tokio::time::timeout(TIMEOUT, run).await {
            Err(_) => Err(RepoError::Timeout {
                seconds: TIMEOUT.as_secs(),
            }),
            Ok(Err(source)) => Err(RepoError::NoGit { source }),
            Ok(Ok(output)) => Ok(output),
        }
    }

    async fn must(&self, arguments: &[&str]) -> Result<(), RepoError> {
        let before = self.unfinished();
        let output = self.git(arguments).await?;
        if output.status.success() {
            return Ok(());
        }
        let token = self.credentials.token.as_ref();
        let token = token.map_or("", ExposeSecret::expose_secret);
        let said = String::from_utf8_lossy(&output.stderr);
        let text = text::hush(&said, token);
        let of_remote = |l: &&str| l.starts_with("remote:") || l.contains("remote error:");
        let mut own = text.lines().filter(|l| !of_remote(l));
        if let Some(line) = own.find(|l| UNWRITABLE.iter().any(|why| l.contains(why))) {
            // What was written of a pack takes the room that the next try needs.
            for file in self.unfinished().difference(&before) {
                let _ = std::fs::remove_file(file);
            }
            return Err(RepoError::Unwritable {
                path: self.git_dir.clone(),
                what: line.to_owned(),
            });
        }
        let what = text
            .lines()
            .rev()
            .find(|l| !l.trim().is_empty())
            .unwrap_or("no message")
            .to_owned();
        Err(RepoError::Fetch {
            url: self.url.clone(),
            what,
        })
    }

    /// Packs that a fetch began and did not end, which git leaves where they are.
    fn unfinished(&self) -> BTreeSet<PathBuf> {
        let entries = std::fs::read_dir(self.git_dir.join("objects/pack"));
        let paths = entries.into_iter().flatten().flatten().map(|e| e.path());
        paths
            .filter(|p| p.to_string_lossy().contains("/tmp_"))
            .collect()
    }

    /// Waits until no other process works on this folder, which git leaves to chance, and keeps it so
    /// until the file is closed. Where files cannot be locked, it is left to chance.
    async fn turn(&self) -> Result<Option<File>, RepoError> {
        let path = self.git_dir.with_extension("lock");
        let open = || {
            path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            File::options().create(true).append(true).open(&path)
        };
        let file = open().map_err(|error| RepoError::Unwritable {
            path: self.git_dir.clone(),
            what: error.to_string(),
        })?;
        let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
        self.forsake_unfinished();
        Ok(locked.ok().and_then(Result::ok))
    }

    /// Removes what a call of git that was killed left of a pack: no call of ours lasts so long.
    fn forsake_unfinished(&self) {
        for file in self.unfinished() {
            let age = file.metadata().and_then(|m| m.modified());
            let age = age.ok().and_then(|at| at.elapsed().ok());
            if age.is_some_and(|age| age > 2 * TIMEOUT) {
                let _ = std::fs::remove_file(file);
            }
        }
    }

    /// Fetches commits by id and pins each under `refs/proofline/heads/`, since the forge may
    /// drop commits that a force push left behind. Returns those that could not be had.
    pub async fn fetch(&self, shas: &[Sha]) -> Result<Vec<Sha>, RepoError> {
        let _turn = self.turn().await?;
        shelf::init(&self.git_dir)?;
        let wanted: Vec<&Sha> = shas.iter().filter(|s| !self.has(s)).collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let refspec = |sha: &Sha| format!("+{sha}:refs/proofline/heads/{sha}");
        let common = self.fetching();
        let specs: Vec<String> = wanted.iter().map(|s| refspec(s)).collect();
        let mut all: Vec<&str> = common.iter().map(String::as_str).collect();
        all.push(&self.url);
        all.extend(specs.iter().map(String::as_str));
        let mut together = self.must(&all).await;
        // What was borrowed may be gone there; then all of it is fetched here.
        if !is_final(&together) && self.return_objects() {
            all.insert(1, "--refetch");
            together = self.must(&all).await;
        }
        if is_final(&together) {
            return together.map(|()| Vec::new());
        }
        // One commit that is gone fails the whole fetch: it is looked for by halves.
        let mut missing = Vec::new();
        let half = wanted.len().div_ceil(2).max(1);
        let mut parts: Vec<&[&Sha]> = wanted.chunks(half).rev().collect();
        while let Some(part) = parts.pop() {
            let specs: Vec<String> = part.iter().map(|s| refspec(s)).collect();
            let mut some: Vec<&str> = common.iter().map(String::as_str).collect();
            some.push(&self.url);
            some.extend(specs.iter().map(String::as_str));
            match (self.must(&some).await, part) {
                (Ok(()), _) => {}
                (Err(RepoError::Fetch { .. }), [sha]) => missing.push((*sha).clone()),
                (Err(RepoError::Fetch { .. }), part) => {
                    parts.extend(part.chunks(part.len().div_ceil(2)).rev());
                }
                (Err(other), _) => return Err(other),
            }
        }
        if missing.len() < specs.len() {
            Ok(missing)
        } else {
            together.map(|()| missing)
        }
    }

    /// Fetches heads that were fetched shallow again, so many commits deep. A depth that counts from
    /// where they end now would leave out those that a force push left behind.
    pub async fn deepen(&self, shas: &[Sha], depth: u32) -> Result<(), RepoError> {
        let _turn = self.turn().await?;
        let deeper = format!("--depth={depth}");
        let mut all: Vec<&str> = FETCH.to_vec();
        all.extend([deeper.as_str(), self.url.as_str()]);
        all.extend(shas.iter().map(Sha::as_str));
        self.must(&all).await
    }

    /// Fetches the tips of base branches. Branches that are gone are passed over: all of those that
    /// are there come.
    pub async fn fetch_bases(&self, branches: &[String]) -> Result<(), RepoError> {
        let _turn = self.turn().await?;
        shelf::init(&self.git_dir)?;
        let spec = |b: &String| format!("+refs/heads/{b}:{BASES}/{b}");
        let common = self.fetching();
        let mut all: Vec<&str> = common.iter().map(String::as_str).collect();
        all.push(&self.url);
        let specs: Vec<String> = branches.iter().map(spec).collect();
        all.extend(specs.iter().map(String::as_str));
        let together = self.must(&all).await;
        if is_final(&together) || specs.len() < 2 {
            return together;
        }
        let mut any = None;
        for spec in &specs {
            let mut one: Vec<&str> = common.iter().map(String::as_str).collect();
            one.extend([self.url.as_str(), spec.as_str()]);
            if self.must(&one).await.is_ok() {
                any = Some(());
            }
        }
        any.map_or(together, Ok)
    }

    /// Borrows the objects of a repository on this disk, so that they need not come over the network.
    pub async fn borrow_objects(&self, git_dir: &Path) -> Result<(), RepoError> {
        let _turn = self.turn().await?;
        shelf::init(&self.git_dir)?;
        let objects = git_dir.join("objects");
        let file = self.git_dir.join("objects/info/alternates");
        let Ok(objects) = objects.canonicalize() else {
            return Ok(());
        };
        let line = format!("{}\n", objects.display());
        // Paths with line breaks cannot be written there; then everything is fetched.
        if line.lines().count() == 1 && std::fs::read_to_string(&file).ok().as_ref() != Some(&line)
        {
            let written = std::fs::create_dir_all(self.git_dir.join("objects/info"))
                .and_then(|()| std::fs::write(&file, line));
            written.map_err(|error| RepoError::Unwritable {
                path: self.git_dir.clone(),
                what: error.to_string(),
            })?;
        }
        Ok(())
    }

    /// Gives back what was borrowed: objects that went away there must be fetched here.
    pub fn return_objects(&self) -> bool {
        std::fs::remove_file(self.git_dir.join("objects/info/alternates")).is_ok()
    }

    /// Tells whether a commit is here, pinned.
    fn has(&self, sha: &Sha) -> bool {
        git2::Repository::open(&self.git_dir)
            .and_then(|git| {
                git.find_reference(&format!("refs/proofline/heads/{sha}"))
                    .and_then(|r| r.peel_to_commit())
                    .map(|_| ())
            })
            .is_ok()
    }

    /// Returns the folder of the bare repository of a forge repository under a cache folder.
    pub fn folder(cache: &Path, repo: &crate::model::RepoId) -> PathBuf {
        let safe = |text: &str| -> String {
            text.chars()
                .map(|c| {
                    if c.is_ascii_alphanumeric() || "._-".contains(c) {
                        c.to_ascii_lowercase()
                    } else {
                        '_'
                    }
                })
                .collect()
        };
        cache
            .join("git")
            .join(safe(repo.host.as_str()))
            .join(safe(&repo.owner))
            .join(format!("{}.git", safe(&repo.name)))
    }
}
