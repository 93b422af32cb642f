//! Who is let in: what stands before every request of the repository, whichever way it comes. Names
//! that the repository once had, permissions that were taken away, single sign-on.

use serde_json::json;

use super::git_http;
use super::request::{Content, Refusal, Reply, Request};
use super::rest;
use super::wire;
use super::world::{Access, World};

const SSO: &str = "Resource protected by organization SAML enforcement. You must grant your Personal \
    Access token access to this organization.";
const NOT_ACCESSIBLE: &str = "Resource not accessible by personal access token";

/// What a request of the API is about.
enum About<'a> {
    Repository,
    /// The repository by a name that it once had, and what stands before and after that name.
    Former(&'a [String], &'a [String]),
    Other,
}

fn about<'a>(world: &World, segments: &'a [String]) -> About<'a> {
    let (before, rest) = match segments {
        [first, ..] if first == "repos" => segments.split_at(1),
        [first, second, ..] if first == "agents" && second == "repos" => segments.split_at(2),
        [first, id, ..] if first == "repositories" && *id == world.repository_id.to_string() => {
            return About::Repository;
        }
        _ => segments.split_at(0),
    };
    let [owner, name, below @ ..] = rest else {
        return About::Other;
    };
    let is = |known_owner: &str, known_name: &str| {
        owner.eq_ignore_ascii_case(known_owner) && name.eq_ignore_ascii_case(known_name)
    };
    if is(&world.owner, &world.name) {
        About::Repository
    } else if world.former.iter().any(|(owner, name)| is(owner, name)) {
        About::Former(before, below)
    } else {
        About::Other
    }
}

/// What is said to a request of the API before anything else; nothing where it may go on.
pub(super) fn at_api(
    world: &World,
    base: &str,
    request: &Request,
) -> Option<Result<Reply, Refusal>> {
    let about = about(world, &request.segments);
    if matches!(about, About::Other) {
        return None;
    }
    if world.access.hidden {
        return Some(Err(Refusal::not_found()));
    }
    if world.access.sso && request.login.is_some() {
        return Some(Err(sign_on(&world.owner)));
    }
    if let About::Former(before, below) = about {
        return Some(Ok(moved(world, base, request, (before, below))));
    }
    let operation = rest::write_operation(request)?;
    denied(&world.access, operation).map(Err)
}

/// The refusal of an operation that was taken away.
pub(super) fn denied(access: &Access, operation: &str) -> Option<Refusal> {
    access.denies(operation).then(|| {
        let refusal = Refusal::new(403, NOT_ACCESSIBLE);
        match wire::needed_permissions(operation) {
            Some(needed) => refusal.with_header("x-accepted-github-permissions", needed),
            None => refusal,
        }
    })
}

fn sign_on(owner: &str) -> Refusal {
    let url = format!("https://github.com/orgs/{owner}/sso?authorization_request=DEMO");
    Refusal::new(403, SSO).with_header("x-github-sso", format!("required; url={url}"))
}

/// A redirect to where the repository is now: by its number, or by its name for a page or a task.
fn moved(
    world: &World,
    base: &str,
    request: &Request,
    (before, below): (&[String], &[String]),
) -> Reply {
    let place = match before.first().map(String::as_str) {
        Some("repos") => format!("repositories/{}", world.repository_id),
        Some(_) => format!("{}/{}/{}", before.join("/"), world.owner, world.name),
        None => format!("{}/{}", world.owner, world.name),
    };
    let mut url = format!("{base}/{place}");
    for segment in below {
        url.push('/');
        url.push_str(segment);
    }
    if let Some(query) = request.uri.query() {
        url.push('?');
        url.push_str(query);
    }
    let (status, words) = if request.method == axum::http::Method::GET {
        (301, "Moved Permanently")
    } else {
        (307, "Temporary Redirect")
    };
    let body = json!({
        "message": words,
        "url": url,
        "documentation_url": "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects",
    });
    Reply {
        status,
        headers: vec![("location", url)],
        content: Content::Json(body),
        operation: None,
    }
}

/// Where a request of git goes.
pub(super) enum Way {
    /// To the repository, with what is below it.
    In(Vec<String>),
    /// To another address.
    Elsewhere(String),
    /// Nowhere: status and words.
    Refused(u16, &'static str),
}

/// The way of a request of git; none where it is no request of git.
pub(super) fn at_git(world: &World, base: &str, request: &Request) -> Option<Way> {
    let below = |owner: &str, name: &str| {
        git_http::below_repository(&request.segments, owner, name).map(<[String]>::to_vec)
    };
    let mut former = world.former.iter();
    let (below, moved) = match below(&world.owner, &world.name) {
        Some(found) => (found, false),
        None => (former.find_map(|(owner, name)| below(owner, name))?, true),
    };
    if world.access.hidden {
        return Some(Way::Refused(404, "Repository not found.\n"));
    }
    if world.access.sso && request.login.is_some() {
        return Some(Way::Refused(
            403,
            "The organization has enabled or enforced SAML SSO.\n",
        ));
    }
    if moved {
        let query = request.uri.query().map(|query| format!("?{query}"));
        return Some(Way::Elsewhere(format!(
            "{base}/{}/{}.git/{}{}",
            world.owner,
            world.name,
            below.join("/"),
            query.unwrap_or_default()
        )));
    }
    Some(Way::In(below))
}
