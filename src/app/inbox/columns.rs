//! How wide each column of the inbox is, on this screen and for these rows.

use std::collections::BTreeSet;

use crate::{app::Layout, decide::InboxRow, text};

/// Widths of the columns.
pub(super) struct Columns {
    pub number: usize,
    /// 0 where all rows are of one repository.
    pub repo: usize,
    /// How much of their names must be said.
    pub naming: Naming,
    /// Hosts, of which each has a colour of its own.
    pub hosts: Vec<String>,
    pub stage: usize,
    pub title: usize,
    pub author: usize,
    pub risk: usize,
    pub attention: usize,
    pub age: usize,
    pub why: usize,
}

impl Columns {
    pub fn of(layout: &Layout, all: &[InboxRow], rows: &[&InboxRow]) -> Self {
        let repos: BTreeSet<String> = all.iter().map(|r| r.id.repo.to_string()).collect();
        let hosts: BTreeSet<&str> = all.iter().map(|r| r.id.repo.host.as_str()).collect();
        let names: BTreeSet<&str> = all.iter().map(|r| r.id.repo.name.as_str()).collect();
        let slugs: BTreeSet<String> = all.iter().map(|r| r.id.repo.slug()).collect();
        // Owner and host stand where the name alone would not tell.
        let naming = if slugs.len() < repos.len() {
            Naming::Host
        } else if names.len() < repos.len() {
            Naming::Owner
        } else {
            Naming::Name
        };
        let longest = rows
            .iter()
            .map(|r| text::columns(&repo_name(r, naming)))
            .max();
        let room = if layout.wide { 24 } else { 14 };
        let repo = if repos.len() > 1 {
            longest.unwrap_or(0).clamp(10, room) + 2
        } else {
            0
        };
        let inner = usize::from(layout.width.saturating_sub(2));
        let number = rows
            .iter()
            .map(|r| r.pr.number.to_string().len() + 1)
            .max()
            .unwrap_or(3)
            .max(3)
            + 1;
        let stage = if layout.wide { 3 } else { 2 };
        let (author, risk, attention, why) = if layout.wide {
            (20, 7, 5, 26)
        } else {
            (0, 0, 0, 0)
        };
        let age = 7;
        let fixed = number + repo + stage * 8 + 1 + author + risk + attention + age + why;
        let mut title = inner.saturating_sub(fixed);
        let mut why = why;
        // A wide screen gives half of what is left to the reason.
        if layout.wide && title > 48 {
            let more = (title - 48) / 2;
            title -= more;
            why += more;
        }
        Self {
            number,
            repo,
            naming,
            hosts: hosts.into_iter().map(str::to_owned).collect(),
            stage,
            title,
            author,
            risk,
            attention,
            age,
            why,
        }
    }
}

/// What tells the repositories of a list apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    Name,
    Owner,
    /// Owner and name are the same on several hosts: the host stands first, since ends are cut.
    Host,
}

/// What a repository is called where several are listed.
pub(super) fn repo_name(row: &InboxRow, naming: Naming) -> String {
    let repo = &row.id.repo;
    match naming {
        Naming::Name => repo.name.clone(),
        Naming::Owner => repo.slug(),
        Naming::Host => format!("{} {}", repo.host, repo.name),
    }
}
