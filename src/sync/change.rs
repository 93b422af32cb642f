//! Pulling the evidence of one change, part by part. A part that fails says so and keeps what was
//! there; the others go on.

use futures::{StreamExt as _, future::join_all, stream};
use serde::de::DeserializeOwned;

use super::{
    engine::{Engine, Report, SyncError},
    fetch::{Paged, missed},
    plan::{AGAIN, RUNNING},
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
        Artifact, ChangeFacts, CheckRun, CommitStatus, Issue, PartName, PartState, PrNumber,
        PullRequest, RunTry, Sha, WorkflowRun,
    },
};

/// Requests of one change that are under way at once.
const IN_FLIGHT: usize = 6;
/// Check runs whose annotations are read, at each head.
const MAX_ANNOTATED: usize = 20;

pub(super) type Part<T> = Result<Paged<T>, ForgeError>;

impl Engine {
    /// Pulls all parts of one change.
    pub async fn sync_change(&self, number: PrNumber) -> Result<(), SyncError> {
        // Many requests at once make a large future; it need not stand in every caller's.
        Box::pin(self.pull(number)).await
    }

    async fn pull(&self, number: PrNumber) -> Result<(), SyncError> {
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
        let at = (row.id, number);
        self.keep(at, PartName::Commits, commits)?;
        facts.reviews = self.keep(at, PartName::Reviews, reviews)?.items;
        self.keep(at, PartName::Comments, comments)?;
        self.keep(at, PartName::Timeline, timeline)?;
        let activity = self.keep(at, PartName::Activity, activity)?;
        let runs = self.keep(at, PartName::Runs, runs)?;
        // What hangs on a part that has holes is not whole either.
        let no_heads = (activity.holed || runs.holed)
            .then(|| format!("activity and runs have holes: heads may be missing{AGAIN}"));
        let no_runs = runs
            .holed
            .then(|| format!("the workflow runs have holes{AGAIN}"));
        (facts.activity, facts.runs) = (activity.items, runs.items);
        let heads = attempts::heads(&facts);
        let (checks, statuses, artifacts, issues) = futures::join!(
            self.checks(&heads),
            self.statuses(&heads),
            self.artifacts(&facts.runs),
            self.issues(&pr),
        );
        // Statuses share the part of the checks: both are verdicts on a commit.
        let mut checks = join_statuses(checks, statuses);
        if let Ok((_, paged)) = &mut checks {
            paged.partial = paged.partial.take().or(no_heads.clone());
        }
        self.keep_checks(at, checks)?;
        let artifacts = artifacts.map(|mut paged| {
            paged.partial = paged.partial.take().or(no_runs);
            paged
        });
        let artifacts = self.keep(at, PartName::Artifacts, artifacts)?;
        self.keep::<Issue>(at, PartName::Issues, issues)?;
        let no_artifacts = artifacts
            .holed
            .then(|| format!("the list of artifacts has holes{AGAIN}"));
        self.results(at, &artifacts.items, no_artifacts.clone())
            .await?;
        self.attestations(at, &pr.head_sha, &artifacts.items, no_artifacts)
            .await?;
        self.git(&row, number, &heads, &pr, no_heads).await?;
        self.finish(at, &pr)?;
        self.say(Report::ChangeDone { number });
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
                self.cache.put_list(repo, std::slice::from_ref(&pr), None)?;
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
        if running > 0 {
            let words = format!("{running} {RUNNING}");
            paged.partial = Some(match paged.partial.take() {
                None => words,
                Some(other) => format!("{words}; {other}"),
            });
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
                Err(error) => {
                    let known = self
                        .cached(&url)
                        .and_then(|r| wire::decode_one::<RunWire>(&url, &r.body).ok());
                    tries.extend(known.and_then(|mut run| run.tries.pop()));
                    let what = format!("try {n} of run {}", run.id);
                    extra.partial = Some(missed(&what, &error));
                }
            }
        }
        tries.push(newest);
        for run_try in &mut tries {
            let url = format!("{base}/attempts/{}/jobs?per_page=100", run_try.n);
            match self.pages_of_item::<JobWire>(&url, Some("jobs")).await {
                Ok(jobs) => {
                    run_try.jobs = jobs.items;
                    extra.fresh.extend(jobs.fresh);
                    extra.problems.extend(jobs.problems);
                    extra.partial = extra.partial.take().or(jobs.partial);
                }
                Err(error) => {
                    let what = format!("jobs of run {} try {}", run.id, run_try.n);
                    extra.partial = Some(missed(&what, &error));
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
            match self.pages_of_item::<AnnotationWire>(&url, None).await {
                Ok(found) => {
                    check.annotations = found.items;
                    all.fresh.extend(found.fresh);
                    all.problems.extend(found.problems);
                    all.partial = all.partial.take().or(found.partial);
                }
                Err(error) => {
                    let what = format!("annotations of {}", check.name);
                    all.partial = Some(missed(&what, &error));
                }
            }
        }
        Ok(all)
    }

    async fn statuses(&self, heads: &[Sha]) -> Part<CommitStatus> {
        let base = format!("/repos/{}", self.repo.slug());
        let pages = join_all(heads.iter().map(|sha| {
            self.pages_of::<StatusWire>(format!("{base}/commits/{sha}/statuses?per_page=100"), None)
        }))
        .await;
        let mut all: Paged<CommitStatus> = Paged::default();
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
        let address =
            |run: &WorkflowRun| format!("{base}/actions/runs/{}/artifacts?per_page=100", run.id);
        let urls: Vec<String> = runs.iter().map(address).collect();
        let pages: Vec<_> = stream::iter(urls)
            .map(|url| self.pages_of::<ArtifactWire>(url, Some("artifacts")))
            .buffered(IN_FLIGHT)
            .collect()
            .await;
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
                Err(error) => {
                    let known = self
                        .cached(&url)
                        .and_then(|r| wire::decode_one::<IssueWire>(&url, &r.body).ok());
                    all.items.extend(known);
                    all.partial = Some(missed(&format!("issue #{number}"), &error));
                }
            }
        }
        Ok(all)
    }
}

/// Both kinds of verdicts on a commit, and what was lost of either.
fn join_statuses(
    checks: Part<CheckRun>,
    statuses: Part<CommitStatus>,
) -> Result<(Vec<CommitStatus>, Paged<CheckRun>), ForgeError> {
    let (mut checks, statuses) = (checks?, statuses?);
    checks.fresh.extend(statuses.fresh);
    checks.problems.extend(statuses.problems);
    checks.partial = checks.partial.or(statuses.partial);
    Ok((statuses.items, checks))
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
