//! From the remotes of a clone to the repository on its host: aliases of ssh, and what `gh` was told.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use proofline::demo::DemoForge;

use super::tools::Home;
use crate::support::forge::forge;

/// A clone with remotes, and an installation that is told nothing but what the clone says.
struct Clone {
    home: Home,
    folder: PathBuf,
}

impl Clone {
    fn with(forge: &DemoForge, remotes: &[(&str, &str)]) -> Self {
        let home = Home::new().with("PROOFLINE_TOKEN", forge.token());
        let folder = home.folder.path().join("clone");
        let clone = Self { home, folder };
        fs::create_dir(&clone.folder).unwrap();
        clone.git(&["init", "--quiet"]);
        for (name, url) in remotes {
            clone.git(&["remote", "add", name, url]);
        }
        clone
    }

    fn git(&self, arguments: &[&str]) {
        let mut git = Command::new("git");
        let status = git.args(arguments).current_dir(&self.folder).status();
        assert!(status.unwrap().success(), "{arguments:?}");
    }

    /// Hosts that ssh knows by another name, read by the ssh that is installed.
    fn knowing(mut self, hosts: &[(&str, &str)]) -> Self {
        let file = self.home.folder.path().join("ssh_config");
        let entry = |(alias, host): &(&str, &str)| format!("Host {alias}\n  HostName {host}\n");
        fs::write(&file, hosts.iter().map(entry).collect::<String>()).unwrap();
        // Its own file is in the folder that the system names, wherever HOME points.
        let path = std::env::var("PATH").unwrap();
        let script = format!("PATH={path} exec ssh -F {} \"$@\"", file.display());
        self.home = self.home.with_program("ssh", &script);
        self
    }

    /// The repository that the doctor says this is.
    fn named(&self) -> String {
        let ran = self
            .home
            .run_in(&self.folder, &["--offline", "doctor", "--json"]);
        let findings = ran.json()["findings"].as_array().unwrap().clone();
        let found = findings.iter().find(|f| f["name"] == "repository").unwrap();
        found["what"].as_str().unwrap().to_owned()
    }
}

/// Tells whether there is an ssh, and says so where there is none.
fn has_ssh() -> bool {
    let asked = Command::new("ssh").arg("-V").stderr(Stdio::null()).status();
    if asked.is_err() {
        println!("skipped: ssh is not installed");
    }
    asked.is_ok()
}

// [verifies PL-NET-1]
#[tokio::test(flavor = "multi_thread")]
async fn an_alias_of_ssh_leads_to_the_host_and_to_what_is_cached_of_it() {
    if !has_ssh() {
        return;
    }
    let forge = forge(0).await;
    let (owner, name) = forge.repo();
    let host = forge.base().trim_start_matches("http://").to_owned();
    let url = format!("git@work:{owner}/{name}.git");
    let clone = Clone::with(&forge, &[("origin", &url)]);
    // Without its configuration, an alias is a name like any other.
    assert_eq!(clone.named(), format!("work/{owner}/{name}"));
    let clone = clone.knowing(&[("work", &host), ("github.com", "ssh.github.com")]);
    assert_eq!(clone.named(), format!("{host}/{owner}/{name}"));
    clone.home.run_in(&clone.folder, &["sync"]).ended(0);
    let listed = clone.home.run_in(&clone.folder, &["list", "--offline"]);
    assert!(listed.ended(0).out.contains("#482"));
    // Forms of the address, and hosts that are none of its aliases.
    for (url, expected) in [
        (format!("ssh://git@work:2222/{owner}/{name}"), host.as_str()),
        (format!("work:{owner}/{name}"), host.as_str()),
        (format!("git@github.com:{owner}/{name}"), "github.com"),
        (format!("git@git.acme.test:{owner}/{name}"), "git.acme.test"),
        (format!("https://work/{owner}/{name}"), "work"),
    ] {
        clone.git(&["remote", "set-url", "origin", &url]);
        assert_eq!(clone.named(), format!("{expected}/{owner}/{name}"), "{url}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_gh_was_told_comes_before_the_names_of_remotes() {
    let forge = forge(0).await;
    let remotes = [
        ("upstream", "https://git.acme.test/acme/payments"),
        ("origin", "https://git.acme.test/me/payments"),
    ];
    let clone = Clone::with(&forge, &remotes);
    assert_eq!(clone.named(), "git.acme.test/acme/payments");
    clone.git(&["config", "remote.origin.gh-resolved", "base"]);
    assert_eq!(clone.named(), "git.acme.test/me/payments");
    clone.git(&["config", "remote.origin.gh-resolved", "shop/web"]);
    assert_eq!(clone.named(), "git.acme.test/shop/web");
}
