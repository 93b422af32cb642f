//! How fast a large `JUnit` file is read, on one core.
//!
//! `cargo bench --bench junit` makes a file of 50 MB with 400,000 cases and reads it several times. Printed
//! are the time, megabytes a second, and the peak memory of the process; then the time that the crate
//! `junit-parser` takes for the same file, and how much longer that is. Where `PROOFLINE_PYTHON` names a
//! Python that has `junitparser`, its time stands beside them. Nothing is asserted.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![allow(
    clippy::cast_precision_loss,
    reason = "sizes are told in whole megabytes"
)]

use std::{fmt::Write as _, process::Command, time::Instant};

use proofline::formats::results;

type Failure = Box<dyn std::error::Error>;

/// The most memory that this process had, in MiB; `?` where the system does not tell.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kib = line.and_then(|l| l.trim().split(' ').next()?.parse::<u64>().ok());
    kib.map_or_else(|| "?".to_owned(), |kib| (kib >> 10).to_string())
}

/// A report with as many suites, each of a thousand cases.
fn report(suites: usize) -> Result<String, Failure> {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for suite in 0..suites {
        writeln!(
            text,
            "<testsuite name=\"suite {suite}\" tests=\"1000\" failures=\"1\" hostname=\"h\">"
        )?;
        for case in 0..1000 {
            let name = format!(
                "classname=\"com.example.module{suite}.SomeTest\" name=\"case_{case}_does_right\""
            );
            if case == 7 {
                writeln!(
                    text,
                    "<testcase {name} time=\"0.01\"><failure message=\"expected &lt;1&gt;\">at line {case}</failure></testcase>"
                )?;
            } else {
                writeln!(text, "<testcase {name} time=\"0.0{case}\"></testcase>")?;
            }
        }
        text.push_str("</testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    Ok(text)
}

fn main() -> Result<(), Failure> {
    let text = report(400)?;
    let megabytes = text.len() as f64 / 1e6;
    let mut best = f64::MAX;
    for _ in 0..5 {
        let started = Instant::now();
        let (content, _) = results::read(text.as_bytes(), "junit.xml")?;
        let took = started.elapsed();
        best = best.min(took.as_secs_f64());
        println!(
            "{megabytes:.0} MB, {} cases, {} failed: {} ms, {:.0} MB/s, peak {} MiB with the file",
            content.cases.len(),
            content.counted.failures,
            took.as_millis(),
            megabytes / took.as_secs_f64(),
            peak(),
        );
    }
    let mut other = f64::MAX;
    let mut cases = 0;
    for _ in 0..3 {
        let started = Instant::now();
        let suites = junit_parser::from_reader(text.as_bytes())?;
        other = other.min(started.elapsed().as_secs_f64());
        cases = suites.suites.iter().map(|s| s.cases.len()).sum();
    }
    println!(
        "junit-parser: {cases} cases in {:.0} ms, {:.1} times as long",
        other * 1e3,
        other / best
    );
    let Ok(python) = std::env::var("PROOFLINE_PYTHON") else {
        println!("junitparser: skipped, PROOFLINE_PYTHON names no Python that has it");
        return Ok(());
    };
    let folder = std::env::temp_dir().join(format!("proofline-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("junit.xml");
    std::fs::write(&file, &text)?;
    let code = "import sys, time, junitparser as j; t = time.time(); r = j.JUnitXml.fromfile(sys.argv[1]); n = sum(1 for s in r for c in s); t = time.time() - t; print(f'junitparser: {n} cases in {t * 1000:.0f} ms, {t / float(sys.argv[2]):.1f} times as long')";
    let out = Command::new(python)
        .args(["-c", code])
        .arg(&file)
        .arg(best.to_string())
        .output()?;
    print!(
        "{}{}",
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr)
    );
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
