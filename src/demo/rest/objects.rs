//! What git holds: commits, comparisons, trees, files.

use base64::Engine as _;
use git2::{Delta, DiffOptions, Oid};
use serde_json::{Value, json};

use super::shapes::{View, merge, node_id, stamp};
use crate::demo::request::{Answer, Content, Refusal, Reply, Request};
use crate::demo::world::{Account, Time};

impl View<'_> {
    /// A commit by id, short id, branch or full reference.
    pub(crate) fn resolve(&self, name: &str) -> Result<Oid, Refusal> {
        let short = name
            .trim_start_matches("refs/")
            .trim_start_matches("heads/");
        let branch = format!("refs/heads/{short}");
        if let Ok(commit) = self.git.repository.refname_to_id(&branch) {
            return Ok(commit);
        }
        let object = self.git.repository.revparse_single(name)?;
        Ok(object.peel_to_commit()?.id())
    }

    /// `repos/get-commit`.
    pub(super) fn get_commit(&self, name: &str) -> Answer {
        let id = self.resolve(name).map_err(|_| no_commit(name))?;
        let mut commit = self.commit(id)?;
        let parent = self.git.repository.find_commit(id)?.parent_ids().next();
        let files = self.diff_entries(parent, id)?;
        let sum = |field: &str| {
            files
                .iter()
                .filter_map(|file| file[field].as_u64())
                .sum::<u64>()
        };
        commit["stats"] = json!({
            "total": sum("changes"),
            "additions": sum("additions"),
            "deletions": sum("deletions"),
        });
        commit["files"] = Value::from(files);
        Ok(Reply::json("repos/get-commit", commit))
    }

    /// `repos/compare-commits-with-basehead`.
    pub(super) fn compare(&self, base_and_head: &str) -> Answer {
        let (base, head) = base_and_head
            .split_once("...")
            .ok_or_else(Refusal::not_found)?;
        let plain = |name: &str| {
            name.rsplit(':')
                .next()
                .map(str::to_owned)
                .unwrap_or_default()
        };
        let (base, head) = (self.resolve(&plain(base))?, self.resolve(&plain(head))?);
        let merge_base = self.git.repository.merge_base(base, head)?;
        let (ahead, behind) = self.git.repository.graph_ahead_behind(head, base)?;
        let status = match (ahead, behind) {
            (0, 0) => "identical",
            (_, 0) => "ahead",
            (0, _) => "behind",
            _ => "diverged",
        };
        let between = self
            .git
            .commits_between(merge_base, head)
            .map_err(|_| Refusal::not_found())?;
        let commits: Result<Vec<Value>, Refusal> = between
            .into_iter()
            .map(|commit| self.commit(commit))
            .collect();
        let url = format!("{}/compare/{base_and_head}", self.repo_url());
        let html = format!("{}/compare/{base_and_head}", self.html_url());
        let comparison = json!({
            "url": url,
            "html_url": html,
            "permalink_url": html,
            "diff_url": format!("{html}.diff"),
            "patch_url": format!("{html}.patch"),
            "base_commit": self.commit(base)?,
            "merge_base_commit": self.commit(merge_base)?,
            "status": status,
            "ahead_by": ahead,
            "behind_by": behind,
            "total_commits": ahead,
            "commits": commits?,
            "files": self.diff_entries(Some(merge_base), head)?,
        });
        Ok(Reply::json(
            "repos/compare-commits-with-basehead",
            comparison,
        ))
    }

    /// `git/get-commit`: by its whole id only.
    pub(super) fn get_git_commit(&self, name: &str) -> Answer {
        let (_, commit) = self.git_commit(Oid::from_str(name).map_err(|_| no_commit(name))?)?;
        Ok(Reply::json("git/get-commit", commit))
    }

    /// `git/get-blob`.
    pub(super) fn get_blob(&self, request: &Request, name: &str) -> Answer {
        let id = Oid::from_str(name).map_err(|_| Refusal::not_found())?;
        let blob = self.git.repository.find_blob(id)?;
        let wanted = request.header("accept").unwrap_or_default();
        if wanted.contains(".raw") {
            let bytes = bytes::Bytes::copy_from_slice(blob.content());
            let content = Content::Raw("application/vnd.github.raw+json; charset=utf-8", bytes);
            return Ok(Reply::new("git/get-blob", content));
        }
        let body = json!({
            "sha": id.to_string(),
            "node_id": format!("B_kw{id}"),
            "size": blob.size(),
            "url": format!("{}/git/blobs/{id}", self.repo_url()),
            "encoding": "base64",
            "content": base64::engine::general_purpose::STANDARD.encode(blob.content()),
        });
        Ok(Reply::json("git/get-blob", body))
    }

    /// `git/get-tree`.
    pub(super) fn get_tree(&self, request: &Request, name: &str) -> Answer {
        let commit = self.git.repository.revparse_single(name).or_else(|_| {
            self.git
                .repository
                .revparse_single(&format!("refs/heads/{name}"))
        })?;
        let tree = commit.peel_to_tree()?;
        let recursive = request.query("recursive").is_some();
        let mut entries = Vec::new();
        tree.walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
            let path = format!("{folder}{}", String::from_utf8_lossy(entry.name_bytes()));
            let is_tree = entry.kind() == Some(git2::ObjectType::Tree);
            let kind = if is_tree { "tree" } else { "blob" };
            let mut row = json!({
                "path": path,
                "mode": format!("{:06o}", entry.filemode()),
                "type": kind,
                "sha": entry.id().to_string(),
                "url": format!("{}/git/{kind}s/{}", self.repo_url(), entry.id()),
            });
            if let Ok(blob) = self.git.repository.find_blob(entry.id()) {
                row["size"] = Value::from(blob.size());
            }
            entries.push(row);
            if is_tree && !recursive {
                git2::TreeWalkResult::Skip
            } else {
                git2::TreeWalkResult::Ok
            }
        })?;
        let id = tree.id();
        let body = json!({
            "sha": id.to_string(),
            "url": format!("{}/git/trees/{id}", self.repo_url()),
            "tree": entries,
            "truncated": false,
        });
        Ok(Reply::json("git/get-tree", body))
    }

    /// `repos/get-content`: a file, or the list of a folder.
    pub(super) fn get_content(&self, request: &Request, path: &str) -> Answer {
        let commit = self.resolve(request.query("ref").unwrap_or("main"))?;
        let tree = self.git.repository.find_commit(commit)?.tree()?;
        if path.is_empty() {
            return Ok(self.folder(&tree, "", commit));
        }
        let entry = tree.get_path(std::path::Path::new(path))?;
        if let Ok(folder) = self.git.repository.find_tree(entry.id()) {
            return Ok(self.folder(&folder, &format!("{path}/"), commit));
        }
        let blob = self.git.repository.find_blob(entry.id())?;
        let wanted = request.header("accept").unwrap_or_default();
        if wanted.contains(".raw") {
            let bytes = bytes::Bytes::copy_from_slice(blob.content());
            let content = Content::Raw("application/vnd.github.raw+json; charset=utf-8", bytes);
            return Ok(Reply::new("repos/get-content", content));
        }
        let mut file = self.content_entry(path, entry.id(), commit, "file", blob.size());
        merge(
            &mut file,
            json!({
                "encoding": "base64",
                "content": base64::engine::general_purpose::STANDARD.encode(blob.content()),
            }),
        );
        Ok(Reply::json("repos/get-content", file))
    }

    fn folder(&self, tree: &git2::Tree<'_>, folder: &str, commit: Oid) -> Reply {
        let entries = tree
            .iter()
            .map(|entry| {
                let path = format!("{folder}{}", String::from_utf8_lossy(entry.name_bytes()));
                let blob = self.git.repository.find_blob(entry.id());
                let kind = if blob.is_ok() { "file" } else { "dir" };
                let size = blob.map_or(0, |blob| blob.size());
                self.content_entry(&path, entry.id(), commit, kind, size)
            })
            .collect::<Vec<_>>();
        Reply::json("repos/get-content", Value::from(entries))
    }

    fn content_entry(&self, path: &str, id: Oid, commit: Oid, kind: &str, size: usize) -> Value {
        let url = format!("{}/contents/{path}?ref={commit}", self.repo_url());
        let below = if kind == "dir" { "trees" } else { "blobs" };
        let git_url = format!("{}/git/{below}/{id}", self.repo_url());
        let html = format!("{}/blob/{commit}/{path}", self.html_url());
        json!({
            "name": path.rsplit('/').next().unwrap_or(path),
            "path": path,
            "sha": id.to_string(),
            "size": size,
            "url": url,
            "html_url": html,
            "git_url": git_url,
            "download_url": if kind == "dir" { Value::Null } else { Value::from(format!("{}/raw/{commit}/{path}", self.html_url())) },
            "type": kind,
            "_links": { "self": url, "git": git_url, "html": html },
        })
    }

    /// `git/get-ref`.
    pub(super) fn get_ref(&self, name: &str) -> Answer {
        let full = format!("refs/{name}");
        let commit = self.git.repository.refname_to_id(&full)?;
        let body = json!({
            "ref": full,
            "node_id": node_id("REF", self.world.repository_id),
            "url": format!("{}/git/{full}", self.repo_url()),
            "object": {
                "sha": commit.to_string(),
                "type": "commit",
                "url": format!("{}/git/commits/{commit}", self.repo_url()),
            },
        });
        Ok(Reply::json("git/get-ref", body))
    }

    /// The account that signs with this address.
    pub(crate) fn account_of(&self, email: &str) -> Option<&Account> {
        self.world
            .accounts
            .iter()
            .find(|account| account.email == email)
    }

    pub(crate) fn commit(&self, id: Oid) -> Result<Value, Refusal> {
        let commit = self.git.repository.find_commit(id)?;
        let url = format!("{}/commits/{id}", self.repo_url());
        let git_url = format!("{}/git/commits/{id}", self.repo_url());
        let html = format!("{}/commit/{id}", self.html_url());
        let tree = commit.tree_id();
        let account = |signature: &git2::Signature<'_>| {
            let email = String::from_utf8_lossy(signature.email_bytes()).into_owned();
            self.account_of(&email)
                .map_or(Value::Null, |account| self.user(&account.login))
        };
        let parents: Vec<Value> = commit
            .parent_ids()
            .map(|parent| {
                json!({
                    "sha": parent.to_string(),
                    "url": format!("{}/commits/{parent}", self.repo_url()),
                    "html_url": format!("{}/commit/{parent}", self.html_url()),
                })
            })
            .collect();
        Ok(json!({
            "sha": id.to_string(),
            "node_id": format!("C_kw{id}"),
            "commit": {
                "author": signed(&commit.author()),
                "committer": signed(&commit.committer()),
                "message": message(&commit),
                "tree": { "sha": tree.to_string(), "url": format!("{}/git/trees/{tree}", self.repo_url()) },
                "url": git_url,
                "comment_count": 0,
                "verification": unsigned(),
            },
            "url": url,
            "html_url": html,
            "comments_url": format!("{url}/comments"),
            "author": account(&commit.author()),
            "committer": account(&commit.committer()),
            "parents": parents,
        }))
    }

    /// A commit as git knows it, for timelines, with its date.
    pub(super) fn git_commit(&self, id: Oid) -> Result<(Time, Value), Refusal> {
        let commit = self.git.repository.find_commit(id)?;
        let full = self.commit(id)?;
        let row = json!({
            "sha": full["sha"],
            "node_id": full["node_id"],
            "url": full["commit"]["url"],
            "html_url": full["html_url"],
            "author": full["commit"]["author"],
            "committer": full["commit"]["committer"],
            "tree": full["commit"]["tree"],
            "message": full["commit"]["message"],
            "parents": full["parents"],
            "verification": unsigned(),
        });
        Ok((seconds(commit.time()), row))
    }

    /// A commit as it stands inside runs and suites.
    pub(super) fn simple_commit(&self, id: Oid) -> Result<Value, Refusal> {
        let commit = self.git.repository.find_commit(id)?;
        let who = |signature: git2::Signature<'_>| {
            json!({
                "name": String::from_utf8_lossy(signature.name_bytes()),
                "email": String::from_utf8_lossy(signature.email_bytes()),
            })
        };
        Ok(json!({
            "id": id.to_string(),
            "tree_id": commit.tree_id().to_string(),
            "message": message(&commit),
            "timestamp": stamp(seconds(commit.time())),
            "author": who(commit.author()),
            "committer": who(commit.committer()),
        }))
    }

    /// The changed files between two commits; of a first commit all of them.
    pub(crate) fn diff_entries(&self, base: Option<Oid>, head: Oid) -> Result<Vec<Value>, Refusal> {
        let diff = self.diff(base, head)?;
        let mut entries = Vec::new();
        for (index, delta) in diff.deltas().enumerate() {
            let path = delta
                .new_file()
                .path()
                .map(|path| path.to_string_lossy().into_owned());
            let path = path.unwrap_or_default();
            let status = match delta.status() {
                Delta::Added => "added",
                Delta::Deleted => "removed",
                Delta::Renamed => "renamed",
                _ => "modified",
            };
            let Some(mut hunks) = git2::Patch::from_diff(&diff, index)? else {
                continue;
            };
            let (_, additions, deletions) = hunks.line_stats()?;
            let text = hunks.to_buf()?;
            let text = String::from_utf8_lossy(&text).into_owned();
            let hunks = text
                .find("@@")
                .and_then(|at| text.get(at..))
                .unwrap_or_default();
            let mut entry = json!({
                "sha": delta.new_file().id().to_string(),
                "filename": path,
                "status": status,
                "additions": additions,
                "deletions": deletions,
                "changes": additions + deletions,
                "blob_url": format!("{}/blob/{head}/{path}", self.html_url()),
                "raw_url": format!("{}/raw/{head}/{path}", self.html_url()),
                "contents_url": format!("{}/contents/{path}?ref={head}", self.repo_url()),
                "patch": hunks.trim_end_matches('\n'),
            });
            if status == "renamed" {
                let old = delta
                    .old_file()
                    .path()
                    .map(|path| path.to_string_lossy().into_owned());
                entry["previous_filename"] = Value::from(old);
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    /// The diff between two commits as text.
    pub(super) fn patch_text(&self, base: Oid, head: Oid) -> Result<Vec<u8>, Refusal> {
        let mut text = Vec::new();
        self.diff(Some(base), head)?
            .print(git2::DiffFormat::Patch, |_, _, line| {
                if matches!(line.origin(), '+' | '-' | ' ') {
                    text.extend(line.origin().to_string().bytes());
                }
                text.extend_from_slice(line.content());
                true
            })?;
        Ok(text)
    }

    fn diff(&self, base: Option<Oid>, head: Oid) -> Result<git2::Diff<'_>, Refusal> {
        let tree = |id: Oid| {
            self.git
                .repository
                .find_commit(id)
                .and_then(|commit| commit.tree())
        };
        let base = base.map(tree).transpose()?;
        let mut options = DiffOptions::new();
        let head = tree(head)?;
        let mut diff = self.git.repository.diff_tree_to_tree(
            base.as_ref(),
            Some(&head),
            Some(&mut options),
        )?;
        diff.find_similar(None)?;
        Ok(diff)
    }
}

fn no_commit(name: &str) -> Refusal {
    Refusal::new(422, format!("No commit found for SHA: {name}"))
}

fn message(commit: &git2::Commit<'_>) -> String {
    String::from_utf8_lossy(commit.message_bytes())
        .trim_end()
        .to_owned()
}

fn signed(signature: &git2::Signature<'_>) -> Value {
    json!({
        "name": String::from_utf8_lossy(signature.name_bytes()),
        "email": String::from_utf8_lossy(signature.email_bytes()),
        "date": stamp(seconds(signature.when())),
    })
}

fn unsigned() -> Value {
    json!({
        "verified": false,
        "reason": "unsigned",
        "signature": null,
        "payload": null,
        "verified_at": null,
    })
}

pub(crate) fn seconds(time: git2::Time) -> Time {
    chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(time.seconds())
}
