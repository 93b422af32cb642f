//! The built-in contract on facts made for it.

use super::*;
use crate::{
    evidence,
    model::{ChangeFacts, Part, PartName, PartState, PrState, PullRequest, RepoId, Sha, Timestamp},
};

fn facts() -> ChangeFacts {
    let sha = |c: &str| Sha::parse(&c.repeat(40)).unwrap();
    ChangeFacts::bare(
        RepoId::new("forge.test", "acme", "payments"),
        PullRequest {
            number: 7,
            title: "A change".into(),
            body: String::new(),
            author: None,
            state: PrState::Open,
            draft: false,
            head_ref: "topic".into(),
            head_sha: sha("a"),
            base_ref: "main".into(),
            base_sha: sha("b"),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
            merged_at: None,
            url: String::new(),
            labels: vec![],
            requested_reviewers: vec![],
            additions: 0,
            deletions: 0,
            changed_files: 0,
            review_decision: None,
            id: None,
            merge_commit: None,
            closes: vec![],
        },
    )
}

// [verifies PL-HON-1]
#[test]
fn nothing_fetched_is_nowhere_pass() {
    let assessment = assess(&evidence::build(facts()));
    for state in &assessment.stages {
        assert_ne!(
            state.verdict,
            Verdict::Pass,
            "{:?}: {}",
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
    let failed = with(PartState::Failed("403".into()));
    let empty = with(PartState::Complete);
    for stage in [Stage::Verify, Stage::Review] {
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
