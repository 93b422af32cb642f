//! What somebody who sees it for the first time types.

use super::tools::Home;
use crate::support::forge::forge;

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_named_as_people_do() {
    let forge = forge(0).await;
    let home = Home::on(&forge);
    let (owner, name) = forge.repo();
    let address = format!("{}/{owner}/{name}/pull/482", forge.base());
    for named in ["482", "#482", &format!("{owner}/{name}#482"), &address] {
        let json = home.run(&["show", named, "--json"]).ended(0).json();
        assert_eq!(json["number"], 482, "{named}");
    }
    let json = home.run(&["--json", "#482"]).ended(0).json();
    assert_eq!(json["schema"], "proofline.show/v1");
    for (key, value) in [
        ("branch", "copilot/idempotent-capture"),
        ("base_branch", "main"),
    ] {
        assert!(json[key].is_string(), "{key}: {value}: {json}");
    }
    assert_eq!(json["merge"]["state"], "open");
    assert!(json["labels"].is_array() && json["description"].is_string());
    // The repository of an address is not another one than is asked for.
    let other = "https://forge.test/else/where/pull/1";
    let ran = home.run(&["show", other]).ended(2);
    assert!(ran.err.contains("else/where"), "{}", ran.err);
    let ran = home.run(&["shwo"]).ended(2);
    assert!(ran.err.contains("shwo"), "{}", ran.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_a_branch_and_a_merge_commit_are_found() {
    let forge = forge(0).await;
    let home = Home::on(&forge);
    home.settle();
    let show = home.run(&["show", "482", "--json"]).ended(0).json();
    let head = show["head"].as_str().unwrap().to_owned();
    let branch = show["branch"].as_str().unwrap().to_owned();
    let rows = home.run(&["timeline", "482", "--json"]).ended(0).json();
    let inner = rows["rows"].as_array().unwrap().iter();
    let inner = inner.filter(|r| r["kind"] == "commit" && r["sha"] != head.as_str());
    let commits: Vec<String> = inner
        .map(|r| r["sha"].as_str().unwrap().to_owned())
        .collect();
    assert!(!commits.is_empty());
    let numbers = |arguments: &[&str], list: &str| -> Vec<u64> {
        let json = home.run(arguments).json();
        let hits = json[list].as_array().unwrap().iter();
        hits.filter_map(|h| h["number"].as_u64()).collect()
    };
    for word in [&head[..7], &head[..12], &head, &branch] {
        assert_eq!(
            numbers(&["search", word, "--json"], "hits").first(),
            Some(&482),
            "{word}"
        );
        assert_eq!(
            numbers(&["list", word, "--json"], "changes"),
            [482],
            "{word}"
        );
    }
    let merged = home
        .run(&["list", "is:merged", "--all", "--json"])
        .ended(0)
        .json();
    let number = merged["changes"][0]["number"].as_u64().unwrap();
    let show = home
        .run(&["show", &number.to_string(), "--json"])
        .ended(0)
        .json();
    let merge = show["merge"]["commit"].as_str().unwrap().to_owned();
    assert!(numbers(&["search", &merge[..7], "--json"], "hits").contains(&number));
    assert_eq!(
        numbers(&["list", &merge[..9], "--all", "--json"], "changes"),
        [number]
    );
    assert!(numbers(&["search", "fffffff", "--json"], "hits").is_empty());
}

#[test]
fn a_result_file_that_is_not_there_is_a_usage_error() {
    let home = Home::new();
    for flag in [&["--plain"][..], &["--json"], &[]] {
        let mut arguments = vec!["local", "--results", "../not-there.xml"];
        arguments.extend(flag);
        let ran = home.run(&arguments).ended(2);
        assert!(ran.err.contains("not-there.xml"), "{}", ran.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_reads_no_not_applicable_and_times_say_their_zone() {
    let forge = forge(0).await;
    let home = Home::on(&forge).with("TZ", "Asia/Kolkata");
    for arguments in [
        &["show", "482", "--plain"][..],
        &["timeline", "482", "--plain"],
    ] {
        let text = home.run(arguments).ended(0).out;
        assert!(!text.contains("not applicable"), "{text}");
        assert!(text.contains("UTC+05:30"), "{text}");
        let utc = home.run(&[arguments, &["--utc"]].concat()).ended(0).out;
        assert!(utc.contains("UTC") && !utc.contains("UTC+"), "{utc}");
    }
    let text = home.run(&["contract", "check", "479", "--plain"]).out;
    assert!(
        text.contains("Attest") && !text.contains("not applicable"),
        "{text}"
    );
    let days = home
        .run(&["timeline", "482", "--plain", "--utc"])
        .ended(0)
        .out;
    assert!(days.contains("2026-11-20 UTC\n"), "{days}");
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_tells_what_is_wrong_with_keymap_and_theme() {
    let forge = forge(0).await;
    let home = Home::on(&forge);
    let findings = |home: &Home, name: &str| -> Vec<(bool, String)> {
        let json = home.run(&["doctor", "--json"]).json();
        let all = json["findings"].as_array().unwrap().iter();
        let own = all.filter(|f| f["name"] == name);
        own.map(|f| {
            (
                f["ok"].as_bool().unwrap(),
                f["what"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
    };
    assert!(findings(&home, "keymap")[0].0 && findings(&home, "theme")[0].0);
    let config = home.folder.path().join("home/.config/proofline");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("keymap.toml"), "[global]\n\"j\" = \"fly\"\n").unwrap();
    std::fs::write(config.join("theme.toml"), "\n\"text.dim\" = \"blurple\"\n").unwrap();
    let keymap = findings(&home, "keymap");
    assert!(
        !keymap[0].0
            && keymap[0]
                .1
                .contains("keymap.toml:2: there is no action `fly`"),
        "{keymap:?}"
    );
    let theme = findings(&home, "theme");
    assert!(
        !theme[0].0 && theme[0].1.contains("theme.toml:2:"),
        "{theme:?}"
    );
    std::fs::write(config.join("keymap.toml"), "[global]\n\n\"j = \n").unwrap();
    let keymap = findings(&home, "keymap");
    assert!(
        !keymap[0].0 && keymap[0].1.contains("keymap.toml:3: is not valid TOML"),
        "{keymap:?}"
    );
    let home = home.with("PROOFLINE_THEME", "moon");
    let theme = findings(&home, "theme");
    assert!(!theme[0].0 && theme[0].1.contains("moon"), "{theme:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_cell_of_plain_says_one_thing() {
    let forge = forge(0).await;
    let home = Home::on(&forge);
    let test = "capture::concurrent_retries_charge_once";
    let text = home.run(&["trace", "482", test, "--plain"]).ended(0).out;
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.contains(&"at the head  fail"), "{text}");
    let second = lines.iter().find(|l| l.starts_with("attempt 2"));
    assert!(second.is_some_and(|l| l.contains("    skipped")), "{text}");
    // A change that is open no more is the one or the other.
    let list = home.run(&["list", "--all", "--json"]).ended(0).out;
    assert!(!list.contains("merged or closed"), "{list}");
}
