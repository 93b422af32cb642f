//! The token is in nobody's file, log or message.

use std::fmt::Write as _;

use proofline::{
    demo::{Fault, FaultKind},
    forge::Forge,
    repo::{Credentials, Transfer},
    sync::{Ask, Engine},
};

use super::{SHORT, Scene, status};
use crate::support::{
    forge::{forge, forge_with},
    secrets::{Forms, TOKEN},
};

/// Does not compile where a type has `Debug`.
macro_rules! never_shown {
    ($($name:ty),*) => {$(
        const _: fn() = || {
            trait Shown<A> {
                fn by() {}
            }
            struct Debugged;
            impl<T: ?Sized> Shown<()> for T {}
            impl<T: ?Sized + std::fmt::Debug> Shown<Debugged> for T {}
            let _ = <$name as Shown<_>>::by;
        };
    )*};
}

// What holds the token cannot be printed, by a panic or by anybody.
never_shown!(Forge, Engine, Credentials, Transfer);

/// All that was said of a sync: errors, states, the request log, the reports.
fn words(scene: &Scene, errors: &str) -> String {
    let engine = &scene.install.engine;
    let mut words = errors.to_owned();
    let _ = write!(words, "{:?}", scene.install.holes(scene.number));
    let _ = write!(
        words,
        "{:?}",
        engine.cache.repo_parts(engine.row().unwrap().id)
    );
    let _ = write!(words, "{:?}", engine.forge.log().entries());
    let _ = write!(words, "{:?}", scene.install.reports.lock().unwrap());
    words
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_nowhere() {
    let scene = Scene::on(forge_with(TOKEN).await, SHORT).await;
    let engine = &scene.install.engine;
    let forms = Forms::of(TOKEN);
    engine.sync_all().await.unwrap();
    let mut errors = String::new();
    for kind in [
        FaultKind::Drop,
        FaultKind::Hang,
        status(401, &[], "Bad credentials"),
    ] {
        scene.fault("/", 3, kind);
        if let Err(error) = engine.sync_change(scene.number).await {
            let _ = write!(errors, "{error} {error:?}");
        }
        scene.forge.control().clear_faults();
        let _ = write!(errors, "{:?}", scene.install.holes(scene.number));
    }
    scene.forge.control().push_commit(scene.number).unwrap();
    let (owner, name) = scene.forge.repo();
    let git = Fault {
        times: 99,
        ..Fault::next(format!("/{owner}/{name}.git"), status(500, &[], "no"))
    };
    scene.forge.control().fault(git);
    scene.sync().await;
    let words = words(&scene, &errors);
    assert!(words.len() > 1_000);
    forms.assert_not_in("a message", words.as_bytes());
    let seen = forms.assert_not_below(scene.install.folder.path());
    for name in ["cache.db", "ledger.db", "config", "HEAD"] {
        assert!(
            seen.iter().any(|f| f.ends_with(name)),
            "{name} was not looked at"
        );
    }
}

/// A broken server or a proxy gives back what it was sent: in its words, its headers and addresses.
#[tokio::test(flavor = "multi_thread")]
async fn a_forge_that_says_the_token_is_not_repeated() {
    let scene = Scene::on(forge_with(TOKEN).await, SHORT).await;
    let engine = &scene.install.engine;
    let forms = Forms::of(TOKEN);
    let in_address = "ghp_M%2Bra%2F7%26q%3D%25%3A~x%3F%23Zz0";
    let page = format!(
        "<{}/elsewhere?token={in_address}>; rel=\"next\"",
        scene.forge.base()
    );
    let location = format!("{}/elsewhere?token={in_address}", scene.forge.base());
    let said = format!("no: authorization: Bearer {TOKEN}, token={in_address}");
    let echoed = [
        status(500, &[], &said),
        status(403, &[("x-accepted-github-permissions", TOKEN)], &said),
        status(
            403,
            &[(
                "x-github-sso",
                &format!("required; url=https://{TOKEN}/sso"),
            )],
            &said,
        ),
        status(302, &[("location", &location)], &said),
        FaultKind::Headers {
            headers: vec![("link".to_owned(), page)],
        },
    ];
    let mut errors = String::new();
    for kind in echoed {
        scene.forget_tags();
        for below in ["/pulls", "/issues", "/commits", "/actions", "/rules"] {
            scene.fault(below, 99, kind.clone());
        }
        let ask = Ask {
            full: true,
            ..Ask::default()
        };
        if let Err(error) = engine.sync_round(&ask).await {
            let _ = write!(errors, "{error} {error:?}");
        }
        if let Err(error) = engine.sync_change(scene.number).await {
            let _ = write!(errors, "{error} {error:?}");
        }
        scene.forge.control().clear_faults();
        let _ = write!(errors, "{:?}", scene.install.holes(scene.number));
    }
    let graphql = status(502, &[], &said);
    scene
        .forge
        .control()
        .fault(Fault::next("/graphql", graphql));
    if let Err(error) = engine.sync_list().await {
        let _ = write!(errors, "{error} {error:?}");
    }
    let words = words(&scene, &errors);
    assert!(
        words.contains("authorization: Bearer ***, token=***"),
        "{words}"
    );
    assert!(
        words.contains("address holds the token; not followed"),
        "{words}"
    );
    forms.assert_not_in("a message", words.as_bytes());
    forms.assert_not_below(scene.install.folder.path());
    // Nobody was asked for what such an address names.
    let log = scene.forge.log();
    assert!(!log.iter().any(|e| e.path.contains("elsewhere")));
}

#[tokio::test(flavor = "multi_thread")]
async fn git_gives_the_token_to_no_other_host() {
    let scene = Scene::on(forge_with(TOKEN).await, SHORT).await;
    scene.sync().await;
    // A forge of somebody else, who would be let in by the same token.
    let other = forge(0).await;
    let (owner, name) = other.repo();
    let address = format!("{}/{owner}/{name}.git", other.base());
    other.control().clear_log();
    let cache = rusqlite::Connection::open(scene.install.engine.cache.path()).unwrap();
    let sql = "UPDATE repo SET clone_url = ?1";
    cache.execute(sql, [&address]).unwrap();
    scene.forge.control().push_commit(scene.number).unwrap();
    scene.sync().await;
    let log = other.log();
    assert!(!log.is_empty(), "it was asked");
    // With a token that it does not know it would have answered 401.
    assert!(
        log.iter().all(|e| e.login.is_none() && e.status != 401),
        "{log:#?}"
    );
}

/// Orders a fault for any path of the forge.
fn order(scene: &Scene, path: &str, times: u32, kind: FaultKind) {
    let fault = Fault {
        times,
        ..Fault::next(path, kind)
    };
    scene.forge.control().fault(fault);
}

/// Each way in which a forge can lead elsewhere, and an origin that would take the same token.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_leads_elsewhere_takes_the_token_along() {
    let scene = Scene::on(forge_with(TOKEN).await, SHORT).await;
    scene.sync().await;
    let other = forge_with(TOKEN).await;
    other.control().clear_log();
    let (owner, name) = scene.forge.repo();
    let git = format!("/{owner}/{name}.git/info/refs?service=git-upload-pack");
    let repo = format!("/repos/{owner}/{name}");
    for code in [301, 302, 307, 308] {
        for (path, to) in [
            (format!("/{owner}/{name}.git"), git.clone()),
            (format!("{repo}/pulls"), format!("{repo}/pulls")),
            (format!("{repo}/actions"), "/user".to_owned()),
            (format!("{repo}/commits"), "/user".to_owned()),
            ("/graphql".to_owned(), "/graphql".to_owned()),
            ("/user".to_owned(), "/user".to_owned()),
        ] {
            scene.forget_tags();
            scene.forge.control().clear_faults();
            scene.forge.control().push_commit(scene.number).unwrap();
            let location = format!("{}{to}", other.base());
            order(
                &scene,
                &path,
                99,
                status(code, &[("location", &location)], "moved"),
            );
            let ask = Ask {
                full: true,
                ..Ask::default()
            };
            // It fails, or goes another way; both are right.
            let _ = scene.install.engine.sync_round(&ask).await;
            let _ = scene.install.engine.sync_change(scene.number).await;
            let _ = scene.install.engine.forge.viewer().await;
        }
    }
    let log = other.log();
    // Storage hosts are asked without the token; this forge would have let it in by name.
    let with_token: Vec<_> = log.iter().filter(|e| e.login.is_some()).collect();
    assert!(with_token.is_empty(), "{with_token:#?}");
    let forms = Forms::of(TOKEN);
    forms.assert_not_in("what reached another origin", format!("{log:?}").as_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn git_is_led_along_on_its_own_origin() {
    let scene = Scene::on(forge_with(TOKEN).await, SHORT).await;
    let (owner, name) = scene.forge.repo();
    let service = "info/refs?service=git-upload-pack";
    let to = format!("{}/{owner}/{name}.git/{service}", scene.forge.base());
    // The address that the forge names is an old one, which leads to the new one.
    let old = format!("/{owner}/old-name.git");
    order(&scene, &old, 1, status(301, &[("location", &to)], ""));
    let url = format!("{}{old}", scene.forge.base());
    let address = scene.install.engine.forge.git_address(&url).await.unwrap();
    assert_eq!(
        address,
        format!("{}/{owner}/{name}.git", scene.forge.base())
    );
    // In a circle, to nowhere, elsewhere.
    for (to, why) in [
        (format!("{url}/{service}"), "more than"),
        (format!("{}/login", scene.forge.base()), "no repository"),
        (
            format!("ssh://elsewhere.test/x.git/{service}"),
            "of the web",
        ),
        (format!("ext::sh -c x /{service}"), "of the web"),
    ] {
        scene.forge.control().clear_faults();
        order(&scene, &old, 99, status(302, &[("location", &to)], ""));
        let error = scene
            .install
            .engine
            .forge
            .git_address(&url)
            .await
            .unwrap_err();
        assert!(error.why.contains(why), "{to}: {error}");
    }
}
