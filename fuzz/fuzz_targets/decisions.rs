//! Records of decisions in comments that anybody may have written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proofline::{
    decide::{DecisionRecord, RecordState, read, record, render},
    model::{ChangeFacts, Comment, PullRequest, RepoId, Timestamp},
};
use serde_json::json;

/// A change with one comment, by the account that the tests of records use.
fn change(body: &str) -> ChangeFacts {
    let sha = "1".repeat(40);
    let pr: PullRequest = serde_json::from_value(json!({
        "number": 7, "title": "", "body": "", "author": null, "state": "open", "draft": false,
        "head_ref": "work", "head_sha": sha, "base_ref": "main", "base_sha": sha,
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        "merged_at": null, "url": "", "labels": [], "requested_reviewers": [],
        "additions": 0, "deletions": 0, "changed_files": 0, "review_decision": null,
        "id": null, "merge_commit": null, "visibility": null, "closes": [],
    }))
    .expect("a pull request");
    let mut facts = ChangeFacts::bare(RepoId::new("forge.test", "acme", "payments"), pr);
    facts.comments.push(Comment {
        id: 1,
        author: None,
        body: body.to_owned(),
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
        url: String::new(),
    });
    facts
}

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let _ = record::text_sha256(&text);
    if let Some(parts) = render::parts(&text) {
        assert!(text.starts_with(parts.human));
        assert!(text.trim_end().ends_with(parts.marker));
    }
    let now = Timestamp(1_800_000_000);
    for found in read::decisions(&change(&text), now) {
        // Nobody is known to have written it, so it never counts.
        assert!(matches!(found.state, RecordState::Tampered(_)), "{:?}", found.state);
    }
    if let Ok(record) = DecisionRecord::parse(&text) {
        // What is written of it reads back, and is a copy of itself.
        let body = render::body(&record).expect("a record has a body");
        let parts = render::parts(&body).expect("a body comes apart");
        let back = DecisionRecord::parse(parts.record).expect("a record reads back");
        assert_eq!(back, record);
        // Ids that are made here are plain; others are never taken for one.
        let id = &record.id.0;
        let is_plain = id.bytes().all(|b| b.is_ascii_alphanumeric()) && (1..=40).contains(&id.len());
        assert_eq!(read::is_copy(&body, None, &body).is_some(), is_plain, "{id}");
    }
    let _ = read::is_copy(&text, None, &text);
});
