//! Releases, their assets, and what was attested of them.

use serde_json::{Map, Value, json};

use super::elsewhere;
use super::shapes::{View, node_id, stamp};
use crate::demo::request::{Answer, Content, Refusal, Reply, Request};
use crate::demo::storage::Storage;
use crate::demo::world::{Asset, Attestation, Release};

impl View<'_> {
    /// `repos/list-releases`: newest first.
    pub(super) fn list_releases(&self) -> Reply {
        let releases = self.world.releases.iter().rev();
        Reply::list(
            "repos/list-releases",
            releases.map(|release| self.release(release)).collect(),
        )
    }

    /// `repos/get-release`.
    pub(super) fn get_release(&self, id: u64) -> Answer {
        let release = self.release(self.find_release(id)?);
        Ok(Reply::json("repos/get-release", release))
    }

    /// `repos/get-latest-release`.
    pub(super) fn get_latest_release(&self) -> Answer {
        let latest = self.world.releases.last().ok_or_else(Refusal::not_found)?;
        Ok(Reply::json(
            "repos/get-latest-release",
            self.release(latest),
        ))
    }

    /// `repos/get-release-by-tag`.
    pub(super) fn get_release_by_tag(&self, tag: &str) -> Answer {
        let mut releases = self.world.releases.iter();
        let release = releases.find(|release| release.tag == tag);
        let release = release.ok_or_else(Refusal::not_found)?;
        Ok(Reply::json(
            "repos/get-release-by-tag",
            self.release(release),
        ))
    }

    /// `repos/list-release-assets`.
    pub(super) fn list_assets(&self, id: u64) -> Answer {
        let release = self.find_release(id)?;
        let assets = release.assets.iter();
        Ok(Reply::list(
            "repos/list-release-assets",
            assets.map(|asset| self.asset(release, asset)).collect(),
        ))
    }

    /// `repos/get-release-asset`; the file itself where the client asks for bytes.
    pub(super) fn get_asset(&self, request: &Request, storage: &Storage, id: u64) -> Answer {
        let (release, asset) = self.find_asset(id)?;
        let wanted = request.header("accept").unwrap_or_default();
        if wanted.contains("octet-stream") {
            let link = storage.signed(&format!("assets/{id}"), self.now);
            return Ok(elsewhere("repos/get-release-asset", link));
        }
        Ok(Reply::json(
            "repos/get-release-asset",
            self.asset(release, asset),
        ))
    }

    fn find_release(&self, id: u64) -> Result<&Release, Refusal> {
        let mut releases = self.world.releases.iter();
        releases
            .find(|release| release.id == id)
            .ok_or_else(Refusal::not_found)
    }

    pub(crate) fn find_asset(&self, id: u64) -> Result<(&Release, &Asset), Refusal> {
        let releases = self.world.releases.iter();
        let mut assets =
            releases.flat_map(|release| release.assets.iter().map(move |asset| (release, asset)));
        assets
            .find(|(_, asset)| asset.id == id)
            .ok_or_else(Refusal::not_found)
    }

    fn release(&self, release: &Release) -> Value {
        let url = format!("{}/releases/{}", self.repo_url(), release.id);
        let tag = &release.tag;
        let assets = release.assets.iter();
        json!({
            "url": url,
            "html_url": format!("{}/releases/tag/{tag}", self.html_url()),
            "assets_url": format!("{url}/assets"),
            "upload_url": format!("{url}/assets{{?name,label}}"),
            "tarball_url": format!("{}/tarball/{tag}", self.repo_url()),
            "zipball_url": format!("{}/zipball/{tag}", self.repo_url()),
            "id": release.id,
            "node_id": node_id("RE", release.id),
            "tag_name": tag,
            "target_commitish": "main",
            "name": tag,
            "body": release.body,
            "draft": false,
            "prerelease": false,
            "immutable": false,
            "created_at": stamp(release.at),
            "published_at": stamp(release.at),
            "updated_at": stamp(release.at),
            "author": self.user(&release.author),
            "assets": assets.map(|asset| self.asset(release, asset)).collect::<Vec<_>>(),
        })
    }

    fn asset(&self, release: &Release, asset: &Asset) -> Value {
        let digest = asset
            .shows_digest
            .then(|| format!("sha256:{}", asset.sha256));
        json!({
            "url": format!("{}/releases/assets/{}", self.repo_url(), asset.id),
            "browser_download_url":
                format!("{}/releases/download/{}/{}", self.html_url(), release.tag, asset.name),
            "id": asset.id,
            "node_id": node_id("RA", asset.id),
            "name": asset.name,
            "label": "",
            "state": "uploaded",
            "content_type": asset.kind,
            "size": asset.bytes.len(),
            "digest": digest,
            "download_count": 4,
            "created_at": stamp(asset.at),
            "updated_at": stamp(asset.at),
            "uploader": self.user("github-actions[bot]"),
        })
    }

    /// `repos/list-attestations`: by cursors; not found where there are none.
    pub(super) fn list_attestations(
        &self,
        request: &Request,
        storage: &Storage,
        subject: &str,
    ) -> Answer {
        let kind = request.query("predicate_type");
        let found = self.attestations(storage, subject, kind);
        if found.is_empty() {
            return Err(Refusal::not_found());
        }
        Ok(Reply::new(
            "repos/list-attestations",
            Content::Cursors(Some("attestations"), found),
        ))
    }

    /// `users/list-attestations-bulk` and its sister for organisations.
    pub(crate) fn bulk_attestations(
        &self,
        request: &Request,
        storage: &Storage,
        (operation, owner): (&'static str, &str),
    ) -> Answer {
        if !owner.eq_ignore_ascii_case(&self.world.owner) && self.world.account(owner).is_none() {
            return Err(Refusal::not_found());
        }
        let asked = request.object()?;
        let subjects = asked["subject_digests"].as_array();
        let subjects = subjects
            .ok_or_else(|| Refusal::unprocessable(vec!["subject_digests is missing".into()]))?;
        let mut found = Map::new();
        for subject in subjects.iter().filter_map(Value::as_str) {
            let kind = asked["predicate_type"].as_str();
            let of_subject = self.attestations(storage, subject, kind);
            let of_subject: Vec<Value> = of_subject.into_iter().map(|(_, shown)| shown).collect();
            // What belongs to somebody else is not told apart from what does not exist.
            if owner.eq_ignore_ascii_case(&self.world.owner) && !of_subject.is_empty() {
                found.insert(subject.to_owned(), Value::from(of_subject));
            } else {
                found.insert(subject.to_owned(), Value::Null);
            }
        }
        let body = json!({
            "attestations_subject_digests": found,
            "page_info": { "has_next": false, "has_previous": false },
        });
        Ok(Reply::json(operation, body))
    }

    /// Attestations of a subject (`sha256:…`), newest first.
    fn attestations(
        &self,
        storage: &Storage,
        subject: &str,
        kind: Option<&str>,
    ) -> Vec<(u64, Value)> {
        let subject = subject.trim_start_matches("sha256:");
        let found = self.world.attestations.iter().rev();
        found
            .filter(|known| known.subject == subject)
            .filter(|known| kind.is_none_or(|kind| is_kind(known, kind)))
            .map(|known| {
                let link = storage.signed_for_long(&format!("attestations/{}", known.id), self.now);
                let mut shown = json!({
                    "bundle": known.bundle,
                    "repository_id": self.world.repository_id,
                    "bundle_url": link,
                    "initiator": "user",
                });
                // A large bundle is given by its address only.
                if known.apart
                    && let Some(fields) = shown.as_object_mut()
                {
                    fields.shift_remove("bundle");
                }
                (known.id, shown)
            })
            .collect()
    }
}

/// The forge takes the address of a predicate, or a word for it.
fn is_kind(attestation: &Attestation, kind: &str) -> bool {
    match kind {
        "provenance" => attestation.predicate_type.contains("slsa.dev/provenance"),
        "sbom" => attestation.predicate_type.contains("spdx"),
        other => attestation.predicate_type == other,
    }
}
