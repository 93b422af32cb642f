//! GraphQL over the world: any query is parsed and walked, field by field.
//!
//! `engine` knows the language (aliases, fragments, variables, connections), `repository`, `changes`,
//! `commits` and `events` know the types of the forge, as far as they are read here, and
//! `introspection` says which these are.

mod changes;
mod commits;
mod engine;
mod events;
mod introspection;
mod repository;

use graphql_parser::query::{Definition, Document, OperationDefinition};
use serde_json::{Map, Value, json};

use super::limits::{Limits, Resource};
use super::request::{Answer, Refusal, Reply, Request};
use super::rest::{View, stamp};

use engine::{Executor, Node, Object, Shown, leaf, plain};

/// Answers `POST /graphql`.
pub(crate) fn answer(view: &View<'_>, limits: &Limits, request: &Request) -> Answer {
    let login = request.login.as_deref();
    let login = login
        .ok_or_else(|| Refusal::new(401, "This endpoint requires you to be authenticated."))?;
    let asked = request.object()?;
    let text = asked["query"].as_str().unwrap_or_default();
    let document = match graphql_parser::parse_query::<String>(text) {
        Ok(document) => document.into_static(),
        Err(error) => {
            let message = format!("Parse error: {error}");
            return Ok(reply(json!({ "errors": [{ "message": message }] })));
        }
    };
    let budget = limits.spend(Some(login), Resource::GraphQl, 1, view.now);
    let rate_limit = plain(
        "RateLimit",
        vec![
            ("cost", leaf(1)),
            ("limit", leaf(budget.limit)),
            ("nodeCount", leaf(0)),
            ("remaining", leaf(budget.remaining())),
            (
                "resetAt",
                leaf(stamp(
                    chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(budget.reset),
                )),
            ),
            ("used", leaf(budget.used)),
        ],
    );
    let variables = asked["variables"].as_object().cloned().unwrap_or_default();
    Ok(reply(run(view, login, &document, variables, rate_limit)))
}

fn reply(body: Value) -> Reply {
    Reply {
        operation: None,
        ..Reply::json("graphql", body)
    }
}

fn run(
    view: &View<'_>,
    login: &str,
    document: &Document<'static, String>,
    variables: Map<String, Value>,
    rate_limit: Object,
) -> Value {
    let query = document
        .definitions
        .iter()
        .find_map(|definition| match definition {
            Definition::Operation(OperationDefinition::Query(query)) => {
                Some((&query.selection_set, &query.variable_definitions[..]))
            }
            Definition::Operation(OperationDefinition::SelectionSet(set)) => Some((set, &[][..])),
            _ => None,
        });
    let Some((selection, definitions)) = query else {
        return json!({ "errors": [{ "message": "Only queries are answered here." }] });
    };
    let mut executor = Executor::new(view, login, document, definitions, variables);
    executor.rate_limit = Some(rate_limit);
    let root = Object::Lazy(Node::Query);
    match executor.select(&root, selection, &mut Vec::new()) {
        Ok(data) if executor.errors.is_empty() => json!({ "data": data }),
        Ok(data) => json!({ "data": data, "errors": executor.errors }),
        Err(error) => json!({ "errors": [error] }),
    }
}

impl Executor<'_> {
    /// A field of the root.
    fn query_field(&mut self, name: &str, arguments: &Map<String, Value>) -> Option<Shown> {
        match name {
            "viewer" => Some(self.actor(&self.login.clone())),
            "rateLimit" => Some(self.rate_limit.clone().map_or(Shown::Null, Shown::One)),
            "repository" => {
                let (owner, name) = (text(arguments, "owner"), text(arguments, "name"));
                if let Some(refusal) = self.shut() {
                    return Some(refusal);
                }
                let world = self.view.world;
                let was = |(once_owner, once_name): &(String, String)| {
                    owner.eq_ignore_ascii_case(once_owner) && name.eq_ignore_ascii_case(once_name)
                };
                if !world.access.hidden && world.former.iter().any(was) {
                    return Some(Shown::One(Object::Lazy(Node::Repository)));
                }
                if !world.access.hidden
                    && owner.eq_ignore_ascii_case(&world.owner)
                    && name.eq_ignore_ascii_case(&world.name)
                {
                    return Some(Shown::One(Object::Lazy(Node::Repository)));
                }
                Some(Shown::Missing(format!(
                    "Could not resolve to a Repository with the name '{owner}/{name}'."
                )))
            }
            "__type" => Some(Self::type_by_name(arguments)),
            "search" if self.shut().is_some() => self.shut(),
            "search" => Some(self.search(arguments)),
            "user" => Some(self.actor(text(arguments, "login"))),
            "organization" | "repositoryOwner" => {
                Some(self.owner_by_login(text(arguments, "login")))
            }
            "node" => Some(self.node(text(arguments, "id"))),
            "nodes" => {
                let ids = arguments.get("ids").and_then(Value::as_array)?;
                let ids = ids.iter().filter_map(Value::as_str);
                Some(Shown::Many(ids.map(|id| self.node(id)).collect()))
            }
            _ => None,
        }
    }

    /// What is answered where the repository may not be seen.
    fn shut(&self) -> Option<Shown> {
        let access = &self.view.world.access;
        let words = if access.sso {
            "Resource protected by organization SAML enforcement. You must grant your Personal Access \
             token access to this organization."
        } else if access.denies("graphql") {
            "Resource not accessible by personal access token"
        } else {
            return None;
        };
        Some(Shown::Forbidden(words.to_owned()))
    }

    /// A thing by its opaque id; only changes and issues can be asked for so.
    fn node(&self, id: &str) -> Shown {
        let number: Option<u64> = id
            .split_once("_kw")
            .and_then(|(_, number)| number.parse().ok());
        if let Some(refusal) = self.shut() {
            return refusal;
        }
        let world = self.view.world;
        let number = number.filter(|_| !world.access.hidden);
        let pull = number.and_then(|id| world.pull_by_id(id));
        let issue = world.issues.iter().find(|issue| Some(issue.id) == number);
        if let Some(check) = id.strip_prefix("CR_kw").and_then(|n| n.parse().ok()) {
            let found = self.view.find_check(check).ok();
            return found.map_or(Shown::Null, |found| {
                Shown::One(Object::Lazy(Node::CheckRun(found.head, check)))
            });
        }
        match (pull, issue) {
            (Some(pull), _) => Shown::One(Object::Lazy(Node::Pull(pull.number))),
            (_, Some(issue)) => Shown::One(Object::Lazy(Node::Issue(issue.number))),
            _ => Shown::Missing(format!(
                "Could not resolve to a node with the global id of '{id}'"
            )),
        }
    }
}

/// An argument that is text; empty where it was not given.
fn text<'a>(arguments: &'a Map<String, Value>, name: &str) -> &'a str {
    arguments
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Several words of an argument that is a list of enum values, or one.
fn words(arguments: &Map<String, Value>, name: &str) -> Option<Vec<String>> {
    match arguments.get(name)? {
        Value::Array(values) => Some(
            values
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
        ),
        Value::String(value) => Some(vec![value.clone()]),
        _ => None,
    }
}
