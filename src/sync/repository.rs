//! The parts of a repository: what it demands, where it deploys, what its scanners and agents say.
//! Each begins with one conditional request; only where that brings something new are details asked.

use serde::{Serialize, de::DeserializeOwned};

use super::{
    engine::{Engine, Report, SyncError},
    fetch::{Paged, missed},
};
use crate::{
    forge::{ForgeError, Kind, List, One},
    model::{AgentTask, Deployment, Environment, Hole, HoleKind, PartState, RepoPart, Ruleset},
    store::{Again, CachedResponse, RepoPartRow},
};

/// Deployments whose statuses are read, newest first.
const MAX_DEPLOYMENTS: usize = 30;
/// Environments whose custom protection rules are read.
const MAX_ENVIRONMENTS: usize = 20;
/// Tasks whose sessions are read, newest first.
const MAX_TASKS: usize = 20;
/// Versions of a ruleset whose rules are read, newest first.
const MAX_VERSIONS: usize = 5;

/// Says what stays unknown where a part cannot be had.
pub fn unknown_without(part: RepoPart) -> &'static str {
    match part {
        RepoPart::BranchRules | RepoPart::Protection => {
            "which checks and approvals the forge requires"
        }
        RepoPart::Rulesets => "who changed the rules, and when",
        RepoPart::RuleSuites => "who bypassed the rules",
        RepoPart::Environments => "what guards the environments",
        RepoPart::Deployments => "what runs where",
        RepoPart::AgentTasks => "what agents were asked to do",
        RepoPart::AgentConfig => "what the forge's agent may do",
        RepoPart::Alerts => "what code scanning found",
        RepoPart::Secrets => "whether secrets leaked",
        RepoPart::Dependencies => "which dependencies are vulnerable",
        RepoPart::Releases => "which artifacts were released",
        RepoPart::Contract => "what this project asks of a change",
    }
}

/// What came of a part that may be switched off.
pub(super) enum Came<T> {
    /// Nothing new: what is cached holds.
    Same,
    New(Paged<T>),
}

/// What a 404 says of a thing that a repository may have.
pub(super) const NOT_SHOWN: &str =
    "the forge answers 404: it is switched off, or this token may not see it";

impl Engine {
    /// Returns the path that a part begins with; none for what git brings.
    pub(super) fn part_url(&self, part: RepoPart) -> Option<String> {
        let (repo, branch) = (self.called(), self.default_branch());
        self.forge.first_request(part, &repo, &branch)
    }

    /// Asks for one part of the repository.
    pub(super) async fn repo_part(&self, part: RepoPart) -> Result<(), SyncError> {
        let (forge, repo) = (&self.forge, self.called());
        match part {
            RepoPart::Contract => self.contracts().await,
            RepoPart::BranchRules | RepoPart::Protection => self.branch_demands(part).await,
            RepoPart::Rulesets => {
                let got = self.listed(part, forge.rulesets(&repo)).await;
                let got = self.detailed(got, |paged| self.rulesets(paged)).await;
                self.keep_repo(part, got)
            }
            RepoPart::Deployments => {
                let got = self.listed(part, forge.deployments(&repo)).await;
                let got = self.detailed(got, |paged| self.deployments(paged)).await;
                self.keep_repo(part, got)
            }
            RepoPart::AgentTasks => {
                let got = self.listed(part, forge.agent_tasks(&repo)).await;
                let got = self.detailed(got, |paged| self.agent_tasks(paged)).await;
                self.keep_repo(part, got)
            }
            RepoPart::RuleSuites => {
                let got = self.listed(part, forge.rule_suites(&repo)).await;
                self.keep_repo(part, got)
            }
            RepoPart::Environments => {
                let got = self.listed(part, forge.environments(&repo)).await;
                let got = self.detailed(got, |paged| self.gates(paged)).await;
                self.keep_repo(part, got)
            }
            RepoPart::Alerts => {
                let got = self.listed(part, forge.all_alerts(&repo)).await;
                self.keep_repo(part, got)
            }
            RepoPart::Secrets => {
                let got = self.listed(part, forge.secrets(&repo)).await;
                self.keep_repo(part, got)
            }
            RepoPart::Dependencies => {
                let got = self.listed(part, forge.dependency_alerts(&repo)).await;
                self.keep_repo(part, got)
            }
            RepoPart::Releases => {
                let got = self.listed(part, forge.releases(&repo)).await;
                self.keep_repo(part, got)
            }
            RepoPart::AgentConfig => {
                let got = self.single(part, forge.agent_config(&repo)).await;
                self.keep_repo(part, got)
            }
        }
    }

    /// Gets a list. Where its first page did not change, nor did what is kept of it.
    async fn listed<T>(&self, part: RepoPart, list: List<T>) -> Result<Came<T>, ForgeError> {
        let paged = self.pages(list).await?;
        let is_same = paged.fresh.is_empty() && paged.holes.is_empty() && self.is_whole(part);
        Ok(if is_same {
            Came::Same
        } else {
            Came::New(paged)
        })
    }

    /// Gets a single object.
    async fn single<T>(&self, part: RepoPart, one: One<T>) -> Result<Came<T>, ForgeError> {
        let (item, response, is_new) = self.one(&one).await?;
        if !is_new && self.is_whole(part) {
            return Ok(Came::Same);
        }
        let item = item.map_err(ForgeError::unread)?;
        Ok(Came::New(Paged {
            items: vec![item],
            fresh: vec![response],
            ..Paged::default()
        }))
    }

    /// Returns what is kept of a part.
    pub(super) fn known_part(&self, part: RepoPart) -> Option<RepoPartRow> {
        let row = self.row().ok()?;
        self.cache.repo_part(row.id, part).ok().flatten()
    }

    /// Tells whether a part was read to its end and nothing told that it moved. One that was refused
    /// since is read again, whatever is kept of it.
    fn is_whole(&self, part: RepoPart) -> bool {
        self.known_part(part).is_some_and(|p| {
            let read = matches!(p.state, PartState::Complete | PartState::Partial(_));
            read && p.again == Again::No && p.records.is_some()
        })
    }

    /// Asks for the details of what a list brought.
    async fn detailed<'a, T, F>(
        &'a self,
        got: Result<Came<T>, ForgeError>,
        fill: impl FnOnce(Paged<T>) -> F,
    ) -> Result<Came<T>, ForgeError>
    where
        F: Future<Output = Paged<T>> + 'a,
    {
        match got {
            Ok(Came::New(paged)) => Ok(Came::New(fill(paged).await)),
            other => other,
        }
    }

    async fn rulesets(&self, mut paged: Paged<Ruleset>) -> Paged<Ruleset> {
        let repo = self.called();
        for index in 0..paged.items.len() {
            let Some(id) = paged.items.get(index).map(|r| r.id) else {
                continue;
            };
            let whole = self.detail(self.forge.ruleset(&repo, id), &mut paged).await;
            let history = self.forge.ruleset_versions(&repo, id, MAX_VERSIONS);
            let mut versions = Vec::new();
            match self.pages_of_item(history).await {
                Ok(found) => {
                    versions = found.items;
                    paged.fresh.extend(found.fresh);
                    paged.problems.extend(found.problems);
                }
                Err(error) => {
                    let what = format!("history of ruleset {id}");
                    paged.holes.push(missed(&what, &error));
                }
            }
            versions.truncate(MAX_VERSIONS);
            for version in &mut versions {
                let wanted = self.forge.ruleset_version(&repo, id, version.id);
                let found = self.detail(wanted, &mut paged).await;
                version.demands = found.and_then(|v| v.demands);
            }
            if let Some(ruleset) = paged.items.get_mut(index) {
                if let Some(whole) = whole {
                    *ruleset = whole;
                }
                ruleset.versions = versions;
            }
        }
        paged
    }

    /// Gets one object that hangs on an item of a list; where it fails, the list says so.
    async fn detail<U, T>(&self, one: One<U>, paged: &mut Paged<T>) -> Option<U> {
        match self.one(&one).await {
            Ok((read, response, is_new)) => {
                paged.fresh.extend(is_new.then_some(response));
                read.map_err(|problem| paged.problems.push(problem)).ok()
            }
            Err(error) => {
                let what = one.address().rsplit('/').take(2).collect::<Vec<_>>();
                let what = what.into_iter().rev().collect::<Vec<_>>().join(" ");
                paged.holes.push(missed(&what, &error));
                self.cached_one(&one)
            }
        }
    }

    async fn deployments(&self, mut paged: Paged<Deployment>) -> Paged<Deployment> {
        let repo = self.called();
        let before: Vec<Deployment> = self.records(RepoPart::Deployments);
        for index in 0..paged.items.len().min(MAX_DEPLOYMENTS) {
            let Some(deployment) = paged.items.get(index) else {
                continue;
            };
            // A deployment that did not move has the statuses it had.
            let same = before
                .iter()
                .find(|d| d.id == deployment.id && d.updated_at == deployment.updated_at)
                .and_then(|d| d.statuses.clone());
            let statuses = if same.is_some() {
                same
            } else {
                let list = self.forge.deployment_statuses(&repo, deployment.id);
                match self.pages_of_item(list).await {
                    Ok(found) => {
                        paged.fresh.extend(found.fresh);
                        paged.problems.extend(found.problems);
                        Some(found.items)
                    }
                    Err(error) => {
                        paged.holes.push(missed("statuses of a deployment", &error));
                        None
                    }
                }
            };
            if let Some(deployment) = paged.items.get_mut(index) {
                deployment.statuses = statuses;
            }
        }
        let left_out = paged.items.len().saturating_sub(MAX_DEPLOYMENTS);
        if left_out > 0 {
            let what = format!("statuses of {left_out} older deployments were not read");
            paged.holes.push(Hole::new(HoleKind::LeftOut, what));
        }
        paged
    }

    /// Apps that must let a deployment through; they are listed apart from the other rules.
    async fn gates(&self, mut paged: Paged<Environment>) -> Paged<Environment> {
        for index in 0..paged.items.len().min(MAX_ENVIRONMENTS) {
            let Some(name) = paged.items.get(index).map(|e| e.name.clone()) else {
                continue;
            };
            let list = self.forge.gates(&self.called(), &name);
            match self.pages_of_item(list).await {
                Ok(found) => {
                    paged.fresh.extend(found.fresh);
                    paged.problems.extend(found.problems);
                    if let Some(environment) = paged.items.get_mut(index) {
                        environment.gates = found.items;
                    }
                }
                // Not every plan and server has them.
                Err(error) if error.kind == Kind::NotFound => {}
                Err(error) => {
                    let what = format!("protection rules of {name}");
                    paged.holes.push(missed(&what, &error));
                }
            }
        }
        let left_out = paged.items.len().saturating_sub(MAX_ENVIRONMENTS);
        if left_out > 0 {
            let what = format!("protection rules of {left_out} environments were not read");
            paged.holes.push(Hole::new(HoleKind::LeftOut, what));
        }
        paged
    }

    async fn agent_tasks(&self, mut paged: Paged<AgentTask>) -> Paged<AgentTask> {
        let before: Vec<AgentTask> = self.records(RepoPart::AgentTasks);
        for index in 0..paged.items.len().min(MAX_TASKS) {
            let Some(task) = paged.items.get(index) else {
                continue;
            };
            let same = before.iter().find(|t| {
                t.id == task.id && t.updated_at == task.updated_at && t.sessions.is_some()
            });
            let whole = if let Some(same) = same {
                Some(same.clone())
            } else {
                let wanted = self.forge.agent_task(&self.called(), &task.id);
                self.detail(wanted, &mut paged).await
            };
            if let (Some(task), Some(whole)) = (paged.items.get_mut(index), whole) {
                *task = whole;
            }
        }
        let left_out = paged.items.len().saturating_sub(MAX_TASKS);
        if left_out > 0 {
            let what = format!("sessions of {left_out} older tasks were not read");
            paged.holes.push(Hole::new(HoleKind::LeftOut, what));
        }
        paged
    }

    /// Returns the records that are kept of a part.
    pub(super) fn records<T: DeserializeOwned + Default>(&self, part: RepoPart) -> T {
        let json = self.known_part(part).and_then(|r| r.records);
        json.and_then(|j| serde_json::from_str(&j).ok())
            .unwrap_or_default()
    }

    /// Writes a part that was put together, where it is not as it was.
    pub(super) fn keep_listed_part<T: Serialize>(
        &self,
        part: RepoPart,
        is_same: bool,
        paged: Paged<T>,
    ) -> Result<(), SyncError> {
        let is_same = is_same && self.is_whole(part);
        let came = if is_same {
            Came::Same
        } else {
            Came::New(paged)
        };
        self.keep_repo(part, Ok(came))
    }

    /// Writes a part with the tags of the answers it came from.
    pub(super) fn keep_repo<T: Serialize>(
        &self,
        part: RepoPart,
        got: Result<Came<T>, ForgeError>,
    ) -> Result<(), SyncError> {
        let repo = self.row()?.id;
        match got {
            Ok(Came::Same) => Ok(self.cache.touch_repo_part(repo, part, self.now())?),
            Ok(Came::New(mut paged)) => {
                let state = self.state_of(&mut paged);
                if part == RepoPart::Alerts && self.refused_whole(part).is_some() {
                    // What was refused as a whole was not asked for of any change.
                    let open = self.cache.plan_rows(repo, &[])?.into_iter();
                    let marks = open.map(|c| (c.number, part.name().to_owned())).collect();
                    self.cache.mark(repo, marks)?;
                }
                let json = serde_json::to_string(&paged.items)
                    .map_err(|e| SyncError::Record(e.to_string()))?;
                let count = paged.items.len();
                self.put_repo(part, state, count, Some(json), paged.fresh)
            }
            // Switched off, or not for this token: the forge answers both in the same way.
            Err(error) if error.kind == Kind::NotFound => {
                let state = PartState::Absent(NOT_SHOWN.to_owned());
                self.put_repo(part, state, 0, None, Vec::new())
            }
            Err(error) => {
                let why = format!(
                    "{error}; {}; unknown without it: {}",
                    error.hint(),
                    unknown_without(part)
                );
                let kind = if error.is_for_good() {
                    HoleKind::Refused
                } else {
                    HoleKind::Again
                };
                let state = PartState::Failed(Hole::new(kind, why));
                self.put_repo(part, state, 0, None, Vec::new())
            }
        }
    }

    pub(super) fn put_repo(
        &self,
        part: RepoPart,
        state: PartState,
        count: usize,
        records: Option<String>,
        fresh: Vec<CachedResponse>,
    ) -> Result<(), SyncError> {
        let row = self.part(part, state.clone(), count, records);
        self.cache
            .put_repo_part(self.row()?.id, row, fresh, self.forge.account.clone())?;
        self.say(Report::RepoPart { part, state });
        Ok(())
    }
}
