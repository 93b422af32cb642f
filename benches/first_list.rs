//! How fast a usable list of open changes is there, against a forge that answers after 50 ms.
//!
//! `cargo bench --bench first_list` starts the demo forge in a process of its own, large and slow, and
//! pulls the list into an empty cache in another. Printed are the time, the time that the chain of
//! dependent requests takes by itself (each page of the list names the next), their ratio, the
//! number of requests, and the peak memory of the pulling process. Nothing is asserted.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use proofline::{
    forge::{ApiRoots, Forge},
    model::{Host, RepoId},
    store::{Cache, Ledger},
    sync::{Ask, Engine, Folders},
};

type Failure = Box<dyn std::error::Error>;

const LATENCY: u64 = 50;
/// Names the forge for the process that pulls.
const BASE: &str = "PROOFLINE_BENCH_BASE";

fn main() -> Result<(), Failure> {
    if let Ok(base) = std::env::var(BASE) {
        return pull(&base);
    }
    println!("latency {LATENCY} ms a request, empty cache");
    for changes in [500, 5_000, 20_000] {
        let (mut forge, base) = serve(changes)?;
        order_latency(&base)?;
        for _ in 0..3 {
            let out = Command::new(std::env::current_exe()?)
                .env(BASE, &base)
                .output()?;
            print!(
                "{changes:>6} changes: {}",
                String::from_utf8_lossy(&out.stdout)
            );
            if !out.status.success() {
                print!("{}", String::from_utf8_lossy(&out.stderr));
            }
        }
        forge.kill()?;
        forge.wait()?;
    }
    Ok(())
}

/// Starts a large forge; returns its address once it listens.
fn serve(changes: u32) -> Result<(Child, String), Failure> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_proofline"))
        .args(["demo", "--serve", "--scale", &format!("{changes}x4")])
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
    if let Some(base) = base {
        return Ok((child, base));
    }
    Err("the forge did not start".into())
}

fn order_latency(base: &str) -> Result<(), Failure> {
    let address = base.trim_start_matches("http://");
    let body = format!(r#"{{"times":0,"kind":{{"latency":{{"millis":{LATENCY}}}}}}}"#);
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

fn pull(base: &str) -> Result<(), Failure> {
    let folder = std::env::temp_dir().join(format!("proofline-bench-{}", std::process::id()));
    let folders = Folders {
        cache: folder.join("cache"),
        data: folder.join("data"),
    };
    let host = Host::new(base.trim_start_matches("http://"));
    let token = "ghp_demo_mira".to_owned();
    let runtime = tokio::runtime::Runtime::new()?;
    // The client's own tasks live in the runtime.
    let inside = runtime.enter();
    let client = Forge::new(host.clone(), ApiRoots::from_base(base), Some(token.into()))?;
    let (cache, _) = Cache::open(&folders.cache.join("cache.db"))?;
    let (ledger, _) = Ledger::open(&folders.data.join("ledger.db"))?;
    let repo = RepoId {
        host,
        owner: "acme".to_owned(),
        name: "payments".to_owned(),
    };
    let engine = Engine::new(client, (cache, ledger), folders, repo, Arc::new(|_| {}));
    drop(inside);
    let started = Instant::now();
    runtime.block_on(engine.probe(&Ask::default()))?;
    let rows = engine.inbox()?.len();
    let took = started.elapsed();
    let log = engine.forge.log().entries();
    // Each page names the next: no concurrency shortens this chain.
    let chain: Vec<Duration> = log
        .iter()
        .filter(|e| e.path.ends_with("/graphql"))
        .map(|e| e.took)
        .collect();
    let alone: Duration = chain.iter().sum();
    let least = Duration::from_millis(LATENCY) * u32::try_from(chain.len())?;
    println!(
        "{rows} rows in {} ms; {} dependent requests take {} ms ({} ms of latency): ratio {:.3} ({:.3}); {} requests; peak {} MiB",
        took.as_millis(),
        chain.len(),
        alone.as_millis(),
        least.as_millis(),
        took.as_secs_f64() / alone.as_secs_f64(),
        took.as_secs_f64() / least.as_secs_f64(),
        log.len(),
        peak_memory().map_or_else(|| "?".to_owned(), |kib| (kib >> 10).to_string()),
    );
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// KiB, as Linux tells it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
