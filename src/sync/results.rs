//! Artifacts that look like evidence: downloaded once, checked by their digest, read with limits.

use serde::Deserialize;

use super::engine::{Engine, SyncError};
use crate::{
    evidence::digest,
    forge::{ForgeError, Kind},
    formats::{
        archive::{self, Limits},
        results,
    },
    model::{Artifact, Digest, PartName, PartState, PrNumber, Problem, Sha},
    store::{CachedResponse, PartRow, StoredFile},
};

/// Bytes of one packed artifact that are downloaded.
const MAX_DOWNLOAD: usize = 64 << 20;
/// Artifacts of a head whose attestations are asked for.
const MAX_ATTESTED: usize = 5;

#[derive(Deserialize)]
struct AttestationsWire {
    #[serde(default)]
    attestations: Vec<serde_json::Value>,
}

impl Engine {
    /// Downloads the result artifacts that are not here yet.
    pub(super) async fn results(
        &self,
        repo: i64,
        number: PrNumber,
        artifacts: &[Artifact],
    ) -> Result<(), SyncError> {
        let (mut read, mut missing) = (0_u64, Vec::new());
        for artifact in artifacts
            .iter()
            .filter(|a| results::looks_like_results(&a.name))
        {
            if self.cache.artifact(repo, artifact.id)?.is_some() {
                read += 1;
                continue;
            }
            if artifact.expired {
                missing.push(format!(
                    "{} of run {} has expired",
                    artifact.name, artifact.run_id
                ));
                continue;
            }
            match self.fetch_artifact(repo, artifact).await {
                Ok(()) => read += 1,
                Err(SyncError::Forge(error)) => missing.push(format!(
                    "{} of run {}: {error}",
                    artifact.name, artifact.run_id
                )),
                Err(other) => return Err(other),
            }
        }
        let state = if missing.is_empty() {
            PartState::Complete
        } else {
            PartState::Partial(missing.join("; "))
        };
        let row = PartRow {
            part: PartName::Results,
            state: state.clone(),
            checked_at: Some(self.now()),
            count: read,
            records: Some("null".to_owned()),
        };
        self.cache
            .put_part(repo, number, row, Vec::new(), self.forge.account.clone())?;
        self.say(super::Report::Part {
            number,
            part: PartName::Results,
            state,
        });
        Ok(())
    }

    async fn fetch_artifact(&self, repo: i64, artifact: &Artifact) -> Result<(), SyncError> {
        let path = format!(
            "/repos/{}/actions/artifacts/{}/zip",
            self.repo.slug(),
            artifact.id
        );
        let bytes = self.forge.download(&path, MAX_DOWNLOAD).await?;
        let place = format!("artifact {} of run {}", artifact.name, artifact.run_id);
        if let Some(expected) = &artifact.digest {
            let found = digest::sha256_hex(&bytes);
            if expected.as_str() != found {
                let why = format!("its digest is {found}, the forge says {expected}");
                return Err(ForgeError::new(Kind::Malformed, place, why).into());
            }
        }
        let (entries, problems) =
            archive::unzip(&place, &bytes, Limits::default(), results::may_be_junit);
        let files = entries
            .into_iter()
            .map(|e| StoredFile {
                digest: digest::sha256_hex(&e.bytes),
                path: e.name,
                bytes: e.bytes,
            })
            .collect();
        for problem in &problems {
            self.say(super::Report::Problem(Problem::clone(problem)));
        }
        self.cache
            .put_artifact(repo, artifact.id, files, &problems, self.now())?;
        Ok(())
    }

    /// Counts the attestations of the head's artifacts.
    pub(super) async fn attestations(
        &self,
        head: &Sha,
        artifacts: &[Artifact],
    ) -> Result<
        (
            Vec<(Digest, u64)>,
            usize,
            Vec<CachedResponse>,
            Option<String>,
        ),
        ForgeError,
    > {
        let built = artifacts
            .iter()
            .filter(|a| a.head_sha.as_ref() == Some(head) && !results::looks_like_results(&a.name))
            .filter_map(|a| a.digest.clone())
            .take(MAX_ATTESTED);
        let mut found = Vec::new();
        for digest in built {
            let url = format!("/repos/{}/attestations/{digest}", self.repo.slug());
            match self.page(&url).await {
                Ok((response, _)) => {
                    let wire: AttestationsWire = serde_json::from_slice(&response.body)
                        .map_err(|e| ForgeError::new(Kind::Malformed, url, e.to_string()))?;
                    found.push((digest, wire.attestations.len() as u64));
                }
                // Asked and answered: there is none.
                Err(error) if error.kind == Kind::NotFound => found.push((digest, 0)),
                Err(error) => return Err(error),
            }
        }
        let count = found.len();
        Ok((found, count, Vec::new(), None))
    }
}
