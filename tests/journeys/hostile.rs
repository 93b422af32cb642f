//! Texts that would steer a terminal, in every place where somebody else can write: nothing that a
//! command prints holds one of them, on stdout and stderr, for people and for machines.

use std::{fs, path::Path, process::Command};

use proofline::text;
use serde_json::Value;

use super::tools::{Home, Ran};
use crate::support::{
    forge::forge,
    mirror::{Mirror, Reply},
};

/// ESC, a title for the window, C1, DEL, direction, zero width, a bell, a line that says another thing.
const HOSTILE: &str =
    "\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\u{7f}\u{202e}\u{2066}\u{200b}\u{feff}\u{8}";

#[track_caller]
fn harmless(what: &str, ran: &Ran) {
    assert!((0..=6).contains(&ran.code), "{what}: {ran:#?}");
    for (stream, words) in [("stdout", &ran.out), ("stderr", &ran.err)] {
        let bad = words.lines().find(|line| text::has_hidden(line));
        assert!(bad.is_none(), "{what}, {stream}: {bad:?}");
        assert!(!words.contains('\r'), "{what}, {stream}");
    }
    if let Ok(value) = serde_json::from_str::<Value>(&ran.out) {
        decoded(what, &value);
    }
}

/// Programs print what they decode.
fn decoded(what: &str, value: &Value) {
    match value {
        Value::String(words) => assert!(!text::has_hidden(words), "{what}: {words:?}"),
        Value::Array(items) => items.iter().for_each(|v| decoded(what, v)),
        Value::Object(fields) => {
            for (name, value) in fields {
                assert!(!text::has_hidden(name), "{what}: {name:?}");
                decoded(what, value);
            }
        }
        _ => {}
    }
}

/// Fields by which records are found and joined: where these are touched nothing is left to print.
const JOINS: &[&str] = &[
    "sha",
    "head_sha",
    "commit_id",
    "oid",
    "headRefOid",
    "baseRefOid",
    "id",
    "node_id",
    "ref",
    "full_name",
    "endCursor",
    "__typename",
    "type",
    "event",
    "activity_type",
    "encoding",
    "size",
    "before",
    "after",
];
/// Words of the forge that have a meaning of their own.
const WORDS: &[&str] = &[
    "state",
    "status",
    "conclusion",
    "reviewDecision",
    "path",
    "login",
    "tool",
];

fn spoil(value: &mut Value, name: &str, spares: &dyn Fn(&str) -> bool) {
    match value {
        Value::String(words) => {
            let is_address = words.contains("://");
            let is_time = words.len() >= 20 && words.ends_with('Z') && words.starts_with("20");
            let is_hash =
                words.len() >= 40 && words.bytes().all(|b| b.is_ascii_hexdigit() || b == b':');
            if !is_address && !is_time && !is_hash && !spares(name) {
                words.push_str(HOSTILE);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|v| spoil(v, name, spares)),
        Value::Object(fields) => {
            for (name, value) in fields {
                spoil(value, name, spares);
            }
        }
        _ => {}
    }
}

const COMMANDS: &[&[&str]] = &[
    &["sync", "--plan"],
    &["sync"],
    &["sync", "482"],
    &["list"],
    &["list", "--all"],
    &["show", "482"],
    &["timeline", "482"],
    &["trace", "482"],
    &["trace", "482", "capture::retry_same_key"],
    &["trace", "482", "nothing\u{1b}[1m"],
    &["attempts", "482"],
    &["decisions", "482"],
    &["contract", "check", "482"],
    &["search", "capture"],
    &["outbox"],
    &["doctor"],
    &["cache", "size"],
];

fn everywhere(home: &Home) {
    for command in COMMANDS {
        for form in [&[][..], &["--json"], &["--plain"], &["--ascii"]] {
            let arguments = [command, form].concat();
            harmless(&arguments.join(" "), &home.run(&arguments));
        }
    }
}

fn behind(mirror: &Mirror) -> Home {
    Home::new()
        .with("PROOFLINE_API_URL", &mirror.base)
        .with("PROOFLINE_REPO", "acme/payments")
        .with("PROOFLINE_TOKEN", "ghp_demo_mira")
}

// [verifies PL-SAF-1]
#[tokio::test(flavor = "multi_thread")]
async fn a_forge_whose_every_text_is_hostile_prints_harmless() {
    let forge = forge(0).await;
    type Spares = &'static (dyn Fn(&str) -> bool + Sync);
    let names: [(&str, Spares); 2] = [
        ("texts", &|name| {
            JOINS.contains(&name) || WORDS.contains(&name)
        }),
        ("texts and words", &|name| JOINS.contains(&name)),
    ];
    for (what, spares) in names {
        let mirror = Mirror::before(&forge, move |reply: &mut Reply<'_>| {
            spoil(&mut reply.body, "", spares);
        });
        let home = behind(&mirror);
        everywhere(&home);
        let shown = home.run(&["show", "482", "--json"]);
        assert!(
            shown.out.contains('␛'),
            "{what}: none of it is on the screen"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_in_hostile_words_is_harmless() {
    let forge = forge(0).await;
    for status in [401, 403, 404, 422, 500] {
        let mirror = Mirror::before(&forge, move |reply: &mut Reply<'_>| {
            reply.status = status;
            reply.body =
                serde_json::json!({ "message": format!("no {HOSTILE}"), "errors": [HOSTILE] });
        });
        let home = behind(&mirror);
        let decide = [
            "decide",
            "approve",
            "482",
            "--expect-head",
            "0000000",
            "--yes",
        ];
        let two = ["sync", "-R", "acme/payments", "-R", "acme/ledger"];
        for command in [
            &["sync"][..],
            &["show", "482"],
            &["doctor"],
            &["outbox", "flush"],
            &decide,
            &two,
        ] {
            let ran = home.run(command);
            harmless(&format!("{status} {}", command.join(" ")), &ran);
        }
    }
}

fn git(folder: &Path, arguments: &[&str]) {
    let run = Command::new("git")
        .args([
            "-c",
            "user.name=A\u{1b}[1m\u{202e}",
            "-c",
            "user.email=a@b.test",
        ])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(run.status.success(), "{arguments:?}: {run:?}");
}

fn write(folder: &Path, name: &str, words: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, words).unwrap();
}

/// XML cannot hold most control characters, and can name them all the same.
fn as_references(words: &str) -> String {
    words
        .chars()
        .map(|c| format!("&#{};", u32::from(c)))
        .collect()
}

// [verifies PL-SAF-1]
#[test]
fn a_repository_and_result_files_that_are_hostile_print_harmless() {
    let home = Home::new();
    let folder = home.folder.path().join("repo");
    fs::create_dir_all(&folder).unwrap();
    git(&folder, &["init", "-q", "-b", "main"]);
    let spec = |n: u32| {
        format!(
            "# Pay {HOSTILE}\n\n### REQ-PAY-1 Charges once{HOSTILE}\n\nA charge{HOSTILE} must {n}.\n\n## Requirement: Refund{HOSTILE}\n\n#### Scenario: x{HOSTILE}\n- WHEN {HOSTILE}\n- THEN {HOSTILE}\n"
        )
    };
    let hostile_name = format!("src/odd{}.rs", HOSTILE.replace('\u{8}', ""));
    for n in 0..2 {
        write(&folder, "docs/spec/pay.md", &spec(n));
        write(&folder, "openspec/specs/pay/spec.md", &spec(n));
        write(
            &folder,
            &format!(".kiro/specs/p{HOSTILE}/requirements.md"),
            &spec(n),
        );
        write(
            &folder,
            &hostile_name,
            &format!("// {HOSTILE}\nfn x() {{ {n}; }}\n"),
        );
        write(
            &folder,
            "tests/pay.rs",
            &format!(
                "// [verifies REQ-PAY-1{HOSTILE}]\n// [verifies REQ-PAY-1]\n#[test]\nfn once() {{ assert_eq!({n}, 1); }}\n"
            ),
        );
        write(
            &folder,
            ".proofline.toml",
            &format!("nonsense{n} = \"{}\"\n", HOSTILE.escape_unicode()),
        );
        write(
            &folder,
            ".github/workflows/ci.yml",
            &format!(
                "name: \"{HOSTILE}\"\non: push\njobs:\n  a:\n    steps:\n      - uses: a/b@{n}\n"
            ),
        );
        git(&folder, &["add", "-A"]);
        git(
            &folder,
            &[
                "commit",
                "-q",
                "-m",
                &format!(
                    "Try {n} {HOSTILE}\n\nCo-authored-by: Claude{HOSTILE} <noreply@anthropic.com>"
                ),
            ],
        );
    }
    let named = as_references(HOSTILE);
    let results = home.folder.path().join("results");
    write(
        &results,
        "junit.xml",
        &format!(
            "<testsuites name=\"{named}\"><testsuite name=\"s{named}\" hostname=\"{named}\"><testcase classname=\"c{named}\" name=\"once{named}\" file=\"tests/{named}\" line=\"1\"><properties><property name=\"requirement\" value=\"Q{named}\"/><property name=\"requirement\" value=\"REQ-PAY-1\"/></properties><failure message=\"m{named}\" type=\"{named}\">{named}</failure><system-out>{named}</system-out></testcase></testsuite></testsuites>"
        ),
    );
    write(&results, "ctrf.json", &serde_json::json!({
        "reportFormat": "CTRF", "specVersion": "0.0.0",
        "results": {
            "tool": { "name": HOSTILE },
            "summary": { "tests": 1, "passed": 0, "failed": 1, "pending": 0, "skipped": 0, "other": 0, "start": 0, "stop": 1 },
            "tests": [{ "name": format!("ctrf{HOSTILE}"), "status": "failed", "duration": 1, "message": HOSTILE, "trace": HOSTILE, "filePath": HOSTILE, "suite": HOSTILE, "tags": [format!("REQ-PAY-1{HOSTILE}")] }],
        },
    }).to_string());
    write(
        &results,
        &format!("bad{}.xml", HOSTILE.replace('\u{8}', "")),
        "<testsuite",
    );
    let files: Vec<String> = fs::read_dir(&results)
        .unwrap()
        .map(|f| f.unwrap().path().display().to_string())
        .collect();
    let mut given = vec!["local", "HEAD~1..HEAD"];
    for file in &files {
        given.extend(["--results", file]);
    }
    let traced = ["--trace", "c"];
    let mut seen = String::new();
    for more in [
        &["--json"][..],
        &["--plain"],
        &traced,
        &["--trace", "once"],
        &["--trace", "REQ-PAY-1"],
        &["--trace", "ctrf", "--json"],
    ] {
        let arguments = [given.as_slice(), more].concat();
        let ran = home.run_in(&folder, &arguments);
        harmless(&arguments.join(" "), &ran);
        seen += &(ran.out + &ran.err);
    }
    assert!(seen.contains('␛') && seen.contains("REQ-PAY-1"), "{seen}");
    for command in [
        &["contract", "check"][..],
        &["contract", "init", "--stdout"],
        &["doctor"],
    ] {
        harmless(&command.join(" "), &home.run_in(&folder, command));
    }
}
