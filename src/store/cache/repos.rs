//! Repositories and hosts: what each is called, who looks at it, how far its clock is off.

use rusqlite::{OptionalExtension as _, Row, params};

use super::{Cache, StoreError, time};
use crate::model::{RepoId, Timestamp};

/// A repository as the cache knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepoRow {
    /// Key of the row.
    pub id: i64,
    pub repo: RepoId,
    /// Whose view the summaries of its changes are.
    pub viewer: Option<String>,
    pub clone_url: Option<String>,
    pub default_branch: Option<String>,
    pub list_checked_at: Option<Timestamp>,
    /// The forge's number of the repository, which stays when its name changes.
    pub forge_id: Option<u64>,
    /// Changes that one query may ask for, where the usual number was too much.
    pub page_size: Option<u32>,
    /// When the forge began to say that there is no such repository for this token.
    pub lost_at: Option<Timestamp>,
    /// Size of its git objects in KiB, by the forge's word.
    pub size_kib: Option<u64>,
}

impl Cache {
    /// Returns the row of a repository, making it where it is new.
    pub fn repo(&self, repo: &RepoId) -> Result<RepoRow, StoreError> {
        if let Some(row) = self.find_repo(repo)? {
            return Ok(row);
        }
        let (host, owner, name) = (repo.host.to_string(), repo.owner.clone(), repo.name.clone());
        self.db.write(move |tx| {
            tx.execute(
                "INSERT INTO repo (host, owner, name) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                params![host, owner, name],
            )
        })?;
        self.find_repo(repo)?.ok_or_else(|| StoreError::Closed {
            path: self.db.path().to_owned(),
        })
    }

    /// Returns the row of a repository, by its name or one it had before, if there is one.
    pub fn find_repo(&self, repo: &RepoId) -> Result<Option<RepoRow>, StoreError> {
        self.db.read(|c| {
            let name = params![repo.host.as_str(), repo.owner, repo.name];
            let sql = format!("{REPO} WHERE host = ?1 AND owner = ?2 AND name = ?3");
            let found = c.query_row(&sql, name, repo_row).optional()?;
            if found.is_some() {
                return Ok(found);
            }
            let sql = format!(
                "{REPO} WHERE id = (SELECT repo FROM alias WHERE host = ?1 AND owner = ?2 AND name = ?3)"
            );
            c.query_row(&sql, name, repo_row).optional()
        })
    }

    /// Returns all repositories.
    pub fn repos(&self) -> Result<Vec<RepoRow>, StoreError> {
        self.db.read(|c| {
            c.prepare(&format!("{REPO} ORDER BY host, owner, name"))?
                .query_map([], repo_row)?
                .collect()
        })
    }

    /// Writes what the forge says of the repository and of the viewer.
    pub fn set_repo(&self, row: RepoRow) -> Result<(), StoreError> {
        self.db.write(move |tx| {
            tx.execute(
                "UPDATE repo SET viewer = ?2, clone_url = ?3, default_branch = ?4, forge_id = ?5,
                    page_size = ?6, lost_at = ?7, size_kib = ?8 WHERE id = ?1",
                params![
                    row.id,
                    row.viewer,
                    row.clone_url,
                    row.default_branch,
                    row.forge_id,
                    row.page_size,
                    row.lost_at.map(|t| t.to_string()),
                    row.size_kib
                ],
            )?;
            Ok(())
        })
    }

    /// Gives a repository the name it has now; the one it had leads to it still. Where another row
    /// has the new name already, that row goes: it is the same repository, fetched by its new name.
    pub fn rename_repo(&self, repo: i64, new: &RepoId) -> Result<(), StoreError> {
        let (host, owner, name) = (new.host.to_string(), new.owner.clone(), new.name.clone());
        self.db.write(move |tx| {
            let to = params![host, owner, name, repo];
            tx.execute(
                "DELETE FROM repo WHERE host = ?1 AND owner = ?2 AND name = ?3 AND id <> ?4",
                to,
            )?;
            tx.execute(
                "INSERT OR REPLACE INTO alias (host, owner, name, repo) SELECT host, owner, name, id FROM repo WHERE id = ?1",
                [repo],
            )?;
            tx.execute(
                "UPDATE repo SET host = ?1, owner = ?2, name = ?3, clone_url = NULL WHERE id = ?4",
                to,
            )?;
            tx.execute(
                "DELETE FROM alias WHERE host = ?1 AND owner = ?2 AND name = ?3",
                params![host, owner, name],
            )?;
            Ok(())
        })
    }

    /// Returns the names a repository had before.
    pub fn old_names(&self, repo: i64) -> Result<Vec<RepoId>, StoreError> {
        self.db.read(|c| {
            c.prepare("SELECT host, owner, name FROM alias WHERE repo = ?1")?
                .query_map([repo], |r| {
                    let (host, owner, name): (String, String, String) =
                        (r.get(0)?, r.get(1)?, r.get(2)?);
                    Ok(RepoId::new(host, &owner, &name))
                })?
                .collect()
        })
    }

    /// Returns how far a host's clock is ahead of ours, in seconds, as it was last seen.
    pub fn skew(&self, host: &str) -> Result<i64, StoreError> {
        self.db.read(|c| {
            let sql = "SELECT skew FROM host WHERE host = ?1";
            Ok(c.query_row(sql, [host], |r| r.get(0))
                .optional()?
                .unwrap_or(0))
        })
    }

    /// Writes how far a host's clock is ahead of ours.
    pub fn set_skew(&self, host: &str, skew: i64) -> Result<(), StoreError> {
        let host = host.to_owned();
        self.db.write(move |tx| {
            tx.execute(
                "INSERT OR REPLACE INTO host (host, skew) VALUES (?1, ?2)",
                params![host, skew],
            )?;
            Ok(())
        })
    }

    /// Returns the login of the account that a token belongs to, by the key that stands for the token.
    pub fn viewer(&self, host: &str, account: &str) -> Result<Option<String>, StoreError> {
        self.db.read(|c| {
            let sql = "SELECT login FROM viewer WHERE host = ?1 AND account = ?2";
            c.query_row(sql, [host, account], |r| r.get(0)).optional()
        })
    }

    /// Forgets the login of the account that a token belongs to.
    pub fn forget_viewer(&self, host: &str, account: &str) -> Result<(), StoreError> {
        let row = [host, account].map(str::to_owned);
        self.db.write(move |tx| {
            let sql = "DELETE FROM viewer WHERE host = ?1 AND account = ?2";
            tx.execute(sql, row)?;
            Ok(())
        })
    }

    /// Keeps the login of the account that a token belongs to.
    pub fn set_viewer(&self, host: &str, account: &str, login: &str) -> Result<(), StoreError> {
        let row = [host, account, login].map(str::to_owned);
        self.db.write(move |tx| {
            tx.execute(
                "INSERT OR REPLACE INTO viewer (host, account, login) VALUES (?1, ?2, ?3)",
                row,
            )?;
            Ok(())
        })
    }
}

const REPO: &str = "SELECT id, host, owner, name, viewer, clone_url, default_branch, list_checked_at, forge_id, page_size, lost_at, size_kib FROM repo";

fn repo_row(r: &Row<'_>) -> rusqlite::Result<RepoRow> {
    let (host, owner, name): (String, String, String) = (r.get(1)?, r.get(2)?, r.get(3)?);
    Ok(RepoRow {
        id: r.get(0)?,
        repo: RepoId::new(host, &owner, &name),
        viewer: r.get(4)?,
        clone_url: r.get(5)?,
        default_branch: r.get(6)?,
        list_checked_at: time(r.get(7)?),
        forge_id: r.get(8)?,
        page_size: r.get(9)?,
        lost_at: time(r.get(10)?),
        size_kib: r.get(11)?,
    })
}
