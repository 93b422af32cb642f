//! Git over smart HTTP, for reading: requests are handed to the installed `git upload-pack`.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use bytes::Bytes;

use super::request::Request;

/// What git answers: status, content type, body.
pub(crate) type Packed = (u16, &'static str, Bytes);

const ADVERTISEMENT: &str = "application/x-git-upload-pack-advertisement";
const RESULT: &str = "application/x-git-upload-pack-result";
/// The first packet of an advertisement, and the flush behind it.
const SERVICE: &[u8] = b"001e# service=git-upload-pack\n0000";

/// Whether a path is below `OWNER/NAME.git`; gives what is below it.
pub(crate) fn below_repository<'a>(
    segments: &'a [String],
    owner: &str,
    name: &str,
) -> Option<&'a [String]> {
    let [first, second, rest @ ..] = segments else {
        return None;
    };
    let suffixed = second.strip_suffix(".git");
    let plain = suffixed.unwrap_or(second);
    let is_git = suffixed.is_some() || matches!(rest, [info, ..] if info == "info");
    (is_git && first.eq_ignore_ascii_case(owner) && plain.eq_ignore_ascii_case(name))
        .then_some(rest)
}

/// Answers a request below the repository.
pub(crate) async fn answer(folder: &Path, below: &[String], request: &Request) -> Packed {
    let below: Vec<&str> = below.iter().map(String::as_str).collect();
    match (request.method.as_str(), &below[..]) {
        ("GET", ["info", "refs"]) if request.query("service") == Some("git-upload-pack") => {
            match upload_pack(folder, request, &["--advertise-refs"], Bytes::new()).await {
                Ok(advertised) => {
                    let mut body = if is_version_two(request) {
                        Vec::new()
                    } else {
                        SERVICE.to_vec()
                    };
                    body.extend_from_slice(&advertised);
                    (200, ADVERTISEMENT, Bytes::from(body))
                }
                Err(error) => failed(&error),
            }
        }
        ("POST", ["git-upload-pack"]) => match unpacked(request) {
            Ok(wants) => match upload_pack(folder, request, &[], wants).await {
                Ok(pack) => (200, RESULT, pack),
                Err(error) => failed(&error),
            },
            Err(error) => failed(&error),
        },
        _ => (
            403,
            "text/plain",
            Bytes::from_static(b"This repository is read-only here.\n"),
        ),
    }
}

fn failed(error: &std::io::Error) -> Packed {
    (
        500,
        "text/plain",
        Bytes::from(format!("git upload-pack: {error}\n")),
    )
}

fn is_version_two(request: &Request) -> bool {
    request
        .header("git-protocol")
        .is_some_and(|protocol| protocol.contains("version=2"))
}

/// The body of a request, which git may have compressed.
fn unpacked(request: &Request) -> std::io::Result<Bytes> {
    if request.header("content-encoding") != Some("gzip") {
        return Ok(request.body.clone());
    }
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&request.body[..]).read_to_end(&mut plain)?;
    Ok(Bytes::from(plain))
}

/// Runs `git upload-pack` with nothing of this process's environment but the search path.
async fn upload_pack(
    folder: &Path,
    request: &Request,
    arguments: &'static [&'static str],
    input: Bytes,
) -> std::io::Result<Bytes> {
    let mut command = Command::new("git");
    command
        .arg("upload-pack")
        .arg("--stateless-rpc")
        .args(arguments)
        .arg(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some(protocol) = request.header("git-protocol") {
        command.env("GIT_PROTOCOL", protocol);
    }
    let run = tokio::task::spawn_blocking(move || run(command, &input));
    run.await.map_err(std::io::Error::other)?
}

/// Feeds a program and gives what it said. The writing happens beside the reading, so that neither
/// side waits for the other with a full pipe.
fn run(mut command: Command, input: &[u8]) -> std::io::Result<Bytes> {
    let mut child = command.spawn()?;
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        // A program that ends early leaves input unread; its output tells what it thought of it.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        child.wait_with_output()
    })?;
    if output.status.success() || !output.stdout.is_empty() {
        Ok(Bytes::from(output.stdout))
    } else {
        Err(std::io::Error::other(format!(
            "ended with {}",
            output.status
        )))
    }
}
