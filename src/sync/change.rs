//! Pulling the evidence of one change, part by part. A part that fails says so and keeps what was
//! there; the others go on.

use std::sync::Arc;

use futures::future::join;

use super::{
    engine::{Engine, Pulled, Report, SyncError, joined},
    fetch::{Paged, Part},
    meter::{MAX_HEADS, Meter},
    parts::failed,
    repository::NOT_SHOWN,
};
use crate::{
    evidence::attempts,
    forge::{ForgeError, Kind, List},
    model::{
        Alert, ChangeFacts, CheckRun, Comment, CommitStatus, Hole, HoleKind, Issue, MergeState,
        PartName, PartState, PrNumber, PrState, Problem, PullRequest, RepoPart, TimelineEvent,
    },
};

/// Times that a head which moves on the way is read again.
const MAX_CHASES: usize = 3;

impl Engine {
    /// Pulls all parts of one change that a person looks at or named: it may use the whole budget.
    pub async fn sync_change(&self, number: PrNumber) -> Result<(), SyncError> {
        self.metered(number, false).await
    }

    /// Pulls all parts of one change that nobody asked for; the reserve of the budget is kept.
    pub(super) async fn sync_unasked(&self, number: PrNumber) -> Result<(), SyncError> {
        self.metered(number, true).await
    }

    async fn metered(&self, number: PrNumber, keeps_reserve: bool) -> Result<(), SyncError> {
        let mut metered = self.clone();
        metered.meter = Some(Arc::new(Meter::new(keeps_reserve)));
        let _claim = self.under_way.claim(number, !keeps_reserve).await;
        // Many requests at once make a large future; it need not stand in every caller's.
        for _ in 0..MAX_CHASES {
            if Box::pin(metered.pull(number, keeps_reserve)).await? {
                return Ok(());
            }
            // What was told of it before is told of another head.
            metered.settled = None;
        }
        // It moves faster than it can be read; what is here says so by its age, and the next poll
        // asks again.
        let problem = format!("its head moved {MAX_CHASES} times while it was read");
        self.say(Report::Problem(Problem::warning(
            format!("#{number}"),
            problem,
        )));
        Ok(())
    }

    /// Pulls all parts; false where the head moved on the way.
    async fn pull(&self, number: PrNumber, unasked: bool) -> Result<bool, SyncError> {
        let row = self.row()?;
        // What is told of it from here on is not done with by what is asked for now.
        let mark = self.cache.mark_of(row.id, number)?;
        let listed = self.take_listed(number);
        // What was told of it since the lists were read may be missing there.
        let settled = self
            .settled
            .as_deref()
            .filter(|_| unasked && mark.is_none());
        let listed = listed.filter(|_| settled.is_some()).unwrap_or_default();
        let mut pr = self.pull_request(row.id, number, listed.is_whole).await?;
        // Its base may be one that no other change has: what is asked of it decides what is
        // read.
        let terms = if unasked {
            Ok(())
        } else {
            let mut unmetered = self.clone();
            unmetered.meter = None;
            unmetered.ensure_terms().await
        };
        let (forge, repo) = (&self.forge, self.called());
        let (commits, reviews, (timeline, comments), activity, runs) = futures::join!(
            self.pages(forge.commits(&repo, number)),
            self.unless_none(listed.reviews, forge.reviews(&repo, number)),
            self.timeline_and_comments(number, listed.comments, settled.is_some()),
            async {
                match settled.and_then(|s| s.activity(&pr)) {
                    Some(told) => Ok(told.into()),
                    None => self.pages(forge.activity_of(&repo, &pr.head_ref)).await,
                }
            },
            self.runs(&pr, settled),
        );
        let mut facts = ChangeFacts::bare(self.repo.clone(), pr.clone());
        let at = (row.id, number);
        // What tells the heads that are shown tells those that are asked for.
        facts.commits = self.keep(at, PartName::Commits, commits)?.items;
        facts.reviews = self.keep(at, PartName::Reviews, reviews)?.items;
        self.keep(at, PartName::Comments, comments)?;
        self.keep(at, PartName::Timeline, timeline)?;
        let activity = self.keep(at, PartName::Activity, activity)?;
        let runs = self.keep(at, PartName::Runs, runs)?;
        // What hangs on a part that has holes is not whole either.
        let no_heads = (activity.holed || runs.holed)
            .then(|| again("activity and runs have holes: heads may be missing"));
        let no_runs = runs.holed.then(|| again("the workflow runs have holes"));
        (facts.activity, facts.runs) = (activity.items, runs.items);
        let (known_checks, _): (Vec<CheckRun>, Vec<CommitStatus>) =
            self.kept(at, PartName::Checks)?;
        facts.checks.clone_from(&known_checks);
        let mut heads = attempts::heads(&facts);
        let left_out = heads.len().saturating_sub(MAX_HEADS);
        heads.drain(..left_out);
        let no_heads = no_heads.or_else(|| {
            (left_out > 0).then(|| {
                let what = format!(
                    "{left_out} earlier heads were left out: only the newest {MAX_HEADS} are asked for"
                );
                Hole::new(HoleKind::LeftOut, what)
            })
        });
        let anonymous = self.forge.is_anonymous();
        let scanning = self.refused_whole(RepoPart::Alerts);
        let known_logs = self.kept(at, PartName::Logs)?;
        let mut told = pr.clone();
        let mut merge = None;
        let (verdicts, artifacts, threads, scans, dependencies, of_runs) = futures::join!(
            join(self.checks(&heads, known_checks), self.statuses(&heads)),
            self.artifacts(&facts.runs, &pr.head_sha, settled),
            async {
                if anonymous {
                    None
                } else {
                    Some(self.review_threads(&mut told, &mut merge).await)
                }
            },
            async {
                if scanning.is_some() {
                    None
                } else {
                    let alerts = self.alerts(number, settled);
                    Some(join(alerts, self.analyses(at, settled)).await)
                }
            },
            self.dependencies(&pr, unasked),
            join(
                self.approvals(&facts.runs),
                self.logs(at, &facts.runs, known_logs)
            ),
        );
        let ((checks, statuses), (approvals, logs)) = (verdicts, of_runs);
        if let Some(threads) = threads {
            let moved = told.head_sha != pr.head_sha;
            if moved {
                // What was read before belongs to another head: all of it is asked for again.
                return Ok(false);
            }
            if told != pr {
                self.cache
                    .put_list(row.id, std::slice::from_ref(&told), None)?;
                pr = told;
            }
            self.keep(at, PartName::Threads, threads)?;
        } else {
            let why = "resolution of threads is told by GraphQL, which asks for a token";
            self.absent(at, PartName::Threads, PartState::Absent(why.to_owned()))?;
        }
        if let Some((alerts, analyses)) = scans {
            match alerts {
                // That there are none, and that none are shown, look the same; what is known stays.
                Err(error)
                    if error.kind == Kind::NotFound
                        && self.kept::<Vec<Alert>>(at, PartName::Alerts)?.is_empty() =>
                {
                    self.absent(
                        at,
                        PartName::Alerts,
                        PartState::Absent(NOT_SHOWN.to_owned()),
                    )?;
                }
                alerts => drop(self.keep(at, PartName::Alerts, alerts)?),
            }
            self.keep_analyses(at, &heads, analyses).await?;
        } else {
            let why = scanning.unwrap_or(PartState::NotFetched);
            self.absent(at, PartName::Alerts, why.clone())?;
            self.absent(at, PartName::Analyses, why)?;
        }
        if pr.state == PrState::Open {
            let merge = self.merge_state(&pr, merge).await;
            self.keep_merge(at, merge)?;
        } else {
            let why = "only an open change is merged";
            let state = PartState::Absent(why.to_owned());
            let none = Some(&None::<MergeState>);
            self.write(at, PartName::Merge, state, 0, none, Vec::new())?;
        }
        match dependencies {
            Ok(dependencies) => drop(self.keep(at, PartName::Dependencies, dependencies)?),
            Err(absent) => self.absent(at, PartName::Dependencies, absent)?,
        }
        self.keep(at, PartName::Approvals, approvals)?;
        self.keep(at, PartName::Logs, Ok(logs?))?;
        // Statuses share the part of the checks: both are verdicts on a commit.
        let mut checks = super::checks::join_statuses(checks, statuses);
        if let Ok((_, paged)) = &mut checks {
            paged.holes.extend(no_heads.clone());
        }
        self.keep_checks(at, &pr.head_sha, checks)?;
        let artifacts = artifacts.map(|mut paged| {
            paged.holes.extend(no_runs);
            paged
        });
        let artifacts = self.keep(at, PartName::Artifacts, artifacts)?;
        let no_artifacts = artifacts
            .holed
            .then(|| again("the list of artifacts has holes"));
        let asked = self.rules(&pr.base_ref).results;
        let (of, head) = (&artifacts.items, &pr.head_sha);
        let (issues, results, attested, git) = futures::join!(
            self.issues(&pr),
            self.results(at, of, head, &asked, no_artifacts.clone()),
            self.attestations(at, head, of, no_artifacts),
            self.git(&row, number, &heads, &pr, no_heads),
        );
        self.keep::<Issue>(at, PartName::Issues, issues)?;
        results.and(attested).and(git)?;
        let finishing = self.clone();
        let finished = tokio::task::spawn_blocking(move || finishing.finish(at, &pr, mark));
        let pulled = Pulled(Arc::new(joined(finished.await)?));
        self.say(Report::ChangeDone { number, pulled });
        terms.map(|()| true)
    }

    /// Gets a list, unless it is known that there is nothing in it.
    async fn unless_none<T>(&self, count: Option<u64>, list: List<T>) -> Part<T> {
        match count {
            Some(0) => Ok(Paged::default()),
            _ => self.pages(list).await,
        }
    }

    /// Gets what happened to a change, and what was said of it. Where requests are dear, the timeline
    /// tells the comments too.
    async fn timeline_and_comments(
        &self,
        number: PrNumber,
        count: Option<u64>,
        are_dear: bool,
    ) -> (Part<TimelineEvent>, Part<Comment>) {
        let repo = self.called();
        let timeline = self.forge.timeline(&repo, number);
        let comments = self.forge.comments(&repo, number);
        if !are_dear {
            return join(self.pages(timeline), self.pages(comments)).await;
        }
        let timeline = self.pages(timeline).await;
        let told = timeline.as_ref().ok().and_then(|paged| {
            let is_whole = paged.holes.is_empty() && paged.problems.is_empty();
            let pages = paged.fresh.iter().map(|page| page.body.as_slice());
            // A page that is as it was is not among these.
            (is_whole && !paged.fresh.is_empty()).then(|| self.forge.comments_in(pages))?
        });
        let is_all = |told: &Vec<Comment>| count.is_none_or(|count| count == told.len() as u64);
        let comments = match told.filter(is_all) {
            Some(told) => Ok(told.into()),
            None => self.unless_none(count, comments).await,
        };
        (timeline, comments)
    }

    /// Gets the pull request itself, keeping what only the list knows. One that the list just told
    /// whole is not asked for.
    async fn pull_request(
        &self,
        repo: i64,
        number: PrNumber,
        just_listed: bool,
    ) -> Result<PullRequest, SyncError> {
        let wanted = self.forge.change(&self.called(), number);
        let listed = self.cache.change(repo, number)?.map(|c| c.pr);
        if let Some(pr) = listed.clone().filter(|_| just_listed) {
            let (part, none) = (PartName::PullRequest, Some(&None::<()>));
            self.write(
                (repo, number),
                part,
                PartState::Complete,
                1,
                none,
                Vec::new(),
            )?;
            return Ok(pr);
        }
        let got = match self.one(&wanted).await {
            Ok((Ok(mut pr), response, _)) => {
                if let Some(listed) = &listed {
                    pr.closes.clone_from(&listed.closes);
                    pr.review_decision.clone_from(&listed.review_decision);
                }
                Ok((pr, response))
            }
            Ok((Err(problem), ..)) => Err(ForgeError::new(
                Kind::Malformed,
                wanted.address(),
                problem.what,
            )),
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
                    let state = failed(&error);
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
}

/// A hole in what something is built on, which is asked for again.
fn again(what: &str) -> Hole {
    Hole::new(HoleKind::Again, what)
}
