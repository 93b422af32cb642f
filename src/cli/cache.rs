//! `cache`: how large it is, what may go, and all of it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{
    common::Common,
    error::CliError,
    open,
    out::{output, print},
};
use crate::{model::Timestamp, store::Cache, text};

/// Arguments of `cache`.
#[derive(Debug, clap::Args)]
pub(super) struct CacheArgs {
    #[command(subcommand)]
    action: CacheAction,
}

/// What to do with the cache.
#[derive(Debug, Clone, Copy, clap::Subcommand)]
enum CacheAction {
    /// What takes the room
    Size,
    /// Remove what is old: evidence of closed changes, and repositories to which access was lost
    Prune {
        /// Days after which the evidence of a closed change goes
        #[arg(long, default_value_t = 90)]
        days: u32,
    },
    /// Remove all of it; the ledger stays
    Clear {
        /// Really do it
        #[arg(long)]
        yes: bool,
    },
}

/// Runs the command.
pub(super) fn run(common: &Common, args: &CacheArgs) -> Result<u8, CliError> {
    let folders = open::folders(common)?;
    let file = folders.cache.join("cache.db");
    match args.action {
        CacheAction::Size => {
            let (cache, _) = Cache::open_in(&folders.cache)?;
            let sizes = cache.sizes()?;
            let file = cache.path();
            let git = folder_size(&folders.cache.join("git"));
            output(
                common,
                || {
                    let tables: Vec<Value> = sizes
                        .tables
                        .iter()
                        .map(|(what, rows, bytes)| json!({ "what": what, "rows": rows, "bytes": bytes }))
                        .collect();
                    let repos: Vec<Value> = sizes
                        .repos
                        .iter()
                        .map(|(name, changes, bytes)| json!({ "repository": name, "changes": changes, "answers": bytes }))
                        .collect();
                    json!({
                        "schema": "proofline.cache-size/v1",
                        "file": file.display().to_string(),
                        "bytes": sizes.file,
                        "free": sizes.free,
                        "git": git,
                        "tables": tables,
                        "repositories": repos,
                    })
                },
                || {
                    let mut out = format!("{}  {}\n", text::bytes(sizes.file), file.display());
                    let _ = writeln!(out, "{}  git objects", text::bytes(git));
                    for (what, rows, bytes) in &sizes.tables {
                        let _ = writeln!(out, "  {:>9}  {rows:>8}  {what}", text::bytes(*bytes));
                    }
                    for (name, changes, bytes) in &sizes.repos {
                        let _ = writeln!(
                            out,
                            "  {:>9}  {changes:>8}  changes of {name}",
                            text::bytes(*bytes)
                        );
                    }
                    out
                },
            )
        }
        CacheAction::Prune { days } => {
            let (cache, _) = Cache::open_in(&folders.cache)?;
            let now = Timestamp(chrono::Utc::now().timestamp());
            let before = cache.sizes()?.file;
            let lost = cache.repos()?.into_iter().filter(|r| r.lost_at.is_some());
            let lost: Vec<_> = lost.map(|r| r.repo).collect();
            let pruned = cache.prune(now.plus(-i64::from(days) * 86_400))?;
            for repo in &lost {
                let folder = crate::repo::Transfer::folder(&folders.cache, repo);
                if folder.exists() {
                    std::fs::remove_dir_all(folder)?;
                }
            }
            let after = cache.sizes()?.file;
            output(
                common,
                || {
                    json!({
                        "schema": "proofline.cache-prune/v1",
                        "repositories": pruned.repos,
                        "changes": pruned.changes,
                        "answers": pruned.responses,
                        "files": pruned.files,
                        "bytes_before": before,
                        "bytes_after": after,
                    })
                },
                || {
                    let mut out = format!(
                        "{} to {}: evidence of {} closed changes, {} answers, {} files\n",
                        text::bytes(before),
                        text::bytes(after),
                        pruned.changes,
                        pruned.responses,
                        pruned.files
                    );
                    for repo in &pruned.repos {
                        let _ =
                            writeln!(out, "{repo}: access was lost, all of it is gone from here");
                    }
                    out
                },
            )
        }
        CacheAction::Clear { yes } => {
            let git = folders.cache.join("git");
            if !yes {
                let hint = "all of it can be fetched again, the ledger stays; give --yes";
                return Err(
                    CliError::usage(format!("{} would be removed", file.display())).hinted(hint),
                );
            }
            for file in cache_files(&folders.cache) {
                match std::fs::remove_file(&file) {
                    Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e.into()),
                    _ => {}
                }
            }
            if git.exists() {
                std::fs::remove_dir_all(git)?;
            }
            print("the cache is empty; the ledger is as it was\n")?;
            Ok(0)
        }
    }
}

/// The cache's own files in its folder: of this version and of others, with what lies beside each.
fn cache_files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let is_own = |name: &str| {
        let rest = name.strip_prefix("cache");
        rest.is_some_and(|rest| {
            let rest = rest
                .strip_prefix('-')
                .map_or(rest, |r| r.trim_start_matches(|c: char| c.is_ascii_digit()));
            [".db", ".db-wal", ".db-shm"].contains(&rest)
        })
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let own = entries.filter(|e| e.file_name().to_str().is_some_and(is_own));
    own.map(|e| e.path()).collect()
}

/// Bytes of all files below a folder. Links are not followed.
fn folder_size(folder: &std::path::Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => folder_size(&entry.path()),
            Ok(kind) if kind.is_file() => entry.metadata().map_or(0, |m| m.len()),
            _ => 0,
        })
        .sum()
}
