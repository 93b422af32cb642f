//! A request as the forge sees it, and the answer before it is dressed for the wire.

use axum::http::{HeaderMap, Method, Uri};
use bytes::Bytes;
use serde_json::{Value, json};

/// A request with its path and query decoded and its token looked up.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    /// The path without `/api/v3`, which stands before it on hosts that have no name for the API.
    pub(crate) path: String,
    pub(crate) segments: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Login of the token's account.
    pub(crate) login: Option<String>,
    /// By how many items pages after the first are off.
    pub(crate) shift: i64,
}

impl Request {
    pub(crate) fn new(method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Self {
        let path = match uri.path() {
            "/api/graphql" => "/graphql",
            path => path.strip_prefix("/api/v3").unwrap_or(path),
        };
        let path = path.to_owned();
        let segments = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(percent_decoded)
            .collect();
        let query = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri)
            .map(|query| query.0)
            .unwrap_or_default();
        Self {
            method,
            uri,
            path,
            segments,
            query,
            headers,
            body,
            login: None,
            shift: 0,
        }
    }

    /// A value of the query.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// A number of the query.
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        self.query(name)?.parse().ok()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The API's address as the client knows it, where that is another than the forge's own: a
    /// client that goes through a proxy asks for `github.localhost`, and is to go on there.
    pub(crate) fn other_base(&self) -> Option<String> {
        let host = match self.uri.authority() {
            Some(authority) => authority.as_str(),
            None => self.header("host")?,
        };
        let name = host.split(':').next().unwrap_or_default();
        match name {
            "api.github.localhost" => Some(format!("http://{host}")),
            "github.localhost" if self.uri.path().starts_with("/api/v3") => {
                Some(format!("http://{host}/api/v3"))
            }
            "github.localhost" => Some(format!("http://api.{host}")),
            _ => None,
        }
    }

    /// Path and query as they came in.
    pub(crate) fn target(&self) -> String {
        self.uri
            .path_and_query()
            .map_or_else(String::new, ToString::to_string)
    }

    /// The page that was asked for.
    pub(crate) fn window(&self) -> Window {
        let size = self.number("per_page").unwrap_or(DEFAULT_PAGE);
        Window {
            number: self.number("page").unwrap_or(1).max(1),
            size: size.clamp(1, LARGEST_PAGE),
            shift: self.shift,
        }
    }

    /// The part of a list that was asked for by cursors, which are made of the items' numbers.
    pub(crate) fn cursor_range(&self, ids: &[u64]) -> std::ops::Range<usize> {
        let size = self.window().size;
        let place = |name: &str| {
            let wanted = self.query(name)?;
            ids.iter().position(|id| cursor(*id) == wanted)
        };
        let start = match (place("after"), place("before")) {
            (Some(after), _) => after + 1,
            (None, Some(before)) => before.saturating_sub(size),
            (None, None) => 0,
        };
        start..(start + size).min(ids.len())
    }

    /// The body as a JSON object, or the refusal that the forge gives for another one.
    pub(crate) fn object(&self) -> Result<Value, Refusal> {
        match serde_json::from_slice::<Value>(&self.body) {
            Ok(value) if value.is_object() => Ok(value),
            _ => Err(Refusal::new(400, "Problems parsing JSON")),
        }
    }
}

const DEFAULT_PAGE: usize = 30;
const LARGEST_PAGE: usize = 100;

/// A page by its number, counted from one, and its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) number: usize,
    pub(crate) size: usize,
    shift: i64,
}

impl Window {
    /// The items of the page.
    pub(crate) fn cut<T>(self, items: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        let start = (self.number - 1) * self.size;
        let shift = isize::try_from(self.shift).unwrap_or_default();
        let start = if start == 0 {
            0
        } else {
            start.saturating_add_signed(shift)
        };
        items.skip(start).take(self.size)
    }
}

/// The cursor of an item.
pub(crate) fn cursor(id: u64) -> String {
    format!("CUR_kw{id}")
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|code| u8::from_str_radix(code, 16).ok());
        decoded.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// What a handler answers.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) content: Content,
    /// Name of the operation in the forge's own description.
    pub(crate) operation: Option<&'static str>,
}

/// The body of an answer.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Json(Value),
    /// A list, of which the wire shows one page.
    List(Vec<Value>),
    /// A list inside an object, under this key and beside `total_count`.
    Wrapped(&'static str, Vec<Value>),
    /// A list inside an object, under this key and beside other fields.
    Within(&'static str, Vec<Value>, Value),
    /// The page that was asked for, under a key where there is one, and the length of the whole.
    Cut(Option<&'static str>, Vec<Value>, usize),
    /// The same by cursors: the page, its items with their numbers, and whether there are items
    /// before and after it.
    CutCursors(Vec<(u64, Value)>, bool, bool),
    /// A list that is paged by cursors, each item with the number that its cursor is made of; under
    /// a key where there is one.
    Cursors(Option<&'static str>, Vec<(u64, Value)>),
    Raw(&'static str, Bytes),
    Empty,
}

/// What a handler gives back.
pub(crate) type Answer = Result<Reply, Refusal>;

impl Reply {
    pub(crate) fn new(operation: &'static str, content: Content) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            content,
            operation: Some(operation),
        }
    }

    pub(crate) fn json(operation: &'static str, value: Value) -> Self {
        Self::new(operation, Content::Json(value))
    }

    pub(crate) fn list(operation: &'static str, items: Vec<Value>) -> Self {
        Self::new(operation, Content::List(items))
    }

    pub(crate) fn wrapped(operation: &'static str, key: &'static str, items: Vec<Value>) -> Self {
        Self::new(operation, Content::Wrapped(key, items))
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// An answer that is an error.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    message: String,
    errors: Vec<Value>,
    headers: Vec<(&'static str, String)>,
    documentation: &'static str,
}

impl Refusal {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            errors: Vec::new(),
            headers: Vec::new(),
            documentation: "https://docs.github.com/rest",
        }
    }

    /// What the forge says of things that do not exist, and of those that may not be seen.
    pub(crate) fn not_found() -> Self {
        Self::new(404, "Not Found")
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The refusal of a body that is well formed and wrong.
    pub(crate) fn unprocessable(errors: Vec<Value>) -> Self {
        Self {
            errors,
            ..Self::new(422, "Unprocessable Entity")
        }
    }

    pub(crate) fn body(&self) -> Value {
        let mut body = json!({ "message": self.message });
        if !self.errors.is_empty() {
            body["errors"] = Value::from(self.errors.clone());
        }
        body["documentation_url"] = Value::from(self.documentation);
        body["status"] = Value::from(self.status.to_string());
        body
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        Self {
            status: refusal.status,
            content: Content::Json(refusal.body()),
            headers: refusal.headers,
            operation: None,
        }
    }
}

impl From<git2::Error> for Refusal {
    fn from(_: git2::Error) -> Self {
        Self::not_found()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_segment_by_segment() {
        let uri = "/repos/a/b/git/ref/heads%2Fmain?per_page=3&q=a%20b"
            .parse()
            .unwrap();
        let request = Request::new(Method::GET, uri, HeaderMap::new(), Bytes::new());
        assert_eq!(
            request.segments,
            ["repos", "a", "b", "git", "ref", "heads/main"]
        );
        assert_eq!(request.number("per_page"), Some(3));
        assert_eq!(request.query("q"), Some("a b"));
    }

    #[test]
    fn a_lone_percent_sign_stays() {
        assert_eq!(percent_decoded("100%"), "100%");
    }
}
