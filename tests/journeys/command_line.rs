//! The same evidence on the command line.

use super::tools::Home;
use crate::support::forge::forge;

// [verifies PL-TRC-1]
#[tokio::test(flavor = "multi_thread")]
async fn a_trace_names_requirement_place_basis_and_every_attempt() {
    let forge = forge(0).await;
    let home = Home::on(&forge);
    let json = home
        .run(&["trace", "482", "capture::retry_same_key", "--json"])
        .ended(0)
        .json();
    assert_eq!(json["schema"], "proofline.trace/v1");
    let requirement = &json["requirements"][0];
    assert_eq!(requirement["id"], "REQ-PAY-17");
    assert_eq!(requirement["file"], "docs/spec/payments.md");
    assert_eq!(requirement["line"], 29);
    assert_eq!(requirement["class"], "B");
    assert!(
        requirement["basis"]
            .as_str()
            .unwrap()
            .starts_with("annotation tests/capture.rs:")
    );
    let states: Vec<_> = json["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["fail", "pass", "pass", "pass"]);
    assert_eq!(
        json["attempts"][1]["answer_words"],
        "passed by changing the test"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_seed_leads_from_its_failing_test_to_its_requirement() {
    for seed in 1..=3 {
        let forge = forge(seed).await;
        let home = Home::on(&forge);
        let story = forge.truth().story().unwrap();
        let failing = &story.failing_at_head[0];
        let test = format!("{}::{}", failing.test.classname, failing.test.name);
        let number = story.number.to_string();
        let json = home
            .run(&["trace", &number, &test, "--json"])
            .ended(0)
            .json();
        assert_eq!(
            json["requirements"][0]["id"],
            failing.requirement.clone().unwrap(),
            "seed {seed}"
        );
        assert_eq!(json["verdict"], "fail");
        let attempts = home.run(&["attempts", &number, "--json"]).ended(0).json();
        assert_eq!(
            attempts["attempts"].as_array().unwrap().len(),
            story.attempts.len()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_is_read_by_a_second_installation_and_outlives_the_first() {
    let forge = forge(0).await;
    let head = forge.truth().change(482).unwrap().head.clone();
    let ask = |head: &str, yes: &str| {
        let all = [
            "decide",
            "exception-ask",
            "482",
            "--expect-head",
            head,
            "--target",
            "CodeQL#91",
            "--reason",
            "the query takes no user input today",
            "--control",
            "WAF rule and 5 % canary",
            "--owner",
            "tomas",
            "--days",
            "30",
            yes,
        ];
        all.iter()
            .filter(|a| !a.is_empty())
            .map(|a| (*a).to_owned())
            .collect::<Vec<String>>()
    };
    let first = Home::on(&forge);
    let run = |home: &Home, arguments: &[String]| {
        home.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let shown = run(&first, &ask(&head, "")).ended(0);
    assert!(shown.out.contains("Nothing was sent"), "{shown:?}");
    let readers = "acme/payments is public: anyone can read this";
    assert!(shown.out.contains(readers), "{shown:?}");
    run(&first, &ask("0000000", "--yes")).ended(5);
    let writes = || {
        forge
            .log()
            .into_iter()
            .filter(|e| e.method == "POST" && e.path.contains("/issues/"))
            .count()
    };
    assert_eq!(writes(), 0);
    let sent = run(&first, &ask(&head, "--yes")).ended(0);
    assert!(sent.out.contains("done"), "{sent:?}");
    assert!(sent.err.contains(readers), "{sent:?}");
    assert_eq!(writes(), 1);
    let check = |home: &Home| {
        let json = home.run(&["decisions", "482", "--json"]).ended(0).json();
        let found = &json["on_the_forge"][0];
        assert_eq!(found["state"], "asked");
        assert_eq!(found["author"], "mira");
        assert_eq!(found["record"]["target"]["id"], "CodeQL#91");
        assert_eq!(found["record"]["owner"], "tomas");
        assert_eq!(found["record"]["bound"]["head_sha"], head.as_str());
    };
    check(&first);
    let tomas = forge.truth().token("tomas").unwrap().to_owned();
    check(&Home::as_person(&forge, &tomas));
    drop(first);
    check(&Home::on(&forge));
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_are_text_plain_and_json() {
    let forge = forge(0).await;
    let home = Home::on(&forge);
    home.run(&["sync"]).ended(0);
    let list = home.run(&["list"]).ended(0);
    assert!(
        list.out.contains("#482") && list.out.contains("your approval is stale"),
        "{list:?}"
    );
    let failing = home.run(&["list", "is:failing"]).ended(0);
    assert!(
        failing.out.contains("#482") && !failing.out.contains("#479"),
        "{failing:?}"
    );
    let plain = home.run(&["show", "482", "--plain"]).ended(0);
    assert!(
        plain.out.contains("Verify   fail 1") && !plain.out.contains('✗'),
        "{plain:?}"
    );
    let timeline = home.run(&["timeline", "482", "--stage", "secure"]).ended(0);
    assert!(
        timeline.out.contains("CodeQL") && !timeline.out.contains("ci / unit"),
        "{timeline:?}"
    );
    for arguments in [
        &["list", "--json"][..],
        &["show", "482", "--json"],
        &["timeline", "482", "--json"],
        &["trace", "482", "--json"],
        &["trace", "482", "REQ-PAY-17", "--json"],
        &["attempts", "482", "--json"],
        &["decisions", "482", "--json"],
        &["outbox", "--json"],
        &["sync", "--plan", "--json"],
        &["keys", "--json"],
    ] {
        let json = home.run(arguments).ended(0).json();
        assert!(
            json["schema"].as_str().unwrap().starts_with("proofline."),
            "{arguments:?}"
        );
    }
    let offline = home.run(&["show", "482", "--offline"]).ended(0);
    assert!(offline.out.contains("Verify"), "{offline:?}");
    home.run(&["completions", "bash"]).ended(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_says_what_is_there() {
    let forge = forge(0).await;
    let home = Home::on(&forge);
    let well = home.run(&["doctor"]).ended(0);
    assert!(
        well.out.contains("requests left") && well.out.contains("mira"),
        "{well:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_and_readonly_send_nothing_that_waits() {
    let forge = forge(0).await;
    let head = forge.truth().change(479).unwrap().head.clone();
    let home = Home::on(&forge);
    home.run(&["sync"]).ended(0);
    home.run(&[
        "decide",
        "approve",
        "479",
        "--expect-head",
        &head,
        "--yes",
        "--offline",
    ])
    .ended(0);
    let writes = || {
        forge
            .log()
            .into_iter()
            .filter(|e| e.method == "POST" && e.path.contains("/reviews"))
            .count()
    };
    for arguments in [
        &["sync", "479"][..],
        &["list"],
        &["show", "479"],
        &["--readonly", "sync", "482"],
    ] {
        home.run(arguments).ended(0);
    }
    home.run(&["--readonly", "outbox", "flush"]).ended(2);
    assert_eq!(writes(), 0);
    home.run(&["outbox", "flush"]).ended(0);
    assert_eq!(writes(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_public_repositories_can_be_read() {
    let forge = forge(0).await;
    let (owner, name) = forge.repo();
    let home = Home::new()
        .with("PROOFLINE_API_URL", forge.base())
        .with("PROOFLINE_REPO", &format!("{owner}/{name}"));
    let shown = home.run(&["show", "479"]).ended(0);
    assert!(
        shown.out.contains("Verify") && shown.err.contains("no token"),
        "{shown:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ascii_marks_are_ascii() {
    let forge = forge(0).await;
    let home = Home::on(&forge);
    for command in [&["list"][..], &["trace", "482"]] {
        let whole = home.run(command).ended(0).out;
        let plain = home.run(&[command, &["--ascii"]].concat()).ended(0).out;
        assert!(whole.contains('✓'), "{whole}");
        for glyph in ['✓', '✗', '○', '…', '–'] {
            assert!(!plain.contains(glyph), "{command:?} {glyph}: {plain}");
        }
    }
}
