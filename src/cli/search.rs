//! `search`: all texts that are cached.

use std::{fmt::Write as _, io::IsTerminal as _};

use serde_json::{Value, json};

use super::{
    common::Common,
    error::CliError,
    open,
    out::{CLOSE, OPEN, marked, print_json},
};
use crate::{
    store::{Cache, MANY},
    text,
};

/// Arguments of `search`.
#[derive(Debug, clap::Args)]
pub(super) struct SearchArgs {
    /// Words that must all occur; quotes keep words together
    #[arg(required = true)]
    pub words: Vec<String>,
    /// Hits that are shown
    #[arg(long, default_value_t = 20)]
    pub limit: usize,
}

/// Runs the command.
pub(super) fn run(common: &Common, args: &SearchArgs) -> Result<u8, CliError> {
    let (words, limit) = (args.words.join(" "), args.limit);
    let folders = open::folders(common)?;
    let (cache, _) = Cache::open_in(&folders.cache)?;
    let (hits, total) = cache.search(&words, limit)?;
    let repos = cache.repos()?;
    let name = |id: i64| {
        let found = repos.iter().find(|r| r.id == id);
        found.map_or_else(String::new, |r| r.repo.to_string())
    };
    let is_bold = std::io::stdout().is_terminal() && !common.plain;
    // The marks of the index are control characters; what is cleaned keeps others in their place.
    let bare = |words: &str| words.replace([OPEN, CLOSE], "");
    let excerpt = |raw: &str| -> String {
        let kept = bare(raw).replace('\u{2}', &OPEN.to_string());
        text::clean_line(&kept.replace('\u{3}', &CLOSE.to_string())).into_owned()
    };
    let change = |number: u64| {
        if number == 0 {
            "base branch".to_owned()
        } else {
            format!("#{number}")
        }
    };
    if common.json {
        let rows: Vec<Value> = hits
            .iter()
            .map(|h| {
                json!({
                    "repository": name(h.repo),
                    "number": (h.number != 0).then_some(h.number),
                    "kind": h.kind,
                    "place": h.place,
                    "excerpt": bare(&excerpt(&h.excerpt)),
                })
            })
            .collect();
        print_json(
            json!({ "schema": "proofline.search/v1", "total": total.min(MANY), "more": total > MANY, "hits": rows }),
        )?;
    } else {
        let mut out = String::new();
        for h in &hits {
            let _ = writeln!(
                out,
                "{} {}  {} {}\n    {}",
                name(h.repo),
                change(h.number),
                h.kind,
                bare(&text::clean_line(&h.place)),
                excerpt(&h.excerpt)
            );
        }
        if total > hits.len() {
            let more = if total > MANY {
                format!("more than {MANY} in all, the newest first")
            } else {
                format!("{} more", total - hits.len())
            };
            let _ = writeln!(out, "{more}; --limit shows further ones");
        }
        if hits.is_empty() {
            out += "nothing that is cached holds these words\n";
        }
        marked(&out, is_bold)?;
    }
    Ok(u8::from(hits.is_empty()))
}
