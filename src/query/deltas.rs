//! What lies between two commits: read from git once, and known by the ids of both ever after.
//!
//! A row is kept for the responses to a difference, and one for what a difference did to some tests; the
//! latter only where all contents were here. Contents that are not here are part of the id of the former:
//! once they come, it is another one.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use super::{Objects, QueryError, derived};
use crate::{
    evidence::{
        answers::{Question, Touches},
        digest::sha256_hex,
        responses::{self, Rules},
    },
    formats::test_side,
    model::{
        Commit, FileDelta, FilePatch, GitFacts, HeadDelta, Response, Sha, TestKey, Timestamp,
        Touch, Touched,
    },
    repo::{Local, Look, RepoError},
    store::{Cache, StoreError},
};

/// Name under which the responses to a difference are kept.
fn id(delta: &HeadDelta) -> String {
    format!("{}..{}{}", delta.from, delta.to, without(delta))
}

/// Names the contents that are not here; nothing where all are.
fn without(delta: &HeadDelta) -> String {
    let files = delta.files.iter().filter(|f| f.absent);
    let all: String = files.map(|f| format!("{}\0", f.path)).collect();
    if all.is_empty() {
        return all;
    }
    format!(" without {}", sha256_hex(all.as_bytes()))
}

/// Name under which is kept what a difference did to some tests.
fn touch_id(question: &Question) -> String {
    let tests: String = question.tests.iter().map(|t| format!("{t}\0")).collect();
    let tests = sha256_hex(tests.as_bytes());
    format!("{}..{} {tests}", question.from, question.to)
}

/// Files after which the repository is opened anew: what was read of it is kept in memory until then.
const A_READING: usize = 64;

/// Reads a difference from git, and counts the contents that were opened. `told` is what is known of the history between both where the commits
/// themselves are not here: whether it is a fast-forward, and its commits.
pub(super) fn read(
    git_dir: &Path,
    from: &Sha,
    to: &Sha,
    told: Option<(bool, &[Commit])>,
) -> Result<(HeadDelta, u64), RepoError> {
    let history = Local::open(git_dir)?.history(from, to);
    let (commits, fast_forward) = match (history, told) {
        (Ok(found), _) => found,
        (Err(_), Some((forward, commits))) => (commits.to_vec(), forward),
        (Err(error), None) => return Err(error),
    };
    let (rules, opened) = look_through(git_dir, from, to)?;
    let (files, responses) = rules.finish();
    let delta = HeadDelta {
        from: from.clone(),
        to: to.clone(),
        files,
        commits,
        fast_forward,
        responses: Some(responses),
    };
    Ok((delta, opened))
}

/// Lists a difference without opening a file: moves are not seen, and what the files do is not known.
pub(super) fn list(local: &Local, from: &Sha, to: &Sha) -> Result<HeadDelta, RepoError> {
    let (commits, fast_forward) = local.history(from, to)?;
    Ok(HeadDelta {
        from: from.clone(),
        to: to.clone(),
        files: local.listed(from, to)?,
        commits,
        fast_forward,
        responses: None,
    })
}

fn look_through(git_dir: &Path, from: &Sha, to: &Sha) -> Result<(Rules, u64), RepoError> {
    let mut rules = Rules::default();
    let look = Look {
        lines: &responses::reads_lines,
        texts: true,
    };
    let changed = Local::open(git_dir)?.changed(from, to)?;
    let mut opened = 0;
    for some in changed.chunks(A_READING) {
        let local = Local::open(git_dir)?;
        local.changes(some, look, &mut |file| rules.file(&file))?;
        opened += local.opened();
    }
    Ok((rules, opened))
}

/// Keeps the responses to differences that were read.
pub(super) fn keep<'a>(cache: (&Cache, Timestamp), deltas: impl Iterator<Item = &'a HeadDelta>) {
    let rows = deltas.filter_map(|d| Some((id(d), d.responses.as_ref()?)));
    derived::keep(cache, responses::READER, rows);
}

/// Tells whether no content is missing of files but of those that a difference knows to be missing.
fn lacks_no_more(delta: &HeadDelta, files: &[FileDelta]) -> bool {
    let known = |file: &FileDelta| delta.files.iter().any(|f| f.absent && f.path == file.path);
    files.iter().filter(|f| f.absent).all(known)
}

/// Takes in the responses to the differences of a change. Those that no reader of today saw are read
/// from git; where it cannot be had, they stay unknown.
pub(super) fn recall<'l>(
    kept: (&Cache, Timestamp),
    local: impl Fn() -> Option<&'l Local>,
    facts: &mut GitFacts,
) -> Result<(), StoreError> {
    let mut deltas: Vec<&mut HeadDelta> = facts.deltas.iter_mut().collect();
    deltas.extend(&mut facts.total);
    deltas.retain(|d| d.responses.is_none());
    let ids: Vec<String> = deltas.iter().map(|d| id(d)).collect();
    let asked = ids.iter().map(String::as_str);
    let mut known: HashMap<String, Vec<Response>> =
        derived::recall(kept.0, responses::READER, asked)?;
    for (delta, id) in deltas.into_iter().zip(ids) {
        // The same two commits may be asked for twice.
        delta.responses = known.get(&id).cloned();
        if delta.responses.is_none()
            && let Some(local) = local()
            && let Ok((rules, _)) = look_through(local.git_dir(), &delta.from, &delta.to)
            && let (files, found) = rules.finish()
            // What was here at the sync and is not now says nothing.
            && lacks_no_more(delta, &files)
        {
            known.insert(id, found.clone());
            delta.responses = Some(found);
            keep(kept, std::iter::once(&*delta));
        }
    }
    Ok(())
}

/// What is kept of a difference and some tests: whether code differs, and which tests were touched.
type Found = (bool, Vec<(TestKey, Touch, String)>);

/// Finds out what differences did to tests. Where git cannot be had, that is left open.
pub(super) fn touched(
    kept: (&Cache, Timestamp),
    objects: &Objects<'_>,
    questions: Vec<Question>,
) -> Result<Vec<Touched>, StoreError> {
    let ids: Vec<String> = questions.iter().map(touch_id).collect();
    let asked = ids.iter().map(String::as_str);
    let mut known: HashMap<String, Found> = derived::recall(kept.0, test_side::READER, asked)?;
    let mut all = Vec::new();
    for (question, id) in questions.into_iter().zip(ids) {
        let found = match known.remove(&id) {
            Some(found) => Some(found),
            None => objects.get().and_then(|local| {
                let (found, is_whole) = ask(local, &question)?;
                if is_whole {
                    derived::keep(kept, test_side::READER, [(id, &found)]);
                }
                Some(found)
            }),
        };
        let Some((code, found)) = found else { continue };
        let alone = |test: TestKey| (test, (Touch::LeftAlone, String::new()));
        let mut tests: BTreeMap<_, _> = question.tests.into_iter().map(alone).collect();
        tests.extend(found.into_iter().map(|(test, t, words)| (test, (t, words))));
        all.push(Touched {
            from: question.from,
            to: question.to,
            code,
            tests,
        });
    }
    Ok(all)
}

/// Finds out what a difference did to tests, and whether all contents were here; nothing where one of its
/// commits is not.
fn ask(local: &Local, question: &Question) -> Option<(Found, bool)> {
    let mut touches = Touches::new(&question.tests);
    let mut take = |pair| touches.file(&pair);
    let changed = local.changed(&question.from, &question.to).ok()?;
    local.pairs(&changed, &mut take);
    let (code, is_whole) = (touches.code(), touches.is_whole());
    let found = touches.finish().into_iter();
    let found = found.map(|(test, (t, words))| (test, t, words)).collect();
    Some(((code, found), is_whole))
}

/// Reads a difference for people: all files, line by line.
///
/// # Errors
/// Where one of the commits is not here.
pub fn diff(local: &Local, from: &Sha, to: &Sha) -> Result<Vec<FilePatch>, QueryError> {
    let look = Look {
        lines: &|_| true,
        texts: false,
    };
    let mut files = Vec::new();
    let changed = local.changed(from, to)?;
    local.changes(&changed, look, &mut |file| files.push(file.patch))?;
    Ok(files)
}
