//! A large world: many small changes with evidence of every kind, beside the story.
//!
//! Their numbers begin at [`FIRST`]. The newest are open, the others merged or closed. Each has one
//! commit of its own on the main branch's tip; a merged one was merged as that commit, which the
//! main branch does not hold. Everything follows from the place of a change in the row.

use std::fmt::Write as _;
use std::str::FromStr;

use chrono::TimeDelta;
use git2::{Oid, Repository, Signature};

use super::git::Git;
use super::holdings::World;
use super::model::{
    AppCheck, CI, Comment, Event, EventKind, Job, Merge, Move, MoveKind, Pull, Review, ReviewState,
    Run, SCANNING, Status, Time, Try,
};
use super::people::{CLAUDE_LOGIN, COPILOT_LOGIN, RENOVATE_LOGIN};
use super::time::on;
use crate::demo::DemoError;

/// Number of the oldest change.
pub(crate) const FIRST: u64 = 10_001;
/// At most so many are open.
const OPEN: u64 = 500;
/// Minutes from one change to the next.
const STEP: i64 = 7;

/// How large a world is: changes, and rows of evidence for each. Reads from `500x40`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    pub changes: u64,
    pub rows: u64,
}

impl FromStr for Scale {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not like 500x40");
        let (changes, rows) = text.split_once('x').ok_or_else(wrong)?;
        Ok(Self {
            changes: changes.parse().map_err(|_| wrong())?,
            rows: rows.parse().map_err(|_| wrong())?,
        })
    }
}

/// Kinds of evidence, in the order in which a change gets them.
#[derive(Clone, Copy)]
enum Row {
    Run,
    Job,
    Review,
    Status,
    Comment,
    Check,
}

const MIX: [Row; 10] = [
    Row::Run,
    Row::Job,
    Row::Review,
    Row::Status,
    Row::Comment,
    Row::Check,
    Row::Job,
    Row::Job,
    Row::Comment,
    Row::Status,
];
const JOBS: [&str; 6] = ["unit", "integration", "lint", "docs", "audit", "bench"];
const VERBS: [&str; 8] = [
    "Fix", "Add", "Drop", "Rename", "Test", "Explain", "Speed up", "Guard",
];
const THINGS: [&str; 9] = [
    "the capture path",
    "the refund ledger",
    "webhook retries",
    "the rate limiter",
    "currency rounding",
    "the charge index",
    "the console's table",
    "metrics",
    "an old migration",
];

/// Adds the changes of a scale to a world that has been told.
pub(super) fn enlarge(world: &mut World, git: &Git, scale: Scale) -> Result<(), DemoError> {
    let main = git.repository.refname_to_id("refs/heads/main")?;
    let commits = commits(git, main, scale)?;
    let mut numbers = world.last_run_number();
    for (at, commit) in (0..).zip(commits) {
        git.know_single(main, commit);
        let teller = Teller {
            scale,
            at,
            main,
            commit,
        };
        teller.tell(world, &mut numbers);
    }
    Ok(())
}

/// One change of the row, by its place, oldest first.
struct Teller {
    scale: Scale,
    at: u64,
    main: Oid,
    commit: Oid,
}

fn number(at: u64) -> u64 {
    FIRST + at
}

fn branch(at: u64) -> String {
    format!("change/{}", number(at))
}

fn is_open(scale: Scale, at: u64) -> bool {
    at + OPEN >= scale.changes
}

/// When a change was opened: the last of them on the eve of the story's last day.
fn opened(scale: Scale, at: u64) -> Time {
    let back = i64::try_from(scale.changes - at).unwrap_or_default();
    on(20, (0, 0)) - TimeDelta::minutes(back * STEP)
}

fn title(at: u64) -> String {
    let (verb, thing) = (pick(&VERBS, at * 5 + at / 8), pick(&THINGS, at * 7 + 3));
    format!("{verb} {thing} ({})", number(at))
}

fn pick<'a>(of: &[&'a str], at: u64) -> &'a str {
    let place = usize::try_from(at % of.len() as u64).unwrap_or_default();
    of.get(place).copied().unwrap_or_default()
}

/// Writes the commits of all changes into one pack, and their references beside it.
fn commits(git: &Git, main: Oid, scale: Scale) -> Result<Vec<Oid>, DemoError> {
    // A handle of its own, whose objects stay in memory until they are packed.
    let repository = Repository::open(git.repository.path())?;
    let odb = repository.odb()?;
    let memory = odb.add_new_mempack_backend(1000)?;
    let base = repository.find_commit(main)?;
    let tree = base.tree()?;
    let mut commits = Vec::new();
    for at in 0..scale.changes {
        let mut builder = repository.treebuilder(Some(&tree))?;
        let note = repository.blob(format!("{}\n", title(at)).as_bytes())?;
        builder.insert("CHANGE.md", note, 0o100_644)?;
        let tree = repository.find_tree(builder.write()?)?;
        let time = git2::Time::new(opened(scale, at).timestamp() - 60, 0);
        let who = Signature::new("Small Change", "change@acme.example", &time)?;
        commits.push(repository.commit(None, &who, &who, &title(at), &tree, &[&base])?);
    }
    let mut pack = git2::Buf::new();
    memory.dump(&repository, &mut pack)?;
    let written = git.repository.odb()?;
    let mut packed = written.packwriter()?;
    std::io::Write::write_all(&mut packed, &pack)?;
    packed.commit()?;
    drop(packed);
    written.refresh()?;
    references(git, scale, &commits)?;
    Ok(commits)
}

/// Writes the references into the file of packed ones, which no request has to look through.
fn references(git: &Git, scale: Scale, commits: &[Oid]) -> Result<(), DemoError> {
    let mut lines = Vec::new();
    for (at, commit) in (0..).zip(commits) {
        lines.push(format!("{commit} refs/pull/{}/head", number(at)));
        if is_open(scale, at) {
            lines.push(format!("{commit} refs/heads/{}", branch(at)));
        }
    }
    lines.sort_by(|one, other| one.get(41..).cmp(&other.get(41..)));
    let mut text = String::from("# pack-refs with: peeled fully-peeled sorted \n");
    for line in lines {
        let _ = writeln!(text, "{line}");
    }
    std::fs::write(git.repository.path().join("packed-refs"), text)?;
    Ok(())
}

impl Teller {
    fn tell(&self, world: &mut World, numbers: &mut u64) {
        let at = self.at;
        let opened = opened(self.scale, at);
        let people: Vec<String> = world.people();
        let person = |salt: u64| {
            let place = usize::try_from((at + salt) % people.len().max(1) as u64);
            let found = people.get(place.unwrap_or_default()).cloned();
            found.unwrap_or_default()
        };
        let author = match at % 5 {
            0 => COPILOT_LOGIN.to_owned(),
            1 => RENOVATE_LOGIN.to_owned(),
            2 => CLAUDE_LOGIN.to_owned(),
            _ => person(0),
        };
        let mut pull = Pull {
            number: number(at),
            id: world.next_id(),
            title: title(at),
            body: format!("A small change, the {at}th of its kind."),
            author: author.clone(),
            branch: branch(at),
            head: self.commit,
            base_branch: "main".to_owned(),
            base: self.main,
            created: opened,
            updated: opened,
            merged: None,
            closed: None,
            labels: if at % 5 < 3 {
                vec!["agent"]
            } else {
                Vec::new()
            },
            requested: Vec::new(),
            conflicts: false,
            behind: false,
            assignees: Vec::new(),
            closes: Vec::new(),
            reviews: Vec::new(),
            comments: Vec::new(),
            line_comments: Vec::new(),
            events: Vec::new(),
        };
        if is_open(self.scale, at) {
            if at.is_multiple_of(25) {
                pull.requested.push(world.viewer.clone());
            }
            let id = world.next_id();
            world.moves.push(Move {
                id,
                branch: branch(at),
                before: Oid::ZERO_SHA1,
                after: self.commit,
                kind: MoveKind::Creation,
                actor: author.clone(),
                at: opened,
            });
        }
        for row in 0..self.scale.rows {
            let place = usize::try_from(row).unwrap_or_default();
            let Some(kind) = MIX.get(place % MIX.len()) else {
                continue;
            };
            let time = opened + TimeDelta::seconds(i64::try_from(row).unwrap_or_default() + 1);
            pull.updated =
                pull.updated
                    .max(self.row(world, &mut pull, (*kind, row, time), &person, numbers));
        }
        self.end(world, &mut pull, person(2));
        world.pulls.push(pull);
    }

    /// Ends a change that is not among the newest: most were merged.
    fn end(&self, world: &mut World, pull: &mut Pull, by: String) {
        if is_open(self.scale, self.at) {
            return;
        }
        let at = pull.updated + TimeDelta::seconds(1);
        pull.updated = at;
        let mut event = |what| {
            pull.events.push(Event {
                id: world.next_id(),
                actor: by.clone(),
                at,
                what,
            });
        };
        if self.at % 9 == 4 {
            event(EventKind::Closed);
            pull.closed = Some(at);
        } else {
            event(EventKind::Merged(self.commit));
            event(EventKind::Closed);
            pull.merged = Some(Merge {
                at,
                by,
                commit: self.commit,
            });
        }
    }

    /// Adds one row of evidence; gives the time of update that it leaves.
    fn row(
        &self,
        world: &mut World,
        pull: &mut Pull,
        (kind, row, at): (Row, u64, Time),
        person: &dyn Fn(u64) -> String,
        numbers: &mut u64,
    ) -> Time {
        let (id, suite) = (world.next_id(), world.next_id());
        let fails = (self.at + row) % 7 == 6;
        let conclusion = if fails { "failure" } else { "success" };
        let ended = at + TimeDelta::seconds(30);
        match kind {
            Row::Run => {
                *numbers += 1;
                world.runs.push(Run {
                    id,
                    suite,
                    number: *numbers,
                    workflow: CI,
                    event: "pull_request",
                    branch: pull.branch.clone(),
                    head: self.commit,
                    title: pull.title.clone(),
                    pull: Some(pull.number),
                    actor: pull.author.clone(),
                    tries: vec![Try {
                        number: 1,
                        by: pull.author.clone(),
                        started: at,
                        finished: Some(ended),
                        conclusion: Some("success"),
                        jobs: Vec::new(),
                    }],
                    artifacts: Vec::new(),
                });
            }
            Row::Job => {
                let last = world.runs.last_mut();
                if let Some(of) = last.and_then(|run| run.tries.last_mut()) {
                    let name = pick(&JOBS, of.jobs.len() as u64);
                    if fails {
                        of.conclusion = Some("failure");
                    }
                    of.jobs.push(Job {
                        id,
                        name,
                        started: at,
                        finished: Some(ended),
                        conclusion: Some(conclusion),
                        steps: Vec::new(),
                        annotations: Vec::new(),
                        log: String::new(),
                    });
                }
            }
            Row::Review => {
                let state = match self.at % 4 {
                    0 => ReviewState::ChangesRequested,
                    1 => ReviewState::Commented,
                    _ => ReviewState::Approved,
                };
                pull.reviews.push(Review {
                    id,
                    author: person(1),
                    state,
                    body: "Seen.".to_owned(),
                    commit: self.commit,
                    submitted: at,
                });
                return at;
            }
            Row::Status => world.statuses.push(Status {
                id,
                commit: self.commit,
                state: conclusion.to_owned(),
                context: format!("size/{}", row / 10),
                description: None,
                target_url: None,
                creator: person(3),
                at,
            }),
            Row::Comment => {
                pull.comments.push(Comment {
                    id,
                    author: person(row),
                    body: format!("Remark {row} on {}.", pull.title),
                    created: at,
                    updated: at,
                    app: None,
                });
                return at;
            }
            Row::Check => world.app_checks.push(AppCheck {
                id,
                suite,
                app: SCANNING,
                name: "CodeQL",
                branch: pull.branch.clone(),
                head: self.commit,
                pull: Some(pull.number),
                conclusion,
                started: at,
                finished: ended,
                title: "Scan".to_owned(),
                summary: String::new(),
                annotations: Vec::new(),
            }),
        }
        pull.updated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_reads_from_text() {
        let scale = Scale {
            changes: 500,
            rows: 40,
        };
        assert_eq!("500x40".parse(), Ok(scale));
        assert!("500".parse::<Scale>().is_err());
        assert!("x".parse::<Scale>().is_err());
    }
}
