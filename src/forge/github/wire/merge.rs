//! What GraphQL tells of merging a change.

use super::fields::{Fields, reads};
use crate::model::{CommitStatus, MergeState, Mergeable, RequiredCheck, Sha};

fn mergeable(word: &str) -> Mergeable {
    match word {
        "MERGEABLE" => Mergeable::Mergeable,
        "CONFLICTING" => Mergeable::Conflicting,
        _ => Mergeable::Unknown,
    }
}

/// A check run or status of the head, where it is required.
fn required(context: &Fields) -> Option<RequiredCheck> {
    context.flag("/isRequired").filter(|is| *is)?;
    Some(RequiredCheck {
        context: context.text("/name").or_else(|| context.text("/context"))?,
        app: context.number("/checkSuite/app/databaseId"),
    })
}

fn status(context: &Fields, sha: &Sha) -> Option<CommitStatus> {
    Some(CommitStatus {
        sha: sha.clone(),
        context: context.text("/context")?,
        // The words of REST: `success`, `failure`, `error`, `pending`; `EXPECTED` has not come.
        state: match context.text("/state")?.to_lowercase().as_str() {
            "expected" => "pending".to_owned(),
            state => state.to_owned(),
        },
        description: context.text("/description"),
        creator: context.actor("/creator"),
        at: context.time("/createdAt"),
        id: None,
    })
}

reads! {
    /// A pull request as `MERGE_QUERY` asks for it, with where its contexts go on.
    MergeWire => (MergeState, Option<String>), |f| {
        let contexts = "/commits/nodes/0/commit/statusCheckRollup/contexts";
        let rule = "/baseRef/refUpdateRule";
        let test_merge = f.sha("/potentialMergeCommit/oid");
        let reported = f.list("/potentialMergeCommit/status/contexts");
        let of_merge = |sha: &Sha| reported.iter().filter_map(|c| status(c, sha)).collect();
        let mut required: Vec<RequiredCheck> =
            f.list(&format!("{contexts}/nodes")).iter().filter_map(required).collect();
        required.sort();
        required.dedup();
        let state = MergeState {
            head: super::need(f.sha("/headRefOid"), "headRefOid")?,
            mergeable: mergeable(&f.words("/mergeable")),
            behind: f.words("/mergeStateStatus") == "BEHIND",
            statuses: test_merge.as_ref().map(of_merge).unwrap_or_default(),
            test_merge,
            required,
            contexts: f.texts(&format!("{rule}/requiredStatusCheckContexts")),
            approvals: f.number(&format!("{rule}/requiredApprovingReviewCount")),
        };
        let more = f.flag(&format!("{contexts}/pageInfo/hasNextPage")) == Some(true);
        let next = f.text(&format!("{contexts}/pageInfo/endCursor"));
        Ok((state, next.filter(|_| more)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::IntoModel as _;
    use super::*;

    fn read(change: &Value) -> Option<(MergeState, Option<String>)> {
        let wire: MergeWire = serde_json::from_value(change.clone()).unwrap();
        wire.into_model().ok()
    }

    fn change(mut change: Value) -> Value {
        change["headRefOid"] = Value::from("a".repeat(40));
        change
    }

    #[test]
    fn what_is_null_or_of_next_year_claims_nothing() {
        let state = |more: Value| read(&change(more)).unwrap().0;
        let bare = state(json!({}));
        assert_eq!(bare.mergeable, Mergeable::Unknown);
        assert!(bare.required.is_empty() && bare.statuses.is_empty() && !bare.behind);
        for (word, want) in [
            ("MERGEABLE", Mergeable::Mergeable),
            ("CONFLICTING", Mergeable::Conflicting),
            ("UNKNOWN", Mergeable::Unknown),
            ("A_WORD_OF_NEXT_YEAR", Mergeable::Unknown),
        ] {
            assert_eq!(state(json!({ "mergeable": word })).mergeable, want);
        }
        assert!(state(json!({ "mergeStateStatus": "BEHIND" })).behind);
        assert!(!state(json!({ "mergeStateStatus": "BLOCKED" })).behind);
        assert!(read(&json!({ "mergeable": "MERGEABLE" })).is_none());
    }

    #[test]
    fn what_is_required_comes_with_its_app_and_from_both_places() {
        let nodes = json!([
            { "name": "unit", "isRequired": true, "checkSuite": { "app": { "databaseId": 15368 } } },
            { "name": "lint", "isRequired": false },
            { "context": "deploy/preview", "isRequired": true },
            { "context": "old", "isRequired": null },
            null,
        ]);
        let page = json!({ "hasNextPage": true, "endCursor": "c" });
        let (state, next) = read(&change(json!({
            "baseRef": { "refUpdateRule": {
                "requiredStatusCheckContexts": ["docs", null], "requiredApprovingReviewCount": 2,
            } },
            "commits": { "nodes": [{ "commit": { "statusCheckRollup": {
                "contexts": { "nodes": nodes, "pageInfo": page },
            } } }] },
        })))
        .unwrap();
        let names: Vec<(&str, Option<u64>)> = state
            .required
            .iter()
            .map(|r| (r.context.as_str(), r.app))
            .collect();
        assert_eq!(names, [("deploy/preview", None), ("unit", Some(15_368))]);
        assert_eq!(state.contexts, ["docs"]);
        assert_eq!((state.approvals, next.as_deref()), (Some(2), Some("c")));
    }

    #[test]
    fn statuses_of_the_test_merge_are_of_the_test_merge() {
        let merge = json!({ "oid": "b".repeat(40), "status": { "contexts": [
            { "context": "build", "state": "FAILURE" },
            { "context": "late", "state": "EXPECTED" },
            { "state": "SUCCESS" },
        ] } });
        let (state, _) = read(&change(json!({ "potentialMergeCommit": merge }))).unwrap();
        let told: Vec<(&str, &str)> = state
            .statuses
            .iter()
            .map(|s| (s.context.as_str(), s.state.as_str()))
            .collect();
        assert_eq!(told, [("build", "failure"), ("late", "pending")]);
        assert!(
            state
                .statuses
                .iter()
                .all(|s| Some(&s.sha) == state.test_merge.as_ref())
        );
    }
}
