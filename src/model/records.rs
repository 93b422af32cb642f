//! Records of the forge about a change: the pull request, its people, commits, reviews, comments,
//! timeline and activity. All but identity is optional or has a neutral default.

use serde::{Deserialize, Serialize};

use super::{Login, PrNumber, Sha, Timestamp};

/// Kind of an account (`type` in REST, `__typename` in GraphQL).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    #[default]
    User,
    Bot,
    Organization,
    Other,
}

/// An account that did something.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    pub login: Login,
    pub id: Option<u64>,
    pub kind: ActorKind,
}

impl Actor {
    /// Tells whether the account belongs to a program.
    pub fn is_bot(&self) -> bool {
        self.kind == ActorKind::Bot || self.login.as_str().ends_with("[bot]")
    }
}

/// State of a pull request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrState {
    Open,
    Closed,
    Merged,
}

/// A pull request as the list and its own page give it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequest {
    pub number: PrNumber,
    pub title: String,
    pub body: String,
    pub author: Option<Actor>,
    pub state: PrState,
    pub draft: bool,
    pub head_ref: String,
    pub head_sha: Sha,
    pub base_ref: String,
    pub base_sha: Sha,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub merged_at: Option<Timestamp>,
    pub url: String,
    pub labels: Vec<String>,
    pub requested_reviewers: Vec<Login>,
    pub additions: u64,
    pub deletions: u64,
    pub changed_files: u64,
    /// The forge's own word on reviews (`APPROVED`, `CHANGES_REQUESTED`, `REVIEW_REQUIRED`).
    pub review_decision: Option<String>,
    /// Issues that the forge says this closes.
    pub closes: Vec<PrNumber>,
    /// The forge's database id, by which agent tasks name it.
    #[serde(default)]
    pub id: Option<u64>,
    /// The commit that a merge made.
    #[serde(default)]
    pub merge_commit: Option<Sha>,
    /// Of an open change: the forge's own merge into the base branch, where REST told of it. It is made
    /// anew whenever either moves, and not kept.
    #[serde(skip)]
    pub test_merge: Option<Sha>,
    /// Who can read the repository that it is a change of; absent where the forge did not say.
    #[serde(default)]
    pub visibility: Option<Visibility>,
}

/// Who can read a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Anyone. Those with the most readers come first.
    Public,
    /// Everyone in the enterprise.
    Internal,
    Private,
}

impl Visibility {
    /// Takes the forge's word, and its older word where it has no other. Where the two do not agree,
    /// more people can read it.
    pub fn of(word: Option<&str>, private: Option<bool>) -> Option<Self> {
        let word = word.map(str::to_ascii_lowercase);
        match (word.as_deref(), private) {
            (Some("public"), _) | (_, Some(false)) => Some(Self::Public),
            (Some("internal"), _) => Some(Self::Internal),
            (Some("private"), _) | (None, Some(true)) => Some(Self::Private),
            _ => None,
        }
    }
}

/// A commit of a pull request (`pulls/list-commits`) or of a local range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    pub sha: Sha,
    pub parents: Vec<Sha>,
    pub author_name: String,
    pub author_email: String,
    pub author: Option<Actor>,
    pub authored_at: Option<Timestamp>,
    pub committed_at: Option<Timestamp>,
    pub message: String,
    /// The forge's word on the signature; absent where it said nothing.
    pub forge_verified: Option<bool>,
}

impl Commit {
    /// Returns the first line of the message.
    pub fn headline(&self) -> &str {
        self.message.lines().next().unwrap_or("")
    }

    /// Returns the trailers of the last paragraph: `(key, value)`, keys as written.
    /// A message of one paragraph has none, since its only paragraph is the subject.
    pub fn trailers(&self) -> Vec<(&str, &str)> {
        let text = self.message.trim_end();
        let Some((_, last)) = text.rsplit_once("\n\n") else {
            return Vec::new();
        };
        last.lines()
            .filter_map(|line| line.split_once(':'))
            .filter(|(key, _)| {
                !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            })
            .map(|(key, value)| (key, value.trim()))
            .collect()
    }
}

/// State of a review.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewState {
    Approved,
    ChangesRequested,
    Commented,
    Dismissed,
    Pending,
    Other(String),
}

impl ReviewState {
    /// Returns the words a person reads.
    pub fn words(&self) -> &str {
        match self {
            Self::Approved => "approved",
            Self::ChangesRequested => "requested changes",
            Self::Commented => "commented",
            Self::Dismissed => "review dismissed",
            Self::Pending => "review pending",
            Self::Other(text) => text,
        }
    }
}

/// A review of a pull request, bound to the commit it was made on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    pub id: u64,
    pub author: Option<Actor>,
    pub state: ReviewState,
    /// Absent once the commit is gone from the forge.
    pub commit: Option<Sha>,
    pub submitted_at: Option<Timestamp>,
    pub body: String,
    pub url: String,
}

/// A comment in the conversation of a pull request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    pub id: u64,
    pub author: Option<Actor>,
    pub body: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub url: String,
}

/// An event of the timeline that has no record of its own here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEvent {
    pub id: Option<u64>,
    /// The forge's name of the event, such as `head_ref_force_pushed`.
    pub event: String,
    pub actor: Option<Actor>,
    pub at: Option<Timestamp>,
    pub sha: Option<Sha>,
    /// Slug of the app that acted for the actor.
    pub app: Option<String>,
    /// Label name, requested reviewer, or the reason of a removal, where the event has one.
    pub detail: Option<String>,
}

/// Kind of a change of a branch (`activity_type` of `repos/list-activities`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityKind {
    Push,
    ForcePush,
    BranchCreation,
    BranchDeletion,
    Other(String),
}

/// One change of a branch with the commits before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    pub id: u64,
    pub kind: ActivityKind,
    pub before: Sha,
    pub after: Sha,
    pub git_ref: String,
    pub actor: Option<Actor>,
    pub at: Timestamp,
}

/// An issue that a change says it answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    pub number: PrNumber,
    pub title: String,
    pub body: String,
    pub author: Option<Actor>,
    pub created_at: Option<Timestamp>,
    pub url: String,
    /// The issue that this one is a part of.
    #[serde(default)]
    pub parent: Option<IssueRef>,
    /// Its own parts.
    #[serde(default)]
    pub sub_issues: Vec<IssueRef>,
}

/// An issue above or below another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueRef {
    pub number: PrNumber,
    pub title: String,
    /// `open` or `closed`; empty where it could not be read.
    pub state: String,
    /// It may stand in another repository.
    pub url: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(message: &str) -> Commit {
        Commit {
            sha: Sha::parse(&"a".repeat(40)).unwrap(),
            parents: vec![],
            author_name: String::new(),
            author_email: String::new(),
            author: None,
            authored_at: None,
            committed_at: None,
            message: message.into(),
            forge_verified: None,
        }
    }

    #[test]
    fn where_two_words_do_not_agree_more_people_can_read_it() {
        use Visibility::{Internal, Private, Public};
        for (word, private, expected) in [
            (Some("public"), Some(false), Some(Public)),
            (Some("PUBLIC"), None, Some(Public)),
            (Some("private"), Some(true), Some(Private)),
            (Some("internal"), Some(true), Some(Internal)),
            (Some("INTERNAL"), None, Some(Internal)),
            (None, Some(false), Some(Public)),
            (None, Some(true), Some(Private)),
            (Some("private"), Some(false), Some(Public)),
            (Some("public"), Some(true), Some(Public)),
            (Some("of-a-new-kind"), Some(true), None),
            (None, None, None),
        ] {
            let found = Visibility::of(word, private);
            assert_eq!(found, expected, "{word:?} {private:?}");
        }
    }

    #[test]
    fn trailers_come_from_the_last_paragraph_only() {
        assert!(commit("fix: a thing").trailers().is_empty());
        let c = commit("Subject\n\nNote: not a trailer\n\nCo-authored-by: jon <j@x>\nRefs: #4\n");
        assert_eq!(
            c.trailers(),
            [("Co-authored-by", "jon <j@x>"), ("Refs", "#4")]
        );
    }
}
