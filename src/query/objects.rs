//! What git says about a change: specs and annotations at every head and at the merge base, and the
//! differences between heads. `repo` reads objects, `formats` reads texts; here they meet.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    rc::Rc,
};

use crate::{
    formats::{
        source::{self, FileKind},
        specs,
    },
    model::{Comparison, GitFacts, Problem, Requirement, Sha, TestAnnotation, TestFn},
    repo::{Local, RepoError, TreeFile},
};

/// Bytes of source that are read for annotations at one commit; beyond it the scan stops and says so.
const MAX_SCAN: usize = 256 << 20;
/// Bytes of one source file that are read for annotations.
const MAX_FILE: usize = 1 << 20;

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
}

/// Content of one file as far as it matters here, read once by blob.
#[derive(Default)]
struct Parsed {
    specs: Vec<Requirement>,
    annotations: Vec<TestAnnotation>,
    tests: Vec<TestFn>,
}

struct Reader {
    local: Local,
    asked: specs::Asked,
    parsed: HashMap<TreeFile, Rc<Parsed>>,
    problems: Vec<Problem>,
}

/// Reads the facts. What cannot be had is listed in `missing` or as a problem; the rest stands.
pub(crate) fn read_facts(
    git_dir: &Path,
    wanted: &Wanted,
) -> Result<(GitFacts, Vec<Problem>), RepoError> {
    let local = Local::open(git_dir)?;
    let (known, missing): (Vec<&Sha>, Vec<&Sha>) = wanted.heads.iter().partition(|h| local.has(h));
    let mut facts = GitFacts {
        missing: missing.into_iter().cloned().collect(),
        ..GitFacts::default()
    };
    let mut reader = Reader {
        local,
        asked: wanted.asked.clone(),
        parsed: HashMap::new(),
        problems: Vec::new(),
    };
    facts.merge_base = match known.last() {
        Some(head) => reader
            .local
            .merge_base(&wanted.base, head)?
            .or_else(|| wanted.told.merge_base.clone()),
        None => None,
    };
    if facts.merge_base.is_none() && !known.is_empty() {
        let what = "no merge base with the base branch is known; differences to it are left out";
        reader
            .problems
            .push(Problem::warning(wanted.base.short(), what));
    }
    for sha in known.iter().copied().chain(&facts.merge_base.clone()) {
        reader.commit(sha, &mut facts)?;
    }
    reader.deltas(&known, wanted, &mut facts)?;
    Ok((facts, reader.problems))
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
    Ok(all)
}

impl Reader {
    fn commit(&mut self, sha: &Sha, facts: &mut GitFacts) -> Result<(), RepoError> {
        if facts.specs.contains_key(sha) {
            return Ok(());
        }
        let files = self.local.files(sha, |path| {
            self.asked.format_of(path).is_some() || source::is_source(path)
        })?;
        let (mut requirements, mut annotations, mut tests) = (Vec::new(), Vec::new(), Vec::new());
        let mut scanned = 0;
        for file in files {
            if scanned > MAX_SCAN {
                let what = format!(
                    "more than {} MiB of sources; annotations beyond were not read",
                    MAX_SCAN >> 20
                );
                self.problems
                    .push(Problem::warning(format!("tree of {}", sha.short()), what));
                break;
            }
            let parsed = self.file(file, &mut scanned);
            requirements.extend(parsed.specs.iter().cloned());
            annotations.extend(parsed.annotations.iter().cloned());
            tests.extend(parsed.tests.iter().cloned());
        }
        facts.specs.insert(sha.clone(), requirements);
        facts.annotations.insert(sha.clone(), annotations);
        facts.tests.insert(sha.clone(), tests);
        Ok(())
    }

    fn file(&mut self, file: TreeFile, scanned: &mut usize) -> Rc<Parsed> {
        if let Some(done) = self.parsed.get(&file) {
            return Rc::clone(done);
        }
        let mut out = Parsed::default();
        if let Some(text) = self.local.text(&file.blob, MAX_FILE) {
            *scanned += text.len();
            if self.asked.format_of(&file.path).is_some() {
                let (found, problems) = specs::read_asked(&file.path, &text, &self.asked);
                out.specs = found;
                self.problems.extend(problems);
            } else {
                out.annotations = source::annotations(&file.path, &text);
                if source::kind_of(&file.path) == FileKind::Test {
                    out.tests = source::test_lines(&file.path, &text);
                }
            }
        }
        let out = Rc::new(out);
        self.parsed.insert(file, Rc::clone(&out));
        out
    }

    /// Merge base to the first head, then head to head; and merge base to the current head.
    fn deltas(
        &self,
        known: &[&Sha],
        wanted: &Wanted,
        facts: &mut GitFacts,
    ) -> Result<(), RepoError> {
        let delta = |from: &Sha, to: &Sha| {
            // What was told of the base branch and a head holds for their merge base too.
            let told = wanted.told.steps.iter().find(|((a, b), step)| {
                b == to && (a == from || step.merge_base.as_ref() == Some(from))
            });
            let told = told.map(|((a, _), step)| {
                let forward = a != from || step.fast_forward;
                (forward, step.commits.as_slice())
            });
            self.local.delta(from, to, told)
        };
        let mut before = match (&facts.merge_base, known.first()) {
            // The first attempt starts at its own merge base, which need not be today's.
            (Some(base), Some(first)) => self
                .local
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
}
