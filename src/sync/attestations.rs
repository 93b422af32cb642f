//! What attests the artifacts that were built at the head: the bundles as the forge holds them, each
//! kept by its digest. Nothing is verified here.

use super::{
    engine::{Engine, SyncError},
    fetch::{Paged, Part, missed},
    parts::At,
};
use crate::{
    evidence::digest,
    forge::{ForgeError, GivenBundle, Kind, Pages},
    formats::{bundle, kinds},
    model::{Artifact, Attestation, Attested, Digest, Hole, HoleKind, PartName, Sha},
    store::{CachedResponse, StoredFile},
};

/// Artifacts that are asked for one by one, conditionally; more of them are asked for together.
const MAX_SINGLE: usize = 2;
/// Subjects of one request of the bulk form. The forge takes up to 1,024.
const MAX_BULK: usize = 100;
/// Pages of the bulk form that are followed.
const MAX_PAGES: usize = 10;
/// Bytes of a packed bundle that are downloaded.
const MAX_BUNDLE: usize = 8 << 20;

/// Bundles by subject, and the answers they came in.
type Given = Vec<(Digest, Vec<GivenBundle>)>;

impl Engine {
    /// Asks for the attestations of what was built at the head, and keeps their bundles.
    pub(super) async fn attestations(
        &self,
        at: At,
        head: &Sha,
        artifacts: &[Artifact],
        hole: Option<Hole>,
    ) -> Result<(), SyncError> {
        let built: Vec<(Digest, String)> = artifacts
            .iter()
            .filter(|a| a.head_sha.as_ref() == Some(head) && !kinds::may_hold_evidence(&a.name))
            .filter_map(|a| Some((a.digest.clone()?, a.name.clone())))
            .collect();
        let got = self.attested(at, &built).await?;
        let got = got.map(|mut paged| {
            paged.holes.extend(hole);
            paged
        });
        self.keep(at, PartName::Attestations, got)?;
        Ok(())
    }

    async fn attested(
        &self,
        at: At,
        built: &[(Digest, String)],
    ) -> Result<Part<Attested>, SyncError> {
        let mut paged = Paged::default();
        let asked = if built.len() <= MAX_SINGLE {
            self.one_by_one(built, &mut paged.fresh).await
        } else {
            self.together(built, &mut paged.holes).await
        };
        let given = match asked {
            Ok(given) => given,
            Err(error) => return Ok(Err(error)),
        };
        for (subject, bundles) in given {
            let named = built.iter().find(|(digest, _)| *digest == subject);
            let mut attestations = Vec::new();
            for given in bundles {
                match self.keep_bundle(at, given).await? {
                    Ok(kept) => attestations.push(kept),
                    Err((without, error)) => {
                        paged.holes.push(missed("a bundle", &error));
                        attestations.push(without);
                    }
                }
            }
            paged.items.push(Attested {
                subject,
                name: named.map(|(_, name)| name.clone()).unwrap_or_default(),
                attestations,
            });
        }
        Ok(Ok(paged))
    }

    /// One by one, conditionally. Not found is an answer: there is none.
    async fn one_by_one(
        &self,
        built: &[(Digest, String)],
        fresh: &mut Vec<CachedResponse>,
    ) -> Result<Given, ForgeError> {
        let mut all = Vec::new();
        for (subject, _) in built {
            let list = self.forge.attestations(&self.called(), subject);
            match super::details::none_is_empty(self.pages(list).await) {
                Ok(paged) => {
                    fresh.extend(paged.fresh);
                    all.push((subject.clone(), paged.items));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }

    /// Many at once. Whether the owner is a person is told by the first that answers.
    async fn together(
        &self,
        built: &[(Digest, String)],
        holes: &mut Vec<Hole>,
    ) -> Result<Given, ForgeError> {
        let owner = self.called().owner;
        let mut all = Vec::new();
        for some in built.chunks(MAX_BULK) {
            let subjects: Vec<Digest> = some.iter().map(|(digest, _)| digest.clone()).collect();
            let mut after = None::<String>;
            let mut pages = Pages::new(MAX_PAGES);
            loop {
                if let Err(why) = pages.turn_to(after.as_deref().unwrap_or_default()) {
                    holes.push(Hole::new(HoleKind::LeftOut, why.to_string()));
                    break;
                }
                let cursor = after.take();
                let ask = |is_person| {
                    let of = (owner.as_str(), is_person);
                    self.forge
                        .attestations_of_all(of, &subjects, cursor.as_deref())
                };
                let is_person = self.memory().owner_is_person;
                let (found, next) = match ask(is_person).await {
                    Err(error) if error.kind == Kind::NotFound && !is_person => {
                        let answer = ask(true).await?;
                        self.memory().owner_is_person = true;
                        answer
                    }
                    other => other?,
                };
                all.extend(found);
                match next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
        }
        Ok(all)
    }

    /// Keeps a bundle. Where it is not given at once it is downloaded, without the token.
    async fn keep_bundle(
        &self,
        (repo, number): At,
        given: GivenBundle,
    ) -> Result<Result<Attestation, (Attestation, ForgeError)>, SyncError> {
        let mut attestation = given.attestation;
        let bytes = match (given.bundle, given.url) {
            (Some(bundle), _) => bundle.into_bytes(),
            (None, Some(url)) => {
                let what = "download of a bundle";
                let got = self.forge.download_from(what, url, MAX_BUNDLE).await;
                let unpacked = got.and_then(|bytes| {
                    bundle::unpack(&bytes).map_err(|e| ForgeError::new(Kind::Malformed, what, e))
                });
                match unpacked {
                    Ok(bytes) => bytes,
                    Err(error) => return Ok(Err((attestation, error))),
                }
            }
            (None, None) => {
                let why = "the forge gave neither the bundle nor its address";
                let error = ForgeError::new(Kind::Malformed, "an attestation", why);
                return Ok(Err((attestation, error)));
            }
        };
        attestation.predicate = bundle::claimed_predicate(&bytes);
        let digest = digest::sha256_hex(&bytes);
        let file = StoredFile {
            path: format!("attestation/{digest}"),
            digest: digest.clone(),
            bytes,
        };
        self.cache.keep_files(repo, number, vec![file])?;
        attestation.bundle = Some(Digest::new(digest));
        Ok(Ok(attestation))
    }
}
