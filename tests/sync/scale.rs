//! A large repository: what the first list costs, and that it is whole.

use std::collections::BTreeMap;

use proofline::{demo::DemoForge, model::PrState, store::PlanRow, sync::Ask};

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
