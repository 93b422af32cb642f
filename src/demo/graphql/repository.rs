//! The repository beyond its changes: settings, labels, releases, rules, and search.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::engine::{Executor, Node, Object, Shown, leaf, maybe, one, page};
use super::text;
use crate::demo::rest::{node_id, stamp};
use crate::demo::world::{Pull, Release};

impl Executor<'_> {
    /// The organisation that owns the repository.
    pub(super) fn owner(&self) -> Shown {
        let world = self.view.world;
        one(
            "Organization",
            vec![
                ("id", leaf(node_id("O", world.repository_id / 7))),
                ("databaseId", leaf(world.repository_id / 7)),
                ("login", leaf(world.owner.as_str())),
                ("name", leaf(world.owner.as_str())),
                ("url", leaf(format!("{}/{}", self.view.web(), world.owner))),
            ],
        )
    }

    /// Fields of the repository that say nothing about changes.
    pub(super) fn setting(&self, name: &str) -> Option<Shown> {
        let world = self.view.world;
        let pushed = world.moves.last().map_or(self.view.now, |last| last.at);
        Some(match name {
            "hasIssuesEnabled"
            | "squashMergeAllowed"
            | "deleteBranchOnMerge"
            | "isInOrganization" => leaf(true),
            "hasWikiEnabled"
            | "hasProjectsEnabled"
            | "hasDiscussionsEnabled"
            | "mergeCommitAllowed"
            | "rebaseMergeAllowed"
            | "viewerCanAdminister"
            | "isEmpty" => leaf(false),
            "visibility" => leaf("PUBLIC"),
            "description" => leaf("Takes card payments"),
            "homepageUrl" | "parent" | "templateRepository" => Shown::Null,
            "sshUrl" => {
                let web = self.view.web();
                let host = web.split_once("://").map_or(web.as_str(), |(_, host)| host);
                leaf(format!("git@{host}:{}.git", self.view.slug()))
            }
            "pushedAt" | "updatedAt" => leaf(stamp(pushed)),
            "labels" => page(self.all_labels()),
            "issues" => Shown::Nodes(self.open_issues()),
            "releases" => page(self.releases()),
            "latestRelease" => self.releases().into_iter().next().unwrap_or(Shown::Null),
            "rulesets" => page(self.rulesets()),
            _ => return None,
        })
    }

    fn all_labels(&self) -> Vec<Shown> {
        let pulls = self.view.world.pulls.iter().flat_map(|pull| &pull.labels);
        let issues = self
            .view
            .world
            .issues
            .iter()
            .flat_map(|issue| &issue.labels);
        let names: BTreeSet<&'static str> = pulls.chain(issues).copied().collect();
        names.into_iter().map(super::changes::label).collect()
    }

    fn open_issues(&self) -> Vec<Node> {
        let issues = self.view.world.issues.iter().rev();
        let open = issues.filter(|issue| issue.closed.is_none());
        open.map(|issue| Node::Issue(issue.number)).collect()
    }

    /// Releases, newest first.
    fn releases(&self) -> Vec<Shown> {
        let releases = self.view.world.releases.iter().rev().enumerate();
        releases
            .map(|(place, release)| self.release(release, place == 0))
            .collect()
    }

    fn release(&self, release: &Release, is_latest: bool) -> Shown {
        let url = format!("{}/releases/tag/{}", self.view.html_url(), release.tag);
        one(
            "Release",
            vec![
                ("id", leaf(node_id("RE", release.id))),
                ("databaseId", leaf(release.id)),
                ("name", leaf(release.tag.as_str())),
                ("tagName", leaf(release.tag.as_str())),
                ("description", leaf(release.body.as_str())),
                ("isDraft", leaf(false)),
                ("isLatest", leaf(is_latest)),
                ("isPrerelease", leaf(false)),
                ("createdAt", leaf(stamp(release.at))),
                ("publishedAt", leaf(stamp(release.at))),
                ("updatedAt", leaf(stamp(release.at))),
                ("author", self.actor(&release.author)),
                ("url", leaf(url)),
            ],
        )
    }

    fn rulesets(&self) -> Vec<Shown> {
        let Some(version) = self.view.world.ruleset.last() else {
            return Vec::new();
        };
        let ruleset = one(
            "RepositoryRuleset",
            vec![
                ("id", leaf("RRS_kw5521")),
                ("databaseId", leaf(5521)),
                ("name", leaf("main")),
                ("target", leaf("BRANCH")),
                ("enforcement", leaf(version.enforcement.to_uppercase())),
                ("source", Shown::One(Object::Lazy(Node::Repository))),
                // The rules that REST lists one by one.
                ("rules", page(vec![Shown::Null; 4])),
                ("updatedAt", leaf(stamp(version.at))),
            ],
        );
        vec![ruleset]
    }

    /// Changes by the qualifiers of a search; every other word must stand in the title.
    pub(super) fn search(&self, arguments: &Map<String, Value>) -> Shown {
        let asked: Vec<&str> = text(arguments, "query").split_whitespace().collect();
        let Some(index) = self.view.world.index() else {
            return page(Vec::new());
        };
        let newest = index.by_update.all.iter().rev();
        let pulls = newest.filter_map(|(_, number)| self.view.world.pull(*number));
        let found = pulls.filter(|pull| asked.iter().all(|word| self.matches(pull, word)));
        let found: Vec<Shown> = found
            .map(|pull| Shown::One(Object::Lazy(Node::Pull(pull.number))))
            .collect();
        let count = ("issueCount", leaf(found.len()));
        Shown::Page(found, vec![count])
    }

    fn matches(&self, pull: &Pull, word: &str) -> bool {
        let Some((qualifier, value)) = word.split_once(':') else {
            return pull.title.to_lowercase().contains(&word.to_lowercase());
        };
        let value = value.trim_matches('"');
        let login = if value == "@me" { &self.login } else { value };
        match (qualifier, value) {
            ("repo", slug) => slug.eq_ignore_ascii_case(&self.view.slug()),
            ("state" | "is", "open") => pull.is_open(),
            ("state" | "is", "closed") => !pull.is_open(),
            ("is", "merged") => pull.merged.is_some(),
            ("is" | "type", "pr") => true,
            ("is" | "type", "issue") => false,
            ("author", _) => pull.author == login,
            ("assignee", _) => pull.assignees.iter().any(|known| known == login),
            ("review-requested", _) => pull.requested.iter().any(|known| known == login),
            ("head", branch) => pull.branch == branch,
            ("base", branch) => pull.base_branch == branch,
            ("label", label) => pull.labels.contains(&label),
            _ => true,
        }
    }

    /// An account or organisation by its login.
    pub(super) fn owner_by_login(&self, login: &str) -> Shown {
        if login.eq_ignore_ascii_case(&self.view.world.owner) {
            self.owner()
        } else {
            self.actor(login)
        }
    }

    /// Fields that a change and an issue have, and that are the same for all here.
    pub(super) fn unused(name: &str) -> Option<Shown> {
        Some(match name {
            "reactionGroups" => Shown::Many(Vec::new()),
            "milestone" | "stateReason" => maybe(None::<&str>),
            "isPinned" | "locked" | "maintainerCanModify" | "isMergeQueueEnabled" => leaf(false),
            "projectCards" | "projectItems" => page(Vec::new()),
            _ => return None,
        })
    }
}
