//! The token is in nobody's file, log or message.

use std::{fmt::Write as _, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proofline::{demo::FaultKind, model::PartState};

use super::{SHORT, Scene, status};

/// Every file below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// The token as it may stand somewhere: plain, and in base64 at each of its three alignments.
fn forms(token: &str) -> Vec<Vec<u8>> {
    let mut forms = vec![token.as_bytes().to_vec()];
    for front in ["x-access-token:", "", "a", "ab"] {
        let packed = STANDARD.encode(format!("{front}{token}"));
        // Both ends depend on what stands beside it.
        forms.push(packed.as_bytes()[8..packed.len() - 4].to_vec());
    }
    forms
}

fn holds(bytes: &[u8], forms: &[Vec<u8>]) -> bool {
    forms
        .iter()
        .any(|form| bytes.windows(form.len()).any(|window| window == form))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_nowhere() {
    let scene = Scene::patient(SHORT).await;
    let forms = forms(scene.forge.token());
    let basic = STANDARD.encode(format!("x-access-token:{}", scene.forge.token()));
    assert!(
        holds(basic.as_bytes(), &forms),
        "the search finds what it should"
    );
    let mut words = String::new();
    scene.install.engine.sync_all().await.unwrap();
    for kind in [
        FaultKind::Drop,
        FaultKind::Hang,
        status(401, &[], "Bad credentials"),
    ] {
        scene.fault("/", 3, kind);
        if let Err(error) = scene.install.engine.sync_change(scene.number).await {
            let _ = write!(words, "{error} {error:?}");
        }
        scene.forge.control().clear_faults();
        for (_, state) in scene.install.holes(scene.number) {
            let (PartState::Failed(why) | PartState::Partial(why)) = state else {
                continue;
            };
            words += &why;
        }
    }
    scene.forge.control().push_commit(scene.number).unwrap();
    let (owner, name) = scene.forge.repo();
    let git = proofline::demo::Fault {
        times: 99,
        ..proofline::demo::Fault::next(format!("/{owner}/{name}.git"), status(500, &[], "no"))
    };
    scene.forge.control().fault(git);
    scene.sync().await;
    let _ = write!(words, "{:?}", scene.install.holes(scene.number));
    let _ = write!(words, "{:?}", scene.install.engine.forge.log().entries());
    let _ = write!(words, "{:?}", scene.install.reports.lock().unwrap());
    assert!(words.len() > 1_000);
    assert!(
        !holds(words.as_bytes(), &forms),
        "a message holds the token"
    );

    let mut seen = Vec::new();
    for file in files(scene.install.folder.path()) {
        assert!(
            !holds(&std::fs::read(&file).unwrap(), &forms),
            "{}",
            file.display()
        );
        seen.push(file);
    }
    for name in ["cache.db", "ledger.db", "config", "HEAD"] {
        assert!(
            seen.iter().any(|f| f.ends_with(name)),
            "{name} was not looked at"
        );
    }
    // Packed answers: what the forge said of each request, read back through the cache.
    let cache = rusqlite::Connection::open(scene.install.engine.cache.path()).unwrap();
    let urls: Vec<(String, String)> = cache
        .prepare("SELECT url, account FROM response")
        .unwrap()
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert!(urls.len() > 50);
    for (url, account) in urls {
        let stored = scene
            .install
            .engine
            .cache
            .response(&url, &account)
            .unwrap()
            .unwrap();
        assert!(
            !holds(&stored.body, &forms) && !holds(url.as_bytes(), &forms),
            "{url}"
        );
        assert!(!holds(account.as_bytes(), &forms));
    }
}
