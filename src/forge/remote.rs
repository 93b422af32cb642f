//! From the address of a git remote to a repository on a host, in every form that git accepts.

use crate::model::{Host, RepoId};

/// A remote that names a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteRepo {
    /// Name of the remote.
    pub remote: String,
    pub repo: RepoId,
    /// Its host goes through ssh, where it may be an alias of the user's own.
    pub ssh: bool,
}

/// Reads `git@host:o/n.git`, `ssh://git@host:22/o/n`, `https://host/o/n.git`, `git+https://…`.
/// Addresses with less or more than owner and name, and local paths, name no repository.
pub fn parse_remote(url: &str) -> Option<RepoId> {
    let (host, path) = if let Some((scheme, rest)) = url.split_once("://") {
        let known = ["https", "http", "ssh", "git", "git+https", "git+ssh"];
        if !known.contains(&scheme) {
            return None;
        }
        let (authority, path) = rest.split_once('/')?;
        let host = authority.rsplit('@').next()?;
        let http = scheme.ends_with("http") || scheme.ends_with("https");
        // A port matters for the web, where the forge may listen there; for ssh it does not.
        (if http { host } else { host.split(':').next()? }, path)
    } else {
        let (front, path) = url.split_once(':')?;
        if front.len() < 2 || front.contains('/') {
            return None;
        }
        (front.rsplit('@').next()?, path)
    };
    let host = host.to_ascii_lowercase();
    let host = match host.strip_prefix("www.").unwrap_or(&host) {
        "ssh.github.com" => "github.com",
        other => other,
    };
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let (owner, name) = path.split_once('/')?;
    let plain = |s: &str| {
        !s.is_empty()
            && !s.contains('/')
            && s.chars()
                .all(|c| c.is_ascii_alphanumeric() || "._-~".contains(c))
    };
    (plain(owner) && plain(name) && !host.is_empty()).then(|| RepoId::new(host, owner, name))
}

/// Tells whether an address goes through ssh.
fn is_ssh(url: &str) -> bool {
    match url.split_once("://") {
        Some((scheme, _)) => scheme.ends_with("ssh"),
        None => true,
    }
}

/// Asks `ssh` what a host of its own configuration stands for. Where there is no `ssh`, or it knows
/// nothing of it, the name is what it is.
pub async fn resolve_alias(host: &Host) -> Host {
    let call = tokio::process::Command::new("ssh")
        .args(["-G", "--", host.as_str()])
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .kill_on_drop(true)
        .output();
    let Ok(Ok(output)) = tokio::time::timeout(std::time::Duration::from_secs(3), call).await else {
        return host.clone();
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let found = text.lines().find_map(|l| l.strip_prefix("hostname "));
    match found.map(str::trim) {
        Some("ssh.github.com") => Host::new("github.com"),
        Some(name) if !name.is_empty() => Host::new(name.to_ascii_lowercase()),
        _ => host.clone(),
    }
}

/// Picks the remote that a change would go to: the one that `gh` was told is the base, then
/// upstream, then github, then origin, then any. `resolved` is what `gh` wrote down: remote and
/// `base`, or the name of another repository on that host.
pub fn pick_remote(
    remotes: &[(String, String)],
    resolved: &[(String, String)],
) -> Option<RemoteRepo> {
    let mut named: Vec<RemoteRepo> = remotes
        .iter()
        .filter_map(|(remote, url)| {
            Some(RemoteRepo {
                remote: remote.clone(),
                repo: parse_remote(url)?,
                ssh: is_ssh(url),
            })
        })
        .collect();
    if let Some((remote, value)) = resolved.first()
        && let Some(found) = named.iter().find(|r| r.remote == *remote)
    {
        let other = value.split_once('/').filter(|_| value != "base");
        let repo = other.map(|(owner, name)| RepoId {
            host: found.repo.host.clone(),
            owner: owner.to_owned(),
            name: name.to_owned(),
        });
        return Some(RemoteRepo {
            repo: repo.unwrap_or_else(|| found.repo.clone()),
            ..found.clone()
        });
    }
    named.sort_by_key(|r| match r.remote.as_str() {
        "upstream" => 0,
        "github" => 1,
        "origin" => 2,
        _ => 3,
    });
    named.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_in_every_form() {
        let cases = [
            (
                "git@github.com:acme/payments.git",
                Some("github.com/acme/payments"),
            ),
            (
                "https://github.com/acme/payments",
                Some("github.com/acme/payments"),
            ),
            (
                "https://user:pw@GitHub.com/acme/payments.git/",
                Some("github.com/acme/payments"),
            ),
            (
                "ssh://git@ssh.github.com:443/acme/payments.git",
                Some("github.com/acme/payments"),
            ),
            (
                "git+https://www.github.com/acme/payments",
                Some("github.com/acme/payments"),
            ),
            (
                "http://127.0.0.1:4711/acme/payments.git",
                Some("127.0.0.1:4711/acme/payments"),
            ),
            ("/srv/git/payments.git", None),
            ("C:\\git\\payments", None),
            ("https://github.com/acme", None),
            ("https://gitlab.com/a/b/c", None),
            ("file:///srv/git/a/b", None),
        ];
        for (url, expected) in cases {
            assert_eq!(
                parse_remote(url).map(|r| r.to_string()).as_deref(),
                expected,
                "{url}"
            );
        }
    }

    #[test]
    fn upstream_comes_before_origin() {
        let remotes = vec![
            ("origin".into(), "git@github.com:me/payments.git".into()),
            ("upstream".into(), "git@github.com:acme/payments.git".into()),
        ];
        assert_eq!(pick_remote(&remotes, &[]).unwrap().repo.owner, "acme");
        let with = |value: &str| {
            let resolved = [("origin".to_owned(), value.to_owned())];
            pick_remote(&remotes, &resolved).unwrap().repo.slug()
        };
        assert_eq!(with("base"), "me/payments");
        assert_eq!(with("other/payments"), "other/payments");
    }
}
