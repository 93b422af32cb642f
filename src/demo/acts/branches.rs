//! Pushes, branches, and what becomes of a change as a whole.

use git2::Oid;
use serde_json::{Value, json};

use super::{Hand, refused};
use crate::demo::DemoError;
use crate::demo::world::{
    CI, Entry, Event, EventKind, Files, Job, Merge, MoveKind, Pull, RuleSuite, Run, Try,
    WEB_FLOW_LOGIN,
};

impl Hand<'_> {
    pub(super) fn push(&mut self, number: u64, force: bool) -> Result<Value, DemoError> {
        let pull = self.open_pull(number)?;
        let mut parents = vec![pull.head];
        if force {
            let parent = self.git.repository.find_commit(pull.head)?;
            parents = match parent.parent_ids().next() {
                Some(parent) if pull.head != pull.base => vec![parent],
                _ => vec![pull.base],
            };
        }
        let head = self.noted(pull.head, &parents, &pull.author)?;
        self.git
            .point(&format!("refs/heads/{}", pull.branch), head)?;
        self.git.point(&format!("refs/pull/{number}/head"), head)?;
        let kind = if force {
            MoveKind::ForcePush
        } else {
            MoveKind::Push
        };
        self.moved(&pull.branch, (pull.head, head), kind, &pull.author);
        let run = self.queue(&pull, head);
        self.change(number, |pull| pull.head = head)?;
        Ok(json!({ "head": head.to_string(), "before": pull.head.to_string(), "run": run }))
    }

    /// A commit that adds a line to the notes that stand at another.
    fn noted(&self, files_of: Oid, parents: &[Oid], author: &str) -> Result<Oid, DemoError> {
        let author = self.identity(author)?;
        let mut files: Files = self.git.files(files_of)?;
        let notes = files.get("NOTES.md").unwrap_or("# Notes\n").to_owned();
        let line = format!("\nOne more look at it, {}.\n", self.now.format("%H:%M:%S"));
        files.put("NOTES.md", notes + &line);
        let entry = Entry {
            author: &author,
            committer: &author,
            at: self.now,
            message: "Note what was looked at\n",
        };
        self.git.commit(&files, parents, &entry)
    }

    /// Queues the run of a new head.
    fn queue(&mut self, pull: &Pull, head: Oid) -> u64 {
        let job = Job {
            id: self.world.next_id(),
            name: "unit",
            started: self.now,
            finished: None,
            conclusion: None,
            steps: Vec::new(),
            annotations: Vec::new(),
            log: String::new(),
        };
        let id = self.world.next_id();
        let run = Run {
            id,
            suite: self.world.next_id(),
            number: self.world.next_run_number(CI),
            workflow: CI,
            event: "pull_request",
            branch: pull.branch.clone(),
            head,
            title: pull.title.clone(),
            pull: Some(pull.number),
            actor: pull.author.clone(),
            tries: vec![Try {
                number: 1,
                by: pull.author.clone(),
                started: self.now,
                finished: None,
                conclusion: None,
                jobs: vec![job],
            }],
            artifacts: Vec::new(),
        };
        self.world.add_run(run);
        id
    }

    fn event(&mut self, number: u64, actor: &str, what: EventKind) -> Result<(), DemoError> {
        let event = Event {
            id: self.world.next_id(),
            actor: actor.to_owned(),
            at: self.now,
            what,
        };
        self.change(number, |pull| pull.events.push(event))
    }

    pub(super) fn close(&mut self, number: u64, login: Option<String>) -> Result<Value, DemoError> {
        let pull = self.open_pull(number)?;
        let login = self.who(login, &pull.author)?;
        let now = self.now;
        self.change(number, |pull| pull.closed = Some(now))?;
        self.event(number, &login, EventKind::Closed)?;
        Ok(json!({}))
    }

    pub(super) fn reopen(
        &mut self,
        number: u64,
        login: Option<String>,
    ) -> Result<Value, DemoError> {
        let pull = self.world.pull(number).cloned();
        let pull = pull
            .filter(|pull| pull.closed.is_some())
            .ok_or_else(|| refused(format!("no closed change {number}")))?;
        let branch = format!("refs/heads/{}", pull.branch);
        self.git.repository.refname_to_id(&branch)?;
        let login = self.who(login, &pull.author)?;
        self.change(number, |pull| pull.closed = None)?;
        self.event(number, &login, EventKind::Reopened)?;
        Ok(json!({}))
    }

    pub(super) fn retarget(&mut self, number: u64, base: String) -> Result<Value, DemoError> {
        let pull = self.open_pull(number)?;
        let reference = format!("refs/heads/{base}");
        let tip = self.git.repository.refname_to_id(&reference)?;
        let what = EventKind::BaseChanged(pull.base_branch, base.clone());
        self.change(number, |pull| {
            pull.base_branch = base;
            pull.base = tip;
        })?;
        self.event(number, &pull.author, what)?;
        Ok(json!({ "base": tip.to_string() }))
    }

    pub(super) fn move_branch(
        &mut self,
        branch: &str,
        login: Option<String>,
    ) -> Result<Value, DemoError> {
        let login = self.viewer(login)?;
        let reference = format!("refs/heads/{branch}");
        let before = self.git.repository.refname_to_id(&reference)?;
        let head = self.noted(before, &[before], &login)?;
        self.git.point(&reference, head)?;
        self.moved(branch, (before, head), MoveKind::Push, &login);
        Ok(json!({ "head": head.to_string(), "before": before.to_string() }))
    }

    pub(super) fn create_branch(
        &mut self,
        branch: &str,
        sha: Option<&str>,
    ) -> Result<Value, DemoError> {
        let commit = self.commit(sha)?;
        self.git.point(&format!("refs/heads/{branch}"), commit)?;
        let viewer = self.world.viewer.clone();
        self.moved(
            branch,
            (Oid::ZERO_SHA1, commit),
            MoveKind::Creation,
            &viewer,
        );
        Ok(json!({ "head": commit.to_string() }))
    }

    pub(super) fn delete_branch(
        &mut self,
        branch: &str,
        login: Option<String>,
    ) -> Result<Value, DemoError> {
        if branch == "main" {
            return Err(refused("main is guarded"));
        }
        let login = self.viewer(login)?;
        let before = self.drop_branch(branch, &login)?;
        let open: Vec<u64> = self.world.open_from(branch);
        let now = self.now;
        for number in &open {
            self.event(*number, &login, EventKind::BranchDeleted)?;
            self.change(*number, |pull| pull.closed = Some(now))?;
            self.event(*number, &login, EventKind::Closed)?;
        }
        Ok(json!({ "before": before.to_string(), "closed": open }))
    }

    fn drop_branch(&mut self, branch: &str, login: &str) -> Result<Oid, DemoError> {
        let reference = format!("refs/heads/{branch}");
        let mut reference = self.git.repository.find_reference(&reference)?;
        let before = reference.peel_to_commit()?.id();
        reference.delete()?;
        self.moved(branch, (before, Oid::ZERO_SHA1), MoveKind::Deletion, login);
        Ok(before)
    }

    pub(super) fn merge(&mut self, number: u64, login: Option<String>) -> Result<Value, DemoError> {
        let pull = self.open_pull(number)?;
        let login = self.viewer(login)?;
        let commit = self.squash(&pull)?;
        let reference = format!("refs/heads/{}", pull.base_branch);
        let before = self.git.repository.refname_to_id(&reference)?;
        self.git.point(&reference, commit)?;
        self.moved(&pull.base_branch, (before, commit), MoveKind::Merge, &login);
        let suite = RuleSuite {
            id: self.world.next_id(),
            actor: login.clone(),
            before,
            after: commit,
            branch: pull.base_branch.clone(),
            at: self.now,
            result: "pass",
            broken: None,
        };
        self.world.rule_suites.push(suite);
        let merge = Merge {
            at: self.now,
            by: login.clone(),
            commit,
        };
        self.change(number, |pull| pull.merged = Some(merge))?;
        self.event(number, &login, EventKind::Merged(commit))?;
        self.event(number, &login, EventKind::Closed)?;
        let now = self.now;
        for issue in &mut self.world.issues {
            if pull.closes.contains(&issue.number) {
                issue.closed = Some(now);
                issue.updated = now;
            }
        }
        if self.drop_branch(&pull.branch, &login).is_ok() {
            self.event(number, &login, EventKind::BranchDeleted)?;
        }
        Ok(json!({ "commit": commit.to_string() }))
    }

    /// One commit on the base branch with everything that the change brings.
    fn squash(&self, pull: &Pull) -> Result<Oid, DemoError> {
        let repository = &self.git.repository;
        let reference = format!("refs/heads/{}", pull.base_branch);
        let tip = repository.find_reference(&reference)?.peel_to_commit()?;
        let head = repository.find_commit(pull.head)?;
        let mut index = repository.merge_commits(&tip, &head, None)?;
        if index.has_conflicts() {
            return Err(refused(format!("change {} does not merge", pull.number)));
        }
        let tree = repository.find_tree(index.write_tree_to(repository)?)?;
        let message = format!("{} (#{})\n", pull.title, pull.number);
        let entry = Entry {
            author: &self.identity(&pull.author)?,
            committer: &self.identity(WEB_FLOW_LOGIN)?,
            at: self.now,
            message: &message,
        };
        self.git.commit_tree(&tree, &[tip.id()], &entry)
    }

    /// Says how an open change stands to its base branch.
    pub(super) fn mergeable(
        &mut self,
        number: u64,
        conflicts: bool,
        behind: bool,
    ) -> Result<Value, DemoError> {
        self.open_pull(number)?;
        self.change(number, |pull| {
            pull.conflicts = conflicts;
            pull.behind = behind;
        })?;
        let pull = self.open_pull(number)?;
        let commit = self.git.test_merge(&pull).map(|id| id.to_string());
        Ok(json!({ "test_merge": commit }))
    }
}
