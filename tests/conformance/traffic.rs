//! What the client itself sends and understands, judged by the forge's description.

use proofline::{
    decide::{Delivery, Effect, Kind},
    demo::{Fault, FaultKind},
    forge::{ANNOTATIONS_QUERY, CHANGES_QUERY, LIST_QUERY, MERGE_QUERY, THREADS_QUERY},
};

use super::forge;
use crate::support::{
    decisions,
    install::Install,
    spec::{SPEC, judge},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_sync_asks_for_is_described() {
    for seed in [0, 7] {
        let forge = forge(seed).await;
        let install = Install::new(&forge);
        install.engine.sync_all().await.unwrap();
        let failed: Vec<String> = forge
            .log()
            .iter()
            .filter(|e| e.status >= 400)
            .map(|e| format!("{} {}", e.path, e.status))
            .collect();
        assert!(failed.is_empty(), "{failed:#?}");
        let Some((rest, queries)) = judge(&forge) else {
            return;
        };
        assert!(
            rest > 120 && queries > 8,
            "{rest} requests, {queries} queries"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_in_place_of_git_is_described() {
    let forge = forge(0).await;
    let (owner, name) = forge.repo();
    let fault = Fault {
        times: 0,
        ..Fault::next(
            format!("/{owner}/{name}.git"),
            FaultKind::Refuse { status: 503 },
        )
    };
    forge.control().fault(fault);
    let install = Install::new(&forge);
    install.engine.sync_all().await.unwrap();
    for part in ["/git/trees/", "/git/blobs/", "/compare/", "/commits/main"] {
        assert!(forge.log().iter().any(|e| e.path.contains(part)), "{part}");
    }
    judge(&forge);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_decision_writes_is_described() {
    let forge = forge(0).await;
    let install = Install::new(&forge);
    let number = forge.truth().open[1].number;
    install.engine.sync_list().await.unwrap();
    install.engine.sync_change(number).await.unwrap();
    forge.control().clear_log();
    let mut sent: Vec<Delivery> = Vec::new();
    for (kind, id) in [
        (Kind::RequestChanges, "01A"),
        (Kind::Approve, "01B"),
        (Kind::ExceptionAsk, "01C"),
    ] {
        let (delivery, record) = decisions::made(&install, number, kind, id);
        decisions::add(&install.engine, &delivery, &record);
        install.engine.deliver().await.unwrap();
        sent.push(delivery);
    }
    let log = forge.log();
    let writes: Vec<_> = log.iter().filter(|e| e.method == "POST").collect();
    assert_eq!(writes.len(), 3);
    for (delivery, write) in sent.iter().zip(&writes) {
        let operation = match delivery.payload.effect {
            Effect::Review => "pulls/create-review",
            Effect::Comment => "issues/create-comment",
        };
        assert_eq!(write.operation, Some(operation));
        assert!((200..300).contains(&write.status), "{}", write.status);
        let body = write.request_body.as_ref().unwrap();
        assert_eq!(body["body"], delivery.payload.body.as_str());
        if let Some(spec) = SPEC.as_ref() {
            spec.check_request(operation, body).unwrap();
        }
    }
    if let Some((rest, _)) = judge(&forge) {
        assert_eq!(rest, 6, "the head before each write");
    }
}

#[test]
fn every_document_of_the_client_is_valid() {
    let Some(spec) = SPEC.as_ref() else { return };
    spec.check_query(LIST_QUERY).unwrap();
    spec.check_query(CHANGES_QUERY).unwrap();
    spec.check_query(THREADS_QUERY).unwrap();
    spec.check_query(ANNOTATIONS_QUERY).unwrap();
    spec.check_query(MERGE_QUERY).unwrap();
    let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/forge/github");
    let mut documents = 0;
    for file in std::fs::read_dir(sources).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        documents += text.matches("r\"query ").count() + text.matches("r\"mutation ").count();
    }
    assert_eq!(documents, 5, "a document that this test does not know");
}
