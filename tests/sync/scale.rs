//! A large repository: what the first list costs, and that it is whole.

use std::collections::BTreeMap;

use proofline::{
    demo::{DemoForge, Fault, FaultKind},
    model::{PartName, PrState},
    store::{PartRow, PlanRow},
    sync::Ask,
};

use super::LONG;
use crate::support::{
    forge::large,
    install::{Install, Jump},
};

async fn scene(changes: u64) -> (DemoForge, Install) {
    let forge = large(changes, 2).await;
    let clock = Jump::new(&forge);
    let install = Install::timed(&forge, Some(forge.token()), clock, LONG);
    (forge, install)
}

fn open(install: &Install) -> Vec<PlanRow> {
    let row = install.engine.row().unwrap();
    install.engine.cache.plan_rows(row.id, &[]).unwrap()
}

// [verifies PL-SYN-2]
#[tokio::test(flavor = "multi_thread")]
async fn the_first_list_of_five_hundred_open_changes() {
    let (forge, install) = scene(800).await;
    install.engine.probe(&Ask::default()).await.unwrap();
    let log = forge.log();
    assert!(log.len() <= 50, "{} requests", log.len());
    // As the world says it is: every open change, and the newest of the closed ones.
    let truth = forge.changes();
    let row = install.engine.row().unwrap();
    let kept: BTreeMap<u64, _> = install
        .engine
        .cache
        .changes(row.id)
        .unwrap()
        .into_iter()
        .map(|c| (c.pr.number, c.pr))
        .collect();
    for change in truth.iter().filter(|c| c.state == "open") {
        let pr = &kept[&change.number];
        assert_eq!(pr.state, PrState::Open);
        assert_eq!(pr.head_sha.as_str(), change.head);
        assert_eq!(pr.updated_at.0, change.updated_at.timestamp());
    }
    let is_open = |c: &&proofline::demo::ListedChange| c.state == "open";
    assert_eq!(open(&install).len(), truth.iter().filter(is_open).count());
    let closed = kept.values().filter(|p| p.state != PrState::Open).count();
    assert!(closed <= 100, "the others are not asked for: {closed}");
    assert!(install.engine.list_age().unwrap().is_some());
    // Then nothing new is as cheap as in a small one.
    forge.control().clear_log();
    install.engine.probe(&Ask::default()).await.unwrap();
    let answers: Vec<u16> = forge.log().iter().map(|e| e.status).collect();
    assert_eq!(answers, [304; 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_whose_pages_fail_is_read_page_after_page() {
    let (forge, install) = scene(200).await;
    let bad = FaultKind::Refuse { status: 500 };
    let path = "/repos/acme/payments/pulls?state=open&sort=created";
    forge.control().fault(Fault::next(path, bad));
    install.engine.probe(&Ask::default()).await.unwrap();
    let truth = forge.changes();
    let is_open = |c: &&proofline::demo::ListedChange| c.state == "open";
    assert_eq!(open(&install).len(), truth.iter().filter(is_open).count());
    assert!(install.engine.list_age().unwrap().is_some());
}

/// All parts of all open changes, but for the times at which they were asked for.
fn parts(install: &Install) -> BTreeMap<(u64, PartName), PartRow> {
    let row = install.engine.row().unwrap();
    let mut all = BTreeMap::new();
    for change in open(install) {
        for part in install.engine.cache.parts(row.id, change.number).unwrap() {
            let timeless = PartRow {
                checked_at: None,
                tried_at: None,
                ..part
            };
            all.insert((change.number, timeless.part), timeless);
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_few_answers_settle_is_what_each_change_would_be_told() {
    let forge = large(40, 10).await;
    let clock = Jump::new(&forge);
    let together = Install::timed(&forge, Some(forge.token()), clock.clone(), LONG);
    together.engine.sync_all().await.unwrap();
    let asked = forge.log();
    let apart = Install::timed(&forge, Some(forge.token()), clock, LONG);
    apart.engine.probe(&Ask::default()).await.unwrap();
    forge.control().clear_log();
    for change in open(&apart) {
        apart.engine.sync_change(change.number).await.unwrap();
    }
    let (together, apart) = (parts(&together), parts(&apart));
    assert_eq!(together.len(), apart.len());
    for (key, part) in &apart {
        assert_eq!(&together[key], part, "{key:?}");
    }
    // The lists of the repository were read instead of those of each branch and run.
    let of_each = |log: &[proofline::demo::Exchange]| {
        let each = ["/actions/runs?branch=", "/activity?ref=", "/artifacts?"];
        let is_one = |e: &&proofline::demo::Exchange| each.iter().any(|p| e.path.contains(p));
        log.iter().filter(is_one).count()
    };
    assert!(of_each(&forge.log()) > 100);
    assert_eq!(of_each(&asked), 1, "the list of all artifacts");
}

/// The list said that there is no comment; one came before the change was looked at.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_list_told_is_not_believed_after_a_feed_told_more() {
    let (forge, install) = scene(12).await;
    install.engine.probe(&Ask::default()).await.unwrap();
    let number = forge.changes().iter().map(|c| c.number).max().unwrap();
    let comment = proofline::demo::Act::Comment {
        pr: number,
        body: "wait".to_owned(),
        login: None,
    };
    forge.control().act(comment).unwrap();
    forge.control().clear_log();
    install.engine.sync_all().await.unwrap();
    let count = |number| install.part(number, PartName::Comments).count;
    assert_eq!(count(number), 1);
    // Of the others, what the list told was enough.
    let asked = forge.log();
    let comments = |n: u64| format!("/issues/{n}/comments");
    let of = |n: u64| {
        asked
            .iter()
            .filter(|e| e.path.contains(&comments(n)))
            .count()
    };
    assert_eq!(of(number - 1), 0);
}

// [verifies PL-SYN-3]
#[tokio::test(flavor = "multi_thread")]
async fn more_changes_than_a_page_of_the_feed_holds_are_all_noticed() {
    let (forge, install) = scene(300).await;
    install.engine.probe(&Ask::default()).await.unwrap();
    let numbers: Vec<u64> = open(&install).iter().map(|c| c.number).collect();
    assert!(numbers.len() > 250);
    for number in &numbers {
        let comment = proofline::demo::Act::Comment {
            pr: *number,
            body: "seen".to_owned(),
            login: None,
        };
        forge.control().act(comment).unwrap();
    }
    install.engine.probe(&Ask::default()).await.unwrap();
    let truth: BTreeMap<u64, i64> = forge
        .changes()
        .into_iter()
        .map(|c| (c.number, c.updated_at.timestamp()))
        .collect();
    for row in open(&install) {
        assert_eq!(row.updated_at.0, truth[&row.number], "#{}", row.number);
    }
}
