//! What a range of a large repository costs on disk: 40,000 commits, 2,000 Rust files.
//!
//! `cargo bench --bench local` makes the repository in a temporary folder, opens ranges of 20 and of 600
//! commits in a pseudo-terminal of 200x50, and prints when the first screen with the newest commit was
//! there, when what its files do was there, and how much memory that took at most; beside F, the start
//! of a bare table of ratatui to its first frame. `PROOFLINE_BENCH_REPO=DIR` opens another repository.
//! Nothing is asserted.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::{
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

type Failure = Box<dyn std::error::Error>;

const COMMITS: usize = 40_000;
const FILES: usize = 2_000;
/// Makes this program the bare table.
const FLOOR: &str = "PROOFLINE_BENCH_FLOOR";
const RUNS: usize = 7;

fn main() -> Result<(), Failure> {
    if std::env::var_os(FLOOR).is_some() {
        return floor();
    }
    let given = std::env::var_os("PROOFLINE_BENCH_REPO").map(PathBuf::from);
    let made = tempfile::tempdir()?;
    let folder = if let Some(folder) = &given {
        folder.as_path()
    } else {
        let started = Instant::now();
        repository(made.path())?;
        let took = started.elapsed().as_secs_f64();
        println!("{COMMITS} commits of {FILES} files, made in {took:.1} s");
        made.path()
    };
    let mut floor = CommandBuilder::new(std::env::current_exe()?);
    floor.env(FLOOR, "1");
    floor.env("TERM", "xterm-256color");
    let f = median((0..RUNS).map(|_| Ok(first(&floor, "row 7", None)?.0)))?;
    println!("F, a bare table: {} ms", millis(f));
    for count in [20, 600] {
        let range = format!("HEAD~{count}..HEAD");
        let newest = git(folder, &["log", "-1", "--format=%s"])?;
        let newest: String = newest.trim().chars().take(30).collect();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_proofline"));
        command.args(["local", &range]);
        command.cwd(folder);
        command.env("TERM", "xterm-256color");
        let home = made.path().join("home");
        for name in ["HOME", "PROOFLINE_CACHE_DIR", "PROOFLINE_DATA_DIR"] {
            command.env(name, &home);
        }
        let mut runs = Vec::new();
        for _ in 0..RUNS {
            runs.push(first(&command, &newest, Some("code changed"))?);
        }
        let screen = median(runs.iter().map(|r| Ok(r.0)))?;
        let whole = median(runs.iter().map(|r| r.1.ok_or_else(|| "no whole".into())))?;
        let peak = runs.iter().map(|r| r.2).max().unwrap_or(0) >> 10;
        println!(
            "{count} commits: first screen {} ms ({:.0} F), all of it {} ms, {peak} MiB at most",
            millis(screen),
            screen.as_secs_f64() / f.as_secs_f64(),
            millis(whole)
        );
    }
    Ok(())
}

fn millis(time: Duration) -> u128 {
    time.as_millis()
}

fn median(times: impl Iterator<Item = Result<Duration, Failure>>) -> Result<Duration, Failure> {
    let mut times = times.collect::<Result<Vec<_>, _>>()?;
    times.sort();
    Ok(times.get(times.len() / 2).copied().unwrap_or_default())
}

/// Starts a program in a pseudo-terminal; returns when it first wrote a text, when the other, and how
/// many KiB it held at most until then.
fn first(
    command: &CommandBuilder,
    text: &str,
    then: Option<&str>,
) -> Result<(Duration, Option<Duration>, u64), Failure> {
    let size = PtySize {
        rows: 50,
        cols: 200,
        pixel_width: 0,
        pixel_height: 0,
    };
    let pair = native_pty_system().openpty(size)?;
    let started = Instant::now();
    let mut child = pair.slave.spawn_command(command.clone())?;
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader()?;
    let (sender, written) = channel();
    let reading = std::thread::spawn(move || {
        let mut buffer = [0; 8_192];
        while let Ok(n @ 1..) = reader.read(&mut buffer) {
            let some = buffer.get(..n).unwrap_or_default().to_vec();
            if sender.send((Instant::now(), some)).is_err() {
                break;
            }
        }
    });
    let mut seen = Vec::new();
    let screen = until(&written, &mut seen, text)? - started;
    let whole = match then {
        Some(text) => Some(until(&written, &mut seen, text)? - started),
        None => None,
    };
    let peak = child.process_id().map_or(0, peak);
    child.kill()?;
    child.wait()?;
    drop(pair.master);
    drop(written);
    let _ = reading.join();
    Ok((screen, whole, peak))
}

/// What was written, without the sequences that move and colour, and without blanks: ratatui writes
/// only cells that differ.
fn plain(written: &[u8]) -> String {
    let text = String::from_utf8_lossy(written);
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            // A sequence ends with a letter; what stands before it are numbers and marks.
            let _ = chars.find(char::is_ascii_alphabetic);
        } else if !c.is_whitespace() {
            out.push(c);
        }
    }
    out
}

/// Waits until a text was written.
fn until(
    written: &Receiver<(Instant, Vec<u8>)>,
    seen: &mut Vec<u8>,
    text: &str,
) -> Result<Instant, Failure> {
    let wanted: String = text.split_whitespace().collect();
    loop {
        let (at, some) = written
            .recv_timeout(Duration::from_mins(1))
            .map_err(|_| format!("“{text}” never came"))?;
        seen.extend(some);
        if plain(seen).contains(&wanted) {
            return Ok(at);
        }
    }
}

/// The most memory that a process held, in KiB.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let number = line.and_then(|l| l.split_whitespace().next()?.parse().ok());
    number.unwrap_or(0)
}

/// The bare table: many rows, one frame, then it waits to be ended.
fn floor() -> Result<(), Failure> {
    use ratatui::{
        layout::Constraint,
        widgets::{Row, Table},
    };
    let mut terminal = ratatui::init();
    terminal.draw(|frame| {
        let height = usize::from(frame.area().height);
        let rows =
            (0..height).map(|n| Row::new([format!("row {n}"), "a text of a row".to_owned()]));
        let widths = [Constraint::Length(12), Constraint::Fill(1)];
        frame.render_widget(Table::new(rows, widths), frame.area());
    })?;
    std::thread::sleep(Duration::from_mins(1));
    Ok(())
}

fn git(folder: &Path, args: &[&str]) -> Result<String, Failure> {
    let out = Command::new("git")
        .args(args)
        .current_dir(folder)
        .output()?;
    if !out.status.success() {
        return Err(String::from_utf8_lossy(&out.stderr).into());
    }
    Ok(String::from_utf8(out.stdout)?)
}

/// A file of the repository in one of its versions: code, and tests with annotations.
fn source(file: usize, version: usize) -> String {
    let mut text = format!("//! Module {file}.\n\npub fn base() -> usize {{\n    {version}\n}}\n");
    for n in 0..12 {
        text += &format!(
            "\npub fn part_{n}(x: usize) -> usize {{\n    let y = x + {n};\n    y * base()\n}}\n"
        );
    }
    for n in 0..6 {
        text += &format!(
            "\n// [verifies REQ-{file}-{n}]\n#[test]\nfn checks_{n}() {{\n    assert_eq!(part_{n}(1), {});\n}}\n",
            version * (n + 1)
        );
    }
    text
}

/// Writes the history by `git fast-import`: each commit changes one file, the last 600 three.
fn repository(folder: &Path) -> Result<(), Failure> {
    git(folder, &["init", "-q", "-b", "main"])?;
    let mut import = Command::new("git")
        .args(["fast-import", "--quiet"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .spawn()?;
    let pipe = import.stdin.take().ok_or("no input")?;
    let mut pipe = std::io::BufWriter::new(pipe);
    let mut versions = vec![0; FILES];
    for commit in 0..COMMITS {
        let message = format!("Change {commit} of the history");
        writeln!(pipe, "commit refs/heads/main\nmark :{}", commit + 1)?;
        let at = 1_600_000_000 + commit * 60;
        writeln!(pipe, "committer A <a@example.test> {at} +0000")?;
        writeln!(pipe, "data {}\n{message}", message.len())?;
        if commit > 0 {
            writeln!(pipe, "from :{commit}")?;
        }
        let changed: Vec<usize> = match commit {
            0 => (0..FILES).collect(),
            n if n + 600 >= COMMITS => (0..3).map(|k| (n * 3 + k) % 900).collect(),
            n => vec![n * 7 % FILES],
        };
        for file in changed {
            let version = versions.get_mut(file).ok_or("no such file")?;
            *version += 1;
            let text = source(file, *version);
            writeln!(pipe, "M 100644 inline src/m{}/f{file}.rs", file / 50)?;
            writeln!(pipe, "data {}\n{text}", text.len())?;
        }
    }
    drop(pipe);
    if !import.wait()?.success() {
        return Err("git fast-import failed".into());
    }
    git(folder, &["reset", "-q", "--hard"])?;
    Ok(())
}
