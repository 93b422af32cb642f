//! The parts of a repository: what it demands, where it deploys, what its scanners and agents say.
//! Each begins with one conditional request; only where that brings something new are details asked.

use serde::{Serialize, de::DeserializeOwned};

use super::{
    engine::{Engine, Report, SyncError},
    fetch::{Paged, missed},
};
use crate::{
    forge::{
        ForgeError, Kind,
        wire::{
            self, AgentConfigWire, AgentTaskWire, AlertWire, DependencyAlertWire,
            DeploymentStatusWire, DeploymentWire, EnvironmentWire, GateWire, IntoModel,
            ReleaseWire, RuleSuiteWire, RulesetVersionWire, RulesetWire, SecretWire,
        },
    },
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

/// Returns the path that a part begins with; none for what git brings. `base` is
/// `/repos/owner/name`, `branch` the default branch as it stands in an address.
pub fn first_request(part: RepoPart, base: &str, branch: &str) -> Option<String> {
    let below = match part {
        RepoPart::Contract => return None,
        RepoPart::BranchRules => format!("/rules/branches/{branch}?per_page=100"),
        RepoPart::Protection => format!("/branches/{branch}"),
        RepoPart::Rulesets => "/rulesets?includes_parents=true&per_page=100".to_owned(),
        RepoPart::RuleSuites => "/rulesets/rule-suites?time_period=month&per_page=100".to_owned(),
        RepoPart::Environments => "/environments?per_page=100".to_owned(),
        RepoPart::Deployments => super::plan::Feed::Deployments.path().to_owned(),
        RepoPart::AgentConfig => "/copilot/cloud-agent/configuration".to_owned(),
        RepoPart::Alerts => {
            "/code-scanning/alerts?sort=updated&direction=desc&per_page=100".to_owned()
        }
        RepoPart::Secrets => {
            "/secret-scanning/alerts?hide_secret=true&sort=updated&per_page=100".to_owned()
        }
        RepoPart::Dependencies => "/dependabot/alerts?sort=updated&per_page=100".to_owned(),
        RepoPart::Releases => "/releases?per_page=30".to_owned(),
        RepoPart::AgentTasks => {
            return Some(format!(
                "/agents{base}/tasks?sort=updated_at&direction=desc&per_page=50"
            ));
        }
    };
    Some(format!("{base}{below}"))
}

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

impl Engine {
    /// Returns the path that a part begins with; none for what git brings.
    pub(super) fn part_url(&self, part: RepoPart) -> Option<String> {
        let branch = crate::forge::encode(&self.default_branch());
        first_request(part, &self.base(), &branch)
    }

    /// Asks for one part of the repository.
    pub(super) async fn repo_part(&self, part: RepoPart) -> Result<(), SyncError> {
        match part {
            RepoPart::Contract => self.contracts().await,
            RepoPart::BranchRules | RepoPart::Protection => self.branch_demands(part).await,
            RepoPart::Rulesets => {
                let got = self.listed::<RulesetWire>(part, None).await;
                let got = self.detailed(got, |paged| self.rulesets(paged)).await;
                self.keep_repo(part, got)
            }
            RepoPart::Deployments => {
                let got = self.listed::<DeploymentWire>(part, None).await;
                let got = self.detailed(got, |paged| self.deployments(paged)).await;
                self.keep_repo(part, got)
            }
            RepoPart::AgentTasks => {
                let got = self.listed::<AgentTaskWire>(part, Some("tasks")).await;
                let got = self.detailed(got, |paged| self.agent_tasks(paged)).await;
                self.keep_repo(part, got)
            }
            RepoPart::RuleSuites => {
                let got = self.listed::<RuleSuiteWire>(part, None).await;
                self.keep_repo(part, got)
            }
            RepoPart::Environments => {
                let got = self
                    .listed::<EnvironmentWire>(part, Some("environments"))
                    .await;
                let got = self.detailed(got, |paged| self.gates(paged)).await;
                self.keep_repo(part, got)
            }
            RepoPart::Alerts => {
                let got = self.listed::<AlertWire>(part, None).await;
                self.keep_repo(part, got)
            }
            RepoPart::Secrets => {
                let got = self.listed::<SecretWire>(part, None).await;
                self.keep_repo(part, got)
            }
            RepoPart::Dependencies => {
                let got = self.listed::<DependencyAlertWire>(part, None).await;
                self.keep_repo(part, got)
            }
            RepoPart::Releases => {
                let got = self.listed::<ReleaseWire>(part, None).await;
                self.keep_repo(part, got)
            }
            RepoPart::AgentConfig => {
                let got = self.single::<AgentConfigWire>(part).await;
                self.keep_repo(part, got)
            }
        }
    }

    /// Gets a list. Where its first page did not change, nor did what is kept of it.
    async fn listed<W>(
        &self,
        part: RepoPart,
        key: Option<&str>,
    ) -> Result<Came<W::Model>, ForgeError>
    where
        W: DeserializeOwned + IntoModel,
    {
        let url = self.part_url(part).unwrap_or_default();
        let paged = self.pages::<W>(&url, key).await?;
        let is_same = paged.fresh.is_empty() && paged.holes.is_empty() && self.is_whole(part);
        Ok(if is_same {
            Came::Same
        } else {
            Came::New(paged)
        })
    }

    /// Gets a single object.
    async fn single<W>(&self, part: RepoPart) -> Result<Came<W::Model>, ForgeError>
    where
        W: DeserializeOwned + IntoModel,
    {
        let url = self.part_url(part).unwrap_or_default();
        let (response, is_new) = self.page(&url).await?;
        if !is_new && self.is_whole(part) {
            return Ok(Came::Same);
        }
        let item = wire::decode_one::<W>(&url, &response.body)
            .map_err(|p| ForgeError::new(Kind::Malformed, p.place, p.what))?;
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
        let base = self.base();
        for index in 0..paged.items.len() {
            let Some(id) = paged.items.get(index).map(|r| r.id) else {
                continue;
            };
            let url = format!("{base}/rulesets/{id}");
            let whole = self.detail::<RulesetWire, _>(&url, &mut paged).await;
            let history = format!("{url}/history?per_page={MAX_VERSIONS}");
            let mut versions = Vec::new();
            match self
                .pages_of_item::<RulesetVersionWire>(&history, None)
                .await
            {
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
                let url = format!("{url}/history/{}", version.id);
                let found = self.detail::<RulesetVersionWire, _>(&url, &mut paged).await;
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
    async fn detail<W, T>(&self, url: &str, paged: &mut Paged<T>) -> Option<W::Model>
    where
        W: DeserializeOwned + IntoModel,
    {
        let mut keep = |response: CachedResponse, is_new: bool| {
            let read = wire::decode_one::<W>(url, &response.body);
            paged.fresh.extend(is_new.then_some(response));
            read.map_err(|problem| paged.problems.push(problem)).ok()
        };
        match self.page(url).await {
            Ok((response, is_new)) => keep(response, is_new),
            Err(error) => {
                let before = self.cached(url).and_then(|r| keep(r, false));
                let what = url.rsplit('/').take(2).collect::<Vec<_>>();
                let what = what.into_iter().rev().collect::<Vec<_>>().join(" ");
                paged.holes.push(missed(&what, &error));
                before
            }
        }
    }

    async fn deployments(&self, mut paged: Paged<Deployment>) -> Paged<Deployment> {
        let base = self.base();
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
                let url = format!("{base}/deployments/{}/statuses?per_page=100", deployment.id);
                match self.pages_of_item::<DeploymentStatusWire>(&url, None).await {
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
            let name = crate::forge::encode(&name).replace('/', "%2F");
            let base = self.base();
            let url = format!("{base}/environments/{name}/deployment_protection_rules");
            let key = Some("custom_deployment_protection_rules");
            match self.pages_of_item::<GateWire>(&url, key).await {
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
                let url = format!("/agents{}/tasks/{}", self.base(), task.id);
                self.detail::<AgentTaskWire, _>(&url, &mut paged).await
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
                let why = "the forge answers 404: it is switched off, or this token may not see it";
                self.put_repo(part, PartState::Absent(why.to_owned()), 0, None, Vec::new())
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
