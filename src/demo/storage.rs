//! The storage host: a second origin, to which downloads are redirected by links that are signed
//! and live for a minute. It refuses a request that carries a token, as the real one does.

use axum::body::Bytes;
use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use super::request::Request;
use super::rest::View;
use super::world::{Time, hex, zipped_all};

/// How long a link lives.
const LIFETIME: TimeDelta = TimeDelta::seconds(60);

/// Where the storage host is, and how it signs.
#[derive(Debug)]
pub(crate) struct Storage {
    pub(crate) origin: String,
    pub(crate) secret: String,
}

/// What the storage host answers: status, content type, body.
pub(crate) type Stored = (u16, &'static str, Bytes);

impl Storage {
    /// A link to a path (`logs/1`), good for a minute.
    pub(crate) fn signed(&self, path: &str, now: Time) -> String {
        self.signed_until(path, (now + LIFETIME).timestamp())
    }

    /// A link that stands inside an answer, which must not change with every second: good to the
    /// end of the next hour.
    pub(crate) fn signed_for_long(&self, path: &str, now: Time) -> String {
        let hour = now.timestamp().div_euclid(3_600);
        self.signed_until(path, (hour + 2) * 3_600)
    }

    fn signed_until(&self, path: &str, expires: i64) -> String {
        format!(
            "{}/{path}?se={expires}&sig={}",
            self.origin,
            self.signature(path, expires)
        )
    }

    fn signature(&self, path: &str, expires: i64) -> String {
        hex(&Sha256::digest(format!(
            "{}\n{path}\n{expires}",
            self.secret
        )))
    }

    /// Answers a request to the storage host.
    pub(crate) fn answer(&self, view: &View<'_>, request: &Request) -> Stored {
        if request.headers.contains_key("authorization") {
            return refused(400, "InvalidAuthenticationInfo");
        }
        let path = request.segments.join("/");
        let expires = request
            .query("se")
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        if request.query("sig") != Some(self.signature(&path, expires).as_str()) {
            return refused(403, "AuthenticationFailed: the signature does not match");
        }
        if view.now.timestamp() > expires {
            return refused(
                403,
                "AuthenticationFailed: the signature is not valid any more",
            );
        }
        let number = |text: &str| text.parse::<u64>().unwrap_or_default();
        match request
            .segments
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()[..]
        {
            ["artifacts", file] => {
                match view.find_artifact(number(file.trim_end_matches(".zip"))) {
                    Ok((_, artifact)) => (200, "application/zip", artifact.zip.clone()),
                    Err(_) => refused(404, "BlobNotFound"),
                }
            }
            ["logs", job] => match view.find_job(number(job)) {
                Ok((_, _, job)) => (
                    200,
                    "text/plain; charset=utf-8",
                    Bytes::from(job.log.clone()),
                ),
                Err(_) => refused(404, "BlobNotFound"),
            },
            ["run-logs", run, of] => match run_logs(view, number(run), number(of)) {
                Some(zip) => (200, "application/zip", zip),
                None => refused(404, "BlobNotFound"),
            },
            ["assets", id] => match view.find_asset(number(id)) {
                Ok((_, asset)) => (200, "application/octet-stream", asset.bytes.clone()),
                Err(_) => refused(404, "BlobNotFound"),
            },
            ["attestations", id] => {
                let mut known = view.world.attestations.iter();
                match known.find(|known| known.id == number(id)) {
                    Some(known) => (
                        200,
                        "application/x-snappy",
                        Bytes::from(snappy(known.bundle.to_string().as_bytes())),
                    ),
                    None => refused(404, "BlobNotFound"),
                }
            }
            _ => refused(404, "BlobNotFound"),
        }
    }
}

/// The logs of all jobs of a try, zipped: a file for each, as the forge names them.
fn run_logs(view: &View<'_>, run: u64, of: u64) -> Option<Bytes> {
    let run = view.world.run(run)?;
    let of = run.tries.iter().find(|known| known.number == of)?;
    let names: Vec<String> = of
        .jobs
        .iter()
        .enumerate()
        .map(|(at, job)| format!("{at}_{}.txt", job.name))
        .collect();
    let texts = of.jobs.iter().map(|job| job.log.as_str());
    let files: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(texts).collect();
    zipped_all(&files).ok().map(|(zip, _)| zip)
}

/// Bytes in the block format of Snappy, as literals only: bundles are kept so.
fn snappy(bytes: &[u8]) -> Vec<u8> {
    let low = |number: usize| number.to_le_bytes()[0];
    let mut packed = Vec::with_capacity(bytes.len() + 16);
    let mut length = bytes.len();
    while length >= 0x80 {
        packed.push(low(length) | 0x80);
        length >>= 7;
    }
    packed.push(low(length));
    for chunk in bytes.chunks(0x1_0000) {
        let last = chunk.len() - 1;
        // A literal whose length stands in the two bytes behind its tag.
        packed.extend([61 << 2, low(last), low(last >> 8)]);
        packed.extend_from_slice(chunk);
    }
    packed
}

fn refused(status: u16, code: &str) -> Stored {
    let body =
        format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code></Error>");
    (status, "application/xml", Bytes::from(body))
}
