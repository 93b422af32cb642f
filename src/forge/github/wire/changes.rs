//! Pull requests, commits, reviews, comments, timeline events, activity, issues, repositories.

use serde::{Deserialize, Deserializer};

use super::{BadItem, IntoModel, maybe_sha, need, sha, time};
use crate::model::{
    Activity, ActivityKind, Actor, ActorKind, Comment, Commit, Login, PrState, PullRequest, Review,
    ReviewState, Sha, TimelineEvent, Visibility,
};

/// Reads a value that should be of a type, and takes `null` or anything else as absent: a field
/// that is not identity never loses an item.
pub(super) fn lenient<'de, D, T>(d: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: serde::de::DeserializeOwned,
{
    let value = serde_json::Value::deserialize(d)?;
    Ok(serde_json::from_value(value).ok())
}

/// An account (`simple-user`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct UserWire {
    login: Option<String>,
    #[serde(deserialize_with = "lenient")]
    id: Option<u64>,
    #[serde(rename = "type", deserialize_with = "lenient")]
    kind: Option<String>,
}

impl UserWire {
    pub(super) fn actor(self) -> Option<Actor> {
        let login = self.login.filter(|l| !l.is_empty())?;
        let kind = match self.kind.as_deref() {
            Some("User") | None => ActorKind::User,
            Some("Bot") => ActorKind::Bot,
            Some("Organization") => ActorKind::Organization,
            Some(_) => ActorKind::Other,
        };
        Some(Actor {
            login: Login::new(login),
            id: self.id,
            kind,
        })
    }
}

impl IntoModel for UserWire {
    type Model = Actor;
    fn into_model(self) -> Result<Actor, BadItem> {
        need(self.actor(), "login")
    }
}

pub(super) fn actor(user: Option<UserWire>) -> Option<Actor> {
    user.and_then(UserWire::actor)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct BranchWire {
    #[serde(rename = "ref")]
    name: Option<String>,
    sha: Option<String>,
    #[serde(deserialize_with = "lenient")]
    repo: Option<ReadersWire>,
}

/// A repository, as far as it says who can read it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ReadersWire {
    #[serde(deserialize_with = "lenient")]
    private: Option<bool>,
    #[serde(deserialize_with = "lenient")]
    visibility: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct LabelWire {
    name: Option<String>,
}

/// A pull request (`pulls/get`, `pulls/list`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PullWire {
    number: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    id: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    merge_commit_sha: Option<String>,
    title: Option<String>,
    body: Option<String>,
    #[serde(deserialize_with = "lenient")]
    user: Option<UserWire>,
    state: Option<String>,
    #[serde(deserialize_with = "lenient")]
    draft: Option<bool>,
    head: BranchWire,
    base: BranchWire,
    created_at: Option<String>,
    updated_at: Option<String>,
    merged_at: Option<String>,
    html_url: Option<String>,
    #[serde(deserialize_with = "lenient")]
    labels: Option<Vec<LabelWire>>,
    #[serde(deserialize_with = "lenient")]
    requested_reviewers: Option<Vec<UserWire>>,
    #[serde(deserialize_with = "lenient")]
    additions: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    deletions: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    changed_files: Option<u64>,
}

impl IntoModel for PullWire {
    type Model = PullRequest;
    fn into_model(self) -> Result<PullRequest, BadItem> {
        let merged_at = time(self.merged_at);
        let state = match self.state.as_deref() {
            _ if merged_at.is_some() => PrState::Merged,
            Some("closed") => PrState::Closed,
            _ => PrState::Open,
        };
        let created_at = need(time(self.created_at), "created_at")?;
        Ok(PullRequest {
            number: need(self.number, "number")?,
            title: self.title.unwrap_or_default(),
            body: self.body.unwrap_or_default(),
            author: actor(self.user),
            state,
            draft: self.draft.unwrap_or(false),
            head_ref: self.head.name.unwrap_or_default(),
            head_sha: sha(self.head.sha, "head.sha")?,
            base_ref: self.base.name.unwrap_or_default(),
            base_sha: sha(self.base.sha, "base.sha")?,
            created_at,
            updated_at: time(self.updated_at).unwrap_or(created_at),
            merged_at,
            url: self.html_url.unwrap_or_default(),
            labels: self
                .labels
                .unwrap_or_default()
                .into_iter()
                .filter_map(|l| l.name)
                .collect(),
            requested_reviewers: self
                .requested_reviewers
                .unwrap_or_default()
                .into_iter()
                .filter_map(|u| u.actor().map(|a| a.login))
                .collect(),
            additions: self.additions.unwrap_or(0),
            deletions: self.deletions.unwrap_or(0),
            changed_files: self.changed_files.unwrap_or(0),
            review_decision: None,
            closes: Vec::new(),
            id: self.id,
            // Of an open change it is the forge's own test merge.
            test_merge: maybe_sha(self.merge_commit_sha.clone()).filter(|_| state == PrState::Open),
            merge_commit: maybe_sha(self.merge_commit_sha).filter(|_| merged_at.is_some()),
            visibility: self
                .base
                .repo
                .and_then(|r| Visibility::of(r.visibility.as_deref(), r.private)),
        })
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct GitActorWire {
    name: Option<String>,
    email: Option<String>,
    date: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct VerificationWire {
    verified: Option<bool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct CommitDataWire {
    #[serde(deserialize_with = "lenient")]
    author: Option<GitActorWire>,
    #[serde(deserialize_with = "lenient")]
    committer: Option<GitActorWire>,
    message: Option<String>,
    #[serde(deserialize_with = "lenient")]
    verification: Option<VerificationWire>,
}

/// A commit (`pulls/list-commits`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CommitWire {
    sha: Option<String>,
    commit: CommitDataWire,
    #[serde(deserialize_with = "lenient")]
    author: Option<UserWire>,
    #[serde(deserialize_with = "lenient")]
    parents: Option<Vec<BranchWire>>,
}

impl IntoModel for CommitWire {
    type Model = Commit;
    fn into_model(self) -> Result<Commit, BadItem> {
        let written = self.commit.author.unwrap_or_default();
        Ok(Commit {
            sha: sha(self.sha, "sha")?,
            parents: self
                .parents
                .unwrap_or_default()
                .into_iter()
                .filter_map(|p| maybe_sha(p.sha))
                .collect(),
            author_name: written.name.unwrap_or_default(),
            author_email: written.email.unwrap_or_default(),
            author: actor(self.author),
            authored_at: time(written.date),
            committed_at: time(self.commit.committer.and_then(|c| c.date)),
            message: self.commit.message.unwrap_or_default(),
            forge_verified: self.commit.verification.and_then(|v| v.verified),
        })
    }
}

/// A review (`pulls/list-reviews`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReviewWire {
    id: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    user: Option<UserWire>,
    state: Option<String>,
    commit_id: Option<String>,
    submitted_at: Option<String>,
    body: Option<String>,
    html_url: Option<String>,
}

impl IntoModel for ReviewWire {
    type Model = Review;
    fn into_model(self) -> Result<Review, BadItem> {
        let state = match self
            .state
            .as_deref()
            .unwrap_or("")
            .to_ascii_uppercase()
            .as_str()
        {
            "APPROVED" => ReviewState::Approved,
            "CHANGES_REQUESTED" => ReviewState::ChangesRequested,
            "COMMENTED" => ReviewState::Commented,
            "DISMISSED" => ReviewState::Dismissed,
            "PENDING" => ReviewState::Pending,
            other => ReviewState::Other(other.to_owned()),
        };
        Ok(Review {
            id: need(self.id, "id")?,
            author: actor(self.user),
            state,
            commit: maybe_sha(self.commit_id),
            submitted_at: time(self.submitted_at),
            body: self.body.unwrap_or_default(),
            url: self.html_url.unwrap_or_default(),
        })
    }
}

/// A comment (`issues/list-comments`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CommentWire {
    id: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    user: Option<UserWire>,
    body: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
    html_url: Option<String>,
}

impl IntoModel for CommentWire {
    type Model = Comment;
    fn into_model(self) -> Result<Comment, BadItem> {
        let created_at = need(time(self.created_at), "created_at")?;
        Ok(Comment {
            id: need(self.id, "id")?,
            author: actor(self.user),
            body: self.body.unwrap_or_default(),
            created_at,
            updated_at: time(self.updated_at).unwrap_or(created_at),
            url: self.html_url.unwrap_or_default(),
        })
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct AppWire {
    slug: Option<String>,
}

/// An event of the timeline (`issues/list-events-for-timeline`); kinds nobody knows are kept.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct EventWire {
    #[serde(deserialize_with = "lenient")]
    id: Option<u64>,
    event: Option<String>,
    #[serde(deserialize_with = "lenient")]
    actor: Option<UserWire>,
    created_at: Option<String>,
    submitted_at: Option<String>,
    #[serde(deserialize_with = "lenient")]
    commit_id: Option<String>,
    #[serde(deserialize_with = "lenient")]
    sha: Option<String>,
    #[serde(deserialize_with = "lenient")]
    performed_via_github_app: Option<AppWire>,
    #[serde(deserialize_with = "lenient")]
    label: Option<LabelWire>,
    #[serde(deserialize_with = "lenient")]
    requested_reviewer: Option<UserWire>,
    #[serde(deserialize_with = "lenient")]
    reason: Option<String>,
}

impl IntoModel for EventWire {
    type Model = TimelineEvent;
    fn into_model(self) -> Result<TimelineEvent, BadItem> {
        Ok(TimelineEvent {
            id: self.id,
            event: need(self.event, "event")?,
            actor: actor(self.actor),
            at: time(self.created_at).or(time(self.submitted_at)),
            sha: maybe_sha(self.commit_id).or(maybe_sha(self.sha)),
            app: self.performed_via_github_app.and_then(|a| a.slug),
            detail: self
                .label
                .and_then(|l| l.name)
                .or(actor(self.requested_reviewer).map(|a| a.login.to_string()))
                .or(self.reason),
        })
    }
}

/// A change of a branch (`repos/list-activities`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ActivityWire {
    id: Option<u64>,
    before: Option<String>,
    after: Option<String>,
    #[serde(rename = "ref")]
    git_ref: Option<String>,
    timestamp: Option<String>,
    activity_type: Option<String>,
    #[serde(deserialize_with = "lenient")]
    actor: Option<UserWire>,
}

impl IntoModel for ActivityWire {
    type Model = Activity;
    fn into_model(self) -> Result<Activity, BadItem> {
        let zero = || Sha::parse(&"0".repeat(40)).map_err(|e| BadItem(e.to_string()));
        let kind = match self.activity_type.as_deref().unwrap_or("") {
            "push" => ActivityKind::Push,
            "force_push" => ActivityKind::ForcePush,
            "branch_creation" => ActivityKind::BranchCreation,
            "branch_deletion" => ActivityKind::BranchDeletion,
            other => ActivityKind::Other(other.to_owned()),
        };
        Ok(Activity {
            id: need(self.id, "id")?,
            kind,
            before: match maybe_sha(self.before) {
                Some(sha) => sha,
                None => zero()?,
            },
            after: sha(self.after, "after")?,
            git_ref: self.git_ref.unwrap_or_default(),
            actor: actor(self.actor),
            at: need(time(self.timestamp), "timestamp")?,
        })
    }
}

/// What a repository is called now, and where git finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepoIdentity {
    /// Stays when the name changes.
    pub id: Option<u64>,
    /// `owner/name`.
    pub full_name: String,
    pub clone_url: Option<String>,
    pub default_branch: Option<String>,
    /// KiB.
    pub size: Option<u64>,
}

/// A repository (`repos/get`), as far as transfer needs it: address and default branch.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RepoWire {
    #[serde(deserialize_with = "lenient")]
    size: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    id: Option<u64>,
    clone_url: Option<String>,
    default_branch: Option<String>,
    full_name: Option<String>,
    name: Option<String>,
    #[serde(deserialize_with = "lenient")]
    owner: Option<UserWire>,
}

impl IntoModel for RepoWire {
    type Model = RepoIdentity;
    fn into_model(self) -> Result<Self::Model, BadItem> {
        let from_parts = || {
            let owner = self.owner.and_then(|o| o.login)?;
            self.name.map(|name| format!("{owner}/{name}"))
        };
        Ok(RepoIdentity {
            id: self.id,
            full_name: need(self.full_name.or_else(from_parts), "full_name")?,
            clone_url: self.clone_url,
            default_branch: self.default_branch,
            size: self.size,
        })
    }
}
