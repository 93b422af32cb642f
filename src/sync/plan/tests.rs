//! Plans, as tables.

use super::*;

fn change(number: PrNumber) -> KnownChange {
    KnownChange {
        number,
        open: true,
        updated_at: Timestamp(100),
        synced_for: Some(Timestamp(100)),
        dirty: None,
        pending: false,
        again: false,
        refused_at: None,
    }
}

fn known(changes: Vec<KnownChange>) -> Known {
    Known {
        now: Timestamp(10_000),
        described: true,
        listed_at: Some(Timestamp(9_000)),
        full: false,
        polled: true,
        parts: Vec::new(),
        changes,
        asked: Vec::new(),
        left: Left::default(),
    }
}

fn jobs(known: &Known) -> Vec<Job> {
    plan(known).into_iter().map(|i| i.job).collect()
}

#[test]
fn a_change_is_asked_for_only_where_there_is_something_to_learn() {
    let with = |edit: fn(&mut KnownChange)| {
        let mut change = change(1);
        edit(&mut change);
        reason(&change, false, Timestamp(10_000))
    };
    assert_eq!(with(|_| {}), None);
    assert_eq!(
        with(|c| c.synced_for = Some(Timestamp(99))),
        Some(Reason::Changed)
    );
    assert_eq!(
        with(|c| c.dirty = Some("runs".into())),
        Some(Reason::Changed)
    );
    assert_eq!(with(|c| c.pending = true), Some(Reason::Pending));
    assert_eq!(with(|c| c.again = true), Some(Reason::Incomplete));
    assert_eq!(with(|c| c.synced_for = None), Some(Reason::Incomplete));
    assert_eq!(
        with(|c| c.refused_at = Some(Timestamp(9_900))),
        None,
        "refused a moment ago"
    );
    assert_eq!(
        with(|c| c.refused_at = Some(Timestamp(9_400))),
        Some(Reason::Incomplete)
    );
    let closed = |c: &mut KnownChange| {
        c.open = false;
        c.synced_for = None;
    };
    assert_eq!(with(closed), None, "nobody looked at it");
    assert_eq!(
        reason(&change(1), true, Timestamp(10_000)),
        Some(Reason::Asked)
    );
}

#[test]
fn what_a_person_looks_at_comes_first() {
    let mut changes: Vec<_> = (1..=5).map(change).collect();
    changes[0].synced_for = None;
    changes[1].dirty = Some("a push".into());
    changes[1].open = false;
    changes[2].dirty = Some("a push".into());
    changes[3].pending = true;
    let mut known = known(changes);
    known.asked = vec![5];
    known.parts = vec![KnownPart {
        part: RepoPart::Rulesets,
        tried_at: None,
        again: false,
    }];
    let order = [5, 0, 3, 2, 4, 1];
    let numbers: Vec<PrNumber> = plan(&known)
        .iter()
        .map(|i| i.change().unwrap_or(0))
        .collect();
    assert_eq!(numbers, order);
}

#[test]
fn a_poll_with_nothing_new_is_five_requests() {
    let mut known = known(vec![change(1)]);
    known.polled = false;
    known.parts = RepoPart::ALL
        .into_iter()
        .map(|part| KnownPart {
            part,
            tried_at: Some(Timestamp(0)),
            again: false,
        })
        .collect();
    let planned = jobs(&known);
    assert_eq!(planned.len(), 5);
    assert!(matches!(planned[4], Job::Part(_)));
    // Each slow part has its turn.
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let Some(Job::Part(part)) = jobs(&known).get(4).copied() else {
            break;
        };
        seen.insert(part);
        let row = known.parts.iter_mut().find(|p| p.part == part);
        row.unwrap().tried_at = Some(known.now);
    }
    let slow = RepoPart::ALL
        .into_iter()
        .filter(|p| fresh_for(*p).is_some());
    assert_eq!(seen.len(), slow.count());
    assert_eq!(jobs(&known).len(), 4, "all are fresh");
}

#[test]
fn the_first_round_asks_for_feeds_before_the_list() {
    let mut known = known(Vec::new());
    (known.described, known.polled, known.listed_at) = (false, false, None);
    let planned = jobs(&known);
    assert_eq!(planned.first(), Some(&Job::Describe));
    assert_eq!(planned.last(), Some(&Job::List));
    assert_eq!(planned.len(), 6);
}

#[test]
fn the_reserve_is_for_what_a_person_asks_for() {
    let mut changes: Vec<_> = (1..=3).map(change).collect();
    for change in &mut changes {
        change.synced_for = None;
    }
    let mut known = known(changes);
    known.asked = vec![3];
    let waits = |known: &Known| -> Vec<(PrNumber, bool)> {
        let items = plan(known);
        items
            .iter()
            .map(|i| (i.change().unwrap(), i.waits.is_some()))
            .collect()
    };
    let all = |remaining| Left {
        limit: Some(60),
        remaining: Some(remaining),
    };
    known.left = all(50);
    assert_eq!(waits(&known), [(3, false), (1, false), (2, true)]);
    known.left = all(24);
    assert_eq!(waits(&known), [(3, false), (1, true), (2, true)]);
    known.left = all(5);
    assert_eq!(waits(&known), [(3, true), (1, true), (2, true)]);
    known.left = Left::default();
    assert!(
        waits(&known).iter().all(|(_, waits)| !waits),
        "GHES may have no limits"
    );
}
