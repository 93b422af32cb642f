//! Where changes went: deployments with their statuses, releases with their assets.

use serde::{Deserialize, Serialize};

use super::{Actor, Digest, Sha, Timestamp};

/// A state of a deployment (`repos/list-deployment-statuses`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentStatus {
    pub id: u64,
    /// The forge's word: `success`, `failure`, `inactive`, …
    pub state: String,
    pub at: Option<Timestamp>,
    pub creator: Option<Actor>,
    pub description: String,
}

/// A deployment (`repos/list-deployments`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    pub id: u64,
    pub sha: Sha,
    pub git_ref: String,
    pub environment: String,
    pub created_at: Option<Timestamp>,
    /// Moves when a status is added.
    pub updated_at: Option<Timestamp>,
    pub creator: Option<Actor>,
    pub description: String,
    /// Newest first; absent where they were not read.
    pub statuses: Option<Vec<DeploymentStatus>>,
}

/// A file of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    pub id: u64,
    pub name: String,
    pub size: u64,
    pub digest: Option<Digest>,
}

/// A release (`repos/list-releases`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    pub id: u64,
    pub tag: String,
    pub target: String,
    pub published_at: Option<Timestamp>,
    pub author: Option<Actor>,
    pub assets: Vec<Asset>,
}

/// What attests a subject, as the forge holds it (`repos/list-attestations`). Nothing here is verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attested {
    /// Digest of the artifact.
    pub subject: Digest,
    /// Name of the artifact.
    pub name: String,
    pub attestations: Vec<Attestation>,
}

/// A bundle that attests something, and where it lies in the cache.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attestation {
    /// Digest of the bundle as it is kept; absent where it could not be had.
    pub bundle: Option<Digest>,
    /// `predicateType` of the statement inside; absent where it could not be read.
    pub predicate: Option<String>,
    /// Who made it, by the forge's word (`user`, `github`).
    pub initiator: Option<String>,
    /// The repository that it belongs to, by the forge's number.
    pub repository: Option<u64>,
}
