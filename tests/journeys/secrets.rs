//! The token is in no argument of any program that is started, no output, no export, no file.

use std::{process::Command, sync::Arc};

use proofline::{
    demo::{Act, Fault, FaultKind},
    sync::Report,
};

use super::tools::{Home, Pty, Ran};
use crate::support::{
    forge::forge_with,
    install::Install,
    secrets::{Forms, TOKEN},
};

/// Programs that are started, and then are themselves: each writes down how it was called.
fn spied_on(home: Home) -> Home {
    let path = std::env::var("PATH").unwrap();
    let calls = home.folder.path().join("calls").display().to_string();
    ["git", "gh", "ssh"].iter().fold(home, |home, name| {
        let script = format!("echo {name} \"$@\" >> {calls}\nPATH={path} exec {name} \"$@\"");
        home.with_program(name, &script)
    })
}

// [verifies PL-SAF-2]
#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_in_no_argument_output_or_file() {
    let forge = forge_with(TOKEN).await;
    let forms = Forms::of(TOKEN);
    let home = spied_on(Home::on(&forge))
        .with("RUST_LOG", "trace")
        .with("PROOFLINE_LOG", "trace")
        .with("RUST_BACKTRACE", "full")
        .with("GIT_TRACE", "1")
        .with("GIT_CURL_VERBOSE", "1");
    let number = forge.truth().story().unwrap().number.to_string();
    let mut said = String::new();
    let mut hear = |ran: Ran| {
        said += &ran.out;
        said += &ran.err;
    };
    for arguments in [
        &["sync"][..],
        &["sync", "--full", "--json"],
        &["sync", "--plan", "--json"],
        &["doctor", "--json"],
        &["list", "--json"],
        &["show", &number, "--json"],
        &["timeline", &number, "--json"],
        &["trace", &number, "--json"],
        &["attempts", &number, "--json"],
        &["decisions", &number, "--json"],
        &["outbox", "--json"],
        &["contract", "check", &number],
        &["search", "capture", "--json"],
        &["cache", "size"],
    ] {
        let ran = home.run(arguments);
        // That a contract is not met is an answer too.
        assert!(ran.code < 2, "{ran:#?}");
        hear(ran);
    }
    // Where it fails: another host, a proxy, an address with a password, a name that is not there.
    let through = |proxy: &str| {
        let mut other = Home::new();
        other.environment.clone_from(&home.environment);
        other.with("HTTPS_PROXY", proxy)
    };
    let web = ["--api-url", "https://forge.test", "-R", "a/b", "sync"];
    let refused = through("http://user:secret@127.0.0.1:9").run(&web).ended(4);
    assert!(!refused.err.contains("secret"), "{refused:#?}");
    hear(refused);
    hear(
        home.run(&["--api-url", "http://127.0.0.1:9", "-R", "a/b", "sync"])
            .ended(4),
    );
    hear(home.run(&["-R", "acme/none", "sync"]).ended(1));
    let address = "http://me:ghp_M%2Bra%2F7%26q%3D%25%3A~x%3F%23Zz0@127.0.0.1:9";
    let told = home.run(&["--api-url", address, "-R", "a/b", "list", "--offline"]);
    assert!(told.err.contains("GH_TOKEN"), "{told:#?}");
    hear(told.ended(2));
    // The forge, or what stands before it, gives back what it was sent.
    let echo = FaultKind::Status {
        status: 502,
        headers: Vec::new(),
        message: format!("sent: Authorization: Bearer {TOKEN}"),
    };
    forge.control().fault(Fault {
        times: 99,
        ..Fault::next("", echo)
    });
    let echoed = home.run(&["sync", "--full"]).ended(4);
    assert!(echoed.err.contains("Bearer ***"), "{echoed:#?}");
    hear(echoed);
    forge.control().clear_faults();
    // The workbench shows its requests and its problems.
    let mut screen = Pty::start(&home, &[], (120, 40));
    screen
        .wait_for(&format!("#{number}"))
        // What is left of the budget is told by the first answers; the log is as of when it is opened.
        .wait_for(" API")
        .type_bytes("gl")
        .wait_for("GET");
    // The first closes the list.
    screen.type_bytes("QQ").end();
    forms.assert_not_in("the screen", &screen.raw);
    // And where all of it is refused.
    drop(forge.control().act(Act::Revoke {
        login: None,
        restore: false,
    }));
    hear(home.run(&["sync"]).ended(3));
    hear(home.run(&["doctor"]));
    let called = std::fs::read(home.folder.path().join("calls")).unwrap();
    assert!(called.split(|b| *b == b'\n').count() > 5, "git was called");
    forms.assert_not_in("the arguments", &called);
    forms.assert_not_in("the output", said.as_bytes());
    let files = forms.assert_not_below(home.folder.path());
    assert!(files.len() > 10, "{files:?}");
    // Its own log was among them.
    let is_log = |path: &&std::path::PathBuf| path.ends_with("log/proofline.log");
    let log = std::fs::read_to_string(files.iter().find(is_log).unwrap()).unwrap();
    for words in ["asked the forge method=\"GET\"", "calls git", "Bearer ***"] {
        assert!(log.contains(words), "no “{words}” in {log:.3000}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_written_only_where_it_is_asked_for() {
    let forge = forge_with(TOKEN).await;
    let home = Home::on(&forge);
    home.run(&["list"]).ended(0);
    let log = || {
        let files = Forms::of(TOKEN).assert_not_below(home.folder.path());
        files.into_iter().find(|p| p.ends_with("log/proofline.log"))
    };
    assert_eq!(log(), None);
    let mut wrong = Home::on(&forge).with("PROOFLINE_LOG", "loud");
    assert!(wrong.run(&["list"]).ended(2).err.contains("debug"));
    wrong.environment = home.environment.clone();
    let loud = wrong.with("PROOFLINE_LOG", "info");
    loud.run(&["list"]).ended(0);
    let file = log().unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

/// What a process leaves behind that panics in the middle of a sync.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a process of its own, which the test below starts"]
async fn child_that_panics() {
    let forge = forge_with(TOKEN).await;
    let mut install = Install::new(&forge);
    let echo = FaultKind::Status {
        status: 401,
        headers: Vec::new(),
        message: format!("Bad credentials {TOKEN}"),
    };
    install.engine.report = Arc::new(|report| {
        assert!(!matches!(report, Report::ChangeDone { .. }), "{report:?}");
    });
    let engine = install.engine.clone();
    let synced = tokio::spawn(async move { engine.sync_all().await }).await;
    assert!(synced.unwrap_err().is_panic());
    forge.control().fault(Fault {
        times: 99,
        ..Fault::next("", echo)
    });
    let asked = install.engine.forge.get("/repos/acme/payments", None).await;
    asked.unwrap();
}

#[test]
fn a_panic_says_nothing_of_the_token() {
    let name = "journeys::secrets::child_that_panics";
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", name, "--nocapture"])
        .env("RUST_BACKTRACE", "full")
        .env("RUST_LOG", "trace")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&said);
    for words in ["stack backtrace", "ChangeDone", "Bad credentials ***"] {
        assert!(text.contains(words), "no “{words}” in {text:.3000}");
    }
    // Several changes are pulled at once, and more than one may break.
    assert!(text.matches("panicked at").count() >= 2, "{text:.3000}");
    Forms::of(TOKEN).assert_not_in("the panic", &said);
}
