//! Attestations of the release artifact: in-toto statements in DSSE envelopes. Their signatures and
//! certificates are openly placeholders: nothing here verifies.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use git2::Oid;
use serde_json::{Value, json};

use super::builder::Builder;
use super::delivery::ARTIFACT;
use super::records::Attestation;

/// Predicate of a build's provenance.
pub(crate) const PROVENANCE: &str = "https://slsa.dev/provenance/v1";
/// Predicate of a list of components.
const COMPONENTS: &str = "https://spdx.dev/Document/v2.3";
/// What stands where a signature would.
const PLACEHOLDER: &str = "placeholder, not a signature";

impl Builder {
    /// Attests an artifact that a run built from a tag.
    pub(super) fn attest(&mut self, digest: &str, (tag, commit): (&str, Oid), run: u64) {
        let slug = format!("{}/{}", self.world.owner, self.world.name);
        let repository = format!("https://github.com/{slug}");
        let workflow = ".github/workflows/release.yml";
        let provenance = json!({
            "buildDefinition": {
                "buildType": "https://actions.github.io/buildtypes/workflow/v1",
                "externalParameters": { "workflow": {
                    "ref": format!("refs/tags/{tag}"),
                    "repository": repository,
                    "path": workflow,
                } },
                "internalParameters": { "github": {
                    "event_name": "push",
                    "repository_id": self.world.repository_id.to_string(),
                    "repository_owner_id": (self.world.repository_id / 7).to_string(),
                    "runner_environment": "github-hosted",
                } },
                "resolvedDependencies": [{
                    "uri": format!("git+{repository}@refs/tags/{tag}"),
                    "digest": { "gitCommit": commit.to_string() },
                }],
            },
            "runDetails": {
                "builder": { "id": format!("{repository}/{workflow}@refs/tags/{tag}") },
                "metadata": {
                    "invocationId": format!("{repository}/actions/runs/{run}/attempts/1"),
                },
            },
        });
        let components = json!({
            "spdxVersion": "SPDX-2.3",
            "SPDXID": "SPDXRef-DOCUMENT",
            "name": slug,
            "packages": [{ "SPDXID": "SPDXRef-axum", "name": "axum", "versionInfo": "0.8.6", "downloadLocation": "NOASSERTION" }],
        });
        for (predicate_type, predicate) in [(PROVENANCE, provenance), (COMPONENTS, components)] {
            let statement = json!({
                "_type": "https://in-toto.io/Statement/v1",
                "subject": [{ "name": ARTIFACT, "digest": { "sha256": digest } }],
                "predicateType": predicate_type,
                "predicate": predicate,
            });
            let id = self.extra_id();
            self.world.attestations.push(Attestation {
                id,
                subject: digest.to_owned(),
                predicate_type,
                bundle: bundle(&statement),
                apart: false,
            });
        }
    }
}

/// A bundle that says of an artifact that it was built, and nothing else.
pub(crate) fn placeholder(name: &str, digest: &str) -> Value {
    bundle(&json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": name, "digest": { "sha256": digest } }],
        "predicateType": PROVENANCE,
        "predicate": {},
    }))
}

/// A statement in an envelope, with the material that a verifier would look at.
fn bundle(statement: &Value) -> Value {
    json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {
            "certificate": { "rawBytes": STANDARD.encode(PLACEHOLDER) },
            "tlogEntries": [],
            "timestampVerificationData": {},
        },
        "dsseEnvelope": {
            "payload": STANDARD.encode(statement.to_string()),
            "payloadType": "application/vnd.in-toto+json",
            "signatures": [{ "sig": STANDARD.encode(PLACEHOLDER) }],
        },
    })
}
