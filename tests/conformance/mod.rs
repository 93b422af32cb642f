//! The demo forge against the forge's own description, and against a real git.

mod behaviour;
mod crawl;
mod doors;
mod evidence;
mod faults;
mod git;
mod graphql;
mod hands;
mod judge;
mod proxy;
mod recorded;
mod scale;
mod story;
mod traffic;
mod writes;

use proofline::demo::DemoForge;

use crate::support::{forge::forge, http::Client};

/// The viewer at that forge.
fn viewer(forge: &DemoForge) -> Client {
    Client::new(forge.base(), Some(forge.token()))
}

/// Another person at that forge, by their place among those who have a token.
fn person(forge: &DemoForge, index: usize) -> Client {
    Client::new(forge.base(), Some(&forge.truth().tokens[index].1))
}

/// The repository's path in the API.
fn repo(forge: &DemoForge) -> String {
    let (owner, name) = forge.repo();
    format!("/repos/{owner}/{name}")
}
