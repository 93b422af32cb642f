//! What stands in the files of a commit: requirements, annotations, test functions. Each file is read once
//! by its content, and each commit is put together once.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    rc::Rc,
};

use super::{Objects, derived};
use crate::{
    formats::{
        specs::{self, Asked},
        tree_file::{self, TreeFacts},
    },
    model::{GitFacts, Problem, Reader, Sha, Timestamp},
    repo::{Local, RepoError, TreeFile},
    store::{Cache, StoreError},
};

/// Bytes of source that are read for annotations at one commit; beyond it the scan stops and says so.
const MAX_SCAN: usize = 256 << 20;
/// Bytes of one source file that are read for annotations.
pub(super) const MAX_FILE: usize = 1 << 20;

/// What makes the facts of a whole commit out of those of its files.
const COMMIT: Reader = Reader {
    name: "commit",
    version: tree_file::READER.version,
};

/// Contents after which the repository is opened anew.
const A_READING: u64 = 128;

/// Commits that are read one after the other: what they share is read once.
pub(super) struct Commits<'a> {
    git_dir: &'a Path,
    /// Opened where it is needed, and anew after [`A_READING`] contents.
    local: Option<Local>,
    /// Contents that were opened before it was.
    opened: u64,
    asked: &'a Asked,
    /// What is derived is kept there.
    cache: Option<(&'a Cache, Timestamp)>,
    parsed: HashMap<TreeFile, Rc<TreeFacts>>,
    pub problems: Vec<Problem>,
}

/// Adds what was read of a commit.
fn take(facts: &mut GitFacts, sha: &Sha, found: TreeFacts) -> Vec<Problem> {
    facts.specs.insert(sha.clone(), found.specs);
    facts.annotations.insert(sha.clone(), found.annotations);
    facts.tests.insert(sha.clone(), found.tests);
    found.problems
}

/// Takes in what was read of the commits of a change before, and is kept by their ids. What no reader of
/// today read is read from git; where it cannot be had, nothing is known of that commit.
pub(super) fn recall(
    kept: (&Cache, Timestamp),
    objects: &Objects<'_>,
    asked: &Asked,
    facts: &mut GitFacts,
) -> Result<(), StoreError> {
    let ids: BTreeMap<Sha, String> = facts.kept.clone();
    let of = ids.values().map(String::as_str);
    let mut known: HashMap<String, TreeFacts> = derived::recall(kept.0, COMMIT, of)?;
    let mut unknown = Vec::new();
    for (sha, id) in &ids {
        match known.remove(id) {
            Some(found) => drop(take(facts, sha, found)),
            None => unknown.push(sha),
        }
    }
    if let Some(local) = objects.get().filter(|_| !unknown.is_empty()) {
        let mut commits = Commits::new(local.git_dir(), asked, Some(kept));
        for sha in unknown {
            // A commit that is gone stays unknown.
            let _ = commits.add(sha, facts);
        }
    }
    Ok(())
}

impl<'a> Commits<'a> {
    pub(super) fn new(
        git_dir: &'a Path,
        asked: &'a Asked,
        cache: Option<(&'a Cache, Timestamp)>,
    ) -> Self {
        Self {
            git_dir,
            local: None,
            opened: 0,
            asked,
            cache,
            parsed: HashMap::new(),
            problems: Vec::new(),
        }
    }

    /// The repository. What was read of it is kept in memory as long as it is open.
    fn local(&mut self) -> Result<&Local, RepoError> {
        if let Some(full) = self.local.take_if(|l| l.opened() >= A_READING) {
            self.opened += full.opened();
        }
        let local = match self.local.take() {
            Some(local) => local,
            None => Local::open(self.git_dir)?,
        };
        Ok(self.local.insert(local))
    }

    /// Counts the contents that were opened.
    pub(super) fn opened(&self) -> u64 {
        self.opened + self.local.as_ref().map_or(0, Local::opened)
    }

    /// Adds the facts of a commit.
    pub(super) fn add(&mut self, sha: &Sha, facts: &mut GitFacts) -> Result<(), RepoError> {
        if facts.specs.contains_key(sha) {
            return Ok(());
        }
        let id = tree_file::id("", sha, self.asked);
        let known = self.cache.and_then(|(cache, _)| {
            let mut known = derived::recall(cache, COMMIT, std::iter::once(id.as_str())).ok()?;
            known.remove(&id)
        });
        let (found, whole) = if let Some(found) = known {
            (found, true)
        } else {
            let (found, whole) = self.tree(sha)?;
            if let Some(cache) = self.cache.filter(|_| whole) {
                derived::keep(cache, COMMIT, [(id.clone(), &found)]);
            }
            (found, whole)
        };
        if whole && self.cache.is_some() {
            facts.kept.insert(sha.clone(), id);
        }
        for problem in take(facts, sha, found) {
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
        Ok(())
    }

    /// Reads the files of a commit; tells whether that is all of them.
    fn tree(&mut self, sha: &Sha) -> Result<(TreeFacts, bool), RepoError> {
        let asked = self.asked;
        let files = self
            .local()?
            .files(sha, |path| tree_file::is_read(path, asked))?;
        self.recall(&files);
        let (mut all, mut whole, mut scanned) = (TreeFacts::default(), true, 0);
        let mut fresh = Vec::new();
        for file in files {
            if scanned > MAX_SCAN {
                let what = format!(
                    "more than {} MiB of sources; annotations beyond were not read",
                    MAX_SCAN >> 20
                );
                self.problems
                    .push(Problem::warning(format!("tree of {}", sha.short()), what));
                whole = false;
                break;
            }
            if let Some(done) = self.parsed.get(&file) {
                all.add(done);
                continue;
            }
            let text = self.local()?.text(&file.blob, MAX_FILE);
            scanned += text.as_ref().map_or(0, String::len);
            let read = match &text {
                Some(text) => tree_file::read(&file.path, text, asked),
                None => self.unread(&file)?,
            };
            // A content that is not here may come later.
            if text.is_some() || self.local()?.size(&file.blob).is_some() {
                fresh.push(file.clone());
            } else {
                whole = false;
            }
            all.add(&read);
            self.parsed.insert(file, Rc::new(read));
        }
        specs::defined(&mut all.specs);
        if let Some(cache) = self.cache {
            let facts = fresh.iter().filter_map(|file| {
                let id = tree_file::id(&file.path, &file.blob, asked);
                Some((id, self.parsed.get(file)?.as_ref()))
            });
            derived::keep(cache, tree_file::READER, facts);
        }
        Ok((all, whole))
    }

    /// What is known of a file whose text is not read: why, where it may hold requirements or tests.
    fn unread(&mut self, file: &TreeFile) -> Result<TreeFacts, RepoError> {
        let size = self.local()?.size(&file.blob);
        let matters = tree_file::may_tell(&file.path, self.asked);
        let problem = size.filter(|_| matters).map(|size| {
            let what = if size > MAX_FILE {
                format!("is larger than {} MiB and was not read", MAX_FILE >> 20)
            } else {
                "was not read: git treats it as binary".to_owned()
            };
            Problem::warning(file.path.as_str(), what)
        });
        Ok(TreeFacts {
            problems: problem.into_iter().collect(),
            ..TreeFacts::default()
        })
    }

    /// Takes in what was read before of some files; what cannot be recalled is read.
    fn recall(&mut self, files: &[TreeFile]) {
        let Some((cache, _)) = self.cache else { return };
        let asked = self.asked;
        let unknown = files.iter().filter(|f| !self.parsed.contains_key(f));
        let ids: Vec<(String, TreeFile)> = unknown
            .map(|f| (tree_file::id(&f.path, &f.blob, asked), f.clone()))
            .collect();
        let only_ids = ids.iter().map(|(id, _)| id.as_str());
        let mut known = derived::recall(cache, tree_file::READER, only_ids).unwrap_or_default();
        let found = ids
            .into_iter()
            .filter_map(|(id, file)| Some((file, known.remove(&id)?)));
        self.parsed
            .extend(found.map(|(file, facts)| (file, Rc::new(facts))));
    }
}
