//! Where things stand in the lists of a world, so that no request looks through them all.

use std::collections::{BTreeSet, HashMap};

use git2::Oid;

use super::holdings::World;
use super::model::{Pull, Run, Time};

/// Numbers in the order of a time.
pub(crate) type Ordered = BTreeSet<(Time, u64)>;

/// Changes in the order of a time: the open, the ended, and all.
#[derive(Default)]
pub(crate) struct Orders {
    pub(crate) open: Ordered,
    pub(crate) ended: Ordered,
    pub(crate) all: Ordered,
}

impl Orders {
    /// The order for a state as REST names it (`open`, `closed`, `all`).
    pub(crate) fn of(&self, state: &str) -> &Ordered {
        match state {
            "open" => &self.open,
            "closed" => &self.ended,
            _ => &self.all,
        }
    }

    fn forget(&mut self, key: (Time, u64), is_open: bool) {
        self.all.remove(&key);
        let of_state = if is_open {
            &mut self.open
        } else {
            &mut self.ended
        };
        of_state.remove(&key);
    }

    fn learn(&mut self, key: (Time, u64), is_open: bool) {
        self.all.insert(key);
        let of_state = if is_open {
            &mut self.open
        } else {
            &mut self.ended
        };
        of_state.insert(key);
    }
}

/// Places in the lists, by what is asked for.
#[derive(Default)]
pub(crate) struct Index {
    pub(super) pulls: HashMap<u64, usize>,
    pub(super) pull_ids: HashMap<u64, usize>,
    pub(super) branches: HashMap<String, Vec<usize>>,
    /// Numbers of changes by the comments of their conversations.
    pub(super) comments: HashMap<u64, u64>,
    pub(crate) by_update: Orders,
    pub(crate) by_creation: Orders,
    pub(super) runs: HashMap<u64, usize>,
    pub(super) runs_by_head: HashMap<Oid, Vec<usize>>,
    pub(super) runs_by_branch: HashMap<String, Vec<usize>>,
    /// Ids of runs in the order in which they began.
    pub(crate) runs_by_start: Ordered,
    /// The last run number of each workflow.
    pub(super) run_numbers: HashMap<u64, u64>,
    pub(super) jobs: HashMap<u64, usize>,
    pub(super) artifacts: HashMap<u64, usize>,
    pub(super) checks: HashMap<u64, usize>,
    pub(super) checks_by_head: HashMap<Oid, Vec<usize>>,
    pub(super) statuses: HashMap<Oid, Vec<usize>>,
    pub(super) moves: HashMap<String, Vec<usize>>,
}

/// What it holds follows from the world, and its maps have no order.
impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index").finish_non_exhaustive()
    }
}

impl Index {
    pub(super) fn of(world: &World) -> Self {
        let mut index = Self::default();
        for (at, pull) in world.pulls.iter().enumerate() {
            index.pulls.insert(pull.number, at);
            index.pull_ids.insert(pull.id, at);
            index
                .branches
                .entry(pull.branch.clone())
                .or_default()
                .push(at);
            index.learn_pull(pull);
        }
        for (at, run) in world.runs.iter().enumerate() {
            index.learn_run(at, run);
        }
        for (at, check) in world.app_checks.iter().enumerate() {
            index.checks.insert(check.id, at);
            index.checks_by_head.entry(check.head).or_default().push(at);
        }
        for (at, status) in world.statuses.iter().enumerate() {
            index.statuses.entry(status.commit).or_default().push(at);
        }
        for (at, row) in world.moves.iter().enumerate() {
            index.moves.entry(row.branch.clone()).or_default().push(at);
        }
        index
    }

    pub(super) fn forget_pull(&mut self, pull: &Pull) {
        let is_open = pull.is_open();
        self.by_update.forget((pull.updated, pull.number), is_open);
        self.by_creation
            .forget((pull.created, pull.number), is_open);
    }

    pub(super) fn learn_pull(&mut self, pull: &Pull) {
        let is_open = pull.is_open();
        self.by_update.learn((pull.updated, pull.number), is_open);
        self.by_creation.learn((pull.created, pull.number), is_open);
        for comment in &pull.comments {
            self.comments.insert(comment.id, pull.number);
        }
    }

    pub(super) fn learn_run(&mut self, at: usize, run: &Run) {
        self.runs.insert(run.id, at);
        self.runs_by_head.entry(run.head).or_default().push(at);
        self.runs_by_branch
            .entry(run.branch.clone())
            .or_default()
            .push(at);
        if let Some(first) = run.tries.first() {
            self.runs_by_start.insert((first.started, run.id));
        }
        let last = self.run_numbers.entry(run.workflow.id).or_default();
        *last = run.number.max(*last);
        self.learn_parts(at, run);
    }

    /// Jobs and artifacts of a run.
    pub(super) fn learn_parts(&mut self, at: usize, run: &Run) {
        for of in &run.tries {
            for job in &of.jobs {
                self.jobs.insert(job.id, at);
            }
        }
        for artifact in &run.artifacts {
            self.artifacts.insert(artifact.id, at);
        }
    }
}
