//! Everything that one world holds, and the ways to find and change it.
//!
//! While the story is told the lists are filled directly. Then [`World::make_index`] is called, and
//! from there on changes, runs, moves and statuses are changed only through the functions here,
//! which keep the index true.

use git2::Oid;

use super::index::Index;
use super::model::{Account, Alert, AppCheck, Issue, Move, Pull, Run, Status, Time, Workflow};
use super::records::{
    AgentTask, Analysis, Attestation, DependencyAlert, Deployment, Environment, Gate, Release,
    RuleSuite, RulesetVersion, SecretAlert,
};

/// The people, apps, changes and results of one world.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) owner: String,
    pub(crate) name: String,
    /// Owner and name that the repository once had.
    pub(crate) former: Vec<(String, String)>,
    pub(crate) repository_id: u64,
    /// Login of the account that the default token belongs to.
    pub(crate) viewer: String,
    /// When the story is looked at.
    pub(crate) now: Time,
    pub(crate) access: Access,
    pub(crate) accounts: Vec<Account>,
    pub(crate) pulls: Vec<Pull>,
    pub(crate) issues: Vec<Issue>,
    pub(crate) moves: Vec<Move>,
    pub(crate) runs: Vec<Run>,
    pub(crate) app_checks: Vec<AppCheck>,
    pub(crate) statuses: Vec<Status>,
    pub(crate) alerts: Vec<Alert>,
    /// Versions of the only ruleset, oldest first.
    pub(crate) ruleset: Vec<RulesetVersion>,
    pub(crate) rule_suites: Vec<RuleSuite>,
    pub(crate) environments: Vec<Environment>,
    pub(crate) gates: Vec<Gate>,
    pub(crate) deployments: Vec<Deployment>,
    pub(crate) releases: Vec<Release>,
    pub(crate) attestations: Vec<Attestation>,
    pub(crate) analyses: Vec<Analysis>,
    pub(crate) secrets: Vec<SecretAlert>,
    pub(crate) dependency_alerts: Vec<DependencyAlert>,
    pub(crate) agent_tasks: Vec<AgentTask>,
    /// The last numeric id that was given out.
    pub(crate) last_id: u64,
    pub(super) index: Option<Box<Index>>,
}

/// What was taken away from those who ask.
#[derive(Debug, Default)]
pub(crate) struct Access {
    /// Beginnings of names of operations that are refused.
    pub(crate) denied: Vec<String>,
    /// Whether the repository is not found by anyone.
    pub(crate) hidden: bool,
    /// Whether the organisation asks for single sign-on.
    pub(crate) sso: bool,
    /// Logins whose tokens are good no more.
    pub(crate) revoked: Vec<String>,
}

impl Access {
    pub(crate) fn denies(&self, operation: &str) -> bool {
        let mut denied = self.denied.iter();
        denied.any(|beginning| operation.starts_with(beginning.as_str()))
    }
}

impl World {
    /// A numeric id that nothing else has.
    pub(crate) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Ends the telling: what was told can be found quickly from now on.
    pub(crate) fn make_index(&mut self) {
        self.index = Some(Box::new(Index::of(self)));
    }

    /// What finds things quickly; none while the story is told.
    pub(crate) fn index(&self) -> Option<&Index> {
        self.index.as_deref()
    }

    /// Logins of those who have a token.
    pub(super) fn people(&self) -> Vec<String> {
        let people = self
            .accounts
            .iter()
            .filter(|account| account.token.is_some());
        people.map(|account| account.login.clone()).collect()
    }

    /// The highest number of a run, while the story is told.
    pub(super) fn last_run_number(&self) -> u64 {
        let numbers = self.runs.iter().map(|run| run.number);
        numbers.max().unwrap_or_default()
    }

    pub(crate) fn account(&self, login: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.login == login)
    }

    pub(crate) fn pull(&self, number: u64) -> Option<&Pull> {
        match &self.index {
            Some(index) => self.pulls.get(*index.pulls.get(&number)?),
            None => self.pulls.iter().find(|pull| pull.number == number),
        }
    }

    /// A change by its id.
    pub(crate) fn pull_by_id(&self, id: u64) -> Option<&Pull> {
        match &self.index {
            Some(index) => self.pulls.get(*index.pull_ids.get(&id)?),
            None => self.pulls.iter().find(|pull| pull.id == id),
        }
    }

    /// A change, while the story is told.
    pub(super) fn told_pull(&mut self, number: u64) -> Option<&mut Pull> {
        self.pulls.iter_mut().find(|pull| pull.number == number)
    }

    /// Changes a change; none where there is none of the number.
    pub(crate) fn edit_pull<T>(
        &mut self,
        number: u64,
        edit: impl FnOnce(&mut Pull) -> T,
    ) -> Option<T> {
        let at = match &self.index {
            Some(index) => *index.pulls.get(&number)?,
            None => self.pulls.iter().position(|pull| pull.number == number)?,
        };
        let pull = self.pulls.get_mut(at)?;
        if let Some(index) = &mut self.index {
            index.forget_pull(pull);
        }
        let result = edit(pull);
        if let Some(index) = &mut self.index {
            index.learn_pull(pull);
        }
        Some(result)
    }

    /// Changes from a branch, oldest first.
    pub(crate) fn pulls_from(&self, branch: &str) -> Vec<&Pull> {
        if let Some(index) = &self.index {
            let places = index.branches.get(branch).into_iter().flatten();
            return places.filter_map(|at| self.pulls.get(*at)).collect();
        }
        let pulls = self.pulls.iter();
        pulls.filter(|pull| pull.branch == branch).collect()
    }

    /// Numbers of the open changes from a branch.
    pub(crate) fn open_from(&self, branch: &str) -> Vec<u64> {
        let pulls = self.pulls_from(branch).into_iter();
        pulls
            .filter(|pull| pull.is_open())
            .map(|pull| pull.number)
            .collect()
    }

    /// Number of what a comment of the conversation stands in.
    pub(crate) fn number_of_comment(&self, id: u64) -> Option<u64> {
        let holds =
            |comments: &[super::model::Comment]| comments.iter().any(|known| known.id == id);
        let mut issues = self.issues.iter();
        if let Some(issue) = issues.find(|issue| holds(&issue.comments)) {
            return Some(issue.number);
        }
        let number = self.index.as_ref()?.comments.get(&id)?;
        self.pull(*number)
            .filter(|pull| holds(&pull.comments))
            .map(|pull| pull.number)
    }

    /// Checks that the ruleset demands before a merge.
    pub(crate) fn required_checks(&self) -> &[String] {
        let active = self.ruleset.last();
        active
            .filter(|version| version.enforcement == "active")
            .map_or(&[], |version| &version.required)
    }

    pub(crate) fn run(&self, id: u64) -> Option<&Run> {
        match &self.index {
            Some(index) => self.runs.get(*index.runs.get(&id)?),
            None => self.runs.iter().find(|run| run.id == id),
        }
    }

    /// The run that a job belongs to.
    pub(crate) fn run_of_job(&self, job: u64) -> Option<&Run> {
        self.runs.get(*self.index.as_ref()?.jobs.get(&job)?)
    }

    /// The run that left an artifact.
    pub(crate) fn run_of_artifact(&self, artifact: u64) -> Option<&Run> {
        self.runs
            .get(*self.index.as_ref()?.artifacts.get(&artifact)?)
    }

    /// Runs of a commit, oldest first.
    pub(crate) fn runs_of(&self, head: Oid) -> impl Iterator<Item = &Run> {
        let places = self
            .index
            .iter()
            .filter_map(move |index| index.runs_by_head.get(&head));
        places.flatten().filter_map(|at| self.runs.get(*at))
    }

    /// Runs of a branch, oldest first.
    pub(crate) fn runs_on(&self, branch: &str) -> impl Iterator<Item = &Run> {
        let places = self
            .index
            .iter()
            .filter_map(|index| index.runs_by_branch.get(branch));
        let places: Vec<usize> = places.flatten().copied().collect();
        places.into_iter().filter_map(|at| self.runs.get(at))
    }

    /// Check runs of apps at a commit.
    pub(crate) fn app_checks_of(&self, head: Oid) -> impl Iterator<Item = &AppCheck> {
        let places = self
            .index
            .iter()
            .filter_map(move |index| index.checks_by_head.get(&head));
        places.flatten().filter_map(|at| self.app_checks.get(*at))
    }

    pub(crate) fn app_check(&self, id: u64) -> Option<&AppCheck> {
        self.app_checks.get(*self.index.as_ref()?.checks.get(&id)?)
    }

    /// Statuses of a commit, oldest first.
    pub(crate) fn statuses_of(&self, commit: Oid) -> impl DoubleEndedIterator<Item = &Status> {
        let places = self
            .index
            .as_ref()
            .and_then(|index| index.statuses.get(&commit));
        let places = places.map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|at| self.statuses.get(*at))
    }

    /// Moves of a branch, oldest first.
    pub(crate) fn moves_of(&self, branch: &str) -> impl Iterator<Item = &Move> {
        let places = self
            .index
            .as_ref()
            .and_then(|index| index.moves.get(branch));
        let places = places.map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|at| self.moves.get(*at))
    }

    /// The number that the next run of a workflow gets.
    pub(crate) fn next_run_number(&self, workflow: Workflow) -> u64 {
        let last = match &self.index {
            Some(index) => index.run_numbers.get(&workflow.id).copied(),
            None => None,
        };
        last.unwrap_or_default() + 1
    }

    pub(crate) fn add_run(&mut self, run: Run) {
        if let Some(index) = &mut self.index {
            index.learn_run(self.runs.len(), &run);
        }
        self.runs.push(run);
    }

    /// Changes a run; none where there is none of the id.
    pub(crate) fn edit_run<T>(&mut self, id: u64, edit: impl FnOnce(&mut Run) -> T) -> Option<T> {
        let at = *self.index.as_ref()?.runs.get(&id)?;
        let run = self.runs.get_mut(at)?;
        let result = edit(run);
        if let Some(index) = &mut self.index {
            index.learn_parts(at, run);
        }
        Some(result)
    }

    pub(crate) fn add_move(&mut self, row: Move) {
        if let Some(index) = &mut self.index {
            let places = index.moves.entry(row.branch.clone()).or_default();
            places.push(self.moves.len());
        }
        self.moves.push(row);
    }

    pub(crate) fn add_status(&mut self, status: Status) {
        if let Some(index) = &mut self.index {
            let places = index.statuses.entry(status.commit).or_default();
            places.push(self.statuses.len());
        }
        self.statuses.push(status);
    }
}
