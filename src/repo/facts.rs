//! What git says about a change: specs and annotations at every head and at the merge base, and the
//! differences between heads.

use std::{collections::HashMap, path::Path, rc::Rc};

use git2::{ObjectType, Oid, Repository, TreeWalkMode, TreeWalkResult};

use super::{Local, RepoError, diff, open};
use crate::{
    formats::{
        source::{self, FileKind},
        specs,
    },
    model::{GitFacts, HeadDelta, Problem, Requirement, Sha, TestAnnotation, TestFn},
};

/// Bytes of source that are read for annotations at one commit; beyond it the scan stops and says so.
const MAX_SCAN: usize = 256 << 20;
/// Bytes of one source file that are read for annotations.
const MAX_FILE: usize = 1 << 20;
/// Bytes of test files that are parsed for test functions at one commit.
const MAX_PARSE: usize = 8 << 20;

/// Which commits to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Heads of the branch, oldest first; the last one is the current head.
    pub heads: Vec<Sha>,
    /// The commit the change would be merged into.
    pub base: Sha,
}

/// Content of one file as far as it matters here, parsed once by blob.
#[derive(Default)]
struct Parsed {
    specs: Vec<Requirement>,
    annotations: Vec<TestAnnotation>,
    tests: Vec<TestFn>,
}

struct Reader {
    local: Local,
    parsed: HashMap<(Oid, String), Rc<Parsed>>,
    problems: Vec<Problem>,
}

/// Reads the facts. What cannot be had is listed in `missing` or as a problem; the rest stands.
pub fn read_facts(git_dir: &Path, wanted: &Wanted) -> Result<(GitFacts, Vec<Problem>), RepoError> {
    let git = Repository::open(git_dir).map_err(|source| RepoError::Open {
        path: git_dir.to_owned(),
        source,
    })?;
    let mut reader = Reader {
        local: Local { git },
        parsed: HashMap::new(),
        problems: Vec::new(),
    };
    let mut facts = GitFacts::default();
    let mut known: Vec<(Sha, Oid)> = Vec::new();
    for head in &wanted.heads {
        let oid = open::oid(head)?;
        if reader.local.git.find_commit(oid).is_ok() {
            known.push((head.clone(), oid));
        } else {
            facts.missing.push(head.clone());
        }
    }
    let base = open::oid(&wanted.base)?;
    let merge_base = known
        .last()
        .and_then(|(_, head)| reader.local.git.merge_base(base, *head).ok());
    if let Some(base) = merge_base {
        facts.merge_base = Some(open::sha(base)?);
    } else if !known.is_empty() {
        let what = "no merge base with the base branch is known; differences to it are left out";
        reader
            .problems
            .push(Problem::warning(wanted.base.short(), what));
    }
    for (sha, oid) in &known {
        reader.commit(sha, *oid, &mut facts)?;
    }
    if let (Some(sha), Some(oid)) = (facts.merge_base.clone(), merge_base) {
        reader.commit(&sha, oid, &mut facts)?;
    }
    reader.deltas(&known, merge_base, &mut facts)?;
    Ok((facts, reader.problems))
}

/// Lists the files of a commit that may hold specs, annotations or tests.
fn candidates(git: &Repository, commit: Oid) -> Result<Vec<(Oid, String)>, RepoError> {
    let tree = git.find_commit(commit)?.tree()?;
    let mut files: Vec<(Oid, String)> = Vec::new();
    tree.walk(TreeWalkMode::PreOrder, |root, entry| {
        let Ok(name) = entry.name() else {
            return TreeWalkResult::Ok;
        };
        if entry.kind() == Some(ObjectType::Tree) {
            let vendored = matches!(name, "node_modules" | "vendor" | "third_party" | "target");
            return if vendored {
                TreeWalkResult::Skip
            } else {
                TreeWalkResult::Ok
            };
        }
        let path = format!("{root}{name}");
        if specs::format_of(&path).is_some() || source::is_source(&path) {
            files.push((entry.id(), path));
        }
        TreeWalkResult::Ok
    })?;
    Ok(files)
}

impl Reader {
    fn commit(&mut self, sha: &Sha, oid: Oid, facts: &mut GitFacts) -> Result<(), RepoError> {
        if facts.specs.contains_key(sha) {
            return Ok(());
        }
        let files = candidates(&self.local.git, oid)?;
        let (mut requirements, mut annotations, mut tests) = (Vec::new(), Vec::new(), Vec::new());
        let (mut scanned, mut parsed_bytes) = (0, 0);
        for (id, path) in files {
            if scanned > MAX_SCAN {
                let what = format!(
                    "more than {} MiB of sources; annotations beyond were not read",
                    MAX_SCAN >> 20
                );
                self.problems
                    .push(Problem::warning(format!("tree of {}", sha.short()), what));
                break;
            }
            let parsed = self.file(id, &path, &mut scanned, &mut parsed_bytes);
            requirements.extend(parsed.specs.iter().cloned());
            annotations.extend(parsed.annotations.iter().cloned());
            tests.extend(parsed.tests.iter().cloned());
        }
        facts.specs.insert(sha.clone(), requirements);
        facts.annotations.insert(sha.clone(), annotations);
        facts.tests.insert(sha.clone(), tests);
        Ok(())
    }

    fn file(
        &mut self,
        id: Oid,
        path: &str,
        scanned: &mut usize,
        parsed_bytes: &mut usize,
    ) -> Rc<Parsed> {
        let key = (id, path.to_owned());
        if let Some(done) = self.parsed.get(&key) {
            return Rc::clone(done);
        }
        let mut out = Parsed::default();
        if let Ok(blob) = self.local.git.find_blob(id)
            && blob.size() <= MAX_FILE
            && !blob.is_binary()
        {
            *scanned += blob.size();
            let text = String::from_utf8_lossy(blob.content());
            if specs::format_of(path).is_some() {
                let (found, problems) = specs::read_spec(path, &text);
                out.specs = found;
                self.problems.extend(problems);
            } else {
                out.annotations = source::annotations(path, &text);
                if source::kind_of(path) == FileKind::Test && *parsed_bytes < MAX_PARSE {
                    *parsed_bytes += blob.size();
                    out.tests = source::test_lines(path, &text);
                }
            }
        }
        let out = Rc::new(out);
        self.parsed.insert(key, Rc::clone(&out));
        out
    }

    fn deltas(
        &self,
        known: &[(Sha, Oid)],
        merge_base: Option<Oid>,
        facts: &mut GitFacts,
    ) -> Result<(), RepoError> {
        let mut before = merge_base;
        for (sha, head) in known {
            // The first attempt starts at its own merge base, which need not be today's.
            let from = match (before, known.first()) {
                (Some(base), Some((_, first))) if head == first => {
                    self.local.git.merge_base(base, *head).unwrap_or(base)
                }
                (Some(from), _) => from,
                (None, _) => {
                    before = Some(*head);
                    continue;
                }
            };
            facts.deltas.push(HeadDelta {
                from: open::sha(from)?,
                to: sha.clone(),
                files: diff::between(&self.local.git, from, *head, 3)?,
                commits: self.local.commits(from, *head)?,
                fast_forward: self
                    .local
                    .git
                    .graph_descendant_of(*head, from)
                    .unwrap_or(false),
            });
            before = Some(*head);
        }
        if let (Some(base), Some((sha, head))) = (merge_base, known.last()) {
            facts.total = Some(HeadDelta {
                from: open::sha(base)?,
                to: sha.clone(),
                files: diff::between(&self.local.git, base, *head, 3)?,
                commits: self.local.commits(base, *head)?,
                fast_forward: true,
            });
        }
        Ok(())
    }
}
