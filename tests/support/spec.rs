//! The forge's own description as a judge: the `OpenAPI` document and the GraphQL schema, read from
//! the folder that `PROOFLINE_FORGE_SPEC` names. They are not part of this project; tests that
//! need them say so and pass where the variable is not set.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};

use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use jsonschema::Validator;
use proofline::demo::{DemoForge, Exchange};
use serde_json::{Map, Value, json};

/// The description, shared by all tests of the process; none where it is not at hand.
pub static SPEC: LazyLock<Option<Spec>> = LazyLock::new(|| {
    let Some(folder) = std::env::var_os("PROOFLINE_FORGE_SPEC") else {
        println!(
            "skipped: PROOFLINE_FORGE_SPEC does not name the folder of the forge's description"
        );
        return None;
    };
    Some(Spec::read(&PathBuf::from(folder)))
});

/// Answers that the description does not allow, each with the reason why they stay.
pub const EXEMPT: &[Exemption] = &[
    Exemption {
        operation: "checks/list-for-ref",
        error_part: "\"superseded\" is not one of",
        reason: "one check run of the world has a conclusion that no description knows, on purpose",
    },
    Exemption {
        operation: "checks/get",
        error_part: "\"superseded\" is not one of",
        reason: "the same check run, on its own",
    },
];

/// One kind of violation that is meant.
pub struct Exemption {
    pub operation: &'static str,
    pub error_part: &'static str,
    pub reason: &'static str,
}

/// Members of a schema that say nothing about validity.
const WORDS_ONLY: [&str; 10] = [
    "example",
    "examples",
    "externalDocs",
    "xml",
    "discriminator",
    "deprecated",
    "description",
    "title",
    "default",
    "readOnly",
];

/// An operation of the description.
struct Operation {
    id: String,
    method: String,
    /// Segments of its path; those in braces match anything.
    path: Vec<String>,
    /// JSON schema of the answer, by status.
    answers: HashMap<u16, Value>,
    /// All statuses that are described.
    statuses: Vec<u16>,
    request: Option<Value>,
}

/// The description, ready to judge.
pub struct Spec {
    operations: Vec<Operation>,
    definitions: Value,
    compiled: Mutex<HashMap<String, Arc<Validator>>>,
    schema: Valid<Schema>,
}

impl Spec {
    fn read(folder: &Path) -> Self {
        let text = unpacked(&folder.join("openapi-trimmed.json.xz"));
        let document: Value = serde_json::from_str(&text).unwrap();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let definitions: Map<String, Value> = schemas
            .iter()
            .map(|(name, schema)| (name.clone(), converted(schema)))
            .collect();
        let schema = unpacked(&folder.join("schema.graphql.xz"));
        Self {
            operations: operations(&document),
            definitions: Value::Object(definitions),
            compiled: Mutex::default(),
            schema: Schema::parse_and_validate(schema, "schema.graphql").unwrap(),
        }
    }

    /// Judges an exchange of REST: status, body of the answer, body of the request.
    pub fn check_exchange(&self, exchange: &Exchange) -> Result<(), String> {
        let found = self.operation(&exchange.method, &exchange.path);
        let operation = found
            .ok_or_else(|| format!("{} {} is not described", exchange.method, exchange.path))?;
        let fail = |what: &str| {
            Err(format!(
                "{} {} ({}): {what}",
                exchange.method, exchange.path, operation.id
            ))
        };
        if exchange
            .operation
            .is_some_and(|named| named != operation.id)
        {
            return fail(&format!("was answered as {:?}", exchange.operation));
        }
        let is_success = (200..400).contains(&exchange.status);
        if is_success && exchange.status != 304 && !operation.statuses.contains(&exchange.status) {
            return fail(&format!("status {} is not described", exchange.status));
        }
        let is_json = |kind: &str| kind.starts_with("application/json");
        let described = exchange.header("content-type").is_none_or(is_json);
        if let (Some(schema), Some(body)) =
            (operation.answers.get(&exchange.status), exchange.json())
            && described
        {
            let name = format!("{} {}", operation.id, exchange.status);
            if let Err(error) = self.validate(&name, schema, &body) {
                let exempt = EXEMPT
                    .iter()
                    .any(|rule| rule.operation == operation.id && error.contains(rule.error_part));
                if !exempt {
                    return fail(&error);
                }
            }
        }
        if is_success
            && let (Some(schema), Some(body)) = (&operation.request, &exchange.request_body)
        {
            self.validate(&format!("{} request", operation.id), schema, body)
                .or_else(|error| fail(&error))?;
        }
        Ok(())
    }

    /// Judges a GraphQL document.
    pub fn check_query(&self, query: &str) -> Result<(), String> {
        ExecutableDocument::parse_and_validate(&self.schema, query, "query.graphql")
            .map(|_| ())
            .map_err(|error| error.to_string())
    }

    /// Judges the body of a request by the name of its operation.
    pub fn check_request(&self, operation: &str, body: &Value) -> Result<(), String> {
        let known = self.operations.iter().find(|known| known.id == operation);
        let known = known.ok_or_else(|| format!("{operation} is not described"))?;
        let schema = known
            .request
            .as_ref()
            .ok_or_else(|| format!("{operation} takes no body"))?;
        self.validate(&format!("{operation} request"), schema, body)
    }

    /// The operation of a request; the one with the most literal segments where several match.
    fn operation(&self, method: &str, path: &str) -> Option<&Operation> {
        let path = path.split('?').next().unwrap_or_default();
        let mut segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        if segments.first() == Some(&"repositories") {
            segments.splice(..2, ["repos", "by", "number"]);
        }
        self.operations
            .iter()
            .filter(|operation| operation.method.eq_ignore_ascii_case(method))
            .filter(|operation| matches_path(&operation.path, &segments))
            // The older form of a comparison; the newer takes the same requests.
            .filter(|operation| operation.id != "repos/compare-commits")
            .max_by_key(|operation| {
                operation
                    .path
                    .iter()
                    .filter(|part| !part.starts_with('{'))
                    .count()
            })
    }

    fn validate(&self, name: &str, schema: &Value, body: &Value) -> Result<(), String> {
        let validator = self.validator(name, schema);
        let errors: Vec<String> = validator
            .iter_errors(body)
            .take(3)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors.join("; "))
        }
    }

    fn validator(&self, name: &str, schema: &Value) -> Arc<Validator> {
        let mut compiled = self.compiled.lock().unwrap();
        let make = || {
            let mut whole = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema" });
            let mut needed = Map::new();
            collect_definitions(schema, &self.definitions, &mut needed);
            whole["$defs"] = Value::Object(needed);
            whole["allOf"] = json!([schema]);
            Arc::new(jsonschema::validator_for(&whole).unwrap())
        };
        Arc::clone(compiled.entry(name.to_owned()).or_insert_with(make))
    }
}

fn matches_path(pattern: &[String], segments: &[&str]) -> bool {
    // A path or a reference may hold slashes; it is always the last part.
    let open_ended = pattern.last().is_some_and(|last| last.starts_with('{'));
    let same_length = pattern.len() == segments.len();
    (same_length || (open_ended && segments.len() > pattern.len() && pattern.len() > 4))
        && pattern
            .iter()
            .zip(segments)
            .all(|(part, segment)| part.starts_with('{') || part == segment)
}

/// The definitions that a schema refers to, directly or through others.
fn collect_definitions(schema: &Value, all: &Value, needed: &mut Map<String, Value>) {
    match schema {
        Value::Object(members) => {
            if let Some(name) = members.get("$ref").and_then(Value::as_str) {
                let name = name.trim_start_matches("#/$defs/");
                if !needed.contains_key(name) {
                    needed.insert(name.to_owned(), all[name].clone());
                    collect_definitions(&all[name], all, needed);
                }
            }
            members
                .values()
                .for_each(|member| collect_definitions(member, all, needed));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| collect_definitions(item, all, needed)),
        _ => {}
    }
}

/// A schema of `OpenAPI` 3.0 as one of JSON Schema 2020-12.
fn converted(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(converted).collect(),
        Value::Object(members) => converted_object(members),
        other => other.clone(),
    }
}

fn converted_object(members: &Map<String, Value>) -> Value {
    if let Some(name) = members.get("$ref").and_then(Value::as_str) {
        return json!({ "$ref": name.replace("#/components/schemas/", "#/$defs/") });
    }
    let mut schema = Map::new();
    for (name, member) in members {
        let says_nothing =
            WORDS_ONLY.contains(&name.as_str()) || name.starts_with("x-") || name == "writeOnly";
        let is_old_bound = name.starts_with("exclusive") && member.is_boolean();
        if says_nothing || is_old_bound || name == "nullable" {
            continue;
        }
        let member = match (name.as_str(), member) {
            ("properties", Value::Object(properties)) => properties
                .iter()
                .map(|(name, schema)| (name.clone(), converted(schema)))
                .collect(),
            ("enum" | "required", member) => member.clone(),
            (_, member) => converted(member),
        };
        schema.insert(name.clone(), member);
    }
    if members.get("nullable") == Some(&Value::Bool(true)) {
        nullable(schema)
    } else {
        Value::Object(schema)
    }
}

fn nullable(mut schema: Map<String, Value>) -> Value {
    if let Some(Value::Array(values)) = schema.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    if let Some(Value::String(kind)) = schema.get("type") {
        let kinds = json!([kind, "null"]);
        schema.insert("type".to_owned(), kinds);
    } else if ["oneOf", "anyOf", "allOf"]
        .iter()
        .any(|name| schema.contains_key(*name))
    {
        return json!({ "anyOf": [schema, { "type": "null" }] });
    }
    Value::Object(schema)
}

fn operations(document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, described) in methods.as_object().unwrap() {
            if !["get", "post", "put", "patch", "delete"].contains(&method.as_str()) {
                continue;
            }
            let answers = described["responses"].as_object().unwrap();
            let schema_of = |answer: &Value| json_schema(followed(document, answer));
            operations.push(Operation {
                id: described["operationId"].as_str().unwrap().to_owned(),
                method: method.clone(),
                path: path
                    .split('/')
                    .filter(|part| !part.is_empty())
                    .map(str::to_owned)
                    .collect(),
                statuses: answers
                    .keys()
                    .filter_map(|status| status.parse().ok())
                    .collect(),
                answers: answers
                    .iter()
                    .filter_map(|(status, answer)| Some((status.parse().ok()?, schema_of(answer)?)))
                    .collect(),
                request: json_schema(followed(document, &described["requestBody"])),
            });
        }
    }
    operations
}

fn json_schema(described: &Value) -> Option<Value> {
    let contents = described["content"].as_object()?;
    let (_, content) = contents.iter().find(|(kind, _)| kind.contains("json"))?;
    Some(converted(content.get("schema")?))
}

fn followed<'a>(document: &'a Value, mut value: &'a Value) -> &'a Value {
    while let Some(reference) = value["$ref"].as_str() {
        value = document.pointer(reference.trim_start_matches('#')).unwrap();
    }
    value
}

/// Recorded exchanges, one a line; none where they are not at hand.
pub fn recorded() -> Option<String> {
    let path = PathBuf::from(std::env::var_os("PROOFLINE_FORGE_SPEC")?).join("recorded.jsonl.xz");
    if path.exists() {
        return Some(unpacked(&path));
    }
    println!("skipped: {} is not there", path.display());
    None
}

fn unpacked(path: &Path) -> String {
    let packed = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut plain = Vec::new();
    lzma_rs::xz_decompress(&mut packed.as_slice(), &mut plain).unwrap();
    String::from_utf8(plain).unwrap()
}

/// Judges the whole log; gives the number of exchanges that were judged, by kind.
#[track_caller]
pub fn judge(forge: &DemoForge) -> Option<(usize, usize)> {
    let spec = SPEC.as_ref()?;
    let (mut rest, mut queries) = (0, 0);
    let mut wrong = Vec::new();
    for exchange in forge.log() {
        let is_git = exchange.path.contains(".git/");
        if is_git {
            continue;
        }
        if exchange.path == "/graphql" {
            let body = exchange.request_body.as_ref().unwrap();
            queries += 1;
            wrong.extend(spec.check_query(body["query"].as_str().unwrap()).err());
            let errors = exchange.json().unwrap().get("errors").cloned();
            wrong.extend(errors.map(|e| e.to_string()));
        } else {
            rest += 1;
            wrong.extend(spec.check_exchange(&exchange).err());
        }
    }
    assert!(wrong.is_empty(), "{} of {rest}: {wrong:#?}", wrong.len());
    Some((rest, queries))
}
