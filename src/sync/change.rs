//! Pulling the evidence of one change, part by part. A part that fails says so and keeps what was
//! there; the others go on.

use futures::{StreamExt as _, future::join_all, stream};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    engine::{Engine, Report, SyncError},
    fetch::Paged,
    load,
};
use crate::{
    evidence::attempts,
    forge::{
        ForgeError, Kind,
        wire::{
            self, ActivityWire, AnnotationWire, ArtifactWire, CheckRunWire, CommentWire,
            CommitWire, EventWire, IssueWire, JobWire, PullWire, ReviewWire, RunWire, StatusWire,
        },
    },
    model::{
        Artifact, ChangeFacts, ChangeId, CheckRun, Issue, PartName, PartState, PrNumber,
        PullRequest, RunTry, Sha, WorkflowRun,
    },
    repo::{self, Credentials, Transfer, Wanted},
    store::{CachedResponse, PartRow},
};

/// Requests of one change that are under way at once.
const IN_FLIGHT: usize = 6;
/// Check runs whose annotations are read, at each head.
const MAX_ANNOTATED: usize = 20;

type Part<T> = Result<Paged<T>, ForgeError>;

impl Engine {
    /// Pulls all parts of one change.
    pub async fn sync_change(&self, number: PrNumber) -> Result<(), SyncError> {
        let row = self.row()?;
        let pr = self.pull_request(row.id, number).await?;
        let base = format!("/repos/{}", self.repo.slug());
        let branch = encode(&pr.head_ref);
        let pulls = format!("{base}/pulls/{number}");
        let issue = format!("{base}/issues/{number}");
        let (commits, reviews, comments, timeline, activity, runs) = futures::join!(
            self.pages_of::<CommitWire>(format!("{pulls}/commits?per_page=100"), None),
            self.pages_of::<ReviewWire>(format!("{pulls}/reviews?per_page=100"), None),
            self.pages_of::<CommentWire>(format!("{issue}/comments?per_page=100"), None),
            self.pages_of::<EventWire>(format!("{issue}/timeline?per_page=100"), None),
            self.pages_of::<ActivityWire>(
                format!("{base}/activity?ref=refs/heads/{branch}&per_page=100"),
                None
            ),
            self.runs(&pr),
        );
        let mut facts = ChangeFacts::bare(self.repo.clone(), pr.clone());
        facts.commits = self.keep(row.id, number, PartName::Commits, commits)?;
        facts.reviews = self.keep(row.id, number, PartName::Reviews, reviews)?;
        facts.comments = self.keep(row.id, number, PartName::Comments, comments)?;
        facts.timeline = self.keep(row.id, number, PartName::Timeline, timeline)?;
        facts.activity = self.keep(row.id, number, PartName::Activity, activity)?;
        facts.runs = self.keep(row.id, number, PartName::Runs, runs)?;
        let heads = attempts::heads(&facts);
        let (checks, statuses, artifacts, issues) = futures::join!(
            self.checks(&heads),
            self.statuses(&heads),
            self.artifacts(&facts.runs),
            self.issues(&pr),
        );
        // Statuses share the part of the checks: both are verdicts on a commit.
        let checks = join_statuses(checks, statuses);
        self.keep_one(row.id, number, PartName::Checks, checks)?;
        let artifacts: Vec<Artifact> = self.keep(row.id, number, PartName::Artifacts, artifacts)?;
        self.keep::<Issue>(row.id, number, PartName::Issues, issues)?;
        self.results(row.id, number, &artifacts).await?;
        let attested = self.attestations(&pr.head_sha, &artifacts).await;
        self.keep_one(row.id, number, PartName::Attestations, attested)?;
        self.git(&row, number, &heads, &pr).await?;
        self.finish(row.id, number, &pr)?;
        self.say(Report::ChangeDone { number });
        Ok(())
    }

    /// Computes what the inbox shows, and notes for which state of the change all this holds.
    fn finish(&self, repo: i64, number: PrNumber, pr: &PullRequest) -> Result<(), SyncError> {
        let id = ChangeId {
            repo: self.repo.clone(),
            number,
        };
        let loaded = load::load(&self.cache, &id, self.now())?;
        let summary =
            serde_json::to_string(&loaded.summary).map_err(|e| SyncError::Record(e.to_string()))?;
        self.cache
            .set_summary(repo, number, summary, Some(pr.updated_at))?;
        Ok(())
    }

    async fn pages_of<W>(&self, url: String, key: Option<&str>) -> Part<W::Model>
    where
        W: DeserializeOwned + wire::IntoModel,
    {
        self.pages::<W>(&url, key).await
    }

    /// Gets the pull request itself, keeping what only the list knows.
    async fn pull_request(&self, repo: i64, number: PrNumber) -> Result<PullRequest, SyncError> {
        let url = format!("/repos/{}/pulls/{number}", self.repo.slug());
        let listed = self.cache.change(repo, number)?.map(|c| c.pr);
        let got = match self.page(&url).await {
            Ok((response, _)) => match wire::decode_one::<PullWire>(&url, &response.body) {
                Ok(mut pr) => {
                    if let Some(listed) = &listed {
                        pr.closes.clone_from(&listed.closes);
                        pr.review_decision.clone_from(&listed.review_decision);
                    }
                    Ok((pr, response))
                }
                Err(problem) => Err(ForgeError::new(Kind::Malformed, url, problem.what)),
            },
            Err(error) => Err(error),
        };
        match got {
            Ok((pr, response)) => {
                let part = self.part(
                    PartName::PullRequest,
                    PartState::Complete,
                    1,
                    Some("null".to_owned()),
                );
                self.cache.put_list(repo, vec![pr.clone()], None)?;
                self.cache.put_part(
                    repo,
                    number,
                    part,
                    vec![response],
                    self.forge.account.clone(),
                )?;
                Ok(pr)
            }
            // Without the change itself there is nothing to hang evidence on.
            Err(error) => match listed {
                Some(pr) if error.kind != Kind::Auth && error.kind != Kind::Unreachable => {
                    let state = PartState::Failed(format!("{error}; {}", error.hint()));
                    let part = self.part(PartName::PullRequest, state, 0, None);
                    self.cache.put_part(
                        repo,
                        number,
                        part,
                        Vec::new(),
                        self.forge.account.clone(),
                    )?;
                    Ok(pr)
                }
                _ => Err(error.into()),
            },
        }
    }

    fn part(
        &self,
        part: PartName,
        state: PartState,
        count: usize,
        records: Option<String>,
    ) -> PartRow {
        let failed = matches!(state, PartState::Failed(_));
        PartRow {
            part,
            state,
            checked_at: (!failed).then(|| self.now()),
            count: count as u64,
            records,
        }
    }

    /// Writes a part of many records, and gives them back.
    fn keep<T: Serialize>(
        &self,
        repo: i64,
        number: PrNumber,
        name: PartName,
        part: Part<T>,
    ) -> Result<Vec<T>, SyncError> {
        match part {
            Ok(paged) => {
                let count = paged.items.len();
                let partial = paged.partial.or_else(|| {
                    let broken = paged.problems.len();
                    (broken > 0).then(|| format!("{broken} items could not be read"))
                });
                let state = partial.map_or(PartState::Complete, PartState::Partial);
                for problem in paged.problems {
                    self.say(Report::Problem(problem));
                }
                self.write(
                    repo,
                    number,
                    name,
                    state,
                    count,
                    Some(&paged.items),
                    paged.fresh,
                )?;
                Ok(paged.items)
            }
            Err(error) => {
                let state = PartState::Failed(format!("{error}; {}", error.hint()));
                self.write(repo, number, name, state, 0, None::<&Vec<T>>, Vec::new())?;
                Ok(Vec::new())
            }
        }
    }

    /// Writes a part that is one record.
    fn keep_one<T: Serialize>(
        &self,
        repo: i64,
        number: PrNumber,
        name: PartName,
        part: Result<(T, usize, Vec<CachedResponse>, Option<String>), ForgeError>,
    ) -> Result<(), SyncError> {
        match part {
            Ok((record, count, fresh, partial)) => {
                let state = partial.map_or(PartState::Complete, PartState::Partial);
                self.write(repo, number, name, state, count, Some(&record), fresh)
            }
            Err(error) => {
                let state = PartState::Failed(format!("{error}; {}", error.hint()));
                self.write(repo, number, name, state, 0, None::<&T>, Vec::new())
            }
        }
    }

    fn write<T: Serialize>(
        &self,
        repo: i64,
        number: PrNumber,
        name: PartName,
        state: PartState,
        count: usize,
        records: Option<&T>,
        fresh: Vec<CachedResponse>,
    ) -> Result<(), SyncError> {
        let json = records
            .map(serde_json::to_string)
            .transpose()
            .map_err(|e| SyncError::Record(e.to_string()))?;
        let row = self.part(name, state.clone(), count, json);
        self.cache
            .put_part(repo, number, row, fresh, self.forge.account.clone())?;
        self.say(Report::Part {
            number,
            part: name,
            state,
        });
        Ok(())
    }

    /// Runs of the branch with every try and its jobs.
    async fn runs(&self, pr: &PullRequest) -> Part<WorkflowRun> {
        let url = format!(
            "/repos/{}/actions/runs?branch={}&per_page=100",
            self.repo.slug(),
            encode(&pr.head_ref)
        );
        let mut paged = self.pages::<RunWire>(&url, Some("workflow_runs")).await?;
        // Branches of forks may have the same name; what has no link to this change is left out
        // later, by the commits it ran on.
        let runs = std::mem::take(&mut paged.items);
        let asked: Vec<_> = runs.into_iter().map(|run| self.tries(run)).collect();
        let filled: Vec<_> = stream::iter(asked).buffered(IN_FLIGHT).collect().await;
        let mut running = 0;
        for result in filled {
            let (run, part) = result;
            running += usize::from(run.last_try().is_some_and(|t| t.conclusion.is_none()));
            paged.items.push(run);
            paged.extend(part);
        }
        if running > 0 && paged.partial.is_none() {
            paged.partial = Some(format!("{running} still running"));
        }
        Ok(paged)
    }

    /// Fills in the tries of a run. There is no list of tries: they are counted up to the newest.
    async fn tries(&self, mut run: WorkflowRun) -> (WorkflowRun, Paged<WorkflowRun>) {
        let mut extra = Paged::default();
        let base = format!("/repos/{}/actions/runs/{}", self.repo.slug(), run.id);
        let Some(newest) = run.tries.pop() else {
            return (run, extra);
        };
        let last = newest.n;
        let mut tries: Vec<RunTry> = Vec::new();
        for n in 1..last {
            let url = format!("{base}/attempts/{n}");
            match self.page(&url).await {
                Ok((response, is_new)) => {
                    match wire::decode_one::<RunWire>(&url, &response.body) {
                        Ok(mut run) => tries.extend(run.tries.pop()),
                        Err(problem) => extra.problems.push(problem),
                    }
                    extra.fresh.extend(is_new.then_some(response));
                }
                Err(error) => extra.partial = Some(format!("try {n} of run {}: {error}", run.id)),
            }
        }
        tries.push(newest);
        for run_try in &mut tries {
            let url = format!("{base}/attempts/{}/jobs?per_page=100", run_try.n);
            match self.pages::<JobWire>(&url, Some("jobs")).await {
                Ok(jobs) => {
                    run_try.jobs = jobs.items;
                    extra.fresh.extend(jobs.fresh);
                    extra.problems.extend(jobs.problems);
                    extra.partial = extra.partial.take().or(jobs.partial);
                }
                Err(error) => {
                    extra.partial =
                        Some(format!("jobs of run {} try {}: {error}", run.id, run_try.n))
                }
            }
        }
        run.tries = tries;
        (run, extra)
    }

    async fn checks(&self, heads: &[Sha]) -> Part<CheckRun> {
        let base = format!("/repos/{}", self.repo.slug());
        let pages = join_all(heads.iter().map(|sha| {
            // The default filter leaves out a queued re-run, which has no completion time.
            self.pages_of::<CheckRunWire>(
                format!("{base}/commits/{sha}/check-runs?filter=all&per_page=100"),
                Some("check_runs"),
            )
        }))
        .await;
        let mut all = Paged::default();
        for page in pages {
            all.extend(page?);
        }
        let mut annotated = 0;
        for index in 0..all.items.len() {
            let Some(check) = all.items.get_mut(index).filter(|c| c.annotations_count > 0) else {
                continue;
            };
            if annotated >= MAX_ANNOTATED * heads.len().max(1) {
                all.partial = Some("annotations of some checks were left out".to_owned());
                break;
            }
            annotated += 1;
            let url = format!("{base}/check-runs/{}/annotations?per_page=100", check.id);
            match self.pages::<AnnotationWire>(&url, None).await {
                Ok(found) => {
                    check.annotations = found.items;
                    all.fresh.extend(found.fresh);
                }
                Err(error) => all.partial = Some(format!("annotations of {}: {error}", check.name)),
            }
        }
        Ok(all)
    }

    async fn statuses(&self, heads: &[Sha]) -> Part<crate::model::CommitStatus> {
        let base = format!("/repos/{}", self.repo.slug());
        let pages = join_all(heads.iter().map(|sha| {
            self.pages_of::<StatusWire>(format!("{base}/commits/{sha}/statuses?per_page=100"), None)
        }))
        .await;
        let mut all: Paged<crate::model::CommitStatus> = Paged::default();
        for page in pages {
            let mut page = page?;
            // Newest first: of one context only the newest counts.
            let mut seen = std::collections::BTreeSet::new();
            page.items.retain(|s| seen.insert(s.context.clone()));
            all.extend(page);
        }
        Ok(all)
    }

    async fn artifacts(&self, runs: &[WorkflowRun]) -> Part<Artifact> {
        let base = format!("/repos/{}", self.repo.slug());
        let asked: Vec<_> = runs
            .iter()
            .map(|run| {
                self.pages_of::<ArtifactWire>(
                    format!("{base}/actions/runs/{}/artifacts?per_page=100", run.id),
                    Some("artifacts"),
                )
            })
            .collect();
        let pages: Vec<_> = stream::iter(asked).buffered(IN_FLIGHT).collect().await;
        let mut all = Paged::default();
        for (page, run) in pages.into_iter().zip(runs) {
            let mut page = page?;
            for artifact in &mut page.items {
                artifact.run_id = run.id;
                artifact
                    .head_sha
                    .get_or_insert_with(|| run.head_sha.clone());
            }
            all.extend(page);
        }
        Ok(all)
    }

    /// Issues that the forge says the change closes, and those its description says it fixes.
    async fn issues(&self, pr: &PullRequest) -> Part<Issue> {
        let mut numbers = pr.closes.clone();
        numbers.extend(closing_words(&pr.body));
        numbers.sort_unstable();
        numbers.dedup();
        let mut all = Paged::default();
        for number in numbers.into_iter().take(10) {
            let url = format!("/repos/{}/issues/{number}", self.repo.slug());
            match self.page(&url).await {
                Ok((response, is_new)) => {
                    match wire::decode_one::<IssueWire>(&url, &response.body) {
                        Ok(issue) => all.items.push(issue),
                        Err(problem) => all.problems.push(problem),
                    }
                    all.fresh.extend(is_new.then_some(response));
                }
                Err(error) => all.partial = Some(format!("issue #{number}: {error}")),
            }
        }
        Ok(all)
    }

    /// Fetches the heads and reads what git says of them, unless that is already here.
    async fn git(
        &self,
        row: &crate::store::RepoRow,
        number: PrNumber,
        heads: &[Sha],
        pr: &PullRequest,
    ) -> Result<(), SyncError> {
        let Some(url) = &row.clone_url else {
            let state = PartState::Failed(
                "the address of the repository is not known; sync again".to_owned(),
            );
            return self.write(
                row.id,
                number,
                PartName::Git,
                state,
                0,
                None::<&()>,
                Vec::new(),
            );
        };
        let transfer = Transfer {
            git_dir: Transfer::folder(&self.folders.cache, &self.repo),
            url: url.clone(),
            credentials: Credentials {
                token: self.forge.token().cloned(),
            },
        };
        let mut shas = heads.to_vec();
        shas.push(pr.base_sha.clone());
        let read = match transfer.fetch(&shas).await {
            Ok(_) => {
                let wanted = Wanted {
                    heads: heads.to_vec(),
                    base: pr.base_sha.clone(),
                };
                let folder = transfer.git_dir.clone();
                tokio::task::spawn_blocking(move || repo::read_facts(&folder, &wanted))
                    .await
                    .map_err(|e| SyncError::Record(e.to_string()))?
            }
            Err(error) => Err(error),
        };
        match read {
            Ok((facts, problems)) => {
                let state = match facts.missing.len() {
                    0 => PartState::Complete,
                    n => PartState::Partial(format!("{n} heads are gone from the forge")),
                };
                self.write(
                    row.id,
                    number,
                    PartName::Git,
                    state,
                    heads.len(),
                    Some(&(facts, problems)),
                    Vec::new(),
                )
            }
            Err(error) => {
                let state = PartState::Failed(error.to_string());
                self.write(
                    row.id,
                    number,
                    PartName::Git,
                    state,
                    0,
                    None::<&()>,
                    Vec::new(),
                )
            }
        }
    }
}

type ChecksPart = (Vec<CheckRun>, Vec<crate::model::CommitStatus>);

fn join_statuses(
    checks: Part<CheckRun>,
    statuses: Part<crate::model::CommitStatus>,
) -> Result<(ChecksPart, usize, Vec<CachedResponse>, Option<String>), ForgeError> {
    let (checks, statuses) = (checks?, statuses?);
    let count = checks.items.len() + statuses.items.len();
    let mut fresh = checks.fresh;
    fresh.extend(statuses.fresh);
    Ok((
        (checks.items, statuses.items),
        count,
        fresh,
        checks.partial.or(statuses.partial),
    ))
}

/// Percent-encodes a branch name for a query; `/` may stand as it is (RFC 3986 §3.4).
pub(super) fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                char::from(b).to_string()
            }
            _ => format!("%{b:02X}"),
        })
        .collect()
}

/// Numbers after the forge's closing words: `Fixes #471`, `closes: #12`.
fn closing_words(body: &str) -> Vec<PrNumber> {
    let words: Vec<&str> = body.split_whitespace().collect();
    words
        .windows(2)
        .filter_map(|pair| {
            let word = pair.first()?.trim_end_matches(':').to_ascii_lowercase();
            let closing = [
                "close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves",
                "resolved",
            ];
            if !closing.contains(&word.as_str()) {
                return None;
            }
            let digits: String = pair
                .get(1)?
                .strip_prefix('#')?
                .chars()
                .take_while(char::is_ascii_digit)
                .collect();
            digits.parse().ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_words_as_the_forge_reads_them() {
        assert_eq!(
            closing_words("Fixes #471, and closes: #12. See #9"),
            [471, 12]
        );
        assert_eq!(encode("feat/ü&x"), "feat/%C3%BC%26x");
    }
}
