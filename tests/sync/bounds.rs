//! A forge whose answers have no end: each pull comes to one all the same, says what it left out, and
//! nothing that rests on it passes.

use proofline::{
    decide::{DeliveryState, Event, Kind},
    forge::{ApiRoots, Forge, SystemClock},
    model::{Host, PartName, PartState, RepoId, Stage, Verdict},
    store::{Cache, Ledger},
    sync::{Engine, Folders},
};
use serde_json::{Value, json};
use std::sync::Arc;

use super::LONG;
use crate::support::{
    forge::forge,
    mirror::{Mirror, Reply},
};

/// An engine of its own folders on a mirror.
fn engine(mirror: &Mirror, folder: &std::path::Path) -> Engine {
    let host = Host::new(mirror.base.trim_start_matches("http://"));
    let client = Forge::timed(
        host.clone(),
        ApiRoots::from_base(&mirror.base),
        Some("ghp_demo_mira".to_owned().into()),
        Arc::new(SystemClock),
        LONG,
    )
    .unwrap();
    let folders = Folders {
        cache: folder.join("cache"),
        data: folder.join("data"),
    };
    let (cache, _) = Cache::open_in(&folders.cache).unwrap();
    let (ledger, _) = Ledger::open(&folders.data.join("ledger.db")).unwrap();
    let repo = RepoId {
        host,
        owner: "acme".to_owned(),
        name: "payments".to_owned(),
    };
    Engine::new(client, (cache, ledger), folders, repo, Arc::new(|_| ()))
}

/// What a pull of #470 cost, which is green where nothing is wrong, how its parts stand, and how it is
/// judged.
const CHANGE: u64 = 470;

struct Pulled {
    requests: usize,
    holes: Vec<(PartName, String)>,
    verify: Verdict,
}

async fn pulled(rewrite: impl Fn(&mut Reply<'_>) + Send + Sync + 'static) -> Pulled {
    let forge = forge(0).await;
    let mirror = Mirror::before(&forge, rewrite);
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(&mirror, folder.path());
    engine.sync_list().await.unwrap();
    let before = mirror.asked().len();
    engine.sync_change(CHANGE).await.unwrap();
    let row = engine.row().unwrap();
    let parts = engine.cache.parts(row.id, CHANGE).unwrap();
    let holes = parts.into_iter().filter_map(|p| match p.state {
        PartState::Partial(_) | PartState::Failed(_) => Some((p.part, p.state.words()?)),
        _ => None,
    });
    let id = proofline::model::ChangeId {
        repo: engine.repo.clone(),
        number: CHANGE,
    };
    let dossier = engine.dossier(&id).unwrap();
    Pulled {
        requests: mirror.asked().len() - before,
        holes: holes.collect(),
        verify: dossier.assessment.stage(Stage::Verify).unwrap().verdict,
    }
}

fn left_out(pulled: &Pulled, part: PartName, words: &str) -> bool {
    pulled
        .holes
        .iter()
        .any(|(p, why)| *p == part && why.contains(words))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_answer_is_a_pass() {
    let pulled = pulled(|_| ()).await;
    assert_eq!(pulled.verify, Verdict::Pass, "{:?}", pulled.holes);
}

/// The branch was made with its first commit, on which nothing ran: only the list of commits tells that
/// it is a head. What is shown as an attempt was asked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_only_the_commits_tell_of_is_asked_for() {
    let forge = forge(0).await;
    let story = forge.truth().story().unwrap();
    let head = |n: usize| story.attempts[n].head.clone();
    let (first, last) = (
        head(story.attempts.len() - 2),
        head(story.attempts.len() - 1),
    );
    let heads = [first.clone(), last.clone()];
    let mirror = Mirror::before(&forge, move |reply| {
        if reply.target.contains("/activity?ref=") {
            let branch = reply.body[0]["ref"].clone();
            let row = |id: u64, kind: &str, before: &str, after: &str| {
                json!({
                    "id": id, "node_id": "P", "ref": branch, "actor": null,
                    "timestamp": format!("2026-11-16T08:00:0{id}Z"),
                    "activity_type": kind, "before": before, "after": after,
                })
            };
            let made = row(1, "branch_creation", &"0".repeat(40), &heads[0]);
            reply.body = json!([row(2, "push", &heads[0], &heads[1]), made]);
        } else if reply.target.contains("/actions/runs?branch=") {
            reply.body = json!({ "total_count": 0, "workflow_runs": [] });
        } else if reply
            .target
            .contains(&format!("/commits/{}/check-runs", heads[0]))
        {
            reply.body = json!({ "total_count": 0, "check_runs": [] });
        } else if reply.target.ends_with("/reviews?per_page=100") {
            reply.body = json!([]);
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(&mirror, folder.path());
    engine.sync_change(story.number).await.unwrap();
    let id = proofline::model::ChangeId {
        repo: engine.repo.clone(),
        number: story.number,
    };
    let dossier = engine.dossier(&id).unwrap();
    let shown: Vec<&str> = dossier
        .evidence
        .attempts
        .iter()
        .map(|a| a.head.as_str())
        .collect();
    assert_eq!(shown, [&first, &last]);
    let asked = format!("/commits/{first}/check-runs");
    assert!(mirror.asked().iter().any(|target| target.contains(&asked)));
    let known = dossier
        .evidence
        .attempts
        .iter()
        .all(|a| a.commits.is_some());
    assert!(known, "{:#?}", dossier.evidence.attempts);
}

/// The failing check stands where nobody looks any more.
#[tokio::test(flavor = "multi_thread")]
async fn checks_that_go_on_beyond_the_last_page_that_is_read() {
    let pulled = pulled(|reply| {
        if !reply.target.contains("/check-runs?") {
            return;
        }
        let (path, n) = reply
            .target
            .split_once("&page=")
            .unwrap_or((reply.target, "1"));
        let n: u64 = n.parse().unwrap_or(1);
        let mut checks = reply.body["check_runs"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        checks.truncate(1);
        for check in &mut checks {
            check["id"] = json!(8_000_000 + n);
            check["name"] = json!(format!("more {n}"));
        }
        reply.status = 200;
        reply.body = json!({ "check_runs": checks });
        let next = format!("{path}&page={}", n + 1);
        reply.link_next(&next);
    })
    .await;
    assert!(pulled.requests < MANY, "{}", pulled.requests);
    assert_ne!(pulled.verify, Verdict::Pass, "{:?}", pulled.holes);
}

/// Requests of a pull where nothing is wrong are about 40.
const MANY: usize = 480;

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_lead_back_or_never_end() {
    for circle in [true, false] {
        let pulled = pulled(move |reply| {
            let list = reply.target.contains("per_page=");
            if list && reply.method == "GET" {
                let (path, _) = reply
                    .target
                    .split_once("&page=")
                    .unwrap_or((reply.target, ""));
                let n: u64 = reply
                    .target
                    .rsplit_once("&page=")
                    .and_then(|(_, n)| n.parse().ok())
                    .unwrap_or(1);
                let next = if circle { n % 2 + 1 } else { n + 1 };
                let next = format!("{path}&page={next}");
                reply.link_next(&next);
            }
        })
        .await;
        assert!(pulled.requests < MANY, "{}", pulled.requests);
        let words = if circle { "leads back" } else { "left out" };
        assert!(
            pulled.holes.iter().any(|(_, why)| why.contains(words)),
            "{:?}",
            pulled.holes
        );
        assert_ne!(pulled.verify, Verdict::Pass);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_says_it_was_tried_a_billion_times() {
    let pulled = pulled(|reply| {
        let runs = reply.body.get_mut("workflow_runs");
        for run in runs.and_then(Value::as_array_mut).into_iter().flatten() {
            run["run_attempt"] = json!(1_000_000_000_u64);
        }
    })
    .await;
    assert!(pulled.requests < MANY, "{}", pulled.requests);
    assert!(
        left_out(&pulled, PartName::Runs, "earlier tries of run"),
        "{:?}",
        pulled.holes
    );
    assert_ne!(pulled.verify, Verdict::Pass);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_with_four_hundred_earlier_heads() {
    let pulled = pulled(|reply| {
        if reply.target.contains("/commits/000000") {
            let key = if reply.target.contains("check-runs") {
                "check_runs"
            } else {
                ""
            };
            reply.status = 200;
            reply.body = if key.is_empty() {
                json!([])
            } else {
                json!({ "total_count": 0, key: [] })
            };
        }
        if !reply.target.contains("/activity?") {
            return;
        }
        let (_, of) = reply.target.split_once("ref=").unwrap();
        let of = of.split('&').next().unwrap().replace("%2F", "/");
        let first = json!({
            "id": 1, "node_id": "P", "ref": of, "timestamp": "2026-11-20T08:00:00Z",
            "activity_type": "push", "actor": null,
        });
        let list: Vec<Value> = (0..400_u64)
            .map(|n| {
                let mut push = first.clone();
                push["id"] = json!(9_000_000 + n);
                push["before"] = json!(format!("{n:040x}"));
                push["after"] = json!(format!("{:040x}", n + 1));
                push
            })
            .collect();
        reply.headers.retain(|(name, _)| name != "link");
        reply.body = Value::Array(list);
    })
    .await;
    assert!(pulled.requests < MANY, "{}", pulled.requests);
    assert!(
        left_out(&pulled, PartName::Checks, "earlier heads were left out"),
        "{:?}",
        pulled.holes
    );
    assert_ne!(pulled.verify, Verdict::Pass);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_with_a_hundred_and_fifty_runs_of_many_jobs() {
    let pulled = pulled(|reply| {
        if reply.target.contains("/actions/runs?branch=")
            && let Some(first) = reply.body["workflow_runs"].get(0).cloned()
        {
            let runs: Vec<Value> = (0..150_u64)
                .map(|n| {
                    let mut run = first.clone();
                    run["id"] = json!(7_000_000 + n);
                    run
                })
                .collect();
            reply.body = json!({ "total_count": 150, "workflow_runs": runs });
            reply.headers.retain(|(name, _)| name != "link");
        } else if reply.target.contains("/actions/runs/7000") && reply.target.contains("/jobs") {
            let n: u64 = reply.target.rsplit_once("page=").and_then(|(_, n)| n.parse().ok()).unwrap_or(1);
            let page = if n > 3 { 1 } else { n };
            let jobs: Vec<Value> = (0..85).map(|j| json!({
                "id": page * 1_000 + j, "run_id": 7, "name": format!("job {page} {j}"), "status": "completed", "conclusion": "success",
                "head_sha": "a".repeat(40), "run_attempt": 1,
            })).collect();
            reply.status = 200;
            reply.body = json!({ "total_count": 255, "jobs": jobs });
            if page < 3 {
                let (path, _) = reply.target.split_once("&page=").unwrap_or((reply.target, ""));
                let next = format!("{path}&page={}", page + 1);
                reply.link_next(&next);
            }
        }
    })
    .await;
    assert!(pulled.requests < MANY, "{}", pulled.requests);
    let said = left_out(&pulled, PartName::Runs, "left out");
    assert!(said, "{:?}", pulled.holes);
    assert_ne!(pulled.verify, Verdict::Pass);
}

/// What nobody asked for by name leaves the reserve of the budget alone.
#[tokio::test(flavor = "multi_thread")]
async fn the_reserve_of_the_budget_holds() {
    let forge = forge(0).await;
    let spent = Arc::new(std::sync::atomic::AtomicU64::new(1_040));
    let mirror = Mirror::before(&forge, move |reply| {
        let left = spent.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
        reply
            .headers
            .retain(|(name, _)| !name.starts_with("x-ratelimit"));
        for (name, value) in [
            ("limit", "5000".to_owned()),
            ("remaining", left.to_string()),
        ] {
            reply.headers.push((format!("x-ratelimit-{name}"), value));
        }
        let core = ("x-ratelimit-resource".to_owned(), "core".to_owned());
        reply.headers.push(core);
    });
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(&mirror, folder.path());
    engine.sync_all().await.unwrap();
    let left = engine.forge.budget().remaining.unwrap();
    // Requests that were under way when the last answer came are counted after it.
    assert!(left >= 1_000 - 12, "{left} of the 1000 that are kept");
    assert!(left < 1_040, "nothing was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_for_a_decision_comes_to_an_end() {
    let forge = forge(0).await;
    let mirror = Mirror::before(&forge, |reply| {
        if reply.method == "POST" && reply.target.contains("/comments") {
            reply.status = 502;
        } else if reply.method == "GET" && reply.target.contains("/482/comments") {
            reply.body = json!([]);
            let to_itself = reply.target.to_owned();
            reply.link_next(&to_itself);
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(&mirror, folder.path());
    engine.sync_list().await.unwrap();
    engine.sync_change(482).await.unwrap();
    let (delivery, record) =
        crate::support::decisions::on(&engine, 482, Kind::ExceptionAsk, "01LOOK");
    crate::support::decisions::add(&engine, &delivery, &record);
    let before = mirror.asked().len();
    engine.deliver().await.unwrap();
    let asked = mirror.asked().len() - before;
    assert!(asked <= 12, "{asked}");
    let found = engine.ledger.deliveries(false).unwrap().remove(0);
    // A list that was not read whole does not say that it is not there.
    assert!(
        matches!(found.state, DeliveryState::Doubt { looks: 0, .. }),
        "{:?}",
        found.state
    );
    let still = found.clone().apply(Event::Retry, engine.now());
    assert!(matches!(
        still.state,
        DeliveryState::Doubt { resend: true, .. }
    ));
}
