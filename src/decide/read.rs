//! Reading decisions back from the forge: own and others'. Duplicates are folded, edits show as
//! tampered, and the state of an exception follows from the clock that is passed in.

use serde::{Deserialize, Serialize};

use super::{
    record::{DecisionId, DecisionRecord, Kind},
    render::MARKER,
};
use crate::{
    evidence::digest,
    model::{Actor, ChangeFacts, Sha, Timestamp},
};

/// How a record that was read stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "why")]
pub enum RecordState {
    /// An exception that nobody answered yet.
    Asked,
    /// An approval or request for changes of the current head.
    Active,
    /// Of an earlier head.
    Stale,
    /// Ends within seven days.
    Expiring,
    Expired,
    /// Its text does not match its digest, or its author is not who it says.
    Tampered(String),
}

impl RecordState {
    /// Returns the word a person reads.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Active => "active",
            Self::Stale => "stale",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
            Self::Tampered(_) => "tampered",
        }
    }
}

/// A decision as it stands on the forge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedDecision {
    pub id: DecisionId,
    /// Absent where the text no longer holds a readable record.
    pub record: Option<DecisionRecord>,
    pub author: Option<Actor>,
    /// `comment 71` or `review 12`.
    pub place: String,
    pub url: String,
    pub written_at: Option<Timestamp>,
    pub state: RecordState,
    /// More copies of the same record by the same author.
    pub copies: usize,
}

/// Seconds before its end from which an exception is expiring.
const EXPIRING: i64 = 7 * 86_400;

/// A marker found in a text.
struct Marker<'a> {
    id: &'a str,
    sha256: &'a str,
}

fn find_marker(body: &str) -> Option<Marker<'_>> {
    // The last one: a quoted reply may hold an older one.
    let (_, rest) = body.rsplit_once(MARKER)?;
    let (inside, _) = rest.split_once("-->")?;
    let field = |name: &str| inside.split_whitespace().find_map(|w| w.strip_prefix(name));
    let (id, sha256) = (field("id=")?, field("sha256=")?);
    let plain = |s: &str, max: usize| {
        !s.is_empty() && s.len() <= max && s.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    (plain(id, 40) && plain(sha256, 64)).then_some(Marker { id, sha256 })
}

/// Returns the content of the fenced JSON block of a body.
fn fenced(body: &str) -> Option<&str> {
    let open = body.find("```")?;
    let rest = body.get(open..)?;
    let length = rest.bytes().take_while(|b| *b == b'`').count();
    let fence = rest.get(..length)?;
    let (_, after) = rest.split_once('\n')?;
    let (inside, _) = after.split_once(&format!("\n{fence}"))?;
    Some(inside)
}

/// Tells whether a body carries the decision with this id.
pub fn carries(body: &str, id: &DecisionId) -> bool {
    find_marker(body).is_some_and(|m| m.id == id.0)
}

/// Reads one body.
fn read(
    body: &str,
    author: Option<&Actor>,
    place: String,
    url: &str,
    at: Option<Timestamp>,
    head: &Sha,
    now: Timestamp,
) -> Option<RecordedDecision> {
    let marker = find_marker(body)?;
    let parsed = fenced(body)
        .ok_or_else(|| "its record is gone".to_owned())
        .and_then(|text| DecisionRecord::parse(text).map_err(|e| e.to_string()));
    let (record, state) = match parsed {
        Err(why) => (None, RecordState::Tampered(why)),
        Ok(record) => {
            let state = judge(&record, &marker, author, head, now);
            (Some(record), state)
        }
    };
    Some(RecordedDecision {
        id: DecisionId(marker.id.to_owned()),
        record,
        author: author.cloned(),
        place,
        url: url.to_owned(),
        written_at: at,
        state,
        copies: 0,
    })
}

fn judge(
    record: &DecisionRecord,
    marker: &Marker<'_>,
    author: Option<&Actor>,
    head: &Sha,
    now: Timestamp,
) -> RecordState {
    let sha256 = record
        .canonical()
        .map(|bytes| digest::sha256_hex(&bytes))
        .unwrap_or_default();
    if sha256.trim_start_matches("sha256:") != marker.sha256 || record.id.0 != marker.id {
        return RecordState::Tampered("its text was changed after it was written".to_owned());
    }
    match author {
        Some(author) if author.login.same(&record.actor) => {}
        Some(author) => {
            return RecordState::Tampered(format!(
                "it says {} but {} wrote it",
                record.actor, author.login
            ));
        }
        None => return RecordState::Tampered("its author is not known".to_owned()),
    }
    match (record.kind, record.expires_at) {
        (Kind::ExceptionAsk, Some(end)) if end <= now => RecordState::Expired,
        (Kind::ExceptionAsk, Some(end)) if end.since(now) < EXPIRING => RecordState::Expiring,
        (Kind::ExceptionAsk, _) => RecordState::Asked,
        _ if record.bound.head_sha == *head => RecordState::Active,
        _ => RecordState::Stale,
    }
}

/// Reads all decisions of a change from its reviews and comments, oldest first.
pub fn decisions(facts: &ChangeFacts, now: Timestamp) -> Vec<RecordedDecision> {
    let head = &facts.pr.head_sha;
    let reviews = facts.reviews.iter().filter_map(|r| {
        read(
            &r.body,
            r.author.as_ref(),
            format!("review {}", r.id),
            &r.url,
            r.submitted_at,
            head,
            now,
        )
    });
    let comments = facts.comments.iter().filter_map(|c| {
        read(
            &c.body,
            c.author.as_ref(),
            format!("comment {}", c.id),
            &c.url,
            Some(c.created_at),
            head,
            now,
        )
    });
    let mut all: Vec<RecordedDecision> = reviews.chain(comments).collect();
    all.sort_by(|a, b| (a.written_at, &a.place).cmp(&(b.written_at, &b.place)));
    let mut folded: Vec<RecordedDecision> = Vec::new();
    for decision in all {
        let same = folded.iter_mut().find(|d| d.id == decision.id);
        match same {
            Some(first) if first.record == decision.record && first.author == decision.author => {
                first.copies += 1
            }
            Some(first) => {
                // The same id with another text or by another author: both are shown as a conflict.
                let why = format!("another text with the same id stands in {}", decision.place);
                if !matches!(first.state, RecordState::Tampered(_))
                    && first.author == decision.author
                {
                    first.state = RecordState::Tampered(why);
                }
                folded.push(decision);
            }
            None => folded.push(decision),
        }
    }
    folded
}
