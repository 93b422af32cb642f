//! Random stories of several accounts on one ledger and one forge: faults, late writes, clocks that
//! are set back, newer decisions, persons who retry and drop. Whatever happens, the forge holds each
//! decision once at most, by its maker only, and nothing that was overtaken goes out after what
//! overtook it.
//!
//! `PROOFLINE_FAULT_RUNS=1000` makes as many stories; the suite makes fewer.

use std::collections::BTreeSet;

use proofline::{
    decide::{Delivery, DeliveryState, Effect, Event, Kind},
    demo::{Fault, FaultKind},
    sync::Engine,
};

use super::{Scene, state};
use crate::support::{
    decisions::{add, on},
    install::engine,
};

/// `SplitMix64` (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap()
    }
}

/// A decision as the model knows it: who made it, and what persons did about it.
struct Made {
    delivery: Delivery,
    /// Index of the account.
    by: usize,
    dropped: bool,
    /// A person sent it again though it was in doubt: it may stand there twice.
    again: bool,
    /// A write of it was lost on the way, and can land yet.
    lost: bool,
    landed: bool,
}

fn fault(random: &mut Random) -> (FaultKind, bool) {
    let status = |status, headers: &[(&str, &str)]| FaultKind::Status {
        status,
        headers: headers
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect(),
        message: "ordered".to_owned(),
    };
    match random.below(9) {
        0 => (status(502, &[]), true),
        1 => (status(504, &[]), true),
        2 => (FaultKind::Drop, true),
        3 => (status(401, &[]), false),
        4 => (status(403, &[("retry-after", "30")]), false),
        5 => (status(429, &[("retry-after", "999999999999")]), false),
        6 => (FaultKind::StatusAfter { status: 502 }, false),
        7 => (FaultKind::DropAfter, false),
        _ => (FaultKind::CutBody { bytes: 30 }, false),
    }
}

/// Everything that the forge has of the stories' decisions: id, login, effect; in order.
fn on_the_forge(scene: &Scene) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for path in [scene.reviews_path(), scene.comments_path()] {
        for page in 1.. {
            let list = scene
                .viewer()
                .get(&format!("{path}?per_page=100&page={page}"))
                .json();
            let list = list.as_array().unwrap().clone();
            for item in &list {
                let body = item["body"].as_str().unwrap();
                if let Some((_, rest)) = body.rsplit_once("proofline:decision v=1 id=") {
                    let id = rest.split(' ').next().unwrap();
                    let login = item["user"]["login"].as_str().unwrap();
                    all.push((id.to_owned(), login.to_owned()));
                }
            }
            if list.len() < 100 {
                break;
            }
        }
    }
    all
}

/// The ids of reviews in the order in which the client posted them.
fn posted(scene: &Scene) -> Vec<String> {
    let log = scene.forge.log();
    let reviews = log
        .iter()
        .filter(|e| e.method == "POST" && e.path.contains("/reviews"));
    reviews
        .filter_map(|e| {
            let body = e.request_body.as_ref()?["body"].as_str()?.to_owned();
            let (_, rest) = body.rsplit_once("proofline:decision v=1 id=")?;
            Some(rest.split(' ').next()?.to_owned())
        })
        .collect()
}

async fn story(scene: &Scene, engines: &[Engine; 2], seed: u64) {
    let names = ["mira", "jon"];
    let mut random = Random(seed);
    let mut made: Vec<Made> = Vec::new();
    // What the client posted, in order; what lands late is posted by this test.
    let mut posts: Vec<String> = Vec::new();
    scene.forge.control().clear_log();
    let tokens = names.map(|name| scene.forge.truth().token(name).unwrap().to_owned());
    for step in 0..6 + random.below(9) {
        let who = random.below(2);
        match random.below(11) {
            0..=2 => {
                let kind =
                    [Kind::Approve, Kind::RequestChanges, Kind::ExceptionAsk][random.below(3)];
                // Ids do not tell the order: clocks can be set back between two decisions.
                let id = format!("S{seed}X{:03}X{step}", random.below(1_000));
                let (delivery, record) = on(&engines[who], scene.number, kind, &id);
                add(&engines[who], &delivery, &record);
                made.push(Made {
                    delivery,
                    by: who,
                    dropped: false,
                    again: false,
                    lost: false,
                    landed: false,
                });
            }
            3 | 4 => {
                let (kind, lost) = fault(&mut random);
                let posts = random.below(4) > 0;
                let before = made
                    .iter()
                    .map(|m| state(&engines[0], &m.delivery))
                    .collect::<Vec<_>>();
                scene.forge.control().fault(Fault {
                    method: Some(if posts { "POST" } else { "GET" }.to_owned()),
                    ..Fault::next(scene.path(), kind)
                });
                engines[who].deliver().await.unwrap();
                scene.forge.control().clear_faults();
                if posts && lost {
                    // What came into doubt by it was lost, and can land.
                    for (m, before) in made.iter_mut().zip(before) {
                        let now = state(&engines[0], &m.delivery);
                        let doubted = matches!(now, DeliveryState::Doubt { .. });
                        m.lost |= doubted
                            && before != now
                            && !matches!(before, DeliveryState::Doubt { .. });
                    }
                }
            }
            5 | 6 => drop(engines[who].deliver().await.unwrap()),
            7 => drop(engines[who].deliver_now().await.unwrap()),
            8 => {
                engines[who].look_for_doubts().await.unwrap();
                let back = [-90_000, -40, 0, 20, 40, 4_000][random.below(6)];
                scene.clock.pass(back);
            }
            9 => {
                // A write that was lost lands after all.
                if let Some(m) = made.iter_mut().find(|m| m.lost && !m.landed) {
                    m.landed = true;
                    posts.extend(posted(scene));
                    scene.land(&m.delivery, &tokens[m.by]);
                    scene.forge.control().clear_log();
                }
            }
            _ => {
                if made.is_empty() {
                    continue;
                }
                let at = random.below(made.len());
                let m = &mut made[at];
                let event = if random.below(3) == 0 {
                    Event::Drop
                } else {
                    Event::Retry
                };
                let doubted =
                    matches!(state(&engines[0], &m.delivery), DeliveryState::Doubt { .. });
                let nudged = engines[who].nudge(&m.delivery.decision, &event).unwrap();
                let moved = matches!(nudged, proofline::sync::Nudged::Moved(_));
                m.dropped |= moved && event == Event::Drop;
                m.again |= moved && event == Event::Retry && doubted;
            }
        }
    }
    // The forge is well again, and everybody flushes; twice, since waits end.
    for _ in 0..3 {
        scene.clock.pass(4_000);
        for engine in engines {
            engine.deliver_now().await.unwrap();
        }
    }
    let there = on_the_forge(scene);
    posts.extend(posted(scene));
    for (n, m) in made.iter().enumerate() {
        let id = &m.delivery.decision.0;
        let told = || format!("seed {seed}, decision {n} {id}");
        let copies: Vec<&String> = there
            .iter()
            .filter(|(i, _)| i == id)
            .map(|(_, l)| l)
            .collect();
        // (b) By its maker only.
        assert!(
            copies.iter().all(|l| *l == names[m.by]),
            "{}: {copies:?}",
            told()
        );
        // (d) Once, unless a person took it upon themselves and it landed late.
        let most = if m.again && m.landed { 2 } else { 1 };
        assert!(copies.len() <= most, "{}: {copies:?}", told());
        let end = state(&engines[0], &m.delivery);
        match &end {
            DeliveryState::Done { .. } => assert!(!copies.is_empty(), "{}", told()),
            // What was overtaken can have landed late all the same.
            DeliveryState::Refused { why } => {
                assert!(
                    why.contains("decided on this change again"),
                    "{}: {why}",
                    told()
                );
            }
            DeliveryState::Doubt { .. } => {
                assert!(copies.is_empty(), "{}: not found, and there", told());
            }
            DeliveryState::Dropped => assert!(m.dropped, "{}", told()),
            // (e), (f): with its token and a forge that is well, nothing waits.
            other => panic!("{}: {other:?}", told()),
        }
        if m.delivery.payload.effect != Effect::Review {
            continue;
        }
        // (a), (c) Nothing older of the same person was posted after it.
        let first = posts.iter().position(|p| p == id);
        let older: BTreeSet<&String> = made[..n]
            .iter()
            .filter(|o| o.by == m.by && o.delivery.payload.effect == Effect::Review)
            .map(|o| &o.delivery.decision.0)
            .collect();
        if let Some(first) = first {
            // What a person gave up overtakes nothing any more.
            let late = posts[first..].iter().find(|p| older.contains(p));
            assert!(
                late.is_none() || m.dropped,
                "{}: {late:?} was sent after it",
                told()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_story_sends_anything_twice_late_or_in_anothers_name() {
    let runs = std::env::var("PROOFLINE_FAULT_RUNS").ok();
    let runs: u64 = runs.and_then(|n| n.parse().ok()).unwrap_or(25);
    let mut scene = Scene::new().await;
    for seed in 0..runs {
        if seed % 40 == 39 {
            // The conversation grows, and each look reads all of it.
            scene = Scene::new().await;
        }
        let token = scene.forge.truth().token("jon").map(str::to_owned);
        let folder = tempfile::tempdir().unwrap();
        let mira = Some(scene.forge.token());
        let (mira, _) = engine(
            &scene.forge,
            mira,
            folder.path(),
            scene.clock.clone(),
            super::LONG,
        );
        let (jon, _) = engine(
            &scene.forge,
            token.as_deref(),
            folder.path(),
            scene.clock.clone(),
            super::LONG,
        );
        for engine in [&mira, &jon] {
            engine.sync_list().await.unwrap();
        }
        mira.sync_change(scene.number).await.unwrap();
        story(&scene, &[mira, jon], seed).await;
    }
}
