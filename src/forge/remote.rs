//! From the address of a git remote to a repository on a host, in every form that git accepts.

use crate::model::RepoId;

/// A remote that names a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteRepo {
    /// Name of the remote.
    pub remote: String,
    pub repo: RepoId,
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

/// Picks the remote that a change would go to: upstream, then github, then origin, then any.
pub fn pick_remote(remotes: &[(String, String)]) -> Option<RemoteRepo> {
    let mut named: Vec<RemoteRepo> = remotes
        .iter()
        .filter_map(|(remote, url)| {
            Some(RemoteRepo {
                remote: remote.clone(),
                repo: parse_remote(url)?,
            })
        })
        .collect();
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
        assert_eq!(pick_remote(&remotes).unwrap().repo.owner, "acme");
    }
}
