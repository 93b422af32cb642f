//! What `doctor` finds out about a forge: token and its scopes, limits, clock, network, permissions.

use super::{Finding, finding};
use crate::{
    cli::common::Common,
    forge::{self, Answer, ApiRoots, Forge, ForgeError, Kind},
    model::{Host, RepoId, RepoPart},
    sync::unknown_without,
};

/// Variables that decide how a forge is reached.
const NETWORK: [&str; 8] = [
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

pub(super) async fn findings(
    common: &Common,
    host: &Host,
    repo: Option<&RepoId>,
    (sole, named): (bool, bool),
    found: &mut Vec<Finding>,
) {
    let token = forge::find_token(host, sole, named).await;
    let words = token.as_ref().map_or_else(
        || format!("none for {host}: public repositories only, at 60 requests an hour"),
        |(_, s)| format!("{} (for {host})", s.0),
    );
    found.push(finding(
        "token",
        token.is_some(),
        words,
        Some("run `gh auth login`, or set GH_TOKEN"),
    ));
    found.push(network());
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
            found.push(failed("forge", &error));
            return;
        }
    };
    match client.get("/rate_limit", None).await {
        Ok(answer) => {
            found.push(finding("forge", true, format!("{address} answers"), None));
            found.push(limits(&answer));
            let skew = client.budget().skew;
            found.push(finding(
                "clock",
                skew.abs() <= 300,
                format!("{skew} s from the forge's"),
                Some("set this machine's clock; ages follow the forge's clock meanwhile"),
            ));
        }
        Err(error) => {
            found.push(failed("forge", &error));
            return;
        }
    }
    match client.viewer().await {
        Ok(Some(login)) => {
            found.push(finding("account", true, login.to_string(), None));
            found.extend(scopes(&client));
        }
        Ok(None) => {}
        Err(error) if error.kind == Kind::Auth => {
            found.push(failed("account", &error));
            return;
        }
        Err(_) => {}
    }
    if let Some(repo) = repo {
        permissions(&client, repo, found).await;
    }
}

/// What was asked for and refused.
fn failed(name: &'static str, error: &ForgeError) -> Finding {
    finding(name, false, error.to_string(), Some(&error.hint()))
}

fn network() -> Finding {
    let set: Vec<&str> = NETWORK
        .into_iter()
        .filter(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()))
        .collect();
    let words = if set.is_empty() {
        "direct, with the system's certificate authorities".to_owned()
    } else {
        // Values may hold a password.
        format!("set: {}", set.join(", "))
    };
    finding("network", true, words, None)
}

/// The limits, as the forge lists them.
fn limits(answer: &Answer) -> Finding {
    let Answer::Fresh { body, .. } = answer else {
        return finding("limits", true, "not said", None);
    };
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let of = |name: &str| {
        let at = |field: &str| {
            body.pointer(&format!("/resources/{name}/{field}"))
                .and_then(serde_json::Value::as_u64)
        };
        Some((at("remaining")?, at("limit")?))
    };
    let parts: Vec<String> = [("core", "requests"), ("graphql", "GraphQL points")]
        .into_iter()
        .filter_map(|(name, word)| {
            let (left, limit) = of(name)?;
            Some(format!("{left} of {limit} {word} left"))
        })
        .collect();
    if parts.is_empty() {
        return finding("limits", true, "this host has none, or does not say", None);
    }
    let spent = of("core").is_some_and(|(left, limit)| left * 10 < limit);
    finding(
        "limits",
        !spent,
        parts.join(", "),
        Some("less than a tenth is left: what nobody asks for waits until the limit is reset"),
    )
}

/// The scopes of a classic token; fine-grained ones name none.
fn scopes(client: &Forge) -> Option<Finding> {
    let scopes = client.scopes()?;
    let has = |name: &str| scopes.iter().any(|s| s == name);
    let words = if scopes.is_empty() {
        "classic token without any scope".to_owned()
    } else {
        format!("classic token with {}", scopes.join(", "))
    };
    let enough = has("repo") || has("public_repo");
    let hint = "without `repo` (or `public_repo`) reviews and comments cannot be written";
    Some(finding("permissions", enough, words, Some(hint)))
}

/// Asks for each part of the repository once, and says what is refused.
async fn permissions(client: &Forge, repo: &RepoId, found: &mut Vec<Finding>) {
    match client.get(client.identity(repo).address(), None).await {
        Ok(_) => {}
        Err(error) => {
            found.push(failed("permissions", &error));
            return;
        }
    }
    let mut seen = 0;
    for part in RepoPart::ALL {
        let Some(path) = client.first_request(part, repo, "main") else {
            continue;
        };
        match client.get(&path, None).await {
            Ok(_) => seen += 1,
            Err(error) if error.kind == Kind::NotFound => {
                let words = format!("{}: switched off, or not for this token", part.name());
                found.push(finding("permissions", true, words, None));
            }
            Err(error) => {
                let words = format!(
                    "{}: unknown without it: {}",
                    part.name(),
                    unknown_without(part)
                );
                found.push(finding("permissions", false, words, Some(&error.hint())));
            }
        }
    }
    let words = format!(
        "{seen} of {} parts of the repository can be read",
        RepoPart::ALL.len() - 1
    );
    found.push(finding("permissions", true, words, None));
}
