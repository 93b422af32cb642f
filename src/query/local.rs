//! A range of commits of a repository on disk as a change, without any forge.

use std::path::{Path, PathBuf};

use super::{QueryError, deltas, objects};
use crate::{
    decide::Dossier,
    formats::results,
    model::{
        ChangeFacts, FilePatch, GitFacts, Hole, HoleKind, Part, PartName, PartState, PrState,
        Problem, PullRequest, RepoId, ReportOrigin, Sha, Timestamp,
    },
    repo::{self, Local, LocalRange, RepoError},
};

/// What to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalInput {
    pub folder: PathBuf,
    pub range: Option<String>,
    pub results: Vec<PathBuf>,
}

/// Commits that make up the range where there is no upstream.
const LAST: usize = 20;

/// Loads a local range.
///
/// # Errors
/// Where there is no repository, or the range is none or empty.
pub fn local(input: &LocalInput, now: Timestamp) -> Result<Dossier, QueryError> {
    let (local, range) = open(input)?;
    let (name, git_dir) = (local.name(), local.git_dir().to_owned());
    drop(local);
    let read = objects::read_facts(&git_dir, &wanted(&range), None)?;
    let holes = read.unread.into_iter().collect();
    Ok(dossier(
        &name,
        &range,
        input,
        (read.facts, read.problems, holes),
        now,
    ))
}

/// Loads of a local range what is known at once: its commits, and which files differ. Nothing is said of
/// what they hold, while they are read.
///
/// # Errors
/// Where there is no repository, or the range is none or empty.
pub fn local_first(input: &LocalInput, now: Timestamp) -> Result<Dossier, QueryError> {
    let place = PartName::Git.name();
    listed(
        input,
        Problem::warning(place, "contents are still being read"),
        now,
    )
}

/// Loads of a local range the same, where its contents cannot be read.
///
/// # Errors
/// Where there is no repository, or the range is none or empty.
pub fn local_without(input: &LocalInput, why: &str, now: Timestamp) -> Result<Dossier, QueryError> {
    let what = format!("contents could not be read: {why}");
    listed(input, Problem::error(PartName::Git.name(), what), now)
}

/// Loads what is known without contents; the problem says why that is all.
fn listed(input: &LocalInput, why: Problem, now: Timestamp) -> Result<Dossier, QueryError> {
    let (local, range) = open(input)?;
    let facts = objects::list_facts(&local, &wanted(&range))?;
    let hole = Hole::new(HoleKind::Unread, why.what.as_str());
    Ok(dossier(
        &local.name(),
        &range,
        input,
        (facts, vec![why], vec![hole]),
        now,
    ))
}

fn open(input: &LocalInput) -> Result<(Local, LocalRange), QueryError> {
    let local = repo::discover(&input.folder)?;
    let range = local.range(input.range.as_deref(), LAST)?;
    if range.commits.is_empty() {
        return Err(RepoError::EmptyRange {
            from: range.base_name.clone(),
            to: range.head_name.clone(),
        }
        .into());
    }
    Ok((local, range))
}

fn wanted(range: &LocalRange) -> objects::Wanted {
    objects::Wanted {
        asked: crate::formats::specs::Asked::default(),
        heads: vec![range.head.clone()],
        base: range.base.clone(),
        told: objects::Told::default(),
        before: None,
    }
}

fn dossier(
    name: &str,
    range: &LocalRange,
    input: &LocalInput,
    (git, problems, holes): (GitFacts, Vec<Problem>, Vec<Hole>),
    now: Timestamp,
) -> Dossier {
    let mut facts = ChangeFacts::bare(RepoId::new("local", "local", name), pull_request(range));
    facts.local = true;
    facts.commits.clone_from(&range.commits);
    if let Some(total) = &git.total {
        let files = total.files.iter();
        facts.pr.additions = files.clone().map(|f| u64::from(f.additions)).sum();
        facts.pr.deletions = files.map(|f| u64::from(f.deletions)).sum();
        facts.pr.changed_files = total.files.len() as u64;
    }
    facts.git = git;
    facts.problems = problems;
    let count = read_results(&mut facts, range, &input.results);
    facts.parts = parts(now, count, facts.commits.len(), &holes);
    Dossier::of(facts, now)
}

/// Reads the lines of a difference in a local repository.
///
/// # Errors
/// Where there is no repository, or one of the commits is not in it.
pub fn local_diff(input: &LocalInput, from: &Sha, to: &Sha) -> Result<Vec<FilePatch>, QueryError> {
    deltas::diff(&repo::discover(&input.folder)?, from, to)
}

fn pull_request(range: &LocalRange) -> PullRequest {
    let times = || range.commits.iter().filter_map(|c| c.committed_at);
    let newest = range.commits.last();
    let bodies: Vec<&str> = range.commits.iter().map(|c| c.message.as_str()).collect();
    PullRequest {
        number: 0,
        title: newest.map(|c| c.headline().to_owned()).unwrap_or_default(),
        body: bodies.join("\n\n"),
        author: None,
        state: PrState::Open,
        draft: false,
        head_ref: range.head_name.clone(),
        head_sha: range.head.clone(),
        base_ref: range.base_name.clone(),
        base_sha: range.base.clone(),
        created_at: times().min().unwrap_or_default(),
        updated_at: times().max().unwrap_or_default(),
        merged_at: None,
        url: String::new(),
        labels: vec![range.basis.clone()],
        requested_reviewers: Vec::new(),
        additions: 0,
        deletions: 0,
        changed_files: 0,
        review_decision: None,
        id: None,
        merge_commit: None,
        test_merge: None,
        visibility: None,
        closes: Vec::new(),
    }
}

/// Reads the given result files; the user says that they are of this head.
fn read_results(
    facts: &mut ChangeFacts,
    range: &LocalRange,
    files: &[PathBuf],
) -> (u64, Vec<String>) {
    let (mut count, mut broken) = (0, Vec::new());
    for path in files {
        let name = path.display().to_string();
        match read_file(path, range) {
            Ok((report, problems)) => {
                facts.reports.push(report);
                facts.problems.extend(problems);
                count += 1;
            }
            Err(why) => {
                broken.push(format!("{name} {why}"));
                let hint = "give a file of JUnit XML or CTRF with --results";
                facts.problems.push(Problem::error(name, why).hinted(hint));
            }
        }
    }
    (count, broken)
}

fn read_file(
    path: &Path,
    range: &LocalRange,
) -> Result<(crate::model::TestReport, Vec<Problem>), String> {
    let bytes = std::fs::read(path).map_err(|e| format!("cannot be read ({e})"))?;
    let origin = ReportOrigin::of_file(path.display().to_string(), range.head.clone());
    let (content, problems) = results::read(&bytes, &origin.file).map_err(|e| e.to_string())?;
    Ok((content.of(origin), problems))
}

fn parts(
    now: Timestamp,
    (results, broken): (u64, Vec<String>),
    commits: usize,
    holes: &[Hole],
) -> Vec<Part> {
    PartName::ALL
        .into_iter()
        .map(|name| {
            let (state, count) = match name {
                PartName::Git => (PartState::of(holes.to_vec()), commits as u64),
                PartName::Commits | PartName::PullRequest => (PartState::Complete, commits as u64),
                PartName::Results if !broken.is_empty() => (
                    PartState::Failed(Hole::new(HoleKind::Unread, broken.join("; "))),
                    results,
                ),
                PartName::Results if results > 0 => (PartState::Complete, results),
                PartName::Results => (
                    PartState::Absent("no file was given with --results".to_owned()),
                    0,
                ),
                _ => (
                    PartState::Absent("a local range has no forge".to_owned()),
                    0,
                ),
            };
            Part {
                name,
                state,
                checked_at: Some(now),
                count,
            }
        })
        .collect()
}
