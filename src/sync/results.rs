//! Artifacts that look like evidence: downloaded once, checked by their digest, read with limits.

use super::{
    engine::{Engine, SyncError},
    fetch::missed,
    parts::At,
};
use crate::{
    evidence::digest,
    forge::{ForgeError, Kind},
    formats::{
        archive::{self, Limits, Wanted},
        kinds,
        patterns::Patterns,
    },
    model::{Artifact, EvidenceKind, Hole, HoleKind, PartName, PartState, Problem, Sha},
    store::StoredFile,
    text,
};

/// Bytes up to which an artifact is looked into whatever its name.
const SMALL: u64 = 256 << 10;
/// Artifacts of a change that are looked into for their content alone.
const MAX_UNNAMED: usize = 40;
/// Bytes of one packed artifact that are downloaded.
const MAX_DOWNLOAD: usize = 64 << 20;
/// What is lost of an artifact for good says nothing of the head where it was made at another.
fn of_artifact(mut hole: Hole, artifact: &Artifact, head: &Sha) -> Hole {
    let of_other = artifact.head_sha.as_ref().is_some_and(|sha| sha != head);
    if of_other && hole.kind == HoleKind::Refused {
        hole.kind = HoleKind::History;
    }
    hole
}

impl Engine {
    /// Downloads the artifacts that may be evidence and are not here yet.
    pub(super) async fn results(
        &self,
        (repo, number): At,
        artifacts: &[Artifact],
        head: &Sha,
        asked: &[String],
        hole: Option<Hole>,
    ) -> Result<(), SyncError> {
        let asked = Patterns::of(asked);
        let (mut read, mut missing, mut unnamed) = (0, Vec::new(), 0);
        for artifact in artifacts.iter().filter(|a| {
            if kinds::may_hold_evidence(&a.name) || asked.matches(&a.name) {
                return true;
            }
            // What a name does not tell, the content may, where looking costs little.
            let is_small = a.size <= SMALL;
            unnamed += usize::from(is_small);
            is_small && unnamed <= MAX_UNNAMED
        }) {
            if self.cache.artifact(repo, artifact.id)?.is_some() {
                read += 1;
                continue;
            }
            if artifact.expired {
                let what = format!("{} of run {} has expired", artifact.name, artifact.run_id);
                missing.push(of_artifact(
                    Hole::new(HoleKind::Refused, what),
                    artifact,
                    head,
                ));
                continue;
            }
            match self.fetch_artifact(repo, artifact).await {
                Ok(()) => read += 1,
                Err(SyncError::Forge(error)) => {
                    let what = format!("{} of run {}", artifact.name, artifact.run_id);
                    missing.push(of_artifact(missed(&what, &error), artifact, head));
                }
                Err(other) => return Err(other),
            }
        }
        if unnamed > MAX_UNNAMED {
            let more = text::counted(unnamed - MAX_UNNAMED, "small artifact");
            let what = format!("{more} with other names were not opened");
            missing.push(Hole::new(HoleKind::LeftOut, what));
        }
        missing.extend(hole);
        let state = PartState::of(missing);
        let at = (repo, number);
        self.write(at, PartName::Results, state, read, Some(&()), Vec::new())
    }

    async fn fetch_artifact(&self, repo: i64, artifact: &Artifact) -> Result<(), SyncError> {
        let called = self.called();
        let bytes = self
            .forge
            .artifact(&called, artifact.id, MAX_DOWNLOAD)
            .await?;
        let place = format!("artifact {} of run {}", artifact.name, artifact.run_id);
        if let Some(expected) = &artifact.digest {
            let found = digest::sha256_hex(&bytes);
            if expected.as_str() != found {
                let why = format!("its digest is {found}, the forge says {expected}");
                return Err(ForgeError::new(Kind::Malformed, place, why).into());
            }
        }
        let wanted = Wanted {
            by_name: &kinds::may_be_evidence,
            by_head: &|name, head| kinds::kind_of(name, head) != EvidenceKind::Other,
        };
        let (entries, problems) = archive::unzip(&place, &bytes, Limits::default(), wanted);
        // A file that says nothing of itself is kept where its name calls it results: then its reader
        // says what is wrong with it.
        let is_kept = |e: &archive::Entry| {
            let named = e.name.to_ascii_lowercase().ends_with(".xml");
            kinds::kind_of(&e.name, &e.bytes) != EvidenceKind::Other
                || named && kinds::may_hold_evidence(&artifact.name)
        };
        let files = entries
            .into_iter()
            .filter(is_kept)
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
}
