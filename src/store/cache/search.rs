//! The full-text index: documents of a change, and what is found in them.

use rusqlite::params;

use super::Cache;
use crate::{model::PrNumber, store::StoreError};

/// A text of a change that can be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// `title`, `body`, `requirement`, `failure`, `log`, `comment`, `review`, `issue`.
    pub kind: &'static str,
    /// Where it stands, in words: `REQ-PAY-18`, `ci / unit, try 2`.
    pub place: String,
    pub text: String,
}

/// A document that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub repo: i64,
    pub number: PrNumber,
    pub kind: String,
    pub place: String,
    /// The words around the match, which stand between `\u{2}` and `\u{3}`.
    pub excerpt: String,
}

/// Hits up to which all are counted and weighed.
pub const MANY: usize = 1_000;

/// Writes a search as the index's own language wants it: every word must occur, the last one may be
/// the beginning of a longer one. Quotes keep words together. Nothing of what is typed is an operator.
fn expression(words: &str) -> Option<String> {
    let mut terms: Vec<String> = Vec::new();
    for (index, piece) in words.split('"').enumerate() {
        if index % 2 == 1 {
            terms.push(format!("\"{piece}\""));
        } else {
            terms.extend(piece.split_whitespace().map(|w| format!("\"{w}\"")));
        }
    }
    terms.retain(|t| t.chars().any(char::is_alphanumeric));
    if !words.ends_with(['"', ' '])
        && let Some(last) = terms.last_mut()
    {
        last.push('*');
    }
    (!terms.is_empty()).then(|| terms.join(" "))
}

impl Cache {
    /// Replaces the documents of a change.
    pub fn index(
        &self,
        repo: i64,
        number: PrNumber,
        documents: Vec<Document>,
    ) -> Result<(), StoreError> {
        self.db.write(move |tx| {
            tx.execute(
                "DELETE FROM document WHERE repo = ?1 AND number = ?2",
                params![repo, number],
            )?;
            let mut insert = tx.prepare_cached(
                "INSERT INTO document (repo, number, kind, place, text) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            for d in &documents {
                insert.execute(params![repo, number, d.kind, d.place, d.text])?;
            }
            Ok(())
        })
    }

    /// Finds changes by what names them: a commit at their head or of their merge, by its first
    /// digits, and a part of the name of their branch. Of any change in the list, pulled or not.
    fn named(&self, word: &str, limit: usize) -> Result<Vec<Hit>, StoreError> {
        let word = word.trim().trim_matches('"').to_ascii_lowercase();
        if word.is_empty() || word.contains(char::is_whitespace) {
            return Ok(Vec::new());
        }
        let is_id = word.len() >= 7 && word.bytes().all(|b| b.is_ascii_hexdigit());
        let id = if is_id { word.as_str() } else { "" };
        self.db.read(|c| {
            c.prepare_cached(
                "SELECT repo, number, kind, place, text FROM (
                     SELECT repo, number, 'commit' AS kind, 'head' AS place, head_sha AS text
                     FROM change WHERE ?1 <> '' AND substr(head_sha, 1, length(?1)) = ?1
                     UNION ALL
                     SELECT repo, number, 'commit', 'merge commit', json_extract(pr, '$.merge_commit')
                     FROM change WHERE ?1 <> ''
                         AND substr(json_extract(pr, '$.merge_commit'), 1, length(?1)) = ?1
                     UNION ALL
                     SELECT repo, number, 'branch', 'branch', head_ref
                     FROM change WHERE instr(lower(head_ref), ?2) > 0 AND length(?2) > 2
                 ) ORDER BY number DESC LIMIT ?3",
            )?
            .query_map(params![id, word, limit], |r| {
                let text: String = r.get(4)?;
                Ok(Hit {
                    repo: r.get(0)?,
                    number: r.get(1)?,
                    kind: r.get(2)?,
                    place: r.get(3)?,
                    excerpt: format!("\u{2}{text}\u{3}"),
                })
            })?
            .collect()
        })
    }

    /// Finds the changes of a repository that have a commit, by its first digits.
    pub fn with_commit(&self, repo: i64, id: &str) -> Result<Vec<PrNumber>, StoreError> {
        let id = id.to_ascii_lowercase();
        self.db.read(|c| {
            c.prepare_cached(
                "SELECT DISTINCT number FROM document
                 WHERE repo = ?1 AND kind = 'commit' AND substr(text, 1, length(?2)) = ?2",
            )?
            .query_map(params![repo, id], |r| r.get(0))?
            .collect()
        })
    }

    /// Finds documents, at most `limit`, and before them the changes that the words name; with the count of all there are, counted up to
    /// [`MANY`] and one more. The best come first; of more than that many, the newest do, since
    /// weighing all of them would take longer than anybody waits.
    pub fn search(&self, words: &str, limit: usize) -> Result<(Vec<Hit>, usize), StoreError> {
        let named = self.named(words, limit)?;
        let Some(expression) = expression(words) else {
            return Ok((Vec::new(), 0));
        };
        let (found, total): (Vec<Hit>, usize) = self.db.read(|c| {
            let total: usize = c.query_row(
                "SELECT count(*) FROM (SELECT 1 FROM search WHERE search MATCH ?1 LIMIT ?2)",
                params![expression, MANY + 1],
                |r| r.get(0),
            )?;
            let order = if total > MANY {
                "search.rowid DESC"
            } else {
                "bm25(search), d.number DESC"
            };
            let hits = c
                .prepare_cached(&format!(
                    "SELECT d.repo, d.number, d.kind, d.place, snippet(search, 0, char(2), char(3), '…', 14)
                     FROM search JOIN document d ON d.id = search.rowid
                     WHERE search MATCH ?1 ORDER BY {order} LIMIT ?2"
                ))?
                .query_map(params![expression, limit], |r| {
                    Ok(Hit {
                        repo: r.get(0)?,
                        number: r.get(1)?,
                        kind: r.get(2)?,
                        place: r.get(3)?,
                        excerpt: r.get(4)?,
                    })
                })?
                .collect::<rusqlite::Result<_>>()?;
            Ok((hits, total))
        })?;
        // What names a change is said once, and not again as a text of it.
        let again = |h: &Hit| {
            let same = |n: &Hit| n.repo == h.repo && n.number == h.number && n.kind == h.kind;
            named.iter().any(same)
        };
        let shown = found.len();
        let more: Vec<Hit> = found.into_iter().filter(|h| !again(h)).collect();
        let total = total - (shown - more.len()) + named.len();
        let mut hits = named;
        hits.extend(more);
        hits.truncate(limit);
        Ok((hits, total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_never_an_operator() {
        let table = [
            ("retry", Some("\"retry\"*")),
            ("retry same", Some("\"retry\" \"same\"*")),
            ("retry ", Some("\"retry\"")),
            ("\"must not\" charge", Some("\"must not\" \"charge\"*")),
            ("NOT OR (x* : ^", Some("\"NOT\" \"OR\" \"(x*\"*")),
            ("a\"b", Some("\"a\" \"b\"*")),
            ("  -- ", None),
            ("", None),
        ];
        for (typed, expected) in table {
            assert_eq!(expression(typed).as_deref(), expected, "{typed}");
        }
    }
}
