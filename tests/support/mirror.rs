//! A server in front of a forge that passes everything on and rewrites what the forge says: for
//! worlds that the demo's is not, and for forges that are not what they should be.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use proofline::demo::DemoForge;
use serde_json::Value;

/// An answer with JSON on its way back.
pub struct Reply<'a> {
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Value,
    /// Where the mirror is.
    pub base: &'a str,
}

impl Reply<'_> {
    /// Names the next page.
    pub fn link_next(&mut self, target: &str) {
        self.headers.retain(|(name, _)| name != "link");
        let link = format!("<{}{target}>; rel=\"next\"", self.base);
        self.headers.push(("link".to_owned(), link));
    }
}

type Rewrite = dyn Fn(&mut Reply<'_>) + Send + Sync;

/// The server. It ends with its process.
pub struct Mirror {
    pub base: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Mirror {
    /// Stands before a forge.
    pub fn before(
        forge: &DemoForge,
        rewrite: impl Fn(&mut Reply<'_>) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (behind, rewrite): (String, Arc<Rewrite>) =
            (forge.base().to_owned(), Arc::new(rewrite));
        let (own, seen) = (base.clone(), asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (behind, own) = (behind.clone(), own.clone());
                let (rewrite, seen) = (rewrite.clone(), seen.clone());
                std::thread::spawn(move || serve(stream, &behind, &own, &*rewrite, &seen));
            }
        });
        Self { base, asked }
    }

    /// Methods and targets of all requests so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// Reads a head up to its empty line, and what came of the body with it.
fn head(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let (mut bytes, mut some) = (Vec::new(), [0; 8_192]);
    loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            let body = bytes.split_off(end + 4);
            return Some((String::from_utf8(bytes).ok()?, body));
        }
        match stream.read(&mut some).ok()? {
            0 => return None,
            n => bytes.extend_from_slice(&some[..n]),
        }
    }
}

fn length(head: &str) -> Option<usize> {
    let named = |line: &str| {
        let (name, value) = line.split_once(':')?;
        (name.eq_ignore_ascii_case("content-length")).then(|| value.trim().parse().ok())?
    };
    head.lines().find_map(named)
}

/// One request of a connection, which is closed after it.
fn serve(
    mut stream: TcpStream,
    behind: &str,
    own: &str,
    rewrite: &Rewrite,
    seen: &Mutex<Vec<String>>,
) -> Option<()> {
    let (head_text, mut body) = head(&mut stream)?;
    let wanted = length(&head_text).unwrap_or(0);
    let mut some = [0; 8_192];
    while body.len() < wanted {
        match stream.read(&mut some).ok()? {
            0 => return None,
            n => body.extend_from_slice(&some[..n]),
        }
    }
    let line = head_text.lines().next()?.to_owned();
    let (method, rest) = line.split_once(' ')?;
    let target = rest.rsplit_once(' ')?.0;
    seen.lock().unwrap().push(format!("{method} {target}"));
    let host = behind.trim_start_matches("http://");
    let mut request =
        format!("{method} {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    let mut chunked = false;
    for line in head_text.lines().skip(1).filter(|l| !l.is_empty()) {
        let name = line
            .split(':')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        // What is rewritten has other tags than the forge's.
        let own = [
            "host",
            "connection",
            "accept-encoding",
            "if-none-match",
            "if-modified-since",
        ];
        chunked |= name == "transfer-encoding";
        if !own.contains(&name.as_str()) {
            request += &format!("{line}\r\n");
        }
    }
    let mut forge = TcpStream::connect(host).ok()?;
    forge.write_all(format!("{request}\r\n").as_bytes()).ok()?;
    forge.write_all(&body).ok()?;
    if chunked {
        // Of git alone: passed on until its end.
        let mut from = stream.try_clone().ok()?;
        let mut to = forge.try_clone().ok()?;
        std::thread::spawn(move || std::io::copy(&mut from, &mut to));
    }
    let (answer, mut rest) = head(&mut forge)?;
    let is_json = answer
        .to_ascii_lowercase()
        .contains("content-type: application/json");
    if !is_json {
        let answer = answer.replace(behind, own);
        let closing = answer.replacen("\r\n", "\r\nconnection: close\r\n", 1);
        stream.write_all(closing.as_bytes()).ok()?;
        stream.write_all(&rest).ok()?;
        std::io::copy(&mut forge, &mut stream).ok()?;
        return Some(());
    }
    forge.read_to_end(&mut rest).ok()?;
    let mut reply = Reply {
        method,
        target,
        status: answer.split(' ').nth(1)?.parse().ok()?,
        headers: answer
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.replace(behind, own)))
            .filter(|(name, _)| {
                !["content-length", "connection", "etag", "last-modified"].contains(&name.as_str())
            })
            .collect(),
        body: serde_json::from_str(&String::from_utf8(rest).ok()?.replace(behind, own))
            .unwrap_or_default(),
        base: own,
    };
    rewrite(&mut reply);
    let body = reply.body.to_string();
    let mut answer = format!(
        "HTTP/1.1 {} Rewritten\r\nconnection: close\r\ncontent-length: {}\r\n",
        reply.status,
        body.len()
    );
    for (name, value) in &reply.headers {
        answer += &format!("{name}: {value}\r\n");
    }
    stream
        .write_all(format!("{answer}\r\n{body}").as_bytes())
        .ok()
}
