//! The truth that is handed to other tests, held against the repository and the artifacts that a
//! client gets.

use std::io::Read as _;

use base64::Engine as _;
use proofline::demo::{AttemptTruth, DemoForge};
use serde_json::Value;

use super::{forge, repo, viewer};
use crate::support::http::Client;

/// Text of a file at a commit.
fn file(forge: &DemoForge, path: &str, commit: &str) -> String {
    let shown = viewer(forge)
        .get(&format!("{}/contents/{path}?ref={commit}", repo(forge)))
        .json();
    let content = shown["content"].as_str().unwrap();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(content)
        .unwrap();
    String::from_utf8(bytes).unwrap()
}

fn line(text: &str, number: u64) -> &str {
    text.lines()
        .nth(usize::try_from(number).unwrap() - 1)
        .unwrap()
}

/// The unit report that a try of the attempt's run left.
fn unit_report(forge: &DemoForge, attempt: &AttemptTruth) -> String {
    let path = format!(
        "{}/actions/runs/{}/artifacts?name=junit-unit",
        repo(forge),
        attempt.runs[0].id
    );
    let artifacts = viewer(forge).get(&path).json();
    report(forge, &artifacts["artifacts"][0])
}

fn report(forge: &DemoForge, artifact: &Value) -> String {
    let redirect = viewer(forge).get(artifact["archive_download_url"].as_str().unwrap());
    let zip = Client::new(forge.base(), None)
        .get(redirect.header("location").unwrap())
        .body;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
    let mut text = String::new();
    archive
        .by_index(0)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn the_truth_holds_in_every_world() {
    for seed in 0..=20 {
        let forge = forge(seed).await;
        let truth = forge.truth();
        let story = truth.story().unwrap();
        assert_eq!(
            story.attempts.last().unwrap().head,
            story.head,
            "seed {seed}"
        );
        for failing in &story.failing_at_head {
            let text = file(&forge, &failing.file, &story.head);
            assert!(
                line(&text, failing.line).contains("assert_eq!(charges, 1)"),
                "seed {seed}"
            );
            let comment = line(&text, failing.annotation_line.unwrap());
            assert!(
                comment.contains(failing.requirement.as_deref().unwrap()),
                "seed {seed}"
            );
        }
        for requirement in &story.requirements {
            let text = file(&forge, &requirement.file, &story.head);
            let heading = line(&text, requirement.line);
            assert_eq!(
                heading,
                format!("### {} {}", requirement.id, requirement.title)
            );
        }
        for attempt in &story.attempts {
            let text = unit_report(&forge, attempt);
            assert_eq!(
                text.matches("<testcase ").count(),
                attempt.cases,
                "seed {seed}"
            );
            assert_eq!(
                text.matches("<failure ").count(),
                attempt.failing.len(),
                "seed {seed}"
            );
            assert_eq!(
                text.matches("<skipped/>").count(),
                attempt.skipped.len(),
                "seed {seed}"
            );
            for place in text.split("panicked at ").skip(1) {
                let mut parts = place.split(':');
                let (path, number) = (parts.next().unwrap(), parts.next().unwrap());
                let source = file(&forge, path, &attempt.head);
                assert!(
                    line(&source, number.parse().unwrap()).contains("assert"),
                    "seed {seed}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_world_as_written_reads_as_told() {
    let forge = forge(0).await;
    let story = forge.truth().story().unwrap();
    let labels: Vec<&str> = story
        .attempts
        .iter()
        .flat_map(|attempt| &attempt.labels)
        .map(String::as_str)
        .collect();
    assert!(
        ["code_fix", "test_weakened", "test_skipped", "gate_changed"]
            .iter()
            .all(|label| labels.contains(label))
    );
    let first = unit_report(&forge, &story.attempts[0]);
    assert!(first.contains("thread 'retry_same_key' panicked at tests/capture.rs:41:5:"));
    assert!(first.contains("tests=\"412\" failures=\"1\""));
    let third = &story.attempts[2];
    assert_eq!(third.runs[0].tries, ["failure", "success"]);
    assert!(third.green_but_failing);
    let activity = viewer(&forge)
        .get(&format!(
            "{}/activity?ref=refs/heads/{}",
            repo(&forge),
            story.branch
        ))
        .json();
    let kinds: Vec<&str> = activity
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["activity_type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        ["push", "force_push", "push", "push", "branch_creation"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn artifacts_belong_to_the_try_that_made_them() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let run = forge.truth().story().unwrap().attempts[2].runs[0].id;
    let artifacts = client
        .get(&format!("{repo}/actions/runs/{run}/artifacts"))
        .json();
    // Two reports and one of the coverage, of each try.
    assert_eq!(artifacts["total_count"], 6);
    for number in [1, 2] {
        let of = client
            .get(&format!("{repo}/actions/runs/{run}/attempts/{number}"))
            .json();
        let within = artifacts["artifacts"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|artifact| {
                let made = artifact["created_at"].as_str();
                made >= of["run_started_at"].as_str() && made <= of["updated_at"].as_str()
            });
        assert_eq!(within.count(), 3, "try {number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_re_run_of_failed_jobs_has_only_those() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let rerun =
        forge.truth().open.iter().find(|change| {
            change.attempts.len() == 1 && change.attempts[0].runs[0].tries.len() == 2
        });
    let run = rerun.unwrap().attempts[0].runs[0].id;
    let count = |filter: &str| {
        let path = format!("{repo}/actions/runs/{run}/jobs?filter={filter}");
        client.get(&path).json()["total_count"].as_u64().unwrap()
    };
    assert_eq!((count("latest"), count("all")), (1, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_things_are_in_the_world() {
    let forge = forge(0).await;
    let (client, repo) = (viewer(&forge), repo(&forge));
    let pulls = client
        .get(&format!("{repo}/pulls?state=all&per_page=100"))
        .json();
    let titles: Vec<&str> = pulls
        .as_array()
        .unwrap()
        .iter()
        .map(|pull| pull["title"].as_str().unwrap())
        .collect();
    assert!(
        titles.iter().any(|title| title.contains('\u{202e}')),
        "a bidi override in a title"
    );

    let reports: Vec<String> = client
        .get(&format!("{repo}/actions/runs?per_page=100"))
        .json()["workflow_runs"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|run| {
            let path = format!("{repo}/actions/runs/{}/artifacts", run["id"]);
            client.get(&path).json()["artifacts"]
                .as_array()
                .unwrap()
                .clone()
        })
        .filter(|artifact| artifact["expired"] == false)
        .map(|artifact| report(&forge, &artifact))
        .collect();
    assert!(
        reports.iter().any(|text| text.contains("tests=\"512\"")),
        "totals that lie"
    );
    assert!(
        reports.iter().any(|text| text.contains("\u{1b}[31mred")),
        "an escape in a name"
    );
}
