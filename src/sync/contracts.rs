//! What base branches say of themselves: the contract file and the code owners, at their tips.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    by_api::{self, ByApiError},
    engine::{Engine, SyncError},
    index,
};
use crate::{
    forge::{ForgeError, Kind},
    formats::{contract, specs},
    model::{ContractFile, Hole, HoleKind, PartState, RepoPart, Rules, Sha},
    query::objects,
    repo::{Credentials, Local, RepoError, Shelf, Transfer},
    store::{Again, RepoRow},
};

/// Bytes of either file that are read.
const MAX_FILE: usize = 1 << 20;
/// Base branches that are followed.
const MAX_BRANCHES: usize = 20;
/// Name of the contract file.
pub const CONTRACT_FILE: &str = contract::FILE;
/// Where the forge looks for code owners, in its order.
const CODE_OWNERS: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// Reads both files at a commit.
fn read_at(local: &Local, commit: Sha) -> ContractFile {
    let text = local.file_at(&commit, CONTRACT_FILE, MAX_FILE);
    let is_there = text.is_none() && local.has_file(&commit, CONTRACT_FILE);
    ContractFile {
        unreadable: is_there.then(|| {
            format!("{CONTRACT_FILE} is there and cannot be read: it is larger than {} KiB, or no text in UTF-8", MAX_FILE >> 10)
        }),
        text,
        code_owners: CODE_OWNERS
            .iter()
            .find_map(|path| Some(((*path).to_owned(), local.file_at(&commit, path, MAX_FILE)?))),
        commit: Some(commit),
    }
}

/// What a contract file asks; nothing where there is none.
fn rules_of(contract: &ContractFile) -> Rules {
    let text = contract.text.as_deref().unwrap_or_default();
    contract::read(CONTRACT_FILE, text).0
}

impl Engine {
    /// Returns what is known of the base branches.
    fn known_bases(&self) -> BTreeMap<String, ContractFile> {
        self.records(RepoPart::Contract)
    }

    /// Tells whether some change would be merged into a branch that was never looked at.
    pub(super) fn has_new_base(&self) -> bool {
        let known = self.known_bases();
        self.bases().iter().any(|b| !known.contains_key(b))
    }

    /// Returns what the contract of a base branch asks, as far as it is known.
    pub(super) fn rules(&self, base: &str) -> Rules {
        self.known_bases()
            .get(base)
            .map(rules_of)
            .unwrap_or_default()
    }

    /// Returns the branches that open changes would be merged into, and the default branch.
    pub(super) fn bases(&self) -> BTreeSet<String> {
        let Ok(row) = self.row() else {
            return BTreeSet::new();
        };
        let mut bases: BTreeSet<String> = row.default_branch.into_iter().collect();
        bases.extend(self.cache.bases(row.id).unwrap_or_default());
        bases.into_iter().take(MAX_BRANCHES).collect()
    }

    /// Returns the address that redirects of the forge lead to; asked once.
    async fn git_address(&self, given: &str) -> Result<String, RepoError> {
        if let Some((known, leads_to)) = &self.memory().git_address
            && known == given
        {
            return Ok(leads_to.clone());
        }
        let leads_to = self.forge.git_address(given).await;
        let leads_to = leads_to.map_err(|error| RepoError::Fetch {
            url: given.to_owned(),
            what: error.why,
        })?;
        self.memory().git_address = Some((given.to_owned(), leads_to.clone()));
        Ok(leads_to)
    }

    /// Returns the transfer of this repository, where its address is known.
    pub(super) async fn transfer(&self, row: &RepoRow) -> Result<Option<Transfer>, RepoError> {
        let Some(url) = row.clone_url.clone() else {
            return Ok(None);
        };
        let url = self.git_address(&url).await?;
        // Wherever the forge says that its objects are.
        let is_own = self.forge.is_own(&url);
        let transfer = Transfer {
            git_dir: self.git_folder(),
            url,
            credentials: Credentials {
                token: self.forge.token().filter(|_| is_own).cloned(),
            },
            depth: row
                .size_kib
                .is_some_and(|size| size >= self.shallow_from)
                .then_some(self.depth),
        };
        if let Some(local) = &self.local_git {
            transfer.borrow_objects(local).await?;
        }
        Ok(Some(transfer))
    }

    /// Fetches the tips of the base branches and reads what they say.
    pub(super) async fn contracts(&self) -> Result<(), SyncError> {
        let part = RepoPart::Contract;
        let row = self.row()?;
        let failed = |why: String| PartState::Failed(Hole::new(HoleKind::Again, why));
        let branches: Vec<String> = self.bases().into_iter().collect();
        let transfer = match self.transfer(&row).await {
            Ok(Some(transfer)) if !branches.is_empty() => transfer,
            Ok(_) => {
                let why = failed("the address of the repository is not known".to_owned());
                return self.put_repo(part, why, 0, None, Vec::new());
            }
            Err(error) => {
                return self.put_repo(part, failed(error.to_string()), 0, None, Vec::new());
            }
        };
        let mut tips = BTreeMap::new();
        if let Err(by_git) = transfer.fetch_bases(&branches).await {
            // Where there is no room, there is none for what comes by the API.
            if matches!(by_git, RepoError::Unwritable { .. }) {
                return self.put_repo(part, failed(by_git.to_string()), 0, None, Vec::new());
            }
            match self.tips_by_api(&branches).await {
                Ok(found) => tips = found,
                Err(by_api) => {
                    let why = format!("{by_git}; nor by the API: {by_api}");
                    return self.put_repo(part, failed(why), 0, None, Vec::new());
                }
            }
        }
        let read = tokio::task::spawn_blocking(move || {
            let local = Local::open(&transfer.git_dir)?;
            // A branch that is gone is kept as one without any: it was looked for.
            let of = |branch: String| {
                let tip = tips.get(&branch).cloned();
                let tip = tip.or_else(|| local.base_tip(&branch).filter(|_| tips.is_empty()));
                let found = tip.map(|tip| read_at(&local, tip));
                (branch, found.unwrap_or_default())
            };
            let contracts: BTreeMap<_, _> = branches.into_iter().map(of).collect();
            let mut specs = Vec::new();
            for contract in contracts.values() {
                if let Some(tip) = &contract.commit {
                    let asked = specs::Asked::of(&rules_of(contract));
                    specs.extend(objects::specs_at(&transfer.git_dir, tip, &asked)?);
                }
            }
            Ok::<_, RepoError>((contracts, index::requirements(&specs)))
        });
        let (contracts, documents) = super::engine::joined(read.await)?;
        // No change has the number 0: these belong to the base branches.
        self.cache.index(row.id, 0, documents)?;
        let json =
            serde_json::to_string(&contracts).map_err(|e| SyncError::Record(e.to_string()))?;
        let before = self.known_bases();
        let known = self.known_part(part);
        // A sync that ended between a new contract and what it means for the changes.
        let unfinished =
            known.is_some_and(|p| p.again == Again::Next && p.state == PartState::Complete);
        let is_news = self.mark_changed(row.id, &before, &contracts)? || unfinished;
        let mut stored = self.part(part, PartState::Complete, contracts.len(), Some(json));
        if is_news {
            stored.again = Again::Next;
            let account = self.forge.account.clone();
            self.cache
                .put_repo_part(row.id, stored.clone(), Vec::new(), account)?;
            self.judge_all(&self.row()?, self.viewer().as_ref())?;
        }
        self.put_repo(
            part,
            PartState::Complete,
            contracts.len(),
            stored.records,
            Vec::new(),
        )
    }

    /// Tips of base branches by the API (`repos/get-commit`), with their trees and the files that
    /// matter here. Branches that are gone are passed over.
    async fn tips_by_api(&self, branches: &[String]) -> Result<BTreeMap<String, Sha>, ByApiError> {
        let mut tips = BTreeMap::new();
        for branch in branches {
            let wanted = self.forge.tip(&self.called(), branch);
            let read = match self.one(&wanted).await {
                Ok((read, ..)) => read,
                Err(error) if matches!(error.kind, Kind::NotFound | Kind::Refused) => continue,
                Err(error) => return Err(error.into()),
            };
            let tip = read.map_err(ForgeError::unread)?;
            let root = Some(&tip.tree);
            let folder = self.git_folder();
            let sizes = self.tree(&folder, &tip.commit, root).await?;
            let listed = Shelf::open(&folder)?.files(&tip.commit)?;
            let asked = |path: &str| {
                path == CONTRACT_FILE
                    || CODE_OWNERS.contains(&path)
                    || specs::Asked::default().format_of(path).is_some()
            };
            let wanted = listed.into_iter().filter(|(_, path)| asked(path));
            let wanted = wanted.map(|(blob, _)| (0, blob)).collect();
            let absent = by_api::absent(&folder, wanted)?;
            self.files(&folder, absent, &sizes).await?;
            tips.insert(branch.clone(), tip.commit);
        }
        Ok(tips)
    }

    /// What a project asks decides which specs and artifacts of a change are read: where that changed,
    /// changes are marked to be read again. Tells whether any contract changed at all, so that changes
    /// are judged again.
    fn mark_changed(
        &self,
        repo: i64,
        before: &BTreeMap<String, ContractFile>,
        after: &BTreeMap<String, ContractFile>,
    ) -> Result<bool, SyncError> {
        let changed = |(branch, contract): &(&String, &ContractFile)| {
            let old = before.get(*branch);
            old.is_some_and(|old| old.text != contract.text)
        };
        let changed: Vec<_> = after.iter().filter(changed).collect();
        let mut marks = Vec::new();
        for (branch, contract) in &changed {
            let reads = |c: &ContractFile| {
                let rules = rules_of(c);
                (rules.specs, rules.ids, rules.results)
            };
            if before.get(*branch).map(&reads) == Some(reads(contract)) {
                continue;
            }
            for row in self.cache.plan_rows(repo, &[])? {
                let change = self.cache.change(repo, row.number)?;
                if change.is_some_and(|c| c.pr.base_ref == **branch) {
                    marks.push((row.number, "contract".to_owned()));
                }
            }
        }
        self.cache.mark(repo, marks)?;
        Ok(!changed.is_empty())
    }
}
