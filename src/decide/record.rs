//! The decision record: an in-toto Statement v1 about a git commit, with predicate type
//! `urn:proofline:decision:v1`, as RFC 8785 canonical JSON.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    evidence::digest,
    model::{Host, Login, PrNumber, Sha, Timestamp},
};

/// `predicateType` of a decision.
pub const PREDICATE_TYPE: &str = "urn:proofline:decision:v1";
/// `_type` of an in-toto statement (in-toto Attestation Framework, Statement v1).
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// Id of a decision: a ULID, minted once and before any input or output.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DecisionId(pub String);

impl fmt::Display for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Kind of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Approve,
    RequestChanges,
    ExceptionAsk,
    /// A kind that a newer version wrote.
    #[serde(other)]
    Other,
}

impl Kind {
    /// The kinds that can be made here.
    pub const MADE: [Self; 3] = [Self::Approve, Self::RequestChanges, Self::ExceptionAsk];

    /// Returns the name on the command line and in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::RequestChanges => "request-changes",
            Self::ExceptionAsk => "exception-ask",
            Self::Other => "other",
        }
    }

    /// Returns the words a person reads.
    pub fn words(self) -> &'static str {
        match self {
            Self::Approve => "approval",
            Self::RequestChanges => "request for changes",
            Self::ExceptionAsk => "exception asked",
            Self::Other => "decision of an unknown kind",
        }
    }

    /// Finds a kind by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::MADE.into_iter().find(|k| k.name() == name)
    }
}

/// What the decider saw: the record is about this and nothing newer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    pub head_sha: Sha,
    pub base_sha: Sha,
    /// Digest over the evidence on the screen, and how many facts it covers.
    pub evidence_digest: String,
    pub evidence_count: usize,
    /// What the digest covers ([`digest::VERSION`]); records of version 1 do not say.
    #[serde(default = "first_version", skip_serializing_if = "is_first_version")]
    pub evidence_version: u32,
    pub seen_at: Timestamp,
}

fn first_version() -> u32 {
    1
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_first_version(version: &u32) -> bool {
    *version == 1
}

/// What an exception is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// `requirement`, `check`, `test`, `finding`, `stage`.
    #[serde(rename = "type")]
    pub kind: String,
    pub id: String,
}

/// Subject of the statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Subject {
    name: String,
    digest: SubjectDigest,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SubjectDigest {
    #[serde(rename = "gitCommit")]
    git_commit: Sha,
}

/// The statement as it is written and hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: DecisionRecord,
}

/// A decision. Immutable once made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRecord {
    pub id: DecisionId,
    pub kind: Kind,
    pub made_at: Timestamp,
    pub host: Host,
    /// `owner/name`.
    pub repo: String,
    pub number: PrNumber,
    pub actor: Login,
    pub bound: Bound,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<Target>,
    pub reason: String,
    /// The compensating control, or an explicit `none`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub control: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<Login>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<Timestamp>,
    /// Why the actor's approval cannot count, where it cannot.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_independent: Option<String>,
    /// What stood against the change when it was decided on.
    pub blockers: Vec<String>,
    /// Name and version of the program.
    pub tool: String,
}

/// A text that is no decision of a version we know.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("the record is not valid JSON ({0})")]
    Json(#[from] serde_json::Error),
    #[error("the record has the type `{0}`, not an in-toto statement")]
    Type(String),
    #[error("the record has the predicate type `{0}`, not {PREDICATE_TYPE}")]
    Predicate(String),
    #[error("the record's subject is not the commit it was decided on")]
    Subject,
}

/// Returns `sha256:<hex>` over the canonical form of a statement as it stands, with every field
/// that a newer version may have put there.
pub fn text_sha256(text: &str) -> Result<String, RecordError> {
    let whole: serde_json::Value = serde_json::from_str(text)?;
    Ok(digest::sha256_hex(&serde_json_canonicalizer::to_vec(
        &whole,
    )?))
}

impl DecisionRecord {
    fn statement(&self) -> Statement {
        Statement {
            kind: STATEMENT_TYPE.to_owned(),
            subject: vec![Subject {
                name: format!("{}/{}", self.host, self.repo),
                digest: SubjectDigest {
                    git_commit: self.bound.head_sha.clone(),
                },
            }],
            predicate_type: PREDICATE_TYPE.to_owned(),
            predicate: self.clone(),
        }
    }

    /// Returns the canonical bytes of the statement (RFC 8785).
    pub fn canonical(&self) -> Result<Vec<u8>, RecordError> {
        Ok(serde_json_canonicalizer::to_vec(&self.statement())?)
    }

    /// Returns `sha256:<hex>` over the canonical bytes.
    pub fn sha256(&self) -> Result<String, RecordError> {
        Ok(digest::sha256_hex(&self.canonical()?))
    }

    /// Reads a statement back. The bytes that were written need not be canonical; the digest is
    /// always taken over the canonical form.
    pub fn parse(text: &str) -> Result<Self, RecordError> {
        let statement: Statement = serde_json::from_str(text)?;
        if statement.kind != STATEMENT_TYPE {
            return Err(RecordError::Type(statement.kind));
        }
        if statement.predicate_type != PREDICATE_TYPE {
            return Err(RecordError::Predicate(statement.predicate_type));
        }
        let record = statement.predicate;
        let about_head = statement
            .subject
            .iter()
            .any(|s| s.digest.git_commit == record.bound.head_sha);
        if about_head {
            Ok(record)
        } else {
            Err(RecordError::Subject)
        }
    }
}
