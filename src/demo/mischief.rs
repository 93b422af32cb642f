//! Carrying out the faults that were ordered, around the forge's true answer.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::HeaderValue;
use axum::response::Response;
use chrono::TimeDelta;
use futures::stream;
use serde_json::{Value, json};

use super::acts;
use super::faults::{FaultKind, WrongLink};
use super::request::Request;
use super::server::Forge;
use super::socket::Cut;
use super::wire::{self, Dressed};

/// Answers a request as the faults of it demand.
pub(super) async fn answer(forge: &Forge, cut: &Cut, request: &mut Request) -> Response {
    let faults = forge.faults.take(request);
    for fault in &faults {
        match fault {
            FaultKind::Latency { millis } => {
                tokio::time::sleep(Duration::from_millis(*millis)).await;
            }
            FaultKind::Act(act) => {
                if let Err(error) = acts::perform(forge, act.clone()) {
                    tracing::warn!("an ordered act failed: {error}");
                }
            }
            FaultKind::Shift { by } => request.shift = *by,
            _ => {}
        }
    }
    if let Some(ended) = faults.last() {
        if let Some(response) = instead(forge, cut, request, ended) {
            return response;
        }
        if *ended == FaultKind::Hang {
            forge.keep(request, &unanswered());
            std::future::pending::<()>().await;
        }
    }
    let mut dressed = forge.answer(request).await;
    for fault in &faults {
        bend(forge, request, &mut dressed, fault);
    }
    forge.keep(request, &dressed);
    let mut response = match faults.last() {
        Some(FaultKind::DropAfter) => {
            cut.now();
            return Response::new(Body::empty());
        }
        Some(FaultKind::CutBody { bytes }) => cut_body(dressed, *bytes),
        _ => respond(dressed),
    };
    for fault in &faults {
        match fault {
            FaultKind::Headers { headers } => {
                for (name, value) in headers {
                    set_header(&mut response, name, value);
                }
            }
            FaultKind::ClockSkew { seconds } => {
                let told = forge.clock.now() + TimeDelta::seconds(*seconds);
                set_header(&mut response, "date", &wire::http_date(told));
            }
            _ => {}
        }
    }
    response
}

/// Answers a request to the storage host as the faults of it demand.
pub(super) async fn stored(forge: &Forge, request: &Request, dressed: Dressed) -> Response {
    let faults = forge.faults.take_stored(request);
    for fault in &faults {
        if let FaultKind::Latency { millis } = fault {
            tokio::time::sleep(Duration::from_millis(*millis)).await;
        }
    }
    match faults.last() {
        Some(FaultKind::Hang) => std::future::pending().await,
        Some(FaultKind::Refuse { status }) => respond(refused(*status)),
        Some(FaultKind::Status {
            status, message, ..
        }) => respond(ordered(*status, message)),
        Some(FaultKind::CutBody { bytes }) => cut_body(dressed, *bytes),
        _ => respond(dressed),
    }
}

/// What is answered instead of doing anything; none where the request is carried out.
fn instead(forge: &Forge, cut: &Cut, request: &Request, fault: &FaultKind) -> Option<Response> {
    let (dressed, headers) = match fault {
        FaultKind::Drop => {
            forge.keep(request, &unanswered());
            cut.now();
            return Some(Response::new(Body::empty()));
        }
        FaultKind::Status {
            status,
            headers,
            message,
        } => (ordered(*status, message), headers.clone()),
        FaultKind::Refuse { status } => (refused(*status), Vec::new()),
        FaultKind::PrimaryLimit { reset_in } => {
            let reset = forge.clock.now() + TimeDelta::seconds(*reset_in);
            let message = "API rate limit exceeded for user ID 1. If you reach out to GitHub \
                Support for help, please include the request ID.";
            let headers = [
                ("x-ratelimit-limit", "5000".to_owned()),
                ("x-ratelimit-remaining", "0".to_owned()),
                ("x-ratelimit-used", "5000".to_owned()),
                ("x-ratelimit-reset", reset.timestamp().to_string()),
                ("x-ratelimit-resource", "core".to_owned()),
            ];
            let headers = headers.map(|(name, value)| (name.to_owned(), value));
            (ordered(403, message), headers.to_vec())
        }
        FaultKind::SecondaryLimit {
            retry_after,
            status,
        } => {
            let message = "You have exceeded a secondary rate limit. Please wait a few minutes \
                before you try again.";
            let header = ("retry-after".to_owned(), retry_after.to_string());
            (ordered(*status, message), vec![header])
        }
        FaultKind::TooManyChanges { more_than } if changes_asked(request) > *more_than => {
            let message = "Something went wrong while executing your query. This may be the result \
                of a timeout, or it could be a GitHub bug.";
            (ordered(502, message), Vec::new())
        }
        FaultKind::NotModified => {
            let tag = request.header("if-none-match")?;
            let dressed = Dressed {
                status: 304,
                headers: vec![("etag", tag.to_owned())],
                body: Bytes::new(),
                operation: None,
            };
            (dressed, Vec::new())
        }
        _ => return None,
    };
    forge.keep(request, &dressed);
    let mut response = respond(dressed);
    for (name, value) in headers {
        set_header(&mut response, &name, &value);
    }
    Some(response)
}

/// The first number of changes that a query asks for, in its text or as its variable `first`.
fn changes_asked(request: &Request) -> u64 {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let text = body["query"].as_str().unwrap_or_default();
    let Some((_, arguments)) = text.split_once("pullRequests(") else {
        return 0;
    };
    let first = arguments
        .split([')', ','])
        .find_map(|argument| argument.trim().strip_prefix("first:"));
    let first = first.unwrap_or_default().trim();
    match first.strip_prefix('$') {
        Some(variable) => body["variables"][variable].as_u64().unwrap_or_default(),
        None => first.parse().unwrap_or_default(),
    }
}

/// Changes the true answer.
fn bend(forge: &Forge, request: &Request, dressed: &mut Dressed, fault: &FaultKind) {
    match fault {
        FaultKind::StatusAfter { status } => *dressed = ordered(*status, "Server Error"),
        FaultKind::Link { how } => bend_link(forge, request, dressed, *how),
        FaultKind::Reorder => edit_json(dressed, |body| {
            let list = match body {
                Value::Array(list) => Some(list),
                Value::Object(fields) => fields.values_mut().find_map(Value::as_array_mut),
                _ => None,
            };
            if let Some(list) = list {
                list.reverse();
            }
        }),
        FaultKind::NullNode { at } => edit_json(dressed, |body| forbid_node(body, *at)),
        _ => {}
    }
}

fn edit_json(dressed: &mut Dressed, edit: impl FnOnce(&mut Value)) {
    if let Ok(mut body) = serde_json::from_slice::<Value>(&dressed.body) {
        edit(&mut body);
        dressed.body = Bytes::from(body.to_string());
    }
}

fn bend_link(forge: &Forge, request: &Request, dressed: &mut Dressed, how: WrongLink) {
    let known = dressed.headers.iter().position(|(name, _)| *name == "link");
    let known = known.map(|at| dressed.headers.remove(at).1);
    let path = &request.path;
    let page = |number: u8| {
        let kept = request.query.iter().filter(|(name, _)| name != "page");
        let kept: String = kept
            .map(|(name, value)| format!("{name}={value}&"))
            .collect();
        format!("{}{path}?{kept}page={number}", forge.base)
    };
    let next = match how {
        WrongLink::Missing => return,
        WrongLink::Itself => format!("{}{}", forge.base, request.target()),
        WrongLink::LoopOfTwo if request.window().number == 1 => page(2),
        WrongLink::LoopOfTwo => page(1),
        WrongLink::OtherOrigin => {
            let known = known.unwrap_or_else(|| format!("<{}>; rel=\"next\"", page(2)));
            let moved = known.replace(&forge.base, &forge.storage.origin);
            dressed.headers.push(("link", moved));
            return;
        }
    };
    dressed
        .headers
        .push(("link", format!("<{next}>; rel=\"next\"")));
}

/// Takes a node out of the first list of a GraphQL answer, and says that it may not be seen.
fn forbid_node(body: &mut Value, at: usize) {
    let mut path = Vec::new();
    let Some(node) = first_node(&mut body["data"], at, &mut path) else {
        return;
    };
    *node = Value::Null;
    let error = json!({
        "type": "FORBIDDEN",
        "path": path,
        "extensions": { "saml_failure": false },
        "locations": [{ "line": 1, "column": 1 }],
        "message": "Resource not accessible by personal access token",
    });
    match body["errors"].as_array_mut() {
        Some(errors) => errors.push(error),
        None => body["errors"] = json!([error]),
    }
}

fn first_node<'a>(value: &'a mut Value, at: usize, path: &mut Vec<Value>) -> Option<&'a mut Value> {
    for (name, field) in value.as_object_mut()? {
        path.push(Value::from(name.clone()));
        if name == "nodes" {
            path.push(Value::from(at));
            return field.get_mut(at);
        }
        if let Some(found) = first_node(field, at, path) {
            return Some(found);
        }
        path.pop();
    }
    None
}

/// What the log keeps of a request that got no answer: status 0.
fn unanswered() -> Dressed {
    Dressed {
        status: 0,
        headers: Vec::new(),
        body: Bytes::new(),
        operation: None,
    }
}

/// The answer that a fault ordered.
pub(super) fn ordered(status: u16, message: &str) -> Dressed {
    dressed(
        status,
        &json!({ "message": message, "documentation_url": "https://docs.github.com/rest" }),
    )
}

fn dressed(status: u16, body: &Value) -> Dressed {
    Dressed {
        status,
        headers: vec![("content-type", "application/json; charset=utf-8".to_owned())],
        body: Bytes::from(body.to_string()),
        operation: None,
    }
}

/// A refusal in the words that the forge has for its status.
fn refused(status: u16) -> Dressed {
    let (message, error) = match status {
        406 => (
            "Sorry, the diff exceeded the maximum number of lines (20000)",
            Some(json!({ "resource": "PullRequest", "field": "diff", "code": "too_large" })),
        ),
        409 => ("Git Repository is empty.", None),
        410 => ("This issue was deleted", None),
        422 => (
            "Validation Failed",
            Some(json!({ "resource": "PullRequest", "field": "head", "code": "invalid" })),
        ),
        502 => ("Server Error", None),
        503 => (
            "Unicorn! GitHub is currently unable to handle this request.",
            None,
        ),
        504 => ("We couldn't respond to your request in time.", None),
        _ => ("Server Error", None),
    };
    let mut body = json!({
        "message": message,
        "documentation_url": "https://docs.github.com/rest",
        "status": status.to_string(),
    });
    if let Some(error) = error {
        body["errors"] = json!([error]);
    }
    dressed(status, &body)
}

pub(super) fn respond(dressed: Dressed) -> Response {
    let mut response = Response::new(Body::from(dressed.body));
    if let Ok(status) = axum::http::StatusCode::from_u16(dressed.status) {
        *response.status_mut() = status;
    }
    for (name, value) in &dressed.headers {
        set_header(&mut response, name, value);
    }
    response
}

pub(super) fn set_header(response: &mut Response, name: &str, value: &str) {
    let name = axum::http::HeaderName::from_bytes(name.as_bytes());
    if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
        response.headers_mut().insert(name, value);
    }
}

/// A response that announces its whole length and ends early; at once where no byte is kept.
fn cut_body(dressed: Dressed, bytes: usize) -> Response {
    let whole = dressed.body.clone();
    let length = whole.len().to_string();
    let kept = whole.slice(..bytes.min(whole.len()));
    let mut response = respond(dressed);
    let pieces = stream::unfold(Some(kept), |kept| async move {
        // What was written so far goes out before the connection breaks.
        let piece = kept?;
        if piece.is_empty() {
            tokio::task::yield_now().await;
            let cut = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            return Some((Err(cut), None));
        }
        Some((Ok(piece), Some(Bytes::new())))
    });
    *response.body_mut() = Body::from_stream(pieces);
    set_header(&mut response, "content-length", &length);
    response
}
