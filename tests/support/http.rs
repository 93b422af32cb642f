//! A plain HTTP client for tests: one request, one connection, no cleverness that could hide what
//! a server really sends.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

/// An answer as it came over the wire.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The address of a `Link` relation.
    pub fn link(&self, relation: &str) -> Option<String> {
        let wanted = format!("rel=\"{relation}\"");
        let link = self
            .header("link")?
            .split(", ")
            .find(|link| link.ends_with(&wanted))?;
        Some(link.trim_start_matches('<').split('>').next()?.to_owned())
    }
}

/// Someone who asks, with or without a token.
#[derive(Debug, Clone)]
pub struct Client {
    pub base: String,
    pub token: Option<String>,
}

impl Client {
    pub fn new(base: &str, token: Option<&str>) -> Self {
        Self {
            base: base.to_owned(),
            token: token.map(str::to_owned),
        }
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None).unwrap()
    }

    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[], Some(body)).unwrap()
    }

    /// Sends one request to a path, or to a whole address.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> std::io::Result<Answer> {
        let address = match path.strip_prefix("http://") {
            Some(_) => path.to_owned(),
            None => format!("{}{path}", self.base),
        };
        let rest = address.trim_start_matches("http://");
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut request = format!(
            "{method} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nuser-agent: test\r\ncontent-length: {}\r\n",
            body.len()
        );
        if let Some(token) = &self.token {
            let _ = write!(request, "authorization: Bearer {token}\r\n");
        }
        for (name, value) in headers {
            let _ = write!(request, "{name}: {value}\r\n");
        }
        request.push_str("\r\n");
        let mut stream = TcpStream::connect(host)?;
        stream.write_all(request.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        parse(&bytes).ok_or_else(|| std::io::Error::other("the answer is not whole"))
    }
}

/// An answer whose body is as long as its head says.
fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let body = bytes[end + 4..].to_vec();
    let answer = Answer {
        status,
        headers,
        body,
    };
    let announced = answer
        .header("content-length")
        .and_then(|length| length.parse().ok());
    (announced.unwrap_or(0) == answer.body.len()).then_some(answer)
}
