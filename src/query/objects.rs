//! What git says about a change: specs and annotations at every head and at the merge base, and the
//! differences between heads. `repo` reads objects, `formats` reads texts; here they meet.

use std::{cell::Cell, collections::BTreeMap, path::Path};

use super::{
    commits::{Commits, MAX_FILE},
    deltas,
};
use crate::{
    formats::{lexer::Language, specs},
    model::{
        Comparison, FileDelta, GitFacts, HeadDelta, Hole, HoleKind, Problem, Requirement, Sha,
        Timestamp,
    },
    repo::{Local, RepoError},
    store::Cache,
    text,
};

/// What the API told of the history, where commits did not come by git.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// Comparisons by both ends.
    pub steps: BTreeMap<(Sha, Sha), Comparison>,
    /// Of the base branch and the head.
    pub merge_base: Option<Sha>,
    /// Of the base branch and the first head.
    pub first_base: Option<Sha>,
    /// Files that may matter and were not fetched.
    pub left_out: usize,
}

/// Which commits to read.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// Heads of the branch, oldest first; the last one is the current head.
    pub heads: Vec<Sha>,
    /// The commit the change would be merged into.
    pub base: Sha,
    /// What the contract says of specs.
    pub asked: specs::Asked,
    /// What is known of the history where the commits themselves did not come.
    pub told: Told,
    /// What was read of the change before.
    pub before: Option<GitFacts>,
}

/// What was read, and what it cost.
#[derive(Clone, Debug, Default)]
pub(crate) struct Read {
    pub facts: GitFacts,
    pub problems: Vec<Problem>,
    /// Contents of files that were opened.
    pub blobs: u64,
    /// What of the difference was not looked through.
    pub unread: Option<Hole>,
}

/// Says how many changed sources were not looked through for findings that are switched off.
fn unread(facts: &GitFacts) -> Option<Hole> {
    let is_unread = |f: &&FileDelta| f.unread && Language::of(&f.path).is_some();
    let total = facts.total.iter().flat_map(|delta| &delta.files);
    let count = total.filter(is_unread).count();
    (count > 0).then(|| {
        let files = text::counted(count, "changed source");
        let what = format!("{files} not looked through: too large, or no UTF-8");
        Hole::new(HoleKind::LeftOut, what)
    })
}

struct Reader<'a> {
    git_dir: &'a Path,
    wanted: &'a Wanted,
    /// Contents of files that were opened.
    opened: Cell<u64>,
}

/// Version of how differences are read: raised whenever the same two trees are read to another value.
const DELTAS: u32 = 3;

/// Reads the facts. What cannot be had is listed in `missing` or as a problem; the rest stands. What was
/// read before, of the same contents, is not read again.
pub(crate) fn read_facts(
    git_dir: &Path,
    wanted: &Wanted,
    cache: Option<(&Cache, Timestamp)>,
) -> Result<Read, RepoError> {
    let mut problems = Vec::new();
    // Whoever reads opens the repository, and closes it: what was read of it is kept until then.
    let (mut facts, opened) = commits(git_dir, wanted, cache, &mut problems)?;
    let reader = Reader {
        git_dir,
        wanted,
        opened: Cell::new(opened),
    };
    let missing = &facts.missing;
    let known = wanted.heads.iter().filter(|h| !missing.contains(h));
    let known: Vec<&Sha> = known.collect();
    reader.deltas(&known, &mut facts)?;
    if let Some(kept) = cache {
        let read = facts.deltas.iter().chain(&facts.total);
        deltas::keep(kept, read.filter(|d| d.responses.is_some()));
        // What was read before may have been looked through by an older reader.
        let local = Local::open(git_dir)?;
        let _ = deltas::recall(kept, || Some(&local), &mut facts);
    }
    Ok(Read {
        unread: unread(&facts),
        facts,
        blobs: reader.opened.get(),
        problems,
    })
}

/// Reads what stands at the commits themselves; counts the contents that were opened.
fn commits(
    git_dir: &Path,
    wanted: &Wanted,
    cache: Option<(&Cache, Timestamp)>,
    problems: &mut Vec<Problem>,
) -> Result<(GitFacts, u64), RepoError> {
    let mut facts = at_heads(&Local::open(git_dir)?, wanted, problems)?;
    let mut commits = Commits::new(git_dir, &wanted.asked, cache);
    let heads = wanted.heads.iter().filter(|h| !facts.missing.contains(h));
    let all: Vec<Sha> = heads.chain(&facts.merge_base).cloned().collect();
    for sha in &all {
        commits.add(sha, &mut facts)?;
    }
    let opened = commits.opened();
    problems.extend(commits.problems);
    Ok((facts, opened))
}

/// Tells which heads are here, and where the change left its base branch.
fn at_heads(
    local: &Local,
    wanted: &Wanted,
    problems: &mut Vec<Problem>,
) -> Result<GitFacts, RepoError> {
    let (known, missing): (Vec<&Sha>, Vec<&Sha>) = wanted.heads.iter().partition(|h| local.has(h));
    let mut facts = GitFacts {
        missing: missing.into_iter().cloned().collect(),
        deltas_version: DELTAS,
        ..GitFacts::default()
    };
    facts.merge_base = match known.last() {
        Some(head) => local
            .merge_base(&wanted.base, head)?
            .or_else(|| wanted.told.merge_base.clone()),
        None => None,
    };
    if facts.merge_base.is_none() && !known.is_empty() {
        let what = "no merge base with the base branch is known; differences to it are left out";
        problems.push(Problem::warning(wanted.base.short(), what));
    }
    Ok(facts)
}

/// Lists what is known of a change without opening a file: its history, and which files differ.
pub(crate) fn list_facts(local: &Local, wanted: &Wanted) -> Result<GitFacts, RepoError> {
    let mut facts = GitFacts::default();
    let Some(head) = wanted.heads.last() else {
        return Ok(facts);
    };
    facts.merge_base = local.merge_base(&wanted.base, head)?;
    if let Some(base) = &facts.merge_base {
        let total = deltas::list(local, base, head)?;
        facts.deltas.push(total.clone());
        facts.total = Some(total);
    }
    Ok(facts)
}

/// Reads the requirements that stand at a commit.
pub(crate) fn specs_at(
    git_dir: &Path,
    commit: &Sha,
    asked: &specs::Asked,
) -> Result<Vec<Requirement>, RepoError> {
    let local = Local::open(git_dir)?;
    let files = local.files(commit, |path| asked.format_of(path).is_some())?;
    let mut all = Vec::new();
    for file in files {
        if let Some(text) = local.text(&file.blob, MAX_FILE) {
            all.extend(specs::read_asked(&file.path, &text, asked).0);
        }
    }
    specs::defined(&mut all);
    Ok(all)
}

impl Reader<'_> {
    /// Merge base to the first head, then head to head; and merge base to the current head.
    fn deltas(&self, known: &[&Sha], facts: &mut GitFacts) -> Result<(), RepoError> {
        let wanted = self.wanted;
        let delta = |from: &Sha, to: &Sha| -> Result<HeadDelta, RepoError> {
            if let Some(before) = self.delta_before(from, to) {
                return Ok(before);
            }
            // What was told of the base branch and a head holds for their merge base too.
            let told = wanted.told.steps.iter().find(|((a, b), step)| {
                b == to && (a == from || step.merge_base.as_ref() == Some(from))
            });
            let told = told.map(|((a, _), step)| {
                let forward = a != from || step.fast_forward;
                (forward, step.commits.as_slice())
            });
            let (delta, opened) = deltas::read(self.git_dir, from, to, told)?;
            self.opened.set(self.opened.get() + opened);
            Ok(delta)
        };
        let mut before = match (&facts.merge_base, known.first()) {
            // The first attempt starts at its own merge base, which need not be today's.
            (Some(base), Some(first)) => Local::open(self.git_dir)?
                .merge_base(base, first)?
                .or_else(|| wanted.told.first_base.clone())
                .or_else(|| Some(base.clone())),
            _ => None,
        };
        for head in known {
            if let Some(from) = &before {
                facts.deltas.push(delta(from, head)?);
            }
            before = Some((*head).clone());
        }
        if let (Some(base), Some(head)) = (&facts.merge_base, known.last()) {
            let same = facts
                .deltas
                .iter()
                .find(|d| d.from == *base && d.to == **head);
            facts.total = Some(match same {
                Some(delta) => delta.clone(),
                None => delta(base, head)?,
            });
        }
        Ok(())
    }

    /// Returns a difference that was read before, whole and by git.
    fn delta_before(&self, from: &Sha, to: &Sha) -> Option<HeadDelta> {
        let before = self.wanted.before.as_ref()?;
        let is_whole =
            |d: &&HeadDelta| d.from == *from && d.to == *to && !d.files.iter().any(|f| f.absent);
        let fits = before.deltas_version == DELTAS && self.wanted.told.steps.is_empty();
        let all = before.deltas.iter().chain(&before.total);
        all.filter(|_| fits).find(is_whole).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples::{delta, sha};

    #[test]
    fn a_source_that_was_not_looked_through_is_said() {
        for (path, is_unread, said) in [
            ("a.py", false, false),
            ("a.py", true, true),
            // Nothing can be switched off in it.
            ("a.lock", true, false),
        ] {
            let mut total = delta(&sha("a"), &sha("b"), &[path]);
            total.files[0].unread = is_unread;
            let facts = GitFacts {
                total: Some(total),
                ..GitFacts::default()
            };
            assert_eq!(unread(&facts).is_some(), said, "{path}");
        }
    }
}
