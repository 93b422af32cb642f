//! Reading decisions back from the forge: own and others'. Duplicates are folded, edits show as
//! tampered, and the state of an exception follows from the clock that is passed in.

use serde::{Deserialize, Serialize};

use super::{
    record::{self, DecisionId, DecisionRecord, Kind},
    render::{self, MARKER, Parts},
};
use crate::model::{Actor, ChangeFacts, Sha, Subject, Timestamp};

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
    /// The comment or review that holds it.
    pub subject: Subject,
    /// `comment 71` or `review 12`, for people.
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
    /// Digest of the part for people.
    text: &'a str,
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
    let text = field("text=").unwrap_or("");
    (plain(id, 40) && plain(sha256, 64)).then_some(Marker { id, sha256, text })
}

/// Whose copy of a decision a text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Copy {
    /// The person's whom the record names.
    ByMaker,
    /// Another account's, or nobody's who is known: a quote, a forgery, or the wrong token.
    ByOther(String),
}

/// Tells whether a body that an account wrote is a copy of what was to be sent: the same id and
/// digests, whoever posted it.
pub fn is_copy(body: &str, author: Option<&Actor>, sent: &str) -> Option<Copy> {
    let (found, own) = (find_marker(body)?, find_marker(sent)?);
    if (found.id, found.sha256, found.text) != (own.id, own.sha256, own.text) {
        return None;
    }
    let maker = render::parts(sent).and_then(|p| DecisionRecord::parse(p.record).ok());
    let by_maker = author
        .zip(maker)
        .is_some_and(|(a, record)| a.login.same(&record.actor));
    if by_maker {
        return Some(Copy::ByMaker);
    }
    let login = author.map_or_else(|| "a deleted account".to_owned(), |a| a.login.to_string());
    Some(Copy::ByOther(login))
}

/// Where a body stands, and by what it is judged.
struct Place<'a> {
    author: Option<&'a Actor>,
    subject: Subject,
    /// `comment 71`.
    name: String,
    url: &'a str,
    at: Option<Timestamp>,
}

/// Reads one body.
fn read(
    body: &str,
    place: Place<'_>,
    facts: &ChangeFacts,
    now: Timestamp,
) -> Option<RecordedDecision> {
    // A text that was edited in a browser comes back with other line ends.
    let body = body.replace("\r\n", "\n");
    let marker = find_marker(&body)?;
    let parsed = render::parts(&body)
        .ok_or_else(|| "its record is gone, or text was added around it".to_owned())
        .and_then(|parts| {
            let record = DecisionRecord::parse(parts.record).map_err(|e| e.to_string())?;
            Ok((parts, record))
        });
    let (record, state) = match parsed {
        Err(why) => (None, RecordState::Tampered(why)),
        Ok((parts, record)) => {
            let state = match forged(&record, parts, &marker, place.author, facts) {
                Some(why) => RecordState::Tampered(why),
                None => standing(&record, &facts.pr.head_sha, now),
            };
            (Some(record), state)
        }
    };
    Some(RecordedDecision {
        id: DecisionId(marker.id.to_owned()),
        record,
        author: place.author.cloned(),
        subject: place.subject,
        place: place.name,
        url: place.url.to_owned(),
        written_at: place.at,
        state,
        copies: 0,
    })
}

/// Says why a record is not what its author wrote here; `None` where nothing speaks against it.
fn forged(
    record: &DecisionRecord,
    parts: Parts<'_>,
    marker: &Marker<'_>,
    author: Option<&Actor>,
    facts: &ChangeFacts,
) -> Option<String> {
    let sha256 = record::text_sha256(parts.record).unwrap_or_default();
    let same_record = sha256.trim_start_matches("sha256:") == marker.sha256;
    if !same_record || record.id.0 != marker.id || render::text_digest(parts.human) != marker.text {
        return Some("its text was changed after it was written".to_owned());
    }
    // Numbers outlive a rename of the repository; its name does not.
    if record.number != facts.pr.number {
        return Some(format!("it is about #{}, not this change", record.number));
    }
    match author {
        Some(author) if author.login.same(&record.actor) => None,
        Some(author) => Some(format!(
            "it says {} but {} wrote it",
            record.actor, author.login
        )),
        None => Some("its author is not known".to_owned()),
    }
}

/// How a record that is what it says stands today.
fn standing(record: &DecisionRecord, head: &Sha, now: Timestamp) -> RecordState {
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
    let reviews = facts.reviews.iter().filter_map(|r| {
        let place = Place {
            author: r.author.as_ref(),
            subject: Subject::Review { id: r.id },
            name: format!("review {}", r.id),
            url: &r.url,
            at: r.submitted_at,
        };
        read(&r.body, place, facts, now)
    });
    let comments = facts.comments.iter().filter_map(|c| {
        let place = Place {
            author: c.author.as_ref(),
            subject: Subject::Comment { id: c.id },
            name: format!("comment {}", c.id),
            url: &c.url,
            at: Some(c.created_at),
        };
        read(&c.body, place, facts, now)
    });
    let mut all: Vec<RecordedDecision> = reviews.chain(comments).collect();
    all.sort_by(|a, b| (a.written_at, &a.place).cmp(&(b.written_at, &b.place)));
    let mut folded: Vec<RecordedDecision> = Vec::new();
    for decision in all {
        let same = folded.iter_mut().find(|d| d.id == decision.id);
        match same {
            Some(first) if first.record == decision.record && first.author == decision.author => {
                first.copies += 1;
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
