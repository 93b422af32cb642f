//! From an answer to bytes: pages and their links, entity tags, and the headers of every answer.

use std::fmt::Write as _;

use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::limits::{Budget, Resource};
use super::request::{Content, Reply, Request, Window, cursor};
use super::rest::View;
use super::world::{Time, hex};

/// An answer as it goes over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Dressed {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
    pub(crate) operation: Option<&'static str>,
}

/// What the wire needs to know besides the answer.
pub(crate) struct Surroundings<'a> {
    pub(crate) base: &'a str,
    pub(crate) repository_id: u64,
    /// What knows the fragments that stand for marks.
    pub(crate) view: Option<&'a View<'a>>,
}

/// Cuts the page that was asked for, tags the body, and answers 304 where the client has it.
pub(crate) fn dress(reply: Reply, request: &Request, around: &Surroundings<'_>) -> Dressed {
    let mut headers = reply.headers;
    let mut kind = "application/json; charset=utf-8";
    let mut raw = Bytes::new();
    let text = match reply.content {
        Content::Json(value) => json_text(&value),
        Content::List(items) => {
            headers.extend(links(items.len(), request, around));
            json_text(&page(items, request))
        }
        Content::Wrapped(key, items) => {
            let total = items.len();
            headers.extend(links(total, request, around));
            json_text(&json!({ "total_count": total, key: page(items, request) }))
        }
        Content::Within(key, items, mut whole) => {
            headers.extend(links(items.len(), request, around));
            whole[key] = page(items, request);
            json_text(&whole)
        }
        Content::Cut(key, items, total) => {
            headers.extend(links(total, request, around));
            match key {
                Some(key) => json_text(&json!({ "total_count": total, key: items })),
                None => json_text(&Value::from(items)),
            }
        }
        Content::CutCursors(items, before, after) => {
            headers.extend(cursor_links(&items, (before, after), request, around));
            json_text(&items.into_iter().map(|(_, item)| item).collect())
        }
        Content::Cursors(key, items) => {
            let ids: Vec<u64> = items.iter().map(|(id, _)| *id).collect();
            let range = request.cursor_range(&ids);
            let beyond = (range.start > 0, range.end < items.len());
            let items = items.get(range).unwrap_or_default();
            headers.extend(cursor_links(items, beyond, request, around));
            let page: Value = items.iter().map(|(_, item)| item.clone()).collect();
            match key {
                Some(key) => json_text(&json!({ key: page })),
                None => json_text(&page),
            }
        }
        Content::Raw(of, bytes) => {
            kind = of;
            raw = bytes;
            String::new()
        }
        Content::Empty => String::new(),
    };
    let mut hash = Sha256::new();
    hash.update(if raw.is_empty() {
        text.as_bytes()
    } else {
        &raw
    });
    let mut body = match around.view {
        _ if !raw.is_empty() => raw,
        Some(view) => {
            // The tag is that of the text with its marks, and of what they stand for.
            let text = view.filled(&text, &mut |fragment| hash.update(fragment));
            Bytes::from(text)
        }
        None => Bytes::from(text),
    };
    let mut status = reply.status;
    if request.method == axum::http::Method::GET && status == 200 {
        let tag = entity_tag(hash, request);
        headers.push((
            "cache-control",
            "private, max-age=60, s-maxage=60".to_owned(),
        ));
        headers.push((
            "vary",
            "Accept, Authorization, Cookie, X-GitHub-OTP".to_owned(),
        ));
        if request
            .header("if-none-match")
            .is_some_and(|known| known.contains(&tag))
        {
            status = 304;
            body = Bytes::new();
        }
        headers.push(("etag", tag));
    }
    if !body.is_empty() {
        headers.push(("content-type", kind.to_owned()));
    }
    if let Some(needed) = reply.operation.and_then(needed_permissions) {
        headers.push(("x-accepted-github-permissions", needed.to_owned()));
    }
    Dressed {
        status,
        headers,
        body,
        operation: reply.operation,
    }
}

/// Headers that stand on every answer of the API.
pub(crate) fn common_headers(
    dressed: &mut Dressed,
    (budget, resource): (Budget, Resource),
    now: Time,
    sequence: u64,
) {
    let request_id = format!(
        "{:04X}:{:06X}:{sequence:08X}",
        sequence % 0xFFFF,
        sequence * 7
    );
    dressed.headers.extend([
        ("date", http_date(now)),
        ("x-github-media-type", "github.v3; format=json".to_owned()),
        ("x-github-api-version-selected", "2022-11-28".to_owned()),
        ("x-github-request-id", request_id),
        ("x-ratelimit-limit", budget.limit.to_string()),
        ("x-ratelimit-remaining", budget.remaining().to_string()),
        ("x-ratelimit-used", budget.used.to_string()),
        ("x-ratelimit-reset", budget.reset.to_string()),
        ("x-ratelimit-resource", resource.as_str().to_owned()),
    ]);
}

pub(super) fn http_date(time: Time) -> String {
    time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn json_text(value: &Value) -> String {
    value.to_string()
}

/// A weak tag that differs from one token to the next, as the forge's do.
fn entity_tag(mut hash: Sha256, request: &Request) -> String {
    hash.update(request.header("authorization").unwrap_or_default());
    let accept = request.header("accept").unwrap_or_default();
    hash.update(accept);
    format!("W/\"{}\"", hex(&hash.finalize()))
}

/// The page of a list that was asked for.
fn page(items: Vec<Value>, request: &Request) -> Value {
    request.window().cut(items.into_iter()).collect()
}

type Header = (&'static str, String);

/// The header with the links to other pages of a list of some length.
fn links(total: usize, request: &Request, around: &Surroundings<'_>) -> Option<Header> {
    let Window { number, size, .. } = request.window();
    let last = total.div_ceil(size).max(1);
    let mut links = Vec::new();
    let mut link = |to: usize, relation: &str| {
        links.push(link(request, around, "page", &to.to_string(), relation));
    };
    if number > 1 {
        link(number - 1, "prev");
    }
    if number < last {
        link(number + 1, "next");
        link(last, "last");
    }
    if number > 1 {
        link(1, "first");
    }
    (!links.is_empty()).then(|| ("link", links.join(", ")))
}

/// The header with the links to the page before and after one.
fn cursor_links(
    items: &[(u64, Value)],
    (before, after): (bool, bool),
    request: &Request,
    around: &Surroundings<'_>,
) -> Option<Header> {
    let mut links = Vec::new();
    if let Some((last, _)) = items.last().filter(|_| after) {
        links.push(link(request, around, "after", &cursor(*last), "next"));
    }
    if let Some((first, _)) = items.first().filter(|_| before) {
        links.push(link(request, around, "before", &cursor(*first), "prev"));
    }
    (!links.is_empty()).then(|| ("link", links.join(", ")))
}

/// A link to another page. The forge names the repository by number there.
fn link(
    request: &Request,
    around: &Surroundings<'_>,
    name: &str,
    value: &str,
    relation: &str,
) -> String {
    let path = match request.segments.first().map(String::as_str) {
        Some("repos") => {
            let below = request.path.splitn(5, '/').nth(4).unwrap_or_default();
            format!("/repositories/{}/{below}", around.repository_id)
        }
        _ => request.path.clone(),
    };
    let mut query = String::new();
    let kept = request
        .query
        .iter()
        .filter(|(known, _)| !["page", "after", "before"].contains(&known.as_str()));
    for (known, value) in kept {
        let _ = write!(
            query,
            "{known}={}&",
            value.replace('&', "%26").replace(' ', "%20")
        );
    }
    format!(
        "<{}{path}?{query}{name}={value}>; rel=\"{relation}\"",
        around.base
    )
}

/// The permissions that the forge names for an operation.
pub(super) fn needed_permissions(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "pulls/get" => "pull_requests=read; contents=read",
        "repos/get-repo-ruleset-history"
        | "repos/get-repo-ruleset-version"
        | "repos/get-repo-rule-suites"
        | "repos/get-repo-rule-suite" => "administration=write",
        "repos/get-repo-rulesets" | "repos/get-repo-ruleset" | "repos/get-branch-rules" => {
            "metadata=read"
        }
        "repos/get-all-environments"
        | "repos/get-environment"
        | "repos/get-all-deployment-protection-rules" => "actions=read",
        "repos/list-deployments" | "repos/get-deployment" | "repos/list-deployment-statuses" => {
            "deployments=read"
        }
        "repos/list-attestations" => "attestations=read",
        "repos/list-commit-statuses-for-ref" | "repos/get-combined-status-for-ref" => {
            "statuses=read"
        }
        "pulls/create-review" => "pull_requests=write",
        "issues/create-comment" | "issues/update-comment" | "issues/delete-comment" => {
            "issues=write; pull_requests=write"
        }
        "repos/create-commit-status" => "statuses=write",
        "issues/list-comments" | "issues/get" | "issues/list-events-for-timeline" => {
            "issues=read; pull_requests=read"
        }
        _ => match operation.split_once('/')?.0 {
            "pulls" => "pull_requests=read",
            "actions" => "actions=read",
            "checks" => "checks=read",
            "repos" | "git" => "contents=read",
            "code-scanning" => "security_events=read",
            "secret-scanning" => "secret_scanning_alerts=read",
            "dependabot" => "vulnerability_alerts=read",
            "dependency-graph" => "contents=read",
            "agent-tasks" => "agent_tasks=read",
            "issues" => "issues=read",
            _ => return None,
        },
    })
}
