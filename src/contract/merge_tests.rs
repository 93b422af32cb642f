//! What the forge says of merging a change, and what follows from it.

use super::{tests::whole, *};
use crate::{
    evidence,
    model::{
        ChangeFacts, CommitStatus, Demands, MergeState, Mergeable, RequiredCheck, Sha, samples,
    },
};

fn merge(facts: &ChangeFacts) -> MergeState {
    MergeState {
        head: facts.pr.head_sha.clone(),
        mergeable: Mergeable::Mergeable,
        behind: false,
        test_merge: Some(samples::sha("c")),
        statuses: vec![],
        required: vec![],
        contexts: vec![],
        approvals: None,
    }
}

fn status(sha: &Sha, state: &str) -> CommitStatus {
    CommitStatus {
        sha: sha.clone(),
        context: "build".to_owned(),
        state: state.to_owned(),
        description: None,
        creator: None,
        at: None,
        id: None,
    }
}

/// How a stage stands on a change whose one check passes.
fn verdict(stage: Stage, edit: impl Fn(&mut ChangeFacts, &mut MergeState)) -> Verdict {
    assessed(edit).stage(stage).unwrap().verdict
}

fn assessed(edit: impl Fn(&mut ChangeFacts, &mut MergeState)) -> Assessment {
    let mut facts = whole();
    let head = facts.pr.head_sha.clone();
    facts.runs = vec![];
    facts.checks = vec![samples::check(1, "unit", head.clone(), "success")];
    facts.activity = vec![];
    let mut state = merge(&facts);
    edit(&mut facts, &mut state);
    facts.merge = Some(state);
    assess(&evidence::build(facts))
}

// [verifies PL-HON-1]
#[test]
fn what_failed_or_waits_on_the_test_merge_counts_and_what_passed_there_does_not() {
    let on_merge = |state: &'static str| {
        verdict(Stage::Verify, move |_, m| {
            m.statuses = vec![status(&samples::sha("c"), state)];
        })
    };
    assert_eq!(verdict(Stage::Verify, |_, _| ()), Verdict::Pass);
    assert_eq!(on_merge("success"), Verdict::Pass);
    assert_eq!(on_merge("failure"), Verdict::Fail);
    assert_eq!(on_merge("error"), Verdict::Fail);
    assert_eq!(on_merge("pending"), Verdict::Pending);
    let alone = verdict(Stage::Verify, |facts, m| {
        facts.checks.clear();
        m.statuses = vec![status(&samples::sha("c"), "success")];
    });
    assert_eq!(alone, Verdict::Missing, "nothing was checked at the head");
    // A requirement is met at the head alone.
    let required = assessed(|facts, m| {
        facts.demands.demands = Some(Demands {
            checks: vec![RequiredCheck::by_any("build")],
            ..Demands::default()
        });
        m.statuses = vec![status(&samples::sha("c"), "success")];
    });
    let own = required.stage(Stage::Verify).unwrap();
    assert_eq!(own.verdict, Verdict::Missing, "{:?}", own.why);
}

#[test]
fn a_failure_on_the_test_merge_is_a_row_that_says_so() {
    let assessment = assessed(|_, m| {
        m.statuses = vec![status(&samples::sha("c"), "failure")];
    });
    let gap = assessment.gaps.iter().find(|g| g.stage == Stage::Verify);
    let subject = gap.and_then(|g| g.node.clone()).unwrap();
    let of_merge = Subject::Status {
        head: samples::sha("c"),
        context: "build".to_owned(),
    };
    assert_eq!(subject, of_merge);
}

#[test]
fn what_the_forge_requires_counts_where_the_rules_are_not_known() {
    let by_forge = |name: &str| Reason::RequiredCheck {
        name: name.to_owned(),
        how: NotMet::NotRun,
        by: RequiredBy::Forge,
    };
    let asked = |known: bool, rule: &'static str, branch: &'static str| {
        let assessment = assessed(move |facts, m| {
            let checks = vec![RequiredCheck::by_any(rule)];
            facts.demands.demands = known.then(|| Demands {
                checks,
                ..Demands::default()
            });
            m.required = vec![RequiredCheck::by_any("unit"), RequiredCheck::by_any(branch)];
            m.contexts = vec![branch.to_owned()];
        });
        let verify = assessment.stage(Stage::Verify).unwrap().verdict;
        (
            verify,
            assessment.gaps.iter().any(|g| g.why == by_forge(branch)),
        )
    };
    // Where the rules are known, they say what is required; the forge's word takes nothing from them.
    assert_eq!(asked(true, "unit", "unit"), (Verdict::Pass, false));
    assert_eq!(asked(true, "unit", "smoke"), (Verdict::Pass, false));
    assert_eq!(asked(true, "smoke", "unit"), (Verdict::Missing, false));
    // Where they are not, it is better than nothing, and proves nothing.
    assert_eq!(asked(false, "", "unit"), (Verdict::Unknown, false));
    assert!(asked(false, "", "smoke").1);
}

#[test]
fn what_was_told_of_another_head_or_of_a_closed_change_says_nothing() {
    let old = verdict(Stage::Verify, |_, m| {
        m.head = samples::sha("d");
        m.statuses = vec![status(&samples::sha("c"), "failure")];
    });
    assert_eq!(old, Verdict::Pass);
    let closed = verdict(Stage::Change, |facts, m| {
        facts.pr.state = crate::model::PrState::Closed;
        m.mergeable = Mergeable::Conflicting;
    });
    assert_eq!(closed, Verdict::Pass);
}

#[test]
fn conflicts_and_a_branch_that_is_behind() {
    let change = |mergeable| verdict(Stage::Change, move |_, m| m.mergeable = mergeable);
    assert_eq!(change(Mergeable::Mergeable), Verdict::Pass);
    assert_eq!(change(Mergeable::Conflicting), Verdict::Fail);
    assert_eq!(change(Mergeable::Unknown), Verdict::Pass);
    let verify = |up_to_date, behind| {
        assessed(move |facts, m| {
            m.behind = behind;
            facts.demands.demands = Some(Demands {
                up_to_date,
                ..Demands::default()
            });
        })
    };
    for (up_to_date, behind, want) in [
        (false, true, Verdict::Pass),
        (true, true, Verdict::Fail),
        // That it is not called behind proves nothing.
        (true, false, Verdict::Unknown),
    ] {
        let own = verify(up_to_date, behind);
        let own = own.stage(Stage::Verify).unwrap();
        assert_eq!(own.verdict, want, "{up_to_date} {behind}: {:?}", own.why);
    }
}

#[test]
fn a_conflict_changes_the_evidence_digest() {
    let digest = |mergeable| {
        let mut facts = whole();
        let mut state = merge(&facts);
        state.mergeable = mergeable;
        facts.merge = Some(state);
        evidence::build(facts).digest.digest
    };
    assert_ne!(digest(Mergeable::Conflicting), digest(Mergeable::Mergeable));
    assert_eq!(digest(Mergeable::Unknown), digest(Mergeable::Mergeable));
}
