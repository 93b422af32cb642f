//! The language: selections, aliases, fragments, variables, directives, connections.

use std::collections::HashMap;

use base64::Engine as _;
use git2::Oid;
use graphql_parser::query as ast;
use serde_json::{Map, Value, json};

use crate::demo::rest::View;

/// Something that fields can be asked of.
#[derive(Debug, Clone)]
pub(super) enum Object {
    /// Its fields are made when they are asked for.
    Lazy(Node),
    /// Its fields are all here.
    Plain(&'static str, Vec<(&'static str, Shown)>),
}

/// Things that point at each other, so that their fields cannot be made in advance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Node {
    Query,
    Repository,
    Pull(u64),
    Issue(u64),
    Commit(Oid),
    CheckSuite(Oid, u64),
    CheckRun(Oid, u64),
}

/// The value of a field.
#[derive(Debug, Clone)]
pub(super) enum Shown {
    Null,
    Leaf(Value),
    One(Object),
    Many(Vec<Shown>),
    /// A connection: all of its nodes, and its fields of its own.
    Page(Vec<Shown>, Vec<(&'static str, Shown)>),
    /// The same of things whose fields are made when they are asked for.
    Nodes(Vec<Node>),
    /// Null, and an error that says what was not found.
    Missing(String),
    /// Null, and an error that says what may not be seen.
    Forbidden(String),
}

/// A scalar.
pub(super) fn leaf(value: impl Into<Value>) -> Shown {
    Shown::Leaf(value.into())
}

/// A scalar that may be absent.
pub(super) fn maybe(value: Option<impl Into<Value>>) -> Shown {
    value.map_or(Shown::Null, leaf)
}

/// An object whose fields are all here.
pub(super) fn plain(kind: &'static str, fields: Vec<(&'static str, Shown)>) -> Object {
    Object::Plain(kind, fields)
}

/// The same, as a value.
pub(super) fn one(kind: &'static str, fields: Vec<(&'static str, Shown)>) -> Shown {
    Shown::One(plain(kind, fields))
}

/// A connection without fields of its own.
pub(super) fn page(nodes: Vec<Shown>) -> Shown {
    Shown::Page(nodes, Vec::new())
}

type Selection<'a> = &'a ast::SelectionSet<'static, String>;
type Path = Vec<Value>;
/// An error that stops the whole query.
type Stop = Value;

/// One run of one query.
pub(super) struct Executor<'a> {
    pub(super) view: &'a View<'a>,
    pub(super) login: String,
    pub(super) rate_limit: Option<Object>,
    pub(super) errors: Vec<Value>,
    fragments: HashMap<&'a str, &'a ast::FragmentDefinition<'static, String>>,
    variables: Map<String, Value>,
}

impl<'a> Executor<'a> {
    pub(super) fn new(
        view: &'a View<'a>,
        login: &str,
        document: &'a ast::Document<'static, String>,
        definitions: &[ast::VariableDefinition<'static, String>],
        given: Map<String, Value>,
    ) -> Self {
        let fragments = document
            .definitions
            .iter()
            .filter_map(|definition| match definition {
                ast::Definition::Fragment(fragment) => Some((fragment.name.as_str(), fragment)),
                ast::Definition::Operation(_) => None,
            });
        let mut executor = Self {
            view,
            login: login.to_owned(),
            rate_limit: None,
            errors: Vec::new(),
            fragments: fragments.collect(),
            variables: Map::new(),
        };
        for definition in definitions {
            if let Some(default) = &definition.default_value {
                let value = executor.value(default);
                executor.variables.insert(definition.name.clone(), value);
            }
        }
        executor.variables.extend(given);
        executor
    }

    /// The fields of an object that a selection asks for.
    pub(super) fn select(
        &mut self,
        object: &Object,
        selection: Selection<'_>,
        path: &mut Path,
    ) -> Result<Map<String, Value>, Stop> {
        let mut shown = Map::new();
        self.select_into(&mut shown, object, selection, path)?;
        Ok(shown)
    }

    fn select_into(
        &mut self,
        shown: &mut Map<String, Value>,
        object: &Object,
        selection: Selection<'_>,
        path: &mut Path,
    ) -> Result<(), Stop> {
        for item in &selection.items {
            match item {
                ast::Selection::Field(field) if self.wanted(&field.directives) => {
                    let key = field.alias.as_ref().unwrap_or(&field.name).clone();
                    path.push(Value::from(key.clone()));
                    let value = self.field(object, field, path)?;
                    path.pop();
                    fold(shown, key, value);
                }
                ast::Selection::InlineFragment(fragment)
                    if self.wanted(&fragment.directives)
                        && is_a(kind(object), fragment.type_condition.as_ref()) =>
                {
                    self.select_into(shown, object, &fragment.selection_set, path)?;
                }
                ast::Selection::FragmentSpread(spread) if self.wanted(&spread.directives) => {
                    let fragment = self.fragments.get(spread.fragment_name.as_str()).copied();
                    let fragment = fragment.ok_or_else(|| {
                        json!({ "message": format!("Fragment {} was used, but not defined", spread.fragment_name) })
                    })?;
                    if is_a(kind(object), Some(&fragment.type_condition)) {
                        self.select_into(shown, object, &fragment.selection_set, path)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn field(
        &mut self,
        object: &Object,
        field: &ast::Field<'static, String>,
        path: &mut Path,
    ) -> Result<Value, Stop> {
        if field.name == "__typename" {
            return Ok(Value::from(kind(object)));
        }
        let arguments = self.arguments(field);
        let found = match object {
            Object::Plain(_, fields) => fields
                .iter()
                .find(|(name, _)| *name == field.name)
                .map(|(_, value)| value.clone()),
            Object::Lazy(node) => self.resolve(*node, &field.name, &arguments),
        };
        let found = found.ok_or_else(|| undefined(kind(object), field, path))?;
        self.show(found, field, &arguments, path)
    }

    fn resolve(&mut self, node: Node, name: &str, arguments: &Map<String, Value>) -> Option<Shown> {
        match node {
            Node::Query => self.query_field(name, arguments),
            Node::Repository => self.repository_field(name, arguments),
            Node::Pull(number) => self.pull_field(number, name, arguments),
            Node::Issue(number) => self.issue_field(number, name),
            Node::Commit(id) => self.commit_field(id, name),
            Node::CheckSuite(commit, id) => self.suite_field(commit, id, name),
            Node::CheckRun(commit, id) => self.check_field(commit, id, name),
        }
    }

    fn show(
        &mut self,
        value: Shown,
        field: &ast::Field<'static, String>,
        arguments: &Map<String, Value>,
        path: &mut Path,
    ) -> Result<Value, Stop> {
        match value {
            Shown::Null => Ok(Value::Null),
            Shown::Leaf(value) => Ok(value),
            Shown::Missing(message) => {
                self.errors.push(json!({
                    "type": "NOT_FOUND",
                    "path": path.clone(),
                    "locations": [location(field)],
                    "message": message,
                }));
                Ok(Value::Null)
            }
            Shown::Forbidden(message) => {
                self.errors.push(json!({
                    "type": "FORBIDDEN",
                    "path": path.clone(),
                    "extensions": { "saml_failure": message.contains("SAML") },
                    "locations": [location(field)],
                    "message": message,
                }));
                Ok(Value::Null)
            }
            Shown::One(object) => self
                .select(&object, &field.selection_set, path)
                .map(Value::Object),
            Shown::Many(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (index, item) in items.into_iter().enumerate() {
                    path.push(Value::from(index));
                    list.push(self.show(item, field, arguments, path)?);
                    path.pop();
                }
                Ok(Value::Array(list))
            }
            Shown::Nodes(nodes) => {
                let show = |node: &Node| Shown::One(Object::Lazy(*node));
                let connection = connection(&nodes, show, Vec::new(), field, arguments, path)?;
                self.select(&connection, &field.selection_set, path)
                    .map(Value::Object)
            }
            Shown::Page(nodes, own) => {
                let connection = connection(&nodes, Clone::clone, own, field, arguments, path)?;
                self.select(&connection, &field.selection_set, path)
                    .map(Value::Object)
            }
        }
    }

    fn arguments(&self, field: &ast::Field<'static, String>) -> Map<String, Value> {
        field
            .arguments
            .iter()
            .map(|(name, value)| (name.clone(), self.value(value)))
            .collect()
    }

    fn value(&self, value: &ast::Value<'static, String>) -> Value {
        match value {
            ast::Value::Variable(name) => self.variables.get(name).cloned().unwrap_or(Value::Null),
            ast::Value::Int(number) => number.as_i64().map_or(Value::Null, Value::from),
            ast::Value::Float(number) => Value::from(*number),
            ast::Value::String(text) | ast::Value::Enum(text) => Value::from(text.clone()),
            ast::Value::Boolean(truth) => Value::from(*truth),
            ast::Value::Null => Value::Null,
            ast::Value::List(items) => items.iter().map(|item| self.value(item)).collect(),
            ast::Value::Object(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(name, value)| (name.clone(), self.value(value)))
                    .collect(),
            ),
        }
    }

    /// What `@include` and `@skip` say.
    fn wanted(&self, directives: &[ast::Directive<'static, String>]) -> bool {
        directives.iter().all(|directive| {
            let condition = directive.arguments.iter().find(|(name, _)| name == "if");
            let holds = condition.is_none_or(|(_, value)| self.value(value) == Value::Bool(true));
            match directive.name.as_str() {
                "include" => holds,
                "skip" => !holds,
                _ => true,
            }
        })
    }
}

/// The part of a connection that was asked for, as an object.
fn connection<T>(
    nodes: &[T],
    show: impl Fn(&T) -> Shown,
    own: Vec<(&'static str, Shown)>,
    field: &ast::Field<'static, String>,
    arguments: &Map<String, Value>,
    path: &Path,
) -> Result<Object, Stop> {
    let count = |name: &str| {
        let number = arguments.get(name).and_then(Value::as_u64)?;
        Some(usize::try_from(number).unwrap_or(usize::MAX))
    };
    let (first, last) = (count("first"), count("last"));
    // How many there are may be asked without saying how many are wanted.
    if first.is_none() && last.is_none() && asks_for_items(&field.selection_set) {
        return Err(json!({
            "type": "MISSING_PAGINATION_BOUNDARIES",
            "path": path,
            "locations": [location(field)],
            "message": format!(
                "You must provide a `first` or `last` value to properly paginate the `{}` connection.",
                field.name
            ),
        }));
    }
    let total = nodes.len();
    let place = |name: &str| place_of(arguments.get(name)?.as_str()?);
    let mut start = place("after").map_or(0, |at| at + 1).min(total);
    let mut end = place("before").unwrap_or(total).clamp(start, total);
    if let Some(first) = first {
        end = end.min(start.saturating_add(first));
    }
    if let Some(last) = last {
        start = start.max(end.saturating_sub(last));
    }
    let cursor_at = |at: usize| {
        if end > start {
            leaf(cursor(at))
        } else {
            Shown::Null
        }
    };
    let info = one(
        "PageInfo",
        vec![
            ("hasNextPage", leaf(end < total)),
            ("hasPreviousPage", leaf(start > 0)),
            ("startCursor", cursor_at(start)),
            ("endCursor", cursor_at(end.saturating_sub(1))),
        ],
    );
    let shown: Vec<Shown> = nodes
        .iter()
        .skip(start)
        .take(end - start)
        .map(show)
        .collect();
    let edges = shown.iter().enumerate().map(|(at, node)| {
        one(
            "Edge",
            vec![("cursor", leaf(cursor(start + at))), ("node", node.clone())],
        )
    });
    let mut fields = vec![
        ("totalCount", leaf(total)),
        ("pageInfo", info),
        ("edges", Shown::Many(edges.collect())),
        ("nodes", Shown::Many(shown)),
    ];
    fields.extend(own);
    Ok(plain("Connection", fields))
}

/// Whether the items of a connection are selected. Those inside a fragment count as asked for.
fn asks_for_items(selection: Selection<'_>) -> bool {
    selection.items.iter().any(|item| match item {
        ast::Selection::Field(field) => field.name == "nodes" || field.name == "edges",
        ast::Selection::InlineFragment(fragment) => asks_for_items(&fragment.selection_set),
        ast::Selection::FragmentSpread(_) => true,
    })
}

fn cursor(at: usize) -> String {
    base64::engine::general_purpose::STANDARD.encode(format!("cursor:{at}"))
}

fn place_of(cursor: &str) -> Option<usize> {
    let plain = base64::engine::general_purpose::STANDARD
        .decode(cursor)
        .ok()?;
    String::from_utf8(plain)
        .ok()?
        .strip_prefix("cursor:")?
        .parse()
        .ok()
}

/// Two selections of the same field become one.
fn fold(shown: &mut Map<String, Value>, key: String, value: Value) {
    match (shown.get_mut(&key), value) {
        (Some(Value::Object(known)), Value::Object(more)) => {
            for (key, value) in more {
                fold(known, key, value);
            }
        }
        (_, value) => {
            shown.insert(key, value);
        }
    }
}

fn kind(object: &Object) -> &'static str {
    match object {
        Object::Plain(kind, _) => kind,
        Object::Lazy(node) => match node {
            Node::Query => "Query",
            Node::Repository => "Repository",
            Node::Pull(_) => "PullRequest",
            Node::Issue(_) => "Issue",
            Node::Commit(_) => "Commit",
            Node::CheckSuite(..) => "CheckSuite",
            Node::CheckRun(..) => "CheckRun",
        },
    }
}

/// Whether a type satisfies the condition of a fragment.
fn is_a(kind: &str, condition: Option<&ast::TypeCondition<'static, String>>) -> bool {
    let Some(ast::TypeCondition::On(wanted)) = condition else {
        return true;
    };
    match wanted.as_str() {
        "Actor" | "RequestedReviewer" | "Assignee" => matches!(kind, "User" | "Bot"),
        "RepositoryOwner" | "ProfileOwner" => matches!(kind, "User" | "Organization"),
        "SearchResultItem" => true,
        "Node" | "PullRequestTimelineItems" | "StatusCheckRollupContext" | "GitObject" => true,
        wanted => wanted == kind,
    }
}

fn location(field: &ast::Field<'static, String>) -> Value {
    json!({ "line": field.position.line, "column": field.position.column })
}

fn undefined(kind: &str, field: &ast::Field<'static, String>, path: &Path) -> Stop {
    let name = &field.name;
    let mut whole = vec![Value::from("query")];
    whole.extend(path.iter().filter(|part| part.is_string()).cloned());
    json!({
        "path": whole,
        "extensions": { "code": "undefinedField", "typeName": kind, "fieldName": name },
        "locations": [location(field)],
        "message": format!("Field '{name}' doesn't exist on type '{kind}'"),
    })
}
