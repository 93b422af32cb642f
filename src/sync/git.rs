//! What git says of a change: its heads are fetched and read. Where git cannot bring them, the API
//! does, as far as it can.

use super::engine::{Engine, Report, SyncError};
use crate::{
    formats::specs,
    model::{GitFacts, Hole, HoleKind, PartName, PartState, PrNumber, Problem, PullRequest, Sha},
    query::objects::{self, Told},
    repo::{Local, RepoError, Transfer},
    store::RepoRow,
};

/// How deep heads are fetched, step by step, to find a merge base.
const DEEPER: [u32; 3] = [250, 1_250, 6_250];

impl Engine {
    /// Fetches the heads and reads what git says of them, unless that is already here.
    pub(super) async fn git(
        &self,
        row: &RepoRow,
        number: PrNumber,
        heads: &[Sha],
        pr: &PullRequest,
        hole: Option<Hole>,
    ) -> Result<(), SyncError> {
        let at = (row.id, number);
        let failed = |why: String| PartState::Failed(Hole::new(HoleKind::Again, why));
        let mut shas = heads.to_vec();
        shas.push(pr.base_sha.clone());
        let fetched = self.fetch(row, &shas, pr, heads).await;
        let folder = self.git_folder();
        let lacking = match &fetched {
            Ok(missing) => missing.clone(),
            Err(_) => shas.clone(),
        };
        let asked = specs::Asked::of(&self.rules(&pr.base_ref));
        let told = if lacking.is_empty() {
            Ok(None)
        } else if let Err(error @ RepoError::Unwritable { .. }) = fetched {
            // Where there is no room, there is none for what comes by the API.
            return self.absent(at, PartName::Git, failed(error.to_string()));
        } else {
            let told = self.objects_by_api(&folder, heads, &pr.base_sha, &asked);
            told.await.map(Some)
        };
        // Where neither way leads anywhere, both say why; where only some commits are gone, the rest
        // is read.
        let told = match (told, &fetched) {
            (Ok(told), _) => told,
            (Err(_), Ok(_)) => None,
            (Err(by_api), Err(by_git)) => {
                let why = format!("{by_git}; nor by the API: {by_api}");
                return self.absent(at, PartName::Git, failed(why));
            }
        };
        let left_out = told.as_ref().map_or(0, |t| t.left_out);
        let (before, _): (GitFacts, Vec<Problem>) = self.kept(at, PartName::Git)?;
        match self.read(heads, pr, asked, told, Some(before)).await? {
            Ok(objects::Read {
                facts,
                mut problems,
                blobs,
                unread,
            }) => {
                self.say(Report::Objects { number, blobs });
                if let Err(error) = &fetched {
                    let what = format!("trees and files came over the API, since {error}");
                    problems.push(Problem::warning(PartName::Git.name(), what));
                }
                let mut holes = Vec::new();
                if !facts.missing.is_empty() {
                    let gone = facts.missing.len();
                    let what = format!("{gone} heads are gone from the forge");
                    holes.push(Hole::new(HoleKind::History, what));
                }
                if left_out > 0 {
                    let why = match &fetched {
                        Err(error) => format!(" by the API ({error})"),
                        Ok(_) => " by the API".to_owned(),
                    };
                    let what = format!("{left_out} items could not be read{why}");
                    holes.push(Hole::new(HoleKind::Unread, what));
                }
                holes.extend(unread);
                holes.extend(hole);
                let state = PartState::of(holes);
                let records = Some(&(facts.without_kept(), problems));
                self.write(at, PartName::Git, state, heads.len(), records, Vec::new())
            }
            Err(error) => self.absent(at, PartName::Git, failed(error.to_string())),
        }
    }

    /// Fetches commits by git; returns those that could not be had.
    async fn fetch(
        &self,
        row: &RepoRow,
        shas: &[Sha],
        pr: &PullRequest,
        heads: &[Sha],
    ) -> Result<Vec<Sha>, RepoError> {
        let Some(transfer) = self.transfer(row).await? else {
            let what = "the address of the repository is not known; sync again".to_owned();
            return Err(RepoError::Strange { what });
        };
        let missing = self.fetch_together(&transfer, shas.iter().cloned()).await?;
        self.deepen(&transfer, &pr.base_sha, heads).await;
        Ok(missing)
    }

    /// Fetches commits; returns those that could not be had. What others want meanwhile comes with the
    /// next call, whoever makes it.
    pub(super) async fn fetch_together(
        &self,
        transfer: &Transfer,
        shas: impl IntoIterator<Item = Sha>,
    ) -> Result<Vec<Sha>, RepoError> {
        let own: Vec<Sha> = shas.into_iter().collect();
        self.under_way.want(&own);
        let _turn = self.under_way.fetching.lock().await;
        let all = self.under_way.take_wanted();
        if all.len() > own.len() {
            // Who wanted them asks again, and is told what became of them.
            let _ = transfer.fetch(&all).await;
        }
        transfer.fetch(&own).await
    }

    async fn read(
        &self,
        heads: &[Sha],
        pr: &PullRequest,
        asked: specs::Asked,
        told: Option<Told>,
        before: Option<GitFacts>,
    ) -> Result<Result<objects::Read, RepoError>, SyncError> {
        let wanted = objects::Wanted {
            heads: heads.to_vec(),
            base: pr.base_sha.clone(),
            asked,
            told: told.unwrap_or_default(),
            before,
        };
        let (folder, cache, now) = (self.git_folder(), self.cache.clone(), self.now());
        let read = move || objects::read_facts(&folder, &wanted, Some((&cache, now)));
        tokio::task::spawn_blocking(read)
            .await
            .map_err(|e| SyncError::Record(e.to_string()))
    }

    /// Fetches further back until each head leads to its merge base, or that is too far: else a push
    /// would look as if it had been forced. Where it stays out of reach, reading the facts says so.
    async fn deepen(&self, transfer: &Transfer, base: &Sha, heads: &[Sha]) {
        if transfer.depth.is_none() {
            return;
        }
        for depth in DEEPER {
            let Ok(apart) = Local::open(&transfer.git_dir).map(|git| {
                // Heads that are gone from the forge lead nowhere.
                let known = heads.iter().filter(|h| git.has_commit(h));
                let apart = known.filter(|h| matches!(git.merge_base(base, h), Ok(None)));
                apart.cloned().collect::<Vec<Sha>>()
            }) else {
                return;
            };
            let both = [&apart[..], std::slice::from_ref(base)].concat();
            if apart.is_empty() || transfer.deepen(&both, depth).await.is_err() {
                return;
            }
        }
    }
}
