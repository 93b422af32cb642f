//! What a test, or a person beside the demo, can do to the world: move a head, edit or delete a
//! comment, order faults, set the clock forward. In this process by [`Control`], from another by
//! the paths below `/_demo`.

use std::sync::Arc;

use axum::http::Method;
use bytes::Bytes;
use git2::Oid;
use serde_json::{Value, json};

use super::DemoError;
use super::faults::Fault;
use super::request::Request;
use super::rest::Desk;
use super::server::{Forge, Stage};
use super::wire::Dressed;
use super::world::{CI, Entry, Identity, Job, Move, MoveKind, Run, Try};

/// A hand on the running forge.
#[derive(Debug, Clone)]
pub struct Control {
    pub(super) forge: Arc<Forge>,
}

impl Control {
    /// Adds a commit to the branch of an open change, as its author would; a run is queued for it.
    /// Gives the new head.
    pub fn push_commit(&self, number: u64) -> Result<String, DemoError> {
        push_commit(&self.forge, number).map(|head| head.to_string())
    }

    /// Orders a fault.
    pub fn fault(&self, fault: Fault) {
        self.forge.faults.add(fault);
    }

    /// Takes back all faults that are not spent.
    pub fn clear_faults(&self) {
        self.forge.faults.clear();
    }

    /// Empties the log.
    pub fn clear_log(&self) {
        self.forge.log.clear();
    }

    /// Sets the clock forward.
    pub fn advance_clock(&self, seconds: i64) {
        self.forge.clock.advance(seconds);
    }

    /// Changes the text of a comment behind everyone's back.
    pub fn edit_comment(&self, id: u64, body: &str) {
        self.at_desk(|desk| desk.edit_comment(id, body));
    }

    /// Deletes a comment.
    pub fn delete_comment(&self, id: u64) {
        self.at_desk(|desk| desk.remove_comment(id));
    }

    fn at_desk<T>(&self, act: impl FnOnce(&mut Desk<'_>) -> T) -> T {
        let now = self.forge.clock.now();
        let mut stage = self.forge.stage();
        let Stage { world, git } = &mut *stage;
        act(&mut Desk {
            world,
            git,
            base: &self.forge.base,
            now,
        })
    }
}

/// Answers a request below `/_demo`.
pub(super) fn answer(forge: &Forge, request: &Request) -> Dressed {
    let below = request.segments.get(1).map(String::as_str);
    let (status, body) = match (&request.method, below) {
        (&Method::GET, Some("log")) => (200, json!(forge.log.exchanges())),
        (&Method::POST, Some("push")) => {
            let number = request.number("pr").unwrap_or_default() as u64;
            match push_commit(forge, number) {
                Ok(head) => (200, json!({ "head": head.to_string() })),
                Err(error) => (422, json!({ "message": error.to_string() })),
            }
        }
        (&Method::POST, Some("fault")) => match serde_json::from_slice::<Fault>(&request.body) {
            Ok(fault) => {
                forge.faults.add(fault);
                (200, json!({ "ordered": true }))
            }
            Err(error) => (400, json!({ "message": error.to_string() })),
        },
        _ => (404, json!({ "message": "Not Found" })),
    };
    reply(status, &body)
}

fn reply(status: u16, body: &Value) -> Dressed {
    Dressed {
        status,
        headers: vec![("content-type", "application/json".to_owned())],
        body: Bytes::from(body.to_string()),
        operation: None,
    }
}

fn push_commit(forge: &Forge, number: u64) -> Result<Oid, DemoError> {
    let now = forge.clock.now();
    let mut stage = forge.stage();
    let Stage { world, git } = &mut *stage;
    let pull = world.pull(number).filter(|pull| pull.is_open());
    let pull = pull
        .ok_or_else(|| DemoError::story(format!("no open change {number}")))?
        .clone();
    let author = world.account(&pull.author);
    let author = author
        .map(|account| Identity {
            name: account.name.clone(),
            email: account.email.clone(),
        })
        .ok_or_else(|| DemoError::story(format!("{} is gone", pull.author)))?;
    let mut files = git.files(pull.head)?;
    let notes = files.get("NOTES.md").unwrap_or("# Notes\n").to_owned();
    files.put(
        "NOTES.md",
        format!(
            "{notes}\nOne more look at it, {}.\n",
            now.format("%H:%M:%S")
        ),
    );
    let entry = Entry {
        author: &author,
        committer: &author,
        at: now,
        message: "Note what was looked at\n",
    };
    let head = git.commit(&files, &[pull.head], &entry)?;
    git.point(&format!("refs/heads/{}", pull.branch), head)?;
    git.point(&format!("refs/pull/{number}/head"), head)?;
    let row = Move {
        id: world.next_id(),
        branch: pull.branch.clone(),
        before: pull.head,
        after: head,
        kind: MoveKind::Push,
        actor: pull.author.clone(),
        at: now,
    };
    world.moves.push(row);
    let job = Job {
        id: world.next_id(),
        name: "unit",
        started: now,
        finished: None,
        conclusion: None,
        steps: Vec::new(),
        annotations: Vec::new(),
        log: String::new(),
    };
    let queued = Run {
        id: world.next_id(),
        suite: world.next_id(),
        number: world
            .runs
            .iter()
            .map(|run| run.number)
            .max()
            .unwrap_or_default()
            + 1,
        workflow: CI,
        event: "pull_request",
        branch: pull.branch,
        head,
        title: pull.title,
        pull: Some(number),
        actor: pull.author.clone(),
        tries: vec![Try {
            number: 1,
            by: pull.author,
            started: now,
            finished: None,
            conclusion: None,
            jobs: vec![job],
        }],
        artifacts: Vec::new(),
    };
    world.runs.push(queued);
    if let Some(pull) = world.pull_mut(number) {
        pull.head = head;
        pull.updated = now;
    }
    Ok(head)
}
