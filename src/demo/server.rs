//! The forge's front door: reads a request, knows who asks, misbehaves where that was ordered,
//! answers, and keeps the log.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::Method;
use axum::response::Response;
use base64::Engine as _;

use super::clock::Clock;
use super::control;
use super::doors::{self, Way};
use super::exchange::{Exchange, KEPT_HEADERS, Log};
use super::faults::Faults;
use super::limits::{Limits, Resource};
use super::mischief::{self, ordered, respond, set_header};
use super::request::{Refusal, Reply, Request};
use super::rest::{self, Desk, View};
use super::socket::Cut;
use super::storage::Storage;
use super::wire::{self, Dressed, Surroundings};
use super::world::{Git, World};
use super::{git_http, graphql};

/// Largest body that a request may carry.
const BODY_LIMIT: usize = 32 * 1024 * 1024;

/// What changes while the forge runs.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) git: Git,
}

/// The forge behind its front door.
#[derive(Debug)]
pub(crate) struct Forge {
    pub(crate) base: String,
    pub(crate) storage: Storage,
    /// Where the bare repository lies.
    pub(crate) folder: PathBuf,
    pub(crate) stage: Mutex<Stage>,
    pub(crate) clock: Clock,
    pub(crate) log: Log,
    pub(crate) faults: Faults,
    pub(crate) limits: Limits,
    /// Whether each exchange is told to the subscriber of `tracing`.
    pub(crate) tells: bool,
    pub(crate) sequence: AtomicU64,
}

impl Forge {
    pub(crate) fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The login of the token that a request carries; none without a token.
    fn login(&self, request: &Request) -> Result<Option<String>, Refusal> {
        let Some(header) = request.header("authorization") else {
            return Ok(None);
        };
        let token = token_of(header).ok_or_else(bad_credentials)?;
        let stage = self.stage();
        let known = stage
            .world
            .accounts
            .iter()
            .filter(|account| !stage.world.access.revoked.contains(&account.login))
            .find(|account| account.token.as_ref() == Some(&token));
        known
            .map(|account| Some(account.login.clone()))
            .ok_or_else(bad_credentials)
    }

    /// Answers a request to the API.
    fn api(&self, request: &Request) -> Dressed {
        let now = self.clock.now();
        let base = request.other_base();
        let base = base.as_deref().unwrap_or(&self.base);
        let is_graphql = request.segments == ["graphql"];
        let resource = if is_graphql {
            Resource::GraphQl
        } else {
            Resource::Core
        };
        let is_free = request.segments == ["rate_limit"];
        let left = self
            .limits
            .spend(request.login.as_deref(), resource, 0, now)
            .remaining();
        let mut stage = self.stage();
        let Stage { world, git } = &mut *stage;
        let repository_id = world.repository_id;
        let at_door = doors::at_api(world, base, request);
        let answer = if left == 0 && !is_free {
            Err(Refusal::new(403, "API rate limit exceeded"))
        } else if let Some(answer) = at_door {
            answer
        } else if is_graphql {
            let view = View {
                world,
                git,
                base,
                now,
            };
            graphql::answer(&view, &self.limits, request)
        } else if request.method == Method::GET {
            let view = View {
                world,
                git,
                base,
                now,
            };
            if is_free {
                Ok(self.rate_limit(request))
            } else {
                rest::read(&view, &self.storage, request)
            }
        } else {
            rest::write(
                &mut Desk {
                    world,
                    git,
                    base,
                    now,
                },
                &self.storage,
                request,
            )
        };
        let denied = |reply: &Reply| doors::denied(&world.access, reply.operation?);
        let answer = answer.and_then(|reply| denied(&reply).map_or(Ok(reply), Err));
        let reply = answer.unwrap_or_else(Reply::from);
        let view = View {
            world,
            git,
            base,
            now,
        };
        let around = Surroundings {
            base,
            repository_id,
            view: Some(&view),
        };
        let mut dressed = wire::dress(reply, request, &around);
        drop(stage);
        // A query has paid for itself already.
        let free = is_free || is_graphql || dressed.status == 304;
        let cost = u64::from(!free);
        let budget = self
            .limits
            .spend(request.login.as_deref(), resource, cost, now);
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed);
        wire::common_headers(&mut dressed, (budget, resource), now, sequence);
        dressed
    }

    fn rate_limit(&self, request: &Request) -> Reply {
        let now = self.clock.now();
        let budget = |resource| {
            self.limits
                .spend(request.login.as_deref(), resource, 0, now)
                .json()
        };
        let body = rest::rate_limits(&budget(Resource::Core), &budget(Resource::GraphQl));
        Reply::json("rate-limit/get", body)
    }

    pub(super) async fn answer(&self, request: &mut Request) -> Dressed {
        match self.login(request) {
            Ok(login) => request.login = login,
            Err(refusal) => {
                let around = Surroundings {
                    base: &self.base,
                    repository_id: 0,
                    view: None,
                };
                return wire::dress(refusal.into(), request, &around);
            }
        }
        let way = {
            let stage = self.stage();
            let base = request
                .other_base()
                .map(|base| base.replacen("://api.", "://", 1));
            doors::at_git(&stage.world, base.as_deref().unwrap_or(&self.base), request)
        };
        let Some(way) = way else {
            return self.api(request);
        };
        let mut headers = vec![("cache-control", "no-cache".to_owned())];
        let (status, kind, body) = match way {
            Way::In(below) => git_http::answer(&self.folder, &below, request).await,
            Way::Refused(status, words) => (status, "text/plain", Bytes::from(words)),
            Way::Elsewhere(url) => {
                headers.push(("location", url));
                (301, "text/plain", Bytes::new())
            }
        };
        headers.push(("content-type", kind.to_owned()));
        Dressed {
            status,
            headers,
            body,
            operation: None,
        }
    }

    pub(super) fn keep(&self, request: &Request, dressed: &Dressed) {
        let exchange = Exchange {
            method: request.method.to_string(),
            path: request.target(),
            login: request.login.clone(),
            conditional: request.headers.contains_key("if-none-match"),
            request_body: serde_json::from_slice(&request.body).ok(),
            status: dressed.status,
            headers: dressed
                .headers
                .iter()
                .filter(|(name, _)| KEPT_HEADERS.contains(name))
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            operation: dressed.operation,
            response_body: dressed.body.clone(),
        };
        if self.tells {
            tracing::info!(target: "proofline::demo", "{}", exchange.line());
        }
        self.log.push(exchange);
    }
}

/// The handler of the API's origin. Every answer tells the forge's time, also one that a fault
/// ordered: left to itself, the server would tell the time of the machine.
pub(crate) async fn handle(
    State(forge): State<Arc<Forge>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    incoming: axum::extract::Request,
) -> Response {
    let mut response = handled(&forge, &cut, incoming).await;
    if !response.headers().contains_key("date") {
        set_header(&mut response, "date", &wire::http_date(forge.clock.now()));
    }
    response
}

async fn handled(forge: &Forge, cut: &Cut, incoming: axum::extract::Request) -> Response {
    let mut request = match received(incoming).await {
        Ok(request) => request,
        Err(response) => return response,
    };
    if request
        .segments
        .first()
        .is_some_and(|first| first == "_demo")
    {
        return respond(control::answer(forge, &request));
    }
    mischief::answer(forge, cut, &mut request).await
}

/// The handler of the storage host's origin.
pub(crate) async fn handle_storage(
    State(forge): State<Arc<Forge>>,
    incoming: axum::extract::Request,
) -> Response {
    let request = match received(incoming).await {
        Ok(request) => request,
        Err(response) => return response,
    };
    let (status, kind, body) = {
        let stage = forge.stage();
        let view = View {
            world: &stage.world,
            git: &stage.git,
            base: &forge.base,
            now: forge.clock.now(),
        };
        forge.storage.answer(&view, &request)
    };
    let headers = vec![("content-type", kind.to_owned())];
    let dressed = Dressed {
        status,
        headers,
        body,
        operation: None,
    };
    mischief::stored(&forge, &request, dressed).await
}

async fn received(incoming: axum::extract::Request) -> Result<Request, Response> {
    let (head, body) = incoming.into_parts();
    match axum::body::to_bytes(body, BODY_LIMIT).await {
        Ok(body) => Ok(Request::new(head.method, head.uri, head.headers, body)),
        Err(error) => Err(respond(ordered(413, &error.to_string()))),
    }
}

fn bad_credentials() -> Refusal {
    Refusal::new(401, "Bad credentials")
}

/// The token of an `Authorization` header: bearer, token, or basic with the token as password.
fn token_of(header: &str) -> Option<String> {
    let (scheme, value) = header.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("basic") {
        let plain = base64::engine::general_purpose::STANDARD
            .decode(value.trim())
            .ok()?;
        let plain = String::from_utf8(plain).ok()?;
        return plain
            .split_once(':')
            .map(|(_, password)| password.to_owned());
    }
    let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token");
    known.then(|| value.trim().to_owned())
}
