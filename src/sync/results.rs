//! Artifacts that look like evidence: downloaded once, checked by their digest, read with limits.

use serde::Deserialize;

use super::{
    change::Part,
    engine::{Engine, SyncError},
    fetch::{Paged, missed},
    parts::At,
    plan::AGAIN,
};
use crate::{
    evidence::digest,
    forge::{ForgeError, Kind},
    formats::{
        archive::{self, Limits},
        patterns::Patterns,
        results,
    },
    model::{Artifact, Digest, PartName, PartState, Problem, Sha},
    store::StoredFile,
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
        (repo, number): At,
        artifacts: &[Artifact],
        asked: &[String],
        hole: Option<String>,
    ) -> Result<(), SyncError> {
        let asked = Patterns::of(asked);
        let (mut read, mut missing) = (0, Vec::new());
        for artifact in artifacts
            .iter()
            .filter(|a| results::looks_like_results(&a.name) || asked.matches(&a.name))
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
                Err(SyncError::Forge(error)) => {
                    let what = format!("{} of run {}", artifact.name, artifact.run_id);
                    missing.push(missed(&what, &error));
                }
                Err(other) => return Err(other),
            }
        }
        missing.extend(hole);
        // What is asked for again stands last, where the plan looks for it.
        missing.sort_by_key(|what| what.ends_with(AGAIN));
        let state = if missing.is_empty() {
            PartState::Complete
        } else {
            PartState::Partial(missing.join("; "))
        };
        let at = (repo, number);
        self.write(at, PartName::Results, state, read, Some(&()), Vec::new())
    }

    async fn fetch_artifact(&self, repo: i64, artifact: &Artifact) -> Result<(), SyncError> {
        let path = format!("{}/actions/artifacts/{}/zip", self.base(), artifact.id);
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
        at: At,
        head: &Sha,
        artifacts: &[Artifact],
        hole: Option<String>,
    ) -> Result<(), SyncError> {
        let counted = self.count_attestations(head, artifacts).await;
        let counted = counted.map(|mut paged| {
            paged.partial = hole;
            paged
        });
        self.keep(at, PartName::Attestations, counted)?;
        Ok(())
    }

    async fn count_attestations(&self, head: &Sha, artifacts: &[Artifact]) -> Part<(Digest, u64)> {
        let built = artifacts
            .iter()
            .filter(|a| a.head_sha.as_ref() == Some(head) && !results::looks_like_results(&a.name))
            .filter_map(|a| a.digest.clone())
            .take(MAX_ATTESTED);
        let mut found = Paged::default();
        for digest in built {
            let url = format!("{}/attestations/{digest}", self.base());
            let count = match self.page(&url).await {
                Ok((response, is_new)) => {
                    let wire: AttestationsWire = serde_json::from_slice(&response.body)
                        .map_err(|e| ForgeError::new(Kind::Malformed, url, e.to_string()))?;
                    found.fresh.extend(is_new.then_some(response));
                    wire.attestations.len() as u64
                }
                // Asked and answered: there is none.
                Err(error) if error.kind == Kind::NotFound => 0,
                Err(error) => return Err(error),
            };
            found.items.push((digest, count));
        }
        Ok(found)
    }
}
