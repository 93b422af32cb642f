//! Result files that others wrote, with what they say is in them. They are found below the folder that
//! `PROOFLINE_CORPORA` names, each repository in a folder of its own name; without it they are skipped.

mod action_junit_report;
mod logs;
mod test_reporter;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use proofline::{
    formats::results,
    model::{Outcome, TestContent},
};

/// Names the folder of the corpora.
const FOLDER: &str = "PROOFLINE_CORPORA";

/// The folder of a corpus; nothing, and a word about it, where there is none.
fn corpus(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(FOLDER).map(|all| PathBuf::from(all).join(name));
    let found = folder.filter(|f| f.is_dir());
    if found.is_none() {
        println!("skipped: {name} is not below the folder that {FOLDER} names");
    }
    found
}

/// All files below a folder with one of some endings, in order.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if endings.iter().any(|e| path.to_string_lossy().ends_with(e)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> Result<TestContent, String> {
    let bytes = std::fs::read(path).unwrap();
    let name = path.to_string_lossy();
    let (content, _) = results::read(&bytes, &name).map_err(|e| e.to_string())?;
    Ok(content)
}

/// Cases by how they ended, in the words of the action.
fn counted(content: &TestContent) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for case in &content.cases {
        let word = match case.outcome {
            Outcome::Passed => "success",
            Outcome::Skipped => "skipped",
            Outcome::Disabled => "disabled",
            Outcome::Failed => "failure",
            Outcome::Error => "error",
        };
        *counts.entry(word).or_insert(0) += 1;
    }
    counts
}

/// The number behind a name in the expectations: `suite_tests=5`.
fn number(text: &str, name: &str) -> Option<u64> {
    let (_, rest) = text.split_once(&format!("  {name}="))?;
    rest.split([',', '\n']).next()?.trim().parse().ok()
}

/// Files whose cases differ from what the action counts: it leaves out cases without a name.
const NAMELESS: &[&str] = &["junit-xml/no-attributes.junit-xml"];

/// Files whose root counts otherwise than its suites: the action takes the suites' word, and what a file
/// counts and does not show is unknown or failed here.
const ROOT_DIFFERS: &[&str] = &[
    "junit-xml/xunit/xunit.junit-xml",
    "nunit/nunit3/jenkins/NUnit-correct.junit-xml",
    "nunit/nunit3/jenkins/NUnit-failure.junit-xml",
    "nunit/nunit3/jenkins/NUnit-healthReport.junit-xml",
    "nunit/nunit3/jenkins/NUnit-ignored.junit-xml",
    "nunit/nunit3/jenkins/NUnit-issue6353.junit-xml",
    "nunit/nunit3/jenkins/NUnit-multinamespace.junit-xml",
    "nunit/nunit3/jenkins/NUnit-sec1752-file.junit-xml",
    "nunit/nunit3/jenkins/NUnit-sec1752-https.junit-xml",
    "nunit/nunit3/jenkins/NUnit-simple.junit-xml",
    "nunit/nunit3/jenkins/NUnitUnicode.junit-xml",
];

/// Cases and totals that an expectation of the action names.
fn expected(text: &str) -> (BTreeMap<&str, usize>, (u64, u64, u64, u64)) {
    let mut cases = BTreeMap::new();
    for line in text.lines() {
        if let Some(word) = line.trim().strip_prefix("result='") {
            *cases.entry(word.split('\'').next().unwrap()).or_insert(0) += 1;
        }
    }
    let total = |name| number(text, name).unwrap_or(0);
    let totals = (
        total("suite_tests"),
        total("suite_failures"),
        total("suite_errors"),
        total("suite_skipped"),
    );
    (cases, totals)
}

#[test]
fn publish_unit_test_results() {
    let Some(folder) = corpus("publish-unit-test-result-action") else {
        return;
    };
    let folder = folder.join("python/test/files");
    let (mut all, mut cases, mut totals) = (0, Vec::new(), Vec::new());
    for path in files(&folder, &[".results"]) {
        let source = path.with_extension("junit-xml");
        if !source.is_file() {
            continue;
        }
        all += 1;
        let text = std::fs::read_to_string(&path).unwrap();
        let name = source.strip_prefix(&folder).unwrap().display().to_string();
        let (want, told) = expected(&text);
        let Ok(content) = read(&source) else {
            assert!(text.contains("errors=[\n"), "{name} is refused");
            continue;
        };
        if counted(&content) != want {
            cases.push(name.clone());
        }
        let d = content.declared;
        if (d.tests, d.failures, d.errors, d.skipped) != told {
            totals.push(name);
        }
    }
    println!(
        "cases equal in {} of {all}, totals in {}",
        all - cases.len(),
        all - totals.len()
    );
    assert!(all >= 60, "{all}");
    assert_eq!(cases, NAMELESS);
    assert_eq!(totals, ROOT_DIFFERS);
}

#[test]
fn what_others_refuse_is_refused() {
    let Some(folder) = corpus("publish-unit-test-result-action") else {
        return;
    };
    let folder = folder.join("python/test/files");
    let mut all = 0;
    for path in files(&folder, &[".exception"]) {
        let source = ["junit-xml", "xml", "json"]
            .iter()
            .map(|ending| path.with_extension(ending))
            .find(|p| p.is_file());
        // Those of NUnit are of what turns them into this form.
        let Some(source) = source.filter(|s| !s.display().to_string().contains("nunit")) else {
            continue;
        };
        all += 1;
        assert!(read(&source).is_err(), "{}", source.display());
    }
    println!("{all} of {all} refused");
    assert!(all >= 4, "{all}");
}

#[test]
fn valid_documents_of_ctrf() {
    let Some(folder) = corpus("ctrf") else { return };
    let mut all = 0;
    let mut look = |name: &str, document: &serde_json::Value| {
        let bytes = serde_json::to_vec(document).unwrap();
        let (content, problems) = results::read(&bytes, "ctrf.json").unwrap();
        let summary = &document["results"]["summary"];
        let told = |field: &str| summary[field].as_u64().unwrap();
        let own = (
            content.counted.tests,
            content.counted.failures,
            content.unread,
        );
        let tests = document["results"]["tests"].as_array().unwrap().len() as u64;
        assert_eq!(own.0, tests, "{name}");
        assert_eq!(own.2, 0, "{name}: {problems:?}");
        assert_eq!(content.declared.failures, told("failed"), "{name}");
        all += 1;
    };
    for path in files(&folder.join("tests/normative"), &[".json"]) {
        let text = std::fs::read(&path).unwrap();
        let suite: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let inline = suite["tests"].as_array().unwrap().iter();
        for test in inline.filter(|t| t["data"].is_object()) {
            if test["valid"].as_bool() == Some(true) {
                look(test["description"].as_str().unwrap(), &test["data"]);
            } else {
                // What the schema forbids is read as far as it goes.
                let bytes = serde_json::to_vec(&test["data"]).unwrap();
                let _ = results::read(&bytes, "ctrf.json");
            }
        }
    }
    for path in files(&folder.join("examples"), &[".json"]) {
        let document = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        look(&path.display().to_string(), &document);
    }
    println!("{all} of {all} read whole");
    assert!(all >= 10, "{all}");
}
