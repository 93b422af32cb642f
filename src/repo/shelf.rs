//! Objects that came by the API instead of by git. Each is written only where its content gives the
//! id that the forge names it by, so that what lies here is what git would have brought. Commits do
//! not come that way: the tree of one is kept under a reference that is named after it.

use std::{collections::BTreeMap, path::Path};

use git2::{ObjectType, Oid, Repository, RepositoryInitOptions};

use super::{RepoError, open::oid};
use crate::model::Sha;

/// Where trees of commits that are not here themselves are kept.
const TREES: &str = "refs/proofline/trees";

/// One row of a tree that was listed with all that lies below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFile {
    pub path: String,
    /// Octal, as git writes it: `100644`, `040000`.
    pub mode: String,
    pub id: Sha,
    pub size: u64,
}

impl ListedFile {
    /// Tells whether it is a file or a link with content of its own.
    pub fn is_blob(&self) -> bool {
        self.mode.starts_with("10") || self.mode == "120000"
    }

    fn is_tree(&self) -> bool {
        self.mode.trim_start_matches('0') == "40000"
    }
}

/// Makes a bare repository where there is none yet; needs no installed `git`.
pub(super) fn init(folder: &Path) -> Result<(), RepoError> {
    if folder.join("HEAD").exists() {
        return Ok(());
    }
    let mut options = RepositoryInitOptions::new();
    options.bare(true).external_template(false).mkpath(true);
    Repository::init_opts(folder, &options)?;
    Ok(())
}

/// Returns the tree of a commit, whichever way it came; before the first commit there is the empty one.
pub(super) fn tree_of(git: &Repository, commit: Oid) -> Result<git2::Tree<'_>, git2::Error> {
    if commit == super::open::empty_tree()? {
        return git.find_tree(commit);
    }
    git.find_commit(commit).and_then(|c| c.tree()).or_else(|e| {
        git.find_reference(&format!("{TREES}/{commit}"))
            .and_then(|r| r.peel_to_tree())
            .map_err(|_| e)
    })
}

/// A repository of our own that takes in objects of the API.
pub struct Shelf {
    git: Repository,
}

impl Shelf {
    /// Opens the repository in a folder, or makes it.
    pub fn open(folder: &Path) -> Result<Self, RepoError> {
        init(folder)?;
        let git = Repository::open(folder)?;
        Ok(Self { git })
    }

    /// Tells whether the tree of a commit is here.
    pub fn has_tree(&self, commit: &Sha) -> bool {
        oid(commit).is_ok_and(|id| tree_of(&self.git, id).is_ok())
    }

    /// Tells whether the content of a file is here.
    pub fn has_file(&self, blob: &Sha) -> bool {
        let objects = self.git.odb();
        oid(blob).is_ok_and(|id| objects.is_ok_and(|o| o.exists(id)))
    }

    /// Lists the files of a commit whose tree is here, with sizes where their contents are.
    pub fn files(&self, commit: &Sha) -> Result<Vec<(Sha, String)>, RepoError> {
        let tree = tree_of(&self.git, oid(commit)?)?;
        let mut found = Vec::new();
        super::objects::walk(&self.git, &tree, "", &[], &mut |path, id| {
            if let Ok(id) = super::open::sha(id) {
                found.push((id, path.to_owned()));
            }
        })?;
        Ok(found)
    }

    /// Takes in the content of a file.
    pub fn put_file(&self, id: &Sha, bytes: &[u8]) -> Result<(), RepoError> {
        self.put(ObjectType::Blob, oid(id)?, bytes)
    }

    /// Takes in the tree of a commit from its whole listing, folder by folder.
    pub fn put_tree(&self, commit: &Sha, root: &Sha, rows: &[ListedFile]) -> Result<(), RepoError> {
        let mut folders: BTreeMap<&str, Vec<(&str, &ListedFile)>> = BTreeMap::new();
        folders.insert("", Vec::new());
        for row in rows {
            let (folder, name) = row.path.rsplit_once('/').unwrap_or(("", &row.path));
            folders.entry(folder).or_default().push((name, row));
            if row.is_tree() {
                folders.entry(&row.path).or_default();
            }
        }
        let ids: BTreeMap<&str, &Sha> = rows
            .iter()
            .filter(|r| r.is_tree())
            .map(|r| (r.path.as_str(), &r.id))
            .collect();
        for (folder, mut files) in folders {
            // As git sorts them: a folder as if its name ended with a slash.
            files.sort_by_key(|(name, row)| {
                let slash = if row.is_tree() { "/" } else { "" };
                format!("{name}{slash}").into_bytes()
            });
            let mut bytes = Vec::new();
            for (name, row) in files {
                let mode = row.mode.trim_start_matches('0');
                bytes.extend_from_slice(format!("{mode} {name}\0").as_bytes());
                bytes.extend_from_slice(oid(&row.id)?.as_bytes());
            }
            let id = if folder.is_empty() {
                root
            } else {
                match ids.get(folder) {
                    Some(id) => id,
                    None => return Err(strange(format!("{folder} is listed as no folder"))),
                }
            };
            self.put(ObjectType::Tree, oid(id)?, &bytes)?;
        }
        let name = format!("{TREES}/{commit}");
        self.git
            .reference(&name, oid(root)?, true, "listed by the API")?;
        Ok(())
    }

    fn put(&self, kind: ObjectType, id: Oid, bytes: &[u8]) -> Result<(), RepoError> {
        if Oid::hash_object(kind, bytes)? != id {
            return Err(strange(format!("the content of {id} gives another id")));
        }
        self.git.odb()?.write(kind, bytes)?;
        Ok(())
    }
}

fn strange(what: String) -> RepoError {
    RepoError::Strange { what }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sha(id: Oid) -> Sha {
        Sha::parse(&id.to_string()).unwrap()
    }

    #[test]
    fn a_tree_is_taken_in_whole_and_only_as_it_is() {
        let disk = tempfile::tempdir().unwrap();
        let source = Repository::init_bare(disk.path().join("source")).unwrap();
        // Names on which git's order of folders and files differs from the usual one.
        let mut files = Vec::new();
        for (path, mode) in [("a.rs", 0o100_644), ("a", 0o100_755), ("link", 0o120_000)] {
            files.push((path, source.blob(path.as_bytes()).unwrap(), mode));
        }
        let mut below = source.treebuilder(None).unwrap();
        below.insert("x", files[0].1, 0o100_644).unwrap();
        let below = below.write().unwrap();
        let mut root = source.treebuilder(None).unwrap();
        for (path, id, mode) in &files {
            root.insert(path, *id, *mode).unwrap();
        }
        root.insert("a-b", below, 0o040_000).unwrap();
        root.insert("b", below, 0o040_000).unwrap();
        let root = root.write().unwrap();
        let mut rows: Vec<ListedFile> = files
            .iter()
            .map(|(path, id, mode)| ListedFile {
                path: (*path).to_owned(),
                mode: format!("{mode:06o}"),
                id: sha(*id),
                size: 1,
            })
            .collect();
        for folder in ["a-b", "b"] {
            rows.push(ListedFile {
                path: folder.to_owned(),
                mode: "040000".to_owned(),
                id: sha(below),
                size: 0,
            });
            rows.push(ListedFile {
                path: format!("{folder}/x"),
                mode: "100644".to_owned(),
                id: sha(files[0].1),
                size: 4,
            });
        }
        let shelf = Shelf::open(&disk.path().join("deep/own.git")).unwrap();
        let commit = Sha::parse(&"c".repeat(40)).unwrap();
        let mut wrong = rows.clone();
        wrong[0].path = "other.rs".to_owned();
        assert!(shelf.put_tree(&commit, &sha(root), &wrong).is_err());
        assert!(!shelf.has_tree(&commit));
        shelf.put_tree(&commit, &sha(root), &rows).unwrap();
        let listed = shelf.files(&commit).unwrap();
        let paths: Vec<&str> = listed.iter().map(|(_, path)| path.as_str()).collect();
        assert_eq!(paths, ["a", "a-b/x", "a.rs", "b/x", "link"]);
        assert!(shelf.put_file(&sha(files[0].1), b"other").is_err());
        assert!(!shelf.has_file(&sha(files[0].1)));
        shelf.put_file(&sha(files[0].1), b"a.rs").unwrap();
        assert!(shelf.has_file(&sha(files[0].1)));
    }
}
