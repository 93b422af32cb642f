//! The list of changes: never half of it as the whole.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener},
};

use proofline::{
    demo::{Fault, FaultKind},
    forge::{ApiRoots, Forge, Kind},
    model::Host,
    sync::{Report, SyncError},
};

use super::{Scene, status};
use crate::support::install::Install;

fn on_graphql(times: u32, kind: FaultKind) -> Fault {
    Fault {
        times,
        ..Fault::next("/graphql", kind)
    }
}

fn kind_of(error: SyncError) -> Kind {
    match error {
        SyncError::Forge(error) => error.kind,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_is_too_much_is_asked_for_in_smaller_pages() {
    let scene = Scene::new().await;
    scene
        .forge
        .control()
        .fault(on_graphql(2, status(502, &[], "too much")));
    scene.forge.control().clear_log();
    scene.install.engine.sync_list().await.unwrap();
    let sizes: Vec<u64> = scene
        .forge
        .log()
        .iter()
        .filter_map(|e| e.request_body.as_ref()?["variables"]["first"].as_u64())
        .collect();
    assert_eq!(sizes[..3], [25, 12, 6]);
    let row = scene.install.engine.row().unwrap();
    let changes = scene.install.engine.cache.changes(row.id).unwrap();
    let truth = scene.forge.truth();
    assert_eq!(changes.len(), truth.open.len() + truth.merged.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_fails_keeps_its_age_and_its_changes() {
    let scene = Scene::new().await;
    let before = scene.install.engine.row().unwrap();
    let changes = scene.install.engine.cache.changes(before.id).unwrap();
    scene.clock.pass(600);
    scene
        .forge
        .control()
        .fault(on_graphql(9, status(503, &[], "busy")));
    let error = scene.install.engine.sync_list().await.unwrap_err();
    assert_eq!(kind_of(error), Kind::Server);
    assert_eq!(scene.install.engine.row().unwrap(), before);
    assert_eq!(
        scene.install.engine.cache.changes(before.id).unwrap(),
        changes
    );
    scene.forge.control().clear_faults();
    scene.install.engine.sync_list().await.unwrap();
    let after = scene.install.engine.list_age().unwrap();
    assert!(after > before.list_checked_at, "the forge's clock went on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_ends_the_sync_with_its_own_words() {
    let scene = Scene::new().await;
    let stranger = Install::with_token(&scene.forge, Some("ghp_wrong"));
    let error = stranger.engine.sync_all().await.unwrap_err();
    match error {
        SyncError::Forge(error) => {
            assert_eq!((error.kind, error.status), (Kind::Auth, Some(401)));
            assert!(error.hint().contains("gh auth login"));
            assert!(!format!("{error} {error:?} {}", error.hint()).contains("ghp_wrong"));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_viewer_follows_the_token() {
    let scene = Scene::new().await;
    let folder = scene.install.folder.path();
    let token = scene.forge.truth().token("jon");
    let clock = scene.clock.clone();
    let (jon, _) = crate::support::install::engine(&scene.forge, token, folder, clock, super::LONG);
    assert_eq!(jon.row().unwrap().viewer.as_deref(), Some("mira"));
    jon.sync_list().await.unwrap();
    assert_eq!(jon.row().unwrap().viewer.as_deref(), Some("jon"));
}

/// A host that answers every query with a body of the test's own, until the test ends.
fn answering(body: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = BufReader::new(socket.unwrap());
            let (mut first, mut length) = (String::new(), 0);
            socket.read_line(&mut first).unwrap();
            loop {
                let mut line = String::new();
                socket.read_line(&mut line).unwrap();
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            socket.read_exact(&mut vec![0; length]).unwrap();
            let known = r#"{"login":"mira","full_name":"acme/payments","clone_url":"http://127.0.0.1:1/x.git"}"#;
            let body = if first.starts_with("POST /graphql") {
                body
            } else if first.contains("/pulls?") {
                "[]"
            } else {
                known
            };
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            socket
                .get_mut()
                .write_all(format!("{head}{body}").as_bytes())
                .unwrap();
        }
    });
    address
}

async fn list_of(body: &'static str) -> (Install, Result<(), SyncError>) {
    let scene = Scene::new().await;
    let mut install = Install::new(&scene.forge);
    let address = answering(body).to_string();
    let host = Host::new(address.clone());
    let roots = ApiRoots::from_base(&format!("http://{address}"));
    let token = scene.forge.token().to_owned();
    install.engine.forge = Forge::new(host.clone(), roots, Some(token.into())).unwrap();
    install.engine.repo.host = host;
    let result = install.engine.sync_list().await;
    (install, result)
}

/// A change as the list gives it.
macro_rules! node {
    ($number:literal, $head:literal) => {
        concat!(
            r#"{"number":"#, $number,
            r#","title":"t","state":"OPEN","createdAt":"2026-11-20T10:00:00Z","updatedAt":"2026-11-20T11:00:00Z","#,
            r#""headRefName":"b","headRefOid":""#, $head,
            r#"","baseRefName":"main","baseRefOid":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}"#
        )
    };
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_cannot_be_read_loses_no_page_and_confirms_no_list() {
    let (install, result) = list_of(concat!(
        r#"{"data":{"viewer":{"login":"mira"},"repository":{"pullRequests":{"totalCount":3,"#,
        r#""pageInfo":{"hasNextPage":false,"endCursor":null},"nodes":["#,
        node!(1, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ",",
        node!(2, "not a sha"),
        ",",
        node!(3, "cccccccccccccccccccccccccccccccccccccccc"),
        "]}}}}"
    ))
    .await;
    result.unwrap();
    let row = install.engine.row().unwrap();
    let numbers: Vec<u64> = install
        .engine
        .cache
        .changes(row.id)
        .unwrap()
        .iter()
        .map(|c| c.pr.number)
        .collect();
    assert_eq!(numbers, [3, 1]);
    assert_eq!(row.list_checked_at, None, "it has a hole");
    let told = install
        .reports
        .lock()
        .unwrap()
        .iter()
        .any(|r| matches!(r, Report::Problem(p) if p.what.contains("#2 could not be read")));
    assert!(told);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_answer_keeps_what_came_and_confirms_no_list() {
    let (install, result) = list_of(concat!(
        r#"{"data":{"viewer":{"login":"mira"},"repository":{"pullRequests":{"totalCount":2,"#,
        r#""pageInfo":{"hasNextPage":false,"endCursor":null},"nodes":["#,
        node!(1, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        r#",null]}}},"errors":[{"type":"FORBIDDEN","message":"SSO is asked for","path":["repository"]}]}"#
    ))
    .await;
    result.unwrap();
    let row = install.engine.row().unwrap();
    assert_eq!(install.engine.cache.changes(row.id).unwrap().len(), 1);
    assert_eq!(row.list_checked_at, None);
    let told = install
        .reports
        .lock()
        .unwrap()
        .iter()
        .any(|r| matches!(r, Report::Problem(p) if p.what.contains("SSO is asked for")));
    assert!(told);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_is_not_there_is_no_empty_list() {
    for (body, kind) in [
        (
            r#"{"data":{"viewer":{"login":"mira"},"repository":null},"errors":[{"type":"NOT_FOUND","message":"Could not resolve"}]}"#,
            Kind::NotFound,
        ),
        (
            r#"{"errors":[{"type":"RATE_LIMITED","message":"spent"}]}"#,
            Kind::RateLimited,
        ),
        (r#"{"data":{}}"#, Kind::Malformed),
        ("<html>proxy</html>", Kind::Malformed),
    ] {
        let (install, result) = list_of(body).await;
        assert_eq!(kind_of(result.unwrap_err()), kind, "{body}");
        assert_eq!(install.engine.list_age().unwrap(), None, "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_graphql_stays_out_of_reach_the_list_comes_by_rest() {
    let scene = Scene::new().await;
    let install = Install::new(&scene.forge);
    scene
        .forge
        .control()
        .fault(on_graphql(99, status(502, &[], "too much")));
    install.engine.sync_list().await.unwrap();
    let row = install.engine.row().unwrap();
    let changes = install.engine.cache.changes(row.id).unwrap();
    let truth = scene.forge.truth();
    assert_eq!(changes.len(), truth.open.len() + truth.merged.len());
    assert!(row.list_checked_at.is_some());
    assert_eq!(
        row.page_size,
        Some(5),
        "the size that failed last is remembered"
    );
    let told = install.reports.lock().unwrap().iter().any(
        |r| matches!(r, Report::Problem(p) if p.what.contains("comes by REST, which is slower")),
    );
    assert!(told);
}
