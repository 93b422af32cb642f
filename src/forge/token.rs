//! Where a token comes from, in the order that `gh` uses. A token is never stored, logged, or sent
//! to another host than the one it was found for.

use std::path::PathBuf;

use secrecy::SecretString;

use crate::model::Host;

/// What a token was found in, in words that do not hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSource(pub String);

/// Looks a variable up; a value of spaces is no token.
fn variable(name: &str) -> Option<SecretString> {
    let value = std::env::var(name).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| SecretString::from(value.to_owned()))
}

/// Finds the token for a host: environment, then `gh auth token`, then gh's `hosts.yml`. None is
/// no error: public repositories can be read without one. `PROOFLINE_TOKEN` names no host: it is
/// taken only where `sole` says that there is but one it can be meant for.
///
/// A variable names no server either: of hosts other than the forge's own, it is taken only where the
/// person named the host (`named`) or `gh` knows it. The remote of a clone is anybody's word.
pub async fn find_token(
    host: &Host,
    sole: bool,
    named: bool,
) -> Option<(SecretString, TokenSource)> {
    let name = host.as_str();
    let public =
        name.eq_ignore_ascii_case("github.com") || name.to_ascii_lowercase().ends_with(".ghe.com");
    let variables: &[&str] = if public {
        &["PROOFLINE_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"]
    } else {
        &[
            "PROOFLINE_TOKEN",
            "GH_ENTERPRISE_TOKEN",
            "GITHUB_ENTERPRISE_TOKEN",
        ]
    };
    let hosts = hosts_file().and_then(|path| Some((std::fs::read_to_string(&path).ok()?, path)));
    let known = hosts
        .as_ref()
        .is_some_and(|(text, _)| is_in_hosts(text, name));
    let variables = match (public || named || known, sole) {
        (false, _) => &[],
        (true, true) => variables,
        (true, false) => variables.get(1..).unwrap_or(&[]),
    };
    for variable_name in variables {
        if let Some(token) = variable(variable_name) {
            return Some((
                token,
                TokenSource(format!("environment variable {variable_name}")),
            ));
        }
    }
    if let Some(token) = from_gh(name).await {
        return Some((token, TokenSource("gh auth token".to_owned())));
    }
    let (text, path) = hosts?;
    let token = token_in_hosts(&text, name)?;
    Some((
        SecretString::from(token),
        TokenSource(path.display().to_string()),
    ))
}

/// Asks `gh`; it may hold the token in a keyring.
async fn from_gh(host: &str) -> Option<SecretString> {
    let program = std::env::var("GH_PATH").unwrap_or_else(|_| "gh".to_owned());
    let call = tokio::process::Command::new(program)
        .args(["auth", "token", "--hostname", host])
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(std::time::Duration::from_secs(3), call)
        .await
        .ok()?
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let token = text.trim();
    (output.status.success() && !token.is_empty()).then(|| SecretString::from(token.to_owned()))
}

fn hosts_file() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("GH_CONFIG_DIR") {
        return Some(PathBuf::from(folder).join("hosts.yml"));
    }
    let config = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".config")))?;
    Some(config.join("gh").join("hosts.yml"))
}

/// Tells whether `gh` has an account on a host, wherever it keeps the token.
fn is_in_hosts(text: &str, host: &str) -> bool {
    let mut hosts = text.lines().filter(|l| !l.starts_with([' ', '\t', '#']));
    hosts.any(|line| {
        let name = line.trim_end().trim_end_matches(':');
        name.trim_matches(['"', '\'']).eq_ignore_ascii_case(host)
    })
}

/// Reads the one form of `hosts.yml` that gh writes: hosts at the margin, their keys indented.
fn token_in_hosts(text: &str, host: &str) -> Option<String> {
    let mut inside = false;
    for line in text.lines() {
        if !line.starts_with([' ', '\t', '#']) && !line.trim().is_empty() {
            let name = line
                .trim_end()
                .trim_end_matches(':')
                .trim_matches(['"', '\'']);
            inside = name.eq_ignore_ascii_case(host);
        } else if inside
            && let Some(value) = line
                .strip_prefix("    ")
                .and_then(|l| l.strip_prefix("oauth_token:"))
        {
            let value = value.trim().trim_matches(['"', '\'']);
            return (!value.is_empty()).then(|| value.to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_other_hosts_are_never_taken() {
        let text = "github.com:\n    user: mira\n    oauth_token: \"abc\"\ngit.acme.org:\n    oauth_token: def\n";
        assert_eq!(token_in_hosts(text, "github.com").as_deref(), Some("abc"));
        assert_eq!(token_in_hosts(text, "git.acme.org").as_deref(), Some("def"));
        assert_eq!(token_in_hosts(text, "evil.org"), None);
        assert!(is_in_hosts(text, "git.acme.org") && !is_in_hosts(text, "evil.org"));
        assert_eq!(
            token_in_hosts(
                "github.com:\n    user: mira\nx:\n    oauth_token: y\n",
                "github.com"
            ),
            None
        );
    }
}
