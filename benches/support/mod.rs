//! What the benchmarks against a slow forge share: the demo forge in a process of its own, and an engine
//! with an empty cache.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use proofline::{
    forge::{ApiRoots, Forge},
    model::{Host, RepoId},
    store::{Cache, Ledger},
    sync::{Engine, Folders, Report},
};

pub type Failure = Box<dyn std::error::Error>;

/// How long each answer of the forge takes to begin.
pub const LATENCY: Duration = Duration::from_millis(50);
/// Names the forge for the process that pulls.
pub const BASE: &str = "PROOFLINE_BENCH_BASE";

/// Starts a large forge, whose answers take [`LATENCY`]; returns its address once it listens.
pub fn serve(changes: u32, rows: u32) -> Result<(Child, String), Failure> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_proofline"))
        .args(["demo", "--serve", "--scale", &format!("{changes}x{rows}")])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut out = BufReader::new(child.stdout.take().ok_or("no output")?);
    let (mut line, mut base) = (String::new(), None);
    // Read to the last line that it writes: a closed pipe would end it.
    while out.read_line(&mut line)? > 0 {
        if let Some(found) = line.strip_prefix("base=") {
            base = Some(found.trim().to_owned());
        }
        if line.starts_with("repo=") {
            break;
        }
        line.clear();
    }
    let base = base.ok_or("the forge did not start")?;
    order_latency(&base)?;
    Ok((child, base))
}

fn order_latency(base: &str) -> Result<(), Failure> {
    let address = base.trim_start_matches("http://");
    let millis = LATENCY.as_millis();
    let body = format!(r#"{{"times":0,"kind":{{"latency":{{"millis":{millis}}}}}}}"#);
    let mut socket = TcpStream::connect(address)?;
    write!(
        socket,
        "POST /_demo/fault HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer)?;
    if answer.contains(" 200 ") {
        Ok(())
    } else {
        Err(answer.into())
    }
}

/// Pulls in a process of its own, `times` times; what each prints is printed.
pub fn pull_apart(base: &str, label: &str, times: u32) -> Result<(), Failure> {
    for _ in 0..times {
        let out = Command::new(std::env::current_exe()?)
            .env(BASE, base)
            .output()?;
        print!("{label}{}", String::from_utf8_lossy(&out.stdout));
        if !out.status.success() {
            print!("{}", String::from_utf8_lossy(&out.stderr));
        }
    }
    Ok(())
}

/// A folder of this process's own.
pub fn folder() -> PathBuf {
    std::env::temp_dir().join(format!("proofline-bench-{}", std::process::id()))
}

/// A runtime as the program itself has it.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(cores.max(4)).enable_all().build()
}

/// Puts an engine together, with an empty cache below a folder. Call it inside of a runtime: the
/// client's own tasks live there.
pub fn engine(
    base: &str,
    folder: &Path,
    report: impl Fn(Report) + Send + Sync + 'static,
) -> Result<Engine, Failure> {
    let folders = Folders {
        cache: folder.join("cache"),
        data: folder.join("data"),
    };
    let host = Host::new(base.trim_start_matches("http://"));
    let token = "ghp_demo_mira".to_owned();
    let client = Forge::new(host.clone(), ApiRoots::from_base(base), Some(token.into()))?;
    let (cache, _) = Cache::open(&folders.cache.join("cache.db"))?;
    let (ledger, _) = Ledger::open(&folders.data.join("ledger.db"))?;
    let repo = RepoId {
        host,
        owner: "acme".to_owned(),
        name: "payments".to_owned(),
    };
    let stores = (cache, ledger);
    Ok(Engine::new(client, stores, folders, repo, Arc::new(report)))
}

/// KiB, as Linux tells it.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
