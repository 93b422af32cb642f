//! Git objects by the API, where git cannot bring them: it is not installed, it is kept from the
//! forge, or a commit is gone from its branches. Trees come whole, files as far as they may matter;
//! all of it is checked by its id and lies where git would have put it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use futures::{StreamExt as _, stream};

use super::{engine::Engine, fetch::IN_FLIGHT};
use crate::{
    forge::{ForgeError, Kind},
    formats::{source, specs},
    model::{Comparison, Sha},
    query::objects::Told,
    repo::{ListedFile, RepoError, Shelf},
};

/// Files of one change that are fetched.
const MAX_FILES: usize = 400;
/// Bytes of one file that is fetched.
const MAX_FILE: u64 = 1 << 20;
/// Of the budget, the share that is left alone: one in so many.
const RESERVE: u64 = 5;

/// Why it did not work.
#[derive(Debug, thiserror::Error)]
pub(super) enum ByApiError {
    #[error(transparent)]
    Forge(#[from] ForgeError),
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// A file that may matter, and how much: the lowest comes first.
pub(super) type Wanted = (u8, Sha);

impl Engine {
    /// Brings the trees of all heads, of the merge base, and the files that may matter.
    pub(super) async fn objects_by_api(
        &self,
        folder: &Path,
        heads: &[Sha],
        base: &Sha,
        asked: &specs::Asked,
    ) -> Result<Told, ByApiError> {
        let mut told = Told::default();
        let (Some(first), Some(last)) = (heads.first(), heads.last()) else {
            return Ok(told);
        };
        let mut pairs: BTreeSet<(Sha, Sha)> = BTreeSet::new();
        pairs.insert((base.clone(), first.clone()));
        pairs.insert((base.clone(), last.clone()));
        for pair in heads.windows(2) {
            if let [from, to] = pair {
                pairs.insert((from.clone(), to.clone()));
            }
        }
        let compared: Vec<_> = stream::iter(pairs)
            .map(|pair| async move { (self.compare(&pair).await, pair) })
            .buffered(IN_FLIGHT)
            .collect()
            .await;
        for (comparison, pair) in compared {
            told.steps.insert(pair, comparison?);
        }
        let base_of = |head: &Sha| {
            let step = told.steps.get(&(base.clone(), head.clone()))?;
            step.merge_base.clone()
        };
        (told.merge_base, told.first_base) = (base_of(last), base_of(first));
        let trees: BTreeMap<Sha, Sha> = told
            .steps
            .values()
            .flat_map(|step| step.trees.iter().cloned())
            .collect();
        let mut commits: Vec<Sha> = heads.to_vec();
        commits.extend(told.merge_base.clone());
        commits.extend(told.first_base.clone());
        commits.sort();
        commits.dedup();
        let mut sizes = BTreeMap::new();
        for commit in &commits {
            sizes.extend(self.tree(folder, commit, trees.get(commit)).await?);
        }
        let absent = absent(folder, wanted(folder, &commits, asked)?)?;
        // What was left out before is of trees that were listed then: sizes are told by the list only.
        if absent.iter().any(|blob| !sizes.contains_key(blob)) {
            for commit in &commits {
                let (_, rows) = self.listing(commit, trees.get(commit)).await?;
                sizes.extend(sizes_of(rows));
            }
        }
        told.left_out = self.files(folder, absent, &sizes).await?;
        Ok(told)
    }

    /// Returns the folder of the repository of our own.
    pub(super) fn git_folder(&self) -> PathBuf {
        crate::repo::Transfer::folder(&self.folders.cache, &self.repo)
    }

    async fn compare(&self, (from, to): &(Sha, Sha)) -> Result<Comparison, ForgeError> {
        let wanted = self.forge.comparison(&self.called(), (from, to));
        let (read, ..) = self.one(&wanted).await?;
        read.map_err(ForgeError::unread)
    }

    /// Brings the tree of a commit, unless it is here; returns the sizes of its files.
    pub(super) async fn tree(
        &self,
        folder: &Path,
        commit: &Sha,
        root: Option<&Sha>,
    ) -> Result<BTreeMap<Sha, u64>, ByApiError> {
        if on_shelf(folder, |shelf| Ok(shelf.has_tree(commit)))? {
            return Ok(BTreeMap::new());
        }
        let (root, rows) = self.listing(commit, root).await?;
        on_shelf(folder, |shelf| shelf.put_tree(commit, &root, &rows))?;
        Ok(sizes_of(rows))
    }

    /// Lists all that lies in the tree of a commit.
    async fn listing(
        &self,
        commit: &Sha,
        root: Option<&Sha>,
    ) -> Result<(Sha, Vec<ListedFile>), ByApiError> {
        let repo = self.called();
        let root = if let Some(root) = root {
            root.clone()
        } else {
            let wanted = self.forge.tree_of(&repo, commit);
            self.one(&wanted).await?.0.map_err(ForgeError::unread)?
        };
        let wanted = self.forge.tree(&repo, &root);
        // It is kept as git's own object; as an answer it would lie here twice.
        let response = self.page_anew(wanted.address()).await?;
        let tree = wanted.read(&response.body).map_err(ForgeError::unread)?;
        if tree.truncated {
            let why = "the forge lists only a part of so large a tree; install git";
            let what = format!("GET {}", wanted.address());
            return Err(ForgeError::new(Kind::Refused, what, why).into());
        }
        let rows: Vec<ListedFile> = tree
            .rows
            .into_iter()
            .map(|row| ListedFile {
                path: row.path,
                mode: row.mode,
                id: row.id,
                size: row.size,
            })
            .collect();
        Ok((root, rows))
    }

    /// Brings files, the first first; returns how many were left out.
    pub(super) async fn files(
        &self,
        folder: &Path,
        mut absent: Vec<Sha>,
        sizes: &BTreeMap<Sha, u64>,
    ) -> Result<usize, ByApiError> {
        let all = absent.len();
        absent.retain(|blob| sizes.get(blob).is_none_or(|size| *size <= MAX_FILE));
        let budget = self.forge.budget();
        let spare = budget.remaining.map_or(MAX_FILES, |left| {
            let kept = budget.limit.unwrap_or(0) / RESERVE;
            usize::try_from(left.saturating_sub(kept)).unwrap_or(MAX_FILES)
        });
        absent.truncate(MAX_FILES.min(spare));
        let mut left_out = all - absent.len();
        let mut asked = stream::iter(absent)
            .map(|blob| async move { (self.forge.blob(&self.called(), &blob).await, blob) })
            .buffered(IN_FLIGHT);
        while let Some((got, blob)) = asked.next().await {
            match got {
                Ok(bytes) => on_shelf(folder, |shelf| shelf.put_file(&blob, &bytes))?,
                Err(error) if error.kind == Kind::RateLimited => return Err(error.into()),
                Err(_) => left_out += 1,
            }
        }
        Ok(left_out)
    }
}

fn sizes_of(rows: Vec<ListedFile>) -> BTreeMap<Sha, u64> {
    let blobs = rows.into_iter().filter(ListedFile::is_blob);
    blobs.map(|row| (row.id, row.size)).collect()
}

/// Files that are not here yet, those that matter most first.
pub(super) fn absent(folder: &Path, wanted: BTreeSet<Wanted>) -> Result<Vec<Sha>, RepoError> {
    let mut seen = BTreeSet::new();
    on_shelf(folder, |shelf| {
        let blobs = wanted.into_iter().map(|(_, blob)| blob);
        let new = blobs.filter(|b| !shelf.has_file(b) && seen.insert(b.clone()));
        Ok(new.collect())
    })
}

/// Does something with the repository, which must not be held while something is waited for.
fn on_shelf<T>(
    folder: &Path,
    work: impl FnOnce(&Shelf) -> Result<T, RepoError>,
) -> Result<T, RepoError> {
    work(&Shelf::open(folder)?)
}

/// Files that may matter at some commits: what differs between them, specs, tests, other sources.
fn wanted(
    folder: &Path,
    commits: &[Sha],
    asked: &specs::Asked,
) -> Result<BTreeSet<Wanted>, RepoError> {
    let shelf = Shelf::open(folder)?;
    let mut at: BTreeMap<String, (BTreeSet<Sha>, usize)> = BTreeMap::new();
    for commit in commits {
        for (blob, path) in shelf.files(commit)? {
            let (blobs, commits) = at.entry(path).or_default();
            blobs.insert(blob);
            *commits += 1;
        }
    }
    let mut wanted = BTreeSet::new();
    for (path, (blobs, with)) in &at {
        let rank = if blobs.len() > 1 || *with < commits.len() {
            0
        } else if asked.format_of(path).is_some() {
            1
        } else if source::kind_of(path) == source::FileKind::Test {
            2
        } else if source::is_source(path) {
            3
        } else {
            continue;
        };
        wanted.extend(blobs.iter().map(|blob| (rank, blob.clone())));
    }
    Ok(wanted)
}
