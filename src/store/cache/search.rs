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

    /// Finds documents, at most `limit`; with the count of all there are, counted up to
    /// [`MANY`] and one more. The best come first; of more than that many, the newest do, since
    /// weighing all of them would take longer than anybody waits.
    pub fn search(&self, words: &str, limit: usize) -> Result<(Vec<Hit>, usize), StoreError> {
        let Some(expression) = expression(words) else {
            return Ok((Vec::new(), 0));
        };
        self.db.read(|c| {
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
        })
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
