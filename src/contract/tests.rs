//! The built-in contract on facts made for it.

use super::*;
use crate::{
    evidence::{self, Detail},
    model::{
        ChangeFacts, Demands, Hole, HoleKind, Part, PartName, PartState, ReportOrigin, Sha,
        Timestamp, samples,
    },
};

fn facts() -> ChangeFacts {
    samples::change(&samples::sha("a"), &samples::sha("b"))
}

// [verifies PL-HON-1]
#[test]
fn nothing_fetched_is_nowhere_pass() {
    let assessment = assess(&evidence::build(facts()));
    for state in &assessment.stages {
        assert_ne!(
            state.verdict,
            Verdict::Pass,
            "{:?}: {:?}",
            state.stage,
            state.why
        );
    }
    assert!(
        !assessment.risk.known,
        "without a difference the risk is a lower bound"
    );
}

// [verifies PL-HON-2]
#[test]
fn a_failed_part_is_unknown_and_an_empty_one_is_missing() {
    let with = |state: PartState| {
        let mut facts = facts();
        facts.parts = PartName::ALL
            .into_iter()
            .map(|name| Part {
                name,
                state: state.clone(),
                checked_at: None,
                count: 0,
            })
            .collect();
        assess(&evidence::build(facts))
    };
    let failed = with(PartState::Failed(Hole::new(HoleKind::Refused, "403")));
    let empty = with(PartState::Complete);
    for stage in [Stage::Verify, Stage::Secure, Stage::Review, Stage::Attest] {
        assert_eq!(
            failed.stage(stage).unwrap().verdict,
            Verdict::Unknown,
            "{stage:?}"
        );
        assert_eq!(
            empty.stage(stage).unwrap().verdict,
            Verdict::Missing,
            "{stage:?}"
        );
    }
}

#[test]
fn every_stage_that_is_trouble_has_a_gap() {
    let assessment = assess(&evidence::build(facts()));
    for state in assessment.stages.iter().filter(|s| s.verdict.is_trouble()) {
        assert!(
            assessment.gaps.iter().any(|g| g.stage == state.stage),
            "{:?}",
            state.stage
        );
    }
}

/// Facts of which every part is whole, and the difference is known.
pub(super) fn whole() -> ChangeFacts {
    let mut facts = facts();
    facts.demands.demands = Some(Demands::default());
    let head = facts.pr.head_sha.clone();
    facts.parts = PartName::ALL
        .into_iter()
        .map(|name| Part {
            name,
            state: PartState::Complete,
            checked_at: None,
            count: 0,
        })
        .collect();
    facts.git.specs.insert(head.clone(), vec![]);
    facts.git.total = Some(samples::delta(&facts.pr.base_sha, &head, &[]));
    facts
}

// [verifies PL-HON-2]
#[test]
fn what_has_a_hole_never_says_that_nothing_else_is_there() {
    let verdicts = |facts: ChangeFacts| -> Vec<Verdict> {
        let stages = assess(&evidence::build(facts)).stages;
        stages.into_iter().map(|s| s.verdict).collect()
    };
    let before = verdicts(whole());
    assert_eq!(before[Stage::Change.index()], Verdict::Pass);
    assert_eq!(before[Stage::Verify.index()], Verdict::Missing);
    for (name, stages) in [
        (PartName::Activity, vec![Stage::Change, Stage::Review]),
        (PartName::Runs, vec![Stage::Change, Stage::Verify]),
        (PartName::Checks, vec![Stage::Verify]),
        (PartName::Results, vec![Stage::Verify]),
        (PartName::Timeline, vec![Stage::Plan]),
        (PartName::Reviews, vec![Stage::Review]),
        (PartName::Merge, vec![Stage::Verify, Stage::Review]),
    ] {
        let holes = [
            PartState::NotFetched,
            PartState::Failed(Hole::new(HoleKind::Again, "502")),
            PartState::Partial(vec![Hole::new(HoleKind::Again, "page 2: 502")]),
            PartState::Partial(vec![Hole::new(HoleKind::Unread, "2 items")]),
            PartState::Partial(vec![Hole::new(HoleKind::LeftOut, "2 items")]),
            PartState::Partial(vec![Hole::new(HoleKind::Refused, "2 items")]),
        ];
        for state in holes {
            let mut facts = whole();
            facts.parts[name as usize].state = state.clone();
            let evidence = evidence::build(facts);
            let assessment = assess(&evidence);
            for stage in &stages {
                let own = assessment.stage(*stage).unwrap();
                assert_eq!(
                    own.verdict,
                    Verdict::Unknown,
                    "{name:?} {state:?} {stage:?}"
                );
                assert!(
                    matches!(own.why, Reason::Hole { part, .. } if part == name),
                    "{:?}",
                    own.why
                );
                let listed = |g: &Gap| g.stage == *stage && g.why == own.why;
                assert!(assessment.gaps.iter().any(listed), "{:?}", assessment.gaps);
            }
        }
        // What has not ended, is history or explains only, is no hole.
        for kind in [HoleKind::Running, HoleKind::History, HoleKind::Detail] {
            let mut facts = whole();
            facts.parts[name as usize].state = PartState::Partial(vec![Hole::new(kind, "x")]);
            assert_eq!(verdicts(facts), before, "{name:?}: {kind:?}");
        }
    }
}

// [verifies PL-HON-1]
#[test]
fn a_file_that_counts_more_failures_than_it_shows_is_no_pass() {
    let report = |failures: u64| {
        let text = format!(
            "<testsuite tests=\"2\" failures=\"{failures}\"><testcase name=\"x\"/><testcase name=\"y\"/></testsuite>"
        );
        let origin = ReportOrigin::of_file("lie.xml", whole().pr.head_sha);
        let mut facts = whole();
        let (report, _) = crate::formats::results::read(text.as_bytes(), "lie.xml").unwrap();
        facts.reports = vec![report.of(origin)];
        let assessment = assess(&evidence::build(facts));
        (
            assessment.stage(Stage::Verify).unwrap().verdict,
            assessment.gaps,
        )
    };
    assert_eq!(report(0).0, Verdict::Pass);
    let (verdict, gaps) = report(2);
    assert_eq!(verdict, Verdict::Fail);
    let counts = |d: &Detail| matches!(d, Detail::Totals { file, .. } if file == "lie.xml");
    let named = |g: &Gap| matches!(&g.why, Reason::Fact { detail, .. } if counts(detail));
    assert!(gaps.iter().any(named), "{gaps:?}");
}

// [verifies PL-HON-1]
#[test]
fn a_finding_whose_scan_is_gone_keeps_secure_from_passing() {
    let report = |tool: &str, head: &Sha, found: bool| {
        let mut report = samples::scan(tool, head);
        report.results = Vec::from_iter(found.then(|| samples::finding("r", "a.rs", Some("f"))));
        report
    };
    let secure = |now: &[&str]| {
        let mut facts = whole();
        let (head, before) = (facts.pr.head_sha.clone(), samples::sha("c"));
        let push = |id, after: &Sha| crate::model::Activity {
            id,
            kind: crate::model::ActivityKind::Push,
            git_ref: "refs/heads/work".to_owned(),
            before: facts.pr.base_sha.clone(),
            after: after.clone(),
            at: Timestamp(i64::try_from(id).unwrap()),
            actor: None,
        };
        facts.activity = vec![push(1, &before), push(2, &head)];
        facts.scans = vec![report("T", &before, true)];
        let now = now.iter().map(|tool| report(tool, &head, false));
        facts.scans.extend(now);
        let state = assess(&evidence::build(facts));
        state.stage(Stage::Secure).unwrap().verdict
    };
    assert_eq!(secure(&["T", "U"]), Verdict::Pass);
    assert_eq!(secure(&["U"]), Verdict::Unknown);
}

#[test]
fn a_report_that_may_be_in_what_was_not_read_keeps_secure_from_passing() {
    let secure = |edit: &dyn Fn(&mut ChangeFacts)| {
        let mut facts = whole();
        facts.scans = vec![samples::scan("T", &facts.pr.head_sha)];
        edit(&mut facts);
        let state = assess(&evidence::build(facts));
        state.stage(Stage::Secure).unwrap().verdict
    };
    assert_eq!(secure(&|_| ()), Verdict::Pass);
    for name in [
        PartName::Checks,
        PartName::Runs,
        PartName::Alerts,
        PartName::Analyses,
        PartName::Artifacts,
        PartName::Results,
    ] {
        let hole = Hole::new(HoleKind::Unread, "an artifact answers 410");
        let state = PartState::of(vec![hole]);
        let verdict = secure(&|facts| facts.parts[name as usize].state = state.clone());
        assert_eq!(verdict, Verdict::Unknown, "{name:?}");
    }
    // What the forge does not show is there where code scanning reports on it.
    for (slug, verdict) in [
        ("github-advanced-security", Verdict::Unknown),
        ("socket-security", Verdict::Pass),
    ] {
        let found = secure(&|facts| {
            let check = samples::check(9, "scan", facts.pr.head_sha.clone(), "success");
            facts.checks = vec![crate::model::CheckRun {
                app: Some(slug.to_owned()),
                check_suite_id: Some(5_000),
                ..check
            }];
            let absent = PartState::Absent("answers 404".to_owned());
            facts.parts[PartName::Alerts as usize].state = absent;
        });
        assert_eq!(found, verdict, "{slug}");
    }
    // The forge says that it is fixed, and the head's own report finds it.
    for (state, rows) in [("fixed", 1), ("open", 0), ("dismissed", 0)] {
        let mut facts = whole();
        let mut report = samples::scan("T", &facts.pr.head_sha);
        report.results = vec![samples::finding("r", "a.rs", Some("f"))];
        facts.scans = vec![report];
        facts.alerts = vec![samples::alert("T", "r", "a.rs", state)];
        let nodes = evidence::build(facts).graph.nodes.into_iter();
        let own = nodes.filter(|n| matches!(n.id, crate::model::Subject::Finding { .. }));
        assert_eq!(own.count(), rows, "{state}");
    }
}

/// Workflows of pull requests scan the test merge, whose id is no head's.
#[test]
fn an_analysis_of_the_test_merge_is_one_of_the_head_that_was_there() {
    let secure = |made: &[(i64, &str)]| {
        let mut facts = whole();
        let head = facts.pr.head_sha.clone();
        let push = |id: u64, after: &Sha| crate::model::Activity {
            id,
            kind: crate::model::ActivityKind::Push,
            before: samples::sha("0"),
            after: after.clone(),
            git_ref: format!("refs/heads/{}", facts.pr.head_ref),
            actor: None,
            at: Timestamp(i64::try_from(id).unwrap() * 100),
        };
        facts.activity = vec![push(1, &samples::sha("c")), push(2, &head)];
        facts.scans = vec![samples::scan("T", &head)];
        let analysis = |(at, error): &(i64, &str)| crate::model::Analysis {
            id: u64::try_from(*at).unwrap(),
            tool: "T".to_owned(),
            version: None,
            category: "c".to_owned(),
            commit: Some(samples::sha("d")),
            git_ref: "refs/pull/7/merge".to_owned(),
            created_at: Some(Timestamp(*at)),
            results: 0,
            rules: 1,
            error: (*error).to_owned(),
            warning: String::new(),
            report: None,
        };
        facts.analyses = made.iter().map(analysis).collect();
        let state = assess(&evidence::build(facts));
        state.stage(Stage::Secure).unwrap().verdict
    };
    assert_eq!(secure(&[(250, "")]), Verdict::Pass);
    assert_eq!(secure(&[(250, "rejected")]), Verdict::Unknown);
    assert_eq!(
        secure(&[(150, "rejected")]),
        Verdict::Pass,
        "of the head before"
    );
    assert_eq!(
        secure(&[(250, "rejected"), (300, "")]),
        Verdict::Pass,
        "looked again"
    );
    assert_eq!(secure(&[(250, ""), (300, "rejected")]), Verdict::Unknown);
}

// [verifies PL-HON-1]
#[test]
fn an_analysis_that_is_not_whole_keeps_secure_from_passing() {
    let secure = |error: &str, warning: &str, counted: u64, listed: u64| {
        let mut facts = whole();
        let head = facts.pr.head_sha.clone();
        let report = |analysis: Option<u64>, listed: u64| crate::model::ScanReport {
            analysis,
            listed,
            ..samples::scan("T", &head)
        };
        facts.scans = vec![report(None, 0), report(Some(5), listed)];
        facts.analyses = vec![crate::model::Analysis {
            id: 5,
            tool: "T".to_owned(),
            version: None,
            category: String::new(),
            commit: Some(head.clone()),
            git_ref: String::new(),
            created_at: None,
            results: counted,
            rules: 1,
            error: error.to_owned(),
            warning: warning.to_owned(),
            report: None,
        }];
        let state = assess(&evidence::build(facts));
        state.stage(Stage::Secure).unwrap().verdict
    };
    assert_eq!(secure("", "", 0, 0), Verdict::Pass);
    assert_eq!(secure("", "", 2, 2), Verdict::Pass);
    assert_eq!(secure("no source was seen", "", 0, 0), Verdict::Unknown);
    assert_eq!(
        secure("", "only the first 5000 are kept", 0, 0),
        Verdict::Unknown
    );
    assert_eq!(secure("", "", 3, 2), Verdict::Unknown);
}

#[test]
fn a_difference_that_was_not_looked_through_is_no_change_that_is_known() {
    let verdict = |facts: ChangeFacts| {
        let stages = assess(&evidence::build(facts)).stages;
        stages[Stage::Change.index()].verdict
    };
    assert_eq!(verdict(whole()), Verdict::Pass);
    for local in [false, true] {
        let mut facts = whole();
        facts.local = local;
        facts.git.total.as_mut().unwrap().responses = None;
        assert_eq!(verdict(facts.clone()), Verdict::Unknown, "local {local}");
        // A file whose content is not here.
        let base = facts.pr.base_sha.clone();
        let mut total = samples::delta(&base, &facts.pr.head_sha, &["a.rs"]);
        total.files[0].absent = true;
        facts.git.total = Some(total);
        assert_eq!(verdict(facts.clone()), Verdict::Unknown, "local {local}");
        facts.git.total = whole().git.total;
        // A part that has a hole, too.
        facts.git.total.as_mut().unwrap().responses = Some(Vec::new());
        let hole = Hole::new(HoleKind::LeftOut, "a source is too large");
        for part in facts.parts.iter_mut().filter(|p| p.name == PartName::Git) {
            part.state = PartState::of(vec![hole.clone()]);
        }
        assert_eq!(verdict(facts), Verdict::Unknown, "local {local}");
    }
}

#[test]
fn a_difference_without_a_common_commit_is_not_blamed_on_missing_objects() {
    for (is_here, is_read, why) in [
        (true, true, super::Plain::NoMergeBase),
        (true, false, super::Plain::DifferenceUnknown),
        (false, true, super::Plain::DifferenceUnknown),
    ] {
        let mut facts = whole();
        let head = facts.pr.head_sha.clone();
        (facts.git.total, facts.git.merge_base) = (None, None);
        if !is_here {
            facts.git.missing.push(head.clone());
        }
        facts.git.specs.clear();
        if is_read {
            facts.git.specs.insert(head, Vec::new());
        }
        let state = assess(&evidence::build(facts));
        let change = state.stage(Stage::Change).unwrap();
        assert_eq!(change.why, Reason::from(why), "{is_here} {is_read}");
    }
}

#[test]
fn what_is_missing_of_a_file_is_a_blocker_beside_the_failures_in_it() {
    for (totals, verdicts) in [
        ("tests='1' failures='1'", vec![Verdict::Fail]),
        (
            "tests='9' failures='1'",
            vec![Verdict::Fail, Verdict::Unknown],
        ),
        ("tests='1' failures='3'", vec![Verdict::Fail, Verdict::Fail]),
    ] {
        let text = format!(
            "<testsuite {totals}><testcase name='a' classname='c'><failure/></testcase></testsuite>"
        );
        let mut facts = whole();
        let origin = ReportOrigin::of_file("a.xml", facts.pr.head_sha.clone());
        let (report, _) = crate::formats::results::read(text.as_bytes(), "a.xml").unwrap();
        facts.reports = vec![report.of(origin)];
        let gaps = assess(&evidence::build(facts)).gaps;
        let of_verify = gaps.iter().filter(|g| g.stage == Stage::Verify);
        let mut found: Vec<Verdict> = of_verify.map(|g| g.verdict).collect();
        found.sort_by_key(|v| std::cmp::Reverse(v.weight()));
        assert_eq!(found, verdicts, "{totals}");
    }
}
